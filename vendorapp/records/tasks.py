"""What a worker does for records. It asks which days are missing, so a lost or doubled hint does no harm."""

from __future__ import annotations

from celery import Celery

from ..kernel import long_work
from . import price_words, raising_many
from .night import schedule_due


def init_tasks(celery: Celery) -> None:
    long_work.register(
        long_work.Kind(
            raising_many.KIND,
            raising_many.step,
            title=price_words.title,
            said=price_words.said,
            back=lambda _job_id: "/prices",
            bulk=("order_ids",),
        )
    )

    @celery.task(name="records.schedule", shared=False)
    def schedule(vendor_id: int | str | None = None) -> None:
        schedule_due(vendor_id=None if vendor_id is None else int(vendor_id))
