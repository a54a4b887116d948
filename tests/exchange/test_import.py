"""Customers from a file: first what would be added, then the adding, once."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.records.orders import rows
from vendorapp.customers import service
from vendorapp.kernel.clock import day_in
from vendorapp.kernel.database import db, transaction
from vendorapp.months.proof import verify

HEAD = "Name,Phone number,Address,Notes,Stop,Opening balance\n"


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def browser(app: Flask, milkman: Api) -> Browser:
    """The milkman's."""
    return Browser(app).sign_in(milkman).get("/customers/import")


def paste(browser: Browser, text: str, expect: int = 200) -> Browser:
    return browser.get("/customers/import").submit(expect, typed=text)


def send(browser: Browser, path: str, expect: int, **fields: Any) -> Browser:
    """A form as a browser sends one that may hold a file."""
    response = browser.open(path, "POST", data=fields, content_type="multipart/form-data")
    response.request.environ["wsgi.input"].close()
    return browser._show(response, expect)


def upload(browser: Browser, data: bytes, expect: int = 200) -> Browser:
    file = (io.BytesIO(data), "list.csv")
    return send(browser, "/customers/import", expect, csrf_token=browser.csrf(), file=file)


def filled(browser: Browser) -> dict[str, str]:
    """The form that adds what the page shows."""
    form = browser._form("/customers/import/add", {})
    assert form.get("enctype") == "multipart/form-data"
    return dict(browser._filled(form))


def add(browser: Browser, expect: int = 302, **fields: Any) -> Browser:
    return browser.submit(expect, at="/customers/import/add", **fields)


def book(vendor: Api) -> list[dict[str, Any]]:
    return vendor.get("/customers?limit=200&sort=name").json["items"]


def problems(browser: Browser) -> dict[str, str]:
    """What is said of each bad line of the page."""
    found = {}
    for item in browser.tree.iter("li"):
        words = " ".join("".join(item.itertext()).split())
        if words.startswith("Line "):
            number, _, text = words.removeprefix("Line ").partition(" ")
            found[number] = text
    return found


def test_a_file_is_looked_at_and_then_added(browser: Browser, milkman: Api) -> None:
    text = HEAD + (
        '"Asha Sharma",98765 43210,"12 Lake Road\n2nd floor",Dog,1,"1,234.50"\n'
        "आशा,+91 98765-43211,,,,-20\n"
        "Chitra,098765 43212,,,0,\n"
    )
    paste(browser, text)
    assert "Can be added3" in browser.text
    assert "You get from before₹1,234.50" in browser.text
    assert "Paid ahead₹20.00" in browser.text
    assert book(milkman) == []
    add(browser)
    assert browser.location == "/customers"
    assert "3 customers are in your book." in browser.get("/customers").text
    asha, chitra, hindi = book(milkman)
    assert (asha["name"], asha["phone_number"], asha["stop_order"]) == ("Asha Sharma", "+919876543210", 1)
    assert (asha["address"], asha["notes"], asha["linked"]) == ("12 Lake Road\n2nd floor", "Dog", False)
    assert (asha["email"], asha["status"]) == (None, "active")
    assert asha["balance"]["owed_by_customer"] == "1234.50"
    assert (chitra["phone_number"], chitra["stop_order"]) == ("+919876543212", 0)
    assert chitra["balance"]["owed_by_customer"] == "0.00"
    assert (hindi["name"], hindi["balance"]["owed_to_customer"]) == ("आशा", "20.00")


def test_opening_balances_are_the_same_as_those_added_one_by_one(
    browser: Browser, milkman: Api, cast: Cast
) -> None:
    other = cast.vendor()
    for number, amount in ((1, "100"), (2, "-30")):
        cast.row(other, name=f"C{number}", phone_number=f"+91987654321{number}", opening_balance=amount)
    paste(browser, "Name,Phone,Balance\nC1,9876543211,100\nC2,9876543212,-30\nC3,9876543213,\n")
    add(browser)
    day = day_in("Asia/Kolkata").replace(day=1) - timedelta(days=1)
    for table, columns in (
        ("accounts", "balance, advance, disputed, unconfirmed"),
        ("adjustments", "kind, date, amount, reason"),
        ("lines", "target, date, amount, paid, order_id, settled_at"),
        ("credits", "source, date, amount, unallocated, reversed_at"),
        ("ledger_entries", "kind, target, date, amount"),
        ("account_months", "month, charges, payments, adjustments, disputed"),
    ):
        found = [
            rows(
                f"SELECT {columns} FROM {table} t JOIN customers c ON c.id = t.customer_id"
                " WHERE c.vendor_id = :vendor AND c.name <> 'C3' ORDER BY c.name",
                vendor=vendor.user["id"],
            )
            for vendor in (milkman, other)
        ]
        assert found[0] == found[1] != [], table
    assert rows("SELECT DISTINCT date FROM adjustments") == [(day,)]
    entries = rows("SELECT DISTINCT actor_id FROM ledger_entries WHERE vendor_id = :v", v=milkman.user["id"])
    assert entries == [(milkman.user["id"],)]
    assert list(verify()) == []


