"""Payments: what a vendor writes down, what a customer says, the answer to it, and the receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ...accounts import guards
from ...accounts.queries import Business, business
from ...customers import queries as book
from ...customers.queries import CustomerView
from ...kernel import pdf
from ...kernel.babel import money
from ...kernel.clock import day_in
from ...kernel.errors import NotFound, Problem, invalid
from ...kernel.forms import attempt, in_transaction, sentence, shape
from ...kernel.money import amount_text, times
from ...kernel.shape import read_query
from ...ledger.queries import balances
from ...orders import queries as orders
from ..forms import (
    AnswerShape,
    ClaimForm,
    ClaimShape,
    NewPaymentQuery,
    PaymentForm,
    PaymentShape,
    PaymentsQuery,
    ReasonForm,
    ReasonShape,
)
from ..pdf import receipt_pdf
from ..queries import pages, papers
from ..queries import payments as queries
from ..queries.payments import PaymentView
from ..rules.papers import BILL, INVOICE
from ..rules.payments import ORDER
from ..service import claims, payments
from ..words import method_word, paper_title
from .shared import Page, blueprint, minor, written_once

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new payment is: by whom (None: somebody without an account), for what, and what is due on it."""

    shop: Business
    row: CustomerView | None
    item: str | None = None
    item_id: int | None = None
    title: str = ""
    due: int | None = None

    @property
    def back(self) -> str:
        if self.item in (INVOICE, BILL):
            return url_for(f".{self.item}", paper_id=self.item_id)
        if self.row is None:
            return f"/requests/{self.item_id}"
        return f"/customers/{self.row.customer_id}"


@blueprint.app_context_processor
def for_templates() -> dict[str, Any]:
    """For the pages of lower rooms, which do not know of payments."""
    return {"claims_to_answer": claims_to_answer, "method_word": method_word}


def claims_to_answer() -> dict[str, Any]:
    """What customers say they paid and this vendor has not answered: the newest few, with names."""
    found = pages.claims_of(guards.caller(), limit=SHOWN)
    return {
        "items": found.items,
        "more": found.next is not None,
        "parties": pages.parties(one.customer_id for one in found.items),
    }


# -- a new one ---------------------------------------------------------------------------------------


@blueprint.route("/payments/new", methods=["GET", "POST"])
@guards.signed_in
def new_payment() -> Page:
    """Money that came (a vendor), or that was paid (a customer): ``?customer=`` or ``?vendor=``; or for
    one thing, ``?order=``, ``?invoice=`` or ``?bill=``."""
    asked = read_query(NewPaymentQuery, request.args)
    wish = _wish(asked)
    return _note(wish) if guards.caller().is_vendor else _claim(wish)


def _wish(asked: NewPaymentQuery) -> Wish:
    for item, item_id in ((ORDER, asked.order), (INVOICE, asked.invoice), (BILL, asked.bill)):
        if item_id is not None:
            return _for_item(item, item_id)
    caller = guards.caller()
    row = None
    if caller.is_vendor and asked.customer is not None:
        row = book.find(caller, asked.customer)
    elif not caller.is_vendor and asked.vendor is not None:
        own = book.row_of_login(caller.user_id, asked.vendor)
        row = book.find(caller, own) if own is not None else None
    shop = business(row.vendor_id) if row else None
    if row is None or shop is None:
        raise NotFound()
    return Wish(shop, row)


def _for_item(item: str, item_id: int) -> Wish:
    caller = guards.caller()
    customer_id: int | None
    if item == ORDER:
        order = orders.find(caller, item_id)
        if order is None or order.order_type != "on_demand":
            raise NotFound()
        customer_id, vendor_id, title = order.customer_id, order.vendor_id, order.terms.item_name
        due = order.amount
    else:
        paper = papers.find(caller, item, item_id)
        if paper is None:
            raise NotFound()
        customer_id, vendor_id, due = paper.customer_id, paper.vendor_id, paper.due
        title = paper_title(item, paper.number)
    row = book.find(caller, customer_id) if customer_id is not None else None
    shop = business(vendor_id)
    if shop is None:
        raise NotFound()
    return Wish(shop, row, item, item_id, title, due)


