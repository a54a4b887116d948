"""With a keyboard alone: through signing in, the round, a search, a new order and an answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person
from tests.cast import PASSWORD, Api, Cast
from tests.records.orders import agreed, on_trust

pytestmark = pytest.mark.xdist_group("browser")

# Whether one sees where one is: the element itself or what stands for it has an outline, ring or underlay.
SEEN = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return "nothing";
  const shows = (el) => {
    const style = getComputedStyle(el);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return outlined || style.boxShadow.includes(" 0px 0px 0px ");
  };
  for (let el = one, up = 0; el && up < 5; el = el.parentElement, up += 1) if (shows(el)) return "";
  return one.outerHTML.slice(0, 160);
}"""
WHERE = """() => {
  const one = document.activeElement;
  const words = one.getAttribute("aria-label") || one.innerText || one.name || one.id || one.tagName;
  return words.trim().split("\\n")[0];
}"""


def tab_to(page: Page, wanted: Callable[[str], bool], most: int = 40) -> list[str]:
    """Press Tab until what is wanted has the focus; where it was on the way, each place to be seen."""
    way = []
    for _ in range(most):
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN) == "", "the focus cannot be seen"
        way.append(str(page.evaluate(WHERE)))
        if wanted(way[-1]):
            return way
    raise AssertionError(way)


def named(name: str) -> Callable[[str], bool]:
    return lambda found: found == name


def sign_in(person: Person, login: Api) -> Page:
    page = person.go("/sign-in")
    tab_to(page, named("phone_number"))
    page.keyboard.type(login.user["phone_number"])
    tab_to(page, named("password"), most=1)
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


@pytest.fixture
def dairy(cast: Cast) -> Api:
    return cast.vendor()


def test_the_round(person: Callable[..., Person], cast: Cast, dairy: Api) -> None:
    first = on_trust(dairy, cast.row(dairy, name="Asha")["id"])
    second = on_trust(dairy, cast.row(dairy, name="Bina")["id"])
    vendor = person(reduced_motion="reduce")
    page = sign_in(vendor, dairy)
    page.wait_for_url("**/today")
    page.wait_for_load_state("networkidle")

    # The first stop of the keyboard leads past the bar.
    page.keyboard.press("Tab")
    assert page.evaluate(WHERE) == "Skip to the page"
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    way = tab_to(page, named("Delivered: Asha"))
    assert not {"Today", "Customers", "Inbox"} & set(way), way
    page.keyboard.press("Enter")
    expect(page.locator(f"#s{first}")).to_have_attribute("data-s", "delivered")

    # Another quantity: a dialog that holds the focus, goes with Escape, and gives the focus back.
    tab_to(page, named("Other quantity: Bina"), most=8)
    page.keyboard.press("Enter")
    sheet = page.locator("#other-sheet")
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).not_to_be_visible()
    assert page.evaluate(WHERE) == "Other quantity: Bina"
    page.keyboard.press("Enter")
    expect(sheet).to_be_visible()
    inside = (
        "document.activeElement.closest('#other-sheet') !== null || document.activeElement === document.body"
    )
    for _ in range(7):
        page.keyboard.press("Tab")
        assert page.evaluate(inside)
    page.locator("#other-qty").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(page.locator(f"#s{second}")).to_have_attribute("data-s", "other")
    assert page.evaluate("document.activeElement !== document.body")


def test_a_search_an_order_and_the_answer(person: Callable[..., Person], cast: Cast, dairy: Api) -> None:
    household, row_id = cast.household(of=dairy)
    cast.row(dairy, name="Bina")
    agreed(dairy, household, row_id)
    vendor, asha = person(reduced_motion="reduce"), person(reduced_motion="reduce")
    page = sign_in(vendor, dairy)
    tab_to(page, named("Customers"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers")
    tab_to(page, named("q"))
    page.keyboard.type("Ash")
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    expect(page.get_by_text("Bina")).to_have_count(0)
    tab_to(page, named("Asha Sharma"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/customers/{row_id}")
    page.goto(f"/orders/new?customer={row_id}")
    tab_to(page, named("item_name"))
    page.keyboard.type("Curd")
    tab_to(page, named("rate"))
    page.keyboard.type("60")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/orders/new" not in url)
    assert "Curd" in vendor.main

    mine = sign_in(asha, household)
    way = tab_to(mine, named("Accept"), most=60)
    assert way.index("Home") < way.index("Accept")
    mine.keyboard.press("Enter")
    mine.wait_for_load_state("networkidle")
    orders = household.get("/orders")["items"]
    assert {(one["item_name"], one["status"]) for one in orders} == {("Milk", "active"), ("Curd", "active")}
