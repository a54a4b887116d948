"""Handing over: what it charges and when, contradicting it, taking it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.cast import Api
from tests.records.orders import close_through, execute, pay_line, rows
from vendorapp.months import night
from vendorapp.months.proof import verify

from .extras import (
    CAKE,
    TODAY,
    TOMORROW,
    YESTERDAY,
    account,
    asked,
    entered,
    refused,
    said,
    status,
    step,
    stuck,
    told,
)


def accepted(login: Api, vendor: Api, **fields: Any) -> int:
    """A customer's request that the vendor said yes to."""
    order_id = asked(login, vendor, **{"rate": "200", **fields})
    assert step(vendor, order_id, "accept")["status"] == "accepted"
    return order_id


def test_serving_charges_once(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = accepted(login, milkman, date=TOMORROW)
    order = step(milkman, order_id, "serve").json
    assert (order["status"], order["date"], order["paid"]) == ("served", TODAY, False)
    assert told(login)[0] == ("order_served", f"/requests/{order_id}")
    assert stuck(step(milkman, order_id, "serve")) == (409, "wrong_state", "served")
    found = account(login, row)
    assert (found["charges"], found["closing_balance"], found["owed_by_customer"]) == ("400.00",) * 3
    assert found["orders"][order_id]["active_days"] == 1
    assert milkman.get("/orders?month=2026-11&status=served")["items"][0]["month"]["total_amount"] == "400.00"
    assert rows("SELECT target, target_id, order_id, amount, paid, date::text FROM lines") == [
        ("order", order_id, order_id, 40000, 0, TODAY)
    ]
    for who in (milkman, login):
        assert stuck(who.put(f"/order/{order_id}", {"rate": "1"})) == (409, "wrong_state", "served")
        assert stuck(step(who, order_id, "accept")) == (409, "wrong_state", "served")


def test_on_another_day_and_another_quantity(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = entered(milkman, row)
    assert refused(step(milkman, order_id, "serve", date=TOMORROW)) == [("date", "date_in_future")]
    assert refused(step(milkman, order_id, "serve", quantity="0")) == [("quantity", "invalid")]
    assert refused(step(milkman, order_id, "serve", quantity="9999999999")) == [("amount", "invalid")]
    order = step(milkman, order_id, "serve", date="2026-10-31", quantity="2.5").json
    assert (order["quantity"], order["amount"], order["date"]) == ("2.5", "500.00", "2026-10-31")
    assert milkman.get(f"/order/{order_id}")["month"]["month"] == "2026-10"
    assert account(login, row, "2026-10")["charges"] == "500.00"
    assert account(login, row)["charges"] == "0.00"
    assert rows("SELECT quantity, agreed_quantity FROM custom_records") == [(2500, 2000)]
    # The future is told before anybody looks whose it is.
    assert refused(step(milkman, 999_999_999, "serve", date=TOMORROW)) == [("date", "date_in_future")]


def test_who_may_serve_whom(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = accepted(login, milkman)
    assert said(step(login, order_id, "serve")) == (403, "forbidden")
    walk_in = entered(milkman, None)
    assert refused(step(milkman, walk_in, "serve")) == [("status", "walkin_must_pay_in_full")]
    request = asked(login, milkman)
    assert stuck(step(milkman, request, "serve")) == (409, "wrong_state", "requested")
    execute("UPDATE customers SET status = 'inactive' WHERE id = :id", id=row)
    assert said(step(milkman, order_id, "serve")) == (409, "customer_inactive")
    assert rows("SELECT count(*) FROM custom_records") == [(0,)]


def test_a_closed_month_does_not_move(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = entered(milkman, row)
    extra = entered(milkman, row, status="served", date="2026-10-31")
    close_through(row, "2026-10-31")
    assert said(step(milkman, order_id, "serve", date="2026-10-31")) == (409, "month_closed")
    assert said(step(login, extra, "decline", reason="x")) == (409, "month_closed")
    assert said(milkman.delete(f"/order/{extra}")) == (409, "in_use")
    assert step(milkman, order_id, "serve", date="2026-11-01")["status"] == "served"


def test_what_costs_nothing_is_served_all_the_same(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = entered(milkman, row, rate="0", status="served")
    found = account(login, row)["orders"][order_id]
    assert (found["active_days"], found["quantity"], found["total_amount"]) == (1, "2", "0.00")
    assert rows("SELECT count(*) FROM lines") == [(0,)]
    step(login, order_id, "decline", reason="Never saw it")
    assert account(login, row)["orders"][order_id]["active_days"] == 0
    assert milkman.delete(f"/order/{order_id}", expect=200)["status"] == "cancelled"


def test_an_extra_is_disputed_and_agreed_again(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = entered(milkman, row, status="served")
    assert step(login, order_id, "decline", reason="Only one kilo")["status"] == "served"
    assert told(milkman)[0] == ("record_disputed", f"/requests/{order_id}")
    found = account(milkman, row)
    assert (found["charges"], found["disputed_amount"], found["closing_balance"]) == (
        "0.00",
        "400.00",
        "0.00",
    )
    assert found["orders"][order_id]["disputed_amount"] == "400.00"
    assert found["orders"][order_id]["active_days"] == 0
    assert milkman.get(f"/customer/{row}")["balance"]["disputed"] == "400.00"
    month = milkman.get(f"/finance/vendor/month/{milkman.user['id']}").json
    assert (month["totals"]["disputed_amount"], month["totals"]["total_amount"]) == ("400.00", "0.00")
    assert month["by_item"] == []
    # Only the customer can agree, once; saying no again is no news.
    assert stuck(step(milkman, order_id, "accept")) == (409, "wrong_state", "served")
    assert stuck(step(login, order_id, "decline", reason="x")) == (409, "wrong_state", "served")
    assert step(login, order_id, "accept")["status"] == "served"
    assert told(milkman)[0] == ("order_accepted", f"/requests/{order_id}")
    assert stuck(step(login, order_id, "accept")) == (409, "wrong_state", "served")
    found = account(milkman, row)
    assert (found["charges"], found["disputed_amount"]) == ("400.00", "0.00")
    # A second dispute is possible as long as the 48 hours last.
    step(login, order_id, "decline", reason="No, really")
    assert milkman.delete(f"/order/{order_id}", expect=200)["status"] == "cancelled"
    found = account(milkman, row)
    assert (found["charges"], found["disputed_amount"], found["orders"]) == ("0.00", "0.00", {})


def test_forty_eight_hours_to_the_second(milkman: Api, linked: Any, clock: time_machine.Traveller) -> None:
    login, row = linked
    first, second = (entered(milkman, row, status="served") for _ in range(2))
    clock.shift(timedelta(hours=48))
    assert step(login, first, "decline", reason="Not mine").status == 200
    assert account(login, row)["disputed_amount"] == "400.00"
    clock.shift(timedelta(seconds=1))
    assert said(step(login, second, "decline", reason="Not mine")) == (409, "too_late")
    # To agree there is no deadline.
    assert step(login, first, "accept")["status"] == "served"


def test_the_time_counts_from_the_handing_over(
    milkman: Api, linked: Any, clock: time_machine.Traveller
) -> None:
    login, row = linked
    order_id = entered(milkman, row)
    clock.shift(timedelta(hours=72))
    step(milkman, order_id, "serve", date=YESTERDAY)
    assert step(login, order_id, "decline", reason="Not mine").status == 200
    assert account(login, row)["disputed_amount"] == "400.00"


def test_what_one_asked_for_is_not_contradicted(milkman: Api, linked: Any) -> None:
    login, _ = linked
    order_id = accepted(login, milkman)
    step(milkman, order_id, "serve")
    assert stuck(step(login, order_id, "decline", reason="x")) == (409, "wrong_state", "served")
    assert stuck(step(milkman, order_id, "decline", reason="x")) == (409, "wrong_state", "served")


def test_another_quantity_than_agreed_is_contradicted(
    milkman: Api, linked: Any, clock: time_machine.Traveller
) -> None:
    login, row = linked
    first, second, same = (accepted(login, milkman) for _ in range(3))
    for order_id in (first, second):
        step(milkman, order_id, "serve", quantity="3")
        notice = login.get("/notifications").json["items"][0]
        assert notice["body"].endswith("Not right? Say so within 48 hours.")
    step(milkman, same, "serve", quantity="2.000")
    assert "Not right?" not in login.get("/notifications").json["items"][0]["body"]
    found = rows("SELECT quantity, agreed_quantity FROM custom_records ORDER BY order_id")
    assert found == [(3000, 2000), (3000, 2000), (2000, None)]
    clock.shift(timedelta(hours=48))
    assert stuck(step(login, same, "decline", reason="x")) == (409, "wrong_state", "served")
    assert step(login, first, "decline", reason="Two kilos")["status"] == "served"
    assert told(milkman)[0] == ("record_disputed", f"/requests/{first}")
    assert (account(login, row)["disputed_amount"], account(login, row)["charges"]) == ("600.00", "1000.00")
    assert step(login, first, "accept", quantity="3")["status"] == "served"
    assert account(login, row)["charges"] == "1600.00"
    clock.shift(timedelta(seconds=1))
    assert said(step(login, second, "decline", reason="x")) == (409, "too_late")


def test_nothing_is_served_before_it_was_asked_for(
    milkman: Api, linked: Any, clock: time_machine.Traveller
) -> None:
    login, row = linked
    clock.move_to("2026-11-21T18:30:00Z")  # the first second of 22 November in Kolkata
    order_id, extra = accepted(login, milkman), entered(milkman, row)
    clock.move_to("2026-11-24T06:30:00Z")
    assert refused(step(milkman, order_id, "serve", date=TODAY)) == [("date", "invalid")]
    assert rows("SELECT count(*) FROM custom_records") == [(0,)]
    assert step(milkman, order_id, "serve", date=TOMORROW)["status"] == "served"
    assert step(milkman, extra, "serve", date=YESTERDAY)["status"] == "served"


def test_how_far_back_something_was_handed_over(milkman: Api, linked: Any) -> None:
    _, row = linked
    body = {"customer_id": row, **CAKE, "rate": "1", "status": "served"}
    for day in ("2025-11-19", "1970-01-01"):
        assert refused(milkman.post("/orders", {**body, "date": day})) == [("date", "invalid")]
        late = step(milkman, entered(milkman, row), "serve", date=day)
        assert refused(late) == [("date", "invalid")]
    milkman.post("/orders", {**body, "date": "2025-11-20"}, expect=201)


def test_a_served_order_is_taken_back(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = accepted(login, milkman)
    step(milkman, order_id, "serve")
    assert stuck(login.delete(f"/order/{order_id}")) == (409, "wrong_state", "served")
    assert milkman.delete(f"/order/{order_id}", expect=200)["status"] == "cancelled"
    assert told(login)[0] == ("order_cancelled", f"/requests/{order_id}")
    assert milkman.delete(f"/order/{order_id}", expect=200)["status"] == "cancelled"
    found = account(login, row)
    assert (found["charges"], found["closing_balance"], found["orders"]) == ("0.00", "0.00", {})
    assert rows("SELECT status FROM custom_records") == [("cancelled",)]
    assert rows("SELECT sum(amount), count(*) FROM ledger_entries") == [(0, 2)]
    for who in (milkman, login):
        for verb in ("accept", "decline"):
            assert stuck(step(who, order_id, verb, reason="x" if verb == "decline" else None)) == (
                409, "wrong_state", "cancelled",
            )  # fmt: skip
    assert stuck(step(milkman, order_id, "serve")) == (409, "wrong_state", "cancelled")


def test_what_is_paid_stays(milkman: Api, linked: Any) -> None:
    login, row = linked
    partly, wholly = (entered(milkman, row, status="served") for _ in range(2))
    pay_line("order", partly, 1)
    pay_line("order", wholly, 40000)
    for order_id, paid in ((partly, False), (wholly, True)):
        assert said(milkman.delete(f"/order/{order_id}")) == (409, "in_use")
        assert milkman.get(f"/order/{order_id}")["paid"] is paid
    # The customer's no in time counts all the same, and the money on it becomes advance.
    step(login, wholly, "decline", reason="Not mine")
    assert rows("SELECT balance, advance, disputed FROM accounts") == [(-1, 40000, 40000)]
    assert status(login, wholly) == "served"


@pytest.mark.parametrize("disputed", [False, True])
def test_the_roll_up_is_rebuilt_from_custom_records(milkman: Api, linked: Any, disputed: bool) -> None:
    login, row = linked
    order_id = entered(milkman, row, status="served")
    entered(milkman, None)
    if disputed:
        step(login, order_id, "decline", reason="x")
    before = rows("SELECT * FROM cumulative_record_details")
    months = rows("SELECT * FROM account_months")
    assert night.rollup(None).drift == 0
    execute("DELETE FROM cumulative_record_details")
    execute("DELETE FROM account_months")
    assert len(verify()) > 0
    assert night.rollup(None).drift == 2
    assert rows("SELECT * FROM cumulative_record_details") == before
    assert rows("SELECT * FROM account_months") == months
    execute("UPDATE custom_records SET status = 'cancelled', disputed = false")
    found = verify()
    assert any(line.startswith("on-demand order and its custom_record: order") for line in found)
    execute("UPDATE custom_records SET status = 'served', disputed = :d", d=disputed)
