"""What is paid: whose it is, whether it still can be, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Api, Cast
from tests.records.orders import agreed, close_through, on_trust

from .paying import (
    balance,
    bill,
    extra,
    faults,
    invoice,
    landed,
    order,
    pay,
    snapshot,
    sold,
)

LINE: dict[str, Any] = {"item_name": "Ghee", "rate": "50"}
NEW = {"name": "Robert Green", "phone_number": "+256781224508"}


def test_paid_is_paid(milkman: Api, row_id: int) -> None:
    order_id = sold(milkman, row_id)
    paper = invoice(milkman, [{"id": order_id}], customer_id=row_id)
    asked = bill(milkman, invoices=[paper])
    pay(milkman, "100", item="bill", item_id=asked)
    walk_in = extra(milkman)
    pay(milkman, "100", item="order", item_id=walk_in)
    before = snapshot()
    for item, item_id in (("order", order_id), ("invoice", paper), ("bill", asked), ("order", walk_in)):
        answer = pay(milkman, "1", item=item, item_id=item_id, expect=409)
        assert answer.code == "already_paid"
    again = pay(milkman, "1", customer_id=row_id, item="order", item_id=walk_in, expect=409)
    assert again.code == "already_paid"
    assert snapshot() == before
    loose = invoice(milkman, [{"id": sold(milkman, row_id)}], customer_id=row_id)
    pay(milkman, "100", item="invoice", item_id=loose)
    before = snapshot()
    over = pay(milkman, "1", item="bill", bill={"invoices": [loose]}, expect=409)
    assert over.code == "already_paid"
    assert snapshot() == before


def test_closed_targets(cast: Cast, milkman: Api, row_id: int) -> None:
    login, row = cast.household(of=milkman)
    gone = extra(milkman, row_id)
    milkman.delete(f"/order/{gone}", expect=200)
    request = {"order_type": "on_demand", "vendor_id": milkman.user["id"], "item_name": "Cake"}
    declined = login.post("/orders", request, expect=201)["id"]
    milkman.post(f"/order/{declined}/decline", {}, expect=200)
    offered = login.post("/orders", request, expect=201)["id"]
    milkman.post(f"/order/{offered}/accept", {"rate": "5"}, expect=200)
    paper = invoice(milkman, [{"id": sold(milkman, row_id)}], customer_id=row_id)
    milkman.post(f"/invoices/{paper}/void", expect=200)
    proposed = milkman.post("/orders", {"customer_id": row, "item_name": "Milk", "rate": "5"}, expect=201)[
        "id"
    ]
    before = snapshot()
    for item, item_id, code, status in (
        ("order", gone, "target_closed", "cancelled"),
        ("order", declined, "target_closed", "declined"),
        ("invoice", paper, "target_closed", "void"),
        ("order", offered, "wrong_state", "offered"),
        ("order", proposed, "wrong_state", "proposed"),
    ):
        answer = pay(milkman, "5", item=item, item_id=item_id, expect=409)
        assert (answer.code, answer["status"]) == (code, status)
    assert snapshot() == before


def test_another_customers_target(cast: Cast, milkman: Api, row_id: int) -> None:
    other = cast.row(milkman)["id"]
    order_id = sold(milkman, row_id)
    paper = invoice(milkman, [{"id": order_id}], customer_id=row_id)
    asked = bill(milkman, invoices=[paper])
    standing = on_trust(milkman, row_id)
    before = snapshot()
    for item, item_id in (("order", order_id), ("invoice", paper), ("bill", asked), ("order", standing)):
        known = pay(milkman, "5", customer_id=other, item=item, item_id=item_id, expect=409)
        assert known.code == "target_other_customer"
        fresh = pay(milkman, "5", customer=NEW, item=item, item_id=item_id, expect=409)
        assert (fresh.code, fresh["customer_id"]) == ("target_has_customer", row_id)
    fresh = pay(milkman, "5", customer=NEW, item="bill", bill={"invoices": [paper]}, expect=None)
    assert fresh.status in (409, 422)
    assert snapshot() == before


def test_a_known_phone(cast: Cast, milkman: Api) -> None:
    known = cast.row(milkman, phone_number="+256781224508")["id"]
    order_id = extra(milkman)
    before = snapshot()
    for target in ({}, {"item": "order", "item_id": order_id}, {"item": "order", "order": LINE}):
        answer = pay(milkman, "100", customer=NEW, **target, expect=409)
        assert (answer.code, answer["customer_id"]) == ("customer_exists", known)
    assert snapshot() == before
    assert pay(cast.vendor(), "100", customer=NEW)["payment"]["unallocated"] == "100.00"


def test_what_is_not_there_or_not_mine(cast: Cast, milkman: Api, row_id: int) -> None:
    rival = cast.vendor()
    theirs = extra(rival)
    paper = invoice(rival, [{"id": theirs}])
    product = rival.post("/products", {"name": "Milk"}, expect=201)["id"]
    row = cast.row(rival)["id"]
    known = {"name": "Asha", "phone_number": milkman.get(f"/customer/{row_id}")["phone_number"]}
    before = snapshot()
    for body, field in (
        ({"customer_id": row}, "customer_id"),
        ({"customer_id": 2**62}, "customer_id"),
        ({"item": "order", "item_id": theirs}, "item_id"),
        ({"item": "invoice", "item_id": paper}, "item_id"),
        ({"item": "bill", "item_id": paper}, "item_id"),
        ({"customer": NEW, "item": "order", "item_id": 2**62}, "item_id"),
        ({"item": "order", "order": {"item": "product", "item_id": product}}, "order.item_id"),
        ({"item": "invoice", "invoice": {"orders": [{"id": theirs}]}}, "invoice.orders.0.id"),
        (
            {"customer": known, "item": "invoice", "invoice": {"orders": [{"id": theirs}]}},
            "invoice.orders.0.id",
        ),
        ({"customer": known, "item": "order", "item_id": theirs}, "item_id"),
        ({"customer_id": row_id, "vendor_id": rival.user["id"]}, "vendor_id"),
    ):
        answer = pay(milkman, "5", **body, expect=404)
        assert (answer.code, [one["field"] for one in answer["errors"]]) == ("not_found", [field])
    assert snapshot() == before


def test_invoices_of_several_customers(cast: Cast, milkman: Api, row_id: int) -> None:
    other = cast.row(milkman)["id"]
    papers = [invoice(milkman, [{"id": sold(milkman, who)}], customer_id=who) for who in (row_id, other)]
    before = snapshot()
    for payer in ({}, {"customer_id": row_id}, {"customer_id": cast.row(milkman)["id"]}, {"customer": NEW}):
        before = snapshot()
        answer = pay(milkman, "200", **payer, item="bill", bill={"invoices": papers}, expect=422)
        assert faults(answer) == [("bill.invoices", "mixed_customers")]
        assert snapshot() == before
    others = pay(milkman, "200", customer_id=row_id, item="bill", bill={"invoices": papers[1:]}, expect=422)
    assert (others.code, others["invoices"]) == ("invoices_invalid", papers[1:])


def test_a_walk_ins_invoice_goes_with_a_customers(milkman: Api, row_id: int) -> None:
    waits = extra(milkman, rate="30")
    theirs = invoice(milkman, [{"id": sold(milkman, row_id)}], customer_id=row_id)
    asked = [invoice(milkman, [{"id": waits}]), theirs]
    made = pay(milkman, "130", item="bill", bill={"invoices": asked})
    assert (made["payment"]["customer_id"], made["bill"]["status"]) == (row_id, "paid")
    assert milkman.get(f"/invoices/{asked[0]}")["customer_id"] == row_id
    assert order(milkman, waits) == ("billed", True, row_id)
    assert balance(milkman, row_id) == ("0.00", "0.00", "0.00")


PAYERS = [{"customer_id": None}, {"customer": NEW}]


@pytest.mark.parametrize("payer", PAYERS)
@pytest.mark.parametrize("on_bill", [False, True])
def test_what_a_walk_in_paid_in_part_stays_theirs(
    milkman: Api, row_id: int, payer: dict[str, Any], on_bill: bool
) -> None:
    whom = {**payer, "customer_id": row_id} if "customer_id" in payer else payer
    first, second, third = (extra(milkman, rate=rate) for rate in ("10", "20", "30"))
    paper = invoice(milkman, [{"id": first}, {"id": second}])
    targets = [("order", second), ("invoice", paper)]
    if on_bill:
        asked = bill(milkman, invoices=[paper], orders=[{"id": third}])
        targets += [("bill", asked), ("order", third)]
    pay(milkman, "10", item="order", item_id=first)
    before = snapshot()
    for item, item_id in targets:
        answer = pay(milkman, "20", **whom, item=item, item_id=item_id, expect=409)
        assert (answer.code, "walk-in" in answer["detail"]) == ("target_other_customer", True)
    assert snapshot() == before
    pay(milkman, "20", item="order", item_id=second)
    assert milkman.get(f"/invoices/{paper}")["status"] == "paid"


def test_a_line_that_a_walk_in_paid_keeps_a_whole_bill(milkman: Api, row_id: int) -> None:
    paid, waits = extra(milkman, rate="10"), extra(milkman, rate="20")
    paper = invoice(milkman, [{"id": waits}])
    asked = bill(milkman, invoices=[paper], orders=[{"id": paid}])
    pay(milkman, "10", item="order", item_id=paid)
    answer = pay(milkman, "20", customer_id=row_id, item="invoice", item_id=paper, expect=409)
    assert answer.code == "target_other_customer"
    assert milkman.get(f"/bills/{asked}")["customer_id"] is None


@pytest.mark.parametrize("payer", PAYERS)
@pytest.mark.parametrize("whole", [False, True])
def test_no_bill_of_a_customer_takes_what_a_walk_in_paid(
    milkman: Api, row_id: int, payer: dict[str, Any], whole: bool
) -> None:
    whom = {**payer, "customer_id": row_id} if "customer_id" in payer else payer
    first, second = extra(milkman, rate="10"), extra(milkman, rate="20")
    paper = invoice(milkman, [{"id": first}, {"id": second}])
    pay(milkman, "10", item="order", item_id=first)
    if whole:
        pay(milkman, "20", item="order", item_id=second)
    parts = {"invoices": [paper], "orders": [LINE]}
    before = snapshot()
    paid = pay(milkman, "70", **whom, item="bill", bill=parts, expect=422)
    asked = milkman.post("/bills", {**whom, **parts}, expect=422)
    for answer in (paid, asked):
        assert (answer.code, answer["invoices"]) == ("invoices_invalid", [paper])
    assert snapshot() == before


def test_a_walk_ins_paid_invoice_does_not_go_with_a_customers(milkman: Api, row_id: int) -> None:
    paper = invoice(milkman, [{"id": extra(milkman, rate="30")}])
    pay(milkman, "30", item="invoice", item_id=paper)
    theirs = invoice(milkman, [{"id": sold(milkman, row_id)}], customer_id=row_id)
    answer = pay(milkman, "100", item="bill", bill={"invoices": [paper, theirs]}, expect=422)
    assert (answer.code, answer["invoices"]) == ("invoices_invalid", [paper])


@pytest.mark.parametrize("item", ["invoice", "bill"])
def test_a_paper_on_which_only_the_disputed_is_open(cast: Cast, milkman: Api, item: str) -> None:
    login, row = cast.household(of=milkman)
    good, bad = sold(milkman, row, "40"), sold(milkman, row)
    paper = invoice(milkman, [{"id": good}, {"id": bad}], customer_id=row)
    if item == "bill":
        paper = bill(milkman, invoices=[paper])
    login.post(f"/order/{bad}/decline", {"reason": "Not mine"}, expect=200)
    assert landed(pay(milkman, "40", item=item, item_id=paper)["payment"]) == [("order", good, "40.00")]
    assert pay(milkman, "1", item=item, item_id=paper, expect=409).code == "disputed"


def test_the_payer_is_looked_for_before_the_goods(milkman: Api) -> None:
    no = 10**9
    for target in (
        {"item": "order", "item_id": no},
        {"item": "order", "order": {"item": "product", "item_id": no}},
        {"item": "invoice", "invoice": {"orders": [{"item": "product", "item_id": no}, {"id": no}]}},
    ):
        answer = pay(milkman, "5", customer_id=no, **target, expect=404)
        assert [one["field"] for one in answer["errors"]] == ["customer_id"]


def test_an_inactive_customer_pays_old_debts(milkman: Api, row_id: int) -> None:
    order_id = sold(milkman, row_id)
    waiting = extra(milkman)
    milkman.delete(f"/customer/{row_id}", expect=200)
    for body in (
        {"item": "order", "order": LINE},
        {"item": "invoice", "invoice": {"orders": [LINE]}},
        {"item": "bill", "bill": {"orders": [LINE]}},
        {"item": "order", "item_id": waiting},
    ):
        assert pay(milkman, "50", customer_id=row_id, **body, expect=409).code == "customer_inactive"
    assert pay(milkman, "100", customer_id=row_id, item="order", item_id=order_id)["order"]["paid"] is True
    assert pay(milkman, "7", customer_id=row_id)["payment"]["unallocated"] == "7.00"


def test_a_request_is_accepted_and_handed_over_by_its_payment(cast: Cast, milkman: Api) -> None:
    """At its own rate, else the catalogue's, else for what is paid."""
    login, row = cast.household(of=milkman)
    product = milkman.post("/products", {"name": "Cake"}, expect=201)["id"]
    stock = {"transaction": "add", "product_id": product, "quantity": 5}
    milkman.post("/stock-transactions", stock, expect=201)
    base = {"order_type": "on_demand", "vendor_id": milkman.user["id"], "quantity": "2"}
    for body, rate, amount in (
        ({"item": "product", "item_id": product}, "40.00", "80.00"),
        ({"item_name": "Cake", "rate": "30"}, "30.00", "60.00"),
        ({"item_name": "Something"}, None, "90.00"),
    ):
        order_id = login.post("/orders", {**base, **body}, expect=201)["id"]
        milkman.put(f"/products/{product}", {"rate": "40"}, expect=200)
        made = pay(milkman, "90", item="order", item_id=order_id)["order"]
        assert (made["status"], made["paid"], made["rate"], made["amount"]) == ("served", True, rate, amount)
    assert milkman.get(f"/products/{product}")["stock_quantity"] == "3"
    assert balance(milkman, row) == ("0.00", "40.00", "0.00")


