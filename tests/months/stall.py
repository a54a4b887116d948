"""A milkman's month for the tests of this room: orders that hold, and days that were delivered."""

from __future__ import annotations

from typing import Any

from tests.cast import Api

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
