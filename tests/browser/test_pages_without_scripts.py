"""Without JavaScript everything but what needs it by nature works: both sides' verbs, by real clicks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person
from tests.cast import Api, Cast
from tests.exchange.test_import import HEAD
from tests.records.orders import agreed
from vendorapp.kernel.clock import day_in

pytestmark = pytest.mark.xdist_group("browser")

ZONE = "Asia/Kolkata"


@pytest.fixture
def dairy(cast: Cast) -> Api:
    dairy = cast.vendor()
    dairy.post("/products", {"name": "Butter", "rate": "55", "unit": "pack"}, expect=201)
    return dairy


@pytest.fixture
def household(cast: Cast, dairy: Api) -> tuple[Api, int]:
    """Who owes ₹540 since last month."""
    return cast.household(of=dairy, opening_balance="540")


def press(page: Page, button: str, *, within: str = "main") -> None:
    page.locator(within).get_by_role("button", name=button, exact=True).first.click()


def said(page: Page) -> str:
    """What the page says was done."""
    return page.locator(".flash").first.inner_text()


def test_days_and_words(person: Callable[..., Person], dairy: Api, household: tuple[Api, int]) -> None:
    login, row_id = household
    order = agreed(dairy, login, row_id)
    vendor, asha = person(java_script_enabled=False), person(java_script_enabled=False)
    milk, hers = vendor.sign_in(dairy), asha.sign_in(login)

    # The round: another quantity by its link, which leads to the day's own page.
    vendor.go("/today").get_by_role("link", name=re.compile("^Other quantity")).click()
    milk.locator("[name=quantity]:visible").first.fill("3")
    press(milk, "Save")
    day = dairy.get(f"/records?order_id={order}")["items"][0]
    assert (day["status"], day["quantity"]) == ("delivered", "3")

    # Not right, says the household; they talk; the vendor agrees.
    asha.go(f"/orders/{order}/day?date={day['date']}")
    hers.locator("[name=status][value=skipped]").check()
    hers.locator("[name=note]").fill("Nobody came.")
    press(hers, "Save")
    assert dairy.get(f"/records?order_id={order}")["items"][0]["disputed"]
    vendor.go(f"/orders/{order}/day?date={day['date']}")
    assert "Nobody came." in vendor.main
    milk.locator("[name=content]").fill("I rang twice.")
    press(milk, "Write")
    assert "I rang twice." in asha.go(f"/orders/{order}/day?date={day['date']}").inner_text("main")
    vendor.go(f"/orders/{order}/day?date={day['date']}")
    milk.get_by_role("button", name=re.compile("^Agree")).click()
    assert dairy.get(f"/records?order_id={order}")["items"][0]["status"] == "skipped"

    # A pause, a change of the order and the answer to it.
    later = (day_in(ZONE) + timedelta(days=3)).isoformat()
    asha.go(f"/orders/{order}/pause")
    hers.fill("[name=from]", later)
    hers.fill("[name=to]", later)
    press(hers, "Pause")
    assert [one["from"] for one in login.get(f"/order/{order}")["pauses"]] == [later]
    vendor.go(f"/orders/{order}/change")
    milk.fill("[name=rate]", "56")
    press(milk, "Ask")
    press(asha.go("/"), "Accept")
    assert "You said yes" in said(hers)
    assert login.get("/changes")["items"] == []
    assert "56.00" in vendor.go(f"/orders/{order}").inner_text("main")


def test_money_and_papers(person: Callable[..., Person], dairy: Api, household: tuple[Api, int]) -> None:
    login, row_id = household
    vendor, asha = person(java_script_enabled=False), person(java_script_enabled=False)
    milk, hers = vendor.sign_in(dairy), asha.sign_in(login)

    # "I paid", and the vendor has it.
    asha.go(f"/payments/new?vendor={dairy.user['id']}")
    hers.fill("[name=amount]", "500")
    hers.locator("[name=method][value=cash]").check()
    press(hers, "I paid this")
    [claim] = dairy.get("/payments")["items"]
    assert (claim["amount"], claim["status"]) == ("500.00", "claimed")
    vendor.go(f"/payments/{claim['id']}")
    milk.locator(f"form[action='/payments/{claim['id']}/confirm'] button").click()
    assert dairy.get(f"/payments/{claim['id']}")["status"] == "confirmed"

    # The rest of last month: paid and settled in one go.
    month = (day_in(ZONE).replace(day=1) - timedelta(days=1)).isoformat()[:7]
    vendor.go(f"/customers/{row_id}/open?month={month}")
    milk.fill("[name=amount]", "40")
    milk.locator("[name=method][value=cash]").check()
    press(milk, "Settle it")
    assert dairy.get(f"/customer/{row_id}")["balance"]["owed_by_customer"] == "0.00"

    # Both accept the month; then a link to it is made and opened by somebody without a login.
    for page in (vendor, asha):
        page.go(f"/customers/{row_id}/statement/{month}")
        page.page.locator("form[action$='/accept'] button").first.click()
    assert "Closed on" in asha.main
    vendor.go(f"/customers/{row_id}/statement/{month}/share")
    milk.locator("main form button").first.click()
    link = milk.input_value("#share-url")
    stranger = person(java_script_enabled=False)
    assert "Yadav Dairy and Asha Sharma" in stranger.go(link).inner_text("main")

    # Across the counter.
    vendor.go("/counter")
    milk.locator("button", has_text="Butter").click()
    milk.get_by_role("button", name="Take ₹55.00").click()
    assert "Paid at the counter." in vendor.main


def test_customers_from_a_file(person: Callable[..., Person], dairy: Api) -> None:
    vendor = person(java_script_enabled=False)
    page = vendor.sign_in(dairy)
    vendor.go("/customers/import")
    page.fill("[name=typed]", HEAD + "Bina,9811100001,,,1,50\nChitra,9811100002,,,2,\n")
    press(page, "Look at it")
    page.locator("form[action='/customers/import/add'] button").last.click()
    expect(page).to_have_url(re.compile("/customers$"))
    assert sorted(one["name"] for one in dairy.get("/customers")["items"]) == ["Bina", "Chitra"]
