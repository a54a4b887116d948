"""What people are told about orders, in words that say who asks what of whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.numbers import format_currency

from ..kernel.money import decimals, quantity_text
from .rules import EVERY_DAY, Terms

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Message:
    """A notice's two lines."""

    title: str
    body: str


@lru_cache(maxsize=1024)
def price(minor: int, currency: str) -> str:
    return format_currency(Decimal(minor).scaleb(-decimals(currency)), currency, locale="en_IN")


def amount_of(quantity: int, unit: str | None) -> str:
    return quantity_text(quantity) + (f" {unit}" if unit else "")


def days_of(weekdays: tuple[int, ...], every: int) -> str:
    named = ", ".join(DAY_NAMES[day - 1] for day in weekdays)
    if every == 1:
        return "every day" if tuple(weekdays) == EVERY_DAY else named
    rhythm = f"every {every} days"
    return rhythm if tuple(weekdays) == EVERY_DAY else f"{rhythm} on {named}"


def terms_line(terms: Terms, currency: str) -> str:
    """``Milk, 2 L, ₹54.00 each, every day``."""
    return ", ".join(
        (
            terms.item_name,
            amount_of(terms.quantity, terms.unit),
            f"{price(terms.rate, currency)} each",
            days_of(terms.weekdays, terms.every),
        )
    )


def differences(old: Terms, changes: dict[str, Any], currency: str) -> list[str]:
    """Each changed field as ``old → new``."""
    new = old.with_(changes)
    lines = []
    if "item_name" in changes:
        lines.append(f"{old.item_name} → {new.item_name}")
    if "quantity" in changes or "unit" in changes:
        lines.append(f"{amount_of(old.quantity, old.unit)} → {amount_of(new.quantity, new.unit)}")
    if "rate" in changes:
        lines.append(f"{price(old.rate, currency)} → {price(new.rate, currency)}")
    if "weekdays" in changes or "every" in changes:
        lines.append(f"{days_of(old.weekdays, old.every)} → {days_of(new.weekdays, new.every)}")
    if "valid_till" in changes:
        lines.append(f"until {changes['valid_till']:%d %b %Y}")
    return lines


def proposed(
    *, who: str, old: Terms, changes: dict[str, Any], is_new: bool, day: date, currency: str
) -> Message:
    """A proposal, to the side that answers it."""
    terms = old.with_(changes)
    if is_new:
        return Message(
            f"{who} proposes {terms.item_name}",
            f"{terms_line(terms, currency)}, from {day:%d %b %Y}",
        )
    return Message(
        f"{who} asks to change {old.item_name}",
        "; ".join(differences(old, changes, currency)) + f". From {day:%d %b %Y}",
    )


def answered(*, who: str, item: str, accepted: bool, day: date) -> Message:
    """The answer, to the side that proposed."""
    if accepted:
        return Message(f"{who} accepted", f"{item}, from {day:%d %b %Y}")
    return Message(f"{who} said no", f"{item} stays as it was")


def withdrawn(*, who: str, item: str) -> Message:
    return Message(f"{who} took the proposal back", f"{item} stays as it was")


def expired(*, item: str) -> Message:
    return Message("A proposal was not answered in time", f"{item} stays as it was")


def ended(*, who: str, item: str, last: date) -> Message:
    return Message(f"{who} ended {item}", f"The last day is {last:%d %b %Y}")


def removed(*, who: str, item: str) -> Message:
    """An order on which nothing was ever delivered is gone altogether, to the other side."""
    return Message(f"{who} removed {item}", "Nothing of it was ever delivered, and nothing will be")


def called_off(*, who: str, item: str, day: date) -> Message:
    """Something asked for once is not brought, to the other side."""
    return Message(f"{who} cancelled {item}", f"It was for {day:%d %b %Y}")


def span(first: date, last: date) -> str:
    """``on 03 Dec 2026`` or ``from 03 Dec 2026 to 09 Dec 2026``."""
    if first == last:
        return f"on {first:%d %b %Y}"
    return f"from {first:%d %b %Y} to {last:%d %b %Y}"


def paused(*, who: str, item: str, first: date, last: date, reason: str | None) -> Message:
    """A pause of one order, to the other side."""
    return Message(f"{who} pauses {item}", f"Nothing is due {span(first, last)}" + _because(reason))


def away(*, who: str, role: str, first: date, last: date, reason: str | None) -> Message:
    """A holiday over all orders between the two, to the other side."""
    word = "is closed" if role == "vendor" else "is away"
    return Message(f"{who} {word}", f"Nothing is due {span(first, last)}" + _because(reason))


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def pause_ended(*, who: str, item: str, first: date) -> Message:
    """A pause of one order ends early or never begins, to the other side."""
    return Message(f"{who} ends the pause of {item}", f"It is due again from {first:%d %b %Y}")


def back(*, who: str, role: str, first: date) -> Message:
    """A holiday ends early or never begins, to the other side."""
    word = "is open again earlier" if role == "vendor" else "is back earlier"
    return Message(f"{who} {word}", f"Deliveries are due again from {first:%d %b %Y}")
