"""The page of a long job, asked for again every second while it is open, and the files that it made."""

from __future__ import annotations

import io

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from ..accounts import guards
from ..kernel import long_jobs
from ..kernel.errors import NotFound
from ..kernel.fields import Body, Flag, QueryId
from ..kernel.long_jobs import LongJob
from ..kernel.long_work import kind_of
from ..kernel.shape import read_query

blueprint = Blueprint("work", __name__)


class WaitedQuery(Body):
    """`waited`: the page asks by itself, and goes where the result is as soon as there is one."""

    waited: Flag = False


class PartQuery(Body):
    """Which of the files."""

    part: QueryId = 1


def _own(job_id: int) -> LongJob:
    found = long_jobs.find(guards.caller().user_id, job_id)
    if found is None:
        raise NotFound()
    return found


@blueprint.get("/work/<int:job_id>")
@guards.signed_in
def work(job_id: int) -> AnyResponse | str:
    """How far it is; when it is done, what came of it and where that is."""
    query = read_query(WaitedQuery, request.args)
    job = _own(job_id)
    kind = kind_of(job)
    said = kind.said(job.result or {}) if job.status == "done" else ""
    url = (job.result or {}).get("url") if job.status == "done" else None
    if query.waited and url:
        flash(said)
        return _lead_to(str(url))
    return render_template(
        "work/work.html",
        job=job,
        title=kind.title(job.args),
        said=said,
        problem=_(job.problem) if job.problem else "",
        url=url,
        back=kind.back(job.id) if kind.back and job.status == "failed" else None,
        files=long_jobs.files(job.id) if job.status == "done" else [],
        again=url_for("work.work", job_id=job.id, waited="1"),
    )


def _lead_to(url: str) -> AnyResponse:
    """Send the whole page there, also when only a part of it was asked for."""
    if "HX-Request" not in request.headers:
        return redirect(url)
    answer = Response(status=200, mimetype="text/html")
    answer.headers["HX-Redirect"] = url
    return answer


@blueprint.get("/work/<int:job_id>/file")
@guards.signed_in
def file(job_id: int) -> Response:
    """One of the files that it made (``?part=``), for a day."""
    query = read_query(PartQuery, request.args)
    found = long_jobs.file(_own(job_id).id, query.part)
    if found is None:
        raise NotFound()
    answer = send_file(
        io.BytesIO(found.content),
        mimetype=found.content_type,
        as_attachment=True,
        download_name=found.name,
        conditional=False,
        etag=False,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
