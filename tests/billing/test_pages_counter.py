"""The counter: a sale put together tap by tap, without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.catalogue.steps import count, counted, product


@pytest.fixture
def browser(app: Flask, milkman: Api) -> Browser:
    """The milkman's."""
    return Browser(app).sign_in(milkman).get("/counter")


@pytest.fixture
def butter(milkman: Api) -> int:
    return counted(milkman, 10, name="Butter", rate="55", unit="pack")


def tap(browser: Browser, what: str, expect: int = 200, **typed: Any) -> Browser:
    """Send the form with one of its buttons."""
    return browser.submit(expect, do=what, **typed)


def at(place: int, **typed: str) -> dict[str, Any]:
    """Fields of one line."""
    return {f"lines-{place}-{name}": value for name, value in typed.items()}


def tiles(browser: Browser) -> list[str]:
    values = [one.get("value") or "" for one in browser.tree.iter("button")]
    return [value for value in values if value.startswith("add:")]


def payments(milkman: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = milkman.get("/payments")["items"]
    return found


def test_the_way_there_and_an_empty_counter(browser: Browser, milkman: Api, cast: Cast, app: Flask) -> None:
    assert "What is in your catalogue stands here" in browser.text
    tap(browser, "sell", 422)
    assert "Tap what is sold first." in browser.text
    browser.get("/money")
    assert [a for a in browser.tree.iter("a") if a.get("href") == "/counter"]
    Browser(app).sign_in(cast.customer_login()).get("/counter", 403)
    assert payments(milkman) == []


def test_three_taps_sell_one_thing(browser: Browser, milkman: Api, butter: int) -> None:
    browser.get("/counter")
    tap(browser, f"add:product:{butter}")
    assert "Take ₹55.00" in browser.text
    tap(browser, "sell", 302)
    (payment,) = payments(milkman)
    assert browser.location == f"/payments/{payment['id']}"
    assert (payment["amount"], payment["customer_id"], payment["item"]) == ("55.00", None, "order")
    assert count(milkman, butter) == "9"
    receipt = browser.get(browser.location).text
    assert "Receipt" in receipt
    assert "Paid at the counter." in receipt
    assert "What it was for Butter1 pack × ₹55.00₹55.00 Together₹55.00" in receipt
    assert "Written by Ramesh Yadav on 21 Nov 2026, 12:00." in receipt


def test_several_lines_are_an_invoice_that_is_paid(browser: Browser, milkman: Api, butter: int) -> None:
    browser.get("/counter")
    tap(browser, f"add:product:{butter}")
    tap(browser, f"add:product:{butter}")
    assert browser.value("lines-0-quantity") == "2"
    tap(browser, "free", new_name="Gift paper", new_rate="7.5", method="upi")
    assert browser.value("new_name") == ""
    assert "Together ₹117.50" in browser.text
    tap(browser, "update", **at(0, quantity="3"))
    assert "Together ₹172.50" in browser.text
    tap(browser, "sell", 302)
    (payment,) = payments(milkman)
    assert (payment["amount"], payment["method"], payment["item"]) == ("172.50", "upi", "invoice")
    invoice = milkman.get(f"/invoices/{payment['item_id']}").json
    assert (invoice["status"], invoice["amount"], invoice["customer_id"]) == ("paid", "172.50", None)
    assert [(one["item_name"], one["quantity"]) for one in invoice["lines"]] == [
        ("Butter", "3"), ("Gift paper", "1"),
    ]  # fmt: skip
    assert count(milkman, butter) == "7"


def test_nobody_pays_a_sum_that_did_not_stand_there(browser: Browser, milkman: Api, butter: int) -> None:
    browser.get("/counter")
    tap(browser, f"add:product:{butter}")
    tap(browser, "sell", 200, **at(0, quantity="4"))
    assert "It comes to ₹220.00 now." in browser.text
    assert payments(milkman) == []
    tap(browser, "sell", 302)
    assert payments(milkman)[0]["amount"] == "220.00"


def test_lines_are_taken_out(browser: Browser, butter: int) -> None:
    browser.get("/counter")
    tap(browser, f"add:product:{butter}")
    tap(browser, "free", new_name="Gift paper", new_rate="7.5")
    tap(browser, "drop:0")
    assert browser.value("lines-0-item_name") == "Gift paper"
    tap(browser, "drop:7")
    tap(browser, "drop:²")
    assert browser.value("lines-0-item_name") == "Gift paper"
    tap(browser, "update", **at(0, quantity=""))
    assert "Nothing yet" in browser.text


def test_what_is_wrong_stands_beside_its_line(browser: Browser, milkman: Api, butter: int) -> None:
    sweets = product(milkman, name="Sweets", unit="box")
    browser.get("/counter")
    tap(browser, f"add:product:{sweets}")
    tap(browser, "sell", 422)
    assert browser.error("lines-0-rate") == "This line needs a price."
    tap(browser, f"add:product:{butter}", **at(0, rate="1.234"))
    tap(browser, "sell", 422)
    assert browser.error("lines-0-rate") == "INR amounts have at most 2 decimals."
    tap(browser, "sell", 422, **at(1, quantity="two"))
    assert browser.error("lines-1-quantity") == "A plain decimal number is expected."
    assert browser.value("lines-0-rate") == "1.234"
    assert browser.value("lines-1-quantity") == "two"
    tap(browser, "update", **at(0, rate="10"), **at(1, quantity="11"))
    tap(browser, "sell", 409)
    assert browser.value("lines-1-quantity") == "11"
    assert payments(milkman) == []
    assert milkman.get("/orders", query_string={"status": "all"})["items"] == []
    assert count(milkman, butter) == "10"


def test_a_customer_is_found_and_pays_a_part(
    browser: Browser, milkman: Api, butter: int, row_id: int, cast: Cast
) -> None:
    other = cast.row(milkman, name="Bina Rao")["id"]
    browser.get("/counter")
    tap(browser, f"add:product:{butter}")
    tap(browser, "who", who="nobody such")
    assert "Nobody in your book is called so." in browser.text
    tap(browser, "who", who="asha")
    assert "Asha Sharma" in browser.text
    assert "Bina Rao" not in browser.text
    tap(browser, f"for:{row_id}")
    assert "For Asha Sharma" in browser.text
    assert browser.value("amount") == "55.00"
    tap(browser, "nobody")
    tap(browser, f"for:{other}")
    tap(browser, "nobody")
    tap(browser, f"for:{row_id}")
    tap(browser, f"add:product:{butter}")
    assert browser.value("amount") == "110.00"
    tap(browser, "sell", 302, amount="30")
    (payment,) = payments(milkman)
    assert (payment["amount"], payment["customer_id"], payment["unallocated"]) == ("30.00", row_id, "0.00")
    assert milkman.get(f"/customer/{row_id}")["balance"]["owed_by_customer"] == "80.00"


def test_what_somebody_typed_stays(browser: Browser, butter: int, row_id: int) -> None:
    browser.get(f"/counter?customer={row_id}")
    tap(browser, f"add:product:{butter}")
    assert browser.value("amount") == "55.00"
    tap(browser, f"add:product:{butter}", amount="40")
    assert browser.value("amount") == "40"


def test_a_customer_may_pay_later(
    browser: Browser, milkman: Api, butter: int, linked: tuple[Api, int]
) -> None:
    login, customer_id = linked
    browser.get(f"/counter?customer={customer_id}")
    tap(browser, f"add:product:{butter}")
    tap(browser, "free", new_name="Gift paper", new_rate="7.5")
    tap(browser, "sell", 302, amount="")
    assert browser.location == f"/customers/{customer_id}"
    assert "₹62.50 is on Asha Sharma’s account" in browser.get(browser.location).text
    assert payments(milkman) == []
    assert milkman.get(f"/customer/{customer_id}")["balance"]["owed_by_customer"] == "62.50"
    assert [one["status"] for one in login.get("/orders")["items"]] == ["served", "served"]


def test_more_than_is_due_is_advance(browser: Browser, milkman: Api, butter: int, row_id: int) -> None:
    browser.get(f"/counter?customer={row_id}")
    tap(browser, f"add:product:{butter}")
    tap(browser, "sell", 302, amount="100")
    assert payments(milkman)[0]["unallocated"] == "45.00"
    assert "₹45.00 of it is on nothing yet" in browser.get(browser.location).text


def test_a_second_click_sells_once(browser: Browser, milkman: Api, butter: int) -> None:
    browser.get("/counter")
    tap(browser, f"add:product:{butter}")
    tree = browser.tree
    first = tap(browser, "sell", 302).location
    browser.tree = tree
    assert tap(browser, "sell", 302).location == first
    assert len(payments(milkman)) == 1
    assert count(milkman, butter) == "9"
    tap(browser.get("/counter"), f"add:product:{butter}")
    assert tap(browser, "sell", 302).location != first


def test_nothing_of_the_neighbour(browser: Browser, cast: Cast, butter: int) -> None:
    neighbour = cast.vendor()
    foreign, row = product(neighbour, name="Foreign"), cast.row(neighbour)["id"]
    browser.get("/counter")
    assert tiles(browser) == [f"add:product:{butter}"]
    tap(browser, f"add:product:{foreign}", 404)
    browser.get(f"/counter?customer={row}", 404)
    browser.get("/counter")
    tap(browser, f"for:{row}", 404)
    browser.get("/counter")
    tap(browser, f"add:product:{butter}")
    tap(browser, "sell", 404, customer_id=str(row))


def test_what_sells_most_stands_first(browser: Browser, milkman: Api, butter: int) -> None:
    names = [product(milkman, name=f"Item {number:02}", rate="5") for number in range(14)]
    milkman.post("/payments", {
        "amount": "5", "item": "order", "order": {"item": "product", "item_id": names[13]},
    }, expect=201)  # fmt: skip
    milkman.delete(f"/products/{names[0]}", expect=200)
    browser.get("/counter")
    assert len(tiles(browser)) == 12
    assert tiles(browser)[:3] == [
        f"add:product:{one}" for one in (names[13], butter, names[1])
    ]  # fmt: skip
    tap(browser, "find", q="item 1")
    assert sorted(tiles(browser)) == sorted(f"add:product:{one}" for one in names[10:14])
    tap(browser, "find", q="zzz")
    assert "Nothing in your catalogue is called so." in browser.text


def test_a_walk_in_who_waits_is_paid_and_served(browser: Browser, milkman: Api) -> None:
    cake = {"order_type": "on_demand", "item_name": "Cake", "rate": "200"}
    order_id = milkman.post("/orders", cake, expect=201)["id"]
    browser.get(f"/requests/{order_id}")
    assert [a for a in browser.tree.iter("a") if a.get("href") == f"/payments/new?order={order_id}"]
    browser.get(f"/payments/new?order={order_id}")
    assert browser.value("amount") == "200.00"
    browser.submit(422, amount="150")
    assert "paid in full" in browser.error("amount")
    assert browser.value("amount") == "150"
    browser.submit(amount="200")
    assert milkman.get(f"/order/{order_id}")["status"] == "served"
