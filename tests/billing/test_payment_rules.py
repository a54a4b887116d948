"""What holds in every case: contradicting bodies, sums, targets that are over, and whose they are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Api, Cast
from tests.records.orders import rows

from .paying import (
    TODAY,
    YESTERDAY,
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
    told,
)

LINE: dict[str, Any] = {"item_name": "Ghee", "rate": "50"}
NEW = {"name": "Robert Green", "phone_number": "+256781224508"}


def refused(vendor: Api, body: dict[str, Any]) -> list[tuple[str, str]]:
    """Field and code of each fault; nothing was written."""
    before = snapshot()
    found = faults(vendor.post("/payments", {"amount": "50", **body}))
    assert snapshot() == before
    return found


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"customer_id": 1, "item": "cow"}, [("item", "item_invalid")]),
        ({"customer_id": 1, "item": 7}, [("item", "item_invalid")]),
        ({"item": "cow"}, [("item", "item_invalid")]),
        ({"item": "order", "invoice": {"orders": [LINE]}}, [("invoice", "item_target_mismatch")]),
        (
            {"item": "order", "order": LINE, "bill": {"orders": [LINE]}},
            [("bill", "item_target_mismatch")],
        ),
        (
            {"order": LINE, "invoice": {"orders": [LINE]}},
            [("item", "item_required"), ("invoice", "item_target_mismatch")],
        ),
        ({"item": "order", "item_id": 4, "order": LINE}, [("item_id", "target_ambiguous")]),
        ({"item": "order", "order": {"id": 4}}, [("order.id", "target_ambiguous")]),
        ({"item": "invoice", "customer_id": 1}, [("item_id", "item_id_required")]),
        ({"item": "bill", "bill": {}}, [("item_id", "item_id_required")]),
        ({"item_id": 4}, [("item", "item_required")]),
        ({"item_id": 4, "customer_id": 1}, [("item", "item_required")]),
        ({"item": "invoice", "invoice": {"orders": []}}, [("invoice.orders", "orders_required")]),
        ({"item": "bill", "bill": {"orders": []}}, [("bill.orders", "orders_required")]),
        ({"item": "bill", "bill": {"invoices": ""}}, [("item_id", "item_id_required")]),
        (
            {"customer_id": 1, "customer": NEW, "item_id": 4, "amount": "0"},
            [("customer", "customer_ambiguous"), ("item", "item_required"), ("amount", "invalid")],
        ),
        ({"customer_id": 1, "amount": "-1"}, [("amount", "invalid")]),
        ({"customer_id": 1, "amount": "1.005"}, [("amount", "invalid")]),
        ({"customer_id": 1, "amount": "10000000000"}, [("amount", "invalid")]),
        ({"customer_id": 1, "date": "2026-11-22"}, [("date", "date_in_future")]),
        ({"customer_id": 1, "item": "order", "item_id": 4, "allocate": "none"}, [("allocate", "invalid")]),
        ({"customer_id": 1, "method": "gold"}, [("method", "invalid")]),
        ({"customer_id": 1, "status": "confirmed"}, [("status", "unknown_field")]),
        (
            {"customer_id": 1, "item": "order", "order": {**LINE, "customer_id": 2}},
            [("order.customer_id", "customer_ambiguous")],
        ),
        (
            {"item": "invoice", "invoice": {"customer": {"name": "Eve"}, "orders": [LINE]}},
            [("invoice.customer", "customer_ambiguous")],
        ),
        ({"item": "order", "order": {"item": "product"}}, [("order.item_id", "invalid")]),
        ({"amount": None}, [("customer_id", "payer_or_target_required"), ("amount", "invalid")]),
        (
            {"amount": "x", "customer": NEW, "customerid": 1, "zzz": 1, "item": "foo"},
            [
                ("customer", "customer_ambiguous"),
                ("item", "item_invalid"),
                ("zzz", "unknown_field"),
                ("amount", "invalid"),
            ],
        ),
        (
            {"amount": "x", "item": {"a": 1}, "item_id": 4, "order": LINE},
            [("item", "item_invalid"), ("item_id", "target_ambiguous"), ("amount", "invalid")],
        ),
        (
            {"item": "order", "order": {"paid": True, "visit": {}}},
            [("item_id", "item_id_required")],
        ),
        ({"customer": {"name": "", "phone": None}}, [("customer_id", "payer_or_target_required")]),
        ({"item": "order", "order": {"rate": "1.001", "item_name": "x"}}, [("order.rate", "invalid")]),
    ],
)
def test_what_contradicts_itself(milkman: Api, body: dict[str, Any], expected: Any) -> None:
    assert refused(milkman, body) == expected


def test_the_hint_is_there_when_it_is_clear(milkman: Api) -> None:
    one = milkman.post("/payments", {"amount": 5, "bill": {"orders": [LINE]}})
    two = milkman.post("/payments", {"amount": 5, "order": LINE, "bill": {"orders": [LINE]}})
    assert (one.code, one["hint"]) == ("item_required", {"item": "bill"})
    assert (two.code, "hint" in two.json) == ("item_required", False)
    also = milkman.post("/payments", {"amount": "x", "bill": {"orders": [LINE]}})
    assert faults(also) == [("item", "item_required"), ("amount", "invalid")]
    assert also["hint"] == {"item": "bill"}


def test_invoices_that_are_named_twice_are_listed(milkman: Api, row_id: int) -> None:
    asked = {"item": "bill", "bill": {"invoices": "7, 8, 7"}, "customer_id": row_id}
    for amount, more in (("5", []), ("0", [("amount", "invalid")])):
        answer = milkman.post("/payments", {"amount": amount, **asked})
        assert faults(answer) == [("bill.invoices", "invoices_invalid"), *more]
        assert answer["invoices"] == [7]


def test_an_object_in_which_nothing_is_said_is_not_sent(milkman: Api, row_id: int) -> None:
    nobody = {"firstname": "", "lastname": None, "phone": None, "created_by": None}
    made = pay(milkman, "5", customer_id=row_id, customer=nobody, order={"paid": True, "item": ""})
    assert (made["payment"]["customer_id"], made["payment"]["item"]) == (row_id, None)


def test_repeating_the_payer_inside_is_fine(milkman: Api, row_id: int) -> None:
    line = {**LINE, "customer_id": row_id, "customer": {}}
    made = pay(
        milkman, "50", customer_id=row_id, item="invoice", invoice={"customer_id": row_id, "orders": [line]}
    )
    assert made["invoice"]["status"] == "paid"
    same = {**LINE, "customer": NEW}
    assert pay(milkman, "50", customer=NEW, item="order", order=same)["order"]["paid"] is True


def test_a_wrong_creator(milkman: Api, row_id: int) -> None:
    answer = pay(milkman, "5", customer_id=row_id, createdby=milkman.user["id"] + 1, expect=403)
    assert answer.code == "created_by_mismatch"
    inside = {**LINE, "createdby": milkman.user["id"] + 1}
    assert pay(milkman, "50", item="order", order=inside, expect=403).code == "created_by_mismatch"


def test_money_on_account_goes_to_the_oldest(milkman: Api, row_id: int) -> None:
    newer = sold(milkman, row_id, "30")
    older = sold(milkman, row_id, "30", date="2026-11-02")
    answer = pay(milkman, "50", customer_id=row_id, method="bank", note="For October")
    payment = answer["payment"]
    assert landed(payment) == [("order", older, "30.00"), ("order", newer, "20.00")]
    assert (payment["method"], payment["note"], payment["date"]) == ("bank", "For October", TODAY)
    assert balance(milkman, row_id) == ("10.00", "0.00", "0.00")
    again = pay(milkman, "50", customer_id=row_id)
    assert (landed(again["payment"]), again["payment"]["unallocated"]) == (
        [("order", newer, "10.00")],
        "40.00",
    )
    assert again["balance"]["owed_to_customer"] == "40.00"


def test_allocate_none_leaves_it_as_advance(milkman: Api, row_id: int) -> None:
    order_id = sold(milkman, row_id)
    answer = pay(milkman, "70", customer_id=row_id, allocate="none")
    assert (answer["payment"]["allocations"], answer["payment"]["unallocated"]) == ([], "70.00")
    assert order(milkman, order_id) == ("served", False, row_id)
    assert balance(milkman, row_id) == ("30.00", "0.00", "0.00")


def test_a_target_takes_only_its_own(milkman: Api, row_id: int) -> None:
    older = sold(milkman, row_id, "30", date="2026-11-02")
    newer = sold(milkman, row_id, "30")
    answer = pay(milkman, "50", item="order", item_id=newer)
    assert answer["payment"]["customer_id"] == row_id
    assert (landed(answer["payment"]), answer["payment"]["unallocated"]) == (
        [("order", newer, "30.00")],
        "20.00",
    )
    assert order(milkman, older) == ("served", False, row_id)


def test_a_known_payer_may_pay_in_parts(milkman: Api, row_id: int) -> None:
    orders = [sold(milkman, row_id, "30"), sold(milkman, row_id, "40", date="2026-11-02")]
    paper = invoice(milkman, [{"id": one} for one in orders], customer_id=row_id)
    first = pay(milkman, "50", customer_id=row_id, item="invoice", item_id=paper)
    assert landed(first["payment"]) == [("order", orders[1], "40.00"), ("order", orders[0], "10.00")]
    assert (first["invoice"]["status"], first["invoice"]["due_amount"]) == ("part_paid", "20.00")
    second = pay(milkman, "50", item="invoice", item_id=paper)
    assert (second["invoice"]["status"], second["payment"]["unallocated"]) == ("paid", "30.00")


@pytest.mark.parametrize(("amount", "code"), [("99", "walkin_must_pay_in_full"), ("101", "overpaid_walkin")])
def test_a_walk_in_pays_what_is_due(milkman: Api, amount: str, code: str) -> None:
    order_id = extra(milkman)
    paper = invoice(milkman, [{"id": extra(milkman, rate="60")}, {"id": extra(milkman, rate="40")}])
    asked = bill(milkman, orders=[{"id": extra(milkman)}])
    line = {"item_name": "Ghee", "rate": "50", "quantity": 2}
    for target in (
        {"item": "order", "item_id": order_id},
        {"item": "invoice", "item_id": paper},
        {"item": "bill", "item_id": asked},
        {"item": "order", "order": line},
        {"item": "invoice", "invoice": {"orders": [line]}},
        {"item": "bill", "bill": {"orders": [line]}},
    ):
        assert refused(milkman, {"amount": amount, **target}) == [("amount", code)]
    for target in ({"item": "order", "item_id": order_id}, {"item": "bill", "item_id": asked}):
        assert pay(milkman, "100", **target)["payment"]["customer_id"] is None


def test_a_walk_in_counts_when_it_is_paid(milkman: Api) -> None:
    order_id = extra(milkman)
    path = f"/finance/vendor/month/{milkman.user['id']}"
    assert milkman.get(path).json["totals"]["total_amount"] == "0.00"
    assert rows("SELECT count(*) FROM custom_records") == [(0,)]
    pay(milkman, "100", item="order", item_id=order_id)
    found = milkman.get(path).json
    assert found["walk_in"] == {"total_amount": "100.00", "payments": "100.00"}
    assert found["totals"]["total_amount"] == "100.00"


def test_prices_of_lines(milkman: Api, row_id: int) -> None:
    """Their own, the catalogue's; what is paid when none has one; never a mixture."""
    priced = milkman.post("/products", {"name": "Milk", "unit": "L", "rate": "54"}, expect=201)["id"]
    bare = milkman.post("/products", {"name": "Curd"}, expect=201)["id"]
    curd = {"item": "product", "item_id": bare}
    milk = {"item": "product", "item_id": priced, "quantity": 2}
    made = pay(
        milkman, "200", customer_id=row_id, item="invoice", invoice={"orders": [milk, {**curd, "rate": "20"}]}
    )
    assert [(line["rate"], line["amount"]) for line in made["invoice"]["lines"]] == [
        ("54.00", "108.00"),
        ("20.00", "20.00"),
    ]
    assert made["payment"]["unallocated"] == "72.00"
    parts = [{**curd, "quantity": quantity} for quantity in ("1", "0.5", "1.5")]
    made = pay(milkman, "100", customer_id=row_id, item="invoice", invoice={"orders": parts})
    assert [(line["rate"], line["amount"]) for line in made["invoice"]["lines"]] == [
        (None, "33.33"),
        (None, "16.66"),
        (None, "50.01"),
    ]
    body = {"customer_id": row_id, "item": "bill", "bill": {"orders": [milk, curd, {"item_name": "Ghee"}]}}
    assert refused(milkman, body) == [
        ("bill.orders.1.rate", "rate_required"),
        ("bill.orders.2.rate", "rate_required"),
    ]
    alone = pay(milkman, "33.33", customer_id=row_id, item="order", order={**curd, "quantity": 3})
    assert (alone["order"]["rate"], alone["order"]["amount"]) == (None, "33.33")


