"""The thirty-two cases of a payment, as the table has them: status, code, and what is there afterwards.

The bodies are spelled as the seed spells them, for a shop in Kampala without prices in its catalogue.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cast import Answer, Api, Cast

from .paying import bill, extra, invoice, order, snapshot

CASES = json.loads((Path(__file__).parent / "payment_cases.json").read_text("utf-8"))
ROBERT = {"firstname": "Robert", "lastname": "Green", "phone": "+256781224508"}
ITEMS = ("order", "invoice", "bill")


@dataclass
class Shop:
    """A vendor with three things to sell, a customer, and something of each kind that nobody owns yet."""

    vendor: Api
    customer_id: int
    lines: list[dict[str, Any]]
    waiting: dict[str, int]
    to_bill: list[int]


@pytest.fixture
def shop(cast: Cast) -> Shop:
    vendor = cast.vendor(currency="UGX", timezone="Africa/Kampala", business_name="Okello Stores")
    product = vendor.post("/products", {"name": "Soda", "unit": "crate"}, expect=201)["id"]
    package = vendor.post(
        "/packages", {"name": "Feast", "components": [{"product_id": product, "quantity": 2}]}, expect=201
    )["id"]
    service = vendor.post("/services", {"name": "Delivery"}, expect=201)["id"]
    lines = [
        {"item": item, "itemid": itemid, "qauntity": 3}
        for item, itemid in (("product", product), ("package", package), ("service", service))
    ]
    on_bill = invoice(vendor, [{"id": extra(vendor, rate="1500")}])
    waiting = {
        "order": extra(vendor, rate="4000"),
        "invoice": invoice(vendor, [{"id": extra(vendor, rate="1000")}, {"id": extra(vendor, rate="3000")}]),
        "bill": bill(vendor, invoices=f"{on_bill}", orders=[{"id": extra(vendor, rate="2500")}]),
    }
    to_bill = [invoice(vendor, [{"id": extra(vendor, rate="500")}]) for _ in range(2)]
    return Shop(vendor, int(cast.row(vendor)["id"]), lines, waiting, to_bill)


def new_target(shop: Shop, item: str) -> dict[str, Any]:
    """The nested object, with a paid and a visit that nobody listens to."""
    served = [{**line, "status": "served", "paid": True, "visit": {}} for line in shop.lines]
    if item == "order":
        return served[0]
    if item == "invoice":
        return {"orders": served}
    first, second, third = shop.lines
    both = ", ".join(map(str, shop.to_bill))
    return {"invoices": both, "orders": [first, second, {**third, "status": "billed"}]}


def body_of(shop: Shop, row: dict[str, Any]) -> dict[str, Any]:
    item = None if row["item"] == "?" else row["item"]
    body: dict[str, Any] = {"amount": 4000, "createdby": shop.vendor.user["id"]}
    body["customer"] = ROBERT if row["customer"] else {}
    if row["customerid"]:
        body["customerid"] = shop.customer_id
    if item:
        body["item"] = item
    if row["target"]:
        body[item or "order"] = new_target(shop, item or "order")
    elif item:
        body["itemid"] = shop.waiting[item]
    return body


@pytest.mark.parametrize("row", CASES, ids=lambda row: f"{row['case']:02}-{row['code']}")
def test_case(shop: Shop, row: dict[str, Any]) -> None:
    before = snapshot()
    answer = shop.vendor.post("/payments", body_of(shop, row))
    assert answer.status == row["status"], answer.json
    if row["status"] == 422:
        assert answer.code == row["code"]
        assert snapshot() == before
        expected_hint = {"item": "order"} if row["target"] and row["item"] == "?" else None
        assert answer.json.get("hint") == expected_hint
        if row["case"] == 28:
            assert [one["code"] for one in answer["errors"]] == ["customer_ambiguous", "item_required"]
        return
    payer = check_payer(shop, row, answer)
    if row["code"] == "ok_on_account":
        assert (answer["payment"]["allocations"], answer["payment"]["unallocated"]) == ([], "4000")
        assert (answer["payment"]["item"], answer["payment"]["item_id"]) == (None, None)
        assert answer["balance"]["owed_to_customer"] == "4000"
        return
    check_target(shop, row, answer, payer)
    if payer is not None:
        balance = answer["balance"]
        assert (balance["owed_by_customer"], balance["owed_to_customer"]) == ("0", "0")


def check_payer(shop: Shop, row: dict[str, Any], answer: Answer) -> int | None:
    """Whose payment it is: nobody's, a new customer's, or the known one's."""
    payment = answer["payment"]
    assert (payment["amount"], payment["currency"], payment["status"]) == ("4000", "UGX", "confirmed")
    assert payment["created_by"] == shop.vendor.user["id"]
    payer: int | None = payment["customer_id"]
    book = {one["id"]: one for one in shop.vendor.get("/customers").json["items"]}
    assert len(book) == 1 + row["customer"]
    if row["customer"]:
        assert payer is not None
        assert (book[payer]["name"], book[payer]["phone_number"]) == ("Robert Green", "+256781224508")
    else:
        assert payer == (shop.customer_id if row["customerid"] else None)
    assert (answer.json.get("customer") or {}).get("id") == payer
    assert ("balance" in answer.json) == (payer is not None)
    return payer


def check_target(shop: Shop, row: dict[str, Any], answer: Answer, payer: int | None) -> None:
    """What was paid exists, is that of the payer, handed over and paid, to its last line."""
    item = row["item"]
    target = answer[item]
    payment = answer["payment"]
    assert (payment["item"], payment["item_id"]) == (item, target["id"])
    assert target["customer_id"] == payer
    if not row["target"]:
        assert target["id"] == shop.waiting[item]
    if item == "order":
        assert order(shop.vendor, target["id"]) == ("served", True, payer)
        assert target["amount"] == "4000"
        return
    assert (target["status"], target["amount"], target["paid_amount"]) == ("paid", "4000", "4000")
    own = target["lines"] if item == "invoice" else target["orders"]
    if row["target"]:
        assert [line["rate"] for line in own] == [None] * 3
        shares = ["1333", "1333", "1334"] if item == "invoice" else ["1000"] * 3
        assert [line["amount"] for line in own] == shares
    for line in own:
        word = "served" if item == "invoice" else "billed"
        assert order(shop.vendor, line["order_id"]) == (word, True, payer)
    if item == "bill":
        if row["target"]:
            assert [one["id"] for one in target["invoices"]] == shop.to_bill
        for one in target["invoices"]:
            found = shop.vendor.get(f"/invoices/{one['id']}").json
            assert (found["status"], found["customer_id"]) == ("paid", payer)
            for line in found["lines"]:
                assert order(shop.vendor, line["order_id"]) == ("billed", True, payer)


def test_the_table_is_whole() -> None:
    assert [row["case"] for row in CASES] == list(range(32))
    for row in CASES:
        number = 0 if row["item"] == "?" else ITEMS.index(row["item"]) + 1
        assert row["case"] == 16 * row["customerid"] + 8 * row["customer"] + 4 * row["target"] + number
