"""Pauses of one order: the form, the list with its receipts, the end of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ...accounts import guards
from ...accounts.queries import Caller, business
from ...kernel.babel import day as day_text
from ...kernel.babel import moment
from ...kernel.errors import NotFound, Problem
from ...kernel.forms import Outcome, attempt, sentence, shape
from ...orders import queries as orders
from ...orders.queries import OrderView, PauseView
from ...orders.service import Asked
from .. import pausing
from ..pause_forms import BackForm, PauseForm
from ..pause_schemas import PauseEndQuery, PauseIn
from .shared import Page, blueprint, other_side, own_order

WEEKDAY = "EEE d MMM"


@dataclass(frozen=True, slots=True)
class PauseLine:
    """A pause as one side sees it; `back` is the first day that they may have back, None for none.

    `unread` says that this side was told and has not said that they have read it.
    """

    id: int
    span: str
    asked: str
    receipt: str | None
    read: bool
    reason: str | None
    over: bool
    running: bool
    holiday: bool
    closed: bool
    unread: bool
    back: date | None


def span_text(first: date, last: date) -> str:
    """``Tue 24 Nov`` or ``Tue 24 Nov – Sat 28 Nov``; the year where it is another one."""
    one = day_text(first, WEEKDAY)
    if first == last:
        return one
    return f"{one} – {day_text(last, WEEKDAY if first.year == last.year else 'EEE d MMM y')}"


def earliest_day(found: OrderView, caller: Caller) -> date:
    """The first day that the caller may still choose on an order."""
    shop = business(found.vendor_id)
    if shop is None:
        raise RuntimeError("an order has a vendor")
    return orders.earliest_choice(caller.role, shop.timezone, shop.cut_off)


def cut_off_text(found: OrderView) -> str:
    """Until when a customer may change a day."""
    shop = business(found.vendor_id)
    return f"{shop.cut_off:%H:%M}" if shop else ""


def pause_lines(found: OrderView, caller: Caller) -> list[PauseLine]:
    """Every pause of an order, as `records/_pauses.html` shows them."""
    earliest = earliest_day(found, caller)
    return [_line(one, found, caller, earliest) for one in orders.pauses(found.id)]


def _line(one: PauseView, found: OrderView, caller: Caller, earliest: date) -> PauseLine:
    by_vendor = one.asked_by == found.vendor_id
    mine = by_vendor == caller.is_vendor
    other = other_side(found, caller)
    first = max(earliest, one.starts_on)
    closed = one.holiday_id is not None and by_vendor
    may = first <= one.ends_on and not (closed and not caller.is_vendor)
    receipt = _("%(name)s has not read it yet", name=other) if mine else None
    if one.acknowledged_at:
        when = moment(one.acknowledged_at, found.timezone)
        receipt = _("%(name)s read it: %(when)s", name=other, when=when)
        receipt = receipt if mine else _("You read it: %(when)s", when=when)
    return PauseLine(
        id=one.id,
        span=span_text(one.starts_on, one.ends_on),
        asked=_("Asked by you") if mine else _("Asked by %(name)s", name=other),
        receipt=receipt,
        read=one.acknowledged_at is not None,
        reason=one.reason,
        over=one.ends_on < found.today,
        running=one.starts_on <= found.today <= one.ends_on,
        holiday=one.holiday_id is not None,
        closed=closed,
        unread=not mine and one.acknowledged_at is None,
        back=first if may else None,
    )


@blueprint.route("/orders/<int:order_id>/pause", methods=["GET", "POST"])
@guards.signed_in
def pause_order(order_id: int) -> Page:
    """Pause one order from a day to a day."""
    caller = guards.caller()
    found = own_order(order_id)
    earliest = max(earliest_day(found, caller), found.start_date)
    day = earliest.isoformat()
    form = PauseForm(data={"first": day, "to": day})
    status = 200
    if form.is_submitted():
        done = attempt(lambda: pausing.pause_again(caller, order_id, asked(form)), form)
        if done.ok:
            flash(_("Paused. %(name)s is told.", name=other_side(found, caller)))
            return redirect(url_for("records.order", order_id=order_id, _anchor="pauses"))
        offer_earliest(form, done.problem)
        status = done.status
    page = render_template(
        "records/pause.html",
        form=form,
        order=found,
        other=other_side(found, caller),
        earliest=day_text(earliest, WEEKDAY),
        cut_off=cut_off_text(found),
        open=found.status in ("active", "proposed"),
    )
    return page, status


def offer_earliest(form: PauseForm, problem: Problem | None) -> None:
    """Past the cut-off the form comes back with the earliest day that goes: one more tap."""
    earliest = problem.facts.get("earliest") if problem else None
    if problem is None or not isinstance(earliest, str):
        return
    first, last = form.first, form.to
    first.errors = [*first.errors, sentence(problem)]
    form.form_errors = []
    first.data = earliest
    last.data = max(last.data or "", earliest)


def asked(form: PauseForm) -> Asked:
    """The days that the form names. 422 with every fault."""
    sent = shape(form, PauseIn)
    return Asked(sent.from_, sent.to, sent.reason)


def said(done: Outcome[Any], form: BackForm) -> bool:
    """Whether it went well; a problem is said on the next page, which has the form again."""
    if done.problem is not None:
        faults = [text for field in form for text in field.errors]
        flash(" ".join(faults) or sentence(done.problem), "error")
    return done.ok


@blueprint.post("/pauses/<int:pause_id>/end")
@guards.signed_in
def end_pause(pause_id: int) -> Page:
    """Have the days from ``effective_from`` on back."""
    caller = guards.caller()
    pause = orders.find_pause(caller, pause_id)
    if pause is None:
        raise NotFound()
    found = own_order(pause.order_id)
    form = BackForm()

    def end() -> None:
        first = shape(form, PauseEndQuery).effective_from
        pausing.end(caller, pause_id, effective_from=first)

    if said(attempt(end, form), form):
        flash(_("The pause is ended. %(name)s is told.", name=other_side(found, caller)))
    return redirect(url_for("records.order", order_id=found.id, _anchor="pauses"))


@blueprint.post("/pauses/<int:pause_id>/seen")
@guards.signed_in
def pause_seen(pause_id: int) -> Page:
    """The receipt: whoever was told says that they have read it."""
    order_id = attempt(lambda: pausing.seen(guards.caller(), pause_id)).value
    flash(_("The other side sees that you know."))
    return redirect(url_for("records.order", order_id=order_id, _anchor="pauses"))
