"""A yes is to what was seen; where nobody can answer any more, the vendor says how they agreed."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api
from tests.contract.test_races import race
from tests.records.orders import rows

from .extras import account, asked, entered, refused, said, status, step, stuck, told


def offered(login: Api, vendor: Api, rate: str = "6") -> int:
    order_id = asked(login, vendor)
    assert step(vendor, order_id, "accept", rate=rate)["status"] == "offered"
    return order_id


def unlinked(login: Api, vendor: Api, row: int, **fields: Any) -> int:
    """A customer's request that nobody can answer for: the link is gone."""
    order_id = asked(login, vendor, **fields)
    vendor.delete(f"/customer/{row}/invite", expect=204)
    return order_id


def test_a_price_that_was_never_seen_is_not_accepted(milkman: Api, linked: Any) -> None:
    login, _ = linked
    order_id = offered(login, milkman)
    milkman.put(f"/order/{order_id}", {"rate": "600"}, expect=200)
    heard = len(told(milkman))
    for seen in ({"rate": "6"}, {"rate": "6.00", "quantity": "2"}, {"rate": "600", "quantity": "1"}):
        assert stuck(step(login, order_id, "accept", **seen)) == (409, "wrong_state", "offered")
    assert rows("SELECT state, rate, quantity FROM orders") == [("offered", 60000, 2000)]
    assert len(told(milkman)) == heard
    order = step(login, order_id, "accept", rate="600.00", quantity=2).json
    assert (order["status"], order["amount"]) == ("accepted", "1200.00")


def test_a_customers_check_is_optional_and_read_in_the_vendors_money(milkman: Api, linked: Any) -> None:
    login, _ = linked
    first, second = offered(login, milkman), offered(login, milkman)
    assert step(login, first, "accept")["status"] == "accepted"
    assert refused(step(login, second, "accept", rate="6.005")) == [("rate", "invalid")]
    assert said(step(login, 999_999_999, "accept", rate="6")) == (404, "not_found")
    assert step(login, second, "accept", quantity="2.000")["status"] == "accepted"


def test_a_quantity_that_was_changed_meanwhile_is_not_promised(milkman: Api, linked: Any) -> None:
    login, _ = linked
    order_id = asked(login, milkman, rate="180")
    login.put(f"/order/{order_id}", {"quantity": "20"}, expect=200)
    for price in ({}, {"rate": "180"}, {"rate": "200"}):
        late = step(milkman, order_id, "accept", quantity="2", **price)
        assert stuck(late) == (409, "wrong_state", "requested")
    assert rows("SELECT state, rate FROM orders") == [("requested", 18000)]
    assert step(milkman, order_id, "accept", quantity="20")["status"] == "accepted"


