"""JSON: the calls on orders and changes that touch an order's days too."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app

from ...accounts import guards
from ...accounts import queries as people
from ...kernel.clock import first_of_month, last_of_month
from ...kernel.endpoint import endpoint
from ...kernel.errors import Invalid, NotFound, invalid
from ...ledger import queries as sums
from ...ledger.rules import NOTHING
from ...notices import queries as notices
from ...on_demand import queries as requests
from ...on_demand import service as on_demand
from ...orders import queries as orders
from ...orders.answers import ChangeOut, MonthOut, OrderAndChangeOut, OrderOut, PauseOut, TermsOut
from ...orders.inputs import foreign_fields, item_faults
from .. import agreements, queries
from ..answers import RecordOut
from .order_schemas import AnswerIn, ChangeIn, EndQuery, OrderDetailOut

blueprint = Blueprint("order_days_api", __name__, url_prefix="/v1")


def _found(who: orders.Actor, order_id: int) -> orders.OrderView:
    order = orders.find(who, order_id)
    if order is None:
        raise NotFound()
    return order


def _both(who: orders.Actor, change: orders.ChangeView) -> OrderAndChangeOut:
    return OrderAndChangeOut.model_construct(
        order=OrderOut.of(_found(who, change.order_id)), change=ChangeOut.of(change)
    )


@blueprint.get("/order/<int:order_id>")
@guards.signed_in
@endpoint(answers={200: OrderDetailOut})
def show(order_id: int) -> tuple[int, OrderDetailOut]:
    """One order with every version of its terms, its pauses, this month's sums and records.

    An on-demand order has none of these, and the month is that of its day.
    """
    order = _found(guards.caller(), order_id)
    month = first_of_month(order.today if order.order_type == "scheduled" else order.start_date)
    tally = sums.order_months([order_id], month).get(order_id, NOTHING)
    rows = queries.month_records([order_id], month, last_of_month(month))
    versions = orders.versions([order_id]).get(order_id, [])
    return 200, OrderDetailOut.of(
        order,
        MonthOut.of(month, tally, order.currency),
        terms=[TermsOut.of(row, order.currency) for row in versions],
        pauses=[PauseOut.of(row) for row in orders.pauses(order_id)],
        records=[RecordOut.of(row) for row in rows],
    )


@blueprint.put("/order/<int:order_id>")
@guards.signed_in
@endpoint(
    body=ChangeIn,
    answers={202: OrderAndChangeOut, 200: OrderOut},
    problems=(
        "already_recorded",
        "order_ended",
        "customer_inactive",
        "customer_has_login",
        "rate_required",
        "wrong_state",
        "on_behalf_note_required",
    ),
)
def change(order_id: int, body: ChangeIn) -> tuple[int, Any]:
    """Propose a change of an order's terms; they stay as they are until the other side accepts (202).

    A pending change, whoever made it, is superseded; on a proposed order this is the counter-offer. An
    on-demand order is changed at once (200): a customer's until it is accepted, a vendor's own entry until
    it is served; what a vendor changes on a customer's request is an offer, or accepted where there is no
    login and `on_behalf_note` says how they agreed (without it 409 `on_behalf_note_required`).
    """
    caller = guards.caller()
    sent = body.model_dump(exclude_none=True)
    if faults := item_faults(sent, needed=False):
        raise Invalid(*faults)
    if body.on_behalf_note and not caller.is_vendor:
        raise invalid("on_behalf_note", "Only a vendor confirms on behalf of somebody.")
    kind = _fitting_kind(caller, order_id, body) if sent else None
    message, note = sent.pop("message", None), sent.pop("on_behalf_note", None)
    if kind == "on_demand":
        day = sent.pop("date", None)
        on_demand.change(caller, order_id, sent, day=day, message=message, on_behalf_note=note)
        return 200, OrderOut.of(_found(caller, order_id))
    start, effective_from = sent.pop("start_date", None), sent.pop("effective_from", None)
    if not sent and start is None and note is None:
        raise invalid("", "Nothing would change.")
    if start is not None:
        if _found(caller, order_id).status != "proposed":
            raise invalid("start_date", "An accepted order keeps its start.")
        effective_from = start
    made = agreements.propose_change(
        caller,
        order_id,
        sent,
        effective_from=effective_from,
        message=message,
        on_behalf_note=note,
    )
    return 202, _both(caller, made)


def _fitting_kind(who: orders.Actor, order_id: int, body: ChangeIn) -> str:
    """The order's kind; 422 for each field that an order of this kind does not have."""
    kind = requests.kind_of(who, order_id)
    if kind is None:
        raise NotFound()
    if faults := foreign_fields(body.sent(), on_demand=kind == "on_demand"):
        raise Invalid(*faults)
    return kind


