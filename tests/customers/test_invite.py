"""The link of a row to a login: invited, accepted, taken back."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests.cast import Answer, Api, Cast
from vendorapp.kernel.database import session, transaction


def invite(vendor: Api, row: dict[str, Any]) -> str:
    return str(vendor.post(f"/customer/{row['id']}/invite", expect=201)["token"])


def expire(token: str) -> None:
    with transaction():
        session().execute(text("UPDATE invites SET expires_at = now()"))


def gone(answer: Answer) -> bool:
    return (answer.status, answer.code) == (410, "invite_expired")


def told(login: Api) -> list[str]:
    return list(
        session().scalars(
            text("SELECT kind FROM notices WHERE user_id = :me ORDER BY id"),
            {"me": login.user["id"]},
        )
    )


def test_an_invite_is_a_link_for_seven_days(cast: Cast) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor)
    made = vendor.post(f"/customer/{row['id']}/invite", expect=201).json
    assert set(made) == {"url", "token", "expires_at"}
    assert made["url"] == f"http://127.0.0.1:8000/invite/{made['token']}"
    left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


def test_only_a_hash_of_the_token_is_kept(cast: Cast) -> None:
    vendor = cast.vendor()
    token = invite(vendor, cast.row(vendor))
    (row,) = session().execute(text("SELECT invites::text FROM invites")).scalars()
    assert token not in row


def test_accepting_links_the_row(cast: Cast) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor, opening_balance="12.5")
    asha = cast.customer_login()
    answer = asha.post(f"/invites/{invite(vendor, row)}/accept", expect=200).json
    assert answer == {
        "vendor_id": vendor.user["id"],
        "customer_id": row["id"],
        "business_name": "Yadav Dairy",
        "phone_number": vendor.user["phone_number"],
        "status": "active",
        "timezone": "Asia/Kolkata",
        "cut_off": "20:00",
        "upi_id": None,
        "balance": row["balance"],
    }
    assert vendor.get(f"/customer/{row['id']}").json == row | {"linked": True}
    assert asha.get("/vendors")["items"] == [answer]
    assert told(vendor) == ["customer_linked"]


def test_accepting_again_answers_the_same(cast: Cast) -> None:
    vendor = cast.vendor()
    token = invite(vendor, cast.row(vendor))
    asha = cast.customer_login()
    first = asha.post(f"/invites/{token}/accept", expect=200)
    expire(token)
    assert asha.post(f"/invites/{token}/accept", expect=200).json == first.json
    assert told(vendor) == ["customer_linked"]


def test_an_invite_serves_one_login(cast: Cast) -> None:
    vendor = cast.vendor()
    token = invite(vendor, cast.row(vendor))
    cast.customer_login().post(f"/invites/{token}/accept", expect=200)
    late = cast.customer_login()
    assert gone(late.post(f"/invites/{token}/accept"))
    assert late.get("/vendors").json == {"items": [], "total": {}}


def test_eight_logins_at_once(cast: Cast) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor)
    token = invite(vendor, row)
    logins = [cast.customer_login() for _ in range(8)]
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda one=one: answers.append(one.post(f"/invites/{token}/accept")))
        for one in logins
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200] + [410] * 7
    assert sum(len(one.get("/vendors")["items"]) for one in logins) == 1


def test_an_unknown_token(cast: Cast) -> None:
    asha = cast.customer_login()
    for token in ("nothing", "x" * 2000, "%00", "%F0%9F%A5%9B", "%ED%A0%80"):
        assert asha.post(f"/invites/{token}/accept", expect=404).code == "not_found"


def test_an_expired_invite(cast: Cast) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor)
    token = invite(vendor, row)
    expire(token)
    assert gone(cast.customer_login().post(f"/invites/{token}/accept"))
    assert vendor.get(f"/customer/{row['id']}")["linked"] is False


def test_a_new_invite_ends_the_earlier_one(cast: Cast) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor)
    first, second = invite(vendor, row), invite(vendor, row)
    asha = cast.customer_login()
    assert gone(asha.post(f"/invites/{first}/accept"))
    asha.post(f"/invites/{second}/accept", expect=200)


def test_a_new_invite_ends_only_this_rows(cast: Cast) -> None:
    vendor = cast.vendor()
    one, other = cast.row(vendor), cast.row(vendor)
    token = invite(vendor, one)
    invite(vendor, other)
    cast.customer_login().post(f"/invites/{token}/accept", expect=200)


def test_a_linked_row_takes_no_invite(cast: Cast) -> None:
    vendor = cast.vendor()
    _, row_id = cast.household(of=vendor)
    answer = vendor.post(f"/customer/{row_id}/invite")
    assert (answer.status, answer.code) == (409, "customer_has_login")


def test_one_row_a_vendor_and_login(cast: Cast) -> None:
    vendor = cast.vendor()
    asha, _ = cast.household(of=vendor)
    token = invite(vendor, cast.row(vendor, name="Asha again"))
    answer = asha.post(f"/invites/{token}/accept")
    assert (answer.status, answer.code) == (409, "already_linked")
    # The invite is not used up by a refusal.
    cast.customer_login().post(f"/invites/{token}/accept", expect=200)


def test_two_invites_of_one_vendor_at_once(cast: Cast) -> None:
    vendor, asha = cast.vendor(), cast.customer_login()
    tokens = [invite(vendor, cast.row(vendor)) for _ in range(6)]
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda token=token: answers.append(asha.post(f"/invites/{token}/accept")))
        for token in tokens
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = sorted((answer.status, answer.code or "") for answer in answers)
    assert codes == [(200, "")] + [(409, "already_linked")] * 5
    assert len(asha.get("/vendors")["items"]) == 1


def test_an_invite_is_for_customers(cast: Cast, api: Api) -> None:
    vendor = cast.vendor()
    token = invite(vendor, cast.row(vendor))
    assert cast.vendor().post(f"/invites/{token}/accept", expect=403).code == "forbidden"
    assert api.post(f"/invites/{token}/accept", expect=401).code == "unauthenticated"


def test_unlinking_ends_everything_at_once(cast: Cast) -> None:
    vendor = cast.vendor()
    asha, row_id = cast.household(of=vendor, opening_balance="3")
    vendor.delete(f"/customer/{row_id}/invite", expect=204)
    row = vendor.get(f"/customer/{row_id}").json
    assert (row["linked"], row["balance"]["owed_by_customer"]) == (False, "3.00")
    assert asha.get("/vendors").json == {"items": [], "total": {}}
    asha.get(f"/customer/{row_id}", expect=404)
    assert told(asha) == ["customer_unlinked"]
    assert told(vendor) == ["customer_linked", "customer_unlinked"]


def test_an_old_invite_does_not_link_again(cast: Cast) -> None:
    vendor, asha = cast.vendor(), cast.customer_login()
    row = cast.row(vendor)
    token = invite(vendor, row)
    asha.post(f"/invites/{token}/accept", expect=200)
    vendor.delete(f"/customer/{row['id']}/invite", expect=204)
    assert gone(asha.post(f"/invites/{token}/accept"))
    asha.post(f"/invites/{invite(vendor, row)}/accept", expect=200)


def test_revoking_an_unused_invite_tells_nobody(cast: Cast) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor)
    token = invite(vendor, row)
    for _ in range(2):
        vendor.delete(f"/customer/{row['id']}/invite", expect=204)
    assert gone(cast.customer_login().post(f"/invites/{token}/accept"))
    assert told(vendor) == []


def test_unlinking_leaves_the_other_vendors(cast: Cast) -> None:
    milkman, paper = cast.vendor(), cast.vendor(business_name="Morning Paper")
    asha, row_id = cast.household(of=milkman)
    cast.household(of=paper, login=asha)
    milkman.delete(f"/customer/{row_id}/invite", expect=204)
    assert [one["business_name"] for one in asha.get("/vendors")["items"]] == ["Morning Paper"]


def test_all_my_vendors_and_what_i_owe(cast: Cast) -> None:
    milkman = cast.vendor()
    paper = cast.vendor(business_name="Morning Paper")
    abroad = cast.vendor(business_name="Kampala Sodas", currency="UGX", timezone="Africa/Kampala")
    asha, _ = cast.household(of=milkman, opening_balance="100.50")
    cast.household(of=paper, login=asha, opening_balance="-150")
    cast.household(of=abroad, login=asha, opening_balance="4000")
    mine = asha.get("/vendors").json
    assert [one["business_name"] for one in mine["items"]] == [
        "Yadav Dairy",
        "Morning Paper",
        "Kampala Sodas",
    ]
    assert mine["total"] == {"INR": "-49.50", "UGX": "4000"}
    assert mine["items"][2]["timezone"] == "Africa/Kampala"


def test_who_may_list_vendors(cast: Cast, api: Api) -> None:
    assert cast.vendor().get("/vendors", expect=403).code == "forbidden"
    assert api.get("/vendors", expect=401).code == "unauthenticated"
    refused = cast.customer_login().get("/vendors?limit=2", expect=422)
    assert refused.code == "unknown_field"


@pytest.mark.parametrize("body", [{"token": "x"}, {"user_id": 1}])
def test_accepting_takes_no_fields(cast: Cast, body: dict[str, Any]) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor)
    answer = cast.customer_login().post(f"/invites/{invite(vendor, row)}/accept", body)
    assert (answer.status, answer.code) == (422, "unknown_field")
    assert vendor.get(f"/customer/{row['id']}")["linked"] is False
