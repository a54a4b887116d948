"""What a month came to, for one account and for the vendor: the same numbers on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event

from tests.cast import Api, Cast
from tests.months.stall import agreed, delivered, picked, sold_at_counter

NOON = "2026-11-10T06:30:00Z"  # noon in Kolkata
SUMS = ("opening_balance", "charges", "payments", "adjustments", "closing_balance")


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=True) as traveller:
        yield traveller


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


def of_customer(who: Api, customer_id: int, month: str | None = None) -> Any:
    """The customer's month, which must be the same by GET and by POST."""
    path = f"/finance/customer/month/{customer_id}"
    found = who.get(path, query_string={"month": month} if month else {}).json
    assert who.post(path, {"month": month} if month else None, expect=200).json == found
    return found


def of_vendor(who: Api, month: str | None = None, vendor_id: int | None = None) -> Any:
    """The vendor's month, which must be the same by GET and by POST."""
    path = f"/finance/vendor/month/{vendor_id or who.user['id']}"
    found = who.get(path, query_string={"month": month} if month else {}).json
    assert who.post(path, {"month": month} if month else None, expect=200).json == found
    return found


def test_both_sides_read_the_same_month(cast: Cast, milkman: Api) -> None:
    home, customer_id = cast.household(of=milkman)
    milk = agreed(milkman, customer_id, home, start_date="2026-10-01", quantity="1.5")
    curd = agreed(milkman, customer_id, home, item_name="Curd", unit=None, rate="90.50")
    delivered(milkman, milk, "2026-10-30")
    delivered(milkman, milk, "2026-11-01")
    delivered(milkman, milk, "2026-11-02", quantity="2.25")
    delivered(milkman, milk, "2026-11-03", status="skipped")
    delivered(milkman, milk, "2026-11-04")
    delivered(home, milk, "2026-11-04", quantity="0.5")  # a dispute: the larger mark is held back
    delivered(home, milk, "2026-11-05")  # the customer's mark alone bills nothing

    found = of_customer(milkman, customer_id, "2026-11")
    assert found == of_customer(home, customer_id, "2026-11")
    assert found == {
        "customer_id": customer_id,
        "vendor_id": milkman.user["id"],
        "month": "2026-11",
        "currency": "INR",
        "orders": [
            {
                "order_id": milk,
                "item_name": "Milk",
                "order_type": "scheduled",
                "active_days": 2,
                "quantity": "3.75",
                "total_amount": "225.00",
                "disputed_amount": "90.00",
            },
            {
                "order_id": curd,
                "item_name": "Curd",
                "order_type": "scheduled",
                "active_days": 0,
                "quantity": "0",
                "total_amount": "0.00",
                "disputed_amount": "0.00",
            },
        ],
        "opening_balance": "90.00",
        "charges": "225.00",
        "payments": "0.00",
        "adjustments": "0.00",
        "closing_balance": "315.00",
        "disputed_amount": "90.00",
        "settled_amount": "0.00",
        "unsettled_amount": "225.00",
        "owed_by_customer": "315.00",
        "owed_to_customer": "0.00",
    }


def test_a_closing_opens_the_next_month_and_money_paid_ahead_is_negative(cast: Cast, milkman: Api) -> None:
    row = cast.row(milkman, opening_balance="-200.00")  # booked on the last day of October
    milk = agreed(milkman, row["id"], start_date="2026-11-01")
    delivered(milkman, milk, "2026-11-01", quantity="2")

    before = of_customer(milkman, row["id"], "2026-09")
    october = of_customer(milkman, row["id"], "2026-10")
    november = of_customer(milkman, row["id"], "2026-11")
    december = of_customer(milkman, row["id"], "2026-12")
    assert [before[name] for name in SUMS] == ["0.00"] * 5
    assert before["orders"] == october["orders"] == []
    assert [october[name] for name in SUMS] == ["0.00", "0.00", "0.00", "-200.00", "-200.00"]
    assert [november[name] for name in SUMS] == ["-200.00", "120.00", "0.00", "0.00", "-80.00"]
    assert [december[name] for name in SUMS] == ["-80.00", "0.00", "0.00", "0.00", "-80.00"]
    assert picked(november, "owed_by_customer", "owed_to_customer") == {
        "owed_by_customer": "0.00",
        "owed_to_customer": "80.00",
    }
    assert picked(november, "settled_amount", "unsettled_amount") == {
        "settled_amount": "0.00",
        "unsettled_amount": "120.00",
    }
    assert [one["closing_balance"] for one in of_vendor(milkman, "2026-10")["customers"]["items"]] == [
        "-200.00"
    ]
    assert picked(of_vendor(milkman, "2026-11")["totals"], "owed_to_vendor", "owed_by_vendor") == {
        "owed_to_vendor": "0.00",
        "owed_by_vendor": "80.00",
    }


