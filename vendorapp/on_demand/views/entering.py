"""Ask for something, write something down, and change it while that is possible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from ...accounts import guards
from ...accounts.queries import Business, Caller, business
from ...customers import queries as book
from ...kernel.clock import day_in, now
from ...kernel.errors import NotFound
from ...kernel.forms import attempt, shape
from ...kernel.money import amount_text, quantity_text
from .. import inputs, rules, service
from ..forms import RequestForm, RequestShape
from .shared import Page, blueprint, other_side, own
from .words import became

# How a vendor's address says that it is for nobody in the book.
WALK_IN = "none"
CHOICES_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom a new on-demand order is made with; a vendor's may be a walk-in, who has no row and no name."""

    shop: Business
    customer_id: int | None
    name: str
    linked: bool
    argument: dict[str, Any]

    @property
    def today(self) -> date:
        return day_in(self.shop.timezone)


def _whom(caller: Caller) -> Whom | None:
    """Who is named in the address; None when nobody is, 404 when nobody of the caller's."""
    raw = request.args.get("customer" if caller.is_vendor else "vendor", "")
    if not raw:
        return None
    if caller.is_vendor and raw == WALK_IN:
        return Whom(caller.own_business, None, "", False, {"customer": WALK_IN})
    number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else 0
    if caller.is_vendor:
        row = book.for_vendor(caller.user_id, number)
        if row is None:
            raise NotFound()
        argument = {"customer": row.customer_id}
        return Whom(caller.own_business, row.customer_id, row.name, row.linked, argument)
    shop = business(number) if book.row_of_login(caller.user_id, number) is not None else None
    if shop is None:
        raise NotFound()
    return Whom(shop, None, shop.business_name, True, {"vendor": number})


@blueprint.route("/requests/new", methods=["GET", "POST"])
@guards.signed_in
def new() -> Page:
    """Something extra: ``?vendor=`` for a customer, ``?customer=`` (or ``none``) for a vendor."""
    caller = guards.caller()
    whom = _whom(caller)
    if whom is None:
        return _choose(caller)
    form = RequestForm(
        price_needed=caller.is_vendor,
        may_serve=caller.is_vendor and whom.customer_id is not None,
        note=caller.is_vendor and whom.customer_id is not None and not whom.linked,
        data={"quantity": "1", "date": whom.today.isoformat()},
    )
    status = 200
    if form.is_submitted():
        done = attempt(lambda: _enter(caller, whom, shape(form, RequestShape)), form)
        if done.ok and done.value is not None:
            flash(became(own(done.value), caller))
            return redirect(url_for(".show", order_id=done.value))
        status = done.status
    vendor = caller.is_vendor
    return render_template("on_demand/new.html", form=form, whom=whom, vendor=vendor), status


def _enter(caller: Caller, whom: Whom, sent: RequestShape) -> int:
    wanted = service.NewRequest(
        goods=inputs.new_goods(sent.model_dump(exclude_none=True), whom.shop.currency),
        day=sent.date,
        message=sent.message,
        on_behalf_note=sent.on_behalf_note,
        served=sent.served,
    )
    return service.enter(caller, wanted, customer_id=whom.customer_id, vendor_id=whom.shop.vendor_id)


def _choose(caller: Caller) -> Page:
    """Nobody is named yet: a customer picks a vendor, a vendor a customer or nobody."""
    if not caller.is_vendor:
        vendors = [one for one in book.vendors_of(caller.user_id) if one.customer.active]
        if len(vendors) == 1:
            return redirect(url_for(".new", vendor=vendors[0].business.vendor_id))
        return render_template("on_demand/choose.html", vendors=vendors)
    q = request.args.get("q", "").strip()[:200]
    found = book.book(
        caller.user_id,
        status="active",
        q=q or None,
        sort="name",
        limit=CHOICES_A_PAGE,
        cursor=request.args.get("cursor"),
    )
    return render_template("on_demand/choose.html", rows=found.items, next=found.next, q=q, walk_in=WALK_IN)


@blueprint.route("/requests/<int:order_id>/change", methods=["GET", "POST"])
@guards.signed_in
def change(order_id: int) -> Page:
    """Other terms: a customer's request, a vendor's offer, or what the vendor entered."""
    caller, found = guards.caller(), own(order_id)
    form = RequestForm(
        price_needed=caller.is_vendor,
        note=caller.is_vendor and found.customer_id is not None and not found.linked,
        data={
            "item_name": found.goods.item_name,
            "quantity": quantity_text(found.goods.quantity),
            "unit": found.goods.unit,
            "rate": None if found.goods.rate is None else amount_text(found.goods.rate, found.currency),
            "date": found.day.isoformat(),
            "message": found.message,
            "on_behalf_note": found.on_behalf_note,
        },
    )
    status = 200
    if form.is_submitted():
        done = attempt(lambda: _change(caller, order_id, shape(form, RequestShape)), form)
        if done.ok:
            flash(became(own(order_id), caller))
            return redirect(url_for(".show", order_id=order_id))
        status = done.status
    page = render_template(
        "on_demand/change.html",
        form=form,
        found=found,
        other=other_side(found, caller),
        vendor=caller.is_vendor,
        open="change" in rules.steps(found.facts, caller.role, now()),
    )
    return page, status


def _change(caller: Caller, order_id: int, sent: RequestShape) -> None:
    service.change(
        caller,
        order_id,
        sent.model_dump(exclude_none=True, include={"item_name", "unit", "quantity", "rate"}),
        day=sent.date,
        message=sent.message,
        on_behalf_note=sent.on_behalf_note,
    )
