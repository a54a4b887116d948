"""Reads of invoices and bills. A vendor sees their own, a customer those of the rows linked to them.

What a paper comes to is worked out from its lines as they stand now. Money is in minor units, quantities
in thousandths.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select

from ...accounts.models import Vendor
from ...customers.models import Customer
from ...kernel.clock import next_month, start_of_day
from ...kernel.database import session
from ...kernel.paging import Page, page
from ...ledger.models import Line
from ...orders.queries import Actor
from ..models import Bill, BillInvoice, Invoice
from ..rules.papers import BILL, INVOICE, status_of
from .paper_lines import (
    COUNTED,
    STANDS,
    PaperLine,
    disputed,
    due_of_invoices,
    due_of_targets,
    joined,
    lines_held,
    lines_of,
    one_of,
    paper_targets,
    sold_to_walk_in,
    unserved,
)

__all__ = [
    "MODELS",
    "Paper",
    "PaperLine",
    "PaperView",
    "billed_invoices",
    "disputed",
    "due_of_invoices",
    "due_of_targets",
    "find",
    "find_bill",
    "find_invoice",
    "list_papers",
    "one_of",
    "paper_targets",
    "sold_to_walk_in",
    "unserved",
]

Paper = Invoice | Bill
MODELS: dict[str, type[Invoice] | type[Bill]] = {INVOICE: Invoice, BILL: Bill}


@dataclass(frozen=True, slots=True)
class PaperView:
    """An invoice or a bill; a bill's `lines` are those on no invoice, its `invoices` hold the rest."""

    kind: str
    id: int
    vendor_id: int
    customer_id: int | None
    number: int
    currency: str
    void: bool
    created_by: int
    created_at: datetime
    lines: list[PaperLine] = field(default_factory=list)
    invoices: list[PaperView] = field(default_factory=list)

    @property
    def all_lines(self) -> list[PaperLine]:
        return self.lines + [line for one in self.invoices for line in one.lines]

    @property
    def amount(self) -> int:
        return sum(line.amount for line in self.all_lines)

    @property
    def paid(self) -> int:
        return sum(line.paid for line in self.all_lines)

    @property
    def due(self) -> int:
        return self.amount - self.paid

    @property
    def status(self) -> str:
        stands = any(line.stands for line in self.all_lines)
        return status_of(void=self.void, amount=self.amount, paid=self.paid, stands=stands)


def _mine(who: Actor, kind: type[Invoice] | type[Bill]) -> ColumnElement[bool]:
    if who.role == "vendor":
        return kind.vendor_id == who.user_id
    return kind.customer_id.in_(select(Customer.id).where(Customer.user_id == who.user_id))


def _invoices_of(bill_ids: Collection[int]) -> dict[int, list[PaperView]]:
    rows = (
        session()
        .execute(
            select(BillInvoice.bill_id, Invoice, Vendor.currency)
            .join(Invoice, Invoice.id == BillInvoice.invoice_id)
            .join(Vendor, Vendor.user_id == Invoice.vendor_id)
            .where(one_of(BillInvoice.bill_id, bill_ids))
            .order_by(BillInvoice.bill_id, Invoice.number)
            .execution_options(populate_existing=True)
        )
        .all()
    )
    views = _views(INVOICE, [(row[1], row[2]) for row in rows])
    found: dict[int, list[PaperView]] = {}
    for row, view in zip(rows, views, strict=True):
        found.setdefault(row[0], []).append(view)
    return found


def _views(kind: str, rows: Sequence[Any]) -> list[PaperView]:
    """Papers with their currency as views, in three statements at most however many they are."""
    ids = {row[0].id for row in rows}
    if not ids:
        return []
    lines = lines_of(kind, ids)
    invoices = _invoices_of(ids) if kind == BILL else {}
    return [
        PaperView(
            kind=kind,
            id=paper.id,
            vendor_id=paper.vendor_id,
            customer_id=paper.customer_id,
            number=paper.number,
            currency=currency,
            void=paper.voided_at is not None,
            created_by=paper.created_by,
            created_at=paper.created_at,
            lines=lines.get(paper.id, []),
            invoices=invoices.get(paper.id, []),
        )
        for paper, currency, *_ in rows
    ]


