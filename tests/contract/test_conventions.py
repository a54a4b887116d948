"""Section 1 of the contract: names, ids, lists, methods, the order of checks, Idempotency-Key."""

from __future__ import annotations

import base64
from typing import Any

import jsonschema_rs
import pytest
import time_machine
from flask import Flask

from tests.cast import Api, Cast

from .described import document, operations
from .steps import MILK, agreed, mark, on_trust, phone, said


def test_the_description_is_made_of_valid_schemas(app: Flask) -> None:
    found = document(app)
    for name, schema in found["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(schema), name
    names = [one.spec["operationId"] for one in operations(app)]
    assert len(set(names)) == len(names)
    for one in operations(app):
        in_path = {part["name"] for part in one.spec["parameters"] if part["in"] == "path"}
        assert in_path == {part[1:-1] for part in one.path.split("/") if part.startswith("{")}


def test_the_seeds_names_stand_for_the_right_ones(milkman: Api, row_id: int, linked: Any) -> None:
    login, _ = linked
    for name in ("customer_id", "customerid", "customerId", "CustomerId"):
        order = milkman.post("/orders", {name: row_id, **MILK, "on_behalf_note": "x"}, expect=201)
        assert order["customer_id"] == row_id
        found = milkman.get(f"/orders?{name}={row_id}").json["items"]
        assert {one["customer_id"] for one in found} == {row_id}
    assert not any(name in order.json for name in ("customerId", "customerid", "createdby"))
    asked = login.post("/orders", {"partnerId": milkman.user["id"], **MILK}, expect=201)
    assert asked["vendor_id"] == milkman.user["id"]
    record = mark(milkman, order["id"], statue="delivered", qauntity="3")["record"]
    assert (record["status"], record["quantity"]) == ("delivered", "3")
    stop = {"order_id": order["id"], "statue": "delivered", "qauntity": 4}
    result = milkman.post("/attendance", {"marks": [stop]}, expect=200)["results"][0]
    assert result["record"]["quantity"] == "4"


@pytest.mark.parametrize(
    ("halves", "name"),
    [
        ({"firstname": "Asha", "lastname": "Rao"}, "Asha Rao"),
        ({"firstname": " Asha ", "lastname": " Rao "}, "Asha Rao"),
        ({"firstname": "Asha"}, "Asha"),
        ({"lastname": "Rao", "firstname": ""}, "Rao"),
        ({"firstname": "Asha", "lastname": "Rao", "name": "Asha Rao"}, "Asha Rao"),
        ({"firstname": "Asha", "lastname": "Rao", "name": "Usha Rao"}, None),
        ({"firstname": 1, "lastname": "Rao"}, None),
    ],
)
def test_a_name_in_two_halves(milkman: Api, halves: dict[str, Any], name: str | None) -> None:
    answer = milkman.post("/customers", {**halves, "phone": phone()})
    assert (answer.status, answer.json.get("name")) == ((201, name) if name else (422, None))


def test_two_spellings_must_say_the_same(milkman: Api, row_id: int) -> None:
    def order(**fields: Any) -> int:
        body = {"item_name": "Milk", "rate": 1, "on_behalf_note": "x", "customer_id": row_id, **fields}
        return milkman.post("/orders", body).status

    assert order(customerid=row_id) == 201
    assert order(customerid=None, customerId="") == 201
    assert order(customerid=row_id + 1) == 422
    assert order(quantity="1", qauntity="1") == 201
    assert order(quantity="1", qauntity="2") == 422
    # true is not 1, whichever of the two is read last
    assert order(quantity=1, qauntity=True) == 422
    assert order(qauntity=True, quantity=1) == 422


def test_who_created_it_can_only_be_the_caller(milkman: Api, linked: Any) -> None:
    me = milkman.user["id"]

    def add(**fields: Any) -> tuple[int, str | None]:
        return said(milkman.post("/customers", {"name": "A", "phone_number": phone(), **fields}))

    for name in ("created_by", "createdby"):
        assert add(**{name: me}) == (201, None)
        assert add(**{name: None}) == add(**{name: ""}) == add(**{name: {}}) == (201, None)
        for other in (me + 1, str(me), float(me), True, [me], linked[0].user["id"]):
            assert add(**{name: other}) == (403, "created_by_mismatch"), other
    # It comes with the 422s, and before them.
    assert add(createdby=me + 1, colour="red") == (403, "created_by_mismatch")


def test_what_the_server_decides_is_not_heard(milkman: Api, row_id: int) -> None:
    ignored: dict[str, Any] = {"paid": True, "visit": {"a": 1}, "visitid": 7}
    body = {"customer_id": row_id, **MILK, "on_behalf_note": "x", **ignored}
    assert milkman.post("/orders", body, expect=201)["paid"] is False
    for name in ("colour", "Paid", "firstname", "customer", "vendorId"):
        refused = milkman.post("/orders", {"customer_id": row_id, **MILK, name: "x"})
        assert said(refused) == (422, "unknown_field")
        assert [error["field"] for error in refused["errors"]] == [name]


def test_digits_of_other_scripts_are_no_id(milkman: Api, row_id: int) -> None:
    arabic = str(row_id).translate({ord(str(digit)): 0x0660 + digit for digit in range(10)})
    milkman.get(f"/customer/{row_id}", expect=200)
    assert milkman.get(f"/customer/{arabic}", expect=404).code == "not_found"
    assert milkman.get(f"/orders?customer_id={arabic}", expect=422).code == "invalid"


def test_a_filter_by_an_id_that_is_not_yours_finds_nothing(cast: Cast, milkman: Api, row_id: int) -> None:
    order_id = on_trust(milkman, row_id)
    mark(milkman, order_id)
    other = cast.vendor()
    theirs = cast.row(other)["id"]
    mark(other, on_trust(other, theirs))
    lists = {"/orders": ("customer_id", "vendor_id"), "/records": ("customer_id", "vendor_id", "order_id")}
    for path, names in lists.items():
        assert len(milkman.get(path).json["items"]) == 1
        for name in names:
            for value in (0, -1, 10**30, 2**63 - 1, 2**63, theirs, other.user["id"]):
                assert milkman.get(f"{path}?{name}={value}").json == {"items": [], "next": None}, value
            for text in ("x", "1.0", "true", "0x1", "%201", "1e3", "--1"):
                assert said(milkman.get(f"{path}?{name}={text}", expect=None)) == (422, "invalid"), text


def test_an_id_in_a_body_that_is_not_yours_does_not_exist(cast: Cast, milkman: Api, linked: Any) -> None:
    login, _ = linked
    other = cast.vendor()
    theirs = cast.row(other)["id"]
    for value in (0, -1, 10**30, 2**63 - 1, 2**63, theirs):
        refused = milkman.post("/orders", {"customer_id": value, **MILK}, expect=404)
        assert (refused.code, refused["errors"][0]["field"]) == ("not_found", "customer_id")
    for value in (0, -1, 10**30, other.user["id"], login.user["id"]):
        refused = login.post("/orders", {"vendor_id": value, **MILK}, expect=404)
        assert (refused.code, refused["errors"][0]["field"]) == ("not_found", "vendor_id")
    for value in ("1", 1.0, 1.5, True, [1], "x"):
        assert milkman.post("/orders", {"customer_id": value, **MILK}).status == 422, value


LISTS = ("/customers", "/orders", "/changes", "/records", "/notifications", "/push/subscriptions")


def _cursor(raw: str) -> str:
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def test_bounds_of_a_page(milkman: Api) -> None:
    for path in (*LISTS, f"/finance/vendor/month/{milkman.user['id']}"):
        for limit in ("1", "200", ""):
            milkman.get(f"{path}?limit={limit}", expect=200)
        for limit in ("0", "-1", "201", "1.0", "1e2", "٣", "true", "%205", "9" * 30):
            assert said(milkman.get(f"{path}?limit={limit}", expect=None)) == (422, "invalid"), limit
        assert milkman.get(f"{path}?limit=1&limit=1", expect=None).status == 422
        milkman.get(f"{path}?cursor=", expect=200)
        for cursor in ("x", "%00", "😀", "null", _cursor("[]"), _cursor("{}"), _cursor('["made up",1]')):
            refused = milkman.get(f"{path}?cursor={cursor}", expect=422)
            assert [error["field"] for error in refused["errors"]] == ["cursor"]


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("/customers", '["customers:name","\\ud800",5]'),
        ("/customers", '["customers:name","a\\u0000",5]'),
        ("/customers", '["customers:name","a",true]'),
        ("/customers", '["customers:name","a",1e400]'),
        ("/customers", '["customers:name","a",9223372036854775808]'),
        ("/customers", '["customers:balance",1,"a",5]'),
        ("/records", '["records","2026-02-30",5]'),
        ("/records", '["records",5,5]'),
        ("/orders", '["records","2026-11-21",5]'),
        ("/notifications", '["inbox","1"]'),
    ],
)
def test_a_made_up_cursor_is_refused(milkman: Api, path: str, raw: str) -> None:
    assert said(milkman.get(f"{path}?cursor={_cursor(raw)}", expect=None)) == (422, "invalid")


