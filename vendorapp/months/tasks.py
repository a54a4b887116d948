"""What a worker does for months: all statements of one as files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from celery import Celery
from flask_babel import gettext as _
from flask_babel import ngettext

from ..kernel import long_work
from ..kernel.babel import month as month_name
from . import papers


def _title(args: Mapping[str, Any]) -> str:
    return _("Monthly accounts of %(month)s", month=month_name(date.fromisoformat(args["month"])))


def _said(result: Mapping[str, Any]) -> str:
    return ngettext(
        "%(num)d monthly account is ready. Take it home within a day.",
        "%(num)d monthly accounts are ready. Take them home within a day.",
        result.get("made", 0),
    )


def init_tasks(_celery: Celery) -> None:
    long_work.register(
        long_work.Kind(
            papers.KIND,
            papers.step,
            title=_title,
            said=_said,
            back=lambda _job_id: "/exports",
            bulk=("customer_ids",),
        )
    )