def test_the_month_defaults_to_the_one_in_the_vendors_zone(cast: Cast, noon: Any) -> None:
    early, late = cast.vendor(timezone="Pacific/Kiritimati"), cast.vendor(timezone="Pacific/Niue")
    rows = {one.user["id"]: cast.row(one)["id"] for one in (early, late)}
    noon.move_to("2026-11-30T11:00:00Z")
    assert of_customer(early, rows[early.user["id"]])["month"] == "2026-12"
    assert of_vendor(early)["month"] == "2026-12"
    assert of_customer(late, rows[late.user["id"]])["month"] == "2026-11"
    assert of_vendor(late)["month"] == "2026-11"


def test_orders_belong_to_the_months_their_life_meets(cast: Cast, milkman: Api) -> None:
    customer_id = cast.row(milkman)["id"]
    ended = agreed(milkman, customer_id, start_date="2026-09-10", valid_till="2026-10-05")
    running = agreed(milkman, customer_id, item_name="Curd", start_date="2026-10-20")
    later = agreed(milkman, customer_id, item_name="Ghee", start_date="2026-12-01")
    edge = agreed(milkman, customer_id, item_name="Sweets", start_date="2026-10-31", valid_till="2026-11-01")
    milkman.post("/orders", {"customer_id": customer_id, "item_name": "Never", "rate": "1"}, expect=201)
    months = {
        month: [one["order_id"] for one in of_customer(milkman, customer_id, month)["orders"]]
        for month in ("2026-08", "2026-09", "2026-10", "2026-11", "2026-12")
    }
    assert months == {
        "2026-08": [],
        "2026-09": [ended],
        "2026-10": [ended, running, edge],
        "2026-11": [running, edge],
        "2026-12": [running, later],
    }


def test_an_order_goes_by_its_name_of_that_month(cast: Cast, milkman: Api, noon: Any) -> None:
    customer_id = cast.row(milkman)["id"]
    order = agreed(milkman, customer_id, start_date="2026-11-01")
    delivered(milkman, order, "2026-11-10")
    change = {"item_name": "Buffalo milk", "rate": "70.00", "on_behalf_note": "at the door"}
    milkman.put(f"/order/{order}", {**change, "effective_from": "2026-11-15"}, expect=202)
    noon.move_to("2026-12-02T06:30:00Z")
    delivered(milkman, order, "2026-11-20", quantity="0.5")
    delivered(milkman, order, "2026-12-01")

    november = of_vendor(milkman, "2026-11")
    assert november["by_item"] == [
        {
            "item_name": "Buffalo milk",
            "unit": "litre",
            "quantity": "0.5",
            "total_amount": "35.00",
        },
        {"item_name": "Milk", "unit": "litre", "quantity": "1", "total_amount": "60.00"},
    ]
    assert november["totals"]["total_amount"] == "95.00"
    named = [
        of_customer(milkman, customer_id, month)["orders"][0]["item_name"] for month in ("2026-11", "2026-12")
    ]
    assert named == ["Buffalo milk", "Buffalo milk"]


