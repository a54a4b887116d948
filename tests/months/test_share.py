"""The link to one month: what it opens, what it does not, and when it ends."""

from __future__ import annotations

import threading
from contextvars import Context
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from tests.accounts.browser import Browser
from tests.cast import Answer, Api, Cast
from tests.months.test_pages import mark
from tests.months.test_pages_statement import clock, milkman, october
from tests.months.test_statement_pdf import busy_printer, text_of
from tests.noon import described
from tests.records.orders import rows
from vendorapp.kernel.database import db
from vendorapp.months.share import LASTS, signer
from vendorapp.notices.queries import signer as answers

__all__ = ["clock", "described", "milkman", "october"]

October = tuple[Api, int, int]
BLOCKED = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
ENDED, NOTHING = "This link has ended", "Nothing here"


def address(customer_id: int, month: str = "2026-10") -> str:
    return f"/customer/{customer_id}/statement/{month}/share"


def shared(who: Api, customer_id: int, month: str = "2026-10", expect: int = 201) -> str:
    """The path of the link."""
    url = str(who.post(address(customer_id, month), expect=expect)["url"])
    base = who.app.extensions["vendorapp"].base_url
    assert url.startswith(f"{base}/s/")
    return url.removeprefix(base)


def opened(app: Flask, path: str, expect: int = 200, language: str = "en") -> Browser:
    """The page as somebody sees it who has nothing but the link."""
    found = Browser(app).get(path, expect, headers={"Accept-Language": language})
    assert_private(found.response)
    return found


def assert_private(response: TestResponse) -> None:
    assert "Set-Cookie" not in response.headers
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert response.headers["Cache-Control"] == "private, no-store"


# What it opens ---------------------------------------------------------------------------------


def test_it_shows_that_month_without_a_login(app: Flask, milkman: Api, october: October) -> None:
    login, customer_id, _ = october
    path = shared(milkman, customer_id)
    page = opened(app, path)
    assert "Account of October 2026" in page.text
    assert "Yadav Dairy and Asha Sharma" in page.text
    own = Browser(app).sign_in(login).get(f"/customers/{customer_id}/statement/2026-10").text
    start, end = "From before", "Who accepted it"
    assert page.text[page.text.index(start) : page.text.index(end)] == own[own.index(start) : own.index(end)]
    paper = page.open(f"{path}/pdf")
    assert (paper.status_code, paper.mimetype) == (200, "application/pdf")
    assert_private(paper)
    assert "Asha Sharma pays Yadav Dairy ₹1,034.00." in text_of(paper.data)


def test_there_is_no_way_from_it_into_the_house(app: Flask, milkman: Api, october: October) -> None:
    path = shared(milkman, october[1])
    page = opened(app, path)
    inside = [str(a.get("href")) for a in page.tree.iter("a")]
    assert all(href.startswith(path) for href in inside), inside
    assert f"{path}/pdf" in inside
    assert list(page.tree.iter("form")) == []
    assert list(page.tree.iter("script")) == []
    assert list(page.tree.iter("nav")) == []
    assert page.tree.find(".//meta[@name='robots']") is not None


def test_it_stays_what_the_account_says_now(app: Flask, milkman: Api, october: October) -> None:
    login, customer_id, _ = october
    path = shared(login, customer_id)
    for who in (milkman, login):
        who.post(f"/customer/{customer_id}/statement/2026-10/accept", {}, expect=200)
    assert "Closed on 2 Nov 2026, 11:30" in opened(app, path).text


def test_the_language_is_the_readers(app: Flask, milkman: Api, october: October) -> None:
    path = shared(milkman, october[1])
    hindi = opened(app, path, language="hi-IN, hi;q=0.9, en;q=0.5")
    assert hindi.tree.get("lang") == "hi"
    assert "अक्टूबर 2026" in hindi.text
    links = {a.get("hreflang"): a.get("href") for a in hindi.tree.iter("a")}
    english = opened(app, str(links["en"]), language="hi")
    assert english.tree.get("lang") == "en"
    assert "Account of October 2026" in english.text
    papers = [a.get("href") for a in english.tree.iter("a") if "/pdf" in str(a.get("href"))]
    assert papers == [f"{path}/pdf?lang=en"]
    assert opened(app, f"{path}?lang=xx").tree.get("lang") == "en"