def test_stock_that_is_not_there_undoes_all(milkman: Api) -> None:
    product = milkman.post("/products", {"name": "Soda", "rate": "50"}, expect=201)["id"]
    stock = {"transaction": "add", "product_id": product, "quantity": 1}
    milkman.post("/stock-transactions", stock, expect=201)
    line = {"item": "product", "item_id": product, "quantity": 2}
    before = snapshot()
    for payer in ({}, {"customer": NEW}):
        answer = pay(milkman, "100", item="order", order=line, **payer, expect=409)
        assert answer.code == "insufficient_stock"
    assert snapshot() == before


def test_a_standing_order_pays_what_is_open_of_it(milkman: Api, row_id: int) -> None:
    standing = on_trust(milkman, row_id, start_date="2026-11-18", rate="10", quantity="1")
    marks = [
        milkman.post(f"/order/{standing}/attendance", {"date": f"2026-11-{day}"}, expect=201)["record"]["id"]
        for day in (18, 19)
    ]
    sold(milkman, row_id)
    answer = pay(milkman, "25", customer_id=row_id, item="order", item_id=standing)
    assert landed(answer["payment"]) == [("record", one, "10.00") for one in marks]
    assert (answer["payment"]["unallocated"], answer["order"]["status"]) == ("5.00", "active")
    assert pay(milkman, "1", item="order", item_id=standing, expect=409).code == "already_paid"


