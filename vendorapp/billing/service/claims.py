"""What a customer says they paid, and the vendor's yes or no; and taking back a payment that was none.

The account is locked first, then the payment, so of two answers at once one counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy import select

from ...accounts.models import Vendor
from ...accounts.queries import Business, Caller
from ...customers.models import Customer
from ...kernel.clock import day_in, now
from ...kernel.database import session
from ...kernel.errors import NotFound
from ...ledger import service as ledger
from ...ledger.service import Locked
from ...notices import service as notices
from ...notices.words import Words
from ...on_demand.models import CustomRecord
from ...on_demand.rules import ACCEPTED, REQUESTED, SERVED
from ...on_demand.service import hand_over_paid, hold_orders, unsell
from ...orders import queries as orders
from ...orders.models import ON_DEMAND, Order
from .. import payment_words as words
from ..models import Payment
from ..queries import papers
from ..rules import payments as rules
from .papers import hold_paper, void
from .payments import book_payment, tell, write_payment
from .targets import PAPERS, Target, open_of_standing, price_of


def claim(
    who: Caller,
    customer_id: int,
    *,
    shop: Business,
    amount: int,
    method: str,
    note: str | None = None,
    item: str | None = None,
    item_id: int | None = None,
) -> Payment:
    """A linked customer says that they paid `shop` (minor units); it counts for nothing until a yes.

    `customer_id` is their row in that vendor's book. Raises NotFound naming ``item_id``, 409
    `already_paid` and `target_closed` for what is claimed to be paid.
    """
    ledger.lock_accounts([customer_id])
    row = session().get_one(Customer, customer_id, populate_existing=True)
    if row.user_id != who.user_id:
        raise NotFound("vendor_id")
    if item and item_id:
        _check_target(who, customer_id, item, item_id)
    payment = write_payment(
        who.user_id,
        vendor_id=shop.vendor_id,
        customer_id=customer_id,
        amount=amount,
        method=method,
        day=day_in(shop.timezone),
        note=note,
        item=item,
        item_id=item_id,
        status=rules.CLAIMED,
    )
    ledger.claim(customer_id, amount)
    message = partial(words.claimed, who=row.name, amount=amount, currency=shop.currency, note=note)
    tell(shop.vendor_id, "payment_claimed", message, payment, url=f"/customers/{customer_id}")
    return payment


def _check_target(who: Caller, customer_id: int, item: str, item_id: int) -> None:
    if item in PAPERS:
        paper = papers.find(who, item, item_id)
        if paper is None or paper.customer_id != customer_id:
            raise NotFound("item_id")
        if paper.status == "void":
            raise rules.target_closed(paper.status)
        if paper.status == "paid":
            raise rules.already_paid()
        return
    order = orders.find(who, item_id)
    if order is None or order.customer_id != customer_id:
        raise NotFound("item_id")
    if order.status in ("cancelled", "declined"):
        raise rules.target_closed(order.status)
    if order.paid:
        raise rules.already_paid()


@dataclass(frozen=True, slots=True)
class Held:
    """A payment of the vendor that this transaction has locked, behind its account if it has one."""

    payment: Payment
    customer: Customer | None
    account: Locked | None
    vendor: Vendor


def _hold(who: Caller, payment_id: int) -> Held:
    """NotFound when it is not this vendor's."""
    whose = select(Payment.customer_id).where(Payment.id == payment_id, Payment.vendor_id == who.user_id)
    row = session().execute(whose).first()
    if row is None:
        raise NotFound()
    account = ledger.lock_accounts([row.customer_id])[row.customer_id] if row.customer_id else None
    payment = session().get_one(Payment, payment_id, populate_existing=True, with_for_update=True)
    customer = None
    if row.customer_id:
        customer = session().get_one(Customer, row.customer_id, populate_existing=True)
    return Held(payment, customer, account, session().get_one(Vendor, who.user_id))


def confirm(who: Caller, payment_id: int) -> Payment:
    """The vendor's yes: the money counts, on its target as far as that is open, else on the oldest lines.

    An order that it is for, accepted or still asked for, is handed over with that. A claim of a month that
    was closed meanwhile counts today. Raises NotFound, 409 `already_answered`, `insufficient_stock`.
    """
    held = _answer(who, payment_id, rules.CONFIRMED)
    payment, account = held.payment, held.account
    today = day_in(held.vendor.timezone)
    if account is not None and account.closed(payment.date):
        payment.date = today
    targets = None if payment.item is None else _targets(who, held)
    session().flush()
    book_payment(who.user_id, payment, targets=targets)
    message = partial(
        words.confirmed,
        who=held.vendor.business_name,
        amount=payment.amount,
        currency=held.vendor.currency,
    )
    _tell_customer(held, "payment_confirmed", message)
    return payment


