"""A notification on the phone: asked for in a click, pushed by the worker, shown, and answered by a tap."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, Person, until
from tests.browser.phone import STUB, TAP, Phone
from tests.cast import PASSWORD, Api, Cast
from tests.conftest import VAPID_PRIVATE_KEY
from tests.push_service import BrowserSubscription, PushService
from tests.records.orders import agreed
from vendorapp.notices import rules

pytestmark = pytest.mark.xdist_group("browser")

PUBLIC_KEY = rules.vapid_public_key(VAPID_PRIVATE_KEY)

NO_SIGNAL = "() => { self.kept = self.fetch; self.fetch = async () => { throw new TypeError(); }; }"
SIGNAL = "() => { self.fetch = self.kept; }"


@pytest.fixture
def pushes() -> Iterator[PushService]:
    with PushService(public_key=PUBLIC_KEY) as found:
        yield found
        assert found.violations == []


@pytest.fixture
def dairy(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def household(cast: Cast, dairy: Api) -> tuple[Api, int]:
    """A login, and the order it has agreed on."""
    login, row_id = cast.household(of=dairy)
    return login, agreed(dairy, login, row_id)


@pytest.fixture
def device(pushes: PushService) -> BrowserSubscription:
    """What the push service would give to the household's browser."""
    return pushes.subscription()


@pytest.fixture
def asha(person: Callable[..., Person], household: tuple[Api, int], device: BrowserSubscription) -> Person:
    """The household's phone, which may show notices and is not asked for yet."""
    one = person()
    one.context.grant_permissions(["notifications"])
    one.context.add_init_script(STUB.replace("SUBSCRIPTION", json.dumps(device.as_json())))
    one.sign_in(household[0])
    return one


def told(login: Api) -> list[str]:
    return [one["endpoint"] for one in login.get("/push/subscriptions")["items"]]


def say_yes(asha: Person) -> None:
    asha.page.get_by_role("button", name="Tell me", exact=True).click()
    expect(asha.page.locator("#toasts")).to_contain_text("This phone is told.")


def test_a_phone_is_told_and_answers(
    asha: Person,
    dairy: Api,
    household: tuple[Api, int],
    pushes: PushService,
    device: BrowserSubscription,
) -> None:
    login, order_id = household
    assert told(login) == []
    say_yes(asha)
    assert told(login) == [device.endpoint]
    key = asha.page.evaluate("localStorage.getItem('subscribed')")
    assert key.replace("+", "-").replace("/", "_").rstrip("=") == PUBLIC_KEY

    change = dairy.put(f"/order/{order_id}", {"quantity": "3"}, expect=202)["change"]
    (message,) = pushes.wait_for(1, PATIENCE)
    assert message.payload["notification"]["data"]["change_id"] == change["id"]
    assert message.payload["notification"]["navigate"] == f"{asha.site}/changes/{change['id']}"
    assert message.payload["notification"]["app_badge"] >= 1

    phone = Phone(asha.page)
    shown = phone.deliver(message.plaintext.decode())
    assert shown["title"] == "Yadav Dairy asks to change Milk"
    assert shown["actions"] == ["accept", "decline"]
    assert shown["tag"] == message.topic
    asha.context.clear_cookies()  # the token in the notification is enough
    phone.worker.evaluate(TAP, "accept")
    assert login.get("/changes?status=accepted")["items"][0]["id"] == change["id"]
    (after,) = phone.shown()
    assert (after["body"], after["tag"], after["actions"]) == ("You said yes.", message.topic, [])

    # The same card on another phone, tapped later: it says that it is over.
    shown = phone.deliver(message.plaintext.decode())
    phone.worker.evaluate(TAP, "decline")
    (late,) = phone.shown()
    assert late["body"] == "This was already answered. Open to see."
    assert login.get(f"/order/{order_id}")["pending_change"] is None


def test_whatever_arrives_is_shown(asha: Person) -> None:
    phone = Phone(asha.page)
    for data in ("", "not json", "{}"):
        shown = phone.deliver(data)
        assert shown["title"] == "Something new in your inbox"


def test_what_cannot_be_sent_now_is_sent_later(
    asha: Person, dairy: Api, household: tuple[Api, int], pushes: PushService
) -> None:
    login, order_id = household
    say_yes(asha)
    dairy.put(f"/order/{order_id}", {"quantity": "3"}, expect=202)
    (message,) = pushes.wait_for(1, PATIENCE)
    phone = Phone(asha.page)
    phone.deliver(message.plaintext.decode())
    phone.worker.evaluate(NO_SIGNAL)
    phone.worker.evaluate(TAP, "accept")
    (shown,) = phone.shown()
    assert shown["body"] == "Will be sent when there is signal."
    assert login.get(f"/order/{order_id}")["pending_change"] is not None
    phone.worker.evaluate(SIGNAL)
    asha.go("/inbox")  # the next page sends what waited
    until(asha.page, "async () => (await Store.all('answers')).length === 0")
    assert login.get(f"/order/{order_id}")["pending_change"] is None


def test_a_device_taken_off_the_list_stays_off(asha: Person, household: tuple[Api, int]) -> None:
    login, _ = household
    asha.go("/devices").get_by_role("button", name="Tell me", exact=True).click()
    expect(asha.page.get_by_text("this one")).to_be_visible()
    asha.go("/")
    expect(asha.page.locator(".card-push")).to_be_hidden()
    asha.go("/devices")
    asha.page.get_by_role("button", name="Remove").click()
    expect(asha.page.get_by_role("button", name="Tell me", exact=True)).to_be_visible()
    asha.go("/").wait_for_load_state("networkidle")
    assert told(login) == []
    asha.page.get_by_role("button", name="Not now").click()
    asha.go("/").wait_for_load_state("networkidle")
    expect(asha.page.locator(".card-push")).to_be_hidden()


