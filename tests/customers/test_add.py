"""A vendor adds a customer to the book."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import text

from tests.cast import Api, Cast
from vendorapp.kernel.clock import day_in, first_of_month
from vendorapp.kernel.database import session


def test_a_new_row_is_answered_whole(cast: Cast) -> None:
    milkman = cast.vendor()
    made = milkman.post(
        "/customers",
        {
            "name": "  Asha Sharma ",
            "phone_number": "+919811122233",
            "email": "asha@Example.com",
            "address": "12 Lake Road\nsecond floor",
            "notes": "dog",
            "stop_order": 7,
        },
        expect=201,
    ).json
    created_at = made.pop("created_at")
    assert created_at.endswith("Z")
    assert made == {
        "id": made["id"],
        "name": "Asha Sharma",
        "phone_number": "+919811122233",
        "email": "asha@example.com",
        "address": "12 Lake Road\nsecond floor",
        "status": "active",
        "linked": False,
        "notes": "dog",
        "stop_order": 7,
        "balance": {
            "currency": "INR",
            "owed_by_customer": "0.00",
            "owed_to_customer": "0.00",
            "disputed": "0.00",
            "unconfirmed": "0.00",
        },
    }
    again = milkman.get(f"/customer/{made['id']}").json
    assert again == made | {"created_at": created_at}


def test_what_is_not_sent_is_null(cast: Cast) -> None:
    made = cast.vendor().post(
        "/customers",
        {"name": "Asha", "phone_number": "+919811122233", "email": "", "notes": None, "address": {}},
        expect=201,
    )
    assert [made[name] for name in ("email", "address", "notes", "stop_order")] == [None] * 4


@pytest.mark.parametrize(
    ("own", "typed", "stored"),
    [
        ("+919800000000", "098111 22233", "+919811122233"),
        ("+919800000000", "98111-22233", "+919811122233"),
        ("+919800000000", "+256 781 224508", "+256781224508"),
        ("+256781000000", "0781 224508", "+256781224508"),
    ],
)
def test_phones_are_read_in_the_vendors_country(cast: Cast, own: str, typed: str, stored: str) -> None:
    vendor = cast.vendor(phone_number=own)
    made = vendor.post("/customers", {"name": "Asha", "phone_number": typed}, expect=201)
    assert made["phone_number"] == stored


def test_a_known_phone_names_the_row_that_has_it(cast: Cast) -> None:
    milkman = cast.vendor()
    first = cast.row(milkman, phone_number="+919811122233")
    answer = milkman.post("/customers", {"name": "Asha again", "phone_number": "9811122233"})
    assert (answer.status, answer.code, answer["customer_id"]) == (
        409,
        "customer_exists",
        first["id"],
    )
    assert answer.response.mimetype == "application/problem+json"


def test_two_vendors_may_know_the_same_phone(cast: Cast) -> None:
    one = cast.row(cast.vendor(), phone_number="+919811122233")
    other = cast.row(cast.vendor(), phone_number="+919811122233")
    assert one["id"] != other["id"]


def test_twenty_at_once_make_one_row(cast: Cast) -> None:
    milkman = cast.vendor()
    answers: list[Any] = []
    body = {"name": "Asha", "phone_number": "+919811122233", "opening_balance": "10"}
    threads = [
        threading.Thread(target=lambda: answers.append(milkman.post("/customers", body))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (made,) = [answer for answer in answers if answer.status == 201]
    others = [answer for answer in answers if answer.status != 201]
    assert {(answer.status, answer["customer_id"]) for answer in others} == {(409, made["id"])}
    assert milkman.get(f"/customer/{made['id']}")["balance"]["owed_by_customer"] == "10.00"


OPENINGS = [
    ({}, "250.50", "250.50", "0.00"),
    ({}, -40, "0.00", "40.00"),
    ({}, "0", "0.00", "0.00"),
    ({"currency": "UGX", "timezone": "Africa/Kampala"}, "4000", "4000", "0"),
    ({"currency": "KWD"}, "1.125", "1.125", "0.000"),
]


@pytest.mark.parametrize(("vendor", "sent", "owed_by", "owed_to"), OPENINGS)
def test_opening_balance(cast: Cast, vendor: dict[str, Any], sent: Any, owed_by: str, owed_to: str) -> None:
    milkman = cast.vendor(**vendor)
    balance = cast.row(milkman, opening_balance=sent)["balance"]
    assert (balance["owed_by_customer"], balance["owed_to_customer"]) == (owed_by, owed_to)


def test_opening_balance_is_booked_before_this_month(cast: Cast) -> None:
    milkman = cast.vendor(timezone="Pacific/Kiritimati")
    row = cast.row(milkman, opening_balance="12.34")
    (entry,) = session().execute(
        text("SELECT date, kind, amount FROM ledger_entries WHERE customer_id = :id"),
        {"id": row["id"]},
    )
    first = first_of_month(day_in("Pacific/Kiritimati"))
    assert (first - entry.date).days == 1
    assert (entry.kind, entry.amount) == ("adjustment", 1234)


def test_no_opening_balance_books_nothing(cast: Cast) -> None:
    row = cast.row(cast.vendor(), opening_balance="0.00")
    count = session().scalar(
        text("SELECT count(*) FROM adjustments WHERE customer_id = :id"), {"id": row["id"]}
    )
    assert count == 0


GOOD = {"name": "Asha", "phone_number": "+919811122233"}
BAD = [
    ({"phone_number": "+919811122233"}, "name", "invalid"),
    ({"name": "Asha"}, "phone_number", "invalid"),
    (GOOD | {"name": "   "}, "name", "invalid"),
    (GOOD | {"name": "A\u0000sha"}, "name", "invalid"),
    (GOOD | {"name": "A\u0007sha"}, "name", "invalid"),
    (GOOD | {"name": "two\nlines"}, "name", "invalid"),
    (GOOD | {"name": "x" * 201}, "name", "invalid"),
    (GOOD | {"name": 7}, "name", "invalid"),
    (GOOD | {"name": ["Asha"]}, "name", "invalid"),
    (GOOD | {"phone_number": "not a phone"}, "phone_number", "invalid"),
    (GOOD | {"phone_number": "12"}, "phone_number", "invalid"),
    (GOOD | {"phone_number": "+" + "9" * 30}, "phone_number", "invalid"),
    (GOOD | {"phone_number": "9" * 41}, "phone_number", "invalid"),
    (GOOD | {"phone_number": 9811122233}, "phone_number", "invalid"),
    (GOOD | {"phone_number": "+91981112223\u0000"}, "phone_number", "invalid"),
    (GOOD | {"email": "nobody"}, "email", "invalid"),
    (GOOD | {"address": "x" * 2001}, "address", "invalid"),
    (GOOD | {"notes": "\u0000"}, "notes", "invalid"),
    (GOOD | {"stop_order": -1}, "stop_order", "invalid"),
    (GOOD | {"stop_order": 1000001}, "stop_order", "invalid"),
    (GOOD | {"stop_order": "3"}, "stop_order", "invalid"),
    (GOOD | {"stop_order": True}, "stop_order", "invalid"),
    (GOOD | {"stop_order": 10**30}, "stop_order", "invalid"),
    (GOOD | {"opening_balance": "1.234"}, "opening_balance", "invalid"),
    (GOOD | {"opening_balance": "9999999999.01"}, "opening_balance", "invalid"),
    (GOOD | {"opening_balance": "1e3"}, "opening_balance", "invalid"),
    (GOOD | {"opening_balance": "NaN"}, "opening_balance", "invalid"),
    (GOOD | {"opening_balance": "١٢"}, "opening_balance", "invalid"),
    (GOOD | {"opening_balance": True}, "opening_balance", "invalid"),
    (GOOD | {"status": "inactive"}, "status", "unknown_field"),
    (GOOD | {"vendor_id": 1}, "vendor_id", "unknown_field"),
    (GOOD | {"user_id": 1}, "user_id", "unknown_field"),
    (GOOD | {"balance": "0"}, "balance", "unknown_field"),
    (GOOD | {"nickname": "A"}, "nickname", "unknown_field"),
]


@pytest.mark.parametrize(("body", "field", "code"), BAD)
def test_a_bad_body_is_refused_and_writes_nothing(
    cast: Cast, body: dict[str, Any], field: str, code: str
) -> None:
    milkman = cast.vendor()
    answer = milkman.post("/customers", body)
    assert (answer.status, answer.code) == (422, code)
    assert [error["field"] for error in answer["errors"]] == [field]
    assert milkman.get("/customers?status=all")["items"] == []


def test_all_faults_come_at_once(cast: Cast) -> None:
    vendor = cast.vendor()
    shape = vendor.post("/customers", {"name": "", "phone": "x\n", "nickname": "A", "notes": 3})
    assert {error["field"] for error in shape["errors"]} == {
        "name",
        "phone_number",
        "nickname",
        "notes",
    }
    body = {"name": "Asha", "phone_number": "12", "opening_balance": "0.001"}
    looked_up = vendor.post("/customers", body)
    assert [error["field"] for error in looked_up["errors"]] == ["phone_number", "opening_balance"]


def test_the_seeds_spellings_are_understood(cast: Cast) -> None:
    made = cast.vendor().post(
        "/customers",
        {"firstname": "Asha", "lastname": "Sharma", "phone": "9811122233", "paid": True, "visit": 3},
        expect=201,
    )
    assert (made["name"], made["phone_number"]) == ("Asha Sharma", "+919811122233")
    assert "firstname" not in made.json


def test_both_spellings_with_different_values_are_refused(cast: Cast) -> None:
    answer = cast.vendor().post("/customers", GOOD | {"phone": "+919811122234"})
    assert (answer.status, answer["errors"][0]["field"]) == (422, "phone_number")


def test_created_by_must_be_the_caller(cast: Cast) -> None:
    milkman = cast.vendor()
    foreign = milkman.post("/customers", GOOD | {"createdby": milkman.user["id"] + 1})
    assert (foreign.status, foreign.code) == (403, "created_by_mismatch")
    milkman.post("/customers", GOOD | {"createdby": milkman.user["id"]}, expect=201)


def test_who_may_add(cast: Cast, api: Api) -> None:
    assert api.post("/customers", GOOD).code == "unauthenticated"
    refused = cast.customer_login().post("/customers", {"nonsense": 1})
    assert (refused.status, refused.code) == (403, "forbidden")


def test_the_same_key_gives_the_first_answer_again(cast: Cast) -> None:
    milkman, key = cast.vendor(), {"Idempotency-Key": "k-1"}
    first = milkman.post("/customers", GOOD, expect=201, headers=key)
    second = milkman.post("/customers", GOOD, expect=201, headers=key)
    assert second.json == first.json
    assert "Idempotent-Replayed" not in first.response.headers
    assert second.response.headers["Idempotent-Replayed"] == "true"
    assert len(milkman.get("/customers")["items"]) == 1


def test_a_key_is_of_one_body_and_one_caller(cast: Cast) -> None:
    milkman, key = cast.vendor(), {"Idempotency-Key": "k-1"}
    milkman.post("/customers", GOOD, expect=201, headers=key)
    other = milkman.post("/customers", GOOD | {"name": "Usha"}, headers=key)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    cast.vendor().post("/customers", GOOD, expect=201, headers=key)


def test_a_refusal_is_not_kept_under_its_key(cast: Cast) -> None:
    milkman, key = cast.vendor(), {"Idempotency-Key": "k-1"}
    milkman.post("/customers", GOOD | {"phone_number": "12"}, expect=422, headers=key)
    milkman.post("/customers", GOOD, expect=201, headers=key)
