"""What a worker does with files: long ones are added while nobody waits."""

from __future__ import annotations

from celery import Celery
from flask import url_for

from ..kernel import long_work
from . import service, words


def init_tasks(_celery: Celery) -> None:
    long_work.register(
        long_work.Kind(
            service.KIND,
            service.step,
            title=words.adding,
            said=words.added_long,
            back=lambda job_id: url_for("exchange.choose_file", again=job_id),
            bulk=("typed", "own"),
        )
    )
