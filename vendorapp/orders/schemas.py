"""JSON shapes that the orders room takes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from ..accounts.fields import AnyPhone, Currency, Email, Locale, NewPassword, Password, UpiId, Zone
from ..kernel.fields import (
    Answer,
    Body,
    Clock,
    Day,
    Id,
    LongText,
    Money,
    Month,
    Name,
    PositiveQuantity,
    QueryId,
    ShortText,
)
from ..kernel.paging import PageQuery
from .answers import ChangeOut, OrderOut

STATUS_WORDS = (
    "proposed",
    "active",
    "inactive",
    "declined",
    "requested",
    "accepted",
    "offered",
    "served",
    "billed",
    "cancelled",
    "all",
)
CHANGE_WORDS = ("pending", "accepted", "declined", "withdrawn", "superseded", "expired", "all")


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("a whole number is expected")
    return value


def _weekdays(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= 7:
        raise ValueError("a list of one to seven ISO weekdays (1 = Monday) is expected")
    if any(isinstance(day, bool) or not isinstance(day, int) or not 1 <= day <= 7 for day in value):
        raise ValueError("ISO weekdays are numbers from 1 (Monday) to 7")
    return tuple(sorted(set(value)))


def _order_type(value: Any) -> Any:
    return "on_demand" if value == "on-demand" else value


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


class OrderIn(TermsIn):
    """A new standing order. A vendor names `customer_id`, a customer `vendor_id`."""

    order_type: Annotated[Literal["scheduled"], BeforeValidator(_order_type)] = "scheduled"
    customer_id: Id | None = None
    vendor_id: Id | None = None
    item_name: Name


class ChangeIn(TermsIn):
    """The fields that change, and from which day."""

    effective_from: Day | None = None


class AnswerIn(Body):
    """An answer given from a notification, by its token alone."""

    answer: Literal["accept", "decline"]
    token: Annotated[str, Field(min_length=1, max_length=1000)]


class EndQuery(Body):
    """`effective_from` is the first day without; `permanent=true` removes an order nothing hangs on."""

    effective_from: Day | None = None
    permanent: Literal["true", "false"] | None = None


class OrdersQuery(PageQuery):
    order_type: Annotated[Literal["scheduled", "on_demand"], BeforeValidator(_order_type)] | None = None
    customer_id: QueryId | None = None
    vendor_id: QueryId | None = None
    status: Literal[STATUS_WORDS] = "all"  # type: ignore[valid-type]
    month: Month | None = None


class ChangesQuery(PageQuery):
    status: Literal[CHANGE_WORDS] = "pending"  # type: ignore[valid-type]


class OrdersOut(Answer):
    items: list[OrderOut]
    next: str | None


class ChangesOut(Answer):
    items: list[ChangeOut]
    next: str | None


class MeIn(Body):
    """What a person may change about themselves; the last five fields are a vendor's."""

    name: Name | None = None
    email: Email | None = None
    address: LongText | None = None
    locale: Locale | None = None
    phone_number: AnyPhone | None = None
    password: NewPassword | None = None
    current_password: Password | None = None
    business_name: Name | None = None
    timezone: Zone | None = None
    cut_off: Clock | None = None
    upi_id: UpiId | None = None
    currency: Currency | None = None


VENDOR_FIELDS = frozenset({"business_name", "timezone", "cut_off", "upi_id", "currency"})
