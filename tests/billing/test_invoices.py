"""Invoices: of new lines, of what was delivered, of a month; whose they are; what they come to; void."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.cast import Api, Cast
from tests.contract.test_races import race
from tests.records.orders import pay_line, rows

from .papers import (
    CAKE,
    TODAY,
    charges,
    counter_sale,
    delivered,
    invoice,
    made,
    mark,
    refused,
    said,
    served,
    sums,
    tables,
    target,
)

AT_ONCE = 20


def test_new_lines_are_served_charged_and_numbered(milkman: Api, row_id: int) -> None:
    sent = [CAKE, {"item_name": "Bun", "rate": "10.50", "status": "served"}]
    found = invoice(milkman, customer_id=row_id, orders=sent).json
    lines = found.pop("lines")
    order_ids = [one["order_id"] for one in lines]
    assert found.pop("created_at").startswith(TODAY)
    assert found == {
        "id": found["id"],
        "number": 1,
        "vendor_id": milkman.user["id"],
        "customer_id": row_id,
        "status": "open",
        "amount": "410.50",
        "paid_amount": "0.00",
        "due_amount": "410.50",
        "created_by": milkman.user["id"],
    }
    assert lines[0] == {
        "target": "order",
        "target_id": order_ids[0],
        "order_id": order_ids[0],
        "date": TODAY,
        "item_name": "Cake",
        "unit": "kg",
        "quantity": "2",
        "rate": "200.00",
        "amount": "400.00",
        "paid": "0.00",
    }
    assert (lines[1]["quantity"], lines[1]["amount"]) == ("1", "10.50")
    order = milkman.get(f"/order/{order_ids[0]}")
    assert (order["status"], order["customer_id"], order["date"]) == ("served", row_id, TODAY)
    assert charges(milkman, row_id) == "410.50"
    assert invoice(milkman, customer_id=row_id, orders=[CAKE])["number"] == 2


def test_a_new_customer_as_the_seed_writes_it(milkman: Api) -> None:
    robert = {"firstname": "Robert", "lastname": "Green", "phone": "+256781224508"}
    line = {"customer": {}, "item_name": "Cake", "qauntity": 3, "rate": 50, "paid": True, "visitid": 1}
    me = milkman.user["id"]
    found = invoice(milkman, customer=robert, createdby=me, orders=[{**line, "createdby": me}])
    assert found.status == 201, found.json
    row = milkman.get(f"/customer/{found['customer_id']}")
    assert (row["name"], row["phone_number"]) == ("Robert Green", "+256781224508")
    assert row["balance"]["owed_by_customer"] == "150.00" == found["amount"]
    again = invoice(milkman, customer=robert, orders=[CAKE])
    assert (said(again), again["customer_id"]) == ((409, "customer_exists"), row["id"])


def test_an_empty_customer_counts_as_not_sent(milkman: Api, row_id: int) -> None:
    me = milkman.user["id"]
    found = invoice(milkman, customer={}, customerid=row_id, createdby=me, orders=[CAKE])
    assert (found.status, found["customer_id"]) == (201, row_id)
    other = invoice(milkman, customer={}, customerid=row_id, createdby=me + 1, orders=[CAKE])
    assert said(other) == (403, "created_by_mismatch")
    inner = invoice(milkman, customer_id=row_id, orders=[{**CAKE, "createdby": me + 1}])
    assert said(inner) == (403, "created_by_mismatch")


def test_of_the_catalogue(milkman: Api, row_id: int) -> None:
    soda = milkman.post("/products", {"name": "Soda", "unit": "bottle", "rate": "30"}, expect=201)["id"]
    stock = {"transaction": "add", "product_id": soda, "quantity": 5}
    milkman.post("/stock-transactions", stock, expect=201)
    line = {"item": "product", "itemid": soda, "qauntity": 3}
    found = invoice(milkman, customer_id=row_id, orders=[line])
    [one] = found["lines"]
    assert (one["item_name"], one["unit"], one["amount"]) == ("Soda", "bottle", "90.00")
    order = milkman.get(f"/order/{one['order_id']}")
    assert (order["item"], order["item_id"]) == ("product", soda)
    assert milkman.get(f"/products/{soda}")["stock_quantity"] == "2"
    before = tables()
    assert said(invoice(milkman, customer_id=row_id, orders=[line])) == (409, "insufficient_stock")
    assert tables() == before
    dearer = invoice(milkman, customer_id=row_id, orders=[{**line, "qauntity": 1, "rate": "35"}])
    assert dearer["amount"] == "35.00"


def test_lines_without_a_price_are_named(milkman: Api, row_id: int) -> None:
    free = milkman.post("/services", {"name": "Repair"}, expect=201)["id"]
    sent = [{"item_name": "Bun"}, CAKE, {"item": "service", "item_id": free}]
    before = tables()
    answer = invoice(milkman, customer_id=row_id, orders=sent)
    assert refused(answer) == (
        422,
        [("orders.0.rate", "rate_required"), ("orders.2.rate", "rate_required")],
    )
    # A new customer is not left behind either.
    new = {"name": "New", "phone": "+919811111111"}
    assert invoice(milkman, customer=new, orders=sent).code == "rate_required"
    assert tables() == before


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({}, [("orders", "orders_required")]),
        ({"orders": []}, [("orders", "orders_required")]),
        ({"zzz": 1}, [("orders", "orders_required"), ("zzz", "unknown_field")]),
        ({"orders": [{}, {}]}, [("orders.0.item_name", "invalid"), ("orders.1.item_name", "invalid")]),
        ({"month": "2026-11"}, [("customer_id", "invalid")]),
        ({"customer_id": 1, "month": "2026-11", "orders": [CAKE]}, [("month", "invalid")]),
        ({"orders": [{"item": "product"}]}, [("orders.0.item_id", "invalid")]),
        ({"orders": [{"itemid": 1, "item_name": "Bun"}]}, [("orders.0.item", "invalid")]),
        ({"orders": [{"id": 1, "quantity": 2}]}, [("orders.0.quantity", "invalid")]),
        ({"orders": [{"id": 1}, {"id": 1}]}, [("orders.1.id", "invalid")]),
        ({"orders": [{**CAKE, "status": "billed"}]}, [("orders.0.status", "invalid")]),
        ({"orders": [{**CAKE, "rate": "1.005"}]}, [("orders.0.rate", "invalid")]),
        ({"orders": [{**CAKE, "rate": "9999999999", "quantity": 2}]}, [("orders.0.amount", "invalid")]),
        ({"orders": [{**CAKE, "quantity": 0}]}, [("orders.0.quantity", "invalid")]),
        ({"orders": [CAKE], "amount": 5}, [("amount", "unknown_field")]),
        ({"orders": [CAKE] * 1001}, [("orders", "invalid")]),
        (
            {"customer_id": 1, "customer": {"name": "A", "phone": "+919811111111"}, "orders": []},
            [("customer_id", "customer_ambiguous"), ("orders", "orders_required")],
        ),
        (
            {"customer_id": 1, "orders": [{**CAKE, "customerid": 2}]},
            [("orders.0.customer_id", "customer_ambiguous")],
        ),
        ({"orders": [{**CAKE, "customerid": 2}]}, [("orders.0.customer_id", "customer_ambiguous")]),
        (
            {"customer_id": 1, "orders": [{**CAKE, "customer": {"name": "Else"}}]},
            [("orders.0.customer", "customer_ambiguous")],
        ),
    ],
)
def test_bodies_that_cannot_be(milkman: Api, body: Any, found: Any) -> None:
    before = tables()
    assert refused(invoice(milkman, **body)) == (422, found)
    assert tables() == before


def test_what_is_inside_may_repeat_the_payer(milkman: Api, row_id: int) -> None:
    named = {**CAKE, "customerid": row_id, "customer": {"id": row_id}}
    assert invoice(milkman, customer_id=row_id, orders=[named]).status == 201
    new = {"name": "New", "phone": "+919811111111"}
    assert invoice(milkman, customer=new, orders=[{**CAKE, "customer": {"name": "New"}}]).status == 201
    other = {**CAKE, "customer": {"name": "Newer"}}
    assert invoice(milkman, customer=new, orders=[other]).code == "customer_ambiguous"


def test_foreign_and_missing_answer_alike(milkman: Api, row_id: int, cast: Cast) -> None:
    stranger = cast.vendor()
    theirs = cast.row(stranger)["id"]
    order, mine = served(stranger, theirs), served(milkman, row_id)
    product = stranger.post("/products", {"name": "Soda", "rate": 1}, expect=201)["id"]
    line = {"item": "product", "item_id": product}
    new = {"name": "New", "phone": "+919811111111"}
    before = tables()
    for customer_id in (theirs, 10**12):
        answer = invoice(milkman, customer_id=customer_id, orders=[{"id": order}, line])
        assert refused(answer) == (404, [("customer_id", "not_found")])
    for order_id in (order, 10**12):
        answer = invoice(milkman, customer=new, orders=[{"id": mine}, {"id": order_id}])
        assert refused(answer) == (404, [("orders.1.id", "not_found")])
    for item_id in (product, 10**12):
        answer = invoice(milkman, customer_id=row_id, orders=[{**line, "item_id": item_id}])
        assert refused(answer) == (404, [("orders.0.item_id", "not_found")])
    assert tables() == before


def test_a_standing_order_is_its_agreed_days(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = standing(milkman, login, row)
    first, second = mark(milkman, order_id, "2026-11-18"), mark(milkman, order_id, "2026-11-19")
    mark(milkman, order_id, "2026-11-20", status="skipped")
    mark(milkman, order_id, "2026-11-21")
    mark(login, order_id, "2026-11-21", quantity="1")
    mark(login, order_id, "2026-11-17")
    found = invoice(milkman, customer_id=row, orders=[{"id": order_id}])
    assert [(one["target"], one["target_id"], one["date"]) for one in found["lines"]] == [
        ("record", first, "2026-11-18"),
        ("record", second, "2026-11-19"),
    ]
    assert {one["order_id"] for one in found["lines"]} == {order_id}
    assert sums(found) == ("open", "216.00", "0.00", "216.00")
    again = partial(invoice, milkman, customer_id=row, orders=[{"id": order_id}])
    assert said(again()) == (409, "nothing_to_bill")
    # What is agreed later comes on a later one.
    mark(login, order_id, "2026-11-21", quantity="2")
    assert [one["date"] for one in again()["lines"]] == ["2026-11-21"]


def standing(vendor: Api, login: Api, row: int) -> int:
    body = {"customer_id": row, "item_name": "Milk", "quantity": 2, "rate": 54, "start_date": "2026-11-01"}
    order = vendor.post("/orders", body, expect=201)
    login.post(f"/changes/{order['pending_change']['id']}/accept", expect=200)
    return int(order["id"])


def test_an_on_demand_order_is_itself_once_it_is_served(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = served(milkman, row)
    found = invoice(milkman, orders=[{"id": order_id}])
    assert (found["customer_id"], found["amount"]) == (row, "400.00")
    answer = invoice(milkman, customer_id=row, orders=[{"id": order_id}])
    assert (said(answer), answer["orders"]) == ((409, "already_billed"), [order_id])
    asked = {"order_type": "on_demand", "vendor_id": milkman.user["id"], "item_name": "Pie"}
    requested = login.post("/orders", asked, expect=201)["id"]
    answer = invoice(milkman, customer_id=row, orders=[{"id": requested}])
    assert (said(answer), answer["status"]) == ((409, "wrong_state"), "requested")
    milkman.post(f"/order/{requested}/decline", expect=200)
    assert said(invoice(milkman, orders=[{"id": requested}])) == (409, "wrong_state")
    contradicted = served(milkman, row)
    login.post(f"/order/{contradicted}/decline", {"reason": "Not mine"}, expect=200)
    assert said(invoice(milkman, orders=[{"id": contradicted}])) == (409, "disputed")
    assert rows("SELECT last FROM paper_numbers") == [(1,)]


def test_another_customers_order(milkman: Api, row_id: int, linked: Any) -> None:
    _, row = linked
    theirs, ours, counter = served(milkman, row), served(milkman, row_id), counter_sale(milkman)
    before = tables()
    answer = invoice(milkman, customer_id=row_id, orders=[CAKE, {"id": theirs}])
    assert said(answer) == (409, "target_other_customer")
    new = {"name": "New", "phone": "+919811111111"}
    assert said(invoice(milkman, customer=new, orders=[{"id": theirs}])) == (409, "target_has_customer")
    both = [{"id": theirs}, {"id": ours}]
    assert refused(invoice(milkman, orders=both)) == (422, [("orders", "mixed_customers")])
    answer = invoice(milkman, customer_id=row_id, orders=[{"id": counter}])
    assert (said(answer), answer["status"]) == ((409, "wrong_state"), "accepted")
    assert tables() == before


def test_a_month_takes_both_kinds_once(milkman: Api, row_id: int, cast: Cast) -> None:
    other = cast.row(milkman)["id"]
    delivered(milkman, other, "2026-11-03")
    order_id = delivered(milkman, row_id, "2026-10-31", "2026-11-01", "2026-11-02")
    early = served(milkman, row_id, date="2026-10-31")
    cake = served(milkman, row_id)
    month = partial(invoice, milkman, customer_id=row_id, month="2026-11")
    found = month()
    assert [(one["order_id"], one["date"]) for one in found["lines"]] == [
        (order_id, "2026-11-01"),
        (order_id, "2026-11-02"),
        (cake, TODAY),
    ]
    assert sums(found) == ("open", "616.00", "0.00", "616.00")
    assert said(month()) == (409, "nothing_to_bill")
    assert said(month(month="2026-12")) == (409, "nothing_to_bill")
    assert [one["date"] for one in month(month="2026-10")["lines"]] == ["2026-10-31"] * 2
    assert said(invoice(milkman, orders=[{"id": early}])) == (409, "already_billed")


def test_what_it_comes_to_is_what_its_lines_say_now(milkman: Api, row_id: int) -> None:
    order_id = delivered(milkman, row_id, "2026-11-01", "2026-11-02")
    found = invoice(milkman, customer_id=row_id, orders=[{"id": order_id}, CAKE])
    path = f"/invoices/{found['id']}"
    pay_line(*target(found["lines"][0]))
    assert sums(milkman.get(path)) == ("part_paid", "616.00", "108.00", "508.00")
    second = found["lines"][1]["target_id"]
    milkman.put(f"/order/{second}/attendance", {"quantity": "1"}, expect=200)
    assert sums(milkman.get(path)) == ("part_paid", "562.00", "108.00", "454.00")
    assert milkman.get(path)["lines"][1]["quantity"] == "1"
    milkman.put(f"/order/{second}/attendance", {"status": "skipped"}, expect=200)
    assert sums(milkman.get(path)) == ("part_paid", "508.00", "108.00", "400.00")


def test_an_invoice_for_nothing_is_paid(milkman: Api, row_id: int) -> None:
    free = invoice(milkman, customer_id=row_id, orders=[{"item_name": "Sample", "rate": 0}])
    assert sums(free) == ("paid", "0.00", "0.00", "0.00")


def test_a_walk_ins_invoice_waits_for_the_money(milkman: Api) -> None:
    counter = counter_sale(milkman)
    found = invoice(milkman, orders=[{"id": counter}, {**CAKE, "status": "served"}])
    assert (found["customer_id"], *sums(found)) == (None, "open", "800.00", "0.00", "800.00")
    for line in found["lines"]:
        assert milkman.get(f"/order/{line['order_id']}")["status"] == "accepted"
    assert rows("SELECT count(*) FROM ledger_entries") == [(0,)]
    assert said(invoice(milkman, orders=[{"id": counter}])) == (409, "already_billed")
    # What waits on it is neither cancelled nor removed.
    assert said(milkman.delete(f"/order/{counter}")) == (409, "in_use")
    assert said(milkman.delete(f"/order/{counter}?permanent=true")) == (409, "has_history")
    path = f"/invoices/{found['id']}/void"
    assert sums(milkman.post(path, expect=200)) == ("void", "800.00", "0.00", "800.00")
    assert said(milkman.delete(f"/order/{counter}?permanent=true")) == (409, "has_history")
    assert milkman.delete(f"/order/{counter}", expect=200)["status"] == "cancelled"


def test_an_inactive_customer_gets_nothing_new(milkman: Api, row_id: int) -> None:
    order_id = delivered(milkman, row_id, "2026-11-01")
    milkman.delete(f"/customer/{row_id}", expect=200)
    assert said(invoice(milkman, customer_id=row_id, orders=[CAKE])) == (409, "customer_inactive")
    assert invoice(milkman, customer_id=row_id, orders=[{"id": order_id}]).status == 201


def test_void_frees_the_lines_and_keeps_the_charge(milkman: Api, row_id: int) -> None:
    order_id = delivered(milkman, row_id, "2026-11-01")
    sold = made(invoice(milkman, customer_id=row_id, orders=[{"id": order_id}, CAKE]))
    cake = milkman.get(f"/invoices/{sold}")["lines"][1]["order_id"]
    assert said(milkman.delete(f"/order/{cake}")) == (409, "in_use")
    found = milkman.post(f"/invoices/{sold}/void", expect=200)
    assert found["status"] == "void"
    assert milkman.post(f"/invoices/{sold}/void", expect=200).json == found.json
    assert charges(milkman, row_id) == "508.00"
    again = invoice(milkman, customer_id=row_id, month="2026-11")
    assert (again["number"], [one["order_id"] for one in again["lines"]]) == (2, [order_id, cake])
    assert milkman.get(f"/invoices/{sold}")["status"] == "void"
    milkman.post(f"/invoices/{again['id']}/void", expect=200)
    assert milkman.delete(f"/order/{cake}", expect=200)["status"] == "cancelled"
    assert charges(milkman, row_id) == "108.00"


def test_void_needs_that_nothing_is_paid_and_no_bill(milkman: Api, row_id: int) -> None:
    order_id = delivered(milkman, row_id, "2026-11-01", "2026-11-02")
    found = invoice(milkman, customer_id=row_id, orders=[{"id": order_id}])
    bill_id = milkman.post("/bills", {"invoices": [found["id"]]}, expect=201)["id"]
    assert said(milkman.post(f"/invoices/{found['id']}/void")) == (409, "in_use")
    milkman.post(f"/bills/{bill_id}/void", expect=200)
    pay_line(*target(found["lines"][0]))
    assert said(milkman.post(f"/invoices/{found['id']}/void")) == (409, "in_use")
    assert milkman.get(f"/invoices/{found['id']}")["status"] == "part_paid"


def test_who_may_read_and_write(milkman: Api, linked: Any, row_id: int, cast: Cast) -> None:
    login, row = linked
    ours = made(invoice(milkman, customer_id=row, orders=[CAKE]))
    other = made(invoice(milkman, customer_id=row_id, orders=[CAKE]))
    assert login.get(f"/invoices/{ours}").json == milkman.get(f"/invoices/{ours}").json
    stranger, neighbour = cast.vendor(), cast.customer_login()
    for who in (stranger, neighbour):
        assert said(who.get(f"/invoices/{ours}", expect=None)) == (404, "not_found")
        assert who.get(f"/invoices?customer_id={row}")["items"] == []
    assert said(login.get(f"/invoices/{other}", expect=None)) == (404, "not_found")
    assert [one["id"] for one in login.get("/invoices")["items"]] == [ours]
    for path in (f"/invoices/{ours}/void", f"/invoices/{10**12}/void"):
        assert said(stranger.post(path)) == (404, "not_found")
        assert said(login.post(path)) == (403, "forbidden")
    assert said(login.post("/invoices", {"customer_id": row, "orders": [CAKE]})) == (403, "forbidden")


def test_lists(milkman: Api, linked: Any, row_id: int, clock: Any) -> None:
    login, row = linked
    void = made(invoice(milkman, customer_id=row, orders=[CAKE]))
    milkman.post(f"/invoices/{void}/void", expect=200)
    free = made(invoice(milkman, customer_id=row, orders=[{"item_name": "Sample", "rate": 0}]))
    order_id = delivered(milkman, row_id, "2026-11-01", "2026-11-02")
    part = invoice(milkman, customer_id=row_id, orders=[{"id": order_id}])
    pay_line(*target(part["lines"][0]))
    # The last half hour of November in UTC is December in Kolkata.
    clock.move_to("2026-11-30T18:35:00Z")
    late = made(invoice(milkman, orders=[CAKE]))

    def ids(who: Api, query: str = "") -> list[int]:
        return [one["id"] for one in who.get(f"/invoices?{query}")["items"]]

    assert ids(milkman) == [late, part["id"], free, void]
    assert ids(login) == [free, void]
    for status, found in (("open", [late]), ("part_paid", [part["id"]]), ("paid", [free]), ("void", [void])):
        assert ids(milkman, f"status={status}") == found
    assert ids(milkman, "status=all") == ids(milkman)
    assert ids(milkman, f"customer_id={row}") == [free, void]
    assert ids(milkman, f"vendor_id={milkman.user['id']}") == ids(milkman)
    assert ids(login, f"vendor_id={milkman.user['id'] + 1}") == []
    assert ids(milkman, "month=2026-12") == [late]
    assert ids(milkman, "month=2026-11") == [part["id"], free, void]
    assert ids(login, "month=2026-11") == [free, void]
    page = milkman.get("/invoices?limit=3")
    rest = milkman.get(f"/invoices?limit=3&cursor={page['next']}")
    assert [one["id"] for one in page["items"] + rest["items"]] == ids(milkman)
    assert rest["next"] is None


def test_the_customer_hears_of_it(milkman: Api, linked: Any) -> None:
    login, row = linked
    found = invoice(milkman, customer_id=row, orders=[CAKE])
    notice = login.get("/notifications")["items"][0]
    assert (notice["kind"], notice["data"]["invoice_id"]) == ("invoice_made", found["id"])
    assert (notice["title"], notice["body"]) == ("Yadav Dairy: invoice 1", "You pay ₹400.00.")


def test_the_same_key_makes_one_invoice(milkman: Api, row_id: int) -> None:
    call = partial(
        milkman.post,
        "/invoices",
        {"customer_id": row_id, "orders": [CAKE]},
        headers={"Idempotency-Key": "one"},
    )
    heard = [call(), call()]
    assert heard[0].json == heard[1].json
    assert rows("SELECT count(*) FROM invoices") == [(1,)]
    assert charges(milkman, row_id) == "400.00"


def test_a_month_is_invoiced_once(milkman: Api, row_id: int) -> None:
    delivered(milkman, row_id, "2026-11-01", "2026-11-02")
    served(milkman, row_id)
    call = partial(invoice, milkman, customer_id=row_id, month="2026-11")
    assert race([call] * AT_ONCE) == {(201, None): 1, (409, "nothing_to_bill"): AT_ONCE - 1}
    assert rows("SELECT count(*) FROM invoice_lines") == [(3,)]
    assert invoice(milkman, customer_id=row_id, orders=[CAKE])["number"] == 2


def test_a_walk_ins_order_is_invoiced_once(milkman: Api) -> None:
    order_id = counter_sale(milkman)
    on_invoice = partial(invoice, milkman, orders=[{"id": order_id}])
    on_bill = partial(milkman.post, "/bills", {"orders": [{"id": order_id}]})
    heard = race([on_invoice, on_bill] * (AT_ONCE // 2))
    assert heard == {(201, None): 1, (409, "already_billed"): AT_ONCE - 1}


def test_numbers_have_no_gaps(milkman: Api, row_id: int, cast: Cast) -> None:
    rows_of = [row_id, *(cast.row(milkman)["id"] for _ in range(3))]
    cakes = [served(milkman, row) for row in rows_of]
    calls = [partial(invoice, milkman, orders=[{"id": cake}]) for cake in cakes for _ in range(5)]
    assert race(calls) == {(201, None): 4, (409, "already_billed"): AT_ONCE - 4}
    assert rows("SELECT number FROM invoices ORDER BY number") == [(1,), (2,), (3,), (4,)]
    stranger = cast.vendor()
    assert invoice(stranger, orders=[CAKE])["number"] == 1
