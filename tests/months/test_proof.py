"""`ledger verify` finds every kind of fault, and says which row it is."""

from __future__ import annotations

import pytest
import time_machine
from sqlalchemy import text

from tests.cast import Api, Cast
from tests.months.stall import agreed, delivered
from tests.months.test_rollup import do
from vendorapp.kernel.database import session
from vendorapp.months.proof import CHECKS, size, verify


@pytest.fixture(autouse=True)
def noon() -> object:
    with time_machine.travel("2026-11-10T06:30:00Z", tick=True) as traveller:
        yield traveller


@pytest.fixture
def customer_id(cast: Cast) -> int:
    """An account with a delivery, a changed one, a dispute, an extra, and something owed from before."""
    milkman: Api = cast.vendor()
    home, found = cast.household(of=milkman, opening_balance="125.00")
    order = agreed(milkman, found, home, start_date="2026-11-01")
    for day in ("2026-11-01", "2026-11-02", "2026-11-03"):
        delivered(milkman, order, day)
    delivered(milkman, order, "2026-11-02", quantity="2")
    delivered(home, order, "2026-11-03", status="skipped")
    cake = {"order_type": "on_demand", "item_name": "Cake", "quantity": "2", "rate": "150"}
    served = {"status": "served", "date": "2026-11-04"}
    milkman.post("/orders", {"customer_id": found, **cake, **served}, expect=201)
    cast.row(milkman)
    return found


def test_right_sums_verify(customer_id: int) -> None:
    assert verify() == []
    assert size() == {"accounts": 2, "lines": 4, "entries": 7, "order months": 2}


def test_money_paid_ahead_and_a_payment_verify(customer_id: int) -> None:
    """What the ledger writes for a payment: an entry, the month, lines and advance."""
    do(
        "INSERT INTO ledger_entries (vendor_id, customer_id, date, kind, target, target_id, amount, at)"
        " SELECT vendor_id, customer_id, '2026-11-09', 'payment', 'payment', 1, -20000, now()"
        " FROM accounts WHERE customer_id = :id",
        id=customer_id,
    )
    do(
        "UPDATE account_months SET payments = 20000 WHERE customer_id = :id AND month = '2026-11-01'",
        id=customer_id,
    )
    do("UPDATE lines SET paid = amount WHERE target = 'adjustment'")
    do(
        "UPDATE accounts SET balance = balance - 20000, advance = 7500 WHERE customer_id = :id",
        id=customer_id,
    )
    assert verify() == []
    do("UPDATE account_months SET payments = 19999 WHERE payments = 20000")
    assert [line.split(":")[0] for line in verify()] == [
        "balance and the months (opening + charges - payments + adjustments)",
        "payments of a month and the entries",
    ]


MONTHS = "balance and the months (opening + charges - payments + adjustments)"
ENTRIES = "balance and the entries behind it"
LINES = "balance and the open lines less the advance"
EXTRA = "on-demand order and its custom_record"
EXTRA_LINE = "line of an on-demand order"
EXTRA_MONTH = {
    column: f"{column} of an order's month and its records"
    for column in ("total_amount", "active_days", "quantity", "disputed_amount")
}