BAD = [
    (",9876543210,,,,", "Name is missing"),
    ("Asha,,,,,", "Phone number is missing"),
    ("Asha,12,,,,", "Phone number “12” is no phone number"),
    ("Asha,9.87654E+11,,,,", "Phone number “9.87654E+11” was shortened by the spreadsheet"),
    (f"{'x' * 201},9876543210,,,,", "Name has more than 200 characters"),
    (f"Asha,9876543210,{'x' * 2001},,,", "Address has more than 2000 characters"),
    (f"Asha,9876543210,,{'x' * 2001},,", "Notes has more than 2000 characters"),
    ("Asha,9876543210,,,first,", "Stop “first” must be a whole number from 0 to 1,000,000"),
    ("Asha,9876543210,,,1000001,", "Stop “1000001” must be a whole number"),
    ("Asha,9876543210,,,-1,", "Stop “-1” must be a whole number"),
    ('Asha,9876543210,,,,"1234,50"', "Balance “1234,50” must be an amount like 250 or 1,234.50"),
    ("Asha,9876543210,,,,1.005", "Balance “1.005” has too many decimals or is too large"),
    ("Asha,9876543210,12 Lake Road,Pune,,,,7", "The whole line “7” has more cells than there are columns"),
    ("As\x07ha,9876543210,,,,", "Name “As�ha” has signs that cannot be read"),
    ("As\u202eha,9876543210,,,,", "Name “As�ha” has signs that cannot be read"),
    ("Asha,9800099999,,,,", "Phone number “+919800099999” is in your book already: Old one"),
]


@pytest.mark.parametrize(("line", "why"), BAD, ids=range(len(BAD)))
def test_each_bad_line_says_why(browser: Browser, milkman: Api, cast: Cast, line: str, why: str) -> None:
    cast.row(milkman, name="Old one", phone_number="+919800099999")
    upload(browser, (HEAD + line + "\n").encode())
    assert problems(browser)["2"].startswith(why)
    assert "Can be added0" in browser.text
    assert "/customers/import/add" not in [b.get("formaction") for b in browser.tree.iter("button")]
    assert "Add " not in "".join("".join(b.itertext()) for b in browser.tree.iter("button"))


def test_all_faults_of_all_lines_at_once(browser: Browser) -> None:
    paste(browser, HEAD + "A,9876543210,,,,\n,x,,,y,z\nB,+919876543210,,,,\n")
    found = problems(browser)
    assert list(found) == ["3", "4"]
    for part in ("Name is missing", "Phone number “x”", "Stop “y”", "Balance “z”"):
        assert part in found["3"]
    assert found["4"] == "Phone number “+919876543210” is on line 2 already"
    assert "Cannot be added2" in browser.text


def test_bad_lines_are_left_out_only_when_somebody_says_so(browser: Browser, milkman: Api) -> None:
    paste(browser, HEAD + "A,9876543210,,,,\nB,12,,,,\n")
    add(browser, 422)
    assert browser.error("leave_out") == "Some lines cannot be added. Say that they may be left out."
    assert "12" in problems(browser)["3"]
    assert book(milkman) == []
    add(browser, leave_out="y")
    assert [row["name"] for row in book(milkman)] == ["A"]


def test_a_second_click_adds_nothing_twice(browser: Browser, milkman: Api) -> None:
    paste(browser, HEAD + "A,9876543210,,,,5\n")
    page = browser.tree, browser.response
    add(browser)
    browser.tree, browser.response = page
    add(browser)
    assert "1 customer is in your book." in browser.get("/customers").text
    assert [row["balance"]["owed_by_customer"] for row in book(milkman)] == ["5.00"]
    # The same file once more is another matter: everybody is there.
    paste(browser, HEAD + "A,9876543210,,,,5\n")
    assert "is in your book already: A" in browser.text


def test_another_file_under_the_key_of_one_that_was_added(browser: Browser, milkman: Api) -> None:
    paste(browser, HEAD + "A,9876543210,,,,\n")
    key = filled(browser)["key"]
    add(browser)
    paste(browser, HEAD + "B,9876543211,,,,\n")
    add(browser, key=key)
    assert [row["name"] for row in book(milkman)] == ["A", "B"]


