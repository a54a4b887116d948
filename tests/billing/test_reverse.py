"""A payment that was none: its lines open again, today has a negative one, a walk-in's sale is undone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Api, Cast
from tests.records.orders import close_through, rows

from .paying import balance, bill, claim, extra, invoice, landed, order, pay, said, snapshot, sold, told


def reverse(vendor: Api, payment_id: int, *, expect: int | None = 200, **body: Any) -> Any:
    return vendor.post(f"/payments/{payment_id}/reverse", body or {"reason": "Cheque bounced"}, expect=expect)


def month(vendor: Api, row: int, text: str = "2026-11") -> tuple[str, str, str]:
    """Charges, payments and the closing balance."""
    found = vendor.get(f"/finance/customer/month/{row}", query_string={"month": text}).json
    return found["charges"], found["payments"], found["closing_balance"]


def test_the_lines_open_again(milkman: Api, row_id: int) -> None:
    order_id = sold(milkman, row_id)
    payment_id = pay(milkman, "130", customer_id=row_id)["payment"]["id"]
    answer = reverse(milkman, payment_id)
    assert (answer["status"], answer["reason"]) == ("reversed", "Cheque bounced")
    assert (answer["allocations"], answer["unallocated"]) == ([], "0.00")
    assert order(milkman, order_id) == ("served", False, row_id)
    assert balance(milkman, row_id) == ("100.00", "0.00", "0.00")
    assert month(milkman, row_id) == ("100.00", "0.00", "100.00")
    again = pay(milkman, "100", item="order", item_id=order_id)
    assert landed(again["payment"]) == [("order", order_id, "100.00")]


def test_it_counts_on_its_own_day(milkman: Api, row_id: int, clock: Any) -> None:
    sold(milkman, row_id)
    payment_id = pay(milkman, "100", customer_id=row_id)["payment"]["id"]
    clock.move_to("2026-12-02T06:30:00Z")
    close_through(row_id, "2026-11-30")
    reverse(milkman, payment_id)
    assert month(milkman, row_id) == ("100.00", "100.00", "0.00")
    assert month(milkman, row_id, "2026-12") == ("0.00", "-100.00", "100.00")


def test_a_known_customer_keeps_what_they_got(milkman: Api, row_id: int) -> None:
    line = {"item_name": "Ghee", "rate": "50"}
    made = pay(milkman, "50", customer_id=row_id, item="invoice", invoice={"orders": [line]})
    reverse(milkman, made["payment"]["id"])
    found = milkman.get(f"/invoices/{made['invoice']['id']}").json
    assert (found["status"], found["due_amount"]) == ("open", "50.00")
    assert order(milkman, found["lines"][0]["order_id"]) == ("served", False, row_id)


def test_once_and_only_what_came(cast: Cast, milkman: Api) -> None:
    login, row = cast.household(of=milkman)
    payment_id = pay(milkman, "100", customer_id=row)["payment"]["id"]
    reverse(milkman, payment_id)
    claimed, declined = claim(login, milkman, "5"), claim(login, milkman, "6")
    milkman.post(f"/payments/{declined}/decline", {}, expect=200)
    before = snapshot()
    for one, status in ((payment_id, "reversed"), (claimed, "claimed"), (declined, "declined")):
        answer = reverse(milkman, one, expect=409)
        assert (answer.code, answer["status"]) == ("wrong_state", status)
    assert snapshot() == before


def test_a_reason_is_needed(milkman: Api, row_id: int) -> None:
    payment_id = pay(milkman, "100", customer_id=row_id)["payment"]["id"]
    for body in ({"reason": ""}, {"reason": "  "}, {"reason": None}):
        assert said(reverse(milkman, payment_id, expect=None, **body)) == (422, "invalid")
    assert said(reverse(milkman, 2**62, expect=None)) == (404, "not_found")


def test_a_confirmed_claim_can_be_reversed(cast: Cast, milkman: Api) -> None:
    login, row = cast.household(of=milkman)
    payment_id = claim(login, milkman, "60")
    milkman.post(f"/payments/{payment_id}/confirm", expect=200)
    reverse(milkman, payment_id)
    assert balance(milkman, row) == ("0.00", "0.00", "0.00")
    assert told(login)[0] == ("payment_reversed", "Yadav Dairy took back your payment of ₹60.00")
    assert milkman.post(f"/payments/{payment_id}/confirm").code == "already_answered"


def stocked(vendor: Api, quantity: int = 10) -> int:
    product = vendor.post("/products", {"name": "Soda", "rate": "50"}, expect=201)["id"]
    body = {"transaction": "add", "product_id": product, "quantity": quantity}
    vendor.post("/stock-transactions", body, expect=201)
    return int(product)


def left(vendor: Api, product: int) -> str:
    return str(vendor.get(f"/products/{product}")["stock_quantity"])


def walk_ins(vendor: Api) -> dict[str, str]:
    found: dict[str, str] = vendor.get(f"/finance/vendor/month/{vendor.user['id']}").json["walk_in"]
    return found


NOTHING = {"total_amount": "0.00", "payments": "0.00"}


@pytest.mark.parametrize("item", ["order", "invoice", "bill"])
def test_a_walk_ins_sale_is_taken_back(milkman: Api, item: str) -> None:
    """With what was free of charge, too; the paper that is left is void and takes no money."""
    product = stocked(milkman)
    line = {"item": "product", "item_id": product, "quantity": 2}
    gift = {**line, "rate": "0"}
    new: dict[str, Any] = {"orders": [line, gift]}
    if item == "order":
        new = line
    if item == "bill":
        new["invoices"] = [invoice(milkman, [{**line, "quantity": 1}])]
    made = pay(milkman, "150" if item == "bill" else "100", item=item, **{item: new})
    assert left(milkman, product) == {"order": "8", "invoice": "6", "bill": "5"}[item]
    reverse(milkman, made["payment"]["id"])
    assert left(milkman, product) == "10"
    assert rows("SELECT DISTINCT state FROM orders") == [("cancelled",)]
    assert rows("SELECT DISTINCT status FROM custom_records") == [("cancelled",)]
    assert rows("SELECT count(*) FROM lines") == [(0,)]
    assert walk_ins(milkman) == NOTHING
    if item != "order":
        assert milkman.get(f"/{item}s/{made[item]['id']}")["status"] == "void"
    again = pay(milkman, "100", item=item, item_id=made[item]["id"], expect=409)
    assert again.code == "target_closed"


def test_a_part_of_a_walk_ins_paper(milkman: Api) -> None:
    """Only what this payment paid is taken back; the rest of the paper holds."""
    first, second = extra(milkman, rate="10"), extra(milkman, rate="20")
    paper = invoice(milkman, [{"id": first}, {"id": second}])
    one = pay(milkman, "10", item="order", item_id=first)["payment"]["id"]
    two = pay(milkman, "20", item="invoice", item_id=paper)["payment"]["id"]
    reverse(milkman, two)
    assert order(milkman, first) == ("served", True, None)
    assert order(milkman, second) == ("cancelled", False, None)
    assert milkman.get(f"/invoices/{paper}")["status"] == "paid"
    reverse(milkman, one)
    assert walk_ins(milkman) == NOTHING


def test_an_invoice_on_a_walk_ins_bill(milkman: Api) -> None:
    paper = invoice(milkman, [{"id": extra(milkman, rate="10")}])
    asked = bill(milkman, invoices=[paper], orders=[{"id": extra(milkman, rate="20")}])
    payment_id = pay(milkman, "10", item="invoice", item_id=paper)["payment"]["id"]
    reverse(milkman, payment_id)
    assert milkman.get(f"/bills/{asked}")["due_amount"] == "20.00"
    pay(milkman, "20", item="bill", item_id=asked)


def test_a_sale_of_an_earlier_month_leaves_that_month_whole(milkman: Api) -> None:
    sale = {"item_name": "Cake", "rate": "400"}
    body = {"amount": "400", "item": "order", "date": "2026-10-10", "order": sale}
    made = milkman.post("/payments", body, expect=201)["payment"]
    milkman.post(f"/payments/{made['id']}/reverse", {"reason": "typed twice"}, expect=200)
    path = f"/finance/vendor/month/{milkman.user['id']}"
    months = {name: milkman.get(path, query_string={"month": name}).json for name in ("2026-10", "2026-11")}
    # Nothing was sold; the money came in October and went in November.
    assert months["2026-10"]["walk_in"] == {"total_amount": "0.00", "payments": "400.00"}
    assert months["2026-11"]["walk_in"] == {"total_amount": "0.00", "payments": "-400.00"}
    assert [month["by_item"] for month in months.values()] == [[], []]
    assert [month["totals"]["total_amount"] for month in months.values()] == ["0.00", "0.00"]
