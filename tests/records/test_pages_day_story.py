"""What the page of a day tells: the difference, the plan, the pause, and who said what when."""

from __future__ import annotations

import pytest
import time_machine
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api
from tests.records.orders import agreed, on_trust, pause, pay_line, rows
from tests.records.test_pages_today import words

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
    return agreed(milkman, household, customer_id, start_date="2026-11-09", weekdays=[1, 2, 3, 4, 5, 6])


def story(page: Browser) -> list[str]:
    found = page.tree.find(".//section[@id='story']/ol")
    return [words(one) for one in found] if found is not None else []


def test_the_difference_stands_in_words(
    vendor_page: Browser, customer_page: Browser, milkman: Api, linked: tuple[Api, int], order_id: int
) -> None:
    household = linked[0]
    path = f"/orders/{order_id}/day?date={TODAY}"
    milkman.post(f"/order/{order_id}/attendance", {}, expect=201)
    household.post(f"/order/{order_id}/attendance", {"quantity": "1"}, expect=200)
    assert "You say 2 L, Asha Sharma says 1 L. Until one of you agrees" in vendor_page.get(path).text
    assert "You say 1 L, Yadav Dairy says 2 L. Until one of you agrees" in customer_page.get(path).text
    assert "You pay₹0.00not counted yet" in customer_page.text
    household.post(f"/order/{order_id}/attendance", {"status": "skipped"}, expect=200)
    assert "You say 2 L, Asha Sharma says not delivered." in vendor_page.get(path).text
    household.post(f"/order/{order_id}/attendance", {"quantity": "2"}, expect=200)
    for page in (vendor_page, customer_page):
        assert "Both of you say: 2 L delivered." in page.get(path).text
        assert "Until one of you agrees" not in page.text
    assert "Asha Sharma pays₹108.00" in vendor_page.text


def test_who_said_what_when_is_kept_for_ever(
    vendor_page: Browser,
    customer_page: Browser,
    milkman: Api,
    linked: tuple[Api, int],
    order_id: int,
    clock: time_machine.Traveller,
) -> None:
    household = linked[0]
    path = f"/orders/{order_id}/day?date={TODAY}"
    assert story(vendor_page.get(path)) == []
    household.post(f"/order/{order_id}/attendance", {"date": "2026-11-19"}, expect=201)
    mark = {"order_id": order_id, "status": "delivered", "at": "2026-11-21T01:00:00Z"}
    milkman.post("/attendance", {"marks": [mark]}, expect=200)
    clock.shift(3600)
    household.post(
        f"/order/{order_id}/attendance", {"quantity": "1", "note": "one <b>bottle</b>"}, expect=200
    )
    clock.shift(3600)
    milkman.post(f"/order/{order_id}/attendance", {"status": "skipped"}, expect=200)
    milkman.post(f"/order/{order_id}/attendance", {"status": "skipped"}, expect=200)
    first = "2 L delivered21 Nov 2026, 06:30 (made without signal, arrived on 21 Nov 2026, 12:00)"
    second = "1 L delivered21 Nov 2026, 13:00“one <b>bottle</b>”"
    assert story(vendor_page.get(path)) == [
        "You: not delivered21 Nov 2026, 14:00",
        f"Asha Sharma: {second}",
        f"You: {first}",
    ]
    assert story(customer_page.get(path)) == [
        "Yadav Dairy: not delivered21 Nov 2026, 14:00",
        f"You: {second}",
        f"Yadav Dairy: {first}",
    ]
    other_day = f"/orders/{order_id}/day?date=2026-11-20"
    assert story(vendor_page.get(other_day)) == []
    [count] = rows("SELECT count(*) FROM record_marks")[0]
    assert count == 4


def test_a_pause_says_who_asked_and_why(
    vendor_page: Browser, customer_page: Browser, milkman: Api, order_id: int
) -> None:
    pause(order_id, "2026-11-16", "2026-11-18")
    pause(order_id, "2026-11-23", "2026-11-23")
    path = f"/orders/{order_id}/day?date=2026-11-17"
    for page, name in ((vendor_page, "you"), (customer_page, "Yadav Dairy")):
        page.get(path)
        assert "Nothing is brought on this day, because of a pause." in page.text
        assert f"16 Nov 2026 – 18 Nov 2026Asked by {name} on 21 Nov 2026, 12:00" in page.text
    page = vendor_page.get(f"/orders/{order_id}/day?date=2026-11-23")
    assert "This day has not come yet." in page.text
    assert "23 Nov 2026Asked by you on 21 Nov 2026, 12:00" in page.text
    assert "Away" not in vendor_page.get(f"/orders/{order_id}/day?date={TODAY}").text


def test_days_without_a_record_say_what_was_agreed(
    vendor_page: Browser, customer_page: Browser, milkman: Api, order_id: int
) -> None:
    def text(day: str, page: Browser = vendor_page) -> str:
        return page.get(f"/orders/{order_id}/day?date={day}").text

    assert "Planned: 2 L of Milk for ₹108.00." in text("2026-11-24")
    assert "Write it down" not in text("2026-11-24")
    assert "You say" not in text("2026-11-24")
    assert "Agreed: 2 L of Milk for ₹108.00." in text("2026-11-20")
    assert "Nothing is due on this day. Agreed is: Mon–Sat." in text("2026-11-15")
    assert "Nothing is due on this day. The first day is 9 Nov 2026." in text("2026-11-08", customer_page)
    milkman.delete(f"/order/{order_id}?effective_from=2026-11-24", expect=200)
    assert "Nothing is due on this day. The last day is 23 Nov 2026." in text("2026-11-25")
    assert "Planned: 2 L of Milk" in text("2026-11-23", customer_page)
    links = {str(one.get("href")) for one in customer_page.tree.iter("a")}
    assert f"/orders/{order_id}#comments" in links


def test_a_future_day_has_its_terms_of_then(vendor_page: Browser, milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id)
    body = {"quantity": "3", "rate": "60", "effective_from": "2026-12-01", "on_behalf_note": "by phone"}
    milkman.put(f"/order/{order_id}", body, expect=202)
    text = vendor_page.get(f"/orders/{order_id}/day?date=2026-12-02").text
    assert "Planned: 3 L of Milk for ₹180.00." in text
    assert "Planned: 2 L" in vendor_page.get(f"/orders/{order_id}/day?date=2026-11-30").text


def test_a_proposed_order_has_no_days(vendor_page: Browser, milkman: Api, linked: tuple[Api, int]) -> None:
    body = {"customer_id": linked[1], "item_name": "Curd", "rate": "40"}
    order = milkman.post("/orders", body, expect=201)
    text = vendor_page.get(f"/orders/{order['id']}/day?date={TODAY}").text
    assert "The order is not agreed yet." in text
    assert "Write it down" not in text


def test_a_paid_day_says_so(vendor_page: Browser, milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id)
    made = milkman.post(f"/order/{order_id}/attendance", {}, expect=201)
    path = f"/orders/{order_id}/day?date={TODAY}"
    assert "₹108.00paid" not in vendor_page.get(path).text
    pay_line("record", made["record"]["id"])
    assert "Asha Sharma pays₹108.00paid" in vendor_page.get(path).text
