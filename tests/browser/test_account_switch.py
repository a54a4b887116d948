"""Two people, one phone: the second finds nothing of the first, and nothing of the first is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.conftest import (
    PATIENCE,
    Person,
    first_kept,
    kept,
    no_signal,
    signal_again,
    until,
)
from tests.browser.phone import STUB, Phone
from tests.cast import PASSWORD, Api, Cast
from tests.conftest import VAPID_PRIVATE_KEY
from tests.push_service import PushService
from tests.records.orders import on_trust
from vendorapp.notices import rules

pytestmark = pytest.mark.xdist_group("browser")

BADGES = """(() => {
  window.badges = [];
  Navigator.prototype.setAppBadge = async (number) => { window.badges.push(number); };
  Navigator.prototype.clearAppBadge = async () => { window.badges.push(0); };
})()"""
LEFT = """async () => {
  const found = {};
  for (const name of ["marks", "refusals", "heard", "answers"]) found[name] = (await Store.all(name)).length;
  return found;
}"""
NOTHING = {"marks": 0, "refusals": 0, "heard": 0, "answers": 0}


@pytest.fixture
def pushes() -> Iterator[PushService]:
    with PushService(public_key=rules.vapid_public_key(VAPID_PRIVATE_KEY)) as found:
        yield found


@pytest.fixture
def dairy(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def bakery(cast: Cast) -> Api:
    shop = cast.vendor(business_name="Dutta Bakery")
    on_trust(shop, cast.row(shop, name="Chitra")["id"], item_name="Bread")
    return shop


@pytest.fixture
def bina(cast: Cast, dairy: Api) -> int:
    return on_trust(dairy, cast.row(dairy, name="Bina")["id"])


@pytest.fixture
def phone(person: Callable[..., Person], dairy: Api, bina: int) -> Person:
    """The dairy's, on its round."""
    one = person()
    one.context.add_init_script(BADGES)
    first_kept(one, dairy)
    return one


def enter(one: Person, login: Api) -> None:
    """On the sign-in page that is shown."""
    one.page.fill("[name=phone_number]", login.user["phone_number"])
    one.page.fill("[name=password]", PASSWORD)
    one.page.click("main form .btn-wide")
    one.page.wait_for_url(lambda url: "/sign-in" not in url)


def sign_out(one: Person) -> None:
    one.page.get_by_role("button", name="Sign out").click()
    one.page.wait_for_url("**/sign-in")


def marked(login: Api, order_id: int) -> list[str]:
    found = login.get(f"/records?order_id={order_id}")["items"]
    return [one["status"] for one in found if one["vendor_mark"]]


def wait_without_signal(one: Person, name: str) -> None:
    no_signal(one)
    one.page.get_by_role("button", name=f"Delivered: {name}").click()
    expect(one.page.locator("#net")).to_contain_text("1 mark waiting")


def test_whoever_signs_out_leaves_nothing(phone: Person, dairy: Api, bakery: Api, bina: int) -> None:
    page = phone.page
    page.get_by_role("button", name="Delivered: Bina").click()
    until(page, "async () => (await Store.all('heard')).length === 1")
    page.evaluate(
        "Store.put('refusals', { key: 'x', owner: App.owner, at: '', date: '2026-01-01', name: 'Bina' })"
    )
    page.evaluate("Store.put('answers', { key: 'y', change_id: 0, token: 'z', answer: 'accept' })")
    sign_out(phone)
    assert kept(page) == []
    assert page.evaluate(LEFT) == NOTHING
    assert page.evaluate("Store.who()") == ""
    no_signal(phone)
    phone.go("/today")
    expect(page.get_by_role("heading", name="No signal")).to_be_visible()
    expect(page.get_by_role("link", name="The round, as kept")).to_be_hidden()
    signal_again(phone)
    first_kept(phone, bakery)
    no_signal(phone)
    phone.go("/today")
    expect(page.locator(".stop")).to_contain_text("Chitra")
    assert "Bina" not in page.content()
    signal_again(phone)
    phone.errors[:] = [one for one in phone.errors if "404 (NOT FOUND)" not in one]  # the made-up answer


