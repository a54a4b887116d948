"""What a person is told: the inbox row, their devices, and one delivery row a notice and device."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.database import Base

# What a person must say yes or no to, or mark again: `rules.WANTS_ANSWER` in PostgreSQL's words.
ASKING = (
    "kind IN ('change_proposed', 'order_requested', 'order_offered', 'payment_claimed', 'record_disputed')"
)


class Notice(Base):
    """One thing a user is told. `topic` is the subject it replaces earlier pushes of; `url` is a path.

    `vendor_id` is whose business it is about, null when it is about the login alone. `answered_at` is when
    this user dealt with what they were asked.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_user_id_id", "user_id", "id"),
        Index(None, "user_id", "topic"),
        Index("ix_notices_unread", "user_id", "id", postgresql_where="read_at IS NULL"),
        Index("ix_notices_asking", "user_id", "id", postgresql_where=f"{ASKING} AND answered_at IS NULL"),
        Index(None, "vendor_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    vendor_id: Mapped[int | None] = mapped_column(ForeignKey("vendors.user_id"))
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    url: Mapped[str]
    topic: Mapped[str]
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]


class PushSubscription(Base):
    """A browser on a device that can be pushed to, and the sign-in that it belongs to."""

    __tablename__ = "push_subscriptions"
    __table_args__ = (Index(None, "user_id"), Index(None, "sign_in_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sign_in_id: Mapped[int] = mapped_column(ForeignKey("sign_ins.id", ondelete="CASCADE"))
    endpoint: Mapped[str] = mapped_column(unique=True)
    p256dh: Mapped[str]
    auth: Mapped[str]
    user_agent: Mapped[str]
    created_at: Mapped[datetime]


class PushDelivery(Base):
    """A notice on its way to one device. `status`: waiting, sent, dead (given up) or expired."""

    __tablename__ = "push_deliveries"
    __table_args__ = (
        UniqueConstraint("notice_id", "subscription_id"),
        CheckConstraint("status IN ('waiting', 'sent', 'dead', 'expired')", name="status_word"),
        CheckConstraint("attempts BETWEEN 0 AND 100", name="attempts_range"),
        Index("ix_push_deliveries_due", "next_at", postgresql_where="status = 'waiting'"),
        Index("ix_push_deliveries_dead", "notice_id", postgresql_where="status = 'dead'"),
        Index(None, "subscription_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"))
    subscription_id: Mapped[int] = mapped_column(ForeignKey("push_subscriptions.id", ondelete="CASCADE"))
    status: Mapped[str]
    attempts: Mapped[int]
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_reason: Mapped[str | None]
    sent_at: Mapped[datetime | None]


class PushOrigin(Base):
    """A push service that asked us to wait; no device of it is tried before `closed_until`."""

    __tablename__ = "push_origins"

    origin: Mapped[str] = mapped_column(primary_key=True)
    closed_until: Mapped[datetime]
    reason: Mapped[str]
