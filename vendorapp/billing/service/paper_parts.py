"""What a new paper is made of: found, locked, and refused where it belongs to somebody or something else.

Locks are taken in this order: accounts → bills → invoices → orders → products → paper numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from ...accounts.queries import Caller
from ...customers import queries as book
from ...customers import service as customers
from ...customers.models import Customer
from ...kernel.clock import day_in, last_of_month
from ...kernel.database import session
from ...kernel.errors import Conflict, NotFound
from ...ledger.service import Locked, lock_accounts
from ...on_demand import service as selling
from ...on_demand.models import CustomRecord
from ...on_demand.rules import ACCEPTED, SERVED, wrong_state
from ...orders.models import SCHEDULED, Order
from ..models import Invoice
from ..queries import billable, papers
from ..queries.papers import one_of
from ..rules.papers import (
    INVOICE,
    ORDER,
    RECORD,
    Price,
    Target,
    Wanted,
    already_billed,
    invoices_invalid,
    mixed_customers,
    nothing_to_bill,
    prices,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants a paper of; the parameters of `create_bill`."""

    wanted: Wanted
    invoice_ids: Sequence[int] = ()
    customer_id: int | None = None
    new_customer: bool = False
    attach: bool = False
    day: date | None = None


@dataclass(slots=True)
class Parts:
    """A paper in the making: whose it is, on which day, and what it is made of, all of it locked.

    `taken` are a walk-in's unserved orders that become the customer's.
    """

    who: Caller
    asked: Asked
    day: date
    customer_id: int | None
    account: Locked | None = None
    customer: Customer | None = None
    invoices: list[Invoice] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    taken: list[Order] = field(default_factory=list)


def find_named(who: Caller, wanted: Wanted) -> None:
    """NotFound naming the first order of `wanted` that is not this vendor's."""
    mine = select(Order.id).where(one_of(Order.id, wanted.order_ids), Order.vendor_id == who.user_id)
    found = set(session().scalars(mine)) if wanted.existing else set()
    for at, order_id in wanted.existing:
        if order_id not in found:
            raise NotFound(at)


def hold_parts(who: Caller, asked: Asked) -> Parts:
    """Whose the paper is, with everything that it names locked. Raises what `create_bill` says."""
    if asked.customer_id is not None and book.for_vendor(who.user_id, asked.customer_id) is None:
        raise NotFound("customer_id")
    find_named(who, asked.wanted)
    found = _invoices(who, asked.invoice_ids)
    if asked.attach:
        _check_invoices(asked, None, found)
        _check_one_owner(asked, found)
    _check_invoices(asked, asked.customer_id, found)
    customer_id = asked.customer_id or _whose(asked)
    parts = Parts(who, asked, asked.day or day_in(who.own_business.timezone), customer_id)
    if customer_id is not None:
        parts.account = lock_accounts([customer_id])[customer_id]
        if asked.wanted.new:
            customers.hold_active(who.user_id, customer_id)
        parts.customer = session().get_one(Customer, customer_id)
    parts.invoices = _invoices(who, asked.invoice_ids, lock=True)
    _check_invoices(asked, customer_id, parts.invoices, final=True)
    parts.orders = _hold_orders(asked.wanted.order_ids)
    _refuse_foreign(parts)
    return parts


def _invoices(who: Caller, ids: Collection[int], *, lock: bool = False) -> list[Invoice]:
    """Those of the invoices that are this vendor's, by id."""
    if not ids:
        return []
    query = select(Invoice).where(one_of(Invoice.id, ids), Invoice.vendor_id == who.user_id)
    query = query.order_by(Invoice.id).execution_options(populate_existing=True)
    return list(session().scalars(query.with_for_update() if lock else query))


def _check_invoices(
    asked: Asked, customer_id: int | None, found: Sequence[Invoice], *, final: bool = False
) -> None:
    """422 `invoices_invalid` with the ids that cannot be on this bill; before it is known whose it is
    (not `final`) without looking at that. 409 `target_has_customer` for a new customer."""
    if not asked.invoice_ids:
        return
    known = {one.id: one for one in found}
    billed = papers.billed_invoices(list(known))
    nobodys = [one.id for one in found if one.customer_id is None]
    sold = papers.sold_to_walk_in(INVOICE, nobodys) if nobodys and customer_id is not None else set()
    wrong = []
    for invoice_id in dict.fromkeys(asked.invoice_ids):
        one = known.get(invoice_id)
        if (
            one is None
            or one.voided_at is not None
            or invoice_id in billed
            or invoice_id in sold
            or not (
                one.customer_id == customer_id
                or (customer_id is None and not final)
                or (one.customer_id is None and asked.attach)
                or asked.new_customer
            )
        ):
            wrong.append(invoice_id)
    if wrong:
        raise invoices_invalid(wrong, asked.wanted.at)
    if (
        asked.new_customer
        and customer_id is not None
        and any(one.customer_id not in (None, customer_id) for one in found)
    ):
        raise _has_customer()


