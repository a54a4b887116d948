"""Comments on an order, or on one delivery of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.database import Base


class Comment(Base):
    """One thing somebody said, of an order or of a record, as plain text.

    The foreign keys have no cascade: what was talked about is not removed for good.
    """

    __tablename__ = "comments"
    __table_args__ = (
        CheckConstraint("num_nonnulls(order_id, record_id) = 1", name="of_one_thing"),
        CheckConstraint("char_length(content) BETWEEN 1 AND 2000", name="content_length"),
        Index(None, "order_id", "id", postgresql_where="order_id IS NOT NULL"),
        Index(None, "record_id", "id", postgresql_where="record_id IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    record_id: Mapped[int | None] = mapped_column(ForeignKey("records.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    content: Mapped[str]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
