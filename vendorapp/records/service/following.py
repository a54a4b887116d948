"""Unmarked days follow their order: new terms, a pause, an end. Marked days never change.

Callers hold the orders' rows, so no night and no mark is at work on them meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete, text

from ...kernel.clock import now
from ...kernel.database import session
from ..models import Record
from ..queries import MARKED
from .due import sql

FOLLOW = sql(
    """
    UPDATE records r SET
        item_name = s.item_name, unit = s.unit, due_quantity = s.quantity, rate = s.rate,
        terms_version = s.version, status = s.status,
        quantity = CASE s.status WHEN 'scheduled' THEN s.quantity ELSE 0 END,
        amount = CASE s.status WHEN 'scheduled' THEN s.amount ELSE 0 END,
        updated_at = :now
    FROM (
        SELECT d.id, p.item_name, p.unit, p.quantity, p.rate, p.amount, p.version,
               CASE WHEN $DUE THEN 'scheduled' ELSE 'cancelled' END AS status
        FROM records d
        JOIN orders o ON o.id = d.order_id
        CROSS JOIN LATERAL (SELECT d.date AS day) AS days
        $PERIOD
        WHERE d.order_id = ANY (:order_ids) AND d.date >= :from_day
          AND d.vendor_status IS NULL AND d.customer_status IS NULL
    ) s
    WHERE r.id = s.id
      AND (r.item_name, r.unit, r.due_quantity, r.rate, r.terms_version, r.status)
          IS DISTINCT FROM (s.item_name, s.unit, s.quantity, s.rate, s.version, s.status)
    """
)

# Days that the night has passed over because nothing was due then.
FILL = sql(
    """
    WITH due AS MATERIALIZED (
        $FOUND
        FROM orders o
        CROSS JOIN LATERAL generate_series(
            0, o.scheduled_through - greatest(o.first_night, CAST(:from_day AS date))
        ) AS n
        CROSS JOIN LATERAL (
            SELECT greatest(o.first_night, CAST(:from_day AS date)) + n AS day
        ) AS days
        $PERIOD
        WHERE o.id = ANY (:order_ids) AND $DUE
    )
    $MAKE
    """
)

CANCEL = text(
    """
    UPDATE records SET status = 'cancelled', quantity = 0, amount = 0, updated_at = :now
    WHERE order_id = :order_id AND date >= :day AND status = 'scheduled'
      AND vendor_status IS NULL AND customer_status IS NULL
    """
)


def follow_terms(order_ids: Iterable[int], *, from_day: date) -> None:
    """Make the unmarked days of these orders from `from_day` on what the orders say now.

    They take the terms in force; those no longer due (a pause, another pattern, an end) are cancelled,
    cancelled ones that are due again come back, and due days that the night has already passed get
    their record. To be called after the terms, pauses or end of the orders have changed.
    """
    values = {"order_ids": list(order_ids), "from_day": from_day, "now": now()}
    session().execute(FOLLOW, values)
    session().execute(FILL, values)


def cancel_from(order_id: int, day: date) -> None:
    """Cancel an order's unmarked records of `day` and later."""
    session().execute(CANCEL, {"order_id": order_id, "day": day, "now": now()})


def delete_unmarked(order_id: int) -> None:
    """Remove an order's unmarked records, before the order itself is removed for good."""
    session().execute(
        delete(Record)
        .where(Record.order_id == order_id, ~MARKED)
        .execution_options(synchronize_session=False)
    )
