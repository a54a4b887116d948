"""What may be sent of an order's terms, and what becomes of it in minor units and thousandths.

Shared by JSON and pages, and by the calls that the records room answers.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from ..kernel.errors import FieldError, Invalid, invalid
from ..kernel.fields import Body, Day, LongText, Money, Name, PositiveQuantity, ShortText
from ..kernel.money import AmountError, largest_minor, to_minor
from .rules import EVERY_DAY, Terms, TermsError, fit


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("a whole number is expected")
    return value


def _order_type(value: Any) -> Any:
    return "on_demand" if value == "on-demand" else value


def _weekdays(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= 7:
        raise ValueError("a list of one to seven ISO weekdays (1 = Monday) is expected")
    if any(isinstance(day, bool) or not isinstance(day, int) or not 1 <= day <= 7 for day in value):
        raise ValueError("ISO weekdays are numbers from 1 (Monday) to 7")
    return tuple(sorted(set(value)))


Weekdays = Annotated[
    tuple[int, ...],
    BeforeValidator(_weekdays),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "integer", "minimum": 1, "maximum": 7},
            "minItems": 1,
            "maxItems": 7,
        }
    ),
]
Every = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=31)]
Unit = Annotated[ShortText, Field(max_length=40)]
OrderType = Annotated[Literal["scheduled", "on_demand"], BeforeValidator(_order_type)]


# Fields that only the one kind of order has.
STANDING_FIELDS = ("weekdays", "every", "start_date", "valid_till", "effective_from")
ON_DEMAND_FIELDS = ("date", "status")


def foreign_fields(sent: frozenset[str], *, on_demand: bool) -> list[FieldError]:
    """A fault for each field that was sent though only the other kind of order has it."""
    return [
        FieldError(name, "unknown_field", "This kind of order has no such field.")
        for name in (STANDING_FIELDS if on_demand else ON_DEMAND_FIELDS)
        if name in sent
    ]


class TermsIn(Body):
    """The terms of an order, each optional; quantity × rate = amount must fit."""

    item_name: Name | None = None
    unit: Unit | None = None
    quantity: PositiveQuantity | None = None
    rate: Money | None = None
    amount: Money | None = None
    weekdays: Weekdays | None = None
    every: Every | None = None
    start_date: Day | None = None
    valid_till: Day | None = None
    message: LongText | None = None
    on_behalf_note: ShortText | None = None


def minor(value: Decimal | None, currency: str, field: str) -> int | None:
    """An amount in minor units; 422 on `field` for more decimals than the currency has."""
    if value is None:
        return None
    try:
        return to_minor(value, currency)
    except AmountError as error:
        raise invalid(field, str(error)) from None


def _check_amount(terms: Terms, currency: str) -> Terms:
    if terms.amount > largest_minor(currency):
        raise invalid("amount", "Quantity × rate is too large.")
    return terms


def new_terms(sent: dict[str, Any], currency: str) -> Terms:
    """The terms of a new order. 422 `rate_required` without a price, and when the three do not fit."""
    rate = minor(sent.get("rate"), currency, "rate")
    amount = minor(sent.get("amount"), currency, "amount")
    need_price(sent)
    try:
        quantity, rate = fit(quantity=sent.get("quantity"), rate=rate, amount=amount)
    except TermsError as error:
        raise invalid(error.field, str(error)) from None
    return _check_amount(
        Terms(
            item_name=sent["item_name"],
            unit=sent.get("unit"),
            quantity=quantity,
            rate=rate,
            weekdays=sent.get("weekdays") or EVERY_DAY,
            every=sent.get("every") or 1,
            valid_till=sent.get("valid_till"),
        ),
        currency,
    )


def need_price(sent: dict[str, Any]) -> None:
    if sent.get("rate") is None and sent.get("amount") is None:
        raise Invalid(FieldError("rate", "rate_required", "A rate or an amount is needed."))


def term_changes(sent: dict[str, Any], current: Terms, currency: str) -> dict[str, Any]:
    """The terms fields that a change would set, given the terms it starts from.

    An amount alone sets the quantity (amount ÷ rate); with a quantity it sets the rate.
    """
    changes = {
        name: sent[name]
        for name in ("item_name", "unit", "weekdays", "every", "valid_till")
        if sent.get(name)
    }
    rate = minor(sent.get("rate"), currency, "rate")
    amount = minor(sent.get("amount"), currency, "amount")
    quantity = sent.get("quantity")
    if amount is not None:
        try:
            known_rate = rate if rate is not None or quantity is not None else current.rate
            quantity, rate = fit(quantity=quantity, rate=known_rate, amount=amount)
        except TermsError as error:
            raise invalid(error.field, str(error)) from None
    if quantity is not None:
        changes["quantity"] = quantity
    if rate is not None:
        changes["rate"] = rate
    _check_amount(current.with_(changes), currency)
    return changes
