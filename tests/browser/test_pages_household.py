"""The pages of a household, and those without a login, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import meet, served
from tests.browser.crawl import look_at
from tests.browser.pages import World

pytestmark = pytest.mark.xdist_group("browser")


def test_every_page_of_a_household(chromium: Browser, world: World) -> None:
    with served() as site:
        asha = meet(chromium, site, reduced_motion="reduce")
        asha.sign_in(world.household)
        found = [fault for path in world.paths["customer"] for fault in look_at(asha, path)]
        asha.context.close()
    assert not found, "\n".join(found)


def test_every_page_without_a_login(chromium: Browser, world: World) -> None:
    with served() as site:
        somebody = meet(chromium, site, reduced_motion="reduce")
        found = [fault for path in world.paths["anyone"] for fault in look_at(somebody, path)]
        somebody.context.close()
    assert not found, "\n".join(found)
