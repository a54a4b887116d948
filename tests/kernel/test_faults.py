"""Redis dead, PostgreSQL dead: what still works, and what is said meanwhile."""

from __future__ import annotations

import dataclasses
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

import config
from tests.cast import Api, Cast
from vendorapp import create_app
from vendorapp.kernel.database import db


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def another_app(**changes: Any) -> Iterator[Flask]:
    """The application under other settings; its connections end with the block."""
    found = create_app(dataclasses.replace(config.load(), **changes))
    try:
        yield found
    finally:
        with found.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def without_redis(app: Flask) -> Iterator[Flask]:
    with another_app(redis_url=f"redis://127.0.0.1:{closed_port()}/0") as found:
        yield found


def test_writes_succeed_without_redis_and_what_must_be_told_is_kept(without_redis: Flask) -> None:
    cast = Cast(without_redis)
    vendor = cast.vendor()
    household, customer_id = cast.household(of=vendor)
    began = time.monotonic()
    body = {"customer_id": customer_id, "item_name": "Milk", "rate": "54"}
    order = vendor.post("/orders", body, expect=201).json
    household.post(f"/changes/{order['pending_change']['id']}/accept", expect=200)
    vendor.post(f"/order/{order['id']}/attendance", {}, expect=201)
    assert time.monotonic() - began < 5
    assert household.get("/notifications").json["items"][0]["kind"] == "change_proposed"
    ready = without_redis.test_client().get("/readyz")
    assert (ready.status_code, ready.get_json()["redis"]) == (503, False)


def test_without_postgresql_every_answer_is_503(app: Flask, cast: Cast) -> None:
    vendor = cast.vendor()
    port = closed_port()
    with another_app(database_url=f"postgresql+psycopg://nobody@127.0.0.1:{port}/none") as broken:
        answer = Api(broken, vendor.token).get("/me", expect=503)
        assert answer.code == "unavailable"
        assert answer.response.headers["Retry-After"]
        assert broken.test_client().get("/healthz").status_code == 200
        assert broken.test_client().get("/readyz").status_code == 503


def test_a_read_is_of_one_moment(app: Flask, cast: Cast) -> None:
    """Half a mark would show a balance that the month does not explain."""
    vendor = cast.vendor()
    levels = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def look(connection: Any, *_: Any) -> None:
        levels.append(connection.get_execution_options().get("isolation_level"))

    try:
        vendor.get("/customers", expect=200)
        assert set(levels) == {"REPEATABLE READ"}
        levels.clear()
        cast.row(vendor)
        assert set(levels) == {None}
    finally:
        event.remove(db.engine, "before_cursor_execute", look)