def test_two_clicks_at_once(app: Flask, browser: Browser, milkman: Api) -> None:
    paste(browser, HEAD + "".join(f"C{n},98765{n:05d},,,,5\n" for n in range(200)))
    form = filled(browser)
    statuses = []

    def click() -> None:
        statuses.append(browser.open("/customers/import/add", "POST", data=form).status_code)

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [302] * 4
    assert rows("SELECT count(*) FROM customers") == [(200,)]
    assert rows("SELECT count(*), sum(amount) FROM adjustments") == [(200, 200 * 500)]


def test_what_changed_in_between_is_shown_first(browser: Browser, milkman: Api, cast: Cast) -> None:
    paste(browser, HEAD + "A,9876543210,,,,\nB,9876543211,,,,\n")
    cast.row(milkman, name="Just now", phone_number="+919876543211")
    add(browser, 409)
    assert "Your book has changed meanwhile. Nothing was added." in browser.text
    assert "is in your book already: Just now" in problems(browser)["3"]
    assert len(book(milkman)) == 1
    add(browser, leave_out="y")
    assert [row["name"] for row in book(milkman)] == ["A", "Just now"]


def test_other_lines_than_those_shown_are_not_added(browser: Browser, milkman: Api) -> None:
    paste(browser, HEAD + "A,9876543210,,,,\n")
    add(browser, 409, kept=HEAD + "A,9876543210,,,,\nB,9876543211,,,,\n")
    assert book(milkman) == []
    add(browser, 422, kept="")
    add_again = paste(browser, HEAD + "A,9876543210,,,,\n")
    add(add_again, 409, shown="0" * 64)
    assert book(milkman) == []


