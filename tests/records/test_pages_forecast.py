"""What the pages work out by themselves: the cost of a proposal, the due day before, a day's look."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from vendorapp.orders.rules import Terms, Version, plain
from vendorapp.records.forecast import of_change, of_new
from vendorapp.records.month_days import weeks_of
from vendorapp.records.news import previous_due

MONDAY = date(2026, 11, 16)
MILK = Terms("Milk", "L", 2000, 5400)


def first(terms: Terms = MILK) -> Version:
    return Version(1, MONDAY, plain(terms))


@pytest.mark.parametrize(
    ("terms", "days"),
    [
        (MILK, 30),
        (replace(MILK, every=2), 15),
        (replace(MILK, weekdays=(1,)), 5),
        (replace(MILK, weekdays=(7,)), 4),
        (replace(MILK, valid_till=MONDAY + timedelta(days=9)), 10),
    ],
)
def test_a_new_order_costs_its_due_days_of_thirty(terms: Terms, days: int) -> None:
    seen = of_new(terms, MONDAY)
    assert (seen.old, seen.old_cost, seen.new_cost) == (None, None, days * 10800)


def change(
    carries: dict[str, object], *, ended_on: date | None = None, day: date = MONDAY
) -> tuple[int | None, int]:
    seen = of_change([first()], carries, start_date=MONDAY, ended_on=ended_on, effective_from=day)
    return seen.old_cost, seen.new_cost


def test_a_change_is_weighed_against_what_holds() -> None:
    assert change({"quantity": 3000}) == (30 * 10800, 30 * 16200)
    assert change({"weekdays": (1,)}) == (30 * 10800, 5 * 10800)
    assert change({"rate": 5600}, day=date(2026, 12, 1)) == (30 * 10800, 30 * 11200)


def test_a_change_that_comes_later_changes_only_the_days_after_it() -> None:
    later = Version(2, MONDAY + timedelta(days=10), {"rate": 6000})
    seen = of_change(
        [first(), later], {"quantity": 1000}, start_date=MONDAY, ended_on=None, effective_from=MONDAY
    )
    assert seen.old_cost == 10 * 10800 + 20 * 12000
    assert seen.new_cost == 10 * 5400 + 20 * 6000
    assert (seen.old, seen.new) == (MILK, replace(MILK, quantity=1000))


def test_a_newer_last_day_counts_more_than_an_end_set_before() -> None:
    ended = MONDAY + timedelta(days=4)
    till = MONDAY + timedelta(days=9)
    assert change({"quantity": 1000}, ended_on=ended) == (5 * 10800, 5 * 5400)
    assert change({"valid_till": till}, ended_on=ended) == (5 * 10800, 10 * 10800)


def test_the_due_day_before() -> None:
    assert previous_due(MILK, MONDAY, MONDAY) is None
    assert previous_due(MILK, MONDAY, MONDAY + timedelta(days=1)) == MONDAY
    mondays = replace(MILK, weekdays=(1,))
    assert previous_due(mondays, MONDAY, MONDAY + timedelta(days=7)) == MONDAY
    assert previous_due(replace(MILK, every=3), MONDAY, MONDAY + timedelta(days=5)) == MONDAY + timedelta(
        days=3
    )


def test_weeks_begin_on_monday() -> None:
    weeks = weeks_of(date(2026, 11, 1))
    assert (len(weeks), {len(week) for week in weeks}) == (6, {7})
    assert weeks[0] == [None] * 6 + [date(2026, 11, 1)]
    assert weeks[5] == [date(2026, 11, 30)] + [None] * 6
