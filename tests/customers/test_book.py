"""A vendor reads the book: filters, search, orders, pages."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from tests.cast import Api, Cast
from vendorapp.customers import service
from vendorapp.kernel.database import db, transaction


def names(vendor: Api, query: str = "") -> list[str]:
    return [row["name"] for row in vendor.get(f"/customers{query}")["items"]]


def walk(vendor: Api, query: str) -> list[str]:
    """The names of all pages, two rows at a time."""
    found, cursor = [], ""
    while True:
        page = vendor.get(f"/customers?limit=2{query}{cursor}")
        assert 1 <= len(page["items"]) <= 2
        found += [row["name"] for row in page["items"]]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


@pytest.fixture
def milkman(cast: Cast) -> Api:
    """Five rows and one inactive, and a neighbour's book beside it."""
    vendor = cast.vendor()
    for name, stop, balance in (
        ("Dev", 3, "10"),
        ("Asha", None, "30"),
        ("Chitra", 1, "-5"),
        ("Bala", 3, "0"),
        ("Esha", None, "30"),
    ):
        fields = {"name": name, "opening_balance": balance}
        cast.row(vendor, **fields, **({"stop_order": stop} if stop else {}))
    cast.row(cast.vendor(), name="Neighbour's")
    return vendor


def test_an_empty_book(cast: Cast) -> None:
    assert cast.vendor().get("/customers").json == {"items": [], "next": None}


def test_items_are_whole_rows(cast: Cast) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor, opening_balance="-2.5", notes="dog")
    assert vendor.get("/customers")["items"] == [row]
    assert row["balance"]["owed_to_customer"] == "2.50"


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", ["Asha", "Bala", "Chitra", "Dev", "Esha"]),
        ("&sort=name", ["Asha", "Bala", "Chitra", "Dev", "Esha"]),
        ("&sort=stop_order", ["Chitra", "Bala", "Dev", "Asha", "Esha"]),
        ("&sort=balance", ["Asha", "Esha", "Dev", "Bala", "Chitra"]),
    ],
)
def test_orders_and_their_pages(milkman: Api, sort: str, expected: list[str]) -> None:
    assert names(milkman, f"?limit=200{sort}") == expected
    assert walk(milkman, sort) == expected


def test_pages_are_stable_under_inserts(cast: Cast, milkman: Api) -> None:
    first = milkman.get("/customers?limit=2")
    cast.row(milkman, name="Aaron")
    cast.row(milkman, name="Chandra")
    rest = names(milkman, f"?cursor={first['next']}")
    assert [row["name"] for row in first["items"]] == ["Asha", "Bala"]
    assert rest == ["Chandra", "Chitra", "Dev", "Esha"]


def test_rows_of_one_name_are_all_paged(cast: Cast) -> None:
    vendor = cast.vendor()
    ids = {cast.row(vendor, name="Asha")["id"] for _ in range(5)}
    seen, cursor = [], ""
    for _ in range(3):
        page = vendor.get(f"/customers?limit=2{cursor}")
        seen += [row["id"] for row in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert sorted(seen) == sorted(ids)


def test_status(cast: Cast, milkman: Api) -> None:
    bala = milkman.get("/customers?q=Bala")["items"][0]["id"]
    with transaction():
        assert service.deactivate(milkman.user["id"], bala).status == "inactive"
    assert "Bala" not in names(milkman)
    assert "Bala" not in names(milkman, "?status=active")
    assert names(milkman, "?status=inactive") == ["Bala"]
    assert len(names(milkman, "?status=all")) == 5


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("sha", ["Asha", "Esha"]),
        ("ASHA", ["Asha"]),
        ("%", []),
        ("_", []),
        ("\\", []),
        ("nobody", []),
    ],
)
def test_search_by_name(milkman: Api, q: str, expected: list[str]) -> None:
    found = milkman.call("GET", "/customers", query_string={"q": q})
    assert [row["name"] for row in found["items"]] == expected


@pytest.mark.parametrize("q", ["9811122233", "098111 22233", "+91 98111-22233", "22233", "(98111)"])
def test_search_by_phone(cast: Cast, q: str) -> None:
    vendor = cast.vendor()
    cast.row(vendor, name="Asha", phone_number="+919811122233")
    cast.row(vendor, name="Bala", phone_number="+919700000001")
    found = vendor.call("GET", "/customers", query_string={"q": q})
    assert [row["name"] for row in found["items"]] == ["Asha"]


def test_a_name_may_hold_digits(cast: Cast) -> None:
    vendor = cast.vendor()
    cast.row(vendor, name="Flat 12", phone_number="+919800000000")
    assert names(vendor, "?q=12") == ["Flat 12"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("limit=1&limit=2", "limit"),
        ("status=gone", "status"),
        ("sort=phone", "sort"),
        ("page=2", "page"),
        ("q=%00", "q"),
        ("q=" + "x" * 201, "q"),
        ("cursor=%21%21", "cursor"),
        ("cursor=W10", "cursor"),
        ("cursor=" + "A" * 2001, "cursor"),
    ],
)
def test_a_bad_query_is_refused(cast: Cast, query: str, field: str) -> None:
    answer = cast.vendor().get(f"/customers?{query}", expect=422)
    assert [error["field"] for error in answer["errors"]] == [field]


def test_a_cursor_is_of_one_order(milkman: Api) -> None:
    cursor = milkman.get("/customers?limit=1&sort=balance")["next"]
    answer = milkman.get(f"/customers?cursor={cursor}&sort=name", expect=422)
    assert answer["errors"][0]["field"] == "cursor"


def test_a_foreign_cursor_shows_only_ones_own(cast: Cast, milkman: Api) -> None:
    cursor = milkman.get("/customers?limit=1")["next"]
    neighbour = cast.vendor()
    cast.row(neighbour, name="Zoya")
    assert names(neighbour, f"?cursor={cursor}") == ["Zoya"]


def test_who_may_read_the_book(cast: Cast, api: Api) -> None:
    assert api.get("/customers", expect=401).code == "unauthenticated"
    assert cast.customer_login().get("/customers", expect=403).code == "forbidden"


def test_a_page_takes_a_fixed_number_of_statements(cast: Cast, milkman: Api) -> None:
    def count(limit: int) -> int:
        seen: list[Any] = []

        def listener(*arguments: Any) -> None:
            seen.append(arguments[2])

        event.listen(db.engine, "before_cursor_execute", listener)
        milkman.get(f"/customers?limit={limit}&sort=balance")
        event.remove(db.engine, "before_cursor_execute", listener)
        return len(seen)

    assert count(1) == count(5) <= 3
