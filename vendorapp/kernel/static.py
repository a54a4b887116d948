"""Static files: WhiteNoise serves them; `asset()` gives an address that changes with the file."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask, url_for
from whitenoise import WhiteNoise

from config import Config

from .http import CSP

FOLDER = Path(__file__).resolve().parent.parent / "static"


@lru_cache(maxsize=500)
def _digest(name: str, _changed: int) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


def version_of(name: str) -> str:
    """Twelve characters that change when the file below static/ does."""
    return _digest(name, (FOLDER / name).stat().st_mtime_ns)


def version() -> str:
    """Twelve characters that change when any of our own files below static/ does."""
    names = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file())
    return hashlib.sha256("".join(version_of(name) for name in names).encode()).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a file below static/, with its version."""
    return url_for("static", filename=name, v=version_of(name))


def _guard(headers: Headers, _path: str, _url: str) -> None:
    """What all answers say, for the case that somebody opens a file by itself."""
    headers["Content-Security-Policy"] = CSP
    headers["X-Content-Type-Options"] = "nosniff"


def init_static(app: Flask, config: Config) -> None:
    """Serve static/ below ``/static/``; a week in caches, since addresses carry versions."""
    app.jinja_env.globals["asset"] = asset
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(FOLDER),
        prefix="static/",
        autorefresh=not config.production,
        max_age=7 * 24 * 3600,
        allow_all_origins=False,
        add_headers_function=_guard,
    )
