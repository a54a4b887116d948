"""Pauses of one order: no confirmation, the other side is told. Holidays are made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select, text

from ...accounts.models import User
from ...customers.models import Customer
from ...kernel.clock import now, start_of_day
from ...kernel.database import session
from ...kernel.errors import Conflict, Forbidden, NotFound
from ...kernel.fields import NO_ID
from ...notices.words import Words
from ..models import SCHEDULED, Holiday, Order, Pause
from ..queries import Actor, PauseView, earliest_choice, my_orders, pause_topic
from ..words import pause_ended, paused
from .shared import Held, hold, opposite, tell


@dataclass(frozen=True, slots=True)
class Asked:
    """The days on which somebody wants nothing, both included, at most 90."""

    first: date
    last: date
    reason: str | None


# The life of an order is that of its periods, each cut off by the next; of one that is only proposed, the
# life it would have. `last` is its last day, `meets` says that it has one of the asked days.
FACTS = text(
    """
    SELECT o.id, o.vendor_id, o.customer_id, c.user_id, c.name AS customer_name,
           v.business_name, v.timezone, v.cut_off, life.last, coalesce(life.meets, false) AS meets
    FROM orders o
    JOIN customers c ON c.id = o.customer_id
    JOIN vendors v ON v.user_id = o.vendor_id
    LEFT JOIN change_requests w
        ON w.order_id = o.id AND w.status = 'pending' AND w.expires_at > :now AND o.state = 'proposed'
    CROSS JOIN LATERAL (
        SELECT bool_or(starts_on <= :last AND ends_on >= :first) AS meets, max(ends_on) AS last
        FROM (
            SELECT p.starts_on, least(
                p.valid_till, o.ended_on, lead(p.starts_on) OVER (ORDER BY p.starts_on) - 1,
                DATE '9999-12-31'
            ) AS ends_on
            FROM order_periods p WHERE p.order_id = o.id AND o.state = 'active'
            UNION ALL
            SELECT w.effective_from, coalesce(w.valid_till, o.valid_till, DATE '9999-12-31')
            WHERE w.id IS NOT NULL
        ) spans
        WHERE starts_on <= ends_on
    ) life
    WHERE o.id = ANY (:ids)
    ORDER BY o.id
    """
)

INSERT = text(
    """
    INSERT INTO pauses (order_id, holiday_id, starts_on, ends_on, reason, asked_by, created_at)
    SELECT order_id, :holiday_id, starts_on, :last, :reason, :asked_by, :now
    FROM unnest(CAST(:ids AS bigint[]), CAST(:firsts AS date[])) AS p(order_id, starts_on)
    ORDER BY order_id
    RETURNING id, order_id, starts_on
    """
)


def hold_all(who: Actor, *which: ColumnElement[bool]) -> list[int]:
    """Lock the standing orders of the caller's side that meet the conditions; their ids."""
    return list(
        session().scalars(
            select(Order.id)
            .outerjoin(Customer, Customer.id == Order.customer_id)
            .where(my_orders(who), Order.order_type_id == SCHEDULED, *which)
            .order_by(Order.id)
            .with_for_update(of=Order, key_share=True)
        )
    )


def hold_login(user_id: int) -> None:
    """Until the transaction ends nobody changes this login's holidays, nor lets a new order join them.

    Always taken after the orders.
    """
    session().execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def facts_of(ids: Sequence[int], asked: Asked) -> Sequence[Any]:
    """What decides about pausing these orders, which the caller holds, by id."""
    values = {"ids": list(ids), "first": asked.first, "last": asked.last, "now": now()}
    return session().execute(FACTS, values).all()


def earliest_of(who: Actor, fact: Any) -> date:
    """The first day that the caller may still choose on the order of these facts."""
    return earliest_choice(who.role, fact.timezone, fact.cut_off)


def past_cut_off(earliest: date) -> Conflict:
    return Conflict("past_cut_off", "It is too late for that day.", earliest=earliest.isoformat())


def insert(
    asked: Asked, firsts: Mapping[int, date], *, asked_by: int, holiday_id: int | None
) -> dict[int, PauseView]:
    """A pause of each order in `firsts`, from its day there to the last asked one; by order."""
    if not firsts:
        return {}
    values = {
        "holiday_id": holiday_id,
        "last": asked.last,
        "reason": asked.reason,
        "asked_by": asked_by,
        "now": now(),
        "ids": list(firsts),
        "firsts": list(firsts.values()),
    }
    return {
        row.order_id: PauseView(
            id=row.id,
            order_id=row.order_id,
            holiday_id=holiday_id,
            starts_on=row.starts_on,
            ends_on=asked.last,
            reason=asked.reason,
            asked_by=asked_by,
            acknowledged_at=None,
        )
        for row in session().execute(INSERT, values)
    }


def over(timezone: str, last: date) -> datetime:
    """When a pause that ends on `last` is over."""
    return start_of_day(timezone, last + timedelta(days=1))


