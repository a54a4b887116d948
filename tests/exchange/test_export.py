"""A vendor's files: what stands in them, for whom, and how they arrive."""

from __future__ import annotations

import csv
import io
import tracemalloc
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from psycopg import ServerCursor
from sqlalchemy import event
from werkzeug.test import TestResponse

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.records.orders import execute, on_trust, rows
from vendorapp.exchange import queries
from vendorapp.kernel.clock import day_in, first_of_month
from vendorapp.kernel.database import db, transaction
from vendorapp.kernel.fields import month_text
from vendorapp.ledger import service as ledger

FILES = ("orders", "records", "payments", "ledger", "customers")
TODAY = day_in("Asia/Kolkata")
MONTH = first_of_month(TODAY)
BEFORE = first_of_month(MONTH - timedelta(days=1))


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


def fetch(app: Flask, who: Api | None, path: str) -> TestResponse:
    headers = {"Authorization": f"Bearer {who.token}"} if who else {}
    return app.test_client(use_cookies=False).get(path, headers=headers, buffered=True)


def sheet(app: Flask, vendor: Api, what: str, month: str | None = None) -> list[dict[str, str]]:
    """The lines of a file by the headings of their cells."""
    response = fetch(app, vendor, f"/exports/{what}.csv" + (f"?month={month}" if month else ""))
    assert response.status_code == 200, response.get_data(as_text=True)
    text = response.get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def deliver(vendor: Api, order_id: int, day: str | None = None, **fields: Any) -> Any:
    body = fields | ({"date": day} if day else {})
    return vendor.post(f"/order/{order_id}/attendance", body, expect=201)


def pay(vendor: Api, customer_id: int | None, amount: int, day: Any = None, **columns: Any) -> int:
    """A confirmed payment in minor units, as its row and on the account."""
    values = {
        "vendor": vendor.user["id"],
        "customer": customer_id,
        "amount": amount,
        "day": day or TODAY,
        "method": "cash",
        "note": None,
        "status": "confirmed",
        **columns,
    }
    execute(
        "INSERT INTO payments"
        " (vendor_id, customer_id, amount, method, note, status, date, created_by, created_at)"
        " VALUES (:vendor, :customer, :amount, :method, :note, :status, :day, :vendor, now())",
        **values,
    )
    ((payment_id,),) = rows("SELECT max(id) FROM payments")
    if values["status"] == "confirmed" and customer_id:
        with transaction():
            ledger.lock_accounts([customer_id])
            ledger.credit(
                payment_id=payment_id,
                vendor_id=vendor.user["id"],
                customer_id=customer_id,
                amount=amount,
                day=values["day"],
                actor_id=vendor.user["id"],
            )
    return int(payment_id)


@pytest.mark.parametrize("what", FILES)
def test_how_a_file_arrives(app: Flask, cast: Cast, what: str) -> None:
    vendor = cast.vendor(business_name="यादव Dairy/1", locale="hi")
    response = fetch(app, vendor, f"/exports/{what}.csv?month=2026-02")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    data = response.get_data()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\r\n")
    assert int(response.headers["Content-Length"]) == len(data)
    name = response.headers["Content-Disposition"]
    assert name.startswith("attachment; filename=")
    assert "filename*=UTF-8''%E0%A4%AF" in name
    span = "2026-02" if what in ("records", "payments", "ledger") else TODAY.isoformat()
    assert name.endswith(f"{span}.csv")


def test_a_plain_name(app: Flask, milkman: Api) -> None:
    name = fetch(app, milkman, "/exports/records.csv").headers["Content-Disposition"]
    assert name == f"attachment; filename=yadav-dairy-deliveries-{month_text(MONTH)}.csv"


