"""A whole round in one call: each mark's own result, the rest as usual, a fixed number of statements."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import event

from tests.cast import Api, Cast
from vendorapp.kernel.database import db

from .orders import agreed, close_through, on_trust, orders_of, pause, rows

TODAY, YESTERDAY = "2026-11-21", "2026-11-20"


def go(vendor: Api, *marks: Any, expect: int | None = 200, **more: Any) -> list[dict[str, Any]]:
    return list(vendor.post("/attendance", {"marks": list(marks), **more}, expect=expect)["results"])


def done(order_id: Any, **more: Any) -> dict[str, Any]:
    return {"order_id": order_id, "status": "delivered", **more}


def codes(results: list[dict[str, Any]]) -> list[str]:
    """Of each result the record's status, or the error's code."""
    assert all(len(one) == 2 and "order_id" in one for one in results)
    return [one["record"]["status"] if "record" in one else one["error"]["code"] for one in results]


def test_a_round_marks_every_stop_and_may_be_sent_twice(
    cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    one, two, three = orders_of(cast, milkman, 3)
    marks = [done(two, quantity="1.5"), done(one), {"order_id": three, "status": "skipped", "note": "away"}]
    first = go(milkman, *marks)
    assert [result["order_id"] for result in first] == [two, one, three]
    assert codes(first) == ["delivered", "delivered", "skipped"]
    assert [result["record"]["amount"] for result in first] == ["81.00", "108.00", "0.00"]
    clock.shift(30)
    assert go(milkman, *marks) == first
    assert rows("SELECT count(*) FROM record_marks") == [(3,)]
    assert rows("SELECT sum(balance) FROM accounts") == [(18900,)]
    assert rows("SELECT sum(active_days), sum(quantity) FROM cumulative_record_details") == [(2, 3500)]


def test_the_rest_alone_needs_no_list(cast: Cast, milkman: Api) -> None:
    one, two = orders_of(cast, milkman, 2)
    found = milkman.post("/attendance", {"date": TODAY, "rest": "delivered"}, expect=200)["results"]
    assert [result["order_id"] for result in found] == [one, two]
    assert codes(found) == ["delivered", "delivered"]


def test_each_problem_stands_in_its_own_result(cast: Cast, milkman: Api, row_id: int) -> None:
    good = on_trust(milkman, row_id)
    other = cast.vendor()
    foreign = on_trust(other, cast.row(other)["id"])
    weekday = on_trust(milkman, row_id, weekdays=[1])
    closed_row = cast.row(milkman)["id"]
    closed = on_trust(milkman, closed_row)
    close_through(closed_row, TODAY)
    late = "2026-11-21T06:35:01Z"
    marks: list[tuple[Any, int | None, str]] = [
        (done(good), good, "delivered"),
        (done(foreign), foreign, "not_found"),
        (done(10**25), 10**25, "not_found"),
        (done(weekday), weekday, "not_due"),
        (done(closed), closed, "month_closed"),
        ("milk", None, "invalid"),
        (None, None, "invalid"),
        ([], None, "invalid"),
        ({}, None, "invalid"),
        ({"status": "delivered"}, None, "invalid"),
        ({"order_id": good}, good, "invalid"),
        (done(True), None, "invalid"),
        (done("7"), None, "invalid"),
        (done(-1), -1, "not_found"),
        ({"order_id": good, "status": "eaten"}, good, "invalid"),
        (done(good, quantity="0"), good, "invalid"),
        (done(good, quantity="x"), good, "invalid"),
        (done(good, quantity="9999999999"), good, "invalid"),
        ({"order_id": good, "status": "skipped", "quantity": 1}, good, "invalid"),
        (done(good, note="x" * 501), good, "invalid"),
        (done(good, extra="true"), good, "invalid"),
        (done(good, at="yesterday"), good, "invalid"),
        (done(good, at="2026-11-21T06:30:00"), good, "invalid"),
        (done(good, at=late), good, "invalid"),
        (done(good, date=TODAY), good, "unknown_field"),
        (done(good, created_by=1), good, "created_by_mismatch"),
    ]
    results = go(milkman, *(mark for mark, _, _ in marks))
    assert [(one["order_id"], code) for one, code in zip(results, codes(results), strict=True)] == [
        (order_id, code) for _, order_id, code in marks
    ]
    assert all(one["error"]["detail"] for one in results if "error" in one)
    assert rows("SELECT count(*) FROM records") == [(1,)]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "marks", "invalid"),
        ({"rest": None}, "marks", "invalid"),
        ({"rest": "skipped"}, "rest", "invalid"),
        ({"rest": "delivered", "marks": "all"}, "marks", "invalid"),
        ({"rest": "delivered", "marks": False}, "marks", "invalid"),
        ({"marks": {}}, "marks", "invalid"),
        ({"marks": "all"}, "marks", "invalid"),
        ({"marks": [{}] * 2001}, "marks", "invalid"),
        ({"marks": [], "rest": "skipped"}, "rest", "invalid"),
        ({"marks": [], "rest": True}, "rest", "invalid"),
        ({"marks": [], "date": "21.11.2026"}, "date", "invalid"),
        ({"marks": [], "date": "2026-11-22"}, "date", "date_in_future"),
        ({"marks": [], "weather": "rain"}, "weather", "unknown_field"),
    ],
)
def test_a_round_of_the_wrong_shape(milkman: Api, body: dict[str, Any], field: str, code: str) -> None:
    answer = milkman.post("/attendance", body, expect=422)
    assert (answer["errors"][0]["field"], answer.code) == (field, code)


def test_rounds_are_the_vendors(cast: Cast) -> None:
    assert cast.customer_login().post("/attendance", {"marks": []}).status == 403
    assert cast.customer_login().post("/records", {}).status == 403


def test_the_rest_is_what_is_due_and_not_yet_marked(
    cast: Cast, milkman: Api, row_id: int, linked: tuple[Api, int]
) -> None:
    due, named, marked, misnamed = orders_of(cast, milkman, 4, start_date="2026-11-01")
    paused = on_trust(milkman, row_id)
    pause(paused, YESTERDAY, TODAY)
    weekday = on_trust(milkman, row_id, weekdays=[7])
    ended = on_trust(milkman, row_id, start_date="2026-11-01", valid_till=YESTERDAY)
    later = on_trust(milkman, row_id, start_date="2026-11-22")
    milkman.post("/orders", {"customer_id": linked[1], "item_name": "Curd", "rate": 1}, expect=201)
    other = cast.vendor()
    on_trust(other, cast.row(other)["id"])
    go(milkman, {"order_id": marked, "status": "skipped"})
    results = go(
        milkman,
        {"order_id": named, "status": "skipped"},
        {"order_id": misnamed, "status": "eaten"},
        rest="delivered",
    )
    assert [one["order_id"] for one in results] == [named, misnamed, due]
    assert codes(results) == ["skipped", "invalid", "delivered"]
    assert go(milkman, rest="delivered", date=YESTERDAY)[0]["record"]["date"] == YESTERDAY
    yesterday = rows("SELECT order_id FROM records WHERE date = :day ORDER BY 1", day=YESTERDAY)
    assert yesterday == [(due,), (named,), (marked,), (misnamed,), (ended,)]
    today = rows("SELECT order_id FROM records WHERE date = :day ORDER BY 1", day=TODAY)
    assert today == [(due,), (named,), (marked,)]
    assert {paused, weekday, later}.isdisjoint(order_id for (order_id,) in yesterday + today)
    assert codes(go(milkman, rest="delivered")) == ["delivered"]  # the one that was misnamed
    assert go(milkman, rest="delivered") == []


def test_the_rest_of_a_closed_month_says_so(milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id)
    close_through(row_id, TODAY)
    (result,) = go(milkman, rest="delivered")
    assert (result["order_id"], result["error"]["code"]) == (order_id, "month_closed")


def test_an_older_tap_changes_nothing(milkman: Api, row_id: int, clock: time_machine.Traveller) -> None:
    order_id = on_trust(milkman, row_id)
    newer = go(milkman, done(order_id, quantity="3", at="2026-11-21T06:20:00Z"))
    older = done(order_id, quantity="1", at="2026-11-21T06:19:59.5Z")
    assert go(milkman, older) == newer
    assert rows("SELECT count(*) FROM record_marks") == [(1,)]
    # The same again, made later: nothing new, but what was tapped in between is over.
    assert codes(go(milkman, done(order_id, quantity="3", at="2026-11-21T11:55:00+05:30"))) == ["delivered"]
    between = go(milkman, {"order_id": order_id, "status": "skipped", "at": "2026-11-21T06:22:00Z"})
    assert (between[0]["record"]["quantity"], between[0]["record"]["updated_at"]) == (
        "3",
        newer[0]["record"]["updated_at"],
    )
    assert codes(go(milkman, {"order_id": order_id, "status": "skipped"})) == ["skipped"]


def test_a_fast_clock_does_not_outlive_the_next_correction(
    milkman: Api, row_id: int, clock: time_machine.Traveller
) -> None:
    order_id = on_trust(milkman, row_id)
    first = go(milkman, done(order_id, at="2026-11-21T06:34:59Z"))
    assert first[0]["record"]["vendor_mark"]["at"] == "2026-11-21T06:30:00.000000Z"
    clock.shift(10)
    assert codes(go(milkman, {"order_id": order_id, "status": "skipped"})) == ["skipped"]


def test_several_taps_on_one_stop_are_heard_in_their_order(milkman: Api, linked: tuple[Api, int]) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id)
    results = go(
        milkman,
        done(order_id, quantity="3", at="2026-11-21T06:10:00Z"),
        {"order_id": order_id, "status": "skipped", "at": "2026-11-21T06:00:00Z"},
        done(order_id, quantity="1", at="2026-11-21T06:05:00Z"),
    )
    assert [one["record"]["quantity"] for one in results] == ["3", "3", "3"]
    history = rows("SELECT status, quantity FROM record_marks ORDER BY id")
    assert history == [("skipped", 0), ("delivered", 1000), ("delivered", 3000)]
    assert rows("SELECT balance FROM accounts") == [(16200,)]
    # Nobody had seen the earlier ones.
    assert rows("SELECT count(*) FROM notices WHERE kind = 'record_changed'") == [(0,)]


def test_the_same_key_is_heard_once(milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id)
    body, headers = {"marks": [done(order_id)]}, {"Idempotency-Key": "round-1"}
    first = milkman.post("/attendance", body, expect=200, headers=headers)
    again = milkman.post("/attendance", body, expect=200, headers=headers)
    assert again.json == first.json
    assert again.response.headers["Idempotent-Replayed"] == "true"


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent to the database within the block."""
    seen: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_the_number_of_statements_does_not_grow(cast: Cast, milkman: Api) -> None:
    household, customer_id = cast.household(of=milkman)
    orders = [agreed(milkman, household, customer_id) for _ in range(6)]
    go(milkman, *map(done, orders))
    numbers = []
    for some in (orders[:1], orders[1:]):
        with counted() as seen:
            go(milkman, *(done(order_id, quantity="1") for order_id in some))
        numbers.append(len(seen))
    assert numbers[0] == numbers[1] <= 20
    with counted() as seen:
        go(milkman, rest="delivered", date=TODAY)
    assert len(seen) <= 10


