"""The queue of delivery rows: which are due, and who has them for a while.

A row that is claimed and never settled (the worker died) is due again when its lease is over.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import Template
from typing import Any

from sqlalchemy import TextClause, text

from ...kernel.clock import now
from ...kernel.database import session
from .. import queries, rules

# Longer than one try can take; with the tick, a killed worker's rows are tried again within a minute.
LEASE = timedelta(seconds=30)
LEAST_LIFE = timedelta(seconds=1)
# A claim looks at the head of the queue only: its cost does not grow with what waits behind.
HEAD = 256


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery that is ours until its lease ends, with all that sending it needs.

    `waiting` is how much waits for an answer of the person's: the number on the app's icon.
    """

    id: int
    attempts: int
    notice_id: int
    user_id: int
    kind: str
    title: str
    body: str
    url: str
    topic: str
    data: Mapping[str, Any]
    expires_at: datetime
    subscription_id: int
    endpoint: str
    p256dh: str
    auth: str
    locale: str
    waiting: int
    origin: str


def claim(
    limit: int,
    *,
    beside: int | None = None,
    free: Mapping[str, int] | None = None,
    others: int | None = None,
    past: Collection[str] = (),
) -> list[Claimed]:
    """At most `limit` rows that are due; with `beside` only those of the person told by that notice.

    Of an origin at most as many as `free` says, of one not named there at most `others` (None: any number).
    Rows of the origins in `past` are passed over, however many of them stand at the head of the queue; that
    reads them all (2 ms a thousand), so it is not asked for without need.

    Of what one device is told about one topic, an older notice that was never answered goes first, and
    one that failed before is left out once there is a newer one.
    """
    moment = now()
    values = {
        "now": moment,
        "alive": moment + LEAST_LIFE,
        "lease": moment + LEASE,
        "limit": limit,
        "free": json.dumps(dict(free or {})),
        "others": limit if others is None else others,
        "past": list(past),
        "notice_id": beside,
    }
    statement = _CLAIM if beside is None else _CLAIM_BESIDE
    # Most often the very first rows will do.
    for head in sorted({min(4 * limit, HEAD), HEAD}):
        rows = session().execute(statement, {**values, "head": head}).mappings().all()
        if rows:
            return [Claimed(**row) for row in rows]
    return []


# As text: building them anew costs more than running them, twenty times a second.
_PARTS = {
    "MAX_TRIES": str(rules.MAX_TRIES),
    "DUE": """(
        d.status = 'waiting' AND d.next_at <= :now AND (d.lease_until IS NULL OR d.lease_until <= :now)
    )""",
    # The origin of a device's endpoint, as `rules.check_endpoint` has it.
    "ORIGIN": r"""regexp_replace(
        split_part(lower(s.endpoint), '/', 1) || '//' || split_part(lower(s.endpoint), '/', 3),
        '^(https\://.*)\:443\Z|^(http\://.*)\:80\Z', '\1\2'
    )""",
    # It failed before, and by now there is newer news on its topic.
    "REPLACED": """(
        d.last_reason IS NOT NULL AND EXISTS (
            SELECT FROM notices newer
            WHERE newer.user_id = n.user_id AND newer.topic = n.topic AND newer.id > n.id
        )
    )""",
    # Older news on its topic, never tried or just under way, still has to reach this device.
    "BEHIND": """EXISTS (
        SELECT FROM push_deliveries other
        JOIN notices older ON older.id = other.notice_id
        WHERE other.subscription_id = d.subscription_id AND other.status = 'waiting'
          AND other.attempts < $MAX_TRIES AND (other.last_reason IS NULL OR other.lease_until > :now)
          AND older.topic = n.topic AND older.id < n.id AND older.expires_at > :alive
    )""",
    "FIRST": """first AS MATERIALIZED (
        SELECT d.id FROM push_deliveries d WHERE $DUE ORDER BY d.next_at LIMIT :limit
    )""",
    "WAITING": queries.waiting("n.user_id"),
}


def _sql(statement: str, **parts: str) -> TextClause:
    """A statement that stands in this file, its $PARTS filled in."""
    known = _PARTS | parts
    while (filled := Template(statement).substitute(known)) != statement:
        statement = filled
    return text(statement)


