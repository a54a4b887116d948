"""JSON shapes of the finance reads and of statements."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, RootModel, WithJsonSchema

from ..billing.answers.payments import PaymentOut
from ..billing.answers.settlements import AdjustmentOut
from ..kernel.fields import (
    AmountText,
    Answer,
    Body,
    InstantText,
    Month,
    MonthText,
    QuantityText,
    ShortText,
    SignedMoney,
    instant_text,
    month_text,
)
from ..kernel.money import amount_text, quantity_text
from ..kernel.paging import Page, PageQuery
from ..orders.answers import OrderOut, TermsOut
from ..records.answers import RecordOut
from .rules import Acceptance, CustomerLine, CustomerMonth, ItemMonth, OrderMonth, Sales, VendorTotals
from .statements import StatementView


class MonthIn(Body):
    """A month as ``YYYY-MM``; without one it is the present month in the vendor's zone."""

    month: Month | None = None


def _limit(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 200:
        raise ValueError("A number from 1 to 200 is expected.")
    return value


class VendorMonthIn(MonthIn):
    """The month, and the page of its customers, in a body."""

    limit: Annotated[
        int,
        BeforeValidator(_limit),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
    ] = 50
    cursor: Annotated[str, Field(max_length=2000)] | None = None


class VendorMonthQuery(PageQuery):
    """The month, and the page of its customers, in the query string."""

    month: Month | None = None


class OrderMonthOut(Answer):
    """One order's month; agreed deliveries only, disputes apart."""

    order_id: int
    item_name: str
    order_type: Literal["scheduled", "on_demand"]
    active_days: int
    quantity: QuantityText
    total_amount: AmountText
    disputed_amount: AmountText

    @classmethod
    def of(cls, row: OrderMonth, currency: str) -> OrderMonthOut:
        return cls.model_construct(
            order_id=row.order_id,
            item_name=row.item_name,
            order_type=row.order_type,
            active_days=row.tally.days,
            quantity=quantity_text(row.tally.quantity),
            total_amount=amount_text(row.tally.amount, currency),
            disputed_amount=amount_text(row.tally.disputed, currency),
        )


class CustomerMonthOut(Answer):
    """One account's month. Balances are signed, + = the customer owes;
    opening + charges − payments + adjustments = closing, always."""

    customer_id: int
    vendor_id: int
    month: MonthText
    currency: str
    orders: list[OrderMonthOut]
    opening_balance: AmountText
    charges: AmountText
    payments: AmountText
    adjustments: AmountText
    closing_balance: AmountText
    disputed_amount: AmountText
    settled_amount: AmountText
    unsettled_amount: AmountText
    owed_by_customer: AmountText
    owed_to_customer: AmountText

    @classmethod
    def of(cls, found: CustomerMonth) -> CustomerMonthOut:
        def money(minor: int) -> str:
            return amount_text(minor, found.currency)

        return cls.model_construct(
            customer_id=found.customer_id,
            vendor_id=found.vendor_id,
            month=month_text(found.month),
            currency=found.currency,
            orders=[OrderMonthOut.of(row, found.currency) for row in found.orders],
            opening_balance=money(found.sums.opening),
            charges=money(found.sums.charges),
            payments=money(found.sums.payments),
            adjustments=money(found.sums.adjustments),
            closing_balance=money(found.sums.closing),
            disputed_amount=money(found.sums.disputed),
            settled_amount=money(found.settled),
            unsettled_amount=money(found.unsettled),
            owed_by_customer=money(found.owed.owed_by_customer),
            owed_to_customer=money(found.owed.owed_to_customer),
        )


class VendorTotalsOut(Answer):
    """All customers together, sales at the counter included."""

    active_days: int
    quantity: QuantityText
    total_amount: AmountText
    payments: AmountText
    owed_to_vendor: AmountText
    owed_by_vendor: AmountText
    disputed_amount: AmountText

    @classmethod
    def of(cls, totals: VendorTotals, counter: Sales, currency: str) -> VendorTotalsOut:
        sales = totals.sales + counter
        return cls.model_construct(
            active_days=totals.tally.days,
            quantity=quantity_text(totals.tally.quantity),
            total_amount=amount_text(sales.amount, currency),
            payments=amount_text(sales.payments, currency),
            owed_to_vendor=amount_text(totals.owed_to_vendor, currency),
            owed_by_vendor=amount_text(totals.owed_by_vendor, currency),
            disputed_amount=amount_text(totals.tally.disputed, currency),
        )


class WalkInOut(Answer):
    """What was sold to people without an account."""

    total_amount: AmountText
    payments: AmountText


class ItemMonthOut(Answer):
    """What was delivered of one item."""

    item_name: str
    unit: str | None
    quantity: QuantityText
    total_amount: AmountText

    @classmethod
    def of(cls, row: ItemMonth, currency: str) -> ItemMonthOut:
        return cls.model_construct(
            item_name=row.item_name,
            unit=row.unit,
            quantity=quantity_text(row.quantity),
            total_amount=amount_text(row.amount, currency),
        )


class CustomerLineOut(Answer):
    """One customer in a vendor's month."""

    customer_id: int
    name: str
    total_amount: AmountText
    payments: AmountText
    closing_balance: AmountText
    disputed_amount: AmountText

    @classmethod
    def of(cls, row: CustomerLine, currency: str) -> CustomerLineOut:
        return cls.model_construct(
            customer_id=row.customer_id,
            name=row.name,
            total_amount=amount_text(row.sales.amount, currency),
            payments=amount_text(row.sales.payments, currency),
            closing_balance=amount_text(row.closing, currency),
            disputed_amount=amount_text(row.disputed, currency),
        )


class CustomerLinesOut(Answer):
    """One page of a vendor's customers."""

    items: list[CustomerLineOut]
    next: str | None

    @classmethod
    def of(cls, found: Page[CustomerLine], currency: str) -> CustomerLinesOut:
        return cls.model_construct(
            items=[CustomerLineOut.of(row, currency) for row in found.items], next=found.next
        )


class VendorMonthOut(Answer):
    """A vendor's month: totals, by item, and the customers by name, a page at a time."""

    vendor_id: int
    month: MonthText
    currency: str
    totals: VendorTotalsOut
    walk_in: WalkInOut
    by_item: list[ItemMonthOut]
    customers: CustomerLinesOut


class VendorOrOwnMonthOut(RootModel[VendorMonthOut | CustomerMonthOut]):
    """The vendor's month for the vendor; for a linked customer their own account with that vendor."""


class StatementTermsOut(TermsOut):
    """A version of an order that was in force on some day of the month."""

    order_id: int


class StatementOut(CustomerMonthOut):
    """One account's month with all that it is made of, and who accepted it.

    `days` are its records by date, `extras` the on-demand orders served in it. `payments_list` adds up to
    `payments`: a reversal stands there as a negative amount of its day. `unmarked_days` counts days that were
    due and that the vendor did not mark; they bill nothing.
    """

    days: list[RecordOut]
    extras: list[OrderOut]
    terms: list[StatementTermsOut]
    payments_list: list[PaymentOut]
    adjustments_list: list[AdjustmentOut]
    unmarked_days: int
    accepted_by_vendor_at: InstantText | None
    accepted_by_customer_at: InstantText | None
    closed_at: InstantText | None

    @classmethod
    def of_view(cls, view: StatementView) -> StatementOut:
        currency = view.month.currency
        return cls.model_construct(
            **dict(CustomerMonthOut.of(view.month)),
            days=[RecordOut.of(day) for day in view.days],
            extras=[OrderOut.of(order) for order in view.extras],
            terms=[
                StatementTermsOut.model_construct(order_id=row.order_id, **dict(TermsOut.of(row, currency)))
                for row in view.terms
            ],
            payments_list=[PaymentOut.of(one) for one in view.payments],
            adjustments_list=[AdjustmentOut.of(one) for one in view.adjustments],
            unmarked_days=view.unmarked,
            **_moments(view.acceptance),
        )


def _moments(found: Acceptance) -> dict[str, Any]:
    return {
        name: instant_text(at) if at else None
        for name, at in (
            ("accepted_by_vendor_at", found.by_vendor_at),
            ("accepted_by_customer_at", found.by_customer_at),
            ("closed_at", found.closed_at),
        )
    }


class ShareOut(Answer):
    """A link that shows one month to whoever has it, and until when."""

    url: str
    expires_at: InstantText

    @classmethod
    def of(cls, url: str, expires_at: datetime) -> ShareOut:
        return cls.model_construct(url=url, expires_at=instant_text(expires_at))


class AcceptIn(Body):
    """`closing_balance` is what the caller looked at; the note says how a customer without a login agreed."""

    closing_balance: SignedMoney | None = None
    on_behalf_note: ShortText | None = None


class AcceptanceOut(Answer):
    """Since when each side accepts the month, and since when it is closed."""

    month: MonthText
    accepted_by_vendor_at: InstantText | None
    accepted_by_customer_at: InstantText | None
    closed_at: InstantText | None

    @classmethod
    def of(cls, month: date, found: Acceptance) -> AcceptanceOut:
        return cls.model_construct(month=month_text(month), **_moments(found))
