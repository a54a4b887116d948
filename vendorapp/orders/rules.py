"""Which days, how much, and whose turn: the pure part of standing orders.

Quantities are thousandths, money minor units, weekdays ISO numbers (1 = Monday).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ..kernel.errors import Conflict, invalid
from ..kernel.money import THOUSAND, times

PROPOSAL_LASTS = timedelta(days=7)
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
TERM_FIELDS = ("item_name", "unit", "quantity", "rate", "weekdays", "every", "valid_till")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is delivered on a due day, at what price, and which days are due."""

    item_name: str
    unit: str | None
    quantity: int
    rate: int
    weekdays: tuple[int, ...] = EVERY_DAY
    every: int = 1
    valid_till: date | None = None

    @property
    def amount(self) -> int:
        """The price of one delivery, in minor units."""
        return times(self.rate, self.quantity)

    def with_(self, changes: dict[str, Any]) -> Terms:
        return replace(self, **changes)

    def changed(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Those of `changes` that really differ."""
        return {name: value for name, value in changes.items() if getattr(self, name) != value}


@dataclass(frozen=True, slots=True)
class Version:
    """An accepted version: the fields it carries and the day they begin."""

    version: int
    effective_from: date
    carries: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Period:
    """The terms in force from `starts_on` until the next period begins; `version` is the newest in them."""

    starts_on: date
    version: int
    terms: Terms


def periods(start_date: date, versions: Sequence[Version]) -> list[Period]:
    """The terms of every day of an order's life, as periods.

    On each day a field has the value of the last accepted version (the highest number) that carries it
    and whose `effective_from` has come. The first version carries every field; it holds from
    `start_date` on.
    """
    days = sorted({max(one.effective_from, start_date) for one in versions} | {start_date})
    found: list[Period] = []
    for day in days:
        values: dict[str, Any] = {}
        newest = 0
        for one in sorted(versions, key=lambda version: version.version):
            if one.version == 1 or one.effective_from <= day:
                values.update(one.carries)
                newest = one.version
        terms = Terms(**values)
        if not found or found[-1].terms != terms:
            found.append(Period(day, newest, terms))
    return found


def on_day(all_periods: Sequence[Period], day: date) -> Period | None:
    """The period that `day` lies in, None before the first."""
    return max(
        (one for one in all_periods if one.starts_on <= day),
        key=lambda one: one.starts_on,
        default=None,
    )


def last_day(valid_till: date | None, ended_on: date | None) -> date | None:
    """The last day of an order's life, None when it is open."""
    return min((day for day in (valid_till, ended_on) if day), default=None)


def in_pattern(terms: Terms, start_date: date, day: date) -> bool:
    """Whether the pattern (each n-th day from the start, of those the weekdays) falls on `day`."""
    return (day - start_date).days % terms.every == 0 and day.isoweekday() in terms.weekdays


def in_life(terms: Terms, *, start_date: date, ended_on: date | None, day: date) -> bool:
    """Whether `day` lies between the order's first and last day, by the terms in force on it."""
    last = last_day(terms.valid_till, ended_on)
    return start_date <= day and (last is None or day <= last)


def due_days_in(
    all_periods: Sequence[Period],
    *,
    start_date: date,
    ended_on: date | None,
    first: date,
    last: date,
) -> list[date]:
    """The due days from `first` to `last`, pauses not considered; for forecasts such as a month's cost."""
    found = []
    for step in range((last - first).days + 1):
        day = first + timedelta(days=step)
        period = on_day(all_periods, day)
        if period is None:
            continue
        terms = period.terms
        if in_life(terms, start_date=start_date, ended_on=ended_on, day=day) and in_pattern(
            terms, start_date, day
        ):
            found.append(day)
    return found


class TermsError(ValueError):
    """Quantity, rate and amount do not fit; `field` is the one to blame."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def fit(*, quantity: int | None, rate: int | None, amount: int | None) -> tuple[int, int]:
    """Quantity (thousandths) and rate (minor units) from what was given of the three.

    Quantity defaults to amount ÷ rate, else one; a missing rate is amount ÷ quantity. `TermsError` when
    there is no price, when a division does not come out, or when the three contradict each other.
    """
    if rate is None:
        if amount is None:
            raise TermsError("rate", "A rate or an amount is needed.")
        quantity = quantity or THOUSAND
        exact = Decimal(amount) * THOUSAND / quantity
        rate = int(exact)
        if times(rate, quantity) != amount:
            raise TermsError("amount", "The amount cannot be divided by the quantity; send a rate.")
        return quantity, rate
    if quantity is None:
        if amount is None or rate == 0:
            quantity = THOUSAND
        else:
            quantity = int(Decimal(amount) * THOUSAND / rate)
    if quantity < 1:
        raise TermsError("quantity", "The quantity must be above zero.")
    if amount is not None and times(rate, quantity) != amount:
        raise TermsError("amount", "Quantity × rate does not give this amount.")
    return quantity, rate


def effective_day(asked: date, *, earliest: date) -> date:
    """The day an accepted change begins: as asked, or the earliest day that is still free."""
    return max(asked, earliest)


def plain(terms: Terms) -> dict[str, Any]:
    """The fields of `terms` by name."""
    return {field.name: getattr(terms, field.name) for field in fields(terms)}


def earliest_free(today: date, marked: Iterable[date]) -> date:
    """The first day from today on, such that neither it nor a later one is marked."""
    last = max(marked, default=None)
    return today if last is None or last < today else last + timedelta(days=1)


def already_recorded(earliest: date) -> Conflict:
    return Conflict(
        "already_recorded",
        "That day is over or already marked; marked days do not change.",
        earliest=earliest.isoformat(),
    )


def change_of_accepted(
    all_periods: Sequence[Period],
    changes: Mapping[str, Any],
    *,
    today: date,
    last_marked: date | None,
    effective_from: date | None,
) -> tuple[date, dict[str, Any]]:
    """The first day of a change of an accepted order, and those of `changes` that it carries.

    The day is tomorrow unless another is asked for, and never before the first free one. Carried is what
    differs from what holds on that day, or from what is accepted for later. Raises 409
    `already_recorded` with `earliest`, 422 when nothing would change.
    """
    earliest = earliest_free(today, [last_marked] if last_marked else [])
    day = effective_from or max(today + timedelta(days=1), earliest)
    if day < earliest:
        raise already_recorded(earliest)
    known = terms_from(all_periods, day)
    carries = {
        name: value
        for name, value in changes.items()
        if any(getattr(terms, name) != value for terms in known)
    }
    if not carries:
        raise invalid("", "Nothing would change.")
    return day, carries


def terms_from(all_periods: Sequence[Period], day: date) -> list[Terms]:
    """The terms in force on `day`, if there are any yet, and all those after them."""
    in_force = on_day(all_periods, day)
    return [
        *([in_force.terms] if in_force else []),
        *(period.terms for period in all_periods if period.starts_on > day),
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether an order can be asked for a new price.

    `over`: declined, or past its last day. `waiting`: a proposal on it waits for an answer, in time.
    """

    over: bool
    waiting: bool
    customer_active: bool
    has_login: bool
    periods: Sequence[Period]
    last_marked: date | None
    today: date


def first_day_of_rate(
    one: Standing, rate: int, *, effective_from: date | None, noted: bool, largest: int
) -> date:
    """The day from which an order is asked to cost `rate`; the order is left alone by a problem.

    `noted`: there is a note for whoever has no login. `largest` is the most that one delivery may cost.
    Raises `order_ended`, `change_pending`, `customer_inactive`, `already_recorded`,
    `on_behalf_note_required` (409) or `invalid` (422).
    """
    if one.over:
        raise Conflict("order_ended", "This order has ended. Propose a new one.")
    if one.waiting:
        raise Conflict("change_pending", "Something else waits for an answer on this order.")
    if not one.customer_active:
        raise Conflict("customer_inactive", "This customer is inactive. Make them active first.")
    day, _carries = change_of_accepted(
        one.periods,
        {"rate": rate},
        today=one.today,
        last_marked=one.last_marked,
        effective_from=effective_from,
    )
    if any(times(rate, terms.quantity) > largest for terms in terms_from(one.periods, day)):
        raise invalid("rate", "Quantity × rate is too large.")
    if not (one.has_login or noted):
        raise Conflict("on_behalf_note_required", "This customer has no login; write down how they agreed.")
    return day
