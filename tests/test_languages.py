"""Every word on every screen can be said in every language, and a language is a file."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from babel.messages import pofile
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from dev import messages
from tests import pseudo
from tests.accounts.browser import Browser
from tests.billing.papers import served
from tests.cast import PASSWORD, Api, Cast
from tests.catalogue.steps import product, rows, stock
from vendorapp.demo.load import Demo
from vendorapp.kernel import languages
from vendorapp.kernel.database import transaction

FILES = languages.files()
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}|(%%|%[sd])")
TAGS = re.compile(r"</?\w+[^>]*>|&\w+;")


def all_of(path: Path) -> list[Any]:
    with path.open("rb") as file:
        return [one for one in pofile.read_po(file, abort_invalid=True) if one.id]


def forms(value: Any) -> list[str]:
    return list(value) if isinstance(value, (tuple, list)) else [value]


# -- the files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.parent.name)
class TestFile:
    def test_it_is_as_the_source_has_it(self, path: Path) -> None:
        """Every sentence of the source is there, no other one, and nothing was written by hand around them:
        run ``make messages``."""
        with path.open("rb") as file:
            catalogue = pofile.read_po(file, abort_invalid=True)
        assert not catalogue.obsolete
        tag = path.parent.parent.name.replace("_", "-")
        assert path.read_bytes() == messages.merged(tag, messages.gathered())

    def test_everything_is_translated(self, path: Path) -> None:
        empty = [one.id for one in all_of(path) if not all(forms(one.string)) or "fuzzy" in one.flags]
        assert not empty, f"{len(empty)} sentences are not translated, such as {empty[:5]}"

    def test_values_and_markup_are_those_of_the_source(self, path: Path) -> None:
        for one in all_of(path):
            ours = forms(one.id)
            for theirs in filter(None, forms(one.string)):
                places = sorted(PLACEHOLDER.findall(theirs))
                # A plural form may leave its number out ("one litre"); nothing may be added.
                assert places == sorted(PLACEHOLDER.findall(ours[-1])) or (
                    len(ours) > 1 and places == sorted(PLACEHOLDER.findall(ours[0]))
                ), one.id
                assert sorted(TAGS.findall(theirs)) == sorted(TAGS.findall(ours[0])), one.id
                assert theirs[:1].isspace() == ours[0][:1].isspace(), one.id
                assert theirs[-1:].isspace() == ours[0][-1:].isspace(), one.id

    def test_plurals_follow_the_language(self, path: Path) -> None:
        with path.open("rb") as file:
            catalogue = pofile.read_po(file)
        assert catalogue.plural_forms.replace(" ", "") == messages.plural_forms(
            path.parent.parent.name.replace("_", "-")
        ).replace(" ", "")
        for one in catalogue:
            if one.pluralizable and one.id:
                assert len(forms(one.string)) == catalogue.num_plurals, one.id


def test_hindi_counts_nothing_as_one() -> None:
    """As CLDR has it."""
    translations = languages.translations()["hi"]
    assert [translations.plural(count) for count in (0, 1, 2, 5)] == [0, 0, 1, 1]


# -- a language is a file ---------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of languages that has none yet."""
    monkeypatch.setattr(languages, "FOLDER", tmp_path)
    return tmp_path


TINY = """
msgid ""
msgstr ""
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Settings"
msgstr "Einstellungen"

msgid "At most %(most)s is allowed."
msgstr "Mehr als %(most)s geht nicht."

msgid "Saved."
msgstr "Gesichert."
"""


def put(folder: Path, tag: str, words: str) -> None:
    path = folder / tag / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text(words, "utf-8")


def test_adding_a_file_is_adding_a_language(app: Flask, cast: Cast, folder: Path) -> None:
    put(folder, "de", TINY)
    vendor = cast.vendor()
    browser = Browser(app).sign_in(vendor).get("/settings")
    box = next(one for one in browser.tree.iter("select") if one.get("name") == "locale")
    assert [(one.get("value"), one.text) for one in box] == [("en", "English"), ("de", "Deutsch")]
    browser.submit(at="/settings", locale="de").get("/settings")
    assert browser.tree.get("lang") == "de"
    assert browser.response.headers["Content-Language"] == "de"
    assert "Gesichert." in browser.text
    assert "Einstellungen" in browser.text
    assert "Time zone" in browser.text, "what the file does not have is said in English"


