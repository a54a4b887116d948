"""The pictures of README.md, taken from a running demo:

    make run                                   # prints address and logins
    .venv/bin/python -m dev.screenshots http://127.0.0.1:8000 VENDOR CUSTOMER

They are written to docs/screenshots/. The household reads Hindi for one of them, then English again.
"""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import typst
from playwright.sync_api import Browser, Page, sync_playwright

from vendorapp.demo.tables import ZONE
from vendorapp.kernel.clock import day_in

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1120, "height": 760}
LARGEST = 150_000  # bytes
DONE = 4  # stops that are marked before the round is shown
PAPER = '#set page(width: auto, height: auto, margin: 0pt)\n#image("paper.pdf", width: 595pt)\n'


class Camera:
    """Signs in to the demo and takes pictures."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser = browser
        self.base = base

    def sign_in(self, login: str, size: dict[str, int], scheme: str = "light", scale: float = 1.5) -> Page:
        """A new browser with `login` ("role phone password") signed in."""
        _role, phone, password = login.split(" ", 2)
        context = self.browser.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            device_scale_factor=scale,
            color_scheme="dark" if scheme == "dark" else "light",
            locale="en",
        )
        page = context.new_page()
        page.goto(f"{self.base}/sign-in")
        page.fill("input[name=phone_number]", phone)
        page.fill("input[name=password]", password)
        page.click("main form button")
        page.wait_for_load_state("networkidle")
        return page

    def go(self, page: Page, path: str) -> Page:
        page.goto(self.base + path)
        page.wait_for_load_state("networkidle")
        return page


def take(page: Page, name: str) -> None:
    """What is seen now, as `name`.png."""
    keep(name, page.screenshot())


def keep(name: str, picture: bytes) -> None:
    (FOLDER / f"{name}.png").write_bytes(picture)
    note = "" if len(picture) <= LARGEST else "  larger than 150 kB"
    print(f"{name}.png {len(picture) // 1000} kB{note}")


def show(page: Page, selector: str, above: int = 16) -> None:
    """Let the first `selector` stand at the top of the window."""
    page.locator(selector).first.evaluate(
        "(one, above) => window.scrollTo(0, one.getBoundingClientRect().top + scrollY - above)", above
    )


def first_page_of(pdf: bytes) -> bytes:
    """The first page of a PDF as a PNG."""
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        (at / "paper.pdf").write_bytes(pdf)
        (at / "paper.typ").write_text(PAPER, "utf-8")
        return typst.compile(str(at / "paper.typ"), format="png", ppi=92)


def speak(camera: Camera, page: Page, language: str) -> None:
    """Let the login that is signed in on `page` read `language`."""
    camera.go(page, "/settings")
    page.select_option("select[name=locale]", language)
    page.locator("form[action='/settings'] button").click()
    page.wait_for_load_state("networkidle")


def vendor_pictures(camera: Camera, login: str) -> None:
    page = camera.go(camera.sign_in(login, PHONE), "/today")
    waiting = page.locator("button[value$=':delivered'][aria-pressed=false]")
    for _ in range(DONE):
        waiting.first.click()
        page.wait_for_timeout(300)
    page.wait_for_timeout(1000)
    show(camera.go(page, "/today"), ".round-head")
    take(page, "today")
    camera.go(page, "/counter")
    for place in (0, 1, 1):
        page.locator("button[id^=add-]").nth(place).click()
        page.wait_for_load_state("networkidle")
    show(page, "#counter")
    take(page, "counter")
    dark = camera.sign_in(login, DESKTOP, "dark", scale=1)
    take(camera.go(dark, "/money"), "money-dark")


def customer_pictures(camera: Camera, login: str) -> None:
    page = camera.go(camera.sign_in(login, PHONE), "/")
    account = str(page.locator("main a[href^='/customers/']").first.get_attribute("href"))
    show(camera.go(page, account), ".month")
    take(page, "month")
    last_month = day_in(ZONE).replace(day=1) - timedelta(days=1)
    paper = page.request.get(f"{camera.base}{account}/statement/{last_month:%Y-%m}.pdf")
    keep("statement", first_page_of(paper.body()))
    try:
        speak(camera, page, "hi")
        take(camera.go(page, "/"), "home-hindi")
    finally:
        speak(camera, page, "en")


def main(base: str, vendor: str, customer: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or None, args=["--no-sandbox"]
        )
        camera = Camera(browser, base.rstrip("/"))
        vendor_pictures(camera, vendor)
        customer_pictures(camera, customer)
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
