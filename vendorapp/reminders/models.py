"""Reminders that were sent, and promises to pay. Money in minor units."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.database import LARGEST_SUM, Base, day_check


class Reminder(Base):
    """A customer was reminded on `day`, for the `number`-th time since the pay day `cycle`.

    `amount` is what was asked for; `disputed` and `unconfirmed` were left out of it. `sent_by` is null
    when it went by itself.
    """

    __tablename__ = "reminders"
    __table_args__ = (
        ForeignKeyConstraint(["vendor_id", "customer_id"], ["customers.vendor_id", "customers.id"]),
        UniqueConstraint("customer_id", "cycle", "number"),
        CheckConstraint("number BETWEEN 1 AND 3", name="number_range"),
        CheckConstraint(f"amount BETWEEN 1 AND {LARGEST_SUM}", name="amount_range"),
        CheckConstraint(f"disputed BETWEEN 0 AND {LARGEST_SUM}", name="disputed_range"),
        CheckConstraint(f"unconfirmed BETWEEN 0 AND {LARGEST_SUM}", name="unconfirmed_range"),
        CheckConstraint("day >= cycle", name="day_in_cycle"),
        CheckConstraint(day_check("day"), name="day_range"),
        CheckConstraint(day_check("cycle"), name="cycle_range"),
        Index(None, "customer_id", "day"),
        Index(None, "vendor_id", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int]
    customer_id: Mapped[int]
    cycle: Mapped[date]
    number: Mapped[int]
    day: Mapped[date]
    amount: Mapped[int]
    disputed: Mapped[int]
    unconfirmed: Mapped[int]
    sent_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class PaymentPromise(Base):
    """ "I'll pay on `day`": a customer's word. The latest one stands."""

    __tablename__ = "payment_promises"
    __table_args__ = (
        ForeignKeyConstraint(["vendor_id", "customer_id"], ["customers.vendor_id", "customers.id"]),
        CheckConstraint(day_check("day"), name="day_range"),
        Index(None, "customer_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int]
    customer_id: Mapped[int]
    day: Mapped[date]
    made_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]
