"""Reads of settlements and adjustments. A vendor sees those of their own book, a customer their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from ...accounts.models import Vendor
from ...customers.models import Customer
from ...kernel.clock import last_of_month, next_month, start_of_day
from ...kernel.database import session
from ...kernel.paging import Page, page
from ...ledger.models import Adjustment
from ...orders.queries import Actor
from ..models import Settlement


@dataclass(frozen=True, slots=True)
class SettlementView:
    """A settlement; `amount` came from the advance, `written_off` was let go, in minor units."""

    id: int
    vendor_id: int
    customer_id: int
    month: date | None
    record_ids: list[int]
    order_ids: list[int]
    amount: int
    written_off: int
    by: int
    settled_at: datetime
    currency: str


@dataclass(frozen=True, slots=True)
class AdjustmentView:
    """A signed correction in minor units, + = the customer owes more."""

    id: int
    vendor_id: int
    customer_id: int
    kind: str
    date: date
    amount: int
    reason: str
    record_id: int | None
    created_by: int
    created_at: datetime
    currency: str


def settlement_view(row: Settlement, currency: str) -> SettlementView:
    return SettlementView(
        id=row.id,
        vendor_id=row.vendor_id,
        customer_id=row.customer_id,
        month=row.month,
        record_ids=list(row.record_ids),
        order_ids=list(row.order_ids),
        amount=row.amount,
        written_off=row.written_off,
        by=row.by,
        settled_at=row.settled_at,
        currency=currency,
    )


def adjustment_view(row: Adjustment, currency: str) -> AdjustmentView:
    return AdjustmentView(
        id=row.id,
        vendor_id=row.vendor_id,
        customer_id=row.customer_id,
        kind=row.kind,
        date=row.date,
        amount=row.amount,
        reason=row.reason,
        record_id=row.record_id,
        created_by=row.created_by,
        created_at=row.created_at,
        currency=currency,
    )


def _mine(who: Actor) -> ColumnElement[bool]:
    return Customer.vendor_id == who.user_id if who.role == "vendor" else Customer.user_id == who.user_id


def _which(
    query: Select[*tuple[Any, ...]],
    table: type[Settlement] | type[Adjustment],
    customer_id: int | None,
    vendor_id: int | None,
    status: str | None,
) -> Select[*tuple[Any, ...]]:
    if customer_id is not None:
        query = query.where(table.customer_id == customer_id)
    if vendor_id is not None:
        query = query.where(table.vendor_id == vendor_id)
    return query.where(false()) if status not in (None, "all") else query


def _settled_in(who: Actor, month: date) -> ColumnElement[bool]:
    """The condition that something was settled in a month, by the days of its vendor's zone."""
    ours = select(Customer.vendor_id).where(_mine(who))
    zones = session().scalars(
        select(Vendor.timezone).where(or_(Vendor.user_id == who.user_id, Vendor.user_id.in_(ours))).distinct()
    )
    spans = [
        and_(
            Vendor.timezone == zone,
            Settlement.settled_at >= start_of_day(zone, month),
            Settlement.settled_at < start_of_day(zone, next_month(month)),
        )
        for zone in zones
    ]
    return or_(false(), *spans)


def list_settlements(
    who: Actor,
    *,
    limit: int = 50,
    cursor: str | None = None,
    customer_id: int | None = None,
    vendor_id: int | None = None,
    status: str | None = None,
    month: date | None = None,
) -> Page[SettlementView]:
    """The caller's settlements, newest first; `month` (its first day) is when they were made."""
    query = (
        select(Settlement, Vendor.currency)
        .join(Customer, Customer.id == Settlement.customer_id)
        .join(Vendor, Vendor.user_id == Settlement.vendor_id)
        .where(_mine(who))
    )
    query = _which(query, Settlement, customer_id, vendor_id, status)
    if month is not None:
        query = query.where(_settled_in(who, month))
    found = page("settlements", query, [(Settlement.id, int)], limit=limit, cursor=cursor, descending=True)
    return found.map(lambda row: settlement_view(row[0], row[1]))


def list_adjustments(
    who: Actor,
    *,
    limit: int = 50,
    cursor: str | None = None,
    customer_id: int | None = None,
    vendor_id: int | None = None,
    status: str | None = None,
    month: date | None = None,
) -> Page[AdjustmentView]:
    """The caller's adjustments, newest first; `month` (its first day) is that of their date."""
    query = (
        select(Adjustment, Vendor.currency)
        .join(Customer, Customer.id == Adjustment.customer_id)
        .join(Vendor, Vendor.user_id == Adjustment.vendor_id)
        .where(_mine(who))
    )
    query = _which(query, Adjustment, customer_id, vendor_id, status)
    if month is not None:
        query = query.where(Adjustment.date.between(month, last_of_month(month)))
    found = page("adjustments", query, [(Adjustment.id, int)], limit=limit, cursor=cursor, descending=True)
    return found.map(lambda row: adjustment_view(row[0], row[1]))


def adjustments_of_days(customer_id: int, first: date, last: date) -> list[AdjustmentView]:
    """The adjustments of an account from `first` to `last`, by day; the id was found to be the caller's."""
    rows = session().execute(
        select(Adjustment, Vendor.currency)
        .join(Vendor, Vendor.user_id == Adjustment.vendor_id)
        .where(Adjustment.customer_id == customer_id, Adjustment.date.between(first, last))
        .order_by(Adjustment.date, Adjustment.id)
    )
    return [adjustment_view(row[0], row[1]) for row in rows]
