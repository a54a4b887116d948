"""What a proposal would change and cost, worked out from terms and due days. Money in minor units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ..orders.queries import ChangeView, OrderView, rule_versions
from ..orders.rules import Period, Terms, Version, due_days_in, on_day, periods
from .month_days import Plan

# A month's cost is that of the next thirty days.
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The terms before (None for a new order) and after a proposal, and what each costs in thirty days."""

    old: Terms | None
    new: Terms
    old_cost: int | None
    new_cost: int


def cost(all_periods: Sequence[Period], *, start_date: date, ended_on: date | None, first: date) -> int:
    """What the due days of the thirty days from `first` on come to."""
    days = due_days_in(
        all_periods,
        start_date=start_date,
        ended_on=ended_on,
        first=first,
        last=first + MONTH - timedelta(days=1),
    )
    return sum(period.terms.amount for day in days if (period := on_day(all_periods, day)))


def of_new(terms: Terms, start: date) -> Forecast:
    """An order that is not accepted yet."""
    life = [Period(start, 1, terms)]
    return Forecast(None, terms, None, cost(life, start_date=start, ended_on=None, first=start))


def of_change(
    versions: Sequence[Version],
    carries: Mapping[str, Any],
    *,
    start_date: date,
    ended_on: date | None,
    effective_from: date,
) -> Forecast:
    """A change of an accepted order, laid over its accepted `versions` as acceptance would."""
    now = periods(start_date, versions)
    number = max(one.version for one in versions) + 1
    then = periods(start_date, [*versions, Version(number, effective_from, dict(carries))])
    first = max(effective_from, start_date)
    before, after = on_day(now, first), on_day(then, first)
    if before is None or after is None:
        raise ValueError("an accepted order has terms from its start on")
    # A newer agreement about the end counts more than an end that one side set before.
    end = None if "valid_till" in carries else ended_on
    return Forecast(
        before.terms,
        after.terms,
        cost(now, start_date=start_date, ended_on=ended_on, first=first),
        cost(then, start_date=start_date, ended_on=end, first=first),
    )


def of_order(order: OrderView, plan: Plan, carries: dict[str, Any], first: date) -> Forecast:
    """What terms fields that begin on `first` make of an order, accepted (laid over its plan) or not."""
    if not plan.versions:
        return of_new(order.terms.with_(carries), first)
    return of_change(
        rule_versions(plan.versions),
        carries,
        start_date=plan.start_date,
        ended_on=plan.ended_on,
        effective_from=first,
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that waits for an answer, with what it would make of the order. `mine` says that the
    reader's side asked for it."""

    order: OrderView
    change: ChangeView
    forecast: Forecast
    mine: bool


def waiting(order: OrderView, plan: Plan, role: str) -> Waiting | None:
    """The change that waits on an order, as the side `role` reads it; None without one."""
    change = order.pending_change
    if change is None:
        return None
    seen = of_order(order, plan, change.terms, change.effective_from)
    return Waiting(order, change, seen, change.proposed_side == role)
