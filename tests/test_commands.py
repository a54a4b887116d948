"""The command line: what it prints, what it refuses, how it ends."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from click.testing import Result
from flask import Flask

from tests.cast import PASSWORD, Api, Cast
from tests.months.stall import agreed, delivered
from tests.months.test_rollup import do, rows
from tests.processes import ROOT
from vendorapp.months import night as months_night
from vendorapp.records import night


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-11-10T06:30:00Z", tick=True) as traveller:
        yield traveller


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def run(app: Flask) -> Any:
    def command(*words: str) -> Result:
        return app.test_cli_runner().invoke(args=list(words))

    return command


def said(result: Result, code: int = 0) -> str:
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout.strip()


def test_schedule_makes_the_due_days_once(cast: Cast, milkman: Api, run: Any) -> None:
    agreed(milkman, cast.row(milkman)["id"])
    do("UPDATE orders SET scheduled_through = '2026-11-09'")
    do("DELETE FROM records")
    assert said(run("records", "schedule")) == "created 1 existing 0"
    assert said(run("records", "schedule")) == "created 0 existing 0"
    assert said(run("records", "schedule", "--date", "2026-11-10")) == "created 0 existing 1"
    assert rows("SELECT date::text, status FROM records") == [("2026-11-10", "scheduled")]


def test_schedule_of_one_vendor(cast: Cast, milkman: Api, run: Any) -> None:
    rival = cast.vendor()
    for vendor in (milkman, rival):
        agreed(vendor, cast.row(vendor)["id"])
    do("UPDATE orders SET scheduled_through = '2026-11-09'")
    do("DELETE FROM records")
    assert said(run("records", "schedule", "--vendor", str(rival.user["id"]))).startswith("created 1")
    assert rows("SELECT vendor_id FROM records") == [(rival.user["id"],)]


def test_schedule_refuses_what_it_cannot_do(milkman: Api, run: Any) -> None:
    ahead = run("records", "schedule", "--date", "2026-11-12")
    assert "has not come yet" in ahead.stderr
    assert said(ahead, 1) == ""
    nobody = run("records", "schedule", "--vendor", "999999")
    assert "vendor: There is no such thing." in nobody.stderr
    said(nobody, 1)
    for day in ("2026-02-30", "tomorrow", "1969-01-01"):
        said(run("records", "schedule", "--date", day), 2)
    said(run("records", "schedule", "--vendor", "0"), 2)


def test_rollup_prints_rows_and_drift(cast: Cast, milkman: Api, run: Any) -> None:
    order = agreed(milkman, cast.row(milkman)["id"], start_date="2026-10-01")
    delivered(milkman, order, "2026-10-31")
    delivered(milkman, order, "2026-11-01")
    assert said(run("months", "rollup")) == "rows 4 drift 0"
    do("UPDATE cumulative_record_details SET quantity = 5")
    assert said(run("months", "rollup", "--month", "2026-10")) == "rows 2 drift 1"
    assert said(run("months", "rollup")) == "rows 4 drift 1"
    assert said(run("months", "rollup")) == "rows 4 drift 0"
    for month in ("2026-13", "2026-10-01", "10", ""):
        said(run("months", "rollup", "--month", month), 2)


def test_verify_says_ok_or_ends_with_the_rows(cast: Cast, milkman: Api, run: Any) -> None:
    row = cast.row(milkman)
    delivered(milkman, agreed(milkman, row["id"], start_date="2026-11-01"), "2026-11-01")
    assert said(run("ledger", "verify")) == "ok 1 accounts, 1 lines, 1 entries, 1 order months"
    do("UPDATE accounts SET advance = 5")
    wrong = run("ledger", "verify")
    assert said(wrong, 1).splitlines() == [
        f"balance and the open lines less the advance: customer {row['id']}: 6000, expected 5995",
        f"advance and the money on no line: customer {row['id']}: 5, expected 0",
    ]
    assert "2 sums are off" in wrong.stderr


def test_a_reset_link_sets_a_new_password_once(milkman: Api, run: Any) -> None:
    phone = milkman.user["phone_number"]
    link = said(run("users", "reset", phone))
    base, _, token = link.rpartition("/reset/")
    assert base == "http://127.0.0.1:8000"

    from vendorapp.accounts import service
    from vendorapp.kernel.database import transaction

    with transaction():
        assert service.finish_reset(token, "a new password") == milkman.user["id"]
    assert milkman.get("/me", expect=None).status == 401
    fresh = Api(milkman.app)
    fresh.post("/login", {"phone_number": phone, "password": PASSWORD}, expect=401)
    fresh.post("/login", {"phone_number": phone, "password": "a new password"}, expect=200)


def test_a_released_phone_can_register_again(cast: Cast, milkman: Api, run: Any) -> None:
    phone = milkman.user["phone_number"]
    assert said(run("users", "release", phone)) == f"released {phone} from user {milkman.user['id']}"
    assert milkman.get("/me", expect=None).status == 401
    assert cast.vendor(phone_number=phone).user["id"] != milkman.user["id"]


@pytest.mark.parametrize("verb", ["reset", "release"])
def test_phones_that_nobody_has(run: Any, verb: str) -> None:
    unknown = run("users", verb, "+919811111111")
    assert "phone_number: There is no such thing." in unknown.stderr
    said(unknown, 1)
    for phone in ("9811111111", "nobody", "+1"):
        said(run("users", verb, phone), 2)
    said(run("users", verb), 2)


def test_a_tick_does_what_is_due_once(run: Any) -> None:
    assert "push.sweep" in said(run("jobs", "tick"))
    assert said(run("jobs", "tick")) == "nothing due"


def test_a_sweep_without_anything_to_send(run: Any) -> None:
    said(run("push", "sweep"))


def on_a_terminal(*words: str) -> tuple[str, str]:
    """What a command writes to its stdout, and to the terminal that is its stderr."""
    screen, end = pty.openpty()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT,
            stdout=out,
            stderr=end,
            stdin=subprocess.DEVNULL,
        )
        os.close(end)
        shown = b""
        with contextlib.suppress(OSError):  # how a terminal says that nobody is there any more
            while piece := os.read(screen, 65536):
                shown += piece
        os.close(screen)
        assert process.wait(timeout=60) == 0, shown
        out.seek(0)
        return out.read().decode().strip(), shown.decode()


LONG = {
    ("demo", "load", "--customers", "3", "--months", "1"): "Loading the demo",
    ("records", "schedule"): "Making records",
    ("records", "schedule", "--date", "2026-11-10"): "Making records",
    ("months", "rollup"): "Rebuilding months",
    ("ledger", "verify"): "Holding sums together",
}


@pytest.mark.parametrize("words", LONG, ids=" ".join)
def test_what_takes_long_shows_a_bar_to_whoever_sits_there(
    cast: Cast, milkman: Api, run: Any, words: tuple[str, ...], noon: time_machine.Traveller
) -> None:
    delivered(milkman, agreed(milkman, cast.row(milkman)["id"], start_date="2026-11-01"), "2026-11-01")
    out, shown = on_a_terminal(*words)
    assert LONG[words] in shown
    assert "100%" in shown
    assert "[" not in out


@pytest.mark.parametrize("words", LONG, ids=" ".join)
def test_piped_it_writes_nothing_beside_its_answer(
    cast: Cast, milkman: Api, run: Any, words: tuple[str, ...]
) -> None:
    delivered(milkman, agreed(milkman, cast.row(milkman)["id"], start_date="2026-11-01"), "2026-11-01")
    found = run(*words)
    assert said(found)
    assert found.stderr == ""


def test_who_watches_is_told_how_many_of_how_many(
    cast: Cast, milkman: Api, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        agreed(milkman, cast.row(milkman)["id"])
    do("UPDATE orders SET scheduled_through = '2026-11-08'")
    do("DELETE FROM records")
    monkeypatch.setattr(night, "BATCH", 2)
    told: list[tuple[int, int]] = []
    night.schedule_due(watch=lambda done, total: told.append((done, total)))
    assert told[0] == (2, 3)
    assert told[-1] == (3, 3)
    told.clear()
    night.schedule_due(date(2026, 11, 10), watch=lambda done, total: told.append((done, total)))
    assert told[0] == (2, 3)
    assert told[-1] == (3, 3)
    told.clear()
    months_night.rollup(date(2026, 11, 1), watch=lambda done, total: told.append((done, total)))
    assert told == [(1, 1)]
