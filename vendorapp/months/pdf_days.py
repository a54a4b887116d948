"""The days of a statement on paper: a month's grid for each order, one cell a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache, partial
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from ..kernel import pdf
from ..kernel.babel import day as day_text
from ..kernel.babel import money, quantity
from ..orders.words import weekday_names
from ..records.month_days import DISPUTED, OTHER, PAUSED, DayMark, marks_of_month, plans_of, weeks_of
from ..records.rules import DELIVERED, SCHEDULED, SKIPPED
from .sheet import Sheet

SIGNS = {DELIVERED: "✓", OTHER: "✓", SKIPPED: "–", PAUSED: "‖", DISPUTED: "!", SCHEDULED: "○"}


def days_of_orders(found: Sheet) -> dict[str, Any]:
    """The grids, what their signs mean, and what is not agreed or not marked, for `months/statement.typ`."""
    grids = _grids(found)
    unmarked = found.view.unmarked
    after = ngettext(
        "%(num)d day was due and not marked: nothing is charged for it.",
        "%(num)d days were due and not marked: nothing is charged for them.",
        unmarked,
    )
    return {
        "weekdays": weekday_names(),
        "orders": grids,
        "legend": _legend() if grids else [],
        "after-days": [after] if unmarked else [],
        "disputes-title": _("Not agreed yet"),
        "disputes": [
            _("%(item)s, %(day)s", item=one.item_name, day=day_text(one.date, "full"))
            for one in found.disputes
        ]
        + ([_("Something earlier is not agreed yet.")] if found.earlier else []),
    }


def _grids(found: Sheet) -> list[dict[str, Any]]:
    """A grid for each standing order that has anything in the month, due days to come included."""
    month, currency = found.view.month.month, found.business.currency
    totals = {one.order_id: one for one in found.orders}
    due = {one.order_id for one in found.view.month.orders if one.order_type == "scheduled"}
    marks = marks_of_month(list(plans_of(totals.keys() | due).values()), month)
    own: dict[int, dict[date, DayMark]] = {}
    for day, all_of in marks.items():
        for mark in all_of:
            own.setdefault(mark.order_id, {})[day] = mark
    # A month holds few different amounts, and writing one out takes a while.
    amount_text, quantity_text = cache(partial(pdf.bare, currency=currency)), cache(quantity)
    amounts = {
        (day.delivery.order_id, day.delivery.date): amount_text(day.delivery.tally.amount)
        for day in found.view.days
        if day.delivery.status == DELIVERED and not day.delivery.disputed
    }

    def cell(day: date, mark: DayMark | None) -> dict[str, str]:
        number = {"number": str(day.day)}
        if mark is None:
            return number | {"state": "", "sign": "", "quantity": "", "amount": ""}
        told = mark.quantity is not None and mark.state != SKIPPED
        return number | {
            "state": mark.state,
            "sign": SIGNS[mark.state],
            "quantity": quantity_text(mark.quantity) if told else "",
            "amount": amounts.get((mark.order_id, day), ""),
        }

    return [
        {
            "title": _title(list(own[order_id].values())),
            "days": ngettext("%(num)d day", "%(num)d days", total.days if total else 0),
            "amount": money(total.amount if total else 0, currency),
            "cells": [
                cell(day, own[order_id].get(day)) if day else None for week in weeks_of(month) for day in week
            ],
        }
        for order_id, total in ((order_id, totals.get(order_id)) for order_id in sorted(own))
    ]


def _title(marks: Sequence[DayMark]) -> str:
    """What the order is called, with the unit that its quantities are in."""
    unit = next((mark.unit for mark in reversed(marks) if mark.unit), None)
    return f"{marks[-1].item} ({unit})" if unit else marks[-1].item


def _legend() -> list[tuple[str, str]]:
    return [
        ("✓", _("delivered")),
        ("box", _("other quantity")),
        ("–", _("not delivered")),
        ("‖", _("paused")),
        ("!", _("not agreed")),
        ("○", _("not marked")),
    ]
