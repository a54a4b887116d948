"""What a notice says. Who is told something reads it in their own language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext as _


@dataclass(frozen=True, slots=True)
class Message:
    """A notice's two lines."""

    title: str
    body: str


# Composes a message in the language that holds at the moment of the call.
Words = Callable[[], Message]


def tried_out() -> Message:
    """What a device shows when its owner presses "try it"."""
    return Message(_("It works"), _("This device will tell you when something changes."))
