"""What hurried people type into pages: phones and amounts in every form, and what they see of them."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from vendorapp.kernel.babel import phone


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def page(app: Flask, milkman: Api) -> Browser:
    return Browser(app).sign_in(milkman)


@pytest.mark.parametrize(
    "typed",
    [
        "98001 44813",
        "098001-44813",
        "(0)98001.44813",
        "0091 98001 44813",
        "91 98001 44813",
        "+91-98001-44813",
        "९८००१ ४४८१३",
        "\u202a+91 98001 44813\u202c",
    ],
)
def test_a_phone_may_be_typed_any_way(page: Browser, milkman: Api, typed: str) -> None:
    page.get("/customers/new").submit(name="Asha", phone_number=typed)
    (row,) = milkman.get("/customers")["items"]
    assert row["phone_number"] == "+919800144813"


def test_a_phone_is_read_in_the_vendors_own_country(app: Flask, cast: Cast) -> None:
    okello = cast.vendor(phone_number="+256701000001", currency="UGX", timezone="Africa/Kampala")
    Browser(app).sign_in(okello).get("/customers/new").submit(name="Auma", phone_number="0701 234567")
    (row,) = okello.get("/customers")["items"]
    assert row["phone_number"] == "+256701234567"


def test_no_phone_at_all_is_said_beside_the_field(page: Browser, milkman: Api) -> None:
    page.get("/customers/new").submit(422, name="Asha", phone_number="98001")
    assert page.error("phone_number") == "This is no phone number."
    assert page.value("phone_number") == "98001"
    assert milkman.get("/customers")["items"] == []


def test_a_phone_is_shown_as_people_write_it_and_called_as_machines_do(
    page: Browser, milkman: Api, cast: Cast
) -> None:
    row = cast.row(milkman, phone_number="+919800144813")
    page.get(f"/customers/{row['id']}")
    (link,) = [one for one in page.tree.iter("a") if (one.get("href") or "").startswith("tel:")]
    assert (link.get("href"), link.text) == ("tel:+919800144813", "+91 98001 44813")


def test_what_is_no_phone_stays_as_it_is() -> None:
    assert phone("somebody") == "somebody"
    assert phone("+256701234567") == "+256 701 234567"


@pytest.mark.parametrize(
    ("typed", "owed"), [("₹ 1,250.50", "1250.50"), ("१२५०", "1250.00"), ("Rs.60/-", "60.00")]
)
def test_an_amount_may_be_typed_any_way(page: Browser, milkman: Api, typed: str, owed: str) -> None:
    page.get("/customers/new").submit(name="Asha", phone_number="98001 44813", opening_amount=typed)
    (row,) = milkman.get("/customers")["items"]
    assert row["balance"]["owed_by_customer"] == owed


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("1,25", "This can be read in two ways. Write it like 1250 or 1250.50."),
        ("$5", "This account is kept in INR."),
        ("ten", "An amount like 250 or 250.50 is needed."),
    ],
)
def test_no_sum_is_guessed_at(page: Browser, milkman: Api, typed: str, says: str) -> None:
    page.get("/customers/new").submit(422, name="Asha", phone_number="98001 44813", opening_amount=typed)
    assert page.error("opening_amount") == says
    assert page.value("opening_amount") == typed
    assert milkman.get("/customers")["items"] == []


def test_both_sides_write_amounts_their_own_way(app: Flask, page: Browser, milkman: Api, cast: Cast) -> None:
    login, row_id = cast.household(of=milkman, opening_balance="2000")
    page.get(f"/payments/new?customer={row_id}").submit(amount="₹ 1,000")
    theirs = Browser(app).sign_in(login)
    theirs.get(f"/payments/new?vendor={milkman.user['id']}").submit(422, amount="₹ 60")
    assert theirs.error("amount") == "Write the number alone, without a currency."
    theirs.submit(amount="६०")
    amounts = [one["amount"] for one in milkman.get("/payments")["items"]]
    assert sorted(amounts) == ["1000.00", "60.00"]


def test_an_empty_amount_shows_the_decimals_of_its_currency(app: Flask, page: Browser, cast: Cast) -> None:
    def field(browser: Browser) -> tuple[str | None, str | None]:
        browser.get("/customers/new")
        (one,) = [one for one in browser.tree.iter("input") if one.get("name") == "opening_amount"]
        return one.get("placeholder"), one.get("inputmode")

    assert field(page) == ("0.00", "decimal")
    okello = cast.vendor(currency="UGX", timezone="Africa/Kampala")
    assert field(Browser(app).sign_in(okello)) == ("0", "numeric")
