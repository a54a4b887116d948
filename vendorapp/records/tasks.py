"""What a worker does for records. It asks which days are missing, so a lost or doubled hint does no harm."""

from __future__ import annotations

from celery import Celery

from .night import schedule_due


def init_tasks(celery: Celery) -> None:
    @celery.task(name="records.schedule", shared=False)
    def schedule(vendor_id: int | str | None = None) -> None:
        schedule_due(vendor_id=None if vendor_id is None else int(vendor_id))
