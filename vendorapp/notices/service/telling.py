"""Telling people things, and what they have read of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, text, update

from ...kernel.clock import now
from ...kernel.database import session
from ...kernel.errors import NotFound
from ...kernel.jobs import nudge
from .. import queries
from ..models import Notice, PushDelivery, PushOrigin

DELIVERIES_KEPT = timedelta(days=30)
READ_KEPT = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Telling:
    """What one person is told. `user_id` None (no login) says nothing to nobody.

    `url` is a path of ours, `topic` the subject (``change:12``): on a device a newer notice takes the
    place of an older one with the same topic. After `expires_at` it is not worth a push.
    """

    user_id: int | None
    kind: str
    title: str
    body: str
    url: str
    topic: str
    expires_at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


def tell(
    user_id: int | None,
    *,
    kind: str,
    title: str,
    body: str,
    url: str,
    topic: str,
    expires_at: datetime,
    data: Mapping[str, Any] | None = None,
) -> int | None:
    """Tell one person, in the present transaction; the notice's id, None for a row without a login.

    The fields are those of `Telling`. `change_proposed` needs ``change_id`` in `data`.
    """
    telling = Telling(user_id, kind, title, body, url, topic, expires_at, data or {})
    made = tell_many([telling])
    return made[0] if made else None


def tell_many(tellings: Iterable[Telling]) -> list[int]:
    """Tell many people, in two statements however many; the ids of the notices, in their order.

    Whoever has no login is passed over. The worker is nudged after the commit.
    """
    heard = [one for one in tellings if one.user_id is not None]
    if not heard:
        return []
    moment = now()
    rows = []
    for one in heard:
        if one.kind == "change_proposed" and not isinstance(one.data.get("change_id"), int):
            raise ValueError("change_proposed needs the change's id in its data")
        rows.append(
            {
                "user_id": one.user_id,
                "kind": one.kind,
                "title": one.title,
                "body": one.body,
                "url": one.url,
                "topic": one.topic,
                "expires_at": one.expires_at.isoformat(),
                "data": dict(one.data),
            }
        )
    ids = [int(number) for number in session().scalars(_INSERT, _args(rows, moment))]
    users = sorted({one.user_id for one in heard if one.user_id is not None})
    reached = set(session().scalars(_DELIVER, {"ids": ids, "users": users, "now": moment}))
    if len(reached) == 1:
        nudge("push.send", *reached)
    elif reached:
        nudge("push.sweep")
    return ids


def _args(rows: list[dict[str, Any]], moment: datetime) -> dict[str, Any]:
    return {"rows": json.dumps(rows), "now": moment}


_INSERT = text(
    """
    INSERT INTO notices (user_id, kind, title, body, url, topic, data, created_at, expires_at)
    SELECT user_id, kind, title, body, url, topic, data, :now, expires_at
    FROM ROWS FROM (
        jsonb_to_recordset(CAST(:rows AS jsonb)) AS (
            user_id bigint, kind text, title text, body text, url text, topic text, data jsonb,
            expires_at timestamptz
        )
    ) WITH ORDINALITY AS told (
        user_id, kind, title, body, url, topic, data, expires_at, place
    )
    ORDER BY place
    RETURNING id
    """
)

# The lock keeps a device from being signed out between our look at it and our row about it; taken in
# the order of ids, as everywhere.
_DELIVER = text(
    """
    INSERT INTO push_deliveries (notice_id, subscription_id, status, attempts, next_at)
    SELECT n.id, device.id, 'waiting', 0, :now
    FROM (
        SELECT s.id, s.user_id FROM push_subscriptions s
        WHERE s.user_id = ANY (:users)
          AND EXISTS (SELECT FROM sign_ins i WHERE i.id = s.sign_in_id AND i.expires_at > :now)
        ORDER BY s.id
        FOR KEY SHARE OF s
    ) AS device
    JOIN notices n ON n.user_id = device.user_id
    WHERE n.id = ANY (:ids)
    ORDER BY n.id, device.id
    RETURNING notice_id
    """
)


def mark_read(user_id: int, notice_id: int) -> Notice:
    """The notice, read now unless it was before. NotFound when it is not this user's."""
    found = queries.notice(user_id, notice_id)
    if found is None:
        raise NotFound()
    if found.read_at is None:
        session().execute(
            update(Notice)
            .where(Notice.id == found.id, Notice.read_at.is_(None))
            .values(read_at=now())
            .execution_options(synchronize_session=False)
        )
        session().refresh(found)
    return found


def mark_all_read(user_id: int) -> int:
    """Read everything in this user's inbox; how many notices were unread."""
    return _read_all(Notice.user_id == user_id)


def mark_topic_read(user_id: int, *topics: str) -> int:
    """Read what this user was told about these topics, since they have just dealt with them; how many."""
    return _read_all(Notice.user_id == user_id, Notice.topic.in_(topics))


def lead_elsewhere(user_ids: Iterable[int | None], *, order_id: int, url: str) -> None:
    """An order is gone: what these people were told of it counts as read, and leads to `url`."""
    about = or_(
        Notice.data["order_id"].as_string() == str(order_id),
        Notice.url.in_((f"/orders/{order_id}", f"/requests/{order_id}")),
    )
    users = [user_id for user_id in user_ids if user_id is not None]
    _change(Notice.user_id.in_(users), about, read_at=_read_by_now(), url=url)


def reword(user_id: int | None, *, topic: str, comment_id: int, body: str, over: bool) -> None:
    """Other words in what this user was told of a comment, as long as it is unread.

    With `over` there is nothing left to read: it counts as read, and the words go from a read one too.
    """
    about = (
        Notice.user_id == user_id,
        Notice.topic == topic,
        Notice.data["comment_id"].as_string() == str(comment_id),
    )
    if over:
        _change(*about, body=body, read_at=_read_by_now())
    else:
        _change(*about, Notice.read_at.is_(None), body=body)


def _read_by_now() -> Any:
    return func.coalesce(Notice.read_at, now())


def _change(*which: Any, **values: Any) -> None:
    session().execute(
        update(Notice).where(*which).values(**values).execution_options(synchronize_session=False)
    )


def _read_all(*which: Any) -> int:
    done = session().execute(
        update(Notice)
        .where(*which, Notice.read_at.is_(None))
        .values(read_at=now())
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def forget_old() -> int:
    """Delete deliveries that ended and are over 30 days old, notices read 180 days ago; how many rows.

    A notice of a pause stays: when it was read is the receipt.
    """
    moment = now()
    ended = delete(PushDelivery).where(
        PushDelivery.status != "waiting",
        PushDelivery.notice_id.in_(select(Notice.id).where(Notice.created_at < moment - DELIVERIES_KEPT)),
    )
    read = delete(Notice).where(Notice.read_at < moment - READ_KEPT, Notice.kind != "pause_asked")
    open_again = delete(PushOrigin).where(PushOrigin.closed_until < moment - timedelta(days=1))
    gone = 0
    for one in (ended, read, open_again):
        gone += session().execute(one).rowcount  # type: ignore[attr-defined]
    return gone
