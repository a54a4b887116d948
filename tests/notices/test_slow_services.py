"""A push service that hangs, fails or talks nonsense costs the devices of the others nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update
from structlog.testing import capture_logs

from tests.cast import Api, Cast
from tests.notices.conftest import Subscribe, Tell
from tests.push_service import BrowserSubscription, PushService, drop, hang, status
from vendorapp.kernel.clock import now
from vendorapp.kernel.database import session, transaction
from vendorapp.notices import delivery, origins, rules, service
from vendorapp.notices.models import Notice, PushDelivery, PushOrigin, PushSubscription
from vendorapp.notices.rules import Result


@pytest.fixture(autouse=True)
def _fresh_worker() -> Iterator[None]:
    """Each test is a worker that has just started."""
    delivery.forget()
    yield
    delivery.forget()


@pytest.fixture
def asha(cast: Cast) -> Api:
    return cast.customer_login()


@pytest.fixture
def elsewhere(pushes: PushService) -> Iterator[PushService]:
    """Another push service."""
    with PushService(public_key=pushes.public_key) as found:
        yield found
        assert found.violations == []


def devices(login: Api, service_: PushService, count: int, *, every: Any = None) -> list[BrowserSubscription]:
    """Many devices, as many people would have them; beyond what one person may."""
    browsers = [service_.subscription() for _ in range(count)]
    with transaction() as current:
        sign_in = current.execute(select(PushSubscription.sign_in_id).limit(1)).scalar_one()
        current.execute(
            insert(PushSubscription),
            [
                {
                    "user_id": login.user["id"],
                    "sign_in_id": sign_in,
                    "endpoint": one.endpoint,
                    "p256dh": one.p256dh,
                    "auth": one.auth,
                    "user_agent": "",
                    "created_at": now(),
                }
                for one in browsers
            ],
        )
    for one in browsers if every else ():
        service_.always(one, every)
    return browsers


def statuses() -> dict[str, int]:
    session().rollback()
    found = list(session().scalars(select(PushDelivery.status)))
    return {word: found.count(word) for word in sorted(set(found))}


def rests() -> dict[str, float]:
    """For how many seconds each origin still rests."""
    session().rollback()
    moment = now()
    rows = session().scalars(select(PushOrigin).execution_options(populate_existing=True))
    return {row.origin: round((row.closed_until - moment).total_seconds()) for row in rows}


def change(**values: Any) -> None:
    with transaction() as current:
        current.execute(update(PushDelivery).values(**values))


def awake(**values: Any) -> None:
    """Every rest is over, here and in what the worker remembers."""
    with transaction() as current:
        current.execute(update(PushOrigin).values(closed_until=now()))
    for one in delivery.known_origins().known.values():
        one.rests_until = 0.0
    change(next_at=now(), **values)


# One that hangs delays nobody else -------------------------------------------------------------


def test_others_are_found_behind_a_thousand_rows_of_one_that_hangs(
    asha: Api,
    app: Flask,
    pushes: PushService,
    elsewhere: PushService,
    subscribe: Subscribe,
    tell: Tell,
) -> None:
    pushes.always(subscribe(asha), hang())
    devices(asha, pushes, 999, every=hang())
    tell(asha, topic="the many")
    change(next_at=now() - timedelta(minutes=1))
    quick = elsewhere.subscription()
    neighbour = Cast(app).customer_login()
    subscribe(neighbour, quick)
    tell(neighbour)
    worker = threading.Thread(target=lambda: sweep_in(app))
    worker.start()
    elsewhere.wait_for(1)
    # And what comes up only now, while nothing moves.
    tell(neighbour, topic="now")
    elsewhere.wait_for(2)
    # None of those that hang has timed out by now.
    session().rollback()
    timed_out = select(PushDelivery.id).where(
        PushDelivery.last_reason.is_not(None), PushDelivery.last_status.is_(None)
    )
    assert session().scalars(timed_out).all() == []
    assert len(pushes.attempts) == origins.SHARE
    worker.join()
    assert len(pushes.attempts) < origins.SHARE + origins.FAILED_IN_A_ROW


def sweep_in(app: Flask, **how: Any) -> None:
    with app.app_context():
        delivery.sweep(**how)


def test_a_nudge_that_meets_one_that_hangs_sends_what_else_is_due(
    asha: Api,
    app: Flask,
    cast: Cast,
    pushes: PushService,
    elsewhere: PushService,
    subscribe: Subscribe,
    tell: Tell,
) -> None:
    pushes.always(subscribe(asha), hang())
    neighbour = cast.customer_login()
    subscribe(neighbour, elsewhere.subscription())
    notice_id = tell(asha)
    assert notice_id is not None
    tell(neighbour)

    def nudged() -> None:
        with app.app_context():
            delivery.send_notice(notice_id)

    worker = threading.Thread(target=nudged)
    worker.start()
    elsewhere.wait_for(1)
    assert worker.is_alive()
    worker.join()


def test_a_nudge_finds_its_person_behind_a_long_queue(
    asha: Api, cast: Cast, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    subscribe(asha)
    devices(asha, pushes, 300)
    tell(asha)
    neighbour = cast.customer_login()
    mine = subscribe(neighbour)
    notice_id = tell(neighbour)
    assert notice_id is not None
    assert delivery.send_notice(notice_id) == {"sent": 1}
    assert len(pushes.messages_for(mine)) == 1


def test_a_claim_takes_no_more_of_an_origin_than_it_is_told(
    asha: Api, pushes: PushService, elsewhere: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    for _ in range(5):
        subscribe(asha)
        subscribe(asha, elsewhere.subscription())
    tell(asha)

    def claimed(limit: int, **how: Any) -> dict[str, int]:
        with transaction():
            found = [one.origin for one in service.claim(limit, **how)]
        change(lease_until=None, attempts=0)
        return {origin: found.count(origin) for origin in sorted(set(found))}

    here, there = pushes.origin, elsewhere.origin
    assert claimed(100) == {here: 5, there: 5}
    assert claimed(100, free={here: 2}, others=3) == {here: 2, there: 3}
    assert claimed(100, free={here: 0}, others=9) == {there: 5}
    assert claimed(100, past=[there]) == {here: 5}
    assert claimed(100, past=[here, there]) == {}
    assert sum(claimed(4, free={here: 3}, others=3).values()) == 4


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://FCM.googleapis.com/fcm/send/a:443/b", "https://fcm.googleapis.com"),
        ("https://fcm.googleapis.com:443/x", "https://fcm.googleapis.com"),
        ("http://127.0.0.1:80/x", "http://127.0.0.1"),
        ("http://127.0.0.1:443/x", "http://127.0.0.1:443"),
        ("https://127.0.0.1:8443/x/", "https://127.0.0.1:8443"),
    ],
)
def test_the_database_knows_origins_as_the_rules_do(
    asha: Api, subscribe: Subscribe, tell: Tell, endpoint: str, origin: str
) -> None:
    assert rules.check_endpoint(endpoint, {"127.0.0.1"}) == origin
    subscribe(asha)
    with transaction() as current:
        current.execute(update(PushSubscription).values(endpoint=endpoint))
    tell(asha)
    with transaction():
        assert [one.origin for one in service.claim(1)] == [origin]


# The breaker ----------------------------------------------------------------------------------


def test_a_silent_service_rests_and_one_try_opens_it_again(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    browsers = [subscribe(asha) for _ in range(8)]
    for one in browsers:
        pushes.always(one, drop())
    tell(asha)
    with capture_logs() as logs:
        assert delivery.sweep() == {"retry": 8}
    assert [(one["log_level"], one["event"]) for one in logs] == [("warning", "push_origin_rests")]
    assert [*rests()] == [pushes.origin]
    assert 25 <= rests()[pushes.origin] <= 30
    # It was the service's fault, so none of these tries counts.
    assert {row.attempts for row in session().scalars(select(PushDelivery))} == {0}
    change(next_at=now())
    assert delivery.sweep() == {}
    awake()
    assert delivery.sweep() == {"retry": 1}
    assert len(pushes.attempts) == 9
    assert 55 <= rests()[pushes.origin] <= 60
    for one in browsers:
        pushes.always(one, status(201))
    awake()
    assert delivery.sweep() == {"sent": 8}


def test_the_rows_of_a_service_that_rests_are_put_off_at_once(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    pushes.always(subscribe(asha), drop())
    devices(asha, pushes, 40, every=drop())
    tell(asha)
    assert delivery.sweep() == {"retry": origins.SHARE}
    session().rollback()
    due = session().scalars(select(PushDelivery.next_at)).all()
    assert min(due) > now() + timedelta(seconds=20)


def test_a_service_that_says_all_devices_are_gone_is_not_believed(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    first = subscribe(asha)
    browsers = [first, *devices(asha, pushes, 119)]
    for one in browsers:
        pushes.always(one, status(410))
    tell(asha)
    with capture_logs() as logs:
        counts = delivery.sweep()
    assert ("error", "push_origin_rests") in {(one["log_level"], one["event"]) for one in logs}
    left = len(session().scalars(select(PushSubscription.id)).all())
    assert left == 120 - counts["gone"] >= 120 - 49
    assert 595 <= rests()[pushes.origin] <= 600
    assert {row.attempts for row in session().scalars(select(PushDelivery))} == {0}
    # Later it still says so: one try, and no device is deleted.
    awake()
    assert delivery.sweep() == {"retry": 1}
    assert 1195 <= rests()[pushes.origin] <= 1200
    assert len(session().scalars(select(PushSubscription.id)).all()) == left
    # It was its mistake after all, apart from a phone that is really lost and that was tried just now.
    lost = pushes.attempts[-1].subscription_id
    for one in browsers:
        if one.id != lost:
            pushes.always(one, status(201))
    with transaction() as current:
        current.execute(update(PushOrigin).values(closed_until=now()))
        current.execute(
            update(PushDelivery)
            .where(PushDelivery.next_at < now() + timedelta(seconds=1_210))
            .values(next_at=now())
        )
    assert delivery.sweep() == {"sent": left - 1}
    change(next_at=now())
    assert delivery.sweep() == {"gone": 1}


# What push.md says of retries -------------------------------------------------------------------


def test_the_life_that_is_left_shrinks_from_try_to_try(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    device = subscribe(asha)
    pushes.script(device, status(500))
    tell(asha, kind="record_disputed")
    assert delivery.sweep() == {"retry": 1}
    with transaction() as current:
        current.execute(update(Notice).values(expires_at=Notice.expires_at - timedelta(hours=20)))
    change(next_at=now())
    assert delivery.sweep() == {"sent": 1}
    first, second = pushes.attempts
    assert 19 * 3600 < first.ttl - second.ttl <= 20 * 3600 + 60
    assert (first.urgency, second.urgency) == ("high", "high")


def test_what_is_sent_twice_is_one_notification(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    subscribe(asha)
    tell(asha)
    with transaction():
        assert len(service.claim(1)) == 1  # by a worker that sends it and dies before it says so
    change(lease_until=now())
    assert delivery.sweep() == {"sent": 1}
    change(status="waiting", next_at=now(), sent_at=None)
    assert delivery.sweep() == {"sent": 1}
    first, second = pushes.messages
    assert first.topic == second.topic
    assert first.payload == second.payload


def test_late_failures_of_a_rest_say_nothing_new(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    for _ in range(2):
        subscribe(asha)
    tell(asha)
    with transaction():
        one, other = service.claim(2)
    rest = origins.Rest(timedelta(seconds=30), "no answer")
    with transaction():
        failed = service.Tried(one, Result.RETRY, pushes.origin)
        assert service.settle([failed], rests={pushes.origin: rest}) == {"retry": 1}
    with transaction():
        assert service.settle([service.Tried(other, Result.RETRY, pushes.origin)]) == {"retry": 1}
    session().rollback()
    tries = {row.id: row.attempts for row in session().scalars(select(PushDelivery))}
    assert tries == {one.id: 0, other.id: 1}
