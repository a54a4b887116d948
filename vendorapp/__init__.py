"""The front door: `create_app()` wires the rooms. The only file that knows them all."""

from __future__ import annotations

import importlib
from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

import config as configuration

from . import models  # noqa: F401  (every table is known before anything asks)
from .accounts import guards
from .kernel import babel, http, jobs, logs
from .kernel.compression import init_compression
from .kernel.database import db, engine_options
from .kernel.limits import init_limits
from .kernel.static import init_static

# Every module of a room that registers something, from the ground floor up.
MODULES = (
    "accounts.api",
    "accounts.views",
    "work.api",
    "work.views",
    "work.tasks",
    "notices.api",
    "notices.views",
    "notices.tasks",
    "customers.api",
    "customers.views",
    "catalogue.api",
    "catalogue.views",
    "orders.api",
    "on_demand.api",
    "on_demand.views",
    "records.api.orders",
    "records.api.marks",
    "records.api.pauses",
    "records.api.changes",
    "records.tasks",
    "records.views",
    "comments.api",
    "comments.views",
    "billing.api.papers",
    "billing.api.payments",
    "billing.api.settlements",
    "billing.views",
    "months.api",
    "months.views",
    "months.tasks",
    "months.money",
    "months.shared",
    "reminders.api",
    "reminders.views",
    "exchange.views",
    "exchange.tasks",
    "home.views",
    "schedule",
    "operations",
    "commands",
)


# What only a developer's machine has.
DEVELOPMENT = ("styleguide", "demo.views")


def create_app(config: configuration.Config | None = None) -> Flask:
    """The application, for web, worker, beat and command line alike.

    Raises `ConfigError` when the environment is unusable and RuntimeError when a route has no guard.
    """
    settings = config or configuration.load()
    app = Flask(__name__, static_url_path="/static")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(),
        MAX_CONTENT_LENGTH=1024 * 1024,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        PERMANENT_SESSION_LIFETIME=90 * 24 * 3600,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_HEADERS=["X-CSRFToken"],
    )
    app.url_map.merge_slashes = False
    app.extensions["vendorapp"] = settings
    app.json.sort_keys = False  # type: ignore[attr-defined]
    logs.init_logs()
    db.init_app(app)
    Migrate(app, db, directory=str(Path(__file__).resolve().parent.parent / "migrations"))
    http.init_http(app, settings)
    guards.init_guards(app)
    babel.init_babel(app)
    init_static(app, settings)
    init_compression(app)
    init_limits(app, settings)
    celery = jobs.init_celery(app, settings)
    for name in MODULES if settings.production else (*MODULES, *DEVELOPMENT):
        module = importlib.import_module(f"{__name__}.{name}")
        if hasattr(module, "blueprint"):
            app.register_blueprint(module.blueprint)
        if hasattr(module, "init_tasks"):
            module.init_tasks(celery)
        if hasattr(module, "init_commands"):
            module.init_commands(app)
    guards.check_routes(app)
    return app


__all__ = ["create_app"]
