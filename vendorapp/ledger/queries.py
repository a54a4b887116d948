"""Reads of sums. Callers pass ids of rows they have already found to be theirs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select

from ..kernel.database import session
from .models import Account, AccountMonth, Entry, Line, MonthlyTotal
from .rules import Balance, MonthSums, Tally


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


def settled_records(record_ids: Iterable[int]) -> set[int]:
    """Those of the records on which nothing is open: their line is paid in full."""
    ids = list(record_ids)
    if not ids:
        return set()
    return set(
        session().scalars(
            select(Line.target_id).where(
                Line.target == "record",
                Line.target_id.in_(ids),
                Line.paid == Line.amount,
            )
        )
    )


def has_history(vendor_id: int) -> bool:
    """Whether anything was ever charged, paid or adjusted in this vendor's book."""
    return bool(session().scalar(select(select(Entry.id).where(Entry.vendor_id == vendor_id).exists())))


def paid_orders(order_ids: Iterable[int]) -> set[int]:
    """Those of the orders that something was charged on, and on which nothing is open."""
    rows = session().scalars(
        select(Line.order_id)
        .where(Line.order_id.in_(list(order_ids)))
        .group_by(Line.order_id)
        .having(func.bool_and(Line.paid == Line.amount))
    )
    return {order_id for order_id in rows if order_id is not None}
