"""What becomes of a delivery: what is sent, and what each answer of the push service leads to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from tests.cast import Api, Cast
from tests.conftest import VAPID_PRIVATE_KEY
from tests.notices.conftest import Subscribe, Tell, telling
from tests.push_service import BrowserSubscription, PushService, drop, status
from vendorapp.kernel.clock import now
from vendorapp.kernel.database import patience, session, transaction
from vendorapp.notices import delivery, queries, rules, service
from vendorapp.notices.models import Notice, PushDelivery, PushOrigin, PushSubscription

SECRET = "tests-only-" + "0" * 32
BASE_URL = "http://127.0.0.1:8000"


@pytest.fixture
def asha(cast: Cast) -> Api:
    return cast.customer_login()


@pytest.fixture(autouse=True)
def _fresh_worker() -> Iterator[None]:
    """Each test is a worker that has just started."""
    delivery._post.cache_clear()
    yield
    delivery._post.cache_clear()


def rows() -> list[PushDelivery]:
    found = session().scalars(
        select(PushDelivery).order_by(PushDelivery.id).execution_options(populate_existing=True)
    )
    return list(found)


def one_row() -> PushDelivery:
    (found,) = rows()
    return found


def change(**values: Any) -> None:
    """Change every delivery row, as time or an accident would."""
    with transaction() as current:
        current.execute(update(PushDelivery).values(**values))


def open_again() -> None:
    """The rest that a push service asked for is over."""
    with transaction() as current:
        current.execute(update(PushOrigin).values(closed_until=now()))
    change(next_at=now())


def origins() -> dict[str, datetime]:
    return {row.origin: row.closed_until for row in session().scalars(select(PushOrigin))}


def seconds_from(moment: datetime, until: datetime) -> float:
    return (until - moment).total_seconds()


# What is sent ---------------------------------------------------------------------------------


def test_a_notice_reaches_every_device_of_the_person_only(
    asha: Api, cast: Cast, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    devices = {subscribe(asha).id, subscribe(asha).id}
    subscribe(cast.customer_login())
    notice_id = tell(asha)
    assert delivery.sweep() == {"sent": 2}
    assert {message.subscription_id for message in pushes.messages} == devices
    message = pushes.messages[0]
    topic = rules.topic_for(SECRET.encode(), "payment:7")
    assert message.payload == {
        "web_push": 8030,
        "notification": {
            "title": "Payment confirmed",
            "body": "Yadav Dairy has ₹500.00 from you.",
            "navigate": f"{BASE_URL}/payments/7",
            "tag": topic,
            "lang": "en",
            "app_badge": 0,
            "actions": [],
            "data": {"payment_id": 7, "id": notice_id, "kind": "payment_confirmed"},
        },
    }
    assert (message.topic, message.urgency) == (topic, "normal")
    assert 3 * 86400 - 60 <= message.ttl <= 3 * 86400
    assert message.vapid["sub"] == "mailto:tests@example.com"
    assert [(row.status, row.attempts, row.last_status) for row in rows()] == [("sent", 1, 201)] * 2
    assert all(row.sent_at and row.lease_until is None for row in rows())
    assert delivery.sweep() == {}
    assert len(pushes.attempts) == 2


def test_a_proposal_can_be_answered_on_the_notification(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    devices = [subscribe(asha), subscribe(asha)]
    notice_id = tell(
        asha,
        kind="change_proposed",
        url="/changes/12",
        topic="order:5:proposal",
        data={"order_id": 5, "change_id": 12},
    )
    delivery.sweep()
    for device in devices:
        (message,) = pushes.messages_for(device)
        assert message.urgency == "high"
        notification = message.payload["notification"]
        assert notification["actions"] == [
            {"action": "accept", "title": "Accept", "navigate": f"{BASE_URL}/changes/12"},
            {"action": "decline", "title": "Decline", "navigate": f"{BASE_URL}/changes/12"},
        ]
        token = notification["data"].pop("answer_token")
        assert notification["data"] == {
            "order_id": 5,
            "change_id": 12,
            "id": notice_id,
            "kind": "change_proposed",
        }
        assert queries.check_answer_token(token, change_id=12, secret=SECRET) == asha.user["id"]
        # Each device has a token of its own: signing one out leaves the other's alive.
        asha.delete("/push/subscriptions", {"endpoint": device.endpoint}, expect=204)
        assert queries.check_answer_token(token, change_id=12, secret=SECRET) is None


def test_the_badge_counts_what_waits_for_an_answer_and_the_language_is_the_person_s(
    cast: Cast, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    asha = cast.customer_login(locale="hi")
    subscribe(asha)
    for n in range(3):
        tell(asha, kind="payment_claimed", topic=f"payment:{n}")
    read = tell(asha, kind="payment_claimed", topic="payment:9")
    asha.post(f"/notifications/{read}/read", expect=200)
    tell(asha, topic="payment:1")
    delivery.sweep()
    sent = [message.payload["notification"] for message in pushes.messages]
    assert [one["app_badge"] for one in sent] == [3] * 5
    assert {one["lang"] for one in sent} == {"hi"}


def test_a_nudge_sends_what_is_due_to_that_person_only(
    asha: Api, cast: Cast, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    neighbour = cast.customer_login()
    mine, theirs = subscribe(asha), subscribe(neighbour)
    notice_id, _ = tell(asha), tell(neighbour)
    assert notice_id is not None
    assert delivery.send_notice(notice_id) == {"sent": 1}
    assert len(pushes.messages_for(mine)) == 1
    assert pushes.messages_for(theirs) == []
    assert delivery.send_notice(notice_id) == {}
    assert delivery.send_notice(987654321) == {}


def test_a_large_notice_is_shortened_and_one_that_cannot_be_is_given_up(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    subscribe(asha)
    tell(asha, body="दूध " * 2000)
    assert delivery.sweep() == {"sent": 1}
    assert len(pushes.messages[0].plaintext) < 3000
    tell(asha, data={"text": "x" * 4000})
    assert delivery.sweep() == {"dead": 1}
    assert len(pushes.attempts) == 1
    assert len(asha.get("/push/subscriptions")["items"]) == 1


def test_many_are_sent_together(cast: Cast, pushes: PushService, subscribe: Subscribe) -> None:
    people = [cast.customer_login() for _ in range(3)]
    for person in people:
        for _ in range(10):
            pushes.always(subscribe(person), status(201, latency=0.1))
    with transaction():
        service.tell_many(
            service.Telling(person.user["id"], **telling(topic=f"payment:{n}"))
            for person in people
            for n in range(4)
        )
    begun = time.monotonic()
    assert delivery.sweep() == {"sent": 120}
    # One after the other they would take 12 seconds.
    assert time.monotonic() - begun < 6
    assert len(pushes.messages) == 120


def test_a_sweep_ends_at_its_limit_and_in_its_time(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    subscribe(asha)
    for n in range(5):
        tell(asha, topic=f"payment:{n}")
    assert delivery.sweep(limit=2) == {"sent": 2}
    assert delivery.sweep(seconds=0) == {}
    assert delivery.sweep() == {"sent": 3}


# What each answer leads to --------------------------------------------------------------------


@pytest.mark.parametrize("code", [200, 201, 202, 204])
def test_accepted(asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell, code: int) -> None:
    pushes.always(subscribe(asha), status(code))
    tell(asha)
    assert delivery.sweep() == {"sent": 1}
    assert (one_row().status, one_row().last_status) == ("sent", code)


@pytest.mark.parametrize("code", [404, 410])
def test_a_device_that_is_gone_is_deleted_with_all_that_waits_for_it(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell, code: int
) -> None:
    gone, other = subscribe(asha), subscribe(asha)
    pushes.always(gone, status(code))
    tell(asha)
    assert delivery.sweep() == {"gone": 1, "sent": 1}
    assert [one["endpoint"] for one in asha.get("/push/subscriptions")["items"]] == [other.endpoint]
    assert [row.status for row in rows()] == ["sent"]
    tell(asha)
    assert delivery.sweep() == {"sent": 1}


@pytest.mark.parametrize("answer", [status(500), status(502), status(408), drop()])
def test_a_failure_is_tried_again_later(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell, answer: Any
) -> None:
    pushes.script(subscribe(asha), answer)
    tell(asha)
    moment = now()
    assert delivery.sweep() == {"retry": 1}
    row = one_row()
    assert (row.status, row.attempts, row.lease_until) == ("waiting", 1, None)
    assert row.last_reason
    assert 30 <= seconds_from(moment, row.next_at) <= 40
    assert delivery.sweep() == {}
    assert origins() == {}
    change(next_at=now())
    assert delivery.sweep() == {"sent": 1}
    assert one_row().attempts == 2


def test_the_waits_grow_and_the_eighth_failure_is_the_last(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    pushes.always(subscribe(asha), status(500))
    tell(asha)
    waits = []
    for _ in range(7):
        moment = now()
        assert delivery.sweep() == {"retry": 1}
        waits.append(seconds_from(moment, one_row().next_at))
        change(next_at=now())
    for wait, least in zip(waits, (30, 120, 480, 1920, 3000, 3000, 3000), strict=True):
        assert least <= wait <= 1.2 * max(least, 3000 if least == 3000 else 0) + 5
    assert delivery.sweep() == {"dead": 1}
    assert (one_row().status, one_row().attempts) == ("dead", 8)
    assert len(pushes.attempts) == 8
    assert delivery.sweep() == {}
    assert len(asha.get("/push/subscriptions")["items"]) == 1


def test_nothing_is_tried_again_past_its_time(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    pushes.always(subscribe(asha), status(500))
    tell(asha, life=timedelta(seconds=25))
    assert delivery.sweep() == {"expired": 1}
    assert (one_row().status, len(pushes.attempts)) == ("expired", 1)


def test_what_is_past_its_time_is_not_sent(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    subscribe(asha)
    notice_id = tell(asha, life=timedelta(0))
    assert notice_id is not None
    assert delivery.send_notice(notice_id) == {}
    assert delivery.sweep() == {"expired": 1}
    assert one_row().status == "expired"
    assert pushes.attempts == []


@pytest.mark.parametrize(("code", "after"), [(429, "120"), (503, "120"), (429, None)])
def test_a_busy_service_is_left_alone_as_a_whole(
    asha: Api,
    cast: Cast,
    pushes: PushService,
    subscribe: Subscribe,
    tell: Tell,
    code: int,
    after: str | None,
) -> None:
    busy = subscribe(asha)
    pushes.script(busy, status(code, retry_after=after) if after else status(code))
    neighbour = cast.customer_login()
    other = subscribe(neighbour)
    tell(asha)
    moment = now()
    assert delivery.sweep() == {"retry": 1}
    least = float(after or 30)
    closed = origins()
    assert [*closed] == [pushes.origin]
    assert least <= seconds_from(moment, closed[pushes.origin]) <= least + 5
    assert least <= seconds_from(moment, one_row().next_at) <= 1.2 * least + 5
    tell(neighbour)
    with PushService(public_key=pushes.public_key) as elsewhere:
        subscribe(neighbour, elsewhere.subscription())
        tell(neighbour)
        change(next_at=now())
        # Only what goes elsewhere; both notices of the neighbour wait for their first device.
        assert delivery.sweep() == {"sent": 1}
        assert len(elsewhere.messages) == 1
    assert len(pushes.attempts) == 1
    open_again()
    assert delivery.sweep() == {"sent": 3}
    assert len(pushes.messages_for(busy)) == 1
    assert len(pushes.messages_for(other)) == 2


def test_an_origin_is_never_opened_by_a_shorter_wait(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    for _ in range(3):
        subscribe(asha)
    tell(asha)
    with transaction():
        claimed = service.claim(10)
    moment = now()
    tried = [
        service.Tried(one, rules.Result.RETRY_LATER, pushes.origin, 429, after)
        for one, after in zip(claimed, (600.0, 60.0, 30.0), strict=True)
    ]
    # Two answers of one worker, then one of another that was under way all the time.
    for together in (tried[:2], tried[2:]):
        with transaction():
            assert service.settle(together) == {"retry": len(together)}
    assert 600 <= seconds_from(moment, origins()[pushes.origin]) <= 605


@pytest.mark.parametrize("code", [401, 403])
def test_our_own_fault_stops_everything_and_costs_nothing(
    asha: Api,
    pushes: PushService,
    subscribe: Subscribe,
    tell: Tell,
    code: int,
) -> None:
    device = subscribe(asha)
    pushes.script(device, *[status(code)] * 12)
    tell(asha)
    for _ in range(12):
        moment = now()
        with capture_logs() as logs:
            assert delivery.sweep() == {"retry": 1}
        assert [(one["log_level"], one["event"]) for one in logs] == [("error", "push_key_refused")]
        row = one_row()
        assert (row.status, row.attempts, row.last_status) == ("waiting", 0, code)
        assert 600 <= seconds_from(moment, row.next_at) <= 605
        assert 600 <= seconds_from(moment, origins()[pushes.origin]) <= 605
        change(next_at=now())
        assert delivery.sweep() == {}
        open_again()
    assert delivery.sweep() == {"sent": 1}
    assert len(asha.get("/push/subscriptions")["items"]) == 1


def test_one_device_that_subscribed_with_another_key_does_not_stop_the_others(
    asha: Api, cast: Cast, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    stranger = cast.vendor()
    pushes.always(subscribe(stranger), status(403))
    subscribe(asha)
    tell(asha)
    assert delivery.sweep() == {"sent": 1}
    tell(stranger)
    assert delivery.sweep() == {"retry": 1}
    assert origins() == {}
    assert rows()[1].attempts == 1
    tell(asha)
    assert delivery.sweep() == {"sent": 1}


@pytest.mark.parametrize("code", [400, 413, 307])
def test_a_refused_message_is_given_up_and_the_device_stays(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell, code: int
) -> None:
    pushes.script(subscribe(asha), status(code))
    tell(asha)
    assert delivery.sweep() == {"dead": 1}
    assert (one_row().status, one_row().last_status) == ("dead", code)
    tell(asha)
    assert delivery.sweep() == {"sent": 1}


def test_a_host_that_is_no_longer_allowed_costs_no_device(
    asha: Api, subscribe: Subscribe, tell: Tell
) -> None:
    subscribe(asha)
    with transaction() as current:
        current.execute(update(PushSubscription).values(endpoint="https://push.example.com/x"))
    tell(asha)
    assert delivery.sweep() == {"dead": 1}
    assert len(asha.get("/push/subscriptions")["items"]) == 1


# Newer and older ------------------------------------------------------------------------------


def titles(pushes: PushService, device: BrowserSubscription) -> list[str]:
    return [one.payload["notification"]["title"] for one in pushes.messages_for(device)]


def test_what_is_about_one_topic_arrives_in_order(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    slow, quick = subscribe(asha), subscribe(asha)
    pushes.script(slow, status(201, latency=0.3))
    for n in range(4):
        tell(asha, topic="change:1", title=f"No. {n}")
    assert delivery.sweep() == {"sent": 8}
    for device in (slow, quick):
        assert titles(pushes, device) == ["No. 0", "No. 1", "No. 2", "No. 3"]
    assert len({message.topic for message in pushes.messages}) == 1


def test_a_newer_notice_waits_while_an_older_one_is_under_way(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    subscribe(asha)
    tell(asha, topic="change:1", title="proposed")
    with transaction():
        (claimed,) = service.claim(10)
    tell(asha, topic="change:1", title="withdrawn")
    tell(asha, topic="change:2", title="something else")
    with transaction():
        assert [one.title for one in service.claim(10)] == ["something else"]
    with transaction():
        service.settle([service.Tried(claimed, rules.Result.ACCEPTED, pushes.origin, 201)])
    with transaction():
        assert [one.title for one in service.claim(10)] == ["withdrawn"]


def test_what_failed_before_is_not_sent_after_newer_news(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    device = subscribe(asha)
    pushes.script(device, status(500))
    tell(asha, topic="change:1", title="proposed")
    assert delivery.sweep() == {"retry": 1}
    newer = tell(asha, topic="change:1", title="withdrawn")
    assert newer is not None
    assert delivery.send_notice(newer) == {"sent": 1}
    change(next_at=now())
    assert delivery.send_notice(newer) == {}
    assert delivery.sweep() == {"expired": 1}
    assert titles(pushes, device) == ["withdrawn"]


# Workers that die, and several at once --------------------------------------------------------


def test_a_claim_is_another_s_only_after_its_lease(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    subscribe(asha)
    tell(asha)
    with transaction():
        (first,) = service.claim(10)
    row = one_row()
    assert row.lease_until is not None
    assert 0 < seconds_from(now(), row.lease_until) <= 45  # with the tick: within a minute
    assert delivery.sweep() == {}
    change(lease_until=now())
    with transaction():
        (second,) = service.claim(10)
    assert (first.attempts, second.attempts) == (1, 2)
    # The first worker was only slow: its failure is no news, its success is.
    with transaction():
        service.settle([service.Tried(first, rules.Result.RETRY, pushes.origin, 500)])
    assert (one_row().status, one_row().attempts) == ("waiting", 2)
    assert one_row().lease_until is not None
    with transaction():
        service.settle([service.Tried(first, rules.Result.ACCEPTED, pushes.origin, 201)])
        service.settle([service.Tried(second, rules.Result.RETRY, pushes.origin, 500)])
    assert one_row().status == "sent"


def test_a_row_that_kills_every_worker_is_given_up(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    subscribe(asha)
    tell(asha)
    for _ in range(8):
        with transaction():
            assert len(service.claim(10)) == 1
        change(lease_until=now())
    with transaction():
        assert service.claim(10) == []
    assert delivery.sweep() == {"dead": 1}
    assert pushes.attempts == []


def test_a_worker_does_not_wait_for_another_s_claim(asha: Api, subscribe: Subscribe, tell: Tell) -> None:
    subscribe(asha)
    tell(asha)
    found: list[list[service.Claimed]] = []

    def claim_elsewhere() -> None:
        with asha.app.app_context(), transaction():
            patience(lock="500ms")
            found.append(service.claim(10))

    with transaction():
        assert len(service.claim(10)) == 1
        other = threading.Thread(target=claim_elsewhere)
        other.start()
        other.join()
    assert found == [[]]


def test_two_workers_never_send_the_same_row(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    for _ in range(3):
        subscribe(asha)
    for n in range(20):
        tell(asha, topic=f"payment:{n}")
    start = threading.Barrier(3)
    counts: list[dict[str, int]] = []

    def work() -> None:
        with asha.app.app_context():
            start.wait()
            counts.append(delivery.sweep())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(count.get("sent", 0) for count in counts) == 60
    seen = [(m.subscription_id, m.payload["notification"]["data"]["id"]) for m in pushes.messages]
    assert len(seen) == len(set(seen)) == 60


def test_no_transaction_is_open_while_a_service_takes_its_time(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    pushes.script(subscribe(asha), status(201, latency=5))
    tell(asha)
    done = threading.Thread(target=lambda: sweep_in(asha))
    done.start()
    pushes.wait_for_attempts(1)
    begun = time.monotonic()
    # All of this locks the rows that the sweep claimed, or waits for whoever has them.
    asha.post("/logout", expect=204)
    assert time.monotonic() - begun < 3
    assert rows() == []
    done.join()


def sweep_in(login: Api) -> None:
    with login.app.app_context():
        delivery.sweep()


# Housekeeping ---------------------------------------------------------------------------------


def test_old_deliveries_that_ended_are_forgotten(
    asha: Api, pushes: PushService, subscribe: Subscribe, tell: Tell
) -> None:
    subscribe(asha)
    old_sent, old_waiting, fresh = tell(asha), tell(asha, topic="a"), tell(asha, topic="b")
    with transaction() as current:
        for notice_id, days in ((old_sent, 31), (old_waiting, 31), (fresh, 29)):
            row = current.get_one(Notice, notice_id)
            row.created_at = now() - timedelta(days=days)
        current.execute(
            update(PushDelivery).where(PushDelivery.notice_id.in_([old_sent, fresh])).values(status="sent")
        )
        current.add_all(
            [
                PushOrigin(origin="https://a", closed_until=now() - timedelta(days=2), reason="x"),
                PushOrigin(origin="https://b", closed_until=now(), reason="x"),
            ]
        )
    with transaction():
        assert service.forget_old() == 2
    assert [row.notice_id for row in rows()] == [old_waiting, fresh]
    assert [*origins()] == ["https://b"]
    assert len(asha.get("/notifications")["items"]) == 3


def test_the_key_of_the_tests_is_the_one_the_service_knows(pushes: PushService) -> None:
    assert pushes.public_key == rules.vapid_public_key(VAPID_PRIVATE_KEY)
