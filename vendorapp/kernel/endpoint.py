"""JSON routes: `endpoint` turns a request into shapes, opens the one transaction, answers.

    @blueprint.post("/customers")
    @guards.vendor
    @endpoint(body=CustomerIn, answers={201: CustomerOut}, problems=("customer_exists",))
    def add(body: CustomerIn) -> tuple[int, CustomerOut]: ...

A view returns `(status, model)`, or None for 204; a `Problem` that it returns instead of raising is
answered after a commit (a counted failure must not be undone by its own refusal). On unsafe methods its
whole work is one transaction, kept together with the answer under the request's ``Idempotency-Key``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, g, request
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import UnsupportedMediaType

from . import idempotency
from .database import session, transaction
from .errors import Problem, WrittenMeanwhile
from .fields import Body
from .shape import Outline, read, read_query
from .strict_json import loads

RETRIED_STATES = {"40001", "40P01"}
TRIES = 3


@dataclass(frozen=True, slots=True)
class Spec:
    """What OpenAPI says of a route."""

    body: type[Body] | None
    query: type[Body] | None
    answers: dict[int, type[BaseModel] | None]
    problems: tuple[str, ...]
    replays: bool
    summary: str
    detail: str = ""
    media: tuple[str, ...] = ()


class NoFields(Body):
    """A request without a body or without parameters."""


def raw_body() -> dict[str, Any]:
    """The request's JSON object; an empty body counts as an empty object. 400, 413 or 415 otherwise."""
    data = request.get_data(cache=True)
    if not data.strip():
        return {}
    if not request.is_json:
        raise UnsupportedMediaType("The body must be application/json.")
    return loads(data)


def sqlstate(error: BaseException) -> str | None:
    """The SQLSTATE of a database error, None when there is none."""
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def endpoint(
    *,
    body: type[Body] | None = None,
    query: type[Body] | None = None,
    answers: dict[int, type[BaseModel] | None],
    problems: tuple[str, ...] = (),
    replays: bool = True,
    outline: Outline | None = None,
    media: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Declare the shapes of a JSON route; `problems` are the contract's words it may answer.

    `replays=False` is for routes that ignore ``Idempotency-Key``. `outline` tells what comes before the
    faults of single values (see `kernel.shape.read`); without such faults the view tells it itself.
    `media` are other types that a GET may answer in: its view then returns the finished response.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Response]:
        summary, _, detail = (view.__doc__ or view.__name__).strip().partition("\n\n")

        @functools.wraps(view)
        def route(**path: Any) -> Response:
            caller = g.get("caller")
            caller_id = caller.user_id if caller else None
            arguments: dict[str, Any] = dict(path)
            arguments_query = read_query(query or NoFields, request.args)
            if query:
                arguments["query"] = arguments_query
            if request.method in ("GET", "HEAD"):
                found = view(**arguments)
                return found if isinstance(found, Response) else respond(*_outcome(found))
            raw = raw_body()
            shaped = read(body or NoFields, raw, caller_id=caller_id, outline=outline)
            if body:
                arguments["body"] = shaped
            key = request.headers.get("Idempotency-Key")
            claim = None
            if key is not None and replays and request.method == "POST" and caller_id is not None:
                claim = idempotency.Claim(
                    caller_id,
                    request.path,
                    idempotency.check_key(key),
                    idempotency.fingerprint(raw),
                )
            return _write(view, arguments, claim)

        route.spec = Spec(  # type: ignore[attr-defined]
            body,
            query,
            answers,
            problems,
            replays,
            " ".join(summary.split()),
            " ".join(detail.split()),
            media,
        )
        return route

    return decorate


def _write(view: Callable[..., Any], arguments: dict[str, Any], claim: idempotency.Claim | None) -> Response:
    for left in reversed(range(TRIES)):
        try:
            with transaction():
                if claim and (stored := idempotency.claim(claim)):
                    response = respond(*stored)
                    response.headers["Idempotent-Replayed"] = "true"
                    return response
                result = view(**arguments)
                if not isinstance(result, Problem):
                    status, text = _outcome(result)
                    if claim:
                        idempotency.remember(claim, status, text)
            if isinstance(result, Problem):
                raise result
            return respond(status, text)
        except WrittenMeanwhile:
            if not left:
                raise
        except DBAPIError as error:
            session().rollback()
            if sqlstate(error) not in RETRIED_STATES or not left:
                raise
    raise AssertionError("unreachable")


def _outcome(result: tuple[int, BaseModel] | None) -> tuple[int, str]:
    if result is None:
        return 204, ""
    status, model = result
    return status, model.model_dump_json(by_alias=True)


def respond(status: int, text: str) -> Response:
    """A JSON answer that no cache may keep."""
    response = Response(text, status=status, mimetype="application/json")
    if status == 204:
        response.headers.pop("Content-Type", None)
    response.headers["Cache-Control"] = "no-store"
    return response
