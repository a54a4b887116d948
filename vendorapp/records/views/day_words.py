"""One day of one order in sentences: what was planned, what each side says, who said what when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from ...accounts.queries import Caller
from ...kernel.babel import day as day_text
from ...kernel.babel import moment, money
from ...orders.models import Pause
from ...orders.queries import OrderView
from ...orders.rules import last_day
from ...orders.words import amount_of, days_of
from ..month_days import PAUSED, DayMark, Plan
from ..queries import Said
from ..rules import DELIVERED, Delivery, Mark
from ..words import mark_text
from .shared import other_side
from .words import who_accepted

# A mark that took longer than this to reach us was kept on the phone meanwhile.
KEPT_ON_PHONE = timedelta(minutes=2)


def _short(mark: Mark, unit: str | None) -> str:
    """``2 L``, ``not delivered``."""
    return amount_of(mark.quantity, unit) if mark.status == DELIVERED else _("not delivered")


def difference(delivery: Delivery, caller: Caller, other: str) -> str:
    """``You say 2 L, Sharma says 1 L.`` of a day on which the two marks differ."""
    mine, theirs = delivery.vendor, delivery.customer
    if not caller.is_vendor:
        mine, theirs = theirs, mine
    if mine is None or theirs is None:
        return ""
    return _(
        "You say %(mine)s, %(name)s says %(theirs)s.",
        mine=_short(mine, delivery.unit),
        name=other,
        theirs=_short(theirs, delivery.unit),
    )


def agreement(delivery: Delivery) -> str:
    """What both sides say, "" while they do not say the same."""
    if delivery.vendor is None or delivery.customer is None or delivery.disputed:
        return ""
    return _("Both of you say: %(what)s.", what=mark_text(delivery.vendor, delivery.unit))


def planned(found: OrderView, plan: Plan, asked: date, seen: DayMark | None) -> str:
    """What the agreement says of the day, in a sentence."""
    terms = plan.terms_on(asked)
    if terms is None or asked < plan.start_date:
        if not plan.periods:
            return _("Nothing is due on this day. The order is not agreed yet.")
        return _("Nothing is due on this day. The first day is %(day)s.", day=day_text(plan.start_date))
    if seen is not None and seen.state == PAUSED:
        return _("Nothing is brought on this day, because of a pause.")
    last = last_day(terms.valid_till, plan.ended_on)
    if last is not None and asked > last:
        return _("Nothing is due on this day. The last day is %(day)s.", day=day_text(last))
    if seen is None:
        return _("Nothing is due on this day. Agreed is: %(days)s.", days=days_of(terms))
    what = amount_of(terms.quantity, terms.unit)
    words = {"what": what, "item": terms.item_name, "amount": money(terms.amount, found.currency)}
    if asked > found.today:
        return _("Planned: %(what)s of %(item)s for %(amount)s.", **words)
    return _("Agreed: %(what)s of %(item)s for %(amount)s.", **words)


def pauses_on(found: OrderView, pauses: Sequence[Pause], asked: date, caller: Caller) -> list[dict[str, Any]]:
    """The pauses that cover the day: from when to when, who asked, why."""
    shown = []
    for pause in pauses:
        if not pause.starts_on <= asked <= pause.ends_on:
            continue
        by = _(
            "Asked by %(name)s on %(when)s",
            name=who_accepted(found, caller, pause.asked_by),
            when=moment(pause.created_at, found.timezone),
        )
        if pause.starts_on == pause.ends_on:
            title = day_text(pause.starts_on)
        else:
            title = f"{day_text(pause.starts_on)} – {day_text(pause.ends_on)}"
        shown.append({"title": title, "by": by, "reason": pause.reason})
    return shown


def _arrived(mark: Mark, zone: str) -> str:
    """A note about a mark that was made without signal."""
    heard: datetime = mark.heard_at
    if heard - mark.at < KEPT_ON_PHONE:
        return ""
    return _("made without signal, arrived on %(when)s", when=moment(heard, zone))


def story(found: OrderView, said: Sequence[Said], unit: str | None, caller: Caller) -> list[dict[str, Any]]:
    """Every mark that was ever made on the day, the newest first."""
    other = other_side(found, caller)
    return [
        {
            "title": mark_text(one.mark, unit),
            "who": _("You") if one.side == caller.role else other,
            "when": moment(one.mark.at, found.timezone),
            "arrived": _arrived(one.mark, found.timezone),
            "note": one.mark.note,
        }
        for one in reversed(said)
    ]


def counted(found: OrderView, delivery: Delivery, caller: Caller, *, settled: bool) -> tuple[str, str, str]:
    """Who pays what for the day, as a figure."""
    label = _("%(name)s pays", name=found.customer_name) if caller.is_vendor else _("You pay")
    note = _("not counted yet") if delivery.disputed else _("paid") if settled else ""
    return label, money(delivery.tally.amount, found.currency), note
