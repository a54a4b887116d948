"""A round without signal: the taps wait, each counts once, and what was not taken is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Person, first_kept, no_signal, signal_again, sync, until
from tests.cast import PASSWORD, Api, Cast
from tests.records.orders import agreed, close_through, on_trust, rows

pytestmark = pytest.mark.xdist_group("browser")

NONE_WAITS = "async () => (await Store.all('marks')).length === 0"


@pytest.fixture
def dairy(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def bina(cast: Cast, dairy: Api) -> int:
    return on_trust(dairy, cast.row(dairy, name="Bina")["id"])


@pytest.fixture
def chitra(cast: Cast, dairy: Api) -> int:
    return on_trust(dairy, cast.row(dairy, name="Chitra")["id"])


@pytest.fixture
def milkman(person: Callable[..., Person], dairy: Api, bina: int) -> Person:
    """On the round, with the page kept on the phone."""
    one = person()
    first_kept(one, dairy)
    return one


def marked(dairy: Api, order_id: int) -> list[tuple[str, str]]:
    found = dairy.get(f"/records?order_id={order_id}")["items"]
    return [(one["status"], one["quantity"]) for one in found if one["vendor_mark"]]


def heard(order_id: int) -> int:
    """How many marks of the vendor's the order's history has."""
    text = "SELECT count(*) FROM record_marks m JOIN records r ON r.id = m.record_id WHERE r.order_id = :id"
    return int(rows(text, id=order_id)[0][0])


def tap(page: Page, name: str, what: str = "Delivered") -> None:
    page.get_by_role("button", name=f"{what}: {name}", exact=True).click()


def pressed(page: Page, name: str, what: str = "Delivered") -> None:
    button = page.get_by_role("button", name=f"{what}: {name}", exact=True)
    expect(button).to_have_attribute("aria-pressed", "true")


def forgive(person: Person, text: str) -> None:
    """The browser writes each answer of 400 and above to the console."""
    person.errors[:] = [one for one in person.errors if text not in one]


def test_a_tap_waits_for_the_signal(milkman: Person, dairy: Api, bina: int) -> None:
    page = milkman.page
    no_signal(milkman)
    milkman.go("/")  # as the installed app opens it: the round that was kept
    tap(page, "Bina")
    expect(page.locator("#net")).to_contain_text("1 mark waiting")
    milkman.go("/today")
    pressed(page, "Bina")
    milkman.go("/customers")
    expect(page.get_by_role("heading", name="No signal")).to_be_visible()
    expect(page.locator("#net")).to_contain_text("1 mark waiting")
    expect(page.get_by_role("link", name="The round, as kept")).to_be_visible()
    assert marked(dairy, bina) == []
    signal_again(milkman)
    milkman.go("/today")
    until(page, NONE_WAITS)
    expect(page.locator("#net")).to_be_hidden()
    assert marked(dairy, bina) == [("delivered", "2")]
    # The page that is kept does not know of it; the phone does.
    no_signal(milkman)
    milkman.go("/today")
    expect(page.locator("html[data-kept]")).to_be_attached()
    pressed(page, "Bina")
    signal_again(milkman)


def test_a_sign_in_that_ran_out_costs_no_tap(milkman: Person, dairy: Api, bina: int) -> None:
    page = milkman.page
    milkman.context.clear_cookies()
    tap(page, "Bina")
    expect(page.locator("#net")).to_contain_text("1 mark waiting")
    page.get_by_role("link", name="Sign in to send what waits").click()
    expect(page.locator("#net")).to_contain_text("1 mark waiting")
    page.fill("[name=phone_number]", dairy.user["phone_number"])
    page.fill("[name=password]", PASSWORD)
    page.click("main form .btn-wide")
    page.wait_for_url("**/today")
    until(page, NONE_WAITS)
    assert marked(dairy, bina) == [("delivered", "2")]
    forgive(milkman, "401 (UNAUTHORIZED)")


def test_a_lost_answer_and_a_batch_that_grew(milkman: Person, dairy: Api, bina: int, chitra: int) -> None:
    page = milkman.page
    milkman.go("/today")
    keys: list[str] = []
    signal = [False]

    def on_the_way(route: Route) -> None:
        """Without signal the server hears it, but the phone hears nothing; the worker tries too."""
        keys.append(route.request.headers["idempotency-key"])
        route.fetch()
        if signal[0]:
            route.continue_()
        else:
            route.abort()

    milkman.context.route("**/v1/attendance", on_the_way)
    tap(page, "Bina")
    page.evaluate("App.flush()")
    page.evaluate("App.flush()")
    assert len(keys) >= 2
    assert len(set(keys)) == 1
    tap(page, "Chitra", "Not")
    page.evaluate("App.flush()")
    assert len(set(keys)) == 2
    expect(page.locator("#net")).to_contain_text("2 marks waiting")
    signal[0] = True
    page.evaluate("App.flush()")
    until(page, NONE_WAITS)
    assert len(set(keys)) == 2
    assert (heard(bina), heard(chitra)) == (1, 1)
    assert marked(dairy, bina) == [("delivered", "2")]
    assert marked(dairy, chitra) == [("skipped", "0")]
    forgive(milkman, "net::ERR_FAILED")


def test_undo_rest_and_another_quantity(milkman: Person, dairy: Api, bina: int, chitra: int) -> None:
    page = milkman.page
    milkman.go("/today")
    page.wait_for_load_state("networkidle")
    no_signal(milkman)
    tap(page, "Bina")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Delivered: Bina")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#net")).not_to_contain_text("waiting")
    page.get_by_role("link", name="Other quantity: Bina").click()
    page.fill("#other-qty", "2,5")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(f"#s{bina} .stop-q")).to_have_text("2 2.5 L")
    page.get_by_role("button", name="All the rest as usual").click()
    pressed(page, "Chitra")
    expect(page.locator("[data-count]")).to_have_text("2 of 2 done")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Delivered: Chitra")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="All the rest as usual").click()
    expect(page.locator("#net")).to_contain_text("2 marks waiting")
    milkman.go("/today")
    expect(page.locator(f"#s{bina} .stop-q")).to_have_text("2 2.5 L")
    signal_again(milkman)
    until(page, NONE_WAITS)
    assert marked(dairy, bina) == [("delivered", "2.5")]
    assert marked(dairy, chitra) == [("delivered", "2")]


def test_what_was_not_taken_stays_until_it_is_put_away(
    milkman: Person, dairy: Api, cast: Cast, bina: int
) -> None:
    """Sent by the worker while no page of the round is open; kept over a closed page, shown everywhere."""
    page = milkman.page
    row_id = dairy.get(f"/order/{bina}")["customer_id"]
    day = page.locator("#round").get_attribute("data-date")
    assert day
    no_signal(milkman)
    tap(page, "Bina")
    expect(page.locator("#net")).to_contain_text("1 mark waiting")
    milkman.go("/customers")  # the page that says that there is no signal
    close_through(row_id, day)
    page.evaluate("window.addEventListener('online', (event) => event.stopImmediatePropagation(), true)")
    signal_again(milkman)
    sync(page, "marks")
    until(page, "async () => (await Store.all('refusals')).length === 1")
    milkman.go("/customers")
    page.get_by_role("link", name="1 mark was not taken").click()
    box = page.locator("#not-taken")
    expect(box).to_contain_text("Bina, Milk")
    expect(box).to_contain_text("delivered")
    expect(box).to_contain_text("This month is closed")
    link = box.get_by_role("link", name="Bina, Milk").get_attribute("href")
    assert link == f"/orders/{bina}/day?date={day}"
    expect(page.locator(f"#s{bina} .stop-err")).to_contain_text("Not taken: This month is closed")
    expect(page.get_by_role("button", name="Delivered: Bina")).to_have_attribute("aria-pressed", "false")
    box.get_by_role("button", name="Put away: Bina").click()
    expect(box).to_be_hidden()
    expect(page.locator("#net")).to_be_hidden()
    assert page.evaluate("async () => (await Store.all('refusals')).length") == 0
    assert marked(dairy, bina) == []


def test_the_other_side_says_otherwise(milkman: Person, dairy: Api, cast: Cast) -> None:
    login, row_id = cast.household(of=dairy, name="Dev")
    order_id = agreed(dairy, login, row_id)
    milkman.go("/today")
    login.post(f"/order/{order_id}/attendance", {"status": "skipped"}, expect=200)
    tap(milkman.page, "Dev")
    expect(milkman.page.locator(f"#s{order_id}")).to_contain_text("Dev says: not delivered")


def test_a_window_that_keeps_nothing(person: Callable[..., Person], dairy: Api, bina: int) -> None:
    one = person()
    one.context.add_init_script(
        "Object.defineProperty(window, 'indexedDB', { get: () => { throw new Error('no storage'); } })"
    )
    one.sign_in(dairy)
    page = one.go("/today")
    tap(page, "Bina", "Not")
    expect(page.get_by_text("Milk: Not delivered.")).to_be_visible()
    assert marked(dairy, bina) == [("skipped", "0")]
    page.get_by_role("link", name="Other quantity: Bina").click()
    page.fill("#other-qty", "3")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/orders/{bina}/day?*")
