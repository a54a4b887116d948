"""The pages of the book and of invites."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import PASSWORD, Api, Cast
from vendorapp.customers import service
from vendorapp.kernel.database import transaction


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def browser(app: Flask, milkman: Api) -> Browser:
    """The milkman's."""
    return Browser(app).sign_in(milkman)


def test_an_empty_book_says_what_to_do(browser: Browser) -> None:
    browser.get("/customers")
    assert "No customers yet" in browser.text
    browser.get("/customers?q=nobody")
    assert "Nobody found" in browser.text


def test_the_book_says_who_pays_whom(browser: Browser, milkman: Api, cast: Cast) -> None:
    cast.row(milkman, name="Asha", opening_balance="1234567.5")
    cast.row(milkman, name="Bala", opening_balance="-20")
    cast.row(milkman, name="Chitra")
    browser.get("/customers")
    assert "₹12,34,567.50you get" in browser.text
    assert "₹20.00you give back" in browser.text
    assert "–all settled" in browser.text
    cast.row(cast.vendor(), name="Neighbour's")
    assert "Neighbour" not in browser.get("/customers").text


def test_search_status_and_order(browser: Browser, milkman: Api, cast: Cast) -> None:
    ids = {name: cast.row(milkman, name=name)["id"] for name in ("Asha", "Bala", "Usha")}
    with transaction():
        service.deactivate(milkman.user["id"], ids["Usha"])

    def shown(query: str) -> list[str]:
        browser.get(f"/customers?{query}")
        links = [a for a in browser.tree.iter("a") if a.get("href", "").startswith("/customers/")]
        other = ("/customers/new", "/customers/import")
        return [str(a.text) for a in links if a.get("href") not in other]

    assert shown("") == ["Asha", "Bala"]
    assert shown("q=sha") == ["Asha"]
    assert shown("q=sha&status=all&sort=balance") == ["Asha", "Usha"]
    assert browser.value("status") == "all"
    assert browser.value("sort") == "balance"
    assert shown("status=inactive") == ["Usha"]
    browser.get("/customers?sort=phone", 422)
    browser.get("/customers?cursor=nonsense", 422)


def test_paging(browser: Browser, milkman: Api, cast: Cast) -> None:
    for name in ("Asha", "Bala", "Chitra"):
        cast.row(milkman, name=name)
    browser.get("/customers?limit=2&sort=name")
    (following,) = [a for a in browser.tree.iter("a") if a.get("rel") == "next"]
    browser.get("/customers" + str(following.get("href")))
    assert "Chitra" in browser.text
    assert "Bala" not in browser.text


def test_names_are_text(browser: Browser, milkman: Api, cast: Cast) -> None:
    row = cast.row(milkman, name="<b>Asha</b>", notes="</textarea><script>1</script>")
    browser.get("/customers")
    assert "<b>Asha</b>" in browser.text
    browser.get(f"/customers/{row['id']}/edit")
    assert browser.value("notes") == "</textarea><script>1</script>"


def test_adding(browser: Browser, milkman: Api) -> None:
    browser.get("/customers/new").submit(
        name="Asha Sharma",
        phone_number="098111 22233",
        address="12 Lake Road\r\nsecond floor",
        stop_order="7",
        notes="dog",
        email="asha@example.com",
        opening_amount="1,250.50",
        opening_side="get",
    )
    (row,) = milkman.get("/customers")["items"]
    assert browser.location == f"/customers/{row['id']}"
    assert row | {"created_at": None} == {
        "id": row["id"],
        "name": "Asha Sharma",
        "phone_number": "+919811122233",
        "address": "12 Lake Road\nsecond floor",
        "stop_order": 7,
        "notes": "dog",
        "email": "asha@example.com",
        "status": "active",
        "linked": False,
        "created_at": None,
        "balance": row["balance"],
    }
    assert row["balance"]["owed_by_customer"] == "1250.50"


def test_adding_with_little(browser: Browser, milkman: Api) -> None:
    browser.get("/customers/new").submit(
        name="Asha", phone_number="9811122233", opening_amount="20", opening_side="give"
    )
    (row,) = milkman.get("/customers")["items"]
    assert [row[name] for name in ("address", "stop_order", "notes", "email")] == [None] * 4
    assert row["balance"]["owed_to_customer"] == "20.00"
    assert "Asha is in your book." in browser.get("/customers").text


