"""Every sum against every other. Each check is one statement, so it sees both ends of every movement."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from ..kernel.database import session
from .truth import AGREED, SERVED, by_order, fill


@dataclass(frozen=True, slots=True)
class Check:
    """`sql` gives the rows that are off as (what it is, what is stored, what it should be)."""

    name: str
    sql: str


def _compared(name: str, what: str, key: str, stored: str, expected: str) -> Check:
    """One table's sums beside another's: both select the columns `key` and a `value`.

    A row that one side lacks counts as zero; `what` names a row in SQL.
    """
    return Check(
        name,
        fill(
            """
            SELECT {what}, coalesce(s.value, 0)::text, coalesce(e.value, 0)::text
            FROM ({stored}) s FULL JOIN ({expected}) e USING ({key})
            WHERE coalesce(s.value, 0) <> coalesce(e.value, 0) ORDER BY {key}
            """,
            what=what,
            key=key,
            stored=stored,
            expected=expected,
        ),
    )


CUSTOMER = "format('customer %s', customer_id)"
CUSTOMER_MONTH = "format('customer %s, %s', customer_id, to_char(month, 'YYYY-MM'))"
ORDER_MONTH = "format('order %s, %s', order_id, to_char(month, 'YYYY-MM'))"
BALANCES = "SELECT customer_id, balance AS value FROM accounts"


def _entries(kind: str, sign: str = "") -> str:
    return fill(
        "SELECT customer_id, date_trunc('month', date)::date AS month, {sign}sum(amount) AS value"
        " FROM ledger_entries WHERE kind = '{kind}' GROUP BY 1, 2",
        kind=kind,
        sign=sign,
    )


def _months(column: str) -> str:
    return fill("SELECT customer_id, month, {column} AS value FROM account_months", column=column)


def _orders(column: str) -> str:
    return fill("SELECT order_id, month, {column} AS value FROM cumulative_record_details", column=column)


def _orders_of_customers(column: str) -> str:
    return fill(
        "SELECT customer_id, month, sum({column}) AS value FROM cumulative_record_details GROUP BY 1, 2",
        column=column,
    )


def _records(column: str) -> str:
    return fill("SELECT order_id, month, {column} AS value FROM ({t}) t", column=column, t=by_order("true"))


CHECKS = (
    Check(
        "account of a customer",
        "SELECT format('customer %s', c.id), 'none', 'one' FROM customers c"
        " LEFT JOIN accounts a ON a.customer_id = c.id AND a.vendor_id = c.vendor_id"
        " WHERE a.customer_id IS NULL ORDER BY c.id",
    ),
    _compared(
        "balance and the entries behind it",
        CUSTOMER,
        "customer_id",
        BALANCES,
        "SELECT customer_id, sum(amount) AS value FROM ledger_entries GROUP BY 1",
    ),
    _compared(
        "balance and the months (opening + charges - payments + adjustments)",
        CUSTOMER,
        "customer_id",
        BALANCES,
        "SELECT customer_id, sum(charges - payments + adjustments) AS value FROM account_months GROUP BY 1",
    ),
    _compared(
        "balance and the open lines less the advance",
        CUSTOMER,
        "customer_id",
        BALANCES,
        "SELECT a.customer_id, coalesce(sum(l.amount - l.paid), 0) - a.advance AS value"
        " FROM accounts a LEFT JOIN lines l USING (customer_id) GROUP BY a.customer_id",
    ),
    _compared(
        "charges of a month and the entries",
        CUSTOMER_MONTH,
        "customer_id, month",
        _months("charges"),
        _entries("charge"),
    ),
    _compared(
        "payments of a month and the entries",
        CUSTOMER_MONTH,
        "customer_id, month",
        _months("payments"),
        _entries("payment", "-"),
    ),
    _compared(
        "adjustments of a month and the entries",
        CUSTOMER_MONTH,
        "customer_id, month",
        _months("adjustments"),
        _entries("adjustment"),
    ),
    _compared(
        "charges of a month and its orders",
        CUSTOMER_MONTH,
        "customer_id, month",
        _months("charges"),
        _orders_of_customers("total_amount"),
    ),
    _compared(
        "disputed in a month and its orders",
        CUSTOMER_MONTH,
        "customer_id, month",
        _months("disputed"),
        _orders_of_customers("disputed_amount"),
    ),
    _compared(
        "disputed and the months",
        CUSTOMER,
        "customer_id",
        "SELECT customer_id, disputed AS value FROM accounts",
        "SELECT customer_id, sum(disputed) AS value FROM account_months GROUP BY 1",
    ),
    *(
        _compared(
            f"{column} of an order's month and its records",
            ORDER_MONTH,
            "order_id, month",
            _orders(column),
            _records(column),
        )
        for column in ("total_amount", "active_days", "quantity", "disputed_amount")
    ),
    Check(
        "line of a record",
        fill(
            """
        SELECT format('record %s', coalesce(l.target_id, r.id)),
               format('%s on %s for customer %s', l.amount, l.date, l.customer_id),
               format('%s on %s for customer %s', r.amount, r.date, r.customer_id)
        FROM (SELECT * FROM lines WHERE target = 'record') l
        FULL JOIN (SELECT r.* FROM records r WHERE {agreed} AND r.amount > 0) r ON r.id = l.target_id
        WHERE (l.amount, l.date, l.customer_id, l.order_id)
            IS DISTINCT FROM (r.amount, r.date, r.customer_id, r.order_id)
        ORDER BY coalesce(l.target_id, r.id)
        """,
            agreed=AGREED,
        ),
    ),
    Check(
        "line of an on-demand order",
        fill(
            """
        SELECT format('order %s', coalesce(l.target_id, r.order_id)),
               format('%s on %s for customer %s', l.amount, l.date, l.customer_id),
               format('%s on %s for customer %s', r.amount, r.date, r.customer_id)
        FROM (SELECT * FROM lines WHERE target = 'order') l
        FULL JOIN (
            SELECT r.* FROM custom_records r WHERE {served} AND NOT r.disputed AND r.amount > 0
        ) r ON r.order_id = l.target_id
        WHERE (l.amount, l.date, l.customer_id, l.order_id)
            IS DISTINCT FROM (r.amount, r.date, r.customer_id, r.order_id)
        ORDER BY coalesce(l.target_id, r.order_id)
        """,
            served=SERVED,
        ),
    ),
    Check(
        "on-demand order and its custom_record",
        """
        SELECT format('order %s', coalesce(o.id, r.order_id)),
               format('%s, %s on %s', o.state, o.amount, o.start_date),
               format('%s, %s on %s', r.status, r.amount, r.date)
        FROM (SELECT * FROM orders WHERE order_type_id = 2 AND state = 'served') o
        FULL JOIN (SELECT * FROM custom_records WHERE status = 'served') r ON r.order_id = o.id
        WHERE (o.amount, o.quantity, o.start_date, o.customer_id)
            IS DISTINCT FROM (r.amount, r.quantity, r.date, r.customer_id) OR o.id IS NULL OR r.id IS NULL
        ORDER BY coalesce(o.id, r.order_id)
        """,
    ),
    Check(
        "line of an adjustment",
        """
        SELECT format('adjustment %s', coalesce(l.target_id, j.id)),
               format('%s on %s for customer %s', l.amount, l.date, l.customer_id),
               format('%s on %s for customer %s', j.amount, j.date, j.customer_id)
        FROM (SELECT * FROM lines WHERE target = 'adjustment') l
        FULL JOIN (SELECT * FROM adjustments WHERE amount > 0) j ON j.id = l.target_id
        WHERE (l.amount, l.date, l.customer_id) IS DISTINCT FROM (j.amount, j.date, j.customer_id)
        ORDER BY coalesce(l.target_id, j.id)
        """,
    ),
    _compared(
        "entries of an adjustment and its amount",
        "format('adjustment %s', target_id)",
        "target_id",
        "SELECT target_id, sum(amount) AS value FROM ledger_entries WHERE target = 'adjustment' GROUP BY 1",
        "SELECT id AS target_id, amount AS value FROM adjustments",
    ),
    _compared(
        "entries of a delivery and its line",
        "format('%s %s', target, target_id)",
        "target, target_id",
        "SELECT target, target_id, sum(amount) AS value FROM ledger_entries WHERE kind = 'charge'"
        " GROUP BY 1, 2",
        "SELECT target, target_id, amount AS value FROM lines WHERE target <> 'adjustment'",
    ),
)


def verify() -> list[str]:
    """Everything that is off, a line each: what it is, what is stored, what the other sums say.

    Empty when all is right. Amounts are in minor units, quantities in thousandths.
    """
    return [
        f"{check.name}: {what}: {stored}, expected {expected}"
        for check in CHECKS
        for what, stored, expected in session().execute(text(check.sql))
    ]


def size() -> dict[str, int]:
    """How much `verify` looks at, by what it is."""
    row = (
        session()
        .execute(
            text(
                "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM lines),"
                " (SELECT count(*) FROM ledger_entries), (SELECT count(*) FROM cumulative_record_details)"
            )
        )
        .one()
    )
    return dict(zip(("accounts", "lines", "entries", "order months"), map(int, row), strict=True))
