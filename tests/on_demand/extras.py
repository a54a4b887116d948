"""What the tests of on-demand orders begin with."""

from __future__ import annotations

from typing import Any

from tests.cast import Answer, Api

TODAY, YESTERDAY, TOMORROW = "2026-11-21", "2026-11-20", "2026-11-22"
CAKE: dict[str, Any] = {"order_type": "on_demand", "item_name": "Cake", "unit": "kg", "quantity": "2"}


def asked(household: Api, vendor: Api, **fields: Any) -> int:
    """A customer's request; its id."""
    body = {"vendor_id": vendor.user["id"], **CAKE, **fields}
    return int(household.post("/orders", body, expect=201)["id"])


def entered(vendor: Api, customer_id: int | None, **fields: Any) -> int:
    """What the vendor wrote down, at ₹200 for one; its id."""
    whom = {} if customer_id is None else {"customer_id": customer_id}
    return int(vendor.post("/orders", {**whom, **CAKE, "rate": "200", **fields}, expect=201)["id"])


def step(who: Api, order_id: int, verb: str, **body: Any) -> Answer:
    return who.post(f"/order/{order_id}/{verb}", body)


def said(answer: Answer) -> tuple[int, str | None]:
    """The status and, of a refusal, its code."""
    return answer.status, answer.code if answer.status >= 400 else None


def stuck(answer: Answer) -> tuple[int, str | None, str | None]:
    """The status, the code, and the order's status that a refusal names."""
    return answer.status, answer.code, answer.json.get("status")


def refused(answer: Answer) -> list[tuple[str, str]]:
    """Field and code of each fault of a 422."""
    assert answer.status == 422, answer.json
    return [(error["field"], error["code"]) for error in answer["errors"]]


def status(who: Api, order_id: int) -> str:
    return str(who.get(f"/order/{order_id}")["status"])


def told(who: Api) -> list[tuple[str, str]]:
    """Kind and address of what somebody was told, newest first."""
    return [(one["kind"], one["url"]) for one in who.get("/notifications").json["items"]]


def account(who: Api, customer_id: int, month: str = "2026-11") -> dict[str, Any]:
    """The finance answer of a month, its orders by id."""
    found: dict[str, Any] = who.get(
        f"/finance/customer/month/{customer_id}", query_string={"month": month}
    ).json
    return {**found, "orders": {one["order_id"]: one for one in found["orders"]}}