def test_every_route_keeps_the_order_of_checks(app: Flask, cast: Cast, milkman: Api) -> None:
    """401 whatever is sent, 403 for the other role, 400 and 422 before a look-up could be a 404."""
    nobody, login = Api(app), cast.customer_login()
    for one in operations(app):
        if not one.guarded or one.path == "/v1/logout":
            continue
        address = one.address()
        reads = one.method == "GET"
        broken: dict[str, Any] = {} if reads else {"data": b"{", "content_type": "application/json"}
        assert said(nobody.call(one.method, address, **broken)) == (401, "unauthenticated")
        heard = 0
        for who in (milkman, login):
            unknown = who.call(one.method, address + "?colour=red")
            if unknown.status == 403:
                continue
            heard += 1
            assert said(unknown) == (422, "unknown_field"), one
            if reads:
                continue
            assert said(who.call(one.method, address, **broken)) == (400, "unreadable_body"), one
            # Who pays, and for what, is told first where nobody is named.
            wrong = who.call(one.method, address, {"colour": "red"})
            codes = {fault["field"]: fault["code"] for fault in wrong["errors"]}
            assert (wrong.status, codes.get("colour")) == (422, "unknown_field"), one
            form = {"data": b"a=1", "content_type": "application/x-www-form-urlencoded"}
            assert said(who.call(one.method, address, **form)) == (415, "unsupported_media_type"), one
        assert heard, one


