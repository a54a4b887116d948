"""The whole product as a person meets it: the web server, a worker, and Chromium."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Worker, sync_playwright

from tests.browser.pages import World, begun, lived
from tests.cast import PASSWORD, Api
from tests.processes import Worker as Jobs

ROOT = Path(__file__).resolve().parent.parent.parent
PHONE = {"width": 360, "height": 800}
# The addresses of the pages that are kept for a phone without signal.
KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys()) if (name.startsWith("pages-"))
    for (const one of await (await caches.open(name)).keys())
      found.push(one.url.slice(location.origin.length));
  return found.sort();
}"""
START_TAKES = 30.0  # seconds at most
PATIENCE = 30.0  # seconds; a busy machine needs some of them


def _chromium() -> str:
    """Where the browser is. Without one the tests are left out, except where they must not be."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if Path(found).exists():
        return found
    reason = "There is no Chromium: install it, or name it in CHROMIUM."
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    print(f"\n{reason}", file=sys.__stderr__)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = _chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(server: subprocess.Popen[bytes], url: str, output: Any) -> None:
    end = time.monotonic() + START_TAKES
    while True:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            if server.poll() is None and time.monotonic() < end:
                time.sleep(0.05)
                continue
        output.seek(0)
        raise AssertionError(f"The server did not start:\n{output.read().decode(errors='replace')}")


@contextlib.contextmanager
def served() -> Iterator[str]:
    """The web server as in the Procfile, with one process; the site's address, and BASE_URL meanwhile."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "8"]
    command += ["--bind", f"127.0.0.1:{port}", "--no-control-socket", "wsgi:app"]
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(tempfile.TemporaryFile())
        stack.enter_context(pytest.MonkeyPatch.context()).setenv("BASE_URL", url)
        server = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        stack.callback(_end, server)
        _wait_until_it_answers(server, url, output)
        yield url


@pytest.fixture(scope="module")
def processes(the_app: Flask) -> Iterator[str]:
    """The web server and a worker; the site's address.

    They end with the file: a worker that lived on would take the work of the tests after it.
    """
    with served() as url, Jobs(the_app):
        yield url


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=10)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


@dataclass
class Person:
    """Somebody with a browser of their own. `errors` is what the console complained of."""

    page: Page
    site: str
    errors: list[str] = field(default_factory=list)

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def go(self, path: str) -> Page:
        self.page.goto(path)
        return self.page

    def sign_in(self, login: Api) -> Page:
        self.go("/sign-in")
        self.page.fill("[name=phone_number]", login.user["phone_number"])
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main form .btn-wide")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        return self.page

    @property
    def main(self) -> str:
        """What stands on the page, in one line."""
        return " ".join(self.page.inner_text("main").split())


@pytest.fixture(scope="module")
def world(the_app: Flask) -> Iterator[World]:
    """Two vendors, their customers, and something of everything between them, for a whole file."""
    with begun(the_app) as cast:
        yield lived(cast)


@pytest.fixture
def site(app: Flask, processes: str) -> str:
    """The running site's address; its database is empty."""
    return processes


@pytest.fixture
def person(chromium: Browser, site: str) -> Iterator[Callable[..., Person]]:
    """`person()`: a new person on a phone. No page may write errors to the console or ask elsewhere."""
    made: list[Person] = []

    def make(**options: Any) -> Person:
        made.append(meet(chromium, site, **options))
        return made[-1]

    yield make
    for one in made:
        one.context.close()
    assert [one.errors for one in made] == [[] for _ in made]


def meet(chromium: Browser, site: str, **options: Any) -> Person:
    """Somebody new with a browser of their own, on a phone unless said."""
    given = {"base_url": site, "viewport": PHONE, "locale": "en-IN", **options}
    context = chromium.new_context(**given)
    context.set_default_timeout(15_000)
    one = Person(context.new_page(), given["base_url"])
    context.on("console", lambda said: one.errors.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda wrong: one.errors.append(str(wrong.error)))
    context.on("request", lambda asked: _only_here(one, asked.url))
    return one


def _only_here(one: Person, url: str) -> None:
    if not url.startswith((one.site + "/", "data:", "blob:")):
        one.errors.append(f"asked elsewhere: {url}")


def until(page: Page, question: str) -> None:
    """Wait until an asynchronous question is answered with yes."""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(question):
        assert time.monotonic() < end, question
        page.wait_for_timeout(20)


def first_kept(person: Person, login: Api) -> Page:
    """Sign a vendor in and stay on the round until the phone has kept today's and tomorrow's."""
    person.sign_in(login)
    person.go("/today")
    until(
        person.page, "async () => Boolean(await navigator.serviceWorker.ready) && (await Store.hasRounds())"
    )
    until(person.page, f"async () => (await ({KEPT})()).length >= 2")
    until(person.page, "async () => Boolean(navigator.serviceWorker.controller)")
    return person.page


def kept(page: Page) -> list[str]:
    found: list[str] = page.evaluate(KEPT)
    return found


def no_signal(person: Person) -> None:
    """From here on the console may complain of it."""
    person.context.set_offline(True)


def signal_again(person: Person) -> None:
    person.context.set_offline(False)
    person.errors[:] = [one for one in person.errors if "ERR_INTERNET_DISCONNECTED" not in one]


def worker_of(person: Person) -> Worker:
    """The page's service worker, which Playwright may hear of a little later than the page."""
    until(person.page, "async () => Boolean(navigator.serviceWorker.controller)")
    while not person.context.service_workers:
        person.page.wait_for_timeout(20)
    return person.context.service_workers[-1]


def sync(page: Page, tag: str) -> None:
    """What the browser does when there is signal again: it wakes the service worker for what waits."""
    client = page.context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    client.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    client.send("ServiceWorker.enable")
    while not found:
        page.wait_for_timeout(20)
    origin = page.evaluate("location.origin")
    number = found[-1]["registrationId"]
    event = {"origin": origin, "registrationId": number, "tag": tag, "lastChance": False}
    client.send("ServiceWorker.dispatchSyncEvent", event)
    client.detach()