def test_a_phone_can_pay_from_it(app: Flask, milkman: Api, october: October) -> None:
    login, customer_id, _ = october
    milkman.put("/me", {"upi_id": "yadav@okbank"}, expect=200)
    start = "upi://pay?pa=yadav@okbank&pn=Yadav%20Dairy&am=1034.00&cu=INR&tn="
    pages = (opened(app, shared(milkman, customer_id)), Browser(app).sign_in(login))
    pages[1].get(f"/customers/{customer_id}/statement/2026-10")
    for page in pages:
        assert "Pay ₹1,034.00 with a UPI app" in page.text
        assert any(str(a.get("href")).startswith(start) for a in page.tree.iter("a"))
    vendor = Browser(app).sign_in(milkman).get(f"/customers/{customer_id}/statement/2026-10")
    assert "UPI app" not in vendor.text


# Making one ------------------------------------------------------------------------------------


def test_while_it_works_both_sides_get_the_same(milkman: Api, october: October) -> None:
    login, customer_id, _ = october
    first = milkman.post(address(customer_id), expect=201).json
    assert first["expires_at"] == "2026-12-02T06:00:00.000000Z"
    assert milkman.post(address(customer_id), expect=200).json == first
    assert login.post(address(customer_id), expect=200).json == first
    assert shared(login, customer_id, "2026-11") not in first["url"]
    assert rows("SELECT month::text FROM statement_shares ORDER BY 1") == [("2026-10-01",), ("2026-11-01",)]


def test_clicks_at_once_make_one(app: Flask, milkman: Api, october: October) -> None:
    login, customer_id, _ = october
    found: list[tuple[int, str]] = []

    def click(who: Api) -> None:
        answer = who.post(address(customer_id))
        found.append((answer.status, answer["url"]))

    threads = [threading.Thread(target=Context().run, args=(click, who)) for who in (milkman, login) * 2]
    with db.engine.connect() as holder, db.engine.connect() as watcher:
        # Whoever works on the account keeps them waiting, so that all of them have begun.
        holder.execute(text("SELECT 1 FROM accounts WHERE customer_id = :id FOR UPDATE"), {"id": customer_id})
        for thread in threads:
            thread.start()
        for _ in range(400):
            if watcher.scalar(BLOCKED) == len(threads):
                break
            watcher.rollback()
            threading.Event().wait(0.02)
        assert found == []
        assert watcher.scalar(BLOCKED) == len(threads)
        holder.rollback()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in found) == [200] * 3 + [201]
    assert len({url for _, url in found}) == 1