def test_methods_that_a_path_does_not_know(app: Flask, milkman: Api) -> None:
    paths: dict[str, set[str]] = {}
    for one in operations(app):
        paths.setdefault(one.path, set()).add(one.method)
    for one in operations(app):
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - paths[one.path]:
            refused = milkman.call(method, one.address())
            assert said(refused) == (405, "method_not_allowed"), (method, one.path)
            allowed = set(refused.response.headers["Allow"].split(", "))
            assert paths[one.path] <= allowed
            assert method not in allowed
        assert milkman.call("OPTIONS", one.address()).status == 200
        if one.method == "GET":
            head, got = milkman.call("HEAD", one.address()), milkman.call("GET", one.address())
            assert (head.status, head.response.data) == (got.status, b"")


def test_bodies_that_are_json_by_another_name(milkman: Api) -> None:
    def add(content_type: str | None, prefix: bytes = b"") -> int:
        body = prefix + b'{"name": "A", "phone_number": "%s"}' % phone().encode()
        return milkman.call("POST", "/customers", data=body, content_type=content_type).status

    for kind in ("application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json"):
        assert add(kind) == 201
    for other in (
        "text/json",
        "text/plain",
        "application/jsonx",
        "multipart/form-data; boundary=x",
        "",
        None,
    ):
        assert add(other) == 415
    assert add("application/json", b"\xef\xbb\xbf") == 400
    # Nothing but blanks is no body, whatever it is called.
    blank = milkman.call("POST", "/notifications/read-all", data=b" \n", content_type="text/plain")
    assert blank.status == 200


def test_foreign_and_missing_are_one_answer_on_every_path(cast: Cast, milkman: Api, linked: Any) -> None:
    login, customer_id = linked
    order_id = agreed(milkman, login, customer_id)
    record_id = mark(milkman, order_id)["record"]["id"]
    change_id = milkman.put(f"/order/{order_id}", {"rate": "60"}, expect=202)["change"]["id"]
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"/customer/{customer_id}", None),
        ("PUT", f"/customer/{customer_id}", {"name": "A"}),
        ("DELETE", f"/customer/{customer_id}", None),
        ("POST", f"/customer/{customer_id}/invite", None),
        ("DELETE", f"/customer/{customer_id}/invite", None),
        ("GET", f"/order/{order_id}", None),
        ("PUT", f"/order/{order_id}", {"rate": "1"}),
        ("DELETE", f"/order/{order_id}", None),
        ("DELETE", f"/order/{order_id}?permanent=true", None),
        ("POST", f"/order/{order_id}/attendance", {}),
        ("POST", f"/order/{record_id}/attendance", {}),
        ("PUT", f"/order/{record_id}/attendance", {}),
        ("PUT", f"/order/{order_id}/attendance", {}),
        ("POST", f"/changes/{change_id}/accept", None),
        ("POST", f"/changes/{change_id}/decline", None),
        ("POST", f"/changes/{change_id}/withdraw", None),
        ("GET", f"/finance/customer/month/{customer_id}", None),
        ("POST", f"/finance/customer/month/{customer_id}", {}),
        ("GET", f"/finance/vendor/month/{milkman.user['id']}", None),
        ("POST", f"/finance/vendor/month/{milkman.user['id']}", {}),
    ]
    other = cast.vendor()
    neighbour, _ = cast.household(of=other)
    before = milkman.get(f"/order/{order_id}").json, milkman.get(f"/customer/{customer_id}").json
    for who in (other, neighbour):
        for method, path, body in calls:
            foreign = who.call(method, path, body)
            if foreign.status == 403:
                assert who is neighbour
                continue
            assert said(foreign) == (404, "not_found"), (method, path)
            number = next(part for part in path.split("/") if part.split("?")[0].isdigit()).split("?")[0]
            missing = who.call(method, path.replace(number, "999999999"), body)
            assert foreign.response.data == missing.response.data, (method, path)
    assert before == (milkman.get(f"/order/{order_id}").json, milkman.get(f"/customer/{customer_id}").json)


