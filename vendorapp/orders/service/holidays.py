"""Holidays: one side is away, and every standing order of theirs is paused, also one agreed on later.

However many orders a holiday touches, it takes a fixed number of statements, and each person is told once.
The orders are held first, then the login that is away, then it is looked again which orders there are:
one that is accepted at the same moment is not overlooked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select, text

from ...accounts.models import User, Vendor
from ...kernel.clock import day_in, now
from ...kernel.database import session
from ...kernel.errors import NotFound, Problem
from ...kernel.fields import NO_ID
from ...notices import service as notices
from ...notices.words import Words
from ..models import Holiday, Order, Pause
from ..queries import Actor, PauseView, earliest_choice, pause_topic
from ..words import away, back
from .pausing import (
    Asked,
    earliest_of,
    facts_of,
    hold_all,
    hold_login,
    insert,
    over,
    past_cut_off,
    shorten,
)
from .shared import Held

# The last place on earth where a day begins, and so ends.
LAST_ZONE = "Etc/GMT+12"


@dataclass(frozen=True, slots=True)
class Paused:
    """What became of one order: its pause, or why there is none. `vendor_id` is whose order it is."""

    order_id: int
    vendor_id: int
    pause: PauseView | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Back:
    """An order whose pause was cut, and the first day on which it is due again."""

    order_id: int
    vendor_id: int
    first: date


def pause_all(who: Actor, asked: Asked, *, once: bool = False) -> list[Paused]:
    """Pause every standing order of the caller's side that runs on one of the asked days, by id.

    Each order's problem (409 `past_cut_off`) stands in its own result. A holiday is kept, so that later
    orders follow, unless it was too late for all there are. With `once` the very same days a second time
    change nothing.
    """
    ids = _hold_running(who, asked.first)
    if once and _asked_before(who, asked):
        return []
    facts = [fact for fact in facts_of(ids, asked) if fact.meets]
    late = {fact.id: day for fact in facts if asked.first < (day := earliest_of(who, fact))}
    good = [fact for fact in facts if fact.id not in late]
    made: dict[int, PauseView] = {}
    if good or (not facts and asked.last >= day_in(LAST_ZONE)):
        holiday = Holiday(
            user_id=who.user_id,
            starts_on=asked.first,
            ends_on=asked.last,
            reason=asked.reason,
            created_at=now(),
        )
        session().add(holiday)
        session().flush()
        firsts = {fact.id: asked.first for fact in good}
        made = insert(asked, firsts, asked_by=who.user_id, holiday_id=holiday.id)
        _tell_away(who, good, holiday.id, asked)
    problems = {order_id: past_cut_off(day) for order_id, day in late.items()}
    return [Paused(fact.id, fact.vendor_id, made.get(fact.id), problems.get(fact.id)) for fact in facts]


def _asked_before(who: Actor, asked: Asked) -> bool:
    same = exists().where(
        Holiday.user_id == who.user_id, Holiday.starts_on == asked.first, Holiday.ends_on == asked.last
    )
    return bool(session().scalar(select(same)))


def pause_rest(who: Actor, holiday_id: int, vendor_id: int) -> list[Paused]:
    """Pause what a customer's holiday came too late for at this vendor, from the earliest day on.

    NotFound when the holiday is not the caller's; nothing when no day of it is left.
    """
    first = _own(who, holiday_id).starts_on
    ids = _hold_running(who, first, Order.vendor_id == vendor_id)
    holiday = _own(who, holiday_id)
    known = set(session().scalars(select(Pause.order_id).where(Pause.holiday_id == holiday.id)))
    asked = Asked(holiday.starts_on, holiday.ends_on, holiday.reason)
    rest = [fact for fact in facts_of(ids, asked) if fact.meets and fact.id not in known]
    firsts = {fact.id: max(asked.first, earliest_of(who, fact)) for fact in rest}
    firsts = {order_id: day for order_id, day in firsts.items() if day <= asked.last}
    made = insert(asked, firsts, asked_by=who.user_id, holiday_id=holiday.id)
    rest = [fact for fact in rest if fact.id in made]
    if rest:
        _tell_away(who, rest, holiday.id, Asked(min(firsts.values()), asked.last, asked.reason))
    return [Paused(fact.id, fact.vendor_id, made[fact.id]) for fact in rest]


# A pause's id, the first day that is due again, and the facts of its order.
Cut = tuple[int, date, Any]


def end_holiday(who: Actor, holiday_id: int, *, effective_from: date | None) -> list[Back]:
    """The caller is back: `effective_from` is the first day that is due again (by default at once).

    At a vendor whose cut-off is over, it is the earliest that this allows. Returns what is due again.
    Raises NotFound, and 409 `past_cut_off` with `earliest` for a vendor's day gone by.
    """
    holiday = _own(who, holiday_id)
    if who.role == "vendor":
        shop = session().get_one(Vendor, who.user_id)
        today = earliest_choice(who.role, shop.timezone, shop.cut_off)
        if effective_from and effective_from < today:
            raise past_cut_off(today)
    in_it = Order.id.in_(select(Pause.order_id).where(Pause.holiday_id == holiday.id))
    hold_all(who, in_it)
    hold_login(who.user_id)
    # One that joined while we waited is here now.
    ids = hold_all(who, in_it)
    holiday = _own(who, holiday_id)
    if effective_from and effective_from > holiday.ends_on:
        return []
    last = holiday.ends_on
    facts = {fact.id: fact for fact in facts_of(ids, Asked(holiday.starts_on, last, None))}
    pauses = session().scalars(select(Pause).where(Pause.holiday_id == holiday_id).order_by(Pause.id))
    cut: list[Cut] = []
    for pause in pauses.all():
        fact = facts[pause.order_id]
        earliest = earliest_of(who, fact)
        day = max(effective_from or earliest, earliest, pause.starts_on)
        if day <= pause.ends_on:
            cut.append((pause.id, day, fact))
    _cut(cut)
    if ids or effective_from is None or effective_from <= holiday.starts_on:
        shorten(holiday_id)
    else:
        holiday.ends_on = effective_from - timedelta(days=1)
    _tell_back(who, cut, holiday_id, last)
    return [Back(fact.id, fact.vendor_id, day) for _, day, fact in cut]


def _cut(cut: Sequence[Cut]) -> None:
    """Let each pause end the day before; one that would have no day left goes."""
    values = {"ids": [pause_id for pause_id, _, _ in cut], "days": [day for _, day, _ in cut]}
    session().execute(REMOVE, values)
    session().execute(CUT, values)
    session().expire_all()


REMOVE = text(
    """
    DELETE FROM pauses p USING unnest(CAST(:ids AS bigint[]), CAST(:days AS date[])) AS c(id, day)
    WHERE p.id = c.id AND c.day <= p.starts_on
    """
)
CUT = text(
    """
    UPDATE pauses p SET ends_on = c.day - 1
    FROM unnest(CAST(:ids AS bigint[]), CAST(:days AS date[])) AS c(id, day)
    WHERE p.id = c.id
    """
)


def join_holidays(held: Held) -> None:
    """Pause an order that was just accepted on the days that either side is away, and tell of it whoever
    had no order that would have told them."""
    order, last = held.order, held.last
    people = [one for one in (held.vendor.user_id, held.customer.user_id) if one is not None]
    # See `hold_login`: a holiday that is just being made waits for us, or we for it.
    session().execute(select(User.id).where(User.id.in_(people)).order_by(User.id).with_for_update(read=True))
    paused_by = select(Pause.holiday_id).where(Pause.order_id == order.id, Pause.holiday_id.is_not(None))
    found = session().scalars(
        select(Holiday)
        .where(
            Holiday.user_id.in_(people),
            Holiday.ends_on >= max(held.today, order.start_date),
            Holiday.starts_on <= (last or date.max),
            Holiday.id.not_in(paused_by),
        )
        .order_by(Holiday.id)
    )
    for holiday in found.all():
        others = select(Pause.id).join(Order, Order.id == Pause.order_id)
        told = others.where(Pause.holiday_id == holiday.id, Order.customer_id == order.customer_id).exists()
        knows = session().scalar(select(told))
        asked = Asked(holiday.starts_on, holiday.ends_on, holiday.reason)
        insert(asked, {order.id: asked.first}, asked_by=holiday.user_id, holiday_id=holiday.id)
        if not knows:
            role = "vendor" if holiday.user_id == held.vendor.user_id else "customer"
            _tell_away(Away(holiday.user_id, role), facts_of([order.id], asked), holiday.id, asked)


@dataclass(frozen=True, slots=True)
class Away:
    """The side that is away, when the other one acts."""

    user_id: int
    role: str


def _own(who: Actor, holiday_id: int) -> Holiday:
    found = session().scalar(
        select(Holiday)
        .where(Holiday.id == min(holiday_id, NO_ID), Holiday.user_id == who.user_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound()
    return found


def _hold_running(who: Actor, first: date, *which: ColumnElement[bool]) -> list[int]:
    """Hold the caller's orders that may run on `first` or later, and the caller's login."""
    open_ended = or_(Order.ended_on.is_(None), Order.ended_on >= first)
    ids = hold_all(who, Order.state != "declined", open_ended, *which)
    hold_login(who.user_id)
    # Accepted while we waited. What is only proposed by now joins when it is accepted.
    ids += hold_all(who, Order.state == "active", open_ended, *which)
    return sorted(set(ids))


def _tell_away(who: Actor, facts: Sequence[Any], holiday_id: int, asked: Asked) -> None:
    days = {"first": asked.first, "last": asked.last}

    @cache
    def words(name: str) -> Words:
        return partial(away, who=name, role=who.role, reason=asked.reason, **days)

    _tell(who, facts, holiday_id, "pause_asked", lambda fact: words(_name(who, fact)), asked.last)


def _tell_back(who: Actor, cut: Sequence[Cut], holiday_id: int, last: date) -> None:
    firsts: dict[int, date] = {}
    for _, day, fact in cut:
        firsts[fact.customer_id] = min(day, firsts.get(fact.customer_id, day))

    @cache
    def words(name: str, first: date) -> Words:
        return partial(back, who=name, role=who.role, first=first)

    def said(fact: Any) -> Words:
        return words(_name(who, fact), firsts[fact.customer_id])

    _tell(who, [fact for _, _, fact in cut], holiday_id, "pause_ended", said, last)


def _name(who: Actor, fact: Any) -> str:
    """How the other side calls the one who is away."""
    return str(fact.business_name if who.role == "vendor" else fact.customer_name)


def _tell(
    who: Actor,
    facts: Sequence[Any],
    holiday_id: int,
    kind: str,
    words: Callable[[Any], Words],
    last: date,
) -> None:
    """Tell the other side, once an account however many orders, in a fixed number of statements."""
    accounts: dict[int, list[Any]] = {}
    for fact in facts:
        accounts.setdefault(fact.customer_id, []).append(fact)
    tellings = []
    for customer_id, orders in accounts.items():
        one = orders[0]
        tellings.append(
            notices.Telling(
                user_id=one.user_id if who.role == "vendor" else one.vendor_id,
                vendor_id=one.vendor_id,
                kind=kind,
                words=words(one),
                url=f"/orders/{one.id}" if len(orders) == 1 else f"/customers/{customer_id}",
                topic=pause_topic(0, holiday_id),
                deadline=over(one.timezone, last),
                data={"holiday_id": holiday_id, "customer_id": customer_id},
            )
        )
    notices.tell_many(tellings)
