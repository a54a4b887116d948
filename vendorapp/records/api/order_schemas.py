"""JSON shapes of the calls on an order that touch its days too."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ...kernel.fields import Body, Day
from ...orders.answers import OrderOut, PauseOut, TermsOut
from ...orders.inputs import TermsIn
from ..answers import RecordOut


class ChangeIn(TermsIn):
    """The fields that change, and from which day; an on-demand order has a `date` instead of the days."""

    effective_from: Day | None = None
    date: Day | None = None


class AnswerIn(Body):
    """An answer given from a notification, by its token alone."""

    answer: Literal["accept", "decline"]
    token: Annotated[str, Field(min_length=1, max_length=1000)]


class EndQuery(Body):
    """`effective_from` is the first day without; `permanent=true` removes an order nothing hangs on."""

    effective_from: Day | None = None
    permanent: Literal["true", "false"] | None = None


class OrderDetailOut(OrderOut):
    """An order with every version of its terms, its pauses, and this month's sums and records."""

    terms: list[TermsOut]
    pauses: list[PauseOut]
    records: list[RecordOut]
