"""Background work: the Celery application, nudges that never fail a request, and jobs that run once a slot.

The row is the queue. Celery carries hints ("look at your rows now"); what is lost is found again by the
tick, which asks the database what is due.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from celery import Celery, Task
from celery.signals import setup_logging
from flask import Flask, current_app
from sqlalchemy import CheckConstraint, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from config import Config

from .clock import now
from .database import Base, after_commit, db, session, transaction
from .redis import TIMEOUT, tls_url

log = structlog.get_logger()


class JobRun(Base):
    """One row a job and slot: that this slot's work was done, and when."""

    __tablename__ = "job_runs"
    __table_args__ = (CheckConstraint("finished_at >= started_at", name="in_order"),)

    job: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job of `schedule.py`: run `work` once in every slot of `every`; `why` is for the reader."""

    name: str
    every: timedelta
    work: Callable[[], dict[str, Any]]
    why: str

    def slot(self, instant: datetime) -> datetime:
        """The beginning of the slot that `instant` lies in (slots are counted from 1970 in UTC)."""
        seconds = int(self.every.total_seconds())
        return datetime.fromtimestamp(int(instant.timestamp()) // seconds * seconds, UTC)


def run_due(jobs: Sequence[Periodic]) -> dict[str, dict[str, Any]]:
    """Run what is due now, in the order given, and return each one's result.

    A job whose slot is done, or which another process is running, is left alone. A job that fails is
    logged and tried again at the next tick; it does not stop those after it.
    """
    results: dict[str, dict[str, Any]] = {}
    for job in jobs:
        try:
            result = _run_once(job)
        except Exception:
            log.exception("job_failed", job=job.name)
            continue
        if result is not None:
            results[job.name] = result
    return results


def _run_once(job: Periodic) -> dict[str, Any] | None:
    slot = job.slot(now())
    # The advisory lock lives on a connection of its own: the work commits as often as it likes.
    with db.engine.connect() as guard:
        key = f"job:{job.name}"
        if not guard.scalar(select(func.pg_try_advisory_lock(func.hashtextextended(key, 0)))):
            return None
        try:
            done = guard.scalar(select(JobRun.slot).where(JobRun.job == job.name, JobRun.slot == slot))
            guard.commit()  # an idle transaction would be ended by the server while the work runs
            if done:
                return None
            started = now()
            result = job.work()
            with transaction() as current:
                current.execute(
                    insert(JobRun)
                    .values(
                        job=job.name,
                        slot=slot,
                        started_at=started,
                        finished_at=now(),
                        result=result,
                    )
                    .on_conflict_do_nothing()
                )
                current.execute(
                    text("DELETE FROM job_runs WHERE job = :job AND slot < :old"),
                    {"job": job.name, "old": slot - timedelta(days=30)},
                )
            return result
        finally:
            guard.execute(select(func.pg_advisory_unlock(func.hashtextextended(key, 0))))
            guard.commit()


def last_runs() -> dict[str, datetime]:
    """For each job the moment its latest slot was finished."""
    rows = session().execute(select(JobRun.job, func.max(JobRun.finished_at)).group_by(JobRun.job))
    return {row[0]: row[1] for row in rows}


class Nudger:
    """Hands hints to the broker without ever raising or waiting long.

    After a failure the broker is left alone for `rest` seconds, so that a dead or frozen Redis costs
    one request a few hundred milliseconds, and the others nothing.
    """

    def __init__(self, celery: Celery, *, rest: float = 5.0) -> None:
        self._celery = celery
        self._rest = rest
        self._closed_until = 0.0
        self._lock = threading.Lock()

    def send(self, task: str, args: Sequence[Any]) -> bool:
        """Whether the hint was handed over. If not, the tick will find the work."""
        if time.monotonic() < self._closed_until:
            return False
        try:
            self._celery.send_task(task, args=list(args), retry=False, ignore_result=True, expires=3600)
        except Exception as error:  # noqa: BLE001  (kombu, redis and socket raise unrelated families)
            with self._lock:
                self._closed_until = time.monotonic() + self._rest
            log.warning("nudge_failed", task=task, error=type(error).__name__)
            return False
        return True


def nudge(task: str, *args: int | str) -> None:
    """After the present transaction has committed, ask a worker to run `task`; lost hints do no harm."""
    nudger: Nudger = current_app.extensions["nudger"]
    after_commit((task, *args), lambda: nudger.send(task, args))


def init_celery(app: Flask, config: Config) -> Celery:
    """The Celery application of `app`. Its tasks run inside an application context."""

    class ContextTask(Task):  # type: ignore[misc]
        abstract = True

        def __call__(self, *args: object, **kwargs: object) -> object:
            with app.app_context():
                return self.run(*args, **kwargs)

    celery = Celery("vendorapp", task_cls=ContextTask)
    celery.conf.update(
        broker_url=tls_url(config.redis_url),
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": 900,
            "socket_timeout": 5,
            "socket_connect_timeout": TIMEOUT,
            "unacked_restore_interval": 5,
        },
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=False,
        task_time_limit=600,
        task_soft_time_limit=540,
        worker_prefetch_multiplier=1,
        worker_redirect_stdouts=False,
        worker_soft_shutdown_timeout=20,
        timezone="UTC",
        enable_utc=True,
    )
    celery.set_default()
    setup_logging.connect(lambda **_: None, weak=False)
    app.extensions["celery"] = celery
    # Requests use a producer with its own, much shorter patience than the worker's consumer.
    producer = Celery("vendorapp-nudges", set_as_current=False)
    producer.conf.update(
        broker_url=tls_url(config.redis_url),
        broker_transport_options={
            "socket_timeout": TIMEOUT,
            "socket_connect_timeout": TIMEOUT,
            "max_retries": 0,
            "retry_on_timeout": False,
        },
        task_serializer="json",
        task_ignore_result=True,
        broker_connection_timeout=TIMEOUT,
    )
    app.extensions["nudger"] = Nudger(producer)
    return celery