FAULTS = [
    ("UPDATE accounts SET balance = balance + 1", {ENTRIES, MONTHS, LINES}),
    ("UPDATE accounts SET advance = 1", {LINES}),
    ("UPDATE accounts SET disputed = disputed + 1", {"disputed and the months"}),
    ("UPDATE lines SET paid = 1 WHERE target = 'record'", {LINES}),
    (
        "UPDATE lines SET amount = amount + 1 WHERE target = 'record'",
        {LINES, "line of a record", "entries of a delivery and its line"},
    ),
    ("UPDATE lines SET date = '2026-11-09' WHERE target = 'record'", {"line of a record"}),
    (
        "DELETE FROM lines WHERE target = 'record'",
        {LINES, "line of a record", "entries of a delivery and its line"},
    ),
    (
        "UPDATE lines SET amount = amount + 1 WHERE target = 'order'",
        {LINES, EXTRA_LINE, "entries of a delivery and its line"},
    ),
    ("UPDATE lines SET date = '2026-11-09' WHERE target = 'order'", {EXTRA_LINE}),
    (
        "UPDATE custom_records SET status = 'cancelled'",
        {EXTRA_LINE, EXTRA, *(EXTRA_MONTH[name] for name in ("total_amount", "active_days", "quantity"))},
    ),
    ("UPDATE custom_records SET disputed = true", {EXTRA_LINE, *EXTRA_MONTH.values()}),
    (
        "UPDATE custom_records SET rate = rate * 2, amount = amount * 2",
        {EXTRA_LINE, EXTRA, EXTRA_MONTH["total_amount"]},
    ),
    ("UPDATE orders SET state = 'cancelled' WHERE order_type_id = 2", {EXTRA}),
    ("UPDATE orders SET start_date = '2026-11-05' WHERE order_type_id = 2", {EXTRA}),
    (
        "UPDATE lines SET amount = amount + 1 WHERE target = 'adjustment'",
        {LINES, "line of an adjustment"},
    ),
    (
        "UPDATE adjustments SET amount = amount + 1",
        {"line of an adjustment", "entries of an adjustment and its amount"},
    ),
    (
        "UPDATE ledger_entries SET amount = amount + 1 WHERE kind = 'charge'",
        {ENTRIES, "charges of a month and the entries", "entries of a delivery and its line"},
    ),
    (
        "UPDATE ledger_entries SET date = date - 31 WHERE kind = 'adjustment'",
        {"adjustments of a month and the entries"},
    ),
    (
        "UPDATE ledger_entries SET kind = 'payment' WHERE kind = 'adjustment'",
        {"adjustments of a month and the entries", "payments of a month and the entries"},
    ),
    (
        "UPDATE account_months SET charges = charges + 1 WHERE month = '2026-11-01'",
        {MONTHS, "charges of a month and the entries", "charges of a month and its orders"},
    ),
    (
        "UPDATE account_months SET disputed = disputed + 1 WHERE month = '2026-11-01'",
        {"disputed in a month and its orders", "disputed and the months"},
    ),
    (
        "UPDATE account_months SET adjustments = adjustments + 1 WHERE month = '2026-10-01'",
        {MONTHS, "adjustments of a month and the entries"},
    ),
    (
        "UPDATE cumulative_record_details SET total_amount = total_amount + 1",
        {"charges of a month and its orders", "total_amount of an order's month and its records"},
    ),
    (
        "UPDATE cumulative_record_details SET active_days = active_days + 1",
        {"active_days of an order's month and its records"},
    ),
    (
        "UPDATE cumulative_record_details SET quantity = quantity + 1",
        {"quantity of an order's month and its records"},
    ),
    (
        "UPDATE cumulative_record_details SET disputed_amount = disputed_amount + 1",
        {
            "disputed in a month and its orders",
            "disputed_amount of an order's month and its records",
        },
    ),
    (
        "UPDATE records SET status = 'skipped', quantity = 0, amount = 0 WHERE date = '2026-11-01'",
        {
            "line of a record",
            "total_amount of an order's month and its records",
            "active_days of an order's month and its records",
            "quantity of an order's month and its records",
        },
    ),
    (
        "UPDATE records SET disputed = false WHERE date = '2026-11-03'",
        {
            "line of a record",
            *(
                f"{column} of an order's month and its records"
                for column in ("total_amount", "active_days", "quantity", "disputed_amount")
            ),
        },
    ),
    (
        (
            "INSERT INTO customers (vendor_id, name, phone_number, status, created_at)"
            " SELECT vendor_id, 'Nobody', '+919700000000', 'active', now() FROM accounts LIMIT 1"
        ),
        {"account of a customer"},
    ),
]


@pytest.mark.parametrize(("fault", "names"), FAULTS, ids=[fault[:60] for fault, _ in FAULTS])
def test_a_planted_fault_is_found(customer_id: int, fault: str, names: set[str]) -> None:
    do(fault)
    assert {line.split(":")[0] for line in verify()} == names


def test_a_fault_is_named_with_both_values(customer_id: int) -> None:
    do("UPDATE accounts SET disputed = 1 WHERE customer_id = :id", id=customer_id)
    assert verify() == [f"disputed and the months: customer {customer_id}: 1, expected 6000"]


def test_every_check_was_tried() -> None:
    tried = set().union(*(names for _, names in FAULTS))
    assert {check.name for check in CHECKS} == tried


def test_verify_only_reads(customer_id: int) -> None:
    do("UPDATE accounts SET balance = 1")
    session().rollback()
    session().execute(text("SET TRANSACTION READ ONLY"))
    assert verify()
    session().rollback()
