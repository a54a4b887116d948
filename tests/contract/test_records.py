"""Section 5 of the contract: days and marks at their edges."""

from __future__ import annotations

from typing import Any

import time_machine

from tests.cast import Api, Cast

from .steps import agreed, mark, on_trust, said


def test_what_the_fields_of_a_mark_may_be(milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id, start_date="2026-11-01")
    wrong: dict[str, tuple[Any, ...]] = {
        "status": ("Delivered", "scheduled", "cancelled", "partly", 1, True, ["delivered"]),
        "quantity": (-1, "-1", "1.0001", True, "x", 0, "0", 10**10, "1e1", "٣", [1]),
        "note": (5, "x" * 501, " ", ["a"], "a\u0000"),
        "extra": ("true", 1, 0, "yes", [True]),
        "date": ("2026-11-22", "2026-02-30", 20261121, "today", "2026-11-21T00:00:00Z"),
        "at": ("2026-11-21T06:30:00Z",),
        "order_id": (order_id,),
    }
    for name, values in wrong.items():
        for value in values:
            refused = mark(milkman, order_id, **{name: value})
            assert refused.status == 422, (name, value)
            assert [error["field"] for error in refused["errors"]] == [name]
    assert mark(milkman, order_id, status="skipped", quantity=1).status == 422
    assert milkman.get("/records").json["items"] == []
    record_id = mark(milkman, order_id, status="skipped", quantity=0)["record"]["id"]
    for name in ("date", "extra", "at"):
        refused = milkman.put(f"/order/{record_id}/attendance", {name: "2026-11-21"})
        assert said(refused) == (422, "unknown_field")


def test_a_round_of_every_shape(cast: Cast, milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id)
    other = cast.vendor()
    foreign = on_trust(other, cast.row(other)["id"])
    good = {"order_id": order_id, "status": "delivered"}
    marks: list[tuple[Any, int | None, str | None]] = [
        (good, order_id, None),
        ({"order_id": foreign, "status": "delivered"}, foreign, "not_found"),
        ({"order_id": 10**30, "status": "delivered"}, 10**30, "not_found"),
        ({"order_id": -1, "status": "delivered"}, -1, "not_found"),
        ({"order_id": 0, "status": "skipped"}, 0, "not_found"),
        ({"order_id": str(order_id), "status": "delivered"}, None, "invalid"),
        ({"order_id": True, "status": "delivered"}, None, "invalid"),
        ({"order_id": order_id}, order_id, "invalid"),
        ({"status": "delivered"}, None, "invalid"),
        (5, None, "invalid"),
        (None, None, "invalid"),
        ([], None, "invalid"),
        ({**good, "quantity": -1}, order_id, "invalid"),
        ({**good, "quantity": 0}, order_id, "invalid"),
        ({**good, "status": "partly"}, order_id, "invalid"),
        ({**good, "at": "2026-11-21"}, order_id, "invalid"),
        ({**good, "at": "2026-11-21T06:36:00Z"}, order_id, "invalid"),
        ({**good, "at": "0001-01-01T00:00:00+14:00"}, order_id, "invalid"),
        ({**good, "colour": "red"}, order_id, "unknown_field"),
        ({**good, "createdby": milkman.user["id"] + 1}, order_id, "created_by_mismatch"),
    ]
    results = milkman.post("/attendance", {"marks": [one for one, _, _ in marks]}, expect=200)["results"]
    assert [(one["order_id"], one.get("error", {}).get("code")) for one in results] == [
        (number, code) for _, number, code in marks
    ]
    assert milkman.post("/attendance", {"marks": [good] * 2000}, expect=200).status == 200
    assert said(milkman.post("/attendance", {"marks": [good] * 2001})) == (422, "invalid")
    wrong: tuple[dict[str, Any], ...] = (
        {},
        {"marks": {}},
        {"marks": "x"},
        {"marks": [], "rest": "skipped"},
        {"marks": [], "rest": True},
    )
    for body in wrong:
        assert said(milkman.post("/attendance", body)) == (422, "invalid"), body
    tomorrow = {"marks": [], "date": "2026-11-22"}
    assert said(milkman.post("/attendance", tomorrow)) == (422, "date_in_future")


def test_the_last_moment_to_contradict(milkman: Api, linked: Any, clock: Any) -> None:
    login, row = linked
    order_id = agreed(milkman, login, row)
    record_id = mark(milkman, order_id)["record"]["id"]
    path = f"/order/{record_id}/attendance"
    clock.move_to("2026-11-23T06:30:00Z")
    disputed = login.put(path, {"status": "skipped"}, expect=200)
    assert (disputed["record"]["disputed"], disputed["month"]["disputed_amount"]) == (True, "108.00")
    assert login.put(path, {"status": "delivered"}, expect=200)["record"]["disputed"] is False
    clock.move_to("2026-11-23T06:30:01Z")
    assert said(login.put(path, {"quantity": "1"})) == (409, "too_late")
    login.put(path, {"status": "delivered", "note": "thanks"}, expect=200)
    milkman.put(path, {"quantity": "3"}, expect=200)
    clock.move_to("2026-11-25T06:30:01Z")
    again = login.put(path, {"quantity": "1"}, expect=200)
    # The larger of the two marks is held apart, nothing of it is owed.
    assert again["month"] == {
        "month": "2026-11",
        "active_days": 0,
        "quantity": "0",
        "total_amount": "0.00",
        "disputed_amount": "162.00",
    }
    balance = login.get(f"/customer/{row}").json["balance"]
    assert (balance["owed_by_customer"], balance["disputed"]) == ("0.00", "162.00")


