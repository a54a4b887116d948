"""Mark days: a whole round in a fixed number of statements; a single mark is a round of one.

The order of locks: accounts (sorted), then orders. Whoever holds an order may change its terms and its
unmarked days, so facts are read only after both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import aliased

from ...accounts.models import Vendor
from ...customers.models import Customer
from ...kernel.clock import day_in, now
from ...kernel.database import session
from ...kernel.errors import NotFound, Problem
from ...kernel.money import largest_minor
from ...ledger import service as ledger
from ...ledger.queries import settled_records
from ...orders.models import SCHEDULED, Order, OrderPeriod, Pause
from ...orders.queries import Actor, terms_of
from ...orders.rules import Terms, in_life, in_pattern
from ..models import Record
from ..queries import RecordView, day_deliveries
from ..rules import (
    CUSTOMER,
    VENDOR,
    DayFacts,
    Delivery,
    Tap,
    check_tap,
    date_in_future,
    decide,
)
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


@dataclass(frozen=True, slots=True)
class Stop:
    """One order on the day of the round, held, with all that the rules and the notices ask for."""

    row: Any
    facts: DayFacts
    stored: Delivery | None


def mark_order(who: Actor, order_id: int, tap: Tap, *, day: date | None) -> Marked:
    """One side's mark on an order's day (the vendor's today by default).

    Raises NotFound, 422 `date_in_future` or for the quantity, and the conflicts of `rules.decide`.
    """
    instant = now()
    check_tap(tap, instant)
    found = _find(who, [order_id])
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
    found = _find(who, [record.order_id]) if record else []
    if not record or not found:
        raise NotFound()
    return _mark_one(who, found, tap, record.date, instant)


def _mark_one(who: Actor, found: Sequence[Any], tap: Tap, day: date, instant: datetime) -> Marked:
    stops = _hold(who, found, day, instant)
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
    found = _find(who, sorted(ids))
    others = _unmarked(who, day, leave_out=ids | set(named)) if rest else []
    stops = _hold(who, [*found, *others], day, instant)
    taps = list(marks)
    for row in others:
        stop = stops.get(row.id)
        if stop and stop.facts.due and not (stop.stored and stop.stored.vendor):
            taps.append((row.id, Tap()))
    results, changes = _decide(who, stops, taps, instant)
    _write(who, stops, changes)
    views = {one.after.order_id: _view(stops[one.after.order_id], one) for one in changes}
    return [one if one.problem else Result(one.order_id, view=views[one.order_id]) for one in results]


def _mine(who: Actor) -> Any:
    if who.role == VENDOR:
        return Order.vendor_id == who.user_id
    return Customer.user_id == who.user_id


def _find(who: Actor, order_ids: Sequence[int]) -> list[Any]:
    """Those of the orders that are the caller's, with what is needed before anything is locked."""
    if not order_ids:
        return []
    rows = session().execute(
        select(Order.id, Order.customer_id, Vendor.timezone)
        .join(Customer, Customer.id == Order.customer_id)
        .join(Vendor, Vendor.user_id == Order.vendor_id)
        .where(Order.id.in_(order_ids), _mine(who))
    )
    return list(rows.all())


def _unmarked(who: Actor, day: date, *, leave_out: set[int]) -> list[Any]:
    """The vendor's accepted standing orders that may be due on `day` and bear no mark of theirs."""
    marked = select(Record.id).where(
        Record.order_id == Order.id, Record.date == day, Record.vendor_status.is_not(None)
    )
    rows = session().execute(
        select(Order.id, Order.customer_id)
        .where(
            Order.vendor_id == who.user_id,
            Order.order_type_id == SCHEDULED,
            Order.state == "active",
            Order.start_date <= day,
            func.coalesce(Order.ended_on, day) >= day,
            ~marked.exists(),
        )
        .order_by(Order.id)
    )
    return [row for row in rows if row.id not in leave_out]


def _hold(who: Actor, found: Sequence[Any], day: date, instant: datetime) -> dict[int, Stop]:
    """Lock accounts and orders, then read what holds of the orders on `day`, by order id."""
    if not found:
        return {}
    ids = sorted(row.id for row in found)
    accounts = ledger.lock_accounts(row.customer_id for row in found)
    session().execute(select(Order.id).where(Order.id.in_(ids)).order_by(Order.id).with_for_update(read=True))
    stored = day_deliveries(ids, day)
    settled = settled_records([one.id for one in stored.values() if one.vendor])
    stops = {}
    for row in _facts(who, ids, day):
        here = stored.get(row.id)
        facts = _day_facts(
            row,
            day,
            today=day_in(row.timezone, instant),
            closed=accounts[row.customer_id].closed(day),
            settled=here is not None and here.id in settled,
            instant=instant,
        )
        stops[row.id] = Stop(row, facts, here)
    return stops


def _facts(who: Actor, order_ids: Sequence[int], day: date) -> Sequence[Any]:
    """The orders with the period that `day` lies in, and whether a pause covers it."""
    period = aliased(
        OrderPeriod,
        select(OrderPeriod)
        .where(OrderPeriod.order_id == Order.id, OrderPeriod.starts_on <= day)
        .order_by(OrderPeriod.starts_on.desc())
        .limit(1)
        .lateral(),
    )
    paused = (
        select(Pause.id)
        .where(Pause.order_id == Order.id, literal(day).between(Pause.starts_on, Pause.ends_on))
        .exists()
    )
    terms = (
        period.version,
        period.item_name,
        period.unit,
        period.quantity,
        period.rate,
        period.weekdays,
        period.every,
        period.valid_till,
    )
    return (
        session()
        .execute(
            select(
                Order.id,
                Order.vendor_id,
                Order.customer_id,
                Order.order_type_id,
                Order.state,
                Order.start_date,
                Order.ended_on,
                Customer.user_id,
                Customer.name.label("customer_name"),
                Vendor.timezone,
                Vendor.currency,
                Vendor.business_name,
                *terms,
                paused.label("paused"),
            )
            .join(Customer, Customer.id == Order.customer_id)
            .join(Vendor, Vendor.user_id == Order.vendor_id)
            .outerjoin(period, literal(True))
            .where(Order.id.in_(order_ids), _mine(who))
        )
        .all()
    )


def _day_facts(
    row: Any, day: date, *, today: date, closed: bool, settled: bool, instant: datetime
) -> DayFacts:
    accepted = row.order_type_id == SCHEDULED and row.state == "active" and row.version is not None
    terms: Terms | None = terms_of(row) if accepted else None
    alive = terms is not None and in_life(terms, start_date=row.start_date, ended_on=row.ended_on, day=day)
    due = alive and terms is not None and in_pattern(terms, row.start_date, day) and not row.paused
    blank = _blank(row, day, instant) if alive else None
    return DayFacts(
        date=day,
        today=today,
        alive=alive,
        due=due,
        closed=closed,
        settled=settled,
        blank=blank,
        largest=largest_minor(row.currency),
    )


def _blank(row: Any, day: date, instant: datetime) -> Delivery:
    """The record as the terms of `day` make it."""
    return Delivery(
        id=0,
        order_id=row.id,
        vendor_id=row.vendor_id,
        customer_id=row.customer_id,
        date=day,
        item_name=row.item_name,
        unit=row.unit,
        due_quantity=row.quantity,
        rate=row.rate,
        terms_version=row.version,
        cancelled=False,
        extra=False,
        vendor=None,
        customer=None,
        updated_by=None,
        updated_at=instant,
    )


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
    return RecordView(change.after, stop.row.currency, stop.facts.settled and same_sum)
