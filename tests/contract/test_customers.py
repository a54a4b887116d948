"""Section 3 of the contract: a vendor's book, its invites, and what ends with a customer."""

from __future__ import annotations

from typing import Any

from tests.cast import Api, Cast

from .steps import MILK, agreed, mark, phone, said


def test_the_life_of_an_invite(cast: Cast, milkman: Api, clock: Any) -> None:
    row = cast.row(milkman)["id"]
    made = milkman.post(f"/customer/{row}/invite", expect=201)
    assert made["expires_at"] == "2026-11-28T06:30:00.000000Z"
    assert made["url"].endswith(made["token"])
    path = f"/invites/{made['token']}/accept"
    clock.move_to("2026-11-28T06:30:00Z")
    late = cast.customer_login()
    assert said(late.post(path)) == (410, "invite_expired")
    clock.move_to("2026-11-28T06:29:59Z")
    login = cast.customer_login()
    login.post(path, expect=200)
    assert said(late.post(path)) == (410, "invite_expired")
    assert login.post(path, expect=200)["customer_id"] == row
    assert said(milkman.post(f"/customer/{row}/invite")) == (409, "customer_has_login")
    for _ in range(2):
        milkman.delete(f"/customer/{row}/invite", expect=204)
    assert said(login.post(path)) == (410, "invite_expired")
    assert said(login.get(f"/customer/{row}", expect=None)) == (404, "not_found")
    # Unlinked and invited again: by another login this time.
    again = milkman.post(f"/customer/{row}/invite", expect=201)["token"]
    late.post(f"/invites/{again}/accept", expect=200)
    assert milkman.get(f"/customer/{row}").json["linked"] is True
    other = milkman.post(f"/customer/{cast.row(milkman)['id']}/invite", expect=201)["token"]
    assert said(late.post(f"/invites/{other}/accept")) == (409, "already_linked")
    assert said(milkman.post(f"/invites/{other}/accept")) == (403, "forbidden")


def test_one_login_with_two_vendors_keeps_their_books_apart(cast: Cast, milkman: Api) -> None:
    login, first = cast.household(of=milkman)
    other = cast.vendor()
    _, second = cast.household(of=other, login=login)
    mine, theirs = agreed(milkman, login, first), agreed(other, login, second)
    assert {one["id"] for one in login.get("/orders").json["items"]} == {mine, theirs}
    for query, found in (
        (f"customer_id={first}", [mine]),
        (f"vendor_id={other.user['id']}", [theirs]),
        (f"customer_id={first}&vendor_id={other.user['id']}", []),
    ):
        assert [one["id"] for one in login.get(f"/orders?{query}").json["items"]] == found
    milkman.delete(f"/customer/{first}/invite", expect=204)
    assert [one["id"] for one in login.get("/orders").json["items"]] == [theirs]
    assert said(mark(login, mine)) == (404, "not_found")
    assert said(login.post("/orders", {"vendor_id": milkman.user["id"], **MILK})) == (404, "not_found")
    both = {"vendor_id": other.user["id"], "customer_id": first, **MILK}
    assert login.post("/orders", both, expect=404)["errors"][0]["field"] == "customer_id"


def test_what_ends_with_a_customer(milkman: Api, linked: Any) -> None:
    login, row = linked
    order_id = agreed(milkman, login, row)
    update = milkman.put(f"/order/{order_id}", {"rate": "70"}, expect=202)["change"]["id"]
    asked = login.post("/orders", {"vendor_id": milkman.user["id"], **MILK}, expect=201)
    milkman.post("/records", {}, expect=200)
    ended = milkman.delete(f"/customer/{row}", expect=200).json
    assert ended["status"] == "inactive"
    assert milkman.delete(f"/customer/{row}", expect=200).json == ended
    assert login.get("/vendors").json["items"][0]["status"] == "inactive"
    # What was open is cancelled: nobody can accept it any more.
    for who, change_id in ((login, update), (milkman, asked["pending_change"]["id"])):
        refused = who.post(f"/changes/{change_id}/accept")
        assert (*said(refused), refused["status"]) == (409, "already_answered", "withdrawn")
    assert login.get(f"/order/{asked['id']}").json["status"] == "declined"
    # Today was still theirs, and is delivered and billed.
    left = milkman.get(f"/order/{order_id}").json
    assert (left["status"], left["valid_till"]) == ("active", "2026-11-21")
    assert mark(milkman, order_id)["record"]["status"] == "delivered"
    assert milkman.get(f"/customer/{row}").json["balance"]["owed_by_customer"] == "108.00"
    # Nothing new for an inactive customer, from either side; their last day takes no change either.
    for who, body in ((milkman, {"customer_id": row}), (login, {"vendor_id": milkman.user["id"]})):
        assert said(who.post("/orders", {**body, **MILK})) == (409, "customer_inactive")
        refused = who.put(f"/order/{order_id}", {"valid_till": "2027-01-01"})
        assert said(refused) == (409, "customer_inactive")
    milkman.put(f"/customer/{row}", {"status": "active"}, expect=200)
    assert milkman.get(f"/order/{order_id}").json["valid_till"] == "2026-11-21"
    milkman.post("/orders", {"customer_id": row, **MILK}, expect=201)


def test_an_opening_balance_is_of_the_month_before(milkman: Api) -> None:
    for opening, owed, advance in (
        ("12.50", "12.50", "0.00"),
        (-12.5, "0.00", "12.50"),
        ("0", "0.00", "0.00"),
    ):
        body = {"name": "A", "phone": phone(), "opening_balance": opening}
        row = milkman.post("/customers", body, expect=201)
        assert (row["balance"]["owed_by_customer"], row["balance"]["owed_to_customer"]) == (owed, advance)
        path = f"/finance/customer/month/{row['id']}"
        now, before = milkman.get(path).json, milkman.get(path + "?month=2026-10").json
        assert (now["adjustments"], before["opening_balance"]) == ("0.00", "0.00")
        assert now["opening_balance"] == before["closing_balance"] == before["adjustments"]
        assert (now["owed_by_customer"], now["owed_to_customer"]) == (owed, advance)
