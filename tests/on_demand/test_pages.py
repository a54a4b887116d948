"""The pages of on-demand orders, as both sides meet them without JavaScript."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.records.orders import agreed, rows
from tests.records.test_pages_today import statements

from .extras import CAKE, TODAY, TOMORROW, YESTERDAY, account, asked, entered, status, step


@pytest.fixture
def vendor_page(app: Flask, milkman: Api) -> Browser:
    return Browser(app).sign_in(milkman)


@pytest.fixture
def home_page(app: Flask, linked: Any) -> Browser:
    return Browser(app).sign_in(linked[0])


def forms(page: Browser) -> set[str]:
    """Where the forms of the page lead, comments aside."""
    found = {str(form.get("action")) for form in page.tree.iter("form") if form.get("method") == "post"}
    return {path.rpartition("/")[2] for path in found if path.startswith("/requests/")}


def links(page: Browser) -> set[str]:
    return {str(a.get("href")) for a in page.tree.iter("a")}


def test_from_a_wish_to_the_account(
    vendor_page: Browser, home_page: Browser, milkman: Api, linked: Any
) -> None:
    _, row = linked
    home_page.get("/requests")
    assert "Nothing was asked for yet" in home_page.text
    home_page.get("/requests/new", expect=302)
    assert home_page.location == f"/requests/new?vendor={milkman.user['id']}"
    home_page.get(home_page.location)
    assert home_page.value("date") == TODAY
    home_page.submit(item_name="Cake", quantity="2", unit="kg", date=TOMORROW, message="Blue")
    path = home_page.location
    assert "Asked. Yadav Dairy is told." in home_page.get(path).text
    assert "Yadav Dairy has to say yes first." in home_page.text
    assert forms(home_page) == {"cancel"}

    assert "Asha Sharma: Cake" in vendor_page.get("/requests").text
    assert "price open" in vendor_page.text
    vendor_page.get(path)
    assert forms(vendor_page) == {"accept", "decline"}
    vendor_page.submit(at=f"{path}/accept", rate="", expect=422)
    assert vendor_page.error("rate") == "A rate or an amount is needed."
    vendor_page.submit(at=f"{path}/accept", rate="200.001", expect=422)
    assert vendor_page.value("rate") == "200.001"
    vendor_page.submit(at=f"{path}/accept", rate="200")
    assert "Offered. Asha Sharma has to say yes to it." in vendor_page.get(path).text
    assert forms(vendor_page) == {"cancel"}

    assert "Yes, for ₹400.00" in home_page.get("/requests").text
    home_page.submit(at=f"{path}/accept")
    assert "Written down for 22 Nov 2026." in home_page.get(path).text
    assert forms(home_page) == set()

    assert "To hand over" in vendor_page.get("/requests").text
    assert forms(vendor_page.get(path)) == {"serve", "cancel"}
    assert (vendor_page.value("quantity"), vendor_page.value("date")) == ("2", TODAY)
    vendor_page.submit(at=f"{path}/serve", date=TOMORROW, expect=422)
    assert vendor_page.error("date") == "That day has not come yet."
    vendor_page.submit(at=f"{path}/serve", date=TODAY, quantity="2.5")
    assert "Handed over. Asha Sharma pays ₹500.00." in vendor_page.get(path).text
    assert account(milkman, row)["charges"] == "500.00"
    vendor_page.post(f"{path}/serve", expect=409, date=TODAY, quantity="2")
    assert "This order has moved on" in vendor_page.text
    assert account(milkman, row)["charges"] == "500.00"
    for page in (home_page, vendor_page):
        assert "Handed over on 21 Nov 2026." in page.get(path).text


def test_a_vendor_writes_down_what_is_handed_over(
    vendor_page: Browser, home_page: Browser, milkman: Api, linked: Any
) -> None:
    _, row = linked
    vendor_page.get(f"/requests/new?customer={row}")
    vendor_page.submit(item_name="Ghee", quantity="1", expect=422)
    assert vendor_page.error("rate") == "A rate or an amount is needed."
    vendor_page.submit(item_name="Ghee", quantity="1", rate="600", date=YESTERDAY, expect=422)
    assert vendor_page.error("date") == "This day is over."
    assert vendor_page.value("item_name") == "Ghee"
    vendor_page.submit(item_name="Ghee", quantity="1", rate="600", date=YESTERDAY, served="y")
    path = vendor_page.location
    assert "Handed over. Asha Sharma pays ₹600.00." in vendor_page.get(path).text
    assert forms(vendor_page) == {"cancel"}

    assert forms(home_page.get(path)) == {"decline"}
    home_page.submit(at=f"{path}/decline", reason="Never got <b>any</b>")
    assert "It is not counted until you two agree." in home_page.get(path).text
    assert "Never got <b>any</b>" in home_page.text
    assert account(milkman, row)["disputed_amount"] == "600.00"
    for page in (home_page, vendor_page):
        assert "Extras that are not agreed" in page.get("/requests").text
    assert forms(home_page.get(path)) == {"accept"}
    home_page.submit(at=f"{path}/accept")
    assert account(milkman, row)["charges"] == "600.00"
    vendor_page.get(path).submit(at=f"{path}/cancel")
    assert "Cancelled. Nobody pays anything for it." in vendor_page.get(path).text
    assert forms(vendor_page) == forms(home_page.get(path)) == set()


def test_another_quantity_than_agreed_is_shown(home_page: Browser, milkman: Api, linked: Any) -> None:
    order_id = asked(linked[0], milkman, rate="100")
    step(milkman, order_id, "accept")
    step(milkman, order_id, "serve", quantity="3")
    path = f"/requests/{order_id}"
    assert "2 kg was agreed" in home_page.get(path).text
    assert "another quantity than you both agreed on" in home_page.text
    home_page.submit(at=f"{path}/decline", reason="Two")
    assert "It is not counted until you two agree." in home_page.get(path).text


def test_a_page_says_all_faults_at_once(vendor_page: Browser, row_id: int) -> None:
    vendor_page.get(f"/requests/new?customer={row_id}")
    vendor_page.submit(item_name="Ghee", date=TOMORROW, served="y", expect=422)
    assert vendor_page.error("rate") == "A rate or an amount is needed."
    assert vendor_page.error("date") == "That day has not come yet."


def test_after_48_hours_nothing_is_offered_to_contradict(
    home_page: Browser, milkman: Api, linked: Any, clock: time_machine.Traveller
) -> None:
    order_id = entered(milkman, linked[1], status="served")
    clock.shift(timedelta(hours=48, seconds=1))
    assert forms(home_page.get(f"/requests/{order_id}")) == set()
    home_page.post(f"/requests/{order_id}/decline", expect=409, reason="x")
    assert "48 hours have passed" in home_page.text


def test_somebody_at_the_counter(vendor_page: Browser, milkman: Api, row_id: int) -> None:
    vendor_page.get("/requests/new")
    assert {"/requests/new?customer=none", f"/requests/new?customer={row_id}"} <= links(vendor_page)
    assert "Asha Sharma" in vendor_page.get("/requests/new?q=ash").text
    assert "Nobody found" in vendor_page.get("/requests/new?q=zzz").text
    vendor_page.get("/requests/new?customer=none")
    vendor_page.submit(item_name="Cake", quantity="1", rate="10", date=TODAY)
    path = vendor_page.location
    assert "It is handed over when it is paid." in vendor_page.get(path).text
    assert forms(vendor_page) == {"cancel"}
    assert "At the counter" in vendor_page.get("/requests").text
    vendor_page.get(f"/requests/new?customer={row_id}")
    vendor_page.submit(item_name="Cake", quantity="1", rate="10", on_behalf_note="at the door")
    assert "at the door" in vendor_page.get(vendor_page.location).text


def test_changing_what_one_asked_for(
    vendor_page: Browser, home_page: Browser, milkman: Api, linked: Any
) -> None:
    order_id = asked(linked[0], milkman)
    path = f"/requests/{order_id}"
    home_page.get(f"{path}/change")
    assert (home_page.value("item_name"), home_page.value("quantity")) == ("Cake", "2")
    home_page.submit(quantity="0", expect=422)
    assert home_page.error("quantity")
    home_page.submit(quantity="3")
    assert "3 kg" in home_page.get(path).text
    vendor_page.get(f"{path}/change").submit(item_name="Pie", rate="100")
    assert "Yadav Dairy offers it like this." in home_page.get(path).text
    assert status(milkman, order_id) == "offered"
    home_page.submit(at=f"{path}/decline", reason="Too dear")
    assert "Too dear" in vendor_page.get(path).text
    assert "This can no longer be changed" in vendor_page.get(f"{path}/change").text
    vendor_page.post(f"{path}/change", expect=409, item_name="Cake", quantity="1", rate="1")
    assert "This order has moved on" in vendor_page.text


def test_what_waits_stands_first(vendor_page: Browser, home_page: Browser, milkman: Api, linked: Any) -> None:
    login, row = linked
    regular = agreed(milkman, login, row)
    step(milkman, regular, "attendance")
    step(login, regular, "attendance", status="skipped")
    login.put(f"/order/{regular}", {"quantity": "3"}, expect=202)
    asked(login, milkman, message="Blue")
    entered(milkman, row)
    milkman.post("/orders", {"customer_id": row, "item_name": "Curd", "rate": "1"}, expect=201)
    mine = ["Asked of you", "Changes to answer", "Days that are not agreed", "To hand over"]
    text = vendor_page.get("/requests").text
    assert [text.index(title) for title in mine] == sorted(text.index(title) for title in mine)
    assert text.index("To hand over") < text.index("Changes you asked for")
    assert f"/orders/{regular}/day?date={TODAY}" in links(vendor_page)
    text = home_page.get("/requests").text
    assert text.index("Changes to answer") < text.index("Days that are not agreed") < text.index("It comes")
    assert "You asked for" in text
    for part in ("answer", "changes", "disputed", "days", "accepted", "asked", "proposed", "past"):
        for page in (vendor_page, home_page):
            page.get(f"/requests?part={part}")
    assert "Nothing here" in vendor_page.get("/requests?part=past").text
    vendor_page.get("/requests?part=nothing", expect=422)
    vendor_page.get("/requests?part=past&cursor=x", expect=422)


def test_a_long_part_is_a_page_of_its_own(vendor_page: Browser, milkman: Api, row_id: int) -> None:
    for number in range(53):
        entered(milkman, row_id, item_name=f"Cake {number:02}")
    text = vendor_page.get("/requests").text
    assert text.count("Cake ") == 10
    assert "/requests?part=accepted" in links(vendor_page)
    first = vendor_page.get("/requests?part=accepted").text
    following = next(href for href in links(vendor_page) if "cursor=" in href)
    second = vendor_page.get(f"/requests{following}").text
    assert (first.count("Cake "), second.count("Cake ")) == (50, 3)


def test_the_account_and_its_calendar_show_extras(
    vendor_page: Browser, home_page: Browser, milkman: Api, linked: Any
) -> None:
    login, row = linked
    agreed(milkman, login, row)
    served = entered(milkman, row, status="served", date=YESTERDAY)
    coming = entered(milkman, row, item_name="Pie", date=TOMORROW)
    wanted = asked(login, milkman, item_name="Curd")
    gone = entered(milkman, row, item_name="Lassi")
    milkman.delete(f"/order/{gone}", expect=200)
    for page in (vendor_page, home_page):
        page.get(f"/customers/{row}")
        assert {f"/requests/{served}", f"/requests/{coming}", f"/requests/{wanted}"} <= links(page)
        assert f"/requests/{gone}" not in links(page)
        assert "20 Nov 2026: Cake delivered 2 kg" in page.text
        assert "22 Nov 2026: Milk due 2 L; Pie due 2 kg" in page.text
        page.get(f"/customers/{row}?day={TOMORROW}")
        assert f"/requests/{coming}" in links(page)
        page.get(f"/customers/{row}?month=2026-12")
        assert f"/requests/{served}" not in links(page)
    step(login, served, "decline", reason="x")
    assert "20 Nov 2026: Cake not right? 2 kg" in home_page.get(f"/customers/{row}").text


def test_an_order_of_the_one_kind_leads_to_its_own_page(
    vendor_page: Browser, home_page: Browser, milkman: Api, linked: Any
) -> None:
    login, row = linked
    order_id, regular = asked(login, milkman), agreed(milkman, login, row)
    for page in (vendor_page, home_page):
        assert page.get(f"/orders/{order_id}", expect=302).location == f"/requests/{order_id}"
        page.get(f"/requests/{regular}", expect=404)
        page.get(f"/orders/{order_id}/day", expect=404)
        page.get(f"/orders/{order_id}/change", expect=404)


def test_strangers_see_nothing(app: Flask, cast: Cast, milkman: Api, linked: Any) -> None:
    order_id = asked(linked[0], milkman)
    for stranger in (cast.vendor(), cast.customer_login()):
        page = Browser(app).sign_in(stranger)
        page.get("/requests")
        assert CAKE["item_name"] not in page.text
        page.get(f"/requests/{order_id}", expect=404)
        page.get(f"/requests/{order_id}/change", expect=404)
        for verb in ("accept", "decline", "cancel"):
            page.get("/requests").post(f"/requests/{order_id}/{verb}", expect=404)
        for who in ("customer", "vendor"):
            assert page.open(f"/requests/new?{who}={linked[1]}").status_code in (200, 302, 404)
    assert status(milkman, order_id) == "requested"
    page = Browser(app).sign_in(cast.vendor())
    page.get(f"/requests/new?customer={linked[1]}", expect=404)
    page = Browser(app).sign_in(linked[0])
    page.get(f"/requests/new?vendor={cast.vendor().user['id']}", expect=404)
    page.get("/requests").post(f"/requests/{order_id}/serve", expect=403)


def test_a_customer_of_several_vendors_chooses_one(app: Flask, cast: Cast, milkman: Api, linked: Any) -> None:
    login, _ = linked
    other = cast.vendor(business_name="Sai Bakery")
    cast.household(of=other, login=login)
    page = Browser(app).sign_in(login).get("/requests/new")
    assert {f"/requests/new?vendor={one.user['id']}" for one in (milkman, other)} <= links(page)
    nobody = Browser(app).sign_in(cast.customer_login()).get("/requests/new")
    assert "No vendor yet" in nobody.text


def test_a_token_of_the_form_is_needed(home_page: Browser, milkman: Api, linked: Any) -> None:
    order_id = asked(linked[0], milkman)
    refused = home_page.open(f"/requests/{order_id}/cancel", "POST")
    assert refused.status_code == 403
    assert rows("SELECT state FROM orders") == [("requested",)]


def test_the_number_of_statements_does_not_grow(
    vendor_page: Browser, home_page: Browser, milkman: Api, linked: Any
) -> None:
    login, row = linked

    def one_of_each() -> None:
        asked(login, milkman, rate="1")
        entered(milkman, row)
        entered(milkman, row, status="served")
        step(milkman, asked(login, milkman), "accept", rate="5")
        step(login, entered(milkman, row, status="served"), "decline", reason="x")
        for who, other in ((milkman, login), (login, milkman)):
            regular = agreed(milkman, login, row)
            who.put(f"/order/{regular}", {"quantity": "3"}, expect=202)
            step(milkman, regular, "attendance")
            step(login, regular, "attendance", status="skipped")
            assert other.get("/changes").json["items"]

    def counts() -> list[int]:
        found = []
        for page in (vendor_page, home_page):
            for path in ("/requests", f"/customers/{row}"):
                with statements() as heard:
                    page.get(path)
                found.append(len(heard))
        return found

    one_of_each()
    few = counts()
    for _ in range(3):
        one_of_each()
    assert counts() == few
