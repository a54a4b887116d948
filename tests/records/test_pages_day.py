"""The page of one day: both marks side by side, and a form for one's own."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api
from tests.records.orders import agreed, pause, rows

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


def record(who: Api, order_id: int, day: str = TODAY) -> Any:
    items = who.get(f"/records?order_id={order_id}&date={day}")["items"]
    return items[0] if items else None


def test_a_vendor_writes_another_quantity_and_goes_back_to_the_round(
    vendor_page: Browser, milkman: Api, order_id: int
) -> None:
    path = f"/orders/{order_id}/day?date=2026-11-20&next=today"
    vendor_page.get(path)
    assert "nothing said yet" in vendor_page.text
    assert (vendor_page.value("quantity"), vendor_page.value("status")) == ("2", "delivered")
    vendor_page.submit(quantity="1.5", note="one bottle broke")
    assert vendor_page.location == f"/today?date=2026-11-20#s{order_id}"
    mark = record(milkman, order_id, "2026-11-20")["vendor_mark"]
    assert (mark["status"], mark["quantity"], mark["note"]) == ("delivered", "1.5", "one bottle broke")
    vendor_page.get(f"/orders/{order_id}/day?date=2026-11-20")
    assert (vendor_page.value("quantity"), vendor_page.value("note")) == ("1.5", "one bottle broke")
    vendor_page.submit(status="skipped", note="")
    assert vendor_page.location == f"/orders/{order_id}/day?date=2026-11-20"
    mark = record(milkman, order_id, "2026-11-20")["vendor_mark"]
    assert (mark["status"], mark["note"]) == ("skipped", None)


def test_two_marks_differ_until_one_agrees(
    vendor_page: Browser, customer_page: Browser, milkman: Api, order_id: int
) -> None:
    milkman.post(f"/order/{order_id}/attendance", {}, expect=201)
    path = f"/orders/{order_id}/day?date={TODAY}"
    customer_page.get(path)
    assert "Agree: 2 L delivered" in customer_page.text
    customer_page.submit(quantity="1", note="only one came")
    assert "It differs from what Yadav Dairy says" in customer_page.get(path).text
    assert "Until one of you agrees with the other" in customer_page.text
    assert record(milkman, order_id)["disputed"]
    vendor_page.get(path)
    assert "Asha Sharma says1 L deliveredonly one came" in vendor_page.text
    assert "You say2 L delivered" in vendor_page.text
    agree = next(
        form for form in vendor_page.tree.iter("form") if "Agree: 1 L delivered" in "".join(form.itertext())
    )
    fields: dict[str, Any] = {str(one.get("name")): str(one.get("value")) for one in agree.iter("input")}
    vendor_page.post(str(agree.get("action")), **fields)
    found = record(milkman, order_id)
    assert (found["disputed"], found["quantity"]) == (False, "1")
    assert "Agree:" not in vendor_page.get(path).text


def test_a_customer_confirms_with_one_tap(customer_page: Browser, milkman: Api, order_id: int) -> None:
    milkman.post(f"/order/{order_id}/attendance", {"status": "skipped"}, expect=201)
    customer_page.get(f"/orders/{order_id}/day?date={TODAY}")
    customer_page.post(f"/orders/{order_id}/day", date=TODAY, status="skipped", quantity="0")
    found = record(milkman, order_id)
    assert (found["disputed"], found["customer_mark"]["status"]) == (False, "skipped")


def test_what_is_wrong_stands_beside_its_field(vendor_page: Browser, milkman: Api, order_id: int) -> None:
    path = f"/orders/{order_id}/day"
    vendor_page.get(f"{path}?date={TODAY}").submit(422, quantity="lots", note="kept")
    assert vendor_page.error("quantity") == "A plain decimal number is expected."
    assert (vendor_page.value("quantity"), vendor_page.value("note")) == ("lots", "kept")
    vendor_page.submit(422, quantity="0")
    assert vendor_page.error("quantity").startswith("A delivery has a quantity above zero")
    vendor_page.post(path, 422, date=TODAY, status="perhaps")
    vendor_page.post(path, 422, date="2026-11-22", status="delivered")
    vendor_page.post(path, 422, date="", status="delivered")
    vendor_page.post(path, 404, date="soon", status="delivered")
    assert rows("SELECT 1 FROM record_marks") == []


def test_a_customer_who_comes_too_late_is_told(
    customer_page: Browser, milkman: Api, order_id: int, clock: Any
) -> None:
    milkman.post(f"/order/{order_id}/attendance", {}, expect=201)
    clock.shift(49 * 3600)
    customer_page.get(f"/orders/{order_id}/day?date={TODAY}").submit(409, quantity="1", note="")
    assert "48 hours have passed" in customer_page.text
    assert record(milkman, order_id)["customer_mark"] is None


def test_a_day_in_a_pause_needs_a_word(
    vendor_page: Browser, customer_page: Browser, milkman: Api, order_id: int
) -> None:
    pause(order_id, TODAY, TODAY)
    path = f"/orders/{order_id}/day?date={TODAY}"
    vendor_page.get(path)
    assert "paused" in vendor_page.text
    vendor_page.submit(409, quantity="2")
    assert "Nothing is due on this order that day." in vendor_page.text
    vendor_page.submit(quantity="2", extra="y")
    assert record(milkman, order_id)["quantity"] == "2"
    customer_page.get("/settings")
    customer_page.post(f"/orders/{order_id}/day", 409, date="2026-11-08", status="delivered", extra="y")


def test_days_that_cannot_be_marked(vendor_page: Browser, customer_page: Browser, order_id: int) -> None:
    assert "This day has not come yet." in vendor_page.get(f"/orders/{order_id}/day?date=2026-11-25").text
    text = customer_page.get(f"/orders/{order_id}/day?date=2026-11-08").text
    assert "Nothing is due on this day." in text
    assert "Write it down" not in text
    vendor_page.get(f"/orders/{order_id}/day?date=2026-02-30", expect=404)


def test_a_notice_about_a_delivery_leads_to_its_day(
    customer_page: Browser, milkman: Api, order_id: int, app: Flask, cast: Any
) -> None:
    made = milkman.post(f"/order/{order_id}/attendance", {}, expect=201)
    record_id = made["record"]["id"]
    customer_page.get(f"/records/{record_id}", expect=302)
    assert customer_page.location == f"/orders/{order_id}/day?date={TODAY}"
    Browser(app).sign_in(cast.vendor()).get(f"/records/{record_id}", expect=404)
    customer_page.get(f"/records/{order_id}", expect=404)
