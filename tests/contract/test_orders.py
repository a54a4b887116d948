"""Section 4 of the contract, standing orders: fields, counter-offers, the ends of a proposal and an order."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from tests.cast import Api, Cast

from .steps import MILK, agreed, changed, mark, on_trust, said

NUMBERS_REFUSED = (
    *("52.555", "-1", "1e2", "NaN", "Infinity", "٣", "५", "1,000", " 5 ", "+5", ".5", "5.", "0x10", "1_000"),
    *(10_000_000_000, "9999999999.01", True, [1], {"a": 1}, "abc", "1" * 50),
)


def test_what_a_rate_and_a_quantity_may_be(milkman: Api, row_id: int) -> None:
    base = {"customer_id": row_id, "item_name": "Milk", "on_behalf_note": "x"}
    rates = {"52.5": "52.50", 5: "5.00", "007.5": "7.50", "52.5000": "52.50", 0: "0.00"}
    for sent, answered in {**rates, "9999999999": "9999999999.00"}.items():
        assert milkman.post("/orders", {**base, "rate": sent}, expect=201)["rate"] == answered
    for wrong in NUMBERS_REFUSED:
        refused = milkman.post("/orders", {**base, "rate": wrong}, expect=422)
        assert [error["field"] for error in refused["errors"]] == ["rate"], wrong
    quantities = {"1.5": "1.5", 3: "3", "3.000": "3", "0.001": "0.001", "10.010": "10.01", "1.5000": "1.5"}
    for sent, answered in quantities.items():
        assert (
            milkman.post("/orders", {**base, "rate": 1, "quantity": sent}, expect=201)["quantity"] == answered
        )
    for wrong in (0, "0.0001", "1.2345", *(one for one in NUMBERS_REFUSED if one != "52.555")):
        if wrong == "9999999999.01":
            continue
        refused = milkman.post("/orders", {**base, "rate": 1, "quantity": wrong}, expect=422)
        assert [error["field"] for error in refused["errors"]] == ["quantity"], wrong
    blanks: tuple[Any, ...] = (None, "", {})
    for nothing in blanks:
        assert said(milkman.post("/orders", {**base, "rate": nothing})) == (422, "rate_required")
    most = {"rate": "9999999999", "quantity": "9999999999"}
    assert said(milkman.post("/orders", {**base, **most})) == (422, "invalid")


@pytest.mark.parametrize(
    ("currency", "rate", "quantity", "amount"),
    [
        ("INR", "0.01", "0.5", "0.01"),
        ("INR", "0.01", "0.499", "0.00"),
        ("INR", "0.01", "2.5", "0.03"),
        ("INR", "10.05", "0.333", "3.35"),
        ("UGX", "3", "0.5", "2"),
        ("UGX", "3", "0.499", "1"),
        ("KWD", "0.001", "1.5", "0.002"),
    ],
)
def test_half_a_paisa_rounds_up(cast: Cast, currency: str, rate: str, quantity: str, amount: str) -> None:
    vendor = cast.vendor(currency=currency)
    order_id = on_trust(vendor, cast.row(vendor)["id"], rate=rate, quantity=quantity)
    assert vendor.get(f"/order/{order_id}").json["amount"] == amount
    # Per delivery: two of them are twice the rounded amount.
    on_trust_today = mark(vendor, order_id)
    assert (on_trust_today["record"]["amount"], on_trust_today["month"]["total_amount"]) == (amount, amount)


def test_what_the_day_fields_may_be(milkman: Api, row_id: int) -> None:
    base = {"customer_id": row_id, **MILK, "on_behalf_note": "x"}
    wrong: dict[str, tuple[Any, ...]] = {
        "weekdays": ([], [0], [8], ["1"], [1.0], [True], "1", 1, [None], [1, 2, 3, 4, 5, 6, 7, 1]),
        "every": (0, 32, -1, "1", 1.0, True, [1], 10**30),
        "start_date": (
            "2026-02-29",
            "2026-13-01",
            "26-01-01",
            "2026-1-1",
            20261121,
            "२०२६-११-२१",
            "2200-01-01",
        ),
        "valid_till": ("2026-11-20", "2027-02-29", "infinity", "2026-11-22T00:00:00Z", " 2026-11-22"),
        "item_name": (" ", "x" * 201, 5, ["a"], "a\u0000", "a\nb"),
        "unit": ("x" * 41, 5, "\t"),
        "message": ("x" * 2001, 5),
        "on_behalf_note": ("x" * 201, 5, "a\nb"),
    }
    for name, values in wrong.items():
        for value in values:
            refused = milkman.post("/orders", {**base, name: value}, expect=422)
            assert [error["field"] for error in refused["errors"]] == [name], value
    fine = {"weekdays": [7, 1, 1], "every": 31, "start_date": "2024-02-29", "valid_till": "2028-02-29"}
    order = milkman.post("/orders", {**base, **fine}, expect=201)
    assert (order["weekdays"], order["every"], order["start_date"]) == ([1, 7], 31, "2024-02-29")
    assert order["valid_till"] == "2028-02-29"


def test_all_that_is_missing_is_told_at_once(milkman: Api, linked: Any) -> None:
    login, _ = linked

    def missing(who: Api, body: dict[str, Any]) -> list[tuple[str, str]]:
        answer = who.post("/orders", body, expect=422)
        assert answer.code == answer["errors"][0]["code"]
        return [(error["field"], error["code"]) for error in answer["errors"]]

    assert missing(milkman, {"item_name": "Milk"}) == [("customer_id", "invalid"), ("rate", "rate_required")]
    assert missing(login, {"item_name": "Milk", "on_behalf_note": "x"}) == [
        ("vendor_id", "invalid"),
        ("on_behalf_note", "invalid"),
        ("rate", "rate_required"),
    ]
    # Whose it is comes after the shape.
    body = {"customer_id": 10**30, "vendor_id": 10**30, "item_name": "Milk"}
    assert missing(milkman, body) == [("rate", "rate_required")]


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"amount": "108", "rate": "54"}, ("2", "54.00", "108.00")),
        ({"amount": "100"}, ("1", "100.00", "100.00")),
        ({"amount": "100", "quantity": "2"}, ("2", "50.00", "100.00")),
        ({"amount": "10", "rate": "3"}, ("3.333", "3.00", "10.00")),
        ({"amount": "108", "rate": "54", "quantity": 2}, ("2", "54.00", "108.00")),
        ({"amount": "107", "rate": "54", "quantity": 2}, None),
        ({"amount": "100", "rate": "30"}, None),
        ({"amount": "0", "rate": "5"}, None),
        ({"amount": "5", "rate": "0"}, None),
    ],
)
def test_quantity_rate_and_amount_fit(milkman: Api, row_id: int, sent: Any, found: Any) -> None:
    body = {"customer_id": row_id, "item_name": "Milk", "on_behalf_note": "x", **sent}
    answer = milkman.post("/orders", body)
    assert answer.status == (201 if found else 422)
    if found:
        assert (answer["quantity"], answer["rate"], answer["amount"]) == found


def test_a_counter_offer_may_go_back_to_the_first_one(milkman: Api, linked: Any) -> None:
    login, _ = linked
    order = login.post("/orders", {"vendor_id": milkman.user["id"], **MILK, "start_date": "2026-12-01"}).json
    path = f"/order/{order['id']}"
    counter = milkman.put(path, {"rate": "58", "start_date": "2026-12-05"}, expect=202)
    assert counter["change"]["terms"] == {"rate": "58.00"}
    assert (counter["order"]["status"], counter["order"]["rate"]) == ("proposed", "54.00")
    back = login.put(path, {"rate": "54"}, expect=202)["change"]
    assert (back["kind"], back["terms"], back["effective_from"]) == ("new", {"rate": "54.00"}, "2026-12-01")
    # The same once more changes nothing, and what the first proposal and the pending one both say neither.
    for same in ({"rate": "54"}, {"quantity": "2"}, {"start_date": "2026-12-01"}, {"message": "please"}):
        assert said(login.put(path, same)) == (422, "invalid")
    milkman.put(path, {"start_date": "2026-12-05"}, expect=202)
    again = login.put(path, {"start_date": "2026-12-01"}, expect=202)["change"]
    accepted = milkman.post(f"/changes/{again['id']}/accept", expect=200)["order"]
    assert (accepted["rate"], accepted["start_date"], accepted["status"]) == ("54.00", "2026-12-01", "active")
    words = [one["status"] for one in milkman.get("/changes?status=all").json["items"]]
    assert words == ["accepted", "superseded", "superseded", "superseded", "superseded"]


def test_who_may_end_a_proposal_how(milkman: Api, linked: Any) -> None:
    login, row = linked
    for verb, who, other, word in (
        ("accept", login, milkman, "accepted"),
        ("decline", login, milkman, "declined"),
        ("withdraw", milkman, login, "withdrawn"),
    ):
        order = milkman.post("/orders", {"customer_id": row, **MILK}, expect=201)
        path = f"/changes/{order['pending_change']['id']}"
        assert said(other.post(f"{path}/{verb}")) == (403, "not_yours_to_answer")
        done = who.post(f"{path}/{verb}", expect=200)
        assert done["change"]["status"] == word
        assert done["order"]["status"] == ("active" if verb == "accept" else "declined")
        assert done["order"]["pending_change"] is None
        for mine, again in ((login, "accept"), (login, "decline"), (milkman, "withdraw")):
            refused = mine.post(f"{path}/{again}")
            assert (*said(refused), refused["status"]) == (409, "already_answered", word)
        if verb != "accept":
            assert said(login.put(f"/order/{order['id']}", {"rate": "1"})) == (409, "order_ended")
            assert said(mark(milkman, order["id"], extra=True)) == (409, "not_due")


def test_each_field_goes_its_own_way(milkman: Api, linked: Any, clock: Any) -> None:
    login, row = linked
    order_id = agreed(milkman, login, row)
    dear = changed(milkman, login, order_id, rate="80", effective_from="2026-12-01")
    more = changed(login, milkman, order_id, quantity="3", effective_from="2026-11-25")
    assert (dear["terms"], more["terms"]) == ({"rate": "80.00"}, {"quantity": "3"})
    clock.move_to("2026-12-02T06:30:00Z")
    for day, rate, quantity in (
        ("2026-11-24", "54.00", "2"),
        ("2026-11-25", "54.00", "3"),
        ("2026-12-01", "80.00", "3"),
    ):
        record = mark(milkman, order_id, date=day)["record"]
        assert (record["rate"], record["quantity"]) == (rate, quantity)
    detail = milkman.get(f"/order/{order_id}").json
    assert [one["version"] for one in detail["terms"]] == [1, 2, 3]
    assert [one["accepted_by"] for one in detail["terms"]] == [
        login.user["id"],
        login.user["id"],
        milkman.user["id"],
    ]


def test_the_cut_off_counts_to_the_second(milkman: Api, linked: Any, clock: Any) -> None:
    login, row = linked
    first, second = agreed(milkman, login, row), agreed(milkman, login, row)
    today, tomorrow = "?effective_from=2026-11-21", "?effective_from=2026-11-22"
    refused = login.delete(f"/order/{first}{today}")
    assert (*said(refused), refused["earliest"]) == (409, "past_cut_off", "2026-11-22")
    clock.move_to("2026-11-21T14:30:00Z")  # 20:00 in Kolkata
    refused = login.delete(f"/order/{first}{tomorrow}")
    assert (*said(refused), refused["earliest"]) == (409, "past_cut_off", "2026-11-23")
    assert login.delete(f"/order/{first}", expect=200).json["valid_till"] == "2026-11-22"
    clock.move_to("2026-11-21T14:29:59Z")
    assert login.delete(f"/order/{second}{tomorrow}", expect=200).json["valid_till"] == "2026-11-21"
    # It does not bind the vendor, who cannot reach into the past either.
    refused = milkman.delete(f"/order/{first}?effective_from=2026-11-20")
    assert (*said(refused), refused["earliest"]) == (409, "already_recorded", "2026-11-21")
    gone = milkman.delete(f"/order/{first}{today}", expect=200)
    assert (gone["valid_till"], gone["status"]) == ("2026-11-20", "inactive")
    assert milkman.delete(f"/order/{first}", expect=200)["valid_till"] == "2026-11-20"


def test_removing_an_order_for_good_is_the_vendors(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = agreed(milkman, login, row)
    for path in (f"/order/{order_id}", "/order/999999999"):  # the role comes before the look-up
        assert said(login.delete(f"{path}?permanent=true")) == (403, "forbidden")
    for query in ("permanent=yes", "permanent=1", "effective_from=2026-02-30", "effective_from=tomorrow"):
        assert said(milkman.delete(f"/order/{order_id}?{query}")) == (422, "invalid")
    milkman.post("/records", {}, expect=200)  # a record that nobody marked is no history
    milkman.delete(f"/order/{order_id}?permanent=true", expect=204)
    assert said(milkman.delete(f"/order/{order_id}?permanent=true")) == (404, "not_found")
    assert milkman.get("/records").json["items"] == milkman.get("/changes?status=all").json["items"] == []
    other = agreed(milkman, login, row)
    mark(login, other, status="skipped")
    assert said(milkman.delete(f"/order/{other}?permanent=true")) == (409, "has_history")


@pytest.mark.parametrize(
    ("zone", "last_second"),
    [
        ("Asia/Kolkata", "2026-11-21T18:29:59Z"),
        ("Africa/Kampala", "2026-11-21T20:59:59Z"),
        ("Pacific/Auckland", "2026-09-26T11:59:59Z"),
        ("America/Los_Angeles", "2026-11-02T07:59:59Z"),
        ("America/Los_Angeles", "2026-03-09T06:59:59Z"),
        # Of these the database may know other rules than we do; every answer must go by ours.
        ("America/Vancouver", "2026-11-21T07:59:59Z"),
        ("America/Vancouver", "2026-11-21T06:59:59Z"),
        ("Africa/Casablanca", "2026-11-20T22:59:59Z"),
        ("Africa/Casablanca", "2026-11-20T23:59:59Z"),
    ],
)
def test_status_and_marks_agree_which_day_it_is(cast: Cast, zone: str, last_second: str) -> None:
    with time_machine.travel(last_second, tick=False) as clock:
        vendor = cast.vendor(timezone=zone)
        login, row = cast.household(of=vendor)
        today = mark(vendor, on_trust(vendor, cast.row(vendor)["id"]))["record"]["date"]
        order_id = agreed(vendor, login, row, valid_till=today)
        for seconds in range(2):
            if seconds:
                clock.shift(1)
            record = mark(vendor, order_id)
            status = "active" if record.status < 400 else "inactive"
            for who in (vendor, login):
                assert who.get(f"/order/{order_id}").json["status"] == status
                listed = [one["id"] for one in who.get(f"/orders?status={status}").json["items"]]
                assert order_id in listed
            now = vendor.post("/records", {}, expect=200)["date"]
            assert (now == today) == (status == "active")
            assert vendor.get(f"/order/{order_id}").json["month"]["month"] == now[:7]
