"""The picture of a month: what became of each day of an order, and what is due on the days to come."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from ..kernel.clock import last_of_month
from ..kernel.database import session
from ..orders.models import Order, OrderTerms, Pause
from ..orders.queries import rule_versions, versions
from ..orders.rules import Period, Terms, due_days_in, in_life, on_day, periods
from .queries import month_records
from .rules import DELIVERED, SCHEDULED, Delivery

# What a calendar says of a day beside the words of a record: delivered otherwise than agreed, nothing
# because of a pause, two marks that differ.
OTHER, PAUSED, DISPUTED = "other", "paused", "disputed"


@dataclass(frozen=True, slots=True)
class DayMark:
    """One order on one day. `state`: delivered, other, skipped, paused, disputed or scheduled (due, and
    the vendor has not said anything). A paused day has no quantity."""

    order_id: int
    state: str
    quantity: int | None
    unit: str | None
    item: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What both sides agreed on an order so far, with the pauses; `ended_on` when one side ended it."""

    order_id: int
    start_date: date
    ended_on: date | None
    versions: list[OrderTerms]
    periods: list[Period]
    pauses: list[Pause]

    def terms_on(self, day: date) -> Terms | None:
        """The terms in force on `day`, None before the first accepted ones."""
        period = on_day(self.periods, day)
        return period.terms if period else None

    def alive_on(self, day: date) -> bool:
        """Whether the day lies in the accepted order's life, so that it can be marked."""
        terms = self.terms_on(day)
        return terms is not None and in_life(
            terms, start_date=self.start_date, ended_on=self.ended_on, day=day
        )

    def paused(self, day: date) -> bool:
        return any(pause.starts_on <= day <= pause.ends_on for pause in self.pauses)


def plans_of(order_ids: Iterable[int]) -> dict[int, Plan]:
    """What is agreed on each order, by id in their order, in three statements however many there are.

    The ids were found to be the caller's.
    """
    ids = sorted(order_ids)
    lives = session().execute(
        select(Order.id, Order.start_date, Order.ended_on).where(Order.id.in_(ids)).order_by(Order.id)
    )
    stored = versions(ids)
    found: dict[int, Plan] = {}
    for order_id, start_date, ended_on in lives:
        rows = stored.get(order_id, [])
        agreed = periods(start_date, rule_versions(rows)) if rows else []
        found[order_id] = Plan(order_id, start_date, ended_on, rows, agreed, [])
    for pause in session().scalars(select(Pause).where(Pause.order_id.in_(ids)).order_by(Pause.starts_on)):
        found[pause.order_id].pauses.append(pause)
    return found


def marks_of(plan: Plan, deliveries: Iterable[Delivery], first: date, last: date) -> dict[date, DayMark]:
    """What each day from `first` to `last` shows of one order: its marks if there are any, else whether
    something is due; days with nothing are left out. `deliveries` may hold those of other orders and days.
    """
    due = due_days_in(
        plan.periods, start_date=plan.start_date, ended_on=plan.ended_on, first=first, last=last
    )
    found: dict[date, DayMark] = {}
    for day in due:
        terms = plan.terms_on(day)
        if terms is None:
            continue
        if plan.paused(day):
            found[day] = DayMark(plan.order_id, PAUSED, None, None, terms.item_name)
        else:
            found[day] = DayMark(plan.order_id, SCHEDULED, terms.quantity, terms.unit, terms.item_name)
    for one in deliveries:
        if one.order_id == plan.order_id and one.marked and first <= one.date <= last:
            found[one.date] = DayMark(plan.order_id, _state(one), one.quantity, one.unit, one.item_name)
    return found


def _state(delivery: Delivery) -> str:
    if delivery.disputed:
        return DISPUTED
    if delivery.vendor is None:
        return SCHEDULED
    if delivery.status == DELIVERED and delivery.quantity != delivery.due_quantity:
        return OTHER
    return delivery.status


def marks_of_month(plans: Sequence[Plan], month: date) -> dict[date, list[DayMark]]:
    """Every day of the month with what it shows of each order, in the order of `plans`."""
    last = last_of_month(month)
    written = month_records([plan.order_id for plan in plans], month, last)
    deliveries = [one.delivery for one in written]
    found: dict[date, list[DayMark]] = {month + timedelta(days=step): [] for step in range(last.day)}
    for plan in plans:
        for day, mark in marks_of(plan, deliveries, month, last).items():
            found[day].append(mark)
    return found


@dataclass(frozen=True, slots=True)
class Day:
    """A cell of the month, as `ui.month_calendar` takes it; `url` leads to what there is to say about it."""

    date: date
    marks: Sequence[DayMark]
    today: bool
    url: str | None


def weeks_of(month: date) -> list[list[date | None]]:
    """The month's weeks from Monday to Sunday; days of other months are None."""
    return [
        [day if day.month == month.month else None for day in week]
        for week in calendar.Calendar(0).monthdatescalendar(month.year, month.month)
    ]


def cells_of(
    marks: Mapping[date, Sequence[DayMark]],
    today: date,
    url: Callable[[date, Sequence[DayMark]], str | None],
) -> list[list[Day | None]]:
    """The days of one month as its weeks; None lies outside the month."""
    return [
        [Day(day, marks[day], day == today, url(day, marks[day])) if day else None for day in week]
        for week in weeks_of(min(marks))
    ]
