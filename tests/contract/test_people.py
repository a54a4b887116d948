"""Section 2 of the contract: logins and what a person may change about themselves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import PASSWORD, Api, Cast

from .steps import MILK, phone, said


def _body(**fields: Any) -> dict[str, Any]:
    return {"name": "A", "phone_number": phone(), "password": "12345678", "user_type": "vendor", **fields}


def test_a_zone_is_one_that_everybody_knows(api: Api) -> None:
    for zone in ("UTC", "Africa/Kampala", "America/Argentina/Buenos_Aires", "Etc/GMT+5"):
        user = api.post("/register", _body(timezone=zone), expect=201)["user"]
        assert user["vendor"]["timezone"] == zone
    # The last two are files beside the zones: the machine's own time is nobody's.
    for other in ("asia/kolkata", "Kolkata", "+05:30", "../etc/passwd", 5, "localtime", "Factory"):
        refused = api.post("/register", _body(timezone=other), expect=422)
        assert [error["field"] for error in refused["errors"]] == ["timezone"], other


def test_the_currency_decides_the_decimals(cast: Cast) -> None:
    for currency, money in (("UGX", "4000"), ("KWD", "1.234"), ("JPY", "5"), ("USD", "1.20")):
        vendor = cast.vendor(currency=currency)
        row = cast.row(vendor, opening_balance=f"-{money}")
        assert row["balance"]["owed_to_customer"] == money
        assert row["balance"]["currency"] == currency
        finer = money + ("5" if "." in money else ".5")
        refused = vendor.post("/customers", {"name": "A", "phone": phone(), "opening_balance": finer})
        assert said(refused) == (422, "invalid")
        terms = {"customer_id": row["id"], "item_name": "Milk", "on_behalf_note": "x"}
        order = vendor.post("/orders", {**terms, "rate": money}, expect=201)
        assert (order["rate"], order["amount"]) == (money, money)
        assert said(vendor.post("/orders", {**terms, "rate": finer})) == (422, "invalid")
        assert said(vendor.put(f"/order/{order['id']}", {"rate": finer})) == (422, "invalid")


def test_a_customer_has_no_business(api: Api, cast: Cast) -> None:
    business = {"business_name": "A", "currency": "INR", "timezone": "UTC"}
    refused = api.post("/register", _body(user_type="customer", **business), expect=422)
    assert {(error["field"], error["code"]) for error in refused["errors"]} == {
        (name, "unknown_field") for name in business
    }
    login = cast.customer_login()
    for name, value in {**business, "cut_off": "10:00", "upi_id": "asha@bank"}.items():
        assert said(login.put("/me", {name: value})) == (422, "unknown_field")
    assert "vendor" not in login.get("/me").json


def test_a_change_of_oneself_is_made_whole_or_not_at_all(milkman: Api, cast: Cast) -> None:
    before = milkman.get("/me").json
    taken = cast.customer_login().user["phone_number"]
    for body, status, code in (
        ({"name": "B", "password": "12345678"}, 422, "invalid"),
        ({"name": "B", "password": "12345678", "current_password": "guess"}, 403, "bad_credentials"),
        ({"name": "B", "phone_number": taken}, 409, "phone_taken"),
        ({"name": "B", "cut_off": "24:00"}, 422, "invalid"),
        ({"name": "B", "cut_off": "9:00"}, 422, "invalid"),
        ({"name": "B", "upi_id": "a@b@c"}, 422, "invalid"),
        ({"name": "B", "user_type": "customer"}, 422, "unknown_field"),
        ({"name": "B", "vendor": {"currency": "USD"}}, 422, "unknown_field"),
        ({"name": "B", "id": 1}, 422, "unknown_field"),
    ):
        assert said(milkman.put("/me", body)) == (status, code), body
        assert milkman.get("/me").json == before
    assert milkman.put("/me", {"phone_number": "098765 43298"}, expect=200)["phone_number"] == "+919876543298"
    assert milkman.put("/me", {}, expect=200)["name"] == before["name"]
    signed_in = {"phone_number": "+919876543298", "password": PASSWORD}
    assert Api(milkman.app).post("/login", signed_in, expect=200)["user"]["id"] == before["id"]


def test_a_new_zone_counts_from_now_on(milkman: Api, row_id: int, clock: Any) -> None:
    clock.move_to("2026-11-21T20:00:00Z")  # the 22nd in Kolkata
    order = milkman.post(
        "/orders", {"customer_id": row_id, **MILK, "on_behalf_note": "x", "start_date": "2026-11-01"}
    )
    milkman.post(f"/order/{order['id']}/attendance", {}, expect=201)
    milkman.put("/me", {"timezone": "America/Los_Angeles"}, expect=200)  # the 21st again
    assert [one["date"] for one in milkman.get("/records").json["items"]] == ["2026-11-22"]
    assert milkman.post(f"/order/{order['id']}/attendance", {}, expect=201)["record"]["date"] == "2026-11-21"
    again = milkman.post(f"/order/{order['id']}/attendance", {"date": "2026-11-22"})
    assert said(again) == (422, "date_in_future")


def test_all_my_vendors_add_up_by_currency(cast: Cast) -> None:
    login = cast.customer_login()
    assert login.get("/vendors").json == {"items": [], "total": {}}
    for currency, opening in (("UGX", "4000"), ("INR", "-3.50"), ("INR", "1.00")):
        cast.household(of=cast.vendor(currency=currency), login=login, opening_balance=opening)
    found = login.get("/vendors").json
    assert found["total"] == {"UGX": "4000", "INR": "-2.50"}
    assert [one["balance"]["owed_to_customer"] for one in found["items"]] == ["0", "3.50", "0.00"]


@pytest.mark.parametrize(
    "raw",
    ["9876543210", "+91 9876543210", "+९１9876543210", "tel:+919876543210", 919876543210, "+1", "00919"],
)
def test_signing_in_wants_e164(api: Api, raw: Any) -> None:
    assert said(api.post("/register", _body(phone_number=raw))) == (422, "invalid")
    assert said(api.post("/login", {"phone_number": raw, "password": "12345678"})) == (422, "invalid")
