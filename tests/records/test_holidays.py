"""Being away from everybody at once: every order is paused, later ones too, and each person is told once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event

from tests.cast import Answer, Api, Cast
from tests.records.orders import agreed, on_trust, orders_of, rows
from tests.records.test_pauses import TODAY, TOMORROW, Household, at_once, spans, states, told
from vendorapp.accounts.queries import Actor
from vendorapp.kernel.database import db, transaction
from vendorapp.orders import service as orders
from vendorapp.orders.rules import Terms
from vendorapp.orders.service import Asked
from vendorapp.records import pausing
from vendorapp.records.night import schedule_due

WEEK = {"from": TOMORROW, "to": "2026-11-28"}


def test_a_customer_is_away_from_all_their_vendors(cast: Cast) -> None:
    household = cast.customer_login()
    milkman, paper = cast.vendor(), cast.vendor(business_name="Star News", timezone="America/New_York")
    late = cast.vendor(business_name="Curd & Co")
    at_milkman, at_paper, at_late = (
        cast.household(of=one, login=household)[1] for one in (milkman, paper, late)
    )
    late.put("/me", {"cut_off": "11:00"}, expect=200)
    milk = agreed(milkman, household, at_milkman)
    ghee = agreed(milkman, household, at_milkman, item_name="Ghee")
    news = agreed(paper, household, at_paper)
    curd = agreed(late, household, at_late)
    short = agreed(milkman, household, at_milkman, valid_till=TODAY)
    neighbour, other = cast.household(of=milkman)
    theirs = agreed(milkman, neighbour, other)
    found = household.post("/pauses", {"from": TOMORROW, "to": "2026-11-25", "reason": "Pune"}, expect=200)
    results = {one["order_id"]: one for one in found["results"]}
    assert list(results) == sorted([milk, ghee, news, curd])
    for order_id in (milk, ghee, news):
        made = results[order_id]["pause"]
        assert (made["from"], made["to"], made["reason"]) == (TOMORROW, "2026-11-25", "Pune")
        assert "error" not in results[order_id]
    assert results[curd] == {
        "order_id": curd,
        "error": {"code": "past_cut_off", "detail": "It is too late for that day.", "earliest": "2026-11-23"},
    }
    for vendor, url in ((milkman, f"/customers/{at_milkman}"), (paper, f"/orders/{news}")):
        (notice,) = told(vendor, "pause_asked")
        assert notice["title"] == "Asha Sharma is away"
        assert notice["body"] == "Nothing is due from 22 Nov 2026 to 25 Nov 2026: Pune"
        assert notice["url"] == url
    assert told(late, "pause_asked") == []
    assert spans(milkman, short) == spans(milkman, theirs) == spans(late, curd) == []
    # The receipt of one vendor is not that of the other.
    milkman.post("/notifications/read-all")
    read = {one: household.get(f"/order/{one}")["pauses"][0]["acknowledged_at"] for one in (milk, ghee, news)}
    assert read[milk] == read[ghee] == "2026-11-21T06:30:00.000000Z"
    assert read[news] is None


def test_a_vendor_closes_for_all_their_customers(cast: Cast, milkman: Api, linked: Household) -> None:
    household, customer_id = linked
    milk, ghee = agreed(milkman, *linked), agreed(milkman, *linked, item_name="Ghee")
    alone = on_trust(milkman, cast.row(milkman)["id"])
    ended = agreed(milkman, *linked)
    milkman.delete(f"/order/{ended}?effective_from={TODAY}", expect=200)
    proposed = milkman.post(
        "/orders", {"customer_id": customer_id, "item_name": "Curd", "rate": "40"}, expect=201
    )["id"]
    schedule_due()
    found = milkman.post("/pauses", {"from": TODAY, "to": "2026-11-25"}, expect=200)
    assert [one["order_id"] for one in found["results"]] == sorted([milk, ghee, alone, proposed])
    assert all(one["pause"]["asked_by"] == milkman.user["id"] for one in found["results"])
    for order_id in (milk, ghee, alone):
        assert states(order_id) == {TODAY: "cancelled"}
    (notice,) = told(household, "pause_asked")
    assert notice["title"] == "Yadav Dairy is closed"
    assert notice["url"] == f"/customers/{customer_id}"
    # Only the vendor opens again.
    pause_id = found["results"][0]["pause"]["id"]
    assert household.delete(f"/pauses/{pause_id}", expect=403).code == "forbidden"
    milkman.delete(f"/pauses/{pause_id}", expect=204)
    assert (states(milk), states(ghee)) == ({TODAY: "scheduled"}, {TODAY: "cancelled"})


def test_a_holiday_takes_as_many_statements_for_many_as_for_few(cast: Cast, app: Flask) -> None:
    counts = []
    for many in (2, 9):
        vendor = cast.vendor()
        orders_of(cast, vendor, many)
        for _ in range(many):
            agreed(vendor, *cast.household(of=vendor))
        heard: list[str] = []

        def hear(*arguments: object, heard: list[str] = heard) -> None:
            heard.append(str(arguments[2]))

        event.listen(db.engine, "before_cursor_execute", hear)
        found = vendor.post("/pauses", WEEK, expect=200)
        event.remove(db.engine, "before_cursor_execute", hear)
        assert len(found["results"]) == 2 * many
        counts.append(len(heard))
    assert counts[0] == counts[1] <= 15


@pytest.mark.parametrize("side", ["vendor", "customer"])
def test_an_order_agreed_on_later_is_paused_too(
    cast: Cast, milkman: Api, linked: Household, side: str, clock: time_machine.Traveller
) -> None:
    household = linked[0]
    away, other = (milkman, household) if side == "vendor" else (household, milkman)
    assert away.post("/pauses", WEEK, expect=200).json == {"results": []}
    assert told(other, "pause_asked") == []
    milk = agreed(milkman, *linked)
    assert spans(away, milk) == [(TOMORROW, "2026-11-28")]
    (notice,) = told(other, "pause_asked")
    assert notice["url"] == f"/orders/{milk}"
    agreed(milkman, *linked, item_name="Ghee")
    assert len(told(other, "pause_asked")) == 1
    beside = [agreed(milkman, *linked, start_date="2026-11-29"), agreed(milkman, *linked, valid_till=TODAY)]
    assert [spans(away, one) for one in beside] == [[], []]
    clock.move_to("2026-11-22T06:30:00Z")
    schedule_due()
    assert TOMORROW not in states(milk)
    clock.move_to("2026-11-29T06:30:00Z")
    assert spans(away, agreed(milkman, *linked)) == []


def test_an_order_on_trust_is_paused_with_the_business(milkman: Api, row_id: int) -> None:
    milkman.post("/pauses", {"from": TODAY, "to": "2026-11-25"}, expect=200)
    order_id = on_trust(milkman, row_id)
    assert spans(milkman, order_id) == [(TODAY, "2026-11-25")]
    schedule_due()
    assert states(order_id) == {}


def test_what_was_paused_as_a_proposal_is_not_paused_twice(milkman: Api, linked: Household) -> None:
    sent = {"customer_id": linked[1], "item_name": "Curd", "rate": "40"}
    proposed = milkman.post("/orders", sent, expect=201)
    milkman.post("/pauses", WEEK, expect=200)
    linked[0].post(f"/changes/{proposed['pending_change']['id']}/accept", expect=200)
    assert spans(milkman, proposed["id"]) == [(TOMORROW, "2026-11-28")]


def test_too_late_for_all_is_no_holiday(milkman: Api, linked: Household) -> None:
    household = linked[0]
    agreed(milkman, *linked)
    found = household.post("/pauses", {"from": TODAY, "to": "2026-11-25"}, expect=200)
    assert found["results"][0]["error"]["earliest"] == TOMORROW
    assert rows("SELECT count(*) FROM holidays") == [(0,)]
    found = milkman.post("/pauses", {"from": "2026-11-20", "to": "2026-11-25"}, expect=200)
    assert found["results"][0]["error"]["earliest"] == TODAY
    assert rows("SELECT count(*) FROM holidays") == [(0,)]


def test_whoever_ends_the_last_pause_of_their_holiday_is_back(
    milkman: Api, linked: Household, clock: time_machine.Traveller
) -> None:
    household = linked[0]
    first, second = agreed(milkman, *linked), agreed(milkman, *linked)
    found = household.post("/pauses", WEEK, expect=200)["results"]
    clock.move_to("2026-11-24T06:30:00Z")
    household.delete(f"/pauses/{found[0]['pause']['id']}", expect=204)
    assert spans(household, first) == [(TOMORROW, "2026-11-24")]
    # Still away for the other one.
    third = agreed(milkman, *linked)
    assert spans(household, third) == [(TOMORROW, "2026-11-28")]
    pauses = household.get(f"/order/{third}")["pauses"]
    household.delete(f"/pauses/{pauses[0]['id']}", expect=204)
    milkman.delete(f"/pauses/{found[1]['pause']['id']}?effective_from=2026-11-25", expect=204)
    assert spans(household, second) == [(TOMORROW, "2026-11-24")]
    # The vendor ended one, not the customer's being away.
    fourth = agreed(milkman, *linked)
    assert spans(household, fourth) == [(TOMORROW, "2026-11-28")]
    pauses = household.get(f"/order/{fourth}")["pauses"]
    household.delete(f"/pauses/{pauses[0]['id']}", expect=204)
    assert rows("SELECT ends_on::text FROM holidays") == [("2026-11-24",)]
    assert spans(household, agreed(milkman, *linked)) == [(TOMORROW, "2026-11-24")]


def test_a_holiday_and_an_acceptance_at_once(app: Flask, milkman: Api, linked: Household) -> None:
    """Whoever comes first, the order that is accepted is paused, and once."""
    household, customer_id = linked
    agreed(milkman, *linked)
    for day in range(1, 7):
        sent = {"customer_id": customer_id, "item_name": "Curd", "rate": "40"}
        proposed = milkman.post("/orders", sent, expect=201)
        change_id = proposed["pending_change"]["id"]
        week = {"from": f"2026-12-{day:02}", "to": f"2026-12-{day:02}"}
        closed, accepted = at_once(
            app,
            partial(milkman.post, "/pauses", week),
            partial(household.post, f"/changes/{change_id}/accept"),
        )
        assert (closed.status, accepted.status) == (200, 200)
        assert spans(milkman, proposed["id"]).count((week["from"], week["to"])) == 1


class Later:
    """A call from a thread of its own; whatever holds it up is left to the test."""

    def __init__(self, call: Callable[[], Answer]) -> None:
        self.answers: list[Answer] = []
        self.thread = threading.Thread(target=lambda: self.answers.append(call()))
        self.thread.start()
        # Long enough to come through, if nothing held it up.
        self.thread.join(timeout=0.7)

    def answer(self) -> Answer:
        self.thread.join(timeout=30)
        return self.answers[0]


def actor(who: Api) -> Actor:
    return Actor(who.user["id"], who.user["user_type"])


def test_a_holiday_waits_for_an_order_that_is_just_being_made(milkman: Api, row_id: int) -> None:
    who = actor(milkman)
    with transaction():
        customer = orders.customer_of(who, customer_id=row_id, vendor_id=None)
        new = orders.NewOrder(Terms("Curd", None, 1000, 4000), None, None, "by phone")
        order_id = orders.propose_order(who, customer, new)
        closed = Later(lambda: milkman.post("/pauses", WEEK))
    assert [one["order_id"] for one in closed.answer()["results"]] == [order_id]
    assert spans(milkman, order_id) == [(TOMORROW, "2026-11-28")]


def test_a_new_order_waits_for_a_holiday_that_is_just_being_made(milkman: Api, row_id: int) -> None:
    body = {"customer_id": row_id, "item_name": "Curd", "rate": "40", "on_behalf_note": "by phone"}
    with transaction():
        pausing.pause_all(actor(milkman), Asked(date(2026, 11, 22), date(2026, 11, 28), None))
        made = Later(lambda: milkman.post("/orders", body))
    assert spans(milkman, made.answer()["id"]) == [(TOMORROW, "2026-11-28")]
