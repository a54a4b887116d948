"""The worker's loop: claim rows, send them from threads, write what came of it.

A claim is committed before anything is sent, so no connection to the database is held while a push
service takes its time. The threads know nothing of the database.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog
from flask import current_app
from flask_babel import gettext as _

from config import Config

from ..kernel.babel import in_language, known_language
from ..kernel.clock import now
from ..kernel.database import transaction
from . import rules, service
from .origins import SHARE, THREADS, Landed, Origins
from .rules import BadSubscription, PayloadTooLarge, Result
from .service import Claimed, Tried

if TYPE_CHECKING:
    from .sender import PushSender

log = structlog.get_logger()

# Answers that come this close together are written together (seconds).
GATHER = 0.02
# How long to wait for an answer before looking whether something else is due by now (seconds).
LOOK = 0.25
# How much longer than it took the next look past others' rows has to wait, but never longer than a second.
LOOK_PAUSE = 9


@dataclass(slots=True)
class Post:
    """What this process keeps between two rounds: the connections, and what it knows of the services."""

    config: Config
    sender: PushSender
    origins: Origins = field(default_factory=Origins)


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


def forget() -> None:
    """Forget what this process knows of the push services, as a new one would know nothing."""
    _post.cache_clear()


def known_origins() -> Origins:
    """What this process knows of the push services."""
    return _post(current_app.extensions["vendorapp"]).origins


def send_notice(notice_id: int) -> dict[str, int]:
    """Send what is due to the person who was told this; how many came to what.

    When a push service takes its time over that, whatever else is due is sent meanwhile.
    """
    return dict(_Round(limit=1_000, seconds=12, beside=notice_id).run())


def sweep(*, limit: int = 10_000, seconds: float = 12) -> dict[str, int]:
    """Send whatever is due, at most `limit` pushes and starting none after `seconds`.

    Returns how many rows came to what: sent, gone (the device was deleted), retry, dead, expired. Rows
    that are left over are due still, for the next sweep.
    """
    with transaction():
        counts = service.tidy()
    return dict(counts + _Round(limit=limit, seconds=seconds).run())


class _Round:
    """One run of the loop: at most `limit` pushes, none begun after `seconds`.

    A push service that hangs holds no more than its share of the threads (`Origins`), and its rows at the
    head of the queue hide nobody else's: as soon as it has its share, the others' are looked for behind.
    """

    def __init__(self, *, limit: int, seconds: float, beside: int | None = None) -> None:
        self.config: Config = current_app.extensions["vendorapp"]
        self.limit = limit
        self.end = time.monotonic() + seconds
        self.beside = beside
        self.flights: dict[Future[Tried], str] = {}  # to which origin
        self.next_look = 0.0

    def run(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        with ThreadPoolExecutor(THREADS) as pool:
            self._fill(pool)
            while self.flights:
                tried = self._landed()
                if tried:
                    counts += self._written(tried, pool)
                else:
                    # Somebody is slow: this worker has time for the others too.
                    self.beside = None
                    self._fill(pool)
        return counts

    def _written(self, tried: Sequence[Tried], pool: ThreadPoolExecutor) -> Counter[str]:
        """Write what came back, and give the threads that are free the next."""
        verdict = known_origins().heard(
            [Landed(one.origin, one.result, one.status is not None, one.seconds) for one in tried]
        )
        accepted = all(one.result is Result.ACCEPTED for one in tried)
        if accepted:
            # The next ones do not depend on it, so their threads need not wait for the ink.
            self._fill(pool)
        trusted = known_origins().trusted()
        with transaction():
            counts = service.settle(tried, trusted=trusted, rests=verdict.rests, keep=verdict.keep)
        if not (accepted and self.flights):
            self._fill(pool)
        return counts

    def _fill(self, pool: ThreadPoolExecutor) -> None:
        """Give the free threads something to do.

        First come the origins that hold less than a share, wherever their rows stand, then those that may
        have more. Looking behind the rows of the others reads what it passes over (2 ms a thousand), so a
        tenth of the time is spent on it; in between only the head of the queue is asked.
        """
        began = time.monotonic()
        if began < self.next_look:
            self._launch(pool)
            return
        first = self._busy(SHARE)
        self._launch(pool, first)
        then = self._busy(THREADS)
        if then != first:
            self._launch(pool, then)
        if first or then:
            ended = time.monotonic()
            self.next_look = ended + min(1.0, LOOK_PAUSE * (ended - began))

    def _busy(self, many: int) -> set[str]:
        """The origins that have all the threads they may have, or `many`."""
        flying = self._flying()
        free = known_origins().free(flying)
        return {origin for origin, number in flying.items() if not free[origin] or number >= many}

    def _launch(self, pool: ThreadPoolExecutor, past: Collection[str] = ()) -> None:
        """Claim and begin as much as there is room for, passing over the rows of the origins in `past`."""
        room = min(THREADS - len(self.flights), self.limit)
        if not room or time.monotonic() >= self.end:
            return
        free = known_origins().free(self._flying())
        with transaction():
            claimed = service.claim(room, beside=self.beside, free=free, others=SHARE, past=past)
        self.limit -= len(claimed)
        for one in claimed:
            self.flights[_begin(pool, one, self.config)] = one.origin

    def _flying(self) -> Counter[str]:
        return Counter(self.flights.values())

    def _landed(self) -> list[Tried]:
        """Take out what has come back; wait a moment if nothing has."""
        done = wait(self.flights, GATHER).done or wait(self.flights, LOOK, FIRST_COMPLETED).done
        for one in done:
            del self.flights[one]
        return [one.result() for one in done]


def _begin(pool: ThreadPoolExecutor, claimed: Claimed, config: Config) -> Future[Tried]:
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

    began = time.monotonic()
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
        time.monotonic() - began,
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
        with in_language(claimed.locale):
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
        lang=known_language(claimed.locale),
        app_badge=claimed.waiting,
        actions=actions,
        data=data,
    )
