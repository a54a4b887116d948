"""JSON shapes of invoices and bills as they come in."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from ...accounts.fields import AnyPhone, Email
from ...customers.rules import LAST_STOP
from ...kernel.fields import (
    NO_ID,
    Body,
    Id,
    LongText,
    Money,
    Month,
    Name,
    PositiveQuantity,
    QueryId,
    SignedMoney,
)
from ...kernel.paging import PageQuery
from ...kernel.said import said
from ...orders.inputs import Item, Unit

LIST_OF_IDS = re.compile(r"\s*[0-9]{1,100}\s*(,\s*[0-9]{1,100}\s*)*", re.ASCII)


def _ids(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not LIST_OF_IDS.fullmatch(value):
        raise ValueError('Ids as "20, 15" or as a list are expected.')
    return [min(int(one), NO_ID) for one in value.split(",")]


def _stop(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LAST_STOP:
        raise ValueError(said("A whole number from 0 to %(most)s is expected.", most=LAST_STOP))
    return value


Ids = Annotated[
    tuple[Id, ...],
    BeforeValidator(_ids),
    Field(max_length=1000),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"type": "integer", "minimum": 1}},
                {"type": "string", "examples": ["20, 15, 60"]},
            ]
        }
    ),
]
Stop = Annotated[
    int, BeforeValidator(_stop), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": LAST_STOP})
]


class PayerIn(Body):
    """A new customer, who is put into the book with what is written for them."""

    name: Name
    phone_number: AnyPhone
    email: Email | None = None
    address: LongText | None = None
    notes: LongText | None = None
    stop_order: Stop | None = None
    opening_balance: SignedMoney | None = None


class NamedIn(Body):
    """The payer once more, inside what they pay for: it may repeat them, and name nobody else."""

    id: Id | None = None
    name: Name | None = None
    phone_number: AnyPhone | None = None
    email: Email | None = None
    address: LongText | None = None
    notes: LongText | None = None
    stop_order: Stop | None = None
    opening_balance: SignedMoney | None = None


class LineIn(Body):
    """An order that exists, by its `id`; or something new: of the catalogue (`item` with `item_id`) or in
    free text (`item_name`), with the rate of the catalogue unless one is sent."""

    id: Id | None = None
    item: Item | None = None
    item_id: Id | None = None
    item_name: Name | None = None
    unit: Unit | None = None
    quantity: PositiveQuantity | None = None
    rate: Money | None = None
    status: Literal["served", "billed"] | None = None
    customer: NamedIn | None = None
    customer_id: Id | None = None


# More than anybody writes on one paper by hand.
Lines = Annotated[list[LineIn], Field(max_length=1000)]


class InvoiceParts(Body):
    """What is on an invoice."""

    customer_id: Id | None = None
    orders: Lines | None = None
    month: Month | None = None


class BillParts(Body):
    """What is on a bill."""

    customer_id: Id | None = None
    invoices: Ids | None = None
    orders: Lines | None = None


class InvoiceIn(InvoiceParts):
    """A new invoice: `orders`, or all of a customer's `month` that is on no paper yet. Without a customer
    it is a walk-in's, or that of the customer whose orders are on it."""

    customer: PayerIn | None = None


class BillIn(BillParts):
    """A new bill over `invoices` (a list, or ids with commas between them) and `orders`."""

    customer: PayerIn | None = None


class InvoiceInsideIn(InvoiceParts):
    """An invoice inside the payment that pays it."""

    customer: NamedIn | None = None


class BillInsideIn(BillParts):
    """A bill inside the payment that pays it."""

    customer: NamedIn | None = None


class PapersQuery(PageQuery):
    """`month` is that of the day on which it was made."""

    customer_id: QueryId | None = None
    vendor_id: QueryId | None = None
    status: Literal["open", "part_paid", "paid", "void", "all"] = "all"
    month: Month | None = None
