"""Accounts, months and lines against what was delivered, served and adjusted."""

from __future__ import annotations

from ..truth import AGREED, by_order, fill
from .check import CUSTOMER, Check, compared

CUSTOMER_MONTH = "format('customer %s, %s', customer_id, to_char(month, 'YYYY-MM'))"
ORDER_MONTH = "format('order %s, %s', order_id, to_char(month, 'YYYY-MM'))"
BALANCES = "SELECT customer_id, balance AS value FROM accounts"


def _entries(kind: str, sign: str = "") -> str:
    return fill(
        "SELECT customer_id, date_trunc('month', date)::date AS month, {sign}sum(amount) AS value"
        " FROM ledger_entries WHERE kind = '{kind}' AND customer_id IS NOT NULL GROUP BY 1, 2",
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


DELIVERIES = (
    Check(
        "account of a customer",
        "SELECT format('customer %s', c.id), 'none', 'one' FROM customers c"
        " LEFT JOIN accounts a ON a.customer_id = c.id AND a.vendor_id = c.vendor_id"
        " WHERE a.customer_id IS NULL ORDER BY c.id",
    ),
    compared(
        "balance and the entries behind it",
        CUSTOMER,
        "customer_id",
        BALANCES,
        "SELECT customer_id, sum(amount) AS value FROM ledger_entries WHERE customer_id IS NOT NULL"
        " GROUP BY 1",
    ),
    compared(
        "balance and the months (opening + charges - payments + adjustments)",
        CUSTOMER,
        "customer_id",
        BALANCES,
        "SELECT customer_id, sum(charges - payments + adjustments) AS value FROM account_months GROUP BY 1",
    ),
    compared(
        "balance and the open lines less the advance",
        CUSTOMER,
        "customer_id",
        BALANCES,
        "SELECT a.customer_id, coalesce(sum(l.amount - l.paid), 0) - a.advance AS value"
        " FROM accounts a LEFT JOIN lines l USING (customer_id) GROUP BY a.customer_id",
    ),
    compared(
        "charges of a month and the entries",
        CUSTOMER_MONTH,
        "customer_id, month",
        _months("charges"),
        _entries("charge"),
    ),
    compared(
        "payments of a month and the entries",
        CUSTOMER_MONTH,
        "customer_id, month",
        _months("payments"),
        _entries("payment", "-"),
    ),
    compared(
        "adjustments of a month and the entries",
        CUSTOMER_MONTH,
        "customer_id, month",
        _months("adjustments"),
        _entries("adjustment"),
    ),
    compared(
        "charges of a month and its orders",
        CUSTOMER_MONTH,
        "customer_id, month",
        _months("charges"),
        _orders_of_customers("total_amount"),
    ),
    compared(
        "disputed in a month and its orders",
        CUSTOMER_MONTH,
        "customer_id, month",
        _months("disputed"),
        _orders_of_customers("disputed_amount"),
    ),
    compared(
        "disputed and the months",
        CUSTOMER,
        "customer_id",
        "SELECT customer_id, disputed AS value FROM accounts",
        "SELECT customer_id, sum(disputed) AS value FROM account_months GROUP BY 1",
    ),
    *(
        compared(
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
        """
        SELECT format('order %s', coalesce(l.target_id, r.order_id)),
               format('%s on %s for customer %s', l.amount, l.date, l.customer_id),
               format('%s on %s for customer %s', r.amount, r.date, r.customer_id)
        FROM (SELECT * FROM lines WHERE target = 'order') l
        FULL JOIN (
            SELECT r.* FROM custom_records r WHERE r.status = 'served' AND NOT r.disputed AND r.amount > 0
        ) r ON r.order_id = l.target_id
        WHERE (l.amount, l.date, l.customer_id, l.order_id)
            IS DISTINCT FROM (r.amount, r.date, r.customer_id, r.order_id)
        ORDER BY coalesce(l.target_id, r.order_id)
        """,
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
    compared(
        "entries of an adjustment and its amount",
        "format('adjustment %s', target_id)",
        "target_id",
        "SELECT target_id, sum(amount) AS value FROM ledger_entries WHERE target = 'adjustment' GROUP BY 1",
        "SELECT id AS target_id, amount AS value FROM adjustments",
    ),
    compared(
        "entries of a delivery and its line",
        "format('%s %s on %s', target, target_id, date)",
        "target, target_id, date",
        "SELECT target, target_id, date, sum(amount) AS value FROM ledger_entries WHERE kind = 'charge'"
        " GROUP BY 1, 2, 3",
        "SELECT target, target_id, date, amount AS value FROM lines WHERE target <> 'adjustment'",
    ),
)