def test_a_region_has_its_own_file_or_that_of_its_language(app: Flask, folder: Path) -> None:
    put(folder, "pt_BR", TINY.replace("Einstellungen", "Configurações"))
    put(folder, "de", TINY)
    for wished, given in {"pt-BR": "pt-BR", "de-AT": "de", "pt": "pt-BR", "fr": "en", "*": "en"}.items():
        page = Browser(app).get("/sign-in", headers={"Accept-Language": wished})
        assert page.tree.get("lang") == given, wished


@pytest.mark.parametrize(
    ("tag", "words", "why"),
    [
        ("de", 'msgid "a"\nnonsense "b"\n', "messages.po"),
        ("de", TINY.replace("nplurals=2; plural=(n != 1)", "nplurals=2; plural=(import os)"), "messages.po"),
        ("klingon", TINY, "there is no language 'klingon'"),
    ],
)
def test_a_file_that_cannot_be_read_stops_the_start(folder: Path, tag: str, words: str, why: str) -> None:
    put(folder, tag, words)
    with pytest.raises(languages.BrokenLanguage, match=re.escape(why)):
        languages.languages()


# -- who reads what ---------------------------------------------------------------------------------


def test_a_stranger_chooses_and_a_person_keeps_their_own(app: Flask, cast: Cast, folder: Path) -> None:
    put(folder, "de", TINY)
    browser = Browser(app).get("/register?as=customer")
    assert browser.tree.get("lang") == "en"
    assert {"Accept-Language", "Cookie"} <= set(browser.response.vary)
    link = next(one for one in browser.tree.iter("a") if one.get("hreflang") == "de")
    assert link.text == "Deutsch"
    browser.get(str(link.get("href")), expect=302)
    assert browser.location == "/register?as=customer"
    browser.get(browser.location, headers={"Accept-Language": "en"})
    assert browser.tree.get("lang") == "de"
    browser.submit(name="Asha", phone_number="+919811100001", password=PASSWORD)
    asha = Api(app).post("/login", {"phone_number": "+919811100001", "password": PASSWORD}, expect=200)
    assert asha["user"]["locale"] == "de"
    english = cast.customer_login()
    browser = Browser(app).sign_in(english)
    browser.get("/language/de", expect=302).get("/settings", headers={"Accept-Language": "de"})
    assert browser.tree.get("lang") == "en", "who is signed in reads their own language"


def test_signing_out_does_not_change_the_language(app: Flask, cast: Cast, folder: Path) -> None:
    put(folder, "de", TINY)
    browser = Browser(app).sign_in(cast.customer_login(locale="de-AT")).get("/settings")
    assert browser.get("/no/such/page", expect=404).tree.get("lang") == "de"
    browser.get("/settings").post("/sign-out")
    assert browser.get("/sign-in").tree.get("lang") == "de"


@pytest.mark.parametrize("to", ["//evil.example/", "https://evil.example/", "/\\evil", ""])
def test_choosing_a_language_leads_nowhere_else(app: Flask, folder: Path, to: str) -> None:
    put(folder, "de", TINY)
    browser = Browser(app).get("/language/de", query_string={"next": to}, expect=302)
    assert browser.location == "/"
    Browser(app).get("/language/xx", expect=404)


def test_json_speaks_english_and_pages_the_readers_language(app: Flask, cast: Cast, folder: Path) -> None:
    """Also with a number in the sentence: it is written as the reader's language writes it."""
    put(folder, "de", TINY)
    vendor = cast.vendor(locale="de")
    row = cast.row(vendor)
    body = {"customer_id": row["id"], "order_type": "scheduled", "item_name": "Milk", "rate": "99999999999"}
    answer = vendor.post("/orders", body, expect=422, headers={"Accept-Language": "de"})
    assert answer["errors"][0]["message"] == "At most 9,999,999,999 is allowed."
    browser = Browser(app).sign_in(vendor).get(f"/orders/new?customer={row['id']}")
    browser.submit(expect=422, item_name="Milch", quantity="1", rate="99999999999")
    assert browser.error("rate") == "Mehr als 9.999.999.999 geht nicht."


# -- what is raised ---------------------------------------------------------------------------------

PLACES = {"Conflict": 1, "Forbidden": 1, "Problem": 2, "invalid": 1, "FieldError": 2, "TermsError": 1}
PLACES |= dict.fromkeys(("ValueError", "AmountError", "Unfit"), 0)


