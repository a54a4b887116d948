"""Invoices and bills: lists, one of them, making and taking back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from wtforms.fields import SelectChoice

from ...accounts import guards
from ...accounts.queries import business
from ...customers import queries as book
from ...kernel import pdf
from ...kernel.babel import money, month
from ...kernel.clock import day_in
from ...kernel.errors import NotFound, Problem
from ...kernel.fields import month_text
from ...kernel.forms import attempt, in_transaction, sentence, shape
from ...kernel.shape import read_query
from ..forms import BillForm, InvoiceForm, InvoiceShape, PapersQuery
from ..pdf import paper_pdf
from ..queries import pages, papers
from ..queries.papers import PaperView
from ..rules.papers import BILL, INVOICE, Wanted
from ..service import papers as service
from ..words import paper_title
from .shared import Page, blueprint, own_account, written_once

MONTHS_OFFERED = 12


@blueprint.get("/invoices")
@guards.signed_in
def invoices() -> Page:
    """The caller's invoices, newest first."""
    return _list(INVOICE)


@blueprint.get("/bills")
@guards.signed_in
def bills() -> Page:
    """The caller's bills, newest first."""
    return _list(BILL)


def _list(kind: str) -> Page:
    query = read_query(PapersQuery, request.args)
    caller = guards.caller()
    found = papers.list_papers(caller, kind, **query.model_dump())
    whose = book.find(caller, query.customer_id) if query.customer_id is not None else None
    return render_template(
        "billing/papers.html",
        kind=kind,
        rows=found.items,
        next=found.next,
        query=query,
        whose=whose,
        parties=pages.parties(one.customer_id for one in found.items),
        vendor=caller.is_vendor,
        titled=paper_title,
    )


@blueprint.get("/invoices/<int:paper_id>")
@guards.signed_in
def invoice(paper_id: int) -> Page:
    """One invoice, line by line."""
    return _one(INVOICE, paper_id)


@blueprint.get("/bills/<int:paper_id>")
@guards.signed_in
def bill(paper_id: int) -> Page:
    """One bill: the invoices it asks for, and what is on none."""
    return _one(BILL, paper_id)


@blueprint.get("/invoices/<int:paper_id>.pdf")
@guards.signed_in
def invoice_pdf(paper_id: int) -> Page:
    """An invoice as PDF."""
    return _pdf(INVOICE, paper_id)


@blueprint.get("/bills/<int:paper_id>.pdf")
@guards.signed_in
def bill_pdf(paper_id: int) -> Page:
    """A bill as PDF."""
    return _pdf(BILL, paper_id)


def _one(kind: str, paper_id: int) -> Page:
    found, around = _own(kind, paper_id)
    return render_template(
        "billing/paper.html",
        found=found,
        **around,
        title=paper_title(kind, found.number),
        titled=paper_title,
        grouped=pages.grouped,
        vendor=guards.caller().is_vendor,
        billed=kind == INVOICE and bool(papers.billed_invoices([paper_id])),
    )


def _pdf(kind: str, paper_id: int) -> Page:
    found, around = _own(kind, paper_id)
    return pdf.answer(paper_pdf(found, **around), f"{kind}-{found.number}")


def _own(kind: str, paper_id: int) -> tuple[PaperView, dict[str, Any]]:
    """A paper of the caller's side, and what it says beside its lines; NotFound."""
    found = papers.find(guards.caller(), kind, paper_id)
    shop = business(found.vendor_id) if found else None
    if found is None or shop is None:
        raise NotFound()
    return found, {
        "shop": shop,
        "party": pages.parties([found.customer_id]).get(found.customer_id or 0),
        "by": pages.names_of([found.created_by]).get(found.created_by, ""),
    }


@blueprint.post("/invoices/<int:paper_id>/void")
@guards.vendor
def void_invoice(paper_id: int) -> Page:
    """Take an invoice back."""
    return _void(INVOICE, paper_id)


@blueprint.post("/bills/<int:paper_id>/void")
@guards.vendor
def void_bill(paper_id: int) -> Page:
    """Take a bill back."""
    return _void(BILL, paper_id)


def _void(kind: str, paper_id: int) -> Page:
    try:
        in_transaction(lambda: service.void(guards.caller(), kind, paper_id))
    except Problem as problem:
        if problem.status != 409:
            raise
        flash(sentence(problem), "error")
    else:
        flash(_("Taken back. What was on it can be put on another one."))
    return redirect(url_for(f".{kind}", paper_id=paper_id))


@blueprint.route("/customers/<int:customer_id>/invoice", methods=["GET", "POST"])
@guards.vendor
def new_invoice(customer_id: int) -> Page:
    """An invoice of all that a customer got in a month and that is on no paper yet."""
    row, shop = own_account(customer_id)
    form = InvoiceForm()
    form.month.choices = [SelectChoice(month_text(one), month(one)) for one in _months(shop.timezone)]
    status = 200
    if form.is_submitted():

        def make() -> int:
            asked = Wanted(month=shape(form, InvoiceShape).month)
            caller = guards.caller()
            made = service.create_invoice(caller, asked, customer_id=customer_id)
            service.tell_made(caller, INVOICE, made)
            return made

        done = attempt(lambda: written_once(form, make), form)
        if done.ok and done.value is not None:
            return _made(INVOICE, done.value)
        status = done.status
    return render_template("billing/new_invoice.html", row=row, form=form), status


def _months(zone: str) -> list[date]:
    """This month and those before it, the newest first."""
    found = [day_in(zone).replace(day=1)]
    while len(found) < MONTHS_OFFERED:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found


@blueprint.route("/customers/<int:customer_id>/bill", methods=["GET", "POST"])
@guards.vendor
def new_bill(customer_id: int) -> Page:
    """A bill over invoices of a customer that are on none yet."""
    row, _shop = own_account(customer_id)
    caller = guards.caller()
    open_ones = pages.unbilled_invoices(caller, customer_id)
    form = BillForm()
    form.invoices.choices = [SelectChoice(str(one.id), _choice(one)) for one in open_ones]
    if not form.is_submitted():
        form.invoices.data = [str(one.id) for one in open_ones]
    status = 200
    if form.is_submitted():

        def make() -> int:
            made = service.create_bill(caller, Wanted(), customer_id=customer_id, invoice_ids=form.ids())
            service.tell_made(caller, BILL, made)
            return made

        done = attempt(lambda: written_once(form, make), form)
        if done.ok and done.value is not None:
            return _made(BILL, done.value)
        status = done.status
    return render_template("billing/new_bill.html", row=row, form=form, open_ones=open_ones), status


def _choice(one: PaperView) -> str:
    """An invoice as it is offered: its number and what is open on it."""
    return f"{paper_title(INVOICE, one.number)} · {money(one.due, one.currency)}"


def _made(kind: str, paper_id: int) -> Page:
    flash(_("Made."))
    return redirect(url_for(f".{kind}", paper_id=paper_id))
