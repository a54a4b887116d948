"""Every page, seen by each role in light and dark: no fault of accessibility, valid, and it fits a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import html5lib
import pytest

from tests.browser.conftest import PHONE, Person
from tests.cast import Api, Cast
from tests.on_demand.extras import asked, entered, step
from tests.records.orders import agreed

pytestmark = pytest.mark.xdist_group("browser")

AXE = (Path(__file__).parent.parent / "vendor" / "axe-core-4.14.1" / "axe.min.js").read_text("utf-8")
FAULTS = """async () => (await axe.run()).violations.map(
    (one) => one.id + ": " + one.nodes.map((node) => node.html.slice(0, 200)).join(" | "))"""
DESKTOP = {"width": 1280, "height": 900}
SERVED = {"status": "served"}


def look_at(person: Person, path: str) -> list[str]:
    """What is wrong with one page, in words."""
    page = person.page
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 200, (path, answer.status)
    page.wait_for_load_state("networkidle")
    html5lib.HTMLParser(strict=True).parse(answer.text())
    found = []
    page.evaluate(AXE)
    for theme, size in (("light", PHONE), ("dark", PHONE), ("light", DESKTOP)):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.set_viewport_size(size)  # type: ignore[arg-type]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > size["width"]:
            found.append(f"{path} {theme}: {wide} px wide on {size['width']}")
        found += [f"{path} {theme} {size['width']}: {fault}" for fault in page.evaluate(FAULTS)]
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    return found


@pytest.fixture
def dairy(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def life(cast: Cast, dairy: Api) -> tuple[Api, int, int, int]:
    """A household with a disputed day, a change to answer and one that waits: login, row, order, change."""
    login, row_id = cast.household(of=dairy, address="12 Lake Road", opening_balance="540")
    order_id = agreed(dairy, login, row_id)
    curd = agreed(dairy, login, row_id, item_name="Curd", unit="kg")
    dairy.post(f"/order/{order_id}/attendance", {})
    login.post(f"/order/{order_id}/attendance", {"status": "skipped", "note": "Nobody came."})
    dairy.post(f"/order/{curd}/attendance", {"quantity": "3"})
    change = dairy.put(f"/order/{order_id}", {"quantity": "3", "rate": "56"}, expect=202)["change"]["id"]
    login.put(f"/order/{curd}", {"weekdays": [1, 2, 3, 4, 5, 6]}, expect=202)
    dairy.post("/orders", {"customer_id": row_id, "item_name": "Paneer", "rate": "90"}, expect=201)
    return login, row_id, order_id, change


@pytest.fixture
def extras(dairy: Api, life: tuple[Api, int, int, int]) -> list[str]:
    """The pages of what was asked for once, in each state."""
    login, row_id, _, _ = life
    open_, offered, agreed_on, no = (asked(login, dairy, message="For Sunday") for _ in range(4))
    step(dairy, offered, "accept", rate="90")
    step(dairy, no, "decline", reason="None left")
    step(dairy, agreed_on, "accept", rate="80")
    step(login, agreed_on, "accept")
    mine, served, disputed = (entered(dairy, row_id, **more) for more in ({}, SERVED, SERVED))
    step(login, disputed, "decline", reason="Never came")
    shown = [open_, offered, agreed_on, no, mine, served, disputed]
    return ["/requests", *(f"/requests/{one}" for one in shown), f"/requests/{open_}/change"]


@pytest.fixture
def shop(dairy: Api) -> list[str]:
    """The pages of what the dairy sells."""
    body = {"name": "Butter", "rate": "55", "unit": "pack", "category": "dairy", "returnable": True}
    product = dairy.post("/products", body, expect=201)["id"]
    dairy.post(
        "/stock-transactions", {"transaction": "add", "product_id": product, "quantity": 9}, expect=201
    )
    dairy.post("/products", {"name": "Sweets"}, expect=201)
    parts = [{"product_id": product, "quantity": 2}]
    package = dairy.post("/packages", {"name": "Set", "rate": "100", "components": parts}, expect=201)["id"]
    service = dairy.post("/services", {"name": "Repair", "rate": "20"}, expect=201)["id"]
    return [
        *(f"/catalogue?kind={kind}" for kind in ("product", "package", "service")),
        *(f"/catalogue/{kind}s/new" for kind in ("product", "package", "service")),
        *(f"/catalogue/products/{product}{rest}" for rest in ("", "/edit", "/empties")),
        f"/catalogue/packages/{package}",
        f"/catalogue/services/{service}",
    ]


@pytest.fixture
def money(dairy: Api, life: tuple[Api, int, int, int], shop: list[str]) -> tuple[list[str], list[str]]:
    """The pages of money: those of both sides, and the vendor's own."""
    login, row_id, _, _ = life
    cakes = [entered(dairy, row_id, **SERVED) for _ in range(3)]
    paid = [
        dairy.post("/payments", {"customer_id": row_id, "amount": "100", **more}, expect=201)["payment"]["id"]
        for more in ({}, {"allocate": "none"}, {"method": "upi", "note": "At the door"})
    ]
    claim = login.post("/payments", {"vendor_id": dairy.user["id"], "amount": "50"}, expect=201)
    dairy.post(f"/payments/{paid[2]}/reverse", {"reason": "False note"}, expect=200)
    invoices = [
        dairy.post("/invoices", {"customer_id": row_id, "orders": [{"id": one}]}, expect=201)["id"]
        for one in cakes[:2]
    ]
    bill = dairy.post("/bills", {"customer_id": row_id, "invoices": invoices[:1]}, expect=201)["id"]
    sold = {"item_name": "Cake", "rate": "13"}
    counter = dairy.post("/payments", {"amount": "13", "item": "order", "order": sold}, expect=201)
    dairy.post("/adjustments", {"customer_id": row_id, "amount": "-5", "reason": "Sour"}, expect=201)
    both = ["/payments", "/payments?status=claimed", "/invoices", "/bills", f"/bills/{bill}"]
    both += [f"/payments/{one}" for one in (*paid, claim["payment"]["id"])]
    both += [f"/invoices/{one}" for one in invoices]
    this = dairy.get(f"/finance/customer/month/{row_id}")["month"]
    both += [f"/customers/{row_id}{rest}" for rest in ("", "/open", f"/statement/{this}")]
    vendors = ["/counter", f"/counter?customer={row_id}", f"/payments/{counter['payment']['id']}"]
    vendors += [f"/payments/new?{what}" for what in (f"customer={row_id}", f"invoice={invoices[1]}")]
    vendors += [f"/customers/{row_id}{rest}" for rest in ("/correct", "/invoice", "/bill")]
    return both, vendors


