"""Every route declares who may call it, and keeps to it for strangers and for the other role."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.cast import Cast
from vendorapp.accounts import guards


def address(rule: Rule) -> str:
    values = {name: "1" if f"<int:{name}>" in rule.rule else "nothing" for name in rule.arguments}
    path = rule.rule
    for name, value in values.items():
        path = path.replace(f"<int:{name}>", value).replace(f"<{name}>", value)
    return path


def routes(app: Flask) -> list[tuple[str, str, tuple[str, ...]]]:
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        guard: tuple[str, ...] = vars(app.view_functions[rule.endpoint])["guard"]
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        found += [(method, address(rule), guard) for method in methods]
    assert len(found) > 40
    return found


def test_a_stranger_is_asked_to_sign_in(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    for method, path, guard in routes(app):
        if not guard:
            continue
        answer = client.open(path, method=method)
        if path.startswith("/v1/"):
            assert (answer.status_code, answer.get_json(force=True)["code"]) == (401, "unauthenticated"), path
        else:
            assert answer.status_code == 302, (method, path, answer.status_code)
            assert answer.headers["Location"].startswith("/sign-in"), path


def test_the_other_role_is_refused_whatever_it_sends(app: Flask, cast: Cast) -> None:
    people = {"vendor": cast.vendor(), "customer": cast.customer_login()}
    client = app.test_client(use_cookies=False)
    for method, path, guard in routes(app):
        for role, person in people.items():
            if not guard or role in guard:
                continue
            headers = {"Authorization": f"Bearer {person.token}"}
            answer = client.open(path, method=method, headers=headers, data=b"{not json")
            assert answer.status_code == 403, (method, path, role, answer.status_code)


def test_what_names_no_icon_has_one(app: Flask) -> None:
    answer = app.test_client().get("/favicon.ico")
    assert (answer.status_code, answer.mimetype, answer.data[:4]) == (200, "image/png", b"\x89PNG")
    assert answer.headers["Cache-Control"] == "public, max-age=604800"
    assert "Set-Cookie" not in answer.headers


def test_a_route_without_a_guard_stops_the_start(the_app: Flask) -> None:
    bare = Flask("bare", static_folder=None)
    bare.add_url_rule("/open", view_func=lambda: "open")
    with pytest.raises(RuntimeError, match="/open"):
        guards.check_routes(bare)