GOOD = {"name": "Asha", "phone_number": "9811122233"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "a\u0007"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"phone_number": ""}, "phone_number"),
        ({"phone_number": "12"}, "phone_number"),
        ({"phone_number": "a\u0000"}, "phone_number"),
        ({"phone_number": "9" * 41}, "phone_number"),
        ({"email": "nobody"}, "email"),
        ({"address": "x" * 2001}, "address"),
        ({"notes": "a\u0000"}, "notes"),
        ({"stop_order": "-1"}, "stop_order"),
        ({"stop_order": "1.5"}, "stop_order"),
        ({"stop_order": "9" * 5000}, "stop_order"),
        ({"stop_order": "1000001"}, "stop_order"),
        ({"opening_amount": "-5"}, "opening_amount"),
        ({"opening_amount": "NaN"}, "opening_amount"),
        ({"opening_amount": "1.234"}, "opening_amount"),
        ({"opening_amount": "1e5"}, "opening_amount"),
        ({"opening_amount": "5", "opening_side": "both"}, "opening_side"),
    ],
)
def test_adding_with_a_fault(browser: Browser, milkman: Api, change: dict[str, Any], field: str) -> None:
    browser.get("/customers/new").submit(422, **GOOD | {"notes": "dog"} | change)
    assert browser.error(field)
    if "notes" not in change:
        assert browser.value("notes") == "dog"
    assert milkman.get("/customers")["items"] == []


def test_adding_a_known_phone(browser: Browser, milkman: Api, cast: Cast) -> None:
    cast.row(milkman, phone_number="+919811122233")
    browser.get("/customers/new").submit(422, **GOOD)
    assert browser.error("phone_number") == "A customer in your book has this phone number."


def test_changing(browser: Browser, milkman: Api, cast: Cast) -> None:
    row = cast.row(milkman, notes="dog", stop_order=0, email="a@example.com", address="a\nb")
    path = f"/customers/{row['id']}/edit"
    browser.get(path).submit()
    assert milkman.get(f"/customer/{row['id']}").json == row
    browser.get(path).submit(name="Usha", stop_order="", notes="")
    assert browser.location == f"/customers/{row['id']}"
    changed = {"name": "Usha", "stop_order": None, "notes": None}
    assert milkman.get(f"/customer/{row['id']}").json == row | changed
    browser.get(path).submit(422, phone_number="12", name="Lost")
    assert browser.error("phone_number")
    other = cast.row(milkman)
    browser.get(path).submit(422, phone_number=other["phone_number"])
    assert browser.error("phone_number")
    assert milkman.get(f"/customer/{row['id']}").json == row | changed


def test_taking_an_inactive_one_back(browser: Browser, milkman: Api, cast: Cast) -> None:
    row = cast.row(milkman)
    with transaction():
        service.deactivate(milkman.user["id"], row["id"])
    path = f"/customers/{row['id']}"
    browser.get(f"{path}/edit").submit(at=f"{path}/activate")
    assert browser.location == path
    assert milkman.get(f"/customer/{row['id']}")["status"] == "active"


def _link(browser: Browser) -> str:
    """The link to share, as a path."""
    field = browser.tree.find(".//input[@id='share-url']")
    assert field is not None
    return str(field.get("value")).removeprefix("http://127.0.0.1:8000")