def test_who_may(app: Flask, cast: Cast, milkman: Api) -> None:
    household, _ = cast.household(milkman)
    for path in ("/exports", "/customers/import", *(f"/exports/{what}.csv" for what in FILES)):
        assert fetch(app, None, path).headers["Location"].startswith("/sign-in")
        assert fetch(app, household, path).status_code == 403
        assert fetch(app, milkman, path).status_code == 200
        Browser(app).sign_in(milkman).get(path, buffered=True)
    for path in ("/exports/everything.csv", "/exports/orders"):
        assert fetch(app, milkman, path).status_code == 404
    for path in ("/exports/ledger.csv?month=2026-13", "/exports?month=x", "/exports/orders.csv?from=1"):
        assert fetch(app, milkman, path).status_code == 422


def test_the_page_leads_to_the_files(app: Flask, milkman: Api) -> None:
    browser = Browser(app).sign_in(milkman).get("/exports?month=2026-02")
    links = {str(a.get("href")) for a in browser.tree.iter("a")}
    assert {f"/exports/{what}.csv?month=2026-02" for what in ("records", "payments", "ledger")} <= links
    assert {"/exports/orders.csv", "/exports/customers.csv"} <= links
    assert {"/exports?month=2026-01", "/exports?month=2026-03"} <= links
    assert "February 2026" in browser.text
    for word in ("debit", "credit", "ledger", "outstanding"):
        assert word not in browser.text.lower()
    browser.get("/exports")
    assert f"/exports/ledger.csv?month={month_text(MONTH)}" in {a.get("href") for a in browser.tree.iter("a")}
    assert not any(a.get("aria-label") == "Month after" for a in browser.tree.iter("a"))


def test_the_book(app: Flask, cast: Cast, milkman: Api) -> None:
    cast.row(
        milkman,
        name="=HYPERLINK(1)",
        phone_number="+919876543210",
        address="12 Lake Road,\n2nd floor",
        notes="-5",
        email="a@example.com",
        stop_order=7,
        opening_balance="-1234.5",
    )
    (row,) = sheet(app, milkman, "customers")
    number = rows("SELECT id FROM customers")[0][0]
    assert row == {
        "Name": "'=HYPERLINK(1)",
        "Phone number": "'+919876543210",
        "E-mail": "a@example.com",
        "Address": "12 Lake Road,\n2nd floor",
        "Notes": "'-5",
        "Stop": "7",
        "Balance": "-1234.50",
        "Currency": "INR",
        "Status": "active",
        "Sees this account": "no",
        "Customer since": TODAY.isoformat(),
        "Customer no.": str(number),
    }


def test_the_file_of_customers_can_be_read_in_by_another_vendor(app: Flask, cast: Cast, milkman: Api) -> None:
    for number, name in enumerate(("=1+1", "'=1", 'Asha "A", the first', "आशा", "-Bala", "@home")):
        notes = f"\u2212{name}\nsecond line;\tthird" if number % 2 else name
        cast.row(
            milkman,
            name=name,
            notes=notes,
            address=f" {name}",
            stop_order=number,
            opening_balance=f"{number - 2}.25",
        )
    data = fetch(app, milkman, "/exports/customers.csv").get_data()
    other = cast.vendor()
    browser = Browser(app).sign_in(other).get("/customers/import")
    form = {"csrf_token": browser.csrf(), "file": (io.BytesIO(data), "x.csv")}
    response = browser.open("/customers/import", "POST", data=form, content_type="multipart/form-data")
    browser._show(response, 200)
    assert "Can be added6 Cannot be added0" in browser.text
    browser.submit(at="/customers/import/add")
    kept = ("name", "phone_number", "email", "address", "notes", "stop_order", "balance", "status")
    books = [
        [{name: row[name] for name in kept} for row in vendor.get("/customers?sort=stop_order").json["items"]]
        for vendor in (milkman, other)
    ]
    assert len(books[0]) == 6
    assert books[0] == books[1]


