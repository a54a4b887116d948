"""What the tests of settling begin with: deliveries at ₹60, money that lies around, and looks at both."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.cast import Answer, Api
from tests.months.stall import agreed, delivered
from tests.records.orders import rows
from vendorapp.billing.service import payments
from vendorapp.kernel.database import transaction
from vendorapp.ledger import service as ledger

TODAY = "2026-11-21"


def milk(vendor: Api, customer_id: int, *days: str, login: Api | None = None, **terms: Any) -> list[int]:
    """Records at ₹60 on these days of a new order; their ids."""
    order = agreed(vendor, customer_id, login, start_date="2026-09-01", **terms)
    for day in days:
        delivered(vendor, order, day)
    found = vendor.get("/records", query_string={"order_id": order, "limit": 200})["items"]
    return [int(one["id"]) for one in found if one["date"] in days]


def cake(vendor: Api, customer_id: int, day: str = TODAY, rate: str = "200") -> int:
    """An on-demand order served on that day; its id."""
    body = {
        "order_type": "on_demand",
        "customer_id": customer_id,
        "item_name": "Cake",
        "rate": rate,
        "status": "served",
        "date": day,
    }
    return int(vendor.post("/orders", body, expect=201)["id"])


def pay_ahead(customer_id: int, amount: int, day: str = TODAY) -> int:
    """A confirmed payment (minor units) that is on no line; its id."""
    vendor_id = int(rows("SELECT vendor_id FROM customers WHERE id = :id", id=customer_id)[0][0])
    with transaction():
        ledger.lock_accounts([customer_id])
        payment = payments.write_payment(
            vendor_id,
            vendor_id=vendor_id,
            customer_id=customer_id,
            amount=amount,
            method="cash",
            day=date.fromisoformat(day),
            note=None,
            item=None,
            item_id=None,
            status="confirmed",
        )
        payments.book_payment(vendor_id, payment, targets=None, spread=False)
        return payment.id


def settle(who: Api, customer_id: int | None = None, **body: Any) -> Answer:
    """A settlement by a vendor of a customer, or (without one) by a customer with the vendor in `body`."""
    whose = {} if customer_id is None else {"customer_id": customer_id}
    return who.post("/settlements", {**whose, **body})


def adjust(vendor: Api, customer_id: int, amount: str, **more: Any) -> Answer:
    return vendor.post(
        "/adjustments", {"customer_id": customer_id, "amount": amount, "reason": "why", **more}
    )


def said(answer: Answer) -> tuple[int, str | None]:
    """The status and, of a refusal, its code."""
    return answer.status, answer.code if answer.status >= 400 else None


def fields(answer: Answer) -> list[str]:
    """The fields that a 422 or 404 names."""
    return [error["field"] for error in answer["errors"]]


def open_on(customer_id: int) -> list[tuple[str, int]]:
    """What is open on the account's lines, oldest first: (target, minor units)."""
    found = rows(
        "SELECT target, amount - paid FROM lines WHERE customer_id = :id AND paid < amount"
        " ORDER BY date, target, target_id",
        id=customer_id,
    )
    return [(target, int(amount)) for target, amount in found]


def account(customer_id: int) -> tuple[int, int]:
    """Balance and advance in minor units."""
    balance, advance = rows("SELECT balance, advance FROM accounts WHERE customer_id = :id", id=customer_id)[
        0
    ]
    return int(balance), int(advance)


def snapshot() -> list[Any]:
    """Everything that money writes, to see that a refusal left it alone."""
    return [
        rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3")
        for table in (
            "accounts",
            "lines",
            "credits",
            "allocations",
            "ledger_entries",
            "account_months",
            "adjustments",
            "payments",
            "settlements",
            "statements",
            "notices",
        )
    ]