def _key(word: str) -> dict[str, Any]:
    return {"headers": {"Idempotency-Key": word}}


def test_a_key_replays_every_kind_of_write(cast: Cast, milkman: Api, row_id: int, linked: Any) -> None:
    login, customer_id = linked
    order_id = on_trust(milkman, row_id)

    def change() -> int:
        order = milkman.post("/orders", {"customer_id": customer_id, **MILK}, expect=201)
        return int(order["pending_change"]["id"])

    guest, guest_row = cast.customer_login(), cast.row(milkman)["id"]
    invite = milkman.post(f"/customer/{guest_row}/invite", expect=201)["token"]
    notice = login.get("/notifications").json["items"]
    calls: list[tuple[Api, str, Any, Any]] = [
        (milkman, "/customers", {"name": "A", "phone": phone()}, {"name": "B", "phone": phone()}),
        (milkman, f"/customer/{row_id}/invite", None, None),
        (guest, f"/invites/{invite}/accept", None, None),
        (
            milkman,
            "/orders",
            {"customer_id": customer_id, **MILK},
            {"customer_id": customer_id, **MILK, "rate": 1},
        ),
        (login, f"/changes/{change()}/accept", None, None),
        (login, f"/changes/{change()}/decline", None, None),
        (milkman, f"/changes/{change()}/withdraw", None, None),
        (milkman, f"/order/{order_id}/attendance", {"quantity": "3"}, {"quantity": "4"}),
        (milkman, "/attendance", {"marks": []}, {"marks": [], "rest": "delivered"}),
        (milkman, "/records", {}, {"date": "2026-11-20"}),
        (login, "/notifications/read-all", None, None),
    ]
    assert notice == []
    for who, path, body, other in calls:
        first = who.post(path, body, **_key("tap"))
        again = who.post(path, body, **_key("tap"))
        assert first.status in (200, 201), (path, first.json)
        assert (again.status, again.response.data) == (first.status, first.response.data), path
        assert again.response.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.response.headers
        if other is not None:
            assert said(who.post(path, other, **_key("tap"))) == (422, "idempotency_key_reused"), path


def test_a_key_belongs_to_one_caller_and_path_for_seven_days(cast: Cast, milkman: Api, clock: Any) -> None:
    body = {"name": "A", "phone_number": phone()}
    milkman.post("/customers", body, expect=201, **_key("tap"))
    # The same person on another device, with the keys of the object in another order.
    login = Api(milkman.app).post(
        "/login", {"phone_number": milkman.user["phone_number"], "password": "correct horse"}, expect=200
    )
    swapped = dict(reversed(body.items()))
    again = Api(milkman.app, login["token"]).post("/customers", swapped, expect=201, **_key("tap"))
    assert again.response.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in (
        cast.vendor().post("/customers", body, expect=201, **_key("tap")).response.headers
    )
    milkman.post("/records", {}, expect=200, **_key("tap"))
    for key in ("", "x" * 256):
        refused = milkman.post("/customers", body, expect=422, **_key(key))
        assert refused["errors"][0]["field"] == "Idempotency-Key"
    clock.move_to("2026-11-28T06:29:59Z")
    milkman.post("/customers", body, expect=201, **_key("tap"))
    clock.move_to("2026-11-28T06:30:00Z")
    assert said(milkman.post("/customers", body, **_key("tap"))) == (409, "customer_exists")


def test_days_and_instants_as_they_are_answered(milkman: Api, row_id: int) -> None:
    with time_machine.travel("2026-11-21T20:00:00+05:30", tick=False):
        order = milkman.post("/orders", {"customer_id": row_id, **MILK}, expect=201)
    assert order["created_at"] == "2026-11-21T14:30:00.000000Z"
    assert order["start_date"] == "2026-11-21"
