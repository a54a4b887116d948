"""Devices: subscribing, moving, leaving, and who may answer from one."""

from __future__ import annotations

import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from tests.cast import PASSWORD, Api, Cast
from tests.notices.conftest import Subscribe, Tell
from tests.push_service import PushService
from vendorapp.kernel.clock import now
from vendorapp.kernel.database import session, transaction
from vendorapp.kernel.errors import NotFound
from vendorapp.notices import queries, service
from vendorapp.notices.models import PushDelivery, PushSubscription

SECRET = "one secret"
BLOCKED = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def asha(cast: Cast) -> Api:
    return cast.customer_login()


@pytest.fixture
def keys() -> dict[str, str]:
    with PushService() as somewhere:
        browser = somewhere.subscription()
    return {"p256dh": browser.p256dh, "auth": browser.auth}


def sign_in_again(login: Api) -> Api:
    body = {"phone_number": login.user["phone_number"], "password": PASSWORD}
    return Api(login.app, login.post("/login", body, expect=200)["token"], login.user)


def held(login: Api) -> list[str]:
    return [one["endpoint"] for one in login.get("/push/subscriptions")["items"]]


def row(endpoint: str) -> PushSubscription:
    found = queries.device_by_endpoint(endpoint)
    assert found is not None
    return found


def waiting() -> int | None:
    return session().scalar(select(func.count()).select_from(PushDelivery))


def test_the_public_key_needs_no_login(api: Api) -> None:
    key = api.get("/push/public-key")["public_key"]
    raw = base64.urlsafe_b64decode(key + "=")
    assert "=" not in key
    assert (len(raw), raw[0]) == (65, 4)


def test_a_device_is_new_once(asha: Api, pushes: PushService) -> None:
    browser = pushes.subscription()
    first = asha.post("/push/subscriptions", browser.as_json(), expect=201)
    assert {**first.json} == {
        "id": first["id"],
        "endpoint": browser.endpoint,
        "created_at": first["created_at"],
    }
    again = asha.post("/push/subscriptions", browser.as_json(), expect=200)
    assert again.json == first.json
    assert asha.get("/push/subscriptions").json == {"items": [first.json], "next": None}


def test_what_a_browser_says_of_itself_is_taken_as_it_is(asha: Api, pushes: PushService) -> None:
    body = {**pushes.subscription().as_json(), "expirationTime": None}
    asha.post("/push/subscriptions", body, expect=201, headers={"User-Agent": "Firefox/153 on Linux"})
    assert row(body["endpoint"]).user_agent == "Firefox/153 on Linux"


def test_fresh_keys_take_the_place_of_the_old(asha: Api, pushes: PushService) -> None:
    old, new = pushes.subscription(), pushes.subscription()
    first = asha.post("/push/subscriptions", old.as_json(), expect=201)
    body = {"endpoint": old.endpoint, "keys": new.as_json()["keys"]}
    assert asha.post("/push/subscriptions", body, expect=200)["id"] == first["id"]
    found = row(old.endpoint)
    assert (found.p256dh, found.auth) == (new.p256dh, new.auth)


def test_a_device_goes_with_the_present_sign_in(asha: Api, subscribe: Subscribe) -> None:
    browser = subscribe(asha)
    later = sign_in_again(asha)
    subscribe(later, browser)
    asha.post("/logout", expect=204)
    assert held(later) == [browser.endpoint]
    later.post("/logout", expect=204)
    assert queries.device_by_endpoint(browser.endpoint) is None


def test_an_endpoint_moves_to_the_next_login_and_nothing_of_the_first_stays(
    asha: Api, cast: Cast, subscribe: Subscribe, tell: Tell, pushes: PushService
) -> None:
    neighbour = cast.vendor()
    browser = subscribe(asha)
    old = row(browser.endpoint).id
    tell(asha)
    assert waiting() == 1
    moved = neighbour.post("/push/subscriptions", browser.as_json(), expect=200)
    assert held(asha) == []
    assert held(neighbour) == [browser.endpoint]
    assert moved["id"] != old
    assert waiting() == 0
    asha.post("/logout", expect=204)
    assert held(neighbour) == [browser.endpoint]


