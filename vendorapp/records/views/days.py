"""One day of one order: what each side says of it, and the form to say something else."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ...accounts import guards
from ...accounts.queries import Caller
from ...kernel.babel import day as day_text
from ...kernel.errors import NotFound
from ...kernel.forms import attempt, shape
from ...kernel.money import quantity_text
from ...ledger.queries import settled_records
from ...orders.queries import OrderView
from .. import queries, service
from ..forms import DayForm, DayShape
from ..month_days import PAUSED, DayMark, Plan, marks_of, plans_of
from ..rules import DELIVERED, SKIPPED, Delivery, Tap
from ..words import mark_text
from .day_words import agreement, counted, difference, pauses_on, planned, story
from .shared import Page, blueprint, day_asked, other_side, own_order


@blueprint.get("/records/<int:record_id>")
@guards.signed_in
def record(record_id: int) -> Page:
    """Where notices about a delivery lead: the day it belongs to."""
    found = queries.find(guards.caller(), record_id)
    if found is None:
        raise NotFound()
    one = found.delivery
    return redirect(url_for("records.day", order_id=one.order_id, date=one.date))


@blueprint.get("/orders/<int:order_id>/day")
@guards.signed_in
def day(order_id: int) -> Page:
    """Both sides' marks of a day (``?date=``, today by default)."""
    found = own_order(order_id)
    asked = day_asked() or found.today
    stored = queries.day_deliveries([order_id], asked).get(order_id)
    plan = plans_of([order_id])[order_id]
    return _page(found, plan, asked, stored, _form(found, plan, asked, stored), 200)


@blueprint.post("/orders/<int:order_id>/day")
@guards.signed_in
def mark_day(order_id: int) -> Page:
    """One side's mark, beside the other's."""
    caller = guards.caller()
    found = own_order(order_id)
    asked = day_asked() or found.today
    form = DayForm(extra=True)
    done = attempt(lambda: _mark(caller, order_id, shape(form, DayShape)), form)
    if not done.ok or done.value is None:
        stored = queries.day_deliveries([order_id], asked).get(order_id)
        plan = plans_of([order_id])[order_id]
        if not _needs_extra(plan, asked, stored, caller):
            del form.extra
        return _page(found, plan, asked, stored, form, done.status)
    delivery = done.value.view.delivery
    if delivery.disputed:
        name = other_side(found, caller)
        flash(
            _("Written down. It differs from what %(name)s says, so the day is not counted yet.", name=name)
        )
    else:
        said = mark_text(delivery.mark_of(caller.role), delivery.unit)
        flash(_("Written down: %(what)s.", what=said))
    if form.next.data == "today" and caller.is_vendor:
        return redirect(url_for("records.today", date=asked, _anchor=f"s{order_id}"))
    return redirect(url_for("records.day", order_id=order_id, date=asked))


def _mark(caller: Caller, order_id: int, sent: DayShape) -> service.Marked:
    quantity = None if sent.status == SKIPPED else sent.quantity
    extra = sent.extra and caller.is_vendor
    return service.mark_order(
        caller, order_id, Tap(sent.status, quantity, sent.note, extra=extra), day=sent.date
    )


def _seen(plan: Plan, asked: date, stored: Delivery | None) -> DayMark | None:
    return marks_of(plan, [stored] if stored else [], asked, asked).get(asked)


def _needs_extra(plan: Plan, asked: date, stored: Delivery | None, caller: Caller) -> bool:
    """Whether a vendor must say that they deliver although nothing is due."""
    seen = _seen(plan, asked, stored)
    return caller.is_vendor and (seen is None or seen.state == PAUSED)


def _form(found: OrderView, plan: Plan, asked: date, stored: Delivery | None) -> DayForm:
    """Filled with the caller's own mark, else with the other side's, else with what is due."""
    caller = guards.caller()
    terms = plan.terms_on(asked)
    usual = stored.due_quantity if stored else terms.quantity if terms else found.terms.quantity
    own = stored.mark_of(caller.role) if stored else None
    theirs = stored.mark_of("customer" if caller.is_vendor else "vendor") if stored else None
    base = own or theirs
    status = base.status if base else DELIVERED
    given = base.quantity if base and base.status == DELIVERED else usual
    return DayForm(
        extra=_needs_extra(plan, asked, stored, caller),
        data={
            "date": asked.isoformat(),
            "next": day_next(),
            "status": status,
            "quantity": quantity_text(given),
            "note": own.note if own else None,
        },
    )


def day_next() -> str:
    """Where the form leads back to: ``today`` for the round, else the day itself."""
    return "today" if request.values.get("next") == "today" else ""


def _page(
    found: OrderView, plan: Plan, asked: date, stored: Delivery | None, form: DayForm, status: int
) -> Page:
    caller = guards.caller()
    seen = _seen(plan, asked, stored)
    theirs = stored.mark_of("customer" if caller.is_vendor else "vendor") if stored else None
    own = stored.mark_of(caller.role) if stored else None
    agree = theirs if theirs and (own is None or not own.agrees(theirs)) else None
    terms = plan.terms_on(asked) or found.terms
    unit = stored.unit if stored else terms.unit
    other = other_side(found, caller)
    said = queries.history(stored.id) if stored else []
    settled = stored is not None and stored.id in settled_records([stored.id])
    page = render_template(
        "records/day.html",
        form=form,
        order=found,
        day=asked,
        seen=seen,
        stored=stored,
        unit=unit,
        other=other,
        item=stored.item_name if stored else terms.item_name,
        planned=planned(found, plan, asked, seen),
        difference=difference(stored, caller, other) if stored and stored.disputed else None,
        agreement=agreement(stored) if stored else None,
        counted=counted(found, stored, caller, settled=settled) if stored and stored.marked else None,
        pauses=pauses_on(found, plan.pauses, asked, caller),
        story=story(found, said, unit, caller),
        own=own,
        theirs=theirs,
        agree=agree,
        agree_quantity=quantity_text(agree.quantity) if agree else None,
        said_own=mark_text(own, unit),
        said_theirs=mark_text(theirs, unit),
        heading=day_text(asked, "full"),
        month_text=f"{asked:%Y-%m}",
        markable=asked <= found.today
        and (seen is not None or _needs_extra(plan, asked, stored, caller))
        and bool(plan.periods),
    )
    return page, status
