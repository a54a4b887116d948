"""The steps that tests of the contract begin with."""

from __future__ import annotations

import itertools
from typing import Any

from tests.cast import Answer, Api

MILK: dict[str, Any] = {"item_name": "Milk", "unit": "L", "quantity": "2", "rate": "54.00"}
_phones = itertools.count(9700000001)


def phone() -> str:
    return f"+91{next(_phones)}"


def on_trust(vendor: Api, customer_id: int, **terms: Any) -> int:
    """An order accepted at once for a row without a login; its id."""
    body = {"customer_id": customer_id, **MILK, "on_behalf_note": "by phone", **terms}
    return int(vendor.post("/orders", body, expect=201)["id"])


def agreed(vendor: Api, household: Api, customer_id: int, **terms: Any) -> int:
    """An order that the household accepted; its id."""
    order = vendor.post("/orders", {"customer_id": customer_id, **MILK, **terms}, expect=201)
    household.post(f"/changes/{order['pending_change']['id']}/accept", expect=200)
    return int(order["id"])


def changed(one: Api, other: Api, order_id: int, **fields: Any) -> Any:
    """A change that one side proposes and the other accepts; the accepted change."""
    made = one.put(f"/order/{order_id}", fields, expect=202)["change"]
    return other.post(f"/changes/{made['id']}/accept", expect=200)["change"]


def mark(who: Api, order_id: int, /, **body: Any) -> Answer:
    return who.post(f"/order/{order_id}/attendance", body)


def said(answer: Answer) -> tuple[int, str | None]:
    """The status and, of a refusal, its code."""
    return answer.status, answer.code if answer.status >= 400 else None
