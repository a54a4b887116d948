"""The evening before: what is other tomorrow is told once, from the cut-off on, as the sheet has it."""

from __future__ import annotations

import random
import threading
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.records.orders import agreed, on_trust, orders_of, rows
from tests.records.test_load_sheet import LONG_AGO, change, extra, news, pause, standing
from tests.records.test_pages_today import statements, stops, words
from vendorapp.accounts.queries import business
from vendorapp.kernel.clock import day_in
from vendorapp.kernel.database import session
from vendorapp.records import tomorrow
from vendorapp.records.tomorrow import changes_of, tell_tomorrow
from vendorapp.schedule import JOBS

TODAY, TOMORROW = "2026-11-21", "2026-11-22"
CUT_OFF = "2026-11-21T14:30:00Z"  # 20:00 in Kolkata
A_SECOND_BEFORE = "2026-11-21T14:29:59Z"
MIDNIGHT = "2026-11-21T18:30:00Z"


def told(vendor: Api) -> list[dict[str, Any]]:
    """What the vendor was told of days to come, the newest first."""
    return [one for one in vendor.get("/notifications")["items"] if one["kind"] == "tomorrow_changes"]


def titles(vendor: Api) -> list[str]:
    return [one["title"] for one in told(vendor)]


def on_the_sheet(app: Flask, vendor: Api, day: str) -> int:
    """What the page of the day calls new and not late."""
    page = Browser(app).sign_in(vendor).get(f"/today?date={day}")
    extras = [one for stop in stops(page) for one in stop.iter("span") if words(one) == "extra"]
    return sum(" late " not in one for one in news(page)) + len(extras)


