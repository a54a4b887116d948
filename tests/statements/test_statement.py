"""The statement of a month: what it shows, who accepts it, and what closing it means."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine

from tests.billing.settled import account, adjust, cake, milk, open_on, pay_ahead, said, settle, snapshot
from tests.billing.test_settlements import at_once
from tests.cast import Answer, Api, Cast
from tests.months.stall import agreed, delivered
from tests.records.orders import execute, rows
from vendorapp.kernel.database import transaction
from vendorapp.ledger import service as ledger
from vendorapp.months.ready import tell_ready

OCTOBER, NOVEMBER = "2026-10", "2026-11"
FIVE = ("opening_balance", "charges", "payments", "adjustments", "closing_balance")
NOBODY = {"accepted_by_vendor_at": None, "accepted_by_customer_at": None, "closed_at": None}


def read(who: Api, customer_id: int, month: str = OCTOBER) -> Any:
    return who.get(f"/customer/{customer_id}/statement/{month}").json


def accept(who: Api, customer_id: int, month: str = OCTOBER, **body: Any) -> Answer:
    return who.post(f"/customer/{customer_id}/statement/{month}/accept", body)


def accepted(found: Any) -> tuple[bool, bool, bool]:
    """Whether the vendor accepted, the customer did, and the month is closed."""
    return (
        found["accepted_by_vendor_at"] is not None,
        found["accepted_by_customer_at"] is not None,
        found["closed_at"] is not None,
    )


def five(found: Any) -> list[str]:
    return [found[name] for name in FIVE]


def reverse(payment_id: int) -> None:
    """The payment was none: what the verb of payments writes, on the day of the clock."""
    from vendorapp.kernel.clock import day_in, now

    ((customer_id, vendor_id, amount),) = rows(
        "SELECT customer_id, vendor_id, amount FROM payments WHERE id = :id", id=payment_id
    )
    execute(
        "UPDATE payments SET status = 'reversed', reversed_at = :now WHERE id = :id", id=payment_id, now=now()
    )
    with transaction():
        ledger.lock_accounts([customer_id])
        ledger.reverse(
            payment_id=payment_id,
            vendor_id=vendor_id,
            customer_id=customer_id,
            amount=amount,
            day=day_in("Asia/Kolkata"),
            actor_id=vendor_id,
        )


# What it shows ---------------------------------------------------------------------------------


def test_everything_that_the_month_is_made_of(milkman: Api, linked: tuple[Api, int]) -> None:
    login, customer_id = linked
    order = agreed(milkman, customer_id, login, start_date="2026-09-01")
    for day in ("2026-09-30", "2026-10-01", "2026-10-02", "2026-11-02"):
        delivered(milkman, order, day)
    delivered(login, order, "2026-10-03")  # due and not marked by the vendor
    delivered(milkman, order, "2026-10-04", status="skipped")
    extra = cake(milkman, customer_id, "2026-10-05")
    cake(milkman, customer_id, "2026-11-05")
    paid = pay_ahead(customer_id, 5000, "2026-10-20")
    pay_ahead(customer_id, 100, "2026-11-01")

    found = read(milkman, customer_id)
    assert found == read(login, customer_id)
    finance = milkman.get(f"/finance/customer/month/{customer_id}?month={OCTOBER}").json
    assert {name: found[name] for name in finance} == finance
    assert five(found) == ["60.00", "320.00", "50.00", "0.00", "330.00"]
    records = milkman.get(f"/records?customer_id={customer_id}&month={OCTOBER}")["items"]
    assert found["days"] == records
    assert [(day["date"], day["status"]) for day in found["days"]] == [
        ("2026-10-01", "delivered"),
        ("2026-10-02", "delivered"),
        ("2026-10-03", "scheduled"),
        ("2026-10-04", "skipped"),
    ]
    assert found["unmarked_days"] == 1
    assert [(one["id"], one["status"], one["amount"]) for one in found["extras"]] == [
        (extra, "served", "200.00")
    ]
    assert [(one["id"], one["amount"], one["date"]) for one in found["payments_list"]] == [
        (paid, "50.00", "2026-10-20")
    ]
    assert found["adjustments_list"] == []
    assert {name: found[name] for name in NOBODY} == NOBODY


def test_the_terms_of_the_month(milkman: Api, row_id: int) -> None:
    order = agreed(milkman, row_id, start_date="2026-11-01")
    ended = agreed(milkman, row_id, item_name="Curd", start_date="2026-11-01", valid_till="2026-11-05")
    change = {"rate": "66", "effective_from": "2026-12-15", "on_behalf_note": "by phone"}
    milkman.put(f"/order/{order}", change, expect=202)
    assert [
        [(one["order_id"], one["version"], one["rate"]) for one in read(milkman, row_id, month)["terms"]]
        for month in ("2026-10", "2026-11", "2026-12", "2027-01")
    ] == [
        [],
        [(order, 1, "60.00"), (ended, 1, "60.00")],
        [(order, 1, "60.00"), (order, 2, "66.00")],
        [(order, 2, "66.00")],
    ]
    (one,) = read(milkman, row_id, "2027-01")["terms"]
    assert (one["on_behalf_note"], one["effective_from"], one["quantity"]) == ("by phone", "2026-12-15", "1")


def test_the_payments_add_up_also_when_one_is_reversed(milkman: Api, row_id: int) -> None:
    milk(milkman, row_id, "2026-10-01")
    first = pay_ahead(row_id, 5000, "2026-10-20")
    second = pay_ahead(row_id, 700, "2026-11-03")
    third = pay_ahead(row_id, 800, "2026-11-04")
    reverse(first)
    reverse(third)
    october, november = read(milkman, row_id), read(milkman, row_id, NOVEMBER)
    assert [(one["id"], one["amount"], one["status"]) for one in october["payments_list"]] == [
        (first, "50.00", "reversed")
    ]
    assert [(one["id"], one["date"], one["amount"]) for one in november["payments_list"]] == [
        (second, "2026-11-03", "7.00"),
        (third, "2026-11-04", "8.00"),
        (first, "2026-11-21", "-50.00"),
        (third, "2026-11-21", "-8.00"),
    ]
    assert (october["payments"], november["payments"]) == ("50.00", "-43.00")
    assert five(november) == ["10.00", "0.00", "-43.00", "0.00", "53.00"]


def test_adjustments_and_an_opening_balance(cast: Cast, milkman: Api) -> None:
    customer_id = cast.row(milkman, opening_balance="40")["id"]
    adjust(milkman, customer_id, "-5")
    october, november = read(milkman, customer_id), read(milkman, customer_id, NOVEMBER)
    assert [(one["kind"], one["amount"]) for one in october["adjustments_list"]] == [
        ("opening_balance", "40.00")
    ]
    assert [(one["kind"], one["amount"]) for one in november["adjustments_list"]] == [("correction", "-5.00")]
    assert five(november) == ["40.00", "0.00", "0.00", "-5.00", "35.00"]


def test_whose_it_is(cast: Cast, milkman: Api, linked: tuple[Api, int], api: Api) -> None:
    _, customer_id = linked
    path = f"/customer/{customer_id}/statement/{OCTOBER}"
    for stranger in (cast.vendor(), cast.customer_login()):
        assert said(stranger.get(path, expect=None)) == (404, "not_found")
        assert said(stranger.post(f"{path}/accept")) == (404, "not_found")
    assert said(api.get(path, expect=None)) == (401, "unauthenticated")
    for month in ("2026-13", "october", "2026-1", "1969-12", "2200-01"):
        other = f"/customer/{customer_id}/statement/{month}"
        assert said(milkman.get(other, expect=None)) == (404, "not_found")
        assert said(milkman.post(f"{other}/accept")) == (404, "not_found")


# Accepting -------------------------------------------------------------------------------------


def test_both_sides_close_it_and_the_advance_pays_it(milkman: Api, linked: tuple[Api, int]) -> None:
    login, customer_id = linked
    milk(milkman, customer_id, "2026-09-30", "2026-10-30", "2026-10-31", "2026-11-02", login=login)
    pay_ahead(customer_id, 15000)
    first = accept(milkman, customer_id)
    assert first.json == {**NOBODY, "month": OCTOBER, "accepted_by_vendor_at": "2026-11-21T06:30:00.000000Z"}
    assert open_on(customer_id) == [("record", 6000)] * 4
    second = accept(login, customer_id, closing_balance="180")
    assert accepted(second) == (True, True, True)
    # The oldest days first, as far as it reaches, and nothing of November.
    assert open_on(customer_id) == [("record", 3000), ("record", 6000)]
    assert account(customer_id) == (9000, 0)
    for who in (milkman, login):
        assert {**second.json, "month": OCTOBER} == accept(who, customer_id).json
        found = read(who, customer_id)
        assert {name: found[name] for name in NOBODY} == {name: second[name] for name in NOBODY}
    # What is paid is told as of today, what it came to never moves.
    assert (found["settled_amount"], found["unsettled_amount"]) == ("90.00", "30.00")
    assert five(found) == ["60.00", "120.00", "0.00", "0.00", "180.00"]


def test_every_earlier_month_is_closed_with_it(milkman: Api, linked: tuple[Api, int]) -> None:
    login, customer_id = linked
    order = agreed(milkman, customer_id, login, start_date="2026-08-01")
    for day in ("2026-08-31", "2026-10-01"):
        delivered(milkman, order, day)
    accept(login, customer_id, "2026-08")
    accept(milkman, customer_id)
    closed = accept(login, customer_id).json
    for month in ("2026-08", "2026-09", "2026-10"):
        found = read(login, customer_id, month)
        assert found["closed_at"] == closed["closed_at"], month
        assert accepted(accept(milkman, customer_id, month)) == (True, True, True)
    assert accepted(read(login, customer_id, NOVEMBER)) == (False, False, False)
    stored = rows("SELECT month::text, closing FROM statements WHERE closed_at IS NOT NULL ORDER BY 1")
    assert stored == [("2026-08-01", 6000), ("2026-10-01", 12000)]


def test_what_is_dated_in_a_closed_month_is_refused(milkman: Api, linked: tuple[Api, int]) -> None:
    login, customer_id = linked
    (record,) = milk(milkman, customer_id, "2026-10-30", login=login)
    order = read(milkman, customer_id)["days"][0]["order_id"]
    accept(milkman, customer_id)
    accept(login, customer_id)
    before = five(read(milkman, customer_id))
    frozen = snapshot()
    served = {"order_type": "on_demand", "customer_id": customer_id, "item_name": "Cake", "rate": "5"}
    for refused in (
        milkman.put(f"/order/{record}/attendance", {"quantity": "2"}),
        milkman.post(f"/order/{order}/attendance", {"date": "2026-10-29"}),
        milkman.post(f"/order/{order}/attendance", {"date": "2026-09-29"}),
        login.put(f"/order/{record}/attendance", {"status": "skipped"}),
        milkman.post("/orders", {**served, "status": "served", "date": "2026-10-31"}),
    ):
        assert said(refused) == (409, "month_closed"), refused.json
    assert snapshot() == frozen
    # A correction is of today, and the advance of tomorrow still pays what is open there.
    adjust(milkman, customer_id, "-10")
    settle(milkman, customer_id, month=OCTOBER, payment={"amount": "60"})
    found = read(milkman, customer_id)
    assert five(found) == before
    assert (found["settled_amount"], found["unsettled_amount"]) == ("60.00", "0.00")
    assert read(milkman, customer_id, NOVEMBER)["adjustments"] == "-10.00"


def test_without_a_login_the_note_closes_it(milkman: Api, row_id: int) -> None:
    milk(milkman, row_id, "2026-10-30")
    assert accepted(accept(milkman, row_id)) == (True, False, False)
    assert accepted(accept(milkman, row_id)) == (True, False, False)
    assert accepted(accept(milkman, row_id, on_behalf_note="at the door")) == (True, False, True)
    assert rows("SELECT on_behalf_note FROM statements") == [("at the door",)]
    assert accepted(accept(milkman, row_id)) == (True, False, True)


def test_a_note_is_for_somebody_without_a_login(milkman: Api, linked: tuple[Api, int]) -> None:
    login, customer_id = linked
    assert said(accept(milkman, customer_id, on_behalf_note="x")) == (409, "customer_has_login")
    refused = accept(login, customer_id, on_behalf_note="x")
    assert (refused.status, refused["errors"][0]["field"]) == (422, "on_behalf_note")
    assert accepted(read(milkman, customer_id)) == (False, False, False)


def test_only_a_month_that_is_over_where_the_vendor_is(
    milkman: Api, row_id: int, clock: time_machine.Traveller
) -> None:
    for month in (NOVEMBER, "2026-12", "2199-12"):
        assert said(accept(milkman, row_id, month, on_behalf_note="x")) == (409, "month_not_over")
    clock.move_to("2026-11-30T18:29:59Z")  # the last second of November in Kolkata
    assert said(accept(milkman, row_id, NOVEMBER)) == (409, "month_not_over")
    clock.move_to("2026-11-30T18:30:00Z")
    assert accepted(accept(milkman, row_id, NOVEMBER)) == (True, False, False)


def test_a_dispute_up_to_the_month_is_in_the_way(milkman: Api, linked: tuple[Api, int], clock: Any) -> None:
    login, customer_id = linked
    clock.move_to("2026-10-31T06:30:00Z")
    (record,) = milk(milkman, customer_id, "2026-10-31", rate="0", login=login)
    login.put(f"/order/{record}/attendance", {"status": "skipped"}, expect=200)
    clock.move_to("2026-12-01T06:30:00Z")
    for month in (OCTOBER, NOVEMBER):
        assert said(accept(milkman, customer_id, month)) == (409, "disputed")
        assert said(accept(login, customer_id, month)) == (409, "disputed")
    assert accept(milkman, customer_id, "2026-09").status == 200
    milkman.put(f"/order/{record}/attendance", {"status": "skipped"}, expect=200)
    assert accept(milkman, customer_id).status == 200


def test_a_disputed_extra_is_in_the_way(milkman: Api, linked: tuple[Api, int], clock: Any) -> None:
    login, customer_id = linked
    clock.move_to("2026-10-31T06:30:00Z")
    extra = cake(milkman, customer_id, "2026-10-31")
    clock.move_to("2026-11-01T06:30:00Z")
    accept(milkman, customer_id)
    clock.shift(timedelta(seconds=1))
    login.post(f"/order/{extra}/decline", {"reason": "dry"}, expect=200)
    assert said(accept(login, customer_id)) == (409, "disputed")
    clock.shift(timedelta(seconds=1))
    login.post(f"/order/{extra}/accept", expect=200)
    # The same sum again; still, the vendor has not accepted since.
    assert accepted(accept(login, customer_id)) == (False, True, False)


def test_what_one_looked_at_must_be_what_it_is(milkman: Api, row_id: int) -> None:
    milk(milkman, row_id, "2026-10-30")
    refused = accept(milkman, row_id, closing_balance="59.99", on_behalf_note="x")
    assert (refused.status, refused.code, refused["closing_balance"]) == (409, "statement_changed", "60.00")
    for fault in ("1.234", "x", True):
        assert accept(milkman, row_id, closing_balance=fault).status == 422
    assert accepted(accept(milkman, row_id, closing_balance="60.00", on_behalf_note="x")) == (
        True,
        False,
        True,
    )
    assert said(accept(milkman, row_id, closing_balance="0")) == (409, "statement_changed")


def test_a_payment_later_leaves_the_closing_of_before(milkman: Api, row_id: int) -> None:
    milk(milkman, row_id, "2026-10-30")
    pay_ahead(row_id, 6000, "2026-11-02")
    assert accept(milkman, row_id, closing_balance="60").status == 200


@pytest.mark.parametrize("change", ["mark", "skip", "payment", "even", "extra", "earlier"])
def test_a_change_up_to_the_month_clears_a_lone_acceptance(
    milkman: Api, linked: tuple[Api, int], clock: time_machine.Traveller, change: str
) -> None:
    login, customer_id = linked
    first, second = milk(milkman, customer_id, "2026-10-30", "2026-10-31", login=login, quantity="2")
    order = read(milkman, customer_id)["days"][0]["order_id"]
    accept(login, customer_id)
    clock.shift(timedelta(seconds=1))
    if change == "mark":
        milkman.put(f"/order/{first}/attendance", {"quantity": "1"}, expect=200)
    elif change == "skip":
        delivered(milkman, order, "2026-10-29", status="skipped")
    elif change == "payment":
        pay_ahead(customer_id, 100, "2026-10-31")
    elif change == "even":
        milkman.put(f"/order/{first}/attendance", {"quantity": "1"}, expect=200)
        milkman.put(f"/order/{second}/attendance", {"quantity": "3"}, expect=200)
    elif change == "extra":
        cake(milkman, customer_id, "2026-10-31", rate="0")
    else:
        delivered(milkman, order, "2026-09-30")
    assert accepted(read(login, customer_id)) == (False, False, False)
    assert accepted(accept(milkman, customer_id)) == (True, False, False)
    assert accepted(accept(login, customer_id)) == (True, True, True)


@pytest.mark.parametrize(
    "change", ["later mark", "agreeing mark", "same mark", "settlement", "later payment", "comment"]
)
def test_what_changes_nothing_leaves_it(
    milkman: Api, linked: tuple[Api, int], clock: time_machine.Traveller, change: str
) -> None:
    login, customer_id = linked
    (record,) = milk(milkman, customer_id, "2026-10-31", login=login)
    order = read(milkman, customer_id)["days"][0]["order_id"]
    pay_ahead(customer_id, 20000)
    accept(milkman, customer_id)
    clock.shift(timedelta(seconds=1))
    if change == "later mark":
        delivered(milkman, order, "2026-11-01")
    elif change == "agreeing mark":
        login.put(f"/order/{record}/attendance", {"status": "delivered"}, expect=200)
    elif change == "same mark":
        milkman.put(f"/order/{record}/attendance", {"status": "delivered"}, expect=200)
    elif change == "settlement":
        settle(milkman, customer_id, month=OCTOBER)
    elif change == "later payment":
        pay_ahead(customer_id, 100)
    else:
        login.post("/comments", {"record_id": record, "content": "thanks"}, expect=201)
    assert accepted(read(login, customer_id)) == (True, False, False)
    assert accepted(accept(login, customer_id)) == (True, True, True)


def test_a_sum_that_moved_in_the_same_instant_is_seen(milkman: Api, linked: tuple[Api, int]) -> None:
    login, customer_id = linked
    (record,) = milk(milkman, customer_id, "2026-10-30", login=login)
    accept(login, customer_id)
    milkman.put(f"/order/{record}/attendance", {"quantity": "2"}, expect=200)
    assert accepted(read(login, customer_id)) == (False, False, False)


def test_a_link_that_came_later_may_accept_too(cast: Cast, milkman: Api, row_id: int) -> None:
    milk(milkman, row_id, "2026-10-31")
    accept(milkman, row_id)
    token = milkman.post(f"/customer/{row_id}/invite", expect=201)["token"]
    login = cast.customer_login()
    login.post(f"/invites/{token}/accept", expect=200)
    assert accepted(accept(login, row_id)) == (True, True, True)


def test_all_accept_at_once(milkman: Api, linked: tuple[Api, int]) -> None:
    login, customer_id = linked
    milk(milkman, customer_id, "2026-10-30", login=login)
    pay_ahead(customer_id, 6000)
    assert at_once(partial(accept, [milkman, login][n % 2], customer_id) for n in range(16)) == {
        (200, None): 16
    }
    assert accepted(read(login, customer_id)) == (True, True, True)
    assert account(customer_id) == (0, 0)


def test_marks_against_the_closing(milkman: Api, row_id: int) -> None:
    """Whoever comes second hears it: a mark that is in is in the closing, later ones are refused."""
    order = agreed(milkman, row_id, start_date="2026-10-01")
    days = [f"2026-10-{number:02d}" for number in range(1, 11)]

    def mark(day: str) -> Answer:
        return milkman.post(f"/order/{order}/attendance", {"date": day})

    calls = [partial(mark, day) for day in days]
    calls.insert(5, partial(accept, milkman, row_id, on_behalf_note="by phone"))
    heard = at_once(calls)
    assert heard[(200, None)] == 1
    marked = heard[(201, None)]
    assert marked + heard[(409, "month_closed")] == 10
    assert rows("SELECT closing FROM statements") == [(6000 * marked,)]


# The notice ------------------------------------------------------------------------------------


def ready(who: Api) -> list[tuple[str, str, str]]:
    return [
        (one["title"], one["body"], one["url"])
        for one in who.get("/notifications")["items"]
        if one["kind"] == "statement_ready"
    ]


def test_on_the_first_everybody_with_a_month_is_told_once(
    cast: Cast, milkman: Api, linked: tuple[Api, int], row_id: int, clock: time_machine.Traveller
) -> None:
    login, customer_id = linked
    idle, _ = cast.household(of=milkman)
    ahead, ahead_id = cast.household(of=milkman)
    milk(milkman, customer_id, "2026-11-02", login=login)
    milk(milkman, row_id, "2026-11-02")
    pay_ahead(ahead_id, 5000)
    clock.move_to("2026-12-01T02:29:59Z")  # a second before eight in Kolkata
    assert tell_ready() == {"told": 0}
    clock.move_to("2026-12-01T02:30:00Z")
    assert tell_ready() == {"told": 2}
    assert tell_ready() == {"told": 0}
    assert ready(login) == [
        (
            "Your account with Yadav Dairy: November 2026",
            "You pay ₹60.00. Look it through and say yes to it.",
            f"/customers/{customer_id}/statement/2026-11",
        )
    ]
    assert ready(ahead)[0][1] == "You have ₹50.00 paid ahead. Look it through and say yes to it."
    assert ready(idle) == []
    clock.move_to("2027-01-02T06:30:00Z")
    assert tell_ready() == {"told": 0}  # nothing happened in December


def test_a_missed_first_is_made_up_for_a_closed_month_is_not(
    milkman: Api, linked: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    login, customer_id = linked
    milk(milkman, customer_id, "2026-11-02", login=login)
    clock.move_to("2026-12-08T06:30:00Z")
    assert tell_ready() == {"told": 0}
    clock.move_to("2026-12-07T06:30:00Z")
    accept(milkman, customer_id, NOVEMBER)
    assert tell_ready() == {"told": 1}
    execute("DELETE FROM notices")
    accept(login, customer_id, NOVEMBER)
    assert tell_ready() == {"told": 0}


def test_the_first_is_that_of_the_vendors_zone(cast: Cast, clock: time_machine.Traveller) -> None:
    vendor = cast.vendor(timezone="America/Los_Angeles", currency="USD", phone_number="+12025550143")
    login, customer_id = cast.household(of=vendor)
    milk(vendor, customer_id, "2026-11-02", login=login)
    clock.move_to("2026-12-01T15:59:00Z")
    assert tell_ready() == {"told": 0}
    clock.move_to("2026-12-01T16:00:00Z")
    assert tell_ready() == {"told": 1}
