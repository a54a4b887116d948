"""One day, one line: a record a due day and order, and the history of its marks.

Quantities are in thousandths, money in minor units.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.database import Base, day_check
from ..ledger.models import LARGEST_MONEY, LARGEST_QUANTITY
from ..orders.models import ENTRY_IDS


class Record(Base):
    """One delivery of one day. `due_quantity` is what the terms say, `quantity` what counts now.

    The unique key begins with the date: the night writes one day at a time, and so fills few pages.
    A mark is (status, quantity, note, by, at): `at` is when it was made, `heard_at` when we got it.
    """

    __tablename__ = "records"
    __table_args__ = (
        UniqueConstraint("date", "order_id"),
        ForeignKeyConstraint(
            ["vendor_id", "customer_id", "order_id"],
            ["orders.vendor_id", "orders.customer_id", "orders.id"],
        ),
        CheckConstraint(day_check("date"), name="date_range"),
        CheckConstraint("status IN ('scheduled', 'delivered', 'skipped', 'cancelled')", name="status_word"),
        CheckConstraint("vendor_status IN ('delivered', 'skipped')", name="vendor_status_word"),
        CheckConstraint("customer_status IN ('delivered', 'skipped')", name="customer_status_word"),
        CheckConstraint(f"due_quantity BETWEEN 1 AND {LARGEST_QUANTITY}", name="due_quantity_range"),
        CheckConstraint(f"quantity BETWEEN 0 AND {LARGEST_QUANTITY}", name="quantity_range"),
        CheckConstraint(f"vendor_quantity BETWEEN 0 AND {LARGEST_QUANTITY}", name="vendor_quantity_range"),
        CheckConstraint(
            f"customer_quantity BETWEEN 0 AND {LARGEST_QUANTITY}", name="customer_quantity_range"
        ),
        CheckConstraint(f"rate BETWEEN 0 AND {LARGEST_MONEY}", name="rate_range"),
        CheckConstraint("amount = round(rate::numeric * quantity / 1000)", name="amount_is_product"),
        CheckConstraint(
            "(vendor_status IS NULL) = (vendor_quantity IS NULL)"
            " AND (vendor_status IS NULL) = (vendor_at IS NULL)",
            name="vendor_mark_whole",
        ),
        CheckConstraint(
            "(customer_status IS NULL) = (customer_quantity IS NULL)"
            " AND (customer_status IS NULL) = (customer_at IS NULL)",
            name="customer_mark_whole",
        ),
        CheckConstraint(
            "NOT disputed OR (vendor_status IS NOT NULL AND customer_status IS NOT NULL)",
            name="dispute_needs_two_marks",
        ),
        Index(None, "customer_id", "date"),
        Index(None, "vendor_id", "date", "id"),
        Index(None, "order_id", "date"),
    )

    id: Mapped[int] = mapped_column(ENTRY_IDS, server_default=ENTRY_IDS.next_value(), primary_key=True)
    order_id: Mapped[int]
    vendor_id: Mapped[int]
    customer_id: Mapped[int]
    date: Mapped[date]
    item_name: Mapped[str]
    unit: Mapped[str | None]
    due_quantity: Mapped[int]
    quantity: Mapped[int]
    rate: Mapped[int]
    amount: Mapped[int]
    status: Mapped[str]
    disputed: Mapped[bool] = mapped_column(default=False)
    extra: Mapped[bool] = mapped_column(default=False)
    terms_version: Mapped[int]
    vendor_status: Mapped[str | None]
    vendor_quantity: Mapped[int | None]
    vendor_note: Mapped[str | None]
    vendor_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    vendor_at: Mapped[datetime | None]
    vendor_heard_at: Mapped[datetime | None]
    customer_status: Mapped[str | None]
    customer_quantity: Mapped[int | None]
    customer_note: Mapped[str | None]
    customer_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    customer_at: Mapped[datetime | None]
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    updated_at: Mapped[datetime]


class RecordMark(Base):
    """Every mark that was ever made on a record, in the order we got them; never changed."""

    __tablename__ = "record_marks"
    __table_args__ = (
        CheckConstraint("side IN ('vendor', 'customer')", name="side_word"),
        CheckConstraint("status IN ('delivered', 'skipped')", name="status_word"),
        CheckConstraint(f"quantity BETWEEN 0 AND {LARGEST_QUANTITY}", name="quantity_range"),
        Index(None, "record_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("records.id"))
    side: Mapped[str]
    status: Mapped[str]
    quantity: Mapped[int]
    note: Mapped[str | None]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    heard_at: Mapped[datetime]
