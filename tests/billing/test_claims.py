"""What a customer says they paid counts for nothing until the vendor's yes, which comes once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Api, Cast
from tests.records.orders import close_through, rows

from .paying import balance, claim, extra, faults, invoice, landed, order, pay, said, snapshot, sold, told


@pytest.fixture
def login(linked: Any) -> Api:
    return linked[0]


@pytest.fixture
def row(linked: Any) -> int:
    return linked[1]


def answered(vendor: Api, payment_id: int, verb: str, **body: Any) -> Any:
    return vendor.post(f"/payments/{payment_id}/{verb}", body)


def test_a_claim_counts_nowhere(milkman: Api, login: Api, row: int) -> None:
    sold(milkman, row)
    answer = login.post(
        "/payments",
        {"vendor_id": milkman.user["id"], "amount": "60", "method": "upi", "note": "Paid at noon"},
    )
    assert answer.status == 201
    payment = answer["payment"]
    assert (payment["status"], payment["method"], payment["note"]) == ("claimed", "upi", "Paid at noon")
    assert (payment["allocations"], payment["unallocated"]) == ([], "0.00")
    assert answer["open_claims"] == [payment["id"]]
    assert "customer" not in answer.json
    assert balance(milkman, row) == ("100.00", "0.00", "60.00")
    assert milkman.get(f"/finance/customer/month/{row}")["payments"] == "0.00"
    assert told(milkman)[0] == ("payment_claimed", "Asha Sharma says they paid you ₹60.00")
    assert rows("SELECT count(*) FROM credits") == [(0,)]


def test_a_yes_books_it_on_the_oldest_lines(milkman: Api, login: Api, row: int) -> None:
    first = sold(milkman, row, "40", date="2026-11-10")
    second = sold(milkman, row, "100", date="2026-11-12")
    payment_id = claim(login, milkman, "60")
    answer = answered(milkman, payment_id, "confirm")
    assert (answer.status, answer["status"]) == (200, "confirmed")
    assert landed(answer) == [("order", first, "40.00"), ("order", second, "20.00")]
    assert balance(milkman, row) == ("80.00", "0.00", "0.00")
    assert milkman.get(f"/finance/customer/month/{row}")["payments"] == "60.00"
    assert told(login)[0] == ("payment_confirmed", "Yadav Dairy got your ₹60.00")
    unread = milkman.get("/notifications", query_string={"unread": "true"}).json["items"]
    assert "payment_claimed" not in [one["kind"] for one in unread]


def test_a_no_leaves_nothing(milkman: Api, login: Api, row: int) -> None:
    sold(milkman, row)
    payment_id = claim(login, milkman, "60")
    answer = answered(milkman, payment_id, "decline", reason="Nothing came")
    assert (answer.status, answer["status"], answer["reason"]) == (200, "declined", "Nothing came")
    assert balance(milkman, row) == ("100.00", "0.00", "0.00")
    assert rows("SELECT count(*) FROM credits") == [(0,)]
    assert told(login)[0] == ("payment_declined", "Yadav Dairy did not get your ₹60.00")


@pytest.mark.parametrize("first", ["confirm", "decline"])
@pytest.mark.parametrize("second", ["confirm", "decline"])
def test_it_is_answered_once(milkman: Api, login: Api, row: int, first: str, second: str) -> None:
    payment_id = claim(login, milkman, "60")
    word = answered(milkman, payment_id, first)["status"]
    before = snapshot()
    answer = answered(milkman, payment_id, second)
    assert (answer.code, answer["status"]) == ("already_answered", word)
    assert snapshot() == before
    assert login.get(f"/payments/{payment_id}")["status"] == word


def test_an_own_payment_is_no_claim(milkman: Api, row: int) -> None:
    payment_id = pay(milkman, "60", customer_id=row)["payment"]["id"]
    assert said(answered(milkman, payment_id, "confirm")) == (409, "already_answered")


def test_the_customer_cannot_answer(milkman: Api, login: Api) -> None:
    payment_id = claim(login, milkman, "60")
    for verb in ("confirm", "decline", "reverse"):
        assert said(answered(login, payment_id, verb, reason="x")) == (403, "forbidden")


def test_strangers_see_nothing(cast: Cast, milkman: Api, login: Api) -> None:
    payment_id = claim(login, milkman, "60")
    other_login, other_row = cast.household(of=milkman)
    rival = cast.vendor()
    for stranger in (other_login, rival):
        assert said(stranger.get(f"/payments/{payment_id}", expect=None)) == (404, "not_found")
        assert stranger.get("/payments").json["items"] == []
    for verb, body in (("confirm", {}), ("decline", {}), ("reverse", {"reason": "x"})):
        assert said(answered(rival, payment_id, verb, **body)) == (404, "not_found")
    found = milkman.get("/payments", query_string={"customer_id": other_row}).json["items"]
    assert found == []


def test_a_claim_names_its_target(milkman: Api, login: Api, row: int) -> None:
    older = sold(milkman, row, "40", date="2026-11-10")
    newer = sold(milkman, row, "100", date="2026-11-12")
    payment_id = claim(login, milkman, "130", item="order", item_id=newer)
    answer = answered(milkman, payment_id, "confirm")
    assert landed(answer) == [("order", newer, "100.00")]
    assert answer["unallocated"] == "30.00"
    assert order(milkman, older) == ("served", False, row)


def test_what_no_longer_fits_is_advance(milkman: Api, login: Api, row: int) -> None:
    order_id = sold(milkman, row)
    sold(milkman, row, "70")
    paper = invoice(milkman, [{"id": order_id}], customer_id=row)
    payment_id = claim(login, milkman, "100", item="invoice", item_id=paper)
    pay(milkman, "80", item="order", item_id=order_id)
    answer = answered(milkman, payment_id, "confirm")
    assert landed(answer) == [("order", order_id, "20.00")]
    assert answer["unallocated"] == "80.00"
    assert balance(milkman, row) == ("0.00", "10.00", "0.00")


def test_a_yes_to_a_void_paper_is_advance(milkman: Api, login: Api, row: int) -> None:
    paper = invoice(milkman, [{"id": sold(milkman, row)}], customer_id=row)
    payment_id = claim(login, milkman, "100", item="invoice", item_id=paper)
    milkman.post(f"/invoices/{paper}/void", expect=200)
    answer = answered(milkman, payment_id, "confirm")
    assert (answer["allocations"], answer["unallocated"]) == ([], "100.00")


def test_a_yes_hands_over_what_was_agreed(milkman: Api, login: Api, row: int) -> None:
    order_id = extra(milkman, row)
    payment_id = claim(login, milkman, "100", item="order", item_id=order_id)
    assert order(milkman, order_id) == ("accepted", False, row)
    assert landed(answered(milkman, payment_id, "confirm")) == [("order", order_id, "100.00")]
    assert order(milkman, order_id) == ("served", True, row)


def asked_for(vendor: Api, login: Api, **goods: Any) -> int:
    body = {"order_type": "on_demand", "vendor_id": vendor.user["id"], "item_name": "Cake", **goods}
    return int(login.post("/orders", body, expect=201)["id"])


def test_a_yes_serves_what_was_asked_for(milkman: Api, login: Api, row: int) -> None:
    product = milkman.post("/products", {"name": "Ghee", "unit": "kg", "rate": "30"}, expect=201)["id"]
    listed = {"item": "product", "item_id": product, "item_name": None, "quantity": "2"}
    for goods, cost in (({"rate": "40"}, "40.00"), (listed, "60.00"), ({}, "70.00")):
        order_id = asked_for(milkman, login, **goods)
        payment_id = claim(login, milkman, "70", item="order", item_id=order_id)
        assert order(milkman, order_id) == ("requested", False, row)
        assert landed(answered(milkman, payment_id, "confirm")) == [("order", order_id, cost)]
        assert order(milkman, order_id) == ("served", True, row)
    assert balance(milkman, row) == ("0.00", "40.00", "0.00")


def test_a_yes_does_not_agree_to_an_offer(milkman: Api, login: Api, row: int) -> None:
    order_id = asked_for(milkman, login)
    milkman.post(f"/order/{order_id}/accept", {"rate": "5"}, expect=200)
    payment_id = claim(login, milkman, "5", item="order", item_id=order_id)
    assert answered(milkman, payment_id, "confirm")["unallocated"] == "5.00"
    assert order(milkman, order_id) == ("offered", False, row)


def test_a_paid_or_closed_target_is_refused(milkman: Api, login: Api, row: int) -> None:
    paid = sold(milkman, row)
    pay(milkman, "100", item="order", item_id=paid)
    gone = extra(milkman, row)
    milkman.delete(f"/order/{gone}", expect=200)
    void = invoice(milkman, [{"id": sold(milkman, row)}], customer_id=row)
    milkman.post(f"/invoices/{void}/void", expect=200)
    for item, item_id, code in (
        ("order", paid, "already_paid"),
        ("order", gone, "target_closed"),
        ("invoice", void, "target_closed"),
    ):
        body = {"vendor_id": milkman.user["id"], "amount": "5", "item": item, "item_id": item_id}
        assert said(login.post("/payments", body)) == (409, code)


def test_somebody_elses_target_is_unknown(cast: Cast, milkman: Api, login: Api) -> None:
    other = cast.row(milkman)["id"]
    order_id = sold(milkman, other)
    paper = invoice(milkman, [{"id": order_id}], customer_id=other)
    for item, item_id in (("order", order_id), ("invoice", paper), ("bill", paper), ("order", 2**62)):
        body = {"vendor_id": milkman.user["id"], "amount": "5", "item": item, "item_id": item_id}
        answer = login.post("/payments", body)
        assert said(answer) == (404, "not_found")
        assert [one["field"] for one in answer["errors"]] == ["item_id"]


def test_a_target_of_another_vendor_of_mine_is_unknown(cast: Cast, milkman: Api, login: Api) -> None:
    baker = cast.vendor(business_name="Modern Bakery")
    _, there = cast.household(of=baker, login=login)
    order_id = sold(baker, there)
    paper = invoice(baker, [{"id": order_id}], customer_id=there)
    for item, item_id in (("order", order_id), ("invoice", paper)):
        body = {"vendor_id": milkman.user["id"], "amount": "5", "item": item, "item_id": item_id}
        assert said(login.post("/payments", body)) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"amount": "5"}, [("vendor_id", "invalid")]),
        ({"amount": "0", "vendor_id": 1}, [("amount", "invalid")]),
        ({"amount": "-5", "vendor_id": 1}, [("amount", "invalid")]),
        ({"amount": "5", "vendor_id": 1, "item": "order"}, [("item_id", "item_id_required")]),
        ({"amount": "5", "vendor_id": 1, "item_id": 3}, [("item", "item_required")]),
        ({"amount": "5", "vendor_id": 1, "item": "cow", "item_id": 3}, [("item", "item_invalid")]),
        ({"amount": "5", "vendor_id": 1, "customer_id": 7}, [("customer_id", "unknown_field")]),
        ({}, [("vendor_id", "invalid"), ("amount", "invalid")]),
        ({"amount": "x", "vendor_id": 1, "item_id": 3}, [("item", "item_required"), ("amount", "invalid")]),
        ({"amount": "5", "vendor_id": 1, "date": "2026-11-20"}, [("date", "unknown_field")]),
        (
            {"amount": "5", "vendor_id": 1, "order": {"item_name": "x"}, "allocate": "none"},
            [("order", "unknown_field"), ("allocate", "unknown_field")],
        ),
    ],
)
def test_what_a_customer_may_not_send(login: Api, body: dict[str, Any], expected: Any) -> None:
    before = snapshot()
    assert faults(login.post("/payments", body)) == expected
    assert snapshot() == before


def test_only_a_linked_vendor(cast: Cast, login: Api, milkman: Api) -> None:
    rival = cast.vendor()
    for vendor_id in (rival.user["id"], 2**62, login.user["id"]):
        answer = login.post("/payments", {"vendor_id": vendor_id, "amount": "5"})
        assert said(answer) == (404, "not_found")
        assert [one["field"] for one in answer["errors"]] == ["vendor_id"]
    assert faults(login.post("/payments", {"vendor_id": milkman.user["id"], "amount": "5.001"})) == [
        ("amount", "invalid")
    ]


def test_a_claim_of_a_closed_month_counts_today(milkman: Api, login: Api, row: int, clock: Any) -> None:
    payment_id = claim(login, milkman, "60")
    clock.move_to("2026-12-02T06:30:00Z")
    close_through(row, "2026-11-30")
    answer = answered(milkman, payment_id, "confirm")
    assert (answer.status, answer["date"]) == (200, "2026-12-02")
    for month, paid in (("2026-11", "0.00"), ("2026-12", "60.00")):
        found = milkman.get(f"/finance/customer/month/{row}", query_string={"month": month})
        assert found["payments"] == paid


def test_the_vendor_sees_open_claims(milkman: Api, login: Api, row: int) -> None:
    claims = [claim(login, milkman, "60"), claim(login, milkman, "61")]
    assert pay(milkman, "5", customer_id=row)["open_claims"] == claims
    answered(milkman, claims[0], "decline")
    assert pay(milkman, "5", customer_id=row)["open_claims"] == claims[1:]
