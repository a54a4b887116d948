"""Lists and the main reads ask the database as often for 10,000 customers as for 20, and stay small."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from tests.browser.big import Business, business
from tests.records.orders import rows
from vendorapp.kernel.database import db

# Fewer than stand on one page of a list, a usual round, and as many as there may be.
SIZES = (20, 200, 10_000)
LARGEST = 30_000  # bytes of a page, as it goes over the wire
PAGES = {
    "vendor": (
        *("/today", "/money", "/customers", "/customers?q=a", "/customers/unreached", "/requests"),
        *("/requests?part=changes", "/inbox", "/payments", "/invoices", "/bills", "/prices", "/catalogue"),
        *("/counter", "/counter?customer={row}", "/exports", "/requests/new", "/orders/new?customer={row}"),
        *("/customers/{row}", "/customers/{row}/open", "/prices/new?item={item}&unit={unit}", "/settings"),
    ),
    "customer": ("/", "/requests", "/inbox", "/payments", "/invoices", "/bills", "/away", "/customers/{row}"),
}
READS = {
    "vendor": (
        *("/me", "/customers", "/customers?q=a", "/customer/{row}", "/orders", "/changes", "/notifications"),
        *("/records", "/payments", "/invoices", "/bills", "/adjustments", "/settlements", "/products"),
        *("/packages", "/services", "/stock-transactions", "/finance/customer/month/{row}"),
        *("/finance/vendor/month/{vendor}", "/customer/{row}/reminders"),
    ),
    "customer": (
        *("/me", "/vendors", "/orders", "/changes", "/records", "/notifications", "/payments", "/invoices"),
        *("/finance/customer/month/{row}",),
    ),
}


@contextmanager
def counted() -> Iterator[list[str]]:
    found: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)


@pytest.fixture(scope="module")
def sizes() -> dict[int, dict[str, tuple[int, int]]]:
    """By size of the business: statements and bytes on the wire of each page and each read."""
    found = {}
    for customers in SIZES:
        with business(customers) as shop:
            assert rows("SELECT count(*) FROM customers") == [(customers,)]
            found[customers] = measured(shop)
    return found


def measured(shop: Business) -> dict[str, tuple[int, int]]:
    found = {}
    [[row, vendor]] = rows("SELECT id, vendor_id FROM customers WHERE user_id IS NOT NULL")
    [[item, unit]] = rows(
        "SELECT item_name, unit FROM order_terms GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT 1"
    )
    names = {"row": row, "vendor": vendor, "item": item, "unit": unit}
    headers = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}
    for role in ("vendor", "customer"):
        browser, api = shop.browser(role), shop.api(role)
        for path in PAGES[role]:
            # The second time: what is looked up once a process is known by then.
            for _ in range(2):
                with counted() as statements:
                    answer = browser.open(path.format(**names), headers=headers)
            assert answer.status_code == 200, (path, answer.status_code)
            assert gzip.decompress(answer.data).startswith(b"<!doctype html>"), path
            found[f"{role} {path}"] = len(statements), len(answer.data)
        for path in READS[role]:
            for _ in range(2):
                with counted() as statements:
                    got = api.get(path.format(**names), headers={"Accept-Encoding": "gzip"})
            assert len(got.response.data) < LARGEST * 2, path
            found[f"{role} /v1{path}"] = len(statements), len(got.response.data)
    return found


def test_as_many_statements_for_many_as_for_few(sizes: dict[int, dict[str, tuple[int, int]]]) -> None:
    counts = {size: {name: statements for name, (statements, _) in of.items()} for size, of in sizes.items()}
    assert counts[SIZES[0]] == counts[SIZES[1]] == counts[SIZES[2]]
    assert {name: count for name, count in counts[SIZES[2]].items() if count > 40} == {}


def test_every_page_is_paged(sizes: dict[int, dict[str, tuple[int, int]]]) -> None:
    large = {name: size for name, (_, size) in sizes[SIZES[2]].items() if size > LARGEST}
    assert large == {}
