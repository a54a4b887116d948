"""JSON shapes of pauses; the pages read their forms by the same ones."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import Field, ValidationInfo, field_validator

from ..kernel.fields import Answer, Body, Day, DayText, LongText
from ..orders.answers import PauseOut

LONGEST = timedelta(days=90)


class PauseIn(Body):
    """The days without delivery, both included, at most 90."""

    from_: Day = Field(alias="from")
    to: Day
    reason: LongText | None = None

    @field_validator("to")
    @classmethod
    def _in_reach(cls, to: date, info: ValidationInfo) -> date:
        first = info.data.get("from_")
        if first is not None and to < first:
            raise ValueError("The last day lies before the first.")
        if first is not None and to - first >= LONGEST:
            raise ValueError("At most 90 days in one go.")
        return to


class PauseEndQuery(Body):
    """`effective_from` is the first day that is due again."""

    effective_from: Day | None = None


class PauseFaultOut(Answer):
    """Why an order is not paused; `earliest` is the first day that would still go."""

    code: str
    detail: str
    earliest: DayText | None = Field(default=None, exclude_if=lambda value: value is None)


class PauseResultOut(Answer):
    """What became of one order: either `pause` or `error`."""

    order_id: int
    pause: PauseOut | None = Field(default=None, exclude_if=lambda value: value is None)
    error: PauseFaultOut | None = Field(default=None, exclude_if=lambda value: value is None)


class PauseResultsOut(Answer):
    """One result for each standing order that runs on one of the days, by order."""

    results: list[PauseResultOut]
