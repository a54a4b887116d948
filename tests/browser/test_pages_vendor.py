"""A vendor's pages in a real browser, light and dark, on phones and a desk."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import meet, served
from tests.browser.crawl import look_at
from tests.browser.pages import World

pytestmark = pytest.mark.xdist_group("browser")


def test_every_page_of_a_vendor(chromium: Browser, world: World) -> None:
    with served() as site:
        vendor = meet(chromium, site, reduced_motion="reduce")
        vendor.sign_in(world.vendor)
        found = [fault for path in world.paths["vendor"] for fault in look_at(vendor, path)]
        vendor.context.close()
    assert not found, "\n".join(found)
