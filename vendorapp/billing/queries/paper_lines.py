"""The lines of invoices and bills, with what they cost now and what is paid on them.

Money is in minor units, quantities in thousandths. Ids that come in were found to be the caller's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Select, Subquery, and_, any_, case, func, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from ...kernel.database import session
from ...ledger.models import Line
from ...on_demand.models import CustomRecord
from ...on_demand.rules import ACCEPTED, SERVED
from ...orders.models import Order
from ...records.models import Record
from ...records.rules import DELIVERED
from ..models import Bill, BillInvoice, BillLine, Invoice, InvoiceLine
from ..rules.papers import BILL, INVOICE, ORDER, RECORD, Target


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A delivery or an on-demand order on a paper, with what it costs now and what is paid on it.

    `stands`: it is delivered and nobody contradicts, or a walk-in is yet to pay for it; `unserved` is the
    latter. `rate` None: only the sum was agreed.
    """

    target: str
    target_id: int
    order_id: int
    date: date
    item_name: str
    unit: str | None
    quantity: int
    rate: int | None
    amount: int
    paid: int
    stands: bool
    unserved: bool


def one_of(column: Any, ids: Iterable[int]) -> Any:
    """The condition that `column` is one of `ids`: a single parameter however many they are."""
    return column == any_(literal(list(ids), ARRAY(BigInteger)))


UNSERVED = and_(Order.customer_id.is_(None), Order.state == ACCEPTED)
COUNTED = case((Line.target.is_not(None), Line.amount), (UNSERVED, Order.amount), else_=0)
STANDS = func.coalesce(
    or_(
        and_(Record.status == DELIVERED, ~Record.disputed),
        UNSERVED,
        and_(CustomRecord.status == SERVED, ~CustomRecord.disputed),
    ),
    False,
)


def joined(held: Subquery, *columns: Any) -> Select[*tuple[Any, ...]]:
    """`held` (paper_id, target, target_id) with what its targets are now, and what is paid on them."""
    return (
        select(*columns)
        .select_from(held)
        .outerjoin(Record, and_(held.c.target == RECORD, Record.id == held.c.target_id))
        .outerjoin(Order, and_(held.c.target == ORDER, Order.id == held.c.target_id))
        .outerjoin(CustomRecord, CustomRecord.order_id == Order.id)
        .outerjoin(Line, and_(Line.target == held.c.target, Line.target_id == held.c.target_id))
    )


def _own(kind: str) -> Select[*tuple[Any, ...]]:
    """Which lines each paper has of its own."""
    if kind == INVOICE:
        return select(InvoiceLine.invoice_id.label("paper_id"), InvoiceLine.target, InvoiceLine.target_id)
    return select(BillLine.bill_id.label("paper_id"), BillLine.target, BillLine.target_id)


def lines_held(kind: str, paper_id: Any) -> Any:
    """The lines (paper_id, target, target_id) of one paper, a bill's through its invoices too; `paper_id`
    may be a column of the statement around."""
    if kind == INVOICE:
        return _own(INVOICE).where(InvoiceLine.invoice_id == paper_id).correlate(Invoice)
    through = (
        select(BillInvoice.bill_id.label("paper_id"), InvoiceLine.target, InvoiceLine.target_id)
        .join(InvoiceLine, InvoiceLine.invoice_id == BillInvoice.invoice_id)
        .where(BillInvoice.bill_id == paper_id)
    )
    own = _own(BILL).where(BillLine.bill_id == paper_id)
    return union_all(own.correlate(Bill), through.correlate(Bill))


def lines_of(kind: str, ids: Collection[int]) -> dict[int, list[PaperLine]]:
    """The own lines of each paper, by day."""
    column = InvoiceLine.invoice_id if kind == INVOICE else BillLine.bill_id
    held = _own(kind).where(one_of(column, ids)).subquery()
    day = func.coalesce(Record.date, Order.start_date)
    rows = session().execute(
        joined(
            held,
            held.c.paper_id,
            held.c.target,
            held.c.target_id,
            func.coalesce(Record.order_id, Order.id),
            day,
            func.coalesce(Record.item_name, Order.item_name),
            func.coalesce(Record.unit, Order.unit),
            func.coalesce(Record.quantity, Order.quantity),
            func.coalesce(Record.rate, Order.rate),
            COUNTED,
            func.coalesce(Line.paid, 0),
            STANDS,
            func.coalesce(UNSERVED, False),
        ).order_by(held.c.paper_id, day, held.c.target_id)
    )
    found: dict[int, list[PaperLine]] = {}
    for paper_id, *values in rows:
        found.setdefault(paper_id, []).append(PaperLine(*values))
    return found


def paper_targets(kind: str, paper_id: int) -> list[Target]:
    """What a paper asks money for, a bill through its invoices too."""
    rows = session().execute(lines_held(kind, paper_id))
    return [(row.target, row.target_id) for row in rows]


def unserved(kind: str, paper_id: int) -> list[tuple[int, int]]:
    """A walk-in's orders on a paper, a bill's invoices too, that are not handed over yet: (id, amount)."""
    ids = [target_id for target, target_id in paper_targets(kind, paper_id) if target == ORDER]
    rows = session().execute(
        select(Order.id, Order.amount).where(one_of(Order.id, ids), UNSERVED).order_by(Order.id)
    )
    return [(row.id, row.amount or 0) for row in rows]


def disputed(targets: Collection[Target]) -> bool:
    """Whether the customer contradicts one of these deliveries and orders."""
    for kind, column, contradicted in (
        (RECORD, Record.id, Record.disputed),
        (ORDER, CustomRecord.order_id, CustomRecord.disputed),
    ):
        ids = [target_id for target, target_id in targets if target == kind]
        if ids and session().scalar(select(column).where(one_of(column, ids), contradicted).limit(1)):
            return True
    return False


def sold_to_walk_in(kind: str, paper_ids: Collection[int]) -> set[int]:
    """Those of the papers that have a line of their own which a walk-in has paid and got."""
    column = InvoiceLine.invoice_id if kind == INVOICE else BillLine.bill_id
    held = _own(kind).where(one_of(column, paper_ids)).subquery()
    theirs = and_(CustomRecord.customer_id.is_(None), CustomRecord.status == SERVED)
    return set(session().scalars(joined(held, held.c.paper_id).where(theirs)))


def due_of_targets(targets: Collection[Target]) -> int:
    """What is open on these deliveries and orders together, with what a walk-in is yet to pay for."""
    due = 0
    for kind in (RECORD, ORDER):
        ids = [target_id for target, target_id in targets if target == kind]
        on = (Line.target == kind, one_of(Line.target_id, ids))
        due += int(session().scalar(select(func.sum(Line.amount - Line.paid)).where(*on)) or 0)
        if kind == ORDER:
            waits = select(func.sum(Order.amount)).where(one_of(Order.id, ids), UNSERVED)
            due += int(session().scalar(waits) or 0)
    return due


def due_of_invoices(invoice_ids: Collection[int]) -> int:
    """What is open on these invoices together."""
    return sum(line.amount - line.paid for lines in lines_of(INVOICE, invoice_ids).values() for line in lines)
