"""The roll-up's rebuild: what the records say replaces what the month tables hold."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select, text

from ..kernel.clock import last_of_month
from ..kernel.database import session
from ..ledger.models import Account
from .rules import Drift
from .truth import by_order, fill

# Both month tables beside what the records say; `closed` months never move again. A row that is missing
# counts as one of zeros.
COMPARED = fill(
    """
    WITH truth AS MATERIALIZED (
        {records}
    ), orders_found AS MATERIALIZED (
        SELECT order_id, coalesce(t.customer_id, s.customer_id) AS customer_id,
            coalesce(t.total_amount, 0) AS total_amount, coalesce(t.active_days, 0) AS active_days,
            coalesce(t.quantity, 0) AS quantity, coalesce(t.disputed_amount, 0) AS disputed_amount,
            (coalesce(t.total_amount, 0), coalesce(t.active_days, 0), coalesce(t.quantity, 0),
             coalesce(t.disputed_amount, 0), coalesce(t.customer_id, s.customer_id))
            IS DISTINCT FROM
            (coalesce(s.total_amount, 0), coalesce(s.active_days, 0), coalesce(s.quantity, 0),
             coalesce(s.disputed_amount, 0), coalesce(s.customer_id, t.customer_id)) AS wrong
        FROM truth t
        FULL JOIN (
            SELECT * FROM cumulative_record_details WHERE vendor_id = :vendor_id AND month = :month
        ) s USING (order_id)
    ), months_found AS MATERIALIZED (
        SELECT customer_id, coalesce(t.charges, 0) AS charges, coalesce(t.disputed, 0) AS disputed,
            (coalesce(t.charges, 0), coalesce(t.disputed, 0))
            IS DISTINCT FROM (coalesce(s.charges, 0), coalesce(s.disputed, 0)) AS wrong
        FROM (
            SELECT customer_id, sum(total_amount)::bigint AS charges, sum(disputed_amount)::bigint AS disputed
            FROM orders_found GROUP BY customer_id
        ) t
        FULL JOIN (
            SELECT * FROM account_months WHERE vendor_id = :vendor_id AND month = :month
        ) s USING (customer_id)
    )
    """,
    records=by_order("r.vendor_id = :vendor_id AND r.date BETWEEN :month AND :last"),
)

COUNTED = """
    SELECT (SELECT count(*) FROM orders_found) + (SELECT count(*) FROM months_found),
           (SELECT count(*) FROM orders_found WHERE wrong) + (SELECT count(*) FROM months_found WHERE wrong)
"""

MENDED = """
    , open_accounts AS (
        SELECT customer_id FROM accounts
        WHERE vendor_id = :vendor_id AND (closed_through IS NULL OR closed_through < :last)
    ), mended AS (
        INSERT INTO cumulative_record_details
            (order_id, month, vendor_id, customer_id, total_amount, active_days, quantity, disputed_amount)
        SELECT order_id, :month, :vendor_id, customer_id, total_amount, active_days, quantity, disputed_amount
        FROM orders_found JOIN open_accounts USING (customer_id) WHERE wrong
        ON CONFLICT (order_id, month) DO UPDATE SET
            vendor_id = excluded.vendor_id, customer_id = excluded.customer_id,
            total_amount = excluded.total_amount, active_days = excluded.active_days,
            quantity = excluded.quantity, disputed_amount = excluded.disputed_amount
    ), mended_months AS (
        INSERT INTO account_months AS t
            (customer_id, month, vendor_id, charges, payments, adjustments, disputed)
        SELECT customer_id, :month, :vendor_id, charges, 0, 0, disputed
        FROM months_found JOIN open_accounts USING (customer_id) WHERE wrong
        ON CONFLICT (customer_id, month) DO UPDATE SET
            vendor_id = excluded.vendor_id, charges = excluded.charges, disputed = excluded.disputed
    )
"""

LOOK = text(COMPARED + COUNTED)
REPAIR = text(COMPARED + MENDED + COUNTED)


def rebuild(vendor_id: int, month: date) -> Drift:
    """Work a vendor's month out again from the records and repair what differs; how much did.

    Months that are closed for a customer do not move, their drift is only counted. `month` is its first
    day. A first look takes no lock: one statement sees both ends of every mark. Only where something is
    wrong the accounts are locked, so that no mark runs in between, and everything is compared again.
    """
    values = {"vendor_id": vendor_id, "month": month, "last": last_of_month(month)}
    found = _drift(LOOK, values)
    if not found.drift:
        return found
    session().execute(
        select(Account.customer_id)
        .where(Account.vendor_id == vendor_id)
        .order_by(Account.customer_id)
        .with_for_update()
    ).all()
    return _drift(REPAIR, values)


def _drift(statement: Any, values: dict[str, Any]) -> Drift:
    rows, drift = session().execute(statement, values).one()
    return Drift(int(rows), int(drift))
