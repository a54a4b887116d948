"""Real workers that are killed in the middle of long work: nothing is lost, nothing is done twice."""

from __future__ import annotations

from functools import partial

from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Cast
from tests.exchange.test_import import add, paste
from tests.exchange.test_import_long import FILE, LINES, nothing, whole
from tests.long_work import after_a_kill, beside, click, copies, see, tick, wait_until
from tests.processes import Worker
from tests.records.orders import agreed, rows
from tests.records.test_pages_prices import looked_at, press
from tests.records.test_prices_long import changes


def test_a_file_is_whole_or_not_there_when_the_worker_is_killed(app: Flask, cast: Cast) -> None:
    milkman = cast.vendor()
    browser = paste(Browser(app).sign_in(milkman), FILE)
    with Worker(app) as worker:
        # Somebody writes a phone of the second piece: the worker waits for them there.
        with beside(
            "INSERT INTO customers (vendor_id, name, phone_number, status, created_at)"
            " VALUES (:vendor, 'Held', '+919800000700', 'active', now())",
            vendor=milkman.user["id"],
        ):
            add(browser)
            here = browser.location
            wait_until(worker, "running", 500, partial(click, app))
            worker.kill()
        after_a_kill(app)
        nothing()
        assert see(milkman, here)["status"] == "running"
        worker.start()
        wait_until(worker, "done", LINES, partial(tick, app))
    whole()


def test_a_new_price_goes_on_where_the_killed_worker_was(app: Flask, cast: Cast) -> None:
    milkman = cast.vendor()
    login, customer_id = cast.household(of=milkman)
    first = agreed(milkman, login, customer_id)
    ids = [first, *copies(first, 1200)]
    page = Browser(app).sign_in(milkman)
    looked_at(page, rate="60")
    with Worker(app) as worker:
        # Somebody holds an order of the second five hundred.
        with beside("SELECT 1 FROM orders WHERE id = :id FOR UPDATE", id=ids[600]):
            press(page, "send", 302)
            here = page.location
            wait_until(worker, "running", 500, partial(click, app))
            worker.kill()
        after_a_kill(app)
        assert [one for one, _ in changes()] == ids[:500]
        worker.start()
        wait_until(worker, "done", 1201, partial(tick, app))
    assert [one for one, _ in changes()] == ids
    assert {status for _, status in changes()} == {"pending"}
    assert rows("SELECT count(*) FROM rate_proposals") == [(1,)]
    assert see(milkman, here)["result"]["asked"] == 1201
    told = rows("SELECT count(*), count(DISTINCT topic) FROM notices WHERE kind = 'change_proposed'")
    assert told == [(1201 + 1, 1201)]
