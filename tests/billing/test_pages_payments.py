"""Payments on pages: what a vendor writes down, what a customer says, the answer to it, and taking back."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.months.test_pages import FORBIDDEN
from tests.on_demand.extras import entered


@pytest.fixture
def browser(app: Flask, milkman: Api) -> Browser:
    """The milkman's."""
    return Browser(app).sign_in(milkman)


@pytest.fixture
def asha(app: Flask, linked: tuple[Api, int]) -> Browser:
    """The household's."""
    return Browser(app).sign_in(linked[0])


def only(api: Api) -> dict[str, Any]:
    (found,) = api.get("/payments")["items"]
    return dict(found)


def owes(milkman: Api, customer_id: int) -> dict[str, Any]:
    return dict(milkman.get(f"/customer/{customer_id}")["balance"])


def charge(milkman: Api, customer_id: int) -> int:
    """Two cakes at ₹200."""
    return entered(milkman, customer_id, status="served")


def links(browser: Browser, start: str) -> list[str]:
    return [str(a.get("href")) for a in browser.tree.iter("a") if a.get("href", "").startswith(start)]


# -- a vendor's ---------------------------------------------------------------------------------------


def test_a_payment_goes_on_what_is_open_longest(browser: Browser, milkman: Api, row_id: int) -> None:
    charge(milkman, row_id)
    browser.get(f"/customers/{row_id}")
    assert "Open of November 2026₹400.00" in browser.text
    (way,) = links(browser, "/payments/new")
    browser.get(way)
    assert browser.value("amount") == "400.00"
    assert browser.value("date") == "2026-11-21"
    browser.submit(amount="150", method="upi", date="2026-11-20", note="Gate")
    payment = only(milkman)
    assert (payment["amount"], payment["method"], payment["date"], payment["note"]) == (
        "150.00", "upi", "2026-11-20", "Gate",
    )  # fmt: skip
    assert (payment["status"], payment["unallocated"]) == ("confirmed", "0.00")
    assert browser.location == f"/payments/{payment['id']}"
    receipt = browser.get(browser.location).text
    assert "Asha Sharma paid Yadav Dairy. Friday, 20 November 2026 · UPI Gate" in receipt
    assert "It paid Cake 21 Nov 2026 · a part of ₹400.00₹150.00" in receipt
    assert owes(milkman, row_id)["owed_by_customer"] == "250.00"


def test_a_payment_is_kept_as_advance(browser: Browser, milkman: Api, row_id: int) -> None:
    charge(milkman, row_id)
    browser.get(f"/payments/new?customer={row_id}").submit(amount="400", spread="none")
    assert only(milkman)["unallocated"] == "400.00"
    assert "₹400.00 of it is on nothing yet: it is kept as advance." in browser.get(browser.location).text
    assert "Kept as advance− ₹400.00" in browser.get(f"/customers/{row_id}").text


def test_faults_stand_beside_their_fields(browser: Browser, milkman: Api, row_id: int) -> None:
    path = f"/payments/new?customer={row_id}"
    for wrong, text in (
        ("", "This field is required."),
        ("0", "An amount above zero is expected."),
        ("-1", "A negative number is not allowed."),
        ("1.234", "INR amounts have at most 2 decimals."),
        ("ten", "A plain decimal number is expected."),
    ):
        browser.get(path).submit(422, amount=wrong, note="Gate")
        assert browser.error("amount") == text
        assert (browser.value("amount"), browser.value("note")) == (wrong, "Gate")
    browser.get(path).submit(422, amount="5", date="2026-11-22")
    assert browser.error("date") == "That day has not come yet."
    browser.get(path).submit(422, amount="5", method="shells")
    assert milkman.get("/payments")["items"] == []


def test_a_second_click_pays_once(browser: Browser, milkman: Api, row_id: int) -> None:
    browser.get(f"/payments/new?customer={row_id}")
    tree, path = browser.tree, browser.response.request.full_path
    first = browser.submit(amount="100").location
    browser.tree = tree
    assert browser.submit(amount="100", at=path).location == first
    assert len(milkman.get("/payments")["items"]) == 1
    browser.tree = tree
    assert browser.submit(amount="101", at=path).location != first


def test_the_way_to_an_invoice(browser: Browser, milkman: Api, row_id: int) -> None:
    charge(milkman, row_id)
    other = charge(milkman, row_id)
    invoice = milkman.post("/invoices", {"customer_id": row_id, "orders": [{"id": other}]}, expect=201)
    (way,) = links(browser.get(f"/invoices/{invoice['id']}"), "/payments/new")
    browser.get(way)
    assert browser.value("amount") == "400.00"
    assert "Invoice 1" in browser.text
    browser.submit()
    payment = only(milkman)
    assert (payment["item"], payment["item_id"]) == ("invoice", invoice["id"])
    assert [one["target_id"] for one in payment["allocations"]] == [other]
    assert browser.get(f"/invoices/{invoice['id']}").text.count("Invoice 1paid") == 1
    browser.get(way).submit(409, amount="5")
    assert "Nothing is open on it any more." in browser.text


