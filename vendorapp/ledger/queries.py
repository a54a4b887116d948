"""Reads of sums. Callers pass ids of rows they have already found to be theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime

from sqlalchemy import func, or_, select, tuple_

from ..kernel.database import session
from .models import Account, AccountMonth, Allocation, Credit, Entry, Line, MonthlyTotal
from .rules import Balance, CreditLeft, Landing, MonthSums, OpenLine, Tally


def balances(customer_ids: Iterable[int]) -> dict[int, Balance]:
    """The balance of each account; every customer row has one."""
    rows = session().execute(
        select(Account.customer_id, Account.balance, Account.disputed, Account.unconfirmed).where(
            Account.customer_id.in_(list(customer_ids))
        )
    )
    return {row.customer_id: Balance(row.balance, row.disputed, row.unconfirmed) for row in rows}


def account_month(customer_id: int, month: date) -> MonthSums:
    """The sums of one account in the month that begins on `month`."""
    opening = session().scalar(
        select(
            func.coalesce(
                func.sum(AccountMonth.charges - AccountMonth.payments + AccountMonth.adjustments), 0
            )
        ).where(AccountMonth.customer_id == customer_id, AccountMonth.month < month)
    )
    row = session().get(AccountMonth, (customer_id, month))
    if row is None:
        return MonthSums(opening=int(opening or 0))
    return MonthSums(int(opening or 0), row.charges, row.payments, row.adjustments, row.disputed)


def order_months(order_ids: Iterable[int], month: date) -> dict[int, Tally]:
    """What each order came to in that month; orders with nothing are left out."""
    rows = session().scalars(
        select(MonthlyTotal).where(MonthlyTotal.order_id.in_(list(order_ids)), MonthlyTotal.month == month)
    )
    return {
        row.order_id: Tally(row.total_amount, row.quantity, row.active_days, row.disputed_amount)
        for row in rows
    }


def settled_and_open(customer_id: int, first: date, last: date) -> tuple[int, int]:
    """Of what was delivered between two days: what is paid today, and what is still open."""
    row = (
        session()
        .execute(
            select(
                func.coalesce(func.sum(Line.paid), 0),
                func.coalesce(func.sum(Line.amount - Line.paid), 0),
            ).where(
                Line.customer_id == customer_id,
                Line.date.between(first, last),
                Line.target != "adjustment",
            )
        )
        .one()
    )
    return int(row[0]), int(row[1])


def settled_records(record_ids: Iterable[int]) -> dict[int, datetime]:
    """Those of the records on which nothing is open, with since when."""
    ids = list(record_ids)
    if not ids:
        return {}
    rows = session().execute(
        select(Line.target_id, Line.settled_at).where(
            Line.target == "record", Line.target_id.in_(ids), Line.settled_at.is_not(None)
        )
    )
    return {record_id: at for record_id, at in rows if at is not None}


def open_lines(
    customer_id: int,
    *,
    first: date | None = None,
    last: date | None = None,
    targets: Collection[tuple[str, int]] | None = None,
) -> list[OpenLine]:
    """The lines of an account on which something is open, the oldest first; of a span of days, or only
    those named as (target, id)."""
    query = select(Line.target, Line.target_id, Line.order_id, Line.date, Line.amount - Line.paid).where(
        Line.customer_id == customer_id, Line.paid < Line.amount
    )
    if first is not None:
        query = query.where(Line.date >= first)
    if last is not None:
        query = query.where(Line.date <= last)
    if targets is not None:
        query = query.where(tuple_(Line.target, Line.target_id).in_(list(targets)))
    rows = session().execute(query.order_by(Line.date, Line.target, Line.target_id))
    return [OpenLine(*row) for row in rows]


def credits_left(customer_id: int, source: tuple[str, int] | None = None) -> list[CreditLeft]:
    """The credits of an account with something left on them, the oldest first; or only `source`."""
    query = select(Credit.source, Credit.source_id, Credit.unallocated).where(
        Credit.customer_id == customer_id, Credit.unallocated > 0
    )
    if source is not None:
        query = query.where(Credit.source == source[0], Credit.source_id == source[1])
    rows = session().execute(query.order_by(Credit.date, Credit.source, Credit.source_id))
    return [CreditLeft(*row) for row in rows]


def allocations_of(payment_ids: Iterable[int]) -> dict[int, list[Landing]]:
    """What of each payment is on which line now, the oldest landing first."""
    found: dict[int, list[Landing]] = {}
    rows = session().execute(
        select(
            Allocation.source,
            Allocation.source_id,
            Allocation.target,
            Allocation.target_id,
            func.sum(Allocation.amount),
        )
        .where(
            Allocation.source == "payment",
            Allocation.source_id.in_(list(payment_ids)),
            Allocation.released_at.is_(None),
        )
        .group_by(Allocation.source, Allocation.source_id, Allocation.target, Allocation.target_id)
        .order_by(func.min(Allocation.id))
    )
    for source, source_id, target, target_id, amount in rows:
        found.setdefault(source_id, []).append(Landing(source, source_id, target, target_id, int(amount)))
    return found


def unallocated(payment_ids: Iterable[int]) -> dict[int, int]:
    """What of each confirmed payment is on no line."""
    rows = session().execute(
        select(Credit.source_id, Credit.unallocated).where(
            Credit.source == "payment", Credit.source_id.in_(list(payment_ids))
        )
    )
    return {row.source_id: row.unallocated for row in rows}


def has_history(vendor_id: int) -> bool:
    """Whether anything was ever charged, paid or adjusted in this vendor's book, or is claimed to be paid."""
    entered = select(Entry.id).where(Entry.vendor_id == vendor_id).exists()
    claimed = (
        select(Account.customer_id).where(Account.vendor_id == vendor_id, Account.unconfirmed > 0).exists()
    )
    return bool(session().scalar(select(or_(entered, claimed))))


def paid_orders(order_ids: Iterable[int]) -> set[int]:
    """Those of the orders that something was charged on, and on which nothing is open."""
    rows = session().scalars(
        select(Line.order_id)
        .where(Line.order_id.in_(list(order_ids)))
        .group_by(Line.order_id)
        .having(func.bool_and(Line.paid == Line.amount))
    )
    return {order_id for order_id in rows if order_id is not None}
