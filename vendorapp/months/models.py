"""A month that both sides looked at and accepted, and the links that show one to others."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.database import LARGEST_SUM, Base
from ..ledger.models import MONTH


class Statement(Base):
    """Who accepted a month of an account, and what it came to. When both did, the month is closed.

    A change up to that month clears a lone acceptance: `closing` then differs from the account's own.
    """

    __tablename__ = "statements"
    __table_args__ = (
        CheckConstraint(MONTH, name="month_first"),
        CheckConstraint(f"closing BETWEEN -{LARGEST_SUM} AND {LARGEST_SUM}", name="closing_range"),
        CheckConstraint(
            "closed_at IS NULL OR accepted_by_vendor_at IS NOT NULL", name="closed_when_accepted"
        ),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("accounts.customer_id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    closing: Mapped[int]
    accepted_by_vendor_at: Mapped[datetime | None]
    accepted_by_customer_at: Mapped[datetime | None]
    on_behalf_note: Mapped[str | None]
    closed_at: Mapped[datetime | None]


class StatementShare(Base):
    """A link that shows one month of one account to whoever has it, until `expires_at` or its withdrawal."""

    __tablename__ = "statement_shares"
    __table_args__ = (
        ForeignKeyConstraint(["vendor_id", "customer_id"], ["customers.vendor_id", "customers.id"]),
        CheckConstraint(MONTH, name="month_first"),
        CheckConstraint("expires_at > created_at", name="in_order"),
        Index(None, "customer_id", "month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int]
    customer_id: Mapped[int]
    month: Mapped[date]
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
