"""The page of one account: the same sums for both sides, the month over all orders, leaving the book."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from xml.etree.ElementTree import Element

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.records.orders import agreed, on_trust, pause
from vendorapp.kernel.database import db

NOON = "2026-11-21T06:30:00Z"  # a Saturday in Kolkata
TODAY = date(2026, 11, 21)
CURD = {"item_name": "Curd", "unit": "kg", "quantity": "0.5", "rate": "80.00"}
FORBIDDEN = ("debit", "credit", "ledger", "journal", "reconcile", "dunning", "outstanding")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def asha(cast: Cast, milkman: Api) -> tuple[Api, int]:
    """A household's login, and the id of the row about it."""
    return cast.household(of=milkman, notes="Ring twice", address="12 Lake Road", opening_balance="540")


def mark(login: Api, order_id: int, day: str, expect: int | None = None, **fields: object) -> None:
    answer = login.post(f"/order/{order_id}/attendance", {"date": day, **fields})
    assert answer.status in ((200, 201) if expect is None else (expect,)), answer.json


def cell(browser: Browser, day: str) -> Element:
    """The day's cell, found by what a screen reader says of it."""
    for one in browser.tree.iter("td"):
        words = "".join(one.itertext())
        if f"{day}:" in words:
            return one
    raise AssertionError(day)


def says(browser: Browser, day: str) -> str:
    spoken = cell(browser, day).find(".//span[@class='sr']")
    assert spoken is not None
    return "".join(spoken.itertext()).partition(": ")[2]


def link(browser: Browser, day: str) -> str | None:
    found = cell(browser, day).find("a")
    return found.get("href") if found is not None else None


def test_both_sides_read_the_sums_of_the_api(app: Flask, milkman: Api, asha: tuple[Api, int]) -> None:
    login, row_id = asha
    milk = agreed(milkman, login, row_id, start_date="2026-11-01")
    curd = agreed(milkman, login, row_id, start_date="2026-11-01", **CURD)
    for day in ("2026-11-16", "2026-11-17", "2026-11-18"):
        mark(milkman, milk, day)
    mark(milkman, milk, "2026-11-19", quantity="3")
    mark(milkman, curd, "2026-11-17")
    mark(milkman, milk, "2026-11-20")
    mark(login, milk, "2026-11-20", status="skipped")
    finance = milkman.get(f"/finance/customer/month/{row_id}?month=2026-11").json
    assert (finance["charges"], finance["closing_balance"]) == ("526.00", "1066.00")
    for person, words in ((milkman, "you get"), (login, "you pay")):
        browser = Browser(app).sign_in(person).get(f"/customers/{row_id}")
        text = browser.text.replace(" ", "")
        assert "Deliveries5Forthem₹526.00Notagreedyet₹108.00" in text
        assert f"Frombefore{words}₹540.00".replace(" ", "") in text
        assert "Deliveries+₹526.00Payments₹0.00Corrections₹0.00" in text
        assert f"Untiltoday{words}₹1,066.00".replace(" ", "") in text
        assert "₹108.00 not agreed yet, not counted above." in browser.text
        assert "₹486.004days·9L" in text
        assert not any(word in text.lower() for word in FORBIDDEN)


def test_the_vendors_own_words_are_not_for_the_customer(
    app: Flask, milkman: Api, asha: tuple[Api, int]
) -> None:
    login, row_id = asha
    row = milkman.get(f"/customer/{row_id}").json
    browser = Browser(app).sign_in(milkman).get(f"/customers/{row_id}")
    assert "Ring twice" in browser.text
    assert browser.tree.find(f".//a[@href='tel:{row['phone_number']}']") is not None
    assert f"/customers/{row_id}/edit" in browser.response.text
    assert "sees this account" in browser.text
    seen = Browser(app).sign_in(login).get(f"/customers/{row_id}")
    assert "Yadav Dairy" in seen.text
    for secret in ("Ring twice", row["phone_number"], "12 Lake Road", "/edit", "/invite", "deactivate"):
        assert secret not in seen.response.text, secret
    assert seen.tree.find(f".//a[@href='tel:{milkman.user['phone_number']}']") is not None
    assert f"/orders/new?vendor={milkman.user['id']}" in seen.response.text


def test_a_foreign_account_is_like_none(app: Flask, cast: Cast, milkman: Api, asha: tuple[Api, int]) -> None:
    _, row_id = asha
    neighbour, _ = cast.household(of=milkman)
    for stranger in (cast.vendor(), neighbour, cast.customer_login()):
        browser = Browser(app).sign_in(stranger)
        for missing in (row_id, 10**9, 10**30):
            browser.get(f"/customers/{missing}", expect=404)
            assert "Asha" not in browser.text


