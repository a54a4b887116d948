"""What the other side is told of a mark: only when something they relied on changed, or is disputed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ...kernel.clock import day_in, start_of_day
from ...notices.service import Telling, need_no_answer, tell_many
from ...notices.words import Words
from ..rules import CUSTOMER, VENDOR, told_of
from ..words import changed, contradicted
from .storing import Change


def tell_others(made: Iterable[tuple[Any, Change]], *, side: str) -> None:
    """Notices to the other side of `side`, in a fixed number of statements. Rows bear the names.

    Where both say the same again, neither is asked any more who is right.
    """
    tellings = []
    agreed: list[tuple[int | None, str]] = []
    for row, change in made:
        one = change.after
        topic = f"record:{one.id}"
        if change.before and change.before.disputed and not one.disputed:
            agreed += [(row.user_id, topic), (row.vendor_id, topic)]
        kind = told_of(change.before, one, side)
        to = row.user_id if side == VENDOR else row.vendor_id
        if kind is None or to is None:
            continue
        name = row.business_name if side == VENDOR else row.customer_name
        if kind == "record_changed":
            before = change.before.vendor if change.before else None
            words: Words = partial(changed, who=name, one=one, before=before)
        else:
            mine = one.mark_of(CUSTOMER if side == VENDOR else VENDOR)
            words = partial(contradicted, who=name, one=one, mine=mine, theirs=one.mark_of(side))
        tellings.append(
            Telling(
                user_id=to,
                vendor_id=one.vendor_id,
                kind=kind,
                words=words,
                url=f"/records/{one.id}",
                topic=topic,
                midnight=None if one.disputed else _end_of_today(row.timezone, change),
                data={"record_id": one.id, "order_id": one.order_id},
            )
        )
    need_no_answer(agreed)
    tell_many(tellings)


def _end_of_today(zone: str, change: Change) -> datetime | None:
    """When the vendor's day is over, if it is the day of this delivery: tomorrow that is no news any more."""
    day = change.after.date
    return start_of_day(zone, day + timedelta(days=1)) if day == day_in(zone) else None
