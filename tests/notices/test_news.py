"""What the main verbs tell: about whose business it is, and how long it is worth a push."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.billing.papers import bill, invoice, made, served
from tests.billing.paying import claim, pay
from tests.cast import Api, Cast
from tests.notices.conftest import telling
from tests.on_demand.extras import asked, entered, step
from tests.records.orders import MILK, agreed, rows
from vendorapp.kernel.clock import now
from vendorapp.kernel.database import transaction
from vendorapp.months.ready import tell_ready
from vendorapp.notices import service
from vendorapp.notices.rules import A_DAY, A_WEEK
from vendorapp.orders.service import expire_changes

NOON = "2026-11-21T06:30:00Z"  # in Kolkata, a Saturday
TODAY, YESTERDAY = "2026-11-21", "2026-11-20"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def linked(cast: Cast, milkman: Api) -> tuple[Api, int]:
    return cast.household(of=milkman)


def lives(who: Api) -> dict[str, timedelta]:
    """For each kind that somebody was told, how long the newest notice of it is pushed."""
    found = rows(
        "SELECT kind, expires_at - created_at FROM notices WHERE user_id = :id ORDER BY id", id=who.user["id"]
    )
    return dict(found)


def mark(who: Api, order_id: int, day: str = TODAY, **fields: Any) -> None:
    assert who.post(f"/order/{order_id}/attendance", {"date": day, **fields}).status in (200, 201)


def propose(vendor: Api, customer_id: int, **terms: Any) -> tuple[int, int]:
    """A proposed order; its id and that of its change."""
    order = vendor.post("/orders", {"customer_id": customer_id, **MILK, **terms}, expect=201)
    return order["id"], order["pending_change"]["id"]


# How long ---------------------------------------------------------------------------------------


def test_a_proposal_is_pushed_for_a_week_its_answer_for_a_day(milkman: Api, linked: tuple[Api, int]) -> None:
    login, row = linked
    _order, change = propose(milkman, row)
    login.post(f"/changes/{change}/accept", expect=200)
    assert lives(login)["change_proposed"] == A_WEEK
    assert lives(milkman)["change_accepted"] == A_DAY


@pytest.mark.parametrize(("days", "life"), [(2, 2), (9, 7), (-1, 0)])
def test_a_proposal_is_not_pushed_after_its_deadline(linked: tuple[Api, int], days: int, life: int) -> None:
    login, _row = linked
    fields = telling(kind="change_proposed", data={"change_id": 5}, deadline=now() + timedelta(days=days))
    with transaction():
        service.tell(login.user["id"], **fields)
    assert lives(login)["change_proposed"] == timedelta(days=life)
    assert login.get("/notifications")["items"][0]["kind"] == "change_proposed"  # it stays in the inbox


def test_money_is_news_for_three_days_a_paper_for_seven(milkman: Api, linked: tuple[Api, int]) -> None:
    login, row = linked
    paid = pay(milkman, "100", customer_id=row)["payment"]["id"]
    milkman.post(f"/payments/{paid}/reverse", {"reason": "the note was false"}, expect=200)
    claim(login, milkman, "50")
    made(invoice(milkman, customer_id=row, orders=[{"id": served(milkman, row)}]))
    told = lives(login)
    days = {kind: told[kind].days for kind in ("payment_confirmed", "payment_reversed", "invoice_made")}
    assert days == {"payment_confirmed": 3, "payment_reversed": 3, "invoice_made": 7}
    assert lives(milkman)["payment_claimed"] == timedelta(days=3)


def test_a_changed_delivery_of_today_is_news_until_the_vendors_midnight(
    milkman: Api, linked: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    login, row = linked
    order_id = agreed(milkman, login, row, start_date=YESTERDAY)
    clock.move_to("2026-11-21T17:30:00Z")  # eleven at night in Kolkata
    for day in (TODAY, YESTERDAY):
        mark(milkman, order_id, day)
    mark(milkman, order_id, YESTERDAY, quantity="1")
    assert lives(login)["record_changed"] == timedelta(hours=48)
    mark(milkman, order_id, TODAY, quantity="1")
    assert lives(login)["record_changed"] == timedelta(hours=1)


def test_what_both_see_differently_is_pushed_until_it_is_too_late(
    milkman: Api, linked: tuple[Api, int]
) -> None:
    login, row = linked
    order_id = agreed(milkman, login, row)
    mark(milkman, order_id)
    mark(login, order_id, status="skipped")
    assert lives(milkman)["record_disputed"] == timedelta(hours=48)
    mark(milkman, order_id, quantity="1")
    assert lives(login)["record_changed"] == timedelta(hours=48)  # today's, but not agreed on


@pytest.mark.parametrize(
    ("first", "last", "life"),
    [
        # Until midnight in Kolkata after the last day, at least a day, at most a week.
        ("2026-11-23", "2026-11-24", timedelta(days=3, hours=12)),
        ("2026-11-23", "2026-12-24", A_WEEK),
        (TODAY, TODAY, A_DAY),
    ],
)
def test_a_pause_is_news_until_it_is_over(
    milkman: Api, linked: tuple[Api, int], first: str, last: str, life: timedelta
) -> None:
    login, row = linked
    order_id = agreed(milkman, login, row)
    milkman.post(f"/order/{order_id}/pauses", {"from": first, "to": last}, expect=201)
    assert lives(login)["pause_asked"] == life
    milkman.post("/pauses", {"from": first, "to": last}, expect=200)
    assert lives(login)["pause_asked"] == life


# Whose business ---------------------------------------------------------------------------------

Step = Callable[[Api, Api, int], object]


def orders_and_pauses(vendor: Api, login: Api, row: int) -> None:
    order_id, change = propose(vendor, row, start_date=YESTERDAY)
    login.post(f"/changes/{change}/accept", expect=200)
    for answer in ("decline", "withdraw"):
        change = vendor.put(f"/order/{order_id}", {"rate": "60"}, expect=202)["change"]["id"]
        (login if answer == "decline" else vendor).post(f"/changes/{change}/{answer}", expect=200)
    for path, who in ((f"/order/{order_id}/pauses", vendor), ("/pauses", vendor), ("/pauses", login)):
        made = who.post(path, {"from": "2026-12-01", "to": "2026-12-02"})
        pause = made["id"] if made.status == 201 else made["results"][0]["pause"]["id"]
        who.delete(f"/pauses/{pause}", expect=204)
    vendor.delete(f"/order/{order_id}", expect=200)


def proposals_that_lapse(vendor: Api, login: Api, row: int) -> None:
    propose(vendor, row)
    with time_machine.travel("2026-11-29T06:30:00Z", tick=False), transaction():
        assert expire_changes() == 1


def a_price_for_many(vendor: Api, login: Api, row: int) -> None:
    order_id = agreed(vendor, login, row)
    vendor.post("/changes", {"order_ids": [order_id], "rate": "70"}, expect=200)


def marks_and_comments(vendor: Api, login: Api, row: int) -> None:
    order_id = agreed(vendor, login, row)
    mark(vendor, order_id)
    mark(vendor, order_id, quantity="1")
    mark(login, order_id, status="skipped")
    vendor.post("/comments", {"order_id": order_id, "content": "Sorry"}, expect=201)
    login.post("/comments", {"order_id": order_id, "content": "Never mind"}, expect=201)


def extras(vendor: Api, login: Api, row: int) -> None:
    wanted = asked(login, vendor)
    step(vendor, wanted, "accept", rate="100")
    step(login, wanted, "accept")
    step(vendor, wanted, "serve")
    step(vendor, asked(login, vendor), "decline")
    own = entered(vendor, row, status="served")
    step(login, own, "decline", reason="no")
    vendor.delete(f"/order/{own}", expect=200)


def money(vendor: Api, login: Api, row: int) -> None:
    for answer in ("confirm", "decline"):
        vendor.post(f"/payments/{claim(login, vendor, '50')}/{answer}", expect=200)
    paid = pay(vendor, "100", customer_id=row)["payment"]["id"]
    vendor.post(f"/payments/{paid}/reverse", {"reason": "false"}, expect=200)
    vendor.post("/adjustments", {"customer_id": row, "amount": "-5", "reason": "spilt"}, expect=201)
    paper = made(invoice(vendor, customer_id=row, orders=[{"id": served(vendor, row)}]))
    made(bill(vendor, customer_id=row, invoices=[paper]))
    with time_machine.travel("2026-12-01T06:30:00Z", tick=False):
        assert tell_ready() == {"told": 1}


def leaving(vendor: Api, login: Api, row: int) -> None:
    agreed(vendor, login, row)
    asked(login, vendor)
    vendor.delete(f"/customer/{row}/invite", expect=204)


def gone(vendor: Api, login: Api, row: int) -> None:
    agreed(vendor, login, row)
    asked(login, vendor)
    vendor.delete(f"/customer/{row}", expect=200)


TOLD: list[tuple[Step, str]] = [
    (
        orders_and_pauses,
        """change_accepted change_declined change_proposed change_withdrawn order_ended
        pause_asked pause_ended""",
    ),
    (proposals_that_lapse, "change_expired change_proposed"),
    (a_price_for_many, "change_accepted change_proposed"),
    (marks_and_comments, "change_accepted change_proposed comment_added record_changed record_disputed"),
    (
        extras,
        """order_accepted order_cancelled order_declined order_offered order_requested order_served
        record_disputed""",
    ),
    (
        money,
        """adjustment_made bill_made invoice_made order_served payment_claimed payment_confirmed
        payment_declined payment_reversed statement_ready""",
    ),
    (leaving, "change_accepted change_proposed customer_unlinked order_requested"),
    (gone, "change_accepted change_proposed order_cancelled order_ended order_requested"),
]


@pytest.mark.parametrize(("acts", "kinds"), TOLD, ids=lambda one: getattr(one, "__name__", ""))
def test_all_that_is_told_says_about_whose_business_it_is(
    cast: Cast, milkman: Api, linked: tuple[Api, int], acts: Step, kinds: str
) -> None:
    login, row = linked
    other = cast.vendor(business_name="Paper and Co")
    cast.household(of=other, login=login)
    acts(milkman, login, row)
    told = rows(
        "SELECT DISTINCT kind, vendor_id FROM notices WHERE vendor_id IS DISTINCT FROM :other",
        other=other.user["id"],
    )
    own = {kind for kind, vendor_id in told if vendor_id == milkman.user["id"]}
    assert {vendor_id for _kind, vendor_id in told} == {milkman.user["id"]}
    assert sorted(own) == sorted([*kinds.split(), "customer_linked"])
    assert rows("SELECT kind FROM notices WHERE vendor_id = :other", other=other.user["id"]) == [
        ("customer_linked",)
    ]
