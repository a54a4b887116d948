"""The strict JSON loader: what a request's body may be before any field of it is looked at.

Refused as unreadable (400): invalid UTF-8 or JSON, duplicate keys, more than 20 levels, anything but
an object at the top. Numbers that the contract does not know (NaN, Infinity, exponents) and text with
control characters come through as `Unfit` values, so that they are named as faults of their field.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from .errors import Problem
from .said import said

MAX_DEPTH = 20
MAX_DIGITS = 40


class Unfit:
    """A value that no field accepts; `reason` is the sentence that says why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def _number(raw: str) -> Decimal | Unfit:
    if "e" in raw or "E" in raw:
        return Unfit("Exponents are not accepted.")
    return Decimal(raw) if len(raw) <= MAX_DIGITS else Unfit("Too many digits.")


def _integer(raw: str) -> int | Unfit:
    return int(raw) if len(raw) <= MAX_DIGITS else Unfit("Too many digits.")


def _constant(raw: str) -> Unfit:
    return Unfit(said("%(text)s is not a number.", text=raw))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _depth(value: Any, level: int = 1) -> int:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if level > MAX_DEPTH:
        raise ValueError("nested too deeply")
    return max((_depth(child, level + 1) for child in children), default=level)


def unreadable(detail: str) -> Problem:
    return Problem(400, "unreadable_body", f"The body could not be read: {detail}.")


def loads(body: bytes) -> dict[str, Any]:
    """The object in `body`. Raises a 400 `Problem` when it is not one well-formed JSON object."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_float=_number,
            parse_int=_integer,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
        _depth(value)
    except (ValueError, RecursionError) as error:
        detail = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise unreadable(detail[:200]) from None
    if not isinstance(value, dict):
        raise unreadable("an object is expected")
    return value


# Signs that turn the direction of what follows: a name with one would rearrange the sentence it stands in.
# Joiners (U+200C, U+200D) belong to how many scripts are written, and stay.
TURNS = frozenset((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def text_fault(value: str, *, lines: bool = False) -> str | None:
    """The sentence why `value` cannot be stored as text, if so: control characters, signs that turn the
    direction of writing, half surrogate pairs."""
    for char in value:
        code = ord(char)
        if 0xD800 <= code <= 0xDFFF:
            return said("Holds half a surrogate pair.")
        if (code < 32 and not (lines and char in "\n\r\t")) or 0x7F <= code < 0xA0:
            return said("Holds control characters.")
        if code in TURNS:
            return said("Holds signs that turn the direction of writing.")
    return None
