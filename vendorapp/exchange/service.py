"""The verbs of a file that comes in: they add exactly what was shown, once, and all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.exc import DBAPIError

from ..accounts.models import Vendor
from ..accounts.queries import Caller, caller_away
from ..customers import service as customers
from ..kernel import idempotency, long_jobs
from ..kernel.database import session
from ..kernel.endpoint import sqlstate
from ..kernel.errors import Conflict, NotFound, invalid
from ..kernel.long_work import Turn
from . import queries
from .rules.customers import Checked

PATH = "/customers/import"
KIND = "customers_import"
# So many are added while the person waits.
AT_ONCE = 200
# Of more, so many between two looks at how far it is.
A_PIECE = 500
# So long a second click waits for the first.
A_MOMENT = "4s"
LOCK_TIMEOUT = "55P03"


@dataclass(frozen=True, slots=True)
class Added:
    """How many are in the book, or the long job that adds them."""

    count: int | None = None
    job_id: int | None = None


def add_customers(
    caller: Caller, typed: str, *, own: Mapping[str, str], shown: str, leave_out: bool, key: str
) -> Added:
    """Add the good lines of a file to the calling vendor's book, all of them, or have many added.

    `typed` and `own` as in `queries.look`, `shown` the fingerprint of what the person looked at. `key` names
    the page that was shown: what it added once is not added again, but told again. Raises 409 `file_changed`
    when the file or the book is not as shown, 409 `work_running` while another file is being added, 422
    naming ``leave_out`` when there are bad lines and nobody said that they may be left out.
    """
    if (working := _working(caller, shown)) is not None:
        return working
    _one_file_at_a_time(caller)
    # What was added or begun meanwhile.
    if (working := _working(caller, shown)) is not None:
        return working
    claim = idempotency.Claim(caller.user_id, PATH, idempotency.check_key(key), shown)
    if (before := _added_before(claim)) is not None:
        return Added(count=before)
    found = _as_shown(caller, typed, own, shown)
    if found.faults and not leave_out:
        raise invalid("leave_out", "Some lines cannot be added. Say that they may be left out.")
    count = len(found.good)
    if count > AT_ONCE:
        args = {"typed": typed, "own": dict(own), "shown": shown, "key": key}
        return Added(job_id=long_jobs.start(caller.user_id, KIND, args, count, same=shown))
    customers.add_many(caller, [row for _, row in found.good])
    _same_currency(caller)
    idempotency.remember(claim, 201, str(count))
    return Added(count=count)


def step(turn: Turn) -> None:
    """Add the customers of a long file: one step, so all of them or none, seen while it goes on.

    What was shown is looked at again behind the lock of files. Raises 409 `file_changed`.
    """
    caller = caller_away(turn.user_id)
    if caller is None:
        raise NotFound()
    session().execute(select(func.pg_advisory_xact_lock(_lock_of(caller))))
    claim = idempotency.Claim(caller.user_id, PATH, turn.args["key"], turn.args["shown"])
    found = _as_shown(caller, turn.args["typed"], turn.args["own"], turn.args["shown"])
    rows = [row for _, row in found.good]
    for done in range(0, len(rows), A_PIECE):
        turn.show(done)
        customers.add_many(caller, rows[done : done + A_PIECE])
    _same_currency(caller)
    idempotency.remember(claim, 201, str(len(rows)))
    turn.finish(url="/customers", added=len(rows))


def _lock_of(caller: Caller) -> ColumnElement[int]:
    """The lock of whoever adds a file to this book: a long one must not hold up the rest of the business."""
    return func.hashtextextended(f"{KIND}:{caller.user_id}", 0)


def _working(caller: Caller, shown: str) -> Added | None:
    """The long job that adds this file already. Raises 409 `work_running` while one adds another."""
    job_id = long_jobs.running(caller.user_id, KIND)
    job = long_jobs.find(caller.user_id, job_id) if job_id else None
    if job is None:
        return None
    if job.args["shown"] != shown:
        raise _work_running(job.id)
    return Added(job_id=job.id)


def _work_running(job_id: int | None) -> Conflict:
    return Conflict(
        "work_running",
        "Something of this kind is still being worked on. Ask again when it is done.",
        work_id=job_id,
    )


def _one_file_at_a_time(caller: Caller) -> None:
    """Wait a moment for a file that is being looked at or added, so that a second click finds what the first
    did. Raises 409 `work_running` when it takes longer."""
    try:
        with session().begin_nested():
            session().execute(text("SELECT set_config('lock_timeout', :most, true)"), {"most": A_MOMENT})
            session().execute(select(func.pg_advisory_xact_lock(_lock_of(caller))))
            session().execute(text("SELECT set_config('lock_timeout', :usual, true)"), {"usual": "5s"})
    except DBAPIError as error:
        if sqlstate(error) != LOCK_TIMEOUT:
            raise
        raise _work_running(long_jobs.running(caller.user_id, KIND)) from None


def _same_currency(caller: Caller) -> None:
    """From here to the end of the transaction the business keeps the currency that the amounts were read in.
    Raises 409 `file_changed` when it has another one by now."""
    currency = session().scalar(
        select(Vendor.currency).where(Vendor.user_id == caller.user_id).with_for_update(read=True)
    )
    if currency != caller.own_business.currency:
        raise _file_changed()


def _as_shown(caller: Caller, typed: str, own: Mapping[str, str], shown: str) -> Checked:
    found = queries.look(caller, typed, own)
    if found.fingerprint != shown or not found.good:
        raise _file_changed()
    return found


def _file_changed() -> Conflict:
    return Conflict("file_changed", "Your book has changed meanwhile. Nothing was added.")


def _added_before(claim: idempotency.Claim) -> int | None:
    """How many this page has added already. The lock of files is held, so no other request is at it."""
    kept = idempotency.IdempotencyKey
    answer = session().scalar(
        select(kept.answer).where(
            kept.user_id == claim.user_id,
            kept.path == claim.path,
            kept.key == claim.key,
            kept.fingerprint == claim.fingerprint,
        )
    )
    return None if answer is None else int(answer)
