"""Every sum against every other. Each check is one statement, so it sees both ends of every movement."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from ...kernel.database import session
from .deliveries import DELIVERIES
from .money import MONEY

CHECKS = (*DELIVERIES, *MONEY)


def verify(*, watch: Callable[[int, int], None] | None = None) -> list[str]:
    """Everything that is off, a line each: what it is, what is stored, what the other sums say.

    Empty when all is right. Amounts are in minor units, quantities in thousandths. `watch` is told after
    each check how many of how many are done.
    """
    wrong: list[str] = []
    for done, check in enumerate(CHECKS, start=1):
        found = session().execute(text(check.sql))
        wrong += [f"{check.name}: {what}: {stored}, expected {expected}" for what, stored, expected in found]
        if watch:
            watch(done, len(CHECKS))
    return wrong


def size() -> dict[str, int]:
    """How much `verify` looks at, by what it is."""
    row = (
        session()
        .execute(
            text(
                "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM lines),"
                " (SELECT count(*) FROM ledger_entries), (SELECT count(*) FROM cumulative_record_details)"
            )
        )
        .one()
    )
    return dict(zip(("accounts", "lines", "entries", "order months"), map(int, row), strict=True))
