"""The JSON boundary: what is refused before any field is looked at, and how refusals look."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.records.orders import rows
from vendorapp.kernel import openapi
from vendorapp.kernel.database import db


def raw(vendor: Api, body: bytes, content_type: str = "application/json") -> Any:
    headers = {"Authorization": f"Bearer {vendor.token}"}
    client = vendor.app.test_client(use_cookies=False)
    return client.post("/v1/customers", data=body, content_type=content_type, headers=headers)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b'{"name": "A", "name": "B"}',
        b'{"name": "\xff"}',
        b"{'name': 'A'}",
        b'{"a":' * 21 + b"1" + b"}" * 21,
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
    ],
)
def test_an_unreadable_body_is_400(cast: Cast, body: bytes) -> None:
    answer = raw(cast.vendor(), body)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json(force=True)["code"] == "unreadable_body"


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e2", "1E2", "1" * 50, "0." + "1" * 50, '"१२"', "true", "[1]"]
)
def test_a_number_the_contract_does_not_know_is_a_fault_of_its_field(cast: Cast, number: str) -> None:
    body = f'{{"name": "A", "phone_number": "+919811111111", "opening_balance": {number}}}'
    answer = raw(cast.vendor(), body.encode())
    assert answer.status_code == 422
    assert [error["field"] for error in answer.get_json(force=True)["errors"]] == ["opening_balance"]


@pytest.mark.parametrize("code", [0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069])
def test_no_text_turns_the_direction_of_writing(cast: Cast, code: int) -> None:
    said = cast.vendor().post(
        "/customers", {"name": f"Asha{chr(code)}", "phone_number": "+919811111111"}, expect=422
    )
    assert [(one["field"], one["code"]) for one in said["errors"]] == [("name", "invalid")]
    assert said["detail"] == "Holds signs that turn the direction of writing."


def test_a_page_says_so_beside_the_field(app: Flask, cast: Cast) -> None:
    browser = Browser(app).sign_in(cast.vendor()).get("/customers/new")
    browser.submit(422, name="Asha\u202e", phone_number="+919811111111")
    assert browser.error("name")
    assert rows("SELECT count(*) FROM customers") == [(0,)]


def test_joiners_and_letters_of_every_direction_are_text(cast: Cast) -> None:
    for number, name in enumerate(("क्\u200dष", "نمی\u200cخواهم", "שלום", "\u202f", "a\u200e")):
        sent = {"name": f"x{name}x", "phone_number": f"+91981111111{number}"}
        assert cast.vendor().post("/customers", sent, expect=201)["name"] == sent["name"]


def test_other_content_types_and_sizes(cast: Cast) -> None:
    vendor = cast.vendor()
    assert raw(vendor, b"name=A", "application/x-www-form-urlencoded").status_code == 415
    big = raw(vendor, b'{"name": "' + b"x" * (1024 * 1024) + b'"}')
    assert (big.status_code, big.get_json(force=True)["code"]) == (413, "too_large")


def test_a_problem_says_what_where_and_why(cast: Cast) -> None:
    answer = cast.vendor().post("/customers", {"name": "", "colour": "red"}, expect=422)
    assert answer.response.mimetype == "application/problem+json"
    assert set(answer.json) >= {"type", "title", "status", "detail", "code", "errors"}
    found = {error["field"]: error["code"] for error in answer["errors"]}
    assert found == {"colour": "unknown_field", "name": "invalid", "phone_number": "invalid"}
    assert answer.code == answer["errors"][0]["code"] == "unknown_field"


def test_null_empty_text_and_empty_object_are_not_sent(cast: Cast) -> None:
    body: dict[str, Any] = {"name": "A", "phone_number": "+919811111111"}
    body |= {"email": None, "notes": "", "address": {}}
    made = cast.vendor().post("/customers", body, expect=201)
    assert (made["email"], made["notes"], made["address"]) == (None, None, None)


def test_no_login_wrong_method_no_such_route(api: Api) -> None:
    nobody = api.get("/customers", expect=401)
    assert nobody.code == "unauthenticated"
    assert nobody.response.headers["WWW-Authenticate"].startswith("Bearer")
    assert Api(api.app, "made-up").get("/customers", expect=401).code == "unauthenticated"
    wrong = api.call("PATCH", "/customers")
    assert (wrong.status, wrong.code) == (405, "method_not_allowed")
    assert "POST" in wrong.response.headers["Allow"]
    assert api.get("/nothing", expect=404).code == "not_found"
    assert api.get("/customer/99999999999999999999999", expect=None).status in (401, 404)


def test_an_id_beyond_bigint_does_not_exist(cast: Cast) -> None:
    vendor = cast.vendor()
    assert vendor.get(f"/order/{10**30}", expect=404).code == "not_found"
    assert vendor.get(f"/orders?customer_id={10**30}").json["items"] == []


def test_a_key_that_is_still_running_is_in_use(app: Flask, cast: Cast) -> None:
    vendor = cast.vendor()
    body = {"name": "A", "phone_number": "+919811111111"}
    lock = f"idempotency:{vendor.user['id']}:/v1/customers:tap"
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_advisory_lock(hashtextextended(:lock, 0))"), {"lock": lock})
        answer = vendor.post("/customers", body, expect=409, headers={"Idempotency-Key": "tap"})
        assert answer.code == "idempotency_key_in_use"
        other.execute(text("SELECT pg_advisory_unlock(hashtextextended(:lock, 0))"), {"lock": lock})
    vendor.post("/customers", body, expect=201, headers={"Idempotency-Key": "tap"})
    refused = vendor.post("/customers", body, expect=409, headers={"Idempotency-Key": "other"})
    assert refused.code == "customer_exists"  # a refusal is not kept: the key may be tried again
    vendor.post(
        "/customers",
        {**body, "phone_number": "+919811111112"},
        expect=201,
        headers={"Idempotency-Key": "other"},
    )
    assert (
        vendor.post("/customers", body, expect=422, headers={"Idempotency-Key": "x" * 256}).code == "invalid"
    )


def test_the_description_lists_every_json_route(app: Flask, api: Api) -> None:
    document = api.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/v1/") and rule.rule != "/v1/openapi.json":
            path = openapi.template(rule)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                assert method.lower() in document["paths"][path], (method, path)
    assert "/v1/order/{id}/attendance" in document["paths"]
    refs = set(re.findall(r'"#/components/schemas/([^"]+)"', api.get("/openapi.json").response.text))
    assert refs <= set(document["components"]["schemas"])


def test_health(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()) == (
        200,
        {"ready": True, "database": True, "migrations": True, "redis": True},
    )
    metrics = client.get("/metrics")
    assert "vendorapp_push_waiting 0.0" in metrics.text
    assert client.get("/metrics", headers={"X-Forwarded-For": "8.8.8.8"}).status_code == 404


def test_headers_of_every_page(app: Flask) -> None:
    page = app.test_client().get("/docs")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Request-ID"]


def test_the_browsers_cookie_needs_the_csrf_token(app: Flask, cast: Cast) -> None:
    vendor = cast.vendor()
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["_user_id"] = vendor.token
    body = {"name": "A", "phone_number": "+919811111111"}
    assert client.get("/v1/me").status_code == 200
    refused = client.post("/v1/customers", json=body)
    assert (refused.status_code, refused.get_json(force=True)["code"]) == (403, "csrf_failed")
    page = client.get("/settings").text
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    assert client.post("/v1/customers", json=body, headers={"X-CSRFToken": token}).status_code == 201
