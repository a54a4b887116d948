"""Propose an order, propose a change of it, end it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ...accounts import guards
from ...accounts.queries import Business, Caller, business
from ...customers import queries as book
from ...kernel.babel import day as day_text
from ...kernel.clock import day_in
from ...kernel.errors import NotFound
from ...kernel.forms import attempt, shape
from ...kernel.money import amount_text, quantity_text
from ...orders import queries as orders
from ...orders import service
from ...orders.inputs import new_terms, term_changes
from ...orders.queries import OrderView
from ...orders.rules import EVERY_DAY
from ...orders.words import days_of, weekday_names
from .. import agreements, forecast, queries
from ..forecast import Forecast
from ..forms import ChangeForm, ChangeShape, EndForm, EndShape, NewOrderForm, NewOrderShape
from ..month_days import plans_of
from .shared import Page, back_link, blueprint, other_side, own_order, takes_note
from .words import month_cost, rows_of


class Partner:
    """Whom a new order is made with: a row of the vendor's book, or one of the customer's vendors."""

    def __init__(self, caller: Caller, row: book.CustomerView, shop: Business) -> None:
        self.customer_id = row.customer_id
        self.vendor_id = shop.vendor_id
        self.currency = shop.currency
        self.today = day_in(shop.timezone)
        self.name = row.name if caller.is_vendor else shop.business_name
        self.note = caller.is_vendor and not row.linked
        self.argument = {"customer": row.customer_id} if caller.is_vendor else {"vendor": shop.vendor_id}


def _partner(caller: Caller) -> Partner | None:
    """Who is named in the address; None when nobody is, 404 when nobody of the caller's."""
    raw = request.args.get("customer" if caller.is_vendor else "vendor", "")
    if not raw:
        return None
    number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else 0
    if caller.is_vendor:
        row = book.for_vendor(caller.user_id, number)
    else:
        row_id = book.row_of_login(caller.user_id, number)
        row = book.find(caller, row_id) if row_id is not None else None
    shop = business(row.vendor_id) if row else None
    if row is None or shop is None:
        raise NotFound()
    return Partner(caller, row, shop)


@blueprint.route("/orders/new", methods=["GET", "POST"])
@guards.signed_in
def new_order() -> Page:
    """A new regular order: ``?customer=`` for a vendor, ``?vendor=`` for a customer."""
    caller = guards.caller()
    partner = _partner(caller)
    if partner is None:
        return _choose(caller)
    form = NewOrderForm(
        note=partner.note,
        weekday_names=weekday_names(),
        data={
            "quantity": "1",
            "weekdays": list(EVERY_DAY),
            "every": 1,
            "start_date": partner.today.isoformat(),
        },
    )
    status = 200
    seen: Forecast | None = None
    if form.is_submitted() and "look" in request.form:
        done = attempt(lambda: _look_at_new(form, partner), form)
        seen, status = done.value, done.status
    elif form.is_submitted():
        made = attempt(lambda: _propose(caller, form, partner), form)
        if made.ok and made.value is not None:
            _say_proposed(made.value, partner.name)
            return redirect(url_for("records.order", order_id=made.value.id))
        status = made.status
    page = render_template(
        "records/new.html",
        form=form,
        partner=partner,
        rows=rows_of(seen, partner.currency) if seen else None,
        monthly=month_cost(seen, partner.currency) if seen else None,
    )
    return page, status


def _choose(caller: Caller) -> Page:
    """Nobody is named yet: a customer picks the vendor here, a vendor goes to the book."""
    vendors = [] if caller.is_vendor else book.vendors_of(caller.user_id)
    return render_template("records/choose.html", vendors=vendors)


def _look_at_new(form: NewOrderForm, partner: Partner) -> Forecast:
    sent = shape(form, NewOrderShape)
    terms = new_terms(sent.model_dump(exclude_none=True), partner.currency)
    return forecast.of_new(terms, sent.start_date or partner.today)


def _propose(caller: Caller, form: NewOrderForm, partner: Partner) -> OrderView:
    sent = shape(form, NewOrderShape)
    terms = new_terms(sent.model_dump(exclude_none=True), partner.currency)
    customer = service.customer_of(caller, customer_id=partner.customer_id, vendor_id=partner.vendor_id)
    new = service.NewOrder(terms, sent.start_date, sent.message, sent.on_behalf_note)
    order_id = service.propose_order(caller, customer, new)
    return _again(caller, order_id)


def _again(caller: Caller, order_id: int) -> OrderView:
    found = orders.find(caller, order_id)
    if found is None:
        raise NotFound()
    return found


def _say_proposed(made: OrderView, other: str) -> None:
    if made.status == "proposed":
        flash(_("Proposed. It begins when %(name)s says yes.", name=other))
    else:
        flash(_("Written down, with how %(name)s agreed.", name=other))


