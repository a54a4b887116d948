"""Many at the same instant on a real database: one wins, the others hear it, the sums stay right."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from flask import Flask

from tests.cast import Answer, Api, Cast
from vendorapp.records.night import schedule_due

from .steps import MILK, agreed, mark, on_trust, phone, said

AT_ONCE = 20


def race(calls: Sequence[Callable[[], Answer | None]]) -> Counter[tuple[int, str | None]]:
    """All calls at once, and how many of each answer there were. What a call raises fails the test."""
    found: list[tuple[int, str | None] | BaseException | None] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(place: int) -> None:
        start.wait()
        try:
            answer = calls[place]()
            found[place] = said(answer) if answer else None
        except BaseException as error:  # noqa: BLE001 (it is raised again below, in the test's own thread)
            found[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    for result in found:
        if isinstance(result, BaseException):
            raise result
    return Counter(result for result in found if isinstance(result, tuple))


@pytest.fixture(autouse=True)
def sums(app: Flask) -> Any:
    yield
    verified = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert verified.exit_code == 0, verified.output


def test_marks_of_one_day(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = agreed(milkman, login, row)
    heard = race([lambda: mark(milkman, order_id)] * AT_ONCE)
    assert heard == {(201, None): 1, (200, None): AT_ONCE - 1}
    assert milkman.get(f"/order/{order_id}").json["month"]["total_amount"] == "108.00"
    sides = [milkman, login]
    heard = race([partial(mark, sides[n % 2], order_id, quantity=n % 3 + 1) for n in range(AT_ONCE)])
    assert heard == {(200, None): AT_ONCE}
    (record,) = milkman.get(f"/order/{order_id}").json["records"]
    amount = "0.00" if record["disputed"] else record["amount"]
    assert milkman.get(f"/order/{order_id}").json["month"]["total_amount"] == amount


def test_one_phone_registers_once(api: Api) -> None:
    body = {"name": "A", "phone_number": phone(), "password": "12345678", "user_type": "customer"}
    heard = race([lambda: api.post("/register", body)] * AT_ONCE)
    assert heard == {(201, None): 1, (409, "phone_taken"): AT_ONCE - 1}


def test_a_change_is_answered_once(milkman: Api, linked: Any) -> None:
    login, row = linked

    def new() -> int:
        order = milkman.post("/orders", {"customer_id": row, **MILK}, expect=201)
        return int(order["pending_change"]["id"])

    first, second = new(), new()
    heard = race([lambda: login.post(f"/changes/{first}/accept")] * AT_ONCE)
    assert heard == {(200, None): 1, (409, "already_answered"): AT_ONCE - 1}
    ways = [(login, "accept"), (login, "decline"), (milkman, "withdraw")] * 6
    heard = race([partial(who.post, f"/changes/{second}/{verb}") for who, verb in ways])
    assert heard == {(200, None): 1, (409, "already_answered"): len(ways) - 1}


def test_an_order_has_one_pending_change(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = agreed(milkman, login, row)
    sides = [milkman, login]
    heard = race([partial(sides[n % 2].put, f"/order/{order_id}", {"rate": 60 + n}) for n in range(AT_ONCE)])
    assert heard == {(202, None): AT_ONCE}
    words = Counter(one["status"] for one in milkman.get("/changes?status=all").json["items"])
    assert words == {"pending": 1, "superseded": AT_ONCE - 1, "accepted": 1}
    # Accepting races with being superseded: either it was first, or it is told what came first.
    waiting = milkman.get(f"/order/{order_id}").json["pending_change"]
    other = login if waiting["proposed_by"] == milkman.user["id"] else milkman
    heard = race(
        [lambda: other.post(f"/changes/{waiting['id']}/accept")] * 5
        + [partial(milkman.put, f"/order/{order_id}", {"quantity": 10 + n}) for n in range(5)]
    )
    assert heard[202, None] == 5
    assert heard[200, None] + heard[409, "already_answered"] == 5
    assert heard[200, None] <= 1


def test_a_customer_ends_while_everybody_writes(cast: Cast, milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = agreed(milkman, login, row)
    update = milkman.put(f"/order/{order_id}", {"rate": "70"}, expect=202)["change"]["id"]
    calls: list[Callable[[], Answer]] = [
        lambda: milkman.delete(f"/customer/{row}"),
        lambda: login.post(f"/changes/{update}/accept"),
        lambda: login.put(f"/order/{order_id}", {"quantity": "5"}),
        lambda: milkman.post("/orders", {"customer_id": row, **MILK}),
        lambda: mark(milkman, order_id),
    ]
    heard = race(calls * 4)
    assert heard[200, None] >= 4
    for one in milkman.get(f"/orders?customer_id={row}").json["items"]:
        assert one["pending_change"] is None
        assert one["status"] == "declined" or one["valid_till"] == "2026-11-21", one
    assert said(milkman.post("/orders", {"customer_id": row, **MILK})) == (409, "customer_inactive")


def test_the_night_meets_marks_and_answers(app: Flask, cast: Cast, milkman: Api, clock: Any) -> None:
    clock.move_to("2026-11-18T06:30:00Z")
    login, row = cast.household(of=milkman)
    orders = [on_trust(milkman, cast.row(milkman)["id"]) for _ in range(6)]
    orders += [agreed(milkman, login, row) for _ in range(3)]
    clock.move_to("2026-11-21T06:30:00Z")
    changes = [
        milkman.put(f"/order/{one}", {"rate": "66"}, expect=202)["change"]["id"] for one in orders[-3:]
    ]

    def night() -> None:
        with app.app_context():
            schedule_due()

    def round_of(quantity: int, backwards: bool) -> Answer:
        marks = [{"order_id": one, "status": "delivered", "quantity": quantity} for one in orders]
        return milkman.post("/attendance", {"marks": marks[::-1] if backwards else marks})

    heard = race(
        [
            *[night] * 3,
            *[partial(round_of, n + 1, n % 2 == 0) for n in range(4)],
            *[partial(login.post, f"/changes/{one}/accept") for one in changes],
            *[partial(mark, login, one, quantity=1) for one in orders[-3:]],
            *[lambda: milkman.post("/attendance", {"marks": [], "rest": "delivered"})] * 2,
            *[lambda: milkman.post("/records", {})] * 2,
        ]
    )
    assert set(heard) <= {(200, None), (201, None)}
    schedule_due()  # orders that somebody held were left to the next run
    found = milkman.get("/records?limit=200").json["items"]
    days = Counter(one["order_id"] for one in found)
    assert days == dict.fromkeys(orders, 4)
    assert all(one["vendor_mark"] for one in found if one["date"] == "2026-11-21")
