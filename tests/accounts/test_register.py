"""A new login."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.cast import PASSWORD, Answer, Api, Cast
from vendorapp.kernel.database import session

GOOD = {
    "name": "Asha Sharma",
    "phone_number": "+919811122233",
    "password": PASSWORD,
    "user_type": "customer",
}
VENDOR = GOOD | {"user_type": "vendor"}


def test_a_customer(api: Api) -> None:
    made = api.post("/register", GOOD | {"email": "asha@Example.com", "address": "12 Lake Road"})
    assert made.status == 201
    assert made["user"] == {
        "id": made["user"]["id"],
        "name": "Asha Sharma",
        "phone_number": "+919811122233",
        "email": "asha@example.com",
        "address": "12 Lake Road",
        "user_type": "customer",
        "locale": "en",
    }
    assert set(made.json) == {"user", "token", "expires_at"}
    assert Api(api.app, made["token"]).get("/me").json == made["user"]


def test_a_vendor_has_a_business(api: Api) -> None:
    plain = api.post("/register", VENDOR, expect=201)["user"]
    assert plain["vendor"] == {
        "business_name": "Asha Sharma",
        "currency": "INR",
        "timezone": "Asia/Kolkata",
        "cut_off": "20:00",
        "upi_id": None,
    }
    settings = {
        "business_name": "Kampala Sodas",
        "currency": "UGX",
        "timezone": "Africa/Kampala",
    }
    body = VENDOR | settings | {"phone_number": "+256781224508", "locale": "hi"}
    other = api.post("/register", body, expect=201)["user"]
    assert settings.items() <= other["vendor"].items()
    assert other["locale"] == "hi"


def test_the_password_is_not_kept_nor_answered(api: Api) -> None:
    answer = api.post("/register", GOOD, expect=201)
    assert PASSWORD not in answer.response.get_data(as_text=True)
    (row,) = session().execute(text("SELECT users::text FROM users")).scalars()
    assert PASSWORD not in row
    assert "$argon2id$" in row


def test_a_phone_has_one_login(api: Api) -> None:
    api.post("/register", GOOD, expect=201)
    for body in (GOOD, VENDOR | {"name": "Somebody else"}):
        taken = api.post("/register", body)
        assert (taken.status, taken.code) == (409, "phone_taken")


def test_eight_at_once_make_one_login(api: Api) -> None:
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(api.post("/register", VENDOR))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"name": " "}, "name", "invalid"),
        ({"name": "A\u0000"}, "name", "invalid"),
        ({"name": "x" * 201}, "name", "invalid"),
        ({"phone_number": "9811122233"}, "phone_number", "invalid"),
        ({"phone_number": "+91 98111 22233"}, "phone_number", "invalid"),
        ({"phone_number": "+911"}, "phone_number", "invalid"),
        ({"phone_number": "+９１9811122233"}, "phone_number", "invalid"),
        ({"phone_number": 919811122233}, "phone_number", "invalid"),
        ({"password": "7 chars"}, "password", "invalid"),
        ({"password": "x" * 257}, "password", "invalid"),
        ({"password": 12345678}, "password", "invalid"),
        ({"password": "eight\u0000chars"}, "password", "invalid"),
        ({"user_type": "admin"}, "user_type", "invalid"),
        ({"user_type": None}, "user_type", "invalid"),
        ({"email": "nobody"}, "email", "invalid"),
        ({"locale": "nonsense-word"}, "locale", "invalid"),
        ({"business_name": "Shop"}, "business_name", "unknown_field"),
        ({"currency": "INR"}, "currency", "unknown_field"),
        ({"timezone": "Asia/Kolkata"}, "timezone", "unknown_field"),
        ({"user_type": "vendor", "currency": "XYZ"}, "currency", "invalid"),
        ({"user_type": "vendor", "currency": "inr"}, "currency", "invalid"),
        ({"user_type": "vendor", "timezone": "Mars/Base"}, "timezone", "invalid"),
        ({"user_type": "vendor", "timezone": "../etc/passwd"}, "timezone", "invalid"),
        ({"user_type": "vendor", "business_name": "\u0001"}, "business_name", "invalid"),
        ({"user_type": "vendor", "invite": "x"}, "invite", "invalid"),
        ({"user_type_id": 2}, "user_type_id", "unknown_field"),
        ({"id": 1}, "id", "unknown_field"),
        ({"password_hash": "x"}, "password_hash", "unknown_field"),
        ({"vendor": {"upi_id": "x@y"}}, "vendor", "unknown_field"),
    ],
)
def test_a_bad_body_registers_nobody(api: Api, change: dict[str, Any], field: str, code: str) -> None:
    answer = api.post("/register", GOOD | change)
    assert (answer.status, answer.code, answer["errors"][0]["field"]) == (422, code, field)
    login = {"phone_number": GOOD["phone_number"], "password": PASSWORD}
    assert api.post("/login", login).status == 401


def test_the_seeds_spellings(api: Api) -> None:
    body = {"firstname": "Asha", "lastname": "Sharma", "phone": "+919811122233"}
    body |= {"password": "spaces at the end  ", "user_type": "customer"}
    made = api.post("/register", body, expect=201)
    assert (made["user"]["name"], made["user"]["phone_number"]) == ("Asha Sharma", body["phone"])
    login = {"phone": body["phone"], "password": "spaces at the end"}
    assert api.post("/login", login).status == 401
    assert api.post("/login", login | {"password": body["password"]}).status == 200


def test_with_an_invite_the_login_is_linked(cast: Cast, api: Api) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor, opening_balance="5")
    token = vendor.post(f"/customer/{row['id']}/invite")["token"]
    made = api.post("/register", GOOD | {"invite": token}, expect=201)
    (mine,) = Api(api.app, made["token"]).get("/vendors")["items"]
    assert (mine["vendor_id"], mine["customer_id"]) == (vendor.user["id"], row["id"])
    assert vendor.get(f"/customer/{row['id']}")["linked"] is True


def test_a_bad_invite_registers_nobody(cast: Cast, api: Api) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor)
    revoked = vendor.post(f"/customer/{row['id']}/invite")["token"]
    used = vendor.post(f"/customer/{row['id']}/invite")["token"]
    cast.customer_login().post(f"/invites/{used}/accept", expect=200)
    for token in ("unknown", revoked, used):
        answer = api.post("/register", GOOD | {"invite": token})
        assert (answer.status, answer.code) == (410, "invite_expired")
    login = {"phone_number": GOOD["phone_number"], "password": PASSWORD}
    assert api.post("/login", login).status == 401


def test_a_bad_invite_tells_nothing_of_the_phone(api: Api) -> None:
    api.post("/register", GOOD, expect=201)
    answer = api.post("/register", GOOD | {"invite": "unknown"})
    assert (answer.status, answer.code) == (410, "invite_expired")


def test_a_taken_phone_leaves_the_invite_open(cast: Cast, api: Api) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor)
    token = vendor.post(f"/customer/{row['id']}/invite")["token"]
    api.post("/register", GOOD, expect=201)
    assert api.post("/register", GOOD | {"invite": token}).code == "phone_taken"
    cast.customer_login().post(f"/invites/{token}/accept", expect=200)


def test_a_key_is_ignored(api: Api) -> None:
    key = {"Idempotency-Key": "k-1"}
    api.post("/register", GOOD, expect=201, headers=key)
    assert api.post("/register", GOOD, headers=key).code == "phone_taken"


@pytest.fixture
def two_an_hour(app: Flask) -> Iterator[None]:
    usual = app.config["REGISTER_LIMIT"]
    app.config["REGISTER_LIMIT"] = "2/hour"
    yield
    app.config["REGISTER_LIMIT"] = usual


@pytest.mark.usefixtures("two_an_hour")
def test_an_address_makes_only_so_many(api: Api) -> None:
    def register(number: int, address: str = "192.0.2.1") -> Answer:
        body = GOOD | {"phone_number": f"+91981112223{number}"}
        return api.post("/register", body, environ_base={"REMOTE_ADDR": address})

    assert register(0).status == 201
    assert register(0).status == 409
    refused = register(1)
    assert (refused.status, refused.code) == (429, "too_many_requests")
    assert refused.response.mimetype == "application/problem+json"
    assert 0 < int(refused.response.headers["Retry-After"]) <= 3600
    assert register(1, "192.0.2.2").status == 201
    login = {"phone_number": GOOD["phone_number"][:-1] + "0", "password": PASSWORD}
    address = {"REMOTE_ADDR": "192.0.2.1"}
    assert api.post("/login", login, environ_base=address).status == 200
