"""Answering from a notification: the token that was pushed is all it takes, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cast import Api, Cast
from tests.push_service import PushService
from vendorapp.notices import delivery


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService() as running:
        yield running


def subscribe(household: Api, service: PushService) -> Any:
    phone = service.subscription()
    body = {"endpoint": phone.endpoint, "keys": {"p256dh": phone.p256dh, "auth": phone.auth}}
    household.post("/push/subscriptions", body, expect=201)
    return phone


@pytest.fixture
def pushed(cast: Cast, service: PushService) -> tuple[Api, Api, dict[str, Any]]:
    """A proposal that arrived on the household's phone: vendor, household, what the phone shows."""
    vendor = cast.vendor()
    household, customer_id = cast.household(of=vendor)
    subscribe(household, service)
    body = {"customer_id": customer_id, "item_name": "Milk", "unit": "L", "quantity": 2, "rate": "54"}
    vendor.post("/orders", body, expect=201)
    delivery.sweep()
    [message] = service.wait_for(1)
    assert service.violations == []
    return vendor, household, message.payload["notification"]


def test_the_push_says_what_is_asked_and_the_token_answers_it(pushed: Any, api: Api) -> None:
    vendor, _, shown = pushed
    assert shown["title"] == "Yadav Dairy proposes Milk"
    assert "2 L" in shown["body"]
    assert "₹54.00" in shown["body"]
    assert [one["action"] for one in shown["actions"]] == ["accept", "decline"]
    assert shown["navigate"].startswith("http://127.0.0.1:8000/")
    data = shown["data"]
    body = {"answer": "accept", "token": data["answer_token"]}
    first = api.post(f"/changes/{data['change_id']}/answer", body, expect=200)
    assert first["order"]["status"] == "active"
    again = api.post(f"/changes/{data['change_id']}/answer", body, expect=200)
    assert again.json == first.json
    other = api.post(f"/changes/{data['change_id']}/answer", {**body, "answer": "decline"}, expect=409)
    assert (other.code, other["status"]) == ("already_answered", "accepted")
    assert vendor.get("/orders").json["items"][0]["status"] == "active"


def test_a_get_answers_nothing(pushed: Any, api: Api) -> None:
    vendor, _, shown = pushed
    path = f"/changes/{shown['data']['change_id']}/answer?token={shown['data']['answer_token']}&answer=accept"
    assert api.call("GET", path).status == 405
    assert vendor.get("/orders").json["items"][0]["status"] == "proposed"


def test_a_wrong_or_dead_token_is_404(pushed: Any, api: Api) -> None:
    _, household, shown = pushed
    change_id, token = shown["data"]["change_id"], shown["data"]["answer_token"]
    for bad in ("x", token[:-2], token + "x", "é" * 20):
        api.post(f"/changes/{change_id}/answer", {"answer": "accept", "token": bad}, expect=404)
    api.post(f"/changes/{change_id + 1}/answer", {"answer": "accept", "token": token}, expect=404)
    household.post("/logout", expect=204)
    api.post(f"/changes/{change_id}/answer", {"answer": "accept", "token": token}, expect=404)


def test_an_unlinked_customers_token_is_dead(pushed: Any, api: Api) -> None:
    vendor, _, shown = pushed
    customer_id = vendor.get("/customers").json["items"][0]["id"]
    vendor.delete(f"/customer/{customer_id}/invite", expect=204)
    body = {"answer": "accept", "token": shown["data"]["answer_token"]}
    api.post(f"/changes/{shown['data']['change_id']}/answer", body, expect=404)


def test_a_withdrawn_proposal_replaces_its_push_and_takes_no_answer(
    pushed: Any, api: Api, service: PushService
) -> None:
    vendor, _, shown = pushed
    change_id, token = shown["data"]["change_id"], shown["data"]["answer_token"]
    vendor.post(f"/changes/{change_id}/withdraw", expect=200)
    delivery.sweep()
    second = service.wait_for(2)[1]
    assert second.payload["notification"]["tag"] == shown["tag"]
    assert second.topic == shown["tag"]
    late = api.post(f"/changes/{change_id}/answer", {"answer": "accept", "token": token}, expect=409)
    assert (late.code, late["status"]) == ("already_answered", "withdrawn")
