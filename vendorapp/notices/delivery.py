"""The worker's loop: claim rows, send them from threads, write what came of it.

A claim is committed before anything is sent, so no connection to the database is held while a push
service takes its time. The threads know nothing of the database.
"""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from config import Config

from ..kernel.babel import LANGUAGES
from ..kernel.clock import now
from ..kernel.database import transaction
from . import rules, service
from .rules import BadSubscription, PayloadTooLarge, Result
from .service import Claimed, Tried

if TYPE_CHECKING:
    from .sender import PushSender

log = structlog.get_logger()

THREADS = 32
# Answers that come this close together are written together (seconds).
GATHER = 0.05
TRUST_LASTS = 600.0  # seconds that an accepted push speaks for our key


@dataclass(slots=True)
class Post:
    """What this process keeps between two rounds: the connections, and who accepted something lately."""

    config: Config
    sender: PushSender
    accepted_at: dict[str, float] = field(default_factory=dict)

    def trusted(self) -> set[str]:
        """The origins that accepted a push of ours within the last ten minutes."""
        oldest = time.monotonic() - TRUST_LASTS
        self.accepted_at = {o: at for o, at in self.accepted_at.items() if at > oldest}
        return set(self.accepted_at)


@lru_cache(maxsize=1)
def _post(config: Config) -> Post:
    # Heavy, and made after the worker has forked.
    from .sender import PushSender

    sender = PushSender(
        config.vapid_private_key,
        config.vapid_subject,
        allow_hosts=config.push_endpoint_allow,
        pool_size=THREADS,
    )
    return Post(config, sender)


def send_notice(notice_id: int) -> dict[str, int]:
    """Send what is due to the person who was told this; how many came to what."""
    return dict(_deliver(limit=1_000, seconds=12, beside=notice_id))


def sweep(*, limit: int = 10_000, seconds: float = 12) -> dict[str, int]:
    """Send whatever is due, at most `limit` pushes and starting none after `seconds`.

    Returns how many rows came to what: sent, gone (the device was deleted), retry, dead, expired. Rows
    that are left over are due still, for the next sweep.
    """
    with transaction():
        counts = service.tidy()
    return dict(counts + _deliver(limit=limit, seconds=seconds))


def _deliver(*, limit: int, seconds: float, beside: int | None = None) -> Counter[str]:
    config: Config = current_app.extensions["vendorapp"]
    end = time.monotonic() + seconds
    counts: Counter[str] = Counter()
    flying: set[Future[Tried]] = set()
    with ThreadPoolExecutor(THREADS) as pool:
        while True:
            room = min(THREADS - len(flying), limit)
            if room and time.monotonic() < end:
                with transaction():
                    claimed = service.claim(room, beside=beside)
                limit -= len(claimed)
                flying |= {_launch(pool, one, config) for one in claimed}
            if not flying:
                return counts
            tried = _landed(flying)
            post = _post(config)
            accepted = {one.origin for one in tried if one.result is Result.ACCEPTED}
            post.accepted_at.update(dict.fromkeys(accepted, time.monotonic()))
            with transaction():
                counts += service.settle(tried, trusted=post.trusted())


def _landed(flying: set[Future[Tried]]) -> list[Tried]:
    """Take out what has come back; wait for the first if nothing has."""
    done = wait(flying, GATHER).done or wait(flying, return_when=FIRST_COMPLETED).done
    flying -= done
    return [one.result() for one in done]


def _launch(pool: ThreadPoolExecutor, claimed: Claimed, config: Config) -> Future[Tried]:
    try:
        message = _message(claimed, config)
        topic = rules.topic_for(config.secret_key.encode(), claimed.topic)
    except PayloadTooLarge as error:
        nothing: Future[Tried] = Future()
        nothing.set_result(Tried(claimed, Result.DROPPED, reason=str(error)))
        return nothing
    return pool.submit(_try, _post(config).sender, claimed, message, topic)


def _try(sender: PushSender, claimed: Claimed, message: bytes, topic: str) -> Tried:
    """One try, in a thread: whatever happens is an outcome."""
    from .sender import Subscription

    try:
        outcome = sender.send(
            Subscription(claimed.endpoint, claimed.p256dh, claimed.auth),
            message,
            ttl=rules.ttl(claimed.expires_at, now()),
            urgency=rules.urgency(claimed.kind),
            topic=topic,
        )
    except (BadSubscription, PayloadTooLarge) as error:
        # The device stays: a host that is refused may only be missing from our settings.
        return Tried(claimed, Result.DROPPED, reason=str(error))
    except Exception as error:
        log.exception("push_failed", delivery=claimed.id)
        return Tried(claimed, Result.RETRY, reason=type(error).__name__)
    return Tried(
        claimed,
        outcome.result,
        outcome.origin,
        outcome.status,
        outcome.retry_after,
        outcome.reason,
    )


def _message(claimed: Claimed, config: Config) -> bytes:
    navigate = config.base_url + claimed.url
    data = dict(claimed.data)
    actions: list[rules.Action] = []
    if claimed.kind == "change_proposed":
        data["answer_token"] = service.answer_token(
            config.secret_key,
            change_id=data["change_id"],
            subscription_id=claimed.subscription_id,
            user_id=claimed.user_id,
        )
        language = claimed.locale.split("-")[0]
        with force_locale(language if language in LANGUAGES else "en"):
            actions = [
                rules.Action("accept", _("Accept"), navigate),
                rules.Action("decline", _("Decline"), navigate),
            ]
    return rules.payload(
        notice_id=claimed.notice_id,
        kind=claimed.kind,
        title=claimed.title,
        body=claimed.body,
        navigate=navigate,
        tag=rules.topic_for(config.secret_key.encode(), claimed.topic),
        lang=claimed.locale,
        app_badge=claimed.unread,
        actions=actions,
        data=data,
    )
