"""The server owns the count: moves by hand, what they refuse, and what becomes of empties."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.cast import Answer, Api, Cast
from tests.records.orders import execute
from vendorapp.catalogue import rules

from .steps import MILK, count, counted, empties, product, refused, stock


def test_the_seeds_bodies(milkman: Api) -> None:
    soda = counted(milkman, 700, category="soda")
    body = {
        "transasction": "add",
        "productCategory": "soda",
        "productid": soda,
        "oldQuantity": 700,
        "quantity": 200,
        "newQuantity": 900,
        "returned": False,
        "createdby": milkman.user["id"],
    }
    made = milkman.post("/stock-transactions", body, expect=201).json
    assert made == {
        "id": made["id"],
        "transaction": "add",
        "product_id": soda,
        "product_category": "soda",
        "old_quantity": "700",
        "quantity": "200",
        "new_quantity": "900",
        "returned": False,
        "reason": None,
        "customer_id": None,
        "created_by": milkman.user["id"],
        "created_at": made["created_at"],
    }
    crates = counted(milkman, 60, category="soda crates")
    body = {
        "transasction": "remove",
        "productCategory": "soda crates",
        "productid": crates,
        "oldQuantity": 60,
        "qauntity": 35,
        "newQuantity": 25,
        "createdby": milkman.user["id"],
    }
    removed = milkman.post("/stock-transactions", body, expect=201)
    assert (removed["new_quantity"], count(milkman, crates)) == ("25", "25")
    assert milkman.get("/stock-transactions")["items"][2] == made


def test_nothing_is_counted_before_the_first_move(milkman: Api) -> None:
    milk = product(milkman)
    assert count(milkman, milk) is None
    short = stock(milkman, milk, 1, transaction="remove")
    assert (short.status, short.code, short["current_quantity"]) == (409, "insufficient_stock", "0")
    stale = stock(milkman, milk, 1, old_quantity=5)
    assert (stale.status, stale.code, stale["current_quantity"]) == (409, "stale_quantity", "0")
    assert count(milkman, milk) is None
    first = stock(milkman, milk, "1.5", old_quantity=0, new_quantity="1.5", reason="counted")
    assert first.status == 201
    assert [first[name] for name in ("old_quantity", "quantity", "new_quantity", "reason")] == [
        "0",
        "1.5",
        "1.5",
        "counted",
    ]
    assert count(milkman, milk) == "1.5"
    assert stock(milkman, milk, "1.5", transaction="remove").status == 201
    assert count(milkman, milk) == "0"


def test_what_is_believed_must_be_so(milkman: Api) -> None:
    milk = counted(milkman, 10, category="dairy")
    stale = stock(milkman, milk, 1, old_quantity=9, new_quantity=10)
    assert (stale.status, stale.code, stale["current_quantity"]) == (409, "stale_quantity", "10")
    assert refused(stock(milkman, milk, 1, new_quantity=12)) == (422, "invalid", ["new_quantity"])
    assert refused(stock(milkman, milk, 1, old_quantity=10, new_quantity=9)) == (
        422,
        "invalid",
        ["new_quantity"],
    )
    # Shape before state: it does not fit, whatever the count is.
    assert refused(stock(milkman, milk, 1, old_quantity=3, new_quantity=5)) == (
        422,
        "invalid",
        ["new_quantity"],
    )
    assert refused(stock(milkman, 10**15, 1, old_quantity=3, new_quantity=5))[0] == 422
    assert refused(stock(milkman, milk, 1, product_category="soda")) == (422, "invalid", ["product_category"])
    assert refused(stock(milkman, milk, 1, product_category="soda", old_quantity=1))[0] == 422
    plain = product(milkman)
    assert refused(stock(milkman, plain, 1, product_category="soda")) == (
        422,
        "invalid",
        ["product_category"],
    )
    assert (
        stock(milkman, milk, 1, product_category="dairy", old_quantity="10", new_quantity="11").status == 201
    )
    assert stock(milkman, milk, 1, transaction="remove", new_quantity="10").status == 201
    assert count(milkman, milk) == "10"


def test_never_below_zero(milkman: Api) -> None:
    milk = counted(milkman, "2.5")
    for more in ({}, {"old_quantity": "2.5"}, {"new_quantity": 0}):
        short = stock(milkman, milk, "2.501", transaction="remove", **more)
        assert (short.status, short.code, short["current_quantity"]) == (409, "insufficient_stock", "2.5")
    assert stock(milkman, milk, "2.5", transaction="remove").status == 201
    assert count(milkman, milk) == "0"


def test_bad_shapes(milkman: Api) -> None:
    milk = counted(milkman, 1)
    numbers = ("-1", "1.0001", "1e1", "NaN", True, [1], 10**10, "٣")
    for field in ("quantity", "old_quantity", "new_quantity"):
        for wrong in numbers:
            refusal = refused(stock(milkman, milk, **{"quantity": 1, field: wrong}))
            assert refusal == (422, "invalid", [field]), wrong
    others: tuple[tuple[str, Any], ...] = (
        ("quantity", 0),
        ("quantity", None),
        ("transaction", "move"),
        ("transaction", None),
        ("product_id", "1"),
        ("product_id", None),
        ("customer_id", "1"),
        ("returned", "false"),
        ("reason", "x" * 201),
    )
    for field, wrong in others:
        body = {"transaction": "add", "product_id": milk, "quantity": 1, field: wrong}
        assert refused(milkman.post("/stock-transactions", body)) == (422, "invalid", [field]), wrong
    assert refused(stock(milkman, milk, 1, colour="red")) == (422, "unknown_field", ["colour"])
    assert stock(milkman, milk, 1, created_by=milkman.user["id"] + 1).code == "created_by_mismatch"
    assert count(milkman, milk) == "1"


def test_the_largest_stock(milkman: Api) -> None:
    milk = counted(milkman, "9999999998")
    assert refused(stock(milkman, milk, "1.001")) == (422, "invalid", ["quantity"])
    assert stock(milkman, milk, 1).status == 201
    assert stock(milkman, milk, 1, transaction="remove", old_quantity="9999999999").status == 201
    assert refused(stock(milkman, milk, "9999999999")) == (422, "invalid", ["quantity"])


def test_a_foreign_id_is_a_missing_one(cast: Cast, milkman: Api) -> None:
    other = cast.vendor()
    theirs, their_row = counted(other, 5), cast.row(other)["id"]
    milk = counted(milkman, 5, returnable=True)
    for wrong in (theirs, 0, -1, 10**30):
        assert refused(stock(milkman, wrong, 1)) == (404, "not_found", ["product_id"]), wrong
    for wrong in (their_row, 0, 10**30):
        assert refused(stock(milkman, milk, 1, returned=True, customer_id=wrong)) == (
            404,
            "not_found",
            ["customer_id"],
        )
        for path in ("product_id", "customer_id"):
            found = milkman.get(f"/stock-transactions?{path}={wrong}")
            assert found.json == {"items": [], "next": None}
    assert milkman.get(f"/stock-transactions?product_id={theirs}")["items"] == []
    assert (count(other, theirs), count(milkman, milk), empties()) == ("5", "5", {})
    milkman.get("/stock-transactions?product_id=x", expect=422)


def test_the_list_is_newest_first(cast: Cast, milkman: Api) -> None:
    milk, curd = counted(milkman, 5, returnable=True), counted(milkman, 7)
    row = cast.row(milkman)["id"]
    assert stock(milkman, milk, 2, returned=True, customer_id=row, reason="monsoon").status == 201

    def seen(query: str) -> list[tuple[int, str, bool]]:
        items = milkman.get(f"/stock-transactions?{query}")["items"]
        return [(one["product_id"], one["quantity"], one["returned"]) for one in items]

    assert seen("") == [(milk, "2", True), (curd, "7", False), (milk, "5", False)]
    assert seen(f"product_id={milk}") == [(milk, "2", True), (milk, "5", False)]
    assert seen(f"productid={curd}") == [(curd, "7", False)]
    assert seen(f"customer_id={row}") == [(milk, "2", True)]
    assert seen(f"customer_id={row}&product_id={curd}") == []
    page = milkman.get("/stock-transactions?limit=2")
    assert stock(milkman, curd, 1).status == 201
    rest = milkman.get(f"/stock-transactions?limit=2&cursor={page['next']}")
    assert ([one["quantity"] for one in rest["items"]], rest["next"]) == (["5"], None)


def test_stock_is_the_vendors_business(cast: Cast, milkman: Api) -> None:
    login, row = cast.household(of=milkman)
    milk = counted(milkman, 5)
    login.get("/stock-transactions", expect=403)
    login.get(f"/stock-transactions?customer_id={row}", expect=403)
    assert stock(login, milk, 1).status == 403


def test_empties_come_back(cast: Cast, milkman: Api) -> None:
    milk = milkman.post("/products", MILK, expect=201)["id"]
    row = cast.row(milkman)["id"]
    assert stock(milkman, milk, 20).status == 201
    assert stock(milkman, milk, 6, transaction="remove", customer_id=row).status == 201
    assert empties() == {(row, milk): 6000}
    back = stock(milkman, milk, 4, returned=True, customer_id=row)
    assert (back.status, back["returned"], back["customer_id"]) == (201, True, row)
    assert (count(milkman, milk), empties()) == ("18", {(row, milk): 2000})
    # More than we know of: the count tells it.
    assert stock(milkman, milk, 3, returned=True, customer_id=row).status == 201
    assert empties() == {(row, milk): -1000}
    # Goods that a customer has to do with, but that came in as any others.
    assert stock(milkman, milk, 1, customer_id=row).status == 201
    assert empties() == {(row, milk): -1000}


def test_what_can_have_come_back(cast: Cast, milkman: Api) -> None:
    milk, row = counted(milkman, 5, returnable=True), cast.row(milkman)["id"]

    def back(**fields: Any) -> tuple[int, str | None, list[str]]:
        return refused(stock(milkman, milk, 1, returned=True, **fields))

    assert back() == (422, "invalid", ["customer_id"])
    assert back(transaction="remove", customer_id=row) == (422, "invalid", ["returned"])
    assert back(transaction="remove") == (422, "invalid", ["returned", "customer_id"])
    assert (count(milkman, milk), empties()) == ("5", {})
    # Nothing of it comes back empty: the goods do, and nobody has a count of empties.
    bread = counted(milkman, 5)
    assert stock(milkman, bread, 1, returned=True, customer_id=row).status == 201
    assert (count(milkman, bread), empties()) == ("6", {})


def test_an_inactive_product_or_customer_still_settles_its_stock(cast: Cast, milkman: Api) -> None:
    milk, row = counted(milkman, 5, returnable=True), cast.row(milkman)["id"]
    milkman.delete(f"/products/{milk}", expect=200)
    milkman.delete(f"/customer/{row}", expect=200)
    assert stock(milkman, milk, 1, returned=True, customer_id=row).status == 201
    assert empties() == {(row, milk): -1000}


def test_too_many_empties(cast: Cast, milkman: Api) -> None:
    milk, row = counted(milkman, 5, returnable=True), cast.row(milkman)["id"]
    most = {"customer_id": row, "transaction": "remove"}
    assert stock(milkman, milk, 1, **most).status == 201
    execute("UPDATE empties SET quantity = :most", most=rules.LARGEST_SUM - 1000)
    assert stock(milkman, milk, 1, **most).status == 201
    assert refused(stock(milkman, milk, "0.001", **most)) == (422, "invalid", ["quantity"])
    assert (count(milkman, milk), empties()) == ("3", {(row, milk): rules.LARGEST_SUM})


def test_a_second_click_moves_once(milkman: Api) -> None:
    milk = counted(milkman, 5)
    headers = {"Idempotency-Key": "k"}
    body = {"transaction": "add", "product_id": milk, "quantity": 2}
    first = milkman.post("/stock-transactions", body, expect=201, headers=headers)
    assert milkman.post("/stock-transactions", body, expect=201, headers=headers).json == first.json
    assert count(milkman, milk) == "7"


AT_ONCE = 20


def race(calls: list[Callable[[], Answer]]) -> Counter[tuple[int, str | None]]:
    found: list[tuple[int, str | None]] = []
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Answer]) -> None:
        start.wait()
        answer = call()
        found.append((answer.status, answer.code if answer.status >= 400 else None))

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == len(calls)
    return Counter(found)


def test_twenty_take_the_last_seven(milkman: Api) -> None:
    milk = counted(milkman, 7)
    heard = race([partial(stock, milkman, milk, 1, transaction="remove")] * AT_ONCE)
    assert heard == {(201, None): 7, (409, "insufficient_stock"): AT_ONCE - 7}
    assert count(milkman, milk) == "0"


def test_of_twenty_who_saw_the_same_count_one_moves_it(milkman: Api) -> None:
    milk = counted(milkman, 7)
    heard = race([partial(stock, milkman, milk, 1, old_quantity=7, new_quantity=8)] * AT_ONCE)
    assert heard == {(201, None): 1, (409, "stale_quantity"): AT_ONCE - 1}
    assert count(milkman, milk) == "8"


def test_the_first_moves_of_a_product_at_once(cast: Cast, milkman: Api) -> None:
    milk, row = product(milkman, returnable=True), cast.row(milkman)["id"]
    heard = race([partial(stock, milkman, milk, 1, returned=True, customer_id=row)] * AT_ONCE)
    assert heard == {(201, None): AT_ONCE}
    assert (count(milkman, milk), empties()) == ("20", {(row, milk): -20000})


def test_nothing_changes_a_move(milkman: Api) -> None:
    made = stock(milkman, product(milkman), 1)["id"]
    for method in ("PUT", "DELETE", "GET"):
        assert milkman.call(method, f"/stock-transactions/{made}").status == 404
