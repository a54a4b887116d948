"""One side's yes to a month is told to the other, once; the yes that closes it says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.cast import Api, Cast
from tests.months.stall import agreed, delivered
from tests.records.orders import rows
from vendorapp.months.proof import verify
from vendorapp.months.ready import tell_ready

NOVEMBER, DECEMBER = "2026-11-02T06:00:00Z", "2026-12-02T06:00:00Z"


@pytest.fixture(autouse=True)
def clock(app: Flask) -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-10-01T06:30:00Z", tick=False) as traveller:
        yield traveller
        assert verify() == []


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def october(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> tuple[Api, int, int]:
    """A household whose October came to ₹120; the login, the account and the order."""
    login, customer_id = cast.household(of=milkman)
    order_id = agreed(milkman, customer_id, login)
    clock.move_to("2026-10-31T06:30:00Z")
    for day in ("2026-10-05", "2026-10-06"):
        delivered(milkman, order_id, day)
    clock.move_to(NOVEMBER)
    return login, customer_id, order_id


def accept(who: Api, customer_id: int, month: str = "2026-10", **body: Any) -> None:
    who.post(f"/customer/{customer_id}/statement/{month}/accept", body, expect=200)


def told(who: Api) -> list[dict[str, Any]]:
    """The notices of a yes, the oldest first."""
    found = [one for one in who.get("/notifications")["items"] if one["kind"] == "statement_accepted"]
    return found[::-1]


def lines(who: Api) -> list[tuple[str, str]]:
    return [(one["title"], one["body"]) for one in told(who)]


def test_the_vendors_yes_reaches_the_household(milkman: Api, october: tuple[Api, int, int]) -> None:
    login, customer_id, _ = october
    accept(milkman, customer_id)
    assert lines(login) == [
        (
            "Yadav Dairy said yes to October 2026",
            "You pay ₹120.00. Look it through: with your yes the month is closed.",
        )
    ]
    [notice] = told(login)
    assert notice["url"] == f"/customers/{customer_id}/statement/2026-10"
    assert (notice["data"]["customer_id"], notice["data"]["month"]) == (customer_id, "2026-10")
    [stored] = rows(
        "SELECT user_id, vendor_id, topic, expires_at - created_at = interval '7 days' FROM notices"
        " WHERE kind = 'statement_accepted'"
    )
    assert stored == (login.user["id"], milkman.user["id"], f"statement:{customer_id}:2026-10", True)
    assert lines(milkman) == []


def test_the_second_yes_closes_it_and_says_so(milkman: Api, october: tuple[Api, int, int]) -> None:
    login, customer_id, _ = october
    accept(login, customer_id)
    assert lines(milkman) == [
        (
            "Asha Sharma said yes to October 2026",
            "You get ₹120.00. Look it through: with your yes the month is closed.",
        )
    ]
    accept(milkman, customer_id)
    assert lines(login) == [
        (
            "October 2026 is closed",
            "Yadav Dairy said yes too. You pay ₹120.00. Nothing in this month moves any more.",
        )
    ]
    assert len(told(milkman)) == 1


def test_repeating_says_nothing(milkman: Api, october: tuple[Api, int, int]) -> None:
    login, customer_id, _ = october
    for _ in range(3):
        accept(milkman, customer_id)
    assert len(told(login)) == 1
    for _ in range(2):
        accept(login, customer_id)
    accept(milkman, customer_id)
    assert (len(told(login)), len(told(milkman))) == (1, 1)


def test_a_yes_that_the_account_left_behind_is_said_anew(milkman: Api, october: tuple[Api, int, int]) -> None:
    login, customer_id, order_id = october
    accept(milkman, customer_id)
    delivered(milkman, order_id, "2026-10-07")
    accept(milkman, customer_id)
    assert [body.split(". ")[0] for _, body in lines(login)] == ["You pay ₹120.00", "You pay ₹180.00"]


def test_the_months_that_close_with_it_are_one_notice(
    milkman: Api, october: tuple[Api, int, int], clock: time_machine.Traveller
) -> None:
    login, customer_id, order_id = october
    delivered(milkman, order_id, "2026-11-02")
    clock.move_to(DECEMBER)
    accept(milkman, customer_id, "2026-11")
    accept(login, customer_id, "2026-11")
    assert [title for title, _ in lines(milkman)] == ["November 2026 is closed"]
    assert rows("SELECT count(*) FROM statements WHERE closed_at IS NOT NULL") == [(2,)]
    accept(milkman, customer_id, "2026-10")  # closed with it
    assert len(told(login)) == 1


def test_whoever_accepts_has_read_what_they_were_told(milkman: Api, october: tuple[Api, int, int]) -> None:
    login, customer_id, _ = october
    assert tell_ready() == {"told": 1}
    accept(milkman, customer_id)
    unread = [one["kind"] for one in login.get("/notifications?unread=true")["items"]]
    assert {"statement_ready", "statement_accepted"} <= set(unread)
    accept(login, customer_id)
    unread = [one["kind"] for one in login.get("/notifications?unread=true")["items"]]
    assert not {"statement_ready", "statement_accepted"} & set(unread)


def test_without_a_login_there_is_nobody_to_tell(
    cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    customer_id = cast.row(milkman)["id"]
    order_id = agreed(milkman, customer_id)
    clock.move_to(NOVEMBER)
    delivered(milkman, order_id, "2026-10-05")
    accept(milkman, customer_id, on_behalf_note="at the door")
    assert rows("SELECT count(*) FROM notices WHERE kind = 'statement_accepted'") == [(0,)]
    assert rows("SELECT count(*) FROM statements WHERE closed_at IS NOT NULL") == [(1,)]


def test_who_is_paid_ahead_reads_it_so(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> None:
    (ahead, ahead_id), (even, even_id) = cast.household(of=milkman), cast.household(of=milkman)
    milkman.post("/payments", {"customer_id": ahead_id, "amount": "50"}, expect=201)
    clock.move_to(NOVEMBER)
    for customer_id in (ahead_id, even_id):
        accept(milkman, customer_id)
    assert lines(ahead)[0][1].startswith("You have ₹50.00 paid ahead. ")
    assert lines(even)[0][1].startswith("Nothing is left to pay. ")
    accept(ahead, ahead_id)
    assert lines(milkman)[0][1] == (
        "Asha Sharma said yes too. You give back ₹50.00. Nothing in this month moves any more."
    )


def test_a_refused_yes_tells_nobody(milkman: Api, october: tuple[Api, int, int]) -> None:
    login, customer_id, _ = october
    path = f"/customer/{customer_id}/statement/2026-10/accept"
    milkman.post(path, {"closing_balance": "1.00"}, expect=409)
    milkman.post(f"/customer/{customer_id}/statement/2026-11/accept", {}, expect=409)
    assert lines(login) == []
