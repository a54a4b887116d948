"""What the tests of the catalogue begin with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from tests.cast import Answer, Api
from vendorapp.kernel.database import session, transaction

MILK: dict[str, Any] = {
    "name": "Milk",
    "category": "dairy",
    "unit": "bottle",
    "rate": "27.50",
    "returnable": True,
}


def product(vendor: Api, **fields: Any) -> int:
    """A new product; its id."""
    return int(vendor.post("/products", {"name": "Milk", **fields}, expect=201)["id"])


def stock(vendor: Api, product_id: int, quantity: Any, **fields: Any) -> Answer:
    """A move into the stock, unless told otherwise."""
    body = {"transaction": "add", "product_id": product_id, "quantity": quantity, **fields}
    return vendor.post("/stock-transactions", body)


def counted(vendor: Api, quantity: Any, **fields: Any) -> int:
    """A new product of which there is so much; its id."""
    made = product(vendor, **fields)
    assert stock(vendor, made, quantity).status == 201
    return made


def count(vendor: Api, product_id: int) -> str | None:
    """What is in stock."""
    found: str | None = vendor.get(f"/products/{product_id}")["stock_quantity"]
    return found


def rows(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with transaction():
        return [tuple(row) for row in session().execute(text(statement), values)]


def empties() -> dict[tuple[int, int], int]:
    """Every customer's empties: (customer, product) → thousandths."""
    return {
        (customer_id, product_id): quantity
        for customer_id, product_id, quantity in rows("SELECT customer_id, product_id, quantity FROM empties")
    }


def refused(answer: Answer) -> tuple[int, str | None, list[str]]:
    """The status, the code and the fields that are named."""
    return answer.status, answer.code, [one["field"] for one in answer["errors"]]
