"""How answers look, whatever the room: problems as JSON or as a page, headers, request ids."""

from __future__ import annotations

import json
import re
import secrets
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, render_template, request
from flask_wtf.csrf import CSRFError
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from config import Config

from .babel import in_words
from .database import session
from .endpoint import sqlstate
from .errors import FieldError, Problem
from .said import said

log = structlog.get_logger()

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,80}", re.ASCII)
WORDS = {
    400: "unreadable_body",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}
# What a page says where JSON has the framework's own words.
PAGE_WORDS = {
    400: said("Your browser sent something that cannot be read. Please go back and try again."),
    404: said("There is no such page."),
    405: said("This address is not opened that way."),
    408: said("It took too long. Please try again."),
    413: said("That is more than can be sent at once."),
    415: said("This kind of file is not read here."),
    429: said("That was too often in a short time. Please wait a little and try again."),
    503: said("The service is busy or restarting. Try again."),
}
UNKNOWN = said("Please go back and try again.")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def wants_json() -> bool:
    return request.path == "/v1" or request.path.startswith("/v1/")


def problem_response(problem: Problem) -> Response:
    """The problem in the form the caller reads: problem+json below ``/v1``, a page elsewhere."""
    if wants_json():
        content: dict[str, Any] = {
            "type": f"/docs#{problem.code}",
            "title": HTTPStatus(problem.status).phrase,
            "status": problem.status,
            "detail": problem.detail,
            "code": problem.code,
            "errors": problem.error_list(),
        }
        # Where the contract names a fact `status` (the state that the thing is in), it stands here: RFC 9457
        # tells general consumers to ignore a `status` that is no number.
        content.update(problem.facts)
        response = Response(json.dumps(content), problem.status, mimetype="application/problem+json")
    else:
        page = render_template(
            "error.html", status=problem.status, code=problem.code, detail=in_words(problem.detail)
        )
        response = Response(page, problem.status, mimetype="text/html")
    response.headers.update(problem.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def from_http(error: HTTPException) -> Problem:
    status = error.code or 500
    if isinstance(error, CSRFError):
        return Problem(403, "csrf_failed", "The form or the X-CSRFToken header is out of date. Try again.")
    headers = {}
    if error.response is None:
        headers = {k: v for k, v in error.get_headers() if k in ("Allow", "Retry-After", "WWW-Authenticate")}
    return Problem(
        status,
        WORDS.get(status, "invalid"),
        (error.description or HTTPStatus(status).phrase) if wants_json() else PAGE_WORDS.get(status, UNKNOWN),
        headers=headers,
    )


def from_database(error: DBAPIError) -> Problem:
    """What a database error means to the caller, by its SQLSTATE; unexpected ones are a 500."""
    state = sqlstate(error) or ""
    if state == "23505":
        return Problem(409, "conflict", "Something else was written first. Look again and retry.")
    if state in ("23503", "23514", "23P01") or state.startswith("22"):
        fault = FieldError("", "invalid", "A value is outside what can be stored.")
        return Problem(422, "invalid", fault.message, errors=[fault])
    if isinstance(error, (OperationalError, InterfaceError)) or state[:2] in (
        "40",
        "55",
        "57",
        "53",
        "08",
    ):
        return unavailable()
    return Problem(500, "internal_error", "Something went wrong on our side. It has been recorded.")


def unavailable() -> Problem:
    return Problem(
        503,
        "unavailable",
        "The service is busy or restarting. Try again.",
        headers={"Retry-After": "2"},
    )


def init_http(app: Flask, config: Config) -> None:
    """Error handlers, security headers and request ids of `app`."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    _answer_errors(app)
    _finish_answers(app, config)


def _answer_errors(app: Flask) -> None:
    @app.errorhandler(Problem)
    def problem(error: Problem) -> Response:
        return problem_response(error)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        if error.code and 300 <= error.code < 400:
            return Response(error.get_body(), error.code, error.get_headers())
        return problem_response(from_http(error))

    @app.errorhandler(DBAPIError)
    def database(error: DBAPIError) -> Response:
        session().rollback()
        found = from_database(error)
        log.log(
            40 if found.status >= 500 else 30,
            "database_error",
            sqlstate=sqlstate(error),
            error=str(error.orig)[:300],
        )
        return problem_response(found)

    @app.errorhandler(PoolTimeout)
    @app.errorhandler(BrokerError)
    def busy(_: Exception) -> Response:
        return problem_response(unavailable())

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        session().rollback()
        log.error("unexpected_error", path=request.path, exc_info=error)
        if app.testing and not wants_json():
            raise error
        return problem_response(
            Problem(500, "internal_error", "Something went wrong on our side. It has been recorded.")
        )


def _finish_answers(app: Flask, config: Config) -> None:
    @app.after_request
    def end_reading(response: Response) -> Response:
        """End what a request has read by a commit: a rollback would forget the prepared statements.

        Writes have been committed or rolled back by their own transaction by now.
        """
        if session().in_transaction():
            try:
                session().commit()
            except DBAPIError:
                session().rollback()
        return response

    @app.after_request
    def headers(response: Response) -> Response:
        head = response.headers
        head["X-Request-ID"] = g.get("request_id", "")
        head.setdefault("Content-Security-Policy", CSP)
        head.setdefault("X-Content-Type-Options", "nosniff")
        head.setdefault("Referrer-Policy", "same-origin")
        head.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        head.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if response.status_code < 400:
            head.pop("Retry-After", None)  # the limiter says it beside every answer
        if response.mimetype == "text/html":
            head.setdefault("Cache-Control", "no-store")
        if config.https:
            head.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return response
