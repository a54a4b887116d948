"""The whole way with a real worker: a commit here, a notification on a device there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import redis
from flask import Flask

from tests.cast import Api, Cast
from tests.notices.conftest import Subscribe, Tell, telling
from tests.processes import Worker
from tests.push_service import PushService, status
from vendorapp import schedule
from vendorapp.kernel.database import session, transaction
from vendorapp.kernel.jobs import JobRun
from vendorapp.notices import delivery, service
from vendorapp.notices.models import PushDelivery

# A worker needs seconds to start, and a machine that is busy more of them.
PATIENCE = 30.0


@pytest.fixture
def asha(cast: Cast) -> Api:
    return cast.customer_login()


@pytest.fixture(params=["solo", "prefork"])
def worker(request: pytest.FixtureRequest, app: Flask) -> Iterator[Worker]:
    with Worker(app, pool=request.param) as found:
        yield found


@pytest.fixture
def solo(app: Flask) -> Iterator[Worker]:
    with Worker(app) as found:
        yield found


def tick(app: Flask) -> None:
    """What beat does every fifteen seconds."""
    assert app.extensions["nudger"].send("jobs.tick", [])


def empty_redis(environment: dict[str, str]) -> None:
    client = redis.Redis.from_url(environment["REDIS_URL"])
    client.flushdb()
    client.close()


def test_a_commit_becomes_a_notification(
    worker: Worker, asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    device = subscribe(asha)
    with pytest.raises(ValueError, match="rolled back"):
        tell_and_fail(asha)
    notice_id = tell(asha)
    (message,) = pushes.wait_for(1, PATIENCE)
    assert message.subscription_id == device.id
    assert message.payload["notification"]["data"]["id"] == notice_id
    assert message.payload["notification"]["title"] == "Payment confirmed"
    assert message.vapid["aud"] == pushes.origin
    second = tell(asha, topic="payment:8")
    messages = pushes.wait_for(2, PATIENCE)
    ids = [one.payload["notification"]["data"]["id"] for one in messages]
    assert ids == [notice_id, second]


def tell_and_fail(login: Api) -> None:
    with transaction():
        service.tell(login.user["id"], **telling(title="never happened"))
        raise ValueError("rolled back")


def test_what_was_told_without_a_worker_arrives_with_the_next_tick(
    solo: Worker,
    app: Flask,
    environment: dict[str, str],
    asha: Api,
    pushes: PushService,
    subscribe: Subscribe,
    tell: Tell,
) -> None:
    subscribe(asha)
    solo.stop()
    notice_id = tell(asha)
    empty_redis(environment)
    solo.start()
    tick(app)
    (message,) = pushes.wait_for(1, PATIENCE)
    assert message.payload["notification"]["data"]["id"] == notice_id
    solo.stop()  # it finishes the tick first
    row = session().query(JobRun).filter_by(job="push.sweep").one()
    assert row.result == {"sent": 1}
    assert {one.status for one in session().query(PushDelivery)} == {"sent"}


def test_a_worker_killed_while_it_sends_loses_nothing(
    solo: Worker,
    app: Flask,
    environment: dict[str, str],
    asha: Api,
    pushes: PushService,
    subscribe: Subscribe,
    tell: Tell,
) -> None:
    device = subscribe(asha)
    pushes.script(device, status(201, latency=60))
    tell(asha)
    pushes.wait_for_attempts(1, PATIENCE)
    solo.kill()
    empty_redis(environment)
    with transaction() as current:
        (row,) = current.query(PushDelivery)
        assert row.status == "waiting"
        assert row.lease_until is not None
        row.lease_until = datetime.now(UTC)  # time passes
    solo.start()
    tick(app)
    first, again = pushes.wait_for_attempts(2, PATIENCE)
    assert first.topic == again.topic
    assert first.payload["notification"]["tag"] == again.payload["notification"]["tag"]


def test_a_worker_asked_to_stop_finishes_what_it_sends(
    solo: Worker, asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    pushes.script(subscribe(asha), status(201, latency=2))
    tell(asha)
    pushes.wait_for_attempts(1, PATIENCE)
    solo.stop()
    (row,) = session().query(PushDelivery)
    assert (row.status, row.attempts) == ("sent", 1)


def test_beat_sends_a_tick_and_a_tick_runs_each_job_once_a_slot(app: Flask) -> None:
    celery = app.extensions["celery"]
    assert celery.conf.beat_schedule["tick"]["task"] == "jobs.tick"
    assert celery.conf.beat_schedule["tick"]["schedule"] == 15
    delivery._post.cache_clear()
    celery.tasks["jobs.tick"]()
    names = {row.job for row in session().query(JobRun)}
    assert names == {job.name for job in schedule.JOBS}
    slots = session().query(JobRun).filter_by(job="housekeeping").count()
    celery.tasks["jobs.tick"]()
    assert session().query(JobRun).filter_by(job="housekeeping").count() == slots == 1
    assert all(job.why for job in schedule.JOBS)


def test_every_job_has_a_name_of_its_own() -> None:
    names = [job.name for job in schedule.JOBS]
    assert len(names) == len(set(names))
