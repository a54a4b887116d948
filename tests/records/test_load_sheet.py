"""The load sheet: what changed since the last time and why, what came late, tomorrow, and the extras."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.records.orders import agreed, on_trust, orders_of, rows
from tests.records.test_pages_today import load, statements, stops, words
from vendorapp.kernel.clock import now
from vendorapp.kernel.database import transaction
from vendorapp.orders.models import Pause

YESTERDAY, TODAY, TOMORROW = "2026-11-20", "2026-11-21", "2026-11-22"
LONG_AGO = "2026-11-01T06:30:00Z"
BEFORE_THE_CUT_OFF = "2026-11-20T14:29:00Z"  # 19:59 in Kolkata
AT_THE_CUT_OFF = "2026-11-20T14:30:00Z"
NOON = "2026-11-21T06:30:00Z"


@pytest.fixture
def page(app: Flask, milkman: Api, clock: time_machine.Traveller) -> Browser:
    """The milkman's browser, signed in long ago: a cookie of the future would not count."""
    clock.move_to(LONG_AGO)
    browser = Browser(app).sign_in(milkman)
    clock.move_to(NOON)
    return browser


def news(page: Browser) -> list[str]:
    found = page.tree.find(".//section[@id='news']/ul")
    return [words(one) for one in found] if found is not None else []


def standing(cast: Cast, milkman: Api, clock: time_machine.Traveller, *names: str, **terms: Any) -> list[int]:
    """Orders that have run since long ago, one for each name."""
    then = now()
    clock.move_to(LONG_AGO)
    found = [on_trust(milkman, cast.row(milkman, name=name)["id"], **terms) for name in names]
    clock.move_to(then)
    return found


def change(milkman: Api, order_id: int, day: str, **terms: Any) -> None:
    body = {"on_behalf_note": "by phone", "effective_from": day, **terms}
    milkman.put(f"/order/{order_id}", body, expect=202)


def pause(order_id: int, first: str, last: str, *, by: int, reason: str | None = None) -> None:
    with transaction() as current:
        current.add(
            Pause(
                order_id=order_id,
                holiday_id=None,
                starts_on=date.fromisoformat(first),
                ends_on=date.fromisoformat(last),
                reason=reason,
                asked_by=by,
                created_at=now(),
            )
        )


def test_every_change_says_why(
    page: Browser, milkman: Api, cast: Cast, clock: time_machine.Traveller
) -> None:
    me = milkman.user["id"]
    names = ("Asha", "Bala", "Chitra", "Dev", "Farid", "Gita")
    more, back, away, gone, _usual, dearer = standing(cast, milkman, clock, *names)
    clock.move_to("2026-11-17T05:00:00Z")
    pause(back, "2026-11-18", YESTERDAY, by=me)
    clock.move_to("2026-11-19T05:00:00Z")
    change(milkman, more, TODAY, quantity="3")
    change(milkman, dearer, TODAY, rate="60")
    pause(away, TODAY, "2026-11-25", by=me, reason="repairs")
    milkman.delete(f"/order/{gone}?effective_from={TODAY}", expect=200)
    on_trust(milkman, cast.row(milkman, name="Esha")["id"], start_date=TODAY)
    clock.move_to(NOON)
    assert news(page.get("/today")) == [
        "Asha, Milk: 2 L → 3 L agreed on 19 Nov 2026, 10:30",
        "Bala, Milk: again after a pause the pause ended on 20 Nov 2026",
        "Chitra, Milk: paused until 25 Nov 2026; you asked on 19 Nov 2026, 10:30: “repairs”",
        "Dev, Milk: ended the last day was 20 Nov 2026; you ended it on 19 Nov 2026, 10:30",
        "Esha, Milk: new accepted on 19 Nov 2026, 10:30",
    ]
    chips = [
        [words(chip) for chip in one.iter("span") if "chip" in (chip.get("class") or "")]
        for one in stops(page)
    ]
    assert chips == [["2 L → 3 L"], ["again after a pause"], [], ["new"], [], []]
    assert load(page) == ["Milk 11 L 5"]
    # The day before and the day after it is no news.
    assert news(page.get(f"/today?date={YESTERDAY}")) == []
    assert news(page.get(f"/today?date={TOMORROW}")) == []


