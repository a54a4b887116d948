"""The roll-up's rebuild: what the records say replaces what the month tables hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from structlog.testing import CapturingLogger

from tests.cast import Api, Cast
from tests.conftest import opened
from tests.months.stall import agreed, delivered
from vendorapp.kernel.database import session, transaction
from vendorapp.months import night
from vendorapp.months.proof import verify
from vendorapp.months.rules import Drift

NOVEMBER = date(2026, 11, 1)
OCTOBER = date(2026, 10, 1)
SUMS = "total_amount, active_days, quantity, disputed_amount"


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-11-10T06:30:00Z", tick=True) as traveller:
        yield traveller


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def milk(cast: Cast, milkman: Api) -> int:
    """An order with two deliveries and a dispute in November, and one delivery in October."""
    home, customer_id = cast.household(of=milkman)
    order = agreed(milkman, customer_id, home, start_date="2026-10-01")
    for day in ("2026-10-31", "2026-11-01", "2026-11-02", "2026-11-03"):
        delivered(milkman, order, day)
    delivered(home, order, "2026-11-03", status="skipped")
    return order


def do(statement: str, **values: Any) -> None:
    """A fault by hand; also in what the application itself may not change."""
    with transaction(), opened(session().connection()):
        session().execute(text(statement), values)


def rows(statement: str) -> list[tuple[Any, ...]]:
    session().rollback()
    return [tuple(row) for row in session().execute(text(statement))]


def of_orders() -> list[tuple[Any, ...]]:
    return rows(f"SELECT month, {SUMS} FROM cumulative_record_details ORDER BY month")


def of_accounts() -> list[tuple[Any, ...]]:
    return rows("SELECT month, charges, payments, adjustments, disputed FROM account_months ORDER BY month")


# Sums of an order that has no records.
ORPHAN = """
    INSERT INTO cumulative_record_details
    SELECT 999999, month, vendor_id, customer_id, 5, 1, 1, 0
    FROM cumulative_record_details WHERE month = '2026-11-01'
