"""The milkman of these tests. Every answer is as the API describes it, and after each test every stock is
the sum of its moves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.noon import described, milkman
from vendorapp.catalogue.queries import stock_drift
from vendorapp.kernel.database import transaction

__all__ = ["described", "milkman", "sums"]


@pytest.fixture(autouse=True)
def sums(app: Flask) -> Iterator[None]:
    yield
    with transaction():
        assert stock_drift() == []
