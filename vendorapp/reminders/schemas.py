"""JSON shapes of reminders and promises."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from ..accounts.rules import PAY_DAYS
from ..kernel.fields import AmountText, Answer, Body, Day, DayText
from ..kernel.money import amount_text
from ..notices.words import Message
from .queries import ReminderView, Standing


def _pay_day(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in PAY_DAYS:
        raise ValueError("A day of the month from 1 to 28 is expected.")
    return value


PayDay = Annotated[
    int, BeforeValidator(_pay_day), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 28})
]


class PayDayIn(Body):
    """The day of the month by which this customer pays; null: the one that the vendor's others have."""

    pay_day: PayDay | None = None


class PromiseIn(Body):
    """The day on which the customer says they pay."""

    day: Day


class ReminderOut(Answer):
    """A reminder that went out; `by` is the user who sent it, null when it went by itself."""

    day: DayText
    number: int
    amount: AmountText
    by: int | None

    @classmethod
    def of(cls, one: ReminderView, currency: str) -> ReminderOut:
        return cls.model_construct(
            day=one.day.isoformat(),
            number=one.number,
            amount=amount_text(one.amount, currency),
            by=one.sent_by,
        )


class StandingOut(Answer):
    """What is due now, by when, what was promised and who was reminded.

    `due` is open from before this month, less the advance and what is `unconfirmed`; `disputed` is not in
    it. `pay_day` is the day of the month that holds for this customer. `sent` begins with the latest.
    `next_on` is when the next reminder goes by itself, as things stand.
    """

    customer_id: int
    pay_day: int | None
    due: AmountText
    disputed: AmountText
    unconfirmed: AmountText
    promised_for: DayText | None
    sent: list[ReminderOut]
    next_on: DayText | None

    @classmethod
    def of(cls, found: Standing) -> StandingOut:
        currency = found.business.currency
        return cls.model_construct(
            customer_id=found.customer.customer_id,
            pay_day=found.pay_day,
            due=amount_text(found.due.amount, currency),
            disputed=amount_text(found.due.disputed, currency),
            unconfirmed=amount_text(found.due.unconfirmed, currency),
            promised_for=found.promise.isoformat() if found.promise else None,
            sent=[ReminderOut.of(one, currency) for one in found.sent],
            next_on=found.next_on.isoformat() if found.next_on else None,
        )


class RemindedOut(ReminderOut):
    """A reminder just sent. `text` is what it says, to be passed on when nobody was `told` (no login)."""

    customer_id: int
    disputed: AmountText
    unconfirmed: AmountText
    told: bool
    text: str

    @classmethod
    def made(
        cls, customer_id: int, one: ReminderView, currency: str, message: Message, told: bool
    ) -> RemindedOut:
        return cls.model_construct(
            **ReminderOut.of(one, currency).model_dump(),
            customer_id=customer_id,
            disputed=amount_text(one.disputed, currency),
            unconfirmed=amount_text(one.unconfirmed, currency),
            told=told,
            text=f"{message.title}. {message.body}",
        )
