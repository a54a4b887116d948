"""JSON: invoices and bills."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from flask import Blueprint

from ...accounts import guards
from ...customers import queries as book
from ...customers import service as customers
from ...kernel.endpoint import endpoint
from ...kernel.errors import FieldError, Invalid, NotFound, Problem
from ..answers.papers import BillOut, BillsOut, InvoiceOut, InvoicesOut
from ..inputs.papers import money_faults, wanted
from ..queries import papers
from ..rules.papers import BILL, INVOICE, Wanted, bill_faults, invoice_faults, outline_faults, twice
from ..schemas.papers import BillIn, InvoiceIn, PapersQuery
from ..service import papers as service

blueprint = Blueprint("papers_api", __name__, url_prefix="/v1")

PROBLEMS = (
    "customer_ambiguous",
    "orders_required",
    "rate_required",
    "mixed_customers",
    "customer_exists",
    "customer_inactive",
    "already_billed",
    "nothing_to_bill",
    "wrong_state",
    "disputed",
    "target_other_customer",
    "target_has_customer",
    "insufficient_stock",
    "month_closed",
)


def _outline(sent: Mapping[str, Any], *, other: str) -> Problem | None:
    faults = outline_faults(sent, other=other)
    return Invalid(*faults) if faults else None


def _checked(sent: Mapping[str, Any], faults: list[FieldError]) -> Wanted:
    """What is asked for, once the body and all that it names is found to be right."""
    own = guards.caller().own_business
    orders: Sequence[Mapping[str, Any]] = sent.get("orders") or ()
    faults = faults + money_faults(orders, own.currency)
    if faults:
        named = twice(sent.get("invoices") or ())
        facts = {"invoices": named} if named else {}
        raise Problem(422, faults[0].code, faults[0].message, errors=faults, facts=facts)
    customer_id = sent.get("customer_id")
    if customer_id is not None and book.for_vendor(own.vendor_id, customer_id) is None:
        raise NotFound("customer_id")
    asked = wanted(own.vendor_id, own.currency, orders, month=sent.get("month"))
    service.find_named(guards.caller(), asked)
    return asked


def _made(kind: str, sent: Mapping[str, Any], create: Callable[..., int], **parts: Any) -> int:
    """The paper is made, a new customer first, and whom it is for is told."""
    caller = guards.caller()
    customer_id, new = sent.get("customer_id"), sent.get("customer")
    if new is not None:
        customer_id = customers.add(caller, **new, at="customer.").customer_id
    paper_id = create(caller, customer_id=customer_id, new_customer=new is not None, **parts)
    service.tell_made(caller, kind, paper_id)
    return paper_id


def _found(kind: str, paper_id: int) -> papers.PaperView:
    view = papers.find(guards.caller(), kind, paper_id)
    if view is None:
        raise NotFound()
    return view


@blueprint.post("/invoices")
@guards.vendor
@endpoint(
    body=InvoiceIn, outline=partial(_outline, other="month"), answers={201: InvoiceOut}, problems=PROBLEMS
)
def make_invoice(body: InvoiceIn) -> tuple[int, InvoiceOut]:
    """Make an invoice of orders, new ones or by `id`, or of a customer's month.

    What is new is served at once, and charged. The `id` of an on-demand order that was served stands for
    itself, that of a standing order for its agreed deliveries that are on no invoice or bill yet. Without
    a customer it is a walk-in's: nothing is handed over before it is paid.
    """
    sent = body.model_dump(exclude_none=True)
    asked = _checked(sent, invoice_faults(sent))
    invoice_id = _made(INVOICE, sent, service.create_invoice, wanted=asked)
    return 201, InvoiceOut.of(_found(INVOICE, invoice_id))


@blueprint.get("/invoices")
@guards.signed_in
@endpoint(query=PapersQuery, answers={200: InvoicesOut})
def list_invoices(query: PapersQuery) -> tuple[int, InvoicesOut]:
    """The caller's invoices, newest first."""
    return 200, InvoicesOut.of(papers.list_papers(guards.caller(), INVOICE, **query.model_dump()))


@blueprint.get("/invoices/<int:invoice_id>")
@guards.signed_in
@endpoint(answers={200: InvoiceOut})
def one_invoice(invoice_id: int) -> tuple[int, InvoiceOut]:
    """One invoice."""
    return 200, InvoiceOut.of(_found(INVOICE, invoice_id))


@blueprint.post("/invoices/<int:invoice_id>/void")
@guards.vendor
@endpoint(answers={200: InvoiceOut}, problems=("in_use",))
def void_invoice(invoice_id: int) -> tuple[int, InvoiceOut]:
    """Take an invoice back while nothing is paid on it and it is on no bill. What was sold stays charged,
    and can be put on another one. Repeating is fine."""
    service.void(guards.caller(), INVOICE, invoice_id)
    return 200, InvoiceOut.of(_found(INVOICE, invoice_id))


@blueprint.post("/bills")
@guards.vendor
@endpoint(
    body=BillIn,
    outline=partial(_outline, other="invoices"),
    answers={201: BillOut},
    problems=("invoices_invalid", *PROBLEMS),
)
def make_bill(body: BillIn) -> tuple[int, BillOut]:
    """Make a bill over invoices and over orders that are on none, new ones or by `id`.

    `invoices` are ids, as a list or with commas between them; those that cannot be on it are named in
    `invoices` of the problem. Without a customer it is that of its invoices, or a walk-in's.
    """
    sent = body.model_dump(exclude_none=True)
    asked = _checked(sent, bill_faults(sent))
    invoices = sent.get("invoices") or ()
    bill_id = _made(BILL, sent, service.create_bill, wanted=asked, invoice_ids=invoices)
    return 201, BillOut.of(_found(BILL, bill_id))


@blueprint.get("/bills")
@guards.signed_in
@endpoint(query=PapersQuery, answers={200: BillsOut})
def list_bills(query: PapersQuery) -> tuple[int, BillsOut]:
    """The caller's bills, newest first."""
    return 200, BillsOut.of(papers.list_papers(guards.caller(), BILL, **query.model_dump()))


@blueprint.get("/bills/<int:bill_id>")
@guards.signed_in
@endpoint(answers={200: BillOut})
def one_bill(bill_id: int) -> tuple[int, BillOut]:
    """One bill."""
    return 200, BillOut.of(_found(BILL, bill_id))


@blueprint.post("/bills/<int:bill_id>/void")
@guards.vendor
@endpoint(answers={200: BillOut}, problems=("in_use",))
def void_bill(bill_id: int) -> tuple[int, BillOut]:
    """Take a bill back while nothing is paid on it. Its invoices and orders can be billed again.
    Repeating is fine."""
    service.void(guards.caller(), BILL, bill_id)
    return 200, BillOut.of(_found(BILL, bill_id))
