"""What an on-demand order came to: the seed's custom_record, written when it is served.

Quantities are in thousandths, money in minor units.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.database import Base, day_check
from ..ledger.models import LARGEST_MONEY, LARGEST_QUANTITY
from ..orders.models import ENTRY_IDS


class CustomRecord(Base):
    """One served on-demand order, on the day it was served; `cancelled` when the vendor took it back.

    `rate` is null when only a sum was agreed. `agreed_quantity` is what both sides had accepted, when
    another quantity was served. `disputed`: the customer says no to what the vendor entered or changed,
    and it is not charged meanwhile. A walk-in's has no customer.
    """

    __tablename__ = "custom_records"
    __table_args__ = (
        ForeignKeyConstraint(
            ["vendor_id", "customer_id", "order_id"],
            ["orders.vendor_id", "orders.customer_id", "orders.id"],
        ),
        CheckConstraint("status IN ('served', 'cancelled')", name="status_word"),
        CheckConstraint("status = 'served' OR NOT disputed", name="dispute_of_served"),
        CheckConstraint("customer_id IS NOT NULL OR NOT disputed", name="dispute_needs_customer"),
        CheckConstraint(day_check("date"), name="date_range"),
        CheckConstraint(f"quantity BETWEEN 1 AND {LARGEST_QUANTITY}", name="quantity_range"),
        CheckConstraint(f"agreed_quantity BETWEEN 1 AND {LARGEST_QUANTITY}", name="agreed_quantity_range"),
        CheckConstraint(f"rate BETWEEN 0 AND {LARGEST_MONEY}", name="rate_range"),
        CheckConstraint(f"amount BETWEEN 0 AND {LARGEST_MONEY}", name="amount_range"),
        CheckConstraint("amount = round(rate::numeric * quantity / 1000)", name="amount_is_product"),
        Index(None, "customer_id", "date"),
        Index(None, "vendor_id", "date"),
    )

    id: Mapped[int] = mapped_column(ENTRY_IDS, server_default=ENTRY_IDS.next_value(), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    customer_id: Mapped[int | None]
    date: Mapped[date]
    item_name: Mapped[str]
    unit: Mapped[str | None]
    quantity: Mapped[int]
    agreed_quantity: Mapped[int | None]
    rate: Mapped[int | None]
    amount: Mapped[int]
    status: Mapped[str]
    disputed: Mapped[bool] = mapped_column(default=False)
    served_at: Mapped[datetime]
    updated_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    updated_at: Mapped[datetime]
