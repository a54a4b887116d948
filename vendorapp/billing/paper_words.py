"""What people are told about invoices and bills."""

from __future__ import annotations

from flask_babel import gettext as _

from ..kernel.babel import money
from ..notices.words import Message
from .rules.papers import INVOICE


def made(*, who: str, kind: str, number: int, due: int, currency: str) -> Message:
    """A new invoice or bill; `due` in minor units is what is still to be paid on it."""
    if kind == INVOICE:
        title = _("%(who)s: invoice %(number)s", who=who, number=number)
    else:
        title = _("%(who)s: bill %(number)s", who=who, number=number)
    if due:
        return Message(title, _("You pay %(amount)s.", amount=money(due, currency)))
    return Message(title, _("Nothing is left to pay on it."))
