"""A vendor's payments: money for something new, for something that waits, or on account.

Locks: the payer's account, then papers, then orders. All or nothing: any refusal undoes the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from ...accounts.queries import Business, Caller
from ...customers import queries as book
from ...customers import service as customers
from ...customers.queries import CustomerView
from ...kernel.clock import day_in, now
from ...kernel.database import session
from ...kernel.errors import Conflict, NotFound
from ...ledger import queries as sums
from ...ledger import service as ledger
from ...ledger.service import Locked
from ...notices import service as notices
from ...notices.words import Words
from ...on_demand.service import hand_over_paid, hold_orders
from .. import payment_words as words
from ..models import Payment
from ..rules import payments as rules
from ..rules.papers import Wanted
from .papers import find_named
from .targets import Due, Terms, due_of_new, due_of_old, find_old


@dataclass(frozen=True, slots=True)
class NewPayment:
    """What a vendor writes down. `amount` in minor units, `day` None means today.

    The payer is `customer_id`, or `customer` (the fields of a new row of the book), or nobody. `item` with
    `item_id` is something that exists, `item` with `new` something new (a bill with `invoice_ids`).
    `spread` False leaves money without a target as advance.
    """

    amount: int
    method: str = "cash"
    day: date | None = None
    note: str | None = None
    customer_id: int | None = None
    customer: Mapping[str, Any] | None = None
    item: str | None = None
    item_id: int | None = None
    new: Wanted | None = None
    invoice_ids: Sequence[int] = ()
    spread: bool = True


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays: None in both is a walk-in, unless what is paid belongs to somebody. `new`: their row was
    made for this payment."""

    customer: CustomerView | None = None
    account: Locked | None = None
    new: bool = False

    @property
    def id(self) -> int | None:
        return self.customer.customer_id if self.customer else None


def pay(who: Caller, sent: NewPayment) -> Payment:
    """Write down a payment, make what it brings, serve and pay what it is for.

    Raises NotFound naming the field; 409 `customer_exists`, `customer_inactive`, `already_paid`,
    `target_closed`, `target_other_customer`, `target_has_customer`, `wrong_state`, `month_closed`,
    `insufficient_stock`; 422 `rate_required`, `walkin_must_pay_in_full`, `overpaid_walkin`.
    """
    day = sent.day or day_in(who.own_business.timezone)
    if sent.customer_id is not None and book.for_vendor(who.user_id, sent.customer_id) is None:
        raise NotFound("customer_id")
    if sent.new is not None:
        find_named(who, sent.new)
    owner = find_old(who, sent.item, sent.item_id) if sent.item and sent.item_id else None
    payer = _payer(who, sent, owner)
    if payer.account is not None and payer.account.closed(day):
        raise month_closed()
    how = Terms(payer.id, payer.account, payer.new, sent.amount, day)
    due = None
    if sent.item and sent.new is not None:
        due = due_of_new(who, sent.item, sent.new, sent.invoice_ids, how)
    elif sent.item and sent.item_id:
        due = due_of_old(who, sent.item, sent.item_id, how)
    if due is not None and due.customer_id is not None and payer.customer is None:
        payer = _known(who, due.customer_id)
        if payer.account is not None and payer.account.closed(day):
            raise month_closed()
    payment = _write(who, sent, day, payer.id, due)
    if payer.customer is None:
        _from_walk_in(who, payment, due or Due())
    else:
        targets = None if due is None else due.targets
        book_payment(who.user_id, payment, targets=targets, spread=sent.spread)
        tell_noted(who.own_business, payer.customer, payment)
    return payment


def month_closed() -> Conflict:
    return Conflict("month_closed", "This month is closed; date the payment in an open one.")


def _payer(who: Caller, sent: NewPayment, owner: int | None) -> Payer:
    """The payer, their account locked; a new one's row is made."""
    if sent.customer is not None:
        made = customers.add(who, **sent.customer, at="customer.")
        return Payer(made, ledger.lock_accounts([made.customer_id])[made.customer_id], new=True)
    if sent.customer_id is not None:
        rules.check_owner(owner, sent.customer_id, new_payer=False)
        payer = _known(who, sent.customer_id)
        if sent.new is not None and sent.new.new:
            customers.hold_active(who.user_id, sent.customer_id)
        return payer
    return Payer() if owner is None else _known(who, owner)


