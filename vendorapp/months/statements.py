"""The account of a month as a statement: what both sides read of it, and who accepted it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, or_, select

from ..accounts.queries import Business, Caller, business
from ..billing.queries import payments as payments_read
from ..billing.queries.payments import PaymentView
from ..billing.queries.settlements import AdjustmentView, adjustments_of_days
from ..customers import queries as book
from ..customers.queries import CustomerView
from ..kernel.clock import day_in, last_of_month
from ..kernel.database import FIRST_DAY, session
from ..kernel.errors import NotFound
from ..ledger.models import Entry
from ..on_demand.models import CustomRecord
from ..on_demand.rules import SERVED
from ..orders import queries as orders_read
from ..orders.models import OrderPeriod, OrderTerms
from ..orders.queries import Actor, OrderView, one_of
from ..records import queries as records_read
from ..records.models import Record
from ..records.queries import RecordView
from ..records.rules import SCHEDULED
from . import queries
from .models import Statement
from .rules import Acceptance, CustomerMonth

# Days are read in pages of this size: a household has a few dozen in a month.
DAYS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class StatementView:
    """One account's month with everything that it is made of. Both sides read the same.

    `terms` are the versions in force on some day of the month. In `payments` a reversal stands as a negative
    amount of its day, so that they add up to the month's. `unmarked` counts days that were due and that the
    vendor said nothing about.
    """

    month: CustomerMonth
    days: list[RecordView]
    extras: list[OrderView]
    terms: list[OrderTerms]
    payments: list[PaymentView]
    adjustments: list[AdjustmentView]
    unmarked: int
    acceptance: Acceptance


def statement(who: Caller, customer_id: int, month: date) -> StatementView:
    """The statement of the month that begins on `month`, of an account of the caller's side; NotFound."""
    return statement_of(who, *account_of(who, customer_id), month)


def statement_of(who: Actor, customer: CustomerView, shop: Business, month: date) -> StatementView:
    """The statement of an account that was found to be of `who`'s side."""
    customer_id, last = customer.customer_id, last_of_month(month)
    found = queries.customer_month(
        customer_id=customer_id,
        vendor_id=customer.vendor_id,
        month=month,
        currency=shop.currency,
        today=day_in(shop.timezone),
    )
    days = _days(who, customer_id, month)
    orders = {order.order_id for order in found.orders} | {day.delivery.order_id for day in days}
    extras = (
        session()
        .scalars(
            select(CustomRecord.order_id)
            .where(
                CustomRecord.customer_id == customer_id,
                CustomRecord.date.between(month, last),
                CustomRecord.status == SERVED,
            )
            .order_by(CustomRecord.date, CustomRecord.order_id)
        )
        .all()
    )
    known = orders_read.find_all(who, extras) if extras else {}
    return StatementView(
        month=found,
        days=days,
        extras=[known[order_id] for order_id in extras if order_id in known],
        terms=_terms(orders, month, last),
        payments=_payments(customer_id, month, last),
        adjustments=adjustments_of_days(customer_id, month, last),
        unmarked=sum(day.delivery.status == SCHEDULED for day in days),
        acceptance=acceptance(customer_id, month, found.sums.closing),
    )


def account_of(who: Caller, customer_id: int) -> tuple[CustomerView, Business]:
    """A row of the book of the caller's side, and the vendor's business; NotFound."""
    customer = book.find(who, customer_id)
    shop = business(customer.vendor_id) if customer else None
    if customer is None or shop is None:
        raise NotFound()
    return customer, shop


def _days(who: Actor, customer_id: int, month: date) -> list[RecordView]:
    found: list[RecordView] = []
    cursor = None
    while True:
        page = records_read.list_records(
            who, customer_id=customer_id, month=month, limit=DAYS_AT_ONCE, cursor=cursor
        )
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def _terms(order_ids: set[int], first: date, last: date) -> list[OrderTerms]:
    """The accepted versions that hold on some day between two, by order."""
    until = func.lead(OrderPeriod.starts_on).over(
        partition_by=OrderPeriod.order_id, order_by=OrderPeriod.starts_on
    )
    periods = (
        select(OrderPeriod.order_id, OrderPeriod.version, OrderPeriod.starts_on, until.label("until"))
        .where(one_of(OrderPeriod.order_id, order_ids))
        .subquery()
    )
    return list(
        session()
        .scalars(
            select(OrderTerms)
            .join(
                periods,
                (OrderTerms.order_id == periods.c.order_id) & (OrderTerms.version == periods.c.version),
            )
            .where(periods.c.starts_on <= last, or_(periods.c.until.is_(None), periods.c.until > first))
            .order_by(OrderTerms.order_id, OrderTerms.version)
        )
        .unique()
    )


def _payments(customer_id: int, first: date, last: date) -> list[PaymentView]:
    """What was paid on these days, and what of it turned out to be none."""
    reversals = session().execute(
        select(Entry.target_id, Entry.date).where(
            Entry.customer_id == customer_id,
            Entry.kind == "payment",
            Entry.amount > 0,
            Entry.date.between(first, last),
        )
    )
    taken_back = {row.target_id: row.date for row in reversals}
    found = payments_read.of_days(customer_id, FIRST_DAY if taken_back else first, last)
    listed = [one for one in found if one.date >= first and one.status in ("confirmed", "reversed")]
    listed += [
        replace(one, amount=-one.amount, date=taken_back[one.id], allocations=[], unallocated=0)
        for one in found
        if one.id in taken_back
    ]
    return sorted(listed, key=lambda one: (one.date, one.id, -one.amount))


def acceptance(customer_id: int, month: date, closing: int) -> Acceptance:
    """Who accepted the month as it stands. A later month that was closed has closed it too."""
    row = session().scalar(
        select(Statement)
        .where(
            Statement.customer_id == customer_id,
            Statement.month >= month,
            or_(Statement.month == month, Statement.closed_at.is_not(None)),
        )
        .order_by(Statement.closed_at.is_(None), Statement.month)
        .limit(1)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return Acceptance()
    if row.closed_at is not None:
        return Acceptance(row.accepted_by_vendor_at, row.accepted_by_customer_at, row.closed_at)
    return standing(row, closing)


def standing(row: Statement, closing: int) -> Acceptance:
    """What is left of the acceptances of an open month: those that nothing has changed after."""
    signed = (row.accepted_by_vendor_at, row.accepted_by_customer_at)
    if row.closing != closing or not any(signed):
        return Acceptance()
    changed = _last_change(row.customer_id, last_of_month(row.month))
    vendor, customer = (at if at and not (changed and changed > at) else None for at in signed)
    return Acceptance(vendor, customer)


def _last_change(customer_id: int, last: date) -> datetime | None:
    """When something dated up to `last` changed that the statement says: a sum, a vendor's mark, an extra.

    A customer's mark that agrees changes nothing; one that does not moves the sums.
    """
    moments = (
        select(func.max(Entry.at)).where(Entry.customer_id == customer_id, Entry.date <= last),
        select(func.max(Record.vendor_heard_at)).where(
            Record.customer_id == customer_id, Record.date <= last
        ),
        select(func.max(CustomRecord.updated_at)).where(
            CustomRecord.customer_id == customer_id, CustomRecord.date <= last
        ),
    )
    return session().scalar(select(func.greatest(*(one.scalar_subquery() for one in moments))))
