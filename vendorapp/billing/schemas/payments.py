"""JSON shapes of payments that come in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from ...kernel.fields import Body, Day, Id, LongText, Month, QueryId, SignedMoney
from ...kernel.paging import PageQuery
from ..rules.payments import KINDS
from .papers import BillInsideIn, InvoiceInsideIn, LineIn, PayerIn

Reason = Annotated[LongText, Field(max_length=500)]
Method = Literal["cash", "upi", "bank", "other"]


def _as_sent(value: Any) -> Any:
    """An item that there is none of has a word of its own: it is told with the other faults of the target."""
    return value if isinstance(value, str) else ""


Kind = Annotated[
    str,
    BeforeValidator(_as_sent),
    WithJsonSchema({"type": "string", "enum": list(KINDS)}, mode="validation"),
]


class PaymentIn(Body):
    """Money that a vendor got, or that a customer says they paid.

    A vendor names the payer (`customer_id`, or a new `customer`) or nobody, and what is paid: `item` with
    its `item_id`, or `item` with a new `order`, `invoice` or `bill`; neither is money on account, which
    goes on the oldest open lines unless `allocate` is ``none``. A customer names `vendor_id`.
    """

    amount: SignedMoney
    method: Method = "cash"
    note: LongText | None = None
    item: Kind | None = None
    item_id: Id | None = None
    vendor_id: Id | None = None
    customer_id: Id | None = None
    customer: PayerIn | None = None
    order: LineIn | None = None
    invoice: InvoiceInsideIn | None = None
    bill: BillInsideIn | None = None
    allocate: Literal["oldest", "none"] | None = None
    date: Day | None = None


class DeclineIn(Body):
    """Why it is not confirmed."""

    reason: Reason | None = None


class ReverseIn(Body):
    """Why it was no payment."""

    reason: Reason


class PaymentsQuery(PageQuery):
    """Which payments; `month` is that of the day they count on."""

    customer_id: QueryId | None = None
    vendor_id: QueryId | None = None
    status: Literal["claimed", "confirmed", "declined", "reversed", "all"] = "all"
    month: Month | None = None
