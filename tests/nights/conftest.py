"""Noon in Kolkata on a Saturday, and a milkman."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.cast import Api, Cast


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-11-21T06:30:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def row_id(cast: Cast, milkman: Api) -> int:
    """A customer of the milkman without a login."""
    return int(cast.row(milkman)["id"])