def test_orders_of_both_kinds(app: Flask, cast: Cast, milkman: Api) -> None:
    asha = cast.row(milkman, name="Asha")["id"]
    regular = on_trust(milkman, asha, weekdays=[1, 3], every=2, valid_till="2199-01-01")
    extra = milkman.post(
        "/orders",
        {"order_type": "on_demand", "customer_id": asha, "item_name": "Cake", "rate": "300"},
        expect=201,
    )["id"]
    counter = milkman.post(
        "/orders", {"order_type": "on_demand", "item_name": "+Ghee", "rate": "10"}, expect=201
    )["id"]
    found = sheet(app, milkman, "orders")
    assert [int(row["Order no."]) for row in found] == [counter, extra, regular]
    assert (found[0]["Customer"], found[0]["Customer no."]) == ("At the counter", "")
    assert (found[0]["Item"], found[0]["Status"]) == ("'+Ghee", "agreed")
    assert (found[1]["Kind"], found[1]["Price"], found[1]["Weekdays"]) == ("extra", "300.00", "")
    assert found[2] == {
        "Order no.": str(regular),
        "Kind": "regular",
        "Customer": "Asha",
        "Customer no.": str(asha),
        "Item": "Milk",
        "Quantity": "2",
        "Unit": "L",
        "Price": "54.00",
        "Amount": "108.00",
        "Currency": "INR",
        "Weekdays": "Mon Wed",
        "Every … days": "2",
        "First day": TODAY.isoformat(),
        "Last day": "2199-01-01",
        "Status": "active",
        "Nothing open": "no",
        "Written on": TODAY.isoformat(),
    }


def test_orders_are_read_page_by_page(
    app: Flask, cast: Cast, milkman: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "ORDERS_AT_A_TIME", 2)
    asha = cast.row(milkman)["id"]
    ids = [on_trust(milkman, asha) for _ in range(5)]
    assert [int(row["Order no."]) for row in sheet(app, milkman, "orders")] == ids[::-1]


def test_deliveries_of_a_month(app: Flask, cast: Cast, milkman: Api) -> None:
    household, asha = cast.household(milkman, name="Asha")
    order_id = on_trust_linked(milkman, household, asha)
    first = deliver(milkman, order_id, quantity="1.5", note="=late")
    household.put(f"/order/{first['record']['id']}/attendance", {"quantity": "1"}, expect=200)
    past = on_trust(milkman, cast.row(milkman, name="Bala")["id"], start_date=BEFORE.isoformat())
    deliver(milkman, past, BEFORE.isoformat())
    sold = milkman.post(
        "/orders",
        {
            "order_type": "on_demand",
            "customer_id": asha,
            "item_name": "Cake",
            "rate": "300",
            "status": "served",
        },
        expect=201,
    )["id"]
    found = {row["Item"]: row for row in sheet(app, milkman, "records")}
    assert set(found) == {"Milk", "Cake"}
    assert found["Milk"]["Date"] == TODAY.isoformat()
    assert (found["Milk"]["Agreed"], found["Milk"]["Amount"]) == ("no", "0.00")
    assert (found["Milk"]["You say"], found["Milk"]["Your quantity"]) == ("delivered", "1.5")
    assert (found["Milk"]["They say"], found["Milk"]["Their quantity"]) == ("delivered", "1")
    assert found["Milk"]["Your note"] == "'=late"
    assert (found["Cake"]["Kind"], found["Cake"]["Amount"]) == ("extra", "300.00")
    assert (found["Cake"]["Status"], found["Cake"]["Order no."]) == ("handed over", str(sold))
    (before,) = sheet(app, milkman, "records", month_text(BEFORE))
    assert (before["Date"], before["Amount"], before["Paid"]) == (BEFORE.isoformat(), "108.00", "0.00")
    for month in (BEFORE, MONTH):
        amounts = [Decimal(row["Amount"]) for row in sheet(app, milkman, "records", month_text(month))]
        finance = milkman.get(f"/finance/vendor/month/{milkman.user['id']}?month={month_text(month)}")
        assert sum(amounts) == Decimal(finance["totals"]["total_amount"])


