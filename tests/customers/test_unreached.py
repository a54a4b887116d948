"""Whom no push reached: the vendor reads their names and numbers, and rings them up."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.notices.conftest import Subscribe, pushes, subscribe
from tests.push_service import PushService, drop, status
from vendorapp.customers import queries
from vendorapp.kernel.clock import now
from vendorapp.kernel.database import session, transaction
from vendorapp.notices import delivery

__all__ = ["pushes", "subscribe"]

REFUSED = status(400)


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


def execute(statement: str, **values: Any) -> None:
    with transaction() as current:
        current.execute(text(statement), values)


def propose(vendor: Api, customer_id: int, item: str = "Milk") -> int:
    body = {"customer_id": customer_id, "item_name": item, "rate": "50"}
    return int(vendor.post("/orders", body, expect=201)["pending_change"]["id"])


def unreached(vendor: Api) -> list[tuple[int, str, int]]:
    """Who it is, what they were told last, and how much more."""
    session().rollback()
    vendor_id = vendor.user["id"]
    found = queries.unreached(vendor_id).items
    assert queries.any_unreached(vendor_id) == bool(found)
    return [(one.customer_id, one.title, one.more) for one in found]


def test_a_push_that_was_given_up(
    app: Flask, cast: Cast, milkman: Api, pushes: PushService, subscribe: Subscribe
) -> None:
    household, row_id = cast.household(of=milkman, name="Asha Sharma")
    browser = Browser(app).sign_in(milkman)
    assert "not reached" not in browser.get("/customers").text
    assert "Everybody was reached" in browser.get("/customers/unreached").text
    pushes.always(subscribe(household), REFUSED)
    propose(milkman, row_id)
    assert unreached(milkman) == []  # it is under way
    assert delivery.sweep() == {"dead": 1}
    page = browser.get("/customers")
    assert "Some customers were not reached" in page.text
    assert "/customers/unreached" in page.response.text
    page = browser.get("/customers/unreached")
    phone = milkman.get(f"/customer/{row_id}")["phone_number"]
    assert f'href="tel:{phone}"' in page.response.text
    assert f'href="/customers/{row_id}"' in page.response.text
    assert "Asha Sharma" in page.text
    assert "Yadav Dairy" in page.text  # what they were told
    Browser(app).sign_in(household).get("/customers/unreached", expect=403)


def test_one_device_that_took_it_is_enough(
    cast: Cast, milkman: Api, pushes: PushService, subscribe: Subscribe
) -> None:
    household, row_id = cast.household(of=milkman)
    pushes.always(subscribe(household), REFUSED)
    subscribe(household)
    propose(milkman, row_id)
    assert delivery.sweep() == {"dead": 1, "sent": 1}
    assert unreached(milkman) == []


def test_as_long_as_a_device_is_tried_nobody_is_called(
    cast: Cast, milkman: Api, pushes: PushService, subscribe: Subscribe
) -> None:
    household, row_id = cast.household(of=milkman)
    pushes.always(subscribe(household), REFUSED)
    pushes.always(subscribe(household), drop())
    propose(milkman, row_id)
    assert delivery.sweep() == {"dead": 1, "retry": 1}
    assert unreached(milkman) == []
    execute("UPDATE push_deliveries SET status = 'dead' WHERE status = 'waiting'")
    assert [row for row, *_ in unreached(milkman)] == [row_id]


def test_what_ran_out_untried(cast: Cast, milkman: Api, subscribe: Subscribe) -> None:
    household, row_id = cast.household(of=milkman)
    subscribe(household)
    propose(milkman, row_id)
    execute("UPDATE notices SET expires_at = now()")
    assert delivery.sweep() == {"expired": 1}
    assert [row for row, *_ in unreached(milkman)] == [row_id]


def test_it_ends_when_they_read_it_or_answered_or_a_month_went_by(
    cast: Cast, milkman: Api, pushes: PushService, subscribe: Subscribe
) -> None:
    readers = []
    for _ in range(3):
        household, row_id = cast.household(of=milkman)
        pushes.always(subscribe(household), REFUSED)
        readers.append((household, row_id, propose(milkman, row_id)))
    assert delivery.sweep() == {"dead": 3}
    assert [row for row, *_ in unreached(milkman)] == [row for _, row, _ in reversed(readers)]
    reader, answering, late = readers
    reader[0].post("/notifications/read-all", expect=200)
    answering[0].post(f"/changes/{answering[2]}/accept", expect=200)
    assert [row for row, *_ in unreached(milkman)] == [late[1]]
    execute("UPDATE notices SET created_at = :at", at=now() - timedelta(days=31))
    assert unreached(milkman) == []


def test_newer_news_takes_the_place_of_older(
    cast: Cast, milkman: Api, pushes: PushService, subscribe: Subscribe
) -> None:
    household, row_id = cast.household(of=milkman)
    device = subscribe(household)
    pushes.script(device, REFUSED, REFUSED)
    first = propose(milkman, row_id)
    propose(milkman, row_id, "Curd")
    assert delivery.sweep() == {"dead": 2}
    assert [(row, more) for row, _, more in unreached(milkman)] == [(row_id, 1)]
    assert len(queries.unreached(milkman.user["id"]).items) == 1
    milkman.post(f"/changes/{first}/withdraw", expect=200)
    assert delivery.sweep() == {"sent": 1}  # the phone works again, and tells of the withdrawal
    assert [(row, more) for row, _, more in unreached(milkman)] == [(row_id, 0)]


def test_never_another_vendor_s(
    app: Flask, cast: Cast, milkman: Api, pushes: PushService, subscribe: Subscribe
) -> None:
    papers = cast.vendor(business_name="Morning Papers")
    household, row_id = cast.household(of=milkman, name="Asha Sharma")
    cast.household(of=papers, login=household, name="Sharma, third floor")
    pushes.always(subscribe(household), REFUSED)
    propose(milkman, row_id)
    assert delivery.sweep() == {"dead": 1}
    assert unreached(papers) == []
    assert "Sharma" not in Browser(app).sign_in(papers).get("/customers/unreached").text
    assert [row for row, *_ in unreached(milkman)] == [row_id]
    # What the vendor was told themselves is not about a customer's phone.
    pushes.always(subscribe(milkman), REFUSED)
    body = {"vendor_id": milkman.user["id"], "item_name": "Curd", "quantity": "1", "rate": "20"}
    household.post("/orders", body, expect=201)
    assert delivery.sweep() == {"dead": 1}
    assert [row for row, *_ in unreached(milkman)] == [row_id]
    milkman.delete(f"/customer/{row_id}/invite", expect=204)
    assert unreached(milkman) == []


def test_pages_of_them(
    app: Flask, cast: Cast, milkman: Api, pushes: PushService, subscribe: Subscribe
) -> None:
    ids = []
    for _ in range(3):
        household, row_id = cast.household(of=milkman)
        pushes.always(subscribe(household), REFUSED)
        propose(milkman, row_id)
        ids.append(row_id)
    delivery.sweep()
    browser = Browser(app).sign_in(milkman)
    path, seen = "/customers/unreached?limit=2", []
    while path:
        html = browser.get(path).response.text
        seen += [int(one) for one in re.findall(r'href="/customers/(\d+)"', html)]
        more = re.search(r'href="(\?[^"]*cursor=[^"]*)"', html)
        path = "/customers/unreached" + more[1].replace("&amp;", "&") if more else ""
    assert seen == ids[::-1]
    browser.get("/customers/unreached?cursor=nonsense", expect=422)
