"""Changes in all directions: who asked, who answered and when, and what each day costs in the end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.cast import Answer, Api
from tests.records.orders import agreed, rows

TOMORROW = "2026-11-22"
LASTS = timedelta(days=7)


@pytest.fixture
def order_id(milkman: Api, linked: tuple[Api, int]) -> int:
    return agreed(milkman, *linked)


@pytest.fixture(autouse=True)
def every_price_was_agreed(app: Flask) -> Iterator[None]:
    """Whatever a test does: each record has the price that an accepted version gives its day."""
    yield
    wrong = rows(
        """
        SELECT r.id FROM records r
        LEFT JOIN LATERAL (
            SELECT rate FROM order_terms t
            WHERE t.order_id = r.order_id AND 'rate' = ANY (t.changed)
              AND (t.version = 1 OR t.effective_from <= r.date)
            ORDER BY version DESC LIMIT 1
        ) agreed ON true
        WHERE r.rate IS DISTINCT FROM agreed.rate
        """
    )
    assert wrong == []
    assert app.test_cli_runner().invoke(args=["ledger", "verify"]).exit_code == 0


def ask(who: Api, order_id: int, **fields: Any) -> Any:
    return who.put(f"/order/{order_id}", fields, expect=202)["change"]


def answer(who: Api, change: Any, verb: str) -> Answer:
    return who.post(f"/changes/{change['id']}/{verb}")


def sides(milkman: Api, linked: tuple[Api, int], customer_asks: bool) -> tuple[Api, Api]:
    """Who asks, and who answers."""
    return (linked[0], milkman) if customer_asks else (milkman, linked[0])


@pytest.mark.parametrize("customer_asks", [True, False])
@pytest.mark.parametrize(("verb", "rate"), [("accept", "50.00"), ("decline", "54.00"), ("withdraw", "54.00")])
def test_a_change_of_either_side_and_each_end_of_it(
    milkman: Api,
    linked: tuple[Api, int],
    order_id: int,
    clock: Any,
    customer_asks: bool,
    verb: str,
    rate: str,
) -> None:
    one, other = sides(milkman, linked, customer_asks)
    change = ask(one, order_id, rate="50")
    assert (change["proposed_by"], change["status"]) == (one.user["id"], "pending")
    ending, waiting = (one, other) if verb == "withdraw" else (other, one)
    assert answer(waiting, change, verb).code == "not_yours_to_answer"
    done = ending.post(f"/changes/{change['id']}/{verb}", expect=200)
    word = {"accept": "accepted", "decline": "declined", "withdraw": "withdrawn"}[verb]
    assert (done["change"]["status"], done["change"]["answered_by"]) == (word, ending.user["id"])
    assert (done["order"]["status"], done["order"]["rate"]) == ("active", "54.00")
    told = waiting.get("/notifications")["items"][0]
    assert (told["kind"], told["data"]["order_id"]) == (f"change_{word}", order_id)
    clock.shift(timedelta(days=1))
    for who in (one, other):
        assert who.get(f"/order/{order_id}")["rate"] == rate


@pytest.mark.parametrize("customer_asks", [True, False])
def test_the_other_side_answers_with_a_change_of_its_own(
    milkman: Api, linked: tuple[Api, int], order_id: int, customer_asks: bool
) -> None:
    one, other = sides(milkman, linked, customer_asks)
    first = ask(one, order_id, rate="50")
    second = ask(other, order_id, rate="52")
    for verb, who in (("accept", other), ("decline", other), ("withdraw", one)):
        late = answer(who, first, verb)
        assert (late.status, late.code, late["status"]) == (409, "already_answered", "superseded")
    assert one.get("/changes")["items"] == [second]
    one.post(f"/changes/{second['id']}/accept", expect=200)
    assert [term["rate"] for term in one.get(f"/order/{order_id}")["terms"]] == ["54.00", "52.00"]


@pytest.mark.parametrize("customer_asks", [True, False])
@pytest.mark.parametrize("verb", ["accept", "decline", "withdraw"])
def test_the_deadline_counts_to_its_second(
    milkman: Api, linked: tuple[Api, int], order_id: int, clock: Any, verb: str, customer_asks: bool
) -> None:
    one, other = sides(milkman, linked, customer_asks)
    ending = one if verb == "withdraw" else other
    late = ask(one, order_id, rate="50")
    clock.shift(LASTS)
    refused = answer(ending, late, verb)
    assert (refused.status, refused.code, refused["status"]) == (409, "already_answered", "expired")
    assert one.get(f"/order/{order_id}")["pending_change"] is None
    in_time = ask(one, order_id, rate="50")
    clock.shift(LASTS - timedelta(seconds=1))
    assert one.get(f"/order/{order_id}")["pending_change"]["id"] == in_time["id"]
    assert answer(ending, in_time, verb).status == 200


def test_one_answer_wins_and_the_others_hear_which(
    milkman: Api, linked: tuple[Api, int], order_id: int
) -> None:
    login, _ = linked
    words = {"accept": "accepted", "decline": "declined", "withdraw": "withdrawn"}
    for number in range(6):
        change = ask(milkman, order_id, rate=str(60 + number))
        ways = [(login, "accept"), (milkman, "withdraw"), (login, "decline")]
        answers = at_once(ways, change)
        won = [verb for verb, found in answers if found.status == 200]
        assert len(won) == 1
        for verb, found in answers:
            if verb != won[0]:
                assert (found.status, found.code) == (409, "already_answered")
                assert found["status"] == words[won[0]]
        newest = milkman.get("/changes?status=all")["items"][0]
        assert (newest["id"], newest["status"]) == (change["id"], words[won[0]])
        rates = [term["rate"] for term in milkman.get(f"/order/{order_id}")["terms"]]
        assert (f"{60 + number}.00" in rates) == (won == ["accept"])


def at_once(ways: list[tuple[Api, str]], change: Any) -> list[tuple[str, Answer]]:
    """What each side hears when all answer in the same instant."""
    found: dict[int, Answer] = {}
    start = threading.Barrier(len(ways))

    def run(place: int) -> None:
        who, verb = ways[place]
        start.wait()
        found[place] = answer(who, change, verb)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(ways))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return [(ways[place][1], found[place]) for place in range(len(ways))]


def test_accepted_late_it_begins_after_the_last_marked_day(
    milkman: Api, linked: tuple[Api, int], order_id: int, clock: Any
) -> None:
    login, _ = linked
    change = ask(login, order_id, rate="50", quantity="3")
    assert change["effective_from"] == TOMORROW
    clock.shift(timedelta(days=3))
    login.post(f"/order/{order_id}/attendance", {"date": "2026-11-24"}, expect=201)
    done = milkman.post(f"/changes/{change['id']}/accept", expect=200)
    assert done["change"]["effective_from"] == "2026-11-25"
    # What only the customer marked stays on the terms of its day.
    record = milkman.post(f"/order/{order_id}/attendance", {"date": "2026-11-24"}, expect=200)["record"]
    assert (record["rate"], record["quantity"]) == ("54.00", "2")


def test_each_day_of_a_month_costs_what_was_agreed_for_it(
    milkman: Api, linked: tuple[Api, int], clock: Any
) -> None:
    login, customer_id = linked
    clock.move_to("2026-12-01T06:30:00Z")
    order_id = agreed(milkman, login, customer_id)
    expected: dict[str, str] = {}

    def deliver(first: int, last: int, amount: str) -> None:
        for day in range(first, last + 1):
            clock.move_to(f"2026-12-{day:02}T06:30:00Z")
            milkman.post("/records", {}, expect=200)
            milkman.post("/attendance", {"marks": [], "rest": "delivered"}, expect=200)
            expected[f"2026-12-{day:02}"] = amount

    deliver(1, 9, "108.00")
    change = ask(milkman, order_id, rate="60", effective_from="2026-12-15")
    login.post(f"/changes/{change['id']}/accept", expect=200)
    deliver(10, 14, "108.00")
    deliver(15, 17, "120.00")
    change = ask(login, order_id, quantity="1", effective_from="2026-12-20")
    milkman.post(f"/changes/{change['id']}/accept", expect=200)
    declined = ask(milkman, order_id, rate="90", effective_from="2026-12-18")
    login.post(f"/changes/{declined['id']}/decline", expect=200)
    deliver(18, 19, "120.00")
    deliver(20, 22, "60.00")
    lapsed = ask(milkman, order_id, rate="99", effective_from="2026-12-23")
    deliver(23, 31, "60.00")
    assert answer(login, lapsed, "accept")["status"] == "expired"
    # A day from before the changes, marked again: its terms stay those of its day.
    body = {"date": "2026-12-05", "quantity": "3"}
    corrected = milkman.post(f"/order/{order_id}/attendance", body, expect=200)["record"]
    expected["2026-12-05"] = corrected["amount"]
    assert corrected["amount"] == "162.00"
    found = {one["date"]: one["amount"] for one in milkman.get("/records?limit=50&month=2026-12")["items"]}
    assert found == expected
    total = f"{13 * 108 + 162 + 5 * 120 + 12 * 60}.00"
    for who in (milkman, login):
        month = who.get(f"/finance/customer/month/{customer_id}?month=2026-12")
        assert month["orders"][0]["total_amount"] == month["charges"] == total
        assert month["orders"][0]["active_days"] == 31
