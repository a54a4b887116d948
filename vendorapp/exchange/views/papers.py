"""All monthly accounts of a month as PDFs."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from ...accounts import guards
from ...kernel.errors import Problem
from ...kernel.fields import Body, Month, month_text
from ...kernel.forms import in_transaction, sentence
from ...kernel.shape import read_query
from ...months import papers
from .shared import blueprint


class PapersQuery(Body):
    """The month whose accounts are wanted."""

    month: Month


@blueprint.post("/exports/accounts")
@guards.vendor
def make_papers() -> Response:
    """Have them made (``?month=``); where to wait for them."""
    month = read_query(PapersQuery, request.args).month
    try:
        job_id = in_transaction(lambda: papers.begin(guards.caller(), month))
    except Problem as problem:
        flash(sentence(problem), "error")
        return redirect(url_for("exchange.exports", month=month_text(month)))
    return redirect(url_for("work.work", job_id=job_id))
