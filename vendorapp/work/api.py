"""JSON: how far a long job is."""

from __future__ import annotations

from flask import Blueprint

from ..accounts import guards
from ..kernel import long_jobs
from ..kernel.endpoint import endpoint
from ..kernel.errors import NotFound
from .answers import WorkOut

blueprint = Blueprint("work_api", __name__, url_prefix="/v1")


@blueprint.get("/work/<int:job_id>")
@guards.signed_in
@endpoint(answers={200: WorkOut})
def work(job_id: int) -> tuple[int, WorkOut]:
    """How far something is that takes longer than an answer, and what came of it.

    Only who asked for it sees it. Kept for thirty days once it is over.
    """
    found = long_jobs.find(guards.caller().user_id, job_id)
    if found is None:
        raise NotFound()
    return 200, WorkOut.of(found)
