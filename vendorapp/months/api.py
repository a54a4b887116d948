"""JSON: what a month came to, for one account and for a vendor (POST reads as GET does), and statements."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, current_app, request, url_for

from ..accounts import guards
from ..accounts.queries import business
from ..customers import queries as book
from ..kernel import pdf
from ..kernel.clock import day_in
from ..kernel.endpoint import endpoint
from ..kernel.errors import NotFound, Problem
from ..kernel.fields import MONTH, month_text
from ..kernel.money import amount_text
from ..kernel.pdf import PDF
from . import accepting, queries, statements
from . import share as sharing
from .pdf import file_name, statement_pdf
from .rules import month_or_current
from .schemas import (
    AcceptanceOut,
    AcceptIn,
    CustomerLinesOut,
    CustomerMonthOut,
    ItemMonthOut,
    MonthIn,
    ShareOut,
    StatementOut,
    VendorMonthIn,
    VendorMonthOut,
    VendorMonthQuery,
    VendorOrOwnMonthOut,
    VendorTotalsOut,
    WalkInOut,
)
from .sheet import sheet

blueprint = Blueprint("months_api", __name__, url_prefix="/v1")


@blueprint.get("/finance/customer/month/<int:customer_id>")
@guards.signed_in
@endpoint(query=MonthIn, answers={200: CustomerMonthOut})
def customer_month(customer_id: int, query: MonthIn) -> tuple[int, CustomerMonthOut]:
    """One account's month, the same for its vendor and its linked customer.

    Only agreed deliveries count; what is disputed stands apart. Signed balances: + = the customer owes.
    """
    return 200, _customer_month(customer_id, query.month)


@blueprint.post("/finance/customer/month/<int:customer_id>")
@guards.signed_in
@endpoint(body=MonthIn, answers={200: CustomerMonthOut})
def customer_month_by_post(customer_id: int, body: MonthIn) -> tuple[int, CustomerMonthOut]:
    """One account's month, with the month in the body. Changes nothing."""
    return 200, _customer_month(customer_id, body.month)


@blueprint.get("/finance/vendor/month/<int:vendor_id>")
@guards.signed_in
@endpoint(query=VendorMonthQuery, answers={200: VendorOrOwnMonthOut})
def vendor_month(vendor_id: int, query: VendorMonthQuery) -> tuple[int, VendorOrOwnMonthOut]:
    """A vendor's month: totals, by item, by customer.

    `limit` and `cursor` page through the customers, by name. A linked customer gets their own account
    with that vendor instead, in the shape of the customer's month.
    """
    return 200, _vendor_month(vendor_id, query)


@blueprint.post("/finance/vendor/month/<int:vendor_id>")
@guards.signed_in
@endpoint(body=VendorMonthIn, answers={200: VendorOrOwnMonthOut})
def vendor_month_by_post(vendor_id: int, body: VendorMonthIn) -> tuple[int, VendorOrOwnMonthOut]:
    """A vendor's month, with the month and the page in the body. Changes nothing."""
    return 200, _vendor_month(vendor_id, body)


@blueprint.get("/customer/<int:customer_id>/statement/<month>")
@guards.signed_in
@endpoint(answers={200: StatementOut}, media=(PDF,), problems=("not_acceptable", "busy"))
def statement(customer_id: int, month: str) -> Response | tuple[int, StatementOut]:
    """The account of a month (YYYY-MM) with every day, extra, payment and correction, the same for both.

    On paper for whoever would rather have ``application/pdf`` than ``application/json``.
    """
    first = _month(month)
    if _on_paper():
        found = sheet(guards.caller(), customer_id, first)
        return pdf.answer(statement_pdf(found), file_name(found))
    return 200, StatementOut.of_view(statements.statement(guards.caller(), customer_id, first))


def _on_paper() -> bool:
    """Whether the statement is wanted as PDF; JSON is what nobody need ask for. 406 when neither is."""
    accepted = request.accept_mimetypes
    if not accepted:
        return False
    on_paper, as_json = accepted.quality(PDF), accepted.quality("application/json")
    if not on_paper and not as_json:
        raise Problem(
            406, "not_acceptable", "A statement is answered as application/json or application/pdf."
        )
    return bool(on_paper > as_json)


@blueprint.after_request
def vary(response: Response) -> Response:
    """The same address answers in two forms."""
    if request.endpoint == "months_api.statement":
        response.vary.add("Accept")
    return response


