"""What the tests of payments begin with, and looks at what they left behind."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from tests.cast import Answer, Api
from vendorapp.kernel.database import Base, session

TODAY, YESTERDAY = "2026-11-21", "2026-11-20"


def pay(vendor: Api, amount: Any, *, expect: Any = 201, **body: Any) -> Answer:
    """A payment as a vendor, or as a customer with `vendor_id`."""
    return vendor.post("/payments", {"amount": amount, **body}, expect=expect)


def claim(household: Api, vendor: Api, amount: Any, **body: Any) -> int:
    """What a customer says they paid; the payment's id."""
    sent = {"vendor_id": vendor.user["id"], "amount": amount, **body}
    return int(household.post("/payments", sent, expect=201)["payment"]["id"])


def extra(vendor: Api, customer_id: int | None = None, rate: str = "100", **fields: Any) -> int:
    """An on-demand order as the vendor writes it down, one piece at `rate`; its id."""
    whom = {} if customer_id is None else {"customer_id": customer_id}
    body = {"order_type": "on_demand", "item_name": "Paneer", "rate": rate, **whom, **fields}
    return int(vendor.post("/orders", body, expect=201)["id"])


def sold(vendor: Api, customer_id: int, rate: str = "100", **fields: Any) -> int:
    """Handed over already, and so owed."""
    return extra(vendor, customer_id, rate, status="served", **fields)


def invoice(vendor: Api, orders: list[Any], **body: Any) -> int:
    return int(vendor.post("/invoices", {"orders": orders, **body}, expect=201)["id"])


def bill(vendor: Api, **body: Any) -> int:
    return int(vendor.post("/bills", body, expect=201)["id"])


def said(answer: Answer) -> tuple[int, str | None]:
    """The status and, of a refusal, its code."""
    return answer.status, answer.code if answer.status >= 400 else None


def faults(answer: Answer) -> list[tuple[str, str]]:
    """Field and code of each fault of a 422."""
    assert answer.status == 422, answer.json
    return [(one["field"], one["code"]) for one in answer["errors"]]


def balance(vendor: Api, customer_id: int) -> tuple[str, str, str]:
    """What the customer owes, what is owed to them, and what they say they paid."""
    found = vendor.get(f"/customer/{customer_id}")["balance"]
    return found["owed_by_customer"], found["owed_to_customer"], found["unconfirmed"]


def order(vendor: Api, order_id: int) -> tuple[str, bool, int | None]:
    """Status, whether it is paid, and whose it is."""
    found = vendor.get(f"/order/{order_id}").json
    return found["status"], found["paid"], found["customer_id"]


def landed(answer: Any) -> list[tuple[str, int, str]]:
    """What of a payment is on which line."""
    return [(one["target"], one["target_id"], one["amount"]) for one in answer["allocations"]]


def told(who: Api) -> list[tuple[str, str]]:
    """Kind and title of what somebody was told, newest first."""
    return [(one["kind"], one["title"]) for one in who.get("/notifications").json["items"]]


def snapshot() -> dict[str, list[str]]:
    """Every row of every table as text."""
    session().rollback()
    return {
        name: sorted(session().scalars(text(f'SELECT t::text FROM "{name}" t')))
        for name in Base.metadata.tables
    }
