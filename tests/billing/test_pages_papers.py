"""Invoices and bills on pages: made of a month, looked at by both sides, paid, taken back."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.on_demand.extras import entered
from tests.records.orders import on_trust


@pytest.fixture
def browser(app: Flask, milkman: Api) -> Browser:
    return Browser(app).sign_in(milkman)


@pytest.fixture
def asha(app: Flask, linked: tuple[Api, int]) -> Browser:
    return Browser(app).sign_in(linked[0])


@pytest.fixture
def owing(milkman: Api, linked: tuple[Api, int]) -> int:
    """The household owes ₹400 for cakes of this month."""
    entered(milkman, linked[1], status="served")
    return linked[1]


def test_an_invoice_of_a_month(browser: Browser, asha: Browser, milkman: Api, owing: int) -> None:
    browser.get(f"/customers/{owing}/invoice").submit(409, month="2026-10")
    assert "Nothing was delivered there" in browser.text
    assert browser.value("month") == "2026-10"
    browser.submit(month="2026-11")
    (made,) = milkman.get("/invoices")["items"]
    assert browser.location == f"/invoices/{made['id']}"
    for reader in (browser, asha):
        text = reader.get(f"/invoices/{made['id']}").text
        assert "Yadav Dairy for Asha Sharma" in text
        assert "21 NovCake 2 kg × ₹200.00₹400.00" in text
        assert "Together₹400.00 Paid₹0.00 Still to pay₹400.00" in text
        assert "Invoice 1" in reader.get(f"/customers/{owing}").text
        assert "Invoice 1" in reader.get("/invoices").text
    assert "They paid it" in browser.get(f"/invoices/{made['id']}").text
    assert "Take it back" not in asha.get(f"/invoices/{made['id']}").text


def test_days_alike_are_one_line(browser: Browser, milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id, start_date="2026-11-01")
    for day, quantity in ((1, "2"), (2, "2"), (3, "3"), (4, "2")):
        body = {"date": f"2026-11-0{day}", "quantity": quantity}
        milkman.post(f"/order/{order_id}/attendance", body)
    made = milkman.post("/invoices", {"customer_id": row_id, "month": "2026-11"}, expect=201)["id"]
    milkman.post("/payments", {"customer_id": row_id, "amount": "108"}, expect=201)
    text = browser.get(f"/invoices/{made}").text
    assert "1–4 NovMilk 3 × 2 L × ₹54.00 partly paid₹324.00" in text
    assert "3 NovMilk 3 L × ₹54.00₹162.00" in text
    assert "1 NovMilk 2 L paid₹108.00" in text
    assert "Together₹486.00 Paid₹108.00 Still to pay₹378.00" in text


def test_a_second_click_makes_one(browser: Browser, milkman: Api, owing: int) -> None:
    browser.get(f"/customers/{owing}/invoice")
    tree = browser.tree
    first = browser.submit(month="2026-11").location
    browser.tree = tree
    assert browser.submit(month="2026-11").location == first
    assert len(milkman.get("/invoices")["items"]) == 1


def test_a_month_that_is_none(browser: Browser, milkman: Api, owing: int) -> None:
    browser.get(f"/customers/{owing}/invoice")
    for wrong in ("", "2026-13", "soon"):
        browser.submit(422, month=wrong)
        assert browser.error("month")
    assert milkman.get("/invoices")["items"] == []


def test_an_invoice_is_taken_back(browser: Browser, milkman: Api, owing: int) -> None:
    made = milkman.post("/invoices", {"customer_id": owing, "month": "2026-11"}, expect=201)["id"]
    browser.get(f"/invoices/{made}").submit(at=f"/invoices/{made}/void")
    assert browser.location == f"/invoices/{made}"
    assert "taken back" in browser.get(browser.location).text
    assert milkman.get(f"/invoices/{made}")["status"] == "void"
    again = milkman.post("/invoices", {"customer_id": owing, "month": "2026-11"}, expect=201)["id"]
    milkman.post("/payments", {"amount": "1", "item": "invoice", "item_id": again}, expect=201)
    browser.get(f"/invoices/{again}")
    assert "Take it back" not in browser.text
    browser.post(f"/invoices/{again}/void")
    assert "Something is paid on it already." in browser.get(browser.location).text
    assert milkman.get(f"/invoices/{again}")["status"] == "part_paid"


def test_a_bill_over_invoices(browser: Browser, asha: Browser, milkman: Api, owing: int) -> None:
    assert "No open invoice" in browser.get(f"/customers/{owing}/bill").text
    second = entered(milkman, owing, status="served", quantity="1")
    ids = [
        milkman.post("/invoices", body, expect=201)["id"]
        for body in (
            {"customer_id": owing, "orders": [{"id": second}]},
            {"customer_id": owing, "month": "2026-11"},
        )
    ]
    browser.get(f"/customers/{owing}/bill")
    assert "Invoice 1 · ₹200.00" in browser.text
    assert "Invoice 2 · ₹400.00" in browser.text
    browser.post(f"/customers/{owing}/bill", 422, key="x")
    assert "Tick at least one." in browser.text
    browser.post(f"/customers/{owing}/bill", key="x", invoices=[str(one) for one in ids])
    (made,) = milkman.get("/bills")["items"]
    assert browser.location == f"/bills/{made['id']}"
    for reader in (browser, asha):
        text = reader.get(f"/bills/{made['id']}").text
        assert "Invoice 1" in text
        assert "Still to pay₹600.00" in text
        assert "Bill 1" in reader.get("/bills").text
    assert "It is on a bill." in browser.get(f"/invoices/{ids[0]}").text
    assert "No open invoice" in browser.get(f"/customers/{owing}/bill").text
    browser.get(f"/payments/new?bill={made['id']}").submit()
    assert milkman.get(f"/bills/{made['id']}")["status"] == "paid"


def test_a_bill_over_something_else(browser: Browser, milkman: Api, cast: Cast, owing: int) -> None:
    row = cast.row(milkman)["id"]
    order = entered(milkman, row, status="served")
    foreign = milkman.post("/invoices", {"customer_id": row, "orders": [{"id": order}]}, expect=201)["id"]
    browser.get("/inbox").post(f"/customers/{owing}/bill", 422, invoices=[str(foreign)])
    assert milkman.get("/bills")["items"] == []


def test_the_lists_and_their_filters(browser: Browser, asha: Browser, milkman: Api, owing: int) -> None:
    assert "No invoice yet" in browser.get("/invoices").text
    assert "No bill yet" in asha.get("/bills").text
    made = milkman.post("/invoices", {"customer_id": owing, "month": "2026-11"}, expect=201)["id"]
    for query in ("status=open", "month=2026-11", f"customer_id={owing}"):
        assert "Invoice 1" in browser.get(f"/invoices?{query}").text
    assert "Nothing found" in browser.get("/invoices?status=paid").text
    assert "Nothing found" in browser.get("/invoices?month=2026-10").text
    milkman.post(f"/invoices/{made}/void", expect=200)
    assert "taken back" in browser.get("/invoices?status=void").text
    browser.get("/invoices?status=none", 422)


def test_nobody_else(app: Flask, asha: Browser, cast: Cast, milkman: Api, owing: int) -> None:
    made = milkman.post("/invoices", {"customer_id": owing, "month": "2026-11"}, expect=201)["id"]
    neighbour = Browser(app).sign_in(cast.vendor())
    stranger = Browser(app).sign_in(cast.customer_login())
    for other in (neighbour, stranger):
        other.get(f"/invoices/{made}", 404)
        assert "Invoice 1" not in other.get("/invoices").text
    neighbour.post(f"/invoices/{made}/void", 404)
    for path in (f"/customers/{owing}/invoice", f"/customers/{owing}/bill"):
        neighbour.get(path, 404)
        asha.get(path, 403)
    asha.get("/inbox").post(f"/invoices/{made}/void", 403)
    assert milkman.get(f"/invoices/{made}")["status"] == "open"
