"""The way of a delivery row: claimed for a while, tried once, then sent, tried again later, or ended.

A row that is claimed and never settled (the worker died) is due again when its lease is over.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any

import structlog
from sqlalchemy import (
    CTE,
    ColumnElement,
    and_,
    case,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from ...accounts.models import User
from ...kernel.clock import now
from ...kernel.database import session
from .. import rules
from ..models import Notice, PushDelivery, PushOrigin, PushSubscription
from ..rules import Result

log = structlog.get_logger()

# Longer than one try can take; with the tick, a killed worker's rows are tried again within a minute.
LEASE = timedelta(seconds=30)
OUR_FAULT_RESTS = timedelta(minutes=10)
LEAST_LIFE = timedelta(seconds=1)
# A claim looks at the head of the queue only: its cost does not grow with what waits behind.
HEAD = 1_000
chance = SystemRandom()

# Written into the statement, so that the partial index of waiting rows serves it.
_WAITING = literal("waiting", literal_execute=True)
_Other = aliased(Notice)
_OtherDelivery = aliased(PushDelivery)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery that is ours until its lease ends, with all that sending it needs."""

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
    unread: int


@dataclass(frozen=True, slots=True)
class Tried:
    """What one try came to; `retry_after` in seconds, `reason` one line for the log."""

    claimed: Claimed
    result: Result
    origin: str = ""
    status: int | None = None
    retry_after: float | None = None
    reason: str = ""


def claim(limit: int, *, beside: int | None = None) -> list[Claimed]:
    """At most `limit` rows that are due; with `beside` only those of the person told by that notice.

    Of what one device is told about one topic, an older notice that was never answered goes first, and
    one that failed before is left out once there is a newer one.
    """
    moment = now()
    head = _head(moment, HEAD)
    due = (
        select(PushDelivery.id)
        .join(head, head.c.id == PushDelivery.id)
        .join(Notice, Notice.id == PushDelivery.notice_id)
        .join(
            PushSubscription,
            and_(
                PushSubscription.id == PushDelivery.subscription_id,
                PushSubscription.user_id == Notice.user_id,
            ),
        )
        .where(
            _due(moment),
            PushDelivery.attempts < rules.MAX_TRIES,
            Notice.expires_at > moment + LEAST_LIFE,
            not_(_replaced()),
            not_(_behind(moment)),
            not_(exists().where(_origin_closed(moment))),
        )
        .order_by(PushDelivery.next_at, PushDelivery.id)
        .limit(limit)
        .with_for_update(of=PushDelivery, skip_locked=True)
    )
    if beside is not None:
        person = select(_Other.user_id).where(_Other.id == beside).scalar_subquery()
        due = due.where(Notice.user_id == person)
    ids = due.cte("due")
    taken = (
        update(PushDelivery)
        .where(PushDelivery.id == ids.c.id)
        .values(attempts=PushDelivery.attempts + 1, lease_until=moment + LEASE)
        .returning(
            PushDelivery.id,
            PushDelivery.attempts,
            PushDelivery.notice_id,
            PushDelivery.subscription_id,
        )
        .cte("taken")
    )
    unread = (
        select(func.count())
        .where(_Other.user_id == Notice.user_id, _Other.read_at.is_(None))
        .correlate(Notice)
        .scalar_subquery()
    )
    rows = session().execute(
        select(
            taken.c.id,
            taken.c.attempts,
            Notice.id,
            Notice.user_id,
            Notice.kind,
            Notice.title,
            Notice.body,
            Notice.url,
            Notice.topic,
            Notice.data,
            Notice.expires_at,
            PushSubscription.id,
            PushSubscription.endpoint,
            PushSubscription.p256dh,
            PushSubscription.auth,
            User.locale,
            unread,
        )
        .join(Notice, Notice.id == taken.c.notice_id)
        .join(PushSubscription, PushSubscription.id == taken.c.subscription_id)
        .join(User, User.id == Notice.user_id)
        .order_by(taken.c.id)
    )
    return [Claimed(*row) for row in rows]


def _due(moment: datetime) -> ColumnElement[bool]:
    return and_(
        PushDelivery.status == _WAITING,
        PushDelivery.next_at <= moment,
        or_(PushDelivery.lease_until.is_(None), PushDelivery.lease_until <= moment),
    )


