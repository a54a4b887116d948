"""A new vendor is led by the hand: each step with its state, one button, and gone when all are done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.months.test_pages import statements
from tests.records.orders import on_trust, rows
from vendorapp.kernel.database import session, transaction
from vendorapp.months.proof import verify


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-11-21T06:30:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def page(app: Flask, milkman: Api) -> Browser:
    return Browser(app).sign_in(milkman)


def states(page: Browser) -> list[str]:
    """What each step is: done, next, or nothing yet; no steps at all when they are gone."""
    page.get("/today")
    found = [one for one in page.tree.iter("ol") if one.get("class") == "steps"]
    return [one.get("class") or "" for one in found[0].iter("li")] if found else []


def buttons(page: Browser) -> list[str]:
    (steps,) = [one for one in page.tree.iter("ol") if one.get("class") == "steps"]
    return [str(one.get("href")) for one in steps.iter("a")]


def test_each_step_leads_to_the_next(page: Browser, milkman: Api, cast: Cast) -> None:
    assert states(page) == ["next", "", "", ""]
    assert buttons(page) == ["/customers/new"]
    login, row_id = cast.customer_login(), cast.row(milkman)["id"]
    assert states(page) == ["done", "next", "", ""]
    assert buttons(page) == [f"/orders/new?customer={row_id}", f"/customers/{row_id}/invite"]
    for path in buttons(page):
        page.get(path)
    invite = milkman.post(f"/customer/{row_id}/invite", expect=201)
    assert states(page) == ["done", "next", "done", ""]
    login.post(f"/invites/{invite['token']}/accept", expect=200)
    assert states(page) == ["done", "next", "done", ""]
    order = milkman.post(
        "/orders",
        {"customer_id": row_id, "item_name": "Milk", "unit": "L", "quantity": "2", "rate": "56"},
        expect=201,
    )
    assert states(page) == ["done", "done", "done", "next"]
    assert buttons(page) == [f"/orders/{order['id']}"]
    assert "3 steps of 4 are done." in page.text
    login.post(f"/changes/{order['pending_change']['id']}/accept", expect=200)
    assert states(page) == []
    assert "Your round begins here" not in page.text


def test_a_yes_that_was_written_down_counts_and_the_link_is_what_is_left(
    page: Browser, milkman: Api, cast: Cast
) -> None:
    row_id = cast.row(milkman)["id"]
    on_trust(milkman, row_id)
    assert states(page) == ["done", "done", "next", "done"]
    page.get(f"/customers/{row_id}/invite").post(f"/customers/{row_id}/invite", 200)
    assert states(page) == []


def test_another_vendors_book_counts_for_nothing(page: Browser, cast: Cast) -> None:
    other = cast.vendor()
    _login, row_id = cast.household(of=other)
    assert states(page) == ["next", "", "", ""]
    assert f"/customers/{row_id}" not in page.response.text


def test_they_can_be_put_away_in_this_browser(app: Flask, page: Browser, milkman: Api) -> None:
    states(page)
    page.submit(at="/first-steps/away")
    assert page.location == "/today"
    assert states(page) == []
    assert "Your round begins here" in page.text  # in short, with the way to the customers
    assert "/customers" in {one.get("href") for one in page.tree.iter("a")}
    assert states(Browser(app).sign_in(milkman)) == ["next", "", "", ""]


def test_they_stand_on_today_only(page: Browser, milkman: Api, cast: Cast) -> None:
    cast.row(milkman)
    page.get("/today?date=2026-11-20")
    assert not [one for one in page.tree.iter("ol") if one.get("class") == "steps"]


def test_they_cost_one_query_whatever_the_book(app: Flask, page: Browser, milkman: Api, cast: Cast) -> None:
    on_trust(milkman, cast.row(milkman)["id"])
    few = statements(app, page, "/today")
    for _ in range(5):
        on_trust(milkman, cast.row(milkman)["id"])
    assert statements(app, page, "/today") == few
    page.submit(at="/first-steps/away")
    page.get("/today")  # the flash goes
    assert statements(app, page, "/today") == few - 1


def test_the_paper_book_can_be_brought_as_a_file(page: Browser) -> None:
    page.get("/today")
    assert "/customers/import" in {one.get("href") for one in page.tree.iter("a")}
    page.get("/customers/import")
    (link,) = [one.get("href") for one in page.tree.iter("a") if one.get("download") is not None]
    file = page.open(str(link))
    assert (file.status_code, file.mimetype) == (200, "text/csv")
    heading = "\ufeffName,Phone number,E-mail,Address,Notes,Stop,Balance,Currency\r\n"
    assert file.get_data() == heading.encode()
    assert "attachment" in file.headers["Content-Disposition"]
    # It is read as it is, once it has a line.
    filled = heading.removeprefix("\ufeff") + "Asha Sharma,98001 44813,,,,1,250,\n"
    page.get("/customers/import").submit(200, at="/customers/import", typed=filled)
    assert "Asha Sharma" in page.text


def test_a_customer_without_a_vendor_knows_what_to_ask_for(app: Flask, cast: Cast) -> None:
    login = cast.customer_login(phone_number="+919811122233")
    text = Browser(app).sign_in(login).get("/").text
    assert "What to ask your vendor" in text
    assert "+91 98111 22233" in text


def test_an_empty_book_is_filled_with_made_up_data(app: Flask, page: Browser, milkman: Api) -> None:
    states(page)
    page.submit(at="/demo/fill")
    assert "25 made-up customers are in your book." in page.get("/today").text
    assert len(milkman.get("/customers?limit=100&status=all")["items"]) == 25
    assert rows("SELECT count(*) > 500, min(date)::text, max(date)::text FROM records") == [
        (True, "2026-10-01", "2026-11-21")
    ]
    with transaction():
        assert list(verify()) == []
    session().rollback()
    page.post("/demo/fill")
    assert "The book is not empty" in page.get("/today").text
    assert len(milkman.get("/customers?limit=100&status=all")["items"]) == 25


def test_made_up_data_goes_into_no_other_book(app: Flask, cast: Cast, milkman: Api, page: Browser) -> None:
    cast.row(milkman)
    page.get("/today").post("/demo/fill")
    assert len(milkman.get("/customers")["items"]) == 1
    okello = cast.vendor(currency="UGX", timezone="Africa/Kampala")
    there = Browser(app).sign_in(okello).get("/today").post("/demo/fill")
    assert "Asia/Kolkata and INR" in there.get("/today").text
    assert okello.get("/customers")["items"] == []
    Browser(app).sign_in(cast.customer_login()).get("/").post("/demo/fill", 403)
