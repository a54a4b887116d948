"""The JSON of payments."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ...customers.answers import CustomerOut
from ...kernel.fields import AmountText, Answer, DayText, InstantText, instant_text
from ...kernel.money import amount_text
from ...ledger.answers import BalanceOut
from ...orders.answers import OrderOut
from ..queries.payments import PaymentView
from .papers import BillOut, InvoiceOut


class AllocationOut(Answer):
    """So much of a payment is on a line."""

    target: Literal["record", "order", "adjustment"]
    target_id: int
    amount: AmountText


class PaymentOut(Answer):
    """A payment; a claim counts for nothing until the vendor confirms it.

    `item` and `item_id` say what it was for, `date` the day it counts on, `unallocated` what of it is on
    no line, `reason` why it was declined or reversed.
    """

    id: int
    vendor_id: int
    customer_id: int | None
    amount: AmountText
    currency: str
    method: Literal["cash", "upi", "bank", "other"]
    item: Literal["order", "invoice", "bill"] | None
    item_id: int | None
    note: str | None
    status: Literal["claimed", "confirmed", "declined", "reversed"]
    date: DayText
    reason: str | None
    allocations: list[AllocationOut]
    unallocated: AmountText
    created_by: int
    created_at: InstantText

    @classmethod
    def of(cls, view: PaymentView) -> PaymentOut:
        return cls.model_construct(
            id=view.id,
            vendor_id=view.vendor_id,
            customer_id=view.customer_id,
            amount=amount_text(view.amount, view.currency),
            currency=view.currency,
            method=view.method,
            item=view.item,
            item_id=view.item_id,
            note=view.note,
            status=view.status,
            date=view.date.isoformat(),
            reason=view.reason,
            allocations=[
                AllocationOut.model_construct(
                    target=one.target,
                    target_id=one.target_id,
                    amount=amount_text(one.amount, view.currency),
                )
                for one in view.allocations
            ],
            unallocated=amount_text(view.unallocated, view.currency),
            created_by=view.created_by,
            created_at=instant_text(view.created_at),
        )


class PaymentsOut(Answer):
    """One page of payments, newest first."""

    items: list[PaymentOut]
    next: str | None


def _there() -> Any:
    return Field(default=None, exclude_if=lambda value: value is None)


class PaidOut(Answer):
    """A new payment, with what it touched: the customer, what was paid, their balance.

    `open_claims` are what the customer says they paid and the vendor has not answered yet.
    """

    payment: PaymentOut
    customer: CustomerOut | None = _there()
    order: OrderOut | None = _there()
    invoice: InvoiceOut | None = _there()
    bill: BillOut | None = _there()
    balance: BalanceOut | None = _there()
    open_claims: list[int]
