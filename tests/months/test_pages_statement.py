"""The statement on its page: every day in words, who accepted it, and what keeps it from being closed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.months.test_pages import FORBIDDEN, mark
from tests.on_demand.extras import entered
from tests.records.orders import agreed, on_trust
from vendorapp.months.proof import verify

OCTOBER, NOVEMBER = "2026-10-31T06:30:00Z", "2026-11-02T06:00:00Z"


@pytest.fixture(autouse=True)
def clock(app: Flask) -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-10-01T06:30:00Z", tick=False) as traveller:
        yield traveller
        assert verify() == []


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def october(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> tuple[Api, int, int]:
    """A household's October: login, account and order; ₹540 from before, five days, a payment of ₹100."""
    login, customer_id = cast.household(of=milkman, opening_balance="540")
    order_id = agreed(milkman, login, customer_id)
    clock.move_to(OCTOBER)
    for day in (1, 2, 3, 6):
        mark(milkman, order_id, f"2026-10-{day:02}")
    mark(milkman, order_id, "2026-10-04", status="skipped")
    mark(milkman, order_id, "2026-10-05", quantity="3")
    body = {"customer_id": customer_id, "amount": "100", "date": "2026-10-20", "note": "At the door"}
    milkman.post("/payments", body, expect=201)
    clock.move_to(NOVEMBER)
    return login, customer_id, order_id


def path(customer_id: int, month: str = "2026-10") -> str:
    return f"/customers/{customer_id}/statement/{month}"


def accepted(who: Api, customer_id: int) -> dict[str, Any]:
    found = who.get(f"/customer/{customer_id}/statement/2026-10").json
    return {name: found[name] for name in ("accepted_by_vendor_at", "accepted_by_customer_at", "closed_at")}


def test_both_sides_read_the_same_days(app: Flask, milkman: Api, october: tuple[Api, int, int]) -> None:
    login, customer_id, _ = october
    entered(milkman, customer_id, status="served")
    browser, asha = Browser(app).sign_in(milkman), Browser(app).sign_in(login)
    pages = [reader.get(path(customer_id)).text for reader in (browser, asha)]
    for text in pages:
        assert "Account of October 2026" in text
        assert "From beforeAsha Sharma pays ₹540.00+ ₹540.00" in text
        assert "Delivered+ ₹594.00 Paid− ₹100.00" in text
        assert "At the end of the month+ ₹1,034.00" in text
        assert "Asha Sharma pays ₹1,034.00" in text
        assert "Thu 1 – Sat 33 × 2 L × ₹54.00₹324.00" in text
        assert "Sun 4not delivered–" in text
        assert "Mon 53 L × ₹54.00₹162.00" in text
        assert "Tue 62 L × ₹54.00₹108.00" in text
        assert "Milk 5 days" in text
        assert "Tue 20Cash At the door− ₹100.00" in text
        assert "Cake" not in text
        assert [word for word in FORBIDDEN if word in text.lower()] == []
    sums = {text[text.index("From before") : text.index("Who accepted it")] for text in pages}
    assert len(sums) == 1
    assert "Cake" in browser.get(path(customer_id, "2026-11")).text


def test_the_way_there_is_from_a_month_that_is_over(
    app: Flask, milkman: Api, october: tuple[Api, int, int]
) -> None:
    login, customer_id, _ = october
    for reader in (Browser(app).sign_in(milkman), Browser(app).sign_in(login)):
        for month, there in (("2026-10", True), ("2026-11", False)):
            reader.get(f"/customers/{customer_id}?month={month}")
            hrefs = [a.get("href") for a in reader.tree.iter("a")]
            assert (path(customer_id, month) in hrefs) is there


def test_both_accept_and_the_month_is_closed(app: Flask, milkman: Api, october: tuple[Api, int, int]) -> None:
    login, customer_id, order_id = october
    browser, asha = Browser(app).sign_in(milkman), Browser(app).sign_in(login)
    asha.get(path(customer_id))
    assert "Yadav Dairy: not yet" in asha.text
    asha.submit()
    assert asha.location == path(customer_id)
    text = asha.get(asha.location).text
    assert "It is closed once the other side accepts it too." in text
    assert "Asha Sharma, on 2 Nov 2026, 11:30" in text
    assert "You accepted it; the other side is asked." in text
    browser.get(path(customer_id)).submit()
    text = browser.get(path(customer_id)).text
    assert "The month is closed: nothing in it moves any more." in text
    assert "Closed on 2 Nov 2026, 11:30" in text
    assert None not in accepted(login, customer_id).values()
    mark(milkman, order_id, "2026-10-07", expect=409)
    # A second click changes nothing.
    asha.post(f"{path(customer_id)}/accept")
    assert asha.location == path(customer_id)


