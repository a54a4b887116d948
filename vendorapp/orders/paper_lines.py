"""Which on-demand orders invoices and bills hold, as SQL: a room above keeps them, whose tables are only
named here."""

from __future__ import annotations

from sqlalchemy import Boolean, ColumnElement, TableClause, and_, column, exists, or_, table

from .models import Order


def _table(name: str, *columns: str) -> TableClause:
    return table(name, *(column(one) for one in columns), column("live", Boolean))


INVOICE_LINES = _table("invoice_lines", "invoice_id", "target", "target_id")
BILL_LINES = _table("bill_lines", "bill_id", "target", "target_id")
BILL_INVOICES = _table("bill_invoices", "invoice_id")


def _names_order(lines: TableClause) -> ColumnElement[bool]:
    return and_(lines.c.target == "order", lines.c.target_id == Order.id)


def _holds(lines: TableClause) -> ColumnElement[bool]:
    return and_(_names_order(lines), lines.c.live)


def a_bill_asks() -> ColumnElement[bool]:
    """The condition that a bill that holds asks for the `Order`: itself, or through its invoice."""
    through = and_(
        _holds(INVOICE_LINES),
        BILL_INVOICES.c.invoice_id == INVOICE_LINES.c.invoice_id,
        BILL_INVOICES.c.live,
    )
    return or_(exists().where(_holds(BILL_LINES)), exists().where(through))


def a_paper_holds(*, holding: bool = True) -> ColumnElement[bool]:
    """The condition that the `Order` is on an invoice or a bill that holds, or on any at all."""
    names = _holds if holding else _names_order
    return or_(*(exists().where(names(lines)) for lines in (INVOICE_LINES, BILL_LINES)))
