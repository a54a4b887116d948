"""The JSON of orders and changes, as every room answers it."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from ..kernel.fields import (
    AmountText,
    Answer,
    DayText,
    InstantText,
    MonthText,
    QuantityText,
    instant_text,
    month_text,
)
from ..kernel.money import amount_text, quantity_text
from ..ledger.rules import Tally
from .models import OrderTerms
from .queries import ChangeView, OrderView, PauseView

Status = Literal[
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
]


def terms_json(terms: dict[str, Any], currency: str) -> dict[str, Any]:
    """Terms fields by name in the contract's types; only those that are in `terms`."""
    found = dict(terms)
    if "quantity" in found:
        found["quantity"] = quantity_text(found["quantity"])
    if "rate" in found:
        found["rate"] = amount_text(found["rate"], currency)
    if "weekdays" in found:
        found["weekdays"] = list(found["weekdays"])
    if isinstance(found.get("valid_till"), date):
        found["valid_till"] = found["valid_till"].isoformat()
    return found


class ChangeOut(Answer):
    """A proposal; `terms` holds only the fields that it changes."""

    id: int
    order_id: int
    kind: Literal["new", "update"]
    proposed_by: int
    terms: dict[str, Any]
    effective_from: DayText
    status: Literal["pending", "accepted", "declined", "withdrawn", "superseded", "expired"]
    message: str | None
    answered_by: int | None
    answered_at: InstantText | None
    expires_at: InstantText

    @classmethod
    def of(cls, change: ChangeView) -> ChangeOut:
        return cls.model_construct(
            id=change.id,
            order_id=change.order_id,
            kind=change.kind,
            proposed_by=change.proposed_by,
            terms=terms_json(change.terms, change.currency),
            effective_from=change.effective_from.isoformat(),
            status=change.status,
            message=change.message,
            answered_by=change.answered_by,
            answered_at=instant_text(change.answered_at) if change.answered_at else None,
            expires_at=instant_text(change.expires_at),
        )


class MonthOut(Answer):
    """What an order came to in one month: agreed deliveries only, disputes apart."""

    month: MonthText
    active_days: int
    quantity: QuantityText
    total_amount: AmountText
    disputed_amount: AmountText

    @classmethod
    def of(cls, month: date, tally: Tally, currency: str) -> MonthOut:
        return cls.model_construct(
            month=month_text(month),
            active_days=tally.days,
            quantity=quantity_text(tally.quantity),
            total_amount=amount_text(tally.amount, currency),
            disputed_amount=amount_text(tally.disputed, currency),
        )


class TermsOut(Answer):
    """One accepted version, whole."""

    version: int
    item_name: str
    unit: str | None
    quantity: QuantityText
    rate: AmountText
    weekdays: list[int]
    every: int
    valid_till: DayText | None
    effective_from: DayText
    accepted_by: int
    accepted_at: InstantText
    on_behalf_note: str | None

    @classmethod
    def of(cls, row: OrderTerms, currency: str) -> TermsOut:
        return cls.model_construct(
            version=row.version,
            item_name=row.item_name,
            unit=row.unit,
            quantity=quantity_text(row.quantity),
            rate=amount_text(row.rate, currency),
            weekdays=list(row.weekdays),
            every=row.every,
            valid_till=row.valid_till.isoformat() if row.valid_till else None,
            effective_from=row.effective_from.isoformat(),
            accepted_by=row.accepted_by,
            accepted_at=instant_text(row.accepted_at),
            on_behalf_note=row.on_behalf_note,
        )


class PauseOut(Answer):
    """Days without delivery, both included."""

    id: int
    order_id: int
    from_: DayText = Field(serialization_alias="from")
    to: DayText
    reason: str | None
    asked_by: int
    acknowledged_at: InstantText | None

    @classmethod
    def of(cls, row: PauseView) -> PauseOut:
        return cls.model_construct(
            id=row.id,
            order_id=row.order_id,
            from_=row.starts_on.isoformat(),
            to=row.ends_on.isoformat(),
            reason=row.reason,
            asked_by=row.asked_by,
            acknowledged_at=instant_text(row.acknowledged_at) if row.acknowledged_at else None,
        )


class OrderOut(Answer):
    """An order with the terms in force today; `month` is there when a month was asked for.

    An on-demand order has `date` (the same as its `start_date`) instead of weekdays, rhythm and end; its
    price may be open, and a walk-in's has no customer.
    """

    id: int
    order_type: Literal["scheduled", "on_demand"]
    vendor_id: int
    customer_id: int | None
    item: str | None
    item_id: int | None
    item_name: str
    unit: str | None
    quantity: QuantityText
    rate: AmountText | None
    amount: AmountText | None
    weekdays: list[int] | None
    every: int | None
    date: DayText | None = Field(default=None, exclude_if=lambda value: value is None)
    start_date: DayText
    valid_till: DayText | None
    status: Status
    paid: bool
    pending_change: ChangeOut | None
    created_by: int
    created_at: InstantText
    updated_at: InstantText
    month: MonthOut | None = Field(default=None, exclude_if=lambda value: value is None)

    @classmethod
    def of(cls, order: OrderView, month: MonthOut | None = None, **more: Any) -> Any:
        terms = order.terms
        scheduled = order.order_type == "scheduled"
        start = order.start_date.isoformat()
        return cls.model_construct(
            id=order.id,
            order_type=order.order_type,
            vendor_id=order.vendor_id,
            customer_id=order.customer_id,
            item=order.item,
            item_id=order.item_id,
            item_name=terms.item_name,
            unit=terms.unit,
            quantity=quantity_text(terms.quantity),
            rate=None if order.rate is None else amount_text(order.rate, order.currency),
            amount=None if order.amount is None else amount_text(order.amount, order.currency),
            weekdays=list(terms.weekdays) if scheduled else None,
            every=terms.every if scheduled else None,
            date=None if scheduled else start,
            start_date=start,
            valid_till=order.valid_till.isoformat() if order.valid_till else None,
            status=order.status,
            paid=order.paid,
            pending_change=ChangeOut.of(order.pending_change) if order.pending_change else None,
            created_by=order.created_by,
            created_at=instant_text(order.created_at),
            updated_at=instant_text(order.updated_at),
            month=month,
            **more,
        )


class OrderAndChangeOut(Answer):
    """An order, and the change that was made or answered."""

    order: OrderOut
    change: ChangeOut