@blueprint.delete("/order/<int:order_id>")
@guards.signed_in
@endpoint(
    query=EndQuery,
    answers={200: OrderOut, 204: None},
    problems=("past_cut_off", "already_recorded", "has_history", "wrong_state", "in_use"),
)
def end(order_id: int, query: EndQuery) -> tuple[int, Any] | None:
    """End an order; what was delivered stays and is billed.

    `effective_from` is the first day without: a vendor's default is tomorrow, a customer's the earliest
    that the cut-off allows. `permanent=true` removes an order on which nothing was ever marked.
    An on-demand order is cancelled: by the customer until it is accepted, by the vendor until it is served,
    and after that as long as nothing is paid on it and its month is open.
    """
    caller = guards.caller()
    once = requests.kind_of(caller, order_id) == "on_demand"
    if query.permanent == "true" and query.effective_from is not None and caller.is_vendor:
        raise invalid("effective_from", "What is removed for good has no first day without.")
    if once and query.effective_from is not None:
        raise invalid("effective_from", "This kind of order has no such field.", "unknown_field")
    if query.permanent == "true":
        (on_demand if once else agreements).delete_for_good(caller, order_id)
        return None
    if once:
        on_demand.cancel(caller, order_id)
        return 200, OrderOut.of(_found(caller, order_id))
    agreements.end(caller, order_id, effective_from=query.effective_from)
    return 200, OrderOut.of(_found(caller, order_id))


@blueprint.post("/changes/<int:change_id>/accept")
@guards.signed_in
@endpoint(
    answers={200: OrderAndChangeOut},
    problems=("not_yours_to_answer", "already_answered", "already_recorded"),
)
def accept(change_id: int) -> tuple[int, OrderAndChangeOut]:
    """Say yes to what the other side proposed."""
    caller = guards.caller()
    return 200, _both(caller, agreements.answer(caller, change_id, yes=True))


@blueprint.post("/changes/<int:change_id>/decline")
@guards.signed_in
@endpoint(answers={200: OrderAndChangeOut}, problems=("not_yours_to_answer", "already_answered"))
def decline(change_id: int) -> tuple[int, OrderAndChangeOut]:
    """Say no; the terms stay as they were, a new order is declined."""
    caller = guards.caller()
    return 200, _both(caller, agreements.answer(caller, change_id, yes=False))


@blueprint.post("/changes/<int:change_id>/withdraw")
@guards.signed_in
@endpoint(answers={200: OrderAndChangeOut}, problems=("not_yours_to_answer", "already_answered"))
def withdraw(change_id: int) -> tuple[int, OrderAndChangeOut]:
    """Take back what one proposed oneself."""
    caller = guards.caller()
    return 200, _both(caller, agreements.withdraw(caller, change_id))


@blueprint.post("/changes/<int:change_id>/answer")
@guards.anyone
@endpoint(body=AnswerIn, answers={200: OrderAndChangeOut}, problems=("already_answered",), replays=False)
def answer(change_id: int, body: AnswerIn) -> tuple[int, OrderAndChangeOut]:
    """Answer from a notification, by its token alone, once; the same answer again is answered alike."""
    user_id = notices.check_answer_token(
        body.token, change_id=change_id, secret=str(current_app.config["SECRET_KEY"])
    )
    who = people.actor(user_id) if user_id is not None else None
    if who is None:
        raise NotFound()
    return 200, _both(who, agreements.answer_again(who, change_id, yes=body.answer == "accept"))
