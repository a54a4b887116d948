"""Accepting a month, and what it does: both sides' yes closes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial

from sqlalchemy import select, text, update

from ..accounts.queries import Business, Caller
from ..customers.models import Customer
from ..customers.queries import CustomerView
from ..kernel.clock import day_in, last_of_month, now
from ..kernel.database import session
from ..kernel.errors import Conflict, NotFound, invalid
from ..kernel.fields import month_text
from ..kernel.money import AmountError, amount_text, to_minor
from ..kernel.said import reason
from ..ledger import queries as sums
from ..ledger import service as ledger
from ..ledger.models import Account
from ..notices import service as notices
from ..on_demand.models import CustomRecord
from ..records.models import Record
from . import words
from .models import Statement
from .rules import Acceptance
from .statements import acceptance, account_of, standing


def accept(
    who: Caller, customer_id: int, month: date, *, closing_balance: Decimal | None, on_behalf_note: str | None
) -> Acceptance:
    """One side accepts the month that begins on `month`; repeating is fine.

    When both have, or a vendor has for somebody without a login (with a note of how they agreed), that month
    and every earlier one are closed, and the advance pays what is open up to then as far as it reaches.
    The other side is told, once; of the months that are closed with it nothing is said apart.
    `closing_balance` is what the caller looked at, in whole units. Raises NotFound, 422 for a customer's note
    or an amount that cannot be, 409 `customer_has_login`, `month_not_over`, `disputed`, `statement_changed`.
    """
    if on_behalf_note and not who.is_vendor:
        raise invalid("on_behalf_note", "Only a vendor confirms on behalf of somebody.")
    customer, shop = account_of(who, customer_id)
    seen = _minor(closing_balance, shop.currency)
    account = ledger.lock_accounts([customer_id])[customer_id]
    login = _hold_link(who, customer_id)
    if on_behalf_note and login is not None:
        raise Conflict("customer_has_login", "They have a login now and accept for themselves.")
    last = last_of_month(month)
    if day_in(shop.timezone) <= last:
        raise Conflict("month_not_over", "This month is not over yet.")
    if _is_disputed(customer_id, last):
        raise Conflict("disputed", "The two sides do not agree on a day up to this month yet.")
    closing = sums.account_month(customer_id, month).closing
    if seen is not None and seen != closing:
        raise Conflict(
            "statement_changed",
            "The account has changed since you looked at it.",
            closing_balance=amount_text(closing, shop.currency),
        )
    if account.closed(last):
        return acceptance(customer_id, month, closing)
    row, new = _signed(who, customer_id, month, closing, on_behalf_note)
    if row.accepted_by_vendor_at and (row.accepted_by_customer_at or row.on_behalf_note):
        _close(row, last)
    if new:
        _tell(who, login, customer, shop, row)
    return Acceptance(row.accepted_by_vendor_at, row.accepted_by_customer_at, row.closed_at)


def _minor(closing_balance: Decimal | None, currency: str) -> int | None:
    try:
        return None if closing_balance is None else to_minor(closing_balance, currency)
    except AmountError as error:
        raise invalid("closing_balance", reason(error)) from None


def _hold_link(who: Caller, customer_id: int) -> int | None:
    """The customer's login, kept until the transaction ends; NotFound for an ended link."""
    login = session().scalar(
        select(Customer.user_id)
        .where(Customer.id == customer_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    if not who.is_vendor and login != who.user_id:
        raise NotFound()
    return login


def _is_disputed(customer_id: int, last: date) -> bool:
    tables: Sequence[type[Record] | type[CustomRecord]] = (Record, CustomRecord)
    return any(
        session().scalar(
            select(
                select(table.id)
                .where(table.customer_id == customer_id, table.date <= last, table.disputed)
                .exists()
            )
        )
        for table in tables
    )


def _signed(
    who: Caller, customer_id: int, month: date, closing: int, note: str | None
) -> tuple[Statement, bool]:
    """The month's row with this side's acceptance on it, and whether that is new; one that the account has
    left behind is gone."""
    row = session().get(Statement, (customer_id, month), populate_existing=True)
    if row is None:
        row = Statement(customer_id=customer_id, month=month, closing=closing)
        session().add(row)
    before = standing(row, closing)
    row.accepted_by_vendor_at = before.by_vendor_at
    row.accepted_by_customer_at = before.by_customer_at
    row.closing = closing
    new = (before.by_vendor_at if who.is_vendor else before.by_customer_at) is None
    if who.is_vendor:
        row.accepted_by_vendor_at = row.accepted_by_vendor_at or now()
        row.on_behalf_note = note
    else:
        row.accepted_by_customer_at = row.accepted_by_customer_at or now()
    session().flush()
    return row, new


def _tell(who: Caller, login: int | None, customer: CustomerView, shop: Business, row: Statement) -> None:
    """The other side hears of the yes, or that the month is closed; there is one notice of it a month."""
    topic = words.topic_of(row.customer_id, row.month)
    notices.mark_topic_read(who.user_id, topic)
    notices.tell(
        login if who.is_vendor else shop.vendor_id,
        vendor_id=shop.vendor_id,
        kind="statement_accepted",
        words=partial(
            words.accepted,
            who=shop.business_name if who.is_vendor else customer.name,
            month=row.month,
            closing=row.closing,
            currency=shop.currency,
            closed=row.closed_at is not None,
            told="customer" if who.is_vendor else "vendor",
        ),
        url=f"/customers/{row.customer_id}/statement/{month_text(row.month)}",
        topic=topic,
        data={"customer_id": row.customer_id, "month": month_text(row.month)},
    )


# Every earlier month that holds anything is closed with it, with what it came to.
CLOSE_EARLIER = text(
    """
    INSERT INTO statements AS s
        (customer_id, month, closing, accepted_by_vendor_at, accepted_by_customer_at, on_behalf_note,
         closed_at)
    SELECT :customer_id, m.month, m.closing, :vendor_at, :customer_at, :note, :now
    FROM (
        SELECT month, sum(charges - payments + adjustments) OVER (ORDER BY month) AS closing
        FROM account_months WHERE customer_id = :customer_id AND month < :month
    ) m
    ON CONFLICT (customer_id, month) DO UPDATE SET
        closing = excluded.closing, accepted_by_vendor_at = excluded.accepted_by_vendor_at,
        accepted_by_customer_at = excluded.accepted_by_customer_at,
        on_behalf_note = excluded.on_behalf_note, closed_at = excluded.closed_at
    WHERE s.closed_at IS NULL
    """
)


def _close(row: Statement, last: date) -> None:
    """No sum up to `last` moves again; the advance pays what is open there."""
    row.closed_at = now()
    session().flush()
    session().execute(
        CLOSE_EARLIER,
        {
            "customer_id": row.customer_id,
            "month": row.month,
            "vendor_at": row.accepted_by_vendor_at,
            "customer_at": row.accepted_by_customer_at,
            "note": row.on_behalf_note,
            "now": row.closed_at,
        },
    )
    session().execute(
        update(Account)
        .where(Account.customer_id == row.customer_id)
        .values(closed_through=last)
        .execution_options(synchronize_session=False)
    )
    ledger.allocate(row.customer_id, sums.open_lines(row.customer_id, last=last))
