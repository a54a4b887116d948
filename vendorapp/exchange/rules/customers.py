"""What a line of a file must hold to become a row of the book, and why it cannot."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...accounts import rules as people
from ...customers.rules import NewRow, stop_order
from ...kernel.money import AmountError, to_minor
from .reading import LOST, Table, heading

NEEDED = ("name", "phone_number")
LONGEST = {"name": 200, "phone_number": 40, "email": 320, "address": 2000, "notes": 2000}
ONE_LINE = frozenset({"name", "phone_number", "email", "stop_order", "opening_balance", "currency"})

# What columns are called, in English and in Hindi; compared as `heading` gives them.
HEADINGS: dict[str, tuple[str, ...]] = {
    "name": (
        *("name", "customer", "customer name", "full name", "household", "party", "party name"),
        *("नाम", "ग्राहक", "ग्राहक का नाम", "पूरा नाम"),
    ),
    "phone_number": (
        *("phone number", "phone", "phone no", "mobile", "mobile number", "mobile no", "telephone"),
        *("contact", "contact number", "contact no", "whatsapp", "whatsapp number"),
        *("फ़ोन", "फ़ोन नंबर", "फ़ोन नम्बर", "मोबाइल", "मोबाइल नंबर", "मोबाइल नम्बर", "दूरभाष", "संपर्क"),
    ),
    "email": ("e-mail", "email", "email address", "ईमेल", "ई-मेल"),
    "address": ("address", "house", "flat", "पता"),
    "notes": ("notes", "note", "remarks", "remark", "नोट", "नोट्स", "टिप्पणी"),
    "stop_order": (
        *("stop", "stop order", "stop number", "stop no", "place on the round"),
        *("क्रम", "फेरी में क्रम", "स्टॉप", "रास्ते में क्रम"),
    ),
    "opening_balance": (
        *("opening balance", "balance", "open from before", "opening", "previous balance", "due"),
        *("amount due", "बकाया", "पिछला बकाया", "शेष", "बाकी", "शुरुआती बकाया", "प्रारंभिक शेष"),
    ),
    "currency": ("currency", "मुद्रा", "करेंसी"),
}

DIGITS = {ord("०") + value: str(value) for value in range(10)} | {ord("−"): "-", ord("\u00a0"): " "}
# Groups of digits end with one of three: "1,234.50" and "1,23,456" are read, "1234,50" is not guessed at.
AMOUNT = re.compile(r"([+-]?)((?:[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3})|[0-9]{1,10})(\.[0-9]{1,6})?", re.ASCII)
SHORTENED = re.compile(r"[0-9][eE]\+?[0-9]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line cannot be added: its number, the field, a code, and what stood there."""

    line: int
    field: str
    code: str
    facts: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of looking at a file: the lines that can be added and what is wrong with the others."""

    good: list[tuple[int, NewRow]]
    faults: list[Fault]
    columns: tuple[str, ...]
    unread: list[str]
    fingerprint: str

    @property
    def bad_lines(self) -> list[int]:
        """The numbers of the lines that are left out."""
        return sorted({fault.line for fault in self.faults})

    @property
    def owed(self) -> int:
        """What the good lines owe from before, in minor units."""
        return sum(max(row.opening_balance, 0) for _, row in self.good)

    @property
    def ahead(self) -> int:
        """What the good lines paid ahead, in minor units."""
        return sum(max(-row.opening_balance, 0) for _, row in self.good)


def field_names(own: Mapping[str, str]) -> dict[str, str]:
    """The field that each heading means; `own` are the headings of our own files, by field."""
    found = {heading(name): field for field, names in HEADINGS.items() for name in names}
    return found | {heading(name): field for field, name in own.items()}


def amount(typed: str, currency: str) -> int:
    """An amount as a person writes it, signed, in minor units. ValueError, `AmountError` for its decimals."""
    plain = typed.translate(DIGITS).replace(" ", "").removesuffix("/-").upper()
    for sign in ("₹", "RS.", "RS", currency):
        plain = plain.replace(sign, "", 1)
    match = AMOUNT.fullmatch(plain)
    if not match:
        raise ValueError("an amount is expected")
    value = to_minor(Decimal(match[2].replace(",", "") + (match[3] or "")), currency)
    return -value if match[1] == "-" else value


def phone(typed: str, beside: str) -> str:
    """A phone typed any way in E.164; ValueError. A spreadsheet's 9.2E+11 is no phone any more."""
    if SHORTENED.search(typed):
        raise ValueError("shortened")
    return people.any_phone(typed.lstrip("'"), beside)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line while it is looked at."""

    number: int
    cells: Mapping[str, str]
    faults: list[Fault]

    def blame(self, field: str, code: str, **facts: str) -> None:
        self.faults.append(Fault(self.number, field, code, facts))

    def text(self, name: str) -> str | None:
        """A cell that holds text, None when it is empty."""
        value = self.cells.get(name, "")
        if LOST in value:
            self.blame(name, "unreadable", value=_short(value))
            return None
        if len(value) > LONGEST.get(name, 100):
            self.blame(name, "too_long", most=str(LONGEST.get(name, 100)))
            return None
        if not value and name in NEEDED:
            self.blame(name, "missing")
        return value or None

    def read(self, name: str, rule: Callable[[str], Any], code: str) -> Any:
        """A cell as `rule` reads it, None when it is empty or cannot be."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return rule(value)
        except AmountError:
            self.blame(name, "amount_range", value=_short(value))
        except ValueError as error:
            self.blame(name, "shortened" if str(error) == "shortened" else code, value=_short(value))
        return None


