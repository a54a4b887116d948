"""What is true of a book without a computer: how long invites last, when the account of a row begins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

INVITE_LASTS = timedelta(days=7)
# Where a row may stand on the round.
LAST_STOP = 1_000_000

AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,4})?", re.ASCII)
PHONE_LIKE = re.compile(r"[0-9+ ()./-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row to be: its phone in E.164, its opening balance in minor units (+ = owes)."""

    name: str
    phone_number: str
    email: str | None = None
    address: str | None = None
    notes: str | None = None
    stop_order: int | None = None
    opening_balance: int = 0


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


def stop_order(typed: str | int) -> int:
    """A place on the round as a person types it; ValueError for anything but 0 to a million."""
    place = int(typed) if isinstance(typed, int) or len(typed) <= 10 else -1
    if not 0 <= place <= LAST_STOP:
        raise ValueError("A whole number from 0 to a million is expected.")
    return place


def typed_amount(typed: str) -> Decimal:
    """An amount that was typed, once `kernel.typed` read it; ValueError for words and for too many digits."""
    if not AMOUNT.fullmatch(typed):
        raise ValueError("An amount is expected.")
    return Decimal(typed)
