"""What may be sent of an order's terms, and what becomes of it in minor units and thousandths.

Shared by JSON and pages, and by the calls that the records room answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from ..catalogue.queries import Item as CatalogueItem
from ..catalogue.queries import find_item
from ..kernel.errors import FieldError, Invalid, NotFound, invalid
from ..kernel.fields import Body, Day, Id, LongText, Money, Name, PositiveQuantity, ShortText
from ..kernel.money import AmountError, largest_minor, to_decimal, to_minor
from ..kernel.said import reason
from .rules import EVERY_DAY, Terms, TermsError, fit


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("A whole number is expected.")
    return value


def _order_type(value: Any) -> Any:
    return "on_demand" if value == "on-demand" else value


def _weekdays(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= 7:
        raise ValueError("A list of one to seven ISO weekdays (1 = Monday) is expected.")
    if any(isinstance(day, bool) or not isinstance(day, int) or not 1 <= day <= 7 for day in value):
        raise ValueError("ISO weekdays are numbers from 1 (Monday) to 7.")
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
Item = Literal["product", "package", "service"]
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
    """The terms of an order, each optional; quantity × rate = amount must fit.

    What is sold is free text (`item_name`) or of the catalogue (`item` with `item_id`).
    """

    item: Item | None = None
    item_id: Id | None = None
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


def item_faults(sent: Mapping[str, Any], at: str = "", *, needed: bool) -> list[FieldError]:
    """What is wrong with how a thing is named: a kind without a number, or (when `needed`) neither that nor
    a name. `at` prefixes the names of the fields."""
    item, item_id = sent.get("item"), sent.get("item_id")
    if item is not None and item_id is None:
        return [FieldError(f"{at}item_id", "invalid", "Which one? Send its id.")]
    if item is None and item_id is not None:
        return [FieldError(f"{at}item", "invalid", "A product, package or service?")]
    if needed and item is None and sent.get("item_name") is None:
        return [FieldError(f"{at}item_name", "invalid", "This field is required.")]
    return []


def with_item(vendor_id: int, currency: str, sent: Mapping[str, Any], at: str = "") -> dict[str, Any]:
    """`sent` with what the catalogue says of its item: name and unit unless they were sent, and the rate
    unless a rate or an amount was. Without an item nothing changes. NotFound naming ``item_id`` for one
    that is not this vendor's or no longer sold."""
    if sent.get("item") is None or sent.get("item_id") is None:
        return dict(sent)
    return as_listed(find_item(vendor_id, sent["item"], sent["item_id"]), currency, sent, at)


def as_listed(
    found: CatalogueItem | None, currency: str, sent: Mapping[str, Any], at: str = ""
) -> dict[str, Any]:
    """The same, once the item was looked for."""
    values = dict(sent)
    if found is None or not found.active:
        raise NotFound(f"{at}item_id")
    if values.get("item_name") is None:
        values["item_name"] = found.name
    if values.get("unit") is None and found.unit is not None:
        values["unit"] = found.unit
    if values.get("rate") is None and values.get("amount") is None and found.rate is not None:
        values["rate"] = to_decimal(found.rate, currency)
    return values


def minor(value: Decimal | None, currency: str, field: str) -> int | None:
    """An amount in minor units; 422 on `field` for more decimals than the currency has."""
    if value is None:
        return None
    try:
        return to_minor(value, currency)
    except AmountError as error:
        raise invalid(field, reason(error)) from None


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
        raise invalid(error.field, reason(error)) from None
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
            raise invalid(error.field, reason(error)) from None
    if quantity is not None:
        changes["quantity"] = quantity
    if rate is not None:
        changes["rate"] = rate
    _check_amount(current.with_(changes), currency)
    return changes
