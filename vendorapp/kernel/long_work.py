"""How a worker does what `long_jobs` holds: step by step, each a transaction that also writes how far it is.

    def step(turn: Turn) -> None:
        after = turn.state.get("after", 0)
        ids = …the next five hundred after that…
        if not ids:
            return turn.finish(url="/prices")
        …do it for these…
        turn.done += len(ids)
        turn.state["after"] = ids[-1]

    long_work.register(Kind("prices", step, title=…, said=…))

Whatever a step has done and where it left off are committed together, so that one that died half-way is
done again and nothing is done twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from .clock import now
from .database import db, patience, session, transaction
from .errors import Problem
from .forms import in_transaction
from .jobs import Nudger
from .long_jobs import OPEN, RUN, LongJob, LongJobFile

log = structlog.get_logger()

# Between two steps only; a step under way is protected by its own lock, however long it takes.
LEASE = timedelta(seconds=30)
# A job lets others pass after so many seconds: the same workers send the pushes.
TURN = 5.0
TRIES = 3
REST = timedelta(seconds=15)
# A hint takes a moment; what is younger than this has one under way.
FRESH = timedelta(seconds=5)
WENT_WRONG = "Something went wrong on our side. It has been recorded."


@dataclass(frozen=True, slots=True)
class Kind:
    """What a room does as long work. `title` says what is worked on (from `args`), `said` what was done
    (from `result`), in the reader's language; `back` is where one goes when it failed (an address made of
    the job's id). The `bulk` of the arguments is forgotten once it is done."""

    name: str
    step: Callable[[Turn], None]
    title: Callable[[Mapping[str, Any]], str]
    said: Callable[[Mapping[str, Any]], str]
    back: Callable[[int], str] | None = None
    bulk: tuple[str, ...] = ()


@dataclass(slots=True)
class Turn:
    """One step, inside its transaction. It raises `done`, leaves in `state` where the next one goes on, or
    calls `finish`. A `Problem` that it raises ends the job with that sentence; nothing of the step stays."""

    id: int
    user_id: int
    args: Mapping[str, Any]
    done: int
    total: int
    state: dict[str, Any]
    over: bool = False
    lease: datetime | None = None

    def finish(self, **result: Any) -> None:
        """It is done. `url` in the result is where it leads."""
        self.state, self.done, self.over = result, self.total, True

    def show(self, done: int) -> None:
        """Let a long step be seen: `done` is there at once, by a connection of its own, for eyes only.

        Steps reckon from `state`: what was shown before a crash was not done.
        """
        lease = now() + LEASE
        with db.engine.begin() as beside:
            written = beside.execute(
                update(LongJob)
                .where(LongJob.id == self.id, LongJob.lease_until == self.lease)
                .values(done=func.least(done, LongJob.total), lease_until=lease)
            )
        if written.rowcount != 1:
            raise Lost()
        self.lease = lease

    def file(self, number: int) -> bytes:
        """What an earlier step kept under this number."""
        return (
            session()
            .scalars(
                select(LongJobFile.content).where(LongJobFile.job_id == self.id, LongJobFile.number == number)
            )
            .one()
        )

    def keep_file(self, number: int, name: str, content_type: str, content: bytes) -> None:
        """Keep a file for its owner to take home within a day, in place of the one of this number."""
        values = {"name": name, "content_type": content_type, "content": content, "created_at": now()}
        session().execute(
            insert(LongJobFile)
            .values(job_id=self.id, number=number, **values)
            .on_conflict_do_update(index_elements=("job_id", "number"), set_=values)
        )


class Lost(Exception):
    """Somebody else has the job by now."""


@dataclass(slots=True)
class _Held:
    """A job that is ours until its lease ends, as it was last committed."""

    id: int
    kind: Kind
    user_id: int
    args: Mapping[str, Any]
    attempts: int
    done: int
    total: int
    state: dict[str, Any] = field(default_factory=dict)
    lease: datetime | None = None


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind of long work known, in every process."""
    _kinds[kind.name] = kind


def kind_of(job: LongJob) -> Kind:
    """What the job's room says about it. KeyError when no room does."""
    return _kinds[job.kind]


def run(job_id: int, *, seconds: float = TURN) -> None:
    """Work at a job for some `seconds`, and leave the rest to the next turn. Opens its own transactions.

    A job that is over, or that another worker has, is left alone.
    """
    held = _claim(job_id)
    if held is None:
        return
    end = time.monotonic() + seconds
    try:
        while not _step(held):
            if time.monotonic() >= end:
                _hand_on(held)
                return
    except Lost:
        log.warning("long_job_lost", job=job_id)
    except Problem as problem:
        _end_badly(held, problem.detail)
    except Exception:
        log.exception("long_job_failed", job=job_id, kind=held.kind.name)
        _try_again(held)


