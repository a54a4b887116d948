"""Reads of days. A vendor sees their own records, a customer those of the rows linked to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Select, and_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from ..accounts.models import Vendor
from ..customers.models import Customer
from ..kernel.clock import last_of_month
from ..kernel.database import session
from ..kernel.paging import Page, page
from ..ledger.queries import settled_records
from ..orders.queries import Actor
from .models import Record, RecordMark
from .rules import CANCELLED, Delivery, Mark

COLUMNS = tuple(Record.__table__.c)
MARKED = or_(Record.vendor_status.is_not(None), Record.customer_status.is_not(None))


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as both sides see it. `settled_at` is since when nothing is open on it."""

    delivery: Delivery
    currency: str
    settled_at: datetime | None


def _vendor_mark(row: Any) -> Mark | None:
    if row.vendor_status is None:
        return None
    return Mark(
        row.vendor_status,
        row.vendor_quantity,
        row.vendor_note,
        row.vendor_by,
        row.vendor_at,
        row.vendor_heard_at,
    )


def _customer_mark(row: Any) -> Mark | None:
    if row.customer_status is None:
        return None
    return Mark(
        row.customer_status,
        row.customer_quantity,
        row.customer_note,
        row.customer_by,
        row.customer_at,
        row.customer_at,
    )


def delivery_of(row: Any) -> Delivery:
    """A row with all columns of `records` as the rules take it."""
    return Delivery(
        id=row.id,
        order_id=row.order_id,
        vendor_id=row.vendor_id,
        customer_id=row.customer_id,
        date=row.date,
        item_name=row.item_name,
        unit=row.unit,
        due_quantity=row.due_quantity,
        rate=row.rate,
        terms_version=row.terms_version,
        cancelled=row.status == CANCELLED,
        extra=row.extra,
        vendor=_vendor_mark(row),
        customer=_customer_mark(row),
        updated_by=row.updated_by,
        updated_at=row.updated_at,
    )


def _views(rows: Sequence[Any]) -> list[RecordView]:
    """Rows of `records` with the vendor's currency, seen with what is paid on them."""
    settled = settled_records([row.id for row in rows])
    return [RecordView(delivery_of(row), row.currency, settled.get(row.id)) for row in rows]


def _statement() -> Select[Any]:
    return select(*COLUMNS, Vendor.currency).join(Vendor, Vendor.user_id == Record.vendor_id)


def _mine(who: Actor) -> Any:
    if who.role == "vendor":
        return Record.vendor_id == who.user_id
    linked = select(Customer.id).where(Customer.user_id == who.user_id)
    return Record.customer_id.in_(linked)


def list_records(
    who: Actor,
    *,
    limit: int = 50,
    cursor: str | None = None,
    order_id: int | None = None,
    customer_id: int | None = None,
    vendor_id: int | None = None,
    month: date | None = None,
    date: date | None = None,
    status: str | None = None,
    disputed: bool | None = None,
) -> Page[RecordView]:
    """The caller's records by date. `month` is given by its first day."""
    equal = {
        Record.order_id: order_id,
        Record.customer_id: customer_id,
        Record.vendor_id: vendor_id,
        Record.date: date,
        Record.status: status,
        Record.disputed: disputed,
    }
    query = _statement().where(_mine(who))
    query = query.where(*(column == value for column, value in equal.items() if value is not None))
    if month is not None:
        query = query.where(Record.date.between(month, last_of_month(month)))
    keys: list[Any] = [(Record.date, _day), (Record.id, int)]
    found = page("records", query, keys, limit=limit, cursor=cursor)
    return Page(_views(found.items), found.next)


_day = date


def find(who: Actor, record_id: int) -> RecordView | None:
    """One record of the caller's side, None when there is none such."""
    rows = session().execute(_statement().where(_mine(who), Record.id == record_id)).all()
    return _views(rows)[0] if rows else None


def month_records(order_ids: Iterable[int], first: date, last: date) -> list[RecordView]:
    """The records of these orders from `first` to `last`, by date; the ids were found to be the caller's."""
    rows = session().execute(
        _statement()
        .where(Record.order_id.in_(list(order_ids)), Record.date.between(first, last))
        .order_by(Record.date, Record.id)
    )
    return _views(rows.all())


def day_deliveries(order_ids: Iterable[int], day: date) -> dict[int, Delivery]:
    """The records of these orders on one day, by order."""
    rows = session().execute(select(*COLUMNS).where(Record.date == day, Record.order_id.in_(list(order_ids))))
    return {row.order_id: delivery_of(row) for row in rows}


def last_marked_day(order_id: int) -> date | None:
    """The last day of an order that either side has marked."""
    return session().scalar(select(func.max(Record.date)).where(Record.order_id == order_id, MARKED))


def last_marked_days(order_ids: Iterable[int]) -> dict[int, date]:
    """The last day of each of these orders that either side has marked; orders without one are missing."""
    ids = func.unnest(literal(list(order_ids), ARRAY(BigInteger))).column_valued("wanted")
    last = (
        select(Record.date)
        .where(Record.order_id == ids, MARKED)
        .order_by(Record.date.desc())
        .limit(1)
        .lateral()
    )
    return {row.wanted: row.date for row in session().execute(select(ids, last.c.date))}


def has_marks(order_id: int) -> bool:
    """Whether either side ever marked a day of this order."""
    found = select(Record.id).where(and_(Record.order_id == order_id, MARKED)).exists()
    return bool(session().scalar(select(found)))


@dataclass(frozen=True, slots=True)
class Said:
    """One mark as it was made: which side said what, and when we heard of it."""

    side: str
    mark: Mark


def history(record_id: int) -> list[Said]:
    """Every mark that was ever made on a record, in the order we heard them; the id was found to be the
    caller's."""
    rows = session().scalars(
        select(RecordMark).where(RecordMark.record_id == record_id).order_by(RecordMark.id)
    )
    return [
        Said(row.side, Mark(row.status, row.quantity, row.note, row.user_id, row.at, row.heard_at))
        for row in rows
    ]
