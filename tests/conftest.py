"""Real PostgreSQL and Redis, one database a test process, the schema built by the migrations.

The servers are started once for the whole run (`dev.services`) and their addresses handed to the test
processes by environment; DATABASE_URL and REDIS_URL of the outside are used instead when both are set
and the login may create databases.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import Connection

from dev import services
from tests.cast import Api, Cast

ROOT = Path(__file__).resolve().parent.parent
VAPID_PRIVATE_KEY = base64.urlsafe_b64encode(bytes(range(1, 33))).decode().rstrip("=")
# The application may only add to these (see the migrations).
APPEND_ONLY = ("ledger_entries", "record_marks", "stock_transactions")
LOOKUPS = {"user_types", "order_types", "alembic_version"}
started: list[services.Services] = []


def _with_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


def _app_environment(database_url: str, redis_url: str) -> dict[str, str]:
    return {
        "APP_ENV": "development",
        "SECRET_KEY": "tests-only-" + "0" * 32,
        "VAPID_PRIVATE_KEY": VAPID_PRIVATE_KEY,
        "VAPID_SUBJECT": "mailto:tests@example.com",
        "BASE_URL": "http://127.0.0.1:8000",
        "REGISTER_LIMIT": "100000/hour",
        "PUSH_ENDPOINT_ALLOW": "127.0.0.1",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
    }


def pytest_configure(config: pytest.Config) -> None:
    """In the controlling process: start the servers, build the template that every process copies."""
    if hasattr(config, "workerinput"):
        return
    database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    if not (database_url and redis_url):
        running = services.start(ROOT / ".run" / "test", durable=False)
        started.append(running)
        database_url, redis_url = running.database_url, running.redis_url
    template = f"vendorapp_template_{os.getpid()}"
    os.environ.update(TESTS_DATABASE_URL=database_url, TESTS_REDIS_URL=redis_url, TESTS_TEMPLATE=template)
    _admin(database_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(template)))
    os.environ.update(_app_environment(_with_database(database_url, template), redis_url))
    from flask_migrate import upgrade

    from vendorapp import create_app
    from vendorapp.kernel.database import db

    app = create_app()
    with app.app_context():
        upgrade()
        db.engine.dispose()


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or "TESTS_TEMPLATE" not in os.environ:
        return
    url, template = os.environ["TESTS_DATABASE_URL"], os.environ["TESTS_TEMPLATE"]
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [template]
        ).fetchall()
        for (name,) in rows:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    for running in started:
        running.stop()


def _admin(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture(scope="session")
def environment(worker_id: str) -> dict[str, str]:
    """This test process's settings: a database and a Redis number of its own."""
    template, url = os.environ["TESTS_TEMPLATE"], os.environ["TESTS_DATABASE_URL"]
    name = f"{template}_{worker_id}"
    _admin(
        url,
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)),
    )
    number = 1 if worker_id == "master" else int(worker_id.removeprefix("gw")) + 2
    redis_url = os.environ["TESTS_REDIS_URL"].rsplit("/", 1)
    redis_base = os.environ["TESTS_REDIS_URL"] if redis_url[1].count(":") else redis_url[0]
    found = _app_environment(_with_database(url, name), f"{redis_base.rstrip('/')}/{number}")
    os.environ.update(found)
    return found


@pytest.fixture(scope="session")
def the_app(environment: dict[str, str]) -> Iterator[Flask]:
    from vendorapp import create_app
    from vendorapp.kernel.database import db

    app = create_app()
    app.testing = True
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(the_app: Flask) -> Iterator[Flask]:
    """The application on an empty database (the lookup tables stay)."""
    _empty(the_app)
    with the_app.app_context():
        yield the_app


EMPTYING_TRIES = 5


@contextmanager
def opened(connection: Connection) -> Iterator[None]:
    """Those of the append-only tables that the application may not change, it may for a moment."""
    may = "SELECT has_table_privilege(%s, 'UPDATE') OR has_table_privilege(%s, 'DELETE')"
    closed = [name for name in APPEND_ONLY if not connection.exec_driver_sql(may, (name, name)).scalar_one()]
    for name in closed:
        connection.exec_driver_sql(f"GRANT UPDATE, DELETE ON {name} TO CURRENT_USER")
    yield
    for name in closed:
        connection.exec_driver_sql(f"REVOKE UPDATE, DELETE ON {name} FROM CURRENT_USER")
        connection.exec_driver_sql(f"GRANT UPDATE (id) ON {name} TO CURRENT_USER")


def _empty(app: Flask) -> None:
    import redis
    from sqlalchemy.exc import IntegrityError, OperationalError

    from vendorapp.kernel.database import Base, db

    # Row by row, the referring tables first: with a few rows that is a hundred times faster than TRUNCATE.
    tables = [table.name for table in reversed(Base.metadata.sorted_tables) if table.name not in LOOKUPS]
    statements = "; ".join(f'DELETE FROM "{name}"' for name in tables)
    for tries in range(EMPTYING_TRIES, 0, -1):
        try:
            with app.app_context(), db.engine.begin() as connection:
                connection.exec_driver_sql("SET LOCAL lock_timeout = '20s'")
                with opened(connection):
                    connection.exec_driver_sql(statements)
            break
        except (IntegrityError, OperationalError):
            # A page or a worker of the test before may still write its last row.
            if tries == 1:
                raise
    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    client.flushdb()
    client.close()


@pytest.fixture
def api(app: Flask) -> Api:
    """A client without a login."""
    return Api(app)


@pytest.fixture
def cast(app: Flask) -> Cast:
    """The milkman, the household he delivers to, and the neighbours who must see nothing of it."""
    return Cast(app)
