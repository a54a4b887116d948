"""A vendor's own data as files."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from typing import IO, cast

from flask import Response, render_template, request, send_file
from flask_babel import gettext as _

from ...accounts import guards
from ...kernel import long_jobs
from ...kernel.clock import day_in, next_month
from ...kernel.database import patience
from ...kernel.errors import NotFound
from ...kernel.fields import Body, Month, month_text
from ...kernel.long_jobs import LongJob
from ...kernel.long_work import kind_of
from ...kernel.shape import read_query
from ...months import papers
from ..rules.writing import file_name, written
from ..sheets import OF_A_MONTH, SHEETS
from .shared import blueprint

# Smaller files never touch the disk.
IN_MEMORY = 512 * 1024


class MonthQuery(Body):
    """The month of the files; the present one unless said."""

    month: Month | None = None


def _month() -> date:
    asked = read_query(MonthQuery, request.args).month
    return asked or day_in(guards.caller().own_business.timezone).replace(day=1)


@blueprint.get("/exports")
@guards.vendor
def exports() -> str:
    """Which files there are."""
    month = _month()
    this = day_in(guards.caller().own_business.timezone).replace(day=1)
    return render_template(
        "exchange/exports.html",
        month=month,
        month_word=month_text(month),
        before=month_text(month - timedelta(days=1)),
        after=month_text(next_month(month)) if month < this else None,
        papers=_papers(guards.caller().user_id),
    )


def _papers(user_id: int) -> tuple[LongJob, str] | None:
    """The monthly accounts that were asked for last, and what they are called."""
    job = long_jobs.latest(user_id, papers.KIND)
    return (job, kind_of(job).title(job.args)) if job else None


@blueprint.get("/exports/<what>.csv")
@guards.vendor
def export(what: str) -> Response:
    """One file. It is written to the end before it is sent: whoever gets it has all of it, of one moment."""
    if what not in SHEETS:
        raise NotFound()
    caller = guards.caller()
    own = caller.own_business
    month = _month()
    patience(statement="60s")
    sheet = SHEETS[what](caller, month)
    # Sent, and by that closed, once this is over.
    file = cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115
    try:
        for piece in written(sheet.header, sheet.rows):
            file.write(piece)
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    span = month_text(month) if what in OF_A_MONTH else day_in(own.timezone).isoformat()
    response = send_file(
        file,
        mimetype="text/csv",
        as_attachment=True,
        download_name=file_name(own.business_name, _names()[what], span),
        conditional=False,
        etag=False,
    )
    response.content_length = size
    response.headers["Cache-Control"] = "no-store"
    return response


def _names() -> dict[str, str]:
    return {
        "orders": _("orders"),
        "records": _("deliveries"),
        "payments": _("payments"),
        "ledger": _("history"),
        "customers": _("customers"),
    }
