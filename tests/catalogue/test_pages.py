"""The pages of the catalogue: what a vendor sees and writes down there, without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast

from .steps import MILK, count, counted, empties, product, stock


@pytest.fixture
def browser(app: Flask, milkman: Api) -> Browser:
    """The milkman's."""
    return Browser(app).sign_in(milkman)


def links(browser: Browser, start: str) -> list[str]:
    return [str(a.text) for a in browser.tree.iter("a") if a.get("href", "").startswith(start)]


def test_the_way_there(browser: Browser, cast: Cast, app: Flask) -> None:
    browser.get("/money")
    assert len([a for a in browser.tree.iter("a") if a.get("href") == "/catalogue"]) == 1
    customer = Browser(app).sign_in(cast.customer_login())
    customer.get("/settings")
    assert "Catalogue" not in customer.text
    customer.get("/catalogue", 403)


def test_an_empty_catalogue_says_what_to_do(browser: Browser) -> None:
    for kind, text in (
        ("", "No products yet"),
        ("package", "No packages yet"),
        ("service", "No services yet"),
    ):
        assert text in browser.get(f"/catalogue?kind={kind}").text
    assert "Nothing found" in browser.get("/catalogue?q=x").text
    for wrong in ("kind=bread", "status=on", "cursor=x"):
        browser.get(f"/catalogue?{wrong}", 422)


def test_the_catalogue(browser: Browser, milkman: Api, cast: Cast) -> None:
    milk = milkman.post("/products", MILK, expect=201)["id"]
    counted(milkman, "1234.5", name="Ghee")
    ended = product(milkman, name="Paneer <b>")
    milkman.delete(f"/products/{ended}", expect=200)
    product(cast.vendor(), name="Neighbour's")
    parts = [{"product_id": milk, "quantity": "0.5"}]
    milkman.post("/packages", {"name": "Set", "components": parts}, expect=201)
    milkman.post("/services", {"name": "Repair", "rate": 100, "unit": "hour"}, expect=201)
    browser.get("/catalogue")
    assert links(browser, "/catalogue/products/")[1:] == ["Ghee", "Milk"]
    assert "Milk₹27.50 for 1 bottle · dairy –not counted" in browser.text
    assert "Gheeprice agreed at each sale 1,234.5in stock" in browser.text
    assert "Paneer <b> inactive" in browser.get("/catalogue?status=all").text
    assert links(browser.get("/catalogue?q=DAIR"), "/catalogue/products/")[1:] == ["Milk"]
    assert "SetMilk 0.5 bottleprice agreed at each sale" in browser.get("/catalogue?kind=package").text
    assert "Repair₹100.00 for 1 hour" in browser.get("/catalogue?kind=service").text
    browser.get("/catalogue?kind=product&limit=1")
    (following,) = [a for a in browser.tree.iter("a") if a.get("rel") == "next"]
    assert "Milk" in browser.get("/catalogue" + str(following.get("href"))).text


def test_a_product_is_added_and_changed(browser: Browser, milkman: Api) -> None:
    browser.get("/catalogue/products/new").submit(name="Milk", rate="27.5", unit="bottle", returnable="y")
    (made,) = milkman.get("/products")["items"]
    path = f"/catalogue/products/{made['id']}"
    assert browser.location == path
    assert (made["rate"], made["unit"], made["category"], made["returnable"]) == (
        "27.50",
        "bottle",
        None,
        True,
    )
    assert "Milk is in your catalogue." in browser.get(path).text
    browser.get(f"{path}/edit")
    assert (browser.value("name"), browser.value("rate"), browser.value("returnable")) == (
        "Milk",
        "27.50",
        "y",
    )
    browser.submit(at=None, name="Buffalo milk", rate="", unit="L", category="dairy")
    changed = milkman.get(f"/products/{made['id']}").json
    assert changed == made | {"name": "Buffalo milk", "rate": None, "unit": "L", "category": "dairy"}
    browser.get(f"{path}/edit")
    # An unticked box is not sent at all.
    browser.post(f"{path}/edit", name="Milk", rate="1", unit="", category="")
    changed = milkman.get(f"/products/{made['id']}").json
    assert changed == made | {"rate": "1.00", "unit": None, "category": None, "returnable": False}


def test_faults_stand_beside_their_fields(browser: Browser, milkman: Api) -> None:
    milk = product(milkman)
    for path in ("/catalogue/products/new", f"/catalogue/products/{milk}/edit", "/catalogue/services/new"):
        browser.get(path).submit(422, name=" ", rate="1.234")
        assert "required" in browser.error("name")
        assert browser.value("rate") == "1.234"
        browser.get(path).submit(422, name="Milk", rate="1.234")
        assert browser.error("rate") == "INR amounts have at most 2 decimals."
        assert browser.value("name") == "Milk"
    assert len(milkman.get("/products?status=all")["items"]) == 1


