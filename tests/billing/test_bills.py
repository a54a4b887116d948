"""Bills: over invoices and over orders that are on none; whose they are; billed once; void."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest

from tests.cast import Api, Cast
from tests.contract.test_races import race
from tests.records.orders import pay_line, rows
from vendorapp.accounts.queries import Caller, caller_by_token
from vendorapp.billing.rules.papers import NewLine, Wanted
from vendorapp.billing.service import papers as service
from vendorapp.kernel.database import transaction
from vendorapp.kernel.errors import Problem
from vendorapp.on_demand.rules import Goods

from .papers import (
    CAKE,
    bill,
    charges,
    counter_sale,
    delivered,
    invoice,
    made,
    refused,
    said,
    served,
    sums,
    tables,
    target,
)

AT_ONCE = 20
NEW = {"name": "New", "phone": "+919811111111"}


def caller(who: Api) -> Caller:
    found = caller_by_token(who.token or "")
    assert found is not None
    return found


def test_over_invoices_and_orders(milkman: Api, row_id: int) -> None:
    order_id = delivered(milkman, row_id, "2026-11-01", "2026-11-02")
    first = invoice(milkman, customer_id=row_id, orders=[{"id": order_id}])
    second = made(invoice(milkman, customer_id=row_id, orders=[CAKE]))
    loose = served(milkman, row_id, rate="10")
    pay_line(*target(first["lines"][0]))
    sent = {"customer": {}, "customerid": row_id, "createdby": milkman.user["id"]}
    new = {"item_name": "Bun", "rate": "5", "status": "billed"}
    found = bill(milkman, **sent, invoices=f"{second}, {first['id']}", orders=[{"id": loose}, new])
    assert found.status == 201, found.json
    assert (found["number"], found["customer_id"]) == (1, row_id)
    assert sums(found) == ("part_paid", "641.00", "108.00", "533.00")
    assert found["invoices"] == [
        {
            "id": first["id"],
            "number": 1,
            "amount": "216.00",
            "paid_amount": "108.00",
            "due_amount": "108.00",
            "status": "part_paid",
        },
        {
            "id": second,
            "number": 2,
            "amount": "400.00",
            "paid_amount": "0.00",
            "due_amount": "400.00",
            "status": "open",
        },
    ]
    assert found["orders"][0]["order_id"] == loose
    assert [one["amount"] for one in found["orders"]] == ["20.00", "5.00"]
    assert set(found["orders"][1]) == set(first["lines"][0])
    assert milkman.get(f"/bills/{found['id']}").json == found.json
    assert charges(milkman, row_id) == "641.00"


def test_billed_is_what_a_bill_asks_for(milkman: Api, linked: Any) -> None:
    login, row = linked
    through = invoice(milkman, customer_id=row, orders=[CAKE])
    inside, loose, free = through["lines"][0]["order_id"], served(milkman, row), served(milkman, row)
    assert milkman.get(f"/order/{inside}")["status"] == "served"
    found = made(bill(milkman, invoices=[through["id"]], orders=[{"id": loose}]))

    def state(who: Api) -> list[str]:
        return [who.get(f"/order/{one}")["status"] for one in (inside, loose, free)]

    assert state(milkman) == state(login) == ["billed", "billed", "served"]
    listed = milkman.get("/orders?status=billed")["items"]
    assert {one["id"] for one in listed} == {inside, loose}
    assert [one["id"] for one in login.get("/orders?status=served")["items"]] == [free]
    assert said(milkman.delete(f"/order/{loose}")) == (409, "in_use")
    answer = milkman.post(f"/order/{loose}/serve")
    assert (said(answer), answer["status"]) == ((409, "wrong_state"), "billed")
    milkman.post(f"/bills/{found}/void", expect=200)
    assert state(milkman) == ["served"] * 3
    assert said(milkman.delete(f"/order/{inside}")) == (409, "in_use")
    assert milkman.delete(f"/order/{loose}", expect=200)["status"] == "cancelled"


def test_invoices_that_cannot_be_on_it_are_listed(milkman: Api, row_id: int, cast: Cast) -> None:
    one = partial(invoice, milkman, customer_id=row_id, orders=[CAKE])
    good, void, billed = made(one()), made(one()), made(one())
    milkman.post(f"/invoices/{void}/void", expect=200)
    made(bill(milkman, invoices=[billed]))
    stranger = cast.vendor()
    foreign = made(invoice(stranger, customer_id=cast.row(stranger)["id"], orders=[CAKE]))
    others = made(invoice(milkman, customer_id=cast.row(milkman)["id"], orders=[CAKE]))
    nobodys = made(invoice(milkman, orders=[CAKE]))
    before = tables()
    sent = [good, void, 10**12, foreign, billed, others, nobodys]
    answer = bill(milkman, customer_id=row_id, invoices=sent, orders=[CAKE])
    assert refused(answer) == (422, [("invoices", "invoices_invalid")])
    assert answer["invoices"] == [void, 10**12, foreign, billed, others, nobodys]
    without = bill(milkman, invoices=[good, void, others])
    assert (without.code, without["invoices"]) == ("invoices_invalid", [void])
    both = bill(milkman, customer_id=row_id, invoices=[good, good], orders=[{**CAKE, "status": "x"}])
    assert both.code == "invalid"
    both = bill(milkman, customer_id=row_id, invoices=[good, good], orders=[{}])
    assert (both.code, both["invoices"]) == ("invoices_invalid", [good])
    twice = bill(milkman, customer_id=row_id, invoices=f"{good}, {others},{good}")
    assert (twice.status, twice.code, twice["invoices"]) == (422, "invoices_invalid", [good])
    assert tables() == before


def test_whose_it_is(milkman: Api, row_id: int, cast: Cast) -> None:
    other = cast.row(milkman)["id"]
    mine = made(invoice(milkman, customer_id=row_id, orders=[CAKE]))
    theirs = made(invoice(milkman, customer_id=other, orders=[CAKE]))
    nobodys = made(invoice(milkman, orders=[CAKE]))
    before = tables()
    for pair in ([mine, theirs], [mine, nobodys]):
        assert refused(bill(milkman, invoices=pair)) == (422, [("invoices", "mixed_customers")])
    answer = bill(milkman, invoices=[mine], orders=[{"id": served(milkman, other)}])
    assert refused(answer) == (422, [("orders", "mixed_customers")])
    assert said(bill(milkman, customer=NEW, invoices=[mine])) == (409, "target_has_customer")
    assert tables()[0][-5:] == before[0][-5:]
    found = bill(milkman, invoices=[mine], orders=[CAKE])
    assert (found["customer_id"], found["amount"]) == (row_id, "800.00")
    assert milkman.get(f"/order/{found['orders'][0]['order_id']}")["status"] == "billed"
    counter = bill(milkman, invoices=str(nobodys), orders=[CAKE])
    assert (counter["customer_id"], *sums(counter)) == (None, "open", "800.00", "0.00", "800.00")
    assert milkman.get(f"/order/{counter['orders'][0]['order_id']}")["status"] == "accepted"
    new = bill(milkman, customer=NEW, orders=[CAKE])
    assert milkman.get(f"/customer/{new['customer_id']}")["balance"]["owed_by_customer"] == "400.00"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({}, [("orders", "orders_required")]),
        ({"orders": [], "invoices": ""}, [("orders", "orders_required")]),
        ({"invoices": []}, [("orders", "orders_required")]),
        ({"invoices": "20, x"}, [("invoices", "invalid")]),
        (
            {"customer_id": 1, "customer": NEW, "zzz": 1},
            [
                ("customer_id", "customer_ambiguous"),
                ("orders", "orders_required"),
                ("zzz", "unknown_field"),
            ],
        ),
        (
            {"customer_id": "x", "month": "2026-11"},
            [("orders", "orders_required"), ("month", "unknown_field"), ("customer_id", "invalid")],
        ),
        ({"invoices": "20,,15"}, [("invoices", "invalid")]),
        ({"invoices": "-20"}, [("invoices", "invalid")]),
        ({"invoices": [20, "15"]}, [("invoices.1", "invalid")]),
        ({"invoices": [20], "month": "2026-11"}, [("month", "unknown_field")]),
        (
            {"invoices": [20, 20], "orders": [{}]},
            [("invoices", "invoices_invalid"), ("orders.0.item_name", "invalid")],
        ),
        (
            {"customer_id": 1, "customer": NEW, "invoices": "20"},
            [("customer_id", "customer_ambiguous")],
        ),
    ],
)
def test_bodies_that_cannot_be(milkman: Api, body: Any, found: Any) -> None:
    before = tables()
    assert refused(bill(milkman, **body)) == (422, found)
    assert tables() == before


def test_ids_beyond_any_number_are_unknown(milkman: Api) -> None:
    assert bill(milkman, invoices="9" * 100).code == "invoices_invalid"
    assert bill(milkman, invoices=[10**30]).code == "invoices_invalid"


def test_what_is_on_an_invoice_is_not_billed_beside_it(milkman: Api, row_id: int) -> None:
    order_id = delivered(milkman, row_id, "2026-11-01")
    cake = served(milkman, row_id)
    made(invoice(milkman, customer_id=row_id, month="2026-11"))
    assert said(bill(milkman, orders=[{"id": cake}])) == (409, "already_billed")
    assert said(bill(milkman, orders=[{"id": order_id}])) == (409, "nothing_to_bill")
    loose = served(milkman, row_id)
    made(bill(milkman, orders=[{"id": loose}]))
    assert said(invoice(milkman, orders=[{"id": loose}])) == (409, "already_billed")
    assert said(invoice(milkman, customer_id=row_id, month="2026-11")) == (409, "nothing_to_bill")


def test_lines_without_a_price_are_named(milkman: Api, row_id: int) -> None:
    answer = bill(milkman, customer_id=row_id, orders=[CAKE, {"item_name": "Bun"}])
    assert refused(answer) == (422, [("orders.1.rate", "rate_required")])


def test_void_frees_invoices_and_orders(milkman: Api, row_id: int) -> None:
    one = invoice(milkman, customer_id=row_id, orders=[CAKE])
    loose = served(milkman, row_id)
    sent = {"invoices": [one["id"]], "orders": [{"id": loose}]}
    first = made(bill(milkman, **sent))
    void = milkman.post(f"/bills/{first}/void", expect=200)
    assert (void["status"], void["amount"]) == ("void", "800.00")
    assert milkman.post(f"/bills/{first}/void", expect=200).json == void.json
    second = bill(milkman, **sent)
    assert (second["number"], second["amount"]) == (2, "800.00")
    pay_line(*target(one["lines"][0]))
    assert sums(milkman.get(f"/bills/{second['id']}")) == ("part_paid", "800.00", "400.00", "400.00")
    assert milkman.get(f"/bills/{second['id']}")["invoices"][0]["status"] == "paid"
    assert said(milkman.post(f"/bills/{second['id']}/void")) == (409, "in_use")
    pay_line(*target(second["orders"][0]))
    assert sums(milkman.get(f"/bills/{second['id']}")) == ("paid", "800.00", "800.00", "0.00")
    assert milkman.get(f"/order/{loose}")["status"] == "billed"
    assert charges(milkman, row_id) == "800.00"


def test_who_may_read_and_write(milkman: Api, linked: Any, cast: Cast) -> None:
    login, row = linked
    ours = made(bill(milkman, customer_id=row, orders=[CAKE]))
    made(bill(milkman, orders=[CAKE]))
    assert login.get(f"/bills/{ours}").json == milkman.get(f"/bills/{ours}").json
    assert [one["id"] for one in login.get("/bills")["items"]] == [ours]
    assert login.get("/notifications")["items"][0]["kind"] == "bill_made"
    for who in (cast.vendor(), cast.customer_login()):
        assert said(who.get(f"/bills/{ours}", expect=None)) == (404, "not_found")
        assert who.get(f"/bills?customer_id={row}")["items"] == []
    assert said(cast.vendor().post(f"/bills/{ours}/void")) == (404, "not_found")
    assert said(login.post(f"/bills/{ours}/void")) == (403, "forbidden")
    assert said(login.post("/bills", {"customer_id": row, "orders": [CAKE]})) == (403, "forbidden")


def test_lists_by_status_look_through_invoices(milkman: Api, row_id: int) -> None:
    one = invoice(milkman, customer_id=row_id, orders=[CAKE, CAKE])
    first = made(bill(milkman, invoices=[one["id"]]))
    second = made(bill(milkman, customer_id=row_id, orders=[CAKE]))

    def ids(status: str) -> list[int]:
        return [one["id"] for one in milkman.get(f"/bills?status={status}&month=2026-11")["items"]]

    assert (ids("open"), ids("part_paid"), ids("paid"), ids("void")) == ([second, first], [], [], [])
    pay_line(*target(one["lines"][0]))
    assert (ids("open"), ids("part_paid"), ids("paid")) == ([second], [first], [])
    pay_line(*target(one["lines"][1]))
    milkman.post(f"/bills/{second}/void", expect=200)
    assert (ids("open"), ids("part_paid"), ids("paid"), ids("void")) == ([], [], [first], [second])


def test_invoices_are_billed_once(milkman: Api, row_id: int) -> None:
    invoices = [made(invoice(milkman, customer_id=row_id, orders=[CAKE])) for _ in range(3)]
    call = partial(bill, milkman, customer_id=row_id, invoices=invoices, orders=[CAKE])
    assert race([call] * AT_ONCE) == {(201, None): 1, (422, "invoices_invalid"): AT_ONCE - 1}
    assert rows("SELECT number FROM bills") == [(1,)]
    assert charges(milkman, row_id) == "1600.00"
    assert bill(milkman, customer_id=row_id, orders=[CAKE])["number"] == 2


def test_a_walk_ins_invoices_are_billed_once(milkman: Api) -> None:
    invoices = [made(invoice(milkman, orders=[CAKE])) for _ in range(2)]
    calls = [partial(bill, milkman, invoices=invoices[:: 1 if n % 2 else -1]) for n in range(AT_ONCE)]
    assert race(calls) == {(201, None): 1, (422, "invoices_invalid"): AT_ONCE - 1}


def test_void_and_bill_at_once(milkman: Api, row_id: int) -> None:
    for _ in range(5):
        one = made(invoice(milkman, customer_id=row_id, orders=[CAKE]))
        void = partial(milkman.post, f"/invoices/{one}/void")
        heard = race([void, partial(bill, milkman, invoices=[one])])
        assert heard in (
            {(200, None): 1, (422, "invoices_invalid"): 1},
            {(409, "in_use"): 1, (201, None): 1},
        )


def test_a_payment_names_the_payer_of_a_walk_ins_invoices(milkman: Api, row_id: int) -> None:
    one = invoice(milkman, orders=[CAKE])
    waiting = counter_sale(milkman)
    wanted = Wanted("bill.", existing=(("bill.orders.0.id", waiting),))
    with transaction():
        bill_id = service.create_bill(
            caller(milkman), wanted, customer_id=row_id, invoice_ids=[one["id"]], attach=True
        )
    found = milkman.get(f"/bills/{bill_id}")
    assert (found["customer_id"], found["amount"]) == (row_id, "800.00")
    assert milkman.get(f"/invoices/{one['id']}")["customer_id"] == row_id
    for order_id in (one["lines"][0]["order_id"], waiting):
        order = milkman.get(f"/order/{order_id}")
        assert (order["customer_id"], order["status"]) == (row_id, "billed")
    assert charges(milkman, row_id) == "800.00"


def test_a_payment_tells_what_lines_without_a_price_cost(milkman: Api, row_id: int) -> None:
    owed = made(invoice(milkman, customer_id=row_id, orders=[CAKE]))
    lines = tuple(NewLine(f"bill.orders.{place}.", Goods("Bun", None, 1000, None)) for place in range(3))
    heard: list[int] = []

    def price(asked: Any, due: int) -> list[int]:
        heard.extend([len(asked), due])
        return [33, 33, 34]

    with transaction():
        bill_id = service.create_bill(
            caller(milkman), Wanted("bill.", lines), customer_id=row_id, invoice_ids=[owed], price=price
        )
    assert heard == [3, 40000]
    found = milkman.get(f"/bills/{bill_id}")
    assert [(one["rate"], one["amount"]) for one in found["orders"]] == [
        (None, "0.33"),
        (None, "0.33"),
        (None, "0.34"),
    ]
    priced = NewLine("bill.orders.3.", Goods("Bun", None, 1000, 100))
    with pytest.raises(Problem) as refusal, transaction():
        service.create_bill(
            caller(milkman), Wanted("bill.", (*lines, priced)), customer_id=row_id, price=price
        )
    assert [one.field for one in refusal.value.errors] == [f"bill.orders.{n}.rate" for n in range(3)]


def test_a_walk_ins_paper_gets_a_customer(milkman: Api, row_id: int) -> None:
    one = invoice(milkman, orders=[CAKE])
    found = made(bill(milkman, invoices=[one["id"]], orders=[CAKE]))
    with transaction():
        who = caller(milkman)
        held = service.hold_paper(who, "bill", found)
        service.attach_paper(who, "bill", found, row_id, day=date(2026, 11, 21))
    assert held.row.customer_id == row_id
    seen = milkman.get(f"/bills/{found}")
    assert (seen["customer_id"], *sums(seen)) == (row_id, "open", "800.00", "0.00", "800.00")
    assert milkman.get(f"/invoices/{one['id']}")["customer_id"] == row_id
    assert charges(milkman, row_id) == "800.00"
