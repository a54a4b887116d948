"""Mark days: a whole round in a fixed number of statements; a single mark is a round of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from ...kernel.clock import day_in, now
from ...kernel.database import session
from ...kernel.errors import NotFound, Problem
from ...orders.queries import Actor
from ..models import Record
from ..queries import RecordView
from ..rules import CUSTOMER, VENDOR, Tap, check_tap, date_in_future, decide
from .stops import Stop, find, hold, unmarked
from .storing import Change, store
from .telling import tell_others


@dataclass(frozen=True, slots=True)
class Marked:
    """A record after a mark; `created` says that there was none before."""

    view: RecordView
    created: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one mark of a round: the record as it is now, or the problem."""

    order_id: int
    view: RecordView | None = None
    problem: Problem | None = None


def mark_order(who: Actor, order_id: int, tap: Tap, *, day: date | None) -> Marked:
    """One side's mark on an order's day (the vendor's today by default).

    Raises NotFound, 422 `date_in_future` or for the quantity, and the conflicts of `rules.decide`.
    """
    instant = now()
    check_tap(tap, instant)
    found = find(who, [order_id])
    if not found:
        raise NotFound()
    today = day_in(found[0].timezone, instant)
    if day is not None and day > today:
        raise date_in_future()
    return _mark_one(who, found, tap, day or today, instant)


def mark_record(who: Actor, record_id: int, tap: Tap) -> Marked:
    """One side's mark on a record, by the record's own id. Raises as `mark_order`."""
    instant = now()
    check_tap(tap, instant)
    record = session().execute(select(Record.order_id, Record.date).where(Record.id == record_id)).first()
    found = find(who, [record.order_id]) if record else []
    if not record or not found:
        raise NotFound()
    return _mark_one(who, found, tap, record.date, instant)


def _mark_one(who: Actor, found: Sequence[Any], tap: Tap, day: date, instant: datetime) -> Marked:
    stops = hold(who, found, day, instant)
    if not stops:
        raise NotFound()
    results, changes = _decide(who, stops, [(found[0].id, tap)], instant)
    if problem := results[0].problem:
        raise problem
    _write(who, stops, changes)
    change = changes[0]
    return Marked(_view(stops[found[0].id], change), created=change.before is None)


def mark_round(
    who: Actor, marks: Sequence[tuple[int, Tap]], *, day: date, rest: bool, named: Iterable[int] = ()
) -> list[Result]:
    """A vendor's whole round of one day: a result for each of `marks` (order id and tap), in their order.

    Several taps on one order are heard in the order in which they were made, and each shows the record as
    it is in the end. With `rest` every order due that day which the vendor has not marked, and which is
    neither in `marks` nor in `named`, is marked delivered; its results follow, by order id.
    """
    instant = now()
    ids = {order_id for order_id, _ in marks}
    found = find(who, sorted(ids))
    others = unmarked(who, day, leave_out=ids | set(named)) if rest else []
    stops = hold(who, [*found, *others], day, instant)
    taps = list(marks)
    for row in others:
        stop = stops.get(row.id)
        if stop and stop.facts.due and not (stop.stored and stop.stored.vendor):
            taps.append((row.id, Tap()))
    results, changes = _decide(who, stops, taps, instant)
    _write(who, stops, changes)
    views = {one.after.order_id: _view(stops[one.after.order_id], one) for one in changes}
    return [one if one.problem else Result(one.order_id, view=views[one.order_id]) for one in results]


def _decide(
    who: Actor, stops: Mapping[int, Stop], taps: Sequence[tuple[int, Tap]], instant: datetime
) -> tuple[list[Result], list[Change]]:
    """Each tap's result, without views, and what becomes of each record that was heard of."""
    side = VENDOR if who.role == VENDOR else CUSTOMER
    results: dict[int, Result] = {}
    changes: dict[int, Change] = {}
    in_time = sorted(range(len(taps)), key=lambda place: (taps[place][1].at or instant, place))
    for place in in_time:
        order_id, tap = taps[place]
        stop = stops.get(order_id)
        if stop is None:
            results[place] = Result(order_id, problem=NotFound())
            continue
        known = changes.get(order_id)
        standing = known.after if known else stop.stored
        try:
            outcome = decide(standing, stop.facts, tap, side=side, by=who.user_id, now=instant)
        except Problem as problem:
            results[place] = Result(order_id, problem=problem)
            continue
        change = changes.setdefault(order_id, Change(stop.stored, outcome.delivery))
        change.after = outcome.delivery
        if outcome.heard:
            change.heard.append(outcome.heard)
        results[place] = Result(order_id)
    return [results[place] for place in range(len(taps))], list(changes.values())


def _write(who: Actor, stops: Mapping[int, Stop], changes: Sequence[Change]) -> None:
    side = VENDOR if who.role == VENDOR else CUSTOMER
    store(changes, side=side, actor_id=who.user_id)
    tell_others([(stops[one.after.order_id].row, one) for one in changes], side=side)


def _view(stop: Stop, change: Change) -> RecordView:
    same_sum = change.before is not None and change.before.tally == change.after.tally
    return RecordView(change.after, stop.row.currency, stop.facts.settled_at if same_sum else None)
