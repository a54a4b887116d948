"""Cells that are written and tables that are read, without an application."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date

import pytest

from vendorapp.exchange.rules import customers, reading, writing
from vendorapp.exchange.rules.customers import NEEDED, amount, field_names, phone
from vendorapp.exchange.rules.reading import Unreadable, clean, decoded, table
from vendorapp.exchange.rules.writing import Cell, Number, file_name, guarded, unguarded, written
from vendorapp.kernel.money import AmountError

NAMES = field_names({})


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+91",
        "-5",
        "@SUM(A1)",
        "\tx",
        "\rx",
        " =1",
        "\u00a0 +1",
        " \t=1",
        "＝1",
        "'=1",
        "''-1",
        "\n=1",
    ],
)
def test_what_begins_like_a_formula_is_guarded_and_comes_back(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["", "Asha", "12-5", "a=b", "'quoted'", "O'Brien", " x", "₹5", "'"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text
    assert unguarded(text) == text


def test_a_file_is_quoted_and_numbers_stay_numbers() -> None:
    row: list[Cell] = [
        'Asha, the "first"\nfloor',
        Number("-50.00"),
        "-50.00",
        7,
        -3,
        date(2026, 2, 28),
        None,
        "आशा",
    ]
    data = b"".join(written(["Name", "=x"], [row]))
    assert data == (
        b"\xef\xbb\xbfName,'=x\r\n"
        + '"Asha, the ""first""\nfloor",-50.00,\'-50.00,7,-3,2026-02-28,,आशा\r\n'.encode()
    )
    (_, read) = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    assert read[0] == row[0]


def test_rows_are_asked_for_while_the_file_is_written() -> None:
    asked = []

    def rows() -> Iterator[list[Cell]]:
        for number in range(10_000):
            asked.append(number)
            yield ["x" * 100, number]

    pieces = written(["Text", "Number"], rows())
    first = next(pieces)
    assert len(asked) < 1000
    assert (first + b"".join(pieces)).count(b"\r\n") == 10_001


def test_the_name_of_a_file() -> None:
    assert file_name("Yadav Dairy & Sons.", "orders", "2026-10") == "yadav-dairy-sons-orders-2026-10.csv"
    assert file_name('../..\\a\r\n"b', "x", "y") == "a-b-x-y.csv"
    assert file_name("दूध डेयरी", "x", "2026-10") == "दूध-डेयरी-x-2026-10.csv"
    assert file_name("***", "x", "2026-10") == "x-2026-10.csv"


@pytest.mark.parametrize(
    "data",
    [
        "Name,Phone\nआशा,1".encode(),
        "Name,Phone\nआशा,1".encode("utf-8-sig"),
        "Name,Phone\nआशा,1".encode("utf-16"),
        "Name,Phone\nआशा,1".encode("utf-16-le"),
        "Name,Phone\nआशा,1".encode("utf-16-be"),
        b"\xfe\xff" + "Name,Phone\nआशा,1".encode("utf-16-be"),
    ],
)
def test_encodings(data: bytes) -> None:
    assert clean(decoded(data)) == "Name,Phone\nआशा,1"


@pytest.mark.parametrize("data", ["Name\nJosé".encode("latin-1"), b"\xff\xfeN", b"\xff\xfe\x00\xd8"])
def test_other_encodings_are_refused(data: bytes) -> None:
    with pytest.raises(Unreadable, match="encoding"):
        decoded(data)


def test_a_file_is_at_most_a_megabyte() -> None:
    assert len(decoded(b"x" * reading.MOST_BYTES)) == reading.MOST_BYTES
    with pytest.raises(Unreadable, match="too_large"):
        decoded(b"x" * (reading.MOST_BYTES + 1))
    with pytest.raises(Unreadable, match="too_large"):
        table("x" * (reading.MOST_BYTES + 1), NAMES, NEEDED)


def test_clean_text_is_the_same_when_it_comes_back_from_a_page() -> None:
    text = clean("\ufeffName,Phone\rA\0,1\r\n\x85")
    assert text == "Name,Phone\nA\ufffd,1\n\ufffd"
    assert clean(text.replace("\n", "\r\n")) == text


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators(separator: str) -> None:
    text = separator.join(["Phone", "Name", "Address"]) + "\n" + separator.join(["1", '"A, b; c\td"', "x"])
    found = table(text, NAMES, NEEDED)
    assert found.columns == {"phone_number": 0, "name": 1, "address": 2}
    assert found.lines == [(2, ["1", "A, b; c\td", "x"])]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("NAME", "name"),
        (" Customer_Name ", "name"),
        ("नाम", "name"),
        ("Phone no.", "phone_number"),
        ("Mobile-Number", "phone_number"),
        ("फ़ोन नंबर", "phone_number"),
        ("फ\u093cोन", "phone_number"),
        ("फोन", "phone_number"),
        ("पता", "address"),
        ("टिप्पणी", "notes"),
        ("Stop order", "stop_order"),
        ("Opening balance", "opening_balance"),
        ("बकाया", "opening_balance"),
        ("ई-मेल", "email"),
    ],
)
def test_headings(heading: str, field: str) -> None:
    assert NAMES[reading.heading(heading)] == field


def test_our_own_headings_are_read_in_any_language() -> None:
    own = {"name": "Nome", "phone_number": "=Tel"}
    found = table("'=Tel,Nome,Other\n1,A,x", field_names(own), NEEDED)
    assert found.columns == {"phone_number": 0, "name": 1}
    assert found.unread == ["Other"]


@pytest.mark.parametrize(
    ("text", "code", "facts"),
    [
        ("", "empty", {}),
        (" \n\n", "empty", {}),
        ("Asha,9876543210\nBala,9876543211", "no_header", {}),
        ("Name,Address\nA,b", "no_column", {"field": "phone_number"}),
        ("Phone\n1", "no_column", {"field": "name"}),
        ("Name,Phone,Mobile\nA,1,2", "column_twice", {"first": "Phone", "second": "Mobile"}),
        ('Name,Phone\nA,1\n"B,2\nC,3', "quotes", {"line": "3"}),
        ('Name,Phone\n"A,1\n"B",2', "quotes", {"line": "2"}),
        ("Name,Phone\n" + "A,1\n" * 10_001, "too_many_lines", {}),
    ],
)
def test_files_that_cannot_be_used(text: str, code: str, facts: dict[str, str]) -> None:
    with pytest.raises(Unreadable) as problem:
        table(text, NAMES, NEEDED)
    assert (problem.value.code, problem.value.facts) == (code, facts)


def test_lines_are_numbered_as_a_spreadsheet_does() -> None:
    found = table('\nName,Phone\n"A\nb",1\n\n,\nC,3\n', NAMES, NEEDED)
    assert [number for number, _ in found.lines] == [3, 6]
    assert len(table("Name,Phone\n" + "A,1\n" * 10_000, NAMES, NEEDED).lines) == 10_000


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("1,234.50", "INR", 123450),
        ("1,23,456", "INR", 12345600),
        ("12,34,567.5", "INR", 123456750),
        ("₹ 250", "INR", 25000),
        ("Rs. 250/-", "INR", 25000),
        ("inr 5", "INR", 500),
        ("-50", "INR", -5000),
        ("−50.25", "INR", -5025),
        ("+7", "INR", 700),
        ("१२३", "INR", 12300),
        ("10.500", "INR", 1050),
        ("1,234", "UGX", 1234),
        ("0", "INR", 0),
    ],
)
def test_amounts(typed: str, currency: str, minor: int) -> None:
    assert amount(typed, currency) == minor


@pytest.mark.parametrize(
    "typed", ["1234,50", "1.234,50", "12,34", ",5", "abc", "1e3", "--1", "5 %", "1.2.3", "٣"]
)
def test_amounts_are_not_guessed(typed: str) -> None:
    with pytest.raises(ValueError) as problem:
        amount(typed, "INR")
    assert not isinstance(problem.value, AmountError)


@pytest.mark.parametrize(
    ("typed", "currency"),
    [("1.005", "INR"), ("0.5", "UGX"), ("10,000,000,000", "INR"), ("9999999999.01", "INR")],
)
def test_amounts_beyond_the_currency(typed: str, currency: str) -> None:
    with pytest.raises(AmountError):
        amount(typed, currency)


@pytest.mark.parametrize(
    "typed",
    ["98765 43210", "098765-43210", "+91 98765 43210", "'+919876543210", "(98765)43210", "0091 9876543210"],
)
def test_phones_typed_any_way(typed: str) -> None:
    assert phone(typed, "+919800000001") == "+919876543210"


@pytest.mark.parametrize("typed", ["12", "milk", "9.87654E+11", "98765 43210 / 98765 43211", ""])
def test_what_is_no_phone(typed: str) -> None:
    with pytest.raises(ValueError):
        phone(typed, "+919800000001")


def test_only_a_good_line_claims_its_phone() -> None:
    text = "Name,Phone,Balance\n,9876543210,\nAsha,9876543210,\nBala,+919876543210,\n"
    good, faults = customers.lines(table(text, NAMES, NEEDED), beside="+919800000001", currency="INR")
    assert [(number, row.name) for number, row in good] == [(3, "Asha")]
    assert [(one.line, one.field, one.code) for one in faults] == [
        (2, "name", "missing"),
        (4, "phone_number", "twice"),
    ]
    assert faults[1].facts["line"] == "3"


def test_a_cell_is_at_most_guarded_once() -> None:
    assert writing.cell_text("'+91") == "''+91"
    assert table("Name,Phone\n''+91,1", NAMES, NEEDED).lines == [(2, ["'+91", "1"])]
