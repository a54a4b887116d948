"""Where everybody begins, and what every page knows about its reader."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from sqlalchemy.exc import OperationalError

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.months.test_pages import FORBIDDEN, mark, statements
from tests.records.orders import agreed, pause
from vendorapp.home import views

NOON = "2026-11-21T06:30:00Z"  # a Saturday in Kolkata, half past nine in Kampala


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_a_stranger_reads_what_this_is(app: Flask) -> None:
    browser = Browser(app).get("/")
    hrefs = {a.get("href") for a in browser.tree.iter("a")}
    assert {"/register", "/sign-in"} <= hrefs
    assert "both sides" in browser.text
    assert browser.tree.find(".//meta[@name='caller']") is None


def test_a_vendor_goes_to_the_round(app: Flask, cast: Cast) -> None:
    browser = Browser(app).sign_in(cast.vendor()).get("/", expect=302)
    assert browser.location == "/today"


def test_a_customer_without_a_vendor_is_told_to_wait_for_a_link(app: Flask, cast: Cast) -> None:
    browser = Browser(app).sign_in(cast.customer_login()).get("/")
    assert "No vendor yet" in browser.text
    assert "invite link" in browser.text


def test_one_card_a_vendor_and_the_sum_of_each_currency(app: Flask, cast: Cast) -> None:
    login = cast.customer_login()
    dairy = cast.vendor()
    paper = cast.vendor(business_name="Morning Papers")
    water = cast.vendor(business_name="Okello Water", currency="UGX", timezone="Africa/Kampala")
    cast.household(of=dairy, login=login, opening_balance="540")
    cast.household(of=paper, login=login, opening_balance="-40.50")
    _, row_id = cast.household(of=water, login=login, opening_balance="4000")
    cast.household(of=dairy, opening_balance="77")  # a neighbour's
    browser = Browser(app).sign_in(login).get("/")
    assert "AltogetherYoupay₹499.50YoupayUGX4,000" in browser.text.replace(" ", "")
    for words in ("You pay ₹540.00", "You get back ₹40.50", "You pay UGX4,000"):
        assert words in browser.text
    assert "₹77" not in browser.text
    assert f"/customers/{row_id}" in browser.response.text
    assert f"/orders/new?vendor={water.user['id']}" in browser.response.text
    assert "data-push" in browser.response.text
    assert not any(word in browser.text.lower() for word in FORBIDDEN)


def test_today_is_what_each_order_has_come_to(app: Flask, cast: Cast) -> None:
    dairy = cast.vendor()
    login, row_id = cast.household(of=dairy)
    orders = {
        name: agreed(dairy, login, row_id, item_name=name)
        for name in ("Due", "Given", "More", "Skipped", "Paused", "Disputed")
    }
    orders["Undue"] = agreed(dairy, login, row_id, item_name="Undue", weekdays=[1])
    today = "2026-11-21"
    mark(dairy, orders["Given"], today)
    mark(dairy, orders["More"], today, quantity="2.5")
    mark(dairy, orders["Skipped"], today, status="skipped")
    mark(dairy, orders["Disputed"], today)
    mark(login, orders["Disputed"], today, status="skipped")
    pause(orders["Paused"], today, today)
    dairy.delete(f"/order/{agreed(dairy, login, row_id, item_name='Ended')}?effective_from={today}")
    browser = Browser(app).sign_in(login).get("/")
    lines = {}
    for one in browser.tree.iter("li"):
        if "entry" in (one.get("class") or "").split():
            words = " ".join("".join(one.itertext()).split())
            lines[words.split()[0]] = (words, next(one.iter("a")).get("href"))
    assert {name: words for name, (words, _) in lines.items()} == {
        "Due": "Due due 2 L",
        "Given": "Given delivered 2 L",
        "More": "More other quantity 2.5 L",
        "Skipped": "Skipped not delivered",
        "Paused": "Paused paused",
        "Disputed": "Disputed not right? 2 L",
        "Undue": "Undue nothing today",
    }
    assert lines["Due"][1] == f"/orders/{orders['Due']}"


def test_a_question_is_answered_on_the_start_page(app: Flask, cast: Cast) -> None:
    login = cast.customer_login()
    quiet, asking = cast.vendor(business_name="Quiet"), cast.vendor(business_name="Asking")
    cast.household(of=quiet, login=login)
    _, row_id = cast.household(of=asking, login=login)
    order = asking.post(
        "/orders", {"customer_id": row_id, "item_name": "Milk", "rate": "50"}, expect=201
    ).json
    mine = login.post(
        "/orders", {"vendor_id": quiet.user["id"], "item_name": "Eggs", "rate": "7"}, expect=201
    ).json
    browser = Browser(app).sign_in(login).get("/")
    assert browser.text.index("Asking") < browser.text.index("Quiet")  # who asks comes first
    assert "Asking proposes Milk" in browser.text
    assert "You propose Eggs" in browser.text
    assert "Quiet answers this." in browser.text
    actions = {form.get("action") for form in browser.tree.iter("form")}
    assert f"/changes/{mine['pending_change']['id']}" not in actions
    action = f"/changes/{order['pending_change']['id']}"
    browser.submit(at=action, answer="accept")
    assert asking.get(f"/order/{order['id']}")["status"] == "active"
    browser.get("/")
    assert "proposes Milk" not in browser.text
    browser.post(action, expect=409, answer="accept")  # a second click


def badge(browser: Browser) -> str | None:
    found = browser.tree.find(".//b[@class='badge']")
    return " ".join("".join(found.itertext()).split()) if found is not None else None


def test_the_badge_counts_what_waits_for_an_answer(app: Flask, cast: Cast) -> None:
    dairy = cast.vendor()
    login, row_id = cast.household(of=dairy)
    browser = Browser(app).sign_in(login).get("/")
    assert badge(browser) is None
    order = dairy.post("/orders", {"customer_id": row_id, "item_name": "Milk", "rate": "50"}, expect=201)
    login.post("/notifications/read-all", expect=200)
    assert badge(browser.get("/settings")) == "11 question waits for your answer"
    login.post(f"/changes/{order['pending_change']['id']}/accept", expect=200)
    assert badge(browser.get("/")) is None


def test_a_page_about_a_broken_database_needs_none(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(app).sign_in(cast.customer_login())

    def broken(_user_id: int) -> int:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(views, "waiting_count", broken)
    browser.get("/customers/1", expect=404)
    assert badge(browser) is None


def test_only_a_page_asks_what_waits(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    login = cast.customer_login()
    asked: list[int] = []

    def three(user_id: int) -> int:
        asked.append(user_id)
        return 3

    monkeypatch.setattr(views, "waiting_count", three)
    login.get("/me")
    assert asked == []
    browser = Browser(app).sign_in(login).get("/")
    assert badge(browser) == "33 questions wait for your answer"
    assert asked == [login.user["id"]]


def test_the_number_of_queries_does_not_grow(app: Flask, cast: Cast) -> None:
    login = cast.customer_login()

    def fill(**fields: str) -> None:
        vendor: Api = cast.vendor(**fields)
        _, row_id = cast.household(of=vendor, login=login)
        order = agreed(vendor, login, row_id)
        mark(vendor, order, "2026-11-21")
        vendor.put(f"/order/{order}", {"quantity": "3"}, expect=202)

    fill()
    browser = Browser(app).sign_in(login)
    before = statements(app, browser, "/")
    fill(timezone="Africa/Kampala")
    fill(timezone="Pacific/Auckland", currency="NZD")
    assert statements(app, browser, "/") == before <= 19
