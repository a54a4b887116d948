"""Papers as PDF: a room puts everything into words, a typst template of it (templates/<room>/*.typ) only
arranges them. Knows no milk.

    pdf.render("billing/receipt.typ", {"title": _("Receipt"), …})

The compiler has threads of its own, so whoever prints (a web process, a child of the worker) must not fork
after the first paper.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any

from flask import Response
from flask_babel import gettext

from .babel import language, moment, money
from .clock import now
from .errors import Problem
from .said import said

if TYPE_CHECKING:
    from typst import Compiler

# Templates read nothing outside of it; the fonts are vendored, since those of the machine differ.
ROOT = Path(__file__).resolve().parent.parent / "templates"
FONTS = ROOT / "pdf" / "fonts"
# No template may pull a package from the network: there is neither a store nor a cache of them.
NO_PACKAGES = ROOT / "pdf" / "packages"
PDF = "application/pdf"
NUMBER = re.compile(r"[^\d.,−-]")

# Of those who wait for the compiler in a browser, so many, so long: the threads of a web process have more
# to do.
MOST_WAITING = 2
PATIENCE = 5.0  # seconds
KEPT = 8  # papers

_turn = Lock()
_seats = BoundedSemaphore(1 + MOST_WAITING)
_made: OrderedDict[bytes, bytes] = OrderedDict()


@cache
def _compiler() -> Compiler:
    """Made with the first paper: the processes that print none need not wait for the import."""
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    return typst.Compiler(
        root=ROOT, font_paths=fonts, package_path=NO_PACKAGES, package_cache_path=NO_PACKAGES
    )


def render(template: str, words: Mapping[str, Any], *, patient: bool = False) -> bytes:
    """The PDF that the template (its path below templates/) makes of `words`: JSON, in the reader's language.

    The words reach it as data and are never read as markup. Raises 503 `busy` when others are waiting already
    (not for a `patient` one: a job, which waits as long as it takes), RuntimeError for a faulty template.
    """
    data = json.dumps({"lang": language().split("-")[0], "page": _page_words(), **words})
    if patient:
        with _turn:
            return _compiled(template, data)
    # Everything that stands on a paper is in its words: the same words are the same paper, never an old one.
    key = hashlib.sha256(f"{template}\n{data}".encode()).digest()
    if (before := _made.get(key)) is not None:
        return before
    if not _seats.acquire(blocking=False):
        raise busy()
    try:
        if not _turn.acquire(timeout=PATIENCE):
            raise busy()
        try:
            found = _made.get(key) or _compiled(template, data)
            _made[key] = found
            while len(_made) > KEPT:
                _made.popitem(last=False)
        finally:
            _turn.release()
    finally:
        _seats.release()
    return found


def _compiled(template: str, data: str) -> bytes:
    """In turn: one compiler cannot be used by two threads, and several would only share the two cores."""
    found = _compiler().compile(
        input=str(ROOT / template),
        format="pdf",
        sys_inputs={"data": data},
        timestamp=int(now().timestamp()),
    )
    if not isinstance(found, bytes):
        raise RuntimeError(f"{template} made no PDF")
    return found


def busy() -> Problem:
    """503: others wait for their papers already."""
    return Problem(
        503,
        "busy",
        said("Many papers are being made just now. Try again in a few seconds."),
        headers={"Retry-After": "5"},
    )


def _page_words() -> str:
    return str(gettext("Page %(page)s of %(pages)s", page="{page}", pages="{pages}"))


def made_on(zone: str) -> str:
    """When the paper was made, for its foot."""
    return str(gettext("Made on %(when)s", when=moment(now(), zone)))


def bare(minor: int, currency: str) -> str:
    """An amount without its currency, for cells of a column that names it."""
    return NUMBER.sub("", money(minor, currency)).strip(".,")


def qr_code(text: str) -> str:
    """A QR code as an SVG of bare modules: the paper round it is the quiet zone."""
    import segno

    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind="svg", border=0, xmldecl=False, svgns=True)
    return out.getvalue().decode()


def answer(paper: bytes, name: str) -> Response:
    """The PDF as an answer that no cache keeps; `name` is what it is saved as, in ASCII, without ``.pdf``."""
    response = Response(paper, mimetype=PDF)
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    # The rules of pages would keep browsers' own readers from showing it.
    response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
    return response
