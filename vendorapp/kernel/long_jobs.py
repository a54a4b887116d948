"""Work that takes longer than a person waits: a row with how much of it is done, kept by a worker.

What a worker does with it is in `long_work`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, and_, delete, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from .clock import now
from .database import Base, session
from .errors import Conflict
from .jobs import nudge

RUN = "long_jobs.run"
KEPT = timedelta(days=30)
FILES_KEPT = timedelta(hours=24)
OPEN = ("waiting", "running")
# The name under which `args` keep what was asked for, so that a second click is known.
SAME = "same"


class LongJob(Base):
    """What a user asked for, and how far it is. `status`: waiting, running, done or failed.

    `args` is what it was asked with, `result` what it came to (before that, where its worker is), `problem`
    the sentence when it failed. A worker holds it until `lease_until`; one that died leaves it to the next.
    `attempts` counts the tries since the last step that went through.
    """

    __tablename__ = "long_jobs"
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'running', 'done', 'failed')", name="status_word"),
        CheckConstraint("done BETWEEN 0 AND total", name="done_range"),
        CheckConstraint("total BETWEEN 0 AND 100000000", name="total_range"),
        CheckConstraint("attempts BETWEEN 0 AND 100", name="attempts_range"),
        CheckConstraint(
            "(status IN ('done', 'failed')) = (finished_at IS NOT NULL)", name="finished_when_over"
        ),
        Index(None, "user_id", "id"),
        Index("ix_long_jobs_open", "id", postgresql_where="status IN ('waiting', 'running')"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    args: Mapped[dict[str, Any]]
    status: Mapped[str]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None]
    problem: Mapped[str | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]


class LongJobFile(Base):
    """What a long job made to be taken home, in parts that are numbered from 1."""

    __tablename__ = "long_job_files"
    __table_args__ = (
        CheckConstraint("number BETWEEN 1 AND 100000", name="number_range"),
        Index(None, "created_at"),
    )

    job_id: Mapped[int] = mapped_column(ForeignKey("long_jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    content_type: Mapped[str]
    content: Mapped[bytes]
    created_at: Mapped[datetime]


def start(
    user_id: int,
    kind: str,
    args: Mapping[str, Any],
    total: int,
    *,
    same: str,
    again_after: timedelta = timedelta(0),
) -> int:
    """Hand work to a worker once the present transaction has committed; the job's id.

    `args` are plain JSON. `same` names what is asked for: while that is worked on, and for `again_after`
    once it is done, asking again gives the job that is there. Raises 409 `work_running` (with `work_id`)
    while the user waits for another of this kind.
    """
    key = f"long_job:{user_id}:{kind}"
    session().execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    last = (
        session()
        .execute(
            select(LongJob.id, LongJob.status, LongJob.args[SAME].astext.label("same"), LongJob.finished_at)
            .where(LongJob.user_id == user_id, LongJob.kind == kind, LongJob.status != "failed")
            .order_by(LongJob.id.desc())
            .limit(1)
        )
        .first()
    )
    if last is not None:
        running = last.status in OPEN
        if last.same == same and (running or last.finished_at > now() - again_after):
            return int(last.id)
        if running:
            raise Conflict(
                "work_running",
                "Something of this kind is still being worked on. Ask again when it is done.",
                work_id=last.id,
            )
    row = LongJob(
        user_id=user_id,
        kind=kind,
        args={**args, SAME: same},
        status="waiting",
        done=0,
        total=total,
        created_at=now(),
    )
    session().add(row)
    session().flush()
    nudge(RUN, row.id)
    return row.id


def find(user_id: int, job_id: int) -> LongJob | None:
    """One of a user's own long jobs, None when there is none such."""
    return session().scalar(
        select(LongJob)
        .where(LongJob.id == job_id, LongJob.user_id == user_id)
        .execution_options(populate_existing=True)
    )


def running(user_id: int, kind: str) -> int | None:
    """The id of the job of this kind that the user waits for, None when there is none."""
    return session().scalar(
        select(LongJob.id)
        .where(LongJob.user_id == user_id, LongJob.kind == kind, LongJob.status.in_(OPEN))
        .order_by(LongJob.id.desc())
        .limit(1)
    )


def latest(user_id: int, kind: str) -> LongJob | None:
    """The last job of this kind that the user waits for, or that was done within the last day."""
    return session().scalar(
        select(LongJob)
        .where(
            LongJob.user_id == user_id,
            LongJob.kind == kind,
            or_(
                LongJob.status.in_(OPEN),
                and_(LongJob.status == "done", LongJob.finished_at > now() - FILES_KEPT),
            ),
        )
        .order_by(LongJob.id.desc())
        .limit(1)
    )


def files(job_id: int) -> list[tuple[int, str, int]]:
    """The number, name and size in bytes of each file that a job made and that is still kept."""
    rows = session().execute(
        select(LongJobFile.number, LongJobFile.name, func.octet_length(LongJobFile.content))
        .where(LongJobFile.job_id == job_id, LongJobFile.created_at > now() - FILES_KEPT)
        .order_by(LongJobFile.number)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def file(job_id: int, number: int) -> LongJobFile | None:
    """One file that a job made, None when there is none such or it is no longer kept."""
    return session().scalar(
        select(LongJobFile).where(
            LongJobFile.job_id == job_id,
            LongJobFile.number == number,
            LongJobFile.created_at > now() - FILES_KEPT,
        )
    )


def forget_old() -> int:
    """Delete files after a day, and what ended thirty days ago; how many jobs went."""
    session().execute(delete(LongJobFile).where(LongJobFile.created_at <= now() - FILES_KEPT))
    gone = session().execute(delete(LongJob).where(LongJob.finished_at <= now() - KEPT))
    return int(gone.rowcount)  # type: ignore[attr-defined]