def test_days_of_an_order_that_is_over(milkman: Api, linked: Any, clock: Any) -> None:
    login, row = linked
    order_id = agreed(milkman, login, row, start_date="2026-11-10")
    record_id = mark(milkman, order_id, date="2026-11-20")["record"]["id"]
    milkman.post("/records", {}, expect=200)
    milkman.delete(f"/order/{order_id}?effective_from=2026-11-21", expect=200)
    days = milkman.get(f"/records?order_id={order_id}").json["items"]
    assert [(one["date"], one["status"]) for one in days] == [
        ("2026-11-20", "delivered"),
        ("2026-11-21", "cancelled"),
    ]
    assert said(mark(milkman, order_id)) == (409, "not_due")
    assert said(mark(milkman, order_id, extra=True)) == (409, "not_due")
    assert said(milkman.put(f"/order/{days[1]['id']}/attendance", {})) == (409, "not_due")
    # What lies in its life is marked, corrected and disputed as ever.
    assert mark(milkman, order_id, date="2026-11-19").status == 201
    assert login.put(f"/order/{record_id}/attendance", {"quantity": "1"})["record"]["disputed"] is True
    assert milkman.put(f"/order/{record_id}/attendance", {"quantity": "1"})["record"]["amount"] == "54.00"
    assert said(mark(milkman, order_id, date="2026-11-09", extra=True)) == (409, "not_due")
    clock.move_to("2026-12-05T06:30:00Z")
    assert [one["id"] for one in milkman.get("/orders?month=2026-11").json["items"]] == [order_id]
    assert milkman.get("/orders?month=2026-12").json["items"] == []


def test_the_rarest_days(cast: Cast) -> None:
    with time_machine.travel("2028-02-29T06:30:00Z", tick=False) as clock:
        vendor = cast.vendor()
        row = cast.row(vendor)["id"]
        leap = on_trust(vendor, row, start_date="2028-02-27", every=2, valid_till="2028-02-29")
        sparse = on_trust(vendor, row, start_date="2028-01-31", every=3, weekdays=[1, 4])
        assert [mark(vendor, leap, date=f"2028-02-{day}").status for day in (27, 28, 29)] == [201, 409, 201]
        due = [
            day
            for day in range(1, 30)
            if mark(vendor, sparse, date=f"2028-02-{day:02}", status="skipped").status == 201
        ]
        # Each third day from Monday the 31st of January, of those the Mondays and Thursdays.
        assert due == [3, 21, 24]
        assert vendor.post("/records", {}, expect=200).json == {
            "date": "2028-02-29",
            "created": 0,
            "existing": 1,
        }
        clock.move_to("2028-03-01T06:30:00Z")
        assert said(mark(vendor, leap)) == (409, "not_due")
        assert said(mark(vendor, leap, date="2028-02-30")) == (422, "invalid")
        found = vendor.get("/orders?month=2028-02&status=inactive").json["items"]
        assert [(one["id"], one["month"]["active_days"]) for one in found] == [(leap, 2)]
        assert vendor.get("/orders?month=2028-03&status=inactive").json["items"] == []


def test_a_filter_is_a_condition_more(milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id, start_date="2026-10-25")
    for day in ("2026-10-31", "2026-11-01", "2026-11-20"):
        mark(milkman, order_id, date=day)
    milkman.post("/records", {}, expect=200)
    for query, count in (
        ("", 4),
        ("month=2026-11", 3),
        ("month=2026-10", 1),
        ("month=2026-10&date=2026-11-01", 0),
        ("date=2026-11-01", 1),
        ("status=scheduled", 1),
        ("status=delivered&month=2026-11", 2),
        ("status=cancelled", 0),
        ("disputed=true", 0),
        ("disputed=false", 4),
        ("date=&status=&disputed=", 4),
    ):
        items = milkman.get(f"/records?{query}").json["items"]
        assert len(items) == count, query
        assert [one["date"] for one in items] == sorted(one["date"] for one in items)
    for query in ("status=all", "status=Delivered", "date=2026-02-30", "month=2026-13", "month=2026-11-01"):
        assert said(milkman.get(f"/records?{query}", expect=None)) == (422, "invalid"), query
    for query in ("disputed=yes", "disputed=TRUE", "month=२०२६-११"):
        assert said(milkman.get(f"/records?{query}", expect=None)) == (422, "invalid"), query
