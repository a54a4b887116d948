"""The JSON of invoices and bills."""

from __future__ import annotations

from typing import Any, Literal

from ...kernel.fields import AmountText, Answer, DayText, InstantText, QuantityText, instant_text
from ...kernel.money import amount_text, quantity_text
from ...kernel.paging import Page
from ..queries.papers import PaperLine, PaperView

Status = Literal["open", "part_paid", "paid", "void"]


class LineOut(Answer):
    """A delivery (`record`) or an on-demand order (`order`) on a paper: what it costs, what is paid."""

    target: Literal["record", "order"]
    target_id: int
    order_id: int
    date: DayText
    item_name: str
    unit: str | None
    quantity: QuantityText
    rate: AmountText | None
    amount: AmountText
    paid: AmountText

    @classmethod
    def of(cls, line: PaperLine, currency: str) -> LineOut:
        return cls.model_construct(
            target=line.target,
            target_id=line.target_id,
            order_id=line.order_id,
            date=line.date.isoformat(),
            item_name=line.item_name,
            unit=line.unit,
            quantity=quantity_text(line.quantity),
            rate=None if line.rate is None else amount_text(line.rate, currency),
            amount=amount_text(line.amount, currency),
            paid=amount_text(line.paid, currency),
        )


def _sums(view: PaperView) -> dict[str, Any]:
    """What a paper costs and what is paid on it, as its lines stand now."""
    return {
        "status": view.status,
        "amount": amount_text(view.amount, view.currency),
        "paid_amount": amount_text(view.paid, view.currency),
        "due_amount": amount_text(view.due, view.currency),
    }


class InvoiceOut(Answer):
    """Priced lines of what was handed over; the sums are those of its lines as they stand now."""

    id: int
    number: int
    vendor_id: int
    customer_id: int | None
    status: Status
    amount: AmountText
    paid_amount: AmountText
    due_amount: AmountText
    lines: list[LineOut]
    created_by: int
    created_at: InstantText

    @classmethod
    def of(cls, view: PaperView) -> InvoiceOut:
        return cls.model_construct(
            id=view.id,
            number=view.number,
            vendor_id=view.vendor_id,
            customer_id=view.customer_id,
            **_sums(view),
            lines=[LineOut.of(line, view.currency) for line in view.lines],
            created_by=view.created_by,
            created_at=instant_text(view.created_at),
        )


class BilledInvoiceOut(Answer):
    """An invoice as a bill names it."""

    id: int
    number: int
    amount: AmountText
    paid_amount: AmountText
    due_amount: AmountText
    status: Status

    @classmethod
    def of(cls, view: PaperView) -> BilledInvoiceOut:
        return cls.model_construct(
            id=view.id,
            number=view.number,
            **_sums(view),
        )


class BillOut(Answer):
    """What asks for money: invoices, and `orders` that are on none."""

    id: int
    number: int
    vendor_id: int
    customer_id: int | None
    status: Status
    amount: AmountText
    paid_amount: AmountText
    due_amount: AmountText
    invoices: list[BilledInvoiceOut]
    orders: list[LineOut]
    created_by: int
    created_at: InstantText

    @classmethod
    def of(cls, view: PaperView) -> BillOut:
        return cls.model_construct(
            id=view.id,
            number=view.number,
            vendor_id=view.vendor_id,
            customer_id=view.customer_id,
            **_sums(view),
            invoices=[BilledInvoiceOut.of(one) for one in view.invoices],
            orders=[LineOut.of(line, view.currency) for line in view.lines],
            created_by=view.created_by,
            created_at=instant_text(view.created_at),
        )


class InvoicesOut(Answer):
    items: list[InvoiceOut]
    next: str | None

    @classmethod
    def of(cls, found: Page[PaperView]) -> InvoicesOut:
        return cls.model_construct(items=[InvoiceOut.of(one) for one in found.items], next=found.next)


class BillsOut(Answer):
    items: list[BillOut]
    next: str | None

    @classmethod
    def of(cls, found: Page[PaperView]) -> BillsOut:
        return cls.model_construct(items=[BillOut.of(one) for one in found.items], next=found.next)
