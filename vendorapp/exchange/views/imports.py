"""Customers from a file: first a look at what would be added, then the adding."""

from __future__ import annotations

import secrets
from io import BytesIO
from itertools import groupby

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ...accounts import guards
from ...kernel import long_jobs
from ...kernel.fields import Body, QueryId
from ...kernel.forms import attempt
from ...kernel.shape import read_query
from .. import queries, service, words
from ..forms import AddForm, FileForm
from ..rules.customers import Fault
from ..rules.reading import Unreadable, clean
from ..rules.writing import written
from .shared import blueprint


class AgainQuery(Body):
    """The long job whose file is looked at again."""

    again: QueryId | None = None


# A file's text comes back from the page in up to three bytes a letter.
LARGEST_REQUEST = 4 * 1024 * 1024
BAD_LINES_A_PAGE = 50
SAMPLES = 5

Page = str | Response | tuple[str, int]


@blueprint.before_request
def allow_a_file() -> None:
    """A file of a megabyte, and what the form around it takes."""
    if request.method == "POST":
        request.max_content_length = LARGEST_REQUEST
        request.max_form_memory_size = LARGEST_REQUEST


@blueprint.get("/customers/import")
@guards.vendor
def choose_file() -> Page:
    """Choose a file, or paste its lines; ``?again=``: look again at one that could not be added."""
    again = read_query(AgainQuery, request.args).again
    failed = long_jobs.find(guards.caller().user_id, again) if again else None
    if failed is None or failed.kind != service.KIND or failed.status != "failed":
        return _choose(FileForm(), 200)
    return _shown(AddForm(formdata=None), failed.args["typed"], 200)


@blueprint.get("/customers/import/example.csv")
@guards.vendor
def example() -> Response:
    """The headings in the reader's language, to be filled in with a spreadsheet."""
    headings = list(words.customer_headings().values())
    return send_file(
        BytesIO(b"".join(written(headings, []))),
        mimetype="text/csv",
        as_attachment=True,
        download_name=_("customers") + ".csv",
        max_age=0,
    )


@blueprint.post("/customers/import")
@guards.vendor
def look() -> Page:
    """What adding the file would come to. Nothing is written. Also another page of its bad lines."""
    if "kept" in request.form:
        form = AddForm()
        return _shown(form, form.kept.data or "", 200)
    chosen = FileForm()
    try:
        return _shown(AddForm(formdata=None), chosen.text(), 200)
    except Unreadable as problem:
        return _refused(chosen, problem)


@blueprint.post("/customers/import/add")
@guards.vendor
def add() -> Page:
    """Add what was shown."""
    form = AddForm()
    try:
        typed = form.text()
        done = attempt(
            lambda: service.add_customers(
                guards.caller(),
                typed,
                own=words.customer_headings(),
                shown=form.shown.data or "",
                leave_out=form.leave_out.data,
                key=form.key.data or "none",
            ),
            form,
        )
        if done.value and done.value.job_id is not None:
            return redirect(url_for("work.work", job_id=done.value.job_id))
        if done.value and done.value.count is not None:
            flash(words.added(done.value.count))
            return redirect("/customers")
        return _shown(form, typed, done.status)
    except Unreadable as problem:
        return _refused(FileForm(formdata=None), problem)


def _choose(form: FileForm, status: int) -> Page:
    working = long_jobs.running(guards.caller().user_id, service.KIND)
    return render_template("exchange/choose.html", form=form, working=working), status


def _refused(form: FileForm, problem: Unreadable) -> Page:
    """The file again, with what is wrong with it beside where it came from."""
    field = form.file if getattr(form.file.data, "filename", "") else form.typed
    field.errors = [words.file_text(problem)]
    form.typed.data = clean(form.typed.data or "")
    return _choose(form, 422)


def _shown(form: AddForm, typed: str, status: int) -> Page:
    """What came of looking at the file now, with the form that adds exactly this. Raises `Unreadable`."""
    found = queries.look(guards.caller(), typed, words.customer_headings())
    form.kept.data, form.shown.data = clean(typed), found.fingerprint
    if not form.key.data or status == 409:
        form.key.data = secrets.token_urlsafe(16)
    bad = found.bad_lines
    number = _page_number(len(bad))
    first = (number - 1) * BAD_LINES_A_PAGE
    shown = set(bad[first : first + BAD_LINES_A_PAGE])
    page = render_template(
        "exchange/look.html",
        form=form,
        found=found,
        samples=found.good[:SAMPLES],
        bad_count=len(bad),
        bad=_grouped([fault for fault in found.faults if fault.line in shown]),
        columns=[words.field_name(name) for name in found.columns],
        currency=guards.caller().own_business.currency,
        back=number - 1 if number > 1 else None,
        more=number + 1 if first + BAD_LINES_A_PAGE < len(bad) else None,
        again=url_for(".look"),
    )
    return page, status


def _page_number(count: int) -> int:
    asked = request.form.get("page", "1")
    last = max(1, -(-count // BAD_LINES_A_PAGE))
    return min(max(int(asked), 1), last) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1


def _grouped(faults: list[Fault]) -> list[tuple[int, list[tuple[str, str, str]]]]:
    """By line: each fault's field, what stands there, and why it cannot be."""
    return [
        (line, [_fault_cells(one) for one in bad])
        for line, bad in groupby(faults, key=lambda fault: fault.line)
    ]


def _fault_cells(one: Fault) -> tuple[str, str, str]:
    return words.field_name(one.field), one.facts.get("value", ""), words.fault_text(one)
