"""Terms by version, due days, and how quantity, rate and amount fit: without a computer's help."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendorapp.orders.rules import (
    Terms,
    TermsError,
    Version,
    due_days_in,
    earliest_free,
    fit,
    in_pattern,
    on_day,
    periods,
)

START = date(2026, 11, 1)
MILK = Terms("Milk", "L", 2000, 5400)


def first() -> Version:
    return Version(
        1,
        START,
        {
            "item_name": "Milk",
            "unit": "L",
            "quantity": 2000,
            "rate": 5400,
            "weekdays": (1, 2, 3, 4, 5, 6, 7),
            "every": 1,
            "valid_till": None,
        },
    )


def test_amount_is_rounded_half_up_per_delivery() -> None:
    assert Terms("Milk", "L", 1500, 5400).amount == 8100
    assert Terms("Milk", "L", 500, 5401).amount == 2701  # 27.005 rupees
    assert Terms("Rice", "kg", 333, 4000).amount == 1332


def test_a_change_holds_from_its_day_and_the_old_price_before_it() -> None:
    found = periods(START, [first(), Version(2, date(2026, 11, 16), {"rate": 6000})])
    assert [(one.starts_on, one.terms.rate) for one in found] == [(START, 5400), (date(2026, 11, 16), 6000)]
    days = [date(2026, 10, 31), date(2026, 11, 15), date(2026, 11, 16)]
    there = [on_day(found, day) for day in days]
    assert [one and one.terms.rate for one in there] == [None, 5400, 6000]


def test_each_field_has_the_last_accepted_value_whose_day_has_come() -> None:
    later_rate = Version(2, date(2026, 12, 10), {"rate": 6000})
    sooner_quantity = Version(3, date(2026, 12, 1), {"quantity": 3000})
    found = periods(START, [first(), later_rate, sooner_quantity])
    values = [(one.starts_on, one.terms.quantity, one.terms.rate) for one in found]
    assert values == [
        (START, 2000, 5400),
        (date(2026, 12, 1), 3000, 5400),
        (date(2026, 12, 10), 3000, 6000),
    ]
    # A newer agreement about the same field counts from its day on, even where an older one begins later.
    newer = Version(4, date(2026, 12, 5), {"rate": 5500})
    rates = [one.terms.rate for one in periods(START, [first(), later_rate, sooner_quantity, newer])]
    assert rates == [5400, 5400, 5500]


@given(
    st.lists(
        st.tuples(st.integers(-5, 60), st.sampled_from(["rate", "quantity"]), st.integers(1, 9)), max_size=8
    )
)
def test_periods_agree_with_asking_each_day(changes: list[tuple[int, str, int]]) -> None:
    made = [first()] + [
        Version(number + 2, START + timedelta(days=offset), {field: value * 1000})
        for number, (offset, field, value) in enumerate(changes)
    ]
    found = periods(START, made)
    for step in range(70):
        day = START + timedelta(days=step)
        expected = {"rate": 5400, "quantity": 2000}
        for one in made[1:]:
            if one.effective_from <= day:
                expected.update(one.carries)
        period = on_day(found, day)
        assert period is not None
        assert (period.terms.rate, period.terms.quantity) == (expected["rate"], expected["quantity"])


def test_every_nth_day_is_counted_from_the_start_and_then_the_weekdays() -> None:
    start = date(2024, 2, 27)  # a Tuesday before a leap day
    every_second = MILK.with_({"every": 2})
    days = [
        start + timedelta(days=step)
        for step in range(6)
        if in_pattern(every_second, start, start + timedelta(days=step))
    ]
    assert days == [date(2024, 2, 27), date(2024, 2, 29), date(2024, 3, 2)]
    weekdays_only = every_second.with_({"weekdays": (1, 2, 3, 4, 5)})
    assert not in_pattern(weekdays_only, start, date(2024, 3, 2))  # a Saturday


def test_due_days_end_with_the_life_of_the_order() -> None:
    found = periods(START, [first(), Version(2, date(2026, 11, 10), {"valid_till": date(2026, 11, 20)})])
    days = due_days_in(found, start_date=START, ended_on=None, first=START, last=date(2026, 11, 30))
    assert days[0] == START
    assert days[-1] == date(2026, 11, 20)
    days = due_days_in(
        found, start_date=START, ended_on=date(2026, 11, 5), first=START, last=date(2026, 11, 30)
    )
    assert days[-1] == date(2026, 11, 5)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({"quantity": 2000, "rate": 5400, "amount": 10800}, (2000, 5400)),
        ({"quantity": None, "rate": 5400, "amount": 10800}, (2000, 5400)),
        ({"quantity": None, "rate": 5400, "amount": None}, (1000, 5400)),
        ({"quantity": 2000, "rate": None, "amount": 10800}, (2000, 5400)),
        ({"quantity": None, "rate": None, "amount": 10800}, (1000, 10800)),
    ],
)
def test_what_is_missing_of_the_three_follows_from_the_others(
    given_: dict[str, int | None], expected: tuple[int, int]
) -> None:
    assert fit(**given_) == expected


@pytest.mark.parametrize(
    ("given_", "field"),
    [
        ({"quantity": 2000, "rate": 5400, "amount": 10801}, "amount"),
        ({"quantity": None, "rate": None, "amount": None}, "rate"),
        ({"quantity": 3000, "rate": None, "amount": 10000}, "amount"),
        ({"quantity": None, "rate": 5400, "amount": 1}, "quantity"),
    ],
)
def test_three_that_do_not_fit_are_refused(given_: dict[str, int | None], field: str) -> None:
    with pytest.raises(TermsError) as refused:
        fit(**given_)
    assert refused.value.field == field


def test_the_earliest_free_day_is_today_unless_it_is_marked() -> None:
    today = date(2026, 11, 21)
    assert earliest_free(today, []) == today
    assert earliest_free(today, [date(2026, 11, 20)]) == today
    assert earliest_free(today, [today]) == date(2026, 11, 22)
