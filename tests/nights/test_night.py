"""Nights by time travel: one record a due day and order, whatever was missed, and whoever ran at once."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from tests.cast import Api, Cast
from tests.records.orders import execute, on_trust, orders_of, pause, rows
from vendorapp.kernel.database import db, transaction
from vendorapp.kernel.errors import Invalid
from vendorapp.records import night, service
from vendorapp.records.night import schedule_due
from vendorapp.records.tasks import init_tasks

DAY = timedelta(days=1)


def days_of(order_id: int, status: str = "scheduled") -> list[str]:
    found = rows(
        "SELECT date FROM records WHERE order_id = :id AND status = :status ORDER BY 1",
        id=order_id,
        status=status,
    )
    return [str(day) for (day,) in found]


def november(*numbers: int) -> list[str]:
    return [f"2026-11-{number:02d}" for number in numbers]


def through(order_id: int) -> str | None:
    (day,) = rows("SELECT scheduled_through FROM orders WHERE id = :id", id=order_id)[0]
    return day and str(day)


def test_it_begins_with_the_day_of_acceptance(milkman: Api, row_id: int) -> None:
    past = on_trust(milkman, row_id, start_date="2026-11-01")
    today = on_trust(milkman, row_id)
    coming = on_trust(milkman, row_id, start_date="2026-11-23")
    assert schedule_due() == {"created": 2, "existing": 0, "orders": 2}
    assert days_of(past) == days_of(today) == november(21)
    assert days_of(coming) == []
    # Whatever day was looked at before.
    execute("UPDATE orders SET scheduled_through = DATE '2026-11-10' WHERE id = :id", id=past)
    assert schedule_due() == {"created": 0, "existing": 1, "orders": 1}
    (record,) = milkman.get(f"/records?order_id={past}")["items"]
    assert {
        name: record[name] for name in ("status", "quantity", "rate", "amount", "vendor_mark", "updated_by")
    } == {
        "status": "scheduled",
        "quantity": "2",
        "rate": "54.00",
        "amount": "108.00",
        "vendor_mark": None,
        "updated_by": None,
    }


def test_missed_days_are_made_up_for_once(milkman: Api, row_id: int, clock: time_machine.Traveller) -> None:
    order_id = on_trust(milkman, row_id)
    coming = on_trust(milkman, row_id, start_date="2026-11-23")
    assert schedule_due()["created"] == 1
    assert schedule_due() == {"created": 0, "existing": 0, "orders": 0}
    clock.shift(3 * DAY)
    assert schedule_due() == {"created": 5, "existing": 0, "orders": 2}
    assert days_of(order_id) == november(21, 22, 23, 24)
    assert days_of(coming) == november(23, 24)
    assert schedule_due()["created"] == 0
    assert (
        rows("SELECT count(*) FROM lines") == rows("SELECT count(*) FROM cumulative_record_details") == [(0,)]
    )


def test_a_proposal_is_not_scheduled(cast: Cast, milkman: Api) -> None:
    household, customer_id = cast.household(of=milkman)
    order = milkman.post(
        "/orders", {"customer_id": customer_id, "item_name": "Milk", "rate": "54"}, expect=201
    )
    assert schedule_due()["orders"] == 0
    household.post(f"/changes/{order['pending_change']['id']}/accept", expect=200)
    assert schedule_due()["created"] == 1


def test_a_standstill_of_months_and_many_batches(
    cast: Cast, milkman: Api, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night, "BATCH", 3)
    orders = orders_of(cast, milkman, 7)
    ended = orders_of(cast, milkman, 1, valid_till="2027-01-19")[0]
    clock.shift(100 * DAY)
    assert schedule_due()["created"] == 7 * 101 + 60
    assert (len(days_of(ended)), through(ended)) == (60, None)
    assert {len(days_of(order_id)) for order_id in orders} == {101}
    assert {through(order_id) for order_id in orders} == {"2027-03-01"}


ZONES = (
    "Pacific/Kiritimati",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Africa/Casablanca",
    "Europe/Berlin",
    "America/St_Johns",
    "Pacific/Pago_Pago",
)


def test_each_vendor_has_their_own_midnight(cast: Cast, clock: time_machine.Traveller) -> None:
    clock.move_to("2026-11-20T00:00:00Z")
    orders = {}
    for zone in ZONES:
        vendor = cast.vendor(timezone=zone)
        orders[zone] = orders_of(cast, vendor, 1, start_date="2026-11-01")[0]
    for hour in (1, 9, 10, 11, 18, 19, 23, 24, 25, 35):
        instant = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(hours=hour, minutes=-1)
        clock.move_to(instant)
        schedule_due()
        for zone, order_id in orders.items():
            first = datetime(2026, 11, 20, tzinfo=UTC).astimezone(ZoneInfo(zone)).date()
            here = instant.astimezone(ZoneInfo(zone)).date()
            assert days_of(order_id)[-1] == str(here)
            assert len(days_of(order_id)) == (here - first).days + 1


def test_a_year_of_nights_with_lost_ticks(cast: Cast, clock: time_machine.Traveller) -> None:
    begin = datetime(2027, 9, 1, 12, tzinfo=UTC)  # across a leap year's February and both changes of clocks
    clock.move_to(begin)
    orders = {}
    for zone in ZONES:
        vendor = cast.vendor(timezone=zone)
        orders[zone] = orders_of(cast, vendor, 1) + orders_of(
            cast, vendor, 1, every=2, weekdays=[1, 2, 3, 4, 5]
        )
    chance = random.Random(7)
    for tick in range(366):
        clock.move_to(begin + timedelta(days=tick, minutes=chance.randrange(1440)))
        if chance.random() < 0.8:
            schedule_due()
    clock.move_to(begin + 366 * DAY)
    schedule_due()
    for zone, (daily, second) in orders.items():
        first, last = (
            begin.astimezone(ZoneInfo(zone)).date(),
            (begin + 366 * DAY).astimezone(ZoneInfo(zone)).date(),
        )
        every = [first + step * DAY for step in range((last - first).days + 1)]
        assert date(2028, 2, 29) in every
        assert days_of(daily) == [str(day) for day in every]
        assert days_of(second) == [str(day) for day in every[::2] if day.isoweekday() <= 5]


def test_every_second_day_over_a_leap_day(milkman: Api, row_id: int, clock: time_machine.Traveller) -> None:
    order_id = on_trust(milkman, row_id, start_date="2028-02-25", every=2)
    clock.move_to("2028-03-03T06:30:00Z")
    schedule_due()
    assert days_of(order_id) == ["2028-02-25", "2028-02-27", "2028-02-29", "2028-03-02"]


@pytest.mark.parametrize("seed", [1, 2])
def test_any_pattern_pause_and_end(
    cast: Cast, milkman: Api, clock: time_machine.Traveller, seed: int
) -> None:
    chance = random.Random(seed)
    today = date(2026, 11, 21)
    expected = {}
    for _ in range(12):
        start = today + chance.randrange(-40, 20) * DAY
        every, weekdays = chance.randrange(1, 6), sorted(chance.sample(range(1, 8), chance.randrange(1, 8)))
        end = today + chance.randrange(0, 45) * DAY if chance.random() < 0.5 else None
        if end and end < start:
            end = start
        terms = {
            "start_date": str(start),
            "every": every,
            "weekdays": weekdays,
            "valid_till": end and str(end),
        }
        order_id = orders_of(cast, milkman, 1, **terms)[0]
        away = today + chance.randrange(0, 30) * DAY
        back = away + chance.randrange(0, 10) * DAY
        pause(order_id, str(away), str(back))
        days = []
        for step in range(41):
            day = today + step * DAY
            if day < start or (end and day > end) or away <= day <= back:
                continue
            if (day - start).days % every == 0 and day.isoweekday() in weekdays:
                days.append(str(day))
        expected[order_id] = days
    for step in [*sorted(chance.sample(range(40), 12)), 40]:
        clock.move_to(datetime(2026, 11, 21, 6, tzinfo=UTC) + step * DAY)
        schedule_due()
    assert {order_id: days_of(order_id) for order_id in expected} == expected


def test_records_carry_the_terms_of_their_day(
    milkman: Api, row_id: int, clock: time_machine.Traveller
) -> None:
    order_id = on_trust(milkman, row_id)
    change = {"rate": "60", "effective_from": "2026-11-23", "on_behalf_note": "by phone"}
    milkman.put(f"/order/{order_id}", change, expect=202)
    clock.shift(3 * DAY)
    schedule_due()
    found = rows("SELECT rate, amount, terms_version FROM records ORDER BY date")
    assert found == [(5400, 10800, 1)] * 2 + [(6000, 12000, 2)] * 2


def test_an_order_that_is_over_is_never_looked_at_again(
    milkman: Api, row_id: int, clock: time_machine.Traveller
) -> None:
    ended = on_trust(milkman, row_id)
    till = on_trust(milkman, row_id, valid_till="2026-11-22")
    open_end = on_trust(milkman, row_id)
    milkman.delete(f"/order/{ended}?effective_from=2026-11-23", expect=200)
    schedule_due()
    assert (through(ended), through(till), through(open_end)) == ("2026-11-21",) * 3
    clock.shift(5 * DAY)
    schedule_due()
    assert days_of(ended) == days_of(till) == november(21, 22)
    assert days_of(open_end) == november(21, 22, 23, 24, 25, 26)
    assert (through(ended), through(till), through(open_end)) == (None, None, "2026-11-26")


def test_a_later_period_revives_an_order(milkman: Api, row_id: int, clock: time_machine.Traveller) -> None:
    order_id = on_trust(milkman, row_id, valid_till="2026-11-22")
    # From the 25th on there is no such end any more.
    execute(
        "INSERT INTO order_periods SELECT order_id, DATE '2026-11-25', 2, item_name, unit, quantity, rate,"
        " amount, weekdays, every, DATE '2026-11-26' FROM order_periods WHERE order_id = :id",
        id=order_id,
    )
    clock.shift(2 * DAY)
    schedule_due()
    assert (days_of(order_id), through(order_id)) == (november(21, 22), "2026-11-23")
    clock.shift(4 * DAY)
    schedule_due()
    assert (days_of(order_id), through(order_id)) == (november(21, 22, 25, 26), None)


def test_an_open_period_that_was_cut_off_keeps_nothing_alive(
    milkman: Api, row_id: int, clock: time_machine.Traveller
) -> None:
    order_id = on_trust(milkman, row_id)
    change = {"valid_till": "2026-11-23", "on_behalf_note": "by phone"}
    milkman.put(f"/order/{order_id}", change, expect=202)
    clock.shift(5 * DAY)
    schedule_due()
    assert (days_of(order_id), through(order_id)) == (november(21, 22, 23), None)


def test_marks_that_came_first_are_kept(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> None:
    marked, unmarked = orders_of(cast, milkman, 2)
    milkman.post(f"/order/{marked}/attendance", {"status": "skipped"}, expect=201)
    before = milkman.get(f"/records?order_id={marked}")["items"]
    clock.shift(60)
    assert schedule_due() == {"created": 1, "existing": 1, "orders": 2}
    assert milkman.get(f"/records?order_id={marked}")["items"] == before
    assert days_of(unmarked) == november(21)


# One day only


def test_a_single_day_is_made_up_for_by_hand(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> None:
    other = cast.vendor()
    mine = orders_of(cast, milkman, 2) + orders_of(cast, milkman, 1, weekdays=[7])
    theirs = orders_of(cast, other, 1)
    clock.shift(3 * DAY)
    fresh = orders_of(cast, milkman, 1, start_date="2026-11-20")
    assert schedule_due(date(2026, 11, 22), milkman.user["id"]) == {"created": 3, "existing": 0, "orders": 3}
    assert schedule_due(date(2026, 11, 22)) == {"created": 1, "existing": 3, "orders": 4}
    assert [days_of(order_id) for order_id in mine + theirs] == [november(22)] * 4
    assert days_of(fresh[0]) == []  # before its acceptance
    assert through(mine[0]) == "2026-11-20"
    # Three days of each daily order, one of the fresh one, none of Sunday's.
    assert schedule_due()["created"] == 2 * 3 + 3 + 1
    assert days_of(mine[0]) == november(21, 22, 23, 24)


def test_a_single_day_never_lies_ahead(cast: Cast, clock: time_machine.Traveller) -> None:
    clock.move_to("2026-11-21T18:45:00Z")
    indian, berliner = cast.vendor(), cast.vendor(timezone="Europe/Berlin")
    here, there = orders_of(cast, indian, 1)[0], orders_of(cast, berliner, 1)[0]
    assert schedule_due(date(2026, 11, 22)) == {"created": 1, "existing": 0, "orders": 1}
    assert (days_of(here), days_of(there)) == (november(22), [])
    for day, vendor_id in ((23, None), (22, berliner.user["id"]), (23, indian.user["id"])):
        with pytest.raises(Invalid) as caught:
            schedule_due(date(2026, 11, day), vendor_id)
        assert caught.value.code == "date_in_future"
    assert schedule_due(date(2026, 11, 21), 10**9) == {"created": 0, "existing": 0, "orders": 0}


def test_a_vendor_makes_their_own_day(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> None:
    orders = orders_of(cast, milkman, 3)
    other = cast.vendor()
    orders_of(cast, other, 1)
    milkman.post(f"/order/{orders[0]}/attendance", expect=201)
    assert milkman.post("/records", expect=200).json == {"date": "2026-11-21", "created": 2, "existing": 1}
    assert milkman.post("/records", {}, expect=200).json == {
        "date": "2026-11-21",
        "created": 0,
        "existing": 3,
    }
    assert rows("SELECT count(*) FROM records") == [(3,)]
    assert milkman.post("/records", {"date": "2026-11-20"}, expect=200)["existing"] == 0
    assert milkman.post("/records", {"date": "2026-11-22"}, expect=422).code == "date_in_future"
    assert milkman.post("/records", {"date": "soon"}, expect=422).code == "invalid"
    assert milkman.post("/records", {"day": "2026-11-21"}, expect=422).code == "unknown_field"
    clock.shift(2 * DAY)
    assert milkman.post("/records", {"date": "2026-11-22"}, expect=200).json == {
        "date": "2026-11-22",
        "created": 3,
        "existing": 0,
    }


# At the same time


def test_eight_nights_at_once_make_each_record_once(
    cast: Cast, milkman: Api, app: Flask, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night, "BATCH", 2)
    orders = orders_of(cast, milkman, 15)
    clock.shift(2 * DAY)

    def run(number: int) -> dict[str, int]:
        with app.app_context():
            return schedule_due(date(2026, 11, 22) if number % 4 == 3 else None)

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(run, range(8)))
    counts.append(run(0))  # whatever one of them held while the others passed by
    assert sum(one["created"] for one in counts) == 45
    # Those without a day share the orders between them, the other two look at all.
    assert sum(one["orders"] for one in counts) == 15 + 2 * 15
    assert {len(days_of(order_id)) for order_id in orders} == {3}


def test_an_order_that_somebody_holds_is_left_to_the_next_run(cast: Cast, milkman: Api) -> None:
    held, free = orders_of(cast, milkman, 2)
    with db.engine.connect() as other:
        other.execute(text("SELECT 1 FROM orders WHERE id = :id FOR SHARE"), {"id": held})
        assert schedule_due() == {"created": 1, "existing": 0, "orders": 1}
    assert (days_of(held), days_of(free)) == ([], november(21))
    assert schedule_due() == {"created": 1, "existing": 0, "orders": 1}


def test_the_task_takes_a_vendor_or_none(cast: Cast, milkman: Api) -> None:
    mine = orders_of(cast, milkman, 1)[0]
    theirs = orders_of(cast, cast.vendor(), 1)[0]
    tasks: dict[str, Any] = {}

    class Registry:
        def task(self, name: str, **_: Any) -> Any:
            return lambda work: tasks.setdefault(name, work)

    init_tasks(Registry())
    task = tasks["records.schedule"]
    task(str(milkman.user["id"]))
    assert (days_of(mine), days_of(theirs)) == (november(21), [])
    task()
    assert days_of(theirs) == november(21)


# Unmarked days follow their order


def put(vendor: Api, order_id: int, **change: Any) -> None:
    vendor.put(f"/order/{order_id}", {"on_behalf_note": "by phone", **change}, expect=202)


def test_unmarked_days_take_the_new_terms(milkman: Api, row_id: int, clock: time_machine.Traveller) -> None:
    order_id = on_trust(milkman, row_id)
    schedule_due()
    put(milkman, order_id, quantity="3", effective_from="2026-11-21")
    (record,) = milkman.get("/records")["items"]
    assert (record["quantity"], record["amount"], record["status"]) == ("3", "162.00", "scheduled")
    milkman.post(f"/order/{order_id}/attendance", expect=200)
    clock.shift(DAY)
    schedule_due()
    put(milkman, order_id, quantity="1", effective_from="2026-11-22")
    assert [one["quantity"] for one in milkman.get("/records")["items"]] == ["3", "1"]


def test_days_fall_away_and_come_back_with_the_pattern(milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id)
    schedule_due()
    put(milkman, order_id, weekdays=[1, 2], effective_from="2026-11-21")
    (record,) = milkman.get("/records")["items"]
    assert (record["status"], record["quantity"], record["amount"]) == ("cancelled", "0", "0.00")
    put(milkman, order_id, weekdays=[6], effective_from="2026-11-21")
    (record,) = milkman.get("/records")["items"]
    assert (record["status"], record["quantity"], record["amount"]) == ("scheduled", "2", "108.00")


def test_a_day_that_becomes_due_after_the_night_gets_its_record(milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id, weekdays=[1])
    schedule_due()
    assert days_of(order_id) == []
    put(milkman, order_id, weekdays=[6, 7], effective_from="2026-11-21")
    assert days_of(order_id) == november(21)
    assert schedule_due()["created"] == 0


def test_a_pause_cancels_only_what_is_not_marked(milkman: Api, row_id: int) -> None:
    marked, unmarked = on_trust(milkman, row_id), on_trust(milkman, row_id)
    schedule_due()
    milkman.post(f"/order/{marked}/attendance", expect=200)
    for order_id in (marked, unmarked):
        pause(order_id, "2026-11-21", "2026-11-23")
        with transaction():
            service.follow_terms([order_id], from_day=date(2026, 11, 21))
    assert (days_of(marked, "delivered"), days_of(unmarked, "cancelled")) == (november(21), november(21))
    execute("DELETE FROM pauses")
    with transaction():
        service.follow_terms([unmarked], from_day=date(2026, 11, 21))
    assert days_of(unmarked) == november(21)
    with transaction():
        service.cancel_from(marked, date(2026, 11, 21))
        service.cancel_from(unmarked, date(2026, 11, 22))
    assert (days_of(marked, "delivered"), days_of(unmarked)) == (november(21), november(21))


def test_the_end_cancels_what_is_not_marked(milkman: Api, row_id: int) -> None:
    marked, unmarked = on_trust(milkman, row_id), on_trust(milkman, row_id)
    schedule_due()
    milkman.post(f"/order/{marked}/attendance", expect=200)
    assert milkman.delete(f"/order/{marked}?effective_from=2026-11-21").code == "already_recorded"
    milkman.delete(f"/order/{unmarked}?effective_from=2026-11-21", expect=200)
    assert days_of(unmarked, "cancelled") == november(21)
    assert days_of(marked, "delivered") == november(21)
    milkman.delete(f"/order/{unmarked}?permanent=true", expect=204)
    assert milkman.delete(f"/order/{marked}?permanent=true", expect=409).code == "has_history"
    assert rows("SELECT count(*) FROM records") == [(1,)]
