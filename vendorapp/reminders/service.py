"""The verbs: a vendor reminds, a customer promises, and the pay day of one customer.

Whoever reminds or promises holds the account first, then the customer's row (shared), and looks then:
two of them never decide on the same state, and a link that ends meanwhile ends before or after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from ..accounts.queries import Caller, business
from ..customers import queries as book
from ..customers import service as customers
from ..customers.models import Customer
from ..customers.queries import view
from ..kernel.clock import now
from ..kernel.database import session
from ..kernel.errors import Conflict, NotFound, WrittenMeanwhile, invalid
from ..kernel.fields import month_text
from ..ledger import service as ledger
from ..notices import service as notices
from ..notices.service import Telling
from ..notices.words import Message, Words
from . import queries, rules, words
from .models import PaymentPromise, Reminder
from .queries import ReminderView, Standing
from .rules import Refusal


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder just written down; `told` says that a login hears it, else the vendor passes it on."""

    customer_id: int
    reminder: ReminderView
    words: Words
    told: bool


def _held(caller: Caller, customer_id: int) -> Standing:
    """How an account of the caller's stands, which stays so until the transaction ends. 404."""
    if book.find(caller, customer_id) is None:
        raise NotFound()
    ledger.lock_accounts([customer_id])
    owner = Customer.vendor_id if caller.is_vendor else Customer.user_id
    row = session().scalar(
        select(Customer)
        .where(Customer.id == customer_id, owner == caller.user_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    own = business(row.vendor_id) if row else None
    if row is None or own is None:
        raise NotFound()
    return queries.standing(view(row), own)


def message_of(found: Standing) -> Message:
    """What today's reminder says, or would say when it was sent now, in the present language."""
    return _words(found, found.sent_today or _next(found, None))()


def _next(found: Standing, sent_by: int | None) -> ReminderView:
    due = found.due
    return ReminderView(
        found.cycle, found.number, found.today, due.amount, due.disputed, due.unconfirmed, sent_by
    )


def _words(found: Standing, reminder: ReminderView) -> Words:
    return partial(
        words.asked,
        who=found.business.business_name,
        amount=reminder.amount,
        disputed=reminder.disputed,
        unconfirmed=reminder.unconfirmed,
        currency=found.business.currency,
        before=found.before,
        pay_by=found.pay_by,
        today=found.today,
    )


def refused(found: Standing) -> Conflict | None:
    """Why the vendor may not remind today, None when they may."""
    next_on = found.next_allowed.isoformat() if found.next_allowed else None
    match found.refusal:
        case None:
            return None
        case Refusal.NOTHING_DUE:
            return nothing_due()
        case Refusal.PROMISED:
            return Conflict(
                "promised",
                "They said when they pay. Wait until that day is over.",
                promised_for=found.promised_for.isoformat() if found.promised_for else None,
            )
        case Refusal.ENOUGH:
            return Conflict(
                "reminded_enough",
                "They were reminded three times since the pay day, or in four weeks. That is enough for now.",
                next_on=next_on,
            )
        case Refusal.LATELY:
            return Conflict(
                "reminded_lately", "They were reminded less than seven days ago.", next_on=next_on
            )


def nothing_due() -> Conflict:
    """409: there is nothing to remind of, and nothing to promise."""
    return Conflict("nothing_due", "Nothing is to be paid now.")


def remind(caller: Caller, customer_id: int) -> Reminded:
    """Remind a customer of the calling vendor's of what is due. Somebody without a login is not told: the
    vendor passes the words on.

    Raises 404, 409 `nothing_due`, `promised` (with `promised_for`), `reminded_enough` and `reminded_lately`
    (both with `next_on`, the first day that goes).
    """
    found = _held(caller, customer_id)
    if conflict := refused(found):
        raise conflict
    reminder = _next(found, caller.user_id)
    _write(found, reminder)
    said = _words(found, reminder)
    row = found.customer
    if row.linked:
        notices.tell_many([telling(row.user_id, row.vendor_id, customer_id, reminder, said, found.before)])
    return Reminded(customer_id, reminder, said, row.linked)


def _write(found: Standing, reminder: ReminderView) -> None:
    made = session().scalar(
        insert(Reminder)
        .values(
            vendor_id=found.customer.vendor_id,
            customer_id=found.customer.customer_id,
            cycle=reminder.cycle,
            number=reminder.number,
            day=reminder.day,
            amount=reminder.amount,
            disputed=reminder.disputed,
            unconfirmed=reminder.unconfirmed,
            sent_by=reminder.sent_by,
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=[Reminder.customer_id, Reminder.cycle, Reminder.number])
        .returning(Reminder.id)
    )
    if made is None:
        raise WrittenMeanwhile()


def telling(
    user_id: int | None, vendor_id: int, customer_id: int, reminder: Any, said: Words, before: date
) -> Telling:
    month = month_text(rules.month_before(before))
    return Telling(
        user_id=user_id,
        vendor_id=vendor_id,
        kind="reminder",
        words=said,
        url=f"/customers/{customer_id}/statement/{month}",
        topic=f"reminder:{customer_id}",
        data={
            "vendor_id": vendor_id,
            "customer_id": customer_id,
            "month": month,
            "number": reminder.number,
        },
    )


def promise(caller: Caller, customer_id: int, day: date) -> Standing:
    """The calling customer says on which day they pay; it takes the place of what they said before, and the
    vendor is told. Saying the same again changes nothing.

    Raises 404, 422 for a day that has passed or is more than 31 days ahead, 409 `nothing_due`.
    """
    found = _held(caller, customer_id)
    if not found.today <= day <= found.today + rules.FURTHEST_PROMISE:
        raise invalid("day", "A day from today to 31 days ahead is expected.")
    if not found.due.amount:
        raise nothing_due()
    if day == found.promise:
        return found
    row = found.customer
    session().add(
        PaymentPromise(
            vendor_id=row.vendor_id,
            customer_id=customer_id,
            day=day,
            made_by=caller.user_id,
            made_at=now(),
        )
    )
    session().flush()
    notices.tell(
        row.vendor_id,
        vendor_id=row.vendor_id,
        kind="payment_promised",
        words=partial(
            words.promised,
            who=row.name,
            amount=found.due.amount,
            currency=found.business.currency,
            on=day,
        ),
        url=f"/customers/{customer_id}",
        topic=f"promise:{customer_id}",
        data={"customer_id": customer_id, "day": day.isoformat()},
    )
    return queries.standing(row, found.business)


def set_pay_day(caller: Caller, customer_id: int, pay_day: int | None) -> Standing:
    """Agree on a pay day (1 to 28) with one customer; None: the one that the vendor's others have. 404."""
    row = customers.change(caller, customer_id, {"pay_day": pay_day})
    return queries.standing(row, caller.own_business)