@blueprint.post("/customer/<int:customer_id>/statement/<month>/share")
@guards.signed_in
@endpoint(answers={201: ShareOut, 200: ShareOut})
def share(customer_id: int, month: str) -> tuple[int, ShareOut]:
    """A link that shows this month (YYYY-MM), and nothing else, to whoever has it; for 30 days.

    While one works the same one is answered again (200), whichever side made it.
    """
    settings = current_app.extensions["vendorapp"]
    found = sharing.share(guards.caller(), customer_id, _month(month), secret=settings.secret_key)
    url = settings.base_url + url_for("months_shared.page", token=found.token)
    return 201 if found.new else 200, ShareOut.of(url, found.expires_at)


@blueprint.delete("/customer/<int:customer_id>/statement/<month>/share")
@guards.signed_in
@endpoint(answers={204: None})
def withdraw(customer_id: int, month: str) -> None:
    """End all links to this month (YYYY-MM), whoever of the two sides made them; repeating is fine."""
    sharing.withdraw(guards.caller(), customer_id, _month(month))


@blueprint.post("/customer/<int:customer_id>/statement/<month>/accept")
@guards.signed_in
@endpoint(
    body=AcceptIn,
    answers={200: AcceptanceOut},
    problems=("month_not_over", "disputed", "statement_changed", "customer_has_login"),
)
def accept(customer_id: int, month: str, body: AcceptIn) -> tuple[int, AcceptanceOut]:
    """Accept a month (YYYY-MM) that is over; repeating is fine.

    When both sides have, that month and every earlier one are closed: no sum there moves again, and the
    advance pays what is open up to then. For a customer without a login the vendor's acceptance does it,
    with an `on_behalf_note`. A change up to that month clears a lone acceptance.
    """
    first = _month(month)
    found = accepting.accept(
        guards.caller(),
        customer_id,
        first,
        closing_balance=body.closing_balance,
        on_behalf_note=body.on_behalf_note,
    )
    return 200, AcceptanceOut.of(first, found)


def _month(raw: str) -> date:
    """The first day of a month in a path; what is no month is not found."""
    match = MONTH.fullmatch(raw)
    if not match or not 1 <= int(match[2]) <= 12 or not 1970 <= int(match[1]) <= 2199:
        raise NotFound()
    return date(int(match[1]), int(match[2]), 1)


def _customer_month(customer_id: int, month: date | None) -> CustomerMonthOut:
    customer = book.find(guards.caller(), customer_id)
    if customer is None:
        raise NotFound()
    shop = business(customer.vendor_id)
    if shop is None:
        raise NotFound()
    today = day_in(shop.timezone)
    found = queries.customer_month(
        customer_id=customer_id,
        vendor_id=customer.vendor_id,
        month=month_or_current(month, today),
        currency=shop.currency,
        today=today,
    )
    return CustomerMonthOut.of(found)


def _vendor_month(vendor_id: int, asked: VendorMonthIn | VendorMonthQuery) -> VendorOrOwnMonthOut:
    caller = guards.caller()
    if not caller.is_vendor:
        own = book.row_of_login(caller.user_id, vendor_id)
        if own is None:
            raise NotFound()
        return VendorOrOwnMonthOut.model_construct(root=_customer_month(own, asked.month))
    if vendor_id != caller.user_id:
        raise NotFound()
    shop = caller.own_business
    month = month_or_current(asked.month, day_in(shop.timezone))
    counter = queries.walk_in(vendor_id, month)
    customers = queries.customers_of_month(vendor_id, month, limit=asked.limit, cursor=asked.cursor)
    return VendorOrOwnMonthOut.model_construct(
        root=VendorMonthOut.model_construct(
            vendor_id=vendor_id,
            month=month_text(month),
            currency=shop.currency,
            totals=VendorTotalsOut.of(queries.vendor_totals(vendor_id, month), counter, shop.currency),
            walk_in=WalkInOut.model_construct(
                total_amount=amount_text(counter.amount, shop.currency),
                payments=amount_text(counter.payments, shop.currency),
            ),
            by_item=[ItemMonthOut.of(row, shop.currency) for row in queries.by_item(vendor_id, month)],
            customers=CustomerLinesOut.of(customers, shop.currency),
        )
    )
