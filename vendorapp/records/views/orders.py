"""One order, the same for both sides: terms, days of a month, what waits for an answer, who agreed when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from ...accounts import guards
from ...accounts.queries import Caller
from ...kernel.babel import money, quantity
from ...kernel.clock import first_of_month, last_of_month, next_month
from ...kernel.errors import NotFound
from ...kernel.fields import Body, Month
from ...kernel.shape import read_query
from ...ledger import queries as sums
from ...ledger.rules import NOTHING, Tally
from ...on_demand import queries as extras
from ...orders import queries as orders
from ...orders.queries import OrderView
from ...orders.words import amount_of, days_of
from .. import queries
from ..month_days import DayMark, Plan, cells_of, marks_of_month, plans_of
from .changes import card_of, past_changes
from .pauses import pause_lines
from .shared import Page, back_link, blueprint, other_side, own_order
from .words import timeline


class MonthQuery(Body):
    month: Month | None = None


@blueprint.get("/orders/<int:order_id>")
@guards.signed_in
def order(order_id: int) -> Page:
    """The order with the days of this month, or of another (``?month=YYYY-MM``)."""
    caller = guards.caller()
    try:
        found = own_order(order_id)
    except NotFound:
        if extras.kind_of(caller, order_id) is None:
            raise
        return redirect(url_for("on_demand.show", order_id=order_id))
    asked = {name: value for name, value in request.args.items() if name == "month"}
    month = read_query(MonthQuery, type(request.args)(asked)).month or first_of_month(found.today)
    plan = plans_of([order_id])[order_id]
    tally = sums.order_months([order_id], month).get(order_id, NOTHING)
    return render_template(
        "records/order.html",
        order=found,
        other=other_side(found, caller),
        figures=_figures(found),
        card=card_of(found, plan, found.pending_change, caller) if found.pending_change else None,
        calendar=_calendar(found, plan, caller, month, tally) if plan.periods else None,
        pauses=pause_lines(found, caller),
        timeline=timeline(found, plan, caller),
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


def _calendar(found: OrderView, plan: Plan, caller: Caller, month: date, tally: Tally) -> dict[str, Any]:
    """The month as `ui.month_calendar` takes it; its totals are those of the JSON."""
    # The page is about one item: a day need not name it.
    marks = {
        day: [replace(mark, item="") for mark in shown]
        for day, shown in marks_of_month([plan], month).items()
    }

    def url(day: date, shown: Sequence[DayMark]) -> str | None:
        # A vendor may write down an extra on any day of the order's life.
        open_ = shown or (day <= found.today and caller.is_vendor and plan.alive_on(day))
        return url_for("records.day", order_id=found.id, date=day) if open_ else None

    def link(to: date) -> str:
        return url_for("records.order", order_id=found.id, month=f"{to:%Y-%m}", _anchor="days")

    before = first_of_month(date.fromordinal(month.toordinal() - 1)) if month.year > 1970 else month
    ahead = next_month(month)
    return {
        "month": month,
        "weeks": cells_of(marks, found.today, url),
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
