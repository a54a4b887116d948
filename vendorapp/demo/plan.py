"""What the demo consists of, before any row is written. The same seed on the same day plans the same.

Rates and opening balances are paise, quantities thousandths.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from .names import (
    HOUSEHOLD,
    HOUSEHOLD_ADDRESS,
    PAUSE_REASONS,
    PEOPLE,
    PLACES,
    SHOPS,
    SOCIETIES,
    VENDOR_NOTES,
    Offer,
    Shop,
)

# Everybody can see that these are made up; nobody is ever called.
VENDOR_PHONE = "+919000000001"
CUSTOMER_PHONE = "+919000000002"
# The household takes from so many shops at most.
HOUSEHOLD_SHOPS = 4


def vendor_phone(number: int) -> str:
    """The phone of the shop with this number, counted from 1; the first has the known one."""
    return VENDOR_PHONE if number == 1 else f"+91900001{number:04d}"


@dataclass(frozen=True, slots=True)
class Span:
    """The days that the demo tells of: from the first of a month until today."""

    first: date
    today: date

    @property
    def middle(self) -> date:
        return self.first + (self.today - self.first) // 2

    @property
    def yesterday(self) -> date:
        return self.today - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """A standing order with all that happens to it; `new_rate` holds from `raised_on` on."""

    offer: Offer
    quantity: int
    start_date: date
    ended_on: date | None = None
    raised_on: date | None = None
    new_rate: int | None = None
    pause: tuple[date, date, str] | None = None


@dataclass(frozen=True, slots=True)
class PlannedCustomer:
    """A row of the book with its orders; `opening` is what was owed (+) or paid ahead (−) before."""

    name: str
    phone_number: str
    address: str
    notes: str | None
    stop_order: int
    opening: int
    active: bool
    orders: tuple[PlannedOrder, ...]


@dataclass(frozen=True, slots=True)
class PlannedShop:
    """A vendor and their book, the household that has a login first."""

    shop: Shop
    phone_number: str
    linked: bool
    customers: tuple[PlannedCustomer, ...]
    proposal: Offer | None


def plan(*, vendors: int, customers: int, span: Span, seed: int) -> Iterator[PlannedShop]:
    """The shops with `customers` rows each. The household stands in the books of the first four."""
    for number in range(1, vendors + 1):
        random = Random(f"{seed}:{number}")  # noqa: S311 - a demo, no secret
        shop = _shop(number)
        linked = number <= HOUSEHOLD_SHOPS
        rows = [_household(shop, span, first_shop=number == 1)] if linked else []
        rows += [_customer(random, shop, span, number=index) for index in range(len(rows), customers)]
        yield PlannedShop(
            shop,
            vendor_phone(number),
            linked,
            tuple(rows),
            shop.offers[3] if number == 1 else None,
        )


def _shop(number: int) -> Shop:
    """Shops beyond the list are branches of those on it."""
    branch, which = divmod(number - 1, len(SHOPS))
    shop = SHOPS[which]
    if not branch:
        return shop
    place = PLACES[(branch - 1) % len(PLACES)][0]
    return replace(shop, business_name=f"{shop.business_name}, {place} {branch}")


def _household(shop: Shop, span: Span, *, first_shop: bool) -> PlannedCustomer:
    """The customer with a login: a new price, a pause, a pattern, and at the first shop an ended order."""
    main, second, third = shop.offers[:3]
    quarter = span.first + (span.today - span.first) // 4
    orders = [
        PlannedOrder(
            main,
            1000,
            span.first,
            raised_on=span.middle if span.middle > span.first else None,
            new_rate=main.rate + shop.raise_by,
            pause=(quarter, quarter + timedelta(days=2), PAUSE_REASONS[0]) if quarter > span.first else None,
        ),
        PlannedOrder(second, 2 * second.step, span.first),
    ]
    if first_shop:
        end = min(span.middle, span.yesterday)
        orders.append(PlannedOrder(third, third.step, span.first, ended_on=end))
    return PlannedCustomer(HOUSEHOLD, CUSTOMER_PHONE, HOUSEHOLD_ADDRESS, None, 1, 0, True, tuple(orders))


def _customer(random: Random, shop: Shop, span: Span, *, number: int) -> PlannedCustomer:
    first_names, family_names = random.choices(PEOPLE, weights=(5, 3, 2))[0]
    place, pin = random.choice(PLACES)
    flat = f"{random.choice('ABCD')}-{random.randint(1, 12)}{random.randint(1, 8):02d}"
    offers = random.sample(shop.offers[:3], k=random.choices((1, 2), weights=(7, 3))[0])
    orders = tuple(_order(random, shop, offer, span) for offer in offers)
    ended = all(order.ended_on and order.ended_on < span.today for order in orders)
    opening = 0
    if random.random() < 0.05:
        opening = random.choice((-1, 1, 1, 1)) * random.randint(2, 60) * 5000
    return PlannedCustomer(
        name=f"{random.choice(first_names)} {random.choice(family_names)}",
        # Each number comes once: the factor has no divisor in common with the modulus.
        phone_number=f"+9198{number * 48271 % 10**8:08d}",
        address=f"{flat}, {random.choice(SOCIETIES)}, {place}, Pune {pin}",
        notes=random.choice(VENDOR_NOTES) if random.random() < 0.2 else None,
        stop_order=number + 1,
        opening=opening,
        active=not (ended and random.random() < 0.5),
        orders=orders,
    )


def _order(random: Random, shop: Shop, offer: Offer, span: Span) -> PlannedOrder:
    days = (span.today - span.first).days
    start = span.first
    if days > 7 and random.random() < 0.15:
        start += timedelta(days=random.randint(1, days // 2))
    if offer.every == 1 and random.random() < 0.05:
        offer = replace(offer, every=2)
    order = PlannedOrder(offer, offer.step * random.choices((1, 2, 3, 4), (4, 5, 2, 1))[0], start)
    left = (span.today - start).days
    fate = random.random()
    if left > 3 and fate < 0.10:
        order = replace(
            order,
            raised_on=start + timedelta(days=random.randint(1, left)),
            new_rate=offer.rate + shop.raise_by,
        )
    elif left > 3 and fate < 0.16:
        order = replace(order, ended_on=start + timedelta(days=random.randint(1, left - 1)))
    if left > 3 and random.random() < 0.12:
        begin = start + timedelta(days=random.randint(1, left))
        length = timedelta(days=random.randint(0, 9))
        order = replace(order, pause=(begin, begin + length, random.choice(PAUSE_REASONS)))
    return order