def test_an_invite_from_page_to_page(browser: Browser, milkman: Api, cast: Cast) -> None:
    row = cast.row(milkman, opening_balance="5")
    path = f"/customers/{row['id']}"
    browser.get(f"{path}/invite").submit(200)
    link = _link(browser)
    whatsapp = [a for a in browser.tree.iter("a") if "wa.me" in a.get("href", "")]
    assert "%2Finvite%2F" in str(whatsapp[0].get("href")) or link in str(whatsapp[0].get("href"))

    asha = cast.customer_login()
    phone = Browser(browser.client.application)
    phone.get(link)
    assert "Yadav Dairy" in phone.text
    (sign_in,) = [a for a in phone.tree.iter("a") if "/sign-in" in a.get("href", "")]
    phone.get(str(sign_in.get("href")))
    phone.submit(phone_number=asha.user["phone_number"], password=PASSWORD)
    assert phone.location == link
    phone.get(link).submit()
    assert phone.location == "/"
    assert asha.get("/vendors")["items"][0]["customer_id"] == row["id"]

    phone.get(link, 410)
    phone.post(link)
    browser.get(f"{path}/invite").submit(at=f"{path}/unlink")
    assert asha.get("/vendors")["items"] == []
    phone.post(link, 410)


def test_a_new_person_registers_and_comes_back(browser: Browser, milkman: Api, cast: Cast) -> None:
    row = cast.row(milkman)
    browser.get(f"/customers/{row['id']}/invite").submit(200)
    link = _link(browser)
    phone = Browser(browser.client.application).get(link)
    (register,) = [a for a in phone.tree.iter("a") if "/register" in a.get("href", "")]
    phone.get(str(register.get("href")))
    assert phone.value("user_type") == "customer"
    phone.submit(name="Asha", phone_number="9811122233", password=PASSWORD)
    assert phone.location == link
    phone.get(link).submit()
    assert milkman.get(f"/customer/{row['id']}")["linked"] is True


def test_a_link_taken_back(browser: Browser, milkman: Api, cast: Cast) -> None:
    row = cast.row(milkman)
    path = f"/customers/{row['id']}"
    browser.get(f"{path}/invite").submit(200)
    link = _link(browser)
    browser.submit(at=f"{path}/unlink")
    stranger = Browser(browser.client.application)
    for dead in (link, "/invite/nothing", "/invite/%00"):
        stranger.get(dead, 410)


def test_a_vendor_cannot_accept(browser: Browser, milkman: Api, cast: Cast) -> None:
    row = cast.row(milkman)
    browser.get(f"/customers/{row['id']}/invite").submit(200)
    link = _link(browser)
    browser.get(link)
    assert "signed in as a vendor" in browser.text
    browser.post(link, 403)
    assert milkman.get(f"/customer/{row['id']}")["linked"] is False


def test_only_a_signed_in_customer_accepts(browser: Browser, milkman: Api, cast: Cast) -> None:
    row = cast.row(milkman)
    browser.get(f"/customers/{row['id']}/invite").submit(200)
    link = _link(browser)
    stranger = Browser(browser.client.application).get(link)
    stranger.post(link)
    assert stranger.location.startswith("/sign-in")
    asha = Browser(browser.client.application).sign_in(cast.customer_login())
    assert asha.open(link, "POST").status_code == 403  # no CSRF token
    assert milkman.get(f"/customer/{row['id']}")["linked"] is False


def test_a_linked_row_offers_no_link(browser: Browser, milkman: Api, cast: Cast) -> None:
    _, row_id = cast.household(of=milkman)
    browser.get(f"/customers/{row_id}/invite")
    assert "has a login" in browser.text
    browser.post(f"/customers/{row_id}/invite", 409)


def test_foreign_rows_have_no_pages(browser: Browser, cast: Cast) -> None:
    theirs = cast.row(cast.vendor())["id"]
    browser.get("/customers")
    for customer_id in (theirs, 10**30):
        for page in ("edit", "invite"):
            browser.get(f"/customers/{customer_id}/{page}", 404)
        browser.get("/customers")
        for page in ("edit", "invite", "unlink", "activate"):
            browser.post(f"/customers/{customer_id}/{page}", 404, **GOOD)
            browser.get("/customers")


def test_pages_of_the_book_are_the_vendors(app: Flask, cast: Cast) -> None:
    household, row_id = cast.household(of=cast.vendor())
    browser = Browser(app).sign_in(household)
    paths = ("", "/new", f"/{row_id}/edit", f"/{row_id}/invite")
    for path in paths:
        browser.get(f"/customers{path}", 403)
        response = Browser(app).get(f"/customers{path}", 302).response
        assert response.headers["Location"].startswith("/sign-in?next=/customers")
