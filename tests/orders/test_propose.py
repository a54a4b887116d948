"""Proposing an order and its changes, answering them: both sides over HTTP."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast

NOON = "2026-11-21T06:30:00Z"  # noon in Kolkata
TODAY, TOMORROW = "2026-11-21", "2026-11-22"
MILK: dict[str, Any] = {"item_name": "Milk", "unit": "L", "quantity": "2", "rate": "54.00"}


@pytest.fixture(autouse=True)
def noon() -> Any:
    with time_machine.travel(NOON, tick=True) as traveller:
        yield traveller


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def pair(cast: Cast, milkman: Api) -> tuple[Api, Api, int]:
    household, customer_id = cast.household(of=milkman)
    return milkman, household, customer_id


def proposed(vendor: Api, customer_id: int, **terms: Any) -> Any:
    return vendor.post("/orders", {"customer_id": customer_id, **MILK, **terms}, expect=201).json


def accepted(vendor: Api, household: Api, customer_id: int, **terms: Any) -> Any:
    order = proposed(vendor, customer_id, **terms)
    household.post(f"/changes/{order['pending_change']['id']}/accept", expect=200)
    return vendor.get(f"/order/{order['id']}").json


def test_an_order_is_proposed_to_the_other_side_and_holds_once_accepted(pair: Any) -> None:
    vendor, household, customer_id = pair
    order = proposed(vendor, customer_id, message="As we said")
    assert order["status"] == "proposed"
    assert {name: order[name] for name in ("quantity", "rate", "amount", "weekdays", "every")} == {
        "quantity": "2",
        "rate": "54.00",
        "amount": "108.00",
        "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "every": 1,
    }
    assert (order["order_type"], order["start_date"], order["valid_till"]) == ("scheduled", TODAY, None)
    change = order["pending_change"]
    assert (change["kind"], change["status"], change["message"]) == ("new", "pending", "As we said")
    assert change["terms"]["rate"] == "54.00"

    told = household.get("/notifications").json["items"][0]
    assert told["kind"] == "change_proposed"
    assert told["data"]["change_id"] == change["id"]
    assert household.get("/changes").json["items"] == [change]

    answer = household.post(f"/changes/{change['id']}/accept", expect=200)
    assert answer["order"]["status"] == "active"
    assert answer["order"]["pending_change"] is None
    assert answer["change"]["status"] == "accepted"
    assert answer["change"]["answered_by"] == household.user["id"]
    seen = vendor.get(f"/order/{order['id']}").json
    assert [one["version"] for one in seen["terms"]] == [1]
    assert seen["terms"][0]["accepted_by"] == household.user["id"]
    assert vendor.get("/notifications").json["items"][0]["kind"] == "change_accepted"
    assert household.get(f"/order/{order['id']}").json == seen


def test_a_customer_proposes_and_the_vendor_answers(pair: Any) -> None:
    vendor, household, customer_id = pair
    body = {"vendor_id": vendor.user["id"], **MILK}
    order = household.post("/orders", body, expect=201).json
    assert (order["customer_id"], order["status"]) == (customer_id, "proposed")
    change_id = order["pending_change"]["id"]
    assert household.post(f"/changes/{change_id}/accept", expect=403).code == "not_yours_to_answer"
    assert vendor.post(f"/changes/{change_id}/withdraw", expect=403).code == "not_yours_to_answer"
    assert vendor.post(f"/changes/{change_id}/decline", expect=200)["order"]["status"] == "declined"
    again = vendor.post(f"/changes/{change_id}/accept", expect=409)
    assert (again.code, again["status"]) == ("already_answered", "declined")


def test_terms_stay_as_they_were_until_the_change_is_accepted(pair: Any) -> None:
    vendor, household, customer_id = pair
    order = accepted(vendor, household, customer_id)
    answer = vendor.put(f"/order/{order['id']}", {"rate": 60}, expect=202)
    assert answer["order"]["rate"] == "54.00"
    assert answer["change"]["terms"] == {"rate": "60.00"}
    assert answer["change"]["effective_from"] == TOMORROW
    household.post(f"/changes/{answer['change']['id']}/accept", expect=200)
    today = vendor.get(f"/order/{order['id']}").json
    assert today["rate"] == "54.00"  # its day has not come
    with time_machine.travel("2026-11-21T18:30:00Z", tick=True):  # midnight in Kolkata
        tomorrow = vendor.get(f"/order/{order['id']}").json
        assert (tomorrow["rate"], tomorrow["amount"]) == ("60.00", "120.00")
    assert [(one["version"], one["rate"], one["quantity"]) for one in today["terms"]] == [
        (1, "54.00", "2"),
        (2, "60.00", "2"),
    ]


def test_a_newer_change_by_either_side_supersedes_the_pending_one(pair: Any) -> None:
    vendor, household, customer_id = pair
    order = accepted(vendor, household, customer_id)
    first = vendor.put(f"/order/{order['id']}", {"rate": 60}, expect=202)["change"]
    second = household.put(f"/order/{order['id']}", {"rate": "57"}, expect=202)["change"]
    late = household.post(f"/changes/{first['id']}/accept", expect=409)
    assert (late.code, late["status"]) == ("already_answered", "superseded")
    assert vendor.get(f"/order/{order['id']}")["pending_change"]["id"] == second["id"]
    vendor.post(f"/changes/{second['id']}/accept", expect=200)
    assert [one["rate"] for one in vendor.get(f"/order/{order['id']}")["terms"]] == ["54.00", "57.00"]


def test_a_counter_offer_to_a_proposed_order(pair: Any) -> None:
    vendor, household, customer_id = pair
    order = proposed(vendor, customer_id)
    counter = household.put(f"/order/{order['id']}", {"quantity": 1}, expect=202)
    assert counter["change"]["kind"] == "new"
    assert counter["change"]["terms"] == {"quantity": "1"}
    done = vendor.post(f"/changes/{counter['change']['id']}/accept", expect=200)["order"]
    assert (done["status"], done["quantity"], done["rate"]) == ("active", "1", "54.00")


def test_a_proposal_lapses_in_the_second_of_its_deadline_without_any_job(pair: Any, noon: Any) -> None:
    vendor, household, customer_id = pair
    order = accepted(vendor, household, customer_id)
    change = vendor.put(f"/order/{order['id']}", {"rate": 60}, expect=202)["change"]
    new = proposed(vendor, customer_id, item_name="Curd")
    noon.shift(timedelta(days=7, seconds=2))
    late = household.post(f"/changes/{change['id']}/accept", expect=409)
    assert (late.code, late["status"]) == ("already_answered", "expired")
    assert household.get("/changes").json["items"] == []
    assert vendor.get(f"/order/{order['id']}")["pending_change"] is None
    assert vendor.get(f"/order/{new['id']}")["status"] == "declined"
    assert household.put(f"/order/{new['id']}", {"rate": 1}, expect=409).code == "order_ended"
    statuses = {one["id"]: one["status"] for one in household.get("/changes?status=all").json["items"]}
    assert statuses[change["id"]] == "expired"


def test_the_vendor_confirms_for_a_customer_without_a_login(cast: Cast, milkman: Api) -> None:
    row = cast.row(milkman)
    order = proposed(milkman, row["id"], on_behalf_note="by phone")
    assert (order["status"], order["pending_change"]) == ("active", None)
    changed = milkman.put(f"/order/{order['id']}", {"rate": 60, "on_behalf_note": "by phone"}, expect=202)
    assert changed["change"]["status"] == "accepted"
    notes = [one["on_behalf_note"] for one in milkman.get(f"/order/{order['id']}")["terms"]]
    assert notes == ["by phone", "by phone"]


def test_nobody_is_spoken_for_who_has_a_login(pair: Any) -> None:
    vendor, household, customer_id = pair
    body = {"customer_id": customer_id, **MILK, "on_behalf_note": "by phone"}
    assert vendor.post("/orders", body, expect=409).code == "customer_has_login"
    assert vendor.get("/orders").json["items"] == []
    order = accepted(vendor, household, customer_id)
    late = vendor.put(f"/order/{order['id']}", {"rate": 60, "on_behalf_note": "x"}, expect=409)
    assert late.code == "customer_has_login"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"rate": None}, "rate", "rate_required"),
        ({"rate": "NaN"}, "rate", "invalid"),
        ({"rate": "1e3"}, "rate", "invalid"),
        ({"rate": "54.001"}, "rate", "invalid"),
        ({"rate": -1}, "rate", "invalid"),
        ({"rate": "10000000000"}, "rate", "invalid"),
        ({"rate": "९"}, "rate", "invalid"),
        ({"quantity": 0}, "quantity", "invalid"),
        ({"quantity": "1.2345"}, "quantity", "invalid"),
        ({"quantity": "9999999999", "rate": "9999999999"}, "amount", "invalid"),
        ({"amount": "100"}, "amount", "invalid"),
        ({"weekdays": []}, "weekdays", "invalid"),
        ({"weekdays": [0]}, "weekdays", "invalid"),
        ({"weekdays": [True]}, "weekdays", "invalid"),
        ({"every": 32}, "every", "invalid"),
        ({"every": "2"}, "every", "invalid"),
        ({"start_date": "2026-02-30"}, "start_date", "invalid"),
        ({"start_date": "21.11.2026"}, "start_date", "invalid"),
        ({"valid_till": "2026-11-20"}, "valid_till", "invalid"),
        ({"item_name": "x" * 201}, "item_name", "invalid"),
        ({"item_name": "Mi\u0000lk"}, "item_name", "invalid"),
        ({"item_name": "   "}, "item_name", "invalid"),
        ({"message": "x" * 2001}, "message", "invalid"),
        ({"colour": "white"}, "colour", "unknown_field"),
        ({"scheduled_through": "2026-01-01"}, "scheduled_through", "unknown_field"),
        ({"order_type": "weekly"}, "order_type", "invalid"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_written(
    cast: Cast, milkman: Api, body: dict[str, Any], field: str, code: str
) -> None:
    row = cast.row(milkman)
    answer = milkman.post("/orders", {"customer_id": row["id"], **MILK, **body}, expect=422)
    assert (answer["errors"][0]["field"], answer.code) == (field, code)
    assert milkman.get("/orders").json["items"] == []


def test_all_faults_of_a_body_are_told_at_once(cast: Cast, milkman: Api) -> None:
    row = cast.row(milkman)
    body = {"customer_id": row["id"], "item_name": "Milk", "rate": "x", "every": 0, "weekdays": [9]}
    answer = milkman.post("/orders", body, expect=422)
    assert {error["field"] for error in answer["errors"]} == {"rate", "every", "weekdays"}


def test_the_seeds_spellings_are_understood(cast: Cast, milkman: Api) -> None:
    row = cast.row(milkman)
    body = {
        "CustomerId": row["id"],
        "item_name": "Milk",
        "qauntity": 2,
        "rate": 54,
        "paid": True,
        "createdby": milkman.user["id"],
    }
    order = milkman.post("/orders", body, expect=201).json
    assert (order["quantity"], order["paid"]) == ("2", False)
    body["createdby"] = milkman.user["id"] + 1
    assert milkman.post("/orders", body, expect=403).code == "created_by_mismatch"
    body = {"customer_id": row["id"], "customerid": row["id"] + 1, **MILK}
    assert milkman.post("/orders", body, expect=422)["errors"][0]["field"] == "customer_id"


def test_somebody_elses_customer_order_or_change_does_not_exist(cast: Cast, pair: Any) -> None:
    vendor, household, customer_id = pair
    order = accepted(vendor, household, customer_id)
    pending = vendor.put(f"/order/{order['id']}", {"rate": 60}, expect=202)["change"]
    for stranger in (cast.vendor(), cast.customer_login()):
        assert stranger.get(f"/order/{order['id']}", expect=404).code == "not_found"
        assert stranger.put(f"/order/{order['id']}", {"rate": 1}, expect=404).code == "not_found"
        stranger.delete(f"/order/{order['id']}", expect=404)
        stranger.post(f"/changes/{pending['id']}/accept", expect=404)
        assert stranger.get("/orders").json["items"] == []
        assert stranger.get(f"/orders?customer_id={customer_id}").json["items"] == []
        assert stranger.get("/changes").json["items"] == []
    other = cast.vendor()
    missing = other.post("/orders", {"customer_id": customer_id, **MILK}, expect=404)
    unknown = other.post("/orders", {"customer_id": 10**30, **MILK}, expect=404)
    assert missing.json == unknown.json
    assert missing["errors"][0]["field"] == "customer_id"


def test_a_day_that_is_over_takes_no_change(pair: Any) -> None:
    vendor, household, customer_id = pair
    order = accepted(vendor, household, customer_id)
    late = vendor.put(f"/order/{order['id']}", {"rate": 60, "effective_from": "2026-11-20"}, expect=409)
    assert (late.code, late["earliest"]) == ("already_recorded", TODAY)
    vendor.post(f"/order/{order['id']}/attendance", {}, expect=201)
    late = vendor.put(f"/order/{order['id']}", {"rate": 60, "effective_from": TODAY}, expect=409)
    assert (late.code, late["earliest"]) == ("already_recorded", TOMORROW)
    late = vendor.put(f"/order/{order['id']}", {"valid_till": "2026-11-20"}, expect=409)
    assert (late.code, late["earliest"]) == ("already_recorded", TODAY)


def test_a_change_accepted_late_begins_on_the_earliest_free_day(pair: Any, noon: Any) -> None:
    vendor, household, customer_id = pair
    order = accepted(vendor, household, customer_id)
    change = vendor.put(f"/order/{order['id']}", {"rate": 60}, expect=202)["change"]
    noon.shift(timedelta(days=3))
    answer = household.post(f"/changes/{change['id']}/accept", expect=200)
    assert answer["change"]["effective_from"] == "2026-11-24"
    assert answer["order"]["rate"] == "60.00"


def test_a_change_that_changes_nothing_is_refused(pair: Any) -> None:
    vendor, household, customer_id = pair
    order = accepted(vendor, household, customer_id)
    assert vendor.put(f"/order/{order['id']}", {"rate": "54"}, expect=422).code == "invalid"
    assert vendor.put(f"/order/{order['id']}", {}, expect=422).code == "invalid"
    assert vendor.put(f"/order/{order['id']}", {"start_date": TODAY}, expect=422).code == "invalid"


def test_the_same_key_proposes_once(cast: Cast, milkman: Api) -> None:
    row = cast.row(milkman)
    body = {"customer_id": row["id"], **MILK}
    key = {"headers": {"Idempotency-Key": "tap-1"}}
    first = milkman.post("/orders", body, expect=201, **key)
    again = milkman.post("/orders", body, expect=201, **key)
    assert again.json == first.json
    assert again.response.headers["Idempotent-Replayed"] == "true"
    other = milkman.post("/orders", {**body, "rate": 55}, expect=422, **key)
    assert other.code == "idempotency_key_reused"
    assert len(milkman.get("/orders").json["items"]) == 1


def test_orders_of_a_month_and_by_status(pair: Any) -> None:
    vendor, household, customer_id = pair
    running = accepted(vendor, household, customer_id)
    waiting = proposed(vendor, customer_id, item_name="Curd", start_date="2026-12-05")
    vendor.post(f"/order/{running['id']}/attendance", {"quantity": "1.5"}, expect=201)
    november = household.get("/orders?month=2026-11").json["items"]
    assert [(one["id"], one["month"]["total_amount"]) for one in november] == [(running["id"], "81.00")]
    assert november[0]["month"]["active_days"] == 1
    december = vendor.get("/orders?month=2026-12").json["items"]
    assert {one["id"] for one in december} == {running["id"], waiting["id"]}
    assert [one["id"] for one in vendor.get("/orders?status=proposed").json["items"]] == [waiting["id"]]
    assert vendor.get("/orders?status=cancelled").json["items"] == []
    assert vendor.get("/orders?status=nonsense", expect=422).code == "invalid"
    assert vendor.get("/orders?month=2026-13", expect=422).code == "invalid"


def test_pages_of_orders(cast: Cast, milkman: Api) -> None:
    row = cast.row(milkman)
    ids = [proposed(milkman, row["id"], item_name=f"Item {n}")["id"] for n in range(5)]
    first = milkman.get("/orders?limit=2").json
    proposed(milkman, row["id"], item_name="Meanwhile")
    second = milkman.get(f"/orders?limit=2&cursor={first['next']}").json
    third = milkman.get(f"/orders?limit=2&cursor={second['next']}").json
    seen = [one["id"] for page in (first, second, third) for one in page["items"]]
    assert seen == ids[::-1]
    assert third["next"] is None
    assert milkman.get(f"/changes?cursor={first['next']}", expect=422)["errors"][0]["field"] == "cursor"
    assert milkman.get("/orders?limit=201", expect=422).code == "invalid"


class TestEnding:
    def test_a_vendor_ends_from_tomorrow_and_the_other_side_is_told(self, pair: Any) -> None:
        vendor, household, customer_id = pair
        order = accepted(vendor, household, customer_id)
        pending = household.put(f"/order/{order['id']}", {"rate": 50}, expect=202)["change"]
        ended = vendor.delete(f"/order/{order['id']}", expect=200)
        assert (ended["valid_till"], ended["status"]) == (TODAY, "active")
        assert ended["pending_change"] is None
        late = vendor.post(f"/changes/{pending['id']}/accept", expect=409)
        assert late["status"] == "withdrawn"
        assert household.get("/notifications").json["items"][0]["kind"] == "order_ended"
        again = vendor.delete(f"/order/{order['id']}", expect=200)
        assert again["valid_till"] == TODAY
        with time_machine.travel("2026-11-21T18:30:00Z", tick=True):
            assert vendor.get(f"/order/{order['id']}")["status"] == "inactive"
            assert vendor.put(f"/order/{order['id']}", {"rate": 1}, expect=409).code == "order_ended"

    def test_today_is_free_for_a_vendor_unless_it_is_marked(self, pair: Any) -> None:
        vendor, household, customer_id = pair
        order = accepted(vendor, household, customer_id)
        vendor.post("/records", {}, expect=200)
        ended = vendor.delete(f"/order/{order['id']}?effective_from={TODAY}", expect=200)
        assert (ended["valid_till"], ended["status"]) == ("2026-11-20", "inactive")
        records = vendor.get(f"/records?order_id={order['id']}").json["items"]
        assert [(one["date"], one["status"]) for one in records] == [(TODAY, "cancelled")]
        other = accepted(vendor, household, customer_id, item_name="Curd")
        vendor.post(f"/order/{other['id']}/attendance", {}, expect=201)
        late = vendor.delete(f"/order/{other['id']}?effective_from={TODAY}", expect=409)
        assert (late.code, late["earliest"]) == ("already_recorded", TOMORROW)

    def test_a_customer_keeps_to_the_cut_off(self, pair: Any, noon: Any) -> None:
        vendor, household, customer_id = pair
        order = accepted(vendor, household, customer_id)
        late = household.delete(f"/order/{order['id']}?effective_from={TODAY}", expect=409)
        assert (late.code, late["earliest"]) == ("past_cut_off", TOMORROW)
        noon.move_to("2026-11-21T14:30:00Z")  # eight in the evening
        late = household.delete(f"/order/{order['id']}?effective_from={TOMORROW}", expect=409)
        assert (late.code, late["earliest"]) == ("past_cut_off", "2026-11-23")
        assert household.delete(f"/order/{order['id']}", expect=200)["valid_till"] == TOMORROW

    def test_a_proposed_order_becomes_declined(self, pair: Any) -> None:
        vendor, _, customer_id = pair
        order = proposed(vendor, customer_id)
        assert vendor.delete(f"/order/{order['id']}", expect=200)["status"] == "declined"

    def test_for_good_only_when_nothing_was_marked(self, pair: Any) -> None:
        vendor, household, customer_id = pair
        order = accepted(vendor, household, customer_id)
        vendor.post("/records", {}, expect=200)
        household.delete(f"/order/{order['id']}?permanent=true", expect=403)
        vendor.delete(f"/order/{order['id']}?permanent=true", expect=204)
        vendor.get(f"/order/{order['id']}", expect=404)
        assert vendor.get("/records").json["items"] == []
        other = accepted(vendor, household, customer_id)
        vendor.post(f"/order/{other['id']}/attendance", {}, expect=201)
        kept = vendor.delete(f"/order/{other['id']}?permanent=true", expect=409)
        assert kept.code == "has_history"
        assert vendor.get(f"/order/{other['id']}")["status"] == "active"

    def test_the_other_side_hears_what_was_removed(self, app: Flask, pair: Any) -> None:
        vendor, household, customer_id = pair
        order = accepted(vendor, household, customer_id)
        vendor.put(f"/order/{order['id']}", {"rate": "60"}, expect=202)
        days = {"from": TOMORROW, "to": TOMORROW}
        household.post("/pauses", days, expect=200)
        vendor.delete(f"/order/{order['id']}?permanent=true", expect=204)
        notice = household.get("/notifications")["items"][0]
        assert (notice["kind"], notice["title"]) == ("order_ended", "Yadav Dairy removed Milk")
        assert (notice["url"], notice["read_at"]) == (f"/customers/{customer_id}", None)
        for who, unread in ((household, ["order_ended"]), (vendor, [])):
            items = who.get("/notifications")["items"]
            assert all("/orders/" not in one["url"] and "/changes/" not in one["url"] for one in items)
            about = [one for one in items if one["url"] == f"/customers/{customer_id}"]
            found = [one["kind"] for one in about if one["read_at"] is None]
            assert [kind for kind in found if kind != "customer_linked"] == unread
            page = Browser(app).sign_in(who)
            for one in items:
                page.get(one["url"])

    def test_removing_for_good_has_no_day(self, pair: Any) -> None:
        vendor, household, customer_id = pair
        order = accepted(vendor, household, customer_id)
        path = f"/order/{order['id']}?permanent=true&effective_from={TOMORROW}"
        answer = vendor.delete(path, expect=422)
        assert [(one["field"], one["code"]) for one in answer["errors"]] == [("effective_from", "invalid")]
        household.delete(path, expect=403)
        assert vendor.get(f"/order/{order['id']}")["status"] == "active"

    def test_deactivating_a_customer_ends_their_orders_today(self, pair: Any) -> None:
        vendor, household, customer_id = pair
        running = accepted(vendor, household, customer_id)
        waiting = proposed(vendor, customer_id, item_name="Curd")
        gone = vendor.delete(f"/customer/{customer_id}", expect=200)
        assert gone["status"] == "inactive"
        assert vendor.get(f"/order/{running['id']}")["valid_till"] == TODAY
        assert vendor.get(f"/order/{waiting['id']}")["status"] == "declined"
        vendor.delete(f"/customer/{customer_id}", expect=200)
        body = {"customer_id": customer_id, **MILK}
        assert vendor.post("/orders", body, expect=409).code == "customer_inactive"
        vendor.put(f"/customer/{customer_id}", {"status": "active"}, expect=200)
        vendor.post("/orders", body, expect=201)
        assert vendor.get(f"/order/{running['id']}")["valid_till"] == TODAY
        household.delete(f"/customer/{customer_id}", expect=403)


def test_an_old_start_is_kept_and_its_days_are_marked_one_by_one(pair: Any) -> None:
    vendor, household, customer_id = pair
    order = accepted(vendor, household, customer_id, start_date="2026-11-10")
    assert (order["start_date"], order["status"]) == ("2026-11-10", "active")
    vendor.post("/records", {"date": "2026-11-12"}, expect=200)
    assert vendor.get(f"/records?order_id={order['id']}&date=2026-11-12").json["items"] == []
    marked = vendor.post(f"/order/{order['id']}/attendance", {"date": "2026-11-12"}, expect=201)
    assert marked["record"]["amount"] == "108.00"
    assert date.fromisoformat(marked["record"]["date"]) == date(2026, 11, 12)


def test_a_new_currency_only_before_anything_was_priced(cast: Cast) -> None:
    vendor = cast.vendor()
    assert vendor.put("/me", {"currency": "UGX"}, expect=200)["vendor"]["currency"] == "UGX"
    row = cast.row(vendor)
    body = {"customer_id": row["id"], "item_name": "Soda", "rate": "4000.50"}
    assert vendor.post("/orders", body, expect=422)["errors"][0]["field"] == "rate"
    body["rate"] = 4000
    assert vendor.post("/orders", body, expect=201)["rate"] == "4000"
    assert vendor.put("/me", {"currency": "INR"}, expect=409).code == "has_history"


def test_a_new_password_ends_every_other_sign_in(cast: Cast, api: Api) -> None:
    vendor = cast.vendor()
    phone = vendor.user["phone_number"]
    other = api.post("/login", {"phone_number": phone, "password": "correct horse"}, expect=200)
    wrong = vendor.put("/me", {"password": "new password", "current_password": "wrong"}, expect=403)
    assert wrong.code == "bad_credentials"
    body = {"password": "new password", "current_password": "correct horse"}
    vendor.put("/me", body, expect=200)
    Api(api.app, other["token"]).get("/me", expect=401)
    vendor.get("/me", expect=200)
    api.post("/login", {"phone_number": phone, "password": "correct horse"}, expect=401)


def test_settings_of_a_business(cast: Cast) -> None:
    vendor, customer = cast.vendor(), cast.customer_login()
    body = {"cut_off": "19:30", "upi_id": "yadav@upi", "timezone": "Africa/Kampala", "business_name": "Dairy"}
    assert vendor.put("/me", body, expect=200)["vendor"] == {
        "business_name": "Dairy",
        "currency": "INR",
        "timezone": "Africa/Kampala",
        "cut_off": "19:30",
        "upi_id": "yadav@upi",
    }
    assert customer.put("/me", {"business_name": "Mine"}, expect=422).code == "unknown_field"
    assert vendor.put("/me", {"timezone": "Mars/Base"}, expect=422)["errors"][0]["field"] == "timezone"
    assert vendor.put("/me", {"cut_off": "25:00"}, expect=422)["errors"][0]["field"] == "cut_off"
    assert vendor.put("/me", {"user_type": "customer"}, expect=422).code == "unknown_field"
    assert (
        customer.put("/me", {"phone_number": vendor.user["phone_number"]}, expect=409).code == "phone_taken"
    )