def test_marks_that_wait_are_asked_about(phone: Person, dairy: Api, bina: int) -> None:
    page = phone.page
    phone.context.route("**/v1/attendance", lambda route: route.abort())
    page.get_by_role("button", name="Delivered: Bina").click()
    expect(page.locator("#net")).to_contain_text("1 mark waiting")
    asked: list[str] = []

    def no(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", no)
    page.get_by_role("button", name="Sign out").click()
    while not asked:
        page.wait_for_timeout(20)
    assert "not sent yet" in asked[0]
    assert page.evaluate(LEFT)["marks"] == 1
    assert dairy.get("/me")["id"] == dairy.user["id"]
    page.once("dialog", lambda dialog: dialog.accept())
    sign_out(phone)
    assert page.evaluate(LEFT) == NOTHING
    phone.errors[:] = [one for one in phone.errors if "ERR_FAILED" not in one]


def test_without_signal_nobody_is_signed_out(phone: Person) -> None:
    page = phone.page
    wait_without_signal(phone, "Bina")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#toasts")).to_contain_text("No signal. This was not sent.")
    assert page.evaluate(LEFT)["marks"] == 1
    assert len(kept(page)) == 2
    signal_again(phone)


def test_signing_in_over_a_sign_in_that_ran_out(phone: Person, dairy: Api, bakery: Api, bina: int) -> None:
    """The dairy's mark waits for the dairy: the bakery neither sees nor sends it, nor takes it away."""
    page = phone.page
    wait_without_signal(phone, "Bina")
    phone.context.clear_cookies()
    signal_again(phone)
    phone.go("/sign-in")
    enter(phone, bakery)
    until(page, "async () => (await Store.who()) === App.owner")
    expect(page.locator(".stop")).to_contain_text("Chitra")
    expect(page.locator("#net")).to_be_hidden()
    assert page.evaluate(LEFT)["marks"] == 1
    until(page, "async () => (await Store.hasRounds())")
    no_signal(phone)
    phone.go("/today")
    expect(page.locator(".stop")).to_contain_text("Chitra")
    assert "Bina" not in page.content()
    expect(page.locator("#net")).not_to_contain_text("waiting")
    phone.go("/customers")
    expect(page.get_by_role("heading", name="No signal")).to_be_visible()
    expect(page.locator("#net")).not_to_contain_text("waiting")
    signal_again(phone)
    phone.go("/today")
    page.get_by_role("button", name="Delivered: Chitra").click()
    until(page, "async () => (await Store.all('marks')).length === 1")
    sign_out(phone)
    assert marked(dairy, bina) == []
    assert page.evaluate(LEFT) == {**NOTHING, "marks": 1}
    enter(phone, dairy)
    until(page, "async () => (await Store.all('marks')).length === 0")
    assert marked(dairy, bina) == ["delivered"]
    phone.errors[:] = [one for one in phone.errors if "401 (UNAUTHORIZED)" not in one]


def test_the_device_goes_with_the_person(
    person: Callable[..., Person], cast: Cast, dairy: Api, pushes: PushService
) -> None:
    """Asha's sign-in ended on her phone; Bala signs in: what is told to Asha no longer comes here."""
    asha, asha_row = cast.household(of=dairy)
    bala, bala_row = cast.household(of=dairy, login=cast.customer_login(name="Bala"), name="Bala")
    device = pushes.subscription()
    one = person()
    one.context.grant_permissions(["notifications"])
    one.context.add_init_script(STUB.replace("SUBSCRIPTION", json.dumps(device.as_json())))
    one.context.add_init_script(BADGES)
    one.sign_in(asha)
    page = one.page
    page.get_by_role("button", name="Tell me", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("This phone is told.")
    shown = Phone(page).deliver('{"notification": {"title": "For Asha", "app_badge": 3}}')
    assert shown["title"] == "For Asha"
    one.context.clear_cookies()
    one.go("/sign-in")
    enter(one, bala)
    until(page, "async () => (await Store.who()) === App.owner")
    wait_for_device(page, bala, device.endpoint)
    assert devices(asha) == []
    assert (
        page.evaluate("async () => (await (await navigator.serviceWorker.ready).getNotifications()).length")
        == 0
    )
    assert page.evaluate("window.badges")[0] == 0
    for row_id in (asha_row, bala_row):
        dairy.post(
            "/orders", {"customer_id": row_id, "item_name": f"Curd {row_id}", "rate": "40"}, expect=201
        )
    (message,) = pushes.wait_for(1, PATIENCE)
    assert f"Curd {bala_row}" in message.plaintext.decode()


def devices(login: Api) -> list[str]:
    return [one["endpoint"] for one in login.get("/push/subscriptions")["items"]]


def wait_for_device(page: Page, login: Api, endpoint: str) -> None:
    for _ in range(500):
        if devices(login) == [endpoint]:
            return
        page.wait_for_timeout(20)
    raise AssertionError(devices(login))
