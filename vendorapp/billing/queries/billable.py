"""Reads for whoever makes a paper: what can be put on one, and what is on another already.

Ids that come in were found to be the caller's.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, select

from ...kernel.database import session
from ...on_demand.models import CustomRecord
from ...on_demand.rules import SERVED
from ...records.models import Record
from ...records.rules import DELIVERED
from ..models import BillLine, InvoiceLine
from ..rules.papers import ORDER, RECORD, Target
from .papers import one_of

_AGREED = (Record.status == DELIVERED, ~Record.disputed, Record.quantity > 0)


def on_paper(targets: Collection[Target]) -> set[Target]:
    """Those of the targets that are on an invoice or a bill that holds."""
    found: set[Target] = set()
    for kind in (RECORD, ORDER):
        ids = [target_id for target, target_id in targets if target == kind]
        for line in (InvoiceLine, BillLine):
            rows = session().scalars(
                select(line.target_id).where(line.target == kind, one_of(line.target_id, ids), line.live)
            )
            found |= {(kind, target_id) for target_id in rows}
    return found


def _free(target: str, column: Any) -> ColumnElement[bool]:
    """The condition that what `column` names is on no paper that holds."""
    return and_(
        *(
            ~select(line.target_id).where(line.target == target, line.target_id == column, line.live).exists()
            for line in (InvoiceLine, BillLine)
        )
    )


def agreed_records(order_ids: Collection[int]) -> dict[int, list[int]]:
    """The agreed deliveries of these standing orders that are on no paper, by order."""
    rows = session().execute(
        select(Record.order_id, Record.id)
        .where(one_of(Record.order_id, order_ids), *_AGREED, _free(RECORD, Record.id))
        .order_by(Record.date, Record.id)
    )
    found: dict[int, list[int]] = {}
    for order_id, record_id in rows:
        found.setdefault(order_id, []).append(record_id)
    return found


def month_targets(customer_id: int, first: date, last: date) -> list[Target]:
    """What a customer got between two days, agreed and on no paper: deliveries and on-demand orders."""
    records = session().scalars(
        select(Record.id)
        .where(
            Record.customer_id == customer_id,
            Record.date.between(first, last),
            *_AGREED,
            _free(RECORD, Record.id),
        )
        .order_by(Record.date, Record.id)
    )
    orders = session().scalars(
        select(CustomRecord.order_id)
        .where(
            CustomRecord.customer_id == customer_id,
            CustomRecord.date.between(first, last),
            CustomRecord.status == SERVED,
            ~CustomRecord.disputed,
            _free(ORDER, CustomRecord.order_id),
        )
        .order_by(CustomRecord.date, CustomRecord.order_id)
    )
    return [(RECORD, one) for one in records] + [(ORDER, one) for one in orders]
