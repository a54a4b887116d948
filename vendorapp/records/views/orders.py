"""One order, the same for both sides: terms, days of a month, what waits for an answer, who agreed when."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from ...accounts import guards
from ...accounts.queries import Caller
from ...kernel.babel import money, quantity
from ...kernel.clock import first_of_month, last_of_month, next_month
from ...kernel.fields import Body, Month
from ...kernel.shape import read_query
from ...ledger import queries as sums
from ...ledger.rules import NOTHING, Tally
from ...orders import queries as orders
from ...orders.queries import OrderView
from .. import queries
from ..month_days import Agreed, agreed, alive_on, marks_of_month, weeks_of
from .changes import card_of, past_changes
from .shared import Page, back_link, blueprint, other_side, own_order
from .words import amount_of, days_of, timeline


class MonthQuery(Body):
    month: Month | None = None


@blueprint.get("/orders/<int:order_id>")
@guards.signed_in
def order(order_id: int) -> Page:
    """The order with the days of this month, or of another (``?month=YYYY-MM``)."""
    caller = guards.caller()
    found = own_order(order_id)
    asked = {name: value for name, value in request.args.items() if name == "month"}
    month = read_query(MonthQuery, type(request.args)(asked)).month or first_of_month(found.today)
    one = agreed([found])[order_id]
    tally = sums.order_months([order_id], month).get(order_id, NOTHING)
    return render_template(
        "records/order.html",
        order=found,
        other=other_side(found, caller),
        figures=_figures(found),
        card=card_of(found, one, found.pending_change, caller) if found.pending_change else None,
        calendar=_calendar(found, one, caller, month, tally) if one.periods else None,
        pauses=[pause for pause in one.pauses if pause.ends_on >= found.today],
        timeline=timeline(found, one, caller),
        earlier=past_changes(found, orders.changes_of(order_id), caller),
        can_change=found.status in ("active", "proposed"),
        can_end=found.status == "active",
        can_remove=caller.is_vendor and not queries.has_marks(order_id),
        **back_link(found, caller),
    )


def _figures(found: OrderView) -> list[tuple[str, str] | tuple[str, str, str]]:
    terms = found.terms
    return [
        (_("Quantity"), amount_of(terms.quantity, terms.unit), days_of(terms)),
        (
            _("Price"),
            money(terms.rate, found.currency),
            _("for 1 %(unit)s", unit=terms.unit) if terms.unit else "",
        ),
        (_("Each time"), money(terms.amount, found.currency)),
    ]


def _calendar(found: OrderView, one: Agreed, caller: Caller, month: date, tally: Tally) -> dict[str, Any]:
    """The month as `ui.month_calendar` takes it; its totals are those of the JSON."""
    marks = marks_of_month([found], month, {found.id: one})

    def cell(day: date | None) -> dict[str, Any] | None:
        if day is None:
            return None
        mark = marks.get(day, {}).get(found.id)
        # A vendor may write down an extra on any day of the order's life.
        open_ = day <= found.today and (mark is not None or (caller.is_vendor and alive_on(found, one, day)))
        return {
            "date": day,
            "marks": [{"state": mark.state, "quantity": mark.quantity, "unit": mark.unit or "", "item": None}]
            if mark
            else [],
            "url": url_for("records.day", order_id=found.id, date=day) if open_ else None,
            "today": day == found.today,
        }

    def link(to: date) -> str:
        return url_for("records.order", order_id=found.id, month=f"{to:%Y-%m}", _anchor="days")

    before = first_of_month(date.fromordinal(month.toordinal() - 1)) if month.year > 1970 else month
    ahead = next_month(month)
    return {
        "month": month,
        "weeks": [[cell(day) for day in week] for week in weeks_of(month)],
        "totals": _totals(tally, found, caller),
        "prev_url": link(before) if last_of_month(before) >= found.start_date else None,
        "next_url": link(ahead) if ahead <= next_month(found.today) else None,
    }


def _totals(tally: Tally, found: OrderView, caller: Caller) -> list[tuple[str, str] | tuple[str, str, str]]:
    unit = found.terms.unit
    pays = _("%(name)s pays", name=found.customer_name) if caller.is_vendor else _("You pay")
    totals: list[tuple[str, str] | tuple[str, str, str]] = [
        (_("Days"), quantity(tally.days * 1000)),
        (_("Quantity"), amount_of(tally.quantity, unit)),
        (pays, money(tally.amount, found.currency)),
    ]
    if tally.disputed:
        totals.append((_("Not agreed yet"), money(tally.disputed, found.currency), _("not counted")))
    return totals
