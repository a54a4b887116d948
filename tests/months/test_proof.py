"""`ledger verify` finds every kind of fault, and says which row it is."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from sqlalchemy import text

from tests.billing.settled import pay_ahead
from tests.cast import Api, Cast
from tests.months.stall import agreed, delivered, sold_at_counter
from tests.months.test_rollup import do
from tests.records.orders import rows
from vendorapp.kernel.database import session, transaction
from vendorapp.ledger import service as ledger
from vendorapp.ledger.queries import open_lines
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


@pytest.fixture
def money(customer_id: int) -> int:
    """The same account with a payment on its oldest lines, a claim, a correction, money that was taken back,
    papers, stock, and the month before closed. Somebody without an account has bought something."""
    vendor_id = int(rows("SELECT vendor_id FROM accounts WHERE customer_id = :id", id=customer_id)[0][0])
    pay_ahead(customer_id, 20000, "2026-11-09")
    with transaction():
        ledger.lock_accounts([customer_id])
        ledger.allocate(customer_id, open_lines(customer_id, last=date(2026, 11, 1)))
        ledger.adjust(
            vendor_id=vendor_id,
            customer_id=customer_id,
            kind="correction",
            amount=-500,
            day=date(2026, 11, 9),
            reason="why",
            actor_id=vendor_id,
        )
    _claim_and_close(customer_id, vendor_id)
    _papers(customer_id, vendor_id)
    sold_at_counter(vendor_id)
    with transaction() as current:
        current.execute(
            text(
                "INSERT INTO products (vendor_id, name, returnable, status, stock_quantity, created_at)"
                " VALUES (:vendor_id, 'Ghee', false, 'active', NULL, now())"
            ),
            {"vendor_id": vendor_id},
        )
    return customer_id


def _claim_and_close(customer_id: int, vendor_id: int) -> None:
    whose = {"id": customer_id, "vendor_id": vendor_id}
    do(
        "INSERT INTO payments (vendor_id, customer_id, amount, method, status, date, created_by, created_at)"
        " VALUES (:vendor_id, :id, 700, 'upi', 'claimed', '2026-11-09', :vendor_id, now())",
        **whose,
    )
    do(
        "UPDATE accounts SET unconfirmed = 700, closed_through = '2026-10-31' WHERE customer_id = :id",
        id=customer_id,
    )
    do(
        "INSERT INTO statements (customer_id, month, closing, accepted_by_vendor_at, closed_at)"
        " VALUES (:id, '2026-10-01', 12500, '2026-11-10', '2026-11-10 12:00Z')",
        id=customer_id,
    )


def _papers(customer_id: int, vendor_id: int) -> None:
    """An invoice of a record, and a bill of that invoice and the cake."""
    whose = {"id": customer_id, "vendor_id": vendor_id}
    for table in ("invoices", "bills"):
        do(
            f"INSERT INTO {table} (vendor_id, customer_id, number, created_by, created_at)"
            " VALUES (:vendor_id, :id, 1, :vendor_id, now())",
            **whose,
        )
    do(
        "INSERT INTO invoice_lines SELECT i.id, 'record', r.id, true FROM invoices i, records r"
        " WHERE r.date = '2026-11-01'"
    )
    do(
        "INSERT INTO bill_lines SELECT b.id, 'order', o.id, true FROM bills b, orders o"
        " WHERE o.order_type_id = 2"
    )
    do("INSERT INTO bill_invoices SELECT b.id, i.id, true FROM bills b, invoices i")


def test_money_verifies(money: int) -> None:
    assert verify() == []


MONTHS = "balance and the months (opening + charges - payments + adjustments)"
ENTRIES = "balance and the entries behind it"
LINES = "balance and the open lines less the advance"
EXTRA = "on-demand order and its custom_record"
EXTRA_LINE = "line of an on-demand order"
EXTRA_MONTH = {
    column: f"{column} of an order's month and its records"
    for column in ("total_amount", "active_days", "quantity", "disputed_amount")
}

ADVANCE = "advance and the money on no line"
PAID = "paid on a line and the money on it"
PLACE = "money and where it is"
OTHERS = "money on somebody else's line"
PAYMENT = "payment and its money"
PAYMENT_ENTRIES = "entries of a payment and its amount"
CLAIMS = "unconfirmed and the claims"
CREDIT = "money of an adjustment"
WALK_INS = "sales to walk-ins and what they paid"
CLOSING = "closing of a closed month"
CLOSED_ENTRY = "entry in a closed month"
CLOSED_THROUGH = "closed statement of an open month"
STOCK = "stock of a product and its moves"
INVOICE, BILL, BILLED = "line of an invoice", "line of a bill", "invoice on a bill"
ALL_PAYMENTS = {ENTRIES, "payments of a month and the entries", PAYMENT_ENTRIES}

MONEY_FAULTS = [
    (
        "UPDATE account_months SET payments = 19999 WHERE payments = 20000",
        {MONTHS, "payments of a month and the entries"},
    ),
    ("UPDATE allocations SET amount = amount - 1 WHERE target = 'record'", {PAID, PLACE}),
    ("UPDATE allocations SET released_at = now() WHERE target = 'record'", {PAID, PLACE}),
    ("UPDATE credits SET unallocated = unallocated - 1 WHERE source = 'adjustment'", {ADVANCE, PLACE}),
    (
        "UPDATE lines SET customer_id = (SELECT max(customer_id) FROM accounts) WHERE target = 'adjustment'",
        {OTHERS, "line of an adjustment"},
    ),
    (
        "UPDATE credits SET date = '2026-11-08' WHERE source = 'payment' AND customer_id IS NOT NULL",
        {PAYMENT},
    ),
    (
        "UPDATE payments SET date = '2026-11-08' WHERE status = 'confirmed' AND customer_id IS NOT NULL",
        {PAYMENT},
    ),
    ("UPDATE payments SET amount = amount + 1 WHERE status = 'confirmed'", {PAYMENT, PAYMENT_ENTRIES}),
    (
        "UPDATE payments SET status = 'reversed', reversed_at = now() WHERE status = 'confirmed'",
        {PAYMENT, PAYMENT_ENTRIES},
    ),
    (
        "UPDATE payments SET status = 'confirmed' WHERE status = 'claimed'",
        {PAYMENT, PAYMENT_ENTRIES, CLAIMS},
    ),
    (
        "UPDATE ledger_entries SET amount = amount - 1 WHERE kind = 'payment' AND customer_id IS NOT NULL",
        ALL_PAYMENTS,
    ),
    ("UPDATE accounts SET unconfirmed = 0", {CLAIMS}),
    ("UPDATE payments SET amount = 701 WHERE status = 'claimed'", {CLAIMS}),
    ("UPDATE credits SET date = '2026-11-08' WHERE source = 'adjustment'", {CREDIT}),
    (
        "UPDATE ledger_entries SET date = '2026-11-08' WHERE kind = 'charge' AND customer_id IS NULL",
        {"entries of a delivery and its line"},
    ),
    (
        "UPDATE ledger_entries SET amount = amount + 1 WHERE kind = 'charge' AND customer_id IS NULL",
        {WALK_INS, "entries of a delivery and its line"},
    ),
    (
        "UPDATE lines SET date = '2026-11-08' WHERE customer_id IS NULL",
        {EXTRA_LINE, "entries of a delivery and its line"},
    ),
    ("UPDATE custom_records SET date = '2026-11-08' WHERE customer_id IS NULL", {EXTRA_LINE, EXTRA}),
    ("UPDATE statements SET closing = closing + 1", {CLOSING}),
    (
        "UPDATE ledger_entries SET at = '2026-11-11' WHERE kind = 'adjustment' AND date = '2026-10-31'",
        {CLOSED_ENTRY},
    ),
    ("UPDATE accounts SET closed_through = '2026-10-30'", {CLOSED_THROUGH}),
    ("UPDATE accounts SET closed_through = NULL", {CLOSED_THROUGH}),
    ("UPDATE products SET stock_quantity = 1", {STOCK}),
    ("UPDATE invoice_lines SET live = false", {INVOICE}),
    ("UPDATE invoice_lines SET target_id = 1000000000", {INVOICE}),
    (
        "UPDATE invoice_lines SET target = 'order', target_id = (SELECT order_id FROM records LIMIT 1)",
        {INVOICE},
    ),
    ("UPDATE invoices SET customer_id = NULL", {INVOICE, BILLED}),
    ("UPDATE bill_lines SET live = false", {BILL}),
    ("UPDATE bills SET customer_id = NULL", {BILL, BILLED}),
    ("UPDATE bill_invoices SET live = false", {BILLED}),
    ("UPDATE bills SET voided_at = now()", {BILL, BILLED}),
]

FAULTS = [
    ("UPDATE accounts SET balance = balance + 1", {ENTRIES, MONTHS, LINES}),
    ("UPDATE accounts SET advance = 1", {LINES, ADVANCE}),
    ("UPDATE accounts SET disputed = disputed + 1", {"disputed and the months"}),
    ("UPDATE lines SET paid = 1 WHERE target = 'record'", {LINES, PAID}),
    (
        "UPDATE lines SET amount = amount + 1 WHERE target = 'record'",
        {LINES, "line of a record", "entries of a delivery and its line"},
    ),
    (
        "UPDATE lines SET date = '2026-11-09' WHERE target = 'record'",
        {"line of a record", "entries of a delivery and its line"},
    ),
    (
        "DELETE FROM lines WHERE target = 'record'",
        {LINES, "line of a record", "entries of a delivery and its line"},
    ),
    (
        "UPDATE lines SET amount = amount + 1 WHERE target = 'order'",
        {LINES, EXTRA_LINE, "entries of a delivery and its line"},
    ),
    (
        "UPDATE lines SET date = '2026-11-09' WHERE target = 'order'",
        {EXTRA_LINE, "entries of a delivery and its line"},
    ),
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
        {
            "adjustments of a month and the entries",
            "payments of a month and the entries",
            PAYMENT_ENTRIES,
        },
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


@pytest.mark.parametrize(("fault", "names"), MONEY_FAULTS, ids=[fault[:60] for fault, _ in MONEY_FAULTS])
def test_a_planted_fault_in_the_money_is_found(money: int, fault: str, names: set[str]) -> None:
    do(fault)
    assert {line.split(":")[0] for line in verify()} == names


def test_a_fault_is_named_with_both_values(customer_id: int) -> None:
    do("UPDATE accounts SET disputed = 1 WHERE customer_id = :id", id=customer_id)
    assert verify() == [f"disputed and the months: customer {customer_id}: 1, expected 6000"]


def test_every_check_was_tried() -> None:
    tried = set().union(*(names for _, names in FAULTS + MONEY_FAULTS))
    assert {check.name for check in CHECKS} == tried


def test_verify_only_reads(customer_id: int) -> None:
    do("UPDATE accounts SET balance = 1")
    session().rollback()
    session().execute(text("SET TRANSACTION READ ONLY"))
    assert verify()
    session().rollback()
