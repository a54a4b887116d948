"""The forms of a new order and of a change."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.records.orders import agreed, on_trust

TODAY = "2026-11-21"
CURD = {"item_name": "Curd", "quantity": "0.5", "unit": "kg", "rate": "80"}


@pytest.fixture
def vendor_page(app: Flask, milkman: Api) -> Browser:
    return Browser(app).sign_in(milkman)


@pytest.fixture
def customer_page(app: Flask, linked: tuple[Api, int]) -> Browser:
    return Browser(app).sign_in(linked[0])


def newest(who: Api) -> Any:
    return who.get("/orders?limit=1")["items"][0]


def weekdays(page: Browser) -> list[str]:
    return [
        str(one.get("value"))
        for one in page.tree.iter("input")
        if one.get("name") == "weekdays" and one.get("checked") is not None
    ]


def send(page: Browser, path: str, expect: int = 302, **fields: Any) -> Browser:
    """All the fields of a new order, as a browser that ticked `weekdays` sends them."""
    body = {**CURD, "weekdays": list("1234567"), "every": "1", "start_date": TODAY, **fields}
    return page.post(path, expect, **body)


def test_a_vendor_proposes_to_a_household(
    vendor_page: Browser, milkman: Api, linked: tuple[Api, int]
) -> None:
    path = f"/orders/new?customer={linked[1]}"
    vendor_page.get(path)
    assert "For Asha Sharma" in vendor_page.text
    assert "How did they agree?" not in vendor_page.text
    assert vendor_page.value("start_date") == TODAY
    assert weekdays(vendor_page) == list("1234567")
    send(vendor_page, path, weekdays=["1", "3"], every="2", valid_till="2026-12-31", message="Fresh")
    order = newest(milkman)
    assert vendor_page.location == f"/orders/{order['id']}"
    assert "It begins when Asha Sharma says yes." in vendor_page.get(vendor_page.location).text
    expected = {
        "status": "proposed",
        "item_name": "Curd",
        "quantity": "0.5",
        "rate": "80.00",
        "amount": "40.00",
        "weekdays": [1, 3],
        "every": 2,
        "valid_till": "2026-12-31",
    }
    assert {name: order[name] for name in expected} == expected
    assert order["pending_change"]["message"] == "Fresh"


def test_without_a_login_the_note_makes_it_hold(vendor_page: Browser, milkman: Api, row_id: int) -> None:
    path = f"/orders/new?customer={row_id}"
    vendor_page.get(path)
    assert "How did they agree?" in vendor_page.text
    send(vendor_page, path, on_behalf_note="at the door")
    assert newest(milkman)["status"] == "active"
    send(vendor_page, path)
    assert newest(milkman)["status"] == "proposed"


def test_a_customer_proposes_to_their_vendor(customer_page: Browser, milkman: Api) -> None:
    path = f"/orders/new?vendor={milkman.user['id']}"
    assert "From Yadav Dairy" in customer_page.get(path).text
    send(customer_page, path, on_behalf_note="I said so")
    order = newest(milkman)
    assert order["status"] == "proposed"
    assert order["created_by"] != milkman.user["id"]


def test_errors_stand_beside_their_fields_and_nothing_is_lost(
    vendor_page: Browser, milkman: Api, row_id: int
) -> None:
    path = f"/orders/new?customer={row_id}"
    before = milkman.get("/orders")["items"]
    vendor_page.get(path)
    send(
        vendor_page,
        path,
        422,
        item_name=" ",
        quantity="0",
        rate="1,5",
        every="often",
        start_date="2026-13-01",
        weekdays=[],
        message="kept",
    )
    errors = {
        name: vendor_page.error(name) for name in ("item_name", "quantity", "rate", "every", "start_date")
    }
    assert errors == {
        "item_name": "This field is required.",
        "quantity": "A number above zero is expected.",
        "rate": "This can be read in two ways. Write it like 1250 or 1250.50.",
        "every": "Not a valid integer value.",
        "start_date": "There is no such day.",
    }
    assert "Choose at least one day." in vendor_page.text
    assert [vendor_page.value(name) for name in ("rate", "message", "quantity")] == ["1,5", "kept", "0"]
    send(vendor_page, path, 422, rate="")
    assert vendor_page.error("rate") == "A rate or an amount is needed."
    send(vendor_page, path, 422, rate="1.234")
    assert vendor_page.error("rate").startswith("INR amounts have at most 2 decimals")
    send(vendor_page, path, 422, valid_till="2026-11-20")
    assert vendor_page.error("valid_till") == "The order would end before it begins."
    assert milkman.get("/orders")["items"] == before


def test_a_conflict_is_said_above_the_form(vendor_page: Browser, milkman: Api, row_id: int) -> None:
    path = f"/orders/new?customer={row_id}"
    vendor_page.get(path)
    milkman.delete(f"/customer/{row_id}", expect=200)
    send(vendor_page, path, 409)
    assert "This customer is inactive." in vendor_page.text
    assert vendor_page.value("item_name") == "Curd"


def test_looking_first_tells_nobody(vendor_page: Browser, milkman: Api, linked: tuple[Api, int]) -> None:
    path = f"/orders/new?customer={linked[1]}"
    vendor_page.get(path)
    send(vendor_page, path, 200, look="1")
    assert "About ₹1,200.00 a month" in vendor_page.text
    assert vendor_page.value("rate") == "80"
    assert milkman.get("/orders")["items"] == []
    send(vendor_page, path, 422, look="1", quantity="-1")
    assert linked[0].get("/notifications")["items"] == []


def test_whom_with(
    app: Flask, vendor_page: Browser, customer_page: Browser, cast: Cast, milkman: Api, row_id: int
) -> None:
    assert "Choose the customer first" in vendor_page.get("/orders/new").text
    customer_page.get("/orders/new")
    links = [a.get("href") for a in customer_page.tree.iter("a")]
    assert f"/orders/new?vendor={milkman.user['id']}" in links
    assert "No vendor yet" in Browser(app).sign_in(cast.customer_login()).get("/orders/new").text
    neighbour = cast.vendor()
    for page, query in (
        (vendor_page, f"customer={cast.row(neighbour)['id']}"),
        (vendor_page, "customer=999999"),
        (vendor_page, "customer=x"),
        (customer_page, f"vendor={neighbour.user['id']}"),
        (customer_page, "vendor=999999"),
    ):
        page.get(f"/orders/new?{query}", expect=404)
        page.get("/settings")
        send(page, f"/orders/new?{query}", 404)
    assert neighbour.get("/orders")["items"] == []


def test_a_change_carries_only_what_was_changed(
    vendor_page: Browser, milkman: Api, linked: tuple[Api, int]
) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id, start_date="2026-11-09")
    later = milkman.put(f"/order/{order_id}", {"rate": "60", "effective_from": "2026-12-10"}, expect=202)
    household.post(f"/changes/{later['change']['id']}/accept", expect=200)
    path = f"/orders/{order_id}/change"
    vendor_page.get(path)
    assert vendor_page.value("quantity") == "2"
    assert vendor_page.value("effective_from") == "2026-11-22"
    every_day = list("1234567")
    body: dict[str, Any] = {
        "item_name": "Milk",
        "unit": "L",
        "rate": "54.00",
        "every": "1",
        "weekdays": every_day,
    }
    vendor_page.post(path, **body, quantity="2.5", effective_from="2026-11-25")
    assert vendor_page.location == f"/orders/{order_id}"
    assert "Asked. Asha Sharma is told" in vendor_page.get(vendor_page.location).text
    change = milkman.get(f"/order/{order_id}")["pending_change"]
    assert (change["terms"], change["effective_from"]) == ({"quantity": "2.5"}, "2026-11-25")


def test_a_change_refused_keeps_the_form(vendor_page: Browser, milkman: Api, linked: tuple[Api, int]) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id, start_date="2026-11-09")
    path = f"/orders/{order_id}/change"
    body: dict[str, Any] = {
        "item_name": "Milk",
        "unit": "L",
        "rate": "54",
        "every": "1",
        "weekdays": list("1234567"),
    }
    vendor_page.get(path).post(path, 422, **body, quantity="2")
    assert "Nothing would change." in vendor_page.text
    milkman.post(f"/order/{order_id}/attendance", {}, expect=201)
    vendor_page.post(path, 409, **body, quantity="4", effective_from=TODAY)
    assert "The earliest day is 22 Nov 2026." in vendor_page.text
    assert vendor_page.value("quantity") == "4"
    vendor_page.post(path, 200, **body, quantity="4", look="1")
    assert "About ₹3,240.00 → ₹6,480.00 a month: ₹3,240.00 more" in vendor_page.text
    assert milkman.get(f"/order/{order_id}")["pending_change"] is None
    household.put(f"/order/{order_id}", {"quantity": "1"}, expect=202)
    assert "has asked for something already" in vendor_page.get(path).text
    assert vendor_page.value("quantity") == "2"


def test_a_change_with_a_note_holds_for_a_row_without_a_login(
    vendor_page: Browser, milkman: Api, row_id: int
) -> None:
    order_id = on_trust(milkman, row_id)
    path = f"/orders/{order_id}/change"
    vendor_page.get(path)
    fields: dict[str, Any] = {"rate": "60", "quantity": "2", "weekdays": list("1234567")}
    vendor_page.post(path, **fields, on_behalf_note="by phone", effective_from="2026-11-22")
    assert "It holds from 22 Nov 2026." in vendor_page.get(vendor_page.location).text
    assert milkman.get(f"/order/{order_id}")["terms"][-1]["rate"] == "60.00"


def test_an_order_that_is_over_takes_no_change(vendor_page: Browser, milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id, start_date="2026-11-01", valid_till="2026-11-20")
    path = f"/orders/{order_id}/change"
    assert "This order has ended" in vendor_page.get(path).text
    vendor_page.post(path, 409, rate="60", quantity="2", weekdays=list("1234567"))
    assert "This order has ended. Propose a new one." in vendor_page.text


def test_a_counter_offer_starts_from_what_is_proposed(
    customer_page: Browser, milkman: Api, linked: tuple[Api, int]
) -> None:
    body = {"customer_id": linked[1], "item_name": "Curd", "rate": "40", "start_date": "2026-12-01"}
    order = milkman.post("/orders", body, expect=201)
    path = f"/orders/{order['id']}/change"
    customer_page.get(path)
    assert customer_page.value("effective_from") == "2026-12-01"
    fields: dict[str, Any] = {"rate": "35", "quantity": "1", "weekdays": list("1234567")}
    customer_page.post(path, **fields, effective_from="2026-12-05")
    change = milkman.get(f"/order/{order['id']}")["pending_change"]
    assert (change["kind"], change["terms"], change["effective_from"]) == (
        "new",
        {"rate": "35.00"},
        "2026-12-05",
    )
