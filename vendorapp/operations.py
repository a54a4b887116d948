"""What runs around the product: the API's description, health, metrics."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, jsonify, render_template, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from config import Config

from .accounts import guards
from .kernel import jobs, openapi, redis, static
from .kernel.clock import now
from .kernel.database import db, session
from .kernel.errors import NotFound

blueprint = Blueprint("operations", __name__)


def _settings() -> Config:
    found: Config = current_app.extensions["vendorapp"]
    return found


@blueprint.get("/v1/openapi.json")
@guards.anyone
def openapi_json() -> Response:
    """The description of every JSON route."""
    return jsonify(openapi.document(current_app))


@blueprint.get("/sw.js")
@guards.anyone
def service_worker() -> Response:
    """The service worker at the root, so that it may speak for every page; its version is the files' own."""
    script = f'const VERSION = "{static.version()}";\n' + (static.FOLDER / "sw.js").read_text("utf-8")
    return Response(script, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})


@blueprint.get("/manifest.webmanifest")
@guards.anyone
def manifest() -> Response:
    text_ = (static.FOLDER / "manifest.webmanifest").read_text("utf-8")
    return Response(text_, mimetype="application/manifest+json", headers={"Cache-Control": "no-cache"})


@blueprint.get("/favicon.ico")
@guards.anyone
def favicon() -> Response:
    """For what names no icon of its own: browsers ask here beside a paper."""
    icon = (static.FOLDER / "icons" / "icon-192.png").read_bytes()
    return Response(icon, mimetype="image/png", headers={"Cache-Control": "public, max-age=604800"})


@blueprint.get("/offline")
@guards.anyone
def offline() -> str:
    return render_template("offline.html")


@blueprint.get("/docs")
@guards.anyone
def docs() -> str:
    return render_template("docs.html")


@blueprint.get("/healthz")
@guards.anyone
def healthz() -> Response:
    """Alive: this process answers."""
    return Response("ok\n", mimetype="text/plain")


def _migrated() -> bool:
    script = ScriptDirectory(current_app.extensions["migrate"].directory)
    with db.engine.connect() as connection:
        here = MigrationContext.configure(connection).get_current_heads()
    return set(here) == set(script.get_heads())


@blueprint.get("/readyz")
@guards.anyone
def readyz() -> tuple[Response, int]:
    """Ready: database, Redis and migrations; 503 with what is missing."""
    state: dict[str, Any] = {}
    try:
        session().execute(text("SELECT 1"))
        state["database"] = True
        state["migrations"] = _migrated()
    except SQLAlchemyError:
        session().rollback()
        state.update(database=False, migrations=False)
    state["redis"] = redis.ping(_settings().redis_url)
    ready = all(state.values())
    return jsonify(ready=ready, **state), 200 if ready else 503


class Facts:
    """Figures read from the database at each scrape; no process keeps counters of its own."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        waiting = (
            session()
            .execute(
                text(
                    "SELECT count(*), coalesce(extract(epoch FROM :now - min(n.created_at)), 0)"
                    " FROM push_deliveries d JOIN notices n ON n.id = d.notice_id WHERE d.status = 'waiting'"
                ),
                {"now": now()},
            )
            .one()
        )
        yield GaugeMetricFamily("vendorapp_push_waiting", "Pushes not sent yet", float(waiting[0]))
        yield GaugeMetricFamily(
            "vendorapp_push_oldest_seconds",
            "Age of the oldest push not sent yet",
            float(waiting[1]),
        )
        overdue = session().scalar(
            text(
                "SELECT count(*) FROM orders o JOIN vendors v ON v.user_id = o.vendor_id"
                " WHERE o.scheduled_through < (:now AT TIME ZONE v.timezone)::date"
            ),
            {"now": now()},
        )
        yield GaugeMetricFamily("vendorapp_night_behind", "Orders whose today is not scheduled", overdue)
        ages = GaugeMetricFamily("vendorapp_job_age_seconds", "Since a job last finished", labels=["job"])
        for job, finished in jobs.last_runs().items():
            ages.add_metric([job], (now() - finished).total_seconds())
        yield ages


@blueprint.get("/metrics")
@guards.anyone
def metrics() -> Response:
    """Prometheus, for the holder of METRICS_TOKEN or from this machine itself; others get a 404."""
    wanted = _settings().metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    by_token = wanted is not None and secrets.compare_digest(given.encode(), wanted.encode())
    local = request.remote_addr in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers
    if not (by_token or local):
        raise NotFound()
    registry = CollectorRegistry()
    registry.register(Facts())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
