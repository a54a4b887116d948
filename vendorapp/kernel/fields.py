"""Field types of the JSON boundary: what a value must look like, whatever the room.

Every type accepts exactly what the contract lists and turns it into what the verbs take: ids are
integers, money a `Decimal` (its currency is known later), quantities thousandths, days `date`s.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from .database import FIRST_DAY, LAST_DAY
from .money import LARGEST
from .said import said
from .strict_json import Unfit, text_fault

PLAIN_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
MONTH = re.compile(r"([0-9]{4})-([0-9]{2})", re.ASCII)
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
# No row has it: an id beyond bigint cannot exist, and is looked for under this one.
NO_ID = 2**63 - 1


class Body(BaseModel):
    """The shape of a request's body or query. Unknown fields are found before pydantic sees them."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    def sent(self) -> frozenset[str]:
        """The names of the fields that the client sent."""
        return frozenset(self.model_fields_set)


class Answer(BaseModel):
    """The shape of an answer; built by keyword, never validated again on the hot path."""

    model_config = ConfigDict(extra="forbid")


def _refuse_unfit(value: Any) -> Any:
    if isinstance(value, Unfit):
        raise ValueError(value.reason)
    return value


def _decimal(value: Any, places: int) -> Decimal:
    _refuse_unfit(value)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise ValueError("A number is expected.")
    raw = value if isinstance(value, str) else f"{value:f}" if isinstance(value, Decimal) else str(value)
    if not PLAIN_NUMBER.fullmatch(raw):
        raise ValueError("A plain decimal number is expected.")
    number = Decimal(raw)
    if abs(number) > LARGEST:
        raise ValueError(said("At most %(most)s is allowed.", most=LARGEST))
    if number != round(number, places):
        raise ValueError(said("At most %(places)s decimals are allowed.", places=places))
    return number


def _not_negative(number: Decimal) -> Decimal:
    if number < 0:
        raise ValueError("A negative number is not allowed.")
    return number


def _positive(number: Decimal) -> Decimal:
    if number <= 0:
        raise ValueError("A number above zero is expected.")
    return number


def _money(value: Any) -> Decimal:
    return _not_negative(_decimal(value, 4))


def _signed_money(value: Any) -> Decimal:
    return _decimal(value, 4)


def _quantity(value: Any) -> int:
    return int(_not_negative(_decimal(value, 3)).scaleb(3))


def _positive_quantity(value: Any) -> int:
    return int(_positive(_decimal(value, 3)).scaleb(3))


def _day(value: Any) -> date:
    _refuse_unfit(value)
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise ValueError("A day as YYYY-MM-DD is expected.")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError("There is no such day.") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("A day from 1970 to 2199 is expected.")
    return day


def _month(value: Any) -> date:
    _refuse_unfit(value)
    match = MONTH.fullmatch(value) if isinstance(value, str) else None
    if not match or not 1 <= int(match[2]) <= 12 or not 1970 <= int(match[1]) <= 2199:
        raise ValueError("A month as YYYY-MM is expected.")
    return date(int(match[1]), int(match[2]), 1)


def _clock(value: Any) -> time:
    _refuse_unfit(value)
    if not isinstance(value, str) or not CLOCK.fullmatch(value):
        raise ValueError("A time of day as HH:MM is expected.")
    return time.fromisoformat(value)


def _instant(value: Any) -> datetime:
    _refuse_unfit(value)
    if not isinstance(value, str) or not INSTANT.fullmatch(value):
        raise ValueError("An instant as RFC 3339 is expected.")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("There is no such instant.") from None


def _id(value: Any) -> int:
    _refuse_unfit(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("An id is an integer.")
    return value if 0 < value < NO_ID else NO_ID


def _query_id(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,100}", value, re.ASCII):
        raise ValueError("An id is an integer.")
    return _id(int(value))


def _flag(value: Any) -> bool:
    if isinstance(value, str) and value in ("true", "false", "1", "0"):
        return value in ("true", "1")
    raise ValueError("True or false is expected.")


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("True or false is expected.")
    return value


def _text(value: Any, *, lines: bool) -> str:
    _refuse_unfit(value)
    if not isinstance(value, str):
        raise ValueError("Text is expected.")
    if fault := text_fault(value, lines=lines):
        raise ValueError(fault)
    clean = value.strip()
    if not clean:
        raise ValueError("Must not be blank.")
    return clean


def one_line(value: Any) -> str:
    """A line of text, trimmed; ValueError when it is blank or holds control characters."""
    return _text(value, lines=False)


def _lines(value: Any) -> str:
    return _text(value, lines=True)


_NUMBER = {"anyOf": [{"type": "string", "pattern": r"^-?[0-9]{1,10}(\.[0-9]{1,4})?$"}, {"type": "number"}]}


def _shape(kind: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, **more}, mode="validation")


Money = Annotated[Decimal, BeforeValidator(_money), WithJsonSchema(_NUMBER)]
SignedMoney = Annotated[Decimal, BeforeValidator(_signed_money), WithJsonSchema(_NUMBER)]
Quantity = Annotated[int, BeforeValidator(_quantity), WithJsonSchema(_NUMBER)]
PositiveQuantity = Annotated[int, BeforeValidator(_positive_quantity), WithJsonSchema(_NUMBER)]
Day = Annotated[date, BeforeValidator(_day), _shape("string", format="date")]
Month = Annotated[date, BeforeValidator(_month), _shape("string", pattern="^[0-9]{4}-[0-9]{2}$")]
Clock = Annotated[time, BeforeValidator(_clock), _shape("string", pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Instant = Annotated[datetime, BeforeValidator(_instant), _shape("string", format="date-time")]
Id = Annotated[int, BeforeValidator(_id), _shape("integer", minimum=1)]
QueryId = Annotated[int, BeforeValidator(_query_id), _shape("integer", minimum=1)]
Flag = Annotated[bool, BeforeValidator(_flag), _shape("boolean")]
Bool = Annotated[bool, BeforeValidator(_bool), _shape("boolean")]
Name = Annotated[str, BeforeValidator(one_line), Field(max_length=200)]
ShortText = Annotated[str, BeforeValidator(one_line), Field(max_length=200)]
LongText = Annotated[str, BeforeValidator(_lines), Field(max_length=2000)]

# Shapes of answers.
AmountText = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["52.50"])]
QuantityText = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]{1,3})?$", examples=["1.5"])]
MonthText = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$", examples=["2026-11"])]


def month_text(day: date) -> str:
    return f"{day.year:04d}-{day.month:02d}"


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC with ``Z``."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


InstantText = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
DayText = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
