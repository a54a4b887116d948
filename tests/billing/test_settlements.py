"""Settling: the advance on what is open, the whole of it or nothing."""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial
from typing import Any

import pytest

from tests.cast import Api, Cast
from tests.records.orders import rows

from .settled import account, adjust, cake, fields, milk, open_on, pay_ahead, said, settle, snapshot

OCTOBER, NOVEMBER = "2026-10", "2026-11"


def test_the_advance_settles_a_month(milkman: Api, row_id: int) -> None:
    records = milk(milkman, row_id, "2026-10-31", "2026-11-02", "2026-11-03")
    extra = cake(milkman, row_id, "2026-11-04")
    pay_ahead(row_id, 40000)
    made = settle(milkman, row_id, month=NOVEMBER)
    assert made.status == 201
    assert made.json == {
        "id": made["id"],
        "vendor_id": milkman.user["id"],
        "customer_id": row_id,
        "currency": "INR",
        "month": NOVEMBER,
        "record_ids": records[1:],
        "order_ids": [extra],
        "amount": "320.00",
        "written_off": "0.00",
        "settled_at": "2026-11-21T06:30:00.000000Z",
        "by": milkman.user["id"],
    }
    # October stays open, though money is left.
    assert open_on(row_id) == [("record", 6000)]
    assert account(row_id) == (-2000, 8000)
    assert milkman.get(f"/order/{extra}")["paid"] is True
    marked = {one["id"]: one["settled_at"] for one in milkman.get(f"/records?customer_id={row_id}")["items"]}
    assert [marked[record] is not None for record in records] == [False, True, True]
    november = milkman.get(f"/finance/customer/month/{row_id}?month={NOVEMBER}")
    assert (november["settled_amount"], november["unsettled_amount"]) == ("320.00", "0.00")
    assert (november["payments"], november["adjustments"]) == ("400.00", "0.00")


def test_a_month_takes_corrections_that_are_owed(milkman: Api, row_id: int) -> None:
    adjust(milkman, row_id, "30")
    pay_ahead(row_id, 3000)
    made = settle(milkman, row_id, month=NOVEMBER)
    assert (made["record_ids"], made["order_ids"], made["amount"]) == ([], [], "30.00")
    assert open_on(row_id) == []


def test_only_the_records_that_are_named(milkman: Api, row_id: int) -> None:
    first, second, third = milk(milkman, row_id, "2026-11-01", "2026-11-02", "2026-11-03")
    pay_ahead(row_id, 12000)
    made = settle(milkman, row_id, record_ids=[third, second, third])
    assert (made.status, made["record_ids"], made["amount"], made["month"]) == (
        201,
        [second, third],
        "120.00",
        None,
    )
    assert rows("SELECT target_id FROM lines WHERE paid = 0") == [(first,)]
    # Of what is named only what is open counts.
    pay_ahead(row_id, 6000)
    assert settle(milkman, row_id, record_ids=[first, second])["record_ids"] == [first]


def test_the_money_of_older_payments_goes_first(milkman: Api, row_id: int) -> None:
    milk(milkman, row_id, "2026-11-01", "2026-11-02")
    new = pay_ahead(row_id, 9000, "2026-11-20")
    old = pay_ahead(row_id, 9000, "2026-11-10")
    settle(milkman, row_id, month=NOVEMBER)
    assert dict(rows("SELECT source_id, unallocated FROM credits")) == {old: 0, new: 6000}


def test_too_little_settles_nothing(milkman: Api, row_id: int) -> None:
    milk(milkman, row_id, "2026-11-01", "2026-11-02")
    pay_ahead(row_id, 6050)
    before = snapshot()
    short = settle(milkman, row_id, month=NOVEMBER)
    assert (short.status, short.code, short["shortfall"]) == (409, "payment_required", "59.50")
    # Money that is offered with it is not taken either.
    short = settle(milkman, row_id, month=NOVEMBER, payment={"amount": "59.49", "method": "upi"})
    assert (short.status, short.code, short["shortfall"]) == (409, "payment_required", "0.01")
    assert snapshot() == before