def _head(moment: datetime, size: int) -> CTE:
    """The ids of the first rows of the queue. Whoever locks them asks `_due` again: others do too."""
    first = select(PushDelivery.id).where(_due(moment)).order_by(PushDelivery.next_at).limit(size)
    return first.cte("head")


def _replaced() -> ColumnElement[bool]:
    """It failed before, and by now there is newer news on its topic."""
    newer = exists().where(
        _Other.user_id == Notice.user_id, _Other.topic == Notice.topic, _Other.id > Notice.id
    )
    return and_(PushDelivery.last_reason.is_not(None), newer)


def _behind(moment: datetime) -> ColumnElement[bool]:
    """Older news on its topic, never tried or just under way, still has to reach this device."""
    return exists().where(
        _OtherDelivery.subscription_id == PushDelivery.subscription_id,
        _OtherDelivery.status == _WAITING,
        _OtherDelivery.attempts < rules.MAX_TRIES,
        or_(_OtherDelivery.last_reason.is_(None), _OtherDelivery.lease_until > moment),
        _Other.id == _OtherDelivery.notice_id,
        _Other.topic == Notice.topic,
        _Other.id < Notice.id,
        _Other.expires_at > moment + LEAST_LIFE,
    )


def _origin_closed(moment: datetime) -> ColumnElement[bool]:
    prefix = PushOrigin.origin.concat(literal("/"))
    return and_(
        PushOrigin.closed_until > moment,
        func.starts_with(func.lower(PushSubscription.endpoint), prefix),
    )


def tidy(limit: int = 10_000) -> Counter[str]:
    """End rows at the head that nobody shall try: past their time, replaced, out of tries. How many of
    each word. Rows whose push service rests are put off, so that they do not stand in others' way.
    """
    moment = now()
    head = _head(moment, limit)
    over = (
        select(PushDelivery.id)
        .join(head, head.c.id == PushDelivery.id)
        .join(Notice, Notice.id == PushDelivery.notice_id)
        .where(
            _due(moment),
            or_(
                Notice.expires_at <= moment + LEAST_LIFE,
                PushDelivery.attempts >= rules.MAX_TRIES,
                _replaced(),
            ),
        )
        .with_for_update(of=PushDelivery, skip_locked=True)
    )
    ended = session().scalars(
        update(PushDelivery)
        .where(PushDelivery.id.in_(over))
        .values(
            status=case((PushDelivery.attempts >= rules.MAX_TRIES, "dead"), else_="expired"),
            lease_until=None,
        )
        .returning(PushDelivery.status)
        .execution_options(synchronize_session=False)
    )
    counts = Counter(ended)
    blocked = (
        select(PushDelivery.id, PushOrigin.closed_until)
        .join(head, head.c.id == PushDelivery.id)
        .join(PushSubscription, PushSubscription.id == PushDelivery.subscription_id)
        .join(PushOrigin, _origin_closed(moment))
        .where(_due(moment))
        .with_for_update(of=PushDelivery, skip_locked=True)
        .cte("blocked")
    )
    session().execute(
        update(PushDelivery)
        .where(PushDelivery.id == blocked.c.id)
        .values(next_at=blocked.c.closed_until)
        .execution_options(synchronize_session=False)
    )
    return counts


def settle(tried: Sequence[Tried], *, trusted: Collection[str] = ()) -> Counter[str]:
    """Write what the tries came to; how many of each word (sent, gone, retry, dead, expired).

    `trusted` are origins that accepted something of ours lately: if one of them refuses our key, the
    fault is that device's (it subscribed with another key), and the others need not wait.
    """
    moment = now()
    counts: Counter[str] = Counter()
    rows: list[dict[str, Any]] = []
    gone: list[int] = []
    closed: dict[str, tuple[datetime, str]] = {}
    for one in tried:
        if one.result is Result.GONE:
            gone.append(one.claimed.subscription_id)
            counts["gone"] += 1
            continue
        row, rest = _judge(one, moment, own_key=one.origin not in trusted)
        rows.append(row)
        counts[row["word"]] += 1
        if rest:
            until, _ = closed.get(one.origin, (moment, ""))
            closed[one.origin] = (max(until, moment + rest), one.reason)
    if rows:
        session().execute(_SETTLE, {"rows": json.dumps(rows), "now": moment})
    if closed:
        _close(closed)
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


def _judge(one: Tried, moment: datetime, *, own_key: bool) -> tuple[dict[str, Any], timedelta | None]:
    """The row as it shall stand, and how long the whole origin rests."""
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
