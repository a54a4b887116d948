"""What a customer is told about a correction."""

from __future__ import annotations

from ..orders.words import Message, price


def adjusted(*, who: str, amount: int, currency: str, reason: str) -> Message:
    """`amount` is signed, + = the customer owes more."""
    more = "more" if amount > 0 else "less"
    return Message(
        f"{who} corrected your account", f"You pay {price(abs(amount), currency)} {more}: {reason}"
    )


def let_go(*, who: str, amount: int, currency: str, reason: str) -> Message:
    """Part of what was open need not be paid; `amount` is above zero."""
    return Message(
        f"{who} let something go", f"You need not pay {price(amount, currency)} any more: {reason}"
    )
