"""A milkman's month for the tests of this room: orders that hold, and days that were delivered."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.cast import Api
from tests.records.orders import execute, rows
from vendorapp.kernel.database import transaction
from vendorapp.ledger import service as ledger

MILK: dict[str, Any] = {"item_name": "Milk", "unit": "litre", "quantity": "1", "rate": "60.00"}


def agreed(vendor: Api, customer_id: int, login: Api | None = None, **terms: Any) -> int:
    """An accepted order: by the login, or on behalf of somebody without one. Its id."""
    body = {"customer_id": customer_id, **MILK, **terms}
    if login is None:
        body["on_behalf_note"] = "by phone"
    order = vendor.post("/orders", body, expect=201).json
    if login is not None:
        login.post(f"/changes/{order['pending_change']['id']}/accept", expect=200)
    return int(order["id"])


def delivered(who: Api, order_id: int, day: str, **mark: Any) -> None:
    """One side's mark of one day."""
    answer = who.post(f"/order/{order_id}/attendance", {"date": day, **mark})
    assert answer.status in (200, 201), answer.json


def picked(found: Any, *names: str) -> dict[str, Any]:
    return {name: found[name] for name in names}


def sold_at_counter(vendor_id: int) -> None:
    """What a sale of one loaf at ₹9 to somebody without an account writes, on 9 November."""
    execute(
        "INSERT INTO orders (order_type_id, vendor_id, state, item_name, quantity, rate, amount, start_date,"
        " created_by, created_at, updated_at)"
        " VALUES (2, :id, 'served', 'Bread', 1000, 900, 900, '2026-11-09', :id, now(), now())",
        id=vendor_id,
    )
    ((order_id,),) = rows("SELECT id FROM orders WHERE item_name = 'Bread' AND vendor_id = :id", id=vendor_id)
    execute(
        "INSERT INTO custom_records (order_id, vendor_id, date, item_name, quantity, rate, amount, status,"
        " disputed, served_at, updated_by, updated_at)"
        " VALUES (:order_id, :id, '2026-11-09', 'Bread', 1000, 900, 900, 'served', false, now(), :id, now())",
        order_id=order_id,
        id=vendor_id,
    )
    execute(
        "INSERT INTO payments (vendor_id, amount, method, status, date, created_by, created_at)"
        " VALUES (:id, 900, 'cash', 'confirmed', '2026-11-09', :id, now())",
        id=vendor_id,
    )
    ((payment_id,),) = rows(
        "SELECT id FROM payments WHERE customer_id IS NULL AND vendor_id = :id", id=vendor_id
    )
    with transaction():
        ledger.sell_to_walk_in(
            payment_id=payment_id,
            vendor_id=vendor_id,
            orders=[(order_id, 900)],
            day=date(2026, 11, 9),
            actor_id=vendor_id,
        )
