"""Reads of what is due and who was reminded. Callers pass rows they have already found to be theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from ..accounts.queries import Business
from ..customers.queries import CustomerView
from ..kernel.clock import day_in, now
from ..kernel.database import session
from . import rules
from .models import Reminder
from .rules import Due, Refusal, Sent

# Of the cycle that runs there are at most three.
SHOWN = 12


@dataclass(frozen=True, slots=True)
class ReminderView:
    """One reminder as both sides see it, in minor units; `sent_by` is None when it went by itself."""

    cycle: date
    number: int
    day: date
    amount: int
    disputed: int
    unconfirmed: int
    sent_by: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How one account stands now: what is due, by when, what was promised, what was sent.

    `due` is of everything before this month, `overdue` of everything before the month in which the present
    cycle began. `promised_for` is the day of the latest promise of who is linked now, also when it has
    passed. `sent` are the latest reminders, newest first. `hour` is the hour of the vendor's day.
    """

    customer: CustomerView
    business: Business
    today: date
    hour: int
    pay_day: int | None
    due: Due
    overdue: Due
    promised_for: date | None
    sent: list[ReminderView] = field(default_factory=list)

    @property
    def cycle(self) -> date:
        return rules.cycle_of(self.pay_day, self.today)

    @property
    def before(self) -> date:
        """Lines dated before this day are due."""
        return self.today.replace(day=1)

    @property
    def last_month(self) -> date:
        """The first day of the last month that is due."""
        return rules.month_before(self.today)

    @property
    def pay_by(self) -> date | None:
        """The agreed day for what is due now; it may have passed."""
        return rules.pay_date(self.pay_day, self.today) if self.pay_day else None

    @property
    def promise(self) -> date | None:
        """The day of the promise that holds today."""
        return self.promised_for if self.promised_for and self.promised_for >= self.today else None

    @property
    def broken(self) -> date | None:
        """The day of a promise that has passed since the cycle began, while something is still due."""
        if not self.due.amount or self.promise or not self.promised_for or self.promised_for < self.cycle:
            return None
        return self.promised_for

    @property
    def sent_today(self) -> ReminderView | None:
        """Today's reminder, if there was one."""
        return self.sent[0] if self.sent and self.sent[0].day == self.today else None

    @property
    def number(self) -> int:
        """The number of the next reminder, if it is of the present cycle."""
        return rules.count_in(self.cycle, self._sent()) + 1

    @property
    def refusal(self) -> Refusal | None:
        """Why the vendor may not remind today, None when they may."""
        if not self.due.amount:
            return Refusal.NOTHING_DUE
        return rules.refusal(self.today, self.cycle, self._sent(), self.promised_for)

    @property
    def next_allowed(self) -> date | None:
        """The first day on which the vendor may remind, as things stand."""
        return rules.next_allowed(self.today, self.pay_day, self._sent(), self.promised_for)

    @property
    def next_on(self) -> date | None:
        """The day on which the next one goes by itself, as things stand; None when none will."""
        if not self.due.amount or not self.customer.linked:
            return None
        first = self.today + timedelta(days=1) if self.hour >= rules.UNTIL_HOUR else self.today
        idle = None if self.overdue.amount else self.cycle
        return rules.next_by_itself(first, self.pay_day, self._sent(), self.promised_for, idle=idle)

    def _sent(self) -> list[Sent]:
        return [Sent(one.cycle, one.number, one.day) for one in self.sent]


DUE = text(
    """
    SELECT a.advance, a.unconfirmed,
        (SELECT coalesce(sum(l.amount - l.paid), 0) FROM lines l
         WHERE l.customer_id = a.customer_id AND l.paid < l.amount AND l.date < asked.before) AS open,
        (SELECT coalesce(sum(m.disputed), 0) FROM account_months m
         WHERE m.customer_id = a.customer_id AND m.month < asked.before) AS disputed,
        (SELECT p.day FROM payment_promises p
         WHERE p.customer_id = a.customer_id AND p.made_by = c.user_id
         ORDER BY p.id DESC LIMIT 1) AS promised_for
    FROM unnest(CAST(:ids AS bigint[]), CAST(:befores AS date[]))
        WITH ORDINALITY AS asked(customer_id, before, place)
    JOIN accounts a ON a.customer_id = asked.customer_id
    JOIN customers c ON c.id = a.customer_id
    ORDER BY asked.place
    """
)


def _dues(asked: Sequence[tuple[int, date]]) -> list[tuple[Due, date | None]]:
    """For each (customer, day) what is due of the lines dated before that day, and the day of the latest
    promise; one statement."""
    values = {"ids": [customer_id for customer_id, _day in asked], "befores": [day for _id, day in asked]}
    rows = session().execute(DUE, values)
    return [
        (Due(int(row.open), row.advance, row.unconfirmed, int(row.disputed)), row.promised_for)
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class DueNow:
    """What is to be paid on one account `today` (minor units, 0 for nothing), the agreed day for it, and the
    day of a promise that holds."""

    amount: int
    pay_by: date | None
    promise: date | None
    today: date


def due_now(accounts: Sequence[tuple[CustomerView, Business]]) -> dict[int, DueNow]:
    """What is to be paid now, by customer id, of accounts with several vendors; one statement."""
    today = [day_in(own.timezone) for _row, own in accounts]
    asked = [(row.customer_id, day.replace(day=1)) for (row, _own), day in zip(accounts, today, strict=True)]
    found = {}
    for (row, own), (due, promised), day in zip(accounts, _dues(asked), today, strict=True):
        pay_day = row.pay_day or own.pay_day
        pay_by = rules.pay_date(pay_day, day) if pay_day else None
        promise = promised if promised and promised >= day else None
        found[row.customer_id] = DueNow(due.amount, pay_by, promise, day)
    return found


def standing(customer: CustomerView, business: Business) -> Standing:
    """How the account stands now, from two statements."""
    here = now().astimezone(ZoneInfo(business.timezone))
    today, pay_day = here.date(), customer.pay_day or business.pay_day
    cycle = rules.cycle_of(pay_day, today)
    customer_id = customer.customer_id
    (due, promised_for), (overdue, _) = _dues(
        [(customer_id, today.replace(day=1)), (customer_id, rules.due_before(cycle))]
    )
    return Standing(
        customer=customer,
        business=business,
        today=today,
        hour=here.hour,
        pay_day=pay_day,
        due=due,
        overdue=overdue,
        promised_for=promised_for,
        sent=_sent(customer_id),
    )


def _sent(customer_id: int) -> list[ReminderView]:
    rows = session().scalars(
        select(Reminder)
        .where(Reminder.customer_id == customer_id)
        .order_by(Reminder.day.desc(), Reminder.id.desc())
        .limit(SHOWN)
    )
    return [
        ReminderView(row.cycle, row.number, row.day, row.amount, row.disputed, row.unconfirmed, row.sent_by)
        for row in rows
    ]
