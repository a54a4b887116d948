"""Away from everybody at once: a customer from all their vendors, a vendor's whole business."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from pydantic import Field

from ...accounts import guards
from ...accounts.queries import Caller
from ...kernel.babel import day as day_text
from ...kernel.babel import moment
from ...kernel.clock import day_in
from ...kernel.fields import Body
from ...kernel.forms import attempt, shape
from ...kernel.shape import read_query
from ...orders.models import Holiday
from .. import away as reads
from .. import pausing
from ..pause_forms import BackForm, PauseForm
from ..pause_schemas import PauseEndQuery
from .pauses import WEEKDAY, asked, offer_earliest, said, span_text
from .shared import Page, blueprint

# What stands in the form to begin with: a week.
USUALLY = timedelta(days=6)


class AwayQuery(Body):
    """The page of what is over."""

    cursor: Annotated[str, Field(max_length=2000)] | None = None


@blueprint.route("/away", methods=["GET", "POST"])
@guards.signed_in
def away() -> Page:
    """The form, what runs or is to come with its receipts, and what is over."""
    caller = guards.caller()
    first = _prefilled(caller)
    form = PauseForm(data={"first": first.isoformat(), "to": (first + USUALLY).isoformat()})
    status = 200
    if form.is_submitted():
        done = attempt(lambda: pausing.pause_all_again(caller, asked(form)), form)
        if done.ok:
            flash(_("Written down. Everybody concerned is told."))
            return redirect(url_for("records.away"))
        offer_earliest(form, done.problem)
        status = done.status
    page = _vendor_page(caller, form) if caller.is_vendor else _customer_page(caller, form)
    return page, status


def _cursor() -> str | None:
    sent = {name: value for name, value in request.args.items() if name == "cursor"}
    return read_query(AwayQuery, type(request.args)(sent)).cursor


def _prefilled(caller: Caller) -> date:
    """The first day that is not too late for any order."""
    if caller.is_vendor:
        return day_in(caller.own_business.timezone)
    days = [one.earliest for one in reads.vendors_of_customer(caller)]
    return max(days, default=day_in("UTC") + timedelta(days=1))


def _customer_page(caller: Caller, form: PauseForm) -> str:
    past = reads.past_absences(caller, _cursor())
    return render_template(
        "records/away.html",
        form=form,
        vendors=[(one, _until(one)) for one in reads.vendors_of_customer(caller)],
        now=[_absence(one) for one in reads.absences(caller)],
        past=[_absence(one) for one in past.items],
        next=past.next,
    )


def _until(one: reads.AtVendor) -> str:
    """Until when a day can be changed, and the first that still can."""
    return _(
        "Change until %(time)s the day before. Next possible day: %(day)s.",
        time=f"{one.business.cut_off:%H:%M}",
        day=day_text(one.earliest, WEEKDAY),
    )


def _absence(one: reads.Absence) -> dict[str, Any]:
    return {
        **_holiday(one.holiday, running=one.running, back=one.back),
        "lines": [_line(line) for line in one.vendors],
    }


def _holiday(holiday: Holiday, *, running: bool, back: date | None) -> dict[str, Any]:
    return {
        "id": holiday.id,
        "span": span_text(holiday.starts_on, holiday.ends_on),
        "reason": holiday.reason,
        "running": running,
        "back": back,
        "last": holiday.ends_on,
    }


def _line(line: reads.AtVendor) -> dict[str, Any]:
    """One vendor of an absence: what is paused, whether they have read it, what is left to pause."""
    spans = sorted({(pause.starts_on, pause.ends_on) for pause in line.pauses})
    shop = line.business
    told = read = None
    if line.receipt:
        told = moment(line.receipt.told_at, shop.timezone)
        read = moment(line.receipt.read_at, shop.timezone) if line.receipt.read_at else None
    return {
        "vendor_id": shop.vendor_id,
        "name": shop.business_name,
        "url": f"/customers/{line.customer_id}",
        "spans": [span_text(first, last) for first, last in spans],
        "told": told,
        "read": read,
        "orders": line.orders,
        "rest": day_text(line.rest, WEEKDAY) if line.rest else None,
    }


def _vendor_page(caller: Caller, form: PauseForm) -> str:
    past = reads.past_closures(caller, _cursor())
    reach = reads.reach(caller)
    return render_template(
        "records/closed.html",
        form=form,
        reach=reach,
        silent=reach.customers - reach.told,
        now=[_closure(one) for one in reads.closures(caller)],
        past=[_closure(one) for one in past.items],
        next=past.next,
    )


def _closure(one: reads.Closure) -> dict[str, Any]:
    return {
        **_holiday(one.holiday, running=one.running, back=one.back),
        "orders": ngettext("%(num)d order", "%(num)d orders", one.orders),
        "customers": ngettext("%(num)d customer", "%(num)d customers", one.customers),
        "told": one.told,
        "read": one.read,
    }


@blueprint.post("/away/<int:holiday_id>/end")
@guards.signed_in
def end_away(holiday_id: int) -> Page:
    """Back earlier: everything is due again from ``effective_from`` on."""
    caller = guards.caller()
    form = BackForm()

    def end() -> Any:
        first = shape(form, PauseEndQuery).effective_from
        return pausing.end_holiday(caller, holiday_id, effective_from=first)

    done = attempt(end, form)
    if said(done, form):
        days = sorted({one.first for one in done.value or ()})
        if len(days) == 1:
            flash(_("Due again from %(day)s. Everybody is told.", day=day_text(days[0], WEEKDAY)))
        elif days:
            words = {"first": day_text(days[0], WEEKDAY), "last": day_text(days[-1], WEEKDAY)}
            flash(
                _("Due again from %(first)s, where it is too late from %(last)s. Everybody is told.", **words)
            )
        else:
            flash(_("Nothing is paused any more."))
    return redirect(url_for("records.away"))


@blueprint.post("/away/<int:holiday_id>/rest")
@guards.customer
def pause_rest(holiday_id: int) -> Page:
    """Pause what was too late for the first day, from the earliest day on."""
    caller = guards.caller()
    raw = request.form.get("vendor", "")
    vendor_id = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else 0
    done = attempt(lambda: pausing.pause_rest(caller, holiday_id, vendor_id))
    if done.value:
        first = min(one.pause.starts_on for one in done.value if one.pause)
        flash(_("Paused from %(day)s. The vendor is told.", day=day_text(first, WEEKDAY)))
    else:
        flash(_("It is too late for these days."), "error")
    return redirect(url_for("records.away"))
