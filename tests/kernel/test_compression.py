"""What goes over the wire compressed, and what does not because somebody could learn from its length."""

from __future__ import annotations

import gzip
import re

import pytest
from flask import Flask
from werkzeug.wrappers import Response

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from vendorapp.kernel.compression import BLUR, packed

ASKS = {"Accept-Encoding": "gzip, deflate, br"}
HERE = {**ASKS, "Sec-Fetch-Site": "same-origin"}
CSS = "/static/app.css"


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def browser(app: Flask, milkman: Api) -> Browser:
    return Browser(app).sign_in(milkman)


def is_packed(answer: Response) -> bool:
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    return answer.headers.get("Content-Encoding") == "gzip"


def without_token(page: bytes) -> str:
    return re.sub(r'(content|value)="[^"]{60,}"', "", page.decode())


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_page_that_the_person_asked_for_is_compressed(browser: Browser, site: str) -> None:
    plain = browser.open("/customers")
    answer = browser.open("/customers", headers={**ASKS, "Sec-Fetch-Site": site})
    assert is_packed(answer)
    assert without_token(gzip.decompress(answer.data)) == without_token(plain.data)
    assert len(answer.data) < len(plain.data) / 2


@pytest.mark.parametrize("site", ["cross-site", "same-site", None])
def test_what_another_site_may_have_asked_for_is_not(browser: Browser, site: str | None) -> None:
    headers = {**ASKS, "Sec-Fetch-Site": site} if site else ASKS
    for path in ("/customers", "/v1/me"):
        answer = browser.open(path, headers=headers)
        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers
        assert answer.data[:1] in (b"<", b"{")


def test_the_length_of_a_page_says_little(browser: Browser) -> None:
    """The same page is now longer and now shorter, by more than what one guessed letter makes."""
    sizes = {len(browser.open("/customers", headers=HERE).data) for _ in range(40)}
    assert len(sizes) > 15
    assert max(sizes) - min(sizes) > BLUR / 2


def test_without_a_cookie_nobodys_secret_is_in_it(app: Flask, milkman: Api) -> None:
    for _ in range(12):
        milkman.post("/products", {"name": "Butter " * 9}, expect=201)
    bearer = milkman.call("GET", "/products", headers=ASKS).response
    assert is_packed(bearer)
    assert b"Butter" in gzip.decompress(bearer.data)
    assert is_packed(app.test_client().get("/", headers=ASKS))


def test_a_browser_that_does_not_ask_gets_it_plain(app: Flask) -> None:
    for said in ({}, {"Accept-Encoding": "br"}, {"Accept-Encoding": "gzip;q=0, br"}):
        with app.test_client().get("/", headers=said) as answer:
            assert b"<!doctype html>" in answer.data
            assert "Content-Encoding" not in answer.headers


def test_files_are_compressed_once_and_known_again(app: Flask) -> None:
    client = app.test_client()
    with client.get(CSS) as plain, client.get(CSS, headers=ASKS) as answer:
        assert is_packed(answer)
        assert gzip.decompress(answer.data) == plain.data
        assert answer.headers["Content-Type"] == plain.headers["Content-Type"]
        tags = plain.headers["ETag"], answer.headers["ETag"]
        assert tags[0] != tags[1]
    for tag in tags:
        with client.get(CSS, headers={**ASKS, "If-None-Match": tag}) as known:
            assert (known.status_code, known.headers["ETag"], known.data) == (304, tag, b"")
    with client.get(CSS, headers={**ASKS, "If-None-Match": '"other-gz"'}) as changed:
        assert changed.status_code == 200
    with client.get("/static/icons/icon-192.png", headers=ASKS) as picture:
        assert "Content-Encoding" not in picture.headers
        assert picture.data.startswith(b"\x89PNG")


def test_a_part_and_a_head_are_left_alone(app: Flask) -> None:
    client = app.test_client()
    with client.get(CSS, headers={**ASKS, "Range": "bytes=0-999"}) as part:
        assert (part.status_code, len(part.data)) == (206, 1000)
        assert "Content-Encoding" not in part.headers
    with client.head(CSS, headers=ASKS) as head:
        assert (head.status_code, head.data) == (200, b"")


def test_it_is_gzip_whatever_the_name(app: Flask) -> None:
    for content in (b"", b"x" * 100_000):
        for name in (b"", b"xxxx"):
            assert gzip.decompress(packed(content, level=6, name=name)) == content
