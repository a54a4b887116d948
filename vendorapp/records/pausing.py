"""Verbs of pauses and holidays: the orders room decides, the days follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ..notices import service as notices
from ..orders import service as orders
from ..orders.queries import Actor, PauseView, pause_topic
from ..orders.service import Asked, Back, Paused
from . import service as records


def pause(who: Actor, order_id: int, asked: Asked) -> PauseView:
    """Pause one order of the caller's side; its unmarked days there are cancelled.

    Raises NotFound, 409 `wrong_state` (on demand), `order_ended`, `past_cut_off` or `not_due`.
    """
    held = orders.hold(who, order_id)
    made = orders.pause_order(who, held, asked)
    records.follow_terms([order_id], from_day=made.starts_on)
    return made


def pause_again(who: Actor, order_id: int, asked: Asked) -> None:
    """As `pause`, for a tap that may be sent twice: the very same pause is not asked for again."""
    if not orders.asked_before(who, orders.hold(who, order_id), asked):
        pause(who, order_id, asked)


def pause_all(who: Actor, asked: Asked) -> list[Paused]:
    """Pause all standing orders of the caller's side; each order's problem stands in its own result."""
    return _follow(orders.pause_all(who, asked))


def pause_all_again(who: Actor, asked: Asked) -> list[Paused]:
    """As `pause_all`, for a tap that may be sent twice. 409 `past_cut_off` when it is too late for all."""
    results = _follow(orders.pause_all(who, asked, once=True))
    problems = [one.problem for one in results if one.problem]
    if problems and len(problems) == len(results):
        raise min(problems, key=lambda problem: str(problem.facts.get("earliest")))
    return results


def pause_rest(who: Actor, holiday_id: int, vendor_id: int) -> list[Paused]:
    """Let a customer's holiday begin later at a vendor whose cut-off was over when it was asked."""
    return _follow(orders.pause_rest(who, holiday_id, vendor_id))


def _follow(results: list[Paused]) -> list[Paused]:
    made = [one.pause for one in results if one.pause]
    if made:
        first = min(one.starts_on for one in made)
        records.follow_terms([one.order_id for one in made], from_day=first)
    return results


def end(who: Actor, pause_id: int, *, effective_from: date | None) -> int:
    """End a pause early, or before it begins; days due again come back. The id of its order.

    Raises NotFound, 403 for a customer when the vendor is closed, 409 `past_cut_off`.
    """
    held, found = orders.hold_pause(who, pause_id)
    order_id = held.order.id
    first = orders.end_pause(who, held, found, effective_from=effective_from)
    if first is not None:
        records.follow_terms([order_id], from_day=first)
    return order_id


def end_holiday(who: Actor, holiday_id: int, *, effective_from: date | None) -> Sequence[Back]:
    """The caller is back: all pauses of a holiday end. Raises as `orders.service.end_holiday`."""
    found = orders.end_holiday(who, holiday_id, effective_from=effective_from)
    if found:
        first = min(one.first for one in found)
        records.follow_terms([one.order_id for one in found], from_day=first)
    return found


def seen(who: Actor, pause_id: int) -> int:
    """The other side has read of a pause: their notices about it count as read. The id of its order."""
    held, found = orders.hold_pause(who, pause_id)
    notices.mark_topic_read(who.user_id, pause_topic(found.id, found.holiday_id))
    return held.order.id
