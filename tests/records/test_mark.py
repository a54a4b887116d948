"""One mark, by either side, over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.cast import Answer, Api, Cast

from .orders import MILK, agreed, close_through, execute, on_trust, pause, pay_line, rows

TODAY, YESTERDAY, TOMORROW = "2026-11-21", "2026-11-20", "2026-11-22"
NOTHING = {
    "month": "2026-11",
    "active_days": 0,
    "quantity": "0",
    "total_amount": "0.00",
    "disputed_amount": "0.00",
}


def mark(who: Api, order_id: int, expect: int | None = 200, **body: Any) -> Answer:
    return who.post(f"/order/{order_id}/attendance", body, expect=expect)


def remark(who: Api, record_id: int, expect: int | None = 200, **body: Any) -> Answer:
    return who.put(f"/order/{record_id}/attendance", body, expect=expect)


def month(active_days: int, quantity: str, total: str, disputed: str = "0.00") -> dict[str, Any]:
    return {
        "month": "2026-11",
        "active_days": active_days,
        "quantity": quantity,
        "total_amount": total,
        "disputed_amount": disputed,
    }


def notices(who: Api, kind: str) -> list[dict[str, Any]]:
    return [one for one in who.get("/notifications")["items"] if one["kind"] == kind]


def balance(vendor: Api, customer_id: int) -> dict[str, str]:
    return dict(vendor.get(f"/customer/{customer_id}")["balance"])


# The vendor's mark


def test_a_mark_without_a_body_says_delivered_today_as_agreed(milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id)
    answer = milkman.post(f"/order/{order_id}/attendance", expect=201).json
    record = answer["record"]
    assert record["id"] not in (order_id, None)
    at = "2026-11-21T06:30:00.000000Z"
    vendor_id = milkman.user["id"]
    assert {name: value for name, value in record.items() if name != "id"} == {
        "order_id": order_id,
        "customer_id": row_id,
        "vendor_id": vendor_id,
        "date": TODAY,
        "item_name": "Milk",
        "unit": "L",
        "quantity": "2",
        "rate": "54.00",
        "amount": "108.00",
        "status": "delivered",
        "disputed": False,
        "vendor_mark": {"status": "delivered", "quantity": "2", "note": None, "by": vendor_id, "at": at},
        "customer_mark": None,
        "updated_by": vendor_id,
        "updated_at": at,
        "settled_at": None,
    }
    assert answer["month"] == month(1, "2", "108.00")
    assert balance(milkman, row_id)["owed_by_customer"] == "108.00"


def test_the_same_mark_again_changes_nothing(
    milkman: Api, linked: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id)
    first = mark(milkman, order_id, 201, note="at the gate").json
    clock.shift(60)
    assert mark(milkman, order_id, 200, note="at the gate").json == first
    assert rows("SELECT count(*) FROM record_marks") == [(1,)]
    assert notices(household, "record_changed") == []


def test_a_new_mark_moves_the_sums_by_the_difference(milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id, start_date=YESTERDAY)
    mark(milkman, order_id, 201, date=YESTERDAY)
    first = mark(milkman, order_id, 201)
    more = mark(milkman, order_id, quantity="2.5")
    assert more["record"]["id"] == first["record"]["id"]
    assert (more["record"]["quantity"], more["record"]["amount"]) == ("2.5", "135.00")
    assert more["month"] == month(2, "4.5", "243.00")
    skipped = mark(milkman, order_id, status="skipped", note="gate locked")
    assert (skipped["record"]["status"], skipped["record"]["quantity"]) == ("skipped", "0")
    assert skipped["record"]["amount"] == "0.00"
    assert skipped["record"]["vendor_mark"]["note"] == "gate locked"
    assert skipped["month"] == month(1, "2", "108.00")
    assert balance(milkman, row_id)["owed_by_customer"] == "108.00"
    history = rows("SELECT side, status, quantity, note FROM record_marks ORDER BY id")
    assert history == [
        ("vendor", "delivered", 2000, None),
        ("vendor", "delivered", 2000, None),
        ("vendor", "delivered", 2500, None),
        ("vendor", "skipped", 0, "gate locked"),
    ]


def test_a_put_takes_the_records_id_and_keeps_what_is_not_sent(milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id)
    record_id = mark(milkman, order_id, 201, quantity="1.5", note="half")["record"]["id"]
    noted = remark(milkman, record_id, note="half, as asked")["record"]["vendor_mark"]
    assert (noted["status"], noted["quantity"], noted["note"]) == ("delivered", "1.5", "half, as asked")
    usual = remark(milkman, record_id, status="delivered")["record"]["vendor_mark"]
    assert (usual["quantity"], usual["note"]) == ("2", "half, as asked")
    assert remark(milkman, record_id, status="skipped")["record"]["amount"] == "0.00"
    back = remark(milkman, record_id, quantity=3)
    assert (back["record"]["status"], back["record"]["quantity"]) == ("delivered", "3")
    assert back["month"] == month(1, "3", "162.00")
    assert remark(milkman, order_id, 404).code == "not_found"


def test_a_put_marks_a_record_of_the_night(milkman: Api, row_id: int) -> None:
    on_trust(milkman, row_id)
    assert milkman.post("/records", expect=200)["created"] == 1
    (record,) = milkman.get("/records")["items"]
    assert (record["status"], record["quantity"], record["vendor_mark"]) == ("scheduled", "2", None)
    assert remark(milkman, record["id"])["record"]["status"] == "delivered"


def test_a_marked_day_keeps_its_terms_when_they_change(
    milkman: Api, row_id: int, clock: time_machine.Traveller
) -> None:
    order_id = on_trust(milkman, row_id)
    record_id = mark(milkman, order_id, 201)["record"]["id"]
    change = {"rate": "60", "quantity": "1", "on_behalf_note": "by phone"}
    milkman.put(f"/order/{order_id}", change, expect=202)
    clock.shift(timedelta(days=1))
    assert mark(milkman, order_id, 201)["record"]["amount"] == "60.00"
    again = remark(milkman, record_id, status="skipped")
    assert again["month"] == month(1, "1", "60.00")
    assert remark(milkman, record_id, status="delivered")["record"]["amount"] == "108.00"


def test_the_day_is_the_vendors(cast: Cast, clock: time_machine.Traveller) -> None:
    clock.move_to("2026-11-21T18:29:59Z")
    indian, ugandan = cast.vendor(), cast.vendor(timezone="Africa/Kampala", currency="UGX")
    here = on_trust(indian, cast.row(indian)["id"])
    there = on_trust(ugandan, cast.row(ugandan)["id"], rate="4000")
    assert mark(indian, here, 201)["record"]["date"] == TODAY
    assert mark(indian, here, 422, date=TOMORROW).code == "date_in_future"
    clock.shift(1)  # midnight in Kolkata, half past nine in the evening in Kampala
    assert mark(indian, here, 201)["record"]["date"] == TOMORROW
    answer = mark(ugandan, there, 201)
    assert (answer["record"]["date"], answer["month"]["total_amount"]) == (TODAY, "8000")


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"status": "eaten"}, "status", "invalid"),
        ({"status": 1}, "status", "invalid"),
        ({"status": "delivered", "quantity": 0}, "quantity", "invalid"),
        ({"quantity": "0"}, "quantity", "invalid"),
        ({"status": "skipped", "quantity": "1"}, "quantity", "invalid"),
        ({"quantity": -1}, "quantity", "invalid"),
        ({"quantity": "1.2345"}, "quantity", "invalid"),
        ({"quantity": "1e3"}, "quantity", "invalid"),
        ({"quantity": "NaN"}, "quantity", "invalid"),
        ({"quantity": "٣"}, "quantity", "invalid"),
        ({"quantity": True}, "quantity", "invalid"),
        ({"quantity": [1]}, "quantity", "invalid"),
        ({"quantity": "10000000000"}, "quantity", "invalid"),
        ({"quantity": "9999999999"}, "quantity", "invalid"),
        ({"note": "x" * 501}, "note", "invalid"),
        ({"note": "a\u0000b"}, "note", "invalid"),
        ({"note": 7}, "note", "invalid"),
        ({"tip": "1"}, "tip", "unknown_field"),
    ],
)
def test_bad_marks_are_named(milkman: Api, row_id: int, body: dict[str, Any], field: str, code: str) -> None:
    order_id = on_trust(milkman, row_id)
    record_id = mark(milkman, order_id, 201)["record"]["id"]
    for answer in (mark(milkman, order_id, 422, **body), remark(milkman, record_id, 422, **body)):
        assert (answer["errors"][0]["field"], answer.code) == (field, code)
    assert milkman.get("/records")["items"][0]["quantity"] == "2"


@pytest.mark.parametrize("body", [{"extra": "yes"}, {"extra": 1}, {"date": "2026-02-30"}, {"date": 5}])
def test_bad_fields_of_a_days_mark(milkman: Api, row_id: int, body: dict[str, Any]) -> None:
    order_id = on_trust(milkman, row_id)
    answer = mark(milkman, order_id, 422, **body)
    assert (answer["errors"][0]["field"], answer.code) == (next(iter(body)), "invalid")


def test_the_seeds_spellings_and_who_writes(milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id)
    answer = mark(milkman, order_id, 201, statue="delivered", qauntity=1, created_by=milkman.user["id"])
    assert answer["record"]["quantity"] == "1"
    assert mark(milkman, order_id, 403, createdby=1).code == "created_by_mismatch"


def test_a_stranger_sees_nothing(cast: Cast, milkman: Api, linked: tuple[Api, int]) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id)
    record_id = mark(milkman, order_id, 201)["record"]["id"]
    for stranger in (cast.vendor(), cast.customer_login()):
        for own, missing in ((order_id, 9_999_999), (order_id, 2**63), (order_id, 10**30)):
            theirs, none = mark(stranger, own, 404).json, mark(stranger, missing, 404).json
            assert theirs == none
        assert remark(stranger, record_id, 404).json == remark(stranger, 10**30, 404).json
        assert mark(stranger, order_id, 404, date=TOMORROW).code == "not_found"
    assert Api(milkman.app).post(f"/order/{order_id}/attendance", {}).status == 401
    assert rows("SELECT count(*) FROM record_marks") == [(1,)]


# Which days


def test_days_outside_the_pattern_need_extra(milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id, weekdays=[1, 2, 3, 4, 5])  # today is a Saturday
    assert mark(milkman, order_id, 409).code == "not_due"
    assert mark(milkman, order_id, 409, extra=False).code == "not_due"
    answer = mark(milkman, order_id, 201, extra=True, quantity="1")
    assert answer["month"] == month(1, "1", "54.00")
    # It is a delivery like any other from then on.
    assert remark(milkman, answer["record"]["id"], quantity="2")["record"]["quantity"] == "2"
    assert mark(milkman, order_id, 200)["record"]["id"] == answer["record"]["id"]
    assert rows("SELECT extra FROM records") == [(True,)]


def test_each_nth_day_is_counted_from_the_start(milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id, every=3, start_date="2026-11-15")
    due = [day for day in range(14, 22) if mark(milkman, order_id, None, date=f"2026-11-{day}").status == 201]
    assert due == [15, 18, 21]


def test_a_pause_makes_days_not_due_and_leaves_marked_ones(milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id, start_date="2026-11-18")
    before = mark(milkman, order_id, 201, date="2026-11-19")["record"]["id"]
    pause(order_id, "2026-11-19", "2026-11-20")
    assert mark(milkman, order_id, 409, date=YESTERDAY).code == "not_due"
    assert remark(milkman, before, quantity="1")["record"]["quantity"] == "1"
    assert mark(milkman, order_id, 201, date=YESTERDAY, extra=True)["record"]["status"] == "delivered"


def test_outside_the_orders_life_nothing_helps(
    cast: Cast, milkman: Api, linked: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    household, customer_id = linked
    proposed = milkman.post("/orders", {"customer_id": customer_id, **MILK}, expect=201)
    assert mark(milkman, proposed["id"], 409, extra=True).code == "not_due"
    household.post(f"/changes/{proposed['pending_change']['id']}/decline", expect=200)
    assert mark(milkman, proposed["id"], 409, extra=True).code == "not_due"
    order_id = agreed(milkman, household, customer_id, start_date="2026-11-20", valid_till="2026-11-22")
    assert mark(milkman, order_id, 409, date="2026-11-19", extra=True).code == "not_due"
    mark(milkman, order_id, 201, date=YESTERDAY)  # before the acceptance, but within the life
    clock.shift(timedelta(days=2))
    mark(milkman, order_id, 201, date=TOMORROW)
    assert mark(milkman, order_id, 409, extra=True).code == "not_due"
    execute(
        "UPDATE orders SET order_type_id = 2, state = 'accepted', weekdays = NULL, every = NULL"
        " WHERE id = :id",
        id=order_id,
    )
    assert mark(milkman, order_id, 409, date=TODAY, extra=True).code == "not_due"


def test_the_life_ends_with_the_order(milkman: Api, row_id: int, clock: time_machine.Traveller) -> None:
    order_id = on_trust(milkman, row_id)
    milkman.delete(f"/order/{order_id}", expect=200)
    mark(milkman, order_id, 201)
    clock.shift(timedelta(days=1))
    assert mark(milkman, order_id, 409).code == "not_due"
    assert mark(milkman, order_id, 200, date=TODAY, quantity="1")["record"]["quantity"] == "1"


def test_a_future_day_is_refused(milkman: Api, linked: tuple[Api, int]) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id)
    for who in (milkman, household):
        answer = mark(who, order_id, 422, date=TOMORROW)
        assert (answer.code, answer["errors"][0]["field"]) == ("date_in_future", "date")


# What is over


def test_a_closed_month_moves_no_more(milkman: Api, linked: tuple[Api, int]) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id, start_date="2026-10-01")
    record_id = mark(milkman, order_id, 201, date="2026-10-31")["record"]["id"]
    close_through(customer_id, "2026-10-31")
    for who in (milkman, household):
        assert mark(who, order_id, 409, date="2026-10-31").code == "month_closed"
        assert mark(who, order_id, 409, date="2026-10-30").code == "month_closed"
        assert remark(who, record_id, 409, status="skipped").code == "month_closed"
    mark(milkman, order_id, 201, date="2026-11-01")


def test_a_settled_record_is_closed_to_the_vendor_only(milkman: Api, linked: tuple[Api, int]) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id)
    record_id = mark(milkman, order_id, 201)["record"]["id"]
    pay_line("record", record_id)
    settled = milkman.get("/records")["items"][0]
    assert settled["settled_at"] is not None
    assert remark(milkman, record_id, 409, status="skipped").code == "settled"
    assert mark(milkman, order_id, 409).code == "settled"
    same = remark(household, record_id, status="delivered")["record"]
    assert (same["disputed"], same["settled_at"]) == (False, settled["settled_at"])
    other = remark(household, record_id, status="skipped")
    assert (other["record"]["disputed"], other["record"]["settled_at"]) == (True, None)
    assert other["month"] == month(0, "0", "0.00", "108.00")
    assert balance(milkman, customer_id)["owed_to_customer"] == "108.00"
    assert rows("SELECT advance, balance, disputed FROM accounts") == [(10800, -10800, 10800)]
    # What is in dispute is settled no longer, so the vendor may answer.
    agreed_now = remark(milkman, record_id, status="skipped")
    assert (agreed_now["record"]["disputed"], agreed_now["month"]) == (False, NOTHING)


# The customer's mark


def test_two_marks_that_differ_are_a_dispute_until_they_agree(milkman: Api, linked: tuple[Api, int]) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id)
    record_id = mark(milkman, order_id, 201)["record"]["id"]
    answer = mark(household, order_id, 200, quantity="1", note="one bottle was broken")
    record = answer["record"]
    assert (record["disputed"], record["status"], record["quantity"]) == (True, "delivered", "2")
    assert (record["vendor_mark"]["quantity"], record["customer_mark"]["quantity"]) == ("2", "1")
    assert record["customer_mark"]["note"] == "one bottle was broken"
    assert record["customer_mark"]["by"] == record["updated_by"] == household.user["id"]
    assert answer["month"] == month(0, "0", "0.00", "108.00")
    assert balance(milkman, customer_id) == {
        "currency": "INR",
        "owed_by_customer": "0.00",
        "owed_to_customer": "0.00",
        "disputed": "108.00",
        "unconfirmed": "0.00",
    }
    (told,) = notices(milkman, "record_disputed")
    assert told["data"] == {**told["data"], "record_id": record_id, "order_id": order_id}
    # More than the vendor says: the larger of the two is held apart.
    assert remark(household, record_id, quantity="3")["month"] == month(0, "0", "0.00", "162.00")
    assert milkman.get("/records?disputed=true")["items"][0]["id"] == record_id
    agreed_now = remark(milkman, record_id, quantity="3")
    assert (agreed_now["record"]["disputed"], agreed_now["month"]) == (False, month(1, "3", "162.00"))
    assert balance(milkman, customer_id)["owed_by_customer"] == "162.00"


def test_either_side_may_give_way(milkman: Api, linked: tuple[Api, int]) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id)
    record_id = mark(milkman, order_id, 201)["record"]["id"]
    assert mark(household, order_id, status="skipped")["record"]["disputed"] is True
    back = mark(household, order_id, status="delivered")
    assert (back["record"]["disputed"], back["month"]) == (False, month(1, "2", "108.00"))
    # A plain "delivered" confirms what the vendor says, whatever the terms say.
    remark(milkman, record_id, quantity="1")
    confirmed = mark(household, order_id)
    assert (confirmed["record"]["disputed"], confirmed["month"]) == (False, month(1, "1", "54.00"))


def test_the_customers_mark_alone_bills_nothing(milkman: Api, linked: tuple[Api, int]) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id)
    answer = mark(household, order_id, 201, quantity="3")
    assert (answer["record"]["status"], answer["record"]["vendor_mark"]) == ("scheduled", None)
    assert answer["month"] == NOTHING
    assert notices(milkman, "record_disputed") == []
    other = mark(milkman, order_id)
    assert (other["record"]["disputed"], other["month"]) == (True, month(0, "0", "0.00", "162.00"))
    assert len(notices(household, "record_disputed")) == 1
    assert mark(milkman, order_id, quantity="3")["month"] == month(1, "3", "162.00")


def test_a_customer_may_contradict_for_48_hours(
    milkman: Api, linked: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id)
    record_id = mark(milkman, order_id, 201)["record"]["id"]
    clock.shift(timedelta(hours=48))
    assert remark(household, record_id, status="skipped")["record"]["disputed"] is True
    clock.shift(timedelta(seconds=1))
    assert remark(household, record_id, 409, quantity="1").code == "too_late"
    assert remark(household, record_id, 409, status="skipped", note="again").code == "too_late"
    # The vendor's note alone does not start the 48 hours again, a changed delivery does.
    remark(milkman, record_id, note="I am sure")
    assert remark(household, record_id, 409, quantity="1").code == "too_late"
    remark(milkman, record_id, quantity="1.5")
    assert remark(household, record_id, quantity="1")["record"]["disputed"] is True
    clock.shift(timedelta(days=5))
    assert remark(household, record_id, quantity="1.5")["month"] == month(1, "1.5", "81.00")


def test_a_customer_cannot_call_for_an_extra(milkman: Api, linked: tuple[Api, int]) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id, weekdays=[1])
    assert mark(household, order_id, 409, extra=True).code == "not_due"
    record_id = mark(milkman, order_id, 201, extra=True)["record"]["id"]
    assert remark(household, record_id, status="skipped")["record"]["disputed"] is True


def test_only_a_changed_mark_is_told(milkman: Api, linked: tuple[Api, int], row_id: int) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id)
    record_id = mark(milkman, order_id, 201)["record"]["id"]
    remark(milkman, record_id, note="a note is no change")
    assert notices(household, "record_changed") == []
    remark(milkman, record_id, quantity="1")
    (told,) = notices(household, "record_changed")
    assert "2 L delivered → 1 L delivered" in told["body"]
    assert told["data"] == {**told["data"], "record_id": record_id, "order_id": order_id}
    # Nobody is there to be told on a row without a login.
    alone = mark(milkman, on_trust(milkman, row_id), 201)["record"]["id"]
    remark(milkman, alone, quantity="1")
    assert rows("SELECT count(*) FROM notices WHERE kind = 'record_changed'") == [(1,)]


def test_an_unlinked_login_marks_nothing(milkman: Api, linked: tuple[Api, int]) -> None:
    household, customer_id = linked
    order_id = agreed(milkman, household, customer_id)
    record_id = mark(milkman, order_id, 201)["record"]["id"]
    milkman.delete(f"/customer/{customer_id}/invite", expect=204)
    assert mark(household, order_id, 404).code == "not_found"
    assert remark(household, record_id, 404).code == "not_found"


# At the same time


def test_marks_at_the_same_time_add_up(milkman: Api, linked: tuple[Api, int]) -> None:
    household, customer_id = linked
    orders = [agreed(milkman, household, customer_id) for _ in range(2)]
    bodies = [{"quantity": str(quantity)} for quantity in (1, 2, 3, 4)] * 4

    def tap(number: int) -> int:
        who = (milkman, household)[number % 3 == 0]
        path = f"/order/{orders[number % 2]}/attendance"
        return who.post(path, bodies[number]).status

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(tap, range(len(bodies))))
    assert sorted(set(answers)) == [200, 201]
    assert answers.count(201) == 2
    for order_id in orders:
        (record,) = milkman.get(f"/records?order_id={order_id}")["items"]
        total = milkman.get(f"/orders?month=2026-11&customer_id={customer_id}")["items"]
        sums = next(one["month"] for one in total if one["id"] == order_id)
        if record["disputed"]:
            assert (sums["active_days"], sums["total_amount"]) == (0, "0.00")
        else:
            assert (sums["active_days"], sums["total_amount"]) == (1, record["amount"])
