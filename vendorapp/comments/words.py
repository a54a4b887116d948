"""What people are told about comments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .rules import shortened

TAKEN_BACK = "This comment was taken back."


@dataclass(frozen=True, slots=True)
class Message:
    """A notice's two lines."""

    title: str
    body: str


def added(*, who: str, item: str, day: date | None, content: str) -> Message:
    """A comment on an order, or on its delivery of `day`, to the other side."""
    about = f"{item}, {day:%d %b %Y}" if day else item
    return Message(f"{who} wrote about {about}", shortened(content))
