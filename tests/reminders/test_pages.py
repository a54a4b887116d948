"""The same on screen, for both sides: the card of the account, reminding, promising, pay days in settings."""

from __future__ import annotations

import pytest
import time_machine
from flask import Flask

from tests.accounts.browser import Browser
from tests.billing.paying import claim
from tests.cast import Api, Cast
from tests.months.test_pages import FORBIDDEN, statements
from tests.reminders.pay_days import at, pays_on, promise, remind, said, standing, written
from vendorapp.reminders.sending import send


@pytest.fixture
def asha(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> tuple[Api, int]:
    """₹540 since October, to be paid by 5 December: seen from 3 December."""
    login, row = cast.household(of=milkman, opening_balance="540")
    pays_on(milkman, 5)
    at(clock, "2026-12-03")
    return login, row


def page(app: Flask, who: Api, path: str) -> Browser:
    return Browser(app).sign_in(who).get(path)


def links(browser: Browser) -> set[str | None]:
    return {one.get("href") for one in browser.tree.iter("a")}


def test_the_account_says_what_is_due_and_by_when(app: Flask, milkman: Api, asha: tuple[Api, int]) -> None:
    login, row = asha
    hers = page(app, login, f"/customers/{row}")
    assert "Please pay ₹540.00" in hers.text
    assert "Please pay by 5 December. It is for everything until the end of November 2026" in hers.text
    assert "If it is still open, a reminder comes on 5 December." in hers.text
    assert f"/customers/{row}/promise" in links(hers)
    assert f"/customers/{row}/remind" not in links(hers)
    his = page(app, milkman, f"/customers/{row}")
    assert "To be paid to you now: ₹540.00" in his.text
    assert "Agreed day: 5 December." in his.text
    assert "If it is still open, a reminder goes by itself on 5 December." in his.text
    assert f"/customers/{row}/remind" in links(his)
    assert f"/customers/{row}/promise" not in links(his)
    for browser in (hers, his):
        assert not [word for word in FORBIDDEN if word in browser.text.lower()]


def test_the_pay_day_alone(app: Flask, cast: Cast, milkman: Api) -> None:
    login, row = cast.household(of=milkman)
    assert "to be paid now" not in page(app, login, f"/customers/{row}").text
    pays_on(milkman, 5)
    for who in (login, milkman):
        text = page(app, who, f"/customers/{row}").text
        assert "Nothing is to be paid now" in text
        assert "What a month comes to is paid by day 5 of the next month." in text


def test_remind_with_a_look_before(app: Flask, milkman: Api, asha: tuple[Api, int]) -> None:
    login, row = asha
    browser = page(app, milkman, f"/customers/{row}/remind")
    assert "Yadav Dairy: please pay ₹540.00" in browser.text
    assert "gets it on their phone" in browser.text
    assert written(row) == []
    browser.submit()
    assert browser.location == f"/customers/{row}"
    assert "The reminder is sent." in browser.get(browser.location).text
    assert [title for title, _body in said(login)] == ["Yadav Dairy: please pay ₹540.00"]
    assert "You can remind them" not in browser.text
    assert "a reminder goes by itself on 10 December." in browser.text
    assert "1 reminder so far" in browser.text
    assert "by you" in browser.text
    assert "by Yadav Dairy" in page(app, login, f"/customers/{row}").text
    # A second click, and coming back to the page.
    browser.post(f"/customers/{row}/remind", expect=409)
    assert "was reminded in the last seven days. You can remind them from 10 December." in browser.text
    browser.get(f"/customers/{row}/remind")
    assert "Remind now" not in browser.text
    assert len(said(login)) == 1


def test_a_text_to_share_for_somebody_without_a_login(
    app: Flask, cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    row = cast.row(milkman, opening_balance="540", phone_number="+919812345678")["id"]
    milkman.put("/me", {"upi_id": "yadav@upi"}, expect=200)
    at(clock, "2026-12-03")
    browser = page(app, milkman, f"/customers/{row}/remind")
    assert "has no login" in browser.text
    browser.submit()
    browser.get(browser.location)
    text = (
        "Yadav Dairy: please pay ₹540.00. It is for everything until the end of November 2026. "
        "You can pay by UPI to yadav@upi."
    )
    assert text in browser.text
    (button,) = [one for one in browser.tree.iter("button") if one.get("data-share") is not None]
    assert button.get("data-share-text") == text
    assert any(
        (href or "").startswith("https://wa.me/919812345678?text=Yadav%20Dairy") for href in links(browser)
    )
    browser.get(f"/customers/{row}")
    assert "Share today's reminder" in browser.text
    at(clock, "2026-12-04")
    assert "You can remind them again from 10 December." in browser.get(f"/customers/{row}").text
    assert "was reminded in the last seven days" in browser.get(f"/customers/{row}/remind").text
    assert text not in browser.text
    assert written(row) == [("12-01", 1, "12-03", 54000)]


@pytest.mark.parametrize("done", ["promised", "claimed"])
def test_why_nobody_is_reminded_now(app: Flask, milkman: Api, asha: tuple[Api, int], done: str) -> None:
    login, row = asha
    if done == "promised":
        promise(login, row, "2026-12-10")
        why = "said when they pay. You can remind them from 11 December."
    else:
        claim(login, milkman, "540")
        why = "has nothing to pay now."
    browser = page(app, milkman, f"/customers/{row}/remind")
    assert why in browser.text
    assert "Remind now" not in browser.text
    browser.post(f"/customers/{row}/remind", expect=409)
    assert why in browser.text
    assert f"/customers/{row}/remind" not in links(browser.get(f"/customers/{row}"))
    assert written(row) == []


def test_the_third_is_the_last(
    app: Flask, milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    _login, row = asha
    for day in ("2026-12-05", "2026-12-12", "2026-12-19"):
        at(clock, day)
        send()
    at(clock, "2026-12-30")
    browser = page(app, milkman, f"/customers/{row}/remind")
    assert "was reminded three times; that is enough. You can remind them from 5 January." in browser.text
    assert "3 reminders so far" in browser.get(f"/customers/{row}").text
    assert "by itself" in browser.text


def test_a_promise(app: Flask, milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller) -> None:
    login, row = asha
    browser = page(app, login, f"/customers/{row}/promise")
    assert "You pay ₹540.00 to Yadav Dairy" in browser.text
    (field,) = [one for one in browser.tree.iter("input") if one.get("name") == "day"]
    assert [field.get(name) for name in ("type", "value", "min", "max")] == [
        "date",
        "2026-12-05",
        "2026-12-03",
        "2027-01-03",
    ]
    browser.submit(day="2027-01-04", expect=422)
    assert "A day from today to 31 days ahead is expected." in browser.text
    assert [one.get("value") for one in browser.tree.iter("input") if one.get("name") == "day"] == [
        "2027-01-04"
    ]
    browser.submit(day="", expect=422)
    browser.submit(day="2026-12-10")
    browser.get(browser.location)
    assert "Yadav Dairy knows that you pay on 10 December." in browser.text
    assert "You said that you pay on 10 December." in browser.text
    assert "Another day" in browser.text
    his = page(app, milkman, f"/customers/{row}")
    assert "Asha Sharma pays on 10 December. No reminder goes out until that day is over." in his.text
    at(clock, "2026-12-11")
    assert "Asha Sharma wanted to pay on 10 December." in his.get(f"/customers/{row}").text
    assert standing(milkman, row)["promised_for"] is None


def test_nothing_to_promise(app: Flask, milkman: Api, asha: tuple[Api, int]) -> None:
    login, row = asha
    browser = page(app, login, f"/customers/{row}/promise")
    claim(login, milkman, "540")
    browser.submit(day="2026-12-10", expect=409)
    assert "Nothing is to be paid now" in browser.text
    assert said(milkman, "payment_promised") == []


def test_the_home_of_a_customer(app: Flask, cast: Cast, milkman: Api, asha: tuple[Api, int]) -> None:
    login, row = asha
    other = cast.vendor(business_name="Morning Papers")
    _login, nothing_due = cast.household(of=other, login=login)
    browser = page(app, login, "/")
    assert "₹540.00 is to be paid now. Please pay by 5 December." in browser.text
    assert f"/customers/{row}/promise" in links(browser)
    assert f"/customers/{nothing_due}/promise" not in links(browser)
    before = statements(app, browser, "/")
    cast.household(of=cast.vendor(), login=login, opening_balance="9")
    assert statements(app, browser, "/") == before
    promise(login, row, "2026-12-10")
    browser.get("/")
    assert "₹540.00 is to be paid now. You said that you pay on 10 December." in browser.text
    assert "Another day" in browser.text


def test_the_account_takes_a_fixed_number_of_statements(
    app: Flask, milkman: Api, asha: tuple[Api, int]
) -> None:
    login, row = asha
    browser = page(app, login, f"/customers/{row}")
    before = statements(app, browser, f"/customers/{row}")
    remind(milkman, row)
    promise(login, row, "2026-12-10")
    assert statements(app, browser, f"/customers/{row}") == before


def test_the_pay_day_of_the_business(app: Flask, cast: Cast, milkman: Api) -> None:
    login, row = cast.household(of=milkman)
    browser = page(app, milkman, "/settings")
    browser.submit(at="/settings", pay_day="7")
    assert standing(login, row)["pay_day"] == 7
    browser.get("/settings").submit(at="/settings", name="Ramesh")
    assert standing(login, row)["pay_day"] == 7
    for wrong in ("29", "0", "x"):
        browser.get("/settings").submit(at="/settings", pay_day=wrong, expect=422)
    browser.get("/settings").submit(at="/settings", pay_day="")
    assert standing(login, row)["pay_day"] is None
    assert "pay_day" not in {one.get("name") for one in page(app, login, "/settings").tree.iter("select")}


def test_the_pay_day_of_one_customer(app: Flask, cast: Cast, milkman: Api) -> None:
    login, row = cast.household(of=milkman)
    pays_on(milkman, 5)
    browser = page(app, milkman, f"/customers/{row}/edit")
    browser.submit(pay_day="28")
    assert standing(login, row)["pay_day"] == 28
    browser.get(f"/customers/{row}/edit").submit(notes="Ring twice")
    assert standing(login, row)["pay_day"] == 28
    browser.get(f"/customers/{row}/edit").submit(pay_day="30", expect=422)
    browser.get(f"/customers/{row}/edit").submit(pay_day="")
    assert standing(login, row)["pay_day"] == 5


def test_strangers_and_the_other_role(app: Flask, cast: Cast, milkman: Api, asha: tuple[Api, int]) -> None:
    login, row = asha
    neighbour, _row = cast.household(of=milkman)
    for who, path, expect in (
        (cast.vendor(), f"/customers/{row}/remind", 404),
        (neighbour, f"/customers/{row}/promise", 404),
        (login, f"/customers/{row}/remind", 403),
        (milkman, f"/customers/{row}/promise", 403),
    ):
        browser = Browser(app).sign_in(who).get(path, expect=expect)
        browser.get("/settings").post(path, expect=expect, day="2026-12-10")
    assert written(row) == []
    assert said(milkman, "payment_promised") == []
