"""Noon in Kolkata on a Saturday, a milkman, and a household without and one with a login."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.cast import Api, Cast

NOON = "2026-11-21T06:30:00Z"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def row_id(cast: Cast, milkman: Api) -> int:
    """A customer of the milkman without a login."""
    return int(cast.row(milkman)["id"])


@pytest.fixture
def linked(cast: Cast, milkman: Api) -> tuple[Api, int]:
    """A household's login, and the id of the row about it."""
    return cast.household(of=milkman)