REFUSED = [
    "http://fcm.googleapis.com/x",
    "https://fcm.googleapis.com:8443/x",
    "https://push.example.com/x",
    "https://127.0.0.2/x",
    "https://[::1]/x",
    "https://localhost/x",
    "https://fcm.googleapis.com.example.com/x",
    "https://fcm.googleapis.com@example.com/x",
    "https://evilpush.apple.com.example/x",
    "https://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "not an address",
    "https://fcm.googleapis.com/" + "x" * 2100,
]


@pytest.mark.parametrize("endpoint", REFUSED)
def test_endpoints_that_are_refused(asha: Api, keys: dict[str, str], endpoint: str) -> None:
    answer = asha.post("/push/subscriptions", {"endpoint": endpoint, "keys": keys}, expect=422)
    assert answer.code == "endpoint_refused"
    assert [(one["field"], one["code"]) for one in answer["errors"]] == [("endpoint", "endpoint_refused")]
    assert held(asha) == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://jmt17.google.com/wp/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com/QAbc",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAA%2b",
        "http://127.0.0.1:9/any-port-of-an-allowed-host",
    ],
)
def test_endpoints_that_are_taken(asha: Api, keys: dict[str, str], endpoint: str) -> None:
    asha.post("/push/subscriptions", {"endpoint": endpoint, "keys": keys}, expect=201)
    assert held(asha) == [endpoint]


def off_the_curve(key: str) -> str:
    raw = bytearray(base64.urlsafe_b64decode(key + "="))
    raw[-1] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")


@pytest.mark.parametrize(
    "change",
    [
        lambda keys: {**keys, "p256dh": off_the_curve(keys["p256dh"])},
        lambda keys: {**keys, "p256dh": keys["p256dh"][:-4]},
        lambda keys: {**keys, "p256dh": "*" * 87},
        lambda keys: {**keys, "auth": keys["auth"] + "AAAA"},
        lambda keys: {**keys, "auth": "ключ"},
    ],
)
def test_keys_that_no_browser_has(asha: Api, keys: dict[str, str], change: Any) -> None:
    body = {"endpoint": "https://fcm.googleapis.com/x", "keys": change(keys)}
    answer = asha.post("/push/subscriptions", body, expect=422)
    assert [(one["field"], one["code"]) for one in answer["errors"]] == [("keys", "invalid")]
    assert held(asha) == []


def test_all_faults_at_once(asha: Api, keys: dict[str, str]) -> None:
    body = {"endpoint": "https://example.com/x", "keys": {**keys, "auth": "AAAA"}}
    answer = asha.post("/push/subscriptions", body, expect=422)
    assert answer.code == "endpoint_refused"
    assert [one["field"] for one in answer["errors"]] == ["endpoint", "keys"]


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {("endpoint", "invalid"), ("keys", "invalid")}),
        ({"endpoint": 1, "keys": []}, {("endpoint", "invalid"), ("keys", "invalid")}),
        (
            {"endpoint": "https://fcm.googleapis.com/x", "keys": {"auth": "a"}},
            {("keys.p256dh", "invalid")},
        ),
        (
            {
                "endpoint": "https://fcm.googleapis.com/x",
                "keys": {"p256dh": "a", "auth": "b", "private": "c"},
                "user_id": 1,
            },
            {("keys.private", "unknown_field"), ("user_id", "unknown_field")},
        ),
    ],
)
def test_shapes_that_are_refused(asha: Api, body: dict[str, Any], faults: set[tuple[str, str]]) -> None:
    answer = asha.post("/push/subscriptions", body, expect=422)
    assert {(one["field"], one["code"]) for one in answer["errors"]} == faults


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_devices_want_a_login(api: Api, method: str) -> None:
    answer = api.call(method, "/push/subscriptions", None if method == "GET" else {})
    assert (answer.status, answer.code) == (401, "unauthenticated")


