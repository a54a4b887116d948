"""The verbs of invoices and bills: make, void, hold for a payment, give a walk-in's to a customer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from ...accounts.queries import Caller
from ...customers import queries as book
from ...kernel.clock import now
from ...kernel.database import session
from ...kernel.errors import Conflict, NotFound, WrittenMeanwhile
from ...ledger.service import Locked, lock_accounts
from ...notices import service as notices
from ...on_demand.rules import ACCEPTED
from ...on_demand.service import hold_orders
from .. import paper_words as words
from ..models import BillInvoice, BillLine, Invoice, InvoiceLine, PaperNumber
from ..queries import papers
from ..queries.papers import MODELS, Paper
from ..rules.papers import BILL, INVOICE, Price, Target, Wanted, already_billed
from ..rules.payments import walk_in_paid
from .paper_parts import Asked, Parts, find_named, hold_parts, sell_new, take_over, targets_of

__all__ = [
    "HeldPaper",
    "attach_paper",
    "create_bill",
    "create_invoice",
    "find_named",
    "hold_paper",
    "tell_made",
    "void",
]


@dataclass(frozen=True, slots=True)
class HeldPaper:
    """A paper that this transaction has locked, after the account of its customer, if it has one."""

    kind: str
    row: Paper
    account: Locked | None


def create_invoice(
    who: Caller,
    wanted: Wanted,
    *,
    customer_id: int | None,
    new_customer: bool = False,
    price: Price | None = None,
    attach: bool = False,
    day: date | None = None,
) -> int:
    """A new invoice; its id. Without `customer_id` it is that of its orders' customer, else a walk-in's.

    A customer's new lines are served and charged on `day` (today), a walk-in's wait for the payment.
    `price` tells what new lines cost when none of them has a price; `attach` gives a walk-in's unserved
    orders to the customer, named or not, served on `day`; a `new_customer` was put into the book just now.

    Raises NotFound naming the field, 422 `rate_required` or `mixed_customers`, 409 `already_billed`,
    `nothing_to_bill`, `wrong_state`, `disputed`, `target_other_customer`, `target_has_customer`,
    `customer_inactive`, `month_closed`, `insufficient_stock`.
    """
    asked = Asked(wanted, (), customer_id, new_customer, attach, day)
    parts = hold_parts(who, asked)
    targets = _targets(parts, price)
    invoice_id = _number(parts, INVOICE)
    _write_lines(InvoiceLine, invoice_id, targets)
    return invoice_id


def create_bill(
    who: Caller,
    wanted: Wanted,
    *,
    customer_id: int | None,
    new_customer: bool = False,
    invoice_ids: Sequence[int] = (),
    price: Price | None = None,
    attach: bool = False,
    day: date | None = None,
) -> int:
    """A new bill over invoices and orders; its id. Without `customer_id` it is that of their customer.

    As `create_invoice`; and 422 `invoices_invalid` with the ids of invoices that are unknown, void, billed
    already or not this customer's (a walk-in's become theirs with `attach`, unless something on them is
    paid).
    """
    asked = Asked(wanted, invoice_ids, customer_id, new_customer, attach, day)
    parts = hold_parts(who, asked)
    for invoice in parts.invoices:
        if invoice.customer_id is None and parts.customer_id is not None:
            attach_paper(who, INVOICE, invoice.id, parts.customer_id, day=parts.day)
    targets = _targets(parts, price)
    bill_id = _number(parts, BILL)
    _write_lines(BillLine, bill_id, targets)
    if parts.invoices:
        rows = [{"bill_id": bill_id, "invoice_id": one.id, "live": True} for one in parts.invoices]
        written = session().scalars(
            insert(BillInvoice).on_conflict_do_nothing().returning(BillInvoice.invoice_id), rows
        )
        if len(written.all()) < len(rows):
            raise already_billed()
    return bill_id


def _targets(parts: Parts, price: Price | None) -> list[Target]:
    if parts.taken and parts.customer_id is not None and parts.account is not None:
        take_over(parts.who, parts.taken, parts.customer_id, parts.account, parts.day)
    existing = targets_of(parts)
    return existing + sell_new(parts, existing, price)


def _number(parts: Parts, kind: str) -> int:
    """The new paper with the next number of its kind, which nobody else gets before this transaction ends:
    what is refused later leaves no gap."""
    number = insert(PaperNumber).values(vendor_id=parts.who.user_id, kind=kind, last=1)
    last = session().scalar(
        number.on_conflict_do_update(
            index_elements=[PaperNumber.vendor_id, PaperNumber.kind], set_={"last": PaperNumber.last + 1}
        ).returning(PaperNumber.last)
    )
    paper = MODELS[kind](
        vendor_id=parts.who.user_id,
        customer_id=parts.customer_id,
        number=last,
        created_by=parts.who.user_id,
        created_at=now(),
        voided_by=None,
        voided_at=None,
    )
    session().add(paper)
    session().flush()
    return paper.id


def _write_lines(
    model: type[InvoiceLine] | type[BillLine], paper_id: int, targets: Collection[Target]
) -> None:
    """The lines of a new paper. 409 `already_billed` when one of them is on another that holds."""
    if not targets:
        return
    name = "invoice_id" if model is InvoiceLine else "bill_id"
    rows = [
        {name: paper_id, "target": target, "target_id": target_id, "live": True}
        for target, target_id in targets
    ]
    written = session().scalars(insert(model).on_conflict_do_nothing().returning(model.target_id), rows)
    if len(written.all()) < len(rows):
        raise already_billed()


def hold_paper(who: Caller, kind: str, paper_id: int, *, field: str | None = None) -> HeldPaper:
    """Lock an invoice or a bill of this vendor (a bill's invoices too), after the account of its customer.

    NotFound (naming `field`) when it is not theirs.
    """
    model: Any = MODELS[kind]
    mine = (model.id == paper_id, model.vendor_id == who.user_id)
    found = session().execute(select(model.customer_id).where(*mine)).first()
    if found is None:
        raise NotFound(field)
    account = _account(found[0])
    row = (
        session()
        .scalars(select(model).where(*mine).with_for_update().execution_options(populate_existing=True))
        .one()
    )
    if row.customer_id != found[0]:  # a payment gave it a customer meanwhile
        account = _account(row.customer_id)
    if kind == BILL:
        on_it = select(BillInvoice.invoice_id).where(BillInvoice.bill_id == paper_id)
        session().execute(
            select(Invoice.id).where(Invoice.id.in_(on_it)).order_by(Invoice.id).with_for_update()
        )
    return HeldPaper(kind, row, account)


def _account(customer_id: int | None) -> Locked | None:
    return None if customer_id is None else lock_accounts([customer_id])[customer_id]


def attach_paper(who: Caller, kind: str, paper_id: int, customer_id: int, *, day: date) -> None:
    """A walk-in's paper becomes this customer's, a bill with its invoices; what waits on it is served and
    charged on `day`. The paper and the account are locked. Raises 409 `target_other_customer` when a walk-in
    has paid a line of it, `month_closed`, `insufficient_stock`, `conflict` (seldom: it is tried again)."""
    waiting = hold_orders(who, [order_id for order_id, _ in papers.unserved(kind, paper_id)])
    if any(order.state != ACCEPTED or order.customer_id is not None for order in waiting):
        raise WrittenMeanwhile()
    invoice_ids = [paper_id] if kind == INVOICE else _invoices_on(paper_id)
    if papers.sold_to_walk_in(INVOICE, invoice_ids):
        raise walk_in_paid()
    if kind == BILL and papers.sold_to_walk_in(BILL, [paper_id]):
        raise walk_in_paid()
    _give(MODELS[kind].id == paper_id, MODELS[kind], customer_id)
    if kind == BILL:
        _give(papers.one_of(Invoice.id, invoice_ids), Invoice, customer_id)
    account = lock_accounts([customer_id])[customer_id]
    take_over(who, waiting, customer_id, account, day)


def _invoices_on(bill_id: int) -> list[int]:
    return list(session().scalars(select(BillInvoice.invoice_id).where(BillInvoice.bill_id == bill_id)))


def _give(which: Any, model: Any, customer_id: int) -> None:
    session().execute(
        update(model)
        .where(which, model.customer_id.is_(None))
        .values(customer_id=customer_id)
        .execution_options(synchronize_session="fetch")
    )


def void(who: Caller, kind: str, paper_id: int) -> None:
    """Take a paper back: it asks for nothing any more and frees its lines. Repeating is fine.

    Goods stay charged, a walk-in's orders keep waiting. Raises NotFound, 409 `in_use` when something is
    paid on it, or it is on a bill that holds.
    """
    held = hold_paper(who, kind, paper_id)
    if held.row.voided_at is not None:
        return
    view = papers.find(who, kind, paper_id)
    if view is None:
        raise NotFound()
    if view.paid:
        raise Conflict("in_use", "Something is paid on it already.")
    if kind == INVOICE and papers.billed_invoices([paper_id]):
        raise Conflict("in_use", "It is on a bill. Take the bill back first.")
    held.row.voided_by, held.row.voided_at = who.user_id, now()
    session().flush()
    if kind == INVOICE:
        session().execute(update(InvoiceLine).where(InvoiceLine.invoice_id == paper_id).values(live=False))
        return
    session().execute(update(BillLine).where(BillLine.bill_id == paper_id).values(live=False))
    session().execute(update(BillInvoice).where(BillInvoice.bill_id == paper_id).values(live=False))


def tell_made(who: Caller, kind: str, paper_id: int) -> None:
    """The customer, if they have a login, hears of a new paper."""
    view = papers.find(who, kind, paper_id)
    if view is None or view.customer_id is None:
        return
    customer = book.for_vendor(who.user_id, view.customer_id)
    message = partial(
        words.made,
        who=who.own_business.business_name,
        kind=kind,
        number=view.number,
        due=view.due,
        currency=view.currency,
    )
    notices.tell(
        customer.user_id if customer else None,
        vendor_id=who.user_id,
        kind=f"{kind}_made",
        words=message,
        url=f"/{kind}s/{paper_id}",
        topic=f"{kind}:{paper_id}",
        data={f"{kind}_id": paper_id, "customer_id": view.customer_id},
    )
