"""JSON shapes of registering and of a vendor's book."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from ..accounts.fields import E164, AnyPhone, Currency, Email, Locale, NewPassword, Zone
from ..kernel.fields import Body, LongText, Name, ShortText, SignedMoney
from ..kernel.paging import PageQuery
from ..kernel.said import said
from .rules import LAST_STOP


def _stop(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LAST_STOP:
        raise ValueError(said("A whole number from 0 to %(most)s is expected.", most=LAST_STOP))
    return value


StopOrder = Annotated[
    int,
    BeforeValidator(_stop),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": LAST_STOP}),
]


class RegisterIn(Body):
    """A new login. `invite` is for customers; the last three fields are for vendors."""

    name: Name
    phone_number: E164
    password: NewPassword
    user_type: Literal["vendor", "customer"]
    email: Email | None = None
    address: LongText | None = None
    locale: Locale = "en"
    invite: Annotated[ShortText, Field(examples=["the token of a link"])] | None = None
    business_name: Name | None = None
    currency: Currency | None = None
    timezone: Zone | None = None


class CustomerIn(Body):
    """A new row; `opening_balance` is signed, + = the customer owes it from before."""

    name: Name
    phone_number: AnyPhone
    email: Email | None = None
    address: LongText | None = None
    notes: LongText | None = None
    stop_order: StopOrder | None = None
    opening_balance: SignedMoney | None = None


class CustomerChange(Body):
    """The fields that change."""

    name: Name | None = None
    phone_number: AnyPhone | None = None
    email: Email | None = None
    address: LongText | None = None
    notes: LongText | None = None
    stop_order: StopOrder | None = None
    status: Literal["active", "inactive"] | None = None


class BookQuery(PageQuery):
    """Which rows of the book, and in what order; `balance` begins with who owes most."""

    status: Literal["active", "inactive", "all"] = "active"
    q: ShortText | None = None
    sort: Literal["name", "stop_order", "balance"] = "name"