@pytest.fixture
def two(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> list[int]:
    """The orders of Asha and Bala, who get 2 L of milk every day since long ago."""
    return standing(cast, milkman, clock, "Asha", "Bala")


def test_it_is_the_news_of_the_load_sheet(
    app: Flask, cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    me = milkman.user["id"]
    names = ("Asha", "Bala", "Chitra", "Dev", "Farid")
    more, away, back, gone, _usual = standing(cast, milkman, clock, *names)
    clock.move_to("2026-11-19T05:00:00Z")
    pause(back, "2026-11-20", TODAY, by=me)
    clock.move_to("2026-11-21T05:00:00Z")
    change(milkman, more, TOMORROW, quantity="3")
    pause(away, TOMORROW, "2026-11-25", by=me)
    milkman.delete(f"/order/{gone}?effective_from={TOMORROW}", expect=200)
    on_trust(milkman, cast.row(milkman, name="Esha")["id"], start_date=TOMORROW, item_name="Curd", unit="kg")
    extra(milkman, cast.row(milkman, name="Gita")["id"], TOMORROW)
    clock.move_to(CUT_OFF)
    assert tell_tomorrow() == {"looked_at": 1, "told": 1}
    [notice] = told(milkman)
    assert notice["title"] == "Tomorrow: 6 changes"
    assert notice["body"] == (
        "To load: Curd 2 kg, Ghee 0.5 kg, Milk 7 L. Asha, Milk: 2 L → 3 L; Bala, Milk: paused;"
        " Chitra, Milk: again after a pause; Dev, Milk: ended; Esha, Curd: new; Gita: extra Ghee, 0.5 kg."
    )
    assert notice["url"] == f"/today?date={TOMORROW}"
    assert notice["data"]["changes"] == on_the_sheet(app, milkman, TOMORROW) == 6
    [stored] = rows("SELECT user_id, vendor_id, topic, expires_at::text FROM notices WHERE topic LIKE 'tom%'")
    assert stored == (me, me, f"tomorrow:{TOMORROW}", "2026-11-22 18:30:00+00")


def test_it_is_told_once_and_not_before_the_cut_off(
    milkman: Api, two: list[int], clock: time_machine.Traveller
) -> None:
    change(milkman, two[0], TOMORROW, quantity="3")
    clock.move_to(A_SECOND_BEFORE)
    assert tell_tomorrow() == {"looked_at": 0, "told": 0}
    clock.move_to(CUT_OFF)
    assert tell_tomorrow() == {"looked_at": 1, "told": 1}
    assert tell_tomorrow() == {"looked_at": 0, "told": 0}
    clock.move_to("2026-11-21T18:29:59Z")
    assert tell_tomorrow() == {"looked_at": 0, "told": 0}
    # The next evening is about the next day, on which all is as it was.
    clock.move_to("2026-11-22T14:30:00Z")
    assert tell_tomorrow()["told"] == 0
    assert titles(milkman) == ["Tomorrow: 1 change"]


def test_a_lost_tick_is_made_up_for_until_midnight(
    milkman: Api, two: list[int], clock: time_machine.Traveller
) -> None:
    change(milkman, two[0], TOMORROW, quantity="3")
    clock.move_to("2026-11-21T18:29:59Z")
    assert tell_tomorrow()["told"] == 1
    change(milkman, two[1], "2026-11-23", quantity="3")
    clock.move_to(MIDNIGHT)
    assert tell_tomorrow()["told"] == 0  # a new day, whose cut-off is yet to come
    assert titles(milkman) == ["Tomorrow: 1 change"]


def test_nothing_changed_is_nothing_told(
    cast: Cast, milkman: Api, two: list[int], clock: time_machine.Traveller
) -> None:
    """Nor is anything looked at but in the database: orders go on, a pause runs on, a price changes later."""
    clock.move_to("2026-11-10T05:00:00Z")
    pause(two[0], "2026-11-12", "2026-11-30", by=milkman.user["id"])
    change(milkman, two[1], "2026-12-01", rate="60")
    neighbour = cast.vendor()
    [theirs] = standing(cast, neighbour, clock, "Chitra")
    change(neighbour, theirs, TOMORROW, quantity="3")
    clock.move_to(CUT_OFF)
    assert tell_tomorrow() == {"looked_at": 1, "told": 1}
    assert titles(milkman) == []
    assert titles(neighbour) == ["Tomorrow: 1 change"]


def test_what_comes_late_is_not_told(
    app: Flask, milkman: Api, two: list[int], clock: time_machine.Traveller
) -> None:
    clock.move_to(CUT_OFF)
    change(milkman, two[0], TOMORROW, quantity="3")
    assert tell_tomorrow() == {"looked_at": 1, "told": 0}
    clock.move_to("2026-11-22T14:29:59Z")
    change(milkman, two[1], "2026-11-23", quantity="1")
    clock.move_to("2026-11-22T14:40:00Z")
    pause(two[0], "2026-11-23", "2026-11-23", by=milkman.user["id"])
    tell_tomorrow()
    assert titles(milkman) == ["Tomorrow: 1 change"]
    assert on_the_sheet(app, milkman, "2026-11-23") == 1


def test_the_cut_off_can_be_moved(milkman: Api, two: list[int], clock: time_machine.Traveller) -> None:
    change(milkman, two[0], TOMORROW, quantity="3")
    milkman.put("/me", {"cut_off": "21:00"}, expect=200)
    clock.move_to(CUT_OFF)
    assert tell_tomorrow()["told"] == 0
    milkman.put("/me", {"cut_off": "18:00"}, expect=200)  # gone by already
    assert tell_tomorrow()["told"] == 1
    milkman.put("/me", {"cut_off": "20:30"}, expect=200)
    clock.move_to("2026-11-21T15:00:00Z")
    assert tell_tomorrow()["told"] == 0  # told is told
    assert titles(milkman) == ["Tomorrow: 1 change"]


@pytest.mark.parametrize(
    ("long_ago", "zone", "cut_off", "decided", "due", "day", "ends"),
    [
        ("2026-10-01", "America/New_York", "20:00", "2026-10-31T15:00", "2026-11-01T00:00", "2026-11-01",
         "2026-11-02 05:00:00+00"),
        ("2026-02-01", "America/New_York", "02:30", "2026-03-08T06:00", "2026-03-08T07:30", "2026-03-09",
         "2026-03-10 04:00:00+00"),
        ("2026-02-01", "Pacific/Auckland", "20:00", "2026-04-04T00:00", "2026-04-04T07:00", "2026-04-05",
         "2026-04-05 12:00:00+00"),
        ("2028-02-01", "Europe/London", "20:00", "2028-02-28T12:00", "2028-02-28T20:00", "2028-02-29",
         "2028-03-01 00:00:00+00"),
    ],
    ids=["the clock goes back", "a cut-off that does not exist", "south of the equator", "leap day"],
)  # fmt: skip
def test_each_zone_has_its_own_evening(
    cast: Cast,
    clock: time_machine.Traveller,
    long_ago: str,
    zone: str,
    cut_off: str,
    decided: str,
    due: str,
    day: str,
    ends: str,
) -> None:
    clock.move_to(f"{long_ago}T12:00:00Z")
    vendor = cast.vendor(timezone=zone)
    vendor.put("/me", {"cut_off": cut_off}, expect=200)
    order_id = on_trust(vendor, cast.row(vendor)["id"])
    clock.move_to(f"{decided}:00Z")
    change(vendor, order_id, day, quantity="3")
    clock.move_to(f"{due}:00Z")
    clock.shift(-1)
    assert tell_tomorrow()["told"] == 0
    clock.shift(1)
    assert tell_tomorrow()["told"] == 1
    [stored] = rows("SELECT topic, expires_at::text FROM notices WHERE kind = 'tomorrow_changes'")
    assert stored == (f"tomorrow:{day}", ends)


def test_two_workers_tell_once(
    app: Flask, milkman: Api, two: list[int], clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(milkman, two[0], TOMORROW, quantity="3")
    clock.move_to(CUT_OFF)
    inside, go_on = threading.Event(), threading.Event()
    found: list[dict[str, Any]] = []

    def slowly(*args: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            inside.set()
            assert go_on.wait(10)
        return changes_of(*args)

    def work() -> None:
        with app.app_context():
            found.append(tell_tomorrow())

    monkeypatch.setattr(tomorrow, "changes_of", slowly)
    worker = threading.Thread(target=work)
    worker.start()
    assert inside.wait(10)
    mine = tell_tomorrow()
    go_on.set()
    worker.join(10)
    assert (mine["told"], found[0]["told"]) == (0, 1)
    assert tell_tomorrow() == {"looked_at": 0, "told": 0}
    assert titles(milkman) == ["Tomorrow: 1 change"]


def test_a_vendors_own_holiday_is_told_at_its_beginning_and_its_end(
    milkman: Api, two: list[int], cast: Cast, clock: time_machine.Traveller
) -> None:
    clock.move_to("2026-11-20T05:00:00Z")
    standing(cast, milkman, clock, "Chitra", weekdays=[2])  # Tuesdays: its first pause is in the middle
    milkman.post("/pauses", {"from": TOMORROW, "to": "2026-11-24"}, expect=200)
    evenings = [f"2026-11-{day}T14:30:00Z" for day in (20, 21, 22, 23, 24, 25)]
    found = []
    for evening in evenings:
        clock.move_to(evening)
        found.append(tell_tomorrow()["told"])
    assert found == [0, 1, 0, 0, 1, 0]
    end, beginning = told(milkman)
    assert (beginning["title"], beginning["body"]) == (
        "Tomorrow you are closed",
        "2 stops are paused until 24 Nov 2026.",
    )
    assert (end["title"], end["body"]) == ("Tomorrow you are open again", "To load: Milk 4 L.")


def test_a_household_pauses_by_itself(
    milkman: Api, linked: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    login, customer_id = linked
    clock.move_to(LONG_AGO)
    order_id = agreed(milkman, login, customer_id)
    clock.move_to(A_SECOND_BEFORE)
    login.post(f"/order/{order_id}/pauses", {"from": TOMORROW, "to": TOMORROW}, expect=201)
    clock.move_to(CUT_OFF)
    tell_tomorrow()
    assert [one["body"] for one in told(milkman)] == ["Nothing to load. Asha Sharma, Milk: paused."]
    assert told(login) == []


def test_an_extra_left_over_is_no_change(
    milkman: Api, two: list[int], row_id: int, clock: time_machine.Traveller
) -> None:
    extra(milkman, row_id, TOMORROW)
    clock.move_to(CUT_OFF)
    assert tell_tomorrow()["told"] == 1
    clock.move_to("2026-11-22T14:30:00Z")
    assert tell_tomorrow()["told"] == 0
    clock.shift(-3600)
    change(milkman, two[0], "2026-11-23", quantity="3")
    clock.shift(3600)
    assert tell_tomorrow()["told"] == 1
    assert [one["data"]["changes"] for one in told(milkman)] == [1, 1]
    assert "Ghee 0.5 kg" in told(milkman)[0]["body"]  # it is still to be loaded


EVERY_DAY: dict[str, Any] = {}
SUNDAY, SATURDAY, ALL = {"weekdays": [7]}, {"weekdays": [6]}, {"weekdays": [1, 2, 3, 4, 5, 6, 7]}


@pytest.mark.parametrize(
    ("terms", "what", "said"),
    [
        (EVERY_DAY, ("change", TOMORROW, {"quantity": "3"}), "2 L → 3 L"),
        (SUNDAY, ("change", "2026-11-17", {"quantity": "3"}), "2 L → 3 L"),
        ({"weekdays": [1, 2]}, ("change", TOMORROW, ALL), "now on this day too; before: Mon, Tue"),
        (SATURDAY, ("change", TODAY, ALL), "now on this day too; before: Sat"),
        (EVERY_DAY, ("change", "2026-11-20", {"every": 31}), None),
        (EVERY_DAY, ("pause", TOMORROW, "2026-11-25"), "paused"),
        (SUNDAY, ("pause", "2026-11-17", "2026-11-25"), "paused"),
        (EVERY_DAY, ("pause", "2026-11-12", TODAY), "again after a pause"),
        (SUNDAY, ("pause", "2026-11-12", "2026-11-16"), "again after a pause"),
        (EVERY_DAY, ("end", TOMORROW), "ended"),
        (SUNDAY, ("end", "2026-11-17"), "ended"),
        ({"valid_till": TODAY}, (), "ended"),
        ({"start_date": TOMORROW}, (), "new"),
    ],
)
def test_what_was_decided_long_before_is_told_on_its_eve(
    cast: Cast,
    milkman: Api,
    clock: time_machine.Traveller,
    terms: dict[str, Any],
    what: tuple[Any, ...],
    said: str | None,
) -> None:
    """One order, one decision: nothing else makes anybody look at this vendor."""
    clock.move_to(LONG_AGO)
    order_id = on_trust(milkman, cast.row(milkman, name="Asha")["id"], **terms)
    clock.move_to("2026-11-10T05:00:00Z")
    if what[:1] == ("change",):
        change(milkman, order_id, what[1], **what[2])
    elif what[:1] == ("pause",):
        pause(order_id, what[1], what[2], by=milkman.user["id"])
    elif what:
        milkman.delete(f"/order/{order_id}?effective_from={what[1]}", expect=200)
    clock.move_to(CUT_OFF)
    tell_tomorrow()
    assert [one["body"].split(" Asha, Milk: ")[1] for one in told(milkman)] == ([f"{said}."] if said else [])


def test_as_many_as_fit_and_how_many_more(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> None:
    clock.move_to(LONG_AGO)
    for place in range(30):
        row = cast.row(milkman, name=f"Household number {place:02}")
        terms = {"item_name": f"Item number {place:02}", "quantity": f"{place + 1}"}
        on_trust(milkman, row["id"], **terms)
    clock.move_to("2026-11-21T05:00:00Z")
    for (order_id,) in rows("SELECT id FROM orders"):
        change(milkman, order_id, TOMORROW, quantity="100.5")
    clock.move_to(CUT_OFF)
    tell_tomorrow()
    [notice] = told(milkman)
    assert notice["title"] == "Tomorrow: 30 changes"
    assert len(notice["body"]) < 300
    load, changes = notice["body"].split(". ")
    named = load.count("Item number")
    assert load.endswith(f" and {30 - named} more items")
    listed = changes.count("Household number")
    assert listed >= 2
    assert changes.endswith(f"; and {30 - listed} more.")


def test_another_language_is_asked_for_the_words(
    milkman: Api, two: list[int], clock: time_machine.Traveller
) -> None:
    milkman.put("/me", {"locale": "hi"}, expect=200)
    change(milkman, two[0], TOMORROW, quantity="3")
    clock.move_to(CUT_OFF)
    assert tell_tomorrow()["told"] == 1
    assert len(told(milkman)) == 1


def test_no_news_is_missed_whatever_the_rhythm(
    app: Flask, cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    """Six weeks of evenings over orders of all rhythms: what is told is what the sheet says."""
    chance = random.Random(7)
    me = milkman.user["id"]
    clock.move_to("2026-09-01T06:30:00Z")
    rhythms: list[dict[str, Any]] = [
        {},
        {"weekdays": [1, 4]},
        {"every": 3},
        {"every": 31},
        {"every": 2, "weekdays": [6, 7]},
        {"every": 5, "weekdays": [3]},
    ]
    customers = [cast.row(milkman, name=f"Customer {place}")["id"] for place in range(6)]
    orders = [on_trust(milkman, one, **rhythm) for one, rhythm in zip(customers, rhythms, strict=True)]
    shop = business(me)
    assert shop is not None
    evenings = 0
    for step in range(42):
        day = date(2026, 10, 1) + timedelta(days=step)
        clock.move_to(f"{day}T06:30:00Z")
        _something(chance, milkman, orders, customers, day)
        clock.move_to(f"{day}T14:30:00Z")
        ahead = day_in(shop.timezone) + timedelta(days=1)
        session().rollback()
        expected = len(changes_of(shop, ahead).stops)
        session().rollback()
        assert tell_tomorrow()["told"] == bool(expected), ahead
        if expected:
            evenings += 1
            assert told(milkman)[0]["data"]["changes"] == expected
            assert told(milkman)[0]["url"] == f"/today?date={ahead}"
    assert 10 < evenings < 42


def _something(
    chance: random.Random, milkman: Api, orders: list[int], customers: list[int], day: date
) -> None:
    """On some days somebody changes, pauses, ends, begins or asks for something."""
    order_id = chance.choice(orders)
    ahead = day + timedelta(days=chance.randint(1, 6))
    what = chance.choice(("change", "days", "pause", "extra", "end", "new", "", "", "", ""))
    if what == "change":
        change(milkman, order_id, str(ahead), quantity=str(chance.randint(1, 9)))
    elif what == "days":
        change(milkman, order_id, str(ahead), weekdays=sorted(chance.sample(range(1, 8), 3)))
    elif what == "pause":
        pause(order_id, str(ahead), str(ahead + timedelta(days=chance.randint(0, 9))), by=milkman.user["id"])
    elif what == "extra":
        extra(milkman, chance.choice(customers), str(ahead))
    elif what == "end" and len(orders) > 4:
        milkman.delete(f"/order/{order_id}?effective_from={ahead}", expect=200)
        orders.remove(order_id)
    elif what == "new":
        orders.append(on_trust(milkman, chance.choice(customers), start_date=str(ahead)))


def test_the_number_of_statements_does_not_grow(
    cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    neighbour = cast.vendor()
    found = []
    for vendor, count in ((milkman, 1), (neighbour, 15)):
        clock.move_to(LONG_AGO)
        made = orders_of(cast, vendor, count)
        clock.move_to(A_SECOND_BEFORE)
        for order_id in made:
            change(vendor, order_id, TOMORROW, quantity="3")
            extra(vendor, cast.row(vendor)["id"], TOMORROW)
        clock.move_to(CUT_OFF)
        with statements() as heard:
            assert tell_tomorrow() == {"looked_at": 1, "told": 1}
        found.append(len(heard))
    assert found[0] == found[1] <= 16


def test_many_vendors_without_news_cost_a_statement_a_batch(
    cast: Cast, milkman: Api, two: list[int], clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tomorrow, "BATCH", 2)
    for _ in range(4):
        standing(cast, cast.vendor(), clock, "Chitra", "Dev")
    clock.move_to(CUT_OFF)
    with statements() as heard:
        assert tell_tomorrow() == {"looked_at": 0, "told": 0}
    assert sum("WITH due AS" in one for one in heard) == 3
    assert len(heard) <= 1 + 3 * 2  # the zones, and each batch with its patience


def test_the_job_runs_every_quarter_of_an_hour() -> None:
    [job] = [one for one in JOBS if one.work is tell_tomorrow]
    assert (job.name, job.every) == ("records.tomorrow", timedelta(minutes=15))
