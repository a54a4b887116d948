"""Reminders that go by themselves: whose turn it is, over many books at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import text

from ..kernel.clock import now
from ..kernel.database import session
from ..notices import service as notices
from ..notices.words import Words
from . import rules, words
from .service import telling

# Who is to be reminded on :today, and of how much: `rules.goes_by_itself` and `queries.DUE` over a whole
# book. The pay days of a month come with their cycles, as `rules` has them. balance = Σ open lines −
# advance: whose balance is not above what is unconfirmed has nothing due, and most of a book ends there.
WHO = """
    FROM customers c
    JOIN vendors v ON v.user_id = c.vendor_id
    JOIN accounts a ON a.customer_id = c.id
    JOIN unnest(
        CAST(:pay_days AS bigint[]), CAST(:cycles AS date[]), CAST(:befores AS date[]),
        CAST(:begin_bys AS date[])
    ) AS k(pay_day, cycle, before, begin_by) ON k.pay_day = coalesce(c.pay_day, v.pay_day)
    CROSS JOIN LATERAL (
        SELECT coalesce(max(r.number) FILTER (WHERE r.cycle = k.cycle), 0) AS number,
            min(r.day) FILTER (WHERE r.cycle = k.cycle) AS began, max(r.day) AS last,
            count(*) FILTER (WHERE r.day > CAST(:today AS date) - CAST(:lately AS int)) AS lately
        FROM reminders r WHERE r.customer_id = c.id
            AND r.day > least(k.cycle - CAST(:apart AS int), CAST(:today AS date) - CAST(:lately AS int))
    ) AS s
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(l.amount - l.paid), 0) - a.advance - a.unconfirmed AS amount
        FROM lines l WHERE l.customer_id = c.id AND l.paid < l.amount AND l.date < k.before
    ) AS due
    WHERE c.user_id IS NOT NULL AND a.balance > a.unconfirmed
        AND s.number < :most AND s.lately < :most
        AND coalesce(s.last <= CAST(:today AS date) - CAST(:apart AS int), true)
        AND coalesce(s.began, CAST(:today AS date)) <= k.begin_by
        AND due.amount > 0
        AND coalesce((
            SELECT p.day FROM payment_promises p WHERE p.customer_id = c.id AND p.made_by = c.user_id
            ORDER BY p.id DESC LIMIT 1
        ) < CAST(:today AS date), true)
"""

HOLD = (
    "SELECT c.id",
    WHO,
    """
        AND c.vendor_id = ANY (:vendors) AND c.id > :after
    ORDER BY c.id LIMIT :limit
    FOR NO KEY UPDATE OF a SKIP LOCKED
    FOR SHARE OF c SKIP LOCKED
    """,
)

WRITE = (
    """
    WITH due AS MATERIALIZED (
        SELECT c.id AS customer_id, c.vendor_id, c.user_id, v.business_name, v.currency, k.cycle, k.before,
            s.number + 1 AS number, due.amount, a.unconfirmed, (
                SELECT coalesce(sum(m.disputed), 0) FROM account_months m
                WHERE m.customer_id = c.id AND m.month < k.before
            ) AS disputed
    """,
    WHO,
    """
            AND c.id = ANY (:ids)
    ), made AS (
        INSERT INTO reminders
            (vendor_id, customer_id, cycle, number, day, amount, disputed, unconfirmed, created_at)
        SELECT vendor_id, customer_id, cycle, number, :today, amount, disputed, unconfirmed, :now FROM due
        ORDER BY customer_id
        ON CONFLICT (customer_id, cycle, number) DO NOTHING
        RETURNING customer_id
    )
    SELECT due.* FROM due JOIN made USING (customer_id) ORDER BY customer_id
    """,
)


def remind_due(vendors: Sequence[int], today: date, *, after: int, limit: int) -> tuple[int | None, int]:
    """Remind those customers of these vendors, of one zone, whose turn `today` is, in the order of their ids.

    Takes at most `limit` whose id is above `after`; somebody whose account is in use is left for the next
    time. Returns where to go on (None: nobody is left), and how many were reminded. Repeating reminds nobody
    twice.
    """
    values = _calendar(today)
    ids = list(
        session().scalars(
            text("".join(HOLD)), values | {"vendors": list(vendors), "after": after, "limit": limit}
        )
    )
    if not ids:
        return None, 0
    # What the first look saw may have changed before its locks: what counts is read behind them.
    rows = session().execute(text("".join(WRITE)), values | {"ids": ids, "now": now()}).all()
    notices.tell_many(
        telling(row.user_id, row.vendor_id, row.customer_id, row, _words_of(row, today), row.before)
        for row in rows
    )
    return (ids[-1] if len(ids) == limit else None), len(rows)


def _calendar(today: date) -> dict[str, Any]:
    pay_days = list(range(1, 29))
    cycles = [rules.cycle_of(pay_day, today) for pay_day in pay_days]
    return {
        "today": today,
        "pay_days": pay_days,
        "cycles": cycles,
        "befores": [rules.due_before(cycle) for cycle in cycles],
        "begin_bys": [cycle + rules.BEGINS_WITHIN for cycle in cycles],
        "apart": rules.APART // timedelta(days=1),
        "lately": rules.LATELY // timedelta(days=1),
        "most": rules.MOST,
    }


def _words_of(row: Any, today: date) -> Words:
    return partial(
        words.asked,
        who=row.business_name,
        amount=int(row.amount),
        disputed=int(row.disputed),
        unconfirmed=row.unconfirmed,
        currency=row.currency,
        before=row.before,
        pay_by=row.cycle,
        today=today,
    )
