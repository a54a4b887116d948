"""The night: `schedule_due` beside a raw ``INSERT … SELECT`` of the same rows into the same table.

The raw insert reads rows that are worked out already and pays for the same indexes, constraints and
foreign keys; the floor writes them into a table that has none. Each run begins on the same empty table
(or the same earlier days), and the runs take turns, so that a busy minute of the machine hits all alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from benchmarks import data
from benchmarks.ground import Ground, say
from benchmarks.report import middle, ratios
from vendorapp.records.night import schedule_due

ORDINARY, LARGE = 100, 10_000
HISTORY = 30
# A slow machine is asked less often, but often enough for a median.
FEWEST, PATIENCE = 3, 20.0  # turns, seconds a country
COLUMNS = (
    "order_id, vendor_id, customer_id, {date}, item_name, unit, due_quantity, quantity, rate, amount,"
    " status, disputed, extra, terms_version, updated_at"
)
THE_DAY = COLUMNS.format(date="date")


@dataclass(frozen=True, slots=True)
class Shape:
    """A country to schedule: how many customers each vendor has, one daily order each, and days before."""

    name: str
    sizes: tuple[int, ...]
    history: int = 0

    @property
    def orders(self) -> int:
        return sum(self.sizes)


def _many(orders: int) -> tuple[int, ...]:
    full, rest = divmod(orders, ORDINARY)
    return (ORDINARY,) * full + ((rest,) if rest else ())


def shapes(orders: int, *, quick: bool) -> list[Shape]:
    """The countries with so many active orders that are worth measuring."""
    if orders < LARGE:
        return [Shape(f"vendors of {ORDINARY}", _many(orders))]
    if orders > LARGE:
        rest = _many(orders - LARGE)
        return [Shape(f"one of {LARGE:,}, {len(rest):,} of {ORDINARY}", (LARGE, *rest))]
    one = Shape("one vendor", (orders,))
    if quick:
        return [one]
    return [
        one,
        Shape(f"one vendor, {HISTORY} days before", (orders,), HISTORY),
        Shape(f"vendors of {ORDINARY}", _many(orders)),
    ]


def measure(here: Ground, *, rows: Sequence[int], quick: bool) -> dict[str, Any]:
    """One line a country."""
    return {
        "Night (µs a record; medians, ratios turn by turn)": [
            _measure(here, shape, quick=quick) for orders in rows for shape in shapes(orders, quick=quick)
        ]
    }


def _turns(orders: int, *, quick: bool) -> int:
    if quick:
        return 3
    return 9 if orders <= 1_000 else 7 if orders <= LARGE else 3


def _measure(here: Ground, shape: Shape, *, quick: bool) -> dict[str, Any]:
    say(f"night: {shape.orders:,} orders, {shape.name}")
    day = _prepare(here, shape)
    turns = _turns(shape.orders, quick=quick)
    until = time.monotonic() + PATIENCE
    spent: dict[str, list[float]] = {"night": [], "raw": [], "bare": []}
    logged = []
    for turn in range(turns):
        if turn >= FEWEST and time.monotonic() > until:
            break
        # Who comes first changes from turn to turn.
        for kind in ("night", "raw", "bare") if turn % 2 else ("raw", "night", "bare"):
            _reset(here, shape, day)
            before = here.one("SELECT pg_current_wal_insert_lsn()")
            spent[kind].append(_timed(RUNS[kind], here, shape.orders))
            if kind == "night":
                wal = here.one(
                    "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %(before)s)", before=before
                )
                logged.append(float(wal))
    _reset(here, shape, day)
    _night(here)
    idle = [_timed(_night, here, 0) for _ in range(5)]
    a_record = {kind: [seconds / shape.orders * 1e6 for seconds in found] for kind, found in spent.items()}
    return {
        "orders": shape.orders,
        "vendors": shape.name,
        "turns": len(logged),
        "records_per_s": round(1e6 / middle(a_record["night"], 6)),
        "night_us": middle(a_record["night"]),
        "raw_us": middle(a_record["raw"]),
        "bare_us": middle(a_record["bare"]),
        "night_to_raw": middle(ratios(spent["night"], spent["raw"])),
        "night_to_bare": middle(ratios(spent["night"], spent["bare"])),
        "wal_bytes_a_record": round(middle(logged) / shape.orders),
        "nothing_due_ms": middle([seconds * 1e3 for seconds in idle]),
    }


def _prepare(here: Ground, shape: Shape) -> date:
    """Fill the books, and keep the rows that the night makes of today for the other two; that day."""
    today = data.today(here)
    yesterday = today - timedelta(days=1)
    data.fill(here, shape.sizes, start=today - timedelta(days=60), scheduled_through=yesterday)
    here.run("DROP TABLE IF EXISTS bench_day, bench_bare")
    if _night(here) != shape.orders:
        raise RuntimeError("The night did not make one record an order.")
    day: date = here.one("SELECT min(date) FROM records")
    here.run(f"CREATE TABLE bench_day AS SELECT {THE_DAY} FROM records ORDER BY date, order_id")
    here.run("CREATE TABLE bench_bare (LIKE bench_day)")
    here.run("VACUUM (ANALYZE) bench_day")
    here.run("TRUNCATE records CASCADE")
    for back in range(shape.history, 0, -1):
        that_day = COLUMNS.format(date=f"date - {back}")
        here.run(f"INSERT INTO records ({THE_DAY}) SELECT {that_day} FROM bench_day")
    here.run("VACUUM (ANALYZE) records")
    return day


def _reset(here: Ground, shape: Shape, day: date) -> None:
    """The evening before, untimed."""
    here.run("TRUNCATE bench_bare")
    if shape.history:
        here.run("DELETE FROM records WHERE date >= %(day)s", day=day)
        here.run("VACUUM records")
    else:
        here.run("TRUNCATE records CASCADE")
    here.run("UPDATE orders SET scheduled_through = %(day)s::date - 1", day=day)
    here.run("VACUUM orders")


def _timed(run: Callable[[Ground], int], here: Ground, expected: int) -> float:
    began = time.perf_counter()
    made = run(here)
    seconds = time.perf_counter() - began
    if made != expected:
        raise RuntimeError(f"{made} records were made where {expected} were due.")
    return seconds


def _night(_: Ground) -> int:
    return schedule_due()["created"]


def _raw(here: Ground) -> int:
    return here.run(f"INSERT INTO records ({THE_DAY}) SELECT {THE_DAY} FROM bench_day")


def _bare(here: Ground) -> int:
    return here.run("INSERT INTO bench_bare SELECT * FROM bench_day")


RUNS: dict[str, Callable[[Ground], int]] = {"night": _night, "raw": _raw, "bare": _bare}
