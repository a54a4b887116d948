"""The benchmarks run as their command line says, on a database of their own, and tell plausible figures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import psycopg
import pytest

from benchmarks.report import table
from tests.conftest import ROOT

pytestmark = pytest.mark.xdist_group("benchmarks")


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    """What the shortest possible run prints. It uses the servers of the tests, beside their databases."""
    servers = {"DATABASE_URL": "TESTS_DATABASE_URL", "REDIS_URL": "TESTS_REDIS_URL"}
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks", "--quick", "--only", "night", "--rows", "250", "--json", "-"],
        cwd=ROOT,
        env={**os.environ, **{name: os.environ[of_tests] for name, of_tests in servers.items()}},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            out, tables = child.communicate(timeout=120)
        finally:
            child.terminate()
    assert child.returncode == 0, tables
    found: dict[str, Any] = json.loads(out)
    return found | {"tables": tables, "database": f"vendorapp_bench_{child.pid}"}


def test_the_night_is_measured_beside_a_raw_insert(measured: dict[str, Any]) -> None:
    (lines,) = measured["night"].values()
    (line,) = lines
    assert line["orders"] == 250
    assert line["turns"] == 3
    assert line["night_us"] > 0
    assert line["records_per_s"] == pytest.approx(1e6 / line["night_us"], rel=0.01)
    assert line["night_us"] > line["bare_us"]
    assert line["night_to_raw"] > 0
    assert line["wal_bytes_a_record"] > 100
    assert line["nothing_due_ms"] > 0


def test_the_machine_is_named(measured: dict[str, Any]) -> None:
    machine = measured["machine"]
    assert machine["cores"] >= 1
    assert machine["python"].startswith("3.")
    assert int(machine["postgresql"].split(".")[0]) >= 15
    assert "fsync" in machine["postgresql_settings"]
    assert "| orders | vendors" in measured["tables"]
    assert "marks" not in measured


def test_nothing_is_left_behind(measured: dict[str, Any]) -> None:
    assert measured["quick"] is True
    with psycopg.connect(os.environ["TESTS_DATABASE_URL"], autocommit=True) as connection:
        left = connection.execute(
            "SELECT datname FROM pg_database WHERE datname = %s", [measured["database"]]
        ).fetchall()
    assert left == []


def test_a_wrong_argument_is_refused_before_anything_starts() -> None:
    for arguments in (["--only", "mornings"], ["--rows", "0"]):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 2
        assert arguments[0] in done.stderr


def test_tables_line_up() -> None:
    rows = [{"what": "a", "ms": 1234.5, "ratio": 0.126}, {"what": "longer", "ms": 7.25, "ratio": None}]
    assert table(rows).splitlines() == [
        "| what   |    ms | ratio |",
        "|--------|------:|------:|",
        "| a      | 1,234 |  0.13 |",
        "| longer |  7.25 |     – |",
    ]
