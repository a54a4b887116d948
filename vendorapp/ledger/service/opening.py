"""Many new accounts at once, with what was open before: the same as `open_account` and `adjust` for each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import text

from ...kernel.clock import first_of_month, now
from ...kernel.database import session

OPEN = text(
    """
    WITH opened AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:customer_id AS bigint[]), CAST(:amount AS bigint[]))
            WITH ORDINALITY AS m(customer_id, amount, place)
    ), opened_accounts AS (
        INSERT INTO accounts (customer_id, vendor_id, balance, advance, disputed, unconfirmed)
        SELECT customer_id, :vendor_id, amount, greatest(-amount, 0), 0, 0 FROM opened
    ), made AS (
        INSERT INTO adjustments
            (vendor_id, customer_id, kind, date, amount, reason, created_by, created_at)
        SELECT :vendor_id, customer_id, 'opening_balance', :day, amount, '', :actor, :now
        FROM opened WHERE amount <> 0 ORDER BY place
        RETURNING id, customer_id, amount
    ), owed AS (
        INSERT INTO lines (target, target_id, vendor_id, customer_id, date, amount, paid)
        SELECT 'adjustment', id, :vendor_id, customer_id, :day, amount, 0 FROM made WHERE amount > 0
    ), ahead AS (
        INSERT INTO credits (source, source_id, vendor_id, customer_id, date, amount, unallocated)
        SELECT 'adjustment', id, :vendor_id, customer_id, :day, -amount, -amount FROM made WHERE amount < 0
    ), months AS (
        INSERT INTO account_months (customer_id, month, vendor_id, charges, payments, adjustments, disputed)
        SELECT customer_id, :month, :vendor_id, 0, 0, amount, 0 FROM made
    )
    INSERT INTO ledger_entries
        (vendor_id, customer_id, date, kind, target, target_id, amount, actor_id, at)
    SELECT :vendor_id, customer_id, :day, 'adjustment', 'adjustment', id, amount, :actor, :now
    FROM made ORDER BY id
    """
)


def open_accounts(*, vendor_id: int, opening: Mapping[int, int], day: date, actor_id: int) -> None:
    """The accounts of new customer rows, in one statement.

    `opening` gives each row's opening balance in minor units (+ = owes), booked on `day`; 0 for none.
    """
    session().execute(
        OPEN,
        {
            "customer_id": list(opening),
            "amount": list(opening.values()),
            "vendor_id": vendor_id,
            "day": day,
            "month": first_of_month(day),
            "actor": actor_id,
            "now": now(),
        },
    )
