"""How a CSV file is written: RFC 4180, UTF-8 with a byte order mark, and no cell that a spreadsheet runs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

BOM = "\ufeff"
# Text is handed on in pieces of about this many characters.
PIECE = 65_536
# A spreadsheet may take a cell for a formula that begins so; text that was guarded before is guarded again,
# so that `unguarded` gives back exactly what was written.
FORMULA = re.compile(r"'*(?:\s*[=+\-@＝＋－＠]|[^\S\t\r]*[\t\r])")
# Not part of a file's name, whatever the machine that it is saved on.
UNFIT = frozenset("\\/:*?\"<>|.,;'`~!@#$%^&()[]{}+=-_")


class Number(str):
    """Text that is a number, like an amount with its sign: it stays one in a spreadsheet."""

    __slots__ = ()


Cell = str | int | date | None


def guarded(text: str) -> str:
    """`text` with a leading apostrophe when a spreadsheet could take it for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """A cell as it was before `guarded`."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell, 1) else cell


def cell_text(value: Cell) -> str:
    """A value as it stands in its cell: days as ISO 8601, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Number, int)):
        return str(value)
    return guarded(value)


def written(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The file piece by piece; rows are asked for one by one."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write(BOM)
    writer.writerow([guarded(name) for name in header])
    for row in rows:
        writer.writerow([cell_text(value) for value in row])
        if buffer.tell() >= PIECE:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def file_name(business: str, what: str, span: str) -> str:
    """``yadav-dairy-orders-2026-10.csv``: letters of any script, digits and hyphens."""
    words = "".join(char if char.isprintable() and char not in UNFIT else " " for char in business.lower())
    return "-".join([*words[:80].split(), what, span]) + ".csv"
