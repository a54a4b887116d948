"""What money does to the sums: adjustments, credits, and how they land on lines.

Amounts are in minor units. Except for walk-ins, who have no account, the account must be locked by this
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import text

from ...kernel.clock import first_of_month, now
from ...kernel.database import session
from .. import queries
from ..models import Adjustment
from ..rules import Landing, OpenLine, land

ENTER = """
    INSERT INTO ledger_entries (vendor_id, customer_id, date, kind, target, target_id, amount, actor_id, at)
    VALUES (:vendor_id, :customer_id, :day, :kind, :source, :id, :amount, :actor, :now)
"""

# `amount` is signed, + = owes more; `payments` and `adjustments` are what it adds to the month.
BOOK = text(
    """
    WITH entry AS ($ENTER), months AS (
        INSERT INTO account_months AS t
            (customer_id, month, vendor_id, charges, payments, adjustments, disputed)
        VALUES (:customer_id, :month, :vendor_id, 0, :payments, :adjustments, 0)
        ON CONFLICT (customer_id, month) DO UPDATE SET
            payments = t.payments + excluded.payments, adjustments = t.adjustments + excluded.adjustments
    )
    UPDATE accounts SET balance = balance + :amount, advance = advance + :advance
    WHERE customer_id = :customer_id
    """.replace("$ENTER", ENTER)
)
ENTER_ALONE = text(ENTER)

NEW_LINE = text(
    """
    INSERT INTO lines (target, target_id, vendor_id, customer_id, order_id, date, amount, paid, settled_at)
    VALUES (:target, :id, :vendor_id, :customer_id, :order_id, :day, :amount, :paid, :settled_at)
    """
)
NEW_CREDIT = text(
    """
    INSERT INTO credits (source, source_id, vendor_id, customer_id, date, amount, unallocated)
    VALUES (:source, :id, :vendor_id, :customer_id, :day, :amount, :unallocated)
    """
)

LAND = text(
    """
    WITH landed AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:source AS text[]), CAST(:source_id AS bigint[]),
            CAST(:target AS text[]), CAST(:target_id AS bigint[]), CAST(:amount AS bigint[])
        ) WITH ORDINALITY AS m(source, source_id, target, target_id, amount, place)
    ), written AS (
        INSERT INTO allocations (source, source_id, target, target_id, amount, at)
        SELECT source, source_id, target, target_id, amount, :now FROM landed ORDER BY place
    ), paid AS (
        UPDATE lines l SET
            paid = l.paid + s.amount,
            settled_at = CASE WHEN l.paid + s.amount = l.amount THEN CAST(:now AS timestamptz) END
        FROM (SELECT target, target_id, sum(amount) AS amount FROM landed GROUP BY 1, 2) s
        WHERE (l.target, l.target_id) = (s.target, s.target_id)
    ), used AS (
        UPDATE credits c SET unallocated = c.unallocated - s.amount
        FROM (SELECT source, source_id, sum(amount) AS amount FROM landed GROUP BY 1, 2) s
        WHERE (c.source, c.source_id) = (s.source, s.source_id)
    )
    UPDATE accounts SET advance = advance - (SELECT sum(amount) FROM landed)
    WHERE customer_id = :customer_id
    """
)

RELEASE = text(
    """
    WITH released AS MATERIALIZED (
        UPDATE allocations SET released_at = :now
        WHERE source = :source AND source_id = :id AND released_at IS NULL
        RETURNING target, target_id, amount
    ), opened AS (
        UPDATE lines l SET paid = l.paid - s.amount, settled_at = NULL
        FROM (SELECT target, target_id, sum(amount) AS amount FROM released GROUP BY 1, 2) s
        WHERE (l.target, l.target_id) = (s.target, s.target_id)
    ), returned AS (
        UPDATE credits SET unallocated = unallocated + (SELECT coalesce(sum(amount), 0) FROM released)
        WHERE source = :source AND source_id = :id
    )
    UPDATE accounts SET advance = advance + (SELECT coalesce(sum(amount), 0) FROM released)
    WHERE customer_id = :customer_id
    """
)


def _book(
    *,
    vendor_id: int,
    customer_id: int | None,
    source: str,
    source_id: int,
    amount: int,
    advance: int,
    day: date,
    actor_id: int,
) -> None:
    """One entry of a payment or an adjustment, with the month and the balance; `amount` + = owes more."""
    is_payment = source == "payment"
    values: dict[str, Any] = {
        "vendor_id": vendor_id,
        "customer_id": customer_id,
        "day": day,
        "kind": source,
        "source": source,
        "id": source_id,
        "amount": amount,
        "actor": actor_id,
        "now": now(),
    }
    if customer_id is None:
        session().execute(ENTER_ALONE, values)
        return
    values |= {
        "month": first_of_month(day),
        "payments": -amount if is_payment else 0,
        "adjustments": 0 if is_payment else amount,
        "advance": advance,
    }
    session().execute(BOOK, values)


def adjust(
    *,
    vendor_id: int,
    customer_id: int,
    kind: str,
    amount: int,
    day: date,
    reason: str,
    actor_id: int,
    record_id: int | None = None,
) -> Adjustment:
    """A signed adjustment of `day` (+ = owes more); `kind` is opening_balance, correction or write_off.

    What is owed becomes a line like any other; what is owed less becomes advance.
    """
    adjustment = Adjustment(
        vendor_id=vendor_id,
        customer_id=customer_id,
        kind=kind,
        date=day,
        amount=amount,
        reason=reason,
        record_id=record_id,
        created_by=actor_id,
        created_at=now(),
    )
    session().add(adjustment)
    session().flush()
    whose = {"id": adjustment.id, "vendor_id": vendor_id, "customer_id": customer_id, "day": day}
    if amount > 0:
        line = {"target": "adjustment", "order_id": None, "amount": amount, "paid": 0, "settled_at": None}
        session().execute(NEW_LINE, whose | line)
    else:
        session().execute(
            NEW_CREDIT, whose | {"source": "adjustment", "amount": -amount, "unallocated": -amount}
        )
    _book(
        vendor_id=vendor_id,
        customer_id=customer_id,
        source="adjustment",
        source_id=adjustment.id,
        amount=amount,
        advance=max(-amount, 0),
        day=day,
        actor_id=actor_id,
    )
    return adjustment


def credit(
    *, payment_id: int, vendor_id: int, customer_id: int, amount: int, day: date, actor_id: int
) -> None:
    """A confirmed payment of `day`: it lowers the balance, and is advance until it is allocated."""
    values = {"id": payment_id, "vendor_id": vendor_id, "customer_id": customer_id, "day": day}
    session().execute(NEW_CREDIT, values | {"source": "payment", "amount": amount, "unallocated": amount})
    _book(
        vendor_id=vendor_id,
        customer_id=customer_id,
        source="payment",
        source_id=payment_id,
        amount=-amount,
        advance=amount,
        day=day,
        actor_id=actor_id,
    )


def allocate(
    customer_id: int, lines: Sequence[OpenLine], *, source: tuple[str, int] | None = None
) -> list[Landing]:
    """Put money on `lines`, in their order, as far as it reaches: the oldest credits first, or only what
    one credit (``("payment", id)``) has left. What landed where."""
    landings = land(lines, queries.credits_left(customer_id, source))
    if landings:
        session().execute(
            LAND,
            {
                "customer_id": customer_id,
                "now": now(),
                "source": [one.source for one in landings],
                "source_id": [one.source_id for one in landings],
                "target": [one.target for one in landings],
                "target_id": [one.target_id for one in landings],
                "amount": [one.amount for one in landings],
            },
        )
    return landings


def release(source: str, source_id: int, *, customer_id: int) -> None:
    """Take a credit off all lines it is on; they are open again, it is advance."""
    session().execute(RELEASE, {"source": source, "id": source_id, "customer_id": customer_id, "now": now()})


def reverse(
    *, payment_id: int, vendor_id: int, customer_id: int, amount: int, day: date, actor_id: int
) -> None:
    """A payment was none: its lines open again, and a negative payment of `day` takes it back."""
    release("payment", payment_id, customer_id=customer_id)
    session().execute(
        text(
            "UPDATE credits SET unallocated = 0, reversed_at = :now"
            " WHERE source = 'payment' AND source_id = :id"
        ),
        {"id": payment_id, "now": now()},
    )
    _book(
        vendor_id=vendor_id,
        customer_id=customer_id,
        source="payment",
        source_id=payment_id,
        amount=amount,
        advance=-amount,
        day=day,
        actor_id=actor_id,
    )


def sell_to_walk_in(
    *, payment_id: int, vendor_id: int, orders: Sequence[tuple[int, int]], day: date, actor_id: int
) -> None:
    """Somebody without an account pays for `orders` (order id, amount) in full, at once: charge, payment
    and settled lines in one. An order that costs nothing leaves no line."""
    whole = sum(amount for _, amount in orders)
    whose = {"vendor_id": vendor_id, "customer_id": None, "day": day}
    credit_row = {"id": payment_id, "source": "payment", "amount": whole, "unallocated": 0}
    session().execute(NEW_CREDIT, whose | credit_row)
    for order_id, amount in orders:
        if amount == 0:
            continue
        line = {"target": "order", "id": order_id, "order_id": order_id, "amount": amount}
        session().execute(NEW_LINE, whose | line | {"paid": amount, "settled_at": now()})
        session().execute(
            text(
                "INSERT INTO allocations (source, source_id, target, target_id, amount, at)"
                " VALUES ('payment', :payment_id, 'order', :order_id, :amount, :now)"
            ),
            {"payment_id": payment_id, "order_id": order_id, "amount": amount, "now": now()},
        )
        session().execute(ENTER_ALONE, _charge(whose, order_id, amount, actor_id))
    _book(
        vendor_id=vendor_id,
        customer_id=None,
        source="payment",
        source_id=payment_id,
        amount=-whole,
        advance=0,
        day=day,
        actor_id=actor_id,
    )


def _charge(whose: dict[str, Any], order_id: int, amount: int, actor_id: int) -> dict[str, Any]:
    return whose | {
        "kind": "charge",
        "source": "order",
        "id": order_id,
        "amount": amount,
        "actor": actor_id,
        "now": now(),
    }


def take_back_from_walk_in(*, payment_id: int, vendor_id: int, day: date, actor_id: int) -> list[int]:
    """A walk-in's sale was none: the charge of its day is gone, and a negative payment of `day` takes the
    money back. The ids of its orders."""
    moment = now()
    rows = (
        session()
        .execute(
            text(
                """
            WITH released AS (
                UPDATE allocations SET released_at = :now
                WHERE source = 'payment' AND source_id = :id AND released_at IS NULL
                RETURNING target, target_id
            ), ended AS (
                UPDATE credits SET reversed_at = :now WHERE source = 'payment' AND source_id = :id
            )
            DELETE FROM lines l USING released r
            WHERE (l.target, l.target_id) = (r.target, r.target_id)
            RETURNING l.target_id, l.amount, l.date
            """
            ),
            {"id": payment_id, "now": moment},
        )
        .all()
    )
    for order_id, amount, sold_on in rows:
        whose = {"vendor_id": vendor_id, "customer_id": None, "day": sold_on}
        session().execute(ENTER_ALONE, _charge(whose, order_id, -amount, actor_id))
    _book(
        vendor_id=vendor_id,
        customer_id=None,
        source="payment",
        source_id=payment_id,
        amount=sum(amount for _, amount, _ in rows),
        advance=0,
        day=day,
        actor_id=actor_id,
    )
    return [order_id for order_id, _, _ in rows]


def claim(customer_id: int, amount: int) -> None:
    """What a customer says they paid and nobody confirmed yet grows by `amount` (shrinks if negative)."""
    session().execute(
        text("UPDATE accounts SET unconfirmed = unconfirmed + :amount WHERE customer_id = :customer_id"),
        {"customer_id": customer_id, "amount": amount},
    )