def test_a_payment_arrives_first(milkman: Api, linked: tuple[Api, int]) -> None:
    login, customer_id = linked
    milk(milkman, customer_id, "2026-11-01", "2026-11-02", login=login)
    pay_ahead(customer_id, 2000)
    made = settle(milkman, customer_id, month=NOVEMBER, payment={"amount": "150", "method": "upi"})
    assert (made.status, made["amount"]) == (201, "120.00")
    assert rows("SELECT amount, method, status, date::text, created_by FROM payments ORDER BY id")[1:] == [
        (15000, "upi", "confirmed", "2026-11-21", milkman.user["id"])
    ]
    assert account(customer_id) == (-5000, 5000)
    assert "payment_confirmed" in [one["kind"] for one in login.get("/notifications")["items"]]


def test_what_is_missing_is_let_go_with_a_reason(milkman: Api, linked: tuple[Api, int]) -> None:
    login, customer_id = linked
    records = milk(milkman, customer_id, "2026-11-01", "2026-11-02", login=login)
    milk(milkman, customer_id, "2026-10-05", login=login)
    pay_ahead(customer_id, 7000)
    made = settle(milkman, customer_id, month=NOVEMBER, write_off_reason="moved away")
    assert (made["amount"], made["written_off"], made["record_ids"]) == ("70.00", "50.00", records)
    assert open_on(customer_id) == [("record", 6000)]
    assert account(customer_id) == (6000, 0)
    (written,) = milkman.get("/adjustments")["items"]
    assert (written["kind"], written["amount"], written["reason"], written["date"]) == (
        "write_off",
        "-50.00",
        "moved away",
        "2026-11-21",
    )
    # The advance went first; the rest of the second day is what was let go.
    landed = rows("SELECT source, target_id, amount FROM allocations ORDER BY id")
    assert landed == [
        ("payment", records[0], 6000),
        ("payment", records[1], 1000),
        ("adjustment", records[1], 5000),
    ]
    told = login.get("/notifications")["items"][0]
    assert (told["kind"], told["url"]) == ("adjustment_made", f"/customers/{customer_id}")
    assert told["body"] == "You need not pay ₹50.00 any more: moved away"


def test_a_reason_without_need_lets_nothing_go(milkman: Api, row_id: int) -> None:
    milk(milkman, row_id, "2026-11-01")
    pay_ahead(row_id, 6000)
    made = settle(milkman, row_id, month=NOVEMBER, write_off_reason="whatever")
    assert (made["amount"], made["written_off"]) == ("60.00", "0.00")
    assert milkman.get("/adjustments")["items"] == []


def test_all_of_it_may_be_let_go(milkman: Api, row_id: int) -> None:
    milk(milkman, row_id, "2026-11-01")
    made = settle(milkman, row_id, month=NOVEMBER, write_off_reason="gift")
    assert (made["amount"], made["written_off"]) == ("0.00", "60.00")
    assert account(row_id) == (0, 0)


def test_nothing_open(milkman: Api, row_id: int) -> None:
    (record,) = milk(milkman, row_id, "2026-11-01")
    pay_ahead(row_id, 50000)
    assert settle(milkman, row_id, month=NOVEMBER).status == 201
    before = snapshot()
    for again in ({"month": NOVEMBER}, {"month": OCTOBER}, {"record_ids": [record]}):
        money = {"payment": {"amount": "10"}, "write_off_reason": "x"}
        assert said(settle(milkman, row_id, **again)) == (409, "already_settled")
        assert said(settle(milkman, row_id, **again, **money)) == (409, "already_settled")
    assert snapshot() == before


def test_a_dispute(milkman: Api, linked: tuple[Api, int]) -> None:
    login, customer_id = linked
    first, second = milk(milkman, customer_id, "2026-11-20", "2026-11-21", login=login)
    login.put(f"/order/{second}/attendance", {"status": "skipped"}, expect=200)
    pay_ahead(customer_id, 50000)
    refused = settle(milkman, customer_id, record_ids=[first, second])
    assert (refused.status, refused.code, refused["record_ids"]) == (409, "disputed", [second])
    # By month it is left out.
    assert settle(milkman, customer_id, month=NOVEMBER)["record_ids"] == [first]


