"""JSON: new orders of both kinds, and the answers to on-demand ones."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from ..accounts import guards
from ..accounts.queries import Business, Caller, business
from ..customers import queries as book
from ..kernel.clock import day_in
from ..kernel.endpoint import endpoint
from ..kernel.errors import FieldError, Invalid, NotFound, invalid
from ..orders import inputs as standing
from ..orders import queries as orders
from ..orders import service as standing_orders
from ..orders.answers import OrderOut
from . import inputs, rules, service
from .schemas import AcceptIn, DeclineIn, OrderIn, ServeIn

blueprint = Blueprint("on_demand_api", __name__, url_prefix="/v1")


def _answer(order_id: int) -> tuple[int, Any]:
    order = orders.find(guards.caller(), order_id)
    if order is None:
        raise NotFound()
    return 200, OrderOut.of(order)


@blueprint.post("/orders")
@guards.signed_in
@endpoint(
    body=OrderIn,
    answers={201: OrderOut},
    problems=(
        "rate_required",
        "date_in_future",
        "walkin_must_pay_in_full",
        "customer_inactive",
        "customer_has_login",
        "month_closed",
    ),
)
def propose(body: OrderIn) -> tuple[int, Any]:
    """Propose a standing order, which the other side confirms; or ask for something once (`on_demand`).

    A vendor sends `customer_id`, a customer `vendor_id`. For a customer without a login the vendor adds
    `on_behalf_note`, and a standing order is active at once. What a customer asks for on demand is
    `requested`, with or without a price. What a vendor enters is `accepted`, for a customer or for a
    walk-in; with `"status": "served"` it was handed over to the customer already and is charged.
    """
    caller = guards.caller()
    faults = _faults(caller, body)
    if faults:
        raise Invalid(*faults)
    order_id = _enter(caller, body) if body.on_demand else _propose(caller, body)
    return 201, _answer(order_id)[1]


def _faults(caller: Caller, body: OrderIn) -> list[FieldError]:
    """What is wrong with the fields for this role and this kind of order."""
    ours = "customer_id" if caller.is_vendor else "vendor_id"
    faults: list[FieldError] = []
    if getattr(body, ours) is None and not (caller.is_vendor and body.on_demand):
        faults.append(FieldError(ours, "invalid", "This field is required."))
    if body.on_behalf_note and not caller.is_vendor:
        faults.append(
            FieldError("on_behalf_note", "invalid", "Only a vendor confirms on behalf of somebody.")
        )
    faults += standing.item_faults(body.model_dump(), needed=True)
    faults += standing.foreign_fields(body.sent(), on_demand=body.on_demand)
    if body.on_demand:
        if body.status is not None and not caller.is_vendor:
            faults.append(FieldError("status", "unknown_field", "Vendors only."))
        elif body.status not in (None, "served"):
            faults.append(FieldError("status", "invalid", "A new order can only be served already."))
    # The catalogue may know a price.
    if body.item is None and (caller.is_vendor or not body.on_demand):
        try:
            standing.need_price(body.model_dump())
        except Invalid as problem:
            faults += problem.errors
    if caller.is_vendor and body.on_demand:
        faults += rules.entry_faults(
            body.date,
            day_in(caller.own_business.timezone),
            served=body.status == "served",
            walk_in=body.customer_id is None,
        )
    return faults


def _propose(caller: Caller, body: OrderIn) -> int:
    sent = body.model_dump(exclude_none=True)
    if caller.is_vendor:
        if body.item is None:  # a vendor's own currency is known: shape before look-up
            standing.new_terms(sent, caller.own_business.currency)
        if body.vendor_id not in (None, caller.user_id):
            raise NotFound("vendor_id")
    customer = standing_orders.customer_of(caller, customer_id=body.customer_id, vendor_id=body.vendor_id)
    if body.customer_id not in (None, customer.id):
        raise NotFound("customer_id")
    shop = business(customer.vendor_id)
    if shop is None:
        raise NotFound("vendor_id")
    return standing_orders.propose_order(
        caller,
        customer,
        standing_orders.NewOrder(
            standing.new_terms(standing.with_item(shop.vendor_id, shop.currency, sent), shop.currency),
            body.start_date,
            body.message,
            body.on_behalf_note,
            body.item,
            body.item_id,
        ),
    )


def _enter(caller: Caller, body: OrderIn) -> int:
    shop = caller.own_business if caller.is_vendor else _shop_of(caller, body)
    new = service.NewRequest(
        goods=inputs.new_goods(
            standing.with_item(shop.vendor_id, shop.currency, body.model_dump(exclude_none=True)),
            shop.currency,
        ),
        day=body.date,
        message=body.message,
        on_behalf_note=body.on_behalf_note,
        served=body.status is not None,
    )
    if caller.is_vendor and body.vendor_id not in (None, caller.user_id):
        raise NotFound("vendor_id")
    return service.enter(caller, new, customer_id=body.customer_id, vendor_id=body.vendor_id)


def _shop_of(caller: Caller, body: OrderIn) -> Business:
    """The vendor whom a customer asks, when they are linked."""
    own = book.row_of_login(caller.user_id, body.vendor_id or 0)
    shop = business(body.vendor_id or 0) if own is not None else None
    if shop is None:
        raise NotFound("vendor_id")
    if body.customer_id not in (None, own):
        raise NotFound("customer_id")
    return shop


@blueprint.post("/order/<int:order_id>/accept")
@guards.signed_in
@endpoint(
    body=AcceptIn,
    answers={200: OrderOut},
    problems=(
        "rate_required",
        "wrong_state",
        "customer_has_login",
        "on_behalf_note_required",
        "month_closed",
    ),
)
def accept(order_id: int, body: AcceptIn) -> tuple[int, Any]:
    """Say yes to an on-demand order.

    A vendor accepts what was requested; with a `rate` that the customer did not see it becomes an offer,
    which the customer accepts or declines; for a customer without a login it is accepted with
    `on_behalf_note`, and so is an offer that they could not answer. A customer's yes to what is disputed
    ends the dispute. Either side may send the `quantity` that they saw, a customer the `rate` too: when the
    order says something else by now, that is 409 `wrong_state` and nothing changes.
    """
    caller = guards.caller()
    if body.on_behalf_note and not caller.is_vendor:
        raise invalid("on_behalf_note", "Only a vendor confirms on behalf of somebody.")
    rate = None
    if body.rate is not None:
        currency = caller.own_business.currency if caller.is_vendor else _currency_of(caller, order_id)
        rate = standing.minor(body.rate, currency, "rate")
    service.accept(caller, order_id, rate=rate, quantity=body.quantity, on_behalf_note=body.on_behalf_note)
    return _answer(order_id)


def _currency_of(caller: Caller, order_id: int) -> str:
    order = orders.find(caller, order_id)
    if order is None:
        raise NotFound()
    return order.currency


@blueprint.post("/order/<int:order_id>/decline")
@guards.signed_in
@endpoint(body=DeclineIn, answers={200: OrderOut}, problems=("wrong_state", "too_late", "month_closed"))
def decline(order_id: int, body: DeclineIn) -> tuple[int, Any]:
    """Say no to an on-demand order.

    A customer's no to an extra that the vendor entered and handed over, or to another quantity than both
    accepted, makes it disputed: it comes within 48 hours, and nothing is charged until both agree.
    """
    service.decline(guards.caller(), order_id, reason=body.reason)
    return _answer(order_id)


@blueprint.post("/order/<int:order_id>/serve")
@guards.vendor
@endpoint(
    body=ServeIn,
    answers={200: OrderOut},
    problems=(
        "date_in_future",
        "rate_required",
        "walkin_must_pay_in_full",
        "wrong_state",
        "customer_inactive",
        "month_closed",
    ),
)
def serve(order_id: int, body: ServeIn) -> tuple[int, Any]:
    """Hand over an accepted order: it is charged on `date`, today by default.

    `date` is not before the day on which the customer asked for it. Another `quantity` than both accepted
    can be contradicted for 48 hours.
    """
    service.serve(guards.caller(), order_id, day=body.date, quantity=body.quantity)
    return _answer(order_id)
