"""Reads about notices and devices."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import (
    func,
    select,
    text,
)

from ..accounts.models import SignIn
from ..kernel.clock import now
from ..kernel.database import session
from ..kernel.fields import NO_ID
from ..kernel.paging import Page, page
from .models import ASKING, Notice, PushSubscription


def inbox(user_id: int, *, unread: bool = False, limit: int = 50, cursor: str | None = None) -> Page[Notice]:
    """What this user was told, the newest first; with `unread` only what they have not read."""
    found = select(Notice).where(Notice.user_id == user_id)
    if unread:
        found = found.where(Notice.read_at.is_(None))
    rows = page("inbox", found, [(Notice.id, int)], limit=limit, cursor=cursor, descending=True)
    return rows.map(lambda row: row[0])


def waiting(user_id: str) -> str:
    """SQL for how many questions wait for the answer of the user that `user_id` stands for."""
    return _QUESTIONS.replace("$USER", user_id)


_QUESTIONS = """(
    SELECT count(*) FROM notices asking
    WHERE asking.user_id = $USER AND asking.$ASKING AND asking.answered_at IS NULL
      AND NOT EXISTS (
          SELECT FROM notices newer
          WHERE newer.user_id = asking.user_id AND newer.topic = asking.topic AND newer.id > asking.id
      )
)""".replace("$ASKING", ASKING)
_WAITING = text("SELECT " + waiting(":user_id"))


def waiting_count(user_id: int) -> int:
    """How many questions wait for this user's answer: the number on the app's icon and beside the inbox.

    A question is a notice of one of the `models.ASKING` kinds. It waits until this user dealt with it, until
    its answer came otherwise, or until newer news about the same subject takes its place.
    """
    return session().scalar(_WAITING, {"user_id": user_id}) or 0


def unread_count(user_id: int) -> int:
    """How many notices are new to this user."""
    count = select(func.count()).where(Notice.user_id == user_id, Notice.read_at.is_(None))
    return session().scalar(count) or 0


def notice(user_id: int, notice_id: int) -> Notice | None:
    """The notice, when this user was the one told."""
    return session().scalar(
        select(Notice).where(Notice.id == min(notice_id, NO_ID), Notice.user_id == user_id)
    )


def locales(user_ids: Collection[int]) -> dict[int, str]:
    """The language tag of each of these logins."""
    found = text("SELECT id, locale FROM users WHERE id = ANY (:ids)")
    return {row.id: row.locale for row in session().execute(found, {"ids": list(user_ids)})}


def first_read(user_id: int, topics: Collection[str]) -> dict[str, datetime]:
    """For each of `topics` that this user has read a notice about, when they first did."""
    rows = session().execute(
        select(Notice.topic, func.min(Notice.read_at))
        .where(Notice.user_id == user_id, Notice.topic.in_(topics), Notice.read_at.is_not(None))
        .group_by(Notice.topic)
    )
    return {topic: at for topic, at in rows if at is not None}


def devices(user_id: int, *, limit: int = 50, cursor: str | None = None) -> Page[PushSubscription]:
    """The devices this user is pushed to, the newest first."""
    rows = page(
        "devices",
        select(PushSubscription).where(PushSubscription.user_id == user_id),
        [(PushSubscription.id, int)],
        limit=limit,
        cursor=cursor,
        descending=True,
    )
    return rows.map(lambda row: row[0])


def device(user_id: int, subscription_id: int) -> PushSubscription | None:
    """The device, when it is this user's."""
    return session().scalar(
        select(PushSubscription).where(
            PushSubscription.id == min(subscription_id, NO_ID), PushSubscription.user_id == user_id
        )
    )


def device_by_endpoint(endpoint: str) -> PushSubscription | None:
    """The device, whoever's it is; only for the verb that hands it on."""
    return session().scalar(
        select(PushSubscription)
        .where(PushSubscription.endpoint == endpoint)
        .execution_options(populate_existing=True)
    )


def signer(secret: str) -> URLSafeSerializer:
    """What signs answer tokens. They are told apart from everything else signed with the same secret."""
    return URLSafeSerializer(secret, salt="notices.answer")


def check_answer_token(token: str, *, change_id: int, secret: str) -> int | None:
    """The user who may answer this change by `token`; None for a wrong token or a dead one.

    It lives as long as the device it was pushed to is that user's and signed in.
    """
    try:
        said, subscription_id, user_id = signer(secret).loads(token)
    except (BadData, ValueError, TypeError):
        return None
    if said != change_id:
        return None
    return session().scalar(
        select(PushSubscription.user_id)
        .join(SignIn, SignIn.id == PushSubscription.sign_in_id)
        .where(
            PushSubscription.id == subscription_id,
            PushSubscription.user_id == user_id,
            SignIn.expires_at > now(),
        )
    )
