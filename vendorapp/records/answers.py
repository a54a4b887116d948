"""The JSON of a record, as every room answers it."""

from __future__ import annotations

from typing import Literal

from ..kernel.fields import AmountText, Answer, DayText, InstantText, QuantityText, instant_text
from ..kernel.money import amount_text, quantity_text
from .queries import RecordView
from .rules import Mark


class MarkOut(Answer):
    """What one side says of the day; `at` is when the mark was made."""

    status: Literal["delivered", "skipped"]
    quantity: QuantityText
    note: str | None
    by: int
    at: InstantText

    @classmethod
    def of(cls, mark: Mark) -> MarkOut:
        return cls.model_construct(
            status=mark.status,
            quantity=quantity_text(mark.quantity),
            note=mark.note,
            by=mark.by,
            at=instant_text(mark.at),
        )


class RecordOut(Answer):
    """One delivery of one day, with each side's mark.

    While `disputed`, status, quantity and amount are the vendor's; nothing is charged until both agree.
    """

    id: int
    order_id: int
    customer_id: int
    vendor_id: int
    date: DayText
    item_name: str
    unit: str | None
    quantity: QuantityText
    rate: AmountText
    amount: AmountText
    status: Literal["scheduled", "delivered", "skipped", "cancelled"]
    disputed: bool
    vendor_mark: MarkOut | None
    customer_mark: MarkOut | None
    updated_by: int | None
    updated_at: InstantText
    settled_at: InstantText | None

    @classmethod
    def of(cls, view: RecordView) -> RecordOut:
        one = view.delivery
        return cls.model_construct(
            id=one.id,
            order_id=one.order_id,
            customer_id=one.customer_id,
            vendor_id=one.vendor_id,
            date=one.date.isoformat(),
            item_name=one.item_name,
            unit=one.unit,
            quantity=quantity_text(one.quantity),
            rate=amount_text(one.rate, view.currency),
            amount=amount_text(one.amount, view.currency),
            status=one.status,
            disputed=one.disputed,
            vendor_mark=MarkOut.of(one.vendor) if one.vendor else None,
            customer_mark=MarkOut.of(one.customer) if one.customer else None,
            updated_by=one.updated_by,
            updated_at=instant_text(one.updated_at),
            settled_at=instant_text(view.settled_at) if view.settled_at else None,
        )
