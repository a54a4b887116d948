"""What a customer sees first, over all their vendors, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import and_, or_, select

from ..accounts.queries import Caller
from ..customers.queries import VendorOfLogin, vendors_of
from ..kernel.database import session
from ..ledger.queries import balances
from ..ledger.rules import Balance
from ..months.words import DayMark, said
from ..orders.models import Pause
from ..orders.queries import OrderView, list_orders
from ..orders.rules import in_life, in_pattern
from ..records.queries import day_deliveries
from ..records.rules import Delivery

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
    to_answer: list[OrderView] = field(default_factory=list)
    asked: list[OrderView] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Home:
    """All vendors of one customer; `totals` adds up by currency what they owe (minor units, + = they owe)."""

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
    for order in reversed(active):
        cards[order.customer_id].today.append(OrderToday(order, None))
    for order in reversed([*active, *proposed]):
        if change := order.pending_change:
            theirs = change.proposed_side == "vendor"
            card = cards[order.customer_id]
            (card.to_answer if theirs else card.asked).append(order)
    _fill_today(cards.values(), active)
    return Home(list(cards.values()), totals)
