"""Every part on one page for whoever develops, and nothing of it in production."""

from __future__ import annotations

import dataclasses
import re

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from vendorapp import create_app, styleguide


def test_every_part_is_shown(app: Flask) -> None:
    page = Browser(app).get("/styleguide")
    used = set(re.findall(r'icons\.svg[^"#]*#([a-z-]+)"', page.response.get_data(as_text=True)))
    assert set(styleguide.icons()) <= used
    classes = {name for one in page.tree.iter() for name in (one.get("class") or "").split()}
    assert {"btn", "btn-quiet", "btn-danger", "field", "has-error", "card-ask", "chip"} <= classes
    assert {"stop", "cal", "money-big", "timeline", "thread", "empty", "pager", "plot"} <= classes
    assert {"flash", "search", "figures", "entries", "tabs", "ways", "share", "work-bar"} <= classes


def test_all_colours_can_be_told_apart() -> None:
    pairs = [(scheme, pair) for scheme, found in styleguide.palettes().items() for pair in found]
    assert len(pairs) == 2 * len(styleguide.PAIRS)
    assert [
        (scheme, one.front, one.ground, round(one.contrast, 2)) for scheme, one in pairs if not one.enough
    ] == []


@pytest.mark.parametrize(
    ("one", "other", "far"), [("#000", "#ffffff", 21), ("#777777", "#fff", 4.48), ("#123", "#123", 1)]
)
def test_contrast_is_that_of_wcag(one: str, other: str, far: float) -> None:
    assert styleguide.contrast(one, other) == pytest.approx(far, abs=0.01)


def test_production_has_nothing_of_a_developers_machine(app: Flask) -> None:
    settings = dataclasses.replace(app.extensions["vendorapp"], app_env="production", secret_key="x" * 40)
    live = create_app(settings)
    client = live.test_client()
    assert client.get("/styleguide").status_code == 404
    assert client.post("/demo/fill").status_code == 404
    assert client.get("/sign-in").status_code == 200
