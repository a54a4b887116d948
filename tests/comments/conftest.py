"""A milkman and a household with an agreed order, and one delivery of it that both talk about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine

from tests.cast import Api, Cast
from tests.records.orders import agreed

TODAY = "2026-11-21"


@dataclass
class Talk:
    """The two sides, the order between them, and today's record of it."""

    milkman: Api
    household: Api
    customer_id: int
    order_id: int
    record_id: int


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Noon in Kolkata on a Saturday."""
    with time_machine.travel("2026-11-21T06:30:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def talk(cast: Cast) -> Talk:
    milkman = cast.vendor()
    # The login has its own name: the other side never sees it.
    login = cast.customer_login(name="Private Name")
    household, customer_id = cast.household(of=milkman, login=login, name="Asha Sharma")
    order_id = agreed(milkman, household, customer_id)
    marked = milkman.post(f"/order/{order_id}/attendance", {}, expect=201)
    return Talk(milkman, household, customer_id, order_id, int(marked["record"]["id"]))
