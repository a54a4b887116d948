"""JSON: marks, by one or by the round, and the list of records."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from ...accounts import guards
from ...kernel.clock import day_in, first_of_month
from ...kernel.endpoint import endpoint
from ...kernel.errors import Problem, invalid
from ...kernel.fields import NO_ID
from ...kernel.shape import read
from ...ledger import queries as sums
from ...ledger.rules import NOTHING
from ...orders.answers import MonthOut
from .. import night, queries, service
from ..answers import RecordOut
from ..rules import Tap, date_in_future
from ..schemas import (
    DayIn,
    FaultOut,
    MarkIn,
    RecordAndMonthOut,
    RecordsOut,
    RecordsQuery,
    RemarkIn,
    ResultOut,
    ResultsOut,
    RoundIn,
    ScheduledOut,
    StopIn,
)

blueprint = Blueprint("records_api", __name__, url_prefix="/v1")

MARK_PROBLEMS = ("date_in_future", "not_due", "month_closed", "settled", "too_late")


def _tap(body: MarkIn | RemarkIn | StopIn) -> Tap:
    return Tap(
        body.status,
        body.quantity,
        body.note,
        extra=bool(getattr(body, "extra", None)),
        at=getattr(body, "at", None),
        partial=isinstance(body, RemarkIn),
    )


def _answer(marked: service.Marked) -> RecordAndMonthOut:
    one = marked.view.delivery
    month = first_of_month(one.date)
    tally = sums.order_months([one.order_id], month).get(one.order_id, NOTHING)
    return RecordAndMonthOut.model_construct(
        record=RecordOut.of(marked.view), month=MonthOut.of(month, tally, marked.view.currency)
    )


@blueprint.post("/order/<int:id>/attendance")
@guards.signed_in
@endpoint(
    body=MarkIn,
    answers={201: RecordAndMonthOut, 200: RecordAndMonthOut},
    problems=MARK_PROBLEMS,
)
def mark(body: MarkIn, **path: int) -> tuple[int, RecordAndMonthOut]:
    """Mark a day of an order; 201 when the record is new, 200 when it existed.

    Here `id` is the order's. The vendor's mark and the customer's stand side by side; two that differ
    in status or quantity make the record disputed. A customer's "delivered" without a quantity confirms
    the vendor's. `extra` (vendors) marks a day on which nothing was due.
    """
    marked = service.mark_order(guards.caller(), min(path["id"], NO_ID), _tap(body), day=body.date)
    return 201 if marked.created else 200, _answer(marked)


@blueprint.put("/order/<int:id>/attendance")
@guards.signed_in
@endpoint(body=RemarkIn, answers={200: RecordAndMonthOut}, problems=MARK_PROBLEMS)
def remark(body: RemarkIn, **path: int) -> tuple[int, RecordAndMonthOut]:
    """Mark a record, or mark it again; here `id` is the record's.

    What is not sent stays as in the caller's earlier mark, except that a status alone brings its usual
    quantity.
    """
    marked = service.mark_record(guards.caller(), min(path["id"], NO_ID), _tap(body))
    return 200, _answer(marked)


@blueprint.post("/attendance")
@guards.vendor
@endpoint(body=RoundIn, answers={200: ResultsOut}, problems=("date_in_future",))
def mark_round(body: RoundIn) -> tuple[int, ResultsOut]:
    """A whole round of one day in one call, at most 2,000 marks, safe to send twice.

    Each mark's problem stands in its own result. Several marks of one order are heard in the order of
    their `at`, and each result shows the record as it is in the end. `rest` marks every order due that
    day that has no mark of the vendor's and is not named in `marks`.
    """
    caller = guards.caller()
    today = day_in(caller.own_business.timezone)
    day = body.date or today
    if day > today:
        raise date_in_future()
    read_ones = [_read(raw, caller.user_id) for raw in body.marks]
    heard = service.mark_round(
        caller,
        [(one.order_id, _tap(one)) for one in read_ones if isinstance(one, StopIn)],
        day=day,
        rest=body.rest is not None,
        named=[order_id for raw in body.marks if (order_id := _named(raw)) is not None],
    )
    answers = iter(heard)
    results = []
    for raw, one in zip(body.marks, read_ones, strict=True):
        found = next(answers) if isinstance(one, StopIn) else service.Result(0, problem=one)
        results.append(_result(_named(raw), found))
    results += [_result(one.order_id, one) for one in answers]
    return 200, ResultsOut.model_construct(results=results)


def _named(raw: Any) -> int | None:
    """The order that a mark of a round is about, as far as it can be read."""
    order_id = raw.get("order_id") if isinstance(raw, dict) else None
    return order_id if isinstance(order_id, int) and not isinstance(order_id, bool) else None


def _read(raw: Any, caller_id: int) -> StopIn | Problem:
    if not isinstance(raw, dict):
        return invalid("marks", "A mark is an object.")
    try:
        return read(StopIn, raw, caller_id=caller_id)
    except Problem as problem:
        return problem


def _result(order_id: int | None, found: service.Result) -> ResultOut:
    view, problem = found.view, found.problem
    return ResultOut.model_construct(
        order_id=order_id,
        record=RecordOut.of(view) if view else None,
        error=FaultOut.model_construct(code=problem.code, detail=problem.detail) if problem else None,
    )


@blueprint.post("/records")
@guards.vendor
@endpoint(body=DayIn, answers={200: ScheduledOut}, problems=("date_in_future",))
def schedule(body: DayIn) -> tuple[int, ScheduledOut]:
    """Make the due records of a day (today by default) that the night has not made; repeating is fine."""
    day, counts = night.schedule_vendor_day(guards.caller().user_id, body.date)
    return 200, ScheduledOut.model_construct(
        date=day.isoformat(), created=counts["created"], existing=counts["existing"]
    )


@blueprint.get("/records")
@guards.signed_in
@endpoint(query=RecordsQuery, answers={200: RecordsOut})
def list_records(query: RecordsQuery) -> tuple[int, RecordsOut]:
    """The caller's records by date; a vendor's own, or those of the rows linked to a customer."""
    found = queries.list_records(guards.caller(), **query.model_dump()).map(RecordOut.of)
    return 200, RecordsOut.model_construct(items=found.items, next=found.next)
