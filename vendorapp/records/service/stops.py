"""The stops of a round: find the orders, hold them, and read what there is to know of them that day.

The order of locks: accounts (sorted), then orders. Whoever holds an order may change its terms and its
unmarked days, so facts are read only after both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import aliased

from ...accounts.models import Vendor
from ...customers.models import Customer
from ...kernel.clock import day_in
from ...kernel.database import session
from ...kernel.money import largest_minor
from ...ledger import service as ledger
from ...ledger.queries import settled_records
from ...orders.models import SCHEDULED, Order, OrderPeriod, Pause
from ...orders.queries import Actor, terms_of
from ...orders.rules import Terms, in_life, in_pattern
from ..models import Record
from ..queries import day_deliveries
from ..rules import VENDOR, DayFacts, Delivery


@dataclass(frozen=True, slots=True)
class Stop:
    """One order on the day of the round, held, with all that the rules and the notices ask for."""

    row: Any
    facts: DayFacts
    stored: Delivery | None


def _mine(who: Actor) -> Any:
    if who.role == VENDOR:
        return Order.vendor_id == who.user_id
    return Customer.user_id == who.user_id


def find(who: Actor, order_ids: Sequence[int]) -> list[Any]:
    """Those of the orders that are the caller's, with what is needed before anything is locked."""
    if not order_ids:
        return []
    rows = session().execute(
        select(Order.id, Order.customer_id, Vendor.timezone)
        .join(Customer, Customer.id == Order.customer_id)
        .join(Vendor, Vendor.user_id == Order.vendor_id)
        .where(Order.id.in_(order_ids), _mine(who))
    )
    return list(rows.all())


def unmarked(who: Actor, day: date, *, leave_out: set[int]) -> list[Any]:
    """The vendor's accepted standing orders that may be due on `day` and bear no mark of theirs."""
    marked = select(Record.id).where(
        Record.order_id == Order.id, Record.date == day, Record.vendor_status.is_not(None)
    )
    rows = session().execute(
        select(Order.id, Order.customer_id)
        .where(
            Order.vendor_id == who.user_id,
            Order.order_type_id == SCHEDULED,
            Order.state == "active",
            Order.start_date <= day,
            func.coalesce(Order.ended_on, day) >= day,
            ~marked.exists(),
        )
        .order_by(Order.id)
    )
    return [row for row in rows if row.id not in leave_out]


def hold(who: Actor, found: Sequence[Any], day: date, instant: datetime) -> dict[int, Stop]:
    """Lock accounts and orders, then read what holds of the orders on `day`, by order id."""
    if not found:
        return {}
    ids = sorted(row.id for row in found)
    accounts = ledger.lock_accounts(row.customer_id for row in found)
    session().execute(select(Order.id).where(Order.id.in_(ids)).order_by(Order.id).with_for_update(read=True))
    stored = day_deliveries(ids, day)
    settled = settled_records([one.id for one in stored.values() if one.vendor])
    stops = {}
    for row in _facts(who, ids, day):
        here = stored.get(row.id)
        facts = _day_facts(
            row,
            day,
            today=day_in(row.timezone, instant),
            closed=accounts[row.customer_id].closed(day),
            settled_at=settled.get(here.id) if here else None,
            instant=instant,
        )
        stops[row.id] = Stop(row, facts, here)
    return stops


def _facts(who: Actor, order_ids: Sequence[int], day: date) -> Sequence[Any]:
    """The orders with the period that `day` lies in, and whether a pause covers it."""
    period = aliased(
        OrderPeriod,
        select(OrderPeriod)
        .where(OrderPeriod.order_id == Order.id, OrderPeriod.starts_on <= day)
        .order_by(OrderPeriod.starts_on.desc())
        .limit(1)
        .lateral(),
    )
    paused = (
        select(Pause.id)
        .where(Pause.order_id == Order.id, literal(day).between(Pause.starts_on, Pause.ends_on))
        .exists()
    )
    terms = (
        period.version,
        period.item_name,
        period.unit,
        period.quantity,
        period.rate,
        period.weekdays,
        period.every,
        period.valid_till,
    )
    return (
        session()
        .execute(
            select(
                Order.id,
                Order.vendor_id,
                Order.customer_id,
                Order.order_type_id,
                Order.state,
                Order.start_date,
                Order.ended_on,
                Customer.user_id,
                Customer.name.label("customer_name"),
                Vendor.timezone,
                Vendor.currency,
                Vendor.business_name,
                *terms,
                paused.label("paused"),
            )
            .join(Customer, Customer.id == Order.customer_id)
            .join(Vendor, Vendor.user_id == Order.vendor_id)
            .outerjoin(period, literal(True))
            .where(Order.id.in_(order_ids), _mine(who))
        )
        .all()
    )


def _day_facts(
    row: Any, day: date, *, today: date, closed: bool, settled_at: datetime | None, instant: datetime
) -> DayFacts:
    accepted = row.order_type_id == SCHEDULED and row.state == "active" and row.version is not None
    terms: Terms | None = terms_of(row) if accepted else None
    alive = terms is not None and in_life(terms, start_date=row.start_date, ended_on=row.ended_on, day=day)
    due = alive and terms is not None and in_pattern(terms, row.start_date, day) and not row.paused
    blank = _blank(row, day, instant) if alive else None
    return DayFacts(
        date=day,
        today=today,
        alive=alive,
        due=due,
        closed=closed,
        settled_at=settled_at,
        blank=blank,
        largest=largest_minor(row.currency),
    )


def _blank(row: Any, day: date, instant: datetime) -> Delivery:
    """The record as the terms of `day` make it."""
    return Delivery(
        id=0,
        order_id=row.id,
        vendor_id=row.vendor_id,
        customer_id=row.customer_id,
        date=day,
        item_name=row.item_name,
        unit=row.unit,
        due_quantity=row.quantity,
        rate=row.rate,
        terms_version=row.version,
        cancelled=False,
        extra=False,
        vendor=None,
        customer=None,
        updated_by=None,
        updated_at=instant,
    )
