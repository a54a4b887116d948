"""JSON: the lists of orders and changes. (What makes or moves an order is in the rooms above.)"""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from ..accounts import guards
from ..accounts import rules as people
from ..accounts import service as accounts
from ..accounts.answers import UserOut
from ..accounts.queries import caller_by_token
from ..catalogue.queries import has_prices
from ..customers import service as customers
from ..customers.answers import CustomerOut
from ..kernel.endpoint import endpoint
from ..kernel.errors import Conflict, FieldError, Invalid, invalid
from ..kernel.said import reason
from ..ledger import queries as sums
from ..ledger.rules import NOTHING
from . import queries, service
from .answers import ChangeOut, MonthOut, OrderOut
from .schemas import (
    VENDOR_FIELDS,
    ChangesOut,
    ChangesQuery,
    MeIn,
    OrdersOut,
    OrdersQuery,
)

blueprint = Blueprint("orders_api", __name__, url_prefix="/v1")


@blueprint.get("/orders")
@guards.signed_in
@endpoint(query=OrdersQuery, answers={200: OrdersOut})
def list_orders(query: OrdersQuery) -> tuple[int, OrdersOut]:
    """The caller's orders, newest first.

    With `month` only those whose life meets it or that were delivered in it, each with its sums.
    """
    found = queries.list_orders(guards.caller(), **query.model_dump())
    months: dict[int, MonthOut] = {}
    if query.month:
        tallies = sums.order_months([order.id for order in found.items], query.month)
        months = {
            order.id: MonthOut.of(query.month, tallies.get(order.id, NOTHING), order.currency)
            for order in found.items
        }
    items = [OrderOut.of(order, months.get(order.id)) for order in found.items]
    return 200, OrdersOut.model_construct(items=items, next=found.next)


@blueprint.get("/changes")
@guards.signed_in
@endpoint(query=ChangesQuery, answers={200: ChangesOut})
def list_changes(query: ChangesQuery) -> tuple[int, ChangesOut]:
    """The changes that the caller made or may answer, newest first; pending ones unless told otherwise."""
    found = queries.list_changes(guards.caller(), **query.model_dump()).map(ChangeOut.of)
    return 200, ChangesOut.model_construct(items=found.items, next=found.next)


@blueprint.delete("/customer/<int:customer_id>")
@guards.vendor
@endpoint(answers={200: CustomerOut})
def deactivate(customer_id: int) -> tuple[int, Any]:
    """Make a customer inactive: their orders end today, what is owed stays payable. Repeating is fine."""
    caller = guards.caller()
    customer = customers.deactivate(caller.user_id, customer_id)
    service.end_all_of(caller, customer_id)
    return 200, CustomerOut.of(customer, caller.own_business.currency)


@blueprint.put("/me")
@guards.signed_in
@endpoint(body=MeIn, answers={200: UserOut}, problems=("bad_credentials", "phone_taken", "has_history"))
def change_me(body: MeIn) -> tuple[int, UserOut]:
    """Change one's own data. A new password ends every other sign-in."""
    caller = guards.caller()
    sent = body.model_dump(exclude_none=True)
    password, current = sent.pop("password", None), sent.pop("current_password", None)
    vendor = {name: sent.pop(name) for name in VENDOR_FIELDS if name in sent}
    if vendor and not caller.is_vendor:
        raise Invalid(*(FieldError(name, "unknown_field", "Vendors only.") for name in sorted(vendor)))
    if password is not None and current is None:
        raise invalid("current_password", "The current password is needed to set a new one.")
    if "phone_number" in sent:
        try:
            sent["phone_number"] = people.any_phone(sent["phone_number"], caller.phone_number)
        except ValueError as error:
            raise invalid("phone_number", reason(error)) from None
    if vendor.get("currency", "") not in ("", caller.business and caller.business.currency):
        accounts.hold_business(caller.user_id)  # a file that is being added may be what is priced
        _refuse_new_currency(caller.user_id)
    accounts.change_profile(caller, user=sent, vendor=vendor, password=password, current_password=current)
    fresh = caller_by_token(caller.token)
    if fresh is None:
        raise guards.unauthenticated()
    return 200, UserOut.of(fresh)


def _refuse_new_currency(vendor_id: int) -> None:
    """Rates and sums are stored in the old currency's units; they cannot be read in another."""
    if sums.has_history(vendor_id) or queries.orders_exist(vendor_id) or has_prices(vendor_id):
        raise Conflict("has_history", "Something is already priced in the present currency.")
