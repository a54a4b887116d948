"""Receipts, invoices and bills on paper."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.billing.papers import bill, counter_sale, delivered, invoice, made
from tests.billing.paying import claim
from tests.cast import Api, Cast
from tests.months.test_statement_pdf import codes, text_of
from tests.on_demand.extras import entered

__all__ = ["codes"]


@pytest.fixture
def browser(app: Flask, milkman: Api) -> Browser:
    """The milkman's."""
    return Browser(app).sign_in(milkman)


@pytest.fixture
def asha(app: Flask, linked: tuple[Api, int]) -> Browser:
    """The household's."""
    return Browser(app).sign_in(linked[0])


def printed(reader: Browser, path: str) -> str:
    """What stands on the PDF that the page leads to."""
    reader.get(path)
    assert f"{path}.pdf" in [a.get("href") for a in reader.tree.iter("a")]
    found = reader.open(f"{path}.pdf")
    assert (found.status_code, found.mimetype) == (200, "application/pdf")
    assert found.headers["Cache-Control"] == "private, no-store"
    return text_of(found.data)


def test_a_receipt(browser: Browser, asha: Browser, milkman: Api, linked: tuple[Api, int]) -> None:
    entered(milkman, linked[1], status="served")
    body = {
        "customer_id": linked[1],
        "amount": "450",
        "method": "upi",
        "note": "*Gate* #1",
        "date": "2026-11-20",
    }
    payment = milkman.post("/payments", body, expect=201)["payment"]["id"]
    path = f"/payments/{payment}"
    texts = [printed(reader, path) for reader in (browser, asha)]
    assert texts[0] == texts[1]
    assert f"Yadav Dairy Receipt Number {payment} ₹450.00 Asha Sharma paid Yadav Dairy." in texts[0]
    assert "Friday, 20 November 2026 · UPI *Gate* #1" in texts[0]
    assert "It paid 21 Nov 2026 Cake ₹400.00" in texts[0]
    assert "₹50.00 of it is on nothing yet: it is kept as advance." in texts[0]
    assert "Page 1 of 1" in texts[0]
    milkman.post(f"/payments/{payment}/reverse", {"reason": "False note"}, expect=200)
    text = printed(asha, path)
    assert "Taken back on 21 Nov 2026, 12:00 False note" in text
    assert "It paid" not in text


def test_a_claim_is_no_receipt(
    browser: Browser, asha: Browser, linked: tuple[Api, int], milkman: Api
) -> None:
    login, _ = linked
    payment = claim(login, milkman, "5")
    text = printed(asha, f"/payments/{payment}")
    assert "Said to be paid" in text
    assert "Asha Sharma says that they paid Yadav Dairy." in text
    assert "Yadav Dairy has not said yet whether it arrived." in text
    assert "Receipt" not in text
    milkman.post(f"/payments/{payment}/decline", {"reason": "Nothing came"}, expect=200)
    text = printed(browser, f"/payments/{payment}")
    assert "Not got" in text
    assert "not got Nothing came" in text


def test_a_receipt_of_a_walk_in(browser: Browser, milkman: Api, cast: Cast, app: Flask) -> None:
    order = counter_sale(milkman)
    sent = {"item": "order", "itemid": order, "amount": "400"}
    payment = milkman.post("/payments", sent, expect=201)["payment"]["id"]
    text = printed(browser, f"/payments/{payment}")
    assert "Paid at the counter." in text
    assert "21 Nov Cake 2 kg × ₹200.00 ₹400.00 Together ₹400.00" in text
    Browser(app).sign_in(cast.vendor()).get(f"/payments/{payment}.pdf", 404)


def test_an_invoice_and_a_bill(
    browser: Browser, asha: Browser, milkman: Api, linked: tuple[Api, int], codes: list[str]
) -> None:
    customer_id = linked[1]
    milkman.put("/me", {"upi_id": "yadav@okbank"}, expect=200)
    entered(milkman, customer_id, status="served")
    paper = made(invoice(milkman, customer_id=customer_id, month="2026-11"))
    other = entered(milkman, customer_id, status="served", item_name="$Pie$")
    asked = made(bill(milkman, customer_id=customer_id, invoices=[paper], orders=[{"id": other}]))
    for reader in (browser, asha):
        text = printed(reader, f"/invoices/{paper}")
        assert "Yadav Dairy for Asha Sharma Invoice 1 21 Nov 2026, 12:00 open" in text
        assert "21 Nov Cake 2 kg × ₹200.00 ₹400.00 Together ₹400.00 Paid ₹0.00 Still to pay ₹400.00" in text
        text = printed(reader, f"/bills/{asked}")
        assert "21 Nov $Pie$ 2 kg × ₹200.00 ₹400.00 Invoice 1 Days What Amount 21 Nov Cake" in text
        assert "Together ₹800.00 Paid ₹0.00 Still to pay ₹800.00" in text
        assert "Pay with any UPI app ₹800.00" in text
    assert [parse_qs(urlsplit(code).query)["am"] for code in codes] == [["400.00"], ["800.00"]] * 2
    codes.clear()
    milkman.post("/payments", {"item": "bill", "item_id": asked, "amount": "800"}, expect=201)
    text = printed(asha, f"/bills/{asked}")
    assert "paid" in text
    assert "Still to pay ₹0.00" in text
    assert codes == []


def test_what_was_taken_back_asks_for_nothing(
    browser: Browser, milkman: Api, row_id: int, codes: list[str]
) -> None:
    milkman.put("/me", {"upi_id": "yadav@okbank"}, expect=200)
    delivered(milkman, row_id, "2026-11-20")
    paper = made(invoice(milkman, customer_id=row_id, month="2026-11"))
    browser.get(f"/invoices/{paper}").submit(at=f"/invoices/{paper}/void")
    text = printed(browser, f"/invoices/{paper}")
    assert "taken back" in text
    assert "Still to pay –" in text
    assert codes == []


def test_nobody_else(app: Flask, cast: Cast, milkman: Api, linked: tuple[Api, int], asha: Browser) -> None:
    login, customer_id = linked
    entered(milkman, customer_id, status="served")
    paper = made(invoice(milkman, customer_id=customer_id, month="2026-11"))
    asked = made(bill(milkman, customer_id=customer_id, invoices=[paper]))
    payment = milkman.post("/payments", {"customer_id": customer_id, "amount": "5"}, expect=201)["payment"][
        "id"
    ]
    other_vendor = cast.vendor()
    cast.household(of=other_vendor, login=login)
    neighbour, _ = cast.household(of=milkman)
    paths = (f"/invoices/{paper}.pdf", f"/bills/{asked}.pdf", f"/payments/{payment}.pdf")
    for stranger in (other_vendor, neighbour, cast.customer_login()):
        reader = Browser(app).sign_in(stranger)
        for path in paths:
            reader.get(path, 404)
    for path in (
        "/invoices/999999.pdf",
        "/bills/999999.pdf",
        "/payments/999999.pdf",
        f"/payments/{10**30}.pdf",
    ):
        asha.get(path, 404)
    for path in paths:
        assert asha.open(path).status_code == 200
        assert Browser(app).open(path).status_code == 302
