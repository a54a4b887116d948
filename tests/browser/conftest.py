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
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.cast import PASSWORD, Api
from tests.processes import Worker

ROOT = Path(__file__).resolve().parent.parent.parent
PHONE = {"width": 360, "height": 800}
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


@pytest.fixture(scope="module")
def processes(the_app: Flask) -> Iterator[str]:
    """The web server as in the Procfile, with one process, and a worker; the site's address.

    They end with the file: a worker that lived on would take the work of the tests after it.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "8"]
    command += ["--bind", f"127.0.0.1:{port}", "--no-control-socket", "wsgi:app"]
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(tempfile.TemporaryFile())
        here = stack.enter_context(pytest.MonkeyPatch.context())
        here.setenv("BASE_URL", url)
        server = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        stack.callback(_end, server)
        _wait_until_it_answers(server, url, output)
        stack.enter_context(Worker(the_app))
        here.undo()
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


@pytest.fixture
def site(app: Flask, processes: str) -> str:
    """The running site's address; its database is empty."""
    return processes


@pytest.fixture
def person(chromium: Browser, site: str) -> Iterator[Callable[..., Person]]:
    """`person()`: a new person on a phone. No page may write errors to the console or ask elsewhere."""
    made: list[Person] = []

    def make(**options: Any) -> Person:
        context = chromium.new_context(base_url=site, **{"viewport": PHONE, "locale": "en-IN", **options})
        context.set_default_timeout(15_000)
        one = Person(context.new_page(), site)
        context.on("console", lambda said: one.errors.append(said.text) if said.type == "error" else None)
        context.on("weberror", lambda wrong: one.errors.append(str(wrong.error)))
        context.on("request", lambda asked: _only_here(one, asked.url))
        made.append(one)
        return one

    yield make
    for one in made:
        one.context.close()
    assert [one.errors for one in made] == [[] for _ in made]


def _only_here(one: Person, url: str) -> None:
    if not url.startswith((one.site + "/", "data:", "blob:")):
        one.errors.append(f"asked elsewhere: {url}")


def until(page: Page, question: str) -> None:
    """Wait until an asynchronous question is answered with yes."""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(question):
        assert time.monotonic() < end, question
        page.wait_for_timeout(20)