def test_lines_cost_what_the_invoices_leave(milkman: Api, row_id: int) -> None:
    paper = invoice(milkman, [{"id": sold(milkman, row_id)}], customer_id=row_id)
    pay(milkman, "40", item="invoice", item_id=paper)
    loose = {"item_name": "Ghee"}
    body = {"item": "bill", "bill": {"invoices": [paper], "orders": [loose, loose]}}
    assert refused(milkman, {"amount": "59.99", **body}) == [("bill.orders", "rate_required")]
    made = pay(milkman, "70", **body)
    assert made["payment"]["customer_id"] == row_id
    assert [line["amount"] for line in made["bill"]["orders"]] == ["5.00", "5.00"]
    assert (made["bill"]["status"], made["bill"]["amount"]) == ("paid", "110.00")
    assert balance(milkman, row_id) == ("0.00", "0.00", "0.00")


@pytest.mark.parametrize("walk_in", [False, True])
@pytest.mark.parametrize("item", ["invoice", "bill"])
def test_lines_cost_what_the_orders_leave(milkman: Api, row_id: int, item: str, walk_in: bool) -> None:
    known = extra(milkman) if walk_in else sold(milkman, row_id)
    parts = {"orders": [{"id": known}, {"item_name": "Ghee"}]}
    short = refused(milkman, {"amount": "99", "item": item, item: parts})
    too_little = ("amount", "walkin_must_pay_in_full")
    assert short == [too_little if walk_in else (f"{item}.orders", "rate_required")]
    paper = pay(milkman, "130", item=item, **{item: parts})[item]
    lines = paper["orders" if item == "bill" else "lines"]
    assert sorted(line["amount"] for line in lines) == ["100.00", "30.00"]
    assert (paper["status"], paper["amount"], paper["due_amount"]) == ("paid", "130.00", "0.00")
    assert paper["customer_id"] == (None if walk_in else row_id)