def test_a_vendor_sees_all_customers_together(cast: Cast, milkman: Api) -> None:
    asha, asha_id = cast.household(of=milkman, name="Asha")
    bela = cast.row(milkman, name="Bela", opening_balance="-500.00")
    chitra = cast.row(milkman, name="Chitra")
    gone = cast.row(milkman, name="Gone")
    milkman.delete(f"/customer/{gone['id']}", expect=200)
    milk = agreed(milkman, asha_id, asha, start_date="2026-11-01")
    eggs = agreed(
        milkman, bela["id"], item_name="Eggs", unit=None, rate="6.50", quantity="6", start_date="2026-11-01"
    )
    delivered(milkman, milk, "2026-11-02")
    delivered(milkman, milk, "2026-11-03")
    delivered(asha, milk, "2026-11-03", status="skipped")
    delivered(milkman, eggs, "2026-11-02")
    delivered(milkman, eggs, "2026-11-03", quantity="12")
    rival = cast.vendor()  # nothing of another vendor's month is mixed in
    delivered(rival, agreed(rival, cast.row(rival, opening_balance="9")["id"]), "2026-11-10")

    assert of_vendor(milkman, "2026-11") == {
        "vendor_id": milkman.user["id"],
        "month": "2026-11",
        "currency": "INR",
        "totals": {
            "active_days": 3,
            "quantity": "19",
            "total_amount": "177.00",
            "payments": "0.00",
            "owed_to_vendor": "60.00",
            "owed_by_vendor": "383.00",
            "disputed_amount": "60.00",
        },
        "walk_in": {"total_amount": "0.00", "payments": "0.00"},
        "by_item": [
            {"item_name": "Eggs", "unit": None, "quantity": "18", "total_amount": "117.00"},
            {"item_name": "Milk", "unit": "litre", "quantity": "1", "total_amount": "60.00"},
        ],
        "customers": {
            "items": [
                {
                    "customer_id": asha_id,
                    "name": "Asha",
                    "total_amount": "60.00",
                    "payments": "0.00",
                    "closing_balance": "60.00",
                    "disputed_amount": "60.00",
                },
                {
                    "customer_id": bela["id"],
                    "name": "Bela",
                    "total_amount": "117.00",
                    "payments": "0.00",
                    "closing_balance": "-383.00",
                    "disputed_amount": "0.00",
                },
                {
                    "customer_id": chitra["id"],
                    "name": "Chitra",
                    "total_amount": "0.00",
                    "payments": "0.00",
                    "closing_balance": "0.00",
                    "disputed_amount": "0.00",
                },
            ],
            "next": None,
        },
    }
    empty = of_vendor(milkman, "2026-09")
    assert set(empty["totals"].values()) == {0, "0", "0.00"}
    assert empty["by_item"] == []


def test_customers_come_a_page_at_a_time(cast: Cast, milkman: Api) -> None:
    ids = {name: cast.row(milkman, name=name)["id"] for name in ("Dev", "Asha", "Chitra", "Bela")}
    path = f"/finance/vendor/month/{milkman.user['id']}"
    first = milkman.get(path, query_string={"limit": "3"})["customers"]
    assert [one["name"] for one in first["items"]] == ["Asha", "Bela", "Chitra"]
    rest = milkman.post(path, {"limit": 3, "cursor": first["next"]}, expect=200)["customers"]
    assert rest == milkman.get(path, query_string={"limit": "3", "cursor": first["next"]})["customers"]
    assert [one["customer_id"] for one in rest["items"]] == [ids["Dev"]]
    assert rest["next"] is None
    # A cursor belongs to its month.
    assert (
        milkman.get(path, query_string={"month": "2026-10", "cursor": first["next"]}, expect=422).code
        == "invalid"
    )


