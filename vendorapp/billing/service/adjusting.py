"""Corrections of today. What is owed less is money: it lands on the oldest open lines."""

from __future__ import annotations

from functools import partial

from sqlalchemy import select

from ...accounts.queries import Business, Caller
from ...customers import queries as book
from ...customers.queries import CustomerView
from ...kernel.clock import day_in
from ...kernel.database import session
from ...kernel.errors import Conflict, NotFound
from ...ledger import service as ledger
from ...ledger.models import Adjustment
from ...ledger.queries import open_lines
from ...notices import service as notices
from ...orders.queries import Actor
from ...records.models import Record
from .. import adjustment_words as words
from ..queries.settlements import AdjustmentView, adjustment_view

CORRECTION, WRITE_OFF = "correction", "write_off"


def adjust(
    who: Caller, *, customer_id: int, amount: int, reason: str, record_id: int | None = None
) -> AdjustmentView:
    """The calling vendor corrects an account by a signed `amount` in minor units, + = owes more.

    It is of today, whatever `record_id` it is about. Raises NotFound naming the field, 409 `month_closed`
    where today's month is closed already.
    """
    shop = who.own_business
    customer = book.for_vendor(shop.vendor_id, customer_id)
    if customer is None:
        raise NotFound("customer_id")
    account = ledger.lock_accounts([customer_id])[customer_id]
    if record_id is not None and not _delivered_to(customer_id, record_id):
        raise NotFound("record_id")
    made = write(
        who, customer, shop, account, kind=CORRECTION, amount=amount, reason=reason, record_id=record_id
    )
    if amount < 0:
        ledger.allocate(customer_id, open_lines(customer_id), source=("adjustment", made.id))
    return adjustment_view(made, shop.currency)


def _delivered_to(customer_id: int, record_id: int) -> bool:
    found = select(Record.id).where(Record.id == record_id, Record.customer_id == customer_id)
    return session().scalar(found) is not None


def write(
    who: Actor,
    customer: CustomerView,
    shop: Business,
    account: ledger.Locked,
    *,
    kind: str,
    amount: int,
    reason: str,
    record_id: int | None = None,
) -> Adjustment:
    """Book an adjustment of today on an account that is locked, and tell the customer.

    Money that it gives is on no line yet. Raises 409 `month_closed`.
    """
    today = day_in(shop.timezone)
    if account.closed(today):
        raise Conflict("month_closed", "The month of today is closed; wait for the next one.")
    made = ledger.adjust(
        vendor_id=customer.vendor_id,
        customer_id=customer.customer_id,
        kind=kind,
        amount=amount,
        day=today,
        reason=reason,
        actor_id=who.user_id,
        record_id=record_id,
    )
    _tell(customer, shop, made)
    return made


def _tell(customer: CustomerView, shop: Business, made: Adjustment) -> None:
    if made.kind == WRITE_OFF:
        message = partial(words.let_go, amount=-made.amount)
    else:
        message = partial(words.adjusted, amount=made.amount)
    notices.tell(
        customer.user_id,
        vendor_id=customer.vendor_id,
        kind="adjustment_made",
        words=partial(message, who=shop.business_name, currency=shop.currency, reason=made.reason),
        url=f"/customers/{customer.customer_id}",
        topic=f"adjustment:{made.id}",
        data={"adjustment_id": made.id, "customer_id": customer.customer_id},
    )