def test_the_calendar_shows_each_orders_day(app: Flask, milkman: Api, asha: tuple[Api, int]) -> None:
    login, row_id = asha
    milk = agreed(milkman, login, row_id, start_date="2026-11-09")
    curd = agreed(milkman, login, row_id, start_date="2026-11-09", weekdays=[2, 5], **CURD)
    mark(milkman, milk, "2026-11-16")
    mark(milkman, milk, "2026-11-17", status="skipped")
    mark(milkman, curd, "2026-11-17", quantity="1")
    mark(milkman, milk, "2026-11-18")
    mark(login, milk, "2026-11-18", status="skipped")
    pause(milk, "2026-11-24", "2026-11-25")
    for person in (milkman, login):
        browser = Browser(app).sign_in(person).get(f"/customers/{row_id}")
        assert says(browser, "8 Nov 2026") == "nothing"
        assert says(browser, "16 Nov 2026") == "Milk delivered 2 L"
        assert says(browser, "17 Nov 2026") == "Milk not delivered; Curd other quantity 1 kg"
        assert says(browser, "18 Nov 2026") == "Milk not right? 2 L"
        assert says(browser, "24 Nov 2026") == "Milk paused; Curd due 0.5 kg"
        assert says(browser, "25 Nov 2026") == "Milk paused"
        assert says(browser, "26 Nov 2026") == "Milk due 2 L"
        assert link(browser, "16 Nov 2026") == f"/orders/{milk}/day?date=2026-11-16"
        assert link(browser, "17 Nov 2026") == f"/customers/{row_id}?day=2026-11-17#day"
        assert link(browser, "26 Nov 2026") is None
        browser.get(f"/customers/{row_id}?day=2026-11-17")
        assert "Tuesday, 17 November 2026" in browser.text
        hrefs = {a.get("href") for a in browser.tree.find(".//section[@id='day']").iter("a")}  # type: ignore[union-attr]
        assert hrefs == {f"/orders/{order}/day?date=2026-11-17" for order in (milk, curd)}
        browser.get(f"/orders/{milk}/day?date=2026-11-17")


def test_other_months(app: Flask, milkman: Api, asha: tuple[Api, int]) -> None:
    login, row_id = asha
    milk = agreed(milkman, login, row_id, start_date="2026-09-28")
    mark(milkman, milk, "2026-10-05")
    browser = Browser(app).sign_in(login).get(f"/customers/{row_id}")
    assert f"/customers/{row_id}?month=2026-10" in browser.response.text
    browser.get(f"/customers/{row_id}?month=2026-10")
    assert says(browser, "5 Oct 2026") == "Milk delivered 2 L"
    assert "At the end of the monthyou pay ₹648.00" in browser.text
    assert f"/customers/{row_id}?month=2026-09" in browser.response.text
    browser.get(f"/customers/{row_id}?month=2026-09")
    assert "month=2026-08" not in browser.response.text
    assert "At the end of the monthnothing" in browser.text
    browser.get(f"/customers/{row_id}?month=2026-12")
    assert "month=2027-01" not in browser.response.text
    for wrong in (
        "month=2026-13",
        "month=x",
        "day=2026-11-31",
        "cursor=x",
        "year=2026",
        "month=2026-10&month=2026-11",
    ):
        browser.get(f"/customers/{row_id}?{wrong}", expect=422)


def test_a_change_is_answered_on_the_spot(app: Flask, milkman: Api, asha: tuple[Api, int]) -> None:
    login, row_id = asha
    milk = agreed(milkman, login, row_id, start_date="2026-11-21")
    change = milkman.put(f"/order/{milk}", {"quantity": "3", "message": "Guests?"}, expect=202)["change"]
    browser = Browser(app).sign_in(milkman).get(f"/customers/{row_id}")
    assert "You ask to change Milk" in browser.text
    assert "Asha Sharma answers this." in browser.text
    action = f"/changes/{change['id']}"
    assert not [form for form in browser.tree.iter("form") if form.get("action") == action]
    browser = Browser(app).sign_in(login).get(f"/customers/{row_id}")
    assert "Yadav Dairy asks to change Milk" in browser.text
    assert "Guests?" in browser.text
    assert "About ₹3,240.00 → ₹4,860.00 a month: ₹1,620.00 more" in browser.text
    browser.submit(at=action, answer="accept")
    assert milkman.get(f"/order/{milk}")["pending_change"] is None
    assert len(milkman.get(f"/order/{milk}")["terms"]) == 2
    browser.get(f"/customers/{row_id}")
    assert "asks to change" not in browser.text