def test_of_eleven_devices_the_oldest_goes(asha: Api, cast: Cast, subscribe: Subscribe) -> None:
    neighbour = cast.customer_login()
    kept = subscribe(neighbour).endpoint
    browsers = [subscribe(asha) for _ in range(10)]
    subscribe(asha, browsers[0])  # the same again is not an eleventh
    assert len(held(asha)) == 10
    browsers.append(subscribe(asha))
    assert held(asha) == [one.endpoint for one in reversed(browsers[1:])]
    assert held(neighbour) == [kept]


def test_the_limit_holds_for_devices_that_come_at_once(
    asha: Api, subscribe: Subscribe, pushes: PushService
) -> None:
    browsers = [pushes.subscription() for _ in range(14)]
    with ThreadPoolExecutor(7) as pool:
        list(pool.map(lambda browser: subscribe(asha, browser), browsers))
    assert len(held(asha)) == 10


def test_leaving(asha: Api, cast: Cast, subscribe: Subscribe, tell: Tell) -> None:
    neighbour = cast.customer_login()
    browser, other = subscribe(asha), subscribe(asha)
    tell(asha)
    foreign = neighbour.delete("/push/subscriptions", {"endpoint": browser.endpoint}, expect=404)
    missing = neighbour.delete("/push/subscriptions", {"endpoint": "https://x/y"}, expect=404)
    assert foreign.json == missing.json
    assert [(one["field"], one["code"]) for one in foreign["errors"]] == [("endpoint", "not_found")]
    asha.delete("/push/subscriptions", {"endpoint": browser.endpoint}, expect=204)
    assert held(asha) == [other.endpoint]
    assert waiting() == 1
    asha.delete("/push/subscriptions", {"endpoint": browser.endpoint}, expect=404)
    assert asha.delete("/push/subscriptions", {}, expect=422).code == "invalid"


def test_signing_out_ends_the_device(asha: Api, subscribe: Subscribe, tell: Tell) -> None:
    elsewhere = sign_in_again(asha)
    here, there = subscribe(asha), subscribe(elsewhere)
    tell(asha)
    asha.post("/logout", expect=204)
    assert held(elsewhere) == [there.endpoint]
    assert queries.device_by_endpoint(here.endpoint) is None
    assert waiting() == 1


def test_a_device_that_leaves_at_this_moment_costs_nobody_their_change(
    asha: Api, subscribe: Subscribe, tell: Tell
) -> None:
    browser = subscribe(asha)
    told: list[int | None] = []

    def tell_elsewhere() -> None:
        with asha.app.app_context():
            told.append(tell(asha))

    other = threading.Thread(target=tell_elsewhere)
    with transaction():
        service.unsubscribe(asha.user["id"], browser.endpoint)
        other.start()
        while other.is_alive() and not session().scalar(BLOCKED):
            pass
    other.join()
    (notice_id,) = told
    assert [one["id"] for one in asha.get("/notifications")["items"]] == [notice_id]
    assert waiting() == 0


def test_a_sign_in_past_its_time_is_not_pushed_to(
    asha: Api, subscribe: Subscribe, tell: Tell, app: Flask
) -> None:
    browser = subscribe(asha)
    expire(browser.endpoint)
    tell(asha)
    assert waiting() == 0


def expire(endpoint: str) -> None:
    from vendorapp.accounts.models import SignIn

    with transaction() as current:
        sign_in = current.get_one(SignIn, row(endpoint).sign_in_id)
        sign_in.expires_at = now() - timedelta(seconds=1)


# Answering from a notification ----------------------------------------------------------------


def token_of(login: Api, endpoint: str, **changes: Any) -> str:
    return service.answer_token(
        SECRET,
        **{
            "change_id": 12,
            "subscription_id": row(endpoint).id,
            "user_id": login.user["id"],
            **changes,
        },
    )


