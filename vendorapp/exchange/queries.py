"""What goes into a vendor's files, row by row, and what their book says of a file that comes in.

The reads of files take a vendor's id and give rows while the database is still finding them: however many
there are, a few thousand are in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Text, any_, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import Executable

from ..accounts.queries import Caller
from ..customers.models import Customer
from ..kernel.clock import last_of_month
from ..kernel.database import session
from ..ledger.models import Account
from ..orders.queries import OrderView, list_orders
from .rules import customers as rules
from .rules.reading import clean, table

AT_A_TIME = 2000
ORDERS_AT_A_TIME = 500

RECORDS = text(
    """
    SELECT * FROM (
        SELECT r.date, r.id, r.order_id, r.customer_id, c.name AS customer, 'regular' AS kind, r.item_name,
            r.quantity, r.unit, r.rate, coalesce(l.amount, 0) AS amount, coalesce(l.paid, 0) AS paid,
            r.status, r.disputed, r.vendor_status, r.vendor_quantity, r.vendor_note,
            r.customer_status, r.customer_quantity, r.customer_note
        FROM records r
        JOIN customers c ON c.id = r.customer_id
        LEFT JOIN lines l ON l.target = 'record' AND l.target_id = r.id
        WHERE r.vendor_id = :vendor_id AND r.date BETWEEN :first AND :last
        UNION ALL
        SELECT r.date, r.id, r.order_id, r.customer_id, c.name, 'extra', r.item_name,
            r.quantity, r.unit, r.rate, coalesce(l.amount, 0), coalesce(l.paid, 0),
            r.status, r.disputed, NULL, NULL, NULL, NULL, NULL, NULL
        FROM custom_records r
        LEFT JOIN customers c ON c.id = r.customer_id
        LEFT JOIN lines l ON l.target = 'order' AND l.target_id = r.order_id
        WHERE r.vendor_id = :vendor_id AND r.date BETWEEN :first AND :last
    ) found ORDER BY date, id
    """
)

PAYMENTS = text(
    """
    SELECT p.date, p.id, p.customer_id, c.name AS customer, p.amount, p.method, p.status, p.item, p.item_id,
        p.note, p.reason
    FROM payments p LEFT JOIN customers c ON c.id = p.customer_id
    WHERE p.vendor_id = :vendor_id AND p.date BETWEEN :first AND :last
    ORDER BY p.date, p.id
    """
)

# What came to an account before the month stands first in it, so that its lines add up to the balance.
HISTORY = text(
    """
    SELECT * FROM (
        SELECT c.id AS customer_id, c.name AS customer, CAST(:first AS date) AS date, CAST(0 AS bigint) AS id,
            'before' AS kind, NULL AS target, sum(m.charges - m.payments + m.adjustments)::bigint AS amount,
            NULL AS item_name, NULL AS adjustment, NULL AS method, NULL AS note
        FROM customers c JOIN account_months m ON m.customer_id = c.id
        WHERE c.vendor_id = :vendor_id AND m.month < :first
        GROUP BY c.id HAVING sum(m.charges - m.payments + m.adjustments) <> 0
        UNION ALL
        SELECT e.customer_id, e.customer, e.date, e.id, e.kind, e.target, e.amount,
            coalesce(r.item_name, o.item_name), a.kind, p.method, coalesce(a.reason, p.note)
        FROM (
            SELECT e.*, c.name AS customer
            FROM customers c JOIN ledger_entries e ON e.customer_id = c.id
            WHERE c.vendor_id = :vendor_id AND e.date BETWEEN :first AND :last
            UNION ALL
            SELECT e.*, NULL FROM ledger_entries e
            WHERE e.customer_id IS NULL AND e.vendor_id = :vendor_id AND e.date BETWEEN :first AND :last
        ) e
        LEFT JOIN records r ON e.target = 'record' AND r.id = e.target_id
        LEFT JOIN orders o ON e.target = 'order' AND o.id = e.target_id
        LEFT JOIN adjustments a ON e.target = 'adjustment' AND a.id = e.target_id
        LEFT JOIN payments p ON e.target = 'payment' AND p.id = e.target_id
    ) found ORDER BY customer_id IS NULL, customer, customer_id, date, id
    """
)


def _rows(statement: Executable, values: Mapping[str, Any] | None = None) -> Iterator[Any]:
    yield from session().execute(statement, values or {}, execution_options={"yield_per": AT_A_TIME})


def _month(vendor_id: int, month: date) -> dict[str, Any]:
    return {"vendor_id": vendor_id, "first": month, "last": last_of_month(month)}


def customers(vendor_id: int) -> Iterator[Any]:
    """Every row of the book by name, with its balance (signed, + = owes)."""
    yield from _rows(
        select(
            Customer.id,
            Customer.name,
            Customer.phone_number,
            Customer.email,
            Customer.address,
            Customer.notes,
            Customer.stop_order,
            Customer.status,
            Customer.user_id,
            Customer.created_at,
            Account.balance,
        )
        .join(Account, Account.customer_id == Customer.id)
        .where(Customer.vendor_id == literal(vendor_id, BigInteger))
        .order_by(Customer.name, Customer.id)
    )


def orders(caller: Caller) -> Iterator[OrderView]:
    """Every order of the calling vendor, newest first."""
    cursor: str | None = None
    while True:
        page = list_orders(caller, limit=ORDERS_AT_A_TIME, cursor=cursor)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def records(vendor_id: int, month: date) -> Iterator[Any]:
    """The deliveries of a month by day, regular ones and extras; `amount` is what counts on the account."""
    yield from _rows(RECORDS, _month(vendor_id, month))


def payments(vendor_id: int, month: date) -> Iterator[Any]:
    """The payments dated in a month by day, whatever became of them."""
    yield from _rows(PAYMENTS, _month(vendor_id, month))


def history(vendor_id: int, month: date) -> Iterator[Any]:
    """Every movement of every account in a month, account by account; sales at the counter last.

    The first line of an account is what it brought from the months before, so its lines add up to what it
    is at the end of the month.
    """
    yield from _rows(HISTORY, _month(vendor_id, month))


def look(caller: Caller, typed: str, own: Mapping[str, str]) -> rules.Checked:
    """What adding the customers of a file to the calling vendor's book would come to, now. Writes nothing.

    `typed` is the file's text, `own` the headings of our own files by field. Raises `reading.Unreadable`.
    """
    currency = caller.own_business.currency
    plain = clean(typed)
    found = table(plain, rules.field_names(own), rules.NEEDED)
    good, faults = rules.lines(found, beside=caller.phone_number, currency=currency)
    known = _names_by_phone(caller.user_id, [row.phone_number for _, row in good])
    return rules.checked(plain, found, good=good, faults=faults, known=known, currency=currency)


def _names_by_phone(vendor_id: int, phones: list[str]) -> dict[str, str]:
    rows = session().execute(
        select(Customer.phone_number, Customer.name).where(
            Customer.vendor_id == vendor_id,
            Customer.phone_number == any_(literal(phones, ARRAY(Text))),
        )
    )
    return {row.phone_number: row.name for row in rows}
