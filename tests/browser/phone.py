"""What a phone's push client does: a subscription, a message handed over, a tap on a notification."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, Worker

from tests.browser.conftest import until

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