def test_whoever_signs_out_is_told_nothing_more(asha: Person, household: tuple[Api, int]) -> None:
    login, _ = household
    say_yes(asha)
    asha.page.get_by_role("button", name="Sign out").click()
    expect(asha.page).to_have_url(f"{asha.site}/sign-in")
    assert told(login) == []
    assert asha.page.evaluate("localStorage.getItem('subscribed')") is None


BADGE = """() => {
  self.badges = [];
  self.navigator.setAppBadge = async (number) => { self.badges.push(number); };
  self.navigator.clearAppBadge = async () => { self.badges.push(0); };
}"""

# What the browser does when the push service has given a device a new address.
CHANGED = """async (fresh) => {
  const fake = { endpoint: fresh.endpoint, options: {}, toJSON: () => fresh };
  Object.defineProperty(self.registration, "pushManager", {
    configurable: true, value: { getSubscription: async () => null, subscribe: async () => fake } });
  const event = new Event("pushsubscriptionchange");
  let done = null;
  Object.defineProperty(event, "waitUntil", { value: (promise) => { done = promise; } });
  self.dispatchEvent(event);
  await done;
}"""


def test_a_device_with_a_new_address_is_told_there(
    asha: Person, household: tuple[Api, int], pushes: PushService, device: BrowserSubscription
) -> None:
    login, _ = household
    say_yes(asha)
    assert told(login) == [device.endpoint]
    fresh = pushes.subscription()
    Phone(asha.page).worker.evaluate(CHANGED, fresh.as_json())
    assert told(login) == [fresh.endpoint]


def test_the_number_on_the_icon(asha: Person) -> None:
    phone = Phone(asha.page)
    phone.worker.evaluate(BADGE)
    phone.deliver('{"notification": {"title": "One", "app_badge": 2}}')
    phone.deliver('{"notification": {"title": "Two", "app_badge": 0}}')
    phone.deliver('{"notification": {"title": "Three"}}')
    assert phone.worker.evaluate("self.badges") == [2, 0]
    asha.page.evaluate(BADGE)
    asha.page.evaluate("Store.wipe(App.owner)")
    assert asha.page.evaluate("self.badges") == [0]


def test_a_worker_that_was_stopped_shows_what_arrives(asha: Person) -> None:
    phone = Phone(asha.page)
    phone.client.send("ServiceWorker.stopAllWorkers")
    shown = phone.deliver('{"notification": {"title": "Still here"}}')
    assert shown["title"] == "Still here"


def test_a_tap_opens_the_change_and_a_sign_in_leads_back_to_it(
    asha: Person, dairy: Api, household: tuple[Api, int], pushes: PushService
) -> None:
    login, order_id = household
    say_yes(asha)
    change = dairy.put(f"/order/{order_id}", {"quantity": "3"}, expect=202)["change"]
    (message,) = pushes.wait_for(1, PATIENCE)
    phone = Phone(asha.page)
    phone.deliver(message.plaintext.decode())
    # Only a real tap may open a window; what it would open is what counts here.
    phone.worker.evaluate("() => { self.clients.openWindow = async (url) => { self.opened = url; }; }")
    phone.worker.evaluate(TAP, "")
    opened = phone.worker.evaluate("self.opened")
    assert opened == f"{asha.site}/changes/{change['id']}"
    asha.context.clear_cookies()
    page = asha.go(opened)
    page.fill("[name=phone_number]", login.user["phone_number"])
    page.fill("[name=password]", PASSWORD)
    page.click("main form .btn-wide")
    page.wait_for_url(opened)
    expect(page.get_by_role("button", name="No", exact=True)).to_be_visible()
    page.get_by_role("button", name="Accept").click()
    expect(page.locator(".flash-good")).to_be_visible()
    assert login.get("/changes?status=accepted")["items"][0]["id"] == change["id"]


def test_what_is_shown_where_notices_are_not_allowed(
    person: Callable[..., Person], household: tuple[Api, int]
) -> None:
    login, _ = household
    denied = person()
    denied.context.add_init_script(
        "Object.defineProperty(Notification, 'permission', { get: () => 'denied' })"
    )
    denied.sign_in(login)
    expect(denied.page.locator(".card-push")).to_contain_text("To undo it: tap the sign left of the address")
    iphone = person(
        user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1"
    )
    iphone.context.add_init_script("delete window.PushManager")
    iphone.sign_in(login)
    expect(iphone.page.locator(".card-push")).to_contain_text("Choose “Add to Home Screen”.")


def test_not_now_rests_a_fortnight(asha: Person) -> None:
    page, card = asha.page, asha.page.locator(".card-push")
    page.get_by_role("button", name="Not now").click()
    expect(card).to_be_hidden()
    rests = page.evaluate("Number(localStorage.getItem('push-later')) - Date.now()")
    assert 13.9 < rests / (24 * 3600 * 1000) <= 14
    asha.go("/").wait_for_load_state("networkidle")
    expect(card).to_be_hidden()
    page.evaluate("localStorage.setItem('push-later', String(Date.now() - 1))")
    asha.go("/")
    expect(page.get_by_role("button", name="Tell me", exact=True)).to_be_visible()