def model_of(records: list[dict[str, Any]]) -> dict[tuple[int, str], list[int]]:
    """Days, thousandths, minor units, disputed minor units by order and month, from the JSON alone."""

    def minor(rate: str, quantity: str) -> int:
        exact = Decimal(rate) * Decimal(quantity)
        return int(exact.quantize(Decimal("0.01"), ROUND_HALF_UP).scaleb(2))

    sums: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in records:
        cell = sums[one["order_id"], one["date"][:7]]
        ours, theirs = one["vendor_mark"], one["customer_mark"]
        if ours and theirs and (ours["status"], ours["quantity"]) != (theirs["status"], theirs["quantity"]):
            cell[3] += max(minor(one["rate"], mark["quantity"]) for mark in (ours, theirs))
        elif ours and ours["status"] == "delivered":
            cell[0] += 1
            cell[1] += int(Decimal(ours["quantity"]).scaleb(3))
            cell[2] += minor(one["rate"], ours["quantity"])
    return sums


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_any_marks_the_sums_are_those_of_the_records(
    milkman: Api, linked: tuple[Api, int], row_id: int, clock: time_machine.Traveller, seed: int
) -> None:
    household, customer_id = linked
    chance = random.Random(seed)
    terms = {"start_date": "2026-09-28", "rate": "33.35"}
    shared = [agreed(milkman, household, customer_id, **terms) for _ in range(2)]
    orders = [*shared, on_trust(milkman, row_id, **terms, weekdays=[1, 3, 5])]
    days = [str(date(2026, 9, 28) + timedelta(days=step)) for step in range(6)]
    for _ in range(40):
        clock.shift(chance.randrange(1, 4000))
        day = chance.choice(days)
        quantity = chance.choice(["0.333", "1", "1.005", "2", None])
        body = (
            {"status": "skipped"} if chance.random() < 0.3 else {"status": "delivered", "quantity": quantity}
        )
        if chance.random() < 0.3:
            some = [{"order_id": chance.choice(orders), **body} for _ in range(4)]
            go(milkman, *some, date=day, rest=chance.choice(["delivered", None]))
        elif chance.random() < 0.5:
            household.post(f"/order/{chance.choice(shared)}/attendance", {**body, "date": day})
        else:
            body["extra"] = chance.random() < 0.3  # type: ignore[assignment]
            milkman.post(f"/order/{chance.choice(orders)}/attendance", {**body, "date": day})
    records = milkman.get("/records?limit=200")["items"]
    model = model_of(records)
    stored = rows(
        "SELECT order_id, to_char(month, 'YYYY-MM'), active_days, quantity, total_amount, disputed_amount"
        " FROM cumulative_record_details"
    )
    assert {(order_id, month): sums for order_id, month, *sums in stored if any(sums)} == {
        key: sums for key, sums in model.items() if any(sums)
    }
    whose = dict.fromkeys(shared, customer_id) | {orders[2]: row_id}
    months: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    accounts: dict[int, list[int]] = {customer_id: [0, 0], row_id: [0, 0]}
    for (order_id, month), (_, _, amount, disputed) in model.items():
        for cell in (months[whose[order_id], month], accounts[whose[order_id]]):
            cell[0] += amount
            cell[1] += disputed
    stored = rows("SELECT customer_id, to_char(month, 'YYYY-MM'), charges, disputed FROM account_months")
    assert {(customer, month): sums for customer, month, *sums in stored if any(sums)} == {
        key: sums for key, sums in months.items() if any(sums)
    }
    stored = rows("SELECT customer_id, balance, disputed FROM accounts")
    assert {customer: sums for customer, *sums in stored} == accounts
    lines = rows("SELECT sum(amount) FROM lines")[0][0] or 0
    assert (
        lines
        == sum(sums[0] for sums in accounts.values())
        == rows("SELECT sum(amount) FROM ledger_entries")[0][0]
    )
    assert any(one["disputed"] for one in records), json.dumps(records)[:500]
