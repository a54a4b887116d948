"""What deliveries do to the sums. Lock the accounts first, in the order of their ids, then move them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, text

from ...kernel.clock import now
from ...kernel.database import session
from ..models import Account
from ..rules import Movement


@dataclass(frozen=True, slots=True)
class Locked:
    """An account that this transaction holds; months up to `closed_through` never move again."""

    customer_id: int
    closed_through: date | None

    def closed(self, day: date) -> bool:
        return self.closed_through is not None and day <= self.closed_through


def open_account(vendor_id: int, customer_id: int) -> None:
    """The account of a new customer row."""
    session().add(Account(vendor_id=vendor_id, customer_id=customer_id, closed_through=None))
    session().flush()


def lock_accounts(customer_ids: Iterable[int]) -> dict[int, Locked]:
    """Lock these accounts until the transaction ends; sorted, so that two rounds never wait in a circle."""
    rows = session().execute(
        select(Account.customer_id, Account.closed_through)
        .where(Account.customer_id.in_(sorted(set(customer_ids))))
        .order_by(Account.customer_id)
        .with_for_update()
    )
    return {row.customer_id: Locked(row.customer_id, row.closed_through) for row in rows}


# The month rows must be there before they are moved: a CHECK sees the row that an upsert proposes, and a
# difference may be negative.
ENSURE = text(
    """
    WITH moved AS MATERIALIZED (
        SELECT DISTINCT m.order_id, m.vendor_id, m.customer_id, date_trunc('month', m.date)::date AS month
        FROM unnest(
            CAST(:order_id AS bigint[]), CAST(:vendor_id AS bigint[]), CAST(:customer_id AS bigint[]),
            CAST(:date AS date[])
        ) AS m(order_id, vendor_id, customer_id, date)
    ), totals AS (
        INSERT INTO cumulative_record_details
            (order_id, month, vendor_id, customer_id, total_amount, active_days, quantity, disputed_amount)
        SELECT order_id, month, vendor_id, customer_id, 0, 0, 0, 0 FROM moved
        ON CONFLICT DO NOTHING
    )
    INSERT INTO account_months (customer_id, month, vendor_id, charges, payments, adjustments, disputed)
    SELECT DISTINCT customer_id, month, vendor_id, 0, 0, 0, 0 FROM moved
    ON CONFLICT DO NOTHING
    """
)

MOVE = text(
    """
    WITH moved AS MATERIALIZED (
        SELECT m.*, date_trunc('month', m.date)::date AS month
        FROM unnest(
            CAST(:target AS text[]), CAST(:target_id AS bigint[]), CAST(:order_id AS bigint[]),
            CAST(:vendor_id AS bigint[]), CAST(:customer_id AS bigint[]), CAST(:date AS date[]),
            CAST(:after AS bigint[]), CAST(:amount AS bigint[]),
            CAST(:quantity AS bigint[]), CAST(:days AS bigint[]), CAST(:disputed AS bigint[])
        ) AS m(target, target_id, order_id, vendor_id, customer_id, date,
               after, amount, quantity, days, disputed)
    ), released AS (
        -- Money on a line that changes goes back to where it came from; a line without an amount is none.
        UPDATE allocations a SET released_at = :now
        FROM moved m
        WHERE (a.target, a.target_id) = (m.target, m.target_id) AND a.released_at IS NULL AND m.amount <> 0
        RETURNING a.source, a.source_id, a.amount, m.customer_id
    ), returned AS (
        UPDATE credits c SET unallocated = c.unallocated + r.amount
        FROM (SELECT source, source_id, sum(amount) AS amount FROM released GROUP BY 1, 2) r
        WHERE (c.source, c.source_id) = (r.source, r.source_id)
    ), freed AS (
        SELECT customer_id, sum(amount) AS paid FROM released GROUP BY customer_id
    ), gone AS (
        DELETE FROM lines l USING moved m
        WHERE (l.target, l.target_id) = (m.target, m.target_id) AND m.after = 0
    ), kept AS (
        INSERT INTO lines (target, target_id, vendor_id, customer_id, order_id, date, amount, paid)
        SELECT target, target_id, vendor_id, customer_id, order_id, date, after, 0
        FROM moved WHERE amount <> 0 AND after > 0
        ON CONFLICT (target, target_id) DO UPDATE SET
            amount = excluded.amount, paid = 0, settled_at = NULL
    ), entered AS (
        INSERT INTO ledger_entries
            (vendor_id, customer_id, date, kind, target, target_id, amount, actor_id, at)
        SELECT vendor_id, customer_id, date, 'charge', target, target_id, amount, CAST(:actor AS bigint), :now
        FROM moved WHERE amount <> 0
    ), totals AS (
        UPDATE cumulative_record_details t SET
            total_amount = t.total_amount + s.amount, active_days = t.active_days + s.days,
            quantity = t.quantity + s.quantity, disputed_amount = t.disputed_amount + s.disputed
        FROM (
            SELECT order_id, month, sum(amount) AS amount, sum(days) AS days,
                   sum(quantity) AS quantity, sum(disputed) AS disputed
            FROM moved GROUP BY order_id, month
        ) s WHERE (t.order_id, t.month) = (s.order_id, s.month)
    ), months AS (
        UPDATE account_months t SET charges = t.charges + s.amount, disputed = t.disputed + s.disputed
        FROM (
            SELECT customer_id, month, sum(amount) AS amount, sum(disputed) AS disputed
            FROM moved GROUP BY customer_id, month
        ) s WHERE (t.customer_id, t.month) = (s.customer_id, s.month)
    )
    UPDATE accounts a SET
        balance = a.balance + s.amount,
        disputed = a.disputed + s.disputed,
        advance = a.advance + coalesce(f.paid, 0)
    FROM (SELECT customer_id, sum(amount) AS amount, sum(disputed) AS disputed FROM moved GROUP BY 1) s
    LEFT JOIN freed f USING (customer_id)
    WHERE a.customer_id = s.customer_id
    """
)


def move(movements: Sequence[Movement], *, actor_id: int) -> None:
    """Carry changed tallies into lines, entries, both month tables and the balances.

    The accounts must be locked by this transaction; a target appears at most once. Nothing is written
    for a target whose tally did not change.
    """
    changed = [one for one in movements if one.before != one.after]
    if not changed:
        return
    values = {
        "actor": actor_id,
        "now": now(),
        "target": [one.target for one in changed],
        "target_id": [one.target_id for one in changed],
        "order_id": [one.order_id for one in changed],
        "vendor_id": [one.vendor_id for one in changed],
        "customer_id": [one.customer_id for one in changed],
        "date": [one.date for one in changed],
        "after": [one.after.amount for one in changed],
        "amount": [one.after.amount - one.before.amount for one in changed],
        "quantity": [one.after.quantity - one.before.quantity for one in changed],
        "days": [one.after.days - one.before.days for one in changed],
        "disputed": [one.after.disputed - one.before.disputed for one in changed],
    }
    session().execute(
        ENSURE, {name: values[name] for name in ("order_id", "vendor_id", "customer_id", "date")}
    )
    session().execute(MOVE, values)
