"""JSON: pauses of one order and of all orders of the caller, and their end."""

from __future__ import annotations

from flask import Blueprint

from ...accounts import guards
from ...kernel.endpoint import endpoint
from ...orders.answers import PauseOut
from ...orders.service import Asked, Paused
from .. import pausing
from ..pause_schemas import PauseEndQuery, PauseFaultOut, PauseIn, PauseResultOut, PauseResultsOut

blueprint = Blueprint("pauses_api", __name__, url_prefix="/v1")


def _asked(body: PauseIn) -> Asked:
    return Asked(body.from_, body.to, body.reason)


@blueprint.post("/order/<int:order_id>/pauses")
@guards.signed_in
@endpoint(
    body=PauseIn,
    answers={201: PauseOut},
    problems=("past_cut_off", "order_ended", "wrong_state", "not_due"),
)
def pause(order_id: int, body: PauseIn) -> tuple[int, PauseOut]:
    """Pause an order from one day to another, both included, at most 90 days.

    No confirmation is needed; the other side is told. A vendor may from today on, a customer until the
    vendor's cut-off; 409 `past_cut_off` names the `earliest` day. Unmarked records there are cancelled,
    marked days stay; pauses may overlap.
    """
    return 201, PauseOut.of(pausing.pause(guards.caller(), order_id, _asked(body)))


@blueprint.post("/pauses")
@guards.signed_in
@endpoint(body=PauseIn, answers={200: PauseResultsOut})
def pause_all(body: PauseIn) -> tuple[int, PauseResultsOut]:
    """Pause all standing orders at once: a customer's with all their vendors, a vendor's with all customers.

    Each order's problem stands in its own result; orders that do not run on any of the days are left out.
    An order that is agreed on later is paused on these days too.
    """
    results = pausing.pause_all(guards.caller(), _asked(body))
    return 200, PauseResultsOut.model_construct(results=[_result(one) for one in results])


def _result(one: Paused) -> PauseResultOut:
    problem = one.problem
    return PauseResultOut.model_construct(
        order_id=one.order_id,
        pause=PauseOut.of(one.pause) if one.pause else None,
        error=PauseFaultOut.model_construct(
            code=problem.code, detail=problem.detail, earliest=problem.facts.get("earliest")
        )
        if problem
        else None,
    )


@blueprint.delete("/pauses/<int:pause_id>")
@guards.signed_in
@endpoint(query=PauseEndQuery, answers={204: None}, problems=("past_cut_off",))
def end(pause_id: int, query: PauseEndQuery) -> None:
    """End a pause early, or before it begins; what is due again comes back.

    `effective_from` is the first day that is due again: by default at once, which is today for a vendor
    and tomorrow for a customer, whom the cut-off binds (409 `past_cut_off` with `earliest`). A pause that
    is over stays as it is. When the vendor's whole business is closed, only the vendor may (403).
    """
    pausing.end(guards.caller(), pause_id, effective_from=query.effective_from)
