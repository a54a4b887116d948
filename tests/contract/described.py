"""What the API says of itself, held against what it does: every answer must fit its declared schema."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema_rs
from flask import Flask
from werkzeug.test import TestResponse

from vendorapp.kernel import openapi

PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Operation:
    """One method of one path, as the description has it."""

    method: str
    path: str
    spec: dict[str, Any]

    @property
    def query(self) -> list[str]:
        return [one["name"] for one in self.spec["parameters"] if one["in"] == "query"]

    @property
    def guarded(self) -> bool:
        return bool(self.spec["security"])

    def address(self, value: object = 10**30) -> str:
        """The path below /v1, with `value` for whatever stands in braces."""
        return re.sub(r"\{[^}]+\}", str(value), self.path).removeprefix("/v1")


@cache
def document(app: Flask) -> dict[str, Any]:
    with app.app_context():
        return openapi.document(app)


@cache
def operations(app: Flask) -> list[Operation]:
    """Every operation, those without a variable path first."""
    found = [
        Operation(method.upper(), path, spec)
        for path, methods in document(app)["paths"].items()
        for method, spec in methods.items()
    ]
    assert len(found) > 30
    return sorted(found, key=lambda one: (one.path.count("{"), one.path, one.method))


@cache
def _validator(app: Flask, schema: str) -> jsonschema_rs.Draft202012Validator:
    whole = {**json.loads(schema), "components": document(app)["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def assert_as_described(app: Flask, method: str, path: str, answer: TestResponse) -> None:
    """The status is declared, the body is of the declared type and shape, and it is no 5xx."""
    said = (method, path, answer.status_code, answer.get_data()[:500])
    assert answer.status_code < 500, said
    plain = "/v1" + path.partition("?")[0]
    for one in operations(app):
        if one.method == method and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", one.path), plain):
            break
    else:
        return
    declared = one.spec["responses"]
    assert answer.status_code >= 400 or str(answer.status_code) in declared, said
    content = declared.get(str(answer.status_code), declared["default"]).get("content", {})
    if not content:
        assert not answer.data, said
        return
    assert answer.mimetype in content, said
    shape = content[answer.mimetype]
    if not answer.is_json:
        return
    faults = [
        f"{fault.instance_path}: {fault.message}"
        for fault in _validator(app, json.dumps(shape["schema"])).iter_errors(answer.get_json(force=True))
    ]
    assert not faults, (said, faults)
