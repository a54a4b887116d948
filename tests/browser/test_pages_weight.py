"""What a phone has to wait for: bytes on the wire, counted between the browser and the server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium

from tests.browser.big import Business, business
from tests.browser.conftest import KEPT, Person, meet, served, until
from tests.records.orders import rows

pytestmark = pytest.mark.xdist_group("browser")

FIRST, FURTHER = 150_000, 30_000  # bytes
STOPS = 200
SETTLED = "async () => Boolean((await navigator.serviceWorker.ready) && navigator.serviceWorker.controller)"


class Wire:
    """Stands between a browser and the server and counts what comes back; `url` is where it listens."""

    def __init__(self, site: str) -> None:
        host, port = site.removeprefix("http://").split(":")
        self._to = host, int(port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.received = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                browser, _ = self._listener.accept()
                server = socket.create_connection(self._to)
                threading.Thread(target=self._pass_on, args=(browser, server, False), daemon=True).start()
                threading.Thread(target=self._pass_on, args=(server, browser, True), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with suppress(OSError), source, target:
            while data := source.recv(65536):
                if counts:
                    self.received += len(data)
                target.sendall(data)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def phone(chromium: Chromium, shop: Business, role: str, **options: Any) -> Iterator[tuple[Person, Wire]]:
    """A phone of somebody who is signed in, and has nothing of the product in its cache."""
    with served() as site, closing(Wire(site)) as wire:
        somebody = meet(chromium, wire.url, reduced_motion="reduce", **options)
        entered = shop.browser(role).client.get_cookie("session")
        assert entered is not None
        somebody.context.add_cookies([{"name": "session", "value": entered.value, "url": wire.url}])
        try:
            yield somebody, wire
        finally:
            somebody.context.close()
        assert somebody.errors == []


def weight(person: Person, wire: Wire, path: str) -> int:
    """Bytes that came since the address was opened, until nothing comes any more."""
    before = wire.received
    person.page.goto(path)
    person.page.wait_for_load_state("networkidle")
    return wire.received - before


@pytest.fixture(scope="module")
def shop() -> Iterator[Business]:
    """On an ordinary day a little less than half of them get something."""
    with business(500) as found:
        yield found


def heavy(person: Person, wire: Wire, paths: tuple[str, ...]) -> dict[str, int]:
    """Which further pages weigh too much."""
    return {path: size for path in paths if (size := weight(person, wire, path)) > FURTHER}


def test_a_round_of_two_hundred_stops(chromium: Chromium, shop: Business) -> None:
    [[row]] = rows("SELECT id FROM customers WHERE user_id IS NOT NULL")
    with phone(chromium, shop, "vendor") as (vendor, wire):
        weight(vendor, wire, "/today")
        # The service worker keeps its files and the rounds of two days: that comes over the wire, too.
        until(vendor.page, SETTLED)
        until(vendor.page, f"async () => (await ({KEPT})()).length >= 2")
        vendor.page.wait_for_load_state("networkidle")
        assert vendor.page.locator(".stop").count() >= STOPS
        assert 50_000 < wire.received <= FIRST
    # What the service worker fetches meanwhile for a day without signal is no part of the next page.
    with phone(chromium, shop, "vendor", service_workers="block") as (vendor, wire):
        assert weight(vendor, wire, "/today") <= FIRST
        paths = (
            "/today",
            "/customers",
            "/money",
            "/requests",
            "/inbox",
            "/counter",
            "/settings",
            "/payments",
        )
        assert heavy(vendor, wire, (*paths, f"/customers/{row}", f"/customers/{row}/open")) == {}


def test_a_household(chromium: Chromium, shop: Business) -> None:
    [[row]] = rows("SELECT id FROM customers WHERE user_id IS NOT NULL")
    with phone(chromium, shop, "customer") as (asha, wire):
        weight(asha, wire, "/")
        until(asha.page, SETTLED)
        asha.page.wait_for_load_state("networkidle")
        assert 30_000 < wire.received <= FIRST
        assert (
            heavy(asha, wire, ("/", "/requests", "/inbox", "/away", "/settings", f"/customers/{row}")) == {}
        )