def test_the_list_and_its_filters(
    browser: Browser, asha: Browser, milkman: Api, row_id: int, linked: tuple[Api, int]
) -> None:
    login, customer_id = linked
    assert "No payments yet" in browser.get("/payments").text
    assert "No payments yet" in asha.get("/payments").text
    milkman.post("/payments", {"customer_id": row_id, "amount": "11", "date": "2026-10-05"}, expect=201)
    login.post("/payments", {"vendor_id": milkman.user["id"], "amount": "12", "note": "<b>"}, expect=201)
    sold = {"item_name": "Cake", "rate": "13"}
    milkman.post("/payments", {"amount": "13", "item": "order", "order": sold}, expect=201)
    text = browser.get("/payments").text
    assert [text.index(one) for one in ("₹13.00", "₹12.00", "₹11.00")] == sorted(
        text.index(one) for one in ("₹13.00", "₹12.00", "₹11.00")
    )
    assert "At the counter" in text
    assert "Cash · 21 Nov 2026 · <b>" in text
    for query, shown in (
        ("status=claimed", "₹12.00"),
        ("month=2026-10", "₹11.00"),
        (f"customer_id={customer_id}", "₹12.00"),
    ):
        text = browser.get(f"/payments?{query}").text
        assert [one for one in ("₹13.00", "₹12.00", "₹11.00") if one in text] == [shown], query
    assert "No payment found" in browser.get("/payments?status=reversed").text
    assert "₹12.00" in asha.get("/payments").text
    assert "₹11.00" not in asha.text
    browser.get("/payments?limit=1")
    (following,) = [a for a in browser.tree.iter("a") if a.get("rel") == "next"]
    assert "₹12.00" in browser.get("/payments" + str(following.get("href"))).text
    for wrong in ("status=gone", "month=2026-13", "cursor=x"):
        browser.get(f"/payments?{wrong}", 422)


# -- a customer's claim -------------------------------------------------------------------------------


def test_a_claim_waits_until_it_is_confirmed(
    browser: Browser, asha: Browser, milkman: Api, linked: tuple[Api, int]
) -> None:
    login, customer_id = linked
    charge(milkman, customer_id)
    asha.get("/")
    (way,) = links(asha, "/payments/new")
    assert way == f"/payments/new?vendor={milkman.user['id']}"
    assert way in links(asha.get(f"/customers/{customer_id}"), "/payments/new")
    asha.get(way)
    assert asha.value("amount") == "400.00"
    asha.submit(amount="300", method="upi", note="From my father")
    assert asha.location == f"/customers/{customer_id}"
    text = asha.get(asha.location).text
    assert "Yadav Dairy is told, and says whether it arrived." in text
    assert "You said that you paid ₹300.00" in text
    assert "Yadav Dairy has not said yet whether it arrived." in text
    assert "not confirmed yet" in asha.get("/").text
    claim = only(login)
    assert (claim["status"], claim["method"], claim["note"]) == ("claimed", "upi", "From my father")
    assert owes(milkman, customer_id)["owed_by_customer"] == "400.00"
    for path in ("/requests", f"/customers/{customer_id}"):
        text = browser.get(path).text
        assert "Asha Sharma says they paid ₹300.00" in text
        assert "From my father" in text
    browser.get("/requests").submit(at=f"/payments/{claim['id']}/confirm")
    assert browser.location == "/requests"
    assert "₹300.00 confirmed." in browser.get("/requests").text
    assert "says they paid" not in browser.text
    assert only(login)["status"] == "confirmed"
    assert owes(milkman, customer_id)["owed_by_customer"] == "100.00"
    assert "Asha Sharma paid Yadav Dairy." in asha.get(f"/payments/{claim['id']}").text


def test_a_claim_that_was_not_so(
    browser: Browser, asha: Browser, milkman: Api, linked: tuple[Api, int]
) -> None:
    login, customer_id = linked
    ids = [
        login.post("/payments", {"vendor_id": milkman.user["id"], "amount": amount}, expect=201)["payment"][
            "id"
        ]
        for amount in ("10", "20")
    ]
    browser.get(f"/customers/{customer_id}").submit(at=f"/payments/{ids[0]}/decline")
    assert browser.location == f"/customers/{customer_id}"
    assert "They are told that it did not arrive." in browser.get(browser.location).text
    browser.get(f"/payments/{ids[1]}").submit(at=f"/payments/{ids[1]}/decline", reason="No money in the box")
    assert browser.location == f"/payments/{ids[1]}"
    assert "not got No money in the box" in asha.get(f"/payments/{ids[1]}").text
    assert {one["status"] for one in login.get("/payments")["items"]} == {"declined"}
    browser.get("/today").post(f"/payments/{ids[0]}/confirm", back="account")
    assert "This payment was answered already." in browser.get(browser.location).text


