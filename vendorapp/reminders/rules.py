"""When somebody may be reminded of what is open, and of how much. Days are the vendor's. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

# The hours of the vendor's day in which reminders go by themselves: from the first, before the second.
FROM_HOUR, UNTIL_HOUR = 9, 20
APART = timedelta(days=7)
MOST = 3  # a cycle, and within
LATELY = timedelta(days=28)  # whatever the cycle: another pay day brings no more
BEGINS_WITHIN = timedelta(days=21)
FURTHEST_PROMISE = timedelta(days=31)
# By itself the next one goes within two cycles, or a promise and a cycle, or not at all.
LOOK_AHEAD = timedelta(days=100)


class Refusal(StrEnum):
    """Why nobody is reminded today; the words are those of the HTTP answers."""

    NOTHING_DUE = "nothing_due"
    PROMISED = "promised"
    ENOUGH = "reminded_enough"
    LATELY = "reminded_lately"


@dataclass(frozen=True, slots=True)
class Sent:
    """A reminder that went out: in the cycle that began on `cycle` the `number`-th, on `day`."""

    cycle: date
    number: int
    day: date


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be paid now, in minor units.

    `open` is what is open on lines before the month began; `advance` is set against it. `unconfirmed` (said
    to be paid) is left out of it, and `disputed` never was in it.
    """

    open: int = 0
    advance: int = 0
    unconfirmed: int = 0
    disputed: int = 0

    @property
    def amount(self) -> int:
        """What may be asked for, at least 0."""
        return max(0, self.open - self.advance - self.unconfirmed)


def month_before(day: date) -> date:
    """The first day of the month before the one that `day` lies in."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def pay_date(pay_day: int, today: date) -> date:
    """The pay day of the month that `today` lies in."""
    return today.replace(day=pay_day)


def cycle_of(pay_day: int | None, today: date) -> date:
    """The pay day that began the cycle `today` lies in; without one, cycles are calendar months."""
    this = pay_date(pay_day or 1, today)
    return this if this <= today else pay_date(pay_day or 1, month_before(today))


def due_before(cycle: date) -> date:
    """What goes by itself asks for lines dated before this day: what the pay day `cycle` was about. Of what
    the month brought since nobody is reminded before its own pay day."""
    return cycle.replace(day=1)


def count_in(cycle: date, sent: Iterable[Sent]) -> int:
    """The number of the last one of this cycle, 0 for none."""
    return max((one.number for one in sent if one.cycle == cycle), default=0)


def refusal(today: date, cycle: date, sent: Iterable[Sent], promised: date | None) -> Refusal | None:
    """Why `today` is no day to remind, whoever wants to; None when it is one. What is due is not asked."""
    sent = list(sent)
    if promised is not None and today <= promised:
        return Refusal.PROMISED
    if count_in(cycle, sent) >= MOST or sum(today < one.day + LATELY for one in sent) >= MOST:
        return Refusal.ENOUGH
    if any(today < one.day + APART for one in sent):
        return Refusal.LATELY
    return None


def goes_by_itself(today: date, pay_day: int, sent: Iterable[Sent], promised: date | None) -> bool:
    """Whether `today` is a day of a reminder that nobody asks for: as `refusal`, and a cycle that did not
    begin in time is left to its end."""
    sent = list(sent)
    cycle = cycle_of(pay_day, today)
    began = min((one.day for one in sent if one.cycle == cycle), default=today)
    return refusal(today, cycle, sent, promised) is None and began <= cycle + BEGINS_WITHIN


def next_by_itself(
    first: date, pay_day: int | None, sent: Iterable[Sent], promised: date | None, *, idle: date | None = None
) -> date | None:
    """The first day from `first` on that has a reminder, if something is due by then; None without a pay day.

    `idle` is a cycle in which nothing is asked for.
    """
    if pay_day is None:
        return None
    sent = list(sent)
    for day in _days(first):
        if cycle_of(pay_day, day) != idle and goes_by_itself(day, pay_day, sent, promised):
            return day
    return None


def next_allowed(
    today: date, pay_day: int | None, sent: Iterable[Sent], promised: date | None
) -> date | None:
    """The first day from `today` on that the vendor may remind on by hand."""
    sent = list(sent)
    for day in _days(today):
        if refusal(day, cycle_of(pay_day, day), sent, promised) is None:
            return day
    return None


def _days(first: date) -> list[date]:
    return [first + timedelta(days=after) for after in range(LOOK_AHEAD.days)]
