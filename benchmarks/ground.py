"""What is measured on: servers, a database of our own built by the migrations, the application."""

from __future__ import annotations

import base64
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from flask import Flask
from flask_migrate import upgrade
from psycopg import sql

import config
from dev import services
from vendorapp import create_app
from vendorapp.kernel.database import Base, db

ROOT = Path(__file__).resolve().parent.parent
DIRECTORY = ROOT / ".run" / "bench"
LOOKUPS = ("user_types", "order_types")


@dataclass(frozen=True, slots=True)
class Ground:
    """An application on an empty database, the environment of its processes, and a connection beside it."""

    app: Flask
    environment: dict[str, str]
    sql: psycopg.Connection[tuple[Any, ...]]

    def run(self, statement: str, **values: Any) -> int:
        """Run one statement in a transaction of its own; how many rows it concerned.

        With `values` it names them as ``%(name)s`` and writes a percent sign twice.
        """
        return self.sql.execute(statement.encode(), values or None).rowcount

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """The rows that a statement answers."""
        return self.sql.execute(statement.encode(), values or None).fetchall()

    def one(self, statement: str, **values: Any) -> Any:
        """The first column of the first row."""
        return self.rows(statement, **values)[0][0]

    def empty(self) -> None:
        """Forget everything except the lookup tables."""
        self.sql.execute("GRANT TRUNCATE ON ledger_entries, record_marks, stock_transactions TO CURRENT_USER")
        names = [sql.Identifier(name) for name in Base.metadata.tables if name not in LOOKUPS]
        self.sql.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)))


def say(what: str) -> None:
    """Progress, for whoever waits."""
    print(f"· {what}", file=sys.stderr, flush=True)


@contextmanager
def ground() -> Iterator[Ground]:
    """Everything that is needed, for as long as the block runs. Raises `ServiceError`.

    The database is a new one beside that of DATABASE_URL, and is dropped at the end.
    """
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    outside = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
    servers = None
    if not all(outside.values()):
        say("starting the servers")
        servers = services.start(
            DIRECTORY, postgres=not outside["DATABASE_URL"], redis=not outside["REDIS_URL"], durable=True
        )
    try:
        database_url = outside["DATABASE_URL"] or (servers.database_url if servers else "")
        redis_url = outside["REDIS_URL"] or (servers.redis_url if servers else "")
        with _database(database_url) as own_url:
            yield from _application(own_url, redis_url)
    finally:
        if servers:
            servers.stop()


@contextmanager
def _database(url: str) -> Iterator[str]:
    """The address of a new database; it is dropped afterwards."""
    name = f"vendorapp_bench_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _application(database_url: str, redis_url: str) -> Iterator[Ground]:
    environment = {
        "APP_ENV": "production",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "VAPID_PRIVATE_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("="),
        "VAPID_SUBJECT": "mailto:bench@localhost",
        "BASE_URL": "http://127.0.0.1",
        "PUSH_ENDPOINT_ALLOW": "127.0.0.1",
    }
    app = create_app(config.load(environment))
    with app.app_context(), psycopg.connect(database_url, autocommit=True) as connection:
        try:
            upgrade()
            yield Ground(app, environment, connection)
        finally:
            db.session.remove()
            db.engine.dispose()
