"""Answers go over the wire compressed, where that gives nothing away.

A page holds secrets (the form token, the links of invites) beside words that an address can put there (what
was searched for). Whoever can make a browser ask again and again, and sees how long the answers are, could
guess such a secret bit by bit (the BREACH attack). So an answer to somebody's cookie is compressed only if
the browser says that the site itself or the person asked for it, and then its length is blurred at random.
Files and answers without a cookie hold no such secret. See docs/decisions/0010-compressed-answers.md.
"""

from __future__ import annotations

import secrets
import struct
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.http import parse_accept_header
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TYPES = {
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "application/problem+json",
    "image/svg+xml",
}
SMALL = 600  # bytes; below that it is not worth it
MOST = 4 * 1024 * 1024  # bytes that are held in memory at once
BLUR = 100  # bytes at most by which an answer is longer than it need be
SUFFIX = '-gz"'  # the ETag of the compressed form: it is another one than the plain form's
STATIC = "/static/"


def packed(content: bytes, *, level: int, name: bytes = b"") -> bytes:
    """`content` as gzip. `name` stands in the header and means nothing; it must not hold a zero byte."""
    engine = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    head = b"\x1f\x8b\x08" + (b"\x08" if name else b"\x00") + b"\x00\x00\x00\x00\x00\xff"
    tail = struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)
    return head + (name + b"\x00" if name else b"") + engine.compress(content) + engine.flush() + tail


def _blur() -> bytes:
    return b"x" * (1 + secrets.randbelow(BLUR))


def asked_for_here(environ: WSGIEnvironment) -> bool:
    """Whether no other site can have made the browser ask, or nothing of a person is in the answer."""
    if "HTTP_COOKIE" not in environ:
        return True
    return environ.get("HTTP_SEC_FETCH_SITE") in ("same-origin", "none")


class Answer(Response):
    """Whatever the application said; nothing is added to it by itself."""

    default_mimetype = None


class Compressed:
    """Wraps the whole application, the static files included; those are compressed once and kept."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        self.kept: dict[str, tuple[str, bytes]] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = parse_accept_header(environ.get("HTTP_ACCEPT_ENCODING", ""))
        if not asked.quality("gzip"):
            return self.application(environ, start_response)
        known = environ.get("HTTP_IF_NONE_MATCH", "")
        if known.endswith(SUFFIX):
            environ["HTTP_IF_NONE_MATCH"] = known.removesuffix(SUFFIX) + '"'
        response = Answer.from_app(self.application, environ)
        if response.status_code == 304 and known.endswith(SUFFIX):
            response.headers["ETag"] = known
        elif self._may(response, environ):
            self._compress(response, environ)
        return response(environ, start_response)

    def _may(self, response: Response, environ: WSGIEnvironment) -> bool:
        kind = response.mimetype or ""
        if not (kind.startswith("text/") or kind in TYPES) or "Content-Encoding" in response.headers:
            return False
        response.vary.add("Accept-Encoding")
        # 206: a part of a file. Without a length it is written while it is made; that is left alone.
        sized = SMALL <= (response.content_length or 0) <= MOST
        return sized and response.status_code not in (204, 206, 304) and environ["REQUEST_METHOD"] != "HEAD"

    def _compress(self, response: Response, environ: WSGIEnvironment) -> None:
        response.make_sequence()  # and the file is closed in the end, whether it is read or not
        path, tag = environ.get("PATH_INFO", ""), response.headers.get("ETag", "")
        if path.startswith(STATIC) and tag:
            found = self.kept.get(path)
            if found is None or found[0] != tag:
                # Only files that are there get this far, so there are never many.
                found = self.kept[path] = tag, packed(response.get_data(), level=9)
            content = found[1]
        elif asked_for_here(environ):
            name = _blur() if "HTTP_COOKIE" in environ else b""
            content = packed(response.get_data(), level=6, name=name)
        else:
            return
        response.set_data(content)
        response.headers["Content-Encoding"] = "gzip"
        if tag:
            response.headers["ETag"] = tag.removesuffix('"') + SUFFIX


def init_compression(app: Flask) -> None:
    """Compress what `app` answers; after everything else that wraps it."""
    app.wsgi_app = Compressed(app.wsgi_app)  # type: ignore[method-assign]
