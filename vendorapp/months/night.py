"""The roll-up's rebuild as a job and a command run it: a transaction a vendor and month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import structlog

from ..kernel.database import patience, transaction
from ..kernel.fields import month_text
from . import queries, service
from .rules import Drift

log = structlog.get_logger()

# Told how many of how many are done.
Watch = Callable[[int, int], None]


def rollup(month: date | None, *, watch: Watch | None = None) -> Drift:
    """Rebuild `month` (its first day) for every vendor, or every month that is still open for somebody.

    How many sums were looked at, and how many were not what the records say. Opens its own transactions.
    `watch` is told after each month of a vendor how many of how many are done.
    """
    return _rebuild(queries.months_to_check(month), watch)


def nightly_check() -> dict[str, Any]:
    """Prove the present and the last month of every vendor, repair what is off and raise the alarm."""
    found = _rebuild(queries.this_and_last_month())
    return {"rows": found.rows, "drift": found.drift}


def _rebuild(pairs: Sequence[tuple[int, date]], watch: Watch | None = None) -> Drift:
    total = Drift()
    for done, (vendor_id, month) in enumerate(pairs, start=1):
        with transaction():
            patience("300s", "60s")
            found = service.rebuild(vendor_id, month)
        if found.drift:
            log.error(
                "sums_drifted",
                vendor_id=vendor_id,
                month=month_text(month),
                rows=found.rows,
                drift=found.drift,
            )
        total += found
        if watch:
            watch(done, len(pairs))
    return total
