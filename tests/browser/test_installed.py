"""The app on the home screen: it can be installed, and a new release takes over from the old one."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person, first_kept, kept, no_signal, signal_again, until
from tests.cast import Api, Cast
from tests.records.orders import on_trust

pytestmark = pytest.mark.xdist_group("browser")

CACHES = "async () => (await caches.keys()).sort()"
SHAPE = """async (source) => {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image.width + "x" + image.height;
}"""
UPDATE = "async () => { await (await navigator.serviceWorker.getRegistration()).update(); }"


def test_the_browser_would_install_it(person: Callable[..., Person], cast: Cast) -> None:
    one = person()
    one.sign_in(cast.vendor())
    one.page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    client = one.context.new_cdp_session(one.page)
    errors = client.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {one["errorId"] for one in errors} <= {"in-incognito"}  # as every browser of these tests is
    found = client.send("Page.getAppManifest")
    assert found["errors"] == []
    assert found["url"] == f"{one.site}/manifest.webmanifest"
    manifest = json.loads(found["data"])
    assert (manifest["id"], manifest["start_url"], manifest["display"]) == ("/", "/", "standalone")
    icons = {(icon["purpose"], icon["sizes"]) for icon in manifest["icons"]}
    assert icons == {(kind, size) for kind in ("any", "maskable") for size in ("192x192", "512x512")}
    icon = one.page.locator("link[rel=apple-touch-icon]").get_attribute("href")
    sizes = {icon["src"]: icon["sizes"] for icon in manifest["icons"]} | {icon: "180x180"}
    for source, size in sizes.items():
        assert one.page.evaluate(SHAPE, source) == size


@pytest.mark.parametrize("role", ["vendor", "customer_login"])
def test_its_shortcuts_fit_both_roles(person: Callable[..., Person], cast: Cast, role: str) -> None:
    one = person()
    one.sign_in(getattr(cast, role)())
    with urllib.request.urlopen(f"{one.site}/manifest.webmanifest") as answer:
        shortcuts = json.load(answer)["shortcuts"]
    assert [one["name"] for one in shortcuts] == ["Today", "Inbox"]
    for shortcut in shortcuts:
        answer = one.page.goto(shortcut["url"])
        assert answer
        assert answer.status == 200


class Release(ThreadingHTTPServer):
    """The site as a release of its own: everything is passed on, but the worker's version is `version`."""

    version = ""

    def __init__(self, site: str) -> None:
        super().__init__(("127.0.0.1", 0), Pass)
        self.site = urlsplit(site)


class Pass(BaseHTTPRequestHandler):
    server: Release

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        head = {name: value for name, value in self.headers.items() if name != "Accept-Encoding"}
        with closing(HTTPConnection(str(self.server.site.hostname), self.server.site.port)) as there:
            there.request(self.command, self.path, self.rfile.read(length) or None, head)
            answer = there.getresponse()
            body = answer.read()
        if self.path == "/sw.js" and self.server.version:
            body = re.sub(rb'VERSION = "[^"]*"', b'VERSION = "%s"' % self.server.version.encode(), body)
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name not in ("Content-Length", "Transfer-Encoding", "Connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def release(site: str) -> Iterator[Release]:
    with Release(site) as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield found
        found.shutdown()


def test_a_new_release_comes_while_the_round_is_open(
    person: Callable[..., Person], cast: Cast, release: Release
) -> None:
    dairy = cast.vendor()
    bina, chitra = (on_trust(dairy, cast.row(dairy, name=name)["id"]) for name in ("Bina", "Chitra"))
    one = person(base_url=f"http://127.0.0.1:{release.server_port}")
    page = first_kept(one, dairy)
    rounds, (old,) = kept(page), [name for name in page.evaluate(CACHES) if name.startswith("shell-")]
    one.context.route("**/v1/attendance", lambda route: route.abort())
    page.get_by_role("button", name="Delivered: Bina").click()
    expect(page.locator("#net")).to_contain_text("1 mark waiting")
    release.version = "next"
    page.evaluate(UPDATE)
    until(page, "async () => (await caches.keys()).includes('pages-next')")
    until(page, "async () => (await caches.keys()).filter((name) => name.startsWith('pages-')).length === 1")
    # The shell of the release before stays: the kept pages name its files.
    assert page.evaluate(CACHES) == sorted(["pages-next", "shell-next", old])
    assert kept(page) == rounds
    expect(page.locator("#net")).to_contain_text("1 mark waiting")
    one.context.unroute("**/v1/attendance")
    page.get_by_role("button", name="Not: Chitra").click()  # on the page of the old release
    until(page, "async () => (await Store.all('marks')).length === 0")
    assert {record(dairy, bina), record(dairy, chitra)} == {"delivered", "skipped"}
    no_signal(one)
    one.go("/today")
    expect(page.get_by_role("button", name="Delivered: Bina")).to_have_attribute("aria-pressed", "true")
    signal_again(one)
    release.version = "later"
    one.go("/today")
    page.evaluate(UPDATE)
    until(page, "async () => (await caches.keys()).includes('pages-later')")
    until(page, f"async () => !(await caches.keys()).includes('{old}')")
    one.errors[:] = [said for said in one.errors if "ERR_FAILED" not in said]


def record(dairy: Api, order_id: int) -> str:
    (found,) = dairy.get(f"/records?order_id={order_id}")["items"]
    return str(found["status"])
