"""The counter: a quick sale, put together tap by tap. It works without JavaScript: each tap sends the form,
and the page comes back with all that was typed."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ...accounts import guards
from ...catalogue.queries import find_item
from ...customers import queries as book
from ...customers.queries import CustomerView
from ...kernel.babel import money
from ...kernel.clock import now
from ...kernel.errors import Invalid, NotFound, Problem, invalid
from ...kernel.forms import attempt
from ...kernel.money import THOUSAND, amount_text, quantity_text
from ...kernel.shape import read, read_query
from ..forms import CounterForm, CounterQuery, LineForm, SaleShape, WhoQuery, number_of
from ..inputs.papers import money_faults, wanted
from ..queries import pages
from ..rules.papers import Wanted
from ..service import counter as service
from .shared import Page, blueprint, minor, written_once

TILES = 12
PEOPLE = 8
RECENT = timedelta(days=60)
MOST_LINES = 50


@dataclass
class Desk:
    """What the page shows beside the form: `total` None while a line has no price."""

    customer: CustomerView | None
    sums: list[int | None]
    people: list[CustomerView]
    changed: bool = False

    @property
    def total(self) -> int | None:
        known = [one for one in self.sums if one is not None]
        return sum(known) if len(known) == len(self.sums) else None


@blueprint.route("/counter", methods=["GET", "POST"])
@guards.vendor
def counter() -> Page:
    """A quick sale, to a customer (``?customer=``) or to somebody without an account."""
    asked = read_query(CounterQuery, request.args)
    form = CounterForm(data={"customer_id": str(asked.customer or "")})
    status = 200
    step, _dot, what = (
        request.form.get("do", "update").partition(":") if form.is_submitted() else ("", "", "")
    )
    if step:
        _gather(form, step, what)
    desk = _desk(form)
    if step == "sell" and not _other_sum(form, desk):
        done = attempt(lambda: written_once(form, lambda: _sell(form, desk)))
        if done.problem is None and done.value is not None:
            return _sold(desk, done.value)
        if done.problem is not None:
            form.refuse(done.problem)
            status = done.status
    elif step == "sell":
        desk.changed = True
    _fill(form, desk)
    return _page(form, desk), status


def _gather(form: CounterForm, step: str, what: str) -> None:
    """What the tapped button does to the lines and to whom it is for."""
    rows = form.rows()
    if step == "drop" and what in map(str, range(len(rows))):
        del rows[int(what)]
    rows = [row for row in rows if row["quantity"]]
    if step == "add":
        _add(rows, what)
    if (form.new_name.data or "").strip():
        rows.append(
            {"item_name": form.new_name.data or "", "rate": form.new_rate.data or "", "quantity": "1"}
        )
        form.new_name.data = form.new_rate.data = ""
    if step == "for":
        form.customer_id.data, form.who.data = what, ""
    elif step == "nobody":
        form.customer_id.data = ""
    form.set_rows(rows[:MOST_LINES])


def _add(rows: list[dict[str, str]], what: str) -> None:
    """One more of something of the catalogue; a line that is there already counts up."""
    own = guards.caller().own_business
    kind, _colon, number = what.partition(":")
    found = find_item(own.vendor_id, kind, number_of(number))
    if found is None or not found.active:
        raise NotFound()
    for row in rows:
        if (row.get("item"), row.get("item_id")) == (kind, number):
            # What was typed wrong is told when the sale is tried.
            with contextlib.suppress(Invalid):
                row["quantity"] = quantity_text(_quantity(row["quantity"]) + THOUSAND)
            return
    rows.append(
        {
            "item": kind,
            "item_id": number,
            "item_name": found.name,
            "unit": found.unit or "",
            "quantity": "1",
            "rate": "" if found.rate is None else amount_text(found.rate, own.currency),
        }
    )


def _quantity(typed: str) -> int:
    return read(SaleShape, {"orders": [{"item_name": "x", "quantity": typed}]}).orders[0].quantity or THOUSAND


def _desk(form: CounterForm) -> Desk:
    caller = guards.caller()
    row = None
    if form.customer_id.data:
        row = book.for_vendor(caller.user_id, number_of(form.customer_id.data))
        if row is None:
            raise NotFound()
    people = []
    q = (form.who.data or "").strip()[:200]
    if q and row is None:
        asked = read(WhoQuery, {"q": q})
        people = book.book(
            caller.user_id, status="active", q=asked.q, sort="name", limit=PEOPLE, cursor=None
        ).items
    return Desk(row, [_sum(one) for one in form.rows()], people)


def _sum(row: Mapping[str, str]) -> int | None:
    """What a line comes to, None while that cannot be said."""
    own = guards.caller().own_business
    sent = {name: row[name] for name in ("item_name", "quantity", "rate")}
    try:
        line = read(SaleShape, {"orders": [sent]}).orders[0].model_dump(exclude_none=True)
        if money_faults([line], own.currency):
            return None
        return wanted(own.vendor_id, own.currency, [line]).new[0].goods.amount
    except Problem:
        return None


def _other_sum(form: CounterForm, desk: Desk) -> bool:
    """Whether it comes to something else than stood on the page: nobody is charged a sum they did not see."""
    return desk.total is not None and bool(desk.sums) and (form.seen.data or "") != str(desk.total)


def _sell(form: CounterForm, desk: Desk) -> int:
    """The payment's id; 0 when nothing was paid yet."""
    own = guards.caller().own_business
    sent = form.sale()
    if not sent.orders:
        raise invalid("orders", "Tap what is sold first.")
    lines = [one.model_dump(exclude_none=True) for one in sent.orders]
    if faults := money_faults(lines, own.currency):
        raise Invalid(*faults)
    sale = _wanted(lines)
    whole = service.total(sale)
    if desk.customer is None:
        paid = whole
    else:
        paid = 0 if sent.amount is None else minor(sent.amount, own.currency)
    given = service.Money(paid, sent.method)
    return service.sell(guards.caller(), sale, customer_id=sent.customer_id, money=given) or 0