"""

RIGHT = [(OCTOBER, 6000, 1, 1000, 0), (NOVEMBER, 12000, 2, 2000, 6000)]
RIGHT_ACCOUNTS = [(OCTOBER, 6000, 0, 0, 0), (NOVEMBER, 12000, 0, 0, 6000)]


def test_right_sums_are_left_alone(milk: int) -> None:
    # An order's and an account's row in each of two months.
    assert night.rollup(None) == Drift(rows=4, drift=0)
    assert night.rollup(NOVEMBER) == Drift(rows=2, drift=0)
    assert night.rollup(date(2026, 1, 1)) == Drift(rows=0, drift=0)
    assert (of_orders(), of_accounts()) == (RIGHT, RIGHT_ACCOUNTS)


@pytest.mark.parametrize(
    ("fault", "drift"),
    [
        ("UPDATE cumulative_record_details SET total_amount = 1 WHERE month = '2026-11-01'", 1),
        ("UPDATE cumulative_record_details SET active_days = 3 WHERE month = '2026-11-01'", 1),
        ("UPDATE cumulative_record_details SET quantity = quantity + 1", 2),
        ("UPDATE cumulative_record_details SET disputed_amount = 0 WHERE month = '2026-11-01'", 1),
        ("UPDATE account_months SET charges = charges + 1 WHERE month = '2026-10-01'", 1),
        ("UPDATE account_months SET disputed = 7", 2),
        ("DELETE FROM cumulative_record_details", 2),
        ("DELETE FROM account_months", 2),
        (ORPHAN, 1),
    ],
)
def test_a_broken_row_is_found_and_mended(milk: int, fault: str, drift: int) -> None:
    do(fault)
    assert night.rollup(None).drift == drift
    assert [row for row in of_orders() if row[1:] != (0, 0, 0, 0)] == RIGHT
    assert of_accounts() == RIGHT_ACCOUNTS
    assert night.rollup(None).drift == 0
    assert verify() == []


def test_a_month_alone_is_rebuilt(milk: int) -> None:
    do("UPDATE cumulative_record_details SET total_amount = 1")
    assert night.rollup(NOVEMBER).drift == 1
    assert [row[1] for row in of_orders()] == [1, 12000]
    assert night.rollup(OCTOBER).drift == 1
    assert of_orders() == RIGHT


def test_payments_and_adjustments_of_a_mended_month_stay(cast: Cast, milkman: Api) -> None:
    row = cast.row(milkman, opening_balance="-50.00")
    order = agreed(milkman, row["id"], start_date="2026-10-01")
    delivered(milkman, order, "2026-10-31")
    do("UPDATE account_months SET charges = 1, payments = 70")
    assert night.rollup(None).drift == 1
    assert of_accounts() == [(OCTOBER, 6000, 70, -5000, 0)]


def test_a_closed_month_does_not_move(milk: int) -> None:
    do("UPDATE accounts SET closed_through = '2026-10-31'")
    do("UPDATE cumulative_record_details SET total_amount = total_amount + 1")
    do("UPDATE account_months SET charges = charges + 1")
    # Without a month only what is open is looked at; October is closed.
    assert night.rollup(None) == Drift(rows=2, drift=2)
    assert night.rollup(OCTOBER) == Drift(rows=2, drift=2)
    assert of_orders() == [(OCTOBER, 6001, 1, 1000, 0), RIGHT[1]]
    assert of_accounts() == [(OCTOBER, 6001, 0, 0, 0), RIGHT_ACCOUNTS[1]]
    assert night.rollup(OCTOBER).drift == 2


def test_a_month_closed_for_one_is_mended_for_the_other(cast: Cast, milkman: Api, milk: int) -> None:
    other = cast.row(milkman)["id"]
    order = agreed(milkman, other, start_date="2026-10-01")
    delivered(milkman, order, "2026-10-20")
    do("UPDATE accounts SET closed_through = '2026-10-31' WHERE customer_id <> :other", other=other)
    do("UPDATE cumulative_record_details SET quantity = 1 WHERE month = '2026-10-01'")
    assert night.rollup(None).drift == 2
    assert rows(
        "SELECT order_id, quantity FROM cumulative_record_details WHERE month = '2026-10-01' ORDER BY 1"
    ) == [(milk, 1), (order, 1000)]


def test_the_nightly_check_mends_this_and_the_last_month_and_raises_the_alarm(
    milk: int, milkman: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarms = CapturingLogger()
    monkeypatch.setattr(night, "log", alarms)
    assert night.nightly_check() == {"rows": 4, "drift": 0}
    assert alarms.calls == []
    do("UPDATE cumulative_record_details SET active_days = 9")
    assert night.nightly_check() == {"rows": 4, "drift": 2}
    assert [(call.method_name, call.args, call.kwargs) for call in alarms.calls] == [
        (
            "error",
            ("sums_drifted",),
            {"vendor_id": milkman.user["id"], "month": month, "rows": 2, "drift": 1},
        )
        for month in ("2026-10", "2026-11")
    ]
    assert of_orders() == RIGHT


def test_the_nightly_check_goes_by_each_vendors_day(milk: int, noon: time_machine.Traveller) -> None:
    do("UPDATE cumulative_record_details SET active_days = 9 WHERE month = '2026-10-01'")
    noon.move_to("2026-11-30T18:29:59Z")  # the last second of November in Kolkata
    assert night.nightly_check()["drift"] == 1
    do("UPDATE cumulative_record_details SET active_days = 9 WHERE month = '2026-10-01'")
    noon.move_to("2026-11-30T18:30:00Z")
    assert night.nightly_check()["drift"] == 0
    assert night.rollup(OCTOBER).drift == 1


def test_another_vendors_sums_are_not_mixed_in(cast: Cast, milk: int, app: Flask) -> None:
    rival = cast.vendor()
    row = cast.row(rival)
    order = agreed(rival, row["id"], rate="10.00", start_date="2026-11-01")
    delivered(rival, order, "2026-11-01")
    do("DELETE FROM cumulative_record_details")
    assert night.rollup(NOVEMBER) == Drift(rows=4, drift=2)
    assert rows(
        "SELECT order_id, vendor_id, customer_id, total_amount FROM cumulative_record_details"
        " WHERE month = '2026-11-01' ORDER BY order_id"
    )[1] == (order, rival.user["id"], row["id"], 1000)


def test_only_a_repair_waits_for_a_round_that_is_under_way(
    app: Flask, milk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vendorapp.kernel.database import db, patience

    monkeypatch.setattr(night, "patience", lambda *_: patience(lock="100ms"))
    with db.engine.connect() as round_under_way:
        round_under_way.execute(text("SELECT FROM accounts FOR UPDATE"))
        assert night.rollup(None).drift == 0
        do("UPDATE cumulative_record_details SET quantity = 1 WHERE month = '2026-10-01'")
        with pytest.raises(OperationalError, match="lock timeout"):
            night.rollup(None)
    assert night.rollup(None).drift == 1
