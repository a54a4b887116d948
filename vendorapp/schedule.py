"""The night on one page: every periodic job, how often, and why. The order is the order of a tick.

Beat sends a tick every fifteen seconds; what a tick does is asked of the database (`kernel.jobs`), so
a lost, doubled or late tick changes nothing. Each `work` opens its own transactions.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import Celery

from .accounts import service as accounts
from .kernel import idempotency, long_jobs, long_work
from .kernel.database import patience, transaction
from .kernel.jobs import Periodic, run_due
from .months import night as check
from .months import ready
from .notices import delivery
from .notices import service as notices
from .orders import service as orders
from .records import night, tomorrow
from .reminders import sending

TICK = 15.0  # seconds


def _housekeeping() -> dict[str, Any]:
    """Forget what has served its time, a transaction a room."""
    gone = {}
    for name, forget in (
        ("accounts", accounts.forget_old),
        ("idempotency", idempotency.forget_old),
        ("notices", notices.forget_old),
        ("long_jobs", long_jobs.forget_old),
    ):
        with transaction():
            patience(statement="5min")
            gone[name] = forget()
    return gone


def _expire_changes() -> dict[str, Any]:
    with transaction():
        return {"expired": orders.expire_changes()}


JOBS: tuple[Periodic, ...] = (
    Periodic(
        "push.sweep",
        timedelta(seconds=15),
        delivery.sweep,
        "Sends what no worker was told of in time, and what is tried again. First: it is short.",
    ),
    Periodic(
        "long_jobs.sweep",
        timedelta(seconds=15),
        long_work.sweep,
        "Finds long work that no worker was told of, or whose worker died, and has it gone on with.",
    ),
    Periodic(
        "records.schedule",
        timedelta(minutes=1),
        night.schedule_due,
        "Midnight comes at another minute in every zone: each minute asks whose today is not made yet.",
    ),
    Periodic(
        "changes.expire",
        timedelta(minutes=1),
        _expire_changes,
        "Writes down what every read already says of a proposal past its deadline, and tells both sides.",
    ),
    Periodic(
        "records.tomorrow",
        timedelta(minutes=15),
        tomorrow.tell_tomorrow,
        "From the cut-off in each vendor's zone, once: what to load tomorrow and what is new of it.",
    ),
    Periodic(
        "months.check",
        timedelta(days=1),
        check.nightly_check,
        "Proves the sums of the open months against the records; drift is an alarm and is repaired.",
    ),
    Periodic(
        "statements.ready",
        timedelta(hours=1),
        ready.tell_ready,
        "On the first of the month, in each vendor's zone, customers hear that their statement is there.",
    ),
    Periodic(
        "reminders.send",
        timedelta(hours=1),
        sending.send,
        "From the pay day on, at day time in each vendor's zone, who owes something is asked for it.",
    ),
    Periodic(
        "housekeeping",
        timedelta(days=1),
        _housekeeping,
        "Old sign-ins, keys and notices would only make everything slower.",
    ),
)


def init_tasks(celery: Celery) -> None:
    """The task that runs what is due, and beat's one line."""

    @celery.task(name="jobs.tick", shared=False)
    def tick() -> None:
        run_due(JOBS)

    # A tick that waited longer than this has younger ones behind it.
    options = {"expires": 2 * TICK}
    celery.conf.beat_schedule = {"tick": {"task": "jobs.tick", "schedule": TICK, "options": options}}
