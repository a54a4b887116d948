"""JSON: one new price for many orders at once."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Blueprint
from pydantic import BeforeValidator, Field, WithJsonSchema

from ...accounts import guards
from ...catalogue.queries import find_item
from ...kernel.endpoint import endpoint
from ...kernel.errors import FieldError, Invalid, NotFound
from ...kernel.fields import Answer, Body, Day, DayText, Id, LongText, Money, Name, ShortText
from ...kernel.said import said
from ...orders.answers import ChangeOut
from ...orders.inputs import Item, item_faults, minor
from ...orders.service import NewRate, Wanted
from .. import raising
from ..schemas import FaultOut

blueprint = Blueprint("many_changes_api", __name__, url_prefix="/v1")

MOST_ORDERS = 10_000


def _order_id(value: Any) -> int:
    """As it was sent, so that its result names it; one beyond bigint is nobody's order."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("An id is an integer.")
    return value


OrderId = Annotated[int, BeforeValidator(_order_id), WithJsonSchema({"type": "integer", "minimum": 1})]


class NewRateIn(Body):
    """One rate for the orders named in `order_ids`, or for all active ones of `item_name`, or of `item` with
    `item_id`."""

    order_ids: Annotated[list[OrderId], Field(min_length=1, max_length=MOST_ORDERS)] | None = None
    item: Item | None = None
    item_id: Id | None = None
    item_name: Name | None = None
    rate: Money | None = None
    effective_from: Day | None = None
    message: LongText | None = None
    on_behalf_note: ShortText | None = None


class LeftAloneOut(FaultOut):
    """Why an order was left alone, with the fact that helps."""

    earliest: DayText | None = Field(default=None, exclude_if=lambda value: value is None)
    status: str | None = Field(default=None, exclude_if=lambda value: value is None)


class NewRateResultOut(Answer):
    """Either `change` or `error`."""

    order_id: int
    change: ChangeOut | None = Field(default=None, exclude_if=lambda value: value is None)
    error: LeftAloneOut | None = Field(default=None, exclude_if=lambda value: value is None)


class NewRateResultsOut(Answer):
    """One result an order, in the order in which they were named."""

    results: list[NewRateResultOut]


@blueprint.post("/changes")
@guards.vendor
@endpoint(
    body=NewRateIn,
    answers={200: NewRateResultsOut},
    problems=(
        "rate_required",
        "change_pending",
        "on_behalf_note_required",
        "order_ended",
        "already_recorded",
        "customer_inactive",
        "wrong_state",
    ),
)
def propose_rate(body: NewRateIn) -> tuple[int, NewRateResultsOut]:
    """Propose one rate to many standing orders, at most 10,000 when they are named.

    Send `order_ids`, `item_name`, or `item` with `item_id`. Each customer answers for themselves; where
    there is no login, the rate is accepted at once with `on_behalf_note`. An order that is left alone says
    why in its own `error`; the words below stand there.
    """
    caller = guards.caller()
    new, wanted = _new_rate(body, caller.own_business.currency), _wanted(body)
    if wanted.item and find_item(caller.user_id, *wanted.item) is None:
        raise NotFound("item_id")
    done = raising.propose_rate(caller, wanted, new)
    return 200, NewRateResultsOut.model_construct(results=[_result(one) for one in done.results])


def _new_rate(body: NewRateIn, currency: str) -> NewRate:
    """The price in minor units. Raises 422 with all that is wrong, also about which orders are meant."""
    faults: list[FieldError] = []
    faults += item_faults(body.model_dump(), needed=False)
    if [body.order_ids, body.item, body.item_name].count(None) != 2:
        message = said("Send one of order_ids, item_name, or item with item_id.")
        faults.append(FieldError("order_ids", "invalid", message))
    rate = None
    if body.rate is None:
        faults.append(FieldError("rate", "rate_required", "A rate is needed."))
    else:
        try:
            rate = minor(body.rate, currency, "rate")
        except Invalid as problem:
            faults += problem.errors
    if faults or rate is None:
        raise Invalid(*faults)
    return NewRate(rate, body.effective_from, body.message, body.on_behalf_note)


def _wanted(body: NewRateIn) -> Wanted:
    item = (body.item, body.item_id) if body.item and body.item_id is not None else None
    return Wanted(tuple(dict.fromkeys(body.order_ids or ())), body.item_name, item)


def _result(one: raising.Result) -> NewRateResultOut:
    problem = one.problem
    error = (
        LeftAloneOut.model_construct(code=problem.code, detail=problem.detail, **problem.facts)
        if problem
        else None
    )
    change = ChangeOut.of(one.change) if one.change else None
    return NewRateResultOut.model_construct(order_id=one.order_id, change=change, error=error)
