"""The JSON of settlements and adjustments."""

from __future__ import annotations

from typing import Literal

from ...kernel.fields import AmountText, Answer, DayText, InstantText, MonthText, instant_text, month_text
from ...kernel.money import amount_text
from ..queries.settlements import AdjustmentView, SettlementView


class SettlementOut(Answer):
    """An advance was put on what was open: `amount` of it; `written_off` was let go.

    `record_ids` and `order_ids` (on-demand orders) are what nothing is open on since, by date.
    """

    id: int
    vendor_id: int
    customer_id: int
    currency: str
    month: MonthText | None
    record_ids: list[int]
    order_ids: list[int]
    amount: AmountText
    written_off: AmountText
    settled_at: InstantText
    by: int

    @classmethod
    def of(cls, view: SettlementView) -> SettlementOut:
        return cls.model_construct(
            id=view.id,
            vendor_id=view.vendor_id,
            customer_id=view.customer_id,
            currency=view.currency,
            month=month_text(view.month) if view.month else None,
            record_ids=view.record_ids,
            order_ids=view.order_ids,
            amount=amount_text(view.amount, view.currency),
            written_off=amount_text(view.written_off, view.currency),
            settled_at=instant_text(view.settled_at),
            by=view.by,
        )


class SettlementsOut(Answer):
    """One page of settlements, newest first."""

    items: list[SettlementOut]
    next: str | None


class AdjustmentOut(Answer):
    """A correction of its day; signed, + = the customer owes more. An opening balance is one as well."""

    id: int
    vendor_id: int
    customer_id: int
    kind: Literal["opening_balance", "correction", "write_off"]
    date: DayText
    amount: AmountText
    currency: str
    reason: str
    record_id: int | None
    created_by: int
    created_at: InstantText

    @classmethod
    def of(cls, view: AdjustmentView) -> AdjustmentOut:
        return cls.model_construct(
            id=view.id,
            vendor_id=view.vendor_id,
            customer_id=view.customer_id,
            kind=view.kind,
            date=view.date.isoformat(),
            amount=amount_text(view.amount, view.currency),
            currency=view.currency,
            reason=view.reason,
            record_id=view.record_id,
            created_by=view.created_by,
            created_at=instant_text(view.created_at),
        )


class AdjustmentsOut(Answer):
    """One page of adjustments, newest first."""

    items: list[AdjustmentOut]
    next: str | None