def _known(who: Caller, customer_id: int) -> Payer:
    account = ledger.lock_accounts([customer_id])[customer_id]
    customer = book.for_vendor(who.user_id, customer_id)
    if customer is None:
        raise NotFound("customer_id")
    return Payer(customer, account)


def _write(who: Caller, sent: NewPayment, day: date, customer_id: int | None, due: Due | None) -> Payment:
    return write_payment(
        who.user_id,
        vendor_id=who.user_id,
        customer_id=customer_id,
        amount=sent.amount,
        method=sent.method,
        day=day,
        note=sent.note,
        item=sent.item if due else None,
        item_id=due.item_id if due else None,
        status=rules.CONFIRMED,
    )


def write_payment(
    actor_id: int,
    *,
    vendor_id: int,
    customer_id: int | None,
    amount: int,
    method: str,
    day: date,
    note: str | None,
    item: str | None,
    item_id: int | None,
    status: str,
) -> Payment:
    """The row of a payment; what it does to the sums is the caller's business."""
    payment = Payment(
        vendor_id=vendor_id,
        customer_id=customer_id,
        amount=amount,
        method=method,
        item=item,
        item_id=item_id,
        note=note,
        status=status,
        date=day,
        created_by=actor_id,
        created_at=now(),
    )
    session().add(payment)
    session().flush()
    return payment


def _from_walk_in(who: Caller, payment: Payment, due: Due) -> None:
    """Somebody without an account pays what is due in full, and has it with that."""
    orders = hold_orders(who, [order_id for order_id, _ in due.unserved])
    rules.check_walk_in(payment.amount, sum(amount for _, amount in due.unserved))
    hand_over_paid(who, orders, account=None, day=payment.date)
    ledger.sell_to_walk_in(
        payment_id=payment.id,
        vendor_id=payment.vendor_id,
        orders=due.unserved,
        day=payment.date,
        actor_id=who.user_id,
    )


def book_payment(
    actor_id: int, payment: Payment, *, targets: Sequence[tuple[str, int]] | None, spread: bool = True
) -> None:
    """A customer's confirmed money: on what is open of `targets`, without any on the oldest open lines;
    what is left is advance. The account is locked."""
    customer_id = payment.customer_id
    if customer_id is None:
        raise ValueError("a walk-in has no account")
    ledger.credit(
        payment_id=payment.id,
        vendor_id=payment.vendor_id,
        customer_id=customer_id,
        amount=payment.amount,
        day=payment.date,
        actor_id=actor_id,
    )
    if spread:
        lines = sums.open_lines(customer_id, targets=targets)
        ledger.allocate(customer_id, lines, source=("payment", payment.id))


def take_payment(
    who: Caller,
    customer: CustomerView,
    account: Locked,
    amount: int,
    method: str,
    day: date,
    *,
    note: str | None = None,
) -> int:
    """A customer's payment of `day` that is on no line yet; its id. The account is locked by the caller.

    Raises 409 `month_closed`.
    """
    if account.closed(day):
        raise month_closed()
    payment = write_payment(
        who.user_id,
        vendor_id=customer.vendor_id,
        customer_id=customer.customer_id,
        amount=amount,
        method=method,
        day=day,
        note=note,
        item=None,
        item_id=None,
        status=rules.CONFIRMED,
    )
    book_payment(who.user_id, payment, targets=None, spread=False)
    tell_noted(who.own_business, customer, payment)
    return payment.id


def tell_noted(business: Business, customer: CustomerView, payment: Payment) -> None:
    """The customer hears that the vendor wrote down their payment."""
    message = partial(
        words.noted, who=business.business_name, amount=payment.amount, currency=business.currency
    )
    tell(customer.user_id, "payment_confirmed", message, payment, url=f"/customers/{customer.customer_id}")


def tell(user_id: int | None, kind: str, message: Words, payment: Payment, *, url: str) -> None:
    """A notice about a payment; a newer one about it takes its place."""
    notices.tell(
        user_id,
        vendor_id=payment.vendor_id,
        kind=kind,
        words=message,
        url=url,
        topic=f"payment:{payment.id}",
        data={"payment_id": payment.id, "customer_id": payment.customer_id},
    )
