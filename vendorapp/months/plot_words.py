"""The plots with their words: a title, what the picture says in sum, and the same figures as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from flask_babel import gettext as _

from ..kernel.babel import day as day_text
from ..kernel.babel import money, round_money
from ..kernel.babel import month as month_text
from .over_time import DaySums, MonthLine
from .plots import Picture, Series, draw

# A word below every so many days, and every second month when there are more than so many.
DAYS_APART, ALL_NAMED = 7, 8
# A young account's plot begins with it, but is no narrower than this.
LEAST_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One day or month: its name and its figures, ready to read; `slot` is its place in the picture."""

    slot: int
    name: str
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with all its words. `names` are those of its series, `head` says what a row is.

    `rows` has no line for what is nothing; `sums` stands below the columns that add up.
    """

    title: str
    text: str
    picture: Picture
    names: list[str]
    head: str
    rows: list[Row]
    sums: list[str]


def month_chart(days: Sequence[DaySums], currency: str) -> Chart | None:
    """A vendor's month by day: delivered as columns, paid as pins; None when it holds nothing."""
    picture = draw(
        [Series([one.delivered for one in days], "column"), Series([one.paid for one in days], "pin")],
        [day_text(one.day, "d") if one.day.day % DAYS_APART == 1 else "" for one in days],
        partial(round_money, currency=currency),
    )
    if picture is None:
        return None
    delivered = money(sum(one.delivered for one in days), currency)
    paid = money(sum(one.paid for one in days), currency)
    most = max(days, key=lambda one: one.delivered)
    text = _("Delivered %(delivered)s, paid %(paid)s.", delivered=delivered, paid=paid)
    if most.delivered:
        text += " " + _(
            "Most was delivered on %(day)s: %(amount)s.",
            day=day_text(most.day, "long"),
            amount=money(most.delivered, currency),
        )
    return Chart(
        title=_("Day by day in %(month)s", month=month_text(days[0].day)),
        text=text,
        picture=picture,
        names=[_("Delivered"), _("Paid")],
        head=_("Day"),
        rows=[
            Row(
                place,
                day_text(one.day, "EEE d MMM"),
                [money(one.delivered, currency), money(one.paid, currency)],
            )
            for place, one in enumerate(days)
            if one.delivered or one.paid
        ],
        sums=[delivered, paid],
    )


def year_chart(months: Sequence[MonthLine], currency: str, *, vendor: bool) -> Chart | None:
    """An account month by month, as the reader stands to it; None when there was nothing in all of it."""
    begun = next((place for place, one in enumerate(months) if _begun(one)), len(months))
    months = months[min(begun, max(len(months) - LEAST_MONTHS, 0)) :]
    picture = draw(
        [
            Series([one.delivered for one in months], "column"),
            Series([one.paid for one in months], "column"),
            Series([one.closing for one in months], "line"),
        ],
        # From the last one back, so that the month that is shown has its name.
        [
            day_text(one.month, "LLL") if len(months) <= ALL_NAMED or (len(months) - place) % 2 else ""
            for place, one in enumerate(months)
        ],
        partial(round_money, currency=currency),
    )
    if picture is None:
        return None
    delivered = money(sum(one.delivered for one in months), currency)
    paid = money(sum(one.paid for one in months), currency)
    first, last = months[0], months[-1]
    text = _(
        "Delivered %(delivered)s, paid %(paid)s; at the end: %(stands)s.",
        delivered=delivered,
        paid=paid,
        stands=stands(last.closing or 0, currency, vendor=vendor),
    )
    return Chart(
        title=_("%(first)s to %(last)s", first=month_text(first.month), last=month_text(last.month)),
        text=text,
        picture=picture,
        names=[_("Delivered"), _("Paid"), _("Still to pay")],
        head=_("Month"),
        rows=[_month_row(place, one, currency, vendor) for place, one in enumerate(months) if _begun(one)],
        sums=[delivered, paid],
    )


def _begun(one: MonthLine) -> bool:
    return one.closing is not None


def _month_row(place: int, one: MonthLine, currency: str, vendor: bool) -> Row:
    figures = [money(one.delivered, currency), money(one.paid, currency)]
    return Row(
        place, day_text(one.month, "LLL y"), [*figures, stands(one.closing or 0, currency, vendor=vendor)]
    )


def stands(minor: int, currency: str, *, vendor: bool) -> str:
    """A signed sum (+ = the customer owes) in words, as the reader stands to it."""
    amount = money(abs(minor), currency)
    if not minor:
        return _("nothing")
    if minor > 0:
        return _("you get %(amount)s", amount=amount) if vendor else _("you pay %(amount)s", amount=amount)
    if vendor:
        return _("you give back %(amount)s", amount=amount)
    return _("you get back %(amount)s", amount=amount)