def said(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.code


def test_only_of_ones_own(cast: Cast, milkman: Api, api: Api, october: October) -> None:
    login, customer_id, _ = october
    path = shared(milkman, customer_id)
    other_vendor = cast.vendor()
    cast.household(of=other_vendor, login=login)
    neighbour, _ = cast.household(of=milkman)
    for stranger in (other_vendor, cast.vendor(), neighbour, cast.customer_login()):
        for where in (address(customer_id), address(10**30)):
            assert said(stranger.post(where)) == (404, "not_found")
            assert said(stranger.delete(where)) == (404, "not_found")
    for month in ("2026-13", "soon", "2026-1"):
        assert said(milkman.post(address(customer_id, month))) == (404, "not_found")
    assert said(milkman.post(address(customer_id), {"days": 90})) == (422, "unknown_field")
    assert said(api.post(address(customer_id))) == (401, "unauthenticated")
    assert said(api.delete(address(customer_id))) == (401, "unauthenticated")
    opened(milkman.app, path)


def test_on_the_page(app: Flask, milkman: Api, october: October) -> None:
    login, customer_id, _ = october
    path = f"/customers/{customer_id}/statement/2026-10"
    for who in (milkman, login):
        browser = Browser(app).sign_in(who).get(path)
        assert f"{path}/share" in [a.get("href") for a in browser.tree.iter("a")]
        browser.get(f"{path}/share")
        assert "Show this month to somebody" in browser.text
        browser.submit()
        assert browser.location == f"{path}/share"
        browser.get(browser.location)
        assert "without a login, until 2 Dec 2026, 11:30." in browser.text
        url = browser.tree.find(".//input[@id='share-url']")
        assert url is not None
        link = str(url.get("value")).removeprefix(app.extensions["vendorapp"].base_url)
        assert "Account of October 2026" in opened(app, link).text
        button = next(one for one in browser.tree.iter("button") if one.get("data-share") is not None)
        assert button.get("data-share-url") == url.get("value")
        browser.submit(at=f"{path}/share/withdraw")
        browser.get(browser.location)
        assert "The link shows nothing any more." in browser.text
        assert "Show this month to somebody" in browser.text
        assert ENDED in opened(app, link, 410).text


def test_pages_of_others(app: Flask, cast: Cast, october: October) -> None:
    path = f"/customers/{october[1]}/statement/2026-10/share"
    for stranger in (cast.vendor(), cast.customer_login()):
        browser = Browser(app).sign_in(stranger).get(path, 404)
        browser.get("/inbox").post(path, 404)
        browser.get("/inbox").post(f"{path}/withdraw", 404)


# When it ends ----------------------------------------------------------------------------------


def assert_ended(app: Flask, path: str) -> None:
    for where in (path, f"{path}/pdf"):
        page = opened(app, where, 410)
        assert ENDED in page.text
        assert "Yadav" not in page.text


@pytest.mark.parametrize("who", ["vendor", "customer"])
def test_each_side_withdraws_it(app: Flask, milkman: Api, october: October, who: str) -> None:
    login, customer_id, _ = october
    path, other_month = shared(login, customer_id), shared(login, customer_id, "2026-11")
    side = milkman if who == "vendor" else login
    for _ in range(2):
        side.delete(address(customer_id), expect=204)
        assert_ended(app, path)
    opened(app, other_month)
    # The next one is another, and the old one stays dead.
    assert shared(milkman, customer_id) != path
    assert_ended(app, path)


def test_it_ends_by_itself(app: Flask, milkman: Api, october: October, clock: time_machine.Traveller) -> None:
    _, customer_id, _ = october
    path = shared(milkman, customer_id)
    clock.shift(LASTS - timedelta(seconds=1))
    opened(app, path)
    clock.shift(timedelta(seconds=1))
    assert_ended(app, path)
    assert shared(milkman, customer_id) != path


def test_unlinking_ends_what_either_side_made(app: Flask, cast: Cast, milkman: Api, october: October) -> None:
    login, customer_id, _ = october
    path, theirs = shared(login, customer_id), shared(milkman, customer_id, "2026-11")
    milkman.delete(f"/customer/{customer_id}/invite", expect=204)
    assert_ended(app, path)
    assert_ended(app, theirs)
    assert said(login.post(address(customer_id))) == (404, "not_found")
    assert said(login.delete(address(customer_id))) == (404, "not_found")
    # The vendor's own is a new one, and somebody else who is linked now gets that.
    new = shared(milkman, customer_id)
    assert new != path
    invite = milkman.post(f"/customer/{customer_id}/invite", expect=201)
    other = cast.customer_login()
    other.post(f"/invites/{invite['token']}/accept", expect=200)
    assert shared(other, customer_id, expect=200) == new
    assert_ended(app, path)
    assert_ended(app, theirs)


def test_linking_again_wakes_no_old_link(app: Flask, milkman: Api, october: October) -> None:
    login, customer_id, _ = october
    old = [shared(login, customer_id), shared(milkman, customer_id, "2026-11")]
    milkman.delete(f"/customer/{customer_id}/invite", expect=204)
    invite = milkman.post(f"/customer/{customer_id}/invite", expect=201)
    login.post(f"/invites/{invite['token']}/accept", expect=200)
    for path in old:
        assert_ended(app, path)
    # What they make now works, in the same instant too, and is not the old one.
    new = [shared(login, customer_id), shared(milkman, customer_id, "2026-11")]
    assert not set(old) & set(new)
    for path in new:
        opened(app, path)


def test_taking_back_an_invite_ends_nothing(app: Flask, cast: Cast, milkman: Api, october: October) -> None:
    row = cast.row(milkman, name="Bina")["id"]
    path = shared(milkman, row)
    milkman.post(f"/customer/{row}/invite", expect=201)
    milkman.delete(f"/customer/{row}/invite", expect=204)
    opened(app, path)


def test_an_inactive_customers_still_opens(app: Flask, milkman: Api, october: October) -> None:
    login, customer_id, _ = october
    path = shared(login, customer_id)
    milkman.delete(f"/customer/{customer_id}", expect=200)
    assert "Asha Sharma pays ₹1,034.00" in opened(app, path).text


# What it does not open -------------------------------------------------------------------------


def test_it_names_no_other_months_days(app: Flask, milkman: Api, october: October) -> None:
    login, customer_id, order_id = october
    mark(login, order_id, "2026-10-06", status="skipped")
    then, later = shared(milkman, customer_id), shared(milkman, customer_id, "2026-11")
    page = opened(app, then)
    assert "Not agreed yetMilk, Tuesday, 6 October 2026" in page.text.replace("yet ", "yet")
    assert "Something earlier" not in page.text
    page = opened(app, later)
    assert "Something earlier is not agreed yet." in page.text
    assert "6 October" not in page.text
    paper = text_of(page.open(f"{later}/pdf").data)
    assert "Something earlier is not agreed yet." in paper
    assert "6 October" not in paper
    assert "Milk, Tuesday, 6 October 2026" in text_of(page.open(f"{then}/pdf").data)
    # Those whose account it is hear which day it is about.
    own = Browser(app).sign_in(login).get(f"/customers/{customer_id}/statement/2026-11").text
    assert "Milk, Tuesday, 6 October 2026" in own


def test_a_busy_printer_says_so_without_a_session(app: Flask, milkman: Api, october: October) -> None:
    path = shared(milkman, october[1])
    with busy_printer():
        page = opened(app, f"{path}/pdf", 503)
    assert page.response.headers["Retry-After"] == "5"
    assert "Many papers are being made just now." in page.text
    assert page.open(f"{path}/pdf").status_code == 200


def test_nothing_can_be_guessed_or_changed(app: Flask, milkman: Api, october: October) -> None:
    _, customer_id, _ = october
    token = shared(milkman, customer_id).removeprefix("/s/")
    secret = app.extensions["vendorapp"].secret_key
    body, mark = token.split(".", 1)
    ((share_id,),) = rows("SELECT id FROM statement_shares")
    other = signer(secret).dumps(share_id + 1)
    forged = [
        signer("another secret").dumps(share_id),
        answers(secret).dumps(share_id),  # signed by us, for something else
        f"{str(other).split('.', 1)[0]}.{mark}",
        f"{body}.{mark[:-1]}",
        f"{body}.{'A' * len(mark)}",
        body,
        str(share_id),
        "x",
        "हिन्दी",
        "%00",
        "a" * 5000,
        *(str(signer(secret).dumps(odd)) for odd in (True, None, "1", [1], {"id": 1}, -1, 0, 10**30, 1.0)),
        str(other),
    ]
    for one in forged:
        assert NOTHING in opened(app, f"/s/{one}", 404).text, one
        assert opened(app, f"/s/{one}/pdf", 404).response.status_code == 404
    opened(app, f"/s/{token}")


def test_no_other_route_takes_it(app: Flask, milkman: Api, october: October) -> None:
    _, customer_id, order_id = october
    token = shared(milkman, customer_id).removeprefix("/s/")
    stranger = Api(app, token)
    for path in (f"/customer/{customer_id}/statement/2026-10", f"/order/{order_id}", "/me", "/payments"):
        assert stranger.get(path, expect=401).code == "unauthenticated"
    browser = Browser(app)
    for path in (f"/invite/{token}", f"/reset/{token}"):
        assert browser.open(path).status_code in (404, 410), path
    for method in ("POST", "PUT", "DELETE"):
        assert browser.open(f"/s/{token}", method).status_code == 405
    for path in (f"/s/{token}/2026-11", f"/s/{token}/", "/s/", "/s"):
        assert browser.open(path).status_code == 404, path
    # A sign-in by cookie is neither needed nor touched.
    asha = Browser(app).sign_in(october[0])
    before = asha.get("/").text
    asha.get(f"/s/{token}")
    assert asha.get("/").text == before
