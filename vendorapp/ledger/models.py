"""Where sums live: one account row a customer, its lines, the money on them, its entries, its months.

Money is in minor units of the vendor's currency, quantities in thousandths. Signed sums: positive means
that the customer owes.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.database import LARGEST_SUM, Base, day_check

# The largest amount and quantity of one delivery or sale: 9,999,999,999 with four decimals, the most any
# currency has, and with three.
LARGEST_MONEY = 10**14
LARGEST_QUANTITY = 9_999_999_999_000
SUM = f"BETWEEN -{LARGEST_SUM} AND {LARGEST_SUM}"
NOT_NEGATIVE = f"BETWEEN 0 AND {LARGEST_SUM}"
MONTH = "month = date_trunc('month', month)::date AND month BETWEEN DATE '1970-01-01' AND DATE '9999-12-01'"


class Account(Base):
    """The shared account of one customer row: locked first by whoever changes a sum.

    balance = Σ open lines − advance, always.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint(f"balance {SUM}", name="balance_range"),
        CheckConstraint(f"advance {NOT_NEGATIVE}", name="advance_range"),
        CheckConstraint(f"disputed {NOT_NEGATIVE}", name="disputed_range"),
        CheckConstraint(f"unconfirmed {NOT_NEGATIVE}", name="unconfirmed_range"),
        CheckConstraint(day_check("closed_through"), name="closed_through_range"),
    )

    customer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"), index=True)
    balance: Mapped[int] = mapped_column(default=0)
    advance: Mapped[int] = mapped_column(default=0)
    disputed: Mapped[int] = mapped_column(default=0)
    unconfirmed: Mapped[int] = mapped_column(default=0)
    closed_through: Mapped[date | None]


class Line(Base):
    """Something that is owed: a record, an on-demand order or a positive adjustment, and what is paid on it.

    `order_id` is the order that a record belongs to, or the on-demand order itself. `settled_at` is since
    when nothing is open on it. A walk-in's has no customer, and is paid from the start.
    """

    __tablename__ = "lines"
    __table_args__ = (
        CheckConstraint("target IN ('record', 'order', 'adjustment')", name="target_word"),
        CheckConstraint(f"amount BETWEEN 1 AND {LARGEST_SUM}", name="amount_range"),
        CheckConstraint("paid BETWEEN 0 AND amount", name="paid_range"),
        CheckConstraint(day_check("date"), name="date_range"),
        Index(None, "customer_id", "date"),
        CheckConstraint("(target = 'adjustment') = (order_id IS NULL)", name="order_unless_adjustment"),
        CheckConstraint("(paid = amount) = (settled_at IS NOT NULL)", name="settled_when_paid"),
        CheckConstraint("customer_id IS NOT NULL OR paid = amount", name="walk_in_is_paid"),
        Index("ix_lines_open", "customer_id", "date", postgresql_where="paid < amount"),
        Index("ix_lines_order", "order_id"),
    )

    target: Mapped[str] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    vendor_id: Mapped[int]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.customer_id"))
    order_id: Mapped[int | None]
    date: Mapped[date]
    amount: Mapped[int]
    paid: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None]


class Credit(Base):
    """Money that can be put on lines: a confirmed payment or a negative adjustment.

    `unallocated` is what is on no line; over an account it adds up to the advance. Nothing of a reversed
    payment is there any more.
    """

    __tablename__ = "credits"
    __table_args__ = (
        CheckConstraint("source IN ('payment', 'adjustment')", name="source_word"),
        CheckConstraint(f"amount BETWEEN 1 AND {LARGEST_SUM}", name="amount_range"),
        CheckConstraint("unallocated BETWEEN 0 AND amount", name="unallocated_range"),
        CheckConstraint("reversed_at IS NULL OR unallocated = 0", name="nothing_left_when_reversed"),
        CheckConstraint(day_check("date"), name="date_range"),
        Index("ix_credits_unallocated", "customer_id", "date", postgresql_where="unallocated > 0"),
    )

    source: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.customer_id"))
    date: Mapped[date]
    amount: Mapped[int]
    unallocated: Mapped[int]
    reversed_at: Mapped[datetime | None]