def _check_one_owner(asked: Asked, found: Sequence[Invoice]) -> None:
    """422 `mixed_customers` for invoices of several customers, whoever pays; a walk-in's go with any."""
    if len({one.customer_id for one in found} - {None}) > 1:
        raise mixed_customers(f"{asked.wanted.at}invoices")


def _has_customer() -> Conflict:
    return Conflict("target_has_customer", "This belongs to a customer already.")


def _whose(asked: Asked) -> int | None:
    """The one customer of what is named, None for a walk-in's. 422 `mixed_customers` for several, or for a
    walk-in's beside theirs unless those can become theirs (`attach`)."""
    wanted = asked.wanted
    of_invoices = select(Invoice.customer_id).where(one_of(Invoice.id, asked.invoice_ids))
    theirs = set(session().scalars(of_invoices)) if asked.invoice_ids else set()
    if len(theirs) > 1 and not asked.attach:
        raise mixed_customers(f"{wanted.at}invoices")
    if wanted.existing:
        of_orders = select(Order.customer_id).where(one_of(Order.id, wanted.order_ids))
        theirs |= set(session().scalars(of_orders))
    if asked.attach and len(theirs) > 1:
        theirs.discard(None)
    if len(theirs) > 1:
        raise mixed_customers(f"{wanted.at}orders")
    return theirs.pop() if theirs else None


def _hold_orders(ids: Collection[int]) -> list[Order]:
    if not ids:
        return []
    query = select(Order).where(one_of(Order.id, ids)).order_by(Order.id)
    return list(session().scalars(query.with_for_update().execution_options(populate_existing=True)))


def _refuse_foreign(parts: Parts) -> None:
    """Each order must be the paper's customer's own, or a walk-in's that they take over."""
    for order in parts.orders:
        if order.customer_id == parts.customer_id:
            continue
        if order.customer_id is None and order.state == ACCEPTED:
            if not parts.asked.attach:
                raise wrong_state(order.state)
            parts.taken.append(order)
        elif parts.asked.new_customer:
            raise _has_customer()
        else:
            raise Conflict("target_other_customer", "This order is another customer's.", order_id=order.id)


def take_over(who: Caller, orders: Sequence[Order], customer_id: int, account: Locked, day: date) -> None:
    """A walk-in's unserved orders become the customer's, served and charged on `day`. All of it is locked."""
    if orders:
        selling.attach(orders, customer_id)
        selling.hand_over_paid(who, orders, account=account, day=day)


def targets_of(parts: Parts) -> list[Target]:
    """What the orders that are named stand for, and the month. Raises 409 `already_billed`,
    `nothing_to_bill`, `wrong_state` or `disputed`."""
    found = _on_demand([one for one in parts.orders if one.order_type_id != SCHEDULED])
    standing = [one.id for one in parts.orders if one.order_type_id == SCHEDULED]
    records = billable.agreed_records(standing) if standing else {}
    if any(order_id not in records for order_id in standing):
        raise nothing_to_bill()
    found += [(RECORD, record_id) for order_id in standing for record_id in records[order_id]]
    month = parts.asked.wanted.month
    if month is not None and parts.customer_id is not None:
        of_month = billable.month_targets(parts.customer_id, month, last_of_month(month))
        if not of_month:
            raise nothing_to_bill()
        found += of_month
    return found


def _on_demand(orders: Sequence[Order]) -> list[Target]:
    ids = [order.id for order in orders]
    taken = billable.on_paper([(ORDER, one) for one in ids])
    if taken:
        raise already_billed(sorted(order_id for _, order_id in taken))
    contradicted = session().scalars(
        select(CustomRecord.order_id).where(one_of(CustomRecord.order_id, ids), CustomRecord.disputed)
    )
    if ids and contradicted.first() is not None:
        raise Conflict("disputed", "The customer says that this is not right.")
    for order in orders:
        waits = order.customer_id is None and order.state == ACCEPTED
        if order.state != SERVED and not waits:
            raise wrong_state(order.state)
    return [(ORDER, order_id) for order_id in ids]


def sell_new(parts: Parts, existing: Sequence[Target], price: Price | None) -> list[Target]:
    """The new lines as orders of their own: a customer's served on the day, a walk-in's waiting. `existing`
    is what else the paper asks money for, beside its invoices.

    Raises 422 `rate_required`, 409 `month_closed` or `insufficient_stock`.
    """
    wanted = parts.asked.wanted
    if not wanted.new:
        return []
    due = papers.due_of_invoices([one.id for one in parts.invoices]) + papers.due_of_targets(existing)
    amounts = prices(wanted, price, due)
    made = selling.sell(
        parts.who,
        [selling.Sale(line.goods, amount) for line, amount in zip(wanted.new, amounts, strict=True)],
        customer=parts.customer,
        account=parts.account,
        day=parts.day,
    )
    return [(ORDER, order_id) for order_id in made]