def _statement(who: Actor, kind: str) -> Select[*tuple[Any, ...]]:
    model = MODELS[kind]
    return (
        select(model, Vendor.currency)
        .join(Vendor, Vendor.user_id == model.vendor_id)
        .where(_mine(who, model))
        .execution_options(populate_existing=True)
    )


def find(who: Actor, kind: str, paper_id: int) -> PaperView | None:
    """One invoice or bill of the caller's side, None when there is none such."""
    rows = session().execute(_statement(who, kind).where(MODELS[kind].id == paper_id)).all()
    return _views(kind, rows)[0] if rows else None


def find_invoice(who: Actor, invoice_id: int) -> PaperView | None:
    return find(who, INVOICE, invoice_id)


def find_bill(who: Actor, bill_id: int) -> PaperView | None:
    return find(who, BILL, bill_id)


def list_papers(
    who: Actor,
    kind: str,
    *,
    limit: int = 50,
    cursor: str | None = None,
    customer_id: int | None = None,
    vendor_id: int | None = None,
    status: str = "all",
    month: date | None = None,
) -> Page[PaperView]:
    """The caller's invoices or bills, newest first; `month` is that of the day they were made on."""
    model = MODELS[kind]
    query = _statement(who, kind)
    if customer_id is not None:
        query = query.where(model.customer_id == customer_id)
    if vendor_id is not None:
        query = query.where(model.vendor_id == vendor_id)
    if month is not None:
        query = query.where(_made_in(who, model, month))
    if status != "all":
        query = query.where(_status_is(kind, status))
    key = [(model.id.expression, int)]
    found = page(f"{kind}s", query, key, limit=limit, cursor=cursor, descending=True)
    return Page(_views(kind, found.items), found.next)


def _made_in(who: Actor, model: type[Invoice] | type[Bill], month: date) -> ColumnElement[bool]:
    """The condition that a paper was made in that month of its vendor's zone."""
    zones = select(Vendor.timezone).distinct()
    if who.role == "vendor":
        zones = zones.where(Vendor.user_id == who.user_id)
    else:
        linked = select(Customer.vendor_id).where(Customer.user_id == who.user_id)
        zones = zones.where(Vendor.user_id.in_(linked))
    spans = [
        and_(
            Vendor.timezone == zone,
            model.created_at >= start_of_day(zone, month),
            model.created_at < start_of_day(zone, next_month(month)),
        )
        for zone in session().scalars(zones)
    ]
    return or_(false(), *spans)


def _status_is(kind: str, status: str) -> ColumnElement[bool]:
    """The condition that a paper has this status: `rules.papers.status_of` in SQL."""
    model = MODELS[kind]
    if status == "void":
        return model.voided_at.is_not(None)
    held = lines_held(kind, model.id).subquery()
    amount = func.coalesce(func.sum(COUNTED), 0)
    paid = func.coalesce(func.sum(Line.paid), 0)
    is_paid = and_(paid == amount, or_(amount > 0, func.coalesce(func.bool_or(STANDS), False)))
    word = case((is_paid, "paid"), (paid > 0, "part_paid"), else_="open")
    now = joined(held, word).correlate(model).scalar_subquery()
    return and_(model.voided_at.is_(None), now == status)


def billed_invoices(invoice_ids: Collection[int]) -> set[int]:
    """Those of the invoices that are on a bill that holds."""
    return set(
        session().scalars(
            select(BillInvoice.invoice_id).where(
                one_of(BillInvoice.invoice_id, invoice_ids), BillInvoice.live
            )
        )
    )