def who(token: str, change_id: int = 12, secret: str = SECRET) -> int | None:
    return queries.check_answer_token(token, change_id=change_id, secret=secret)


def test_a_token_names_who_may_answer_that_change(asha: Api, subscribe: Subscribe) -> None:
    browser = subscribe(asha)
    token = token_of(asha, browser.endpoint)
    assert who(token) == asha.user["id"]
    assert who(token, change_id=13) is None
    assert who(token, secret="another secret") is None
    somebody = token_of(asha, browser.endpoint, user_id=asha.user["id"] + 1)
    assert who(somebody) is None


@pytest.mark.parametrize("token", ["", ".", "abc", "WzEsMiwzXQ", "WzEsMiwzXQ.AAAA", "ы" * 40, "\x00"])
def test_made_up_tokens_are_nobody_s(app: Flask, token: str) -> None:
    assert who(token) is None


def test_no_character_of_a_token_can_be_changed(asha: Api, subscribe: Subscribe) -> None:
    token = token_of(asha, subscribe(asha).endpoint)
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "Q"
        assert who(token[:place] + other + token[place + 1 :]) is None, place


def test_other_things_signed_with_the_secret_are_no_tokens(asha: Api, subscribe: Subscribe) -> None:
    from itsdangerous import URLSafeSerializer

    facts = [12, row(subscribe(asha).endpoint).id, asha.user["id"]]
    assert who(queries.signer(SECRET).dumps(facts)) == asha.user["id"]
    assert who(URLSafeSerializer(SECRET, salt="session").dumps(facts)) is None
    for odd in (None, 12, [], facts[:2], {"a": 1}, [12, None, None]):
        assert who(queries.signer(SECRET).dumps(odd)) is None, odd


def test_a_token_dies_with_its_device(asha: Api, cast: Cast, subscribe: Subscribe) -> None:
    elsewhere = sign_in_again(asha)
    here, there = subscribe(asha), subscribe(elsewhere)
    tokens = [token_of(asha, one.endpoint) for one in (here, there)]
    asha.post("/logout", expect=204)
    assert [who(token) for token in tokens] == [None, asha.user["id"]]
    elsewhere.delete("/push/subscriptions", {"endpoint": there.endpoint}, expect=204)
    assert who(tokens[1]) is None


def test_a_token_dies_when_its_device_moves_on(asha: Api, cast: Cast, subscribe: Subscribe) -> None:
    neighbour = cast.customer_login()
    browser = subscribe(asha)
    token = token_of(asha, browser.endpoint)
    subscribe(neighbour, browser)
    assert who(token) is None
    subscribe(asha, browser)
    assert who(token) is None
    assert who(token_of(asha, browser.endpoint)) == asha.user["id"]


def test_a_token_dies_with_the_time_of_its_sign_in(asha: Api, subscribe: Subscribe) -> None:
    browser = subscribe(asha)
    token = token_of(asha, browser.endpoint)
    expire(browser.endpoint)
    assert who(token) is None


# Trying a device out --------------------------------------------------------------------------


def test_a_test_goes_to_one_device_and_not_on_the_badge(asha: Api, subscribe: Subscribe) -> None:
    browser, _ = subscribe(asha), subscribe(asha)
    with transaction():
        service.send_test(asha.user["id"], row(browser.endpoint).id)
    devices = session().scalars(select(PushDelivery.subscription_id)).all()
    assert devices == [row(browser.endpoint).id]
    assert queries.unread_count(asha.user["id"]) == 0


def test_a_foreign_device_cannot_be_tried_out(asha: Api, cast: Cast, subscribe: Subscribe) -> None:
    theirs = row(subscribe(cast.vendor()).endpoint).id
    for subscription_id in (theirs, 987654321, 10**30):
        with transaction(), pytest.raises(NotFound):
            service.send_test(asha.user["id"], subscription_id)
    assert waiting() == 0
