"""Settling: the advance is put on what is open, the whole of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from ...accounts.queries import Business, Caller, business
from ...customers import queries as book
from ...customers.queries import CustomerView
from ...kernel.clock import day_in, last_of_month, now
from ...kernel.database import session
from ...kernel.errors import Conflict, NotFound
from ...kernel.money import Amount
from ...kernel.said import said
from ...ledger import service as ledger
from ...ledger.queries import credits_left, open_lines
from ...ledger.rules import OpenLine
from ...orders.queries import one_of
from ...records.models import Record
from ..models import Settlement
from ..queries.settlements import SettlementView, settlement_view
from .adjusting import WRITE_OFF, write
from .payments import take_payment


@dataclass(frozen=True, slots=True)
class Taken:
    """Money that the vendor has just got, in minor units."""

    amount: int
    method: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants settled: all that is open in a month (its first day), or in just these records.

    `taken` and `write_off_reason` are a vendor's.
    """

    month: date | None = None
    record_ids: Sequence[int] = ()
    taken: Taken | None = None
    write_off_reason: str | None = None


def settle(who: Caller, *, customer_id: int | None, vendor_id: int | None, wish: Wish) -> SettlementView:
    """Put the advance on the open lines that are named, oldest first; with a reason the rest is let go.

    A vendor names the customer, a customer the vendor or the row about them. Raises NotFound naming the
    field, 409 `disputed` for a disputed record, `already_settled` when nothing is open, `payment_required`
    with the `shortfall`, and `month_closed` when today's month is.
    """
    customer, shop = _party(who, customer_id, vendor_id)
    account = ledger.lock_accounts([customer.customer_id])[customer.customer_id]
    lines = _open(customer.customer_id, wish)
    if wish.taken is not None:
        today = day_in(shop.timezone)
        take_payment(who, customer, account, wish.taken.amount, wish.taken.method, today)
    amount = sum(line.open for line in lines)
    missing = max(0, amount - sum(one.left for one in credits_left(customer.customer_id)))
    if missing and wish.write_off_reason is None:
        shortfall = Amount(missing, shop.currency)
        sentence = said("%(shortfall)s is missing to pay all of it.", shortfall=shortfall)
        raise Conflict("payment_required", sentence, shortfall=str(shortfall))
    ledger.allocate(customer.customer_id, lines)
    if missing and wish.write_off_reason is not None:
        let_go = write(
            who, customer, shop, account, kind=WRITE_OFF, amount=-missing, reason=wish.write_off_reason
        )
        rest = open_lines(customer.customer_id, targets=[(line.target, line.target_id) for line in lines])
        ledger.allocate(customer.customer_id, rest, source=("adjustment", let_go.id))
    row = Settlement(
        vendor_id=customer.vendor_id,
        customer_id=customer.customer_id,
        month=wish.month,
        record_ids=[line.target_id for line in lines if line.target == "record"],
        order_ids=[line.target_id for line in lines if line.target == "order"],
        amount=amount - missing,
        written_off=missing,
        by=who.user_id,
        settled_at=now(),
    )
    session().add(row)
    session().flush()
    return settlement_view(row, shop.currency)


def _party(who: Caller, customer_id: int | None, vendor_id: int | None) -> tuple[CustomerView, Business]:
    field = "vendor_id" if customer_id is None else "customer_id"
    if customer_id is None and vendor_id is not None:
        customer_id = book.row_of_login(who.user_id, vendor_id)
    customer = None if customer_id is None else book.find(who, customer_id)
    shop = business(customer.vendor_id) if customer else None
    if customer is None or shop is None:
        raise NotFound(field)
    return customer, shop


def _open(customer_id: int, wish: Wish) -> list[OpenLine]:
    """What is open among what was named; the account is locked."""
    if wish.month is not None:
        lines = open_lines(customer_id, first=wish.month, last=last_of_month(wish.month))
    else:
        _check_records(customer_id, wish.record_ids)
        lines = open_lines(customer_id, targets={("record", record_id) for record_id in wish.record_ids})
    if not lines:
        raise Conflict("already_settled", "Nothing is open there.")
    return lines


def _check_records(customer_id: int, record_ids: Sequence[int]) -> None:
    rows = session().execute(
        select(Record.id, Record.disputed).where(
            Record.customer_id == customer_id, one_of(Record.id, set(record_ids))
        )
    )
    found = {row.id: row.disputed for row in rows}
    if set(record_ids) - set(found):
        raise NotFound("record_ids")
    disputed = sorted(record_id for record_id, is_disputed in found.items() if is_disputed)
    if disputed:
        raise Conflict(
            "disputed", "The two sides do not agree on one of these days yet.", record_ids=disputed
        )
