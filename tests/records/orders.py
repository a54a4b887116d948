"""What the tests of days begin with: accepted orders, pauses, and a look at the sums behind them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select, text

from tests.cast import Api, Cast
from vendorapp.billing.service import payments
from vendorapp.kernel.clock import now
from vendorapp.kernel.database import session, transaction
from vendorapp.ledger.models import Line
from vendorapp.ledger.service import lock_accounts
from vendorapp.orders.models import Pause

MILK: dict[str, Any] = {"item_name": "Milk", "unit": "L", "quantity": "2", "rate": "54.00"}


def on_trust(vendor: Api, customer_id: int, **terms: Any) -> int:
    """An order accepted at once for a row without a login; its id."""
    body = {"customer_id": customer_id, **MILK, "on_behalf_note": "by phone", **terms}
    return int(vendor.post("/orders", body, expect=201)["id"])


def agreed(vendor: Api, household: Api, customer_id: int, **terms: Any) -> int:
    """An order that the household accepted; its id."""
    order = vendor.post("/orders", {"customer_id": customer_id, **MILK, **terms}, expect=201)
    household.post(f"/changes/{order['pending_change']['id']}/accept", expect=200)
    return int(order["id"])


def orders_of(cast: Cast, vendor: Api, count: int, **terms: Any) -> list[int]:
    """As many orders, each of a customer of its own without a login."""
    return [on_trust(vendor, cast.row(vendor)["id"], **terms) for _ in range(count)]


def pause(order_id: int, first: str, last: str) -> None:
    with transaction() as current:
        vendor_id = current.scalar(text("SELECT vendor_id FROM orders WHERE id = :id"), {"id": order_id})
        current.add(
            Pause(
                order_id=order_id,
                starts_on=date.fromisoformat(first),
                ends_on=date.fromisoformat(last),
                reason=None,
                asked_by=vendor_id,
                holiday_id=None,
                created_at=now(),
            )
        )


def execute(statement: str, **values: Any) -> None:
    with transaction() as current:
        current.execute(text(statement), values)


def rows(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    session().rollback()
    return [tuple(row) for row in session().execute(text(statement), values)]


def pay_line(target: str, target_id: int, amount: int | None = None) -> None:
    """Money (minor units; all of it unless said) came for just this line."""
    with transaction() as current:
        line = current.scalars(select(Line).where(Line.target == target, Line.target_id == target_id)).one()
        assert line.customer_id is not None
        lock_accounts([line.customer_id])
        payment = payments.write_payment(
            line.vendor_id,
            vendor_id=line.vendor_id,
            customer_id=line.customer_id,
            amount=amount or line.amount,
            method="cash",
            day=line.date,
            note=None,
            item=None,
            item_id=None,
            status="confirmed",
        )
        payments.book_payment(line.vendor_id, payment, targets=[(target, target_id)])


def close_through(customer_id: int, day: str) -> None:
    execute("UPDATE accounts SET closed_through = :day WHERE customer_id = :id", id=customer_id, day=day)