def _short(value: str) -> str:
    return value if len(value) <= 40 else f"{value[:39]}…"


def _cells(table: Table, cells: Sequence[str]) -> dict[str, str]:
    found = {}
    for name, place in table.columns.items():
        value = cells[place] if place < len(cells) else ""
        found[name] = " ".join(value.split()) if name in ONE_LINE else value.strip()
    return found


def _row(line: _Line, beside: str, currency: str) -> NewRow | None:
    name = line.text("name")
    number = line.read("phone_number", lambda typed: phone(typed, beside), "bad_phone")
    row = NewRow(
        name=name or "",
        phone_number=number or "",
        email=line.read("email", people.email, "bad_email"),
        address=line.text("address"),
        notes=line.text("notes"),
        stop_order=line.read("stop_order", lambda typed: stop_order(_whole(typed)), "bad_stop"),
        opening_balance=line.read("opening_balance", lambda typed: amount(typed, currency), "bad_amount")
        or 0,
    )
    other = line.cells.get("currency", "").upper()
    if row.opening_balance and other and other != currency:
        line.blame("currency", "other_currency", value=_short(other), own=currency)
    return None if line.faults else row


def _whole(typed: str) -> str:
    plain = typed.translate(DIGITS)
    return plain if plain.isascii() and plain.isdigit() else "none"


def lines(table: Table, *, beside: str, currency: str) -> tuple[list[tuple[int, NewRow]], list[Fault]]:
    """Each line by itself and against the lines before it; phones are read as in the country of `beside`."""
    good: list[tuple[int, NewRow]] = []
    faults: list[Fault] = []
    first: dict[str, int] = {}
    for number, cells in table.lines:
        line = _Line(number, _cells(table, cells), [])
        if beyond := [cell.strip() for cell in cells[table.width :] if cell.strip()]:
            line.blame("", "too_many_cells", value=_short(beyond[0]))
        row = _row(line, beside, currency)
        if row is not None and first.setdefault(row.phone_number, number) != number:
            line.blame("phone_number", "twice", value=row.phone_number, line=str(first[row.phone_number]))
            row = None
        if row is not None:
            good.append((number, row))
        faults += line.faults
    return good, faults


def checked(
    text: str,
    table: Table,
    *,
    good: Iterable[tuple[int, NewRow]],
    faults: Iterable[Fault],
    known: Mapping[str, str],
    currency: str,
) -> Checked:
    """What `lines` found, against the book: `known` are the names of those who have such a phone there."""
    new: list[tuple[int, NewRow]] = []
    wrong = list(faults)
    for number, row in good:
        if row.phone_number in known:
            facts = {"value": row.phone_number, "name": known[row.phone_number]}
            wrong.append(Fault(number, "phone_number", "in_book", facts))
        else:
            new.append((number, row))
    wrong.sort(key=lambda fault: fault.line)
    mark = _fingerprint(text, currency, new, wrong)
    return Checked(new, wrong, tuple(table.columns), table.unread, mark)


def _fingerprint(text: str, currency: str, good: Sequence[tuple[int, NewRow]], wrong: Sequence[Fault]) -> str:
    """Changes with the file and with what was found in it."""

    def parts() -> Iterator[Any]:
        yield [currency, text]
        yield [[number, row.phone_number, row.opening_balance] for number, row in good]
        yield [[fault.line, fault.field, fault.code] for fault in wrong]

    return hashlib.sha256(json.dumps(list(parts())).encode()).hexdigest()
