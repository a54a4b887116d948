"""The page of one order: the same numbers for both sides, the month, and who agreed when."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.records.orders import agreed, on_trust, pause

TODAY = "2026-11-21"


@pytest.fixture
def vendor_page(app: Flask, milkman: Api) -> Browser:
    return Browser(app).sign_in(milkman)


@pytest.fixture
def customer_page(app: Flask, linked: tuple[Api, int]) -> Browser:
    return Browser(app).sign_in(linked[0])


def words(one: Element) -> str:
    return " ".join("".join(one.itertext()).split())


def days(page: Browser) -> dict[int, tuple[str, str | None]]:
    """What the month says of each day, and where a tap on it leads."""
    found = {}
    table = page.tree.find(".//table[@class='cal']/tbody")
    assert table is not None
    for cell in table.iter("td"):
        spans = [one for one in cell.iter("span") if one.get("class") == "sr"]
        if spans:
            number = next(one for one in cell.iter("span") if one.get("class") == "n")
            link = next(iter(cell.iter("a")), None)
            said = words(spans[0]).split(": ", 1)[1]
            found[int(number.text or 0)] = (said, link.get("href") if link is not None else None)
    return found


def totals(page: Browser) -> dict[str, str]:
    month = page.tree.find(".//div[@class='month']/dl")
    assert month is not None
    return {words(one[0]): words(one[1]) for one in month}


def test_both_sides_see_the_same_month(
    vendor_page: Browser, customer_page: Browser, milkman: Api, linked: tuple[Api, int]
) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id, start_date="2026-11-09")
    pause(order_id, "2026-11-16", "2026-11-17")

    def mark(day: str, **fields: str) -> None:
        milkman.post(f"/order/{order_id}/attendance", {"date": f"2026-11-{day}", **fields}, expect=201)

    mark("09")
    mark("10", quantity="3")
    mark("11", status="skipped")
    mark("12")
    household.post(f"/order/{order_id}/attendance", {"date": "2026-11-12", "quantity": "1"}, expect=200)

    seen = []
    for page in (vendor_page, customer_page):
        found = days(page.get(f"/orders/{order_id}"))
        assert {day: found[day][0] for day in (8, 9, 10, 11, 12, 13, 16, 17, 21, 30)} == {
            8: "nothing",
            9: "delivered 2 L",
            10: "other quantity 3 L",
            11: "not delivered",
            12: "not right? 2 L",
            13: "due 2 L",
            16: "paused",
            17: "paused",
            21: "due 2 L",
            30: "due 2 L",
        }
        assert found[9][1] == f"/orders/{order_id}/day?date=2026-11-09"
        assert (found[22][1], found[8][1]) == (f"/orders/{order_id}/day?date=2026-11-22", None)
        seen.append(totals(page))
    month = milkman.get(f"/order/{order_id}")["month"]
    assert (month["active_days"], month["quantity"], month["total_amount"]) == (2, "5", "270.00")
    assert month["disputed_amount"] == "108.00"
    same = {"Days": "2", "Quantity": "5 L", "Not agreed yet": "₹108.00not counted"}
    assert seen == [{**same, "Asha Sharma pays": "₹270.00"}, {**same, "You pay": "₹270.00"}]


def test_another_month_by_its_address(vendor_page: Browser, milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id, start_date="2026-10-30", weekdays=[5, 6])
    milkman.post(f"/order/{order_id}/attendance", {"date": "2026-10-31"}, expect=201)
    found = days(vendor_page.get(f"/orders/{order_id}?month=2026-10"))
    assert "October 2026" in vendor_page.text
    assert (found[29][0], found[30][0], found[31][0]) == ("nothing", "due 2 L", "delivered 2 L")
    assert totals(vendor_page)["Asha Sharma pays"] == "₹108.00"
    links = [str(a.get("href")) for a in vendor_page.tree.iter("a") if "month=" in str(a.get("href"))]
    assert links == [f"/orders/{order_id}?month=2026-11#days"]
    assert totals(vendor_page.get(f"/orders/{order_id}"))["Days"] == "0"
    vendor_page.get(f"/orders/{order_id}?month=lately", expect=422)


def test_terms_by_version_say_who_agreed_and_how(
    vendor_page: Browser, customer_page: Browser, milkman: Api, linked: tuple[Api, int], row_id: int
) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id, start_date="2026-11-09")
    change = milkman.put(f"/order/{order_id}", {"rate": "56", "effective_from": "2026-12-01"}, expect=202)
    household.post(f"/changes/{change['change']['id']}/accept", expect=200)

    def versions(page: Browser, number: int) -> list[str]:
        page.get(f"/orders/{number}")
        timeline = page.tree.find(".//ol[@class='timeline']")
        assert timeline is not None
        return [words(one) for one in timeline]

    newer, first = versions(vendor_page, order_id)
    assert newer.startswith("Milk: 2 L × ₹56.00 from 1 Dec 2026Accepted by Asha Sharma on 21 Nov 2026, 12:00")
    assert first.startswith("Milk: 2 L × ₹54.00 activefrom 9 Nov 2026 to 30 Nov 2026Accepted by Asha Sharma")
    assert "Accepted by you" in versions(customer_page, order_id)[0]
    [alone] = versions(vendor_page, on_trust(milkman, row_id))
    assert "Agreed: “by phone”. Written down by you on 21 Nov 2026, 12:00" in alone


def test_what_waits_shows_old_and_new_and_its_cost(
    vendor_page: Browser, customer_page: Browser, milkman: Api, linked: tuple[Api, int]
) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id, start_date="2026-11-09")
    change = milkman.put(f"/order/{order_id}", {"quantity": "3", "message": "Guests"}, expect=202)
    change_id = change["change"]["id"]
    customer_page.get(f"/orders/{order_id}")
    assert "Yadav Dairy asks to change Milk" in customer_page.text
    rows = [words(row) for row in customer_page.tree.iter("tr") if row.find("td[@class='new']") is not None]
    assert rows == ["Quantity2 L→ 3 L", "Each time₹108.00→ ₹162.00"]
    assert "About ₹3,240.00 → ₹4,860.00 a month: ₹1,620.00 more" in customer_page.text
    assert "From 22 Nov 2026" in customer_page.text
    assert "Guests" in customer_page.text
    actions = [form.get("action") for form in customer_page.tree.iter("form")]
    assert f"/changes/{change_id}" in actions
    vendor_page.get(f"/orders/{order_id}")
    actions = [form.get("action") for form in vendor_page.tree.iter("form")]
    assert f"/changes/{change_id}/withdraw" in actions
    assert f"/changes/{change_id}" not in actions


def test_a_new_order_says_what_it_costs_a_month(vendor_page: Browser, milkman: Api, row_id: int) -> None:
    body = {"customer_id": row_id, "item_name": "Curd", "rate": "40", "weekdays": [6, 7]}
    order = milkman.post("/orders", body, expect=201)
    vendor_page.get(f"/orders/{order['id']}")
    # Thirty days from Saturday the 21st on hold five Saturdays and five Sundays.
    assert "About ₹400.00 a month" in vendor_page.text
    assert "waits for an answer" in vendor_page.text
    assert "has no login to answer with" in vendor_page.text
    assert vendor_page.tree.find(".//table[@class='cal']") is None


def test_ended_and_declined_orders(vendor_page: Browser, milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id, start_date="2026-11-01", valid_till="2026-11-20")
    assert "The last day was 20 Nov 2026" in vendor_page.get(f"/orders/{order_id}").text
    assert not [a for a in vendor_page.tree.iter("a") if str(a.get("href")).endswith("/change")]
    body = {"customer_id": row_id, "item_name": "Curd", "rate": "40"}
    order = milkman.post("/orders", body, expect=201)
    milkman.post(f"/changes/{order['pending_change']['id']}/withdraw", expect=200)
    text = vendor_page.get(f"/orders/{order['id']}").text
    assert "This was not agreed." in text
    assert "Taken back by you" in text


def test_foreign_orders_are_not_there(app: Flask, cast: Cast, milkman: Api, linked: tuple[Api, int]) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id)
    stranger, neighbour = Browser(app).sign_in(cast.vendor()), Browser(app).sign_in(cast.customer_login())
    for page in (stranger, neighbour):
        for path in ("", "/change", "/end", f"/day?date={TODAY}"):
            page.get(f"/orders/{order_id}{path}", expect=404)
            page.get(f"/orders/999999{path}", expect=404)


def test_text_of_the_other_side_is_only_text(
    customer_page: Browser, milkman: Api, linked: tuple[Api, int]
) -> None:
    body = {
        "customer_id": linked[1],
        "item_name": "<script>alert(1)</script>",
        "rate": "1",
        "message": "</blockquote><img src=x>",
    }
    order = milkman.post("/orders", body, expect=201)
    customer_page.get(f"/orders/{order['id']}")
    assert "<script>alert(1)</script>" in customer_page.text
    main = customer_page.tree.find(".//main")
    assert main is not None
    assert not list(main.iter("img"))