def on_trust_linked(vendor: Api, household: Api, customer_id: int) -> int:
    order = vendor.post(
        "/orders",
        {"customer_id": customer_id, "item_name": "Milk", "unit": "L", "quantity": "2", "rate": "54"},
        expect=201,
    )
    household.post(f"/changes/{order['pending_change']['id']}/accept", expect=200)
    return int(order["id"])


def test_payments_of_a_month(app: Flask, cast: Cast, milkman: Api) -> None:
    asha = cast.row(milkman, name="Asha")["id"]
    pay(milkman, asha, 5000, method="upi", note="@5pm")
    pay(milkman, None, 700, status="claimed")
    pay(milkman, asha, 100, day=BEFORE)
    found = sheet(app, milkman, "payments")
    assert [(row["Customer"], row["Amount"], row["How"], row["Status"], row["Note"]) for row in found] == [
        ("Asha", "50.00", "UPI", "confirmed", "'@5pm"),
        ("At the counter", "7.00", "cash", "to confirm", ""),
    ]
    assert {row["Currency"] for row in found} == {"INR"}
    assert [row["Amount"] for row in sheet(app, milkman, "payments", month_text(BEFORE))] == ["1.00"]


def test_the_history_adds_up_to_what_everybody_owes(app: Flask, cast: Cast, milkman: Api) -> None:
    asha = cast.row(milkman, name="Asha", opening_balance="100")["id"]
    bala = cast.row(milkman, name="Bala", opening_balance="-20.50")["id"]
    cast.row(milkman, name="Chitra")
    # Two customers of one name stay two accounts.
    other = cast.row(milkman, name="Asha", opening_balance="7")["id"]
    order_id = on_trust(milkman, asha)
    record = deliver(milkman, order_id)["record"]
    milkman.put(f"/order/{record['id']}/attendance", {"quantity": "1"}, expect=200)
    deliver(milkman, on_trust(milkman, bala))
    payment_id = pay(milkman, asha, 5000, note="part")
    with transaction():
        ledger.lock_accounts([asha])
        common = {"vendor_id": milkman.user["id"], "customer_id": asha, "day": TODAY}
        ledger.reverse(payment_id=payment_id, amount=5000, actor_id=milkman.user["id"], **common)
        for kind, amount in (("correction", -300), ("write_off", -100)):
            ledger.adjust(kind=kind, amount=amount, reason=f"={kind}", actor_id=milkman.user["id"], **common)
    found = sheet(app, milkman, "ledger")
    mine = [row for row in found if row["Customer no."] == str(asha)]
    assert [(row["Kind"], row["What for"], row["Amount"], row["Balance"]) for row in mine] == [
        ("From before", "", "100.00", "100.00"),
        ("Delivery", "Milk", "108.00", "208.00"),
        ("Delivery", "Milk", "-54.00", "154.00"),
        ("Payment", "cash: part", "-50.00", "104.00"),
        ("Payment taken back", "cash: part", "50.00", "154.00"),
        ("Correction", "'=correction", "-3.00", "151.00"),
        ("Let go", "'=write_off", "-1.00", "150.00"),
    ]
    assert mine[0]["Date"] == MONTH.isoformat()
    assert {row["Date"] for row in mine[1:]} == {TODAY.isoformat()}
    customers = {str(one["id"]): one["balance"] for one in milkman.get("/customers").json["items"]}
    for customer_id, balance in customers.items():
        owed = Decimal(balance["owed_by_customer"]) - Decimal(balance["owed_to_customer"])
        lines = [row for row in found if row["Customer no."] == customer_id]
        assert sum(Decimal(row["Amount"]) for row in lines) == owed, customer_id
        assert not lines or Decimal(lines[-1]["Balance"]) == owed
    assert [row["Amount"] for row in found if row["Customer no."] == str(other)] == ["7.00"]
    assert {row["Currency"] for row in found} == {"INR"}
    before = sheet(app, milkman, "ledger", month_text(BEFORE))
    assert [(row["Kind"], row["Balance"]) for row in before] == [
        ("Open from before", "100.00"),
        ("Open from before", "7.00"),
        ("Open from before", "-20.50"),
    ]
    for month, lines in ((MONTH, found), (BEFORE, before)):
        finance = milkman.get(f"/finance/vendor/month/{milkman.user['id']}?month={month_text(month)}")
        totals = finance["totals"]
        closing = Decimal(totals["owed_to_vendor"]) - Decimal(totals["owed_by_vendor"])
        assert sum(Decimal(row["Amount"]) for row in lines) == closing


