"""Orders of both kinds that sell something of the catalogue, and the stock that serving takes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Api, Cast
from tests.records.orders import rows
from vendorapp.months.proof import verify


@pytest.fixture
def ghee(milkman: Api) -> int:
    """A product at 600.00 the kilo, five of them in stock."""
    body = {"name": "Ghee", "unit": "kg", "rate": "600.00", "category": "Dairy"}
    made = int(milkman.post("/products", body, expect=201)["id"])
    milkman.post("/stock-transactions", {"transasction": "add", "productid": made, "quantity": 5}, expect=201)
    return made


def stock(vendor: Api, product: int) -> str:
    return str(vendor.get(f"/products/{product}")["stock_quantity"])


def ask(side: Api, expect: int = 201, **body: Any) -> Any:
    return side.post("/orders", {"order_type": "on-demand", **body}, expect=expect).json


def test_serving_takes_stock_and_taking_back_returns_it(
    milkman: Api, linked: tuple[Api, int], ghee: int
) -> None:
    login, row = linked
    order = ask(login, vendor_id=milkman.user["id"], item="product", itemid=ghee, qauntity="1.5")
    assert (order["item"], order["item_id"], order["item_name"]) == ("product", ghee, "Ghee")
    assert (order["unit"], order["rate"], order["amount"], order["status"]) == (
        "kg",
        "600.00",
        "900.00",
        "requested",
    )
    milkman.post(f"/order/{order['id']}/accept", {}, expect=200)
    assert stock(milkman, ghee) == "5"
    milkman.post(f"/order/{order['id']}/serve", {}, expect=200)
    assert stock(milkman, ghee) == "3.5"
    assert milkman.get(f"/customer/{row}")["balance"]["owed_by_customer"] == "900.00"
    assert milkman.delete(f"/order/{order['id']}", expect=200)["status"] == "cancelled"
    milkman.delete(f"/order/{order['id']}", expect=200)
    assert stock(milkman, ghee) == "5"
    assert milkman.get(f"/customer/{row}")["balance"]["owed_by_customer"] == "0.00"
    assert verify() == []


def test_what_is_not_there_is_not_served(milkman: Api, row_id: int, ghee: int) -> None:
    body: dict[str, Any] = {"customer_id": row_id, "item": "product", "item_id": ghee, "status": "served"}
    refused = ask(milkman, 409, **body, quantity=6)
    assert (refused["code"], refused["current_quantity"]) == ("insufficient_stock", "5")
    assert rows("SELECT count(*) FROM orders") == [(0,)]
    assert rows("SELECT count(*) FROM lines") == [(0,)]
    ask(milkman, **body, quantity=5)
    assert stock(milkman, ghee) == "0"


def test_a_package_takes_its_products(milkman: Api, row_id: int, ghee: int) -> None:
    parts = [{"product_id": ghee, "quantity": "0.5"}]
    hamper = {"name": "Hamper", "rate": "999.00", "components": parts}
    made = milkman.post("/packages", hamper, expect=201)["id"]
    order = ask(milkman, customer_id=row_id, item="package", item_id=made, quantity=3, status="served")
    assert (order["amount"], stock(milkman, ghee)) == ("2997.00", "3.5")


def test_a_standing_order_of_the_catalogue(milkman: Api, row_id: int, ghee: int, cast: Cast) -> None:
    body = {"customer_id": row_id, "item": "product", "item_id": ghee, "on_behalf_note": "by phone"}
    order = milkman.post("/orders", body, expect=201).json
    assert (order["item"], order["item_id"], order["rate"], order["status"]) == (
        "product",
        ghee,
        "600.00",
        "active",
    )
    milkman.post(f"/order/{order['id']}/attendance", {}, expect=201)
    assert stock(milkman, ghee) == "5"  # daily marks take nothing
    other = milkman.post(
        "/changes", {"item": "product", "item_id": ghee, "rate": "620.00", "on_behalf_note": "x"}, expect=200
    ).json
    assert [one["change"]["terms"] for one in other["results"]] == [{"rate": "620.00"}]
    # Another name in free text is not that product any more.
    milkman.put(f"/order/{order['id']}", {"item_name": "Old ghee", "on_behalf_note": "x"}, expect=202)
    seen = milkman.get(f"/order/{order['id']}").json
    assert (seen["item"], seen["item_id"]) == (None, None)
    curd = milkman.post("/products", {"name": "Curd", "rate": "90.00"}, expect=201)["id"]
    changed = {"item": "product", "item_id": curd, "on_behalf_note": "x"}
    milkman.put(f"/order/{order['id']}", changed, expect=202)
    assert milkman.get(f"/order/{order['id']}")["item_id"] == curd


def test_an_item_must_be_this_vendors_and_whole(milkman: Api, row_id: int, ghee: int, cast: Cast) -> None:
    foreign = cast.vendor().post("/products", {"name": "Oil", "rate": "1.00"}, expect=201)["id"]
    body: dict[str, Any] = {"customer_id": row_id, "item": "product"}
    for item_id in (foreign, 99_999_999):
        for kind in ("scheduled", "on_demand"):
            problem = milkman.post("/orders", body | {"item_id": item_id, "order_type": kind}, expect=404)
            assert problem["errors"][0]["field"] == "item_id"
    milkman.delete(f"/products/{ghee}", expect=200)
    milkman.post("/orders", body | {"item_id": ghee}, expect=404)
    for sent, field in (
        ({"item": "product"}, "item_id"),
        ({"item_id": ghee}, "item"),
        ({}, "item_name"),
        ({"item": "cow", "item_id": 1}, "item"),
    ):
        problem = milkman.post("/orders", {"customer_id": row_id, "rate": "1", **sent}, expect=422)
        assert field in [one["field"] for one in problem["errors"]]
    unpriced = milkman.post("/products", {"name": "Fish"}, expect=201)["id"]
    problem = milkman.post("/orders", body | {"item_id": unpriced}, expect=422)
    assert problem.code == "rate_required"