def test_pages_of_what_is_sold(person: Callable[..., Person], dairy: Api, shop: list[str]) -> None:
    vendor = person(reduced_motion="reduce")
    vendor.sign_in(dairy)
    assert [fault for path in shop for fault in look_at(vendor, path)] == []


def test_pages_of_money(
    person: Callable[..., Person],
    dairy: Api,
    life: tuple[Api, int, int, int],
    money: tuple[list[str], list[str]],
) -> None:
    both, vendors = money
    vendor, asha = person(reduced_motion="reduce"), person(reduced_motion="reduce")
    vendor.sign_in(dairy)
    asha.sign_in(life[0])
    found = [fault for path in [*both, *vendors, "/requests"] for fault in look_at(vendor, path)]
    claiming = f"/payments/new?vendor={dairy.user['id']}"
    found += [fault for path in [*both, claiming, "/"] for fault in look_at(asha, path)]
    assert found == []


def test_three_taps_at_the_counter(person: Callable[..., Person], dairy: Api, shop: list[str]) -> None:
    """With JavaScript only a part of the page is put in again; what is typed meanwhile stays."""
    vendor = person()
    page = vendor.sign_in(dairy)
    page.goto("/counter")
    page.wait_for_load_state("networkidle")
    page.click(".tile:has-text('Butter')")
    page.click("text=Take ₹55.00")
    page.wait_for_url("**/payments/*")
    assert "Paid at the counter." in vendor.main
    page.goto("/counter")
    page.wait_for_load_state("networkidle")
    page.click(".tile:has-text('Sweets')")
    page.fill("[name=lines-0-rate]", "12.50")
    page.fill("[name=lines-0-quantity]", "3")
    page.press("[name=lines-0-quantity]", "Tab")
    page.click("text=Take ₹37.50")
    page.wait_for_url("**/payments/*")
    assert dairy.get("/payments")["items"][0]["amount"] == "37.50"


def test_pages_for_everybody(person: Callable[..., Person]) -> None:
    somebody = person(reduced_motion="reduce")
    found = [
        fault for path in ("/", "/sign-in", "/register", "/offline") for fault in look_at(somebody, path)
    ]
    assert found == []


def test_pages_of_a_vendor(
    person: Callable[..., Person],
    dairy: Api,
    cast: Cast,
    life: tuple[Api, int, int, int],
    extras: list[str],
) -> None:
    _, row_id, order_id, change_id = life
    lonely = cast.row(dairy, name="Bina")["id"]
    vendor = person(reduced_motion="reduce")
    vendor.sign_in(dairy)
    paths = ["/today", "/customers", "/customers?q=zzz", "/customers/new", "/inbox", "/inbox?unread=true"]
    paths += [f"/customers/{row_id}{rest}" for rest in ("", "/edit", "/invite")]
    paths += [f"/customers/{lonely}", f"/customers/{lonely}/invite", "/devices", "/settings"]
    paths += [f"/orders/new?customer={row_id}", f"/changes/{change_id}"]
    paths += [*extras, "/requests/new", f"/requests/new?customer={row_id}", "/requests?part=changes"]
    paths += [f"/orders/{order_id}{rest}" for rest in ("", "/day", "/change", "/end")]
    assert [fault for path in paths for fault in look_at(vendor, path)] == []


def test_pages_of_a_customer(
    person: Callable[..., Person], dairy: Api, life: tuple[Api, int, int, int], extras: list[str]
) -> None:
    login, row_id, order_id, change_id = life
    asha = person(reduced_motion="reduce")
    asha.sign_in(login)
    paths = ["/", f"/customers/{row_id}", "/inbox", "/devices", "/settings", f"/changes/{change_id}"]
    paths += [f"/orders/{order_id}{rest}" for rest in ("", "/day", "/change", "/end")]
    paths += [f"/orders/new?vendor={dairy.user['id']}", f"/requests/new?vendor={dairy.user['id']}", *extras]
    assert [fault for path in paths for fault in look_at(asha, path)] == []


def test_pages_with_nothing_on_them(person: Callable[..., Person], cast: Cast) -> None:
    found = []
    for login, paths in (
        (cast.vendor(), ("/today", "/customers", "/requests", "/inbox", "/devices", "/counter", "/payments")),
        (cast.customer_login(), ("/", "/requests", "/inbox", "/payments", "/invoices")),
    ):
        newcomer = person(reduced_motion="reduce")
        newcomer.sign_in(login)
        found += [fault for path in paths for fault in look_at(newcomer, path)]
    assert found == []
