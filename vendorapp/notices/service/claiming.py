"""The queue of delivery rows: which are due, and who has them for a while.

A row that is claimed and never settled (the worker died) is due again when its lease is over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from ...accounts.models import User
from ...kernel.clock import now
from ...kernel.database import session
from .. import rules
from ..models import Notice, PushDelivery, PushOrigin, PushSubscription

# Longer than one try can take; with the tick, a killed worker's rows are tried again within a minute.
LEASE = timedelta(seconds=30)
LEAST_LIFE = timedelta(seconds=1)
# A claim looks at the head of the queue only: its cost does not grow with what waits behind.
HEAD = 256

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