class Allocation(Base):
    """So much of a credit is on a line. Taking it off again sets `released_at`; nothing is deleted."""

    __tablename__ = "allocations"
    __table_args__ = (
        ForeignKeyConstraint(["source", "source_id"], ["credits.source", "credits.source_id"]),
        CheckConstraint("target IN ('record', 'order', 'adjustment')", name="target_word"),
        CheckConstraint(f"amount BETWEEN 1 AND {LARGEST_SUM}", name="amount_range"),
        Index("ix_allocations_target", "target", "target_id", postgresql_where="released_at IS NULL"),
        Index(None, "source", "source_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[int]
    target: Mapped[str]
    target_id: Mapped[int]
    amount: Mapped[int]
    at: Mapped[datetime]
    released_at: Mapped[datetime | None]


class Entry(Base):
    """One movement of an account's balance, never changed: charges +, payments −, adjustments signed.

    Without a customer it is a sale to a walk-in, or its payment.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("kind IN ('charge', 'payment', 'adjustment')", name="kind_word"),
        CheckConstraint(f"amount {SUM} AND amount <> 0", name="amount_range"),
        CheckConstraint(day_check("date"), name="date_range"),
        Index(None, "customer_id", "date"),
        Index("ix_ledger_entries_walk_in", "vendor_id", "date", postgresql_where="customer_id IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.customer_id"))
    date: Mapped[date]
    kind: Mapped[str]
    target: Mapped[str]
    target_id: Mapped[int | None]
    amount: Mapped[int]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class AccountMonth(Base):
    """An account's sums of one month, by kind, moved in the transaction of the entry itself."""

    __tablename__ = "account_months"
    __table_args__ = (
        CheckConstraint(MONTH, name="month_first"),
        CheckConstraint(f"charges {NOT_NEGATIVE}", name="charges_range"),
        CheckConstraint(f"payments {SUM}", name="payments_range"),
        CheckConstraint(f"adjustments {SUM}", name="adjustments_range"),
        CheckConstraint(f"disputed {NOT_NEGATIVE}", name="disputed_range"),
        Index(None, "vendor_id", "month", "customer_id"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("accounts.customer_id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    charges: Mapped[int] = mapped_column(default=0)
    payments: Mapped[int] = mapped_column(default=0)
    adjustments: Mapped[int] = mapped_column(default=0)
    disputed: Mapped[int] = mapped_column(default=0)


class MonthlyTotal(Base):
    """The seed's cumulative_record_details: what one order came to in one month."""

    __tablename__ = "cumulative_record_details"
    __table_args__ = (
        CheckConstraint(MONTH, name="month_first"),
        CheckConstraint(f"total_amount {NOT_NEGATIVE}", name="total_amount_range"),
        CheckConstraint(f"quantity {NOT_NEGATIVE}", name="quantity_range"),
        CheckConstraint(f"disputed_amount {NOT_NEGATIVE}", name="disputed_amount_range"),
        CheckConstraint("active_days BETWEEN 0 AND 31", name="active_days_range"),
        Index(None, "customer_id", "month"),
        Index(None, "vendor_id", "month"),
    )

    order_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(primary_key=True)
    vendor_id: Mapped[int]
    customer_id: Mapped[int] = mapped_column(ForeignKey("accounts.customer_id"))
    total_amount: Mapped[int] = mapped_column(default=0)
    active_days: Mapped[int] = mapped_column(default=0)
    quantity: Mapped[int] = mapped_column(default=0)
    disputed_amount: Mapped[int] = mapped_column(default=0)


class Adjustment(Base):
    """A signed correction with its reason (+ = owes more); an opening balance is one as well.

    `record_id` is the delivery that it corrects, if it is about one.
    """

    __tablename__ = "adjustments"
    __table_args__ = (
        CheckConstraint("kind IN ('opening_balance', 'correction', 'write_off')", name="kind_word"),
        CheckConstraint(f"amount {SUM} AND amount <> 0", name="amount_range"),
        CheckConstraint(day_check("date"), name="date_range"),
        Index(None, "customer_id", "date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("accounts.customer_id"))
    kind: Mapped[str]
    date: Mapped[date]
    amount: Mapped[int]
    reason: Mapped[str]
    record_id: Mapped[int | None]
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
