"""The pages about a login."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import PASSWORD, Api, Cast
from vendorapp.accounts import service
from vendorapp.kernel.database import transaction


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def test_signing_in(browser: Browser, cast: Cast) -> None:
    asha = cast.customer_login()
    browser.sign_in(asha)
    assert browser.location == "/"
    (cookie,) = [one for one in browser.response.headers.getlist("Set-Cookie") if one.startswith("session=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires=" in cookie
    browser.get("/settings")
    assert browser.value("name") == "Asha Sharma"


def test_the_phone_may_be_typed_as_people_do(browser: Browser, cast: Cast) -> None:
    cast.customer_login(phone_number="+919811122233")
    for typed in ("98111 22233", "098111-22233", " +91 98111 22233 "):
        Browser(browser.client.application).get("/sign-in").submit(phone_number=typed, password=PASSWORD)


def test_a_wrong_password_keeps_the_input(browser: Browser, cast: Cast) -> None:
    asha = cast.customer_login()
    browser.get("/sign-in?next=/settings")
    for phone in (asha.user["phone_number"], "+919999999999"):
        browser.submit(401, phone_number=phone, password="wrong horse")
        assert "phone number or the password is wrong" in browser.text
        assert browser.value("phone_number") == phone
        assert browser.value("password") == ""
        assert browser.value("next") == "/settings"
    browser.submit(phone_number=asha.user["phone_number"], password=PASSWORD)
    assert browser.location == "/settings"


@pytest.mark.parametrize(
    ("phone", "password", "field"),
    [
        ("", PASSWORD, "phone_number"),
        ("nonsense", PASSWORD, "phone_number"),
        ("98111\u0000", PASSWORD, "phone_number"),
        ("9" * 3000, PASSWORD, "phone_number"),
        ("+919811122233", "", "password"),
        ("+919811122233", "x" * 1001, "password"),
    ],
)
def test_faults_stand_beside_their_field(browser: Browser, phone: str, password: str, field: str) -> None:
    browser.get("/sign-in").submit(422, phone_number=phone, password=password)
    assert browser.error(field)


def test_page_and_api_count_failures_together(browser: Browser, cast: Cast) -> None:
    asha = cast.customer_login()
    phone = asha.user["phone_number"]
    for _ in range(6):
        Api(asha.app).post("/login", {"phone_number": phone, "password": "wrong"}, expect=401)
    browser.get("/sign-in")
    for _ in range(4):
        browser.submit(401, phone_number=phone, password="wrong horse")
    browser.submit(429, phone_number=phone, password=PASSWORD)
    assert "Too many wrong passwords" in browser.text
    assert int(browser.response.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/customers\r\nX: y",
        " //evil.example",
        "evil",
        "",
    ],
)
def test_nobody_is_led_astray(browser: Browser, cast: Cast, target: str) -> None:
    asha = cast.customer_login()
    page = browser.open("/sign-in", query_string={"next": target})
    assert page.status_code == 200
    browser.get("/sign-in")
    browser.post("/sign-in", phone_number=asha.user["phone_number"], password=PASSWORD, next=target)
    assert browser.location == "/"
    # Signed in already: the same.
    page = browser.open("/sign-in", query_string={"next": target})
    assert (page.status_code, page.headers["Location"]) == (302, "/")


def test_a_page_asks_to_sign_in_and_comes_back(browser: Browser, cast: Cast) -> None:
    vendor = cast.vendor()
    browser.get("/customers?q=asha", 302)
    browser.get(browser.location)
    browser.submit(phone_number=vendor.user["phone_number"], password=PASSWORD)
    assert browser.location == "/customers?q=asha"


def test_signing_out_ends_the_sign_in(browser: Browser, cast: Cast) -> None:
    asha = cast.customer_login()
    browser.sign_in(asha)
    stolen = browser.client.get_cookie("session")
    assert stolen
    browser.get("/settings").post("/sign-out")
    assert browser.location == "/sign-in"
    browser.get("/settings", 302)
    browser.client.set_cookie("session", stolen.value)
    browser.get("/settings", 302)
    assert asha.get("/me").json == asha.user


@pytest.mark.parametrize("token", [None, "", "nonsense"])
def test_a_post_needs_the_csrf_token(browser: Browser, cast: Cast, token: str | None) -> None:
    browser.sign_in(cast.vendor())
    fields = {} if token is None else {"csrf_token": token}
    for path in ("/sign-out", "/settings", "/settings/password", "/customers/new"):
        response = browser.open(path, "POST", data={"name": "Changed", **fields})
        assert response.status_code == 403, path
    assert browser.get("/settings").value("name") == "Ramesh Yadav"


@pytest.mark.parametrize("path", ["/sign-in", "/register", "/reset/x"])
def test_open_forms_need_the_csrf_token_too(browser: Browser, path: str) -> None:
    assert browser.open(path, "POST", data={"name": "x"}).status_code == 403


def test_the_api_by_cookie_needs_the_csrf_token(browser: Browser, cast: Cast) -> None:
    browser.sign_in(cast.vendor())
    browser.get("/settings")
    body = {"name": "Asha", "phone_number": "9811122233"}
    refused = browser.open("/v1/customers", "POST", json=body)
    assert (refused.status_code, refused.json["code"]) == (403, "csrf_failed")  # type: ignore[index]
    headers = {"X-CSRFToken": browser.csrf()}
    assert browser.open("/v1/customers", "POST", json=body, headers=headers).status_code == 201
    assert browser.open("/v1/customers").status_code == 200


NEW: dict[str, Any] = {
    "name": "Asha Sharma",
    "phone_number": "98111 22233",
    "password": PASSWORD,
    "user_type": "customer",
}


def test_registering_signs_in(browser: Browser) -> None:
    browser.get("/register").submit(**NEW)
    assert browser.location == "/"
    me = browser.open("/v1/me").json
    assert me
    assert (me["name"], me["phone_number"], me["user_type"]) == (
        "Asha Sharma",
        "+919811122233",
        "customer",
    )


@pytest.mark.parametrize("currency", ["", "USD"])
def test_a_vendor_registers_with_a_business(browser: Browser, currency: str) -> None:
    fields = {
        "user_type": "vendor",
        "phone_number": "+256 781 224508",
        "business_name": "Kampala Sodas",
        "currency": currency,
    }
    browser.get("/register").submit(**NEW | fields)
    me = browser.open("/v1/me").json
    assert me
    assert me["vendor"] == {
        "business_name": "Kampala Sodas",
        "currency": currency or "UGX",
        "timezone": "Africa/Kampala",
        "cut_off": "20:00",
        "upi_id": None,
    }


def test_a_business_without_a_name_has_the_vendors(browser: Browser) -> None:
    browser.get("/register").submit(**NEW | {"user_type": "vendor"})
    me = browser.open("/v1/me").json
    assert me
    vendor = me["vendor"]
    assert [vendor[name] for name in ("business_name", "currency", "timezone")] == [
        "Asha Sharma",
        "INR",
        "Asia/Kolkata",
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "a\u0007b"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"phone_number": "12"}, "phone_number"),
        ({"password": "short"}, "password"),
        ({"user_type": None}, "user_type"),
        ({"user_type": "admin"}, "user_type"),
        ({"user_type": "vendor", "currency": "XYZ"}, "currency"),
        ({"user_type": "vendor", "business_name": "a\u0000"}, "business_name"),
    ],
)
def test_registering_with_a_fault(browser: Browser, change: dict[str, Any], field: str) -> None:
    browser.get("/register").submit(422, **NEW | change)
    assert browser.error(field)
    assert browser.open("/v1/me").status_code == 401
    if "name" not in change:
        assert browser.value("name") == "Asha Sharma"


def test_registering_a_taken_phone(browser: Browser, cast: Cast) -> None:
    cast.vendor(phone_number="+919811122233")
    browser.get("/register").submit(422, **NEW)
    assert browser.error("phone_number") == "This phone number is registered already."


@pytest.fixture
def one_an_hour(app: Flask) -> Iterator[None]:
    usual = app.config["REGISTER_LIMIT"]
    app.config["REGISTER_LIMIT"] = "1/hour"
    yield
    app.config["REGISTER_LIMIT"] = usual


@pytest.mark.usefixtures("one_an_hour")
def test_page_and_api_share_the_limit(browser: Browser, api: Api) -> None:
    body = NEW | {"phone_number": "+919811122234"}
    api.post("/register", body, expect=201)
    for _ in range(3):
        browser.get("/register")
    browser.submit(429, **NEW)
    assert browser.open("/v1/me").status_code == 401


def test_settings_of_a_vendor(browser: Browser, cast: Cast) -> None:
    vendor = cast.vendor(address="here", email="r@example.com")
    browser.sign_in(vendor)
    browser.get("/settings").submit(
        name="Ramesh K Yadav",
        phone_number="97111 11111",
        email="",
        address="Lane 4\r\nHouse 2",
        locale="hi",
        business_name="Yadav Milk",
        timezone="Asia/Dubai",
        cut_off="19:30",
        upi_id="yadav@upi",
    )
    assert browser.location == "/settings"
    me = vendor.get("/me").json
    assert me == {
        "id": vendor.user["id"],
        "name": "Ramesh K Yadav",
        "phone_number": "+919711111111",
        "email": None,
        "address": "Lane 4\nHouse 2",
        "user_type": "vendor",
        "locale": "hi",
        "vendor": {
            "business_name": "Yadav Milk",
            "currency": "INR",
            "timezone": "Asia/Dubai",
            "cut_off": "19:30",
            "upi_id": "yadav@upi",
        },
    }
    # Sent again as it stands, nothing changes.
    browser.get("/settings").submit(at="/settings")
    assert vendor.get("/me").json == me


def test_settings_of_a_customer_have_no_business(browser: Browser, cast: Cast) -> None:
    asha = cast.customer_login()
    browser.sign_in(asha)
    browser.get("/settings")
    assert "Business" not in browser.text
    browser.post(
        "/settings",
        name="Asha",
        phone_number=asha.user["phone_number"],
        locale="en",
        business_name="Mine",
        user_type_id="2",
        password_hash="x",
    )
    assert asha.get("/me").json == asha.user | {"name": "Asha"}


def test_what_the_language_or_zone_was_stays_choosable(browser: Browser, cast: Cast) -> None:
    vendor = cast.vendor(locale="pt-BR", timezone="Asia/Calcutta")
    browser.sign_in(vendor)
    browser.get("/settings").submit(name="Ramesh K")
    me = vendor.get("/me")
    assert (me["name"], me["locale"], me["vendor"]["timezone"]) == (
        "Ramesh K",
        "pt-BR",
        "Asia/Calcutta",
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("phone_number", "12"),
        ("email", "nobody"),
        ("address", "x" * 2001),
        ("locale", "xx"),
        ("business_name", ""),
        ("timezone", "Mars/Base"),
        ("cut_off", "25:00"),
        ("upi_id", "not one"),
    ],
)
def test_settings_with_a_fault(browser: Browser, cast: Cast, field: str, value: str) -> None:
    vendor = cast.vendor()
    browser.sign_in(vendor)
    browser.get("/settings").submit(422, **{"name": "Changed", field: value})
    assert browser.error(field)
    assert vendor.get("/me").json == vendor.user


def test_settings_with_a_taken_phone(browser: Browser, cast: Cast) -> None:
    vendor, other = cast.vendor(), cast.vendor()
    browser.sign_in(vendor)
    browser.get("/settings").submit(422, phone_number=other.user["phone_number"], name="Changed")
    assert browser.error("phone_number")
    assert vendor.get("/me").json == vendor.user


def test_a_new_password_signs_other_devices_out(browser: Browser, cast: Cast) -> None:
    asha = cast.customer_login()
    browser.sign_in(asha)
    change: dict[str, Any] = {"current_password": PASSWORD, "password": "another horse"}
    browser.get("/settings")
    browser.submit(422, at="/settings/password", **change | {"current_password": "wrong horse"})
    assert browser.error("current_password")
    browser.submit(422, **change | {"password": "short"})
    assert browser.error("password")
    asha.get("/me")
    browser.submit(**change)
    asha.get("/me", expect=401)
    browser.get("/settings")
    Browser(browser.client.application).sign_in(asha, "another horse")


def test_a_reset_link(browser: Browser, cast: Cast) -> None:
    asha = cast.customer_login()
    with transaction():
        token = service.begin_reset(asha.user["phone_number"])
    browser.get(f"/reset/{token}").submit(422, password="short")
    assert browser.error("password")
    browser.submit(password="another horse")
    assert browser.location == "/sign-in"
    browser.sign_in(asha, "another horse")
    asha.get("/me", expect=401)
    other = Browser(browser.client.application)
    for dead in (token, "nothing"):
        other.get(f"/reset/{dead}", 410)


def test_who_is_signed_in_needs_no_door(browser: Browser, cast: Cast) -> None:
    browser.sign_in(cast.vendor())
    for path in ("/sign-in", "/register"):
        assert browser.get(path, 302).location == "/"


def test_pages_are_not_kept(browser: Browser) -> None:
    for path in ("/sign-in", "/register"):
        browser.get(path)
        assert browser.response.headers["Cache-Control"] == "no-store"
        assert "unsafe-inline" not in browser.response.headers["Content-Security-Policy"]


def test_no_page_is_heavy(browser: Browser, cast: Cast) -> None:
    sizes = {path: len(browser.get(path).response.get_data()) for path in ("/sign-in", "/register")}
    browser.sign_in(cast.vendor())
    sizes["/settings"] = len(browser.get("/settings").response.get_data())
    assert max(sizes.values()) < 30_000, sizes