def test_sentences_of_errors_are_not_put_together_from_pieces() -> None:
    """A sentence with a value in it is made by `said`: put together from pieces it is in no catalogue."""
    for path in sorted(messages.SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if not isinstance(node, ast.Call) or name not in PLACES or len(node.args) <= PLACES[name]:
                continue
            given = node.args[PLACES[name]]
            words = "".join(str(part.value) for part in ast.walk(given) if isinstance(part, ast.Constant))
            glued = isinstance(given, (ast.JoinedStr, ast.BinOp))
            # What only a developer reads is in small letters and may be put together.
            assert not glued or words[:1].islower() or path.name == "strict_json.py", (path, node.lineno)


# -- every word -------------------------------------------------------------------------------------

# A page of each kind is enough, and where a number stands any number will do.
LEFT_OUT = re.compile(r"/(static|v1|docs|styleguide|language|healthz|readyz|metrics|sw\.js|manifest|favicon)")
# A link of the command line, and files whose words are those of pages.
NO_WAY = {"accounts.reset", "work.file", "months_shared.paper"}
# What is shown to be copied and sent to somebody.
LINK = re.compile(r"http://127\.0\.0\.1:8000(/(?:invite|s)/[\w.-]+)")


class Visitor:
    """Follows every link from the first page on, and reads all it sees."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.browser = Browser(app)
        self.faults: dict[str, set[str]] = {}
        self.forms: dict[tuple[str, ...], tuple[str, str, dict[str, str]]] = {}
        self.kinds: dict[str, int] = {}
        self.endpoints: set[str] = set()

    def sign_in(self, phone: str, password: str) -> Visitor:
        self.browser.get("/sign-in")
        self.browser.submit(phone_number=phone, password=password)
        return self

    def walk(self, *begin: str, each: int = 2) -> Visitor:
        self.kinds.clear()
        waiting = list(begin)
        while waiting:
            path = waiting.pop(0)
            kind = re.sub(r"=[^&]*", "=", re.sub(r"\d[\d-]*", "N", path))
            if self.kinds.get(kind, 0) >= each or LEFT_OUT.match(path):
                continue
            self.kinds[kind] = self.kinds.get(kind, 0) + 1
            waiting += self.look(path)
        return self

    def look(self, path: str) -> list[str]:
        """What a page says, and where it leads."""
        self._name(path)
        response = self.browser.open(path)
        if 300 <= response.status_code < 400:
            return [self._local(response.headers["Location"])]
        assert response.status_code < 500, path
        self.read(path, response)
        if response.mimetype != "text/html":
            response.close()
            return []
        self._keep_forms(path)
        hrefs = [one.get("href") or "" for one in self.browser.tree.iter("a")]
        return [href for href in map(self._local, hrefs) if href.startswith("/")]

    def read(self, path: str, response: Any) -> None:
        if response.mimetype == "text/html":
            self.browser._show(response, response.status_code)
            for words in pseudo.shown(self.browser.tree):
                for fault in pseudo.untranslated(words):
                    self.faults.setdefault(fault, set()).add(path)
        elif response.mimetype == "text/csv":
            for fault in pseudo.untranslated(response.get_data(as_text=True)):
                self.faults.setdefault(fault, set()).add(path)

    def _local(self, href: str) -> str:
        parts = urlsplit(href)
        if parts.scheme or parts.netloc:
            return ""
        path = parts.path or (self.browser.response.request.path if parts.query else "")
        return path + (f"?{parts.query}" if parts.query else "")

    def _name(self, path: str) -> None:
        with contextlib.suppress(RequestRedirect, HTTPException):
            self.endpoints.add(self.app.url_map.bind("").match(urlsplit(path).path, method="GET")[0])

    def _keep_forms(self, page: str) -> None:
        for form in self.browser.tree.iter("form"):
            if form.get("method") == "post":
                action = form.get("action") or page
                fields = dict(self.browser._filled(form))
                kind = (re.sub(r"\d[\d-]*", "N", action), *sorted(fields))
                self.forms.setdefault(kind, (page, action, fields))

    def send(self, page: str, action: str, fields: dict[str, str]) -> None:
        """Send a form and read what is answered, also on the page that it leads to."""
        self.browser.get("/offline")
        data = {**fields, "csrf_token": self.browser.csrf()}
        response = self.browser.open(action, "POST", data=data, headers={"Referer": page})
        assert response.status_code < 500, (action, fields)
        if 300 <= response.status_code < 400:
            action = self._local(response.headers["Location"]) or "/"
            response = self.browser.open(action, follow_redirects=True)
        self.read(action, response)
        for path in LINK.findall(response.get_data(as_text=True)):
            self.look(path)

    def send_all(self) -> None:
        """Every form: with nonsense, with nothing, and as it stands."""
        kept = [one for one in self.forms.values() if not one[1].startswith("/sign-out")]
        for page, action, fields in kept:
            hidden = {name for name in fields if name in ("csrf_token", "key", "next")}
            for value in ("ξ", ""):
                nonsense = {name: old if name in hidden else value for name, old in fields.items()}
                if action not in ("/settings", "/settings/password"):
                    self.send(page, action, nonsense)
        for page, action, fields in kept:
            self.send(page, action, fields)


@pytest.fixture
def strange(folder: Path) -> None:
    """The language that nobody speaks."""
    pseudo.write(folder)


@pytest.fixture
def demo(app: Flask, strange: None) -> Iterator[tuple[dict[str, tuple[str, str]], list[str]]]:
    """A demo with everything in it, in Greek letters: phone and password by role, and where the rest is."""
    with time_machine.travel("2026-11-10T06:30:00Z", tick=True):
        made = Demo(vendors=1, customers=8, months=2, seed=1)
        with transaction():
            for step in made.steps():
                step()
        logins = {role: (phone, password) for role, phone, password in made.logins}
        addresses = _add_rest(app, *logins["vendor"])
        pseudo.rename_all()
        yield logins, addresses


def _add_rest(app: Flask, phone: str, password: str) -> list[str]:
    """What no demo has: empties, a service, a bill, a price for many, a conversation. Where it is."""
    answer = Api(app).post("/login", {"phone_number": phone, "password": password}, expect=200)
    vendor = Api(app, answer["token"], answer["user"])
    row = vendor.get("/customers")["items"][0]["id"]
    can = product(vendor, name="Can", unit="piece", rate="60", returnable=True)
    assert stock(vendor, can, "9").status == 201
    repair = vendor.post("/services", {"name": "Repair", "rate": "100"}, expect=201)["id"]
    parts = [{"product_id": can, "quantity": "2"}]
    package = vendor.post("/packages", {"name": "Two cans", "components": parts}, expect=201)["id"]
    sale = served(vendor, row, item="product", item_id=can)
    vendor.post("/bills", {"customer_id": row, "orders": [{"id": sale}]}, expect=201)
    order = vendor.get("/orders", query_string={"status": "active"})["items"][-1]
    vendor.post("/comments", {"order_id": order["id"], "content": "Later, please."}, expect=201)
    new_rate = {"item_name": order["item_name"], "rate": "77", "effective_from": "2026-11-20"}
    vendor.post("/changes", new_rate, expect=200)
    [[proposal]] = rows("SELECT max(id) FROM rate_proposals")
    return [
        *("/customers/unreached", "/records/1", f"/comments?order_id={order['id']}", "/work/1"),
        *(f"/customers/{row}/invite", f"/prices/{proposal}"),
        *("/catalogue/services/new", f"/catalogue/services/{repair}"),
        *("/catalogue/packages/new", f"/catalogue/packages/{package}"),
        *(f"/catalogue/products/{can}/empties", f"/catalogue/products/{can}/empties/{row}"),
    ]


def report(faults: dict[str, set[str]]) -> str:
    return "\n".join(f"{words!r} on {sorted(paths)[:3]}" for words, paths in sorted(faults.items()))


def pages(app: Flask) -> set[str]:
    """Every address that a browser may open."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not LEFT_OUT.match(rule.rule)
    }


