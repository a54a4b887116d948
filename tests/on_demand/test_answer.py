"""From a request to a yes or a no: offers, corrections, cancelling, and calls in the wrong state."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.records.orders import agreed, rows

from .extras import (
    CAKE,
    TODAY,
    TOMORROW,
    YESTERDAY,
    asked,
    entered,
    refused,
    said,
    status,
    step,
    stuck,
    told,
)


def test_a_vendor_says_yes_to_the_customers_price(milkman: Api, linked: Any) -> None:
    login, _ = linked
    order_id = asked(login, milkman, rate="180")
    order = step(milkman, order_id, "accept").json
    assert (order["status"], order["rate"], order["amount"]) == ("accepted", "180.00", "360.00")
    assert told(login)[0] == ("order_accepted", f"/requests/{order_id}")
    assert milkman.get("/notifications?unread=true").json["items"][0]["kind"] == "customer_linked"
    again = asked(login, milkman, rate="180")
    assert step(milkman, again, "accept", rate="180.00")["status"] == "accepted"


def test_a_rate_the_customer_did_not_see_is_an_offer(milkman: Api, linked: Any) -> None:
    login, _ = linked
    for sent in ({}, {"rate": "180"}):
        order_id = asked(login, milkman, **sent)
        order = step(milkman, order_id, "accept", rate="200").json
        assert (order["status"], order["rate"], order["amount"]) == ("offered", "200.00", "400.00")
        assert told(login)[0] == ("order_offered", f"/requests/{order_id}")
        assert stuck(step(milkman, order_id, "accept")) == (409, "wrong_state", "offered")
        assert stuck(step(milkman, order_id, "serve")) == (409, "wrong_state", "offered")
        assert step(login, order_id, "accept")["status"] == "accepted"
        assert told(milkman)[0] == ("order_accepted", f"/requests/{order_id}")
    assert rows("SELECT count(*) FROM ledger_entries") == [(0,)]


def test_a_yes_needs_a_price(milkman: Api, linked: Any) -> None:
    login, _ = linked
    order_id = asked(login, milkman)
    assert refused(step(milkman, order_id, "accept")) == [("rate", "rate_required")]
    assert refused(milkman.put(f"/order/{order_id}", {"quantity": "3"})) == [("rate", "rate_required")]
    assert refused(step(milkman, order_id, "accept", rate="1.005")) == [("rate", "invalid")]
    assert refused(step(milkman, order_id, "accept", rate="9999999999")) == [("amount", "invalid")]
    assert stuck(step(login, order_id, "accept")) == (409, "wrong_state", "requested")
    assert status(login, order_id) == "requested"
    # Where there is a price, nothing is too cheap.
    assert step(milkman, order_id, "accept", rate="0")["status"] == "offered"


@pytest.mark.parametrize("offered", [False, True])
def test_a_vendor_says_no(milkman: Api, linked: Any, offered: bool) -> None:
    login, _ = linked
    order_id = asked(login, milkman)
    if offered:
        step(milkman, order_id, "accept", rate="200")
    assert step(milkman, order_id, "decline", reason="No oven today")["status"] == "declined"
    notice = login.get("/notifications").json["items"][0]
    assert (notice["kind"], notice["body"]) == ("order_declined", "No oven today")
    for who in (milkman, login):
        for verb in ("accept", "decline"):
            assert stuck(step(who, order_id, verb)) == (409, "wrong_state", "declined")
        assert stuck(who.put(f"/order/{order_id}", {"rate": "1"})) == (409, "wrong_state", "declined")
        assert stuck(who.delete(f"/order/{order_id}")) == (409, "wrong_state", "declined")


def test_a_customer_says_no(milkman: Api, linked: Any) -> None:
    login, row = linked
    offer = asked(login, milkman)
    step(milkman, offer, "accept", rate="200")
    assert step(login, offer, "decline")["status"] == "declined"
    assert told(milkman)[0] == ("order_declined", f"/requests/{offer}")
    # What the vendor wrote down themselves, too, before it is brought.
    assert step(login, entered(milkman, row), "decline")["status"] == "declined"
    # But not one's own request after the vendor's yes.
    own = asked(login, milkman, rate="1")
    assert stuck(step(login, own, "decline")) == (409, "wrong_state", "requested")
    step(milkman, own, "accept")
    assert stuck(step(login, own, "decline")) == (409, "wrong_state", "accepted")
    assert stuck(step(milkman, own, "decline")) == (409, "wrong_state", "accepted")


def test_a_customer_changes_and_cancels_until_it_is_accepted(milkman: Api, linked: Any) -> None:
    login, _ = linked
    order_id = asked(login, milkman)
    path = f"/order/{order_id}"
    changed = login.put(path, {"quantity": "3", "date": TOMORROW, "message": "Blue"}, expect=200).json
    assert (changed["quantity"], changed["date"], changed["status"]) == ("3", TOMORROW, "requested")
    assert told(milkman)[0] == ("order_requested", f"/requests/{order_id}")
    step(milkman, order_id, "accept", rate="200")
    back = login.put(path, {"rate": "150"}, expect=200).json
    assert (back["status"], back["rate"], back["amount"]) == ("requested", "150.00", "450.00")
    assert refused(login.put(path, {"date": YESTERDAY})) == [("date", "invalid")]
    assert refused(login.put(path, {"amount": "100", "quantity": "3"})) == [("amount", "invalid")]
    assert login.delete(path, expect=200)["status"] == "cancelled"
    assert told(milkman)[0] == ("order_cancelled", f"/requests/{order_id}")
    count = len(told(milkman))
    assert login.delete(path, expect=200)["status"] == "cancelled"
    assert len(told(milkman)) == count
    assert stuck(login.put(path, {"rate": "1"})) == (409, "wrong_state", "cancelled")
    second = asked(login, milkman, rate="1")
    step(milkman, second, "accept")
    assert stuck(login.put(f"/order/{second}", {"rate": "2"})) == (409, "wrong_state", "accepted")
    assert stuck(login.delete(f"/order/{second}")) == (409, "wrong_state", "accepted")
    assert milkman.delete(f"/order/{second}", expect=200)["status"] == "cancelled"
    assert told(login)[0] == ("order_cancelled", f"/requests/{second}")


@pytest.mark.parametrize(
    ("first", "sent", "found"),
    [
        ({"rate": "50"}, {"amount": "200"}, ("4", "50.00", "200.00")),
        ({"rate": "50"}, {"amount": "200", "quantity": "2"}, ("2", "100.00", "200.00")),
        ({"rate": "50"}, {"quantity": "1.5"}, ("1.5", "50.00", "75.00")),
        ({}, {"amount": "200"}, ("2", "100.00", "200.00")),
        ({}, {"quantity": "5"}, ("5", None, None)),
        ({}, {"amount": "200", "rate": "20"}, ("10", "20.00", "200.00")),
    ],
)
def test_what_a_change_makes_of_quantity_and_price(
    milkman: Api, linked: Any, first: Any, sent: Any, found: Any
) -> None:
    login, _ = linked
    order = login.put(f"/order/{asked(login, milkman, **first)}", sent, expect=200)
    assert (order["quantity"], order["rate"], order["amount"]) == found


def test_a_vendors_change_of_a_request_is_an_offer(milkman: Api, linked: Any) -> None:
    login, _ = linked
    order_id = asked(login, milkman, rate="180")
    offer = milkman.put(f"/order/{order_id}", {"item_name": "Pie", "quantity": "1"}, expect=200).json
    assert (offer["status"], offer["item_name"], offer["amount"]) == ("offered", "Pie", "180.00")
    assert milkman.put(f"/order/{order_id}", {"rate": "190"}, expect=200)["status"] == "offered"
    assert step(login, order_id, "accept")["rate"] == "190.00"
    assert stuck(milkman.put(f"/order/{order_id}", {"rate": "1"})) == (409, "wrong_state", "accepted")
    # What says nothing new is no offer, and nobody is told.
    same = asked(login, milkman, rate="180")
    count = len(told(login))
    assert (
        milkman.put(f"/order/{same}", {"rate": "180", "quantity": "2"}, expect=200)["status"] == "requested"
    )
    assert len(told(login)) == count


def test_a_vendor_corrects_an_own_entry(milkman: Api, linked: Any, row_id: int) -> None:
    login, row = linked
    order_id = entered(milkman, row)
    corrected = milkman.put(f"/order/{order_id}", {"rate": "210", "date": TOMORROW}, expect=200).json
    assert (corrected["status"], corrected["amount"], corrected["date"]) == ("accepted", "420.00", TOMORROW)
    assert told(login)[0] == ("order_accepted", f"/requests/{order_id}")
    assert stuck(login.put(f"/order/{order_id}", {"rate": "1"})) == (409, "wrong_state", "accepted")
    note = {"on_behalf_note": "by phone"}
    assert said(milkman.put(f"/order/{order_id}", note)) == (409, "customer_has_login")
    assert refused(login.put(f"/order/{order_id}", note)) == [("on_behalf_note", "invalid")]
    milkman.put(f"/order/{entered(milkman, row_id)}", note, expect=200)
    milkman.put(f"/order/{entered(milkman, None)}", {"quantity": "1"}, expect=200)


def test_put_knows_only_the_fields_of_its_kind(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = asked(login, milkman)
    days = {"weekdays": [1], "every": 2, "start_date": TODAY, "valid_till": TODAY, "effective_from": TODAY}
    answer = login.put(f"/order/{order_id}", {"rate": "1", **days})
    assert refused(answer) == [(name, "unknown_field") for name in days]
    for name in ("status", "order_type", "customer_id"):
        assert refused(login.put(f"/order/{order_id}", {name: 1})) == [(name, "unknown_field")]
    assert refused(login.put(f"/order/{order_id}", {})) == [("", "invalid")]
    regular = agreed(milkman, login, row)
    assert refused(milkman.put(f"/order/{regular}", {"rate": "1", "date": TODAY})) == [
        ("date", "unknown_field")
    ]
    assert refused(login.delete(f"/order/{order_id}?effective_from={TODAY}")) == [
        ("effective_from", "unknown_field")
    ]


def test_a_standing_order_is_not_served(milkman: Api, linked: Any) -> None:
    login, row = linked
    regular = agreed(milkman, login, row)
    open_one = milkman.post("/orders", {"customer_id": row, "item_name": "Curd", "rate": "1"}, expect=201)[
        "id"
    ]
    for order_id, word in ((regular, "active"), (open_one, "proposed")):
        for verb in ("accept", "decline", "serve"):
            assert stuck(step(milkman, order_id, verb)) == (409, "wrong_state", word)
    request = asked(login, milkman)
    assert said(milkman.post(f"/order/{request}/attendance", {})) == (409, "not_due")
    assert said(milkman.post(f"/order/{request}/attendance", {"extra": True})) == (409, "not_due")


def test_leaving_the_book_calls_off_what_is_open(milkman: Api, linked: Any, row_id: int) -> None:
    login, row = linked
    open_ones = [asked(login, milkman), entered(milkman, row, item_name="Pie")]
    served, other = entered(milkman, row, status="served"), entered(milkman, row_id)
    for _ in range(2):
        milkman.delete(f"/customer/{row}", expect=200)
        notices = [
            one for one in login.get("/notifications").json["items"] if one["kind"] == "order_cancelled"
        ]
        assert sorted(one["url"] for one in notices) == sorted(f"/requests/{one}" for one in open_ones)
    assert {(one["title"], one["body"], one["read_at"]) for one in notices} == {
        ("Yadav Dairy cancelled Cake", "It was for 21 Nov 2026", None),
        ("Yadav Dairy cancelled Pie", "It was for 21 Nov 2026", None),
    }
    topics = rows("SELECT topic FROM notices WHERE kind = 'order_cancelled' ORDER BY id")
    assert topics == [(f"order:{one}",) for one in sorted(open_ones)]
    # The vendor has nothing left to answer.
    assert [one["kind"] for one in milkman.get("/notifications?unread=true").json["items"]] == [
        "customer_linked"
    ]
    assert [status(milkman, one) for one in open_ones] == ["cancelled"] * 2
    assert (status(milkman, served), status(milkman, other)) == ("served", "accepted")


def test_no_notice_leads_to_what_was_removed(app: Flask, milkman: Api, linked: Any) -> None:
    login, _ = linked
    order_id, kept = asked(login, milkman), asked(login, milkman)
    step(milkman, order_id, "accept", rate="200")
    milkman.delete(f"/order/{order_id}?permanent=true", expect=204)
    for who in (milkman, login):
        about = [
            one for one in who.get("/notifications").json["items"] if one["data"].get("order_id") == order_id
        ]
        assert about
        assert {one["url"] for one in about} == {"/requests"}
        unread = [one["kind"] for one in about if one["read_at"] is None]
        assert unread == (["order_cancelled"] if who is login else [])
        Browser(app).sign_in(who).get("/requests")
    assert told(milkman)[0] == ("order_requested", f"/requests/{kept}")
    assert milkman.get("/notifications?unread=true").json["items"][0]["url"] == f"/requests/{kept}"


def test_removing_for_good(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = asked(login, milkman)
    path = f"/order/{order_id}?permanent=true"
    assert said(login.delete(path)) == (403, "forbidden")
    milkman.delete(path, expect=204)
    assert said(milkman.delete(path)) == (404, "not_found")
    assert told(login)[0] == ("order_cancelled", "/requests")
    both = {"permanent": "true", "effective_from": TODAY}
    answer = milkman.delete(f"/order/{entered(milkman, row)}", query_string=both)
    assert refused(answer) == [("effective_from", "invalid")]
    served = entered(milkman, row, status="served")
    assert said(milkman.delete(f"/order/{served}?permanent=true")) == (409, "has_history")
    milkman.delete(f"/order/{served}", expect=200)
    assert said(milkman.delete(f"/order/{served}?permanent=true")) == (409, "has_history")
    commented = asked(login, milkman)
    login.post("/comments", {"order_id": commented, "content": "Please"}, expect=201)
    assert said(milkman.delete(f"/order/{commented}?permanent=true")) == (409, "has_history")


def test_a_customer_who_leaves_the_book_gets_nothing(milkman: Api, linked: Any) -> None:
    login, row = linked
    waiting = [asked(login, milkman), entered(milkman, row)]
    milkman.delete(f"/customer/{row}", expect=200)
    for order_id in waiting:
        assert stuck(step(milkman, order_id, "serve")) == (409, "wrong_state", "cancelled")
        assert status(login, order_id) == "cancelled"


def test_whoever_was_unlinked_sees_and_does_nothing(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = entered(milkman, row, status="served")
    milkman.delete(f"/customer/{row}/invite", expect=204)
    assert said(step(login, order_id, "decline", reason="x")) == (404, "not_found")
    assert said(login.get(f"/order/{order_id}", expect=None)) == (404, "not_found")


def test_a_vendors_own_walk_in_is_nobodys_business(cast: Cast, milkman: Api, linked: Any) -> None:
    login, _ = linked
    order_id = entered(milkman, None)
    for who in (login, cast.vendor()):
        assert said(who.get(f"/order/{order_id}", expect=None)) == (404, "not_found")
        assert said(step(who, order_id, "decline")) == (404, "not_found")
    assert milkman.delete(f"/order/{order_id}", expect=200)["status"] == "cancelled"
    assert CAKE["item_name"] == milkman.get(f"/order/{order_id}")["item_name"]
