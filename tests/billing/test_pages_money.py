"""What is open of an account, settling and correcting it, on pages."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.on_demand.extras import entered


@pytest.fixture
def browser(app: Flask, milkman: Api) -> Browser:
    return Browser(app).sign_in(milkman)


@pytest.fixture
def asha(app: Flask, linked: tuple[Api, int]) -> Browser:
    return Browser(app).sign_in(linked[0])


def balance(milkman: Api, customer_id: int) -> tuple[str, str]:
    found = milkman.get(f"/customer/{customer_id}")["balance"]
    return found["owed_by_customer"], found["owed_to_customer"]


def settlements(milkman: Api) -> list[dict[str, Any]]:
    return list(milkman.get("/settlements")["items"])


def advance(milkman: Api, customer_id: int, amount: str) -> None:
    milkman.post("/payments", {"customer_id": customer_id, "amount": amount, "allocate": "none"}, expect=201)


@pytest.fixture
def owing(milkman: Api, linked: tuple[Api, int]) -> int:
    """The household owes ₹400 for cakes of this month."""
    entered(milkman, linked[1], status="served")
    return linked[1]


def test_nothing_is_open(browser: Browser, row_id: int) -> None:
    assert "Nothing is openAll that was delivered is paid." in browser.get(f"/customers/{row_id}/open").text
    assert "Nothing is open." in browser.get(f"/customers/{row_id}").text


def test_the_months_stand_oldest_first(browser: Browser, milkman: Api, cast: Cast) -> None:
    customer_id = cast.row(milkman, opening_balance="100")["id"]
    entered(milkman, customer_id, status="served")
    text = browser.get(f"/customers/{customer_id}").text
    assert "Open of October 2026₹100.00 Open of November 2026₹400.00" in text
    text = browser.get(f"/customers/{customer_id}/open").text
    assert "Open of October 2026₹100.00" in text
    assert "From before" in text
    text = browser.get(f"/customers/{customer_id}/open?month=2026-11").text
    assert "Open of November 2026₹400.00Kept as advance₹0.00Missing₹400.00" in text
    assert "Cake" in text
    browser.get(f"/customers/{customer_id}/open?month=2026-13", 422)


def test_the_advance_pays_all_of_it(browser: Browser, asha: Browser, milkman: Api, owing: int) -> None:
    advance(milkman, owing, "500")
    text = asha.get(f"/customers/{owing}").text
    assert "Pay from the advance" in text
    asha.get(f"/customers/{owing}/open")
    assert "The advance pays all of it." in asha.text
    asha.submit()
    assert asha.location == f"/customers/{owing}"
    assert "Settled: nothing is open of it any more." in asha.get(asha.location).text
    (made,) = settlements(milkman)
    assert (made["amount"], made["written_off"], made["month"]) == ("400.00", "0.00", "2026-11")
    assert "Kept as advance− ₹100.00" in browser.get(f"/customers/{owing}").text


def test_a_customer_without_enough_is_told_what_is_missing(asha: Browser, milkman: Api, owing: int) -> None:
    advance(milkman, owing, "150")
    text = asha.get(f"/customers/{owing}/open").text
    assert "₹250.00 is missing. Pay it, and say so" in text
    asha.post(f"/customers/{owing}/open", 409, month="2026-11", reason="please")
    assert "250.00 is missing to pay all of it." in asha.text
    assert settlements(milkman) == []


def test_money_that_came_just_now(browser: Browser, milkman: Api, owing: int) -> None:
    advance(milkman, owing, "150")
    browser.get(f"/customers/{owing}/open").submit(409, amount="200")
    assert "50.00 is missing" in browser.text
    assert browser.value("amount") == "200"
    browser.submit(422, amount="1.001")
    assert browser.error("amount") == "INR amounts have at most 2 decimals."
    browser.submit(amount="250", method="upi")
    assert balance(milkman, owing) == ("0.00", "0.00")
    assert {one["method"] for one in milkman.get("/payments")["items"]} == {"cash", "upi"}


def test_the_rest_is_let_go(browser: Browser, milkman: Api, owing: int) -> None:
    advance(milkman, owing, "390")
    browser.get(f"/customers/{owing}/open").submit(reason="Ten rupees are no matter")
    (made,) = settlements(milkman)
    assert (made["amount"], made["written_off"]) == ("390.00", "10.00")
    assert balance(milkman, owing) == ("0.00", "0.00")


def test_a_second_click_settles_once(browser: Browser, milkman: Api, owing: int) -> None:
    browser.get(f"/customers/{owing}/open")
    tree = browser.tree
    browser.submit(amount="400")
    browser.tree = tree
    browser.submit(amount="400")
    assert len(settlements(milkman)) == 1
    assert len(milkman.get("/payments")["items"]) == 1
    assert balance(milkman, owing) == ("0.00", "0.00")


def test_a_correction(browser: Browser, asha: Browser, milkman: Api, owing: int) -> None:
    browser.get(f"/customers/{owing}/correct").submit(side="less", amount="30", reason="One was sour")
    assert browser.location == f"/customers/{owing}"
    assert "Corrected. You get ₹370.00 from them." in browser.get(browser.location).text
    browser.get(f"/customers/{owing}/correct").submit(side="more", amount="5.50", reason="A bottle")
    found = milkman.get("/adjustments")["items"]
    assert [(one["amount"], one["reason"]) for one in found] == [
        ("5.50", "A bottle"), ("-30.00", "One was sour"),
    ]  # fmt: skip
    assert balance(milkman, owing) == ("375.50", "0.00")
    assert "A bottle" in asha.get(f"/customers/{owing}/open").text


def test_a_correction_that_is_none(browser: Browser, milkman: Api, row_id: int) -> None:
    path = f"/customers/{row_id}/correct"
    browser.get(path).submit(422, amount="0", reason=" ")
    assert browser.error("amount") == "An amount above zero is expected."
    assert browser.error("reason") == "This field is required."
    browser.get(path).submit(422, amount="2.505", reason="Sour")
    assert browser.error("amount") == "INR amounts have at most 2 decimals."
    assert browser.value("reason") == "Sour"
    browser.get(path).submit(422, side="both", amount="1", reason="Sour")
    assert milkman.get("/adjustments")["items"] == []


def test_a_second_click_corrects_once(browser: Browser, milkman: Api, row_id: int) -> None:
    browser.get(f"/customers/{row_id}/correct")
    tree = browser.tree
    for _ in range(2):
        browser.tree = tree
        browser.submit(side="less", amount="30", reason="One was sour")
    assert len(milkman.get("/adjustments")["items"]) == 1


def test_nobody_else(app: Flask, asha: Browser, cast: Cast, owing: int) -> None:
    for other in (cast.vendor(), cast.customer_login()):
        stranger = Browser(app).sign_in(other)
        stranger.get(f"/customers/{owing}/open", 404)
        stranger.get("/inbox").post(f"/customers/{owing}/open", 404, month="2026-11")
    Browser(app).sign_in(cast.vendor()).get(f"/customers/{owing}/correct", 404)
    asha.get(f"/customers/{owing}/correct", 403)
    asha.get("/inbox").post(f"/customers/{owing}/correct", 403, side="less", amount="1", reason="x")
