"""Noon in Kolkata on a Saturday, a milkman, a customer without a login and a household with one.

Fixtures that a folder's conftest takes by name; those that work by themselves wherever they are taken:
`clock` stops the time, `sums` proves every sum after each test, `described` holds every answer against the
API's own description.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.cast import Answer, Api, Cast
from tests.contract.described import assert_as_described
from vendorapp.months.proof import verify

NOON = "2026-11-21T06:30:00Z"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def sums(app: Flask) -> Any:
    """Whatever a test did, every sum is what the rows behind it say."""
    yield
    assert verify() == []


@pytest.fixture(autouse=True)
def described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer is as the API's own description has it."""
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
