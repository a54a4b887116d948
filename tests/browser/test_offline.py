"""A round without signal: the page is kept, the taps wait, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person, until
from tests.cast import PASSWORD, Api, Cast
from tests.records.orders import on_trust

pytestmark = pytest.mark.xdist_group("browser")

NONE_WAITS = "async () => (await Store.all('marks')).length === 0"


@pytest.fixture
def dairy(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def order_id(cast: Cast, dairy: Api) -> int:
    return on_trust(dairy, cast.row(dairy, name="Bina")["id"])


@pytest.fixture
def milkman(person: Callable[..., Person], dairy: Api, order_id: int) -> Person:
    """On the round, with the page kept on the phone."""
    one = person()
    one.sign_in(dairy)
    one.go("/today").evaluate("async () => { await navigator.serviceWorker.ready; }")
    until(one.page, "async () => Boolean(navigator.serviceWorker.controller)")
    one.go("/today").wait_for_load_state("networkidle")
    return one


def marked(dairy: Api, order_id: int) -> list[str]:
    return [
        one["status"] for one in dairy.get(f"/records?order_id={order_id}")["items"] if one["vendor_mark"]
    ]


def test_a_tap_waits_for_the_signal(milkman: Person, dairy: Api, order_id: int) -> None:
    page = milkman.page
    milkman.context.set_offline(True)
    milkman.go("/")  # as the installed app opens it: the round that was kept
    page.get_by_role("button", name="Delivered: Bina").click()
    expect(page.locator("#net")).to_contain_text("1 mark waiting")
    milkman.go("/today")
    expect(page.get_by_role("button", name="Delivered: Bina")).to_have_attribute("aria-pressed", "true")
    milkman.go("/customers")
    expect(page.get_by_role("heading", name="No signal")).to_be_visible()
    assert marked(dairy, order_id) == []
    milkman.context.set_offline(False)
    milkman.errors.clear()  # the missing signal stands on the console
    milkman.go("/today")
    until(page, NONE_WAITS)
    expect(page.locator("#net")).to_be_hidden()
    assert marked(dairy, order_id) == ["delivered"]


def test_a_sign_in_that_ran_out_costs_no_tap(milkman: Person, dairy: Api, order_id: int) -> None:
    page = milkman.page
    milkman.context.clear_cookies()
    page.get_by_role("button", name="Delivered: Bina").click()
    expect(page.locator("#net")).to_contain_text("1 mark waiting")
    milkman.go("/sign-in")
    page.fill("[name=phone_number]", dairy.user["phone_number"])
    page.fill("[name=password]", PASSWORD)
    page.click("main form .btn-wide")
    page.wait_for_url("**/today")
    until(page, NONE_WAITS)
    assert marked(dairy, order_id) == ["delivered"]
    # The refusal stands on the console, and again for each try before the sign-in.
    milkman.errors[:] = [one for one in milkman.errors if "401 (UNAUTHORIZED)" not in one]