def test_a_walk_ins_bill_that_is_not_covered(milkman: Api) -> None:
    paper = invoice(milkman, [{"id": extra(milkman)}])
    body = {"item": "bill", "bill": {"invoices": str(paper), "orders": [{"item_name": "Ghee"}]}}
    assert refused(milkman, {"amount": "99", **body}) == [("amount", "walkin_must_pay_in_full")]


def test_it_counts_and_is_handed_over_on_its_day(milkman: Api, row_id: int) -> None:
    made = pay(milkman, "50", customer_id=row_id, item="order", order=LINE, date=YESTERDAY)
    assert (made["payment"]["date"], made["order"]["date"]) == (YESTERDAY, YESTERDAY)
    assert rows("SELECT DISTINCT date::text FROM ledger_entries") == [(YESTERDAY,)]


def test_the_customer_is_told(cast: Cast, milkman: Api) -> None:
    login, row = cast.household(of=milkman)
    pay(milkman, "500", customer_id=row)
    assert told(login)[0] == ("payment_confirmed", "Yadav Dairy noted your payment of ₹500.00")


def test_lists_and_who_sees_them(cast: Cast, milkman: Api, row_id: int) -> None:
    login, row = cast.household(of=milkman)
    walk_in = pay(milkman, "100", item="order", item_id=extra(milkman))["payment"]["id"]
    old = pay(milkman, "7", customer_id=row, date="2026-10-31")["payment"]["id"]
    new = pay(milkman, "8", customer_id=row)["payment"]["id"]
    other = pay(milkman, "9", customer_id=row_id)["payment"]["id"]

    def ids(who: Api, **query: Any) -> list[int]:
        return [one["id"] for one in who.get("/payments", query_string=query).json["items"]]

    assert ids(milkman) == [other, new, old, walk_in]
    assert ids(login) == [new, old]
    assert ids(milkman, customer_id=row) == [new, old]
    assert ids(login, customer_id=row_id) == []
    assert ids(milkman, customer_id=2**62) == []
    assert ids(login, vendor_id=milkman.user["id"], month="2026-10") == [old]
    assert ids(login, vendor_id=cast.vendor().user["id"]) == []
    assert ids(milkman, status="reversed") == []
    assert ids(milkman, status="confirmed", limit=2) == [other, new]
    assert milkman.get("/payments", expect=422, query_string={"status": "gone"}).code == "invalid"
    assert login.get(f"/payments/{new}")["amount"] == "8.00"
    for payment_id in (other, walk_in, 2**62):
        assert login.get(f"/payments/{payment_id}", expect=404).code == "not_found"
