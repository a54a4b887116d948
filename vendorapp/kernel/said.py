"""What is said to a person, in a form that can be said in every language.

    raise Conflict("payment_required", said("%(missing)s is missing to pay all of it.", missing=amount))

A sentence is English where a program reads it (JSON, logs, the command line: a developer reads those) and
the reader's own language on a page: `kernel.babel.in_words` turns it over, values included. Sentences
without values that stand directly in the call of an error (`Conflict("code", "Sentence.")`) need no `said`;
the catalogues are made from these calls (see dev/messages.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any


class Said(str):
    """An English sentence that still knows what it was made of."""

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, values: Mapping[str, Any]) -> Said:
        made = super().__new__(cls, template % {name: _english(value) for name, value in values.items()})
        made.template = template
        made.values = values
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Said, (self.template, self.values)


def _english(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (int, Decimal)):
        return f"{value:,}"
    return str(value)


def said(template: str, /, **values: Any) -> str:
    """`template` with its ``%(name)s`` filled in; every value is shown to readers as their language writes
    it: numbers, days, `kernel.money.Amount`. Without values it only marks a sentence for the catalogues."""
    return Said(template, values) if values else template


def plural(one: str, many: str) -> tuple[str, str]:
    """Mark a sentence and its plural, which a library says, for the catalogues."""
    return one, many


def reason(error: Exception) -> str:
    """The sentence that `error` was raised with, its values still with it."""
    text = error.args[0] if error.args else ""
    return text if isinstance(text, str) else str(error)
