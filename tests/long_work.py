"""What tests of long work need: many orders at once, a worker that is held up, and time that passes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import redis
from flask import Flask
from sqlalchemy import text

from tests.cast import Api
from tests.processes import Worker
from tests.records.orders import execute, rows
from vendorapp.kernel.clock import now
from vendorapp.kernel.database import Base, db, transaction
from vendorapp.kernel.long_jobs import RUN

# Seconds; a busy machine needs many. Less than PostgreSQL leaves a transaction idle.
PATIENCE = 55.0
AGAIN = 5.0  # seconds after which a hint counts as lost


def copies(order_id: int, count: int) -> list[int]:
    """So many orders like this one, terms and periods too; their ids."""
    tables = Base.metadata.tables
    with transaction() as current:
        names = ", ".join(f'"{one.name}"' for one in tables["orders"].columns if one.name != "id")
        made = current.execute(
            text(
                f"INSERT INTO orders ({names}) SELECT {names} FROM orders, generate_series(1, :count)"
                " WHERE id = :id RETURNING id"
            ),
            {"id": order_id, "count": count},
        )
        ids = sorted(row[0] for row in made)
        for table in ("order_terms", "order_periods"):
            names = ", ".join(f'"{one.name}"' for one in tables[table].columns if one.name != "order_id")
            current.execute(
                text(
                    f"INSERT INTO {table} (order_id, {names})"
                    f" SELECT made, {names} FROM {table}, unnest(CAST(:ids AS bigint[])) AS made"
                    " WHERE order_id = :id"
                ),
                {"id": order_id, "ids": ids},
            )
    return ids


def job_row() -> dict[str, Any]:
    """The one long job that there is."""
    names = ("id", "status", "done", "total", "attempts")
    [row] = rows(f"SELECT {', '.join(names)} FROM long_jobs")
    return dict(zip(names, row, strict=True))


def wait_until(worker: Worker, status: str, done: int, hint: Callable[[], object]) -> None:
    """Wait for the worker to have come so far; a busy broker may lose the `hint`."""
    end, again = time.monotonic() + PATIENCE, 0.0
    while (row := job_row()) and (row["status"], row["done"]) != (status, done):
        assert time.monotonic() < end, (row, worker.log)
        if time.monotonic() > again:
            hint()
            again = time.monotonic() + AGAIN
        time.sleep(0.02)


def click(app: Flask) -> bool:
    """The hint that comes with a click."""
    return bool(app.extensions["nudger"].send(RUN, [job_row()["id"]]))


@contextmanager
def beside(statement: str, **values: Any) -> Iterator[None]:
    """A transaction of somebody else that is open meanwhile, and comes to nothing."""
    with db.engine.connect() as connection, connection.begin() as open_one:
        connection.execute(text(statement), values)
        yield
        open_one.rollback()


def after_a_kill(app: Flask) -> None:
    """What the killed worker held is given up by PostgreSQL, its hint is lost, and its lease ends."""
    end = time.monotonic() + PATIENCE
    while rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database ="
               " (SELECT oid FROM pg_database WHERE datname = current_database())"):  # fmt: skip
        assert time.monotonic() < end, "the killed worker still holds its job"
        time.sleep(0.02)
    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    client.flushdb()
    client.close()
    execute("UPDATE long_jobs SET lease_until = :then", then=now())


def tick(app: Flask) -> bool:
    """What beat does every fifteen seconds."""
    return bool(app.extensions["nudger"].send("jobs.tick", []))


def see(who: Api, location: str) -> dict[str, Any]:
    """The work that a page led to, as JSON."""
    found: dict[str, Any] = who.get(location.partition("?")[0]).json
    return found
