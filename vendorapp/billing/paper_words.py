"""What people are told about invoices and bills."""

from __future__ import annotations

from ..orders.words import Message, price


def made(*, who: str, kind: str, number: int, due: int, currency: str) -> Message:
    """A new invoice or bill; `due` in minor units is what is still to be paid on it."""
    body = f"You pay {price(due, currency)}." if due else "Nothing is left to pay on it."
    return Message(f"{who}: {kind} {number}", body)
