"""What a page must hold in a real browser: no fault of accessibility, nothing too wide, nothing too small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser.conftest import PHONE, Person

AXE = (Path(__file__).parent.parent / "vendor" / "axe-core-4.14.1" / "axe.min.js").read_text("utf-8")
FAULTS = """async (rules) => {
  const found = await axe.run({ exclude: ["#docs"] }, { ...rules, resultTypes: ["violations"] });
  const parts = (one) => one.nodes.map((node) => node.html.slice(0, 200)).join(" | ");
  return found.violations.map((one) => `${one.id}: ${parts(one)}`);
}"""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Everything in the light; in the dark only what colours change.
LIGHT = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {"target-size": {"enabled": True}}}
DARK = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# The smallest phone, which is also what a window of 640 px is at twice the size; a phone; a desk.
WIDTHS = (320, 360, 1280)
# Whatever is tapped is 44 px high; a word may be narrow. Links within a text are left out; a label and
# the entry that a link covers count as the surface.
SMALL = """() => {
  const fields = "a[href],button,input:not([type=hidden]),select,textarea,summary";
  const box = (one) => one.getBoundingClientRect();
  const within = (one) => one.tagName === "A" && getComputedStyle(one).display === "inline";
  const surfaces = (one) => {
    const found = [one];
    if (["radio", "checkbox"].includes(one.type)) found.push(...(one.labels || []));
    if (getComputedStyle(one, "::after").position === "absolute") found.push(one.closest("li"));
    return found.filter(Boolean);
  };
  return Array.from(document.querySelectorAll(fields)).filter((one) => {
    const seen = one.checkVisibility({ visibilityProperty: true }) && box(one).width > 2;
    if (!seen || one.matches(".skip,.sr") || within(one)) return false;
    const least = one.innerText ? 24 : 43.5;
    return !surfaces(one).some((each) => box(each).height >= 43.5 && box(each).width >= least);
  }).map((one) => `${one.outerHTML.slice(0, 160)} ${box(one).width} x ${box(one).height}`);
}"""
# The description of the API is drawn by Swagger UI: what is inside of `#docs` is as it comes from there.
NOT_OURS = {"/docs"}
MOVES = """() => document.getAnimations().filter((one) => {
    const time = one.effect.getComputedTiming();
    return time.duration > 10 || time.iterations === Infinity;
}).map((one) => one.effect.target.outerHTML.slice(0, 120))"""


def look_at(person: Person, path: str) -> list[str]:
    """What is wrong with one page, in words; it is loaded once."""
    page = person.page
    before = len(person.errors)
    answer = page.goto(path)
    assert answer is not None
    if answer.status != 200:
        return [f"{path}: status {answer.status}"]
    page.evaluate(AXE)
    found: list[Any] = page.evaluate(FAULTS, LIGHT)
    if path not in NOT_OURS:
        found += [f"too small: {one}" for one in page.evaluate(SMALL)]
        found += [f"moves: {one}" for one in page.evaluate(MOVES)]
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {fault}" for fault in page.evaluate(FAULTS, DARK)]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": PHONE["height"]})
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{wide} px wide on {width}")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")
    found += person.errors[before:]
    return [f"{path} {fault}" for fault in found]
