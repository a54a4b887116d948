"""What the tests of invoices and bills begin with."""

from __future__ import annotations

from typing import Any

from tests.cast import Answer, Api
from tests.records.orders import on_trust, rows

TODAY = "2026-11-21"
CAKE: dict[str, Any] = {"item_name": "Cake", "unit": "kg", "quantity": "2", "rate": "200"}


def invoice(vendor: Api, **body: Any) -> Answer:
    return vendor.post("/invoices", body)


def bill(vendor: Api, **body: Any) -> Answer:
    return vendor.post("/bills", body)


def made(answer: Answer) -> int:
    """The id of what was made."""
    assert answer.status == 201, answer.json
    return int(answer["id"])


def served(vendor: Api, customer_id: int, **fields: Any) -> int:
    """An on-demand order that the customer got today, for ₹400; its id."""
    body = {"order_type": "on_demand", "customer_id": customer_id, "status": "served", **CAKE, **fields}
    return int(vendor.post("/orders", body, expect=201)["id"])


def counter_sale(vendor: Api, **fields: Any) -> int:
    """An order of a walk-in that waits for the money; its id."""
    return int(vendor.post("/orders", {"order_type": "on_demand", **CAKE, **fields}, expect=201)["id"])


def delivered(vendor: Api, customer_id: int, *days: str, **terms: Any) -> int:
    """A standing order (₹108 a day) with these days delivered; its id."""
    order_id = on_trust(vendor, customer_id, **{"start_date": min(days, default=TODAY), **terms})
    for day in days:
        mark(vendor, order_id, day)
    return order_id


def mark(who: Api, order_id: int, day: str = TODAY, **fields: Any) -> int:
    """A mark of one day; the record's id."""
    answer = who.post(f"/order/{order_id}/attendance", {"date": day, **fields})
    assert answer.status in (200, 201), answer.json
    return int(answer["record"]["id"])


def sums(paper: Any) -> tuple[str, str, str, str]:
    """Status, amount, paid and due."""
    return paper["status"], paper["amount"], paper["paid_amount"], paper["due_amount"]


def refused(answer: Answer) -> tuple[int, list[tuple[str, str]]]:
    """The status, and the field and code of each fault."""
    assert answer.code == answer["errors"][0]["code"], answer.json
    return answer.status, [(one["field"], one["code"]) for one in answer["errors"]]


def said(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.code if answer.status >= 400 else None


def charges(vendor: Api, customer_id: int) -> str:
    return str(vendor.get(f"/finance/customer/month/{customer_id}?month=2026-11")["charges"])


def target(line: Any) -> tuple[str, int]:
    """What a line of a paper is about."""
    return str(line["target"]), int(line["target_id"])


def tables() -> Any:
    """How much there is of everything that a paper writes."""
    names = (
        "customers",
        "orders",
        "custom_records",
        "lines",
        "ledger_entries",
        "stock_transactions",
        "invoices",
        "invoice_lines",
        "bills",
        "bill_lines",
        "bill_invoices",
        "paper_numbers",
    )
    return rows(f"SELECT {', '.join(f'(SELECT count(*) FROM {name})' for name in names)}")