def test_a_customer_settles_from_confirmed_money_only(milkman: Api, linked: tuple[Api, int]) -> None:
    login, customer_id = linked
    vendor_id = milkman.user["id"]
    records = milk(milkman, customer_id, "2026-11-01", login=login)
    short = settle(login, vendor_id=vendor_id, record_ids=records)
    assert (short.status, short.code, short["shortfall"]) == (409, "payment_required", "60.00")
    for more in ({"payment": {"amount": "60"}}, {"write_off_reason": "mine"}):
        assert said(settle(login, vendor_id=vendor_id, month=NOVEMBER, **more)) == (403, "forbidden")
    pay_ahead(customer_id, 6000)
    made = settle(login, vendor_id=vendor_id, month=NOVEMBER)
    assert (made.status, made["by"], made["record_ids"]) == (201, login.user["id"], records)


def test_a_customer_may_name_the_row_about_them(milkman: Api, linked: tuple[Api, int], row_id: int) -> None:
    login, customer_id = linked
    records = milk(milkman, customer_id, "2026-11-01", login=login)
    pay_ahead(customer_id, 6000)
    milk(milkman, row_id, "2026-11-01")
    for other in (row_id, 10**12):
        refused = settle(login, other, month=NOVEMBER)
        assert (said(refused), fields(refused)) == ((404, "not_found"), ["customer_id"])
    made = settle(login, customer_id, month=NOVEMBER)
    assert (made.status, made["by"], made["record_ids"]) == (201, login.user["id"], records)


def test_whose_it_is(cast: Cast, milkman: Api, linked: tuple[Api, int], row_id: int) -> None:
    login, customer_id = linked
    (record,) = milk(milkman, customer_id, "2026-11-01", login=login)
    (other,) = milk(milkman, row_id, "2026-11-01")
    rival, stranger = cast.vendor(), cast.customer_login()
    for who, body in (
        (milkman, {"customer_id": 10**12}),
        (rival, {"customer_id": customer_id}),
    ):
        refused = settle(who, **body, month=NOVEMBER)
        assert (said(refused), fields(refused)) == ((404, "not_found"), ["customer_id"])
    for vendor_id in (rival.user["id"], milkman.user["id"], 10**12):
        refused = settle(stranger, vendor_id=vendor_id, month=NOVEMBER)
        assert (said(refused), fields(refused)) == ((404, "not_found"), ["vendor_id"])
    # A record of another account of the same vendor, one that is not there, and an order's id.
    for unknown in (
        other,
        10**12,
        2**70,
        milkman.get(f"/records?customer_id={row_id}")["items"][0]["order_id"],
    ):
        refused = settle(milkman, customer_id, record_ids=[record, unknown])
        assert (said(refused), fields(refused)) == ((404, "not_found"), ["record_ids"])
    milkman.delete(f"/customer/{customer_id}/invite", expect=204)
    assert said(settle(login, vendor_id=milkman.user["id"], month=NOVEMBER)) == (404, "not_found")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"month": None}, {"month", "record_ids"}),
        ({"record_ids": [1]}, {"month", "record_ids"}),
        ({"record_ids": [], "month": None}, {"record_ids"}),
        ({"record_ids": ["x"], "month": None}, {"record_ids.0"}),
        ({"month": "2026-13"}, {"month"}),
        ({"customer_id": None}, {"customer_id", "vendor_id"}),
        ({"vendor_id": 5}, {"customer_id", "vendor_id"}),
        ({"customer_id": None, "vendor_id": 5}, {"customer_id"}),
        ({"payment": {"amount": "0"}}, {"payment.amount"}),
        ({"payment": {"amount": "-5"}}, {"payment.amount"}),
        ({"payment": {"amount": "1.005"}}, {"payment.amount"}),
        ({"payment": {"amount": "1", "method": "gold"}}, {"payment.method"}),
        ({"payment": {"method": "cash"}}, {"payment.amount"}),
        ({"write_off_reason": " "}, {"write_off_reason"}),
        ({"write_off_reason": "x" * 501}, {"write_off_reason"}),
        ({"amount": "5"}, {"amount"}),
    ],
)
def test_bad_shapes(milkman: Api, row_id: int, change: dict[str, Any], named: set[str]) -> None:
    refused = milkman.post("/settlements", {"customer_id": row_id, "month": NOVEMBER, **change})
    assert (refused.status, set(fields(refused))) == (422, named)