def test_a_linked_customer_gets_their_own_account_from_the_vendors_route(cast: Cast, milkman: Api) -> None:
    home, customer_id = cast.household(of=milkman)
    _, other_id = cast.household(of=milkman)
    milk = agreed(milkman, customer_id, home, start_date="2026-11-01")
    delivered(milkman, milk, "2026-11-01")
    vendor_id = milkman.user["id"]
    assert of_vendor(home, "2026-11", vendor_id) == of_customer(home, customer_id, "2026-11")
    assert of_vendor(home, "2026-11", vendor_id)["closing_balance"] == "60.00"
    home.get(f"/finance/customer/month/{other_id}", expect=404)


def test_foreign_and_missing_ids_answer_alike(cast: Cast, milkman: Api, api: Api) -> None:
    home, customer_id = cast.household(of=milkman)
    rival, stranger = cast.vendor(), cast.customer_login()
    for who, path in (
        (rival, f"/finance/customer/month/{customer_id}"),
        (stranger, f"/finance/customer/month/{customer_id}"),
        (rival, f"/finance/vendor/month/{milkman.user['id']}"),
        (stranger, f"/finance/vendor/month/{milkman.user['id']}"),
        (home, f"/finance/vendor/month/{rival.user['id']}"),
        (milkman, f"/finance/vendor/month/{home.user['id']}"),
        *(
            (who, f"/finance/{kind}/month/{number}")
            for who in (milkman, home)
            for kind in ("customer", "vendor")
            for number in (999_999, 2**63, 10**30)
        ),
    ):
        found = who.get(path, expect=404).json
        assert (found["code"], found["errors"]) == ("not_found", []), path
        assert who.post(path, {}, expect=404).json == found, path
    for kind, number in (("customer", customer_id), ("vendor", milkman.user["id"])):
        assert api.get(f"/finance/{kind}/month/{number}", expect=401).code == "unauthenticated"
        assert api.post(f"/finance/{kind}/month/{number}", {}, expect=401).code == "unauthenticated"


def test_an_unlinked_login_sees_nothing_any_more(cast: Cast, milkman: Api) -> None:
    home, customer_id = cast.household(of=milkman)
    assert of_customer(home, customer_id)["customer_id"] == customer_id
    milkman.delete(f"/customer/{customer_id}/invite", expect=204)
    home.get(f"/finance/customer/month/{customer_id}", expect=404)
    home.get(f"/finance/vendor/month/{milkman.user['id']}", expect=404)
    assert of_customer(milkman, customer_id)["customer_id"] == customer_id


@pytest.mark.parametrize(
    "month", ["2026-13", "2026-1", "2026-11-01", "november", "1969-12", "2200-01", "２０２６-11", " 2026-11"]
)
def test_a_bad_month_is_refused(cast: Cast, milkman: Api, month: str) -> None:
    customer_id = cast.row(milkman)["id"]
    for path in (f"/finance/customer/month/{customer_id}", f"/finance/vendor/month/{milkman.user['id']}"):
        for answer in (
            milkman.get(path, query_string={"month": month}, expect=422),
            milkman.post(path, {"month": month}, expect=422),
        ):
            assert answer.code == "invalid"
            assert [fault["field"] for fault in answer["errors"]] == ["month"]


@pytest.mark.parametrize("value", [202611, 2026.11, True, ["2026-11"], {"month": "2026-11"}])
def test_a_month_is_text(cast: Cast, milkman: Api, value: Any) -> None:
    customer_id = cast.row(milkman)["id"]
    answer = milkman.post(f"/finance/customer/month/{customer_id}", {"month": value}, expect=422)
    assert answer.code == "invalid"


def test_other_fields_and_other_methods_are_refused(cast: Cast, milkman: Api) -> None:
    customer_id = cast.row(milkman)["id"]
    path = f"/finance/customer/month/{customer_id}"
    assert milkman.post(path, {"vendorId": 1}, expect=422).code == "unknown_field"
    assert milkman.get(path, query_string={"limit": "5"}, expect=422).code == "unknown_field"
    assert milkman.put(path, {}, expect=405).code == "method_not_allowed"
    of_vendor_path = f"/finance/vendor/month/{milkman.user['id']}"
    for limit in (0, 201, "5", 1.5, True):
        assert milkman.post(of_vendor_path, {"limit": limit}, expect=422).code == "invalid"
    for nothing in (None, ""):
        assert milkman.post(path, {"month": nothing}, expect=200)["month"] == "2026-11"


