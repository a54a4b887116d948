"""Sign in, sign out, who am I, and the throttle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests.cast import PASSWORD, Answer, Api, Cast
from vendorapp.accounts import service
from vendorapp.accounts.queries import caller_by_token
from vendorapp.kernel.database import session, transaction
from vendorapp.kernel.errors import Problem


def login(api: Api, phone: str, password: str = PASSWORD) -> Answer:
    return api.post("/login", {"phone_number": phone, "password": password})


@pytest.fixture
def asha(cast: Cast) -> Api:
    return cast.customer_login()


def phone_of(someone: Api) -> str:
    return str(someone.user["phone_number"])


def test_a_login_gets_a_token_of_its_own(api: Api, asha: Api) -> None:
    made = login(api, phone_of(asha))
    assert made.status == 200
    assert made["user"] == asha.user
    assert made["token"] != asha.token
    lasts = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=89) < lasts <= timedelta(days=90)
    for token in (made["token"], asha.token):
        assert Api(api.app, token).get("/me").json == asha.user


def test_a_wrong_password_and_an_unknown_phone_answer_alike(api: Api, asha: Api) -> None:
    wrong, unknown = login(api, phone_of(asha), "wrong horse"), login(api, "+919999999999")
    assert (wrong.status, wrong.code) == (401, "bad_credentials")
    assert wrong.json == unknown.json
    assert "WWW-Authenticate" not in wrong.response.headers


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"phone_number": "+919811122233"},
        {"phone_number": "9811122233", "password": PASSWORD},
        {"phone_number": "+919811122233", "password": 5},
        {"phone_number": "+919811122233", "password": "a\u0000"},
        {"phone_number": "+919811122233", "password": "x" * 1001},
        {"phone_number": ["+919811122233"], "password": PASSWORD},
        {"phone_number": "+919811122233", "password": PASSWORD, "user_type": "vendor"},
    ],
)
def test_a_bad_body(api: Api, body: dict[str, Any]) -> None:
    answer = api.post("/login", body)
    assert (answer.status, answer.response.mimetype) == (422, "application/problem+json")


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"password": "a", "password": "b"}', "application/json", 400),
        (b"phone_number=1", "application/x-www-form-urlencoded", 415),
    ],
)
def test_an_unreadable_body(api: Api, data: bytes, content_type: str, status: int) -> None:
    answer = api.call("POST", "/login", data=data, content_type=content_type)
    assert answer.status == status


def test_the_eleventh_wrong_password_is_not_heard(api: Api, cast: Cast, asha: Api) -> None:
    phone = phone_of(asha)
    for _ in range(10):
        assert login(api, phone, "wrong horse").status == 401
    for password in ("wrong horse", PASSWORD):
        refused = login(api, phone, password)
        assert (refused.status, refused.code) == (429, "too_many_requests")
        assert 0 < int(refused.response.headers["Retry-After"]) <= 15 * 60
    # Only that account, and its tokens go on.
    assert asha.get("/me").json == asha.user
    assert login(api, phone_of(cast.customer_login())).status == 200


def test_unknown_phones_are_throttled_alike(api: Api, asha: Api) -> None:
    known, unknown = phone_of(asha), "+919999999999"
    seen = {phone: [login(api, phone, "wrong horse") for _ in range(12)] for phone in (known, unknown)}
    told = [[(answer.status, answer.json) for answer in answers] for answers in seen.values()]
    assert told[0] == told[1]
    assert [status for status, _ in told[0]] == [401] * 10 + [429] * 2


def test_failures_are_forgotten_after_a_quarter_of_an_hour(api: Api, asha: Api) -> None:
    for _ in range(10):
        login(api, phone_of(asha), "wrong horse")
    with transaction():
        session().execute(text("UPDATE sign_in_failures SET at = at - interval '15 minutes'"))
    assert login(api, phone_of(asha)).status == 200


def test_the_right_password_clears_the_count(api: Api, asha: Api) -> None:
    for _ in range(9):
        login(api, phone_of(asha), "wrong horse")
    assert login(api, phone_of(asha)).status == 200
    assert login(api, phone_of(asha), "wrong horse").status == 401
    assert login(api, phone_of(asha)).status == 200


def test_a_token_is_dead_after_logout(api: Api, asha: Api) -> None:
    other = Api(api.app, login(api, phone_of(asha))["token"])
    asha.post("/logout", expect=204)
    for answer in (asha.get("/me", expect=401), asha.post("/logout", expect=401)):
        assert answer.code == "unauthenticated"
    assert other.get("/me").json == asha.user


def test_a_token_past_its_time_is_dead(asha: Api) -> None:
    with transaction():
        session().execute(text("UPDATE sign_ins SET expires_at = now()"))
    assert asha.get("/me", expect=401).code == "unauthenticated"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic abc", "Bearer \ud83e", "x" * 5000]
)
def test_no_token_no_answer(api: Api, header: str) -> None:
    encoded = header.encode("utf-8", "surrogatepass").decode("latin-1")
    answer = api.get("/me", headers={"Authorization": encoded}, expect=401)
    assert answer.code == "unauthenticated"
    assert answer.response.headers["WWW-Authenticate"].startswith("Bearer")


def test_only_a_hash_of_the_token_is_kept(asha: Api) -> None:
    (row,) = session().execute(text("SELECT sign_ins::text FROM sign_ins")).scalars()
    assert asha.token
    assert asha.token not in row


def test_a_new_password_ends_all_other_tokens(api: Api, asha: Api) -> None:
    other = Api(api.app, login(api, phone_of(asha))["token"])
    caller = caller_by_token(asha.token or "")
    assert caller
    for current in (None, "wrong horse"):
        with transaction(), pytest.raises(Problem) as refused:
            service.change_profile(
                caller, user={}, vendor={}, password="another horse", current_password=current
            )
        assert (refused.value.status, refused.value.code) == (403, "bad_credentials")
    other.get("/me")
    with transaction():
        service.change_profile(
            caller, user={}, vendor={}, password="another horse", current_password=PASSWORD
        )
    assert asha.get("/me").json == asha.user
    other.get("/me", expect=401)
    assert login(api, phone_of(asha)).status == 401
    assert login(api, phone_of(asha), "another horse").status == 200


def test_a_reset_sets_a_new_password_once(api: Api, asha: Api) -> None:
    for _ in range(10):
        login(api, phone_of(asha), "wrong horse")
    with transaction():
        token = service.begin_reset(phone_of(asha))
    with transaction():
        assert service.finish_reset(token, "another horse") == asha.user["id"]
    asha.get("/me", expect=401)
    assert login(api, phone_of(asha), "another horse").status == 200
    with transaction(), pytest.raises(Problem) as again:
        service.finish_reset(token, "third horse")
    assert again.value.status == 410


def test_a_released_phone_is_free(api: Api, asha: Api, cast: Cast) -> None:
    phone = phone_of(asha)
    with transaction():
        service.release_phone(phone)
    asha.get("/me", expect=401)
    assert login(api, phone).status == 401
    new = cast.vendor(phone_number=phone)
    assert new.user["id"] != asha.user["id"]
    assert login(api, phone)["user"] == new.user
