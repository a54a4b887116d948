"""What a payment is for: a new order, invoice or bill, or one that exists, and what is due on it.

Whatever a customer pays for is handed over and charged here; what a walk-in pays for is only held, since
it is handed over with the money. The payer's account is locked before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from ...accounts.queries import Caller
from ...catalogue.queries import find_item
from ...customers import service as customers
from ...customers.models import Customer
from ...kernel.database import session
from ...kernel.errors import Conflict, NotFound, WrittenMeanwhile
from ...kernel.money import times
from ...ledger import queries as sums
from ...ledger.service import Locked
from ...notices import service as notices
from ...on_demand import rules as requests
from ...on_demand.service import Sale, attach, hand_over_paid, hold_orders, sell
from ...orders import queries as orders
from ...orders.models import SCHEDULED, Order
from ...records.models import Record
from ..models import Bill, BillInvoice, BillLine, Invoice, InvoiceLine
from ..queries import papers
from ..rules import payments as rules
from ..rules.papers import NewLine, Wanted, prices
from .papers import attach_paper, create_bill, create_invoice, hold_paper

Target = tuple[str, int]
PAPERS: dict[str, type[Invoice] | type[Bill]] = {rules.INVOICE: Invoice, rules.BILL: Bill}


@dataclass(frozen=True, slots=True)
class Due:
    """What is paid: its id, whose it is, the lines that the money goes on, and what a walk-in has not been
    handed yet, as (order id, amount)."""

    item_id: int | None = None
    customer_id: int | None = None
    targets: list[Target] = field(default_factory=list)
    unserved: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Terms:
    """How it is paid: by whom (None: whoever it belongs to), how much and on which day."""

    payer_id: int | None
    account: Locked | None
    new_payer: bool
    paid: int
    day: date


def find_old(who: Caller, item: str, item_id: int) -> int | None:
    """Whose it is, None a walk-in's. NotFound when the vendor has no such thing."""
    model: Any = PAPERS.get(item, Order)
    row = (
        session()
        .execute(select(model.customer_id).where(model.id == item_id, model.vendor_id == who.user_id))
        .first()
    )
    if row is None:
        raise NotFound("item_id")
    owner: int | None = row.customer_id
    return owner


def due_of_new(who: Caller, item: str, wanted: Wanted, invoice_ids: Sequence[int], how: Terms) -> Due:
    """Make the order, invoice or bill. 422 `rate_required` for lines without a price beside others."""
    if item == rules.ORDER:
        return _new_order(who, wanted, how)

    def price(lines: Sequence[NewLine], owed: int) -> list[int]:
        walk_in = how.payer_id is None and not _owned(invoice_ids, wanted.order_ids)
        whole = rules.rest_for_lines(how.paid, owed, walk_in=walk_in, field=f"{item}.orders")
        return rules.split(whole, [line.goods.quantity for line in lines])

    shared: dict[str, Any] = {
        "customer_id": how.payer_id,
        "new_customer": how.new_payer,
        "price": price,
        "attach": True,
        "day": how.day,
    }
    if item == rules.BILL:
        paper_id = create_bill(who, wanted, invoice_ids=invoice_ids, **shared)
    else:
        paper_id = create_invoice(who, wanted, **shared)
    found = _due_of_paper(who, item, paper_id)
    if not wanted.new and found.nothing_open:
        raise found.why_not
    return found.due


def _owned(invoice_ids: Sequence[int], order_ids: Sequence[int]) -> bool:
    """Whether one of them is a customer's."""
    for model, ids in ((Invoice, invoice_ids), (Order, order_ids)):
        owned = select(model.id).where(papers.one_of(model.id, ids), model.customer_id.is_not(None))
        if session().scalar(owned.limit(1)) is not None:
            return True
    return False


def _new_order(who: Caller, wanted: Wanted, how: Terms) -> Due:
    amounts = prices(wanted, lambda _lines, _owed: [how.paid], 0)
    customer = session().get_one(Customer, how.payer_id) if how.payer_id is not None else None
    sales = [Sale(line.goods, amount) for line, amount in zip(wanted.new, amounts, strict=True)]
    [order_id] = sell(who, sales, customer=customer, account=how.account, day=how.day)
    unserved = [] if customer else [(order_id, amounts[0])]
    return Due(order_id, how.payer_id, [("order", order_id)], unserved)


def due_of_old(who: Caller, item: str, item_id: int, how: Terms) -> Due:
    """What is open on something that exists; what waits of it is handed over to a payer who has an account.

    Raises 409 `already_paid`, `target_closed`, `target_other_customer`, `target_has_customer`,
    `wrong_state`, `disputed`, `customer_inactive`, `conflict` (seldom: it is tried again).
    """
    if item in PAPERS:
        return _old_paper(who, item, item_id, how)
    kind = session().scalar(select(Order.order_type_id).where(Order.id == item_id))
    if kind == SCHEDULED:
        return _standing(who, item_id, how)
    return _old_order(who, item_id, how)


def _check_owner(owner: int | None, how: Terms) -> None:
    """Asked again behind the lock."""
    rules.check_owner(owner, how.payer_id, new_payer=how.new_payer)
    if owner is not None and how.payer_id is None:
        raise WrittenMeanwhile()


