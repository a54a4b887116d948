"""What comes out of a printer: the round and a month's account, without what one taps on."""

from __future__ import annotations

import io
from base64 import b64decode
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.browser.conftest import Person, meet, served
from tests.browser.pages import World

pytestmark = pytest.mark.xdist_group("browser")

NAVIGATION = ("Customers", "Requests", "Inbox", "Sign out", "Settings", "Skip to the page")


@pytest.fixture(scope="module")
def site(world: World) -> Iterator[str]:
    with served() as found:
        yield found


def printed(person: Person, path: str) -> list[str]:
    """The words on each sheet of A4."""
    person.go(path)
    client = person.context.new_cdp_session(person.page)
    paper = {"printBackground": False, "paperWidth": 8.27, "paperHeight": 11.69}
    found = PdfReader(io.BytesIO(b64decode(client.send("Page.printToPDF", paper)["data"])))
    client.detach()
    return [" ".join(page.extract_text().split()) for page in found.pages]


def assert_paper(sheets: list[str], *words: str) -> None:
    text = " ".join(sheets)
    assert [word for word in words if word not in text] == [], text
    assert [word for word in NAVIGATION if word in text] == [], text
    assert all(len(sheet) > 20 for sheet in sheets), sheets


def test_the_round_and_the_accounts_on_paper(chromium: Browser, site: str, world: World) -> None:
    vendor = meet(chromium, site)
    vendor.sign_in(world.vendor)
    month = world.vendor.get(f"/finance/customer/month/{world.row_id}")["month"]
    assert_paper(printed(vendor, "/today"), "Asha Sharma", "Milk", "Curd", "☐")
    statement = f"/customers/{world.row_id}/statement/{month}"
    assert_paper(printed(vendor, statement), "Asha Sharma", "Yadav Dairy", "Milk", "540.00")
    asha = meet(chromium, site)
    asha.sign_in(world.household)
    assert_paper(printed(asha, statement), "Yadav Dairy", "Milk", "540.00")
    (link,) = [path for path in world.paths["anyone"] if path.startswith("/s/")]
    assert_paper(printed(meet(chromium, site), link), "Yadav Dairy", "Milk", "540.00")
    assert vendor.errors + asha.errors == []
