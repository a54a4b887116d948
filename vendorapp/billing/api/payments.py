"""JSON: payments, and the answers to those that customers say they made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint

from ...accounts import guards
from ...accounts.queries import Caller, business
from ...customers import queries as book
from ...customers.answers import CustomerOut
from ...kernel.clock import day_in
from ...kernel.endpoint import endpoint
from ...kernel.errors import NotFound, Problem
from ...ledger.answers import BalanceOut
from ...ledger.queries import balances
from ...orders import queries as orders
from ...orders.answers import OrderOut
from ..answers.papers import BillOut, InvoiceOut
from ..answers.payments import PaidOut, PaymentOut, PaymentsOut
from ..inputs import payments as inputs
from ..models import Payment
from ..queries import papers, payments
from ..schemas.payments import DeclineIn, PaymentIn, PaymentsQuery, ReverseIn
from ..service import claims
from ..service import payments as service

blueprint = Blueprint("payments_api", __name__, url_prefix="/v1")


def _outline(sent: Mapping[str, Any]) -> Problem | None:
    return inputs.outline(sent, by_vendor=guards.caller().is_vendor)


@blueprint.post("/payments")
@guards.signed_in
@endpoint(
    body=PaymentIn,
    outline=_outline,
    answers={201: PaidOut},
    problems=(
        "customer_ambiguous",
        "payer_or_target_required",
        "item_required",
        "item_invalid",
        "item_target_mismatch",
        "target_ambiguous",
        "item_id_required",
        "orders_required",
        "mixed_customers",
        "invoices_invalid",
        "rate_required",
        "walkin_must_pay_in_full",
        "overpaid_walkin",
        "date_in_future",
        "customer_exists",
        "customer_inactive",
        "already_paid",
        "target_closed",
        "target_other_customer",
        "target_has_customer",
        "wrong_state",
        "disputed",
        "already_billed",
        "nothing_to_bill",
        "insufficient_stock",
        "month_closed",
    ),
)
def pay(body: PaymentIn) -> tuple[int, PaidOut]:
    """Write down a payment; or, as a customer, say that you paid.

    A vendor's counts at once: on what it is for, else on the oldest open lines; what is left is advance. A
    new `order`, `invoice` or `bill` is made with it and handed over; lines without any price cost what is
    paid. Without a customer it is a walk-in's, who pays in full. A customer's is a claim, which counts for
    nothing until the vendor confirms it.
    """
    caller = guards.caller()
    sent = body.model_dump(exclude_none=True, include=set(body.sent()))
    payment = _take(caller, sent) if caller.is_vendor else _claim(caller, sent)
    return 201, _answer(caller, payment)


def _take(caller: Caller, sent: dict[str, Any]) -> Payment:
    own = caller.own_business
    amount = inputs.check_vendors(sent, own.currency, day_in(own.timezone))
    if sent.get("vendor_id") not in (None, own.vendor_id):
        raise NotFound("vendor_id")
    if "customer_id" in sent and book.for_vendor(own.vendor_id, sent["customer_id"]) is None:
        raise NotFound("customer_id")
    return service.pay(
        caller,
        service.NewPayment(
            amount=amount,
            method=sent.get("method", "cash"),
            day=sent.get("date"),
            note=sent.get("note"),
            customer_id=sent.get("customer_id"),
            customer=sent.get("customer"),
            item=sent.get("item"),
            item_id=sent.get("item_id"),
            new=inputs.new_target(own.vendor_id, own.currency, sent),
            invoice_ids=sent.get("bill", {}).get("invoices", ()),
            spread=sent.get("allocate") != "none",
        ),
    )


def _claim(caller: Caller, sent: dict[str, Any]) -> Payment:
    inputs.check_claim(sent)
    row = book.row_of_login(caller.user_id, sent["vendor_id"])
    shop = business(sent["vendor_id"]) if row is not None else None
    if row is None or shop is None:
        raise NotFound("vendor_id")
    return claims.claim(
        caller,
        row,
        shop=shop,
        amount=inputs.claimed_amount(sent, shop.currency),
        method=sent.get("method", "cash"),
        note=sent.get("note"),
        item=sent.get("item"),
        item_id=sent.get("item_id"),
    )


def _answer(caller: Caller, payment: Payment) -> PaidOut:
    """The payment with what it touched, as it stands now."""
    touched: dict[str, Any] = {"open_claims": []}
    view = _found(caller, payment.id)
    customer = book.find(caller, view.customer_id) if view.customer_id is not None else None
    if customer is not None:
        if caller.is_vendor:
            touched["customer"] = CustomerOut.of(customer, view.currency)
        balance = balances([customer.customer_id])[customer.customer_id]
        touched["balance"] = BalanceOut.of(balance, view.currency)
        touched["open_claims"] = payments.open_claims(customer.customer_id)
    if view.item is not None and view.item_id is not None:
        touched[view.item] = _target(caller, view.item, view.item_id)
    return PaidOut.model_construct(payment=PaymentOut.of(view), **touched)


def _target(caller: Caller, item: str, item_id: int) -> Any:
    if item == "order":
        order = orders.find(caller, item_id)
        return None if order is None else OrderOut.of(order)
    paper = papers.find(caller, item, item_id)
    if paper is None:
        return None
    return InvoiceOut.of(paper) if item == "invoice" else BillOut.of(paper)


def _found(caller: Caller, payment_id: int) -> payments.PaymentView:
    view = payments.find(caller, payment_id)
    if view is None:
        raise NotFound()
    return view


def _one(payment_id: int) -> tuple[int, PaymentOut]:
    return 200, PaymentOut.of(_found(guards.caller(), payment_id))


@blueprint.get("/payments")
@guards.signed_in
@endpoint(query=PaymentsQuery, answers={200: PaymentsOut})
def listed(query: PaymentsQuery) -> tuple[int, PaymentsOut]:
    """Payments, newest first: all of a vendor's business, or a customer's own."""
    page = payments.listed(guards.caller(), **query.model_dump())
    return 200, PaymentsOut.model_construct(items=[PaymentOut.of(one) for one in page.items], next=page.next)


@blueprint.get("/payments/<int:payment_id>")
@guards.signed_in
@endpoint(answers={200: PaymentOut})
def one(payment_id: int) -> tuple[int, PaymentOut]:
    """One payment."""
    return _one(payment_id)


@blueprint.post("/payments/<int:payment_id>/confirm")
@guards.vendor
@endpoint(answers={200: PaymentOut}, problems=("already_answered", "insufficient_stock"))
def confirm(payment_id: int) -> tuple[int, PaymentOut]:
    """Say that the money arrived: from now on it counts, on what it was for as far as that is still open."""
    claims.confirm(guards.caller(), payment_id)
    return _one(payment_id)


@blueprint.post("/payments/<int:payment_id>/decline")
@guards.vendor
@endpoint(body=DeclineIn, answers={200: PaymentOut}, problems=("already_answered",))
def decline(payment_id: int, body: DeclineIn) -> tuple[int, PaymentOut]:
    """Say that the money did not arrive; nothing is counted."""
    claims.decline(guards.caller(), payment_id, reason=body.reason)
    return _one(payment_id)


@blueprint.post("/payments/<int:payment_id>/reverse")
@guards.vendor
@endpoint(body=ReverseIn, answers={200: PaymentOut}, problems=("wrong_state",))
def reverse(payment_id: int, body: ReverseIn) -> tuple[int, PaymentOut]:
    """Take back a confirmed payment that was none: what it paid is open again.

    What a walk-in got with it comes back: the orders are cancelled, and their stock is there again.
    """
    claims.reverse(guards.caller(), payment_id, reason=body.reason)
    return _one(payment_id)
