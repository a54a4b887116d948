"""Pages before anything is on them, and the counter in three taps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Person
from tests.browser.crawl import look_at
from tests.cast import Api, Cast

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def dairy(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def shop(dairy: Api) -> None:
    dairy.post("/products", {"name": "Butter", "rate": "55", "unit": "pack"}, expect=201)
    dairy.post("/products", {"name": "Sweets"}, expect=201)


def test_three_taps_at_the_counter(person: Callable[..., Person], dairy: Api, shop: None) -> None:
    """With JavaScript only a part of the page is put in again; what is typed meanwhile stays."""
    vendor = person()
    page = vendor.sign_in(dairy)
    page.goto("/counter")
    page.wait_for_load_state("networkidle")
    page.click(".tile:has-text('Butter')")
    page.click("text=Take ₹55.00")
    page.wait_for_url("**/payments/*")
    assert "Paid at the counter." in vendor.main
    page.goto("/counter")
    page.wait_for_load_state("networkidle")
    page.click(".tile:has-text('Sweets')")
    page.fill("[name=lines-0-rate]", "12.50")
    page.fill("[name=lines-0-quantity]", "3")
    page.press("[name=lines-0-quantity]", "Tab")
    page.click("text=Take ₹37.50")
    page.wait_for_url("**/payments/*")
    assert dairy.get("/payments")["items"][0]["amount"] == "37.50"


def test_pages_with_nothing_on_them(person: Callable[..., Person], cast: Cast) -> None:
    found = []
    for login, paths in (
        (cast.vendor(), ("/today", "/customers", "/requests", "/inbox", "/devices", "/counter", "/payments")),
        (cast.customer_login(), ("/", "/requests", "/inbox", "/payments", "/invoices")),
    ):
        newcomer = person(reduced_motion="reduce")
        newcomer.sign_in(login)
        found += [fault for path in paths for fault in look_at(newcomer, path)]
    assert found == []
