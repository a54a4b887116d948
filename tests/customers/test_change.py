"""One row of the book: who reads it, what changes it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Api, Cast
from vendorapp.customers import service
from vendorapp.kernel.database import transaction
from vendorapp.kernel.errors import Conflict, NotFound

HUGE = [0, 2**31, 2**63 - 1, 2**63, 10**30, "9" * 5000]


def test_a_change_touches_what_is_sent(cast: Cast) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor, notes="dog", stop_order=3, opening_balance="5")
    changed = vendor.put(f"/customer/{row['id']}", {"name": "Usha", "stop_order": 0}, expect=200).json
    assert changed == row | {"name": "Usha", "stop_order": 0}
    assert vendor.get(f"/customer/{row['id']}").json == changed


def test_every_field_can_be_changed(cast: Cast) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor)
    new = {
        "name": "Usha",
        "phone_number": "+919711111111",
        "email": "u@example.com",
        "address": "here",
        "notes": "cat",
        "stop_order": 9,
    }
    assert vendor.put(f"/customer/{row['id']}", new, expect=200).json == row | new


def test_nothing_sent_changes_nothing(cast: Cast) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor, notes="dog")
    empty: list[dict[str, Any]] = [{}, {"name": "", "notes": None, "email": {}}]
    for body in empty:
        assert vendor.put(f"/customer/{row['id']}", body, expect=200).json == row


def test_a_changed_phone_is_read_like_a_new_one(cast: Cast) -> None:
    vendor = cast.vendor()
    row, other = cast.row(vendor), cast.row(vendor, phone_number="+919711111111")
    path = f"/customer/{row['id']}"
    taken = vendor.put(path, {"phone": "09711111111", "name": "Usha"})
    assert (taken.status, taken.code, taken["customer_id"]) == (409, "customer_exists", other["id"])
    assert vendor.get(path).json == row
    assert vendor.put(path, {"phone": "97222 22222"})["phone_number"] == "+919722222222"
    same = vendor.put(path, {"phone_number": "+919722222222"}, expect=200)
    assert same["phone_number"] == "+919722222222"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"name": "  "}, "name", "invalid"),
        ({"name": "a\u0000"}, "name", "invalid"),
        ({"phone_number": "12"}, "phone_number", "invalid"),
        ({"email": "nobody"}, "email", "invalid"),
        ({"stop_order": 1.5}, "stop_order", "invalid"),
        ({"status": "gone"}, "status", "invalid"),
        ({"status": "inactive"}, "status", "invalid"),
        ({"opening_balance": "5"}, "opening_balance", "unknown_field"),
        ({"vendor_id": 1}, "vendor_id", "unknown_field"),
        ({"user_id": 1}, "user_id", "unknown_field"),
        ({"linked": True}, "linked", "unknown_field"),
        ({"id": 1}, "id", "unknown_field"),
        ({"created_at": "2020-01-01T00:00:00Z"}, "created_at", "unknown_field"),
    ],
)
def test_a_bad_change_is_refused_whole(cast: Cast, body: dict[str, Any], field: str, code: str) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor)
    answer = vendor.put(f"/customer/{row['id']}", {"address": "new"} | body)
    assert (answer.status, answer.code, answer["errors"][0]["field"]) == (422, code, field)
    assert vendor.get(f"/customer/{row['id']}").json == row


def test_an_inactive_row_comes_back(cast: Cast) -> None:
    vendor = cast.vendor()
    row = cast.row(vendor, opening_balance="5")
    path = f"/customer/{row['id']}"
    for _ in range(2):
        with transaction():
            service.deactivate(vendor.user["id"], row["id"])
    assert vendor.get(path).json == row | {"status": "inactive"}
    # What is so already may be said again, as whole rows sent back do.
    assert vendor.put(path, {"status": "inactive", "name": "U"}, expect=200)["name"] == "U"
    assert vendor.put(path, {"statue": "active"}, expect=200)["status"] == "active"
    assert vendor.put(path, {"status": "active"}, expect=200)["status"] == "active"


def test_only_an_active_row_takes_new_work(cast: Cast) -> None:
    vendor, row = cast.vendor(), None
    row = cast.row(vendor)
    me = vendor.user["id"]
    with transaction():
        assert service.hold_active(me, row["id"]).customer_id == row["id"]
        service.deactivate(me, row["id"])
    with transaction():
        with pytest.raises(Conflict) as refused:
            service.hold_active(me, row["id"])
        assert refused.value.code == "customer_inactive"
        for vendor_id, customer_id in ((me, row["id"] + 1), (me + 1, row["id"])):
            with pytest.raises(NotFound):
                service.hold_active(vendor_id, customer_id)
            with pytest.raises(NotFound):
                service.deactivate(vendor_id, customer_id)


def test_a_linked_customer_reads_their_row_without_notes(cast: Cast) -> None:
    vendor = cast.vendor()
    household, row_id = cast.household(of=vendor, notes="pays late", opening_balance="7")
    mine = household.get(f"/customer/{row_id}").json
    theirs = vendor.get(f"/customer/{row_id}").json
    assert "notes" not in mine
    assert theirs.pop("notes") == "pays late"
    assert mine == theirs
    assert (mine["linked"], mine["balance"]["owed_by_customer"]) == (True, "7.00")


def test_a_row_never_shows_the_logins_own_data(cast: Cast) -> None:
    vendor = cast.vendor()
    login = cast.customer_login(name="Private", email="private@example.com", address="Secret 1")
    _, row_id = cast.household(of=vendor, login=login, name="Asha, flat 3")
    text = vendor.get(f"/customer/{row_id}").response.get_data(as_text=True)
    assert "Asha, flat 3" in text
    for private in ("Private", "private@example.com", "Secret 1", login.user["phone_number"]):
        assert private not in text


def test_foreign_and_missing_rows_answer_alike(cast: Cast) -> None:
    vendor, neighbour = cast.vendor(), cast.vendor()
    household, _ = cast.household(of=vendor)
    theirs = cast.row(neighbour)["id"]
    answers = []
    for customer_id in [theirs, theirs + 1000, *HUGE]:
        path = f"/customer/{customer_id}"
        answers += [
            household.get(path, expect=404),
            vendor.get(path, expect=404),
            vendor.put(path, {"name": "Mine now"}, expect=404),
            vendor.post(f"{path}/invite", expect=404),
            vendor.delete(f"{path}/invite", expect=404),
        ]
    assert len({answer.response.get_data() for answer in answers}) == 1
    assert answers[0].code == "not_found"
    assert neighbour.get(f"/customer/{theirs}")["name"] == "Asha Sharma"


@pytest.mark.parametrize("customer_id", ["x", "-1", "1.5", "1e3", "%00", "1%20"])
def test_an_id_is_a_number(cast: Cast, customer_id: str) -> None:
    assert cast.vendor().get(f"/customer/{customer_id}", expect=404).code == "not_found"


def test_a_shape_fault_comes_before_the_look_up(cast: Cast) -> None:
    vendor = cast.vendor()
    assert vendor.put("/customer/999999", {"phone_number": "12"}).status == 422


def test_who_may_write(cast: Cast, api: Api) -> None:
    vendor = cast.vendor()
    household, row_id = cast.household(of=vendor)
    path = f"/customer/{row_id}"
    assert api.get(path, expect=401).code == "unauthenticated"
    assert api.put(path, {"name": "x"}, expect=401).code == "unauthenticated"
    assert household.put(path, {"name": "x"}, expect=403).code == "forbidden"
    assert household.post(f"{path}/invite", expect=403).code == "forbidden"
    assert household.delete(f"{path}/invite", expect=403).code == "forbidden"
