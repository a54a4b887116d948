"""Both sides at the same instant: one wins, the rest hear in which state it is, and nothing counts twice."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.cast import Api
from tests.contract.test_races import race
from tests.records.orders import rows

from .extras import CAKE, account, asked, entered, status, step

AT_ONCE = 8
TRIES = range(3)


def test_it_is_served_once(milkman: Api, linked: Any) -> None:
    _, row = linked
    order_id = entered(milkman, row)
    heard = race([partial(step, milkman, order_id, "serve")] * AT_ONCE)
    assert heard == {(200, None): 1, (409, "wrong_state"): AT_ONCE - 1}
    assert rows("SELECT count(*), sum(amount) FROM ledger_entries") == [(1, 40000)]
    assert account(milkman, row)["charges"] == "400.00"


@pytest.mark.parametrize("_again", TRIES)
def test_a_yes_and_a_cancel(milkman: Api, linked: Any, _again: int) -> None:
    login, _ = linked
    order_id = asked(login, milkman, rate="200")
    yes, no = partial(step, milkman, order_id, "accept"), partial(login.delete, f"/order/{order_id}")
    assert race([yes, no]) == {(200, None): 1, (409, "wrong_state"): 1}
    assert status(login, order_id) in ("accepted", "cancelled")


@pytest.mark.parametrize("_again", TRIES)
def test_a_yes_and_a_no(milkman: Api, linked: Any, _again: int) -> None:
    login, _ = linked
    order_id = asked(login, milkman)
    step(milkman, order_id, "accept", rate="200")
    yes, no = partial(step, login, order_id, "accept"), partial(step, milkman, order_id, "decline")
    assert race([yes, no]) == {(200, None): 1, (409, "wrong_state"): 1}
    assert status(login, order_id) in ("accepted", "declined")


@pytest.mark.parametrize("_again", TRIES)
def test_taking_back_and_contradicting(milkman: Api, linked: Any, _again: int) -> None:
    """Taking it back ends a dispute; what is taken back is not disputed any more."""
    login, row = linked
    order_id = entered(milkman, row, status="served")
    back = partial(milkman.delete, f"/order/{order_id}")
    heard = race([back, partial(step, login, order_id, "decline", reason="Not mine")])
    assert heard in ({(200, None): 2}, {(200, None): 1, (409, "wrong_state"): 1})
    assert status(milkman, order_id) == "cancelled"
    found = account(milkman, row)
    assert (found["charges"], found["disputed_amount"]) == ("0.00", "0.00")


@pytest.mark.parametrize("_again", TRIES)
def test_serving_and_leaving_the_book(milkman: Api, linked: Any, _again: int) -> None:
    _, row = linked
    order_id = entered(milkman, row)
    leave = partial(milkman.delete, f"/customer/{row}")
    heard = race([partial(step, milkman, order_id, "serve"), leave])
    assert heard in ({(200, None): 2}, {(200, None): 1, (409, "wrong_state"): 1})
    charged = rows("SELECT count(*) FROM lines")[0][0]
    assert (status(milkman, order_id), charged) in (("served", 1), ("cancelled", 0))


@pytest.mark.parametrize("_again", TRIES)
def test_entering_and_leaving_the_book(milkman: Api, linked: Any, _again: int) -> None:
    _, row = linked
    body = {"customer_id": row, **CAKE, "rate": "200"}
    heard = race([partial(milkman.post, "/orders", body), partial(milkman.delete, f"/customer/{row}")])
    assert heard in ({(200, None): 1, (201, None): 1}, {(200, None): 1, (409, "customer_inactive"): 1})
    assert {state for (state,) in rows("SELECT state FROM orders")} <= {"cancelled"}
