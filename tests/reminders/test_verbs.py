"""The JSON calls: who may, what is refused, and what a second click does."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from tests.billing.paying import faults, pay, snapshot
from tests.cast import Api, Cast
from tests.reminders.pay_days import at, pays_on, promise, remind, reminded, said, standing, written

BOOKED = "540"  # on 31 October; seen from 21 November


@pytest.fixture
def asha(cast: Cast, milkman: Api) -> tuple[Api, int]:
    return cast.household(of=milkman, opening_balance=BOOKED)


def test_both_sides_read_the_same(milkman: Api, asha: tuple[Api, int]) -> None:
    login, row = asha
    pays_on(milkman, 28)
    assert standing(milkman, row) == standing(login, row) == {
        "customer_id": row,
        "pay_day": 28,
        "due": "540.00",
        "disputed": "0.00",
        "unconfirmed": "0.00",
        "promised_for": None,
        "sent": [],
        "next_on": "2026-11-28",
    }  # fmt: skip


def test_a_pay_day_of_their_own(milkman: Api, asha: tuple[Api, int]) -> None:
    login, row = asha
    path = f"/customer/{row}/reminders"
    assert milkman.put(path, {"pay_day": 1}, expect=200)["pay_day"] == 1
    pays_on(milkman, 28)
    assert standing(login, row)["pay_day"] == 1
    assert milkman.put(path, {"pay_day": None}, expect=200)["pay_day"] == 28
    for wrong in (0, 29, -1, 1.5, "5", True, [5], 10**30):
        assert faults(milkman.put(path, {"pay_day": wrong})) == [("pay_day", "invalid")], wrong
    assert faults(milkman.put(path, {"day": 5})) == [("day", "unknown_field")]
    assert standing(login, row)["pay_day"] == 28


def test_nobody_without_a_pay_day(milkman: Api, asha: tuple[Api, int]) -> None:
    login, row = asha
    found = standing(login, row)
    assert (found["pay_day"], found["due"], found["next_on"]) == (None, "540.00", None)


def test_reminding_by_hand(milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller) -> None:
    login, row = asha
    done = remind(milkman, row)
    assert done == {
        "customer_id": row,
        "day": "2026-11-21",
        "number": 1,
        "amount": "540.00",
        "disputed": "0.00",
        "unconfirmed": "0.00",
        "by": milkman.user["id"],
        "told": True,
        "text": "Yadav Dairy: please pay ₹540.00. It is for everything until the end of October 2026.",
    }
    assert [title for title, _body in said(login)] == ["Yadav Dairy: please pay ₹540.00"]
    refused = remind(milkman, row, expect=409)
    assert (refused["code"], refused["next_on"]) == ("reminded_lately", "2026-11-28")
    at(clock, "2026-11-27", "23:59")
    assert remind(milkman, row, expect=409)["code"] == "reminded_lately"
    at(clock, "2026-11-28", "00:00")
    assert remind(milkman, row)["number"] == 2
    assert len(said(login)) == 2


def test_three_are_enough_until_the_next_pay_day(
    milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    _login, row = asha
    pays_on(milkman, 20)
    for day in ("2026-11-21", "2026-11-28", "2026-12-05"):
        at(clock, day)
        remind(milkman, row)
    for day in ("2026-12-05", "2026-12-12", "2026-12-19"):
        at(clock, day)
        refused = remind(milkman, row, expect=409)
        assert (refused["code"], refused["next_on"]) == ("reminded_enough", "2026-12-20")
    at(clock, "2026-12-20")
    assert remind(milkman, row)["number"] == 1
    assert [one[:2] for one in written(row)] == [("11-20", 1), ("11-20", 2), ("11-20", 3), ("12-20", 1)]


def test_nothing_due_and_promised(milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller) -> None:
    login, row = asha
    promise(login, row, "2026-11-25")
    refused = remind(milkman, row, expect=409)
    assert (refused["code"], refused["promised_for"]) == ("promised", "2026-11-25")
    at(clock, "2026-11-25", "23:59")
    assert remind(milkman, row, expect=409)["code"] == "promised"
    at(clock, "2026-11-26", "00:00")
    pay(milkman, BOOKED, customer_id=row)
    assert remind(milkman, row, expect=409)["code"] == "nothing_due"
    assert promise(login, row, "2026-11-27", expect=409)["code"] == "nothing_due"
    assert written(row) == []


def test_somebody_without_a_login(cast: Cast, milkman: Api) -> None:
    row = cast.row(milkman, opening_balance=BOOKED)["id"]
    done = remind(milkman, row)
    assert (done["told"], done["amount"]) == (False, "540.00")
    assert "please pay ₹540.00" in done["text"]
    assert [one["by"] for one in standing(milkman, row)["sent"]] == [milkman.user["id"]]
    assert remind(milkman, row, expect=409)["code"] == "reminded_lately"
    assert milkman.get("/notifications")["items"] == []


def test_how_far_a_promise_reaches(
    milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    login, row = asha
    for wrong in ("2026-11-20", "2026-12-23"):
        answer = login.post(f"/customer/{row}/promise", {"day": wrong})
        assert faults(answer) == [("day", "invalid")], wrong
    for body in ({}, {"day": "tomorrow"}, {"day": "2026-02-29"}, {"day": 5}):
        assert faults(login.post(f"/customer/{row}/promise", body)) == [("day", "invalid")], body
    assert said(milkman, "payment_promised") == []
    assert promise(login, row, "2026-11-21")["promised_for"] == "2026-11-21"
    assert promise(login, row, "2026-12-22")["promised_for"] == "2026-12-22"
    at(clock, "2026-11-22", "00:00")
    assert promise(login, row, "2026-12-23")["promised_for"] == "2026-12-23"


def test_a_second_click_promises_once(milkman: Api, asha: tuple[Api, int]) -> None:
    login, row = asha
    for _ in range(2):
        assert promise(login, row, "2026-11-25")["promised_for"] == "2026-11-25"
    assert len(said(milkman, "payment_promised")) == 1
    promise(login, row, "2026-11-26")
    assert len(said(milkman, "payment_promised")) == 2


def test_a_retry_with_its_key_hears_the_same(milkman: Api, asha: tuple[Api, int]) -> None:
    _login, row = asha
    key = {"Idempotency-Key": "once"}
    first, second = (milkman.post(f"/customer/{row}/reminders", expect=201, headers=key) for _ in range(2))
    assert first.json == second.json
    assert second.response.headers["Idempotent-Replayed"] == "true"
    assert len(written(row)) == 1


def calls(row: int) -> list[tuple[str, str, dict[str, Any] | None]]:
    return [
        ("GET", f"/customer/{row}/reminders", None),
        ("PUT", f"/customer/{row}/reminders", {"pay_day": 5}),
        ("POST", f"/customer/{row}/reminders", None),
        ("POST", f"/customer/{row}/promise", {"day": "2026-11-25"}),
    ]


def test_strangers_and_the_other_role(cast: Cast, milkman: Api, asha: tuple[Api, int]) -> None:
    login, row = asha
    vendor, customer = cast.vendor(), cast.household(of=cast.vendor())[0]
    before = snapshot()
    for caller in (vendor, customer):
        for method, path, body in calls(row):
            wrong_role = (method != "GET" and caller is customer) != path.endswith("promise")
            expected = 403 if method != "GET" and wrong_role else 404
            answer = caller.call(method, path, body)
            missing = caller.call(method, path.replace(str(row), "999999999"), body)
            assert answer.status == missing.status == expected, (method, path)
            assert answer.json == missing.json
    assert milkman.post(f"/customer/{row}/promise", {"day": "2026-11-25"}).status == 403
    assert login.put(f"/customer/{row}/reminders", {"pay_day": 5}).status == 403
    assert login.post(f"/customer/{row}/reminders").status == 403
    assert Api(milkman.app).get(f"/customer/{row}/reminders", expect=401).code == "unauthenticated"
    assert snapshot() == before


def test_a_promise_is_of_whoever_made_it(
    cast: Cast, milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    login, row = asha
    pays_on(milkman, 20)
    promise(login, row, "2026-11-28")
    assert remind(milkman, row, expect=409)["code"] == "promised"
    milkman.delete(f"/customer/{row}/invite", expect=204)
    assert standing(milkman, row)["promised_for"] is None
    invite = milkman.post(f"/customer/{row}/invite", expect=201)
    other = cast.customer_login()
    other.post(f"/invites/{invite['token']}/accept", expect=200)
    assert standing(other, row)["promised_for"] is None
    assert reminded(clock, "2026-11-22", "2026-11-22") == ["11-22"]
    assert len(said(other)) == 1
    assert said(login) == []


def test_an_ended_link_reads_and_promises_nothing(milkman: Api, asha: tuple[Api, int]) -> None:
    login, row = asha
    milkman.delete(f"/customer/{row}/invite", expect=204)
    login.get(f"/customer/{row}/reminders", expect=404)
    promise(login, row, "2026-11-25", expect=404)
    assert remind(milkman, row)["told"] is False
    assert said(login) == []