def test_a_disputed_extra_is_not_paid(cast: Cast, milkman: Api) -> None:
    login, row = cast.household(of=milkman)
    order_id = sold(milkman, row)
    login.post(f"/order/{order_id}/decline", {"reason": "Not mine"}, expect=200)
    assert pay(milkman, "100", item="order", item_id=order_id, expect=409).code == "disputed"


def test_closed_months_take_no_payment(milkman: Api, row_id: int) -> None:
    order_id = sold(milkman, row_id)
    close_through(row_id, "2026-10-31")
    before = snapshot()
    for body in ({"customer_id": row_id}, {"item": "order", "item_id": order_id}):
        assert pay(milkman, "5", **body, date="2026-10-31", expect=409).code == "month_closed"
    new = {"customer_id": row_id, "item": "order", "order": LINE, "date": "2026-10-31"}
    assert pay(milkman, "50", **new, expect=409).code == "month_closed"
    assert snapshot() == before
    assert pay(milkman, "5", customer_id=row_id, date="2026-11-01")["payment"]["date"] == "2026-11-01"


def test_a_walk_ins_bill_is_attached_whole(milkman: Api, row_id: int) -> None:
    """Paying one order of it makes the bill, its invoice and the rest the payer's, who owes what is left."""
    first, second, third = (extra(milkman, rate=rate) for rate in ("10", "20", "30"))
    paper = invoice(milkman, [{"id": first}, {"id": second}])
    asked = bill(milkman, invoices=[paper], orders=[{"id": third}])
    made = pay(milkman, "10", customer_id=row_id, item="order", item_id=first)
    assert (made["order"]["paid"], made["order"]["customer_id"]) == (True, row_id)
    for path in (f"/invoices/{paper}", f"/bills/{asked}"):
        assert milkman.get(path)["customer_id"] == row_id
    assert order(milkman, third) == ("billed", False, row_id)
    assert balance(milkman, row_id) == ("50.00", "0.00", "0.00")


