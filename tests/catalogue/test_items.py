"""Products, packages and services: who writes, who reads, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from tests.cast import Api, Cast
from vendorapp.kernel.database import db

from .steps import MILK, counted, product, refused, stock

KINDS = ("products", "packages", "services")


def new(vendor: Api, kind: str, **fields: Any) -> dict[str, Any]:
    """A new item of any kind; a package holds a product of its own."""
    if kind == "packages" and "components" not in fields:
        fields["components"] = [{"product_id": product(vendor, name="Part"), "quantity": 1}]
    made: dict[str, Any] = vendor.post(f"/{kind}", {"name": "Thing", **fields}, expect=201).json
    return made


def names(vendor: Api, path: str) -> list[str]:
    return [one["name"] for one in vendor.get(path)["items"]]


def test_a_product(milkman: Api) -> None:
    made = milkman.post("/products", MILK, expect=201).json
    assert made == {**MILK, "id": made["id"], "status": "active", "stock_quantity": None} | {
        "created_at": made["created_at"]
    }
    assert milkman.get(f"/products/{made['id']}").json == made
    assert milkman.get("/products").json == {"items": [made], "next": None}


def test_what_is_left_out_is_null(milkman: Api) -> None:
    made = milkman.post("/products", {"name": "Ghee"}, expect=201).json
    assert [made[name] for name in ("category", "unit", "rate")] == [None] * 3
    assert made["returnable"] is False
    service = milkman.post("/services", {"name": "Repair"}, expect=201).json
    assert service == {
        "id": service["id"],
        "name": "Repair",
        "rate": None,
        "unit": None,
        "status": "active",
        "created_at": service["created_at"],
    }


def test_a_package(milkman: Api) -> None:
    milk, curd = product(milkman, name="Milk"), product(milkman, name="Curd")
    parts = [{"product_id": curd, "quantity": "0.5"}, {"productid": milk, "qauntity": 2}]
    made = milkman.post("/packages", {"name": "Breakfast", "rate": 99, "components": parts}, expect=201).json
    assert made == {
        "id": made["id"],
        "name": "Breakfast",
        "rate": "99.00",
        "components": [
            {"product_id": milk, "name": "Milk", "quantity": "2"},
            {"product_id": curd, "name": "Curd", "quantity": "0.5"},
        ],
        "status": "active",
        "created_at": made["created_at"],
    }
    assert milkman.get(f"/packages/{made['id']}").json == made
    assert milkman.get("/packages").json == {"items": [made], "next": None}
    changed = milkman.put(
        f"/packages/{made['id']}", {"components": [{"product_id": milk, "quantity": 3}]}, expect=200
    ).json
    assert changed == made | {"components": [{"product_id": milk, "name": "Milk", "quantity": "3"}]}
    renamed = milkman.put(f"/packages/{made['id']}", {"name": "Early", "rate": "1"}, expect=200).json
    assert renamed == changed | {"name": "Early", "rate": "1.00"}
    assert milkman.get(f"/packages/{made['id']}").json == renamed


def test_what_a_package_may_hold(cast: Cast, milkman: Api) -> None:
    milk, gone = product(milkman), product(milkman)
    milkman.delete(f"/products/{gone}", expect=200)
    theirs = product(cast.vendor())
    package = new(milkman, "packages")

    def put(*ids: Any, quantity: Any = 1) -> tuple[int, str | None, list[str]]:
        parts = [{"product_id": one, "quantity": quantity} for one in ids]
        made = refused(milkman.post("/packages", {"name": "A", "components": parts}))
        changed = refused(milkman.put(f"/packages/{package['id']}", {"components": parts}))
        assert made == changed
        return made

    assert put(milk, milk) == (422, "invalid", ["components"])
    assert put() == (422, "invalid", ["components"])
    assert put(milk, theirs) == (404, "not_found", ["components.1.product_id"])
    assert put(10**30) == (404, "not_found", ["components.0.product_id"])
    assert put(milk, gone) == (422, "invalid", ["components.1.product_id"])
    for quantity in (0, -1, "1.0001", "NaN", True, 10**10):
        assert put(milk, quantity=quantity) == (422, "invalid", ["components.0.quantity"]), quantity
    assert put("1") == (422, "invalid", ["components.0.product_id"])
    assert milkman.get(f"/packages/{package['id']}").json == package
    assert refused(milkman.post("/packages", {"name": "A"})) == (422, "invalid", ["components"])
    others: tuple[Any, ...] = ("1,2", [1], [[]], [{"product_id": milk}])
    for wrong in others:
        assert milkman.post("/packages", {"name": "A", "components": wrong}).status == 422, wrong


@pytest.mark.parametrize("kind", KINDS)
def test_ending_and_taking_back(milkman: Api, kind: str) -> None:
    made = new(milkman, kind)
    path = f"/{kind}/{made['id']}"
    for _ in range(2):
        assert milkman.delete(path, expect=200).json == made | {"status": "inactive"}
    assert made["id"] not in [one["id"] for one in milkman.get(f"/{kind}")["items"]]
    assert [one["id"] for one in milkman.get(f"/{kind}?status=inactive")["items"]] == [made["id"]]
    assert milkman.get(path).json == made | {"status": "inactive"}
    for _ in range(2):
        assert milkman.put(path, {"statue": "active"}, expect=200).json == made
    assert milkman.put(path, {"status": "inactive"}, expect=200)["status"] == "inactive"
    assert milkman.put(path, {}, expect=200)["status"] == "inactive"
    assert milkman.put(path, {"status": "all"}).status == 422


@pytest.mark.parametrize("kind", KINDS)
def test_lists(milkman: Api, kind: str) -> None:
    for name in ("Curd", "Apple 100%", "Bread"):
        new(milkman, kind, name=name)
    ended = new(milkman, kind, name="Butter")
    milkman.delete(f"/{kind}/{ended['id']}", expect=200)
    only = [name for name in names(milkman, f"/{kind}") if name != "Part"]
    assert only == ["Apple 100%", "Bread", "Curd"]
    assert names(milkman, f"/{kind}?q=RE") == ["Bread"]
    assert names(milkman, f"/{kind}?q=%25") == ["Apple 100%"]
    assert names(milkman, f"/{kind}?q=_") == []
    assert names(milkman, f"/{kind}?q=b&status=all") == ["Bread", "Butter"]
    assert names(milkman, f"/{kind}?q=b&status=inactive") == ["Butter"]
    seen, path = [], f"/{kind}?limit=2"
    while path:
        page = milkman.get(path)
        seen += [one["name"] for one in page["items"]]
        path = f"/{kind}?limit=2&cursor={page['next']}" if page["next"] else ""
    assert seen == names(milkman, f"/{kind}")
    for wrong in ("status=on", "limit=0", "limit=201", "cursor=x", "vendor_id=x", "colour=red"):
        assert milkman.get(f"/{kind}?{wrong}", expect=422).code in ("invalid", "unknown_field"), wrong


def test_products_are_found_by_category(milkman: Api) -> None:
    product(milkman, name="Curd", category="Dairy")
    product(milkman, name="Bread", category="bakery")
    assert names(milkman, "/products?q=dair") == ["Curd"]


@pytest.mark.parametrize("kind", KINDS)
def test_rates_have_the_currencys_decimals(cast: Cast, kind: str) -> None:
    for currency, sent, answered in (
        ("INR", "52.5", "52.50"),
        ("UGX", 4000, "4000"),
        ("KWD", "1.005", "1.005"),
    ):
        vendor = cast.vendor(currency=currency)
        made = new(vendor, kind, rate=sent)
        assert made["rate"] == answered
        assert vendor.get(f"/{kind}")["items"][0 if kind != "products" else -1]["rate"] == answered
        too_fine = answered + ("5" if "." in answered else ".5")
        for wrong in (too_fine, "-1", "1e3", "NaN", "Infinity", "٣", True, 10**10, [1]):
            refusal = refused(vendor.put(f"/{kind}/{made['id']}", {"rate": wrong}))
            assert refusal == (422, "invalid", ["rate"]), wrong
        body: dict[str, Any] = {"name": "B", "rate": too_fine}
        if kind == "packages":
            body["components"] = [{"product_id": 1, "quantity": 1}]
        assert refused(vendor.post(f"/{kind}", body)) == (422, "invalid", ["rate"])
        assert vendor.get(f"/{kind}/{made['id']}")["rate"] == answered
    assert new(cast.vendor(), kind, rate=0)["rate"] == "0.00"


@pytest.mark.parametrize("kind", KINDS)
def test_bad_words(milkman: Api, kind: str) -> None:
    path = f"/{kind}/{new(milkman, kind)['id']}"
    for name in ("", "  ", None, "a" * 201, "a\nb", 7, ["a"]):
        body: dict[str, Any] = {"name": name, "components": [{"product_id": 1, "quantity": 1}]}
        if kind != "packages":
            del body["components"]
        assert refused(milkman.post(f"/{kind}", body)) == (422, "invalid", ["name"]), name
    for field in ("stock_quantity", "id", "colour", "vendor_id", "created_at"):
        assert refused(milkman.put(path, {field: 1})) == (422, "unknown_field", [field])
    if kind != "packages":
        assert refused(milkman.put(path, {"unit": "x" * 41})) == (422, "invalid", ["unit"])
    assert milkman.put(path, {"created_by": milkman.user["id"] + 1}).code == "created_by_mismatch"
    milkman.put(path, {"createdby": milkman.user["id"], "name": "B"}, expect=200)


def test_what_is_sent_is_changed_and_nothing_else(milkman: Api) -> None:
    made = milkman.post("/products", MILK, expect=201).json
    path = f"/products/{made['id']}"
    assert milkman.put(path, {"rate": None, "category": "", "unit": None}, expect=200).json == made
    for field, value in (
        ("name", "Buffalo milk"),
        ("category", "buffalo"),
        ("unit", "L"),
        ("rate", "30.00"),
        ("returnable", False),
    ):
        made |= {field: value}
        assert milkman.put(path, {field: value}, expect=200).json == made
    assert milkman.get(path).json == made
    for wrong in (1, "true", "no"):
        assert refused(milkman.put(path, {"returnable": wrong})) == (422, "invalid", ["returnable"])


@pytest.mark.parametrize("kind", KINDS)
def test_another_vendors_do_not_exist(cast: Cast, milkman: Api, kind: str) -> None:
    other = cast.vendor()
    path = f"/{kind}/{new(other, kind)['id']}"
    for there in (path, f"/{kind}/0", f"/{kind}/{10**30}"):
        assert milkman.get(there, expect=404).code == "not_found"
        assert milkman.put(there, {"name": "Mine"}, expect=404).code == "not_found"
        assert milkman.delete(there, expect=404).code == "not_found"
    assert milkman.get(f"/{kind}?status=all").json == {"items": [], "next": None}
    assert milkman.get(f"/{kind}?vendor_id={other.user['id']}").json == {"items": [], "next": None}
    assert other.get(path)["name"] == "Thing"
    assert other.get(f"{path}?vendor_id={milkman.user['id']}", expect=404).code == "not_found"
    assert other.get(f"{path}?vendor_id={other.user['id']}")["name"] == "Thing"


@pytest.mark.parametrize("kind", KINDS)
def test_a_customer_reads_the_active_ones_without_stock(cast: Cast, milkman: Api, kind: str) -> None:
    login, _ = cast.household(of=milkman)
    made, ended = new(milkman, kind, name="On sale", rate="5"), new(milkman, kind, name="Ended")
    if kind == "products":
        assert stock(milkman, made["id"], 5).status == 201
    milkman.delete(f"/{kind}/{ended['id']}", expect=200)
    seen = {name: value for name, value in made.items() if name != "stock_quantity"}
    mine = f"/{kind}?vendor_id={milkman.user['id']}"
    assert [one for one in login.get(mine)["items"] if one["name"] != "Part"] == [seen]
    assert [one for one in login.get(f"{mine}&status=all")["items"] if one["name"] != "Part"] == [seen]
    assert login.get(f"{mine}&status=inactive")["items"] == []
    assert login.get(f"/{kind}?partnerId={milkman.user['id']}&q=sale")["items"] == [seen]
    assert login.get(f"/{kind}/{made['id']}").json == seen
    assert login.get(f"/{kind}/{made['id']}?vendor_id={milkman.user['id']}").json == seen
    login.get(f"/{kind}/{ended['id']}", expect=404)
    assert refused(login.get(f"/{kind}", expect=422)) == (422, "invalid", ["vendor_id"])
    for method, path in (
        ("POST", f"/{kind}"),
        ("PUT", f"/{kind}/{made['id']}"),
        ("DELETE", f"/{kind}/{made['id']}"),
    ):
        assert (login.call(method, path, {"name": "B"})).status == 403
    stranger, _ = cast.household(of=cast.vendor())
    assert stranger.get(mine).json == {"items": [], "next": None}
    stranger.get(f"/{kind}/{made['id']}", expect=404)
    login.get(f"{mine}&vendor_id=1", expect=422)


def test_an_ended_link_reads_nothing(cast: Cast, milkman: Api) -> None:
    login, row = cast.household(of=milkman)
    milk = counted(milkman, 3)
    login.get(f"/products/{milk}", expect=200)
    milkman.delete(f"/customer/{row}/invite", expect=204)
    login.get(f"/products/{milk}", expect=404)
    assert login.get(f"/products?vendor_id={milkman.user['id']}")["items"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_click_adds_once(milkman: Api, kind: str) -> None:
    body: dict[str, Any] = {"name": "Thing"}
    if kind == "packages":
        body["components"] = [{"product_id": product(milkman, name="Part"), "quantity": 1}]
    headers = {"Idempotency-Key": "one"}
    first = milkman.post(f"/{kind}", body, expect=201, headers=headers)
    again = milkman.post(f"/{kind}", body, expect=201, headers=headers)
    assert again.json == first.json
    assert again.response.headers["Idempotent-Replayed"] == "true"
    assert len(milkman.get(f"/{kind}?q=thing")["items"]) == 1


def test_packages_of_one_page_take_as_many_statements_as_one(milkman: Api) -> None:
    new(milkman, "packages")
    asked: list[int] = []

    def heard(*_: Any) -> None:
        asked[-1] += 1

    event.listen(db.engine, "before_cursor_execute", heard)
    try:
        for _ in range(2):
            asked.append(0)
            milkman.get("/packages", expect=200)
            for _ in range(5):
                asked.append(0)
                new(milkman, "packages")
        asked.append(0)
        milkman.get("/packages", expect=200)
    finally:
        event.remove(db.engine, "before_cursor_execute", heard)
    assert asked[0] == asked[-1]
