"""One new price for many orders at once: ``POST /v1/changes``."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests.accounts.browser import Browser
from tests.cast import Answer, Api, Cast
from tests.records.orders import MILK, agreed, execute, on_trust, orders_of, rows
from vendorapp.kernel.database import db, transaction
from vendorapp.orders.service import expire_changes

TODAY, TOMORROW, AFTER = "2026-11-21", "2026-11-22", "2026-11-23"
NOTE = {"on_behalf_note": "told at the door"}


def ask(who: Api, **body: Any) -> dict[int, Any]:
    """The results of a new rate of 60, by order."""
    answer = who.post("/changes", {"rate": "60", **body}, expect=200)
    return {one["order_id"]: one for one in answer["results"]}


def code(result: Any) -> str | None:
    assert set(result) - {"order_id"} in ({"change"}, {"error"})
    return result["error"]["code"] if "error" in result else None


def mark(who: Api, order_id: int, **body: Any) -> Any:
    return who.post(f"/order/{order_id}/attendance", body)


@pytest.fixture
def linked_order(milkman: Api, linked: tuple[Api, int]) -> int:
    return agreed(milkman, *linked)


def test_who_has_a_login_is_asked_and_who_has_none_needs_the_note(
    milkman: Api, row_id: int, linked: tuple[Api, int], linked_order: int
) -> None:
    login, _ = linked
    trusted = on_trust(milkman, row_id)
    found = ask(milkman, item_name="Milk", message="Fodder costs more")
    assert list(found) == [linked_order, trusted]
    assert code(found[trusted]) == "on_behalf_note_required"
    change = found[linked_order]["change"]
    seen = milkman.get(f"/order/{linked_order}")
    assert seen["pending_change"] == change
    assert seen["rate"] == "54.00"
    expected = {
        "kind": "update",
        "proposed_by": milkman.user["id"],
        "terms": {"rate": "60.00"},
        "effective_from": TOMORROW,
        "status": "pending",
        "message": "Fodder costs more",
        "answered_by": None,
        "answered_at": None,
        "expires_at": "2026-11-28T06:30:00.000000Z",
    }
    assert {name: change[name] for name in expected} == expected
    told = login.get("/notifications")["items"][0]
    assert (told["kind"], told["url"]) == ("change_proposed", f"/changes/{change['id']}")
    assert told["data"] == {"order_id": linked_order, "change_id": change["id"]}
    assert told["body"] == "₹54.00 → ₹60.00. From 22 Nov 2026"
    assert milkman.get("/notifications?unread=true")["items"][0]["kind"] != "change_proposed"
    done = login.post(f"/changes/{change['id']}/accept", expect=200)
    assert done["change"]["status"] == "accepted"
    assert [one["rate"] for one in milkman.get(f"/order/{linked_order}")["terms"]] == ["54.00", "60.00"]


def test_with_the_note_it_holds_at_once_where_nobody_could_answer(
    milkman: Api, row_id: int, linked_order: int, clock: Any
) -> None:
    trusted = on_trust(milkman, row_id, quantity="3")
    found = ask(milkman, order_ids=[trusted, linked_order], **NOTE)
    assert list(found) == [trusted, linked_order]
    # The note is not about those who can answer for themselves: they are asked.
    assert found[linked_order]["change"]["status"] == "pending"
    change = found[trusted]["change"]
    assert (change["status"], change["answered_by"]) == ("accepted", milkman.user["id"])
    assert change["answered_at"] == "2026-11-21T06:30:00.000000Z"
    detail = milkman.get(f"/order/{trusted}")
    assert (detail["rate"], detail["pending_change"]) == ("54.00", None)
    newest = detail["terms"][1]
    assert (newest["version"], newest["rate"], newest["quantity"]) == (2, "60.00", "3")
    assert (newest["effective_from"], newest["on_behalf_note"]) == (TOMORROW, "told at the door")
    assert newest["accepted_by"] == milkman.user["id"]
    assert mark(milkman, trusted)["record"]["amount"] == "162.00"
    clock.shift(timedelta(days=1))
    assert mark(milkman, trusted)["record"]["amount"] == "180.00"
    assert milkman.get(f"/order/{trusted}")["amount"] == "180.00"
    notes = "SELECT on_behalf_note FROM change_requests WHERE order_id = :id AND kind = 'update'"
    assert rows(notes, id=linked_order) == [(None,)]


def test_records_of_the_night_follow_where_it_holds(milkman: Api, row_id: int) -> None:
    first, second = on_trust(milkman, row_id), on_trust(milkman, row_id, quantity="1")
    milkman.post("/records", {}, expect=200)
    mark(milkman, second)
    found = ask(milkman, item_name="Milk", effective_from=TODAY, **NOTE)
    assert found[first]["change"]["effective_from"] == TODAY
    error = found[second]["error"]
    assert (error["code"], error["earliest"]) == ("already_recorded", TOMORROW)
    amounts = {one["order_id"]: one["amount"] for one in milkman.get("/records")["items"]}
    assert amounts == {first: "120.00", second: "54.00"}


def test_each_order_says_why_it_is_left_alone(
    cast: Cast, milkman: Api, row_id: int, linked: tuple[Api, int], clock: Any
) -> None:
    login, customer_id = linked
    over = on_trust(milkman, row_id, valid_till=TODAY)
    declined = milkman.post("/orders", {"customer_id": row_id, **MILK}, expect=201)["id"]
    milkman.delete(f"/order/{declined}", expect=200)
    lapsed = milkman.post("/orders", {"customer_id": row_id, **MILK}, expect=201)["id"]
    clock.shift(timedelta(days=7))
    proposed = milkman.post("/orders", {"customer_id": row_id, **MILK}, expect=201)["id"]
    waiting = agreed(milkman, login, customer_id)
    login.put(f"/order/{waiting}", {"quantity": "1"}, expect=202)
    same = agreed(milkman, login, customer_id, rate="60")
    gone_row = cast.row(milkman)["id"]
    gone = on_trust(milkman, gone_row)
    milkman.delete(f"/customer/{gone_row}", expect=200)
    marked = agreed(milkman, login, customer_id)
    mark(milkman, marked)
    other = cast.vendor()
    foreign = on_trust(other, cast.row(other)["id"])
    expected = {
        over: "order_ended",
        declined: "order_ended",
        lapsed: "order_ended",
        proposed: "change_pending",
        waiting: "change_pending",
        same: "invalid",
        gone: "customer_inactive",
        marked: "already_recorded",
        foreign: "not_found",
        999_999_999: "not_found",
        10**30: "not_found",
        -1: "not_found",
    }
    found = ask(milkman, order_ids=list(expected), effective_from="2026-11-28", **NOTE)
    assert {order_id: code(one) for order_id, one in found.items()} == expected
    assert found[marked]["error"]["earliest"] == "2026-11-29"
    assert found[foreign]["error"] == found[999_999_999]["error"]
    # Nobody was asked: nothing is kept about it, and nobody is told.
    assert rows("SELECT count(*) FROM rate_proposals") == [(0,)]
    assert milkman.get(f"/order/{waiting}")["pending_change"]["terms"] == {"quantity": "1"}
    assert other.get(f"/order/{foreign}")["rate"] == "54.00"
    past = ask(milkman, order_ids=[same], effective_from="2026-11-27")
    assert (code(past[same]), past[same]["error"]["earliest"]) == ("already_recorded", "2026-11-28")


def test_an_on_demand_order_has_no_standing_price(milkman: Api, linked_order: int) -> None:
    execute(
        "INSERT INTO orders (order_type_id, vendor_id, state, item_name, quantity, start_date, created_by,"
        " created_at, updated_at) VALUES (2, :vendor, 'accepted', 'Milk', 1000, '2026-11-21', :vendor,"
        " now(), now())",
        vendor=milkman.user["id"],
    )
    [(extra,)] = rows("SELECT id FROM orders WHERE order_type_id = 2")
    found = ask(milkman, order_ids=[extra, linked_order])
    assert (code(found[extra]), found[extra]["error"]["status"]) == ("wrong_state", "accepted")
    assert code(found[linked_order]) is None
    assert list(ask(milkman, item_name="Milk")) == [linked_order]


def test_an_item_is_meant_by_its_name_of_today(cast: Cast, milkman: Api, row_id: int, clock: Any) -> None:
    milk = on_trust(milkman, row_id)
    later = on_trust(milkman, row_id, start_date="2026-12-24")
    on_trust(milkman, row_id, item_name="milk")
    on_trust(milkman, row_id, item_name="Milk powder")
    renamed = on_trust(milkman, row_id)
    milkman.put(f"/order/{renamed}", {"item_name": "Buffalo milk", **NOTE}, expect=202)
    ended = on_trust(milkman, row_id)
    milkman.delete(f"/order/{ended}?effective_from={TODAY}", expect=200)
    other = cast.vendor()
    on_trust(other, cast.row(other)["id"])
    assert list(ask(milkman, item_name="Milk")) == [milk, later, renamed]
    clock.shift(timedelta(days=1))
    found = ask(milkman, item_name=" Milk ", **NOTE)
    assert list(found) == [milk, later]
    assert found[later]["change"]["effective_from"] == AFTER
    assert milkman.get(f"/order/{later}")["rate"] == "60.00"
    assert [one["starts_on"] for one in periods(later)] == ["2026-12-24"]
    assert ask(milkman, item_name="Ghee") == {}


def periods(order_id: int) -> list[dict[str, Any]]:
    found = rows(
        "SELECT starts_on, version, rate, amount FROM order_periods WHERE order_id = :id ORDER BY starts_on",
        id=order_id,
    )
    return [
        {"starts_on": day.isoformat(), "version": version, "rate": rate, "amount": amount}
        for day, version, rate, amount in found
    ]


def test_a_price_agreed_for_later_gives_way_to_the_newer_one(milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id)
    milkman.put(f"/order/{order_id}", {"rate": 70, "effective_from": "2026-12-01", **NOTE}, expect=202)
    # What holds from tomorrow on is the same, what was agreed for December is not.
    back = ask(milkman, order_ids=[order_id], rate="54", **NOTE)[order_id]["change"]
    assert (back["terms"], back["status"]) == ({"rate": "54.00"}, "accepted")
    assert periods(order_id) == [{"starts_on": TODAY, "version": 1, "rate": 5400, "amount": 10800}]
    assert code(ask(milkman, order_ids=[order_id], rate="54.00", **NOTE)[order_id]) == "invalid"


def test_a_proposal_past_its_deadline_is_no_hindrance(
    milkman: Api, linked: tuple[Api, int], linked_order: int, clock: Any
) -> None:
    login, _ = linked
    first = ask(milkman, item_name="Milk")[linked_order]["change"]
    clock.shift(timedelta(days=7) - timedelta(seconds=1))
    assert code(ask(milkman, item_name="Milk")[linked_order]) == "change_pending"
    clock.shift(timedelta(seconds=1))
    second = ask(milkman, item_name="Milk", rate="62")[linked_order]["change"]
    assert (second["status"], second["terms"]) == ("pending", {"rate": "62.00"})
    old = next(one for one in milkman.get("/changes?status=expired")["items"] if one["id"] == first["id"])
    assert (old["answered_by"], old["answered_at"]) == (None, first["expires_at"])
    late = login.post(f"/changes/{first['id']}/accept", expect=409)
    assert (late.code, late["status"]) == ("already_answered", "expired")
    assert milkman.get(f"/order/{linked_order}")["pending_change"]["id"] == second["id"]


def test_asked_twice_is_asked_once(milkman: Api, linked: tuple[Api, int], linked_order: int) -> None:
    key = {"headers": {"Idempotency-Key": "new-price"}}
    body = {"order_ids": [linked_order, linked_order], "rate": "60"}
    first = milkman.post("/changes", body, expect=200, **key)
    assert [code(one) for one in first["results"]] == [None]
    again = milkman.post("/changes", body, expect=200, **key)
    assert again.json == first.json
    assert again.response.headers["Idempotent-Replayed"] == "true"
    assert (
        milkman.post("/changes", {**body, "rate": "61"}, expect=422, **key).code == "idempotency_key_reused"
    )
    assert code(ask(milkman, **body)[linked_order]) == "change_pending"
    kinds = [one["kind"] for one in linked[0].get("/notifications")["items"]]
    assert kinds.count("change_proposed") == 2  # the order, and the price
    assert rows("SELECT count(*) FROM rate_proposals") == [(1,)]


@pytest.mark.parametrize(
    ("body", "field", "word"),
    [
        ({}, "order_ids", "invalid"),
        ({"order_ids": [1], "item_name": "Milk"}, "order_ids", "invalid"),
        ({"order_ids": []}, "order_ids", "invalid"),
        ({"order_ids": "1"}, "order_ids", "invalid"),
        ({"order_ids": [1, "2"]}, "order_ids.1", "invalid"),
        ({"order_ids": [1, True]}, "order_ids.1", "invalid"),
        ({"order_ids": [1.5]}, "order_ids.0", "invalid"),
        ({"order_ids": list(range(1, 10_002))}, "order_ids", "invalid"),
        ({"item_name": " "}, "item_name", "invalid"),
        ({"item_name": "x" * 201}, "item_name", "invalid"),
        ({"item_name": "Milk", "rate": None}, "rate", "rate_required"),
        ({"item_name": "Milk", "rate": "60.001"}, "rate", "invalid"),
        ({"item_name": "Milk", "rate": "-1"}, "rate", "invalid"),
        ({"item_name": "Milk", "rate": "1e2"}, "rate", "invalid"),
        ({"item_name": "Milk", "rate": "NaN"}, "rate", "invalid"),
        ({"item_name": "Milk", "effective_from": "tomorrow"}, "effective_from", "invalid"),
        ({"item_name": "Milk", "message": "x" * 2001}, "message", "invalid"),
        ({"item_name": "Milk", "on_behalf_note": "x" * 201}, "on_behalf_note", "invalid"),
        ({"item": "product"}, "item_id", "invalid"),
        ({"item": "product", "item_id": 1, "item_name": "Milk"}, "order_ids", "invalid"),
        ({"item_name": "Milk", "quantity": "2"}, "quantity", "unknown_field"),
    ],
)
def test_a_bad_field_is_named_and_nobody_is_asked(
    milkman: Api, linked_order: int, body: dict[str, Any], field: str, word: str
) -> None:
    answer = milkman.post("/changes", {"rate": "60", **body}, expect=422)
    assert (answer["errors"][0]["field"], answer.code) == (field, word)
    assert milkman.get(f"/order/{linked_order}")["pending_change"] is None


def test_all_that_is_wrong_is_told_at_once(milkman: Api) -> None:
    answer = milkman.post("/changes", {}, expect=422)
    assert [(one["field"], one["code"]) for one in answer["errors"]] == [
        ("order_ids", "invalid"),
        ("rate", "rate_required"),
    ]


def test_only_a_vendor_asks_many(milkman: Api, linked: tuple[Api, int], linked_order: int, api: Api) -> None:
    body = {"order_ids": [linked_order], "rate": "1"}
    assert linked[0].post("/changes", body, expect=403).code == "forbidden"
    assert linked[0].post("/changes", {"nonsense": 1}, expect=403).code == "forbidden"
    assert api.post("/changes", body, expect=401).code == "unauthenticated"
    assert milkman.get(f"/order/{linked_order}")["pending_change"] is None


def test_the_currency_says_how_many_decimals(cast: Cast) -> None:
    vendor = cast.vendor(currency="UGX")
    row = cast.row(vendor)["id"]
    soda = {"item_name": "Soda", "rate": "4000", "quantity": "2000000"}
    order_id = on_trust(vendor, row, **soda)
    assert (
        vendor.post("/changes", {"item_name": "Soda", "rate": "10.5"}, expect=422)["errors"][0]["field"]
        == "rate"
    )
    too_large = vendor.post("/changes", {"item_name": "Soda", "rate": "5000", **NOTE}, expect=200)["results"][
        0
    ]
    assert too_large["error"] == {"code": "invalid", "detail": "Quantity × rate is too large."}
    fine = vendor.post("/changes", {"item_name": "Soda", "rate": "0", **NOTE}, expect=200)["results"][0]
    assert (fine["order_id"], fine["change"]["terms"]) == (order_id, {"rate": "0"})


def test_many_orders_take_as_many_statements_as_few(app: Flask, cast: Cast, milkman: Api) -> None:
    counts: list[int] = []

    def count(order_ids: list[int]) -> None:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            found = ask(milkman, order_ids=order_ids, **NOTE)
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        assert {code(one) for one in found.values()} == {None}
        counts.append(len(seen))

    few = [*orders_of(cast, milkman, 1), agreed(milkman, *cast.household(of=milkman))]
    many = [*orders_of(cast, milkman, 12), *(agreed(milkman, *cast.household(of=milkman)) for _ in range(12))]
    count(few)
    count(many)
    assert counts[0] == counts[1] <= 21


def at_once(*calls: Any) -> list[Answer]:
    """What each call answers when all are made at the same instant."""
    found: list[Answer | None] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(place: int) -> None:
        start.wait()
        found[place] = calls[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert None not in found
    return [one for one in found if one]


def test_many_at_once_and_one_by_one_meet(cast: Cast, milkman: Api) -> None:
    orders = [agreed(milkman, *cast.household(of=milkman)) for _ in range(4)]
    orders += orders_of(cast, milkman, 4)
    body = {"rate": "60", **NOTE}
    answers = at_once(
        lambda: milkman.post("/changes", {"order_ids": orders, **body}),
        lambda: milkman.post("/changes", {"order_ids": orders[::-1], **body}),
        lambda: milkman.post("/changes", {"item_name": "Milk", **body}),
        *[lambda one=one: milkman.put(f"/order/{one}", {"quantity": "5"}) for one in orders[:4]],
    )
    assert {one.status for one in answers} <= {200, 202}
    words = Counter(code(one) for answer in answers[:3] for one in answer["results"])
    # An order without a login holds the price once, and has it already then.
    assert words["invalid"] == 8
    assert words[None] == 24 - 8 - words["change_pending"]
    for order_id in orders[:4]:
        pending = rows(
            "SELECT count(*) FROM change_requests WHERE order_id = :id AND status = 'pending'", id=order_id
        )
        assert pending == [(1,)]
    for order_id in orders[4:]:
        assert [one["version"] for one in periods(order_id)] == [1, 2]


def test_an_answer_meets_the_withdrawal_of_all(cast: Cast, milkman: Api, app: Flask) -> None:
    households = [cast.household(of=milkman) for _ in range(4)]
    for household in households:
        agreed(milkman, *household)
    results = list(ask(milkman, item_name="Milk").values())
    [(proposal_id,)] = rows("SELECT id FROM rate_proposals")
    browser = Browser(app).sign_in(milkman)
    browser.get(f"/prices/{proposal_id}")
    taken: list[int] = []

    def withdraw() -> Answer:
        browser.post(f"/prices/{proposal_id}/withdraw")
        taken.append(1)
        return Answer(browser.response)

    calls = [
        lambda login=login, one=one: login.post(f"/changes/{one['change']['id']}/accept")
        for (login, _), one in zip(households, results, strict=True)
    ]
    answers = at_once(withdraw, *calls)
    assert taken == [1]
    for answer, one in zip(answers[1:], results, strict=True):
        order = milkman.get(f"/order/{one['order_id']}").json
        assert order["pending_change"] is None
        if answer.status == 200:
            assert [term["rate"] for term in order["terms"]] == ["54.00", "60.00"]
        else:
            assert (answer.status, answer.code, answer["status"]) == (409, "already_answered", "withdrawn")
            assert [term["rate"] for term in order["terms"]] == ["54.00"]


def test_lapsing_closes_those_that_nobody_answered(milkman: Api, linked_order: int, clock: Any) -> None:
    change = ask(milkman, item_name="Milk")[linked_order]["change"]
    clock.shift(timedelta(days=7))
    with transaction():
        assert expire_changes() == 1
    assert milkman.get("/changes?status=expired")["items"][0]["id"] == change["id"]
    assert milkman.get(f"/order/{linked_order}")["status"] == "active"
