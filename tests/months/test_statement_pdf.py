"""The statement on paper: the same numbers as in JSON, in the reader's language, and who may have it."""

from __future__ import annotations

import io
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import Context
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pypdf
import pytest
import time_machine
from flask import Flask

from tests.accounts.browser import Browser
from tests.billing.settled import adjust
from tests.cast import Answer, Api, Cast
from tests.months.test_pages import mark
from tests.months.test_pages_statement import NOVEMBER, OCTOBER, clock, milkman, october
from tests.noon import described
from tests.on_demand.extras import entered
from tests.records.orders import agreed, on_trust
from vendorapp.kernel import openapi, pdf

__all__ = ["clock", "described", "milkman", "october"]

October = tuple[Api, int, int]
PDF = "application/pdf"


def address(customer_id: int, month: str = "2026-10") -> str:
    return f"/customer/{customer_id}/statement/{month}"


def on_paper(who: Api, customer_id: int, month: str = "2026-10", accept: str = PDF) -> Answer:
    # The language stands in the request's context, which would otherwise be the test's own.
    answer = Context().run(who.get, address(customer_id, month), headers={"Accept": accept})
    assert answer.response.mimetype == PDF
    return answer


def pages_of(data: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


def text_of(data: bytes) -> str:
    """What stands on it, in one line."""
    return " ".join(" ".join(pages_of(data)).split())


def fonts_of(reader: pypdf.PdfReader) -> set[str]:
    """The fonts of the first page."""
    resources: Any = reader.pages[0]["/Resources"]
    return {str(font["/BaseFont"]) for font in resources["/Font"].values()}


RECEIPT: dict[str, Any] = {
    "title": "Receipt", "shop": "Dairy", "under": [], "right": [], "foot": ["Dairy"], "amount": "₹1.00",
    "void": False, "who": "Asha", "when": [], "note": "", "said": [], "tables": [], "after": ["Bye"],
}  # fmt: skip


def printed(who: Api, customer_id: int, month: str = "2026-10") -> str:
    return text_of(on_paper(who, customer_id, month).response.data)


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was drawn as QR codes, as it was before."""
    found: list[str] = []
    plain = pdf.qr_code

    def draw(text: str) -> str:
        found.append(text)
        return plain(text)

    monkeypatch.setattr(pdf, "qr_code", draw)
    return found


# What stands on it -----------------------------------------------------------------------------


def test_the_numbers_are_those_of_the_json(milkman: Api, october: October) -> None:
    login, customer_id, _ = october
    adjust(milkman, customer_id, "-25.50", reason="Sour on Friday")
    for who in (milkman, login):
        for month in ("2026-10", "2026-11"):
            said = who.get(address(customer_id, month)).json
            text = printed(who, customer_id, month)
            for name, before in {
                "opening_balance": "From before Asha Sharma pays ",
                "charges": "Delivered ",
                "closing_balance": "At the end of the month " if month == "2026-10" else "Until today ",
            }.items():
                amount = f"{float(said[name]):,.2f}"
                sign = "" if amount == "0.00" else "+ "
                assert f"{before}{'' if before.endswith('pays ') else sign}₹{amount}" in text, (name, text)
            assert f"Asha Sharma pays Yadav Dairy ₹{float(said['closing_balance']):,.2f}." in text
            for one in said["payments_list"]:
                assert f"Cash {one['note']} − ₹{float(one['amount']):,.2f}" in text
            for one in said["adjustments_list"]:
                assert f"{one['reason']} − ₹{-float(one['amount']):,.2f}" in text
            assert (
                f"₹{sum(float(day['amount']) for day in said['days'] if day['status'] == 'delivered'):,.2f}"
                in text
            )
    assert "From before Asha Sharma pays ₹540.00 + ₹540.00" in printed(login, customer_id)
    assert "Sour on Friday − ₹25.50" in text


def test_each_day_has_its_cell(milkman: Api, october: October) -> None:
    login, customer_id, order_id = october
    mark(login, order_id, "2026-10-06", status="skipped")
    text = printed(milkman, customer_id)
    assert "Milk (L) 4 days ₹486.00" in text
    assert "Mon Tue Wed Thu Fri Sat Sun 1 ✓ 2 108.00 2 ✓ 2 108.00 3 ✓ 2 108.00 4 – 5 ✓ 3 162.00" in text
    assert "6 ! 2 7" in text
    assert "○ not marked" in text
    assert "! Not agreed yet Milk, Tuesday, 6 October 2026" in text
    assert "₹108.00 is not agreed yet and not in these sums." in text


def test_unmarked_and_paused_days(milkman: Api, october: October, clock: time_machine.Traveller) -> None:
    login, customer_id, order_id = october
    login.post(f"/order/{order_id}/pauses", {"from": "2026-11-10", "to": "2026-11-11"}, expect=201)
    mark(login, order_id, "2026-11-01")  # due, and the vendor said nothing
    text = printed(login, customer_id, "2026-11")
    assert "9 ○ 2 10 ‖ 11 ‖ 12 ○ 2" in text
    assert "1 day was due and not marked: nothing is charged for it." in text
    assert "still running" in text


def test_terms_extras_and_who_accepted(milkman: Api, october: October) -> None:
    login, customer_id, order_id = october
    change = milkman.put(f"/order/{order_id}", {"rate": "60", "effective_from": "2026-11-20"}, expect=202)[
        "change"
    ]
    login.post(f"/changes/{change['id']}/accept", expect=200)
    entered(milkman, customer_id, status="served")
    text = printed(milkman, customer_id, "2026-11")
    assert (
        "Milk: 2 L × ₹54.00, every day 1 Oct 2026 (version 1) Accepted by Asha Sharma on 1 Oct 2026" in text
    )
    assert "Milk: 2 L × ₹60.00, every day 20 Nov 2026 (version 2) Accepted by Asha Sharma on 2 Nov" in text
    assert "Extras Day What Amount Mon 2 Nov Cake" in text
    assert "version 2" not in printed(milkman, customer_id, "2026-10")
    for who in (milkman, login):
        who.post(f"{address(customer_id)}/accept", {}, expect=200)
    text = printed(login, customer_id)
    assert "✓ Yadav Dairy, on 2 Nov 2026, 11:30 ✓ Asha Sharma, on 2 Nov 2026, 11:30" in text
    assert "Closed on 2 Nov 2026, 11:30: nothing in this month moves any more." in text
    assert f"Number {customer_id}-2026-10 · Made on 2 Nov 2026, 11:30 Page 1 of 1" in text


def test_on_behalf_of_somebody_without_a_login(
    cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    customer_id = cast.row(milkman, name="Bina Rao", opening_balance="-20")["id"]
    order_id = on_trust(milkman, customer_id)
    clock.move_to(OCTOBER)
    mark(milkman, order_id, "2026-10-01", quantity="0.1")
    clock.move_to(NOVEMBER)
    milkman.post(f"{address(customer_id)}/accept", {"on_behalf_note": "Nodded at the door"}, expect=200)
    text = printed(milkman, customer_id)
    assert "From before Yadav Dairy gives back ₹20.00 − ₹20.00" in text
    assert "Yadav Dairy gives back ₹14.60 to Bina Rao." in text
    assert "Agreed: “by phone”. Written down by Yadav Dairy on 1 Oct 2026" in text
    assert "✓ Bina Rao, as Yadav Dairy wrote: Nodded at the door" in text


def test_an_extra_that_is_not_agreed(app: Flask, milkman: Api, october: October) -> None:
    login, customer_id, _ = october
    order_id = entered(milkman, customer_id, status="served")
    assert "Cake 2 kg × ₹200.00 ₹400.00" in printed(milkman, customer_id, "2026-11")
    login.post(f"/order/{order_id}/decline", {"reason": "Not mine"}, expect=200)
    text = printed(milkman, customer_id, "2026-11")
    assert "Cake 2 kg × ₹200.00 not agreed" in text
    assert "₹400.00 is not agreed yet and not in these sums." in text
    page = Browser(app).sign_in(login).get(f"/customers/{customer_id}/statement/2026-11").text
    assert "× ₹200.00not agreed" in page


def test_an_empty_month(milkman: Api, cast: Cast) -> None:
    customer_id = cast.row(milkman, name="Nobody")["id"]
    text = printed(milkman, customer_id, "2026-09")
    assert "Nobody and Yadav Dairy owe each other nothing." in text
    assert "Deliveries" not in text
    assert "UPI" not in text


def test_many_orders_take_more_pages(milkman: Api, october: October) -> None:
    _, customer_id, _ = october
    login = october[0]
    for number in range(14):
        agreed(milkman, login, customer_id, item_name=f"Paper {number}", unit=None)
    pages = pages_of(on_paper(milkman, customer_id, "2026-11").response.data)
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
    assert all(f"Paper {number} 0 days" in " ".join(pages) for number in range(14))


NAMES = [
    '#let x = 1; #panic("no")',
    "$x^2$ *bold* _it_ `raw` = Head",
    '#image("/pdf/parts.typ") @ref <label>',
    '] #eval("1") [',
    "\\u{41} // not a comment /* nor this */",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_no_markup(milkman: Api, cast: Cast, name: str) -> None:
    row = cast.row(milkman, name=name, opening_balance="10")["id"]
    milkman.put("/me", {"business_name": name[::-1]}, expect=200)
    on_trust(milkman, row, item_name=name, unit="*L*")
    text = printed(milkman, row)
    assert f"for {name}" in text
    assert f"{name} pays {name[::-1]} ₹10.00." in text
    assert f"{name} (*L*)" in text


def test_names_of_many_scripts_have_letters(app: Flask, milkman: Api, cast: Cast) -> None:
    name = "आशा আশা આશા ਆਸ਼ਾ ಆಶಾ ആശ ଆଶା ஆஷா ఆశా Ăşà"
    row = cast.row(milkman, name=name)["id"]
    reader = pypdf.PdfReader(io.BytesIO(on_paper(milkman, row).response.data))
    fonts = fonts_of(reader)
    scripts = (
        "Devanagari",
        "Bengali",
        "Gujarati",
        "Gurmukhi",
        "Kannada",
        "Malayalam",
        "Oriya",
        "Tamil",
        "Telugu",
    )
    for script in scripts:
        assert any(f"NotoSans{script}" in font for font in fonts), (script, fonts)
    assert all("Noto" in font for font in fonts)


# Languages -------------------------------------------------------------------------------------


def test_in_the_readers_language(milkman: Api, october: October) -> None:
    login, customer_id, _ = october
    login.put("/me", {"locale": "hi"}, expect=200)
    hindi, english = on_paper(login, customer_id), on_paper(milkman, customer_id)
    reader = pypdf.PdfReader(io.BytesIO(hindi.response.data))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "hi"
    # What shaping has put together cannot always be taken apart again; the title and short words can.
    assert "11:30" in text_of(hindi.response.data)
    assert "रुपए (INR)" in text_of(hindi.response.data)
    assert "NotoSansDevanagari" in str(fonts_of(reader))
    assert reader.metadata is not None
    assert "अक्टूबर 2026" in str(reader.metadata.title)
    text = text_of(english.response.data)
    assert "Account of October 2026" in text
    assert "अक्टूबर" not in text
    # The numbers do not depend on it.
    for amount in ("₹540.00", "+ ₹594.00", "− ₹100.00", "+ ₹1,034.00", "162.00"):
        assert amount in text_of(hindi.response.data)
        assert amount in text


# The code to pay by ----------------------------------------------------------------------------


def test_the_code_pays_what_is_open(milkman: Api, october: October, codes: list[str]) -> None:
    login, customer_id, _ = october
    printed(login, customer_id)
    assert codes == []  # no UPI id
    milkman.put("/me", {"upi_id": "yadav@okbank", "business_name": "Yadav & Söhne?"}, expect=200)
    text = printed(login, customer_id)
    assert "Pay with any UPI app ₹1,034.00 to Yadav & Söhne? yadav@okbank" in text
    assert codes[0].startswith(
        "upi://pay?pa=yadav@okbank&pn=Yadav%20%26%20S%C3%B6hne%3F&am=1034.00&cu=INR&tn="
    )
    assert parse_qs(urlsplit(codes.pop()).query) == {
        "pa": ["yadav@okbank"],
        "pn": ["Yadav & Söhne?"],
        "am": ["1034.00"],
        "cu": ["INR"],
        "tn": [f"Account {customer_id}-2026-10"],
    }
    # What was paid since is not asked for again, the statement itself stays as it was.
    milkman.post(
        "/payments", {"customer_id": customer_id, "amount": "1000", "date": "2026-11-02"}, expect=201
    )
    text = printed(login, customer_id)
    assert "Asha Sharma pays Yadav & Söhne? ₹1,034.00." in text
    assert "₹34.00" in text
    assert "&am=34.00&" in codes.pop()
    milkman.post("/payments", {"customer_id": customer_id, "amount": "500", "date": "2026-11-02"}, expect=201)
    assert "UPI" not in printed(login, customer_id)
    assert codes == []


def test_no_code_in_another_currency(cast: Cast, codes: list[str]) -> None:
    vendor = cast.vendor(currency="EUR", timezone="Europe/Berlin")
    vendor.put("/me", {"upi_id": "shop@bank"}, expect=200)
    row = cast.row(vendor, opening_balance="5")["id"]
    text = printed(vendor, row)
    assert "All amounts are in euros (EUR)." in text
    assert codes == []


# Who may have it, and in which form ------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "found"),
    [
        (PDF, PDF),
        ("application/pdf;q=0.5", PDF),
        ("application/pdf, */*;q=0.1", PDF),
        ("application/pdf;q=1, application/json;q=0", PDF),
        ("application/*;q=0.2, application/pdf", PDF),
        ("application/pdf;q=0.5, application/json", "application/json"),
        ("application/json, application/pdf;q=0.9", "application/json"),
        ("application/pdf, application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("*/*, application/json;q=0", PDF),
        ("text/html, */*;q=0.8", "application/json"),
        ("", "application/json"),
        ("text/html", None),
        ("image/*", None),
        ("application/json;q=0", None),
        ("application/pdf;q=0", None),
        ("application/pdf;q=0, application/json;q=0, */*", None),
    ],
)
def test_what_is_accepted(milkman: Api, cast: Cast, accept: str, found: str | None) -> None:
    row = cast.row(milkman)["id"]
    headers = {"Accept": accept} if accept else {}
    answer = milkman.get(address(row), expect=200 if found else 406, headers=headers)
    assert answer.response.mimetype == (found or "application/problem+json")
    if found is None:
        assert answer.code == "not_acceptable"
    assert "Accept" in [one.strip() for one in answer.response.headers["Vary"].split(",")]


def test_it_is_kept_by_nobody_on_the_way(milkman: Api, october: October) -> None:
    _, customer_id, _ = october
    answer = on_paper(milkman, customer_id).response
    assert answer.data.startswith(b"%PDF-1.")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Disposition"] == f'inline; filename="account-{customer_id}-2026-10.pdf"'


def test_nobody_else(app: Flask, cast: Cast, milkman: Api, api: Api, october: October) -> None:
    login, customer_id, _ = october
    # The customer's other vendor knows them too, and another customer of the same vendor.
    other_vendor = cast.vendor()
    cast.household(of=other_vendor, login=login)
    other_customer, _ = cast.household(of=milkman)
    for stranger in (other_vendor, cast.vendor(), other_customer, cast.customer_login()):
        for where in (address(customer_id), address(10**30), address(customer_id, "2026-13")):
            answer = stranger.get(where, expect=404, headers={"Accept": PDF})
            assert answer.code == "not_found"
        Browser(app).sign_in(stranger).get(f"/customers/{customer_id}/statement/2026-10.pdf", 404)
    assert api.get(address(customer_id), expect=401, headers={"Accept": PDF}).code == "unauthenticated"
    milkman.delete(f"/customer/{customer_id}/invite", expect=204)
    login.get(address(customer_id), expect=404, headers={"Accept": PDF})


def test_the_page_leads_to_it(app: Flask, milkman: Api, october: October) -> None:
    login, customer_id, _ = october
    path = f"/customers/{customer_id}/statement/2026-10"
    for who in (milkman, login):
        browser = Browser(app).sign_in(who).get(path)
        assert f"{path}.pdf" in [a.get("href") for a in browser.tree.iter("a")]
        found = browser.open(f"{path}.pdf")
        assert (found.status_code, found.mimetype) == (200, PDF)
        assert "Asha Sharma pays Yadav Dairy ₹1,034.00." in text_of(found.data)
    for month in ("2026-13", "soon"):
        browser.get(f"/customers/{customer_id}/statement/{month}.pdf", 404)


def test_the_description_names_both_forms(app: Flask) -> None:
    statement = openapi.document(app)["paths"]["/v1/customer/{id}/statement/{month}"]["get"]
    assert set(statement["responses"]["200"]["content"]) == {"application/json", PDF}
    assert "not_acceptable" in statement["description"]


# The machine -----------------------------------------------------------------------------------


def test_threads_print_at_once(
    app: Flask, milkman: Api, october: October, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[tuple[str, Mapping[str, Any]]] = []
    plain = pdf.render

    def keep(template: str, words: Mapping[str, Any], **options: bool) -> bytes:
        jobs.append((template, words))
        return plain(template, words, **options)

    monkeypatch.setattr(pdf, "render", keep)
    on_paper(milkman, october[1])
    ((template, words),) = jobs
    start, found = threading.Barrier(4), []

    def draw(number: int) -> None:
        with app.test_request_context():
            start.wait()
            for time in range(15):
                name = f"Customer {number} {time}"
                found.append((name, plain(template, {**words, "under": [name]}, patient=True)))

    threads = [threading.Thread(target=Context().run, args=(draw, number)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 60
    # Each has got their own.
    for name, data in found[::7]:
        assert f"Yadav Dairy {name} Account of" in text_of(data)


@contextmanager
def busy_printer() -> Iterator[None]:
    """The compiler is at work, and as many as may wait do."""
    seats = 1 + pdf.MOST_WAITING
    with ExitStack() as stack:
        for _ in range(seats):
            assert pdf._seats.acquire(blocking=False)
            stack.callback(pdf._seats.release)
        yield


def refused(who: Api, customer_id: int) -> tuple[int, str, str]:
    """Status, code and how long to wait. The description has no 5xx, so it is asked beside that."""
    headers = {"Accept": PDF, "Authorization": f"Bearer {who.token}"}
    answer = who.app.test_client(use_cookies=False).get(f"/v1{address(customer_id)}", headers=headers)
    return answer.status_code, answer.get_json(force=True)["code"], answer.headers["Retry-After"]


def test_nobody_waits_behind_too_many(app: Flask, milkman: Api, october: October) -> None:
    login, customer_id, _ = october
    path = f"/customers/{customer_id}/statement/2026-10.pdf"
    browser = Browser(app).sign_in(login)
    with busy_printer():
        assert refused(milkman, customer_id) == (503, "busy", "5")
        page = browser.open(path)
        assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
        assert "Many papers are being made just now." in page.get_data(as_text=True)
    assert browser.open(path).mimetype == PDF


def test_a_long_paper_before_is_not_waited_for_without_end(
    app: Flask, milkman: Api, october: October, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, customer_id, _ = october
    monkeypatch.setattr(pdf, "PATIENCE", 0.05)
    with pdf._turn:
        for _ in range(2 + pdf.MOST_WAITING):  # none keeps its seat
            assert refused(milkman, customer_id) == (503, "busy", "5")
    on_paper(milkman, customer_id)


def test_a_job_waits_as_long_as_it_takes(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "PATIENCE", 0.05)
    done = threading.Event()

    def work() -> None:
        with app.test_request_context():
            paper = pdf.render("billing/receipt.typ", RECEIPT, patient=True)
            assert paper.startswith(b"%PDF")
        done.set()

    thread = threading.Thread(target=Context().run, args=(work,))
    with busy_printer():
        with pdf._turn:
            thread.start()
            assert not done.wait(0.3)
        assert done.wait(20)
    thread.join()


def test_the_same_paper_is_made_once_and_never_an_old_one(
    app: Flask, milkman: Api, october: October, monkeypatch: pytest.MonkeyPatch
) -> None:
    login, customer_id, _ = october
    made: list[str] = []
    plain = pdf._compiled

    def counted(template: str, data: str) -> bytes:
        made.append(template)
        return plain(template, data)

    monkeypatch.setattr(pdf, "_compiled", counted)
    pdf._made.clear()
    first = on_paper(milkman, customer_id).response.data
    with busy_printer():  # what is there needs no printer
        assert on_paper(login, customer_id).response.data == first
    assert len(made) == 1
    milkman.post("/adjustments", {"customer_id": customer_id, "amount": "7", "reason": "bread"}, expect=201)
    assert "bread" in printed(milkman, customer_id, "2026-11")
    milkman.put("/me", {"business_name": "Another Dairy"}, expect=200)
    assert "Another Dairy" in printed(milkman, customer_id)
    assert len(made) == 3
    for number in range(2 * pdf.KEPT):
        with app.test_request_context():
            pdf.render("billing/receipt.typ", {**RECEIPT, "amount": str(number)})
    assert len(pdf._made) == pdf.KEPT


def test_long_words_stay_in_their_box(app: Flask, milkman: Api, october: October) -> None:
    _, customer_id, _ = october
    name = "W" * 200
    milkman.put("/me", {"business_name": name, "upi_id": "y" * 90 + "@okbank"}, expect=200)
    reader = pypdf.PdfReader(io.BytesIO(on_paper(milkman, customer_id).response.data))
    widest = max(max(map(len, page.extract_text().split("\n"))) for page in reader.pages)
    assert "W" * 40 not in reader.pages[0].extract_text()[: 40 * 3]
    assert widest < 160
    assert name in "".join(text_of(on_paper(milkman, customer_id).response.data).split()).replace(
        "\u200b", ""
    )


def outline_of_nothing(path: Path) -> int:
    """How many bytes draw a font's first glyph, the one for what it has no letter for."""
    data = path.read_bytes()
    count = struct.unpack(">H", data[4:6])[0]
    tables = {}
    for at in range(12, 12 + 16 * count, 16):
        name, _, start, _ = struct.unpack(">4sIII", data[at : at + 16])
        tables[name] = start
    wide = struct.unpack(">h", data[tables[b"head"] + 50 : tables[b"head"] + 52])[0]
    first, second = struct.unpack(">II" if wide else ">HH", data[tables[b"loca"] :][: 8 if wide else 4])
    return int(second - first)


def test_letters_from_right_to_left_and_those_that_there_are_not(milkman: Api, cast: Cast) -> None:
    row = cast.row(milkman, name="أحمد שלום 漢字 🙂")["id"]
    reader = pypdf.PdfReader(io.BytesIO(on_paper(milkman, row).response.data))
    fonts = fonts_of(reader)
    for script in ("Arabic", "Hebrew"):
        assert any(f"NotoSans{script}" in font for font in fonts), (script, fonts)
    assert all("Noto" in font for font in fonts)
    # What has no letter is drawn as a box, which the small font must still have.
    assert outline_of_nothing(pdf.FONTS / "NotoSans-Regular.ttf") > 0


def test_a_template_reads_nothing_outside_and_fetches_nothing(app: Flask, tmp_path: Path) -> None:
    import typst

    for number, source in enumerate(
        ('#read("/../../config.py")', '#import "@preview/cetz:0.3.4"', '#read("/etc/hostname")')
    ):
        template = pdf.ROOT / "pdf" / f"_probe{number}.typ"
        template.write_text(source)
        try:
            with pytest.raises(typst.TypstError):
                pdf.render(f"pdf/{template.name}", {})
        finally:
            template.unlink()
