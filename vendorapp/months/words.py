"""What customers are told about a month that is over."""

from __future__ import annotations

from datetime import date

from ..orders.words import Message, price


def ready(*, who: str, month: date, closing: int, currency: str) -> Message:
    """`closing` is signed, + = the customer pays."""
    if closing > 0:
        owed = f"You pay {price(closing, currency)}."
    elif closing < 0:
        owed = f"You have {price(-closing, currency)} paid ahead."
    else:
        owed = "Nothing is left to pay."
    return Message(f"Your account with {who}: {month:%B %Y}", f"{owed} Look it through and say yes to it.")
