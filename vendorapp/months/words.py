"""What a day says of each order, a month as a grid of days, and a change beside what holds: for pages.

An order's own page (records) says the same of one order; both follow `orders.rules` and the marks.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from ..kernel.clock import last_of_month
from ..kernel.database import session
from ..orders.models import Order, Pause
from ..orders.queries import ChangeView, OrderView, rule_versions, versions
from ..orders.rules import Period, Terms, Version, due_days_in, on_day, periods
from ..records.rules import DELIVERED, SCHEDULED, Delivery

# A month's cost is that of the next thirty days.
THIRTY_DAYS = timedelta(days=29)


@dataclass(frozen=True, slots=True)
class DayMark:
    """One order's day. `state` is a word of the calendar: delivered, other (quantity), skipped, paused,
    disputed or scheduled (due, and the vendor has not said anything)."""

    order_id: int
    state: str
    quantity: int
    unit: str | None
    item: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What was agreed on one order: its versions, its last day if one side ended it, and its pauses
    (both ends included)."""

    order_id: int
    start_date: date
    ended_on: date | None
    versions: Sequence[Version]
    pauses: Sequence[tuple[date, date]]

    @property
    def periods(self) -> list[Period]:
        return periods(self.start_date, self.versions) if self.versions else []


def plans_of(order_ids: Iterable[int]) -> dict[int, Plan]:
    """What was agreed on each order, by id in their order, in three statements however many there are.

    The ids were found to be the caller's.
    """
    ids = sorted(order_ids)
    lives = session().execute(
        select(Order.id, Order.start_date, Order.ended_on).where(Order.id.in_(ids)).order_by(Order.id)
    )
    accepted = versions(ids)
    pauses: dict[int, list[tuple[date, date]]] = {}
    for order_id, first, last in session().execute(
        select(Pause.order_id, Pause.starts_on, Pause.ends_on).where(Pause.order_id.in_(ids))
    ):
        pauses.setdefault(order_id, []).append((first, last))
    return {
        row.id: Plan(
            row.id,
            row.start_date,
            row.ended_on,
            rule_versions(accepted.get(row.id, [])),
            pauses.get(row.id, []),
        )
        for row in lives.all()
    }


@dataclass(frozen=True, slots=True)
class Day:
    """A cell of the month; `url` leads to what there is to say about that day."""

    date: date
    marks: list[DayMark]
    today: bool
    url: str | None


def marks_of(plan: Plan, deliveries: Sequence[Delivery], first: date, last: date) -> dict[date, DayMark]:
    """What each day says of one order; days with nothing are left out."""
    agreed = plan.periods
    due = due_days_in(agreed, start_date=plan.start_date, ended_on=plan.ended_on, first=first, last=last)
    found = {}
    for day in due:
        period = on_day(agreed, day)
        if period:
            away = any(begins <= day <= ends for begins, ends in plan.pauses)
            state = "paused" if away else SCHEDULED
            terms = period.terms
            found[day] = DayMark(plan.order_id, state, terms.quantity, terms.unit, terms.item_name)
    for one in deliveries:
        if one.order_id == plan.order_id and one.marked and first <= one.date <= last:
            found[one.date] = DayMark(plan.order_id, _state(one), one.quantity, one.unit, one.item_name)
    return found


def _state(delivery: Delivery) -> str:
    if delivery.disputed:
        return "disputed"
    if delivery.vendor is None:
        return SCHEDULED
    if delivery.status == DELIVERED and delivery.quantity != delivery.due_quantity:
        return "other"
    return delivery.status


def days_of(month: date, plans: Sequence[Plan], deliveries: Sequence[Delivery]) -> dict[date, list[DayMark]]:
    """Every day of the month with its marks, in the order of `plans`."""
    last = last_of_month(month)
    found: dict[date, list[DayMark]] = {month + timedelta(days=step): [] for step in range(last.day)}
    for plan in plans:
        for day, mark in marks_of(plan, deliveries, month, last).items():
            found[day].append(mark)
    return found


def weeks_of(
    days: dict[date, list[DayMark]], today: date, url: Callable[[date, list[DayMark]], str | None]
) -> list[list[Day | None]]:
    """The days as weeks from Monday to Sunday; None lies outside the month."""
    month = min(days)
    return [
        [Day(day, days[day], day == today, url(day, days[day])) if day in days else None for day in week]
        for week in calendar.Calendar().monthdatescalendar(month.year, month.month)
    ]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that waits, beside what would hold without it (`old` None for a new order); the costs are
    those of thirty days in minor units. `mine` says that the reader asked for it."""

    order: OrderView
    change: ChangeView
    old: Terms | None
    new: Terms
    old_cost: int
    new_cost: int
    mine: bool


def waiting(order: OrderView, plan: Plan, role: str) -> Waiting | None:
    """The change that waits on an order, as the side `role` reads it; None without one."""
    change = order.pending_change
    if change is None:
        return None
    mine, first = change.proposed_side == role, change.effective_from
    if not plan.versions:
        new = order.terms.with_(change.terms)
        cost = _cost([Period(first, 1, new)], start_date=first, ended_on=None, first=first)
        return Waiting(order, change, None, new, 0, cost, mine)
    number = max(one.version for one in plan.versions) + 1
    now = plan.periods
    then = periods(plan.start_date, [*plan.versions, Version(number, first, dict(change.terms))])
    first = max(first, plan.start_date)
    before, after = on_day(now, first), on_day(then, first)
    # A newer agreement about the end counts more than an end that one side set before.
    end = None if "valid_till" in change.terms else plan.ended_on
    return Waiting(
        order,
        change,
        before.terms if before else order.terms,
        after.terms if after else order.terms,
        _cost(now, start_date=plan.start_date, ended_on=plan.ended_on, first=first),
        _cost(then, start_date=plan.start_date, ended_on=end, first=first),
        mine,
    )


def _cost(agreed: Sequence[Period], *, start_date: date, ended_on: date | None, first: date) -> int:
    days = due_days_in(
        agreed, start_date=start_date, ended_on=ended_on, first=first, last=first + THIRTY_DAYS
    )
    return sum(period.terms.amount for day in days if (period := on_day(agreed, day)))
