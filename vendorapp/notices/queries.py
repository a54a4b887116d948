"""Reads about notices and devices."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import func, select

from ..accounts.models import SignIn
from ..kernel.clock import now
from ..kernel.database import session
from ..kernel.fields import NO_ID
from ..kernel.paging import Page, page
from .models import Notice, PushSubscription


def inbox(user_id: int, *, unread: bool = False, limit: int = 50, cursor: str | None = None) -> Page[Notice]:
    """What this user was told, the newest first; with `unread` only what they have not read."""
    found = select(Notice).where(Notice.user_id == user_id)
    if unread:
        found = found.where(Notice.read_at.is_(None))
    rows = page("inbox", found, [(Notice.id, int)], limit=limit, cursor=cursor, descending=True)
    return rows.map(lambda row: row[0])


def unread_count(user_id: int) -> int:
    """How many notices wait to be read: the number on the badge."""
    count = select(func.count()).where(Notice.user_id == user_id, Notice.read_at.is_(None))
    return session().scalar(count) or 0


def notice(user_id: int, notice_id: int) -> Notice | None:
    """The notice, when this user was the one told."""
    return session().scalar(
        select(Notice).where(Notice.id == min(notice_id, NO_ID), Notice.user_id == user_id)
    )


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
