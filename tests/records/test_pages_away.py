"""The pages of pauses: one order, away from all vendors, the whole business closed; and their receipts."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.months.test_pages import statements
from tests.records.orders import agreed, on_trust, orders_of, rows
from tests.records.test_pauses import TODAY, TOMORROW, Household, spans, states, told
from vendorapp.records.night import schedule_due


@pytest.fixture
def vendor_page(app: Flask, milkman: Api) -> Browser:
    return Browser(app).sign_in(milkman)


@pytest.fixture
def customer_page(app: Flask, linked: Household) -> Browser:
    return Browser(app).sign_in(linked[0])


@pytest.fixture
def order_id(milkman: Api, linked: Household) -> int:
    return agreed(milkman, *linked, start_date="2026-11-20")


def first(day: str) -> dict[str, Any]:
    """The field that Python cannot spell."""
    return {"from": day}


# One order


def test_a_customer_pauses_an_order_and_sees_the_receipt(
    customer_page: Browser, vendor_page: Browser, milkman: Api, order_id: int
) -> None:
    page = f"/orders/{order_id}/pause"
    assert page in customer_page.get(f"/orders/{order_id}").response.text
    customer_page.get(page)
    assert "Change until 20:00 the day before. Next possible day: Sun 22 Nov." in customer_page.text
    assert (customer_page.value("from"), customer_page.value("to")) == (TOMORROW, TOMORROW)
    customer_page.submit(to="2026-11-24", reason="Wedding")
    assert customer_page.location == f"/orders/{order_id}#pauses"
    customer_page.get(f"/orders/{order_id}")
    for words in ("Sun 22 Nov – Tue 24 Nov", "Asked by you", "Wedding", "Yadav Dairy has not read it yet"):
        assert words in customer_page.text
    assert "Paused. Yadav Dairy is told." in customer_page.text
    vendor_page.get(f"/orders/{order_id}")
    assert "Asked by Asha Sharma" in vendor_page.text
    pause_id = milkman.get(f"/order/{order_id}")["pauses"][0]["id"]
    vendor_page.submit(at=f"/pauses/{pause_id}/seen")
    assert "You read it: 21 Nov 2026, 12:00" in vendor_page.get(f"/orders/{order_id}").text
    assert f"/pauses/{pause_id}/seen" not in vendor_page.response.text
    assert "Yadav Dairy read it: 21 Nov 2026, 12:00" in customer_page.get(f"/orders/{order_id}").text


def test_a_second_tap_pauses_once(customer_page: Browser, milkman: Api, order_id: int) -> None:
    for _ in range(2):
        customer_page.get(f"/orders/{order_id}/pause")
        customer_page.submit()
    assert spans(milkman, order_id) == [(TOMORROW, TOMORROW)]
    assert len(told(milkman, "pause_asked")) == 1


def test_too_late_offers_the_earliest_day_and_keeps_the_rest(
    customer_page: Browser, milkman: Api, order_id: int, clock: time_machine.Traveller
) -> None:
    customer_page.get(f"/orders/{order_id}/pause")
    clock.move_to("2026-11-21T14:30:00Z")
    customer_page.submit(expect=409, to="2026-11-22", reason="Wedding")
    said = "It is too late for that day. The earliest day is 23 Nov 2026."
    assert customer_page.error("from") == said
    assert (customer_page.value("from"), customer_page.value("to")) == ("2026-11-23", "2026-11-23")
    assert customer_page.value("reason") == "Wedding"
    customer_page.submit()
    assert spans(milkman, order_id) == [("2026-11-23", "2026-11-23")]


def test_faults_stand_beside_their_field(customer_page: Browser, order_id: int) -> None:
    customer_page.get(f"/orders/{order_id}/pause")
    customer_page.submit(expect=422, to="2026-11-21")
    assert customer_page.error("to") == "The last day lies before the first."
    customer_page.submit(expect=422, to="2027-02-20")
    assert customer_page.error("to") == "At most 90 days in one go."
    customer_page.submit(expect=422, to="", **first("soon"))
    assert customer_page.error("from") == "A day as YYYY-MM-DD is expected."
    assert customer_page.error("to") == "This field is required."


def test_an_end_names_its_day(
    customer_page: Browser, vendor_page: Browser, milkman: Api, linked: Household, order_id: int
) -> None:
    schedule_due()
    body = {"from": TODAY, "to": "2026-11-30"}
    pause_id = milkman.post(f"/order/{order_id}/pauses", body, expect=201)["id"]
    assert "End it: due again from Sun 22 Nov" in customer_page.get(f"/orders/{order_id}").text
    assert "End it: due again from Sat 21 Nov" in vendor_page.get(f"/orders/{order_id}").text
    vendor_page.submit(at=f"/pauses/{pause_id}/end")
    assert states(order_id) == {TODAY: "scheduled"}
    assert "End it" not in vendor_page.get(f"/orders/{order_id}").text
    # The other page was opened before.
    customer_page.open(f"/orders/{order_id}")
    customer_page.submit(at=f"/pauses/{pause_id}/end", expect=404)


def test_an_end_past_the_cut_off_is_said(
    customer_page: Browser, milkman: Api, order_id: int, clock: time_machine.Traveller
) -> None:
    body = {"from": TODAY, "to": "2026-11-30"}
    pause_id = milkman.post(f"/order/{order_id}/pauses", body, expect=201)["id"]
    customer_page.get(f"/orders/{order_id}")
    clock.move_to("2026-11-21T14:30:00Z")
    customer_page.submit(at=f"/pauses/{pause_id}/end")
    customer_page.get(f"/orders/{order_id}")
    assert "It is too late for that day. The earliest day is 23 Nov 2026." in customer_page.text
    assert spans(milkman, order_id) == [(TODAY, "2026-11-30")]


def test_earlier_pauses_stay_with_their_receipts(
    customer_page: Browser, milkman: Api, order_id: int, clock: time_machine.Traveller
) -> None:
    milkman.post(f"/order/{order_id}/pauses", {"from": TODAY, "to": TODAY}, expect=201)
    clock.move_to("2026-12-21T06:30:00Z")
    assert "Earlier pauses Sat 21 Nov" in customer_page.get(f"/orders/{order_id}").text
    assert "End it" not in customer_page.text


def test_an_order_that_is_over_has_no_form(
    vendor_page: Browser, cast: Cast, milkman: Api, row_id: int
) -> None:
    over = on_trust(milkman, row_id, start_date="2026-11-01", valid_till="2026-11-20")
    assert f"/orders/{over}/pause" not in vendor_page.get(f"/orders/{over}").response.text
    assert "This order has ended" in vendor_page.get(f"/orders/{over}/pause").text
    theirs = on_trust(other := cast.vendor(), cast.row(other)["id"])
    vendor_page.get(f"/orders/{theirs}/pause", 404)
    made = other.post(f"/order/{theirs}/pauses", {"from": TOMORROW, "to": TOMORROW}, expect=201)
    for verb in ("end", "seen"):
        vendor_page.get("/settings").post(f"/pauses/{made['id']}/{verb}", expect=404)
    assert len(spans(other, theirs)) == 1


# Away from all vendors


@pytest.fixture
def late(cast: Cast, linked: Household) -> tuple[Api, int]:
    """A second vendor of the household whose cut-off is already over, and the order with them."""
    vendor = cast.vendor(business_name="Curd & Co")
    vendor.put("/me", {"cut_off": "11:00"}, expect=200)
    order_id = agreed(vendor, *cast.household(of=vendor, login=linked[0]), item_name="Curd")
    return vendor, order_id


def test_a_household_is_away(
    customer_page: Browser, milkman: Api, linked: Household, order_id: int, late: tuple[Api, int]
) -> None:
    assert "/away" in [a.get("href") for a in customer_page.get("/").tree.iter("a")]
    customer_page.get("/away")
    assert "Change until 20:00 the day before. Next possible day: Sun 22 Nov." in customer_page.text
    assert "Change until 11:00 the day before. Next possible day: Mon 23 Nov." in customer_page.text
    assert (customer_page.value("from"), customer_page.value("to")) == ("2026-11-23", "2026-11-29")
    customer_page.submit(**first(TOMORROW), to="2026-11-27", reason="Pune")
    assert customer_page.location == "/away"
    customer_page.get("/away")
    assert "Sun 22 Nov – Fri 27 Nov" in customer_page.text
    assert "told 21 Nov 2026, 12:00 · not read yet" in customer_page.text
    assert "1 order still comes" in customer_page.text
    assert spans(milkman, order_id) == [(TOMORROW, "2026-11-27")]
    assert spans(*late) == []
    # One tap for what was too late.
    (holiday_id,) = rows("SELECT id FROM holidays")[0]
    customer_page.submit(at=f"/away/{holiday_id}/rest", vendor=str(late[0].user["id"]))
    assert spans(*late) == [("2026-11-23", "2026-11-27")]
    assert told(late[0], "pause_asked")[0]["body"] == "Nothing is due from 23 Nov 2026 to 27 Nov 2026: Pune"
    customer_page.get("/away")
    assert "Paused from Mon 23 Nov. The vendor is told." in customer_page.text
    assert "still comes" not in customer_page.text
    milkman.post("/notifications/read-all")
    assert "read 21 Nov 2026, 12:00" in customer_page.get("/away").text
    assert "Away from Sun 22 Nov to Fri 27 Nov." in customer_page.get("/").text
    # A second tap, and a holiday of somebody else.
    path = f"/away/{holiday_id}/rest"
    customer_page.post(path, vendor=str(late[0].user["id"]))
    assert "It is too late for these days." in customer_page.get("/away").text
    assert len(spans(*late)) == 1


def test_too_late_for_everybody_offers_the_earliest_day(
    customer_page: Browser, milkman: Api, order_id: int
) -> None:
    customer_page.get("/away")
    customer_page.submit(expect=409, **first(TODAY), to="2026-11-25")
    assert customer_page.value("from") == TOMORROW
    assert "The earliest day is 22 Nov 2026." in customer_page.error("from")
    for _ in range(2):
        customer_page.submit()
    assert spans(milkman, order_id) == [(TOMORROW, "2026-11-25")]
    assert len(told(milkman, "pause_asked")) == 1


def test_back_earlier_each_with_their_own_cut_off(
    customer_page: Browser,
    milkman: Api,
    order_id: int,
    late: tuple[Api, int],
    clock: time_machine.Traveller,
) -> None:
    customer_page.get("/away")
    customer_page.submit(**first("2026-11-23"), to="2026-11-29")
    clock.move_to("2026-11-25T06:30:00Z")
    (holiday_id,) = rows("SELECT id FROM holidays")[0]
    customer_page.get("/away")
    assert customer_page.value("effective_from") == "2026-11-26"
    customer_page.submit(at=f"/away/{holiday_id}/end")
    assert spans(milkman, order_id) == [("2026-11-23", "2026-11-25")]
    assert spans(*late) == [("2026-11-23", "2026-11-26")]
    assert told(milkman, "pause_ended")[0]["title"] == "Asha Sharma is back earlier"
    assert told(milkman, "pause_ended")[0]["body"] == "Deliveries are due again from 26 Nov 2026"
    assert told(late[0], "pause_ended")[0]["body"] == "Deliveries are due again from 27 Nov 2026"
    customer_page.get("/away")
    said = "Due again from Thu 26 Nov, where it is too late from Fri 27 Nov. Everybody is told."
    assert said in customer_page.text
    assert rows("SELECT ends_on::text FROM holidays") == [("2026-11-26",)]
    clock.move_to("2026-12-25T06:30:00Z")
    assert "Earlier Mon 23 Nov – Thu 26 Nov" in customer_page.get("/away").text
    customer_page.post(f"/away/{holiday_id}/end")
    assert rows("SELECT ends_on::text FROM holidays") == [("2026-11-26",)]


def test_taken_back_before_it_begins(customer_page: Browser, milkman: Api, order_id: int) -> None:
    customer_page.get("/away")
    customer_page.submit(**first("2026-11-25"), to="2026-11-29")
    (holiday_id,) = rows("SELECT id FROM holidays")[0]
    customer_page.get("/away").submit(at=f"/away/{holiday_id}/end")
    assert spans(milkman, order_id) == []
    assert rows("SELECT id FROM holidays") == []
    assert "Due again from Wed 25 Nov. Everybody is told." in customer_page.get("/away").text
    customer_page.post(f"/away/{holiday_id}/end", expect=404)


def test_a_household_without_orders_is_away_all_the_same(
    customer_page: Browser, milkman: Api, linked: Household
) -> None:
    assert "You have no regular order at the moment." in customer_page.get("/away").text
    customer_page.submit(**first(TOMORROW), to="2026-11-27")
    assert "No order runs on these days." in customer_page.get("/away").text
    assert spans(milkman, agreed(milkman, *linked)) == [(TOMORROW, "2026-11-27")]
    (holiday_id,) = rows("SELECT id FROM holidays")[0]
    customer_page.get("/away").submit(at=f"/away/{holiday_id}/end")
    assert rows("SELECT id FROM holidays") == []


# The whole business


def test_a_business_closes_and_counts_who_knows(
    vendor_page: Browser, milkman: Api, linked: Household, row_id: int, order_id: int
) -> None:
    alone = on_trust(milkman, row_id)
    on_trust(milkman, row_id, start_date="2026-11-01", valid_till="2026-11-20")
    assert "/away" in [a.get("href") for a in vendor_page.get("/settings").tree.iter("a")]
    vendor_page.get("/away")
    words = "Running orders 2 Customers 2 Told by us 1 1 has no login: tell them yourself"
    assert words.replace(" ", "") in vendor_page.text.replace(" ", "")
    vendor_page.submit(to="2026-11-24", reason="Diwali")
    for one in (order_id, alone):
        assert spans(milkman, one) == [(TODAY, "2026-11-24")]
    vendor_page.get("/away")
    for said in ("Sat 21 Nov – Tue 24 Nov", "Diwali", "2 orders · 2 customers", "0 of 1 have read it"):
        assert said in vendor_page.text
    linked[0].post("/notifications/read-all")
    assert "1 of 1 have read it" in vendor_page.get("/away").text
    # Its customer cannot open it again.
    page = Browser(milkman.app).sign_in(linked[0]).get(f"/orders/{order_id}")
    assert "the whole business is closed" in page.text
    assert "End it" not in page.text
    (holiday_id,) = rows("SELECT id FROM holidays")[0]
    page.post(f"/away/{holiday_id}/end", expect=404)
    page.post(f"/away/{holiday_id}/rest", expect=404, vendor=str(milkman.user["id"]))
    vendor_page.submit(at=f"/away/{holiday_id}/end", effective_from="2026-11-20")
    said = "It is too late for that day. The earliest day is 21 Nov 2026."
    assert said in vendor_page.get("/away").text
    vendor_page.submit(at=f"/away/{holiday_id}/end", effective_from="2026-11-23")
    assert spans(milkman, alone) == [(TODAY, "2026-11-22")]
    assert told(linked[0], "pause_ended")[0]["title"] == "Yadav Dairy is open again earlier"


def test_the_pages_take_as_many_statements_for_many_as_for_few(app: Flask, cast: Cast) -> None:
    counts = []
    for many in (1, 4):
        vendor = cast.vendor()
        household, customer_id = cast.household(of=vendor)
        for _ in range(many):
            agreed(vendor, household, customer_id)
            another = cast.vendor()
            agreed(another, *cast.household(of=another, login=household))
        orders_of(cast, vendor, many)
        for day in range(1, many + 1):
            for side in (vendor, household):
                side.post("/pauses", {"from": f"2026-12-{day:02}", "to": "2026-12-20"}, expect=200)
        pages = [Browser(app).sign_in(side) for side in (vendor, household)]
        counts.append([statements(app, page, "/away") for page in pages])
    assert counts[0] == counts[1]
