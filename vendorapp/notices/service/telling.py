"""Telling people things, and what they have read of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, text, update

from ...kernel.babel import in_language, known_language
from ...kernel.clock import now
from ...kernel.database import session
from ...kernel.errors import NotFound
from ...kernel.jobs import nudge
from .. import queries, rules
from ..models import ASKING, Notice, PushDelivery, PushOrigin
from ..words import Message, Words

DELIVERIES_KEPT = timedelta(days=30)
READ_KEPT = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Telling:
    """What one person is told. `user_id` None (no login) says nothing to nobody.

    `vendor_id` is whose business it is about, None when it is about the login alone. `words` is called in
    the language of the one who is told. `url` is a path of ours, `topic` the subject (``change:12``): on a
    device a newer notice takes the place of an older one with the same topic. How long it is worth a push
    is `rules.lifetime` of its kind: `deadline` is when what it asks for lapses or the pause is over,
    `midnight` the end of the local day, given only where it is news about the delivery of a day.
    """

    user_id: int | None
    vendor_id: int | None
    kind: str
    words: Words
    url: str
    topic: str
    deadline: datetime | None = None
    midnight: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def tell(
    user_id: int | None,
    *,
    vendor_id: int | None,
    kind: str,
    words: Words,
    url: str,
    topic: str,
    deadline: datetime | None = None,
    midnight: datetime | None = None,
    data: Mapping[str, Any] | None = None,
) -> int | None:
    """Tell one person, in the present transaction; the notice's id, None for a row without a login.

    The fields are those of `Telling`. `change_proposed` needs ``change_id`` in `data`.
    """
    telling = Telling(user_id, vendor_id, kind, words, url, topic, deadline, midnight, data or {})
    made = tell_many([telling])
    return made[0] if made else None


def tell_many(tellings: Iterable[Telling]) -> list[int]:
    """Tell many people, in three statements however many; the ids of the notices, in their order.

    Whoever has no login is passed over. The worker is nudged after the commit. `words` that several
    tellings share are called once a language.
    """
    heard = [one for one in tellings if one.user_id is not None]
    if not heard:
        return []
    if any(one.kind == "change_proposed" and not isinstance(one.data.get("change_id"), int) for one in heard):
        raise ValueError("change_proposed needs the change's id in its data")
    moment = now()
    users = sorted({one.user_id for one in heard if one.user_id is not None})
    said = _composed(heard, users)
    rows = [_row(one, message, moment) for one, message in zip(heard, said, strict=True)]
    ids = [int(number) for number in session().scalars(_INSERT, _args(rows, moment))]
    reached = set(session().scalars(_DELIVER, {"ids": ids, "users": users, "now": moment}))
    if len(reached) == 1:
        nudge("push.send", *reached)
    elif reached:
        nudge("push.sweep")
    return ids


def _composed(heard: Sequence[Telling], users: Sequence[int]) -> list[Message]:
    """What each of these says, in the language of the one who is told."""
    locales = queries.locales(users)
    languages = [known_language(locales.get(one.user_id or 0, "")) for one in heard]
    said: dict[tuple[str, int], Message] = {}
    for language in sorted(set(languages)):
        with in_language(language):
            for one, its in zip(heard, languages, strict=True):
                # `heard` keeps the callables alive, so an id names one of them only.
                if its == language and (language, id(one.words)) not in said:
                    said[language, id(one.words)] = one.words()
    return [said[language, id(one.words)] for one, language in zip(heard, languages, strict=True)]


def _row(one: Telling, message: Message, moment: datetime) -> dict[str, Any]:
    life = rules.lifetime(one.kind, now=moment, deadline=one.deadline, midnight=one.midnight)
    return {
        "user_id": one.user_id,
        "vendor_id": one.vendor_id,
        "kind": one.kind,
        "title": message.title,
        "body": message.body,
        "url": one.url,
        "topic": one.topic,
        "expires_at": (moment + life).isoformat(),
        "data": dict(one.data),
    }


def _args(rows: list[dict[str, Any]], moment: datetime) -> dict[str, Any]:
    return {"rows": json.dumps(rows), "now": moment}


_INSERT = text(
    """
    INSERT INTO notices (user_id, vendor_id, kind, title, body, url, topic, data, created_at, expires_at)
    SELECT user_id, vendor_id, kind, title, body, url, topic, data, :now, expires_at
    FROM ROWS FROM (
        jsonb_to_recordset(CAST(:rows AS jsonb)) AS (
            user_id bigint, vendor_id bigint, kind text, title text, body text, url text, topic text,
            data jsonb, expires_at timestamptz
        )
    ) WITH ORDINALITY AS told (
        user_id, vendor_id, kind, title, body, url, topic, data, expires_at, place
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
    """Read what this user was told about these topics, since they have just dealt with them; how many.

    Whatever they were asked there waits for no answer of theirs any more.
    """
    done = session().execute(
        update(Notice)
        .where(
            Notice.user_id == user_id,
            Notice.topic.in_(topics),
            or_(Notice.read_at.is_(None), Notice.answered_at.is_(None)),
        )
        .values(read_at=_read_by_now(), answered_at=_answered_by_now())
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def need_no_answer(asked: Iterable[tuple[int | None, str]]) -> None:
    """What these people (user and topic) were asked came to its end without them; it stays new to them.

    One statement, however many they are.
    """
    pairs = [(user_id, topic) for user_id, topic in asked if user_id is not None]
    if pairs:
        users, topics = zip(*pairs, strict=True)
        session().execute(_NO_ANSWER, {"users": list(users), "topics": list(topics), "now": now()})


_NO_ANSWER = text(
    """
    UPDATE notices n SET answered_at = :now
    FROM unnest(CAST(:users AS bigint[]), CAST(:topics AS text[])) AS asked (user_id, topic)
    WHERE n.user_id = asked.user_id AND n.topic = asked.topic AND n.answered_at IS NULL
    """
)


def ask_no_more(user_id: int, vendor_id: int) -> None:
    """This login sees nothing of the vendor's business any more, so nothing there waits for its answer."""
    _change(
        Notice.user_id == user_id,
        Notice.vendor_id == vendor_id,
        Notice.answered_at.is_(None),
        text(ASKING),
        answered_at=now(),
    )


def lead_elsewhere(user_ids: Iterable[int | None], *, order_id: int, url: str) -> None:
    """An order is gone: what these people were told of it counts as dealt with, and leads to `url`."""
    about = or_(
        Notice.data["order_id"].as_string() == str(order_id),
        Notice.url.in_((f"/orders/{order_id}", f"/requests/{order_id}")),
    )
    users = [user_id for user_id in user_ids if user_id is not None]
    _change(Notice.user_id.in_(users), about, read_at=_read_by_now(), answered_at=_answered_by_now(), url=url)


def reword(user_id: int | None, *, topic: str, comment_id: int, body: Callable[[], str], over: bool) -> None:
    """Other words in what this user was told of a comment, as long as it is unread.

    `body` is called in their language.

    With `over` there is nothing left to read: it counts as read, and the words go from a read one too.
    """
    about = (
        Notice.user_id == user_id,
        Notice.topic == topic,
        Notice.data["comment_id"].as_string() == str(comment_id),
    )
    if user_id is None:
        return
    with in_language(queries.locales([user_id]).get(user_id, "")):
        words = body()
    if over:
        _change(*about, body=words, read_at=_read_by_now())
    else:
        _change(*about, Notice.read_at.is_(None), body=words)


def _read_by_now() -> Any:
    return func.coalesce(Notice.read_at, now())


def _answered_by_now() -> Any:
    return func.coalesce(Notice.answered_at, now())


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
