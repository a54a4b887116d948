"""What a customer sees first, over all their vendors, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..accounts.queries import Caller
from ..customers.queries import VendorOfLogin, vendors_of
from ..kernel.clock import day_in
from ..ledger.queries import balances
from ..ledger.rules import Balance
from ..orders.models import Holiday
from ..orders.queries import OrderView, holidays, list_orders
from ..records.forecast import Waiting, waiting
from ..records.month_days import DayMark, Plan, marks_of, plans_of
from ..records.queries import month_records
from ..reminders.queries import DueNow, due_now

# A household has a handful; what is beyond stands on the vendor's own page.
MOST_ORDERS = 200


@dataclass(frozen=True, slots=True)
class OrderToday:
    """A regular order and what today is to it; `mark` None when nothing is due."""

    order: OrderView
    mark: DayMark | None


@dataclass(frozen=True, slots=True)
class VendorCard:
    """One vendor: what is owed, what of it is to be paid now, today's deliveries, and what waits for this
    customer's answer."""

    vendor: VendorOfLogin
    balance: Balance
    due: DueNow
    today: list[OrderToday] = field(default_factory=list)
    to_answer: list[Waiting] = field(default_factory=list)
    asked: list[Waiting] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Home:
    """All vendors of one customer, those with a question first.

    `totals` adds up by currency what the customer owes (minor units, signed, + = they owe). `away` is
    when they are away, now or later.
    """

    cards: list[VendorCard]
    totals: dict[str, int]
    away: list[Holiday] = field(default_factory=list)


def home(caller: Caller) -> Home:
    """The start page of a customer's login."""
    vendors = vendors_of(caller.user_id)
    owed = balances(vendor.customer.customer_id for vendor in vendors)
    due = due_now([(vendor.customer, vendor.business) for vendor in vendors])
    ids = [vendor.customer.customer_id for vendor in vendors]
    cards = {at: VendorCard(vendor, owed[at], due[at]) for at, vendor in zip(ids, vendors, strict=True)}
    totals: dict[str, int] = {}
    for card in cards.values():
        currency = card.vendor.business.currency
        totals[currency] = totals.get(currency, 0) + card.balance.balance
    active = list_orders(caller, status="active", limit=MOST_ORDERS).items
    proposed = list_orders(caller, status="proposed", limit=MOST_ORDERS).items
    orders = sorted([*active, *proposed], key=lambda order: order.id)
    plans = plans_of(order.id for order in orders)
    marks = _today(orders, plans)
    for order in orders:
        card = cards[order.customer_id or 0]  # a customer's own orders all have one
        if order.status == "active":
            card.today.append(OrderToday(order, marks.get(order.id)))
        if change := waiting(order, plans[order.id], caller.role):
            (card.asked if change.mine else card.to_answer).append(change)
    shown = sorted(cards.values(), key=lambda card: not card.to_answer)
    today = min((day_in(one.business.timezone) for one in vendors), default=day_in("UTC"))
    return Home(shown, totals, holidays(caller.user_id, first=today))


def _today(orders: Sequence[OrderView], plans: dict[int, Plan]) -> dict[int, DayMark]:
    """What today, which is each vendor's own, says of each order; orders with nothing due are left out."""
    if not orders:
        return {}
    days = [order.today for order in orders]
    written = month_records(plans, min(days), max(days))
    deliveries = [one.delivery for one in written]
    found = {}
    for order in orders:
        marks = marks_of(plans[order.id], deliveries, order.today, order.today)
        if order.today in marks:
            found[order.id] = marks[order.today]
    return found
