"""On which days somebody is reminded by itself, travelling through the months."""

from __future__ import annotations

import time_machine

from tests.billing.paying import pay
from tests.billing.settled import cake
from tests.cast import Api, Cast
from tests.records.orders import execute
from tests.reminders.pay_days import at, pays_on, promise, remind, reminded, said, standing, written
from vendorapp.kernel.clock import now
from vendorapp.kernel.jobs import run_due
from vendorapp.reminders.sending import send
from vendorapp.schedule import JOBS


def household(cast: Cast, vendor: Api, clock: time_machine.Traveller, owes: str = "540") -> tuple[Api, int]:
    """Somebody who owes this since the end of September, seen from the last of October."""
    at(clock, "2026-10-31")
    return cast.household(of=vendor, opening_balance=owes)


def test_three_months(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> None:
    login, row = household(cast, milkman, clock)
    pays_on(milkman, 5)
    assert reminded(clock, "2026-11-01", "2027-01-23") == [
        "11-05", "11-12", "11-19", "12-05", "12-12", "12-19", "01-05", "01-12", "01-19",
    ]  # fmt: skip
    assert written(row)[2:5] == [
        ("11-05", 3, "11-19", 54000),
        ("12-05", 1, "12-05", 54000),
        ("12-05", 2, "12-12", 54000),
    ]
    assert len(said(login)) == 9
    found = standing(login, row)
    assert found["sent"][0] == {"day": "2027-01-19", "number": 3, "amount": "540.00", "by": None}
    assert found["next_on"] == "2027-02-05"


def test_what_is_said_to_come_comes(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> None:
    _login, row = household(cast, milkman, clock)
    pays_on(milkman, 28)
    for _ in range(7):
        announced = standing(milkman, row)["next_on"]
        before = (now()).date().isoformat()
        assert reminded(clock, before, announced) == [announced[5:]]
        at(clock, announced, "20:00")


def test_only_at_day_time(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> None:
    _login, row = household(cast, milkman, clock)
    pays_on(milkman, 5)
    for hour in ("00:00", "08:59"):
        at(clock, "2026-11-05", hour)
        assert send() == {"reminded": 0}
    for hour in ("20:00", "23:59"):
        at(clock, "2026-11-05", hour)
        assert send() == {"reminded": 0}
        assert standing(milkman, row)["next_on"] == "2026-11-06"
    at(clock, "2026-11-05", "09:00")
    assert standing(milkman, row)["next_on"] == "2026-11-05"
    assert send() == {"reminded": 1}
    at(clock, "2026-11-12", "19:59")
    assert send() == {"reminded": 1}


def test_the_schedule_sends_them_once_an_hour(
    cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    login, _row = household(cast, milkman, clock)
    pays_on(milkman, 5)
    at(clock, "2026-11-05")
    assert run_due(JOBS)["reminders.send"] == {"reminded": 1}
    at(clock, "2026-11-05", "13:00")
    assert run_due(JOBS)["reminders.send"] == {"reminded": 0}
    assert len(said(login)) == 1


def test_a_missed_day_is_made_up_for_and_moves_the_next(
    cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    household(cast, milkman, clock)
    pays_on(milkman, 5)
    assert reminded(clock, "2026-11-08", "2026-12-04") == ["11-08", "11-15", "11-22"]
    assert send() == {"reminded": 0}


def test_a_cycle_never_begins_late(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> None:
    household(cast, milkman, clock)
    pays_on(milkman, 5)
    assert reminded(clock, "2026-11-27", "2026-12-06") == ["12-05"]
    _other, second = household(cast, milkman, clock)
    at(clock, "2026-11-26")
    assert send()["reminded"] == 1
    # Begun in time, it goes on as long as it has not ended.
    assert reminded(clock, "2026-11-27", "2026-12-04") == ["12-03"]
    assert [one[:3] for one in written(second)] == [("11-05", 1, "11-26"), ("11-05", 2, "12-03")]
    # The next cycle begins seven days after the last one of the one before.
    assert [day for day in ("12-09", "12-10") if _goes(clock, f"2026-{day}")] == ["12-10"]


def _goes(clock: time_machine.Traveller, day: str) -> bool:
    at(clock, day)
    return bool(send()["reminded"])


def test_a_cycle_that_the_vendor_began_late_goes_no_further_by_itself(
    cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    _login, row = household(cast, milkman, clock)
    pays_on(milkman, 2)
    at(clock, "2026-11-24")
    assert remind(milkman, row)["number"] == 1
    assert standing(milkman, row)["next_on"] == "2026-12-02"
    assert reminded(clock, "2026-11-25", "2026-12-03") == ["12-02"]


def test_by_hand_counts_too(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> None:
    _login, row = household(cast, milkman, clock)
    pays_on(milkman, 5)
    at(clock, "2026-11-03")
    remind(milkman, row)
    assert written(row) == [("10-05", 1, "11-03", 54000)]
    assert reminded(clock, "2026-11-04", "2026-11-20") == ["11-10", "11-17"]
    # Three in four weeks, though only two of this cycle.
    at(clock, "2026-11-24")
    refused = remind(milkman, row, expect=409)
    assert (refused["code"], refused["next_on"]) == ("reminded_enough", "2026-12-01")
    assert reminded(clock, "2026-11-24", "2026-12-04") == ["12-01"]


def test_a_pay_day_at_the_end_of_february(cast: Cast, clock: time_machine.Traveller) -> None:
    at(clock, "2027-01-31")
    milkman = cast.vendor()
    login, row = cast.household(of=milkman, opening_balance="540")
    pays_on(milkman, 28)
    assert reminded(clock, "2027-02-20", "2027-02-28") == ["02-28"]
    at(clock, "2027-02-28", "21:00")
    cake(milkman, row, "2027-02-27", rate="200")
    # February is paid by 28 March: what goes out before asks for what the last pay day was about.
    assert reminded(clock, "2027-03-01", "2027-03-31") == ["03-07", "03-14", "03-28"]
    assert [one[3] for one in written(row)] == [54000, 54000, 54000, 74000]
    assert "until the end of January 2027. The agreed day was 28 February." in said(login)[1][1]
    assert "until the end of February 2027. Today is the agreed day." in said(login)[0][1]


def test_what_is_due_before_its_pay_day_is_no_reason(
    cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    at(clock, "2026-11-01", "00:30")
    _login, row = cast.household(of=milkman, opening_balance="540")  # of October
    pays_on(milkman, 28)
    found = standing(milkman, row)
    assert (found["due"], found["next_on"]) == ("540.00", "2026-11-28")
    assert reminded(clock, "2026-11-01", "2026-11-29") == ["11-28"]


def test_paid_in_between(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> None:
    _login, row = household(cast, milkman, clock)
    pays_on(milkman, 5)
    assert reminded(clock, "2026-11-05", "2026-11-11") == ["11-05"]
    pay(milkman, "500", customer_id=row)
    assert reminded(clock, "2026-11-12", "2026-11-18") == ["11-12"]
    pay(milkman, "40", customer_id=row)
    assert reminded(clock, "2026-11-19", "2026-12-31") == []
    assert [one[3] for one in written(row)] == [54000, 4000]


def test_this_month_is_not_asked_for_before_it_is_over(
    cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    at(clock, "2026-11-02")
    _login, row = cast.household(of=milkman)
    pays_on(milkman, 5)
    cake(milkman, row, "2026-11-02", rate="200")
    assert reminded(clock, "2026-11-05", "2026-11-30") == []
    assert reminded(clock, "2026-12-01", "2026-12-05") == ["12-05"]


def test_the_month_and_the_hours_are_the_vendors(cast: Cast, clock: time_machine.Traveller) -> None:
    """In New York the clocks go back in the night of 1 November 2026: nine is 14:00 in UTC, not 13:00."""
    clock.move_to("2026-10-31T23:00:00Z")
    shop = cast.vendor(timezone="America/New_York", currency="USD")
    _login, row = cast.household(of=shop)
    cake(shop, row, "2026-10-31", rate="20")
    pays_on(shop, 1)
    for instant, expected in (
        ("2026-11-01T03:30:00Z", 0),  # still October there
        ("2026-11-01T13:30:00Z", 0),
        ("2026-11-01T14:00:00Z", 1),
        ("2026-11-08T13:59:00Z", 0),
        ("2026-11-08T14:00:00Z", 1),
    ):
        clock.move_to(instant)
        assert send() == {"reminded": expected}, instant


def test_far_in_the_east_it_is_november_first(cast: Cast, clock: time_machine.Traveller) -> None:
    clock.move_to("2026-10-30T19:00:00Z")  # 31 October in Kiritimati
    shop = cast.vendor(timezone="Pacific/Kiritimati")
    _login, row = cast.household(of=shop)
    cake(shop, row, "2026-10-31", rate="20")
    pays_on(shop, 1)
    clock.move_to("2026-10-31T18:59:00Z")
    assert send() == {"reminded": 0}
    clock.move_to("2026-10-31T19:00:00Z")
    assert send() == {"reminded": 1}
    assert written(row) == [("11-01", 1, "11-01", 2000)]


def test_whose_turn_it_is(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> None:
    """Nobody without a pay day or a login; whoever was taken off the list is, if they owe."""
    paper = cast.vendor(business_name="Morning Papers")
    _one, usual = household(cast, milkman, clock)
    _two, own = household(cast, milkman, clock)
    _three, gone = household(cast, milkman, clock)
    _four, of_paper = household(cast, paper, clock)
    _five, of_paper_too = household(cast, paper, clock)
    without = cast.row(milkman, opening_balance="100")["id"]
    _paid, ahead = cast.household(of=milkman, opening_balance="-100")
    milkman.delete(f"/customer/{gone}", expect=200)
    pays_on(milkman, 5)
    pays_on(milkman, 7, own)
    pays_on(paper, 7, of_paper)
    at(clock, "2026-11-05")
    assert send() == {"reminded": 2}
    at(clock, "2026-11-07")
    assert send() == {"reminded": 2}
    found = {row: [one[2] for one in written(row)] for row in (usual, own, gone, of_paper, of_paper_too)}
    assert found == {usual: ["11-05"], own: ["11-07"], gone: ["11-05"], of_paper: ["11-07"], of_paper_too: []}
    assert written(without) == written(ahead) == []
    assert standing(milkman, without)["next_on"] is None


def test_a_link_that_ended_hears_nothing(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> None:
    login, row = household(cast, milkman, clock)
    pays_on(milkman, 5)
    milkman.delete(f"/customer/{row}/invite", expect=204)
    at(clock, "2026-11-05")
    assert send() == {"reminded": 0}
    assert said(login) == []


def test_a_promise_holds_it_up_to_its_last_hour(
    cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    login, row = household(cast, milkman, clock)
    pays_on(milkman, 5)
    at(clock, "2026-11-04")
    promise(login, row, "2026-11-09")
    assert standing(milkman, row)["next_on"] == "2026-11-10"
    assert reminded(clock, "2026-11-05", "2026-11-16") == ["11-10"]
    promise(login, row, "2026-11-30")
    assert standing(milkman, row)["promised_for"] == "2026-11-30"
    # The latest stands, also when it is the earlier one.
    promise(login, row, "2026-11-18")
    assert reminded(clock, "2026-11-16", "2026-11-26") == ["11-19", "11-26"]
    assert standing(milkman, row)["promised_for"] is None


def test_a_promise_over_the_whole_cycle(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> None:
    login, row = household(cast, milkman, clock)
    pays_on(milkman, 5)
    at(clock, "2026-11-05", "07:00")
    promise(login, row, "2026-11-26")
    assert reminded(clock, "2026-11-05", "2026-12-05") == ["12-05"]


def test_another_pay_day_never_brings_two_in_a_week(
    cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    _login, row = household(cast, milkman, clock)
    pays_on(milkman, 5)
    assert reminded(clock, "2026-11-05", "2026-11-07") == ["11-05"]
    pays_on(milkman, 9, row)
    assert reminded(clock, "2026-11-08", "2026-11-20") == ["11-12", "11-19"]
    # Yet another one makes a cycle of its own, and no fourth within four weeks.
    pays_on(milkman, 23, row)
    at(clock, "2026-11-27")
    assert standing(milkman, row)["next_on"] == "2026-12-03"
    assert remind(milkman, row, expect=409)["code"] == "reminded_enough"
    assert reminded(clock, "2026-11-23", "2026-12-04") == ["12-03"]
    pays_on(milkman, 9, row)
    execute("UPDATE customers SET pay_day = NULL WHERE id = :id", id=row)
    assert standing(milkman, row)["pay_day"] == 5
