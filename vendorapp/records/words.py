"""What people are told about marks, in words that say who said what."""

from __future__ import annotations

from flask_babel import gettext as _

from ..kernel.babel import day as day_text
from ..notices.words import Message
from ..orders.words import amount_of
from .rules import DELIVERED, Delivery, Mark


def mark_text(mark: Mark | None, unit: str | None) -> str:
    """``2 L delivered``, ``not delivered``, ``nothing said yet``."""
    if mark is None:
        return _("nothing said yet")
    if mark.status != DELIVERED:
        return _("not delivered")
    return _("%(quantity)s delivered", quantity=amount_of(mark.quantity, unit))


def changed(*, who: str, one: Delivery, before: Mark | None) -> Message:
    """The vendor changed what they had said of a delivery, to the customer."""
    return Message(
        _("%(who)s changed a delivery", who=who),
        _(
            "%(item)s, %(day)s: %(before)s → %(now)s",
            item=one.item_name,
            day=day_text(one.date),
            before=mark_text(before, one.unit),
            now=mark_text(one.vendor, one.unit),
        ),
    )


def contradicted(*, who: str, one: Delivery, mine: Mark | None, theirs: Mark | None) -> Message:
    """Both sides say something else of a delivery, to the side that said `mine`."""
    return Message(
        _("%(who)s says something else", who=who),
        _(
            "%(item)s, %(day)s: you said %(mine)s, they say %(theirs)s",
            item=one.item_name,
            day=day_text(one.date),
            mine=mark_text(mine, one.unit),
            theirs=mark_text(theirs, one.unit),
        ),
    )
