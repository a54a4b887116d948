"""What a worker does for notices. Both only look at the rows that are due, so a lost or doubled hint
does no harm."""

from __future__ import annotations

from celery import Celery

from . import delivery


def init_tasks(celery: Celery) -> None:
    @celery.task(name="push.send", shared=False)
    def send(notice_id: int) -> None:
        delivery.send_notice(notice_id)

    @celery.task(name="push.sweep", shared=False)
    def sweep() -> None:
        delivery.sweep()
