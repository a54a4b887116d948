"""The picture of a month: what became of each day of an order, and what is due on the days to come."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from ..kernel.clock import last_of_month
from ..kernel.database import session
from ..orders.models import Order, OrderTerms, Pause
from ..orders.queries import OrderView, rule_versions, versions
from ..orders.rules import Period, Terms, due_days_in, in_life, on_day, periods
from .queries import month_records
from .rules import Delivery


@dataclass(frozen=True, slots=True)
class DayMark:
    """One order on one day. `state`: delivered, other, skipped, paused, disputed or scheduled."""

    state: str
    quantity: int | None
    unit: str | None
    item: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both sides agreed on an order so far, with the pauses; `ended_on` when one side ended it."""

    versions: list[OrderTerms]
    periods: list[Period]
    pauses: list[Pause]
    ended_on: date | None

    def terms_on(self, day: date) -> Terms | None:
        """The terms in force on `day`, None before the first accepted ones."""
        period = on_day(self.periods, day)
        return period.terms if period else None

    def paused(self, day: date) -> bool:
        return any(pause.starts_on <= day <= pause.ends_on for pause in self.pauses)


def agreed(orders: Sequence[OrderView]) -> dict[int, Agreed]:
    """What is agreed on each of the caller's orders, in three statements."""
    ids = [order.id for order in orders]
    stored = versions(ids)
    lives = session().execute(select(Order.id, Order.ended_on).where(Order.id.in_(ids)))
    ended = {row.id: row.ended_on for row in lives}
    found = {
        order.id: Agreed(
            stored.get(order.id, []),
            periods(order.start_date, rule_versions(rows)) if (rows := stored.get(order.id)) else [],
            [],
            ended.get(order.id),
        )
        for order in orders
    }
    for pause in session().scalars(select(Pause).where(Pause.order_id.in_(ids)).order_by(Pause.starts_on)):
        found[pause.order_id].pauses.append(pause)
    return found


def look(delivery: Delivery | None, *, due: bool, paused: bool, terms: Terms | None) -> DayMark | None:
    """What a day shows: its marks if there are any, else whether something is due; None for nothing."""
    if delivery is not None and delivery.marked:
        state = _state(delivery)
        return DayMark(state, delivery.quantity, delivery.unit, delivery.item_name)
    if not due or terms is None:
        return None
    if paused:
        return DayMark("paused", None, None, terms.item_name)
    return DayMark("scheduled", terms.quantity, terms.unit, terms.item_name)


def _state(delivery: Delivery) -> str:
    if delivery.disputed:
        return "disputed"
    if delivery.vendor is None:
        return "scheduled"
    if delivery.vendor.status == "delivered" and delivery.vendor.quantity != delivery.due_quantity:
        return "other"
    return delivery.vendor.status


def marks_of_month(
    orders: Sequence[OrderView], month: date, known: dict[int, Agreed] | None = None
) -> dict[date, dict[int, DayMark]]:
    """What each day of the month shows, by order id; days with nothing are left out."""
    last = last_of_month(month)
    agreements = agreed(orders) if known is None else known
    records = {
        (view.delivery.order_id, view.delivery.date): view.delivery
        for view in month_records([order.id for order in orders], month, last)
    }
    found: dict[date, dict[int, DayMark]] = {}
    for order in orders:
        one = agreements[order.id]
        due = set(
            due_days_in(
                one.periods, start_date=order.start_date, ended_on=one.ended_on, first=month, last=last
            )
        )
        for step in range(last.day):
            day = month + timedelta(days=step)
            mark = look(
                records.get((order.id, day)),
                due=day in due,
                paused=one.paused(day),
                terms=one.terms_on(day),
            )
            if mark is not None:
                found.setdefault(day, {})[order.id] = mark
    return found


def alive_on(order: OrderView, one: Agreed, day: date) -> bool:
    """Whether the day lies in the accepted order's life, so that it can be marked."""
    terms = one.terms_on(day)
    return terms is not None and in_life(terms, start_date=order.start_date, ended_on=one.ended_on, day=day)


def weeks_of(month: date) -> list[list[date | None]]:
    """The month's weeks from Monday to Sunday; days of other months are None."""
    return [
        [day if day.month == month.month else None for day in week]
        for week in calendar.Calendar(0).monthdatescalendar(month.year, month.month)
    ]
