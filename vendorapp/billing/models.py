"""Papers and money: invoices, bills, payments, settlements. Money in minor units.

What a paper costs and what is paid on it is never stored: both are sums over its lines as they stand now.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.database import LARGEST_SUM, Base, day_check

TARGET = "target IN ('record', 'order')"


class PaperNumber(Base):
    """The last number given to a vendor's invoices or bills; locked by whoever writes the next one."""

    __tablename__ = "paper_numbers"
    __table_args__ = (
        CheckConstraint("kind IN ('invoice', 'bill')", name="kind_word"),
        CheckConstraint("last BETWEEN 0 AND 1000000000000", name="last_range"),
    )

    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class Invoice(Base):
    """Priced lines of what was served. A walk-in's has no customer."""

    __tablename__ = "invoices"
    __table_args__ = (
        ForeignKeyConstraint(["vendor_id", "customer_id"], ["customers.vendor_id", "customers.id"]),
        UniqueConstraint("vendor_id", "number"),
        UniqueConstraint("vendor_id", "id"),
        Index(None, "customer_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    customer_id: Mapped[int | None]
    number: Mapped[int]
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    voided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    voided_at: Mapped[datetime | None]


class InvoiceLine(Base):
    """A delivery or a served order on an invoice; on one that holds (`live`) at most."""

    __tablename__ = "invoice_lines"
    __table_args__ = (
        CheckConstraint(TARGET, name="target_word"),
        Index(
            "uq_invoice_lines_once",
            "target",
            "target_id",
            unique=True,
            postgresql_where="live",
        ),
    )

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    target: Mapped[str] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    live: Mapped[bool] = mapped_column(default=True)


class Bill(Base):
    """Asks money for invoices and for what is on none."""

    __tablename__ = "bills"
    __table_args__ = (
        ForeignKeyConstraint(["vendor_id", "customer_id"], ["customers.vendor_id", "customers.id"]),
        UniqueConstraint("vendor_id", "number"),
        Index(None, "customer_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    customer_id: Mapped[int | None]
    number: Mapped[int]
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    voided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    voided_at: Mapped[datetime | None]


class BillInvoice(Base):
    """An invoice on a bill; on one that holds (`live`) at most."""

    __tablename__ = "bill_invoices"
    __table_args__ = (Index("uq_bill_invoices_once", "invoice_id", unique=True, postgresql_where="live"),)

    bill_id: Mapped[int] = mapped_column(ForeignKey("bills.id"), primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    live: Mapped[bool] = mapped_column(default=True)


class BillLine(Base):
    """A delivery or a served order that a bill asks for without an invoice; on one that holds at most."""

    __tablename__ = "bill_lines"
    __table_args__ = (
        CheckConstraint(TARGET, name="target_word"),
        Index("uq_bill_lines_once", "target", "target_id", unique=True, postgresql_where="live"),
    )

    bill_id: Mapped[int] = mapped_column(ForeignKey("bills.id"), primary_key=True)
    target: Mapped[str] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    live: Mapped[bool] = mapped_column(default=True)


class Payment(Base):
    """Money that was handed over; before the vendor's yes it is a claim and counts for nothing.

    `item` and `item_id` say what it was for, if anything. `answered_*` is the vendor's yes or no to a
    claim, `reversed_*` that the payment was none.
    """

    __tablename__ = "payments"
    __table_args__ = (
        ForeignKeyConstraint(["vendor_id", "customer_id"], ["customers.vendor_id", "customers.id"]),
        CheckConstraint(f"amount BETWEEN 1 AND {LARGEST_SUM}", name="amount_range"),
        CheckConstraint("method IN ('cash', 'upi', 'bank', 'other')", name="method_word"),
        CheckConstraint("status IN ('claimed', 'confirmed', 'declined', 'reversed')", name="status_word"),
        CheckConstraint("item IN ('order', 'invoice', 'bill')", name="item_word"),
        CheckConstraint("(item IS NULL) = (item_id IS NULL)", name="item_whole"),
        CheckConstraint("(status = 'reversed') = (reversed_at IS NOT NULL)", name="reversed_when"),
        CheckConstraint(day_check("date"), name="date_range"),
        Index(None, "vendor_id", "id"),
        Index(None, "customer_id", "id"),
        Index("ix_payments_claims", "customer_id", "id", postgresql_where="status = 'claimed'"),
        Index(None, "item", "item_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    customer_id: Mapped[int | None]
    amount: Mapped[int]
    method: Mapped[str]
    item: Mapped[str | None]
    item_id: Mapped[int | None]
    note: Mapped[str | None]
    status: Mapped[str]
    date: Mapped[date]
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    reversed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reversed_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class Settlement(Base):
    """An advance was put on what was open, the rest perhaps let go. The lines are named as they were."""

    __tablename__ = "settlements"
    __table_args__ = (
        ForeignKeyConstraint(["vendor_id", "customer_id"], ["customers.vendor_id", "customers.id"]),
        CheckConstraint(f"amount BETWEEN 0 AND {LARGEST_SUM}", name="amount_range"),
        CheckConstraint(f"written_off BETWEEN 0 AND {LARGEST_SUM}", name="written_off_range"),
        Index(None, "customer_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    customer_id: Mapped[int]
    month: Mapped[date | None]
    record_ids: Mapped[list[int]] = mapped_column(ARRAY(Base.registry.type_annotation_map[int]))
    order_ids: Mapped[list[int]] = mapped_column(ARRAY(Base.registry.type_annotation_map[int]))
    amount: Mapped[int]
    written_off: Mapped[int]
    by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    settled_at: Mapped[datetime]