def test_what_is_disputed_is_agreed_to_as_it_was_seen(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = entered(milkman, row, status="served")
    step(login, order_id, "decline", reason="x")
    assert stuck(step(login, order_id, "accept", rate="1")) == (409, "wrong_state", "served")
    assert account(login, row)["disputed_amount"] == "400.00"
    assert step(login, order_id, "accept", rate="200", quantity="2")["status"] == "served"
    assert account(login, row)["disputed_amount"] == "0.00"


@pytest.mark.parametrize("_again", range(3))
def test_a_yes_and_another_price_at_once(milkman: Api, linked: Any, _again: int) -> None:
    login, _ = linked
    order_id = offered(login, milkman)
    yes = partial(step, login, order_id, "accept", rate="6")
    dearer = partial(milkman.put, f"/order/{order_id}", {"rate": "600"})
    assert race([yes, dearer]) == {(200, None): 1, (409, "wrong_state"): 1}
    assert rows("SELECT state, rate FROM orders")[0] in (("accepted", 600), ("offered", 60000))


@pytest.mark.parametrize("listed", [False, True])
def test_an_old_page_shows_what_is_offered_now(app: Flask, milkman: Api, linked: Any, listed: bool) -> None:
    login, _ = linked
    order_id = offered(login, milkman)
    path = f"/requests/{order_id}"
    page = Browser(app).sign_in(login)
    page.get("/requests" if listed else path)
    milkman.put(f"/order/{order_id}", {"rate": "600"}, expect=200)
    page.submit(at=f"{path}/accept", expect=409)
    assert "It was changed meanwhile. Look at it again." in page.text
    assert "Yes, for ₹1,200.00" in page.text
    assert status(login, order_id) == "offered"
    page.submit(at=f"{path}/accept")
    assert status(login, order_id) == "accepted"


@pytest.mark.parametrize("listed", [False, True])
def test_an_old_page_of_a_vendor_too(app: Flask, milkman: Api, linked: Any, listed: bool) -> None:
    login, _ = linked
    order_id = asked(login, milkman, rate="180")
    path = f"/requests/{order_id}"
    page = Browser(app).sign_in(milkman)
    page.get("/requests" if listed else path)
    login.put(f"/order/{order_id}", {"quantity": "20", "rate": "150"}, expect=200)
    page.submit(at=f"{path}/accept", expect=409)
    assert "It was changed meanwhile. Look at it again." in page.text
    assert (page.value("rate"), page.value("quantity")) == ("150.00", "20")
    page.submit(at=f"{path}/accept")
    assert rows("SELECT state, rate FROM orders") == [("accepted", 15000)]


def test_an_offer_that_nobody_could_answer(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = unlinked(login, milkman, row, rate="180")
    path = f"/order/{order_id}"
    for late in (
        step(milkman, order_id, "accept", rate="200"),
        milkman.put(path, {"rate": "200"}),
        milkman.put(path, {"quantity": "3"}),
    ):
        assert said(late) == (409, "on_behalf_note_required")
    assert rows("SELECT state, rate, on_behalf_note FROM orders") == [("requested", 18000, None)]
    order = step(milkman, order_id, "accept", rate="200", on_behalf_note="by phone").json
    assert (order["status"], order["rate"]) == ("accepted", "200.00")
    assert rows("SELECT on_behalf_note FROM orders") == [("by phone",)]
    assert step(milkman, order_id, "serve")["status"] == "served"


def test_their_own_price_needs_no_note(milkman: Api, linked: Any) -> None:
    order_id = unlinked(linked[0], milkman, linked[1], rate="180")
    assert step(milkman, order_id, "accept", rate="180")["status"] == "accepted"


def test_other_terms_with_a_note_are_accepted_at_once(milkman: Api, linked: Any) -> None:
    order_id = unlinked(linked[0], milkman, linked[1])
    order = milkman.put(f"/order/{order_id}", {"rate": "200", "on_behalf_note": "at the door"}, expect=200)
    assert (order["status"], order["amount"]) == ("accepted", "400.00")
    assert rows("SELECT on_behalf_note FROM orders") == [("at the door",)]


@pytest.mark.parametrize("by_put", [False, True])
def test_an_offer_left_behind_by_an_unlinked_login(milkman: Api, linked: Any, by_put: bool) -> None:
    login, row = linked
    order_id = offered(login, milkman)
    assert said(step(milkman, order_id, "accept", on_behalf_note="x")) == (409, "customer_has_login")
    assert said(milkman.put(f"/order/{order_id}", {"on_behalf_note": "x"})) == (409, "customer_has_login")
    assert stuck(step(milkman, order_id, "accept")) == (409, "wrong_state", "offered")
    assert refused(step(login, order_id, "accept", on_behalf_note="x")) == [("on_behalf_note", "invalid")]
    milkman.delete(f"/customer/{row}/invite", expect=204)
    assert said(step(milkman, order_id, "accept")) == (409, "on_behalf_note_required")
    assert status(milkman, order_id) == "offered"
    note = {"on_behalf_note": "by phone"}
    if by_put:
        milkman.put(f"/order/{order_id}", note, expect=200)
    else:
        assert step(milkman, order_id, "accept", **note).status == 200
    assert rows("SELECT state, rate, on_behalf_note FROM orders") == [("accepted", 600, "by phone")]
    assert stuck(step(milkman, order_id, "accept", **note)) == (409, "wrong_state", "accepted")


def test_the_page_asks_how_they_agreed(app: Flask, milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = offered(login, milkman)
    path = f"/requests/{order_id}"
    page = Browser(app).sign_in(milkman)
    assert "How did they agree?" not in page.get(path).text
    milkman.delete(f"/customer/{row}/invite", expect=204)
    assert "Asha Sharma has no login: write down how they say yes." in page.get(path).text
    page.submit(at=f"{path}/accept", expect=409)
    assert "write down how they agreed" in page.text
    page.submit(at=f"{path}/accept", on_behalf_note="by phone")
    assert "How it was agreed: by phone" in page.get(path).text
    assert status(milkman, order_id) == "accepted"
