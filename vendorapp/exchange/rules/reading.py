"""How a CSV file is read, whoever wrote it: encoding, separator, quotation marks, names of columns."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...kernel.strict_json import TURNS
from .writing import BOM, unguarded

MOST_BYTES = 1024 * 1024
MOST_LINES = 10_000
SEPARATORS = (",", ";", "\t")
# Stands for what could not be read; no person has it in their name.
LOST = "\ufffd"
NUKTA = "\u093c"


class Unreadable(ValueError):
    """The file as a whole cannot be used; `code` says why, `facts` with what."""

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Table:
    """A file's columns (place by the name of the field), the headings that mean nothing to us, and its lines
    with their numbers as a spreadsheet shows them."""

    columns: dict[str, int]
    unread: list[str]
    width: int
    lines: list[tuple[int, list[str]]]


def decoded(data: bytes) -> str:
    """A file's text: UTF-8, or UTF-16 as Excel writes it. Raises `Unreadable`."""
    if len(data) > MOST_BYTES:
        raise Unreadable("too_large")
    try:
        return data.decode(_encoding(data))
    except UnicodeDecodeError:
        raise Unreadable("encoding") from None


def _encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in data[:4]:  # no mark, but Latin letters with the other half of each empty
        return "utf-16-be" if data.startswith(b"\0") else "utf-16-le"
    return "utf-8"


def clean(text: str) -> str:
    """`text` with plain line ends and without control characters: a page can hold it and send it again."""
    plain = text.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n")
    return plain.translate(CONTROL)


CONTROL = {code: LOST for code in (*range(32), *range(0x7F, 0xA0), *TURNS) if chr(code) not in "\n\t"}


def heading(raw: str) -> str:
    """A column's name without what people write differently: case, dots, hyphens, nuktas."""
    text = unicodedata.normalize("NFKC", unguarded(raw)).casefold().replace(NUKTA, "")
    return " ".join(re.sub(r"[\s._\-–:*/()#?'\"]+", " ", text).split())


def table(text: str, names: Mapping[str, str], needed: Sequence[str]) -> Table:
    """The table in a `clean` text.

    `names` says which field a heading (as `heading` gives it) is. Raises `Unreadable` when the first line
    names no columns, lacks a needed one or has one twice, when quotation marks do not fit, or when there are
    too many lines.
    """
    if len(text) > MOST_BYTES:
        raise Unreadable("too_large")
    if not text.strip():
        raise Unreadable("empty")
    separator = max(SEPARATORS, key=lambda one: len(_known(_first(text, one), names)))
    rows = _rows(text, separator)
    header = rows[0][1]
    columns = _columns(header, names, needed)
    if len(rows) - 1 > MOST_LINES:
        raise Unreadable("too_many_lines")
    unread = [cell.strip() for place, cell in enumerate(header) if place not in columns.values()]
    return Table(columns, [name for name in unread if name], len(header), rows[1:])


def _first(text: str, separator: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text.lstrip("\n"), newline=""), delimiter=separator), [])
    except csv.Error:
        return []


def _known(header: Sequence[str], names: Mapping[str, str]) -> list[str]:
    return [names[name] for cell in header if (name := heading(cell)) in names]


def _rows(text: str, separator: str) -> list[tuple[int, list[str]]]:
    """The lines that are not blank. Blank ones count: a spreadsheet numbers them too."""
    found = []
    number = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            if any(cell.strip() for cell in cells):
                found.append((number, [unguarded(cell) for cell in cells]))
    except csv.Error:
        # A quotation mark that is never closed would swallow the customers after it.
        raise Unreadable("quotes", line=str(number + 1)) from None
    return found


def _columns(header: Sequence[str], names: Mapping[str, str], needed: Sequence[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, cell in enumerate(header):
        field = names.get(heading(cell))
        if field is None:
            continue
        if field in columns:
            raise Unreadable("column_twice", first=header[columns[field]].strip(), second=cell.strip())
        columns[field] = place
    if not columns:
        raise Unreadable("no_header")
    for field in needed:
        if field not in columns:
            raise Unreadable("no_column", field=field)
    return columns