def _standing(who: Caller, order_id: int, how: Terms) -> Due:
    """A standing order: what was delivered and is open."""
    order = orders.find(who, order_id)
    if order is None or order.customer_id is None:
        raise NotFound("item_id")
    _check_owner(order.customer_id, how)
    if order.status == "declined":
        raise rules.target_closed(order.status)
    if order.status == "proposed":
        raise requests.wrong_state(order.status)
    targets = open_of_standing(order.customer_id, order_id)
    if not targets:
        disputed = select(Record.id).where(Record.order_id == order_id, Record.disputed)
        raise rules.disputed() if session().scalar(disputed.limit(1)) else rules.already_paid()
    return Due(order_id, order.customer_id, targets)


def open_of_standing(customer_id: int, order_id: int) -> list[Target]:
    """The deliveries of a standing order on which something is open."""
    lines = sums.open_lines(customer_id)
    return [(one.target, one.target_id) for one in lines if one.order_id == order_id]


def _old_order(who: Caller, order_id: int, how: Terms) -> Due:
    outer = _paper_of(order_id) if how.payer_id is not None else None
    if outer is not None:
        hold_paper(who, *outer)
    [order] = hold_orders(who, [order_id])
    _check_owner(order.customer_id, how)
    if how.payer_id is not None and _paper_of(order_id) != outer:
        raise WrittenMeanwhile()
    if order.state in (requests.CANCELLED, requests.DECLINED):
        raise rules.target_closed(order.state)
    due = Due(order_id, order.customer_id or how.payer_id, [("order", order_id)])
    if order.state == requests.SERVED:
        _check_open(order)
        return due
    amounts = {order.id: price_of(who, order, how.paid)}
    if how.payer_id is None:
        return Due(order_id, None, due.targets, [(order_id, amounts[order.id][1])])
    customers.hold_active(who.user_id, how.payer_id)
    notices.mark_topic_read(who.user_id, f"order:{order_id}")
    if order.customer_id is None and outer is not None:
        attach_paper(who, *outer, how.payer_id, day=how.day)
        return due
    if order.customer_id is None:
        attach([order], how.payer_id)
    hand_over_paid(who, [order], account=how.account, day=how.day, amounts=amounts)
    return due


def _check_open(order: Order) -> None:
    if papers.disputed([("order", order.id)]):
        raise rules.disputed()
    if order.customer_id is None or not sums.open_lines(order.customer_id, targets=[("order", order.id)]):
        raise rules.already_paid()


def price_of(who: Caller, order: Order, paid: int) -> tuple[int | None, int]:
    """Rate and amount: its own, else the catalogue's, else what is paid."""
    if order.amount is not None:
        return order.rate, order.amount
    known = find_item(who.user_id, order.item, order.item_id) if order.item and order.item_id else None
    if known is None or known.rate is None:
        return None, paid
    return known.rate, times(known.rate, order.quantity)


def _paper_of(order_id: int) -> tuple[str, int] | None:
    """The paper that holds this order now, the outermost: a bill, else an invoice."""
    for kind, model in ((rules.BILL, BillLine), (rules.INVOICE, InvoiceLine)):
        line: Any = model
        paper_id = line.bill_id if kind == rules.BILL else line.invoice_id
        on = select(paper_id).where(line.target == "order", line.target_id == order_id, line.live)
        found = session().scalar(on)
        if found is not None:
            return _outermost(kind, found)
    return None


def _outermost(item: str, item_id: int) -> tuple[str, int]:
    """The bill that an invoice is on now, else the paper itself."""
    if item == rules.INVOICE:
        on = select(BillInvoice.bill_id).where(BillInvoice.invoice_id == item_id, BillInvoice.live)
        bill_id = session().scalar(on)
        if bill_id is not None:
            return rules.BILL, bill_id
    return item, item_id


def _old_paper(who: Caller, item: str, item_id: int, how: Terms) -> Due:
    outer = _outermost(item, item_id)
    hold_paper(who, *outer, field="item_id")
    if _outermost(item, item_id) != outer:
        raise WrittenMeanwhile()
    found = _due_of_paper(who, item, item_id)
    _check_owner(found.due.customer_id, how)
    if found.void:
        raise rules.target_closed("void")
    if found.nothing_open:
        raise found.why_not
    if how.payer_id is None or found.due.customer_id is not None:
        return found.due
    customers.hold_active(who.user_id, how.payer_id)
    attach_paper(who, *outer, how.payer_id, day=how.day)
    return Due(item_id, how.payer_id, found.due.targets)


@dataclass(frozen=True, slots=True)
class _Paper:
    due: Due
    void: bool
    nothing_open: bool

    @property
    def why_not(self) -> Conflict:
        """Why there is nothing to pay on it."""
        return rules.disputed() if papers.disputed(self.due.targets) else rules.already_paid()


def _due_of_paper(who: Caller, item: str, paper_id: int) -> _Paper:
    view = papers.find(who, item, paper_id)
    if view is None:
        raise NotFound("item_id")
    unserved = papers.unserved(item, paper_id) if view.customer_id is None else []
    due = Due(paper_id, view.customer_id, papers.paper_targets(item, paper_id), list(unserved))
    return _Paper(due, view.status == "void", view.due == 0 and not unserved)
