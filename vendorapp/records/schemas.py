"""JSON shapes that the records room takes and answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from ..kernel.fields import (
    Answer,
    Body,
    Bool,
    Day,
    DayText,
    Flag,
    Id,
    Instant,
    LongText,
    Month,
    Quantity,
    QueryId,
)
from ..kernel.paging import PageQuery
from ..orders.answers import MonthOut
from .answers import RecordOut

MOST_MARKS = 2000

Note = Annotated[LongText, Field(max_length=500)]
MarkWord = Literal["delivered", "skipped"]


class RemarkIn(Body):
    """A mark on a record. Without status and quantity one's earlier mark stands, with the new note."""

    status: MarkWord | None = None
    quantity: Quantity | None = None
    note: Note | None = None


class MarkIn(Body):
    """A mark on an order's day: today, delivered, and as much as agreed, unless told otherwise."""

    date: Day | None = None
    status: MarkWord | None = None
    quantity: Quantity | None = None
    note: Note | None = None
    extra: Bool | None = None


class StopIn(Body):
    """One mark of a round; `at` is when it was made, if it was kept on the phone for a while."""

    order_id: Id
    status: MarkWord
    quantity: Quantity | None = None
    note: Note | None = None
    extra: Bool | None = None
    at: Instant | None = None


def _or_rest(value: Any, info: ValidationInfo) -> Any:
    if value is None and info.data.get("rest", "at fault") is None:
        raise ValueError("This field is required.")
    return [] if value is None else value


class RoundIn(Body):
    """A whole round of one day. Each mark is read by itself: one that is wrong does not stop the others.
    `marks` may only be left out when `rest` is said."""

    date: Day | None = None
    rest: Literal["delivered"] | None = None
    marks: Annotated[
        list[Any],
        Field(max_length=MOST_MARKS, validate_default=True),
        BeforeValidator(_or_rest),
        WithJsonSchema({"type": "array", "maxItems": MOST_MARKS, "items": StopIn.model_json_schema()}),
    ] = None  # type: ignore[assignment]


class DayIn(Body):
    date: Day | None = None


class RecordsQuery(PageQuery):
    order_id: QueryId | None = None
    customer_id: QueryId | None = None
    vendor_id: QueryId | None = None
    month: Month | None = None
    date: Day | None = None
    status: Literal["scheduled", "delivered", "skipped", "cancelled"] | None = None
    disputed: Flag | None = None


class RecordAndMonthOut(Answer):
    """A record, and what its order came to in that month."""

    record: RecordOut
    month: MonthOut


class FaultOut(Answer):
    """Why a mark did not count."""

    code: str
    detail: str


class ResultOut(Answer):
    """What became of one mark: either `record` or `error`. `order_id` is null when none could be read."""

    order_id: int | None
    record: RecordOut | None = Field(default=None, exclude_if=lambda value: value is None)
    error: FaultOut | None = Field(default=None, exclude_if=lambda value: value is None)


class ResultsOut(Answer):
    """In the order of the marks, then those of `rest`."""

    results: list[ResultOut]


class RecordsOut(Answer):
    items: list[RecordOut]
    next: str | None


class ScheduledOut(Answer):
    """How many due records of the day were made, and how many were there."""

    date: DayText
    created: int
    existing: int