# `head` is the beginning of the queue, `able` what of it may go, `due` what is ours: whoever locks a row
# looks at it once more, because others do too.
_TAKE = """
    WITH head AS MATERIALIZED (
        SELECT d.id, d.next_at, d.notice_id, d.subscription_id, d.last_reason, s.user_id, $ORIGIN AS origin
        FROM push_deliveries d
        JOIN push_subscriptions s ON s.id = d.subscription_id
        WHERE $DUE AND d.attempts < $MAX_TRIES AND $ORIGIN <> ALL (:past) $WHOSE
          AND NOT EXISTS (SELECT FROM push_origins o WHERE o.closed_until > :now AND o.origin = $ORIGIN)
        ORDER BY d.next_at
        LIMIT :head
    ), able AS (
        SELECT d.id, d.origin, row_number() OVER (PARTITION BY d.origin ORDER BY d.next_at, d.id) AS nth
        FROM head d
        JOIN notices n ON n.id = d.notice_id AND n.user_id = d.user_id
        WHERE n.expires_at > :alive AND NOT $REPLACED AND NOT $BEHIND
    ), due AS (
        SELECT d.id, able.origin
        FROM able
        JOIN push_deliveries d ON d.id = able.id
        WHERE $DUE AND able.nth <= COALESCE(CAST(CAST(:free AS jsonb) ->> able.origin AS bigint), :others)
        ORDER BY d.next_at, d.id
        LIMIT :limit
        FOR UPDATE OF d SKIP LOCKED
    ), taken AS (
        UPDATE push_deliveries d SET attempts = d.attempts + 1, lease_until = :lease
        FROM due WHERE d.id = due.id
        RETURNING d.id, d.attempts, d.notice_id, d.subscription_id, due.origin
    )
    SELECT t.id, t.attempts, t.origin, n.id AS notice_id, n.user_id, n.kind, n.title, n.body, n.url, n.topic,
           n.data, n.expires_at, s.id AS subscription_id, s.endpoint, s.p256dh, s.auth, u.locale,
           $WAITING AS waiting
    FROM taken t
    JOIN notices n ON n.id = t.notice_id
    JOIN push_subscriptions s ON s.id = t.subscription_id
    JOIN users u ON u.id = n.user_id
    ORDER BY t.id
"""
_CLAIM = _sql(_TAKE, WHOSE="")
_CLAIM_BESIDE = _sql(_TAKE, WHOSE="AND s.user_id = (SELECT user_id FROM notices WHERE id = :notice_id)")


def tidy(limit: int = 10_000) -> Counter[str]:
    """End rows at the head that nobody shall try: past their time, replaced, out of tries. How many of
    each word. Rows whose push service rests are put off, so that they do not stand in others' way.
    """
    moment = now()
    ended = session().scalars(_END, {"now": moment, "alive": moment + LEAST_LIFE, "limit": limit})
    counts = Counter(ended)
    put_off(limit)
    return counts


_END = _sql(
    """
    WITH $FIRST, over AS (
        SELECT d.id
        FROM first
        JOIN push_deliveries d ON d.id = first.id
        JOIN notices n ON n.id = d.notice_id
        WHERE $DUE AND (n.expires_at <= :alive OR d.attempts >= $MAX_TRIES OR $REPLACED)
        FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE push_deliveries d SET
        status = CASE WHEN d.attempts >= $MAX_TRIES THEN 'dead' ELSE 'expired' END, lease_until = NULL
    FROM over WHERE d.id = over.id
    RETURNING d.status
    """
)


def put_off(limit: int = 10_000) -> None:
    """Rows at the head whose push service rests are due again when it has rested."""
    session().execute(_PUT_OFF, {"now": now(), "limit": limit})


_PUT_OFF = _sql(
    """
    WITH $FIRST, blocked AS (
        SELECT d.id, o.closed_until
        FROM first
        JOIN push_deliveries d ON d.id = first.id
        JOIN push_subscriptions s ON s.id = d.subscription_id
        JOIN push_origins o ON o.closed_until > :now AND o.origin = $ORIGIN
        WHERE $DUE
        FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE push_deliveries d SET next_at = blocked.closed_until FROM blocked WHERE d.id = blocked.id
    """
)