def test_a_customer_without_a_login_needs_a_note(
    app: Flask, cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    customer_id = cast.row(milkman, name="Bina Rao", opening_balance="-20")["id"]
    order_id = on_trust(milkman, customer_id)
    clock.move_to(OCTOBER)
    mark(milkman, order_id, "2026-10-02")
    clock.move_to(NOVEMBER)
    browser = Browser(app).sign_in(milkman).get(path(customer_id))
    assert "From beforeYadav Dairy gives back ₹20.00− ₹20.00" in browser.text
    browser.submit(422, on_behalf_note=" ")
    assert browser.error("on_behalf_note") == "This field is required."
    browser.submit(422, on_behalf_note="x" * 201)
    assert browser.value("on_behalf_note") == "x" * 201
    browser.submit(on_behalf_note="She nodded at the door")
    text = browser.get(path(customer_id)).text
    assert "Bina Rao, as Yadav Dairy wrote: She nodded at the door" in text
    assert accepted(milkman, customer_id)["closed_at"] is not None


def test_a_disputed_day_keeps_it_open_and_is_linked(
    app: Flask, milkman: Api, october: tuple[Api, int, int]
) -> None:
    login, customer_id, order_id = october
    mark(login, order_id, "2026-10-06", status="skipped")
    for reader in (Browser(app).sign_in(milkman), Browser(app).sign_in(login)):
        reader.get(path(customer_id))
        assert "Not agreed yet" in reader.text
        assert "First agree on what stands above." in reader.text
        links = {a.get("href"): "".join(a.itertext()) for a in reader.tree.iter("a")}
        assert links[f"/orders/{order_id}/day?date=2026-10-06"] in (
            "Milk, Tuesday, 6 October 2026", "Tue 6",
        )  # fmt: skip
        assert not list(reader.tree.iter("input[@name='closing_balance']"))
        reader.post(f"{path(customer_id)}/accept", 409)
        assert "do not agree on a day" in reader.text
    assert set(accepted(milkman, customer_id).values()) == {None}
    # It keeps the next month open, too.
    assert "Not agreed yet" in reader.get(path(customer_id, "2026-11")).text


def test_each_disputed_day_has_its_own_row(app: Flask, milkman: Api, october: tuple[Api, int, int]) -> None:
    login, customer_id, order_id = october
    for day in ("2026-10-02", "2026-10-03"):
        mark(login, order_id, day, status="skipped")
    browser = Browser(app).sign_in(milkman).get(path(customer_id))
    rows = [" ".join("".join(row.itertext()).split()) for row in browser.tree.iter("tr")]
    assert "Fri 2not agreed–" in rows
    assert "Sat 3not agreed–" in rows


def test_a_sum_that_changed_meanwhile_is_shown_first(
    app: Flask, milkman: Api, october: tuple[Api, int, int]
) -> None:
    login, customer_id, order_id = october
    asha = Browser(app).sign_in(login).get(path(customer_id))
    mark(milkman, order_id, "2026-10-08")
    asha.submit(409)
    assert "The account has changed since you looked at it." in asha.text
    assert "Asha Sharma pays ₹1,142.00" in asha.text
    assert set(accepted(login, customer_id).values()) == {None}
    asha.submit()
    assert accepted(login, customer_id)["accepted_by_customer_at"] is not None


def test_a_month_that_still_runs(app: Flask, milkman: Api, october: tuple[Api, int, int]) -> None:
    _, customer_id, _ = october
    browser = Browser(app).sign_in(milkman).get(path(customer_id, "2026-11"))
    assert "still running" in browser.text
    assert "It can be accepted when the month is over." in browser.text
    browser.post(f"{path(customer_id, '2026-11')}/accept", 409)
    assert "This month is not over yet." in browser.text


def test_a_payment_that_was_taken_back_stands_on_both_days(
    app: Flask, milkman: Api, october: tuple[Api, int, int]
) -> None:
    _, customer_id, _ = october
    (payment,) = milkman.get("/payments")["items"]
    milkman.post(f"/payments/{payment['id']}/reverse", {"reason": "False note"}, expect=200)
    browser = Browser(app).sign_in(milkman)
    assert "Tue 20Cash At the door− ₹100.00" in browser.get(path(customer_id)).text
    assert "Mon 2taken back+ ₹100.00" in browser.get(path(customer_id, "2026-11")).text


def test_nobody_else(app: Flask, cast: Cast, october: tuple[Api, int, int]) -> None:
    _, customer_id, _ = october
    for other in (cast.vendor(), cast.customer_login()):
        stranger = Browser(app).sign_in(other)
        stranger.get(path(customer_id), 404)
        stranger.get("/inbox").post(f"{path(customer_id)}/accept", 404)


def test_a_path_that_is_no_month(app: Flask, milkman: Api, october: tuple[Api, int, int]) -> None:
    browser = Browser(app).sign_in(milkman)
    for month in ("2026-13", "2026", "soon", "2026-1"):
        browser.get(path(october[1], month), 404)
