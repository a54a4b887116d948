"""A browser without JavaScript: it keeps cookies, sends the forms of its page, and reads what it sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import Context
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from werkzeug.test import TestResponse

from tests.cast import PASSWORD, Api

LABELLED = {"input", "select", "textarea"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
# What is tapped, and may not hold anything else that is.
INTERACTIVE = {"a", "button", "summary"}
CONTROLS = {*INTERACTIVE, *LABELLED, "label"}


def _check(tree: Element) -> None:
    """Ids are unique, what can be filled in has a label, headings are in order, nothing is styled inline."""
    ids = [one.get("id") for one in tree.iter() if one.get("id")]
    assert len(ids) == len(set(ids)), sorted(name for name in ids if name and ids.count(name) > 1)
    labels = {one.get("for") for one in tree.iter("label")}
    inside = {id(child) for label in tree.iter("label") for child in label.iter()}
    for one in tree.iter():
        if one.tag in LABELLED and one.get("type") not in ("hidden", "submit"):
            named = one.get("id") in labels or id(one) in inside or one.get("aria-label")
            assert named, one.attrib
        for name in ("aria-describedby", "aria-labelledby", "aria-controls"):
            assert set((one.get(name) or "").split()) <= set(ids), one.attrib
    assert "".join(tree.find(".//title").itertext()).strip()  # type: ignore[union-attr]
    assert tree.get("lang")
    levels = [int(one.tag[1]) for one in tree.iter() if one.tag in HEADINGS]
    assert levels.count(1) == 1, levels
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    for one in tree.iter():
        assert one.get("style") is None, one.attrib
        if one.tag in INTERACTIVE:
            within = [child.tag for child in one.iter() if child is not one and child.tag in CONTROLS]
            assert not within, (one.attrib, within)


class Browser:
    """Goes to pages and sends their forms."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.response: TestResponse
        self.tree = Element("html")

    def open(self, path: str, method: str = "GET", **options: Any) -> TestResponse:
        """A request as a server sees it: nothing of the test's own application context is around."""
        found: TestResponse = Context().run(self.client.open, path, method=method, **options)
        return found

    def get(self, path: str, expect: int = 200, **options: Any) -> Browser:
        return self._show(self.open(path, **options), expect)

    def _show(self, response: TestResponse, expect: int) -> Browser:
        self.response = response
        assert response.status_code == expect, (response.status_code, self.text)
        if response.mimetype == "text/html" and not 300 <= expect < 400:
            self.parse(response.get_data(as_text=True))
            _check(self.tree)
        return self

    def parse(self, html: str) -> Browser:
        """Put a page before the browser that came earlier."""
        self.tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
        return self

    @property
    def text(self) -> str:
        """What stands on the page, in one line."""
        if self.response.mimetype != "text/html":
            return self.response.get_data(as_text=True)
        main = self.tree.find(".//main")
        return " ".join("".join((main if main is not None else self.tree).itertext()).split())

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        return str(self.response.headers["Location"])

    def csrf(self) -> str:
        meta = self.tree.find(".//meta[@name='csrf-token']")
        assert meta is not None
        return str(meta.get("content"))

    def post(self, path: str, expect: int = 302, **fields: Any) -> Browser:
        """Send `fields` with the page's CSRF token."""
        data = {"csrf_token": self.csrf(), **fields}
        return self._show(self.open(path, "POST", data=data), expect)

    def submit(self, expect: int = 302, at: str | None = None, **fields: Any) -> Browser:
        """Fill in the form of the page (the one whose action is `at`) and send it."""
        form = self._form(at, fields)
        data = dict(self._filled(form))
        assert set(fields) <= {one.get("name") for one in form.iter()}, data
        data |= {name: value for name, value in fields.items() if value is not None}
        path = form.get("action") or self.response.request.path
        return self._show(self.open(path, "POST", data=data), expect)

    def _form(self, at: str | None, fields: dict[str, Any]) -> Element:
        main = self.tree.find(".//main")
        assert main is not None
        forms = [form for form in main.iter("form") if form.get("method") == "post"]
        if at is not None:
            forms = [form for form in forms if form.get("action") == at]
        elif len(forms) > 1:
            names = set(fields)
            forms = [form for form in forms if names <= {one.get("name") for one in form.iter()}]
        assert len(forms) == 1, [form.get("action") for form in forms]
        return forms[0]

    def _filled(self, form: Element) -> Iterator[tuple[str, str]]:
        for one in form.iter():
            name = one.get("name")
            if not name:
                continue
            if one.tag == "input" and one.get("type") in ("radio", "checkbox"):
                if one.get("checked") is not None:
                    yield name, str(one.get("value"))
            elif one.tag == "input":
                yield name, one.get("value") or ""
            elif one.tag == "textarea":
                yield name, (one.text or "").removeprefix("\n")
            elif one.tag == "select":
                chosen = [o for o in one.iter("option") if o.get("selected") is not None]
                chosen = chosen or list(one.iter("option"))[:1]
                value = chosen[0].get("value")
                yield name, str(chosen[0].text if value is None else value)

    def value(self, name: str) -> str:
        """What the field of this name holds."""
        forms = [dict(self._filled(form)) for form in self.tree.iter("form")]
        return next(form[name] for form in forms if name in form)

    def error(self, name: str) -> str:
        """What is said beside a field, and tied to it."""
        found = next(one for one in self.tree.iter() if one.get("name") == name)
        box = found
        if found.get("type") == "radio":
            box = next(one for one in self.tree.iter("fieldset") if any(c is found for c in one.iter()))
        else:
            assert found.get("aria-invalid") == "true", found.attrib
        place = next(n for n in (box.get("aria-describedby") or "").split() if n.endswith("error"))
        return "".join(self.tree.find(f".//*[@id='{place}']").itertext()).strip()  # type: ignore[union-attr]

    def sign_in(self, someone: Api, password: str = PASSWORD) -> Browser:
        self.get("/sign-in")
        return self.submit(phone_number=someone.user["phone_number"], password=password)
