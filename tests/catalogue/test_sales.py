"""What served orders take out of stock, and what comes back when a sale is taken back."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests.cast import Api, Cast
from vendorapp.catalogue import queries, service
from vendorapp.catalogue.service import Goods
from vendorapp.kernel.database import db, transaction
from vendorapp.kernel.errors import Conflict, Invalid, NotFound, Problem

from .steps import MILK, count, counted, empties, product, rows, stock

MOVES = """
    SELECT order_id, product_id, transaction, old_quantity, quantity, new_quantity, reason, customer_id
    FROM stock_transactions WHERE order_id IS NOT NULL ORDER BY id
"""


def take(vendor: Api, *goods: Goods, customer_id: int | None = None) -> None:
    own = vendor.user["id"]
    with transaction():
        service.take(own, goods, customer_id=customer_id, actor_id=own)


def give_back(vendor: Api, *order_ids: int, **more: Any) -> None:
    own = vendor.user["id"]
    with transaction():
        service.give_back(own, order_ids, actor_id=own, **more)


def package(vendor: Api, **parts: Any) -> int:
    """A package of products by id: ``package(vendor, **{"12": "0.5"})``."""
    components = [{"product_id": int(one), "quantity": quantity} for one, quantity in parts.items()]
    return int(vendor.post("/packages", {"name": "Set", "components": components}, expect=201)["id"])


def test_a_sale_takes_stock_and_leaves_empties(cast: Cast, milkman: Api) -> None:
    milk, bread = counted(milkman, 10, returnable=True), counted(milkman, 4)
    row = cast.row(milkman)["id"]
    take(
        milkman,
        Goods(901, "product", milk, 3000),
        Goods(902, "product", bread, 1500),
        Goods(903, "product", milk, 2000),
        Goods(904, "service", milk, 9000),
        Goods(905, None, None, 9000),
        customer_id=row,
    )
    assert rows(MOVES) == [
        (901, milk, "remove", 10000, 3000, 7000, "sold", row),
        (902, bread, "remove", 4000, 1500, 2500, "sold", row),
        (903, milk, "remove", 7000, 2000, 5000, "sold", row),
    ]
    assert (count(milkman, milk), count(milkman, bread)) == ("5", "2.5")
    assert empties() == {(row, milk): 5000}
    seen = milkman.get(f"/stock-transactions?customer_id={row}&product_id={milk}")["items"]
    assert [(one["quantity"], one["reason"], one["created_by"]) for one in seen] == [
        ("2", "sold", milkman.user["id"]),
        ("3", "sold", milkman.user["id"]),
    ]


def test_a_package_takes_what_it_holds(cast: Cast, milkman: Api) -> None:
    milk, curd = counted(milkman, 10, returnable=True), counted(milkman, 10)
    row = cast.row(milkman)["id"]
    small = package(milkman, **{str(milk): 2, str(curd): "0.333"})
    take(milkman, Goods(901, "package", small, 1500), customer_id=row)
    # 0.333 × 1.5 = 0.4995, rounded half up
    assert (count(milkman, milk), count(milkman, curd)) == ("7", "9.5")
    assert empties() == {(row, milk): 3000}
    take(milkman, Goods(902, "package", small, 1))
    # 0.333 × 0.001 is less than half a thousandth: nothing of it is taken.
    assert (count(milkman, milk), count(milkman, curd)) == ("6.998", "9.5")
    milkman.put(f"/packages/{small}", {"components": [{"product_id": curd, "quantity": 1}]}, expect=200)
    take(milkman, Goods(903, "package", small, 1000))
    assert (count(milkman, milk), count(milkman, curd)) == ("6.998", "8.5")
    assert [one[:2] for one in rows(MOVES)] == [(901, milk), (901, curd), (902, milk), (903, curd)]


def test_what_is_not_counted_never_refuses(cast: Cast, milkman: Api) -> None:
    milk = milkman.post("/products", MILK, expect=201)["id"]
    row = cast.row(milkman)["id"]
    take(milkman, Goods(901, "product", milk, 3000), customer_id=row)
    assert (count(milkman, milk), rows(MOVES), empties()) == (None, [], {(row, milk): 3000})
    take(milkman, Goods(902, "product", milk, 3000))  # a walk-in has no count of empties
    assert empties() == {(row, milk): 3000}


def test_all_or_nothing(milkman: Api) -> None:
    milk, curd = counted(milkman, 10), counted(milkman, 5)
    with pytest.raises(Conflict) as short:
        take(
            milkman,
            Goods(901, "product", milk, 1000),
            Goods(902, "product", curd, 3000),
            Goods(903, "product", curd, 3000),
        )
    assert short.value.code == "insufficient_stock"
    assert short.value.facts == {"product_id": curd, "current_quantity": "5"}
    assert (count(milkman, milk), count(milkman, curd), rows(MOVES)) == ("10", "5", [])


def test_goods_of_somebody_else(cast: Cast, milkman: Api) -> None:
    other = cast.vendor()
    theirs = counted(other, 5)
    for goods in (
        Goods(901, "product", theirs, 1000),
        Goods(901, "package", package(other, **{str(theirs): 1}), 1000),
        Goods(901, "product", 10**15, 1000),
    ):
        with pytest.raises(NotFound) as refused:
            take(milkman, goods)
        assert refused.value.errors[0].field == "item_id"
    assert count(other, theirs) == "5"
    take(other, Goods(901, "product", theirs, 1000))
    give_back(milkman, 901)
    assert count(other, theirs) == "4"


def test_more_than_a_quantity_can_be(milkman: Api) -> None:
    milk = product(milkman)
    huge = package(milkman, **{str(milk): "9999999999"})
    with pytest.raises(Invalid):
        take(milkman, Goods(901, "package", huge, 9_999_999_999_000))


def test_a_sale_taken_back(cast: Cast, milkman: Api) -> None:
    milk, curd = counted(milkman, 10, returnable=True), counted(milkman, 10)
    row = cast.row(milkman)["id"]
    take(milkman, Goods(901, "product", milk, 3000), Goods(902, "product", milk, 1000), customer_id=row)
    take(milkman, Goods(903, "product", curd, 2000))
    for _ in range(2):
        give_back(milkman, 901, 903, 904)
        assert rows(MOVES)[3:] == [
            (901, milk, "add", 6000, 3000, 9000, "taken back", row),
            (903, curd, "add", 8000, 2000, 10000, "taken back", None),
        ]
        assert (count(milkman, milk), count(milkman, curd)) == ("9", "10")
        assert empties() == {(row, milk): 1000}
    give_back(milkman)
    assert len(rows(MOVES)) == 5


def test_empties_of_uncounted_goods_taken_back(cast: Cast, milkman: Api) -> None:
    milk, soda = product(milkman, returnable=True), counted(milkman, 9, returnable=True)
    row = cast.row(milkman)["id"]
    goods = [Goods(901, "product", milk, 3000), Goods(901, "product", soda, 2000)]
    take(milkman, *goods, customer_id=row)
    give_back(milkman, 901, goods=goods, customer_id=row)
    assert empties() == {(row, milk): 0, (row, soda): 0}
    assert (count(milkman, milk), count(milkman, soda)) == (None, "9")
    assert queries.empties_of(row) == []


def test_more_comes_back_than_a_move_by_hand_may_add(milkman: Api) -> None:
    milk = counted(milkman, "9999999999")
    take(milkman, Goods(901, "product", milk, 9_999_999_999_000))
    assert stock(milkman, milk, "9999999999").status == 201
    give_back(milkman, 901)
    assert count(milkman, milk) == "19999999998"


def test_what_can_be_sold_is_found(cast: Cast, milkman: Api) -> None:
    milk = milkman.post("/products", MILK, expect=201)["id"]
    small = package(milkman, **{str(milk): 1})
    repair = milkman.post("/services", {"name": "Repair", "unit": "hour", "rate": 5}, expect=201)["id"]
    milkman.delete(f"/services/{repair}", expect=200)
    own, other = milkman.user["id"], cast.vendor().user["id"]
    with transaction():
        assert queries.find_item(own, "product", milk) == queries.Item(
            "product", milk, "Milk", "bottle", 2750, active=True, returnable=True
        )
        assert queries.find_item(own, "package", small) == queries.Item(
            "package", small, "Set", None, None, active=True, returnable=False
        )
        assert queries.find_item(own, "service", repair) == queries.Item(
            "service", repair, "Repair", "hour", 500, active=False, returnable=False
        )
        assert queries.find_item(other, "product", milk) is None
        assert queries.find_item(own, "bread", milk) is None
        assert queries.find_item(own, "product", 2**63 - 1) is None
        wanted = {("product", milk), ("service", repair), ("package", small), ("service", 10**15)}
        assert set(queries.find_items(own, wanted)) == wanted - {("service", 10**15)}


def test_empties_by_customer_and_whether_there_are_prices(cast: Cast, milkman: Api) -> None:
    own = milkman.user["id"]
    milk = product(milkman, name="Milk", returnable=True)
    soda = product(milkman, name="Crate", unit="piece", returnable=True)
    asha, bina = cast.row(milkman, name="Asha")["id"], cast.row(milkman, name="Bina")["id"]
    take(milkman, Goods(901, "product", milk, 3000), Goods(902, "product", soda, 1000), customer_id=asha)
    take(milkman, Goods(903, "product", milk, 2000), customer_id=bina)
    with transaction():
        assert [(one.product_name, one.unit, one.quantity) for one in queries.empties_of(asha)] == [
            ("Crate", "piece", 1000),
            ("Milk", None, 3000),
        ]
        assert queries.empties_out(milk) == (5000, 2)
        assert queries.has_prices(own) is False
    milkman.post("/services", {"name": "Repair", "rate": 0}, expect=201)
    other = cast.vendor().user["id"]
    with transaction():
        assert (queries.has_prices(own), queries.has_prices(other)) == (True, False)


def test_twenty_sales_of_the_last_seven(app: Flask, cast: Cast, milkman: Api) -> None:
    milk, curd = counted(milkman, 7, returnable=True), counted(milkman, 100)
    row = cast.row(milkman)["id"]
    sets = [
        package(milkman, **{str(milk): 1, str(curd): 1}),
        package(milkman, **{str(curd): 1, str(milk): 1}),
    ]
    heard: list[str] = []
    start = threading.Barrier(20)

    def sell(place: int) -> None:
        goods = [Goods(900 + place, "package", sets[place % 2], 1000)]
        if place % 3 == 0:
            goods = [Goods(900 + place, "product", milk, 1000)]
        with app.app_context():
            start.wait()
            try:
                take(milkman, *goods, customer_id=row)
                heard.append("sold")
            except Problem as problem:
                heard.append(problem.code)

    threads = [threading.Thread(target=sell, args=(place,)) for place in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(heard) == ["insufficient_stock"] * 13 + ["sold"] * 7
    assert (count(milkman, milk), empties()) == ("0", {(row, milk): 7000})
    orders = [900 + place for place in range(20)]
    together = threading.Barrier(4)

    def undo() -> None:
        with app.app_context():
            together.wait()
            give_back(milkman, *orders)

    threads = [threading.Thread(target=undo) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (count(milkman, milk), count(milkman, curd), empties()) == ("7", "100", {(row, milk): 0})


def test_many_sales_take_as_many_statements_as_one(cast: Cast, milkman: Api) -> None:
    products = [counted(milkman, 100, returnable=True) for _ in range(5)]
    sets = [package(milkman, **{str(one): 1 for one in products}) for _ in range(2)]
    row = cast.row(milkman)["id"]
    asked: list[int] = []

    def heard(*_: Any) -> None:
        asked[-1] += 1

    event.listen(db.engine, "before_cursor_execute", heard)
    try:
        for orders in (range(1, 2), range(10, 40)):
            asked.append(0)
            take(milkman, *(Goods(one, "package", sets[one % 2], 1000) for one in orders), customer_id=row)
            asked.append(0)
            give_back(milkman, *orders)
    finally:
        event.remove(db.engine, "before_cursor_execute", heard)
    assert asked[:2] == asked[2:]
    assert [count(milkman, one) for one in products] == ["100"] * 5
