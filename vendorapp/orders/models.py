"""Orders: the order itself, its accepted terms by version, the days they hold, changes, pauses, holidays.

Money is in minor units, quantities in thousandths, weekdays are ISO numbers (1 = Monday … 7 = Sunday).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

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
from ..ledger.models import LARGEST_MONEY, LARGEST_QUANTITY

# Orders and records draw their ids from one sequence, so that the one never passes for the other.
ENTRY_IDS = Sequence("order_and_record_ids", metadata=Base.metadata)

SCHEDULED, ON_DEMAND = 1, 2
ORDER_TYPES = {SCHEDULED: "scheduled", ON_DEMAND: "on_demand"}
SCHEDULED_STATES = ("proposed", "active", "declined")
ON_DEMAND_STATES = ("requested", "accepted", "offered", "declined", "served", "cancelled")

# What is sold is free text, or an item of the catalogue by its kind and number.
ITEM = "(item IS NULL) = (item_id IS NULL) AND item IN ('product', 'package', 'service')"
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


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


class Order(Base):
    """An order. Its terms columns are those it was proposed with; once a standing order is accepted,
    `order_terms` and `order_periods` say what holds on which day.

    `state` is what was decided; what the contract calls status of a standing order also looks at today
    (inactive) and at the deadline of a proposal (declined). `first_night` is the first day that
    records are scheduled for by themselves, `scheduled_through` the last day that is done; null means
    that no night will ever look at this order again. `ended_on` is the last day when one side
    ended it: `ended_by`, at `ended_at`.

    An on-demand order has no rhythm: `start_date` is the day it is for, and the day it was served once
    it is. Its price may still be open, and it may be a walk-in's, who has no row in the book. `reason` is
    why it was declined, disputed or cancelled.
    """

    __tablename__ = "orders"
    __table_args__ = (
        ForeignKeyConstraint(["vendor_id", "customer_id"], ["customers.vendor_id", "customers.id"]),
        UniqueConstraint("vendor_id", "customer_id", "id"),
        CheckConstraint(
            f"(order_type_id = {SCHEDULED} AND state IN ({_words(SCHEDULED_STATES)}))"
            f" OR (order_type_id = {ON_DEMAND} AND state IN ({_words(ON_DEMAND_STATES)}))",
            name="state_word",
        ),
        CheckConstraint(
            f"order_type_id <> {SCHEDULED} OR (customer_id IS NOT NULL AND rate IS NOT NULL"
            " AND amount IS NOT NULL)",
            name="scheduled_is_whole",
        ),
        CheckConstraint(
            f'(order_type_id = {SCHEDULED}) = (weekdays IS NOT NULL AND "every" IS NOT NULL)',
            name="rhythm_when_scheduled",
        ),
        CheckConstraint(f"amount BETWEEN 0 AND {LARGEST_MONEY}", name="amount_range"),
        CheckConstraint(ITEM, name="item_word"),
        CheckConstraint(day_check("start_date"), name="start_date_range"),
        CheckConstraint(day_check("ended_on"), name="ended_on_range"),
        CheckConstraint(day_check("first_night"), name="first_night_range"),
        CheckConstraint(day_check("scheduled_through"), name="scheduled_through_range"),
        *_terms_checks(required=True),
        Index(None, "vendor_id", "id"),
        Index(None, "customer_id", "id"),
        Index(
            "ix_orders_on_demand",
            "vendor_id",
            "state",
            "start_date",
            postgresql_where=f"order_type_id = {ON_DEMAND}",
        ),
        Index(
            "ix_orders_night",
            "scheduled_through",
            "id",
            postgresql_where="scheduled_through IS NOT NULL",
        ),
    )

    id: Mapped[int] = mapped_column(ENTRY_IDS, server_default=ENTRY_IDS.next_value(), primary_key=True)
    order_type_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey("order_types.id"))
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    customer_id: Mapped[int | None]
    state: Mapped[str]
    item: Mapped[str | None]
    item_id: Mapped[int | None]
    item_name: Mapped[str]
    unit: Mapped[str | None]
    quantity: Mapped[int]
    rate: Mapped[int | None]
    amount: Mapped[int | None]
    weekdays: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))
    every: Mapped[int | None] = mapped_column(SmallInteger)
    start_date: Mapped[date]
    valid_till: Mapped[date | None]
    ended_on: Mapped[date | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    first_night: Mapped[date | None]
    scheduled_through: Mapped[date | None]
    message: Mapped[str | None]
    reason: Mapped[str | None]
    on_behalf_note: Mapped[str | None]
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


class RateProposal(Base):
    """One new price that a vendor asked of many orders at once; each got a change of its own.

    `left_out` counts the orders that were not asked, by the reason's code.
    """

    __tablename__ = "rate_proposals"
    __table_args__ = (
        CheckConstraint(f"rate BETWEEN 0 AND {LARGEST_MONEY}", name="rate_range"),
        CheckConstraint(day_check("effective_from"), name="effective_from_range"),
        Index(None, "vendor_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    item_name: Mapped[str | None]
    rate: Mapped[int]
    effective_from: Mapped[date | None]
    message: Mapped[str | None]
    left_out: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


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
        CheckConstraint(ITEM, name="item_word"),
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
        Index(
            "ix_change_requests_rate_proposal",
            "rate_proposal_id",
            "id",
            postgresql_where="rate_proposal_id IS NOT NULL",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    vendor_id: Mapped[int]
    customer_id: Mapped[int]
    kind: Mapped[str]
    rate_proposal_id: Mapped[int | None] = mapped_column(ForeignKey("rate_proposals.id"))
    proposed_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    proposed_side: Mapped[str]
    item: Mapped[str | None]
    item_id: Mapped[int | None]
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


class Holiday(Base):
    """Somebody is away, both days included: a vendor's whole business, or a customer for all their vendors.

    Each order of theirs has a pause of its own because of it, also one that is agreed on later.
    """

    __tablename__ = "holidays"
    __table_args__ = (
        CheckConstraint("ends_on BETWEEN starts_on AND starts_on + 89", name="at_most_90_days"),
        CheckConstraint(day_check("starts_on"), name="starts_on_range"),
        Index(None, "user_id", "ends_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]


class Pause(Base):
    """Days on which nothing is due on an order, both included. `holiday_id`: it is part of a holiday."""

    __tablename__ = "pauses"
    __table_args__ = (
        CheckConstraint("ends_on BETWEEN starts_on AND starts_on + 89", name="at_most_90_days"),
        CheckConstraint(day_check("starts_on"), name="starts_on_range"),
        Index(None, "order_id", "starts_on"),
        Index(None, "holiday_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    holiday_id: Mapped[int | None] = mapped_column(ForeignKey("holidays.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[str | None]
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