def pause_order(who: Actor, held: Held, asked: Asked) -> PauseView:
    """Pause one order. Raises 409 `order_ended`, `past_cut_off` (with `earliest`) or `not_due`."""
    fact = facts_of([held.order.id], asked)[0]
    if held.over or fact.last is None:
        raise Conflict("order_ended", "This order has ended; there is nothing to pause.")
    earliest = earliest_of(who, fact)
    if asked.first < earliest:
        raise past_cut_off(earliest)
    if not fact.meets:
        raise Conflict("not_due", "The order does not run on any of these days.")
    firsts = {held.order.id: asked.first}
    made = insert(asked, firsts, asked_by=who.user_id, holiday_id=None)[held.order.id]
    words = partial(
        paused,
        who=held.name_of(who.role),
        item=held.terms.item_name,
        first=asked.first,
        last=asked.last,
        reason=asked.reason,
    )
    _tell(who, held, made.id, None, kind="pause_asked", words=words, last=asked.last)
    return made


def asked_before(who: Actor, held: Held, asked: Asked) -> bool:
    """Whether the caller asked for the very same pause of this order already: a second tap."""
    same = exists().where(
        Pause.order_id == held.order.id,
        Pause.starts_on == asked.first,
        Pause.ends_on == asked.last,
        Pause.asked_by == who.user_id,
    )
    return bool(session().scalar(select(same)))


def _tell(
    who: Actor,
    held: Held,
    pause_id: int,
    holiday_id: int | None,
    *,
    kind: str,
    words: Words,
    last: date,
) -> None:
    tell(
        held,
        to_role=opposite(who.role),
        kind=kind,
        words=words,
        url=f"/orders/{held.order.id}",
        topic=pause_topic(pause_id, holiday_id),
        deadline=over(held.vendor.timezone, last),
        data={"pause_id": pause_id},
    )


def hold_pause(who: Actor, pause_id: int) -> tuple[Held, Pause]:
    """Lock the order that a pause is of, and read the pause as it stands then. NotFound when it is not
    of the caller's side."""
    which = Pause.id == min(pause_id, NO_ID)
    order_id = session().scalar(select(Pause.order_id).where(which))
    if order_id is None:
        raise NotFound()
    held = hold(who, order_id)
    pause = session().scalar(select(Pause).where(which).execution_options(populate_existing=True))
    if pause is None:
        raise NotFound()
    return held, pause


def end_pause(who: Actor, held: Held, pause: Pause, *, effective_from: date | None) -> date | None:
    """End a pause so that `effective_from` is the first day that is due again; that day.

    By default at once: a vendor's today, a customer's tomorrow, or when the pause would begin. None when
    nothing of it is left by then, or it is over. Raises 403 for a customer when the vendor's whole business
    is closed, 409 `past_cut_off` with `earliest`, also when all that is left of it lies before that day.
    """
    holiday = session().get(Holiday, pause.holiday_id) if pause.holiday_id else None
    if holiday and holiday.user_id == held.vendor.user_id and who.role == "customer":
        raise Forbidden("forbidden", "The vendor is closed on these days; only they can change that.")
    if pause.ends_on < held.today:
        return None
    at_once = held.today if who.role == "vendor" else held.today + timedelta(days=1)
    day = effective_from or max(at_once, pause.starts_on)
    earliest = earliest_choice(who.role, held.vendor.timezone, held.vendor.cut_off)
    if day < earliest or pause.ends_on < earliest:
        raise past_cut_off(earliest)
    if day > pause.ends_on:
        return None
    first, last = max(day, pause.starts_on), pause.ends_on
    pause_id, holiday_id = pause.id, pause.holiday_id
    if first == pause.starts_on:
        session().delete(pause)
    else:
        pause.ends_on = first - timedelta(days=1)
    session().flush()
    if holiday and holiday.user_id == who.user_id:
        # Whoever is away takes a pause of it back: with the last one they are back altogether.
        hold_login(who.user_id)
        shorten(holiday.id)
    words = partial(pause_ended, who=held.name_of(who.role), item=held.terms.item_name, first=first)
    _tell(who, held, pause_id, holiday_id, kind="pause_ended", words=words, last=last)
    return first


def shorten(holiday_id: int) -> None:
    """Let a holiday end with the last of its pauses; without any it goes. Its login is held."""
    session().flush()
    session().execute(SHORTEN, {"id": holiday_id})
    left = exists().where(Pause.holiday_id == Holiday.id)
    session().execute(delete(Holiday).where(Holiday.id == holiday_id, ~left))
    session().expire_all()


SHORTEN = text(
    """
    UPDATE holidays SET ends_on = least(ends_on, p.last)
    FROM (SELECT max(ends_on) AS last FROM pauses WHERE holiday_id = :id) p
    WHERE id = :id AND p.last IS NOT NULL
    """
)
