"""Handing over, contradicting, taking back: the steps that move sums. The account is locked first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from sqlalchemy import select

from ...accounts.models import Vendor
from ...catalogue import service as stock
from ...kernel.clock import day_in, now
from ...kernel.database import session
from ...kernel.errors import Conflict, invalid
from ...ledger import service as ledger
from ...ledger.models import Line
from ...ledger.rules import NOTHING, Movement, Tally
from ...orders.models import Order
from ...orders.queries import Actor, on_paper
from .. import words
from ..inputs import check
from ..models import CustomRecord
from ..rules import (
    CANCELLED,
    SERVED,
    check_served,
    rate_required,
    served,
    tally,
    walkin_must_pay,
    wrong_state,
)
from .shared import Held, become, hold, set_goods, tell


def serve(who: Actor, order_id: int, *, day: date | None, quantity: int | None) -> None:
    """The vendor hands over an accepted order, today unless told otherwise: the charge lands on that day.

    What a customer asked for is never served before they asked. Another quantity than both accepted is
    kept beside what they accepted, and can be contradicted. Raises 422 `date_in_future`,
    `rate_required`, `walkin_must_pay_in_full` or for the day, 409 `wrong_state`, `customer_inactive` or
    `month_closed`.
    """
    if day:
        check_served(day, day_in(session().get_one(Vendor, who.user_id).timezone))
    held = hold(who, order_id)
    served(held.facts)
    if held.customer is None:
        raise walkin_must_pay()
    if held.customer.status != "active":
        raise Conflict("customer_inactive", "This customer is inactive. Make them active first.")
    if day and not held.facts.entered and day < day_in(held.vendor.timezone, held.order.created_at):
        raise invalid("date", "It was not asked for yet on that day.")
    agreed = None
    if quantity not in (None, held.order.quantity):
        agreed = held.order.quantity
    if quantity is not None:
        set_goods(held.order, check(replace(held.goods, quantity=quantity), held.vendor.currency))
    hand_over(who, held, day or held.today, agreed_quantity=agreed)


def hand_over(who: Actor, held: Held, day: date, *, agreed_quantity: int | None = None) -> None:
    """Served on `day`, and the other side is told; the caller has checked the state.

    `agreed_quantity` is what both had accepted, where it is not what the order says now.
    """
    if held.closed(day):
        raise month_closed()
    write_served(who, [held.order], day, agreed_quantity=agreed_quantity)
    message = partial(
        words.served,
        who=held.name_of(who.role),
        goods=held.goods,
        currency=held.vendor.currency,
        day=day,
        may_dispute=held.facts.entered or agreed_quantity is not None,
    )
    tell(who, held, "order_served", message)


def write_served(
    who: Actor, orders: Sequence[Order], day: date, *, agreed_quantity: int | None = None
) -> None:
    """The one place that writes custom_records, their charges and what they take out of stock.

    The orders (of one customer, or all of walk-ins) are locked and their state checked, the account is
    locked. A walk-in's charge comes with the payment. Raises 409 `insufficient_stock`.
    """
    instant = now()
    records = []
    for order in orders:
        if order.amount is None:
            raise rate_required()
        order.state, order.start_date, order.updated_at = SERVED, day, instant
        records.append(
            CustomRecord(
                order_id=order.id,
                vendor_id=order.vendor_id,
                customer_id=order.customer_id,
                date=day,
                item_name=order.item_name,
                unit=order.unit,
                quantity=order.quantity,
                agreed_quantity=agreed_quantity,
                rate=order.rate,
                amount=order.amount,
                status=SERVED,
                disputed=False,
                served_at=instant,
                updated_by=who.user_id,
                updated_at=instant,
            )
        )
    session().add_all(records)
    session().flush()
    ledger.move(
        [_movement(one, NOTHING, counted(one)) for one in records if one.customer_id is not None],
        actor_id=who.user_id,
    )
    for customer_id in {order.customer_id for order in orders}:
        sold = [goods_sold(order) for order in orders if order.customer_id == customer_id and order.item]
        if sold:
            stock.take(orders[0].vendor_id, sold, customer_id=customer_id, actor_id=who.user_id)


def goods_sold(order: Order) -> stock.Goods:
    """What an order takes out of stock."""
    return stock.Goods(order.id, order.item, order.item_id, order.quantity)


def month_closed() -> Conflict:
    return Conflict("month_closed", "This month is closed; correct it with an adjustment of today.")


def counted(record: CustomRecord) -> Tally:
    return tally(
        amount=record.amount,
        quantity=record.quantity,
        served=record.status == SERVED,
        disputed=record.disputed,
    )


def _move(who: Actor, record: CustomRecord, before: Tally) -> None:
    """Carry into the sums that the record counted `before` and counts otherwise now."""
    record.updated_by, record.updated_at = who.user_id, now()
    session().flush()
    if record.customer_id is not None:
        ledger.move([_movement(record, before, counted(record))], actor_id=who.user_id)


def _movement(record: CustomRecord, before: Tally, after: Tally) -> Movement:
    return Movement(
        target="order",
        target_id=record.order_id,
        order_id=record.order_id,
        vendor_id=record.vendor_id,
        customer_id=record.customer_id or 0,
        date=record.date,
        before=before,
        after=after,
    )


def set_dispute(who: Actor, held: Held, *, disputed: bool) -> None:
    """The customer contradicts a served extra, or agrees to it after all. Raises 409 `month_closed`."""
    record = held.record
    if record is None:
        raise wrong_state(held.order.state)
    if held.closed(record.date):
        raise month_closed()
    before = counted(record)
    record.disputed = disputed
    become(held, SERVED)
    _move(who, record, before)


def take_back(who: Actor, held: Held) -> None:
    """The vendor takes a served order back: it is cancelled and its charge is gone, a dispute too.

    Raises 409 `in_use` once something is paid on it, it is on an invoice or a bill or its month is closed.
    """
    record = held.record
    if record is None:
        raise wrong_state(held.order.state)
    paid = session().scalar(select(Line.paid).where(Line.target == "order", Line.target_id == held.order.id))
    if paid or held.closed(record.date):
        raise Conflict("in_use", "It is paid already or its month is closed; it cannot be taken back.")
    refuse_on_paper(held.order)
    before = counted(record)
    record.status, record.disputed = CANCELLED, False
    become(held, CANCELLED)
    _move(who, record, before)
    return_stock(who, [held.order])


def refuse_on_paper(order: Order) -> None:
    """409 `in_use` while an invoice or a bill asks for this order."""
    if on_paper(order.id):
        raise Conflict("in_use", "It is on an invoice or a bill. Take that back first.")


def return_stock(who: Actor, orders: Sequence[Order]) -> None:
    """What these orders of one customer took out of stock is there again; once."""
    sold = [goods_sold(order) for order in orders if order.item]
    if sold:
        stock.give_back(
            orders[0].vendor_id,
            [order.id for order in orders],
            actor_id=who.user_id,
            goods=sold,
            customer_id=orders[0].customer_id,
        )