def _wanted(lines: list[dict[str, Any]]) -> Wanted:
    own = guards.caller().own_business
    return wanted(own.vendor_id, own.currency, lines)


def _sold(desk: Desk, payment_id: int) -> Page:
    if payment_id:
        flash(_("Sold."))
        return redirect(url_for(".payment", payment_id=payment_id))
    amount = money(desk.total or 0, guards.caller().own_business.currency)
    name = desk.customer.name if desk.customer else ""
    flash(_("%(amount)s is on %(name)s’s account, to be paid later.", amount=amount, name=name))
    return redirect(f"/customers/{desk.customer.customer_id}" if desk.customer else url_for(".counter"))


def _fill(form: CounterForm, desk: Desk) -> None:
    """The sum that stands on the page now; the amount follows it unless somebody typed another."""
    own = guards.caller().own_business
    before, typed = form.seen.data or "", (form.amount.data or "").strip()
    stood = amount_text(number_of(before), own.currency) if before else ""
    followed = not form.amount.raw_data or typed == stood
    if desk.total is not None:
        if followed and not form.amount.errors:
            form.amount.data = amount_text(desk.total, own.currency)
        form.seen.data = str(desk.total)


def _page(form: CounterForm, desk: Desk) -> str:
    caller = guards.caller()
    own = caller.own_business
    q = (form.q.data or "").strip()[:200]
    offers = pages.sellable(caller.user_id, q=q or None, since=now() - RECENT, limit=TILES + 1)
    lines: list[tuple[LineForm, int | None]] = [
        (entry.form, amount) for entry, amount in zip(form.lines.entries, desk.sums, strict=True)
    ]
    return render_template(
        "billing/counter.html",
        form=form,
        desk=desk,
        lines=lines,
        offers=offers[:TILES],
        more=len(offers) > TILES or bool(q),
        currency=own.currency,
    )
