"""A vendor's own book of customers, and the invites that link a row of it to a login."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.database import Base


class Customer(Base):
    """One row in one vendor's book. `user_id` is the linked login, null without one.

    `pay_day` is this customer's own, instead of the vendor's; `unlinked_at` is when a link to a login last
    ended.
    """

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("vendor_id", "id"),
        UniqueConstraint("vendor_id", "phone_number"),
        UniqueConstraint("vendor_id", "user_id"),
        CheckConstraint("status IN ('active', 'inactive')", name="status_word"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 200", name="name_length"),
        CheckConstraint(r"phone_number ~ '^\+[1-9][0-9]{6,14}$'", name="phone_e164"),
        CheckConstraint("stop_order BETWEEN 0 AND 1000000", name="stop_order_range"),
        CheckConstraint("pay_day BETWEEN 1 AND 28", name="pay_day_range"),
        Index(None, "user_id"),
        Index(None, "vendor_id", "status", "name", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    phone_number: Mapped[str]
    email: Mapped[str | None]
    address: Mapped[str | None]
    notes: Mapped[str | None]
    stop_order: Mapped[int | None]
    pay_day: Mapped[int | None]
    unlinked_at: Mapped[datetime | None]
    status: Mapped[str]
    created_at: Mapped[datetime]


class Invite(Base):
    """A single-use link for one customer row. Only the token's SHA-256 is kept."""

    __tablename__ = "invites"
    __table_args__ = (
        ForeignKeyConstraint(["vendor_id", "customer_id"], ["customers.vendor_id", "customers.id"]),
        Index(None, "vendor_id", "customer_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int]
    customer_id: Mapped[int]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    revoked_at: Mapped[datetime | None]
