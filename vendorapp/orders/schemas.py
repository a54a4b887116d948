"""JSON shapes that the orders room takes."""

from __future__ import annotations

from typing import Literal

from ..accounts.fields import AnyPhone, Currency, Email, Locale, NewPassword, Password, UpiId, Zone
from ..kernel.fields import Answer, Body, Clock, LongText, Month, Name, QueryId
from ..kernel.paging import PageQuery
from .answers import ChangeOut, OrderOut
from .inputs import OrderType

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


class OrdersQuery(PageQuery):
    order_type: OrderType | None = None
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
