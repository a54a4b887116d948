"""How a planned order stands in the tables, and the fast way into them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from psycopg import sql
from sqlalchemy import text

from ..kernel.clock import start_of_day
from ..kernel.database import session
from ..kernel.money import times
from ..orders.models import SCHEDULED
from ..orders.rules import PROPOSAL_LASTS, TERM_FIELDS
from .plan import PlannedOrder, Span

ZONE = "Asia/Kolkata"
NOTE = "by phone"
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """An order on its way into the tables; `login` is the household's, where it stands for the customer."""

    order_id: int
    number: int
    vendor_id: int
    customer_id: int
    login: int | None
    order: PlannedOrder
    span: Span

    @property
    def note(self) -> str | None:
        return None if self.login else NOTE

    @property
    def accepted_by(self) -> int:
        return self.login or self.vendor_id

    def accepted_at(self, day: date) -> datetime:
        """Agreed on the evening before the terms begin, but not before there was a book."""
        return max(start_of_day(ZONE, day) - timedelta(hours=5), start_of_day(ZONE, self.span.first))

    def versions(self) -> list[tuple[int, date, int, list[str]]]:
        """(version, from when, rate, what it changed)"""
        order = self.order
        found = [(1, order.start_date, order.offer.rate, sorted(TERM_FIELDS))]
        if order.raised_on and order.new_rate:
            found.append((2, order.raised_on, order.new_rate, ["rate"]))
        return found

    def order_row(self) -> Iterator[Row]:
        order, offer = self.order, self.order.offer
        made = self.accepted_at(order.start_date)
        over = order.ended_on is not None and order.ended_on < self.span.today
        yield (
            self.order_id, SCHEDULED, self.vendor_id, self.customer_id, "active", offer.item_name,
            offer.unit, order.quantity, offer.rate, times(offer.rate, order.quantity),
            list(offer.weekdays), offer.every, order.start_date, None, order.ended_on, order.start_date,
            None if over else self.span.today, self.vendor_id, made, made,
        )  # fmt: skip

    def terms_rows(self) -> Iterator[Row]:
        offer = self.order.offer
        for version, day, rate, changed in self.versions():
            yield (
                self.order_id, version, offer.item_name, offer.unit, self.order.quantity, rate,
                list(offer.weekdays), offer.every, changed, day, self.accepted_by,
                self.accepted_at(day), self.note,
            )  # fmt: skip

    def period_rows(self) -> Iterator[Row]:
        offer, quantity = self.order.offer, self.order.quantity
        for version, day, rate, _ in self.versions():
            yield (
                self.order_id, day, version, offer.item_name, offer.unit, quantity, rate,
                times(rate, quantity), list(offer.weekdays), offer.every,
            )  # fmt: skip

    def change_rows(self) -> Iterator[Row]:
        offer = self.order.offer
        for version, day, rate, _ in self.versions():
            at = self.accepted_at(day)
            asked = max(at - timedelta(hours=2), start_of_day(ZONE, self.span.first))
            new = version == 1
            yield (
                self.order_id, self.vendor_id, self.customer_id, "new" if new else "update",
                self.vendor_id, "vendor", offer.item_name if new else None, offer.unit if new else None,
                self.order.quantity if new else None, rate, list(offer.weekdays) if new else None,
                offer.every if new else None, day, "accepted", self.note, self.accepted_by, at,
                asked + PROPOSAL_LASTS, asked,
            )  # fmt: skip

    def pause_rows(self) -> Iterator[Row]:
        if self.order.pause:
            first, last, reason = self.order.pause
            asked = start_of_day(ZONE, first) - timedelta(hours=8)
            asked_by = self.login or self.vendor_id
            yield self.order_id, first, last, reason, asked_by, asked

    def stretch_rows(self) -> Iterator[Row]:
        order, offer = self.order, self.order.offer
        versions = self.versions()
        last = min(order.ended_on or self.span.today, self.span.today)
        first_paused, last_paused = order.pause[:2] if order.pause else (None, None)
        for nth, (version, day, rate, _) in enumerate(versions):
            until = versions[nth + 1][1] - timedelta(days=1) if nth + 1 < len(versions) else last
            yield (
                self.order_id, self.number, self.vendor_id, self.customer_id, order.start_date, day,
                min(until, last), first_paused, last_paused, version, offer.item_name, offer.unit,
                order.quantity, rate, list(offer.weekdays), offer.every, offer.step,
            )  # fmt: skip


# Table, its columns, and what an order gives to it.
ORDER_TABLES: tuple[tuple[str, str, Callable[[Written], Iterable[Row]]], ...] = (
    (
        "orders",
        (
            "id order_type_id vendor_id customer_id state item_name unit quantity rate amount weekdays every"
            " start_date valid_till ended_on first_night scheduled_through created_by created_at updated_at"
        ),
        Written.order_row,
    ),
    (
        "order_terms",
        (
            "order_id version item_name unit quantity rate weekdays every changed effective_from accepted_by"
            " accepted_at on_behalf_note"
        ),
        Written.terms_rows,
    ),
    (
        "order_periods",
        "order_id starts_on version item_name unit quantity rate amount weekdays every",
        Written.period_rows,
    ),
    (
        "change_requests",
        (
            "order_id vendor_id customer_id kind proposed_by proposed_side item_name unit quantity"
            " rate weekdays every effective_from status on_behalf_note answered_by answered_at"
            " expires_at created_at"
        ),
        Written.change_rows,
    ),
    (
        "pauses",
        "order_id starts_on ends_on reason asked_by created_at",
        Written.pause_rows,
    ),
    (
        "demo_terms",
        (
            "order_id number vendor_id customer_id start_date from_day to_day paused_from paused_to version"
            " item_name unit quantity rate weekdays every step"
        ),
        Written.stretch_rows,
    ),
)


def copy(table: str, columns: str, rows: Iterable[Row]) -> None:
    """Write rows by COPY, within the present transaction; `columns` are parted by spaces."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns.split()))
    )
    connection: Any = session().connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(statement) as target:
        for row in rows:
            target.write_row(row)


def new_ids(sequence: str, count: int) -> list[int]:
    """The next `count` numbers of a sequence."""
    return list(
        session().scalars(
            text("SELECT nextval(CAST(:name AS regclass)) FROM generate_series(1, :count)"),
            {"name": sequence, "count": count},
        )
    )