def _first_amount(wish: Wish) -> str:
    """What the amount begins with: all that is due, as far as that is known."""
    due = wish.due
    if due is None and wish.row is not None:
        due = balances([wish.row.customer_id])[wish.row.customer_id].balance
    return amount_text(due, wish.shop.currency) if due and due > 0 else ""


def _note(wish: Wish) -> Page:
    today = day_in(wish.shop.timezone)
    form = PaymentForm(
        free=wish.item is None, data={"amount": _first_amount(wish), "date": today.isoformat()}
    )
    status = 200
    if form.is_submitted():
        done = attempt(lambda: written_once(form, lambda: _pay(wish, shape(form, PaymentShape))), form)
        if done.ok and done.value is not None:
            flash(_("Written down."))
            return redirect(url_for(".payment", payment_id=done.value))
        status = done.status
    return _new_page(wish, form), status


def _pay(wish: Wish, sent: PaymentShape) -> int:
    today = day_in(wish.shop.timezone)
    if sent.date is not None and sent.date > today:
        raise invalid("date", "That day has not come yet.", "date_in_future")
    new = payments.NewPayment(
        amount=minor(sent.amount, wish.shop.currency),
        method=sent.method,
        day=sent.date,
        note=sent.note,
        customer_id=wish.row.customer_id if wish.row else None,
        item=wish.item,
        item_id=wish.item_id,
        spread=sent.spread == "oldest",
    )
    return payments.pay(guards.caller(), new).id


def _claim(wish: Wish) -> Page:
    row = wish.row
    if row is None:
        raise NotFound()
    form = ClaimForm(data={"amount": _first_amount(wish)})
    status = 200
    if form.is_submitted():

        def make() -> int:
            sent = shape(form, ClaimShape)
            return claims.claim(
                guards.caller(),
                row.customer_id,
                shop=wish.shop,
                amount=minor(sent.amount, wish.shop.currency),
                method=sent.method,
                note=sent.note,
                item=wish.item,
                item_id=wish.item_id,
            ).id

        done = attempt(lambda: written_once(form, make), form)
        if done.ok:
            flash(_("%(name)s is told, and says whether it arrived.", name=wish.shop.business_name))
            return redirect(f"/customers/{row.customer_id}")
        status = done.status
    return _new_page(wish, form), status


def _new_page(wish: Wish, form: PaymentForm | ClaimForm) -> str:
    row = wish.row
    return render_template(
        "billing/new_payment.html",
        form=form,
        wish=wish,
        vendor=guards.caller().is_vendor,
        currency=wish.shop.currency,
        balance=balances([row.customer_id])[row.customer_id] if row else None,
    )


# -- the list ----------------------------------------------------------------------------------------


@blueprint.get("/payments")
@guards.signed_in
def listed() -> Page:
    """Payments, newest first; the filters stand in the address."""
    query = read_query(PaymentsQuery, request.args)
    caller = guards.caller()
    found = queries.listed(caller, **query.model_dump())
    whose = book.find(caller, query.customer_id) if query.customer_id is not None else None
    return render_template(
        "billing/payments.html",
        rows=found.items,
        next=found.next,
        query=query,
        parties=pages.parties(one.customer_id for one in found.items),
        whose=whose,
        vendor=caller.is_vendor,
    )


# -- one ---------------------------------------------------------------------------------------------


def _own(payment_id: int) -> PaymentView:
    found = queries.find(guards.caller(), payment_id)
    if found is None:
        raise NotFound()
    return found


@blueprint.get("/payments/<int:payment_id>")
@guards.signed_in
def payment(payment_id: int) -> Page:
    """The receipt: who paid whom how much, when and for what."""
    return _receipt(_own(payment_id), None, 200)


def _receipt(found: PaymentView, form: ReasonForm | None, status: int) -> Page:
    page = render_template(
        "billing/payment.html",
        found=found,
        **_around(found),
        form=form or ReasonForm(formdata=None),
        vendor=guards.caller().is_vendor,
    )
    return page, status


