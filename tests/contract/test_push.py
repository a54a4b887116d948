"""Section 8 of the contract: who is told what, and answers from a notification."""

from __future__ import annotations

from typing import Any

from tests.cast import Api

from .steps import MILK, agreed, mark, said


def _kinds(who: Api) -> list[str]:
    return [one["kind"] for one in who.get("/notifications").json["items"]][::-1]


def test_each_side_hears_of_what_the_other_did(milkman: Api, linked: Any) -> None:
    login, row = linked
    milkman.post("/notifications/read-all", expect=200)
    order = milkman.post("/orders", {"customer_id": row, **MILK}, expect=201)
    asked = login.get("/notifications?unread=true").json["items"]
    change_id = order["pending_change"]["id"]
    assert [(one["kind"], one["data"]["change_id"]) for one in asked] == [("change_proposed", change_id)]
    before = len(_kinds(milkman))
    login.post(f"/changes/{change_id}/accept", expect=200)
    assert login.get("/notifications?unread=true").json["items"] == []  # answered is read
    record_id = mark(milkman, order["id"])["record"]["id"]
    login.put(f"/order/{record_id}/attendance", {"status": "skipped"}, expect=200)
    milkman.put(f"/order/{record_id}/attendance", {"quantity": "1"}, expect=200)
    login.delete(f"/order/{order['id']}", expect=200)
    assert _kinds(milkman)[before:] == ["change_accepted", "record_disputed", "order_ended"]
    assert _kinds(login) == ["change_proposed", "record_changed"]
    other = agreed(milkman, login, row)
    change_id = login.put(f"/order/{other}", {"rate": "1"}, expect=202)["change"]["id"]
    milkman.post(f"/changes/{change_id}/decline", expect=200)
    assert _kinds(login)[-1] == "change_declined"


def test_an_answer_without_a_login_has_its_own_order_of_checks(api: Api, milkman: Api, linked: Any) -> None:
    _, row = linked
    order = milkman.post("/orders", {"customer_id": row, **MILK}, expect=201)
    path = f"/changes/{order['pending_change']['id']}/answer"
    for body in ({}, {"answer": "accept"}, {"answer": "yes", "token": "x"}, {"answer": "accept", "token": 5}):
        assert said(api.post(path, body)) == (422, "invalid")
    assert said(api.post(path, {"answer": "accept", "token": "x", "colour": 1})) == (422, "unknown_field")
    for token in ("x", "\u0000", "é😀", "a.b.c", milkman.token):
        assert said(api.post(path, {"answer": "accept", "token": token})) == (404, "not_found")
    for method in ("GET", "HEAD", "PUT"):
        assert api.call(method, path).status == 405
    assert milkman.get(f"/order/{order['id']}").json["status"] == "proposed"
