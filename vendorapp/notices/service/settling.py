"""What a try came to: sent, tried again later, or ended; and which push service is left alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any

import structlog
from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from ...kernel.clock import now
from ...kernel.database import session
from .. import rules
from ..models import PushOrigin, PushSubscription
from ..origins import Rest
from ..rules import Result
from .claiming import Claimed, put_off

log = structlog.get_logger()

OUR_FAULT_RESTS = timedelta(minutes=10)
chance = SystemRandom()


@dataclass(frozen=True, slots=True)
class Tried:
    """What one try came to and how long it took; both times in seconds, `reason` one line for the log."""

    claimed: Claimed
    result: Result
    origin: str = ""
    status: int | None = None
    retry_after: float | None = None
    reason: str = ""
    seconds: float = 0.0


def settle(
    tried: Sequence[Tried],
    *,
    trusted: Collection[str] = (),
    rests: Mapping[str, Rest] | None = None,
    keep: Collection[str] = (),
) -> Counter[str]:
    """Write what the tries came to; how many of each word (sent, gone, retry, dead, expired).

    `trusted` are origins that accepted something of ours lately: if one of them refuses our key, the
    fault is that device's (it subscribed with another key), and the others need not wait. `rests` are
    those to be left alone for a while, `keep` those of which no device is deleted (`Origins.heard`).
    """
    moment = now()
    resting = rests or {}
    for origin, its in resting.items():
        # Nobody can mend a service that is silent; one that has lost all its devices somebody must look at.
        say = log.error if origin in keep else log.warning
        say("push_origin_rests", origin=origin, seconds=its.lasts.total_seconds(), reason=its.reason)
    counts: Counter[str] = Counter()
    rows: list[dict[str, Any]] = []
    gone: list[int] = []
    closed = {origin: (moment + its.lasts, its.reason) for origin, its in resting.items()}
    for one in tried:
        if one.result is Result.GONE and one.origin not in keep:
            gone.append(one.claimed.subscription_id)
            counts["gone"] += 1
            continue
        its_rest = resting[one.origin].lasts if one.origin in resting else None
        row, rest = _judge(one, moment, own_key=one.origin not in trusted, origin_rests=its_rest)
        rows.append(row)
        counts[row["word"]] += 1
        if rest:
            until, _ = closed.get(one.origin, (moment, ""))
            closed[one.origin] = (max(until, moment + rest), one.reason)
    if rows:
        session().execute(_SETTLE, {"rows": json.dumps(rows), "now": moment})
    if closed:
        _close(closed)
        put_off()
    if gone:
        in_order = (
            select(PushSubscription.id)
            .where(PushSubscription.id.in_(gone))
            .order_by(PushSubscription.id)
            .with_for_update()
        )
        session().execute(
            delete(PushSubscription)
            .where(PushSubscription.id.in_(in_order))
            .execution_options(synchronize_session=False)
        )
    return counts


def _judge(
    one: Tried, moment: datetime, *, own_key: bool, origin_rests: timedelta | None
) -> tuple[dict[str, Any], timedelta | None]:
    """The row as it shall stand, and for how long this answer alone makes the whole origin rest.

    `origin_rests` is how long it rests because of this and other answers.
    """
    claimed, result = one.claimed, one.result
    row: dict[str, Any] = {
        "id": claimed.id,
        "claimed": claimed.attempts,
        "attempts": claimed.attempts,
        "next_at": moment.isoformat(),
        "last_status": one.status,
        "last_reason": one.reason or result.value,
        "status": "waiting",
        "word": "retry",
    }
    if result in (Result.ACCEPTED, Result.DROPPED):
        row["status"] = row["word"] = "sent" if result is Result.ACCEPTED else "dead"
        return row, None
    if result is Result.OUR_FAULT and own_key:
        log.error("push_key_refused", origin=one.origin, status=one.status, reason=one.reason)
        # It was not this message's fault: the try does not count.
        row["attempts"] = claimed.attempts - 1
        row["next_at"] = (moment + OUR_FAULT_RESTS).isoformat()
        return row, OUR_FAULT_RESTS
    if result is Result.GONE or (origin_rests and result is Result.RETRY and one.status is None):
        # The whole service is to blame, so the try does not count. When it has rested others go first: one
        # lost phone must not be what every single try is spent on.
        row["attempts"] = claimed.attempts - 1
        row["next_at"] = (moment + (origin_rests or rules.LONGEST_SILENCE) + rules.FIRST_WAIT).isoformat()
        return row, None
    rest = None
    if result is Result.RETRY_LATER:
        rest = max(timedelta(seconds=one.retry_after or 0), rules.FIRST_WAIT)
    elif result is Result.OUR_FAULT:
        log.warning("push_device_refused", origin=one.origin, status=one.status)
        result = Result.RETRY
    again = rules.next_try(
        claimed.attempts,
        outcome=result,
        retry_after=one.retry_after,
        now=moment,
        expires_at=claimed.expires_at,
        jitter=chance.random(),
    )
    if again is not None:
        row["next_at"] = again.isoformat()
    else:
        row["status"] = row["word"] = "dead" if claimed.attempts >= rules.MAX_TRIES else "expired"
    return row, rest


# A row that another worker claimed meanwhile, because our lease was over, is that worker's; only "sent"
# is true whoever says it.
_SETTLE = text(
    """
    UPDATE push_deliveries d
    SET status = r.status, attempts = r.attempts, next_at = r.next_at, lease_until = NULL,
        last_status = r.last_status, last_reason = r.last_reason,
        sent_at = CASE WHEN r.status = 'sent' THEN CAST(:now AS timestamptz) END
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        id bigint, claimed bigint, attempts bigint, status text, next_at timestamptz,
        last_status bigint, last_reason text
    )
    WHERE d.id = r.id AND d.status = 'waiting' AND (d.attempts = r.claimed OR r.status = 'sent')
    """
)


def _close(origins: Mapping[str, tuple[datetime, str]]) -> None:
    made = insert(PushOrigin).values(
        [
            {"origin": origin, "closed_until": until, "reason": reason}
            for origin, (until, reason) in sorted(origins.items())
        ]
    )
    session().execute(
        made.on_conflict_do_update(
            index_elements=[PushOrigin.origin],
            set_={
                "closed_until": func.greatest(PushOrigin.closed_until, made.excluded.closed_until),
                "reason": made.excluded.reason,
            },
        )
    )