@blueprint.route("/orders/<int:order_id>/change", methods=["GET", "POST"])
@guards.signed_in
def change_order(order_id: int) -> Page:
    """Propose other terms; they hold when the other side says yes."""
    caller = guards.caller()
    found = own_order(order_id)
    form = _change_form(caller, found)
    status = 200
    seen: Forecast | None = None
    if form.is_submitted() and "look" in request.form:
        done = attempt(lambda: _look_at_change(found, form), form)
        seen, status = done.value, done.status
    elif form.is_submitted():
        made = attempt(lambda: _change(caller, found, form), form)
        if made.ok and made.value is not None:
            name = other_side(found, caller)
            if made.value.status == "accepted":
                day = day_text(made.value.effective_from)
                flash(_("Written down. It holds from %(day)s.", day=day))
            else:
                flash(_("Asked. %(name)s is told; until the answer everything stays as it is.", name=name))
            return redirect(url_for("records.order", order_id=order_id))
        status = made.status
    page = render_template(
        "records/change_form.html",
        form=form,
        order=found,
        other=other_side(found, caller),
        rows=rows_of(seen, found.currency) if seen else None,
        monthly=month_cost(seen, found.currency) if seen else None,
        now_days=days_of(found.terms),
        open=found.status in ("active", "proposed"),
        replaces=_replaces(caller, found),
    )
    return page, status


def _replaces(caller: Caller, found: OrderView) -> bool:
    """Whether a change takes the place of one that the other side is waiting to have answered."""
    waiting = found.pending_change
    return waiting is not None and waiting.proposed_side != caller.role


def _change_form(caller: Caller, found: OrderView) -> ChangeForm:
    """Filled with what is proposed so far, if it is a new order or one's own wish, else with what holds."""
    waiting = found.pending_change
    if waiting and found.status != "proposed" and waiting.proposed_side != caller.role:
        waiting = None
    terms = found.terms.with_(waiting.terms) if waiting else found.terms
    first = waiting.effective_from if waiting else _tomorrow(found)
    return ChangeForm(
        note=takes_note(caller, found.customer_id),
        weekday_names=weekday_names(),
        data={
            "item_name": terms.item_name,
            "quantity": quantity_text(terms.quantity),
            "unit": terms.unit,
            "rate": amount_text(terms.rate, found.currency),
            "weekdays": list(terms.weekdays),
            "every": terms.every,
            "valid_till": terms.valid_till.isoformat() if terms.valid_till else None,
            "effective_from": first.isoformat(),
        },
    )


def _tomorrow(found: OrderView) -> date:
    return max(found.today + timedelta(days=1), found.start_date)


def _sent_changes(found: OrderView, form: ChangeForm) -> tuple[ChangeShape, dict[str, Any]]:
    """What was sent, and of the terms only what the person changed: the form came filled."""
    sent = shape(form, ChangeShape)
    fields = sent.model_dump(
        exclude_none=True, exclude={"message", "on_behalf_note", "effective_from", "start_date"}
    )
    touched = found.terms.changed(term_changes(fields, found.terms, found.currency))
    return sent, {name: value for name, value in fields.items() if name in touched}


def _look_at_change(found: OrderView, form: ChangeForm) -> Forecast:
    """The change as it would be, without a word to anybody."""
    sent, fields = _sent_changes(found, form)
    carries = term_changes(fields, found.terms, found.currency)
    first = sent.effective_from or _tomorrow(found)
    return forecast.of_order(found, plans_of([found.id])[found.id], carries, first)


def _change(caller: Caller, found: OrderView, form: ChangeForm) -> orders.ChangeView:
    sent, fields = _sent_changes(found, form)
    return agreements.propose_change(
        caller,
        found.id,
        fields,
        effective_from=sent.effective_from,
        message=sent.message,
        on_behalf_note=sent.on_behalf_note,
    )


@blueprint.route("/orders/<int:order_id>/end", methods=["GET", "POST"])
@guards.signed_in
def end_order(order_id: int) -> Page:
    """End an order; or, for a vendor, remove one on which nothing was ever marked."""
    caller = guards.caller()
    found = own_order(order_id)
    first = found.today + timedelta(days=1)
    form = EndForm(data={"effective_from": first.isoformat() if caller.is_vendor else ""})
    status = 200
    if form.is_submitted():
        remove = "remove" in request.form
        done = attempt(lambda: _end(caller, order_id, form, remove=remove), form)
        if done.ok and remove:
            flash(_("The order is gone."))
            return redirect(back_link(found, caller)["back_url"])
        if done.ok:
            _say_ended(_again(caller, order_id))
            return redirect(url_for("records.order", order_id=order_id))
        status = done.status
    page = render_template(
        "records/end.html",
        form=form,
        order=found,
        other=other_side(found, caller),
        can_remove=caller.is_vendor and not queries.has_marks(order_id),
    )
    return page, status


def _say_ended(found: OrderView) -> None:
    if found.valid_till:
        flash(_("The last day is %(day)s. The other side is told.", day=day_text(found.valid_till)))
    else:
        flash(_("Ended. The other side is told."))


def _end(caller: Caller, order_id: int, form: EndForm, *, remove: bool) -> None:
    if remove:
        agreements.delete_for_good(caller, order_id)
    else:
        agreements.end(caller, order_id, effective_from=shape(form, EndShape).effective_from)