def test_a_second_click_claims_once(asha: Browser, milkman: Api, linked: tuple[Api, int]) -> None:
    asha.get(f"/payments/new?vendor={milkman.user['id']}")
    tree, path = asha.tree, asha.response.request.full_path
    asha.submit(amount="100")
    asha.tree = tree
    asha.submit(amount="100", at=path)
    only(linked[0])
    asha.tree = tree
    asha.submit(422, amount="0", at=path)
    assert asha.error("amount") == "An amount above zero is expected."


# -- taking back --------------------------------------------------------------------------------------


def test_a_payment_is_taken_back_with_a_reason(
    browser: Browser, asha: Browser, milkman: Api, linked: tuple[Api, int]
) -> None:
    customer_id = linked[1]
    charge(milkman, customer_id)
    body = {"customer_id": customer_id, "amount": "400"}
    made = milkman.post("/payments", body, expect=201)["payment"]["id"]
    assert "Take this payment back" not in asha.get(f"/payments/{made}").text
    browser.get(f"/payments/{made}").submit(422, at=f"/payments/{made}/reverse", reason=" ")
    assert browser.error("reason") == "This field is required."
    browser.submit(at=f"/payments/{made}/reverse", reason="The note was false")
    text = browser.get(f"/payments/{made}").text
    assert "Taken back. What it had paid is open again." in text
    assert "taken back 21 Nov 2026, 12:00. The note was false" in text
    assert owes(milkman, customer_id)["owed_by_customer"] == "400.00"
    browser.post(f"/payments/{made}/reverse", 409, reason="Again")
    assert "Only a confirmed payment can be reversed, once." in browser.text


def test_a_sale_at_the_counter_is_taken_back(browser: Browser, milkman: Api) -> None:
    sold = {"item_name": "Cake", "rate": "13", "quantity": "2"}
    body = {"amount": "39", "item": "invoice", "invoice": {"orders": [sold, {**sold, "quantity": "1"}]}}
    made = milkman.post("/payments", body, expect=201)["payment"]["id"]
    browser.get(f"/payments/{made}").submit(at=f"/payments/{made}/reverse", reason="Wrong cake")
    text = browser.get(f"/payments/{made}").text
    assert "Cake2 × ₹13.00₹26.00" in text
    assert "Together₹39.00" in text
    assert {one["status"] for one in milkman.get("/orders", query_string={"status": "all"})["items"]} == {
        "cancelled"
    }


# -- whose it is --------------------------------------------------------------------------------------


def test_only_the_two_sides_see_it(
    app: Flask, browser: Browser, asha: Browser, cast: Cast, milkman: Api, linked: tuple[Api, int]
) -> None:
    login, customer_id = linked
    claimed = login.post("/payments", {"vendor_id": milkman.user["id"], "amount": "5"}, expect=201)
    payment_id = claimed["payment"]["id"]
    neighbour = Browser(app).sign_in(cast.vendor())
    stranger = Browser(app).sign_in(cast.customer_login())
    for other in (neighbour, stranger):
        other.get(f"/payments/{payment_id}", 404)
        other.get("/inbox")
        assert "₹5.00" not in other.get("/payments").text
    for verb in ("confirm", "decline", "reverse"):
        neighbour.post(f"/payments/{payment_id}/{verb}", 404, reason="x")
        asha.get("/inbox").post(f"/payments/{payment_id}/{verb}", 403, reason="x")
    neighbour.get(f"/payments/new?customer={customer_id}", 404)
    stranger.get(f"/payments/new?vendor={milkman.user['id']}", 404)
    asha.get(f"/payments/new?customer={customer_id}", 404)
    browser.get("/payments/new", 404)
    for kind in ("order", "invoice", "bill"):
        browser.get(f"/payments/new?{kind}=999999", 404)
    assert only(login)["status"] == "claimed"


def test_the_words_are_those_of_people(
    browser: Browser, asha: Browser, milkman: Api, linked: tuple[Api, int]
) -> None:
    login, customer_id = linked
    charge(milkman, customer_id)
    login.post("/payments", {"vendor_id": milkman.user["id"], "amount": "5"}, expect=201)
    paid = milkman.post("/payments", {"customer_id": customer_id, "amount": "450"}, expect=201)
    one = paid["payment"]["id"]
    paths = ["/payments", f"/payments/{one}", f"/customers/{customer_id}", f"/customers/{customer_id}/open"]
    for path in [*paths, "/counter", "/requests", f"/customers/{customer_id}/correct", "/invoices", "/bills"]:
        text = browser.get(path).text.lower()
        assert [word for word in FORBIDDEN if word in text] == [], path
    for path in [*paths, "/", "/invoices"]:
        text = asha.get(path).text.lower()
        assert [word for word in FORBIDDEN if word in text] == [], path