def test_all_or_nothing(app: Flask, browser: Browser, milkman: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody takes a phone between our look and our writing."""
    paste(browser, HEAD + "A,9876543210,,,,5\nB,9876543211,,,,5\n")
    real = service.add_many

    def slow(caller: Any, new: Any) -> int:
        def taken() -> None:
            milkman.post("/customers", {"name": "First", "phone_number": "+919876543211"}, expect=201)

        thread = threading.Thread(target=taken)
        thread.start()
        thread.join()
        return real(caller, new)

    monkeypatch.setattr(service, "add_many", slow)
    add(browser, 409)
    assert [row["name"] for row in book(milkman)] == ["First"]
    assert rows("SELECT count(*) FROM adjustments") == [(0,)]
    assert "is in your book already: First" in browser.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_uploads_as_spreadsheets_write_them(browser: Browser, milkman: Api, encoding: str) -> None:
    upload(browser, "फ़ोन नंबर\tनाम\tबकाया\r\n९८७६५ ४३२१०\tआशा\t१,२३४.५०\r\n".encode(encoding))
    add(browser)
    (row,) = book(milkman)
    assert (row["name"], row["phone_number"]) == ("आशा", "+919876543210")
    assert row["balance"]["owed_by_customer"] == "1234.50"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "There is nothing in it."),
        ("Name,Phone\nJosé,1".encode("latin-1"), "The letters of this file cannot be read."),
        (b"Asha,9876543210\n", "The first line must say what the columns are"),
        (b"Name,Address\n", "There is no column “Phone number”."),
        (b"Name,Phone,Mobile\n", "Two columns mean the same: “Phone” and “Mobile”."),
        (b'Name,Phone\n"Asha,1\n', "From line 2 on the quotation marks do not fit."),
        (b"Name,Phone\n" + b"A,1\n" * 10_001, "At most 10,000 lines go in one file."),
        (b"Name,Phone\n" + b"x" * 1024 * 1024, "The file is larger than 1 MB."),
    ],
    ids=["empty", "latin", "no header", "no phone", "twice", "quotes", "lines", "size"],
)
def test_files_that_cannot_be_used(browser: Browser, data: bytes, why: str) -> None:
    upload(browser, data, 422)
    assert why in browser.error("file")
    browser.get("/customers/import").submit(422)
    assert browser.error("typed") == "There is nothing in it."


def test_pasted_lines_stay_when_they_cannot_be_used(browser: Browser) -> None:
    paste(browser, "Asha,9876543210", 422)
    assert browser.value("typed") == "Asha,9876543210"
    paste(browser, "Name,Phone\n")
    assert "There is no line below the first one." in browser.text


def test_what_is_larger_than_any_file_is_refused(browser: Browser) -> None:
    upload(browser, b"x" * (4 * 1024 * 1024), 413)


def test_many_bad_lines_are_paged(browser: Browser) -> None:
    paste(browser, HEAD + "A,9876543210,,,,\n" + "B,12,,,,\n" * 120)
    assert "120 lines cannot be added" in browser.text
    seen = list(problems(browser))
    assert len(seen) == 50
    for count in (50, 20):
        button = next(b for b in browser.tree.iter("button") if "More lines" in "".join(b.itertext()))
        data = filled(browser) | {"page": button.get("value")}
        browser._show(browser.open(str(button.get("formaction")), "POST", data=data), 200)
        assert len(problems(browser)) == count
        seen += problems(browser)
    assert seen == [str(number) for number in range(3, 123)]
    add(browser, leave_out="y")


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "999999999999", ""])
def test_odd_pages(browser: Browser, page: str) -> None:
    text = HEAD + "B,12,,,,\n"
    browser.post("/customers/import", 200, kept=text, page=page)
    assert list(problems(browser)) == ["2"]


def test_markup_is_text(browser: Browser, milkman: Api) -> None:
    paste(browser, 'Name,Phone\n"</textarea><b>A</b> ""x""\'",9876543210\n"<i>",<script>\n')
    assert "<b>A</b>" in browser.text
    assert "“<script>”" in browser.text
    add(browser, leave_out="y")
    assert book(milkman)[0]["name"] == '</textarea><b>A</b> "x"\''


def test_another_currency_is_not_taken_for_ours(browser: Browser) -> None:
    paste(browser, "Name,Phone,Balance,Currency\nA,9876543210,5,KES\nB,9876543211,,KES\nC,9876543212,5,inr\n")
    assert problems(browser) == {"2": "Currency “KES” is not yours; your book is in INR"}


def test_national_phones_are_read_where_the_vendor_is(app: Flask, cast: Cast) -> None:
    kenya = cast.vendor(phone_number="+254712345678", currency="KES", timezone="Africa/Nairobi")
    browser = Browser(app).sign_in(kenya).get("/customers/import")
    paste(browser, "Name;Mobile;Due\nA;0712 345 679;1,000.50\n")
    add(browser)
    (row,) = book(kenya)
    assert (row["phone_number"], row["balance"]["owed_by_customer"]) == ("+254712345679", "1000.50")


def test_another_books_phones_are_free(browser: Browser, milkman: Api, cast: Cast) -> None:
    other = cast.vendor()
    cast.row(other, name="Theirs", phone_number="+919876543210")
    paste(browser, HEAD + "A,9876543210,,,,\n")
    assert "Theirs" not in browser.text
    add(browser)
    assert [row["name"] for row in book(other)] == ["Theirs"]


def test_a_page_of_another_vendor_adds_nothing_for_us(
    app: Flask, browser: Browser, milkman: Api, cast: Cast
) -> None:
    other = cast.vendor()
    paste(browser, HEAD + "A,9876543210,,,,\n")
    form = filled(browser)
    theirs = Browser(app).sign_in(other).get("/customers/import")
    theirs.post("/customers/import/add", 302, **{k: v for k, v in form.items() if k != "csrf_token"})
    assert [row["name"] for row in book(other)] == ["A"]
    assert book(milkman) == []
    add(browser)
    assert [row["name"] for row in book(milkman)] == ["A"]


def test_the_book_leads_there(browser: Browser) -> None:
    links = {a.get("href") for a in browser.get("/customers").tree.iter("a")}
    assert {"/customers/import", "/exports"} <= links


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_as_many_as_are_added_at_once_take_the_statements_of_one(app: Flask, cast: Cast) -> None:
    found = []
    for count in (1, 200):
        vendor = cast.vendor()
        browser = Browser(app).sign_in(vendor).get("/customers/import")
        lines = "".join(f"ग्राहक {n},98{n:08d},{n} Lake,,{n},{n - 5000}.5\n" for n in range(count))
        with counted() as looked:
            upload(browser, (HEAD + lines).encode("utf-16"))
        assert f"Can be added{count}" in browser.text
        form = filled(browser)
        with counted() as added:
            send(browser, "/customers/import/add", 302, **form)
        found.append((len(looked), len(added)))
        assert rows("SELECT count(*) FROM accounts WHERE vendor_id = :v", v=vendor.user["id"]) == [(count,)]
    assert found[0] == found[1]
    assert max(found[1]) < 20
    assert list(verify()) == []


def test_add_many_refuses_a_phone_twice(app: Flask, milkman: Api) -> None:
    from vendorapp.accounts.queries import caller_by_token
    from vendorapp.customers.rules import NewRow
    from vendorapp.kernel.errors import Conflict

    caller = caller_by_token(str(milkman.token))
    assert caller is not None
    with pytest.raises(Conflict) as problem, transaction():
        service.add_many(caller, [NewRow("A", "+919876543210"), NewRow("B", "+919876543210")])
    assert problem.value.code == "customer_exists"
    assert book(milkman) == []
    with transaction():
        assert service.add_many(caller, []) == 0


def test_the_day_of_an_opening_balance(browser: Browser) -> None:
    paste(browser, "Name,Phone,Balance\nA,9876543210,5\n")
    add(browser)
    ((day,),) = rows("SELECT date FROM ledger_entries")
    assert isinstance(day, date)
    assert (day + timedelta(days=1)).day == 1
