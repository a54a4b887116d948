"""What a vendor is told the evening before, in the words of the load sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext

from ..kernel.babel import day as day_text
from ..notices.words import Message
from ..orders.words import amount_of
from .news import EXTRA, RESUMED
from .round import Load, Stop
from .views.round_words import what_is_new

if TYPE_CHECKING:
    from .tomorrow import Changes

# Characters of a notice's body: what a phone shows of it, and then some. The load comes first.
ROOM, ROOM_FOR_LOAD = 240, 110


def message(found: Changes) -> Message:
    """``Tomorrow: 3 changes`` with what to load and the first few of them."""
    if found.closed:
        words = {"day": day_text(found.closed.ends_on)}
        closed = ngettext(
            "%(num)d stop is paused until %(day)s.",
            "%(num)d stops are paused until %(day)s.",
            len(found.stops),
            **words,
        )
        return Message(_("Tomorrow you are closed"), closed)
    load = to_load(found.round.load)
    stops = found.stops
    if found.reopened:
        title = _("Tomorrow you are open again")
        stops = [stop for stop in stops if stop.news and stop.news.kind != RESUMED]
    else:
        title = ngettext("Tomorrow: %(num)d change", "Tomorrow: %(num)d changes", len(stops))
    if not stops:
        return Message(title, _("To load: %(load)s.", load=load))
    changes = _fitting([change_of(stop) for stop in stops], "; ", ROOM - len(load), _and_more_changes)
    if not load:
        return Message(title, _("Nothing to load. %(changes)s.", changes=changes))
    return Message(title, _("To load: %(load)s. %(changes)s.", load=load, changes=changes))


def to_load(items: Sequence[Load]) -> str:
    """``Milk 42 L, Curd 6 pots``, "" for nothing."""
    named = [f"{one.item_name} {amount_of(one.quantity, one.unit)}" for one in items]
    return _fitting(named, ", ", ROOM_FOR_LOAD, _and_more_items) if named else ""


def change_of(stop: Stop) -> str:
    """``Asha, Milk: 2 L → 3 L``."""
    if stop.news and stop.news.kind == EXTRA:
        amount = amount_of(stop.quantity, stop.unit)
        return _("%(name)s: extra %(item)s, %(amount)s", name=stop.name, item=stop.item_name, amount=amount)
    news = what_is_new(stop)
    return _("%(name)s, %(item)s: %(news)s", name=stop.name, item=stop.item_name, news=news)


def _and_more_items(shown: str, left: int) -> str:
    return ngettext("%(items)s and %(num)d more item", "%(items)s and %(num)d more items", left, items=shown)


def _and_more_changes(shown: str, left: int) -> str:
    return ngettext("%(changes)s; and %(num)d more", "%(changes)s; and %(num)d more", left, changes=shown)


def _fitting(parts: Sequence[str], between: str, room: int, more: Callable[[str, int], str]) -> str:
    """As many of the parts as `room` has characters for, the first in any case, and how many are left."""
    shown = 1
    while shown < len(parts) and len(between.join(parts[: shown + 1])) <= room:
        shown += 1
    text = between.join(parts[:shown])
    return more(text, len(parts) - shown) if shown < len(parts) else text