def decline(who: Caller, payment_id: int, *, reason: str | None = None) -> Payment:
    """The vendor's no: nothing is left of it in any sum. Raises NotFound, 409 `already_answered`."""
    held = _answer(who, payment_id, rules.DECLINED)
    held.payment.reason = reason
    session().flush()
    message = partial(
        words.declined,
        who=held.vendor.business_name,
        amount=held.payment.amount,
        currency=held.vendor.currency,
        reason=reason,
    )
    _tell_customer(held, "payment_declined", message)
    return held.payment


def _answer(who: Caller, payment_id: int, status: str) -> Held:
    held = _hold(who, payment_id)
    payment = held.payment
    rules.check_claimed(payment.status)
    payment.status, payment.answered_by, payment.answered_at = status, who.user_id, now()
    if payment.customer_id is not None:
        ledger.claim(payment.customer_id, -payment.amount)
    notices.mark_topic_read(who.user_id, f"payment:{payment.id}")
    return held


def _tell_customer(held: Held, kind: str, message: Words) -> None:
    if held.customer is not None:
        url = f"/customers/{held.customer.id}"
        tell(held.customer.user_id, kind, message, held.payment, url=url)


def _targets(who: Caller, held: Held) -> list[Target]:
    """The lines that a confirmed claim is for now; none when it came to nothing meanwhile."""
    payment = held.payment
    item, item_id, customer_id = payment.item, payment.item_id, payment.customer_id
    if item is None or item_id is None or customer_id is None:
        return []
    if item in PAPERS:
        held_paper = hold_paper(who, item, item_id)
        return [] if held_paper.row.voided_at else list(papers.paper_targets(item, item_id))
    if session().scalar(select(Order.order_type_id).where(Order.id == item_id)) != ON_DEMAND:
        return open_of_standing(customer_id, item_id)
    [order] = hold_orders(who, [item_id])
    active = held.customer is not None and held.customer.status == "active"
    if active and order.state in (REQUESTED, ACCEPTED):
        amounts = {order.id: price_of(who, order, payment.amount)}
        notices.mark_topic_read(who.user_id, f"order:{order.id}")
        today = day_in(held.vendor.timezone)
        hand_over_paid(who, [order], account=held.account, day=today, amounts=amounts)
    return [("order", item_id)]


def reverse(who: Caller, payment_id: int, *, reason: str) -> Payment:
    """A confirmed payment was none: its lines are open again, and today has a negative payment.

    What was handed over to a customer stays so; a walk-in's sale is taken back, stock and all. Raises
    NotFound, 409 `wrong_state` with the status.
    """
    held = _hold(who, payment_id)
    payment = held.payment
    rules.check_confirmed(payment.status)
    payment.status, payment.reason = rules.REVERSED, reason
    payment.reversed_by, payment.reversed_at = who.user_id, now()
    session().flush()
    today = day_in(held.vendor.timezone)
    if payment.customer_id is None:
        _take_back(who, payment, today)
        return payment
    ledger.reverse(
        payment_id=payment.id,
        vendor_id=payment.vendor_id,
        customer_id=payment.customer_id,
        amount=payment.amount,
        day=today,
        actor_id=who.user_id,
    )
    message = partial(
        words.taken_back,
        who=held.vendor.business_name,
        amount=payment.amount,
        currency=held.vendor.currency,
        reason=reason,
    )
    _tell_customer(held, "payment_reversed", message)
    return payment


def _take_back(who: Caller, payment: Payment, today: date) -> None:
    """A walk-in's sale is undone: the orders are cancelled, and a paper that only they stood on is void."""
    item, item_id = payment.item, payment.item_id
    if item is None or item_id is None:
        raise ValueError("a walk-in pays for something")
    if item in PAPERS:
        hold_paper(who, item, item_id)
    sold = set(_free_of_charge(item, item_id))
    sold.update(
        ledger.take_back_from_walk_in(
            payment_id=payment.id, vendor_id=payment.vendor_id, day=today, actor_id=who.user_id
        )
    )
    unsell(who, sold)
    if item in PAPERS:
        _void_if_over(who, item, item_id)


def _free_of_charge(item: str, item_id: int) -> list[int]:
    """What was handed to a walk-in there at no price: it has no line to be found by."""
    targets = papers.paper_targets(item, item_id) if item in PAPERS else [("order", item_id)]
    ids = [target_id for target, target_id in targets if target == "order"]
    return list(
        session().scalars(
            select(CustomRecord.order_id).where(
                CustomRecord.order_id.in_(ids),
                CustomRecord.customer_id.is_(None),
                CustomRecord.amount == 0,
                CustomRecord.status == SERVED,
            )
        )
    )


def _void_if_over(who: Caller, item: str, item_id: int) -> None:
    view = papers.find(who, item, item_id)
    if view is None or view.void or any(line.stands for line in view.all_lines):
        return
    if item == rules.INVOICE and papers.billed_invoices([item_id]):
        return
    void(who, item, item_id)
    for one in view.invoices:
        void(who, rules.INVOICE, one.id)