def test_a_new_order_shows_what_it_costs(app: Flask, milkman: Api, asha: tuple[Api, int]) -> None:
    login, row_id = asha
    browser = Browser(app).sign_in(milkman).get(f"/customers/{row_id}")
    assert "No regular order yet" in browser.text
    assert f"/orders/new?customer={row_id}" in browser.response.text
    order = login.post(
        "/orders",
        {"vendor_id": milkman.user["id"], "item_name": "Milk", "rate": "50", "weekdays": [6, 7]},
        expect=201,
    ).json
    browser.get(f"/customers/{row_id}")
    assert "Asha Sharma proposes Milk" in browser.text
    assert "About ₹500.00 a month" in browser.text  # ten Saturdays and Sundays in thirty days
    assert "Sat, Sun" in browser.text
    browser.submit(at=f"/changes/{order['pending_change']['id']}", answer="decline")
    assert login.get(f"/order/{order['id']}")["status"] == "declined"


def test_leaving_the_book_and_coming_back(app: Flask, milkman: Api, asha: tuple[Api, int]) -> None:
    login, row_id = asha
    milk = agreed(milkman, login, row_id, start_date="2026-11-01")
    browser = Browser(app).sign_in(milkman).get(f"/customers/{row_id}")
    assert "You still get ₹540.00 from them." in browser.text
    leave = f"/customers/{row_id}/deactivate"
    browser.submit(at=leave)
    assert browser.location == f"/customers/{row_id}"
    browser.get(browser.location)
    assert "all regular orders end today. You still get ₹540.00 from them." in browser.text
    assert milkman.get(f"/customer/{row_id}")["status"] == "inactive"
    assert milkman.get(f"/order/{milk}")["valid_till"] == TODAY.isoformat()
    assert f"/orders/new?customer={row_id}" not in browser.response.text
    browser.post(leave)
    browser.get(f"/customers/{row_id}").submit(at=f"/customers/{row_id}/activate")
    assert milkman.get(f"/customer/{row_id}")["status"] == "active"
    assert milkman.get(f"/order/{milk}")["valid_till"] == TODAY.isoformat()


def test_only_its_own_vendor_ends_a_customer(
    app: Flask, cast: Cast, milkman: Api, asha: tuple[Api, int]
) -> None:
    login, row_id = asha
    leave = f"/customers/{row_id}/deactivate"
    for stranger, status in ((cast.vendor(), 404), (login, 403)):
        browser = Browser(app).sign_in(stranger).get("/inbox")
        browser.post(leave, expect=status)
    owner = Browser(app).sign_in(milkman).get("/inbox")
    assert owner.open(leave, "POST").status_code == 403  # without the CSRF token
    assert milkman.get(f"/customer/{row_id}")["status"] == "active"


def test_a_day_of_several_deliveries_has_the_colour_of_what_matters(
    app: Flask, milkman: Api, asha: tuple[Api, int]
) -> None:
    login, row_id = asha
    start = "2026-11-01"
    milk, curd = (agreed(milkman, login, row_id, start_date=start, **terms) for terms in ({}, CURD))
    for day, quantity in (("2026-11-19", None), ("2026-11-20", None), ("2026-11-21", "1")):
        mark(milkman, milk, day)
        if quantity:
            mark(milkman, curd, day, quantity=quantity)
        else:
            mark(milkman, curd, day)
    mark(login, curd, "2026-11-20", status="skipped")
    browser = Browser(app).sign_in(milkman).get(f"/customers/{row_id}")
    classes = [cell(browser, f"{day} Nov 2026").get("class") for day in (19, 20, 21)]
    assert classes == ["d d-delivered d-many", "d d-disputed d-many", "d d-other d-many d-today"]
    assert says(browser, "20 Nov 2026") == "Milk delivered 2 L; Curd not right? 0.5 kg"


def statements(app: Flask, browser: Browser, path: str) -> int:
    """How many statements one page takes."""
    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", counted)
    try:
        browser.get(path)
    finally:
        event.remove(engine, "before_cursor_execute", counted)
    return count


def test_the_number_of_queries_does_not_grow(app: Flask, cast: Cast, milkman: Api) -> None:
    login, row_id = cast.household(of=milkman)
    start = (TODAY - timedelta(days=10)).isoformat()

    def fill() -> None:
        order = agreed(milkman, login, row_id, start_date=start)
        mark(milkman, order, start)
        milkman.put(f"/order/{order}", {"quantity": "3"}, expect=202)
        pause(order, "2026-11-28", "2026-11-29")

    fill()
    for person in (milkman, login):
        browser = Browser(app).sign_in(person)
        before = statements(app, browser, f"/customers/{row_id}")
        fill()
        fill()
        assert statements(app, browser, f"/customers/{row_id}") == before <= 32


def test_without_a_login_the_vendor_can_send_a_link(app: Flask, cast: Cast, milkman: Api) -> None:
    row_id = int(cast.row(milkman, name="Bina")["id"])
    on_trust(milkman, row_id)
    browser = Browser(app).sign_in(milkman).get(f"/customers/{row_id}")
    assert "All settled" in browser.text
    browser.submit(at=f"/customers/{row_id}/invite", expect=200)
    assert "/invite/" in browser.response.text
