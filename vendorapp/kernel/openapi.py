"""``/v1/openapi.json``, made from the routes themselves, so that it cannot tell another story."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from .endpoint import Spec

REF = "#/components/schemas/{model}"
PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details; facts of the code stand beside these.",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": ["integer", "string"]},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}


def _routes(app: Flask) -> list[tuple[Rule, str, Spec, tuple[str, ...]]]:
    found = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        spec = getattr(view, "spec", None)
        if isinstance(spec, Spec):
            guard = getattr(view, "guard", ())
            methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            found += [(rule, method, spec, guard) for method in methods]
    return sorted(found, key=lambda one: (one[0].rule, one[1]))


def _public(name: str) -> str:
    """A path's id is called `id` in the description, whatever the view calls it."""
    return "id" if name.endswith("_id") else name


def template(rule: Rule) -> str:
    """The path of a rule as OpenAPI writes it: ``/v1/order/{id}/attendance``."""
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda match: "{" + _public(match[1]) + "}", rule.rule)


def _path_parameters(rule: Rule) -> list[dict[str, Any]]:
    return [
        {
            "name": _public(name),
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 1}
            if f"<int:{name}>" in rule.rule
            else {"type": "string"},
        }
        for name in sorted(rule.arguments)
    ]


def _query_parameters(spec: Spec) -> list[dict[str, Any]]:
    if spec.query is None:
        return []
    schema = spec.query.model_json_schema(ref_template=REF)
    required = schema.get("required", [])
    found = []
    for name, shape in schema.get("properties", {}).items():
        options = [one for one in shape.get("anyOf", [shape]) if one != {"type": "null"}]
        plain = options[0] if len(options) == 1 else {"anyOf": options}
        found.append({"name": name, "in": "query", "required": name in required, "schema": plain})
    return found


def document(app: Flask) -> dict[str, Any]:
    """The OpenAPI 3.1 description of every JSON route."""
    routes = _routes(app)
    models: list[tuple[type[BaseModel], Any]] = []
    for _, _, spec, _ in routes:
        if spec.body:
            models.append((spec.body, "validation"))
        models += [(model, "serialization") for model in spec.answers.values() if model]
    names, definitions = models_json_schema(list(dict.fromkeys(models)), ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for rule, method, spec, guard in routes:
        codes = ", ".join(f"`{word}`" for word in spec.problems)
        detail = spec.detail + (f"\n\nProblems: {codes}." if codes else "")
        operation: dict[str, Any] = {
            "operationId": f"{rule.endpoint.replace('.', '_')}_{method.lower()}",
            "summary": spec.summary,
            "description": detail.strip(),
            "tags": [rule.endpoint.split("_api.")[0].split(".")[0]],
            "parameters": _path_parameters(rule) + _query_parameters(spec),
            "security": [{"token": []}, {"session": []}] if guard else [],
            "responses": {
                "default": {
                    "description": "A problem.",
                    "content": {
                        "application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}
                    },
                }
            },
        }
        if method == "POST" and spec.replays and guard:
            operation["parameters"].append(
                {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "required": False,
                    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
                }
            )
        if spec.body:
            operation["requestBody"] = {
                "content": {"application/json": {"schema": names[(spec.body, "validation")]}}
            }
        for status, model in spec.answers.items():
            answer: dict[str, Any] = {"description": "Done." if status != 204 else "Done, nothing to say."}
            if model:
                answer["content"] = {"application/json": {"schema": names[(model, "serialization")]}}
                for kind in spec.media:
                    answer["content"][kind] = {"schema": {"type": "string", "contentMediaType": kind}}
            operation["responses"][str(status)] = answer
        paths.setdefault(template(rule), {})[method.lower()] = operation
    schemas = definitions.get("$defs", {})
    schemas["Problem"] = PROBLEM
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "vendorapp",
            "version": "1",
            "description": "One shared account for who delivers and who owes. Money and quantities are "
            "accepted as numbers or strings and answered as strings.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "session"},
            },
        },
    }
