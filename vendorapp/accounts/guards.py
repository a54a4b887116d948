"""Who may call a route. Every route declares one of these; start-up refuses a route without.

    @blueprint.get("/customers")
    @guards.vendor
    @endpoint(...)

The token in ``Authorization: Bearer`` counts first; otherwise the browser's session cookie does, and
then an unsafe method needs the CSRF token.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, redirect, request, session, url_for
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import IntegerConverter

from ..kernel.database import read_one_snapshot
from ..kernel.errors import Forbidden, Problem
from ..kernel.fields import NO_ID
from ..kernel.http import wants_json
from . import queries
from .queries import Caller

View = Callable[..., Any]


class PathId(IntegerConverter):
    """``<int:…>`` in a path: an id beyond bigint is one that no row has."""

    regex = "[0-9]+"  # not every digit of Unicode

    def to_python(self, value: str) -> int:
        return NO_ID if len(value) > 100 else min(int(super().to_python(value)), NO_ID)


csrf = CSRFProtect()
manager = LoginManager()


def init_guards(app: Flask) -> None:
    """Cookies, CSRF and the caller of each request."""
    app.url_map.converters["int"] = PathId
    manager.init_app(app)
    manager.session_protection = None  # a sign-in is a row; it ends by ending the row
    csrf.init_app(app)
    manager.user_loader(queries.caller_by_token)

    @app.before_request
    def find_caller() -> None:
        g.caller = None
        if request.endpoint in (None, "static"):
            return
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            g.caller = _caller_of(token.strip())
            g.by_cookie = False
            return
        g.caller = _by_cookie()
        g.by_cookie = True


def _by_cookie() -> Caller | None:
    token = session.get("_user_id")
    return _caller_of(token) if isinstance(token, str) else None


def _caller_of(token: str) -> Caller | None:
    if not token:
        return None
    if request.method in ("GET", "HEAD"):
        read_one_snapshot()
    return queries.caller_by_token(token)


def caller() -> Caller:
    """Who makes this request; only behind a guard that wants a login."""
    found: Caller | None = g.get("caller")
    if found is None:
        raise unauthenticated()
    return found


def unauthenticated() -> Problem:
    return Problem(
        401,
        "unauthenticated",
        "Sign in first.",
        headers={"WWW-Authenticate": 'Bearer realm="vendorapp"'},
    )


def _guard(view: View, roles: tuple[str, ...]) -> View:
    @functools.wraps(view)
    def guarded(**arguments: Any) -> Any:
        found: Caller | None = g.get("caller")
        unsafe = request.method not in ("GET", "HEAD", "OPTIONS")
        if roles:
            if found is None:
                return _ask_to_sign_in()
            if found.role not in roles:
                raise Forbidden()
        # Pages always need the CSRF token; JSON routes when a cookie is what signs the request.
        if unsafe and (not wants_json() or (roles and g.get("by_cookie"))):
            csrf.protect()
        return view(**arguments)

    guarded.guard = roles  # type: ignore[attr-defined]
    return guarded


def _ask_to_sign_in() -> Response:
    if wants_json():
        raise unauthenticated()
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    target = url_for("accounts.sign_in", next=here)
    return redirect(target)  # type: ignore[return-value]


def anyone(view: View) -> View:
    """No login is needed."""
    return _guard(view, ())


def signed_in(view: View) -> View:
    """Any login."""
    return _guard(view, ("vendor", "customer"))


def vendor(view: View) -> View:
    """Vendors only; 403 for a customer."""
    return _guard(view, ("vendor",))


def customer(view: View) -> View:
    """Customers only; 403 for a vendor."""
    return _guard(view, ("customer",))


def check_routes(app: Flask) -> None:
    """Refuse to start with a route that does not say who may call it."""
    open_routes = sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not hasattr(app.view_functions[rule.endpoint], "guard")
    )
    if open_routes:
        raise RuntimeError(f"These routes declare no guard: {', '.join(open_routes)}")
