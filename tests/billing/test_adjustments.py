"""Corrections of today, signed, with a reason, told to the customer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Api, Cast
from tests.records.orders import close_through, execute, rows

from .settled import account, adjust, fields, milk, open_on, pay_ahead, said, snapshot


def test_more_to_pay_is_a_line(milkman: Api, linked: tuple[Api, int]) -> None:
    login, customer_id = linked
    (record,) = milk(milkman, customer_id, "2026-11-01", login=login)
    pay_ahead(customer_id, 10000)
    made = milkman.post(
        "/adjustments",
        {"customer_id": customer_id, "amount": "12.5", "reason": "two bottles broke", "record_id": record},
        expect=201,
    )
    assert made.json == {
        "id": made["id"],
        "vendor_id": milkman.user["id"],
        "customer_id": customer_id,
        "kind": "correction",
        "date": "2026-11-21",
        "amount": "12.50",
        "currency": "INR",
        "reason": "two bottles broke",
        "record_id": record,
        "created_by": milkman.user["id"],
        "created_at": "2026-11-21T06:30:00.000000Z",
    }
    # What lies around as advance is moved by a settlement only.
    assert open_on(customer_id) == [("record", 6000), ("adjustment", 1250)]
    assert account(customer_id) == (-2750, 10000)
    month = login.get(f"/finance/customer/month/{customer_id}")
    assert (month["adjustments"], month["closing_balance"]) == ("12.50", "-27.50")
    told = login.get("/notifications")["items"][0]
    assert (told["kind"], told["url"]) == ("adjustment_made", f"/customers/{customer_id}")
    assert (told["title"], told["body"]) == (
        "Yadav Dairy corrected your account",
        "You pay ₹12.50 more: two bottles broke",
    )
    assert told["data"] == {"adjustment_id": made["id"], "customer_id": customer_id}


def test_less_to_pay_goes_to_the_oldest(milkman: Api, row_id: int) -> None:
    first, second = milk(milkman, row_id, "2026-10-30", "2026-11-02")
    ahead = pay_ahead(row_id, 1000)
    # The record it is about is only named.
    made = adjust(milkman, row_id, "-70", record_id=second)
    landed = rows("SELECT source, source_id, target_id, amount FROM allocations ORDER BY id")
    assert landed == [("adjustment", made["id"], first, 6000), ("adjustment", made["id"], second, 1000)]
    assert rows("SELECT unallocated FROM credits WHERE source = 'payment' AND source_id = :id", id=ahead) == [
        (1000,)
    ]
    assert account(row_id) == (4000, 1000)


def test_what_is_left_of_it_is_advance(milkman: Api, row_id: int) -> None:
    milk(milkman, row_id, "2026-11-02")
    adjust(milkman, row_id, "-100")
    assert open_on(row_id) == []
    assert account(row_id) == (-4000, 4000)
    # An advance is paid back by its opposite; the money and the line wait for a settlement.
    adjust(milkman, row_id, "40")
    assert account(row_id) == (0, 4000)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"amount": "0"}, ["amount"]),
        ({"amount": "0.00"}, ["amount"]),
        ({"amount": "1.234"}, ["amount"]),
        ({"amount": "1e3"}, ["amount"]),
        ({"amount": "99999999999"}, ["amount"]),
        ({"amount": None}, ["amount"]),
        ({"reason": ""}, ["reason"]),
        ({"reason": "  "}, ["reason"]),
        ({"reason": "x" * 501}, ["reason"]),
        ({"customer_id": None}, ["customer_id"]),
        ({"customer_id": True}, ["customer_id"]),
        ({"record_id": "7"}, ["record_id"]),
        ({"kind": "write_off"}, ["kind"]),
        ({"date": "2026-10-01"}, ["date"]),
    ],
)
def test_bad_shapes(milkman: Api, row_id: int, change: dict[str, Any], named: list[str]) -> None:
    body = {"customer_id": row_id, "amount": "5", "reason": "why", **change}
    refused = milkman.post("/adjustments", body)
    assert (refused.status, fields(refused)) == (422, named)


def test_whole_units_where_the_currency_has_no_others(cast: Cast) -> None:
    vendor = cast.vendor(currency="UGX")
    customer_id = cast.row(vendor)["id"]
    assert adjust(vendor, customer_id, "4000.5").status == 422
    assert adjust(vendor, customer_id, "-4000")["amount"] == "-4000"


def test_whose_it_is(cast: Cast, milkman: Api, linked: tuple[Api, int], row_id: int) -> None:
    login, customer_id = linked
    (other,) = milk(milkman, row_id, "2026-11-01")
    rival = cast.vendor()
    before = snapshot()
    for who, row in ((rival, customer_id), (milkman, 10**12)):
        refused = adjust(who, row, "5")
        assert (said(refused), fields(refused)) == ((404, "not_found"), ["customer_id"])
    for record in (other, 10**12):
        refused = adjust(milkman, customer_id, "5", record_id=record)
        assert (said(refused), fields(refused)) == ((404, "not_found"), ["record_id"])
    assert said(adjust(login, customer_id, "5")) == (403, "forbidden")
    assert snapshot() == before


def test_a_closed_today_takes_none(milkman: Api, row_id: int) -> None:
    """Only a change of the vendor's zone can bring it about: today was tomorrow a moment ago."""
    close_through(row_id, "2026-11-30")
    assert said(adjust(milkman, row_id, "5")) == (409, "month_closed")
    execute("UPDATE accounts SET closed_through = NULL")


def test_both_sides_read_them(cast: Cast, milkman: Api, linked: tuple[Api, int]) -> None:
    login, customer_id = linked
    opened = cast.row(milkman, opening_balance="-40")["id"]
    first = adjust(milkman, customer_id, "5").json
    second = adjust(milkman, customer_id, "-5").json
    begun = milkman.get(f"/adjustments?customer_id={opened}")["items"]
    assert [(one["kind"], one["amount"], one["date"]) for one in begun] == [
        ("opening_balance", "-40.00", "2026-10-31")
    ]
    assert milkman.get("/adjustments")["items"] == [second, first, *begun]
    assert login.get("/adjustments")["items"] == [second, first]
    assert login.get(f"/adjustments?customer_id={opened}")["items"] == []
    assert milkman.get("/adjustments?month=2026-10")["items"] == begun
    assert milkman.get("/adjustments?month=2026-11&limit=1")["items"] == [second]
    assert milkman.get("/adjustments?vendor_id=999999")["items"] == []
    assert milkman.get("/adjustments?status=open")["items"] == []
    assert cast.vendor().get("/adjustments")["items"] == []


def test_the_same_key_corrects_once(milkman: Api, row_id: int) -> None:
    body = {"customer_id": row_id, "amount": "5", "reason": "why"}
    headers = {"Idempotency-Key": "k"}
    assert milkman.post("/adjustments", body, headers=headers, expect=201).json == (
        milkman.post("/adjustments", body, headers=headers, expect=201).json
    )
    assert account(row_id) == (500, 0)
