"""A long file of customers: added by a worker, all of it or nothing, whatever happens to the worker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.exchange.test_import import HEAD, add, book, filled, paste, problems, send
from tests.long_work import beside, job_row, see
from tests.records.orders import execute, rows
from vendorapp.customers import service as customers
from vendorapp.exchange import service
from vendorapp.kernel import idempotency, long_work
from vendorapp.kernel.database import db
from vendorapp.months.proof import verify

LINES = 1201


def line(number: int) -> str:
    return f"C{number},98{number:08d},,,{number},{number}.50\n"


FILE = HEAD + "".join(line(number) for number in range(LINES))


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def browser(app: Flask, milkman: Api) -> Browser:
    """The milkman's."""
    return Browser(app).sign_in(milkman).get("/customers/import")


def whole() -> None:
    """Everybody is in the book once, with what they owed."""
    assert rows("SELECT count(*), count(DISTINCT phone_number) FROM customers") == [(LINES, LINES)]
    total = sum(number * 100 + 50 for number in range(LINES))
    assert rows("SELECT count(*), sum(balance) FROM accounts") == [(LINES, total)]
    assert verify() == []


def nothing() -> None:
    for table in ("customers", "accounts", "ledger_entries", "idempotency_keys"):
        assert rows(f"SELECT count(*) FROM {table}") == [(0,)], table


def test_a_few_are_added_at_once_and_many_by_a_worker(browser: Browser, milkman: Api) -> None:
    paste(browser, HEAD + "".join(line(number) for number in range(200)))
    add(browser)
    assert browser.location == "/customers"
    assert rows("SELECT count(*) FROM long_jobs") == [(0,)]
    paste(browser, HEAD + "".join(line(number) for number in range(200, 401)))
    add(browser)
    found = see(milkman, browser.location)
    assert (found["kind"], found["status"], found["done"], found["total"]) == (
        "customers_import",
        "waiting",
        0,
        201,
    )
    assert rows("SELECT count(*) FROM customers") == [(200,)]