def sweep(*, seconds: float = 12) -> dict[str, int]:
    """Hint at whatever waits and that nobody works at; without a broker work at it here for some `seconds`.

    How many were found.
    """
    moment = now()
    with transaction():
        waiting = (
            session()
            .scalars(
                select(LongJob.id)
                .where(
                    LongJob.status.in_(OPEN),
                    or_(
                        LongJob.lease_until <= moment,
                        and_(LongJob.lease_until.is_(None), LongJob.created_at <= moment - FRESH),
                    ),
                )
                .order_by(LongJob.id)
                .limit(100)
            )
            .all()
        )
    end = time.monotonic() + seconds
    nudger: Nudger = current_app.extensions["nudger"]
    for job_id in waiting:
        if not nudger.send(RUN, [job_id]) and time.monotonic() < end:
            run(job_id, seconds=end - time.monotonic())
    return {"found": len(waiting)}


def _lock(job_id: int) -> bool:
    """Whether this transaction has the job to itself. Not the row: `show` writes it from beside."""
    key = func.hashtextextended(f"long_job:{job_id}", 0)
    return bool(session().scalar(select(func.pg_try_advisory_xact_lock(key))))


def _claim(job_id: int) -> _Held | None:
    moment = now()
    with transaction():
        if not _lock(job_id):
            return None
        row = session().scalar(
            select(LongJob).where(
                LongJob.id == job_id,
                LongJob.status.in_(OPEN),
                or_(LongJob.lease_until.is_(None), LongJob.lease_until <= moment),
            )
        )
        if row is None:
            return None
        kind = _kinds.get(row.kind)
        if kind is None or row.attempts >= TRIES:
            log.error("long_job_given_up", job=job_id, kind=row.kind, attempts=row.attempts)
            row.status, row.problem, row.finished_at, row.lease_until = "failed", WENT_WRONG, moment, None
            return None
        row.status, row.attempts, row.lease_until = "running", row.attempts + 1, moment + LEASE
        row.started_at = row.started_at or moment
        return _Held(
            id=row.id,
            kind=kind,
            user_id=row.user_id,
            args=row.args,
            attempts=row.attempts,
            done=row.done,
            total=row.total,
            state=dict(row.result or {}),
            lease=row.lease_until,
        )


def _step(held: _Held) -> bool:
    """One step; whether it was the last."""
    turn = in_transaction(lambda: _work(held))
    held.done, held.total, held.state, held.lease = turn.done, turn.total, turn.state, turn.lease
    held.attempts = 1
    return turn.over


def _work(held: _Held) -> Turn:
    patience("120s", "30s")
    if not _lock(held.id):
        raise Lost()
    turn = Turn(held.id, held.user_id, held.args, held.done, held.total, dict(held.state), lease=held.lease)
    held_by_us = session().scalar(
        select(LongJob.id).where(LongJob.id == held.id, LongJob.lease_until == held.lease)
    )
    if held_by_us is None:
        raise Lost()
    try:
        held.kind.step(turn)
    finally:
        held.lease = turn.lease  # what was shown stays, also when the step is tried again
    moment = now()
    values: dict[str, Any] = {
        "done": min(turn.done, turn.total),
        "total": turn.total,
        "result": turn.state,
        "attempts": 1,
    }
    if turn.over:
        kept = {name: value for name, value in held.args.items() if name not in held.kind.bulk}
        values |= {"status": "done", "finished_at": moment, "lease_until": None, "args": kept}
    else:
        values["lease_until"] = moment + LEASE
    _write(held, **values)
    turn.lease = values["lease_until"]
    return turn


def _write(held: _Held, **values: Any) -> None:
    written = session().execute(
        update(LongJob)
        .where(LongJob.id == held.id, LongJob.lease_until == held.lease)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if written.rowcount != 1:  # type: ignore[attr-defined]
        raise Lost()


def _hand_on(held: _Held) -> None:
    with transaction():
        _write(held, status="waiting", lease_until=None, attempts=0)
    nudger: Nudger = current_app.extensions["nudger"]
    nudger.send(RUN, [held.id])


def _end_badly(held: _Held, sentence: str) -> None:
    try:
        with transaction():
            _write(
                held,
                status="failed",
                done=held.done,
                problem=sentence,
                finished_at=now(),
                lease_until=None,
            )
    except Lost:
        log.warning("long_job_lost", job=held.id)


def _try_again(held: _Held) -> None:
    """After a crash: later once more, at most three times without a step that goes through."""
    if held.attempts >= TRIES:
        _end_badly(held, WENT_WRONG)
        return
    try:
        with transaction():
            _write(
                held,
                status="waiting",
                done=held.done,
                attempts=held.attempts,
                lease_until=now() + REST * held.attempts,
            )
    except Lost:
        log.warning("long_job_lost", job=held.id)
