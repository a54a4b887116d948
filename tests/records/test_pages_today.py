"""The page of the round: what stands on it, and its taps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from sqlalchemy import event

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.records.orders import agreed, close_through, on_trust, orders_of, pause, rows
from vendorapp.kernel.database import db

TODAY, YESTERDAY = "2026-11-21", "2026-11-20"


@pytest.fixture
def page(app: Flask, milkman: Api) -> Browser:
    """The milkman's browser."""
    return Browser(app).sign_in(milkman)


def stops(page: Browser) -> list[Element]:
    return [one for one in page.tree.iter("li") if "stop" in (one.get("class") or "").split()]


def words(one: Element) -> str:
    return " ".join("".join(one.itertext()).split())


def load(page: Browser) -> list[str]:
    table = page.tree.find(".//table[@class='load']/tbody")
    return [" ".join(words(cell) for cell in row) for row in table] if table is not None else []


def marks(order_id: int) -> list[tuple[Any, ...]]:
    return rows(
        "SELECT date::text, vendor_status, vendor_quantity FROM records"
        " WHERE order_id = :id AND vendor_status IS NOT NULL ORDER BY date",
        id=order_id,
    )


@contextmanager
def statements() -> Iterator[list[str]]:
    found: list[str] = []

    def hear(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)


def test_stops_stand_in_walking_order_below_the_load(page: Browser, milkman: Api, cast: Cast) -> None:
    last = on_trust(milkman, cast.row(milkman, name="Aaron")["id"], quantity="1")
    second = on_trust(milkman, cast.row(milkman, name="Zoya", stop_order=2)["id"], quantity="1.5")
    first = on_trust(milkman, cast.row(milkman, name="Yash", stop_order=1)["id"], item_name="Curd", unit="kg")
    page.get("/today")
    assert [one.get("id") for one in stops(page)] == [f"s{first}", f"s{second}", f"s{last}"]
    assert load(page) == ["Curd 2 kg 1", "Milk 2.5 L 2"]
    assert "0 of 3 done" in page.text
    assert "Zoya" in words(stops(page)[1])


def test_the_page_says_of_itself_which_day_it_is_of(page: Browser, milkman: Api, row_id: int) -> None:
    """A phone keeps it by that; its own zone may be another, and its clock wrong."""
    on_trust(milkman, row_id)
    for query, day in (("", TODAY), (f"?date={YESTERDAY}", YESTERDAY), ("?date=2026-11-22", "2026-11-22")):
        page.get(f"/today{query}")
        (box,) = [one for one in page.tree.iter("div") if one.get("id") == "round"]
        said = [box.get(f"data-{name}") for name in ("date", "today", "tomorrow", "zone", "made")]
        assert said == [day, TODAY, "2026-11-22", "Asia/Kolkata", "2026-11-21T06:30:00.000000Z"]


def test_only_what_is_due_that_day(page: Browser, milkman: Api, cast: Cast) -> None:
    due, sundays, paused, later = orders_of(cast, milkman, 4)
    milkman.put(
        f"/order/{sundays}", {"weekdays": [7], "on_behalf_note": "x", "effective_from": TODAY}, expect=202
    )
    pause(paused, YESTERDAY, "2026-11-25")
    milkman.delete(f"/order/{later}?effective_from={TODAY}", expect=200)
    page.get("/today")
    assert [one.get("id") for one in stops(page)] == [f"s{due}", f"s{paused}"]
    assert "paused" in words(stops(page)[1])
    assert load(page) == ["Milk 2 L 1"]
    assert "0 of 1 done" in page.text


def test_one_tap_marks_and_another_says_otherwise(page: Browser, milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id)
    page.get("/today").post("/today", date=TODAY, mark=f"{order_id}:delivered")
    assert page.location == f"/today#s{order_id}"
    assert marks(order_id) == [(TODAY, "delivered", 2000)]
    page.get("/today")
    assert "Milk: Delivered." in page.text
    assert "1 of 1 done" in page.text
    assert stops(page)[0].get("data-s") == "delivered"
    page.post("/today", date=TODAY, mark=f"{order_id}:skipped")
    assert marks(order_id) == [(TODAY, "skipped", 0)]


def test_all_the_rest_as_usual_leaves_what_was_marked(page: Browser, milkman: Api, cast: Cast) -> None:
    first, second, third = orders_of(cast, milkman, 3)
    page.get("/today").post("/today", date=TODAY, mark=f"{second}:skipped")
    page.post("/today", date=TODAY, mark="rest")
    assert page.location == "/today"
    assert "2 stops delivered as usual." in page.get("/today").text
    assert [marks(one) for one in (first, second, third)] == [
        [(TODAY, "delivered", 2000)],
        [(TODAY, "skipped", 0)],
        [(TODAY, "delivered", 2000)],
    ]
    assert "All the rest as usual" not in page.text
    page.post("/today", date=TODAY, mark="rest")
    assert "Nothing was left to mark." in page.get("/today").text


