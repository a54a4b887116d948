"""What a worker does with long work. It looks how far that is, so a lost or doubled hint does no harm."""

from __future__ import annotations

from celery import Celery

from ..kernel import long_work
from ..kernel.long_jobs import RUN


def init_tasks(celery: Celery) -> None:
    @celery.task(name=RUN, shared=False)
    def run(job_id: int) -> None:
        long_work.run(job_id)
