"""The story of the product: two people, two phones, one sum."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.cast import PASSWORD

pytestmark = pytest.mark.xdist_group("browser")


def register(person: Person, name: str, phone: str, kind: str) -> None:
    page = person.page
    page.check(f"[name=user_type][value={kind}]")
    page.fill("[name=name]", name)
    page.fill("[name=phone_number]", phone)
    page.fill("[name=password]", PASSWORD)
    page.click("main form .btn-wide")


@pytest.mark.parametrize("scripts", [True, False], ids=["with-javascript", "without-javascript"])
def test_from_the_first_visit_to_the_same_sum(person: Callable[..., Person], scripts: bool) -> None:
    vendor, customer = person(java_script_enabled=scripts), person(java_script_enabled=scripts)
    milk, asha = vendor.page, customer.page

    # The vendor registers, adds a customer and makes a link.
    vendor.go("/").get_by_role("link", name="Register").click()
    register(vendor, "Ramesh Yadav", "+919811100001", "vendor")
    expect(milk).to_have_url(f"{vendor.site}/today")
    expect(milk.get_by_text("Your round begins here")).to_be_visible()
    milk.get_by_role("link", name="Add a customer").click()  # the first of the first steps
    milk.fill("[name=name]", "Asha Sharma")
    milk.fill("[name=phone_number]", "98111 00002")
    milk.get_by_role("button", name="Add the customer").click()
    if not milk.url.split("/")[-1].isdigit():
        milk.goto("/customers")
        milk.get_by_role("link", name="Asha Sharma").click()
    account = milk.url
    milk.get_by_role("button", name="Invite link").click()
    link = milk.input_value("#share-url")

    # The customer opens it, registers and accepts.
    customer.go(link).get_by_role("link", name="I am new here").click()
    register(customer, "Asha Sharma", "+919811100002", "customer")
    asha.get_by_role("button", name="Accept the invite").click()
    customer.go("/")
    expect(asha.get_by_role("heading", name="Ramesh Yadav")).to_be_visible()

    # The vendor proposes an order; nothing holds before the customer says yes.
    milk.goto(account)
    expect(milk.get_by_text("sees this account")).to_be_visible()
    milk.get_by_role("link", name="New regular order").click()
    milk.fill("[name=item_name]", "Milk")
    milk.fill("[name=quantity]", "2")
    milk.fill("[name=unit]", "L")
    milk.fill("[name=rate]", "54")
    milk.get_by_role("button", name="Propose").click()
    expect(milk.get_by_role("status").first).to_contain_text("Asha Sharma")
    assert vendor.go("/today").locator(".stop").count() == 0

    # The customer hears of it in the inbox, reads it there and accepts at home.
    customer.go("/")
    expect(asha.locator(".bar .badge")).to_contain_text("1")
    customer.go("/inbox").get_by_role("button", name="Ramesh Yadav proposes Milk").click()
    expect(asha).to_have_url(re.compile("/changes/[0-9]+$"))
    assert "₹3,240.00 a month" in customer.main
    customer.go("/")
    asha.get_by_role("button", name="Accept").click()
    expect(asha.get_by_role("status").first).to_contain_text("You said yes")
    customer.go("/")
    assert "due 2 L" in customer.main

    # The vendor is told, and marks today's stop.
    vendor.go("/inbox")
    expect(milk.get_by_role("button", name="Asha Sharma accepted", exact=False).first).to_be_visible()
    vendor.go("/today")
    # With scripts the tap is kept on the phone first and sent a moment later.
    with milk.expect_response("**/v1/attendance" if scripts else "**/today*"):
        milk.get_by_role("button", name="Delivered: Asha Sharma").click()
    expect(milk.get_by_role("button", name="Delivered: Asha Sharma")).to_have_attribute(
        "aria-pressed", "true"
    )
    if scripts:
        expect(milk.locator("#net")).to_be_hidden()

    # Both see the same.
    milk.goto(account)
    customer.go("/")
    assert "You pay ₹108.00" in customer.main
    assert "delivered 2 L" in customer.main
    asha.get_by_role("link", name="Ramesh Yadav").first.click()
    for one, words in ((vendor, "you get"), (customer, "you pay")):
        assert "Deliveries 1 For them ₹108.00" in one.main
        assert f"Until today {words} ₹108.00" in one.main
