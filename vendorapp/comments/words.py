"""What people are told about comments."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from ..kernel.babel import day as day_text
from ..notices.words import Message
from .rules import shortened


def added(*, who: str, item: str, day: date | None, content: str) -> Message:
    """A comment on an order, or on its delivery of `day`, to the other side."""
    if day is None:
        title = _("%(who)s wrote about %(item)s", who=who, item=item)
    else:
        title = _("%(who)s wrote about %(item)s, %(day)s", who=who, item=item, day=day_text(day))
    return Message(title, shortened(content))


def taken_back() -> str:
    """What stands in the place of a comment that is gone."""
    return _("This comment was taken back.")