def test_off_sale_and_back(browser: Browser, milkman: Api) -> None:
    milk = product(milkman)
    parts = [{"product_id": milk, "quantity": 1}]
    ids = {
        "products": milk,
        "packages": milkman.post("/packages", {"name": "Set", "components": parts}, expect=201)["id"],
        "services": milkman.post("/services", {"name": "Repair"}, expect=201)["id"],
    }
    for kind, one in ids.items():
        page = f"/catalogue/{kind}/{one}" + ("/edit" if kind == "products" else "")
        for status in ("inactive", "active"):
            browser.get(page).post(f"/catalogue/{kind}/{one}/status", status=status)
            assert milkman.get(f"/{kind}/{one}")["status"] == status
            browser.get(browser.location)
            assert ("on sale" in browser.text) is True
        browser.post(f"/catalogue/{kind}/{one}/status", 422, status="gone")
        browser.post(f"/catalogue/{kind}/{one + 1000}/status", 404, status="inactive")


def test_stock_comes_and_goes(browser: Browser, milkman: Api) -> None:
    milk = product(milkman, unit="bottle")
    path = f"/catalogue/products/{milk}"
    assert "In stocknot counted" in browser.get(path).text
    browser.submit(quantity="20", reason="from the dairy")
    assert browser.location == path
    assert "Written down. In stock now: 20 bottle." in browser.get(path).text
    assert "+20 bottlefrom the dairy" in browser.text
    assert "0 → 20" in browser.text
    browser.submit(transaction="remove", quantity="1.5")
    assert "−1.5 bottle" in browser.get(path).text
    assert count(milkman, milk) == "18.5"
    browser.submit(409, transaction="remove", quantity="19")
    assert "There is not that much in stock." in browser.text
    assert (browser.value("quantity"), browser.value("transaction")) == ("19", "remove")
    browser.get(path).submit(422, quantity="")
    assert "required" in browser.error("quantity")
    assert count(milkman, milk) == "18.5"


def test_a_count_that_changed_meanwhile_is_shown_first(browser: Browser, milkman: Api) -> None:
    milk = counted(milkman, 10)
    path = f"/catalogue/products/{milk}"
    browser.get(path)
    assert stock(milkman, milk, 5).status == 201
    browser.submit(409, quantity="1")
    assert "The stock has changed meanwhile." in browser.text
    assert "In stock15" in browser.text
    assert count(milkman, milk) == "15"
    browser.submit(quantity="1")
    assert count(milkman, milk) == "16"
    # The same form again, as a second tap sends it.
    browser.submit(409, quantity="1")
    assert count(milkman, milk) == "16"


def test_old_moves_are_paged(browser: Browser, milkman: Api) -> None:
    milk = product(milkman)
    for quantity in (1, 2, 3):
        assert stock(milkman, milk, quantity).status == 201
    path = f"/catalogue/products/{milk}"
    browser.get(f"{path}?limit=2")
    (following,) = [a for a in browser.tree.iter("a") if a.get("rel") == "next"]
    assert "0 → 1" not in browser.text
    assert "0 → 1" in browser.get(path + str(following.get("href"))).text


def test_empties(browser: Browser, milkman: Api, cast: Cast) -> None:
    milk = counted(milkman, 20, name="Milk", returnable=True)
    asha, bina = cast.row(milkman, name="Asha")["id"], cast.row(milkman, name="Bina")["id"]
    cast.row(cast.vendor(), name="Asha of the neighbour")
    path = f"/catalogue/products/{milk}/empties"
    assert "Empties out0with 0 customers" in browser.get(f"/catalogue/products/{milk}").text
    assert "All empties are back" in browser.get(path).text
    assert links(browser.get(f"{path}?q=a"), f"{path}/") == ["Asha", "Bina"]
    browser.get(f"{path}/{asha}").submit(way="out", quantity="6")
    assert browser.location == path
    assert "Written down. Asha has 6 now." in browser.get(path).text
    browser.get(f"{path}/{asha}").submit(way="back", quantity="2", reason="washed")
    browser.get(f"{path}/{bina}").submit(quantity="1")
    assert "Asha 4to come back" in browser.get(path).text
    assert "Bina -1brought back more" in browser.text
    assert "3 are with your customers" in browser.text
    assert empties() == {(asha, milk): 4000, (bina, milk): -1000}
    assert count(milkman, milk) == "17"
    assert "Bina" not in browser.get(f"{path}?q=ash").text
    assert links(browser.get(f"{path}?q={cast_phone(milkman, bina)}"), f"{path}/") == ["Bina"]
    page = browser.get(f"/catalogue/products/{milk}")
    assert "+2 empties backAsha · washed" in page.text
    assert "Empties out3with 2 customers" in page.text
    browser.get(f"{path}/{asha}").submit(422, quantity="x")
    assert "number" in browser.error("quantity")
    browser.get(f"{path}/{asha}").submit(409, way="out", quantity="18")
    assert "There is not that much in stock." in browser.text