def test_a_long_file_is_seen_being_added(
    browser: Browser, milkman: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    paste(browser, FILE)
    add(browser)
    here = browser.location
    assert "Customers from a file" in browser.get(here).text
    assert "0 of 1,201" in browser.text
    links = [one.get("href") for one in browser.get("/customers/import").tree.iter("a")]
    assert here in links
    looks: list[Any] = []
    real = customers.add_many

    def watched(caller: Any, new: Any) -> int:
        with db.engine.connect() as beside:
            seen = "SELECT status, done, (SELECT count(*) FROM customers) FROM long_jobs"
            looks.append(tuple(beside.exec_driver_sql(seen).one()))
        return real(caller, new)

    monkeypatch.setattr(customers, "add_many", watched)
    long_work.run(job_row()["id"])
    # How far it is is seen, what it does is not before it is whole.
    assert looks == [("running", done, 0) for done in (0, 500, 1000)]
    whole()
    found = see(milkman, here)
    assert (found["status"], found["done"]) == ("done", LINES)
    assert found["result"] == {"url": "/customers", "added": LINES}
    browser.get(f"{here}?waited=1", 302)
    assert browser.location == "/customers"
    assert "1,201 customers are in your book." in browser.get("/customers").text.replace("1201", "1,201")
    # The file itself is no longer kept.
    assert rows("SELECT args ? 'typed' FROM long_jobs") == [(False,)]


def test_a_second_click_adds_nothing_twice(browser: Browser, milkman: Api) -> None:
    paste(browser, FILE)
    page = browser.tree, browser.response
    add(browser)
    here = browser.location
    browser.tree, browser.response = page
    add(browser)
    assert browser.location == here
    long_work.run(job_row()["id"])
    browser.tree, browser.response = page
    add(browser)
    # It is told again.
    assert browser.location == "/customers"
    whole()
    assert job_row()["status"] == "done"


def test_another_file_waits_until_the_first_is_through(browser: Browser, milkman: Api) -> None:
    paste(browser, FILE)
    add(browser)
    paste(browser, HEAD + "".join(line(number) for number in range(5000, 5300)))
    add(browser, 409)
    assert "is still being worked on" in browser.text
    assert "Can be added300" in browser.text
    long_work.run(job_row()["id"])
    add(browser, 302)
    assert rows("SELECT total FROM long_jobs ORDER BY id") == [(LINES,), (300,)]


def elsewhere(work: Callable[[], object]) -> None:
    """What somebody else does meanwhile, by a connection of their own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(Context().run, work).result()


def test_the_business_goes_on_while_a_long_file_is_added(
    app: Flask, browser: Browser, milkman: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    paste(browser, FILE)
    page = browser.tree, browser.response
    add(browser)
    here = browser.location
    real = customers.add_many
    seen: list[int] = []

    def others() -> None:
        milkman.put("/me", {"name": "Ram", "business_name": "Ram Dairy", "cut_off": "19:00"}, expect=200)
        # Second clicks lead to the same work, another file has to wait.
        browser.tree, browser.response = page
        add(browser)
        assert browser.location == here
        paste(browser, HEAD + line(5000))
        add(browser, 409)
        assert "is still being worked on" in browser.text

    def meanwhile(caller: Any, new: Any) -> int:
        seen.append(real(caller, new))
        if len(seen) == 2:
            elsewhere(others)
        return seen[-1]

    monkeypatch.setattr(customers, "add_many", meanwhile)
    long_work.run(job_row()["id"])
    assert seen == [500, 500, 201]
    whole()
    assert milkman.get("/me")["vendor"]["business_name"] == "Ram Dairy"


@pytest.mark.parametrize("count", [150, 300])
def test_six_clicks_at_once_add_it_once(app: Flask, browser: Browser, milkman: Api, count: int) -> None:
    paste(browser, HEAD + "".join(line(number) for number in range(count)))
    sent = filled(browser)
    clickers = [Browser(app).sign_in(milkman).get("/customers/import") for _ in range(6)]
    start = threading.Barrier(len(clickers))

    def click(one: Browser) -> str:
        fields = sent | {"csrf_token": one.csrf()}
        start.wait()
        return send(one, "/customers/import/add", 302, **fields).location

    with ThreadPoolExecutor(len(clickers)) as pool:
        waiting = [pool.submit(Context().run, click, one) for one in clickers]
        led = {one.result().partition("?")[0] for one in waiting}
    if count > service.AT_ONCE:
        job = job_row()
        assert led == {f"/work/{job['id']}"}
        long_work.run(job["id"])
    else:
        assert led == {"/customers"}
    assert rows("SELECT count(*) FROM customers") == [(count,)]


def test_a_few_that_take_long_are_said_to_be_at_work(
    browser: Browser, milkman: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "A_MOMENT", "50ms")
    paste(browser, HEAD + line(1))
    lock = "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"
    with beside(lock, name=f"customers_import:{milkman.user['id']}"):
        add(browser, 409)
        assert "is still being worked on" in browser.text
    nothing()
    add(browser)
    assert len(book(milkman)) == 1


def test_another_currency_meanwhile_undoes_all(
    browser: Browser, milkman: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The amounts were read in the old one."""
    paste(browser, HEAD + line(1))
    real = customers.add_many

    def meanwhile(caller: Any, new: Any) -> int:
        added = real(caller, new)
        elsewhere(lambda: milkman.put("/me", {"currency": "JPY"}, expect=200))
        return added

    monkeypatch.setattr(customers, "add_many", meanwhile)
    add(browser, 409)
    assert "Your book has changed meanwhile." in browser.text
    nothing()


def test_no_other_currency_once_it_is_added(
    app: Flask, browser: Browser, milkman: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    paste(browser, HEAD + line(1))
    real = idempotency.remember
    heard: list[tuple[int, str | None]] = []

    def other() -> None:
        answer = milkman.put("/me", {"currency": "JPY"})
        heard.append((answer.status, answer.code))

    thread = threading.Thread(target=Context().run, args=(other,))

    def slow(*given: Any) -> None:
        real(*given)
        thread.start()
        assert waits(), "the change of the currency did not wait"

    monkeypatch.setattr(idempotency, "remember", slow)
    add(browser)
    thread.join()
    assert heard == [(409, "has_history")]
    assert rows("SELECT currency FROM vendors") == [("INR",)]


def waits() -> bool:
    """Whether somebody comes to wait for a lock."""
    blocked = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with db.engine.connect() as watcher:
        for _ in range(200):
            if watcher.scalar(blocked):
                return True
            watcher.rollback()
            threading.Event().wait(0.02)
    return False


def test_bad_lines_are_named_before_anything_starts(browser: Browser, milkman: Api) -> None:
    paste(browser, FILE + "Nobody,12,,,,\n")
    add(browser, 422)
    assert browser.error("leave_out") == "Some lines cannot be added. Say that they may be left out."
    assert "12" in problems(browser)[str(LINES + 2)]
    assert rows("SELECT count(*) FROM long_jobs") == [(0,)]
    add(browser, leave_out="y")
    long_work.run(job_row()["id"])
    whole()


def test_what_changed_meanwhile_undoes_all_and_is_looked_at_again(
    browser: Browser, milkman: Api, cast: Cast
) -> None:
    paste(browser, FILE)
    add(browser)
    here = browser.location
    cast.row(milkman, name="Just now", phone_number="+919800001200")
    long_work.run(job_row()["id"])
    found = see(milkman, here)
    assert (found["status"], found["result"]) == ("failed", None)
    assert found["problem"] == "Your book has changed meanwhile. Nothing was added."
    assert [row["name"] for row in book(milkman)] == ["Just now"]
    browser.get(here)
    assert "Your book has changed meanwhile. Nothing was added." in browser.text
    again = f"/customers/import?again={found['id']}"
    assert again in [one.get("href") for one in browser.tree.iter("a")]
    browser.get(again)
    assert "is in your book already: Just now" in problems(browser)[str(LINES + 1)]
    add(browser, leave_out="y")
    assert browser.location != here
    # Nobody else gets to see the file.
    other = Browser(browser.client.application).sign_in(cast.vendor())
    assert "C1200" not in other.get(again).text
    assert "Look at it" in other.text


def test_a_phone_taken_while_it_is_added_undoes_all(
    browser: Browser, milkman: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    paste(browser, FILE)
    add(browser)
    here = browser.location
    real = customers.add_many
    pieces: list[int] = []

    def second_fails(caller: Any, new: Any) -> int:
        pieces.append(len(new))
        if len(pieces) == 2:
            new = [*new, new[0]]
        return real(caller, new)

    monkeypatch.setattr(customers, "add_many", second_fails)
    long_work.run(job_row()["id"])
    assert see(milkman, here)["problem"] == "A customer in your book has one of these phone numbers."
    assert pieces == [500, 500]
    nothing()


def test_a_released_login_gets_nothing(browser: Browser, milkman: Api) -> None:
    paste(browser, FILE)
    add(browser)
    execute("UPDATE users SET phone_number = NULL")
    long_work.run(job_row()["id"])
    assert job_row()["status"] == "failed"
    nothing()


def test_filled_in_form_is_the_same(browser: Browser) -> None:
    """A page that was looked at again adds what the first one would have."""
    paste(browser, FILE)
    first = filled(browser)
    add(browser)
    job = job_row()
    execute("UPDATE long_jobs SET status = 'failed', finished_at = now(), problem = 'x'")
    again = filled(browser.get(f"/customers/import?again={job['id']}"))
    assert (again["kept"], again["shown"]) == (first["kept"], first["shown"])
    assert again["key"] != first["key"]