def test_nobody_else_may(api: Api) -> None:
    assert said(api.post("/settlements", {})) == (401, "unauthenticated")
    assert said(api.get("/settlements", expect=None)) == (401, "unauthenticated")


def test_both_sides_read_their_own(cast: Cast, milkman: Api, linked: tuple[Api, int], row_id: int) -> None:
    login, customer_id = linked
    milk(milkman, customer_id, "2026-10-05", "2026-11-05", login=login)
    milk(milkman, row_id, "2026-11-05")
    for whose in (customer_id, row_id):
        pay_ahead(whose, 50000)
    first = settle(milkman, customer_id, month=OCTOBER).json
    second = settle(milkman, customer_id, month=NOVEMBER).json
    third = settle(milkman, row_id, month=NOVEMBER).json
    page = milkman.get("/settlements?limit=2")
    assert page["items"] == [third, second]
    assert milkman.get("/settlements", query_string={"limit": 2, "cursor": page["next"]})["items"] == [first]
    assert login.get("/settlements")["items"] == [second, first]
    assert cast.vendor().get("/settlements")["items"] == []
    for query, found in (
        (f"customer_id={customer_id}", [second, first]),
        (f"vendor_id={milkman.user['id']}", [third, second, first]),
        ("customer_id=999999999", []),
        ("vendor_id=999999999", []),
        ("month=2026-11", [third, second, first]),
        ("month=2026-10", []),
        ("status=all", [third, second, first]),
        ("status=open", []),
    ):
        assert milkman.get(f"/settlements?{query}")["items"] == found, query


def test_the_month_of_a_list_is_the_vendors(milkman: Api, row_id: int, clock: Any) -> None:
    milk(milkman, row_id, "2026-11-05")
    pay_ahead(row_id, 6000)
    clock.move_to("2026-11-30T18:30:00Z")  # the first second of December in Kolkata
    made = settle(milkman, row_id, month=NOVEMBER).json
    assert milkman.get("/settlements?month=2026-12")["items"] == [made]
    assert milkman.get("/settlements?month=2026-11")["items"] == []


def test_twenty_at_once_settle_once(milkman: Api, row_id: int) -> None:
    records = milk(milkman, row_id, "2026-11-01", "2026-11-02")
    pay_ahead(row_id, 30000)
    heard = at_once(
        partial(settle, milkman, row_id, **({"month": NOVEMBER} if n % 2 else {"record_ids": records}))
        for n in range(20)
    )
    assert heard == {(201, None): 1, (409, "already_settled"): 19}
    assert account(row_id) == (-18000, 18000)


def test_one_advance_pays_one_of_two_months(milkman: Api, row_id: int) -> None:
    milk(milkman, row_id, "2026-10-05", "2026-11-05")
    pay_ahead(row_id, 6000)
    heard = at_once(partial(settle, milkman, row_id, month=[OCTOBER, NOVEMBER][n % 2]) for n in range(10))
    assert heard[(201, None)] == 1
    assert sum(heard.values()) == 10
    assert set(heard) == {(201, None), (409, "already_settled"), (409, "payment_required")}


def test_the_same_key_settles_once(milkman: Api, row_id: int) -> None:
    milk(milkman, row_id, "2026-11-05")
    body = {"customer_id": row_id, "month": NOVEMBER, "payment": {"amount": "60"}}
    headers = {"Idempotency-Key": "monday"}
    first = milkman.post("/settlements", body, headers=headers, expect=201)
    again = milkman.post("/settlements", body, headers=headers, expect=201)
    assert first.json == again.json
    assert len(rows("SELECT 1 FROM payments")) == 1


def at_once(calls: Any) -> Counter[tuple[int, str | None]]:
    """How many of each answer there were when all called at the same instant."""
    calls = list(calls)
    start = threading.Barrier(len(calls))
    heard: list[tuple[int, str | None]] = []

    def run(call: Any) -> None:
        start.wait()
        heard.append(said(call()))

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == len(calls)
    return Counter(heard)