def test_a_customer_ends_and_pauses_by_themselves(
    page: Browser, milkman: Api, linked: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    household, customer_id = linked
    clock.move_to(LONG_AGO)
    ended = agreed(milkman, household, customer_id)
    away = agreed(milkman, household, customer_id, item_name="Curd")
    clock.move_to("2026-11-19T05:00:00Z")
    household.delete(f"/order/{ended}?effective_from={TODAY}", expect=200)
    pause(away, TODAY, TODAY, by=household.user["id"])
    clock.move_to(NOON)
    assert news(page.get("/today")) == [
        "Asha Sharma, Milk: ended the last day was 20 Nov 2026; Asha Sharma ended it on 19 Nov 2026, 10:30",
        "Asha Sharma, Curd: paused until 21 Nov 2026; Asha Sharma asked on 19 Nov 2026, 10:30",
    ]


def test_an_end_that_both_agreed_on(
    page: Browser, milkman: Api, cast: Cast, clock: time_machine.Traveller
) -> None:
    standing(cast, milkman, clock, "Asha", valid_till=YESTERDAY)
    assert news(page.get("/today")) == [
        "Asha, Milk: ended the last day was 20 Nov 2026, agreed on 1 Nov 2026, 12:00"
    ]
    assert stops(page) == []


@pytest.mark.parametrize(("instant", "late"), [(BEFORE_THE_CUT_OFF, False), (AT_THE_CUT_OFF, True)])
def test_what_comes_after_the_cut_off_is_late(
    page: Browser, milkman: Api, cast: Cast, clock: time_machine.Traveller, instant: str, late: bool
) -> None:
    more, away, gone = standing(cast, milkman, clock, "Asha", "Bala", "Chitra")
    clock.move_to(instant)
    change(milkman, more, TODAY, quantity="3")
    pause(away, TODAY, TODAY, by=milkman.user["id"])
    milkman.delete(f"/order/{gone}?effective_from={TODAY}", expect=200)
    on_trust(milkman, cast.row(milkman, name="Dev")["id"], start_date=TODAY)
    for moment, path in ((instant, f"/today?date={TODAY}"), (NOON, "/today")):
        clock.move_to(moment)
        found = news(page.get(path))
        assert [one.split(",")[0] for one in found] == ["Asha", "Bala", "Chitra", "Dev"]
        assert [" late " in one for one in found] == [late] * 4
        chips = [words(c) for c in page.tree.iter("span") if c.get("class") == "chip chip-wait"]
        assert chips == (["2 L → 3 L · late", "new · late"] if late else ["2 L → 3 L", "new"])


def test_the_late_stand_first(page: Browser, milkman: Api, cast: Cast, clock: time_machine.Traveller) -> None:
    early, late = standing(cast, milkman, clock, "Asha", "Bala")
    clock.move_to(BEFORE_THE_CUT_OFF)
    change(milkman, early, TODAY, quantity="3")
    clock.move_to(NOON)
    change(milkman, late, TODAY, quantity="1")
    assert [one.split(",")[0] for one in news(page.get("/today"))] == ["Bala", "Asha"]
    # The round may have been out already: what was decided that day is told again the day after.
    clock.shift(24 * 3600)
    assert [one.split(":")[1] for one in news(page.get("/today"))] == [" 2 L → 1 L agreed on 21 Nov 2026, 12"]


def test_the_cut_off_is_the_vendors_own(
    page: Browser, milkman: Api, cast: Cast, clock: time_machine.Traveller
) -> None:
    [more] = standing(cast, milkman, clock, "Asha")
    clock.move_to(AT_THE_CUT_OFF)
    change(milkman, more, TODAY, quantity="3")
    clock.move_to(NOON)
    milkman.put("/me", {"cut_off": "21:00"}, expect=200)
    assert " late " not in news(page.get("/today"))[0]


def test_an_end_of_a_weekly_order_is_told_when_it_would_be_due(
    page: Browser, milkman: Api, cast: Cast, clock: time_machine.Traveller
) -> None:
    [order_id] = standing(cast, milkman, clock, "Asha", weekdays=[6])
    clock.move_to("2026-11-17T05:00:00Z")
    milkman.delete(f"/order/{order_id}?effective_from=2026-11-18", expect=200)
    clock.move_to(NOON)
    assert [one.split(" the ")[0] for one in news(page.get("/today"))] == ["Asha, Milk: ended"]
    assert news(page.get(f"/today?date={YESTERDAY}")) == []
    assert stops(page) == []


def test_other_weekdays_are_told_on_the_first_day_they_matter(
    page: Browser, milkman: Api, cast: Cast, clock: time_machine.Traveller
) -> None:
    fewer, more = standing(cast, milkman, clock, "Asha", "Bala")
    clock.move_to("2026-11-02T05:00:00Z")
    change(milkman, more, "2026-11-10", weekdays=[1, 2, 3, 4, 5])
    clock.move_to("2026-11-18T05:00:00Z")
    change(milkman, fewer, "2026-11-19", weekdays=[1, 2, 3, 4, 5])
    change(milkman, more, "2026-11-19", weekdays=[1, 2, 3, 4, 5, 6, 7])
    clock.move_to(NOON)
    assert news(page.get("/today")) == [
        "Asha, Milk: no longer on this day agreed on 18 Nov 2026, 10:30",
        "Bala, Milk: now on this day too; before: Mon–Fri agreed on 18 Nov 2026, 10:30",
    ]
    assert [one.get("id") for one in stops(page)] == [f"s{more}"]
    assert news(page.get(f"/today?date={TOMORROW}")) == []


def test_tomorrow_is_only_looked_at(
    page: Browser, milkman: Api, cast: Cast, clock: time_machine.Traveller
) -> None:
    first, second, other = standing(cast, milkman, clock, "Asha", "Bala", "Chitra")
    change(milkman, second, TOMORROW, quantity="3")
    change(milkman, other, TOMORROW, weekdays=[1])
    page.get(f"/today?date={TOMORROW}")
    assert "Tomorrow" in page.text
    assert "22 November 2026" in page.text
    assert "Customers can still change it until 20:00 today." in page.text
    assert [one.get("id") for one in stops(page)] == [f"s{first}", f"s{second}"]
    assert load(page) == ["Milk 5 L 2"]
    assert "2 L → 3 L" in words(stops(page)[1])
    hidden = [one for box in page.tree.iter() if box.get("hidden") is not None for one in box.iter("button")]
    taps = [one for one in page.tree.iter("button") if one.get("name") == "mark"]
    assert taps
    assert all(one in hidden for one in taps)  # a phone without signal shows them when the day has come
    links = {str(one.get("href")) for one in page.tree.iter("a")}
    assert "/today?date=2026-11-23" not in links
    page.post("/today", 422, date=TOMORROW, mark="rest")
    assert rows("SELECT 1 FROM records WHERE date = '2026-11-22'") == []
    clock.move_to("2026-11-21T14:30:00Z")
    assert "Customers could change it until 20:00" in page.get(f"/today?date={TOMORROW}").text
    page.get("/today")
    assert f"/today?date={TOMORROW}" in {str(one.get("href")) for one in page.tree.iter("a")}


def extra(milkman: Api, customer_id: int | None, day: str, item_name: str = "Ghee") -> int:
    """An on-demand order that the vendor entered, and so accepted."""
    body: dict[str, Any] = {"order_type": "on_demand", "item_name": item_name, "unit": "kg", "date": day}
    if customer_id is not None:
        body["customer_id"] = customer_id
    made = milkman.post("/orders", {**body, "quantity": "0.5", "rate": "600"}, expect=201)
    assert made["status"] == "accepted"
    return int(made["id"])


def test_extras_are_loaded_and_stand_where_their_door_lies(
    page: Browser, milkman: Api, cast: Cast, clock: time_machine.Traveller
) -> None:
    def door(name: str, place: int | None) -> int:
        return int(cast.row(milkman, name=name, stop_order=place)["id"])

    clock.move_to(LONG_AGO)
    first, second, between, last = door("Asha", 1), door("Chitra", 9), door("Bala", 5), door("Dev", None)
    milk = [on_trust(milkman, customer) for customer in (first, second)]
    curd = on_trust(milkman, first, item_name="Curd")
    clock.move_to(BEFORE_THE_CUT_OFF)
    at_first, at_between, at_last = (extra(milkman, one, TODAY) for one in (first, between, last))
    clock.move_to(NOON)
    late = extra(milkman, second, TODAY, "Milk")
    other_day = extra(milkman, second, "2026-11-23")
    neighbour = cast.vendor()
    extra(neighbour, cast.row(neighbour)["id"], TODAY)
    page.get("/today")
    ids = [one.get("id") for one in stops(page)]
    assert ids == [f"s{one}" for one in (milk[0], curd, at_first, at_between, milk[1], late, at_last)]
    assert load(page) == ["Curd 2 L 1", "Ghee 1.5 kg 3", "Milk 4 L 2", "Milk 0.5 kg 1"]
    assert "0 of 3 done" in page.text
    [asha] = [one for one in stops(page) if one.get("id") == f"s{at_first}"]
    assert "extra" in words(asha)
    assert {str(one.get("href")) for one in asha.iter("a")} == {f"/requests/{at_first}"}
    assert not list(asha.iter("button"))
    assert news(page) == ["Chitra, Milk: extra late accepted on 21 Nov 2026, 12:00"]
    # What is still to be handed over stands on tomorrow's sheet too; a day gone by is about its marks.
    tomorrow = [one.get("id") for one in stops(page.get(f"/today?date={TOMORROW}"))]
    assert f"s{at_between}" in tomorrow
    assert f"s{other_day}" not in tomorrow
    assert load(page.get(f"/today?date={YESTERDAY}")) == []
    assert [one.get("id") for one in stops(page)] == [f"s{milk[0]}", f"s{curd}", f"s{milk[1]}"]


def test_what_was_left_over_is_no_news(
    page: Browser, milkman: Api, row_id: int, clock: time_machine.Traveller
) -> None:
    clock.move_to("2026-11-20T15:00:00Z")
    order_id = extra(milkman, row_id, YESTERDAY)
    clock.move_to(NOON)
    assert [one.get("id") for one in stops(page.get("/today"))] == [f"s{order_id}"]
    assert news(page) == []
    assert "late" not in words(stops(page)[0])
    assert stops(page.get(f"/today?date={YESTERDAY}")) == []


def test_all_the_rest_leaves_the_extras(page: Browser, milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id)
    other = extra(milkman, row_id, TODAY)
    page.get("/today").post("/today", date=TODAY, mark="rest")
    assert "1 of 1 done" in page.get("/today").text
    assert rows("SELECT order_id FROM records WHERE vendor_status IS NOT NULL") == [(order_id,)]
    page.post("/today", 409, date=TODAY, mark=f"{other}:delivered")


def test_a_day_of_extras_alone_is_a_round(page: Browser, milkman: Api, row_id: int) -> None:
    order_id = extra(milkman, row_id, TODAY)
    assert [one.get("id") for one in stops(page.get("/today"))] == [f"s{order_id}"]
    assert "All the rest as usual" not in page.text


def test_a_household_cannot_write_markup_into_the_sheet(
    page: Browser, milkman: Api, linked: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    household, customer_id = linked
    clock.move_to(LONG_AGO)
    order_id = agreed(milkman, household, customer_id)
    clock.move_to(NOON)
    pause(order_id, TODAY, TODAY, by=household.user["id"], reason="<script>alert(1)</script>")
    assert "“<script>alert(1)</script>”" in news(page.get("/today"))[0]
    assert not list(page.tree.find(".//main").iter("script"))  # type: ignore[union-attr]


def test_the_number_of_queries_does_not_grow(
    page: Browser, milkman: Api, cast: Cast, clock: time_machine.Traveller
) -> None:
    me = milkman.user["id"]

    def more(count: int) -> None:
        for order_id in orders_of(cast, milkman, count):
            pause(order_id, TODAY, TODAY, by=me)
        for order_id in orders_of(cast, milkman, count, start_date=YESTERDAY):
            milkman.delete(f"/order/{order_id}?effective_from={TODAY}", expect=200)
        for _ in range(count):
            extra(milkman, cast.row(milkman)["id"], TODAY)

    found = []
    for count in (1, 8):
        more(count)
        for path in ("/today", f"/today?date={TOMORROW}"):
            with statements() as said:
                page.get(path)
            found.append(len(said))
    assert found[:2] == found[2:]
    assert max(found) <= 8
