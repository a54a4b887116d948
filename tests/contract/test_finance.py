"""Section 6 of the contract, the finance reads: what holds between months, sides and customers."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import Flask

from tests.cast import Api, Cast

from .steps import agreed, mark, on_trust, said

MONEY = (
    "opening_balance",
    "charges",
    "payments",
    "adjustments",
    "closing_balance",
    "disputed_amount",
    "settled_amount",
    "unsettled_amount",
)


def total(values: Iterable[str]) -> Decimal:
    return sum(map(Decimal, values), Decimal(0))


def _months(app: Flask, first: date, milkman: Api, people: list[tuple[Api | None, int]]) -> None:
    """Every identity that the contract gives, over five months."""
    closings = dict.fromkeys((row for _, row in people), Decimal(0))
    vendor_id = milkman.user["id"]
    for _ in range(5):
        month = f"{first:%Y-%m}"
        lines = {}
        for login, row in people:
            path = f"/finance/customer/month/{row}"
            found = milkman.get(f"{path}?month={month}").json
            assert milkman.post(path, {"month": month}, expect=200).json == found
            if login:
                own = f"/finance/vendor/month/{vendor_id}"
                assert login.get(f"{path}?month={month}").json == found
                assert login.get(f"{own}?month={month}").json == found
                assert login.post(own, {"month": month}, expect=200).json == found
            money = {name: Decimal(found[name]) for name in MONEY}
            assert money["opening_balance"] == closings[row], (row, month)
            closings[row] = money["closing_balance"]
            assert closings[row] == (
                money["opening_balance"] + money["charges"] - money["payments"] + money["adjustments"]
            )
            assert money["charges"] == total(one["total_amount"] for one in found["orders"])
            assert money["disputed_amount"] == total(one["disputed_amount"] for one in found["orders"])
            assert money["settled_amount"] + money["unsettled_amount"] == money["charges"]
            assert max(closings[row], Decimal(0)) == Decimal(found["owed_by_customer"])
            assert max(-closings[row], Decimal(0)) == Decimal(found["owed_to_customer"])
            lines[row] = found
        whole = milkman.get(f"/finance/vendor/month/{vendor_id}?month={month}").json
        assert milkman.post(f"/finance/vendor/month/{vendor_id}", {"month": month}, expect=200).json == whole
        shown = {one["customer_id"]: one for one in whole["customers"]["items"]}
        for row, found in lines.items():
            assert shown[row]["closing_balance"] == found["closing_balance"]
            assert shown[row]["total_amount"] == found["charges"]
            assert shown[row]["disputed_amount"] == found["disputed_amount"]
        totals = whole["totals"]
        assert Decimal(totals["total_amount"]) == total(one["charges"] for one in lines.values())
        assert Decimal(totals["total_amount"]) == total(one["total_amount"] for one in whole["by_item"])
        assert Decimal(totals["disputed_amount"]) == total(one["disputed_amount"] for one in lines.values())
        assert Decimal(totals["owed_to_vendor"]) == total(one["owed_by_customer"] for one in lines.values())
        assert Decimal(totals["owed_by_vendor"]) == total(one["owed_to_customer"] for one in lines.values())
        orders = [one for found in lines.values() for one in found["orders"]]
        assert totals["active_days"] == sum(one["active_days"] for one in orders)
        assert Decimal(totals["quantity"]) == total(one["quantity"] for one in orders)
        first = (first + timedelta(days=32)).replace(day=1)


def test_the_identities_hold_over_months_of_marks(app: Flask, cast: Cast, milkman: Api, clock: Any) -> None:
    chance = random.Random(20261121)
    clock.move_to("2026-09-01T06:30:00Z")
    people: list[tuple[Api | None, int]] = [
        (None, int(cast.row(milkman, opening_balance="-500.50")["id"])),
        (None, int(cast.row(milkman)["id"])),
        cast.household(of=milkman, opening_balance="75.25"),
    ]
    orders: list[tuple[Api | None, int]] = []
    for login, row in people:
        for rate in ("54.35", "0.03"):
            terms = {"rate": rate, "item_name": f"Milk {rate}", "quantity": "1.5"}
            new = agreed(milkman, login, row, **terms) if login else on_trust(milkman, row, **terms)
            orders.append((login, new))
    for step in range(44):
        day = date(2026, 9, 1) + timedelta(days=step * 2)
        clock.move_to(f"{day}T06:30:00Z")
        login, order_id = chance.choice(orders)
        body: dict[str, Any] = {"status": chance.choice(["delivered", "delivered", "skipped"])}
        if body["status"] == "delivered":
            body["quantity"] = chance.choice(["1", "0.5", "2.335"])
        assert mark(milkman, order_id, **body).status in (200, 201)
        if login and chance.random() < 0.6:
            answer = mark(login, order_id, status=chance.choice(["delivered", "skipped"]))
            assert answer.status == 200
            if chance.random() < 0.3:
                mark(milkman, order_id, status="skipped")
    _months(app, date(2026, 8, 1), milkman, people)
    verified = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert verified.exit_code == 0, verified.output
    rebuilt = app.test_cli_runner().invoke(args=["months", "rollup"])
    assert rebuilt.output.endswith("drift 0\n"), rebuilt.output


def test_any_month_has_an_answer(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = agreed(milkman, login, row, start_date="2026-11-01")
    mark(milkman, order_id)
    path = f"/finance/customer/month/{row}"
    for month, closing, charges in (("1970-01", "0.00", "0.00"), ("2199-12", "108.00", "0.00")):
        found = login.get(f"{path}?month={month}").json
        assert (found["month"], found["closing_balance"], found["charges"]) == (month, closing, charges)
    assert login.get(f"{path}?month=").json == login.get(path).json
    assert login.get(path).json["month"] == "2026-11"
    for wrong in (5, "2026-13", "2026-1", "२०२६-११", ["2026-11"], "2026-11-01", "1969-12", "2200-01", True):
        assert said(milkman.post(path, {"month": wrong})) == (422, "invalid"), wrong
    for limit in (0, 201, True, "50", 1.5):
        body = {"month": "2026-11", "limit": limit}
        assert said(milkman.post(f"/finance/vendor/month/{milkman.user['id']}", body)) == (422, "invalid")
