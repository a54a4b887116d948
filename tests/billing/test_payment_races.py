"""Payments at the same instant: one thing is paid once, and no money is lost or doubled."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.cast import Api, Cast
from tests.contract.test_races import race
from tests.records.orders import rows

from .paying import balance, bill, claim, extra, invoice, order, pay, sold

AT_ONCE = 20


def at_once(vendor: Api, amount: str, **body: Any) -> Any:
    return race([partial(pay, vendor, amount, expect=None, **body)] * AT_ONCE)


def test_one_target_is_paid_once(milkman: Api, row_id: int) -> None:
    order_id = sold(milkman, row_id)
    heard = at_once(milkman, "100", item="order", item_id=order_id)
    assert heard == {(201, None): 1, (409, "already_paid"): AT_ONCE - 1}
    assert balance(milkman, row_id) == ("0.00", "0.00", "0.00")


def test_what_waits_is_handed_over_once(milkman: Api, row_id: int) -> None:
    order_id = extra(milkman, row_id)
    heard = at_once(milkman, "100", item="order", item_id=order_id)
    assert heard == {(201, None): 1, (409, "already_paid"): AT_ONCE - 1}
    assert rows("SELECT count(*) FROM custom_records") == [(1,)]


@pytest.mark.parametrize("item", ["order", "invoice", "bill"])
def test_a_walk_in_pays_once(milkman: Api, item: str) -> None:
    target = extra(milkman)
    if item != "order":
        target = invoice(milkman, [{"id": target}])
    if item == "bill":
        target = bill(milkman, invoices=[target])
    heard = at_once(milkman, "100", item=item, item_id=target)
    assert heard == {(201, None): 1, (409, "already_paid"): AT_ONCE - 1}
    assert rows("SELECT kind, sum(amount) FROM ledger_entries GROUP BY 1 ORDER BY 1") == [
        ("charge", 10000),
        ("payment", -10000),
    ]


@pytest.mark.parametrize("item", ["order", "invoice", "bill"])
def test_a_walk_ins_target_is_given_to_one(cast: Cast, milkman: Api, item: str) -> None:
    """Customers, a new one and a walk-in all want the same thing: it is one's, and paid once."""
    target = extra(milkman)
    if item != "order":
        target = invoice(milkman, [{"id": target}])
    if item == "bill":
        target = bill(milkman, invoices=[target])
    payers: list[dict[str, Any]] = [{"customer_id": cast.row(milkman)["id"]} for _ in range(4)]
    payers += [{"customer": {"name": "Robert", "phone_number": "+256781224508"}}, {}]
    body = {"item": item, "item_id": target, "expect": None}
    heard = race([partial(pay, milkman, "100", **body, **payer) for payer in payers])
    assert heard[201, None] == 1
    refusals = {"already_paid", "target_other_customer", "target_has_customer"}
    assert {code for status, code in heard if status == 409} <= refusals
    assert sum(heard.values()) == sum(n for (status, _), n in heard.items() if status in (201, 409))
    assert rows("SELECT sum(amount) FROM lines") == [(10000,)]


def test_a_phone_makes_one_customer(milkman: Api) -> None:
    heard = at_once(milkman, "100", customer={"name": "Robert", "phone_number": "+256781224508"})
    assert heard == {(201, None): 1, (409, "customer_exists"): AT_ONCE - 1}
    assert rows("SELECT count(*) FROM customers") == [(1,)]


def test_the_same_key_is_one_payment(milkman: Api, row_id: int) -> None:
    sold(milkman, row_id)

    def send() -> Any:
        headers = {"Idempotency-Key": "one"}
        return milkman.post("/payments", {"customer_id": row_id, "amount": "60"}, headers=headers)

    heard = race([send] * AT_ONCE)
    assert set(heard) <= {(201, None), (409, "idempotency_key_in_use")}
    first, again = send(), send()
    assert first.json == again.json
    assert again.response.headers["Idempotent-Replayed"] == "true"
    assert balance(milkman, row_id) == ("40.00", "0.00", "0.00")
    assert rows("SELECT count(*) FROM payments") == [(1,)]


def test_money_on_account_adds_up(milkman: Api, row_id: int) -> None:
    for _ in range(3):
        sold(milkman, row_id)
    heard = at_once(milkman, "20", customer_id=row_id)
    assert heard == {(201, None): AT_ONCE}
    assert balance(milkman, row_id) == ("0.00", "100.00", "0.00")


def test_a_claim_is_answered_once(cast: Cast, milkman: Api) -> None:
    login, row = cast.household(of=milkman)
    payment_id = claim(login, milkman, "60")
    verbs = ["confirm", "decline"] * (AT_ONCE // 2)
    heard = race([partial(milkman.post, f"/payments/{payment_id}/{verb}", {}) for verb in verbs])
    assert heard == {(200, None): 1, (409, "already_answered"): AT_ONCE - 1}
    _, advance, unconfirmed = balance(milkman, row)
    assert unconfirmed == "0.00"
    status = milkman.get(f"/payments/{payment_id}")["status"]
    assert advance == ("60.00" if status == "confirmed" else "0.00")


@pytest.mark.parametrize("walk_in", [False, True])
def test_a_payment_is_reversed_once(milkman: Api, row_id: int, walk_in: bool) -> None:
    order_id = extra(milkman) if walk_in else sold(milkman, row_id)
    payment_id = pay(milkman, "100", item="order", item_id=order_id)["payment"]["id"]
    path = f"/payments/{payment_id}/reverse"
    heard = race([partial(milkman.post, path, {"reason": "Mistake"})] * AT_ONCE)
    assert heard == {(200, None): 1, (409, "wrong_state"): AT_ONCE - 1}
    assert rows("SELECT sum(amount) FROM ledger_entries WHERE kind = 'payment'") == [(0,)]


def test_paying_and_cancelling(milkman: Api, row_id: int) -> None:
    order_id = extra(milkman, row_id)
    calls = [
        partial(pay, milkman, "100", item="order", item_id=order_id, expect=None),
        partial(milkman.delete, f"/order/{order_id}"),
    ]
    heard = race(calls)
    status = order(milkman, order_id)[0]
    if status == "served":
        assert heard == {(201, None): 1, (409, "in_use"): 1}
    else:
        assert heard == {(200, None): 1, (409, "target_closed"): 1}


def test_paying_and_voiding(milkman: Api, row_id: int) -> None:
    paper = invoice(milkman, [{"id": sold(milkman, row_id)}], customer_id=row_id)
    calls = [
        partial(pay, milkman, "100", item="invoice", item_id=paper, expect=None),
        partial(milkman.post, f"/invoices/{paper}/void"),
    ]
    heard = race(calls)
    if milkman.get(f"/invoices/{paper}")["status"] == "paid":
        assert heard == {(201, None): 1, (409, "in_use"): 1}
    else:
        assert heard == {(200, None): 1, (409, "target_closed"): 1}
