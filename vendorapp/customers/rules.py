"""What is true of a book without a computer: how long invites last, when the account of a row begins."""

from __future__ import annotations

import re
from datetime import date, timedelta

INVITE_LASTS = timedelta(days=7)
# Where a row may stand on the round.
LAST_STOP = 1_000_000

PHONE_LIKE = re.compile(r"[0-9+ ()./-]+", re.ASCII)


def opening_day(added: date) -> date:
    """The day that an opening balance is booked on: the last one of the month before `added`."""
    return added.replace(day=1) - timedelta(days=1)


def phone_digits(q: str) -> str | None:
    """The digits to look for in phone numbers, when `q` could be (part of) one.

    The zero that national forms begin with is not part of a number in E.164.
    """
    if not PHONE_LIKE.fullmatch(q):
        return None
    return re.sub(r"[^0-9]", "", q).lstrip("0") or None
