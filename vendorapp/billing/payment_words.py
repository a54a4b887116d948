"""What people are told about payments: who paid whom, and how much."""

from __future__ import annotations

from ..orders.words import Message, price


def claimed(*, who: str, amount: int, currency: str, note: str | None) -> Message:
    return Message(
        f"{who} says they paid you {price(amount, currency)}", note or "Did it arrive? Say yes or no."
    )


def confirmed(*, who: str, amount: int, currency: str) -> Message:
    return Message(f"{who} got your {price(amount, currency)}", "Your payment is confirmed.")


def noted(*, who: str, amount: int, currency: str) -> Message:
    return Message(f"{who} noted your payment of {price(amount, currency)}", "It is in your account.")


def declined(*, who: str, amount: int, currency: str, reason: str | None) -> Message:
    return Message(f"{who} did not get your {price(amount, currency)}", reason or "Ask them about it.")


def taken_back(*, who: str, amount: int, currency: str, reason: str) -> Message:
    return Message(f"{who} took back your payment of {price(amount, currency)}", reason)