def cast_phone(milkman: Api, row: int) -> str:
    return str(milkman.get(f"/customer/{row}")["phone_number"])[-6:]


def test_a_package_is_put_together(browser: Browser, milkman: Api) -> None:
    milk, bread = product(milkman, name="Milk", unit="L"), product(milkman, name="Bread")
    browser.get("/catalogue/packages/new").submit(422, name="Breakfast", rate="60")
    assert browser.error("product") == "Choose what is in the package."
    assert browser.value("name") == "Breakfast"
    more: Any = {"more": "1"}
    browser.submit(200, name="Breakfast", rate="60", product=str(milk), amount="0.5", **more)
    assert milkman.get("/packages")["items"] == []
    assert browser.value("components-0-quantity") == "0.5"
    browser.submit(product=str(bread), more=None)
    assert browser.location == "/catalogue?kind=package"
    (made,) = milkman.get("/packages")["items"]
    parts = [(one["name"], one["quantity"]) for one in made["components"]]
    assert (made["name"], made["rate"], parts) == ("Breakfast", "60.00", [("Milk", "0.5"), ("Bread", "1")])
    path = f"/catalogue/packages/{made['id']}"
    browser.get(path).submit(422, **{"components-0-quantity": "x", "name": "Brunch"})
    assert "number" in browser.error("components-0-quantity")
    assert browser.value("name") == "Brunch"
    emptied: Any = {"components-0-quantity": "", "components-1-quantity": "2", "rate": ""}
    browser.get(path).submit(**emptied)
    changed = milkman.get(f"/packages/{made['id']}").json
    assert changed["components"] == [{"product_id": bread, "name": "Bread", "quantity": "2"}]
    assert changed["rate"] is None
    browser.get(path).submit(422, **{"components-0-quantity": ""})
    assert browser.error("product") == "Choose what is in the package."


def test_a_package_with_an_inactive_product(browser: Browser, milkman: Api) -> None:
    milk = product(milkman, name="Milk")
    parts = [{"product_id": milk, "quantity": 1}]
    made = milkman.post("/packages", {"name": "Set", "components": parts}, expect=201).json
    milkman.delete(f"/products/{milk}", expect=200)
    path = f"/catalogue/packages/{made['id']}"
    assert "Milk inactive" in browser.get(path).text
    browser.submit(name="Old set")
    assert milkman.get(f"/packages/{made['id']}").json == made | {"name": "Old set"}
    doubled: Any = {"components-0-quantity": "2"}
    browser.get(path).submit(422, **doubled)
    assert browser.error("components-0-quantity") == "This product is inactive."


def test_a_service(browser: Browser, milkman: Api) -> None:
    browser.get("/catalogue/services/new").submit(name="Repair", unit="hour")
    (made,) = milkman.get("/services")["items"]
    assert (made["rate"], made["unit"]) == (None, "hour")
    browser.get(f"/catalogue/services/{made['id']}").submit(name="Repair", rate="100", unit="")
    changed = milkman.get(f"/services/{made['id']}").json
    assert changed == made | {"rate": "100.00", "unit": None}


def test_another_vendors_pages_do_not_exist(browser: Browser, milkman: Api, cast: Cast) -> None:
    other = cast.vendor()
    theirs, milk = product(other), product(milkman)
    parts = [{"product_id": theirs, "quantity": 1}]
    package = other.post("/packages", {"name": "Set", "components": parts}, expect=201)["id"]
    service = other.post("/services", {"name": "Repair"}, expect=201)["id"]
    row, own_row = cast.row(other)["id"], cast.row(milkman)["id"]
    browser.get("/catalogue")
    for path in (
        f"products/{theirs}",
        f"products/{theirs}/edit",
        f"products/{theirs}/empties/{own_row}",
        f"products/{milk}/empties/{row}",
        f"packages/{package}",
        f"services/{service}",
    ):
        browser.get(f"/catalogue/{path}", 404)
        browser.get("/catalogue").post(f"/catalogue/{path}", 404, name="Mine", quantity="1", way="back")
    browser.get(f"/catalogue/products/{theirs}/empties", 404)
    browser.get("/catalogue/packages/new")
    browser.post(
        "/catalogue/packages/new",
        404,
        **{"name": "Mine", "components-0-product_id": str(theirs), "components-0-quantity": "1"},
    )
    assert milkman.get("/packages")["items"] == []
