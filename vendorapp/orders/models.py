"""Standing orders: the order itself, its accepted terms by version, the days they hold, changes, pauses.

Money is in minor units, quantities in thousandths, weekdays are ISO numbers (1 = Monday … 7 = Sunday).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Sequence,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.database import Base, day_check

# Orders and records draw their ids from one sequence, so that the one never passes for the other.
ENTRY_IDS = Sequence("order_and_record_ids", metadata=Base.metadata)

SCHEDULED, ON_DEMAND = 1, 2
ORDER_TYPES = {SCHEDULED: "scheduled", ON_DEMAND: "on_demand"}

LARGEST_QUANTITY = 9_999_999_999_000
LARGEST_MONEY = 10**14  # 9,999,999,999 with four decimals, the most any currency has
WEEKDAYS = "cardinality(weekdays) BETWEEN 1 AND 7 AND weekdays <@ ARRAY[1,2,3,4,5,6,7]::smallint[]"


def _terms_checks(*, required: bool) -> list[CheckConstraint]:
    """The CHECKs that every table with terms has; columns may be null where `required` is false."""
    checks = [
        CheckConstraint("char_length(item_name) BETWEEN 1 AND 200", name="item_name_length"),
        CheckConstraint("char_length(unit) BETWEEN 1 AND 40", name="unit_length"),
        CheckConstraint(f"quantity BETWEEN 1 AND {LARGEST_QUANTITY}", name="quantity_range"),
        CheckConstraint(f"rate BETWEEN 0 AND {LARGEST_MONEY}", name="rate_range"),
        CheckConstraint(WEEKDAYS, name="weekdays_iso"),
        CheckConstraint('"every" BETWEEN 1 AND 31', name="every_range"),
        CheckConstraint(day_check("valid_till"), name="valid_till_range"),
    ]
    if required:
        checks.append(
            CheckConstraint("amount = round(rate::numeric * quantity / 1000)", name="amount_is_product")
        )
    return checks


class OrderType(Base):
    """The two kinds of order."""

    __tablename__ = "order_types"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(unique=True)


class Order(Base):
    """An order. Its terms columns are those it was proposed with; once accepted, `order_terms` and
    `order_periods` say what holds on which day.

    `state` is what was decided (proposed, active, declined); what the contract calls status also looks
    at today (inactive) and at the deadline of a proposal (declined). `first_night` is the first day that
    records are scheduled for by themselves, `scheduled_through` the last day that is done; null means
    that no night will ever look at this order again. `ended_on` is the last day when one side ended it.
    """

    __tablename__ = "orders"
    __table_args__ = (
        ForeignKeyConstraint(["vendor_id", "customer_id"], ["customers.vendor_id", "customers.id"]),
        UniqueConstraint("vendor_id", "customer_id", "id"),
        CheckConstraint("state IN ('proposed', 'active', 'declined')", name="state_word"),
        CheckConstraint(day_check("start_date"), name="start_date_range"),
        CheckConstraint(day_check("ended_on"), name="ended_on_range"),
        CheckConstraint(day_check("first_night"), name="first_night_range"),
        CheckConstraint(day_check("scheduled_through"), name="scheduled_through_range"),
        *_terms_checks(required=True),
        Index(None, "vendor_id", "id"),
        Index(None, "customer_id", "id"),
        Index(
            "ix_orders_night",
            "scheduled_through",
            "id",
            postgresql_where="scheduled_through IS NOT NULL",
        ),
    )

    id: Mapped[int] = mapped_column(ENTRY_IDS, server_default=ENTRY_IDS.next_value(), primary_key=True)
    order_type_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey("order_types.id"))
    vendor_id: Mapped[int]
    customer_id: Mapped[int]
    state: Mapped[str]
    item_name: Mapped[str]
    unit: Mapped[str | None]
    quantity: Mapped[int]
    rate: Mapped[int]
    amount: Mapped[int]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    every: Mapped[int] = mapped_column(SmallInteger)
    start_date: Mapped[date]
    valid_till: Mapped[date | None]
    ended_on: Mapped[date | None]
    first_night: Mapped[date | None]
    scheduled_through: Mapped[date | None]
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class OrderTerms(Base):
    """One accepted version, never changed: the terms as they read from `effective_from` on.

    `changed` names the fields that this version brought; the rest it found.
    """

    __tablename__ = "order_terms"
    __table_args__ = (
        CheckConstraint("version BETWEEN 1 AND 1000000", name="version_range"),
        CheckConstraint(day_check("effective_from"), name="effective_from_range"),
        *_terms_checks(required=False),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    item_name: Mapped[str]
    unit: Mapped[str | None]
    quantity: Mapped[int]
    rate: Mapped[int]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    every: Mapped[int] = mapped_column(SmallInteger)
    valid_till: Mapped[date | None]
    changed: Mapped[list[str]] = mapped_column(ARRAY(Base.registry.type_annotation_map[str]))
    effective_from: Mapped[date]
    accepted_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    accepted_at: Mapped[datetime]
    on_behalf_note: Mapped[str | None]


class OrderPeriod(Base):
    """The terms in force from `starts_on` until the order's next period, worked out from the versions.

    The first period of an order starts on its `start_date`.
    """

    __tablename__ = "order_periods"
    __table_args__ = (
        CheckConstraint(day_check("starts_on"), name="starts_on_range"),
        *_terms_checks(required=True),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int]
    item_name: Mapped[str]
    unit: Mapped[str | None]
    quantity: Mapped[int]
    rate: Mapped[int]
    amount: Mapped[int]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    every: Mapped[int] = mapped_column(SmallInteger)
    valid_till: Mapped[date | None]


class ChangeRequest(Base):
    """A proposal that the other side answers. Null terms are fields that it does not change."""

    __tablename__ = "change_requests"
    __table_args__ = (
        CheckConstraint("kind IN ('new', 'update')", name="kind_word"),
        CheckConstraint(
            "status IN ('pending', 'accepted', 'declined', 'withdrawn', 'superseded', 'expired')",
            name="status_word",
        ),
        CheckConstraint("proposed_side IN ('vendor', 'customer')", name="proposed_side_word"),
        CheckConstraint(day_check("effective_from"), name="effective_from_range"),
        CheckConstraint("(status = 'pending') = (answered_at IS NULL)", name="answered_when_over"),
        *_terms_checks(required=False),
        Index(
            "uq_change_requests_one_pending",
            "order_id",
            unique=True,
            postgresql_where="status = 'pending'",
        ),
        Index(None, "vendor_id", "status", "id"),
        Index(None, "customer_id", "status", "id"),
        Index("ix_change_requests_deadline", "expires_at", postgresql_where="status = 'pending'"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    vendor_id: Mapped[int]
    customer_id: Mapped[int]
    kind: Mapped[str]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    proposed_side: Mapped[str]
    item_name: Mapped[str | None]
    unit: Mapped[str | None]
    quantity: Mapped[int | None]
    rate: Mapped[int | None]
    weekdays: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))
    every: Mapped[int | None] = mapped_column(SmallInteger)
    valid_till: Mapped[date | None]
    effective_from: Mapped[date]
    status: Mapped[str]
    message: Mapped[str | None]
    on_behalf_note: Mapped[str | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]


class Pause(Base):
    """Days on which nothing is due on an order, both included."""

    __tablename__ = "pauses"
    __table_args__ = (
        CheckConstraint("ends_on BETWEEN starts_on AND starts_on + 89", name="at_most_90_days"),
        CheckConstraint(day_check("starts_on"), name="starts_on_range"),
        Index(None, "order_id", "starts_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[str | None]
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    acknowledged_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