def test_reading_by_post_keeps_to_its_idempotency_key(cast: Cast, milkman: Api) -> None:
    customer_id = cast.row(milkman)["id"]
    order = agreed(milkman, customer_id, start_date="2026-11-01")
    for path in (f"/finance/customer/month/{customer_id}", f"/finance/vendor/month/{milkman.user['id']}"):
        key = {"headers": {"Idempotency-Key": "the same"}}
        before = milkman.post(path, {"month": "2026-11"}, expect=200, **key)
        delivered(milkman, order, "2026-11-01" if "customer" in path else "2026-11-02")
        after = milkman.post(path, {"month": "2026-11"}, expect=200, **key)
        assert after.response.headers["Idempotent-Replayed"] == "true"
        assert after.json == before.json
        assert milkman.post(path, {"month": "2026-11"}, expect=200).json != before.json
        reused = milkman.post(path, {"month": "2026-10"}, expect=422, **key)
        assert reused.code == "idempotency_key_reused"


def test_a_currency_without_decimals(cast: Cast) -> None:
    vendor = cast.vendor(currency="UGX", timezone="Africa/Kampala")
    row = cast.row(vendor, opening_balance="4000")
    order = agreed(vendor, row["id"], rate="1000", quantity="2.5", start_date="2026-11-01")
    delivered(vendor, order, "2026-11-01")
    found = of_customer(vendor, row["id"], "2026-11")
    assert [found[name] for name in SUMS] == ["4000", "2500", "0", "0", "6500"]
    assert of_vendor(vendor, "2026-11")["totals"]["owed_to_vendor"] == "6500"


def test_the_number_of_queries_does_not_grow(cast: Cast, milkman: Api, app: Flask) -> None:
    from vendorapp.kernel.database import db

    asked: list[str] = []

    def count(path: str) -> int:
        asked.clear()
        milkman.get(path)
        return len(asked)

    def listen(*arguments: Any) -> None:
        asked.append(arguments[2])

    customer_id = cast.row(milkman)["id"]
    paths = (f"/finance/customer/month/{customer_id}", f"/finance/vendor/month/{milkman.user['id']}")
    delivered(milkman, agreed(milkman, customer_id), "2026-11-10")
    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        few = [count(path) for path in paths]
        for number in range(4):
            order = agreed(milkman, customer_id, item_name=f"Item {number}")
            delivered(milkman, order, "2026-11-10")
            delivered(milkman, agreed(milkman, cast.row(milkman)["id"]), "2026-11-10")
        assert [count(path) for path in paths] == few
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)
    assert max(few) <= 8


def test_the_vendors_month_holds_what_was_sold_at_the_counter(cast: Cast, milkman: Api) -> None:
    customer_id = cast.row(milkman)["id"]
    delivered(milkman, agreed(milkman, customer_id, start_date="2026-11-01"), "2026-11-01")
    sold_at_counter(milkman.user["id"])
    sold_at_counter(cast.vendor().user["id"])
    found = of_vendor(milkman)
    assert found["walk_in"] == {"total_amount": "9.00", "payments": "9.00"}
    assert picked(
        found["totals"], "active_days", "quantity", "total_amount", "payments", "owed_to_vendor"
    ) == {
        "active_days": 2,
        "quantity": "2",
        "total_amount": "69.00",
        "payments": "9.00",
        "owed_to_vendor": "60.00",
    }
    assert found["by_item"] == [
        {"item_name": "Bread", "unit": None, "quantity": "1", "total_amount": "9.00"},
        {"item_name": "Milk", "unit": "litre", "quantity": "1", "total_amount": "60.00"},
    ]
    october = of_vendor(milkman, "2026-10")
    assert (october["by_item"], october["totals"]["quantity"]) == ([], "0")
