"""Answering, taking back and ending by hand."""

from __future__ import annotations

import pytest
import time_machine
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.records.orders import agreed, on_trust

TODAY = "2026-11-21"


@pytest.fixture
def vendor_page(app: Flask, milkman: Api) -> Browser:
    return Browser(app).sign_in(milkman)


@pytest.fixture
def customer_page(app: Flask, linked: tuple[Api, int]) -> Browser:
    return Browser(app).sign_in(linked[0])


@pytest.fixture
def order_id(milkman: Api, linked: tuple[Api, int]) -> int:
    household, customer_id = linked
    return agreed(milkman, household, customer_id, start_date="2026-11-09")


def asked(vendor: Api, order_id: int, **fields: str) -> int:
    answer = vendor.put(f"/order/{order_id}", fields or {"quantity": "3"}, expect=202)
    return int(answer["change"]["id"])


def change(who: Api, change_id: int) -> str:
    items = who.get("/changes?status=all")["items"]
    return str(next(one["status"] for one in items if one["id"] == change_id))


def test_looking_answers_nothing(customer_page: Browser, milkman: Api, order_id: int) -> None:
    change_id = asked(milkman, order_id)
    for query in ("", "?answer=accept", "?answer=decline"):
        assert "Yadav Dairy asks to change Milk" in customer_page.get(f"/changes/{change_id}{query}").text
    customer_page.get(f"/changes/{change_id}/withdraw", expect=405)
    assert change(milkman, change_id) == "pending"


@pytest.mark.parametrize(
    ("answer", "status", "quantity"), [("accept", "accepted", "3"), ("decline", "declined", "2")]
)
def test_the_other_side_answers_once(
    customer_page: Browser, milkman: Api, order_id: int, answer: str, status: str, quantity: str
) -> None:
    change_id = asked(milkman, order_id, quantity="3", effective_from=TODAY)
    customer_page.get(f"/changes/{change_id}").submit(at=f"/changes/{change_id}", answer=answer)
    assert customer_page.location == f"/orders/{order_id}"
    assert "Yadav Dairy is told." in customer_page.get(f"/orders/{order_id}").text
    assert change(milkman, change_id) == status
    assert milkman.get(f"/order/{order_id}")["quantity"] == quantity
    other = "decline" if answer == "accept" else "accept"
    for again in (answer, other):
        customer_page.post(f"/changes/{change_id}", 409, answer=again)
        assert f"This change is {status}." in customer_page.text
    assert change(milkman, change_id) == status


def test_the_proposer_cannot_answer_nor_the_other_take_back(
    vendor_page: Browser, customer_page: Browser, milkman: Api, order_id: int
) -> None:
    change_id = asked(milkman, order_id)
    vendor_page.get(f"/changes/{change_id}")
    vendor_page.post(f"/changes/{change_id}", 403, answer="accept")
    assert "The other side answers this." in vendor_page.text
    customer_page.get(f"/changes/{change_id}").post(f"/changes/{change_id}/withdraw", 403)
    assert change(milkman, change_id) == "pending"
    vendor_page.submit(at=f"/changes/{change_id}/withdraw")
    assert vendor_page.location == f"/orders/{order_id}"
    assert change(milkman, change_id) == "withdrawn"
    assert "Taken back by Yadav Dairy" in customer_page.get(f"/changes/{change_id}").text


@pytest.mark.parametrize("answer", ["", "yes", "accept;"])
def test_an_answer_is_a_word_of_two(customer_page: Browser, milkman: Api, order_id: int, answer: str) -> None:
    change_id = asked(milkman, order_id)
    customer_page.get(f"/changes/{change_id}").post(f"/changes/{change_id}", 422, answer=answer)
    assert change(milkman, change_id) == "pending"


def test_a_change_that_is_over_says_how_it_ended(
    clock: time_machine.Traveller, customer_page: Browser, milkman: Api, order_id: int
) -> None:
    first = asked(milkman, order_id)
    second = asked(milkman, order_id, rate="60")
    assert "Replaced by a newer proposal of Yadav Dairy" in customer_page.get(f"/changes/{first}").text
    assert "QuantityPrice" not in customer_page.text
    clock.shift(8 * 24 * 3600)
    text = customer_page.get(f"/changes/{second}").text
    assert "Not answered in time" in text
    assert "₹60.00" in text
    customer_page.post(f"/changes/{second}", 409, answer="accept")
    assert milkman.get(f"/order/{order_id}")["rate"] == "54.00"


def test_a_foreign_change_is_not_there(app: Flask, cast: Cast, milkman: Api, order_id: int) -> None:
    change_id = asked(milkman, order_id)
    for someone in (cast.vendor(), cast.customer_login()):
        page = Browser(app).sign_in(someone)
        page.get(f"/changes/{change_id}", expect=404)
        page.get("/settings").post(f"/changes/{change_id}", 404, answer="accept")
        page.get("/settings").post(f"/changes/{change_id}/withdraw", 404)
    assert change(milkman, change_id) == "pending"


def test_a_vendor_ends_an_order(vendor_page: Browser, milkman: Api, order_id: int) -> None:
    path = f"/orders/{order_id}/end"
    assert vendor_page.get(path).value("effective_from") == "2026-11-22"
    vendor_page.submit(effective_from="2026-11-25")
    assert vendor_page.location == f"/orders/{order_id}"
    assert "The last day is 24 Nov 2026." in vendor_page.get(f"/orders/{order_id}").text
    assert milkman.get(f"/order/{order_id}")["valid_till"] == "2026-11-24"


def test_a_customer_ends_by_the_cut_off(customer_page: Browser, milkman: Api, order_id: int) -> None:
    path = f"/orders/{order_id}/end"
    customer_page.get(path).submit(409, effective_from=TODAY)
    assert "It is too late for that day. The earliest day is 22 Nov 2026." in customer_page.text
    assert customer_page.value("effective_from") == TODAY
    customer_page.submit(effective_from="")
    assert milkman.get(f"/order/{order_id}")["valid_till"] == TODAY


def test_a_day_that_is_none_stays_in_the_field(customer_page: Browser, milkman: Api, order_id: int) -> None:
    customer_page.get(f"/orders/{order_id}/end").submit(422, effective_from="soon")
    assert customer_page.error("effective_from") == "A day as YYYY-MM-DD is expected."
    assert customer_page.value("effective_from") == "soon"
    assert milkman.get(f"/order/{order_id}")["valid_till"] is None


def test_an_order_goes_for_good_only_without_marks(
    vendor_page: Browser, customer_page: Browser, milkman: Api, row_id: int, order_id: int
) -> None:
    other = on_trust(milkman, row_id)
    vendor_page.get(f"/orders/{other}/end").post(f"/orders/{other}/end", remove="1")
    assert vendor_page.location == f"/customers/{row_id}"
    milkman.get(f"/order/{other}", expect=404)
    milkman.post(f"/order/{order_id}/attendance", {}, expect=201)
    assert "for good" not in vendor_page.get(f"/orders/{order_id}/end").text
    vendor_page.post(f"/orders/{order_id}/end", 409, remove="1")
    assert "it can only be ended" in vendor_page.text
    customer_page.get(f"/orders/{order_id}/end").post(f"/orders/{order_id}/end", 403, remove="1")
    milkman.get(f"/order/{order_id}")