def test_an_invoice_takes_its_bill_along(milkman: Api, row_id: int) -> None:
    paper = invoice(milkman, [{"id": extra(milkman, rate="10")}])
    loose = extra(milkman, rate="30")
    asked = bill(milkman, invoices=[paper], orders=[{"id": loose}])
    made = pay(milkman, "10", customer_id=row_id, item="invoice", item_id=paper)
    assert (made["invoice"]["status"], made["invoice"]["customer_id"]) == ("paid", row_id)
    assert milkman.get(f"/bills/{asked}")["customer_id"] == row_id
    assert order(milkman, loose) == ("billed", False, row_id)


def test_a_walk_in_pays_one_order_of_a_paper(milkman: Api) -> None:
    first, second = extra(milkman, rate="10"), extra(milkman, rate="20")
    paper = invoice(milkman, [{"id": first}, {"id": second}])
    pay(milkman, "10", item="order", item_id=first)
    assert milkman.get(f"/invoices/{paper}")["status"] == "part_paid"
    assert order(milkman, second) == ("accepted", False, None)
    pay(milkman, "20", item="invoice", item_id=paper)
    assert milkman.get(f"/invoices/{paper}")["status"] == "paid"


def test_a_standing_order_on_which_all_is_disputed(cast: Cast, milkman: Api) -> None:
    household, customer_id = cast.household(of=milkman)
    order_id = agreed(milkman, household, customer_id)
    body = {"amount": "10", "item": "order", "item_id": order_id}
    assert milkman.post("/payments", body, expect=409).code == "already_paid"
    milkman.post(f"/order/{order_id}/attendance", {}, expect=201)
    household.post(f"/order/{order_id}/attendance", {"status": "skipped"}, expect=200)
    assert milkman.post("/payments", body, expect=409).code == "disputed"
    household.post(f"/order/{order_id}/attendance", {}, expect=200)
    milkman.post("/payments", body, expect=201)