def test_sales_at_the_counter_stand_last_and_come_to_nothing(app: Flask, cast: Cast, milkman: Api) -> None:
    cast.row(milkman, name="Zoya", opening_balance="1")
    order_id = milkman.post(
        "/orders", {"order_type": "on_demand", "item_name": "Ghee", "rate": "10"}, expect=201
    )["id"]
    payment_id = pay(milkman, None, 1000)
    with transaction():
        ledger.sell_to_walk_in(
            payment_id=payment_id,
            vendor_id=milkman.user["id"],
            orders=[(order_id, 1000)],
            day=TODAY,
            actor_id=milkman.user["id"],
        )
    found = sheet(app, milkman, "ledger")
    assert [(row["Customer"], row["Kind"], row["What for"], row["Balance"]) for row in found] == [
        ("Zoya", "From before", "", "1.00"),
        ("At the counter", "Extra", "Ghee", "10.00"),
        ("At the counter", "Payment", "cash", "0.00"),
    ]


def test_nothing_of_another_vendor_appears(app: Flask, cast: Cast, milkman: Api) -> None:
    other = cast.vendor(business_name="Other Dairy")
    theirs = cast.row(other, name="Theirs", opening_balance="5")["id"]
    deliver(other, on_trust(other, theirs, item_name="Butter"))
    pay(other, theirs, 100)
    order_id = other.post(
        "/orders", {"order_type": "on_demand", "item_name": "Ghee", "rate": "10"}, expect=201
    )["id"]
    payment_id = pay(other, None, 1000)
    with transaction():
        ledger.sell_to_walk_in(
            payment_id=payment_id,
            vendor_id=other.user["id"],
            orders=[(order_id, 1000)],
            day=TODAY,
            actor_id=other.user["id"],
        )
    for what in FILES:
        assert sheet(app, milkman, what) == [], what
        assert sheet(app, other, what) != [], what


def test_currencies_without_decimals(app: Flask, cast: Cast) -> None:
    vendor = cast.vendor(phone_number="+256712345678", currency="UGX", timezone="Africa/Kampala")
    cast.row(vendor, opening_balance="4000")
    (row,) = sheet(app, vendor, "customers")
    assert (row["Balance"], row["Currency"]) == ("4000", "UGX")


@pytest.mark.parametrize("what", ["customers", "records", "payments", "ledger"])
def test_rows_stay_in_the_database_until_they_are_written(app: Flask, milkman: Api, what: str) -> None:
    kinds = []

    def note(_c: Any, cursor: Any, *_rest: Any) -> None:
        kinds.append(type(cursor))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        sheet(app, milkman, what)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert sum(issubclass(kind, ServerCursor) for kind in kinds) == 1


def test_a_large_month_does_not_fill_the_memory(app: Flask, cast: Cast, milkman: Api) -> None:
    customer_id = cast.row(milkman)["id"]
    execute(
        "INSERT INTO ledger_entries (vendor_id, customer_id, date, kind, target, target_id, amount, at)"
        " SELECT :v, :c, CAST(:day AS date), 'charge', 'record', n, 1, now()"
        " FROM generate_series(1, 40000) n",
        v=milkman.user["id"],
        c=customer_id,
        day=TODAY,
    )
    fetch(app, milkman, "/exports/ledger.csv?month=2020-01").get_data()
    tracemalloc.start()
    try:
        response = fetch(app, milkman, "/exports/ledger.csv")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    size = int(response.headers["Content-Length"])
    assert response.get_data().count(b"\r\n") == 40_001
    assert size > 2_000_000
    assert peak < 8_000_000
