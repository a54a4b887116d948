"""What a customer sees first, over all their vendors, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from ..accounts.queries import Caller
from ..customers.queries import VendorOfLogin, vendors_of
from ..kernel.database import session
from ..ledger.queries import balances
from ..ledger.rules import Balance
from ..months.words import DayMark, Plan, Waiting, expected, said, waiting
from ..orders.models import Pause
from ..orders.queries import OrderView, list_orders
from ..orders.rules import Period
from ..records.queries import month_records

# A household has a handful; what is beyond stands on the vendor's own page.
MOST_ORDERS = 200


@dataclass(frozen=True, slots=True)
class OrderToday:
    """A regular order and what today is to it; `mark` None when nothing is due."""

    order: OrderView
    mark: DayMark | None


@dataclass(frozen=True, slots=True)
class VendorCard:
    """One vendor: what is owed, today's deliveries, and what waits for this customer's answer."""

    vendor: VendorOfLogin
    balance: Balance
    today: list[OrderToday] = field(default_factory=list)
    to_answer: list[Waiting] = field(default_factory=list)
    asked: list[Waiting] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Home:
    """All vendors of one customer, those with a question first; `totals` adds up by currency what they owe (minor units, + = they owe)."""

    cards: list[VendorCard]
    totals: dict[str, int]


def home(caller: Caller) -> Home:
    """The start page of a customer's login."""
    vendors = vendors_of(caller.user_id)
    owed = balances(vendor.customer.customer_id for vendor in vendors)
    cards = {
        vendor.customer.customer_id: VendorCard(vendor, owed[vendor.customer.customer_id])
        for vendor in vendors
    }
    totals: dict[str, int] = {}
    for card in cards.values():
        currency = card.vendor.business.currency
        totals[currency] = totals.get(currency, 0) + card.balance.balance
    active = list_orders(caller, status="active", limit=MOST_ORDERS).items
    proposed = list_orders(caller, status="proposed", limit=MOST_ORDERS).items
    for one in _today(active[::-1]):
        cards[one.order.customer_id].today.append(one)
    for order in [*active, *proposed][::-1]:
        if change := waiting(order, caller.role):
            card = cards[order.customer_id]
            (card.asked if change.mine else card.to_answer).append(change)
    shown = sorted(cards.values(), key=lambda card: not card.to_answer)
    return Home(shown, totals)


def _today(orders: Sequence[OrderView]) -> list[OrderToday]:
    """Each order with its day today, which is its vendor's; vendors may live in several zones."""
    if not orders:
        return []
    first, last = min(order.today for order in orders), max(order.today for order in orders)
    ids = [order.id for order in orders]
    written = {
        (one.delivery.order_id, one.delivery.date): one.delivery for one in month_records(ids, first, last)
    }
    pauses: dict[int, list[tuple[date, date]]] = {}
    for order_id, begins, ends in session().execute(
        select(Pause.order_id, Pause.starts_on, Pause.ends_on).where(
            Pause.order_id.in_(ids), Pause.starts_on <= last, Pause.ends_on >= first
        )
    ):
        pauses.setdefault(order_id, []).append((begins, ends))
    found = []
    for order in orders:
        plan = Plan(
            order.id,
            order.start_date,
            order.valid_till,
            [Period(order.start_date, 1, order.terms)],
            pauses.get(order.id, []),
        )
        delivery = written.get((order.id, order.today))
        if delivery:
            mark = said(delivery, paused=plan.paused(order.today))
        else:
            mark = expected(plan, order.today)
        found.append(OrderToday(order, mark))
    return found
