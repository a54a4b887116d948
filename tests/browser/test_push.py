"""A notification on the phone: asked for in a click, pushed by the worker, shown, and answered by a tap."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Worker, expect

from tests.browser.conftest import PATIENCE, Person, until
from tests.cast import Api, Cast
from tests.conftest import VAPID_PRIVATE_KEY
from tests.push_service import BrowserSubscription, PushService
from tests.records.orders import agreed
from vendorapp.notices import rules

pytestmark = pytest.mark.xdist_group("browser")

PUBLIC_KEY = rules.vapid_public_key(VAPID_PRIVATE_KEY)

# A headless Chromium has no push service behind it; the subscription is one of the test's own.
STUB = """(() => {
  const json = SUBSCRIPTION;
  const fake = {
    endpoint: json.endpoint, options: { applicationServerKey: null }, toJSON: () => json,
    unsubscribe: async () => { localStorage.removeItem("subscribed"); return true; },
  };
  PushManager.prototype.subscribe = async (options) => {
    const key = new Uint8Array(options.applicationServerKey);
    localStorage.setItem("subscribed", btoa(String.fromCharCode(...key)));
    return fake;
  };
  PushManager.prototype.getSubscription = async () => localStorage.getItem("subscribed") ? fake : null;
})()"""

SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(
    (n) => ({ title: n.title, body: n.body, tag: n.tag, lang: n.lang,
              actions: n.actions.map((a) => a.action), data: n.data }))"""

# A tap, as the browser reports it. Its promise is caught: only the browser may keep a worker alive.
TAP = """async (action) => {
  const [shown] = await self.registration.getNotifications();
  const tap = new NotificationEvent("notificationclick", { action: action, notification: shown });
  let done = null;
  Object.defineProperty(tap, "waitUntil", { value: (promise) => { done = promise; } });
  self.dispatchEvent(tap);
  await done;
}"""


PUT_AWAY = """async () => {
  const ready = await navigator.serviceWorker.ready;
  for (let left = await ready.getNotifications(); left.length; left = await ready.getNotifications())
    for (const shown of left) shown.close();
}"""
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


class Phone:
    """What the browser's push client does with a message, through its debugging protocol."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.client = page.context.new_cdp_session(page)
        self.registrations: list[dict[str, Any]] = []
        self.client.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: self.registrations.extend(event["registrations"]),
        )
        page.evaluate("async () => { await navigator.serviceWorker.ready; }")
        self.client.send("ServiceWorker.enable")

    def deliver(self, data: str) -> dict[str, Any]:
        """Hand `data` to the service worker; the notification it shows (those before it are put away)."""
        self.page.evaluate(PUT_AWAY)
        while not self.registrations:
            self.page.wait_for_timeout(20)
        origin = self.page.evaluate("location.origin")
        number = self.registrations[-1]["registrationId"]
        self.client.send(
            "ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": number, "data": data}
        )
        until(self.page, f"async () => (await ({SHOWN})()).length > 0")
        (shown,) = self.shown()
        return shown

    def shown(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(SHOWN)
        return found

    @property
    def worker(self) -> Worker:
        return self.page.context.service_workers[0]


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