def test_every_word_is_translated(app: Flask, demo: tuple[dict[str, tuple[str, str]], list[str]]) -> None:
    """All pages of both sides and of strangers, all forms with nonsense, and what is told because of them."""
    logins, addresses = demo
    stranger = Visitor(app)
    stranger.browser.client.set_cookie("language", pseudo.TAG)
    stranger.walk("/", "/sign-in", "/register", "/offline", "/nothing/here").send_all()
    vendor = Visitor(app).sign_in(*logins["vendor"]).walk("/today", "/customers", "/settings", *addresses)
    customer = Visitor(app).sign_in(*logins["customer"]).walk("/", "/requests", "/settings", *addresses)
    vendor.send_all()
    customer.send_all()
    vendor.walk("/today", "/inbox", "/catalogue", "/customers", each=1)
    customer.walk("/", "/inbox", each=1)
    faults = {**stranger.faults, **vendor.faults, **customer.faults}
    assert not faults, report(faults)
    seen = stranger.endpoints | vendor.endpoints | customer.endpoints
    assert pages(app) - seen - NO_WAY == set(), " ".join(sorted(pages(app) - seen))
    assert rows("SELECT count(DISTINCT kind) >= 10 FROM notices") == [(True,)]
    told = rows("SELECT title || ' ' || body FROM notices")
    assert not [words for (words,) in told if pseudo.untranslated(words)]
