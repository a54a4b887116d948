"""JSON: settlements and adjustments."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint

from ...accounts import guards
from ...accounts.queries import Caller
from ...kernel.endpoint import endpoint
from ...kernel.errors import FieldError, Forbidden, Invalid, invalid
from ...kernel.money import AmountError, to_minor
from ...kernel.said import reason
from ..answers.settlements import AdjustmentOut, AdjustmentsOut, SettlementOut, SettlementsOut
from ..queries import settlements as queries
from ..schemas.settlements import AdjustmentIn, MoneyQuery, SettlementIn
from ..service import adjusting, settling

blueprint = Blueprint("settlements_api", __name__, url_prefix="/v1")


def _minor(amount: Decimal, currency: str, field: str) -> int:
    try:
        return to_minor(amount, currency)
    except AmountError as error:
        raise invalid(field, reason(error)) from None


@blueprint.post("/settlements")
@guards.signed_in
@endpoint(
    body=SettlementIn,
    answers={201: SettlementOut},
    problems=("payment_required", "already_settled", "disputed", "month_closed"),
)
def settle(body: SettlementIn) -> tuple[int, SettlementOut]:
    """Put the advance on what is open in a month or in some records: the whole of it, or nothing happens.

    A vendor's `payment` arrives first; with a `write_off_reason` what is still missing is let go. When it is
    short, `shortfall` says by how much.
    """
    caller = guards.caller()
    made = settling.settle(
        caller, customer_id=body.customer_id, vendor_id=body.vendor_id, wish=_wish(caller, body)
    )
    return 201, SettlementOut.of(made)


def _wish(caller: Caller, body: SettlementIn) -> settling.Wish:
    if not caller.is_vendor and (body.payment or body.write_off_reason):
        raise Forbidden("forbidden", "Only the vendor notes a payment or lets something go.")
    if caller.is_vendor and body.customer_id is None:
        raise Invalid(FieldError("customer_id", "invalid", "This field is required."))
    taken = None
    if body.payment:
        amount = _minor(body.payment.amount, caller.own_business.currency, "payment.amount")
        taken = settling.Taken(amount, body.payment.method)
    return settling.Wish(body.month, body.record_ids or (), taken, body.write_off_reason)


@blueprint.get("/settlements")
@guards.signed_in
@endpoint(query=MoneyQuery, answers={200: SettlementsOut})
def list_settlements(query: MoneyQuery) -> tuple[int, SettlementsOut]:
    """The caller's settlements, newest first; `month` is the one they were made in."""
    found = queries.list_settlements(guards.caller(), **query.model_dump()).map(SettlementOut.of)
    return 200, SettlementsOut.model_construct(items=found.items, next=found.next)


@blueprint.post("/adjustments")
@guards.vendor
@endpoint(body=AdjustmentIn, answers={201: AdjustmentOut}, problems=("month_closed",))
def adjust(body: AdjustmentIn) -> tuple[int, AdjustmentOut]:
    """Correct an account, today and with a reason; signed, + = the customer owes more. They are told.

    What they owe less pays the oldest that is open; `record_id` only says what it is about.
    """
    caller = guards.caller()
    made = adjusting.adjust(
        caller,
        customer_id=body.customer_id,
        amount=_minor(body.amount, caller.own_business.currency, "amount"),
        reason=body.reason,
        record_id=body.record_id,
    )
    return 201, AdjustmentOut.of(made)


@blueprint.get("/adjustments")
@guards.signed_in
@endpoint(query=MoneyQuery, answers={200: AdjustmentsOut})
def list_adjustments(query: MoneyQuery) -> tuple[int, AdjustmentsOut]:
    """The caller's adjustments, newest first; `month` is that of their date."""
    found = queries.list_adjustments(guards.caller(), **query.model_dump()).map(AdjustmentOut.of)
    return 200, AdjustmentsOut.model_construct(items=found.items, next=found.next)
