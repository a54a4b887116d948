"""What a day says of each order, and a month as a grid of days: for pages, both sides alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ..kernel.clock import last_of_month
from ..orders.queries import ChangeView, OrderView
from ..orders.rules import Period, Terms, in_life, in_pattern, on_day
from ..records.rules import DELIVERED, SCHEDULED, Delivery


@dataclass(frozen=True, slots=True)
class DayMark:
    """One order's day. `state` is a word of the calendar: delivered, other (quantity), skipped, paused,
    disputed, scheduled, cancelled. `record_id` is 0 where nothing is written yet."""

    order_id: int
    record_id: int
    state: str
    quantity: int
    unit: str | None
    item: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What was agreed on one order: its terms by day, its last day, and its pauses (both ends included)."""

    order_id: int
    start_date: date
    ended_on: date | None
    periods: Sequence[Period]
    pauses: Sequence[tuple[date, date]]

    def paused(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.pauses)


@dataclass(frozen=True, slots=True)
class Day:
    """A cell of the month; `url` leads to the page of that day."""

    date: date
    marks: list[DayMark]
    today: bool
    url: str | None = None


def said(delivery: Delivery, *, paused: bool) -> DayMark:
    """What a written day says."""
    if delivery.disputed:
        state = "disputed"
    elif delivery.status == DELIVERED and delivery.quantity != delivery.due_quantity:
        state = "other"
    elif delivery.status in (DELIVERED, SCHEDULED):
        state = delivery.status
    else:
        state = "paused" if paused and not delivery.marked else delivery.status
    return DayMark(
        delivery.order_id, delivery.id, state, delivery.quantity, delivery.unit, delivery.item_name
    )


def expected(plan: Plan, day: date) -> DayMark | None:
    """What is agreed for a day on which nothing is written; None when nothing is due."""
    period = on_day(plan.periods, day)
    if period is None:
        return None
    terms = period.terms
    alive = in_life(terms, start_date=plan.start_date, ended_on=plan.ended_on, day=day)
    if not alive or not in_pattern(terms, plan.start_date, day):
        return None
    state = "paused" if plan.paused(day) else SCHEDULED
    return DayMark(plan.order_id, 0, state, terms.quantity, terms.unit, terms.item_name)


def days_of(
    month: date, today: date, plans: Sequence[Plan], deliveries: Sequence[Delivery]
) -> list[tuple[date, list[DayMark]]]:
    """Every day of the month with its marks, in the order of `plans`.

    What is written counts; from today on the terms say what is due. A past day without a record says
    nothing: nobody was asked to mark it.
    """
    written = {(one.order_id, one.date): one for one in deliveries}
    found = []
    for number in range((last_of_month(month) - month).days + 1):
        day = month + timedelta(days=number)
        marks = []
        for plan in plans:
            delivery = written.get((plan.order_id, day))
            if delivery is not None:
                marks.append(said(delivery, paused=plan.paused(day)))
            elif day >= today and (due := expected(plan, day)):
                marks.append(due)
        found.append((day, marks))
    return found


def weeks_of(
    days: Sequence[tuple[date, list[DayMark]]], today: date, url: Callable[[date, list[DayMark]], str | None]
) -> list[list[Day | None]]:
    """The days as weeks from Monday to Sunday; None lies outside the month."""
    cells: list[Day | None] = [None] * (days[0][0].isoweekday() - 1)
    cells += [Day(day, marks, day == today, url(day, marks)) for day, marks in days]
    cells += [None] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that waits, beside what holds today. `monthly` is what thirty days cost more with it (of a
    new order: what they cost), in minor units; `mine` says that the reader asked for it."""

    order: OrderView
    change: ChangeView
    old: Terms
    new: Terms
    monthly: int
    mine: bool

    @property
    def is_new(self) -> bool:
        return self.change.kind == "new"


def waiting(order: OrderView, role: str) -> Waiting | None:
    """The change that waits on an order, as the side `role` reads it; None without one."""
    change = order.pending_change
    if change is None:
        return None
    old, new = order.terms, order.terms.with_(change.terms)
    first = change.effective_from
    start = first if change.kind == "new" else order.start_date
    before = 0 if change.kind == "new" else _thirty_days(old, start, first)
    return Waiting(
        order, change, old, new, _thirty_days(new, start, first) - before, change.proposed_side == role
    )


def _thirty_days(terms: Terms, start: date, first: date) -> int:
    days = (first + timedelta(days=number) for number in range(30))
    return terms.amount * sum(in_pattern(terms, start, day) for day in days)
