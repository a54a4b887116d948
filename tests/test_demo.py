"""The demo: a business that could be real, whose sums are right and whose logins work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from click.testing import Result
from flask import Flask
from sqlalchemy import select, text

from tests.cast import Api
from tests.months.test_rollup import rows
from vendorapp.demo.load import Demo
from vendorapp.kernel.database import session, transaction
from vendorapp.months import night
from vendorapp.months.proof import verify
from vendorapp.months.rules import Drift
from vendorapp.orders import queries as orders_read
from vendorapp.orders.models import Order
from vendorapp.orders.rules import due_days_in

TODAY = date(2026, 11, 10)


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-11-10T06:30:00Z", tick=True) as traveller:
        yield traveller


def load(app: Flask, *options: str) -> Result:
    return app.test_cli_runner().invoke(args=["demo", "load", *options])


@pytest.fixture
def logins(app: Flask) -> dict[str, tuple[str, str]]:
    """A small demo; phone and password by role."""
    result = load(app, "--customers", "8")
    assert result.exit_code == 0, (result.output, result.exception)
    lines = result.stdout.splitlines()
    assert len(lines) == 2
    found = {role: (phone, password) for role, phone, password in (line.split(" ") for line in lines)}
    assert list(found) == ["vendor", "customer"]
    return found


def signed_in(app: Flask, login: tuple[str, str]) -> Api:
    phone, password = login
    answer = Api(app).post("/login", {"phone_number": phone, "password": password}, expect=200)
    return Api(app, answer["token"], answer["user"])


def test_all_sums_are_right_and_the_night_finds_nothing_to_do(app: Flask, logins: Any) -> None:
    assert rows("SELECT count(*) FROM vendors") == [(2,)]
    assert rows("SELECT count(*) FROM customers GROUP BY vendor_id") == [(8,), (8,)]
    assert rows("SELECT count(*) > 200, min(date)::text, max(date)::text FROM records") == [
        (True, "2026-10-01", "2026-11-10")
    ]
    assert verify() == []
    found = night.rollup(None)
    assert found.drift == 0
    assert found.rows > 0
    again = app.test_cli_runner().invoke(args=["records", "schedule"])
    assert again.stdout.startswith("created 0 ")


def test_the_vendor_can_work(app: Flask, logins: Any) -> None:
    vendor = signed_in(app, logins["vendor"])
    assert vendor.user["user_type"] == "vendor"
    assert len(vendor.get("/customers")["items"]) >= 7
    month = vendor.get(f"/finance/vendor/month/{vendor.user['id']}").json
    assert float(month["totals"]["total_amount"]) > 0
    due = vendor.get("/records", query_string={"date": "2026-11-10"})["items"]
    assert due
    assert {(one["status"], one["vendor_mark"]) for one in due} == {("scheduled", None)}
    marked = vendor.post(f"/order/{due[0]['order_id']}/attendance", {}, expect=200)
    assert marked["record"]["status"] == "delivered"
    assert verify() == []


def test_the_household_takes_from_both_vendors(app: Flask, logins: Any) -> None:
    home = signed_in(app, logins["customer"])
    shops = home.get("/vendors")["items"]
    assert [one["business_name"] for one in shops] == ["Gokul Milk Centre", "Deshpande News Agency"]
    orders = home.get("/orders", query_string={"status": "all", "order_type": "scheduled"})["items"]
    assert sorted(one["status"] for one in orders) == [
        "active", "active", "active", "active", "inactive", "proposed",
    ]  # fmt: skip
    extras = home.get("/orders", query_string={"order_type": "on_demand"})["items"]
    assert sorted(one["status"] for one in extras) == ["accepted", "offered", "requested", "served", "served"]
    patterns = {(one["every"], len(one["weekdays"])) for one in orders}
    assert {(1, 7), (2, 7), (1, 6)} <= patterns
    disputed = home.get("/records", query_string={"disputed": "true"})["items"]
    assert {one["customer_id"] for one in disputed} == {one["customer_id"] for one in shops}
    for shop in shops:
        path = f"/finance/customer/month/{shop['customer_id']}"
        month = home.get(path, query_string={"month": "2026-10"}).json
        assert float(month["charges"]) > 0
        assert float(month["disputed_amount"]) > 0


def test_a_proposal_waits_for_the_household_with_its_notice(app: Flask, logins: Any) -> None:
    home = signed_in(app, logins["customer"])
    (change,) = home.get("/changes")["items"]
    assert (change["kind"], change["status"], change["terms"]["item_name"]) == ("new", "pending", "Paneer")
    (notice,) = home.get("/notifications", query_string={"unread": "true"})["items"]
    assert (notice["kind"], notice["data"]["change_id"]) == ("change_proposed", change["id"])
    answer = home.post(f"/changes/{change['id']}/accept", expect=200)
    assert answer["order"]["status"] == "active"


def test_terms_change_in_the_middle_and_the_past_keeps_its_price(app: Flask, logins: Any) -> None:
    home = signed_in(app, logins["customer"])
    milk = next(
        one
        for one in home.get("/orders", query_string={"status": "active"})["items"]
        if one["item_name"] == "Cow milk"
    )
    detail = home.get(f"/order/{milk['id']}").json
    assert [
        (one["version"], one["rate"], one["effective_from"], one["on_behalf_note"]) for one in detail["terms"]
    ] == [(1, "60.00", "2026-10-01", None), (2, "62.00", "2026-10-21", None)]
    assert {one["accepted_by"] for one in detail["terms"]} == {home.user["id"]}
    assert rows(
        f"SELECT rate, terms_version, min(date)::text, max(date)::text FROM records"
        f" WHERE order_id = {milk['id']} GROUP BY 1, 2 ORDER BY 2"
    ) == [(6000, 1, "2026-10-01", "2026-10-20"), (6200, 2, "2026-10-21", "2026-11-10")]
    (pause,) = detail["pauses"]
    assert (pause["from"], pause["to"]) == ("2026-10-11", "2026-10-13")
    assert rows(
        f"SELECT count(*) FROM records WHERE order_id = {milk['id']}"
        " AND date BETWEEN '2026-10-11' AND '2026-10-13'"
    ) == [(0,)]


def test_the_days_are_those_of_the_rules(app: Flask) -> None:
    assert load(app, "--vendors", "4", "--customers", "30").exit_code == 0
    stored: dict[int, list[date]] = {}
    for order_id, day in rows("SELECT order_id, date FROM records ORDER BY date"):
        stored.setdefault(order_id, []).append(day)
    accepted = session().scalars(select(Order).where(Order.state == "active")).all()
    assert len(accepted) > 100
    for order in accepted:
        days = due_days_in(
            orders_read.order_periods(order),
            start_date=order.start_date,
            ended_on=order.ended_on,
            first=date(2026, 10, 1),
            last=TODAY,
        )
        for pause in orders_read.pauses(order.id):
            days = [day for day in days if not pause.starts_on <= day <= pause.ends_on]
        assert stored.get(order.id, []) == days
        stored_periods = rows(
            f"SELECT starts_on, version, rate, amount FROM order_periods WHERE order_id = {order.id}"
            " ORDER BY starts_on"
        )
        assert stored_periods == [
            (one.starts_on, one.version, one.terms.rate, one.terms.amount)
            for one in orders_read.order_periods(order)
        ]
    assert verify() == []


def test_days_went_as_days_go(app: Flask) -> None:
    assert load(app, "--customers", "60").exit_code == 0
    counts = dict(
        rows(
            "SELECT CASE WHEN disputed THEN 'disputed' WHEN vendor_status IS NULL THEN 'unmarked'"
            " WHEN status = 'skipped' THEN 'skipped' WHEN quantity <> due_quantity THEN 'other'"
            " ELSE 'usual' END, count(*) FROM records GROUP BY 1"
        )
    )
    marked = sum(counts.values()) - counts["unmarked"]
    assert counts["usual"] > 0.9 * marked
    assert counts["skipped"] > 0.01 * marked
    assert counts["other"] > 0.01 * marked
    assert 2 <= counts["disputed"] <= 10
    assert rows("SELECT DISTINCT date::text FROM records WHERE vendor_status IS NULL") == [("2026-11-10",)]
    assert rows(
        "SELECT count(*) FROM records r JOIN customers c ON c.id = r.customer_id"
        " WHERE r.customer_status IS NOT NULL AND c.user_id IS NULL"
    ) == [(0,)]
    # The history holds every mark that the records carry.
    assert rows(
        "SELECT (SELECT count(*) FROM record_marks WHERE side = 'vendor')"
        " = (SELECT count(*) FROM records WHERE vendor_status IS NOT NULL),"
        " (SELECT count(*) FROM record_marks WHERE side = 'customer')"
        " = (SELECT count(*) FROM records WHERE customer_status IS NOT NULL)"
    ) == [(True, True)]
    assert rows("SELECT count(*) > 0, min(date)::text FROM adjustments") == [(True, "2026-09-30")]
    assert rows("SELECT count(*) > 0 FROM orders WHERE ended_on < '2026-11-10'") == [(True,)]


def test_the_first_shop_sells_at_its_counter_and_is_paid(app: Flask, logins: Any) -> None:
    vendor, home = signed_in(app, logins["vendor"]), signed_in(app, logins["customer"])
    products = vendor.get("/products")["items"]
    assert {one["name"]: one["stock_quantity"] for one in products} == {
        "Butter": "34", "Curd cup": "24", "Ghee": "12.5", "Lassi": "27", "Mawa": None,
    }  # fmt: skip
    assert [one["name"] for one in vendor.get("/packages")["items"]] == ["Breakfast set"]
    assert [one["name"] for one in vendor.get("/services")["items"]] == ["Delivery to the door"]
    payments = vendor.get("/payments")["items"]
    assert sorted((one["status"], one["customer_id"] is None, one["item"] or "") for one in payments) == [
        ("claimed", False, ""),
        ("confirmed", False, ""),
        ("confirmed", False, ""),
        ("confirmed", False, ""),
        ("confirmed", True, "invoice"),
    ]
    assert sorted(one["status"] for one in home.get("/payments")["items"]) == ["claimed", "confirmed"]
    invoices = vendor.get("/invoices")["items"]
    assert sorted((one["customer_id"] is None, one["status"]) for one in invoices) == [
        (False, "open"),
        (True, "paid"),
    ]
    assert rows(
        "SELECT month::text, on_behalf_note IS NOT NULL FROM statements WHERE closed_at IS NOT NULL"
        " ORDER BY month DESC LIMIT 1"
    ) == [("2026-10-01", True)]
    assert verify() == []


def test_a_second_load_is_refused(app: Flask, logins: Any) -> None:
    before = rows("SELECT count(*) FROM records")
    again = load(app)
    assert again.exit_code == 1
    assert again.stdout == ""
    assert "The demo is here already" in again.stderr
    assert rows("SELECT count(*) FROM records") == before
    signed_in(app, logins["vendor"])


class Undo(Exception):
    pass


def told(seed: int) -> tuple[Any, ...]:
    """What a demo of this seed tells, apart from ids and passwords; nothing of it stays."""
    try:
        with transaction():
            for step in Demo(vendors=2, customers=25, months=1, seed=seed).steps():
                step()
            people = session().execute(
                text(
                    "SELECT v.business_name, c.name, c.phone_number, c.address, c.status, a.balance"
                    " FROM customers c JOIN vendors v ON v.user_id = c.vendor_id"
                    " JOIN accounts a ON a.customer_id = c.id ORDER BY 1, 3"
                )
            )
            days = session().execute(
                text(
                    "SELECT c.phone_number, r.date, r.item_name, r.rate, r.status, r.quantity, r.vendor_at"
                    " FROM records r JOIN customers c ON c.id = r.customer_id ORDER BY 1, 2, 3"
                )
            )
            found = tuple(map(tuple, people)), tuple(map(tuple, days))
            raise Undo
    except Undo:
        return found


def test_the_same_seed_tells_the_same(app: Flask) -> None:
    first, again, other = told(7), told(7), told(8)
    assert len(first[0]) == 50
    assert first == again
    assert first[0] != other[0]
    assert first[1] != other[1]


@pytest.mark.parametrize(
    ("instant", "months", "first"),
    [
        ("2026-11-30T18:30:00Z", 1, date(2026, 12, 1)),  # the first minute of December in Kolkata
        ("2026-12-01T06:30:00Z", 2, date(2026, 11, 1)),
        ("2026-01-02T06:30:00Z", 3, date(2025, 11, 1)),
        ("2028-02-29T06:30:00Z", 1, date(2028, 2, 1)),
    ],
)
def test_any_day_will_do(
    app: Flask, noon: time_machine.Traveller, instant: str, months: int, first: date
) -> None:
    noon.move_to(instant)
    result = load(app, "--customers", "5", "--months", str(months))
    assert result.exit_code == 0, (result.output, result.exception)
    assert rows("SELECT min(start_date) FROM orders") == [(first,)]
    assert rows("SELECT count(*) FROM orders WHERE start_date < ended_on + 1 OR ended_on IS NULL")[0][0] > 0
    assert verify() == []
    assert night.rollup(None).drift == 0


def test_one_customer_and_one_vendor_will_do(app: Flask) -> None:
    assert load(app, "--vendors", "1", "--customers", "1", "--months", "1").exit_code == 0
    assert rows("SELECT count(*) FROM customers WHERE user_id IS NOT NULL") == [(1,)]
    assert verify() == []


def test_more_vendors_than_kinds_of_shops(app: Flask) -> None:
    assert load(app, "--vendors", "6", "--customers", "2", "--months", "1").exit_code == 0
    assert rows("SELECT count(DISTINCT business_name) FROM vendors") == [(6,)]
    assert rows("SELECT count(*) FROM customers WHERE user_id IS NOT NULL") == [(4,)]
    assert verify() == []


@pytest.mark.parametrize(
    "options",
    [
        ("--vendors", "0"),
        ("--customers", "0"),
        ("--months", "0"),
        ("--customers", "many"),
        ("--seed", "x"),
    ],
)
def test_numbers_that_make_no_demo_are_refused(app: Flask, options: tuple[str, str]) -> None:
    assert load(app, *options).exit_code == 2
    assert rows("SELECT count(*) FROM users") == [(0,)]


def test_nothing_stays_of_a_load_that_fails(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Demo) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(Demo, "_proposal", fail)
    assert load(app, "--customers", "3").exit_code == 1
    assert rows("SELECT count(*) FROM users") == [(0,)]
    assert rows("SELECT count(*) FROM records") == [(0,)]
    assert night.rollup(None) == Drift()
