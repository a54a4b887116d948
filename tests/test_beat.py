"""Beat and worker as processes of their own: an accepted order gets today's record by itself."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from tests.cast import Cast
from tests.processes import ROOT, Worker
from vendorapp.kernel.database import session, transaction
from vendorapp.kernel.jobs import JobRun
from vendorapp.orders.models import Order

A_TICK_AND_MORE = 60.0  # seconds; a tick is fifteen


@pytest.fixture
def beat(app: Flask) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryFile() as log:
        command = [sys.executable, "-m", "celery", "-A", "worker", "beat", "-S", "celery.beat:Scheduler"]
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=os.environ
        )
        try:
            yield process
            assert process.poll() is None, "beat ended by itself"
        finally:
            process.terminate()
            process.wait(timeout=30)


def test_the_day_is_scheduled_by_beat_and_worker(
    app: Flask, cast: Cast, beat: subprocess.Popen[bytes]
) -> None:
    milkman = cast.vendor()
    row = cast.row(milkman)
    body = {"customer_id": row["id"], "item_name": "Milk", "rate": 54, "on_behalf_note": "at the door"}
    order = milkman.post("/orders", body, expect=201).json
    with transaction() as current:  # as if the hint of the acceptance had been lost
        app.extensions["celery"].control.purge()
        assert current.get_one(Order, order["id"]).scheduled_through is not None
    assert milkman.get("/records").json["items"] == []
    with Worker(app):
        end = time.monotonic() + A_TICK_AND_MORE
        while not (found := milkman.get("/records").json["items"]) and time.monotonic() < end:
            assert beat.poll() is None
            time.sleep(0.2)
        assert [(one["order_id"], one["status"]) for one in found] == [(order["id"], "scheduled")]
        while time.monotonic() < end:
            session().rollback()
            ran = set(session().scalars(select(JobRun.job)))
            if "records.schedule" in ran:
                break
            time.sleep(0.2)
        assert "records.schedule" in ran
