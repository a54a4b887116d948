"""Field types about people, for every room's shapes: phones, passwords, zones, languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from wtforms import SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import StopValidation

from ..kernel.fields import one_line
from ..kernel.money import known_currencies
from ..kernel.strict_json import TURNS, text_fault
from . import rules


def checked(rule: Callable[[str], str], **schema: Any) -> Any:
    """A line of text that `rule` accepts, as it returns it."""
    return Annotated[
        str,
        BeforeValidator(one_line),
        AfterValidator(rule),
        WithJsonSchema({"type": "string", **schema}),
    ]


def _currency(raw: str) -> str:
    if raw not in known_currencies():
        raise ValueError("An ISO 4217 currency like INR is expected.")
    return raw


def _secret(raw: Any) -> str:
    """A password as typed: spaces at its ends belong to it."""
    if not isinstance(raw, str) or "\x00" in raw:
        raise ValueError("Text is expected.")
    try:
        raw.encode()
    except UnicodeEncodeError:
        raise ValueError("Half a surrogate pair is not text.") from None
    return raw


def phone_line(raw: Any) -> Any:
    """A phone as it was typed or pasted, one line, without the signs of direction that an address book puts
    around a number; ValueError."""
    if isinstance(raw, str):
        raw = "".join(char for char in raw if ord(char) not in TURNS)
    return one_line(raw)


E164 = checked(rules.e164, pattern=r"^\+[1-9][0-9]{6,14}$", examples=["+919876543210"])
# Read in the country of the vendor's own phone, by the verb.
AnyPhone = Annotated[str, BeforeValidator(phone_line), Field(max_length=40)]
Email = checked(rules.email, format="email")
Zone = checked(rules.timezone, examples=["Asia/Kolkata"])
Locale = checked(rules.locale, examples=["en", "hi"])
UpiId = checked(rules.upi_id, examples=["shop@bank"])
Currency = checked(_currency, pattern="^[A-Z]{3}$", examples=["INR"])
NewPassword = Annotated[
    str,
    BeforeValidator(_secret),
    AfterValidator(rules.password),
    WithJsonSchema({"type": "string", "minLength": 8, "maxLength": 256, "format": "password"}),
]
Password = Annotated[str, BeforeValidator(_secret), Field(max_length=1000)]


class Fits:
    """A check of a page's form: what was typed must pass `rule`, and is kept as it returns it."""

    def __init__(self, rule: Callable[[str], Any], message: Any) -> None:
        self.rule = rule
        self.message = message

    def __call__(self, _form: Any, field: Any) -> None:
        if field.process_errors:
            raise StopValidation  # said already why it cannot be read
        try:
            field.data = self.rule(field.data)
        except ValueError:
            # The page shows again what was typed, and no page can hold control characters.
            field.data = "".join(char for char in field.data if not text_fault(char, lines=True))
            raise StopValidation(self.message) from None


def blank_is_none(raw: str | None) -> str | None:
    """A page's way to say "nothing": an empty field. Spaces at the ends are not meant."""
    return (raw or "").strip() or None


def pay_day_field(label: Any) -> SelectField:
    """A page's choice of the day of the month by which somebody pays; None is the first of its choices."""
    return SelectField(label, coerce=lambda typed: int(typed) if typed else None)


def pay_day_choices(none: str) -> list[SelectChoice]:
    """`none` in words, and the days that every month has."""
    return [SelectChoice("", none), *(SelectChoice(str(day)) for day in rules.PAY_DAYS)]


def typed_lines(raw: str) -> str:
    """Some lines of text as a page sends them, their ends as ours; ValueError for control characters."""
    if fault := text_fault(raw, lines=True):
        raise ValueError(fault)
    return raw.replace("\r\n", "\n")