def test_a_past_day_is_marked_for_that_day(page: Browser, milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id, start_date="2026-11-10")
    page.get("/today?date=2026-11-12")
    assert "12 November 2026" in page.text
    assert page.value("date") == "2026-11-12"
    page.post("/today", date="2026-11-12", mark=f"{order_id}:delivered")
    assert page.location == f"/today?date=2026-11-12#s{order_id}"
    assert marks(order_id) == [("2026-11-12", "delivered", 2000)]


def test_the_future_is_not_open(page: Browser, milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id)
    page.get("/today?date=2026-11-23", expect=422)
    assert "That day has not come yet." in page.text
    page.post("/today", 422, date="2026-11-22", mark=f"{order_id}:delivered")
    page.post("/today", 422, date="2026-11-22", mark="rest")
    assert marks(order_id) == []
    page.get("/today?date=tomorrow", expect=404)


def test_a_refused_tap_says_why_on_the_same_page(page: Browser, milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id, start_date="2026-10-01")
    close_through(row_id, "2026-10-31")
    page.get("/today?date=2026-10-15").post("/today", 409, date="2026-10-15", mark=f"{order_id}:delivered")
    assert "This month is closed" in page.text
    assert page.value("date") == "2026-10-15"
    page.post("/today", 302, date="2026-10-15", mark="rest")
    assert "This month is closed" in page.get("/today").text
    assert marks(order_id) == []


@pytest.mark.parametrize("mark", ["", "rest;", "1:maybe", "x:delivered", "9999999999999999999:skipped"])
def test_a_broken_tap_is_422(page: Browser, milkman: Api, row_id: int, mark: str) -> None:
    order_id = on_trust(milkman, row_id)
    page.get("/today").post("/today", 422, date=TODAY, mark=mark)
    page.post("/today", 422, date="", mark=f"{order_id}:delivered")
    assert marks(order_id) == []


def test_a_foreign_stop_is_not_found(page: Browser, cast: Cast) -> None:
    neighbour = cast.vendor()
    theirs = on_trust(neighbour, cast.row(neighbour)["id"])
    page.get("/today")
    assert stops(page) == []
    assert load(page) == []
    page.post("/today", 404, date=TODAY, mark=f"{theirs}:delivered")
    page.post("/today", 404, date=TODAY, mark="999999:delivered")
    assert marks(theirs) == []


def test_an_empty_day_says_what_to_do_next(page: Browser, milkman: Api, row_id: int) -> None:
    assert "Your round begins here" in page.get("/today").text
    on_trust(milkman, row_id, weekdays=[7])
    page.get("/today")
    assert "No stops on this day" in page.text


def test_a_dispute_shows_and_a_customer_has_no_round(
    app: Flask, page: Browser, milkman: Api, linked: tuple[Api, int]
) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id)
    milkman.post(f"/order/{order_id}/attendance", {}, expect=201)
    household.post(f"/order/{order_id}/attendance", {"quantity": "1"}, expect=200)
    assert "not right?" in words(stops(page.get("/today"))[0])
    Browser(app).sign_in(household).get("/today", expect=403)


def test_without_the_token_of_the_page_nothing_is_marked(page: Browser, milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id)
    answer = page.open("/today", "POST", data={"date": TODAY, "mark": f"{order_id}:delivered"})
    assert answer.status_code == 403
    assert marks(order_id) == []


def test_the_number_of_queries_does_not_grow_with_the_stops(page: Browser, milkman: Api, cast: Cast) -> None:
    orders_of(cast, milkman, 3)
    with statements() as few:
        page.get("/today")
    assert len(stops(page)) == 3
    orders_of(cast, milkman, 57)
    with statements() as many:
        page.get("/today")
    assert len(stops(page)) == 60
    assert len(few) == len(many) <= 6, many


def test_a_long_round_goes_on_on_the_next_page(
    page: Browser, milkman: Api, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vendorapp.records.views.today.STOPS_A_PAGE", 2)
    ids = [on_trust(milkman, cast.row(milkman, name=name)["id"]) for name in ("Asha", "Bala", "Chitra")]
    assert [one.get("id") for one in stops(page.get("/today"))] == [f"s{one}" for one in ids[:2]]
    assert "0 of 3 done" in page.text
    assert load(page) == ["Milk 6 L 3"]
    more = next(str(a.get("href")) for a in page.tree.iter("a") if a.get("rel") == "next")
    page.get("/today" + more)
    assert [one.get("id") for one in stops(page)] == [f"s{ids[2]}"]
    page.post("/today?cursor=2", date=TODAY, mark=f"{ids[2]}:delivered")
    assert page.location == f"/today?cursor=2#s{ids[2]}"
