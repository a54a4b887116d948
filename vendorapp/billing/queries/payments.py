"""Reads of payments. A vendor sees those of their business, a linked customer their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select

from ...accounts.models import Vendor
from ...customers.models import Customer
from ...kernel.clock import last_of_month
from ...kernel.database import session
from ...kernel.paging import Page, page
from ...ledger.queries import allocations_of, unallocated
from ...ledger.rules import Landing
from ...orders.queries import Actor
from ..models import Payment
from ..rules.payments import CLAIMED


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment as both sides see it, in minor units; `allocations` say what of it is on which line now,
    `unallocated` what is on none."""

    id: int
    vendor_id: int
    customer_id: int | None
    amount: int
    currency: str
    method: str
    item: str | None
    item_id: int | None
    note: str | None
    status: str
    date: date
    unallocated: int
    reason: str | None
    created_by: int
    created_at: datetime
    answered_at: datetime | None
    reversed_at: datetime | None
    allocations: list[Landing] = field(default_factory=list)


def _statement() -> Select[*tuple[Any, ...]]:
    return (
        select(Payment, Vendor.currency)
        .join(Vendor, Vendor.user_id == Payment.vendor_id)
        .outerjoin(Customer, Customer.id == Payment.customer_id)
        .execution_options(populate_existing=True)
    )


def mine(who: Actor) -> Any:
    """The condition on `Payment`, joined with its customer if it has one, for the caller's side."""
    return Payment.vendor_id == who.user_id if who.role == "vendor" else Customer.user_id == who.user_id


def _views(rows: Sequence[Any]) -> list[PaymentView]:
    ids = [row[0].id for row in rows]
    landed, left = (allocations_of(ids), unallocated(ids)) if ids else ({}, {})
    return [
        PaymentView(
            id=one.id,
            vendor_id=one.vendor_id,
            customer_id=one.customer_id,
            amount=one.amount,
            currency=row[1],
            method=one.method,
            item=one.item,
            item_id=one.item_id,
            note=one.note,
            status=one.status,
            date=one.date,
            unallocated=left.get(one.id, 0),
            reason=one.reason,
            created_by=one.created_by,
            created_at=one.created_at,
            answered_at=one.answered_at,
            reversed_at=one.reversed_at,
            allocations=landed.get(one.id, []),
        )
        for row in rows
        for one in (row[0],)
    ]


def find(who: Actor, payment_id: int) -> PaymentView | None:
    """One payment of the caller's side, None when there is none such."""
    rows = session().execute(_statement().where(Payment.id == payment_id, mine(who))).all()
    return _views(rows)[0] if rows else None


def listed(
    who: Actor,
    *,
    limit: int,
    cursor: str | None = None,
    customer_id: int | None = None,
    vendor_id: int | None = None,
    status: str = "all",
    month: date | None = None,
) -> Page[PaymentView]:
    """The caller's payments, newest first; with `month` (its first day) those dated in it."""
    query = _statement().where(mine(who))
    if customer_id is not None:
        query = query.where(Payment.customer_id == customer_id)
    if vendor_id is not None:
        query = query.where(Payment.vendor_id == vendor_id)
    if status != "all":
        query = query.where(Payment.status == status)
    if month is not None:
        query = query.where(Payment.date.between(month, last_of_month(month)))
    found = page("payments", query, [(Payment.id, int)], limit=limit, cursor=cursor, descending=True)
    return Page(_views(found.items), found.next)


def of_days(customer_id: int, first: date, last: date) -> list[PaymentView]:
    """A customer's payments dated between two days, by day, of every status."""
    rows = session().execute(
        _statement()
        .where(Payment.customer_id == customer_id, Payment.date.between(first, last))
        .order_by(Payment.date, Payment.id)
    )
    return _views(rows.all())


def open_claims(customer_id: int) -> list[int]:
    """The ids of what this customer says they paid and the vendor has not answered, oldest first."""
    ids = select(Payment.id).where(Payment.customer_id == customer_id, Payment.status == CLAIMED)
    return list(session().scalars(ids.order_by(Payment.id)))
