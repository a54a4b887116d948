"""A month that both sides looked at and accepted."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey
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