@blueprint.get("/payments/<int:payment_id>.pdf")
@guards.signed_in
def receipt(payment_id: int) -> Page:
    """The receipt on paper."""
    found = _own(payment_id)
    return pdf.answer(receipt_pdf(found, **_around(found)), f"receipt-{found.id}")


def _around(found: PaymentView) -> dict[str, Any]:
    """What a receipt says beside the payment itself."""
    shop = business(found.vendor_id)
    if shop is None:
        raise NotFound()
    sold, title = _sold(found)
    landed = pages.lines_of([(one.target, one.target_id) for one in found.allocations])
    return {
        "shop": shop,
        "party": pages.parties([found.customer_id]).get(found.customer_id or 0),
        "by": pages.names_of([found.created_by]).get(found.created_by, ""),
        "sold": sold,
        "title": title,
        "landed": [(landed.get((one.target, one.target_id)), one.amount) for one in found.allocations],
    }


def _sold(found: PaymentView) -> tuple[list[dict[str, Any]], str]:
    """What the payment was for, line by line, and what that is called; nothing for money on account."""
    caller = guards.caller()
    if found.item is None or found.item_id is None:
        return [], ""
    if found.item == ORDER:
        order = orders.find(caller, found.item_id)
        if order is None:
            return [], ""
        if order.order_type != "on_demand":
            return [], order.terms.item_name
        terms = order.terms
        line = {
            "item_name": terms.item_name,
            "quantity": terms.quantity,
            "unit": terms.unit,
            "rate": order.rate,
            "amount": order.amount or 0,
            "date": order.start_date,
        }
        return [line], ""
    paper = papers.find(caller, found.item, found.item_id)
    if paper is None:
        return [], ""
    lines = [
        {
            "item_name": one.item_name,
            "quantity": one.quantity,
            "unit": one.unit,
            "rate": one.rate,
            # A sale that was taken back is worth nothing any more; the receipt says what it was.
            "amount": one.amount if one.stands or one.rate is None else times(one.rate, one.quantity),
            "date": one.date,
        }
        for one in paper.all_lines
    ]
    return lines, paper_title(found.item, paper.number)


def _answered(payment_id: int, verb: Any, text: str) -> Page:
    """Do it and go back to where the button stood; what is in the way is told there."""
    found = _own(payment_id)
    where = f"/customers/{found.customer_id}" if request.form.get("back") == "account" else "/requests"
    if request.form.get("back") == "payment":
        where = url_for(".payment", payment_id=payment_id)
    try:
        in_transaction(verb)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        flash(sentence(problem), "error")
        return redirect(where)
    flash(text)
    return redirect(where)


@blueprint.post("/payments/<int:payment_id>/confirm")
@guards.vendor
def confirm(payment_id: int) -> Page:
    """The money arrived."""
    found = _own(payment_id)
    text = _("%(amount)s confirmed.", amount=money(found.amount, found.currency))
    return _answered(payment_id, lambda: claims.confirm(guards.caller(), payment_id), text)


@blueprint.post("/payments/<int:payment_id>/decline")
@guards.vendor
def decline(payment_id: int) -> Page:
    """It was not so."""
    form = ReasonForm()
    text = _("They are told that it did not arrive.")

    def verb() -> None:
        claims.decline(guards.caller(), payment_id, reason=shape(form, AnswerShape).reason)

    return _answered(payment_id, verb, text)


@blueprint.post("/payments/<int:payment_id>/reverse")
@guards.vendor
def reverse(payment_id: int) -> Page:
    """It was no payment after all."""
    form = ReasonForm()
    _own(payment_id)

    def verb() -> None:
        claims.reverse(guards.caller(), payment_id, reason=shape(form, ReasonShape).reason)

    done = attempt(verb, form)
    if not done.ok:
        return _receipt(_own(payment_id), form, done.status)
    flash(_("Taken back. What it had paid is open again."))
    return redirect(url_for(".payment", payment_id=payment_id))
