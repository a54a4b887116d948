"""A page's verb that somebody else wrote into meanwhile looks again, a few times."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from vendorapp.kernel.endpoint import TRIES
from vendorapp.kernel.errors import WrittenMeanwhile
from vendorapp.kernel.forms import attempt, in_transaction


def disturbed(times: int) -> tuple[list[int], Callable[[], str]]:
    """A verb that is disturbed so many times, and the list of its tries."""
    tries: list[int] = []

    def verb() -> str:
        tries.append(len(tries))
        if len(tries) <= times:
            raise WrittenMeanwhile()
        return "done"

    return tries, verb


def test_it_is_tried_again(app: Flask) -> None:
    tries, verb = disturbed(TRIES - 1)
    assert in_transaction(verb) == "done"
    assert len(tries) == TRIES


def test_in_the_end_it_is_said(app: Flask) -> None:
    tries, verb = disturbed(TRIES)
    with pytest.raises(WrittenMeanwhile):
        in_transaction(verb)
    assert len(tries) == TRIES
    assert attempt(disturbed(TRIES)[1]).status == 409
