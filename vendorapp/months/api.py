"""JSON: what a month came to, for one account and for a vendor. POST reads as GET does."""

from __future__ import annotations

from datetime import date

from flask import Blueprint

from ..accounts import guards
from ..accounts.queries import business
from ..customers import queries as book
from ..kernel.clock import day_in
from ..kernel.endpoint import endpoint
from ..kernel.errors import NotFound
from ..kernel.fields import month_text
from ..kernel.money import amount_text
from . import queries
from .rules import month_or_current
from .schemas import (
    CustomerLinesOut,
    CustomerMonthOut,
    ItemMonthOut,
    MonthIn,
    VendorMonthIn,
    VendorMonthOut,
    VendorMonthQuery,
    VendorOrOwnMonthOut,
    VendorTotalsOut,
    WalkInOut,
)

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
