"""New on-demand orders: who may enter what, for which day, at what price."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from tests.cast import Api, Cast
from tests.records.orders import close_through, rows

from .extras import CAKE, TODAY, TOMORROW, YESTERDAY, account, asked, entered, refused, said, told


def test_a_customer_asks_without_a_price(milkman: Api, linked: Any) -> None:
    login, row = linked
    body = {"vendor_id": milkman.user["id"], **CAKE, "message": "For a birthday"}
    order = login.post("/orders", body, expect=201).json
    assert (order["order_type"], order["status"], order["customer_id"]) == ("on_demand", "requested", row)
    assert (order["quantity"], order["rate"], order["amount"]) == ("2", None, None)
    assert (order["date"], order["start_date"]) == (TODAY, TODAY)
    assert [order[name] for name in ("weekdays", "every", "valid_till", "pending_change", "item")] == [
        None
    ] * 5
    assert (order["created_by"], order["paid"]) == (login.user["id"], False)
    assert told(milkman) == [
        ("order_requested", f"/requests/{order['id']}"),
        ("customer_linked", f"/customers/{row}"),
    ]
    detail = milkman.get(f"/order/{order['id']}").json
    assert login.get(f"/order/{order['id']}").json == detail
    assert (detail["terms"], detail["pauses"], detail["records"]) == ([], [], [])
    assert detail["month"] == {
        "month": "2026-11", "active_days": 0, "quantity": "0",
        "total_amount": "0.00", "disputed_amount": "0.00",
    }  # fmt: skip
    for query in ("order_type=on_demand", "order_type=on-demand", "status=requested", "month=2026-11"):
        assert [one["id"] for one in milkman.get(f"/orders?{query}").json["items"]] == [order["id"]], query
    for query in ("order_type=scheduled", "status=accepted", "month=2026-12"):
        assert milkman.get(f"/orders?{query}").json["items"] == [], query


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({}, ("1", None, None)),
        ({"rate": "54"}, ("1", "54.00", "54.00")),
        ({"amount": "108", "rate": "54"}, ("2", "54.00", "108.00")),
        ({"amount": "100"}, ("1", "100.00", "100.00")),
        ({"amount": "100", "quantity": "2"}, ("2", "50.00", "100.00")),
        ({"qauntity": "0.5", "rate": "0.01"}, ("0.5", "0.01", "0.01")),
        ({"rate": "0"}, ("1", "0.00", "0.00")),
        ({"amount": "107", "rate": "54", "quantity": 2}, None),
        ({"amount": "100", "quantity": "3"}, None),
        ({"quantity": "0"}, None),
        ({"rate": "1.005"}, None),
        ({"rate": "9999999999", "quantity": "9999999999"}, None),
    ],
)
def test_quantity_rate_and_amount_fit(milkman: Api, linked: Any, sent: Any, found: Any) -> None:
    body = {"order_type": "on-demand", "vendor_id": milkman.user["id"], "item_name": "Cake", **sent}
    answer = linked[0].post("/orders", body)
    assert answer.status == (201 if found else 422)
    if found:
        assert (answer["quantity"], answer["rate"], answer["amount"]) == found


def test_a_vendor_enters_for_a_customer_or_for_nobody(milkman: Api, linked: Any, row_id: int) -> None:
    login, row = linked
    for customer_id in (row, row_id, None):
        order = milkman.get(f"/order/{entered(milkman, customer_id)}").json
        assert (order["status"], order["customer_id"]) == ("accepted", customer_id)
        assert (order["rate"], order["amount"], order["date"]) == ("200.00", "400.00", TODAY)
    assert told(login)[0][0] == "order_accepted"
    assert len(told(login)) == 1
    assert rows("SELECT count(*) FROM custom_records") == [(0,)]
    assert account(milkman, row)["charges"] == "0.00"


def test_handed_over_already(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = entered(milkman, row, status="served", date="2026-10-31")
    order = login.get(f"/order/{order_id}").json
    assert (order["status"], order["date"], order["paid"]) == ("served", "2026-10-31", False)
    assert order["month"] == {
        "month": "2026-10", "active_days": 1, "quantity": "2",
        "total_amount": "400.00", "disputed_amount": "0.00",
    }  # fmt: skip
    assert told(login)[0] == ("order_served", f"/requests/{order_id}")
    october = account(login, row, "2026-10")
    assert (october["charges"], october["closing_balance"], october["unsettled_amount"]) == ("400.00",) * 3
    assert october["orders"][order_id] == {
        "order_id": order_id, "item_name": "Cake", "order_type": "on_demand", "active_days": 1,
        "quantity": "2", "total_amount": "400.00", "disputed_amount": "0.00",
    }  # fmt: skip
    assert account(login, row)["opening_balance"] == "400.00"
    assert milkman.get(f"/customer/{row}")["balance"]["owed_by_customer"] == "400.00"
    month = milkman.get(f"/finance/vendor/month/{milkman.user['id']}?month=2026-10").json
    assert (month["totals"]["total_amount"], month["totals"]["active_days"]) == ("400.00", 1)
    assert month["by_item"] == [
        {"item_name": "Cake", "unit": "kg", "quantity": "2", "total_amount": "400.00"}
    ]
    assert rows("SELECT quantity, rate, amount, status, disputed, date::text FROM custom_records") == [
        (2000, 20000, 40000, "served", False, "2026-10-31")
    ]


def test_which_day_an_order_may_be_for(milkman: Api, linked: Any) -> None:
    login, row = linked
    base = {"vendor_id": milkman.user["id"], **CAKE}
    assert login.post("/orders", {**base, "date": TOMORROW}, expect=201)["date"] == TOMORROW
    assert refused(login.post("/orders", {**base, "date": YESTERDAY})) == [("date", "invalid")]
    mine = {"customer_id": row, **CAKE, "rate": "1"}
    assert refused(milkman.post("/orders", {**mine, "date": YESTERDAY})) == [("date", "invalid")]
    assert refused(milkman.post("/orders", {**mine, "date": TOMORROW, "status": "served"})) == [
        ("date", "date_in_future")
    ]
    # The day of a vendor is known before anybody is looked up.
    foreign = {**mine, "customer_id": 10**30, "date": YESTERDAY}
    assert refused(milkman.post("/orders", foreign)) == [("date", "invalid")]


@pytest.mark.parametrize(
    ("zone", "instant", "today", "over"),
    [
        ("Pacific/Auckland", "2026-11-21T11:00:00Z", "2026-11-22", "2026-11-21"),
        ("America/Los_Angeles", "2026-11-01T08:30:00Z", "2026-11-01", "2026-10-31"),
        ("Asia/Kolkata", "2028-02-28T18:30:00Z", "2028-02-29", "2028-02-28"),
    ],
)
def test_today_is_the_vendors(
    cast: Cast, clock: time_machine.Traveller, zone: str, instant: str, today: str, over: str
) -> None:
    clock.move_to(instant)
    vendor = cast.vendor(timezone=zone)
    login, _ = cast.household(of=vendor)
    body = {"vendor_id": vendor.user["id"], **CAKE}
    assert login.post("/orders", body, expect=201)["date"] == today
    assert refused(login.post("/orders", {**body, "date": over})) == [("date", "invalid")]


def test_what_a_vendor_must_say(milkman: Api, row_id: int) -> None:
    priceless = {"customer_id": row_id, **CAKE}
    assert refused(milkman.post("/orders", priceless)) == [("rate", "rate_required")]
    walk_in = {**CAKE, "rate": "1", "status": "served"}
    assert refused(milkman.post("/orders", walk_in)) == [("status", "walkin_must_pay_in_full")]
    for word in ("accepted", "requested", "billed", "Served", "x"):
        wrong = {"customer_id": row_id, **CAKE, "rate": "1", "status": word}
        assert refused(milkman.post("/orders", wrong)) == [("status", "invalid")], word
    milkman.delete(f"/customer/{row_id}", expect=200)
    for extra in ({}, {"status": "served"}):
        body = {"customer_id": row_id, **CAKE, "rate": "1", **extra}
        assert said(milkman.post("/orders", body)) == (409, "customer_inactive")
    assert rows("SELECT count(*) FROM orders") == [(0,)]


def test_all_that_is_missing_is_said_at_once(milkman: Api, linked: Any) -> None:
    whom, what, price = ("customer_id", "invalid"), ("item_name", "invalid"), ("rate", "rate_required")
    assert refused(milkman.post("/orders", {})) == [whom, what, price]
    assert milkman.post("/orders", {}).code == "invalid"
    assert refused(milkman.post("/orders", {"order_type": "on_demand"})) == [what, price]
    assert refused(linked[0].post("/orders", {})) == [("vendor_id", "invalid"), what, price]
    assert refused(linked[0].post("/orders", {"order_type": "on_demand"})) == [("vendor_id", "invalid"), what]
    walk_in = {**CAKE, "status": "served", "date": TOMORROW}
    assert refused(milkman.post("/orders", walk_in)) == [
        price, ("date", "date_in_future"), ("status", "walkin_must_pay_in_full"),
    ]  # fmt: skip


def test_an_inactive_customer_asks_for_nothing(milkman: Api, linked: Any) -> None:
    login, row = linked
    milkman.delete(f"/customer/{row}", expect=200)
    body = {"vendor_id": milkman.user["id"], **CAKE}
    assert said(login.post("/orders", body)) == (409, "customer_inactive")


def test_fields_of_the_other_kind_are_unknown(milkman: Api, linked: Any) -> None:
    login, row = linked
    days = {"weekdays": [1], "every": 2, "start_date": TODAY, "valid_till": TODAY, "effective_from": TODAY}
    for who, base in (
        (login, {"vendor_id": milkman.user["id"]}),
        (milkman, {"customer_id": row, "rate": "1"}),
    ):
        for name, value in days.items():
            answer = who.post("/orders", {**base, **CAKE, name: value})
            assert refused(answer) == [(name, "unknown_field")]
        standing = {**base, "item_name": "Milk", "rate": "1", "date": TODAY, "status": "active"}
        assert refused(who.post("/orders", standing)) == [
            ("date", "unknown_field"), ("status", "unknown_field"),
        ]  # fmt: skip
    answer = login.post("/orders", {"vendor_id": milkman.user["id"], **CAKE, "status": "served"})
    assert refused(answer) == [("status", "unknown_field")]
    answer = login.post("/orders", {**CAKE, "on_behalf_note": "x", "weekdays": [1]})
    assert refused(answer) == [
        ("vendor_id", "invalid"), ("on_behalf_note", "invalid"), ("weekdays", "unknown_field"),
    ]  # fmt: skip


def test_a_note_is_for_those_without_a_login(milkman: Api, linked: Any, row_id: int) -> None:
    entered(milkman, row_id, on_behalf_note="at the door")
    assert rows("SELECT on_behalf_note FROM orders") == [("at the door",)]
    body = {"customer_id": linked[1], **CAKE, "rate": "1", "on_behalf_note": "at the door"}
    assert said(milkman.post("/orders", body)) == (409, "customer_has_login")


def test_foreign_people_answer_as_missing_ones(cast: Cast, milkman: Api, linked: Any) -> None:
    login, row = linked
    other = cast.vendor()
    theirs = cast.row(other)["id"]
    for customer_id in (theirs, 999_999, 10**30):
        for extra in ({}, {"status": "served"}):
            answer = milkman.post("/orders", {"customer_id": customer_id, **CAKE, "rate": "1", **extra})
            assert (*said(answer), answer["errors"][0]["field"]) == (404, "not_found", "customer_id")
    for vendor_id in (other.user["id"], login.user["id"], 10**30):
        answer = login.post("/orders", {"vendor_id": vendor_id, **CAKE})
        assert (*said(answer), answer["errors"][0]["field"]) == (404, "not_found", "vendor_id")
    answer = login.post("/orders", {"vendor_id": milkman.user["id"], "customer_id": theirs, **CAKE})
    assert (*said(answer), answer["errors"][0]["field"]) == (404, "not_found", "customer_id")
    answer = milkman.post("/orders", {"vendor_id": other.user["id"], "customer_id": row, **CAKE, "rate": 1})
    assert (*said(answer), answer["errors"][0]["field"]) == (404, "not_found", "vendor_id")
    order_id = asked(login, milkman)
    for verb in ("accept", "decline", "serve"):
        for stranger in (other, cast.customer_login()):
            expected = (403, "forbidden") if verb == "serve" and stranger is not other else (404, "not_found")
            assert said(stranger.post(f"/order/{order_id}/{verb}", {})) == expected
    for method in ("GET", "PUT", "DELETE"):
        body = {"message": "x"} if method == "PUT" else None
        assert said(other.call(method, f"/order/{order_id}", body)) == (404, "not_found")
    assert other.get(f"/orders?customer_id={row}").json["items"] == []


def test_a_closed_month_takes_nothing(milkman: Api, row_id: int) -> None:
    close_through(row_id, "2026-10-31")
    body = {"customer_id": row_id, **CAKE, "rate": "1", "status": "served"}
    assert said(milkman.post("/orders", {**body, "date": "2026-10-31"})) == (409, "month_closed")
    milkman.post("/orders", {**body, "date": "2026-11-01"}, expect=201)


def test_the_same_key_enters_once(milkman: Api, row_id: int) -> None:
    body = {"customer_id": row_id, **CAKE, "rate": "200", "status": "served"}
    key = {"headers": {"Idempotency-Key": "one tap"}}
    first = milkman.post("/orders", body, expect=201, **key)
    again = milkman.post("/orders", body, expect=201, **key)
    assert again.json == first.json
    assert account(milkman, row_id)["charges"] == "400.00"
