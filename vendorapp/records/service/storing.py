"""Write what the rules decided: records and their history in one statement each, sums through the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...kernel.database import session
from ...ledger import service as ledger
from ...ledger.rules import NOTHING, Movement
from ..rules import Delivery, Mark
from .due import sql


@dataclass(slots=True)
class Change:
    """One record before and after a round; `heard` are the marks that made the difference, in order."""

    before: Delivery | None
    after: Delivery
    heard: list[Mark] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return self.after != self.before

    def movement(self) -> Movement:
        """What the ledger must carry."""
        one = self.after
        before = self.before.tally if self.before else NOTHING
        return Movement(
            target="record",
            target_id=one.id,
            order_id=one.order_id,
            vendor_id=one.vendor_id,
            customer_id=one.customer_id,
            date=one.date,
            before=before,
            after=one.tally,
        )


COLUMNS = {
    "order_id": "bigint",
    "vendor_id": "bigint",
    "customer_id": "bigint",
    "date": "date",
    "item_name": "text",
    "unit": "text",
    "due_quantity": "bigint",
    "quantity": "bigint",
    "rate": "bigint",
    "amount": "bigint",
    "status": "text",
    "disputed": "boolean",
    "extra": "boolean",
    "terms_version": "bigint",
    "vendor_status": "text",
    "vendor_quantity": "bigint",
    "vendor_note": "text",
    "vendor_by": "bigint",
    "vendor_at": "timestamptz",
    "vendor_heard_at": "timestamptz",
    "customer_status": "text",
    "customer_quantity": "bigint",
    "customer_note": "text",
    "customer_by": "bigint",
    "customer_at": "timestamptz",
    "updated_by": "bigint",
    "updated_at": "timestamptz",
}
NAMES = ", ".join(COLUMNS)
KEPT = ("order_id", "vendor_id", "customer_id", "date")


def _arrays(columns: dict[str, str]) -> str:
    return ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in columns.items())


WRITE = sql(
    """
    INSERT INTO records ($NAMES) SELECT $NAMES FROM unnest($ARRAYS) AS m($NAMES) ORDER BY date, order_id
    ON CONFLICT (date, order_id) DO UPDATE SET $CHANGES
    RETURNING id, order_id
    """,
    NAMES=NAMES,
    ARRAYS=_arrays(COLUMNS),
    CHANGES=", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in KEPT),
)

MARK_COLUMNS = {
    "record_id": "bigint",
    "side": "text",
    "status": "text",
    "quantity": "bigint",
    "note": "text",
    "user_id": "bigint",
    "at": "timestamptz",
    "heard_at": "timestamptz",
}
REMEMBER = sql(
    """
    INSERT INTO record_marks ($NAMES)
    SELECT $NAMES FROM ROWS FROM (unnest($ARRAYS)) WITH ORDINALITY AS m($NAMES, place) ORDER BY place
    """,
    NAMES=", ".join(MARK_COLUMNS),
    ARRAYS=_arrays(MARK_COLUMNS),
)


def _row(one: Delivery) -> tuple[Any, ...]:
    """The values of COLUMNS, in their order."""
    vendor, customer = one.vendor, one.customer
    return (
        one.order_id,
        one.vendor_id,
        one.customer_id,
        one.date,
        one.item_name,
        one.unit,
        one.due_quantity,
        one.quantity,
        one.rate,
        one.amount,
        one.status,
        one.disputed,
        one.extra,
        one.terms_version,
        *(
            (vendor.status, vendor.quantity, vendor.note, vendor.by, vendor.at, vendor.heard_at)
            if vendor
            else (None,) * 6
        ),
        *(
            (customer.status, customer.quantity, customer.note, customer.by, customer.at)
            if customer
            else (None,) * 5
        ),
        one.updated_by,
        one.updated_at,
    )


def _columns(names: dict[str, str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}


def store(changes: Sequence[Change], *, side: str, actor_id: int) -> None:
    """Write the changed records of one day; afterwards each `after` bears its id.

    The accounts are locked by this transaction, and an order appears once.
    """
    changed = [one for one in changes if one.changed]
    if not changed:
        return
    rows = [_row(one.after) for one in changed]
    ids = {row.order_id: row.id for row in session().execute(WRITE, _columns(COLUMNS, rows))}
    for one in changed:
        one.after = replace(one.after, id=ids[one.after.order_id])
    history = [
        (one.after.id, side, mark.status, mark.quantity, mark.note, mark.by, mark.at, mark.heard_at)
        for one in changed
        for mark in one.heard
    ]
    if history:
        session().execute(REMEMBER, _columns(MARK_COLUMNS, history))
    ledger.move([one.movement() for one in changed], actor_id=actor_id)
