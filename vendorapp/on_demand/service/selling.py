"""Sales that papers and payments make: orders that are served at once, or by being paid.

Accounts are locked before, orders here, products last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from ...accounts.models import Vendor
from ...customers.models import Customer
from ...kernel.clock import now
from ...kernel.database import session
from ...kernel.errors import NotFound
from ...ledger.service import Locked
from ...orders.models import ON_DEMAND, Order
from ...orders.queries import Actor
from ..models import CustomRecord
from ..rules import ACCEPTED, CANCELLED, REQUESTED, Goods, wrong_state
from .entering import NewRequest, new_order
from .serving import month_closed, return_stock, write_served


@dataclass(frozen=True, slots=True)
class Sale:
    """Something sold for `amount` (minor units); without a rate only the sum was agreed."""

    goods: Goods
    amount: int


def sell(
    who: Actor, sales: Sequence[Sale], *, customer: Customer | None, account: Locked | None, day: date
) -> list[int]:
    """New orders that the vendor enters; their ids, in the order of `sales`.

    A customer's (their row is held, their account locked) are served and charged on `day`. Without one
    they are accepted, and wait for the payment. Raises 409 `month_closed`, `insufficient_stock`.
    """
    if account is not None and account.closed(day):
        raise month_closed()
    vendor = session().get_one(Vendor, who.user_id)
    made = []
    for sale in sales:
        order = new_order(who, vendor, customer, NewRequest(sale.goods), day)
        order.amount = sale.amount
        made.append(order)
    session().add_all(made)
    session().flush()
    if customer is not None:
        write_served(who, made, day)
    return [order.id for order in made]


def hold_orders(who: Actor, order_ids: Collection[int]) -> list[Order]:
    """Lock these on-demand orders of the vendor, by id. NotFound when one is not theirs."""
    ids = sorted(set(order_ids))
    found = session().scalars(
        select(Order)
        .where(Order.id.in_(ids), Order.vendor_id == who.user_id, Order.order_type_id == ON_DEMAND)
        .order_by(Order.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    orders = list(found.all())
    if len(orders) != len(ids):
        raise NotFound()
    return orders


def hand_over_paid(
    who: Actor,
    orders: Sequence[Order],
    *,
    account: Locked | None,
    day: date,
    amounts: Mapping[int, tuple[int | None, int]] | None = None,
) -> None:
    """Orders that a payment pays become served on `day`; the caller holds them (`hold_orders`).

    `amounts` settles the price of those in it: the rate (None: only the sum was agreed) and the amount. A
    customer's are charged; a walk-in's charge comes with the payment. Raises 409 `wrong_state` unless they
    are requested or accepted, `month_closed`, `insufficient_stock`, 422 `rate_required`.
    """
    for order in orders:
        if order.state not in (REQUESTED, ACCEPTED):
            raise wrong_state(order.state)
        if amounts and order.id in amounts:
            order.rate, order.amount = amounts[order.id]
    if account is not None and account.closed(day):
        raise month_closed()
    write_served(who, orders, day)


def attach(orders: Sequence[Order], customer_id: int) -> None:
    """Unserved orders of a walk-in get a customer; the caller holds them."""
    for order in orders:
        order.customer_id = customer_id
        order.updated_at = now()
    session().flush()


def unsell(who: Actor, order_ids: Collection[int]) -> None:
    """A walk-in's sale was none: the orders are cancelled, and their stock is there again."""
    orders = hold_orders(who, order_ids)
    records = session().scalars(
        select(CustomRecord)
        .where(CustomRecord.order_id.in_([order.id for order in orders]))
        .execution_options(populate_existing=True)
    )
    for record in records.all():
        record.status, record.disputed = CANCELLED, False
        record.updated_by, record.updated_at = who.user_id, now()
    for order in orders:
        order.state, order.updated_at = CANCELLED, now()
    session().flush()
    return_stock(who, orders)
