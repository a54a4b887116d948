"""Noon in Kolkata on a Saturday; every answer of these tests is held against the API's own description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.cast import Answer, Api, Cast

from .described import assert_as_described

NOON = "2026-11-21T06:30:00Z"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def described(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Api.call

    def call(self: Api, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        answer = plain(self, method, path, body, **options)
        assert_as_described(self.app, method, path, answer.response)
        return answer

    monkeypatch.setattr(Api, "call", call)


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
