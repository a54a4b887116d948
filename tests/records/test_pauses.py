"""Pauses and holidays over JSON: whose right until when, what becomes of the days, who is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.cast import Answer, Api, Cast
from tests.records.orders import agreed, on_trust, rows
from vendorapp.kernel.database import transaction
from vendorapp.notices.service import forget_old
from vendorapp.records.night import schedule_due

TODAY, TOMORROW = "2026-11-21", "2026-11-22"
Household = tuple[Api, int]


@pytest.fixture
def order_id(milkman: Api, linked: Household) -> int:
    """Milk every day since yesterday, agreed with the household."""
    return agreed(milkman, linked[0], linked[1], start_date="2026-11-20")


def states(order_id: int) -> dict[str, str]:
    """The status of each record of the order, by day."""
    found = rows("SELECT date, status FROM records WHERE order_id = :id ORDER BY date", id=order_id)
    return {day.isoformat(): status for day, status in found}


def told(who: Api, kind: str) -> list[dict[str, Any]]:
    items = who.get("/notifications")["items"]
    return [one for one in items if one["kind"] == kind]


def spans(who: Api, order_id: int) -> list[tuple[str, str]]:
    return [(one["from"], one["to"]) for one in who.get(f"/order/{order_id}")["pauses"]]


# One order


def test_a_customer_pauses_and_the_vendor_gets_the_receipt(
    milkman: Api, linked: Household, order_id: int
) -> None:
    household = linked[0]
    body = {"from": "2026-11-24", "to": "2026-11-26", "reason": "Wedding"}
    made = household.post(f"/order/{order_id}/pauses", body, expect=201).json
    assert made == {
        "id": made["id"],
        "order_id": order_id,
        **body,
        "asked_by": household.user["id"],
        "acknowledged_at": None,
    }
    (notice,) = told(milkman, "pause_asked")
    assert notice["title"] == "Asha Sharma pauses Milk"
    assert notice["body"] == "Nothing is due from 24 Nov 2026 to 26 Nov 2026: Wedding"
    assert notice["url"] == f"/orders/{order_id}"
    assert notice["data"]["pause_id"] == made["id"]
    assert not told(household, "pause_asked")
    milkman.post(f"/notifications/{notice['id']}/read", expect=200)
    for side in (milkman, household):
        (seen,) = side.get(f"/order/{order_id}")["pauses"]
        assert seen == {**made, "acknowledged_at": "2026-11-21T06:30:00.000000Z"}


def test_a_vendor_may_from_today_and_todays_record_is_cancelled(
    milkman: Api, linked: Household, order_id: int
) -> None:
    schedule_due()
    made = milkman.post(f"/order/{order_id}/pauses", {"from": TODAY, "to": TODAY}, expect=201)
    assert made["reason"] is None
    assert states(order_id) == {TODAY: "cancelled"}
    assert told(linked[0], "pause_asked")[0]["title"] == "Yadav Dairy pauses Milk"
    milkman.post(f"/order/{order_id}/attendance", expect=409)
    assert milkman.get(f"/order/{order_id}")["month"]["active_days"] == 0


ZONES = [
    # (zone, present instant, the first day a customer may choose)
    ("Asia/Kolkata", "2026-11-21T14:29:59Z", "2026-11-22"),
    ("Asia/Kolkata", "2026-11-21T14:30:00Z", "2026-11-23"),
    ("Asia/Kolkata", "2026-11-21T18:30:00Z", "2026-11-23"),
    ("America/New_York", "2026-11-22T00:59:59Z", "2026-11-22"),
    ("America/New_York", "2026-11-22T01:00:00Z", "2026-11-23"),
    ("America/New_York", "2026-11-22T05:00:00Z", "2026-11-23"),
]


@pytest.mark.parametrize(("zone", "instant", "earliest"), ZONES)
def test_the_cut_off_is_the_vendors_clock(
    cast: Cast, clock: time_machine.Traveller, zone: str, instant: str, earliest: str
) -> None:
    vendor = cast.vendor(timezone=zone)
    household, customer_id = cast.household(of=vendor)
    order_id = agreed(vendor, household, customer_id)
    clock.move_to(instant)
    day = int(earliest[-2:])
    early = {"from": f"2026-11-{day - 1}", "to": "2026-11-30"}
    refused = household.post(f"/order/{order_id}/pauses", early, expect=409)
    assert (refused.code, refused["earliest"]) == ("past_cut_off", earliest)
    household.post(f"/order/{order_id}/pauses", {"from": earliest, "to": "2026-11-30"}, expect=201)


def test_a_cut_off_of_the_vendors_own(cast: Cast, milkman: Api, linked: Household, order_id: int) -> None:
    milkman.put("/me", {"cut_off": "11:59"}, expect=200)
    refused = linked[0].post(f"/order/{order_id}/pauses", {"from": TOMORROW, "to": TOMORROW}, expect=409)
    assert refused["earliest"] == "2026-11-23"
    milkman.put("/me", {"cut_off": "12:01"}, expect=200)
    linked[0].post(f"/order/{order_id}/pauses", {"from": TOMORROW, "to": TOMORROW}, expect=201)


def test_days_gone_by_are_nobodys(milkman: Api, linked: Household, order_id: int) -> None:
    body = {"from": "2026-11-20", "to": "2026-11-25"}
    for side, earliest in ((milkman, TODAY), (linked[0], TOMORROW)):
        refused = side.post(f"/order/{order_id}/pauses", body, expect=409)
        assert (refused.code, refused["earliest"]) == ("past_cut_off", earliest)
    assert spans(milkman, order_id) == []


SHAPES: list[tuple[dict[str, Any], str, str]] = [
    ({"from": "2026-12-02", "to": "2026-12-01"}, "to", "invalid"),
    ({"from": "2026-12-01", "to": "2027-03-01"}, "to", "invalid"),
    ({"to": "2026-12-01"}, "from", "invalid"),
    ({"from": "2026-12-01"}, "to", "invalid"),
    ({"from": "2026-02-30", "to": "2026-03-01"}, "from", "invalid"),
    ({"from": "2026-12-01", "to": "2026-12-01", "reason": "x" * 2001}, "reason", "invalid"),
    ({"from_": "2026-12-01", "to": "2026-12-01", "from": "2026-12-01"}, "from_", "unknown_field"),
    ({"from": "2026-12-01", "to": "2026-12-01", "days": 3}, "days", "unknown_field"),
]


@pytest.mark.parametrize(("body", "field", "code"), SHAPES)
@pytest.mark.parametrize("path", ["/order/{id}/pauses", "/order/1/pauses", "/pauses"])
def test_what_is_no_range(
    milkman: Api, order_id: int, path: str, body: dict[str, Any], field: str, code: str
) -> None:
    refused = milkman.post(path.format(id=order_id), body, expect=422)
    assert [(one["field"], one["code"]) for one in refused["errors"]] == [(field, code)]


def test_ninety_days_are_the_most(milkman: Api, order_id: int) -> None:
    milkman.post(f"/order/{order_id}/pauses", {"from": "2026-12-01", "to": "2027-02-28"}, expect=201)


def test_foreign_orders_and_pauses_are_not_there(
    cast: Cast, milkman: Api, linked: Household, order_id: int
) -> None:
    body = {"from": "2026-12-01", "to": "2026-12-01"}
    pause_id = milkman.post(f"/order/{order_id}/pauses", body, expect=201)["id"]
    other = cast.vendor()
    neighbour, _ = cast.household(of=milkman)
    away, _ = cast.household(of=other)
    for stranger in (other, neighbour, away):
        assert stranger.post(f"/order/{order_id}/pauses", body, expect=404).code == "not_found"
        assert stranger.delete(f"/pauses/{pause_id}", expect=404).code == "not_found"
        assert stranger.post("/pauses", body, expect=200).json == {"results": []}
    milkman.post("/order/99999999999999999999/pauses", body, expect=404)
    milkman.delete("/pauses/99999999999999999999", expect=404)
    Api(milkman.app).post(f"/order/{order_id}/pauses", body, expect=401)
    assert spans(milkman, order_id) == [("2026-12-01", "2026-12-01")]


def test_an_order_that_is_over_takes_no_pause(milkman: Api, row_id: int, linked: Household) -> None:
    body = {"from": "2026-12-01", "to": "2026-12-05"}
    over = on_trust(milkman, row_id, start_date="2026-11-01", valid_till="2026-11-20")
    assert milkman.post(f"/order/{over}/pauses", body, expect=409).code == "order_ended"
    said_no = milkman.post(
        "/orders", {"customer_id": linked[1], "item_name": "Curd", "rate": "40"}, expect=201
    )
    linked[0].post(f"/changes/{said_no['pending_change']['id']}/decline", expect=200)
    assert milkman.post(f"/order/{said_no['id']}/pauses", body, expect=409).code == "order_ended"


def test_a_proposal_can_be_paused_until_it_lapses(
    milkman: Api, linked: Household, clock: time_machine.Traveller
) -> None:
    body = {"from": "2026-12-01", "to": "2026-12-05"}
    sent = {"customer_id": linked[1], "item_name": "Curd", "rate": "40"}
    proposed = milkman.post("/orders", sent, expect=201)
    linked[0].post(f"/order/{proposed['id']}/pauses", body, expect=201)
    clock.move_to("2026-11-28T06:30:00Z")
    assert milkman.post(f"/order/{proposed['id']}/pauses", body, expect=409).code == "order_ended"


def test_a_range_beside_the_orders_life_is_not_due(milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id, start_date="2026-12-01", valid_till="2026-12-10")
    for first, last in (("2026-11-22", "2026-11-30"), ("2026-12-11", "2026-12-20")):
        refused = milkman.post(f"/order/{order_id}/pauses", {"from": first, "to": last}, expect=409)
        assert refused.code == "not_due"
    milkman.post(f"/order/{order_id}/pauses", {"from": "2026-11-22", "to": "2026-12-01"}, expect=201)
    milkman.post(f"/order/{order_id}/pauses", {"from": "2026-12-10", "to": "2026-12-12"}, expect=201)
    # An end that was agreed on for later moves the life with it.
    longer = {"valid_till": "2026-12-31", "effective_from": "2026-12-05", "on_behalf_note": "by phone"}
    milkman.put(f"/order/{order_id}", longer, expect=202)
    milkman.post(f"/order/{order_id}/pauses", {"from": "2026-12-20", "to": "2026-12-21"}, expect=201)


def test_a_second_click_with_its_key_pauses_once(milkman: Api, order_id: int) -> None:
    body = {"from": "2026-12-01", "to": "2026-12-05"}
    headers = {"Idempotency-Key": "one"}
    first = milkman.post(f"/order/{order_id}/pauses", body, headers=headers, expect=201)
    again = milkman.post(f"/order/{order_id}/pauses", body, headers=headers, expect=201)
    assert first.json == again.json
    assert len(spans(milkman, order_id)) == 1


# The days


def test_the_night_schedules_nothing_in_a_pause(
    milkman: Api, linked: Household, order_id: int, clock: time_machine.Traveller
) -> None:
    linked[0].post(f"/order/{order_id}/pauses", {"from": "2026-11-23", "to": "2026-11-25"}, expect=201)
    for day in range(21, 28):
        clock.move_to(f"2026-11-{day}T06:30:00Z")
        schedule_due()
    assert list(states(order_id)) == ["2026-11-21", "2026-11-22", "2026-11-26", "2026-11-27"]


def test_marked_days_stay_and_the_month_follows(milkman: Api, linked: Household, order_id: int) -> None:
    schedule_due()
    milkman.post(f"/order/{order_id}/attendance", {"date": TODAY}, expect=200)
    milkman.post(f"/order/{order_id}/pauses", {"from": TODAY, "to": "2026-11-30"}, expect=201)
    assert states(order_id) == {TODAY: "delivered"}
    month = linked[0].get(f"/order/{order_id}")["month"]
    assert (month["active_days"], month["total_amount"]) == (1, "108.00")
    # Delivered all the same, and said so.
    other = agreed(milkman, *linked, start_date=TODAY)
    milkman.post(f"/order/{other}/pauses", {"from": TODAY, "to": TODAY}, expect=201)
    assert milkman.post(f"/order/{other}/attendance", expect=409).code == "not_due"
    milkman.post(f"/order/{other}/attendance", {"extra": True}, expect=201)


def test_a_pause_over_the_day_the_clocks_go_back(cast: Cast, clock: time_machine.Traveller) -> None:
    clock.move_to("2026-10-30T16:00:00Z")
    vendor = cast.vendor(timezone="America/New_York")
    household, customer_id = cast.household(of=vendor)
    order_id = agreed(vendor, household, customer_id)
    household.post(f"/order/{order_id}/pauses", {"from": "2026-11-01", "to": "2026-11-02"}, expect=201)
    for instant in ("2026-10-31T16:00", "2026-11-01T04:30", "2026-11-01T05:30", "2026-11-01T06:30"):
        clock.move_to(f"{instant}:00Z")
        schedule_due()
    clock.move_to("2026-11-03T04:59:00Z")
    schedule_due()
    assert list(states(order_id)) == ["2026-10-30", "2026-10-31"]
    clock.move_to("2026-11-03T05:00:00Z")
    schedule_due()
    assert list(states(order_id))[-1] == "2026-11-03"


def test_a_leap_day_is_a_day(cast: Cast, clock: time_machine.Traveller) -> None:
    clock.move_to("2028-02-27T06:30:00Z")
    milkman = cast.vendor()
    order_id = on_trust(milkman, cast.row(milkman)["id"])
    milkman.post(f"/order/{order_id}/pauses", {"from": "2028-02-29", "to": "2028-02-29"}, expect=201)
    for day in ("02-27", "02-28", "02-29", "03-01"):
        clock.move_to(f"2028-{day}T06:30:00Z")
        schedule_due()
    assert list(states(order_id)) == ["2028-02-27", "2028-02-28", "2028-03-01"]


# The end of a pause


def test_todays_record_is_due_again_at_once(milkman: Api, linked: Household, order_id: int) -> None:
    schedule_due()
    body = {"from": TODAY, "to": "2026-11-30"}
    pause_id = milkman.post(f"/order/{order_id}/pauses", body, expect=201)["id"]
    assert states(order_id) == {TODAY: "cancelled"}
    milkman.delete(f"/pauses/{pause_id}", expect=204)
    assert states(order_id) == {TODAY: "scheduled"}
    assert spans(milkman, order_id) == []
    (notice,) = told(linked[0], "pause_ended")
    assert notice["title"] == "Yadav Dairy ends the pause of Milk"
    assert notice["body"] == "It is due again from 21 Nov 2026"
    milkman.delete(f"/pauses/{pause_id}", expect=404)


def test_a_day_that_the_night_has_passed_comes_back(
    milkman: Api, order_id: int, clock: time_machine.Traveller
) -> None:
    body = {"from": TOMORROW, "to": "2026-11-30"}
    pause_id = milkman.post(f"/order/{order_id}/pauses", body, expect=201)["id"]
    for day in (21, 22, 23, 24):
        clock.move_to(f"2026-11-{day}T06:30:00Z")
        schedule_due()
    assert list(states(order_id)) == [TODAY]
    milkman.delete(f"/pauses/{pause_id}", expect=204)
    assert states(order_id) == {TODAY: "scheduled", "2026-11-24": "scheduled"}
    assert spans(milkman, order_id) == [(TOMORROW, "2026-11-23")]
    milkman.delete(f"/pauses/{pause_id}", expect=204)
    assert spans(milkman, order_id) == [(TOMORROW, "2026-11-23")]


def test_a_customers_end_keeps_the_cut_off(
    milkman: Api, linked: Household, order_id: int, clock: time_machine.Traveller
) -> None:
    household = linked[0]
    body = {"from": TOMORROW, "to": "2026-11-30"}
    pause_id = household.post(f"/order/{order_id}/pauses", body, expect=201)["id"]
    clock.move_to("2026-11-23T14:30:00Z")
    for day in ("", "?effective_from=2026-11-23", "?effective_from=2026-11-24"):
        refused = household.delete(f"/pauses/{pause_id}{day}", expect=409)
        assert (refused.code, refused["earliest"]) == ("past_cut_off", "2026-11-25")
    household.delete(f"/pauses/{pause_id}?effective_from=2026-11-25", expect=204)
    assert spans(household, order_id) == [(TOMORROW, "2026-11-24")]
    (notice,) = told(milkman, "pause_ended")
    assert notice["body"] == "It is due again from 25 Nov 2026"
    milkman.delete(f"/pauses/{pause_id}?effective_from=2026-11-22", expect=409)
    milkman.delete(f"/pauses/{pause_id}?effective_from=2026-11-31", expect=422)
    # Nothing of it is left by then: nothing changes, nobody is told.
    milkman.delete(f"/pauses/{pause_id}?effective_from=2026-12-10", expect=204)
    assert spans(household, order_id) == [(TOMORROW, "2026-11-24")]
    assert told(household, "pause_ended") == []


@pytest.mark.parametrize(
    ("last", "instant", "earliest"),
    [
        (TODAY, "2026-11-21T06:30:00Z", TOMORROW),
        (TODAY, "2026-11-21T14:30:00Z", "2026-11-23"),
        (TOMORROW, "2026-11-21T14:30:00Z", "2026-11-23"),
    ],
)
def test_a_customer_gets_nothing_back_of_a_pause_that_runs_out(
    milkman: Api,
    linked: Household,
    order_id: int,
    clock: time_machine.Traveller,
    last: str,
    instant: str,
    earliest: str,
) -> None:
    made = milkman.post(f"/order/{order_id}/pauses", {"from": TODAY, "to": last}, expect=201)["id"]
    clock.move_to(instant)
    for day in ("", f"?effective_from={earliest}"):
        refused = linked[0].delete(f"/pauses/{made}{day}", expect=409)
        assert (refused.code, refused["earliest"]) == ("past_cut_off", earliest)
    assert told(milkman, "pause_ended") == []
    assert spans(milkman, order_id) == [(TODAY, last)]
    # Once it is over there is nothing to refuse.
    clock.move_to("2026-11-23T06:30:00Z")
    linked[0].delete(f"/pauses/{made}", expect=204)


def test_a_pause_that_has_not_begun_is_taken_back(milkman: Api, linked: Household, order_id: int) -> None:
    body = {"from": "2026-11-25", "to": "2026-11-30"}
    pause_id = linked[0].post(f"/order/{order_id}/pauses", body, expect=201)["id"]
    milkman.delete(f"/pauses/{pause_id}", expect=204)
    assert spans(milkman, order_id) == []
    assert told(linked[0], "pause_ended")[0]["body"] == "It is due again from 25 Nov 2026"


def test_what_another_pause_covers_stays_paused(milkman: Api, linked: Household, order_id: int) -> None:
    schedule_due()
    one = milkman.post(f"/order/{order_id}/pauses", {"from": TODAY, "to": "2026-11-25"}, expect=201)["id"]
    two = milkman.post(f"/order/{order_id}/pauses", {"from": TODAY, "to": TODAY}, expect=201)["id"]
    milkman.delete(f"/pauses/{one}", expect=204)
    assert states(order_id) == {TODAY: "cancelled"}
    milkman.delete(f"/pauses/{two}", expect=204)
    assert states(order_id) == {TODAY: "scheduled"}


# At the same moment


def at_once(app: Flask, *calls: Callable[[], Answer]) -> list[Answer]:
    """The answers of calls that are made at the same moment, each from a thread of its own."""
    gate = threading.Barrier(len(calls))
    answers: list[Answer | None] = [None] * len(calls)

    def run(place: int, call: Callable[[], Answer]) -> None:
        gate.wait(timeout=30)
        answers[place] = call()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return [one for one in answers if one is not None]


@pytest.mark.parametrize("made", [True, False], ids=["scheduled", "not scheduled"])
def test_a_pause_and_a_mark_of_the_same_day(app: Flask, milkman: Api, linked: Household, made: bool) -> None:
    """Whoever comes first: either the day is marked and stays, or it is paused and nothing is due."""
    for _ in range(6):
        order_id = agreed(milkman, *linked, start_date=TODAY)
        if made:
            schedule_due()
        marked, paused = at_once(
            app,
            partial(milkman.post, f"/order/{order_id}/attendance"),
            partial(milkman.post, f"/order/{order_id}/pauses", {"from": TODAY, "to": TODAY}),
        )
        assert paused.status == 201
        days = milkman.get(f"/order/{order_id}")["month"]["active_days"]
        if marked.status == 409:
            assert marked.code == "not_due"
            assert (states(order_id), days) == ({TODAY: "cancelled"} if made else {}, 0)
        else:
            assert marked.status == (200 if made else 201)
            assert (states(order_id), days) == ({TODAY: "delivered"}, 1)


def test_two_ends_of_a_pause_at_once(app: Flask, milkman: Api, linked: Household, order_id: int) -> None:
    body = {"from": "2026-12-01", "to": "2026-12-05"}
    pause_id = milkman.post(f"/order/{order_id}/pauses", body, expect=201)["id"]
    ends = at_once(app, *[lambda: milkman.delete(f"/pauses/{pause_id}")] * 2)
    assert sorted(one.status for one in ends) == [204, 404]
    assert len(told(linked[0], "pause_ended")) == 1


# The receipt


def test_a_receipt_is_kept_for_ever(
    milkman: Api, linked: Household, order_id: int, clock: time_machine.Traveller
) -> None:
    linked[0].post(f"/order/{order_id}/pauses", {"from": TOMORROW, "to": TOMORROW}, expect=201)
    milkman.post("/notifications/read-all")
    clock.move_to("2027-11-21T06:30:00Z")
    with transaction():
        forget_old()
    found = rows("SELECT kind FROM notices WHERE user_id = :id", id=milkman.user["id"])
    assert found == [("pause_asked",)]


def test_pauses_are_described_with_their_own_names(api: Api) -> None:
    described = api.get("/openapi.json").json
    assert set(described["components"]["schemas"]["PauseIn"]["properties"]) == {"from", "to", "reason"}
    assert "from" in described["components"]["schemas"]["PauseOut"]["properties"]
    assert {"/v1/pauses", "/v1/pauses/{id}", "/v1/order/{id}/pauses"} <= set(described["paths"])
