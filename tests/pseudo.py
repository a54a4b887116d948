"""A language that nobody speaks: every letter of ours becomes a wide one, so a plain one was not translated.

It goes by the tag of Greek, so that what the library of languages writes (months, days, currencies) is in
letters that differ from ours too, and so are the names of all people and things: `greek`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element

from babel.messages import Catalog, pofile
from sqlalchemy import text

from dev.messages import gathered
from tests.conftest import opened
from vendorapp.kernel.database import db, session

TAG = "el"
# Values to fill in, tags and entities stay as they are.
KEPT = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w+\}|<[^<>]+>|&\w+;")
LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
GREEK = "ΑΒΨΔΕΦΓΗΙΞΚΛΜΝΟΠϘΡΣΤΘΩϚΧΥΖαβψδεφγηιξκλμνοπϙρστθωϛχυζ"
WIDE = {ord(letter): ord(letter) + 0xFEE0 for letter in LATIN}
# What people wrote, by table.
DATA = {
    "adjustments": ("reason",),
    "change_requests": ("item_name", "unit", "message", "on_behalf_note"),
    "comments": ("content",),
    "custom_records": ("item_name", "unit"),
    "customers": ("name", "address", "notes"),
    "holidays": ("reason",),
    "order_periods": ("item_name", "unit"),
    "order_terms": ("item_name", "unit", "on_behalf_note"),
    "orders": ("item_name", "unit", "message", "on_behalf_note", "reason"),
    "packages": ("name",),
    "pauses": ("reason",),
    "payments": ("reason", "note"),
    "products": ("name", "unit", "category"),
    "rate_proposals": ("item_name", "message"),
    "record_marks": ("note",),
    "records": ("item_name", "unit", "customer_note", "vendor_note"),
    "services": ("name", "unit"),
    "statements": ("on_behalf_note",),
    "users": ("name", "address"),
    "vendors": ("business_name",),
}
# Our own name, addresses, and what is only known by its letters.
PLAIN = re.compile(
    r"vendorapp|WhatsApp|https?://\S+|\S+@\S+|\b(CSV|UPI|UTF-8|PDF|INR)\b|/[\w/.-]+|'[a-z_-]+'", re.ASCII
)
# Zones are known by their names everywhere, currencies by their codes, languages by their own names.
ZONES_AND_CODES = ("timezone", "currency", "locale")
SEEN_ATTRIBUTES = ("aria-label", "title", "placeholder", "alt", "data-confirm", "data-text")


def wide(sentence: str) -> str:
    """A sentence in the language that nobody speaks."""
    found, at = [], 0
    for match in KEPT.finditer(sentence):
        found += [sentence[at : match.start()].translate(WIDE), match[0]]
        at = match.end()
    return "".join([*found, sentence[at:].translate(WIDE)])


def greek(words: str) -> str:
    """A name in letters that are not ours."""
    return words.translate(str.maketrans(LATIN, GREEK))


def write(folder: Path, tag: str = TAG) -> Path:
    """The file of that language below `folder`."""
    made = Catalog(locale=tag)
    for message in gathered():
        if message.id:
            one = [wide(part) for part in message.id] if message.pluralizable else wide(str(message.id))
            made.add(message.id, one, context=message.context)
    written = BytesIO()
    pofile.write_po(written, made)
    path = folder / tag / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_bytes(written.getvalue())
    return path


def rename_all() -> None:
    """Everybody and everything in the database is written in Greek letters, and reads this language."""
    session().rollback()
    with db.engine.begin() as connection, opened(connection):
        for table, columns in DATA.items():
            changes = ", ".join(f"{name} = translate({name}, :latin, :greek)" for name in columns)
            connection.execute(text(f"UPDATE {table} SET {changes}"), {"latin": LATIN, "greek": GREEK})
        connection.execute(text("UPDATE users SET locale = :tag"), {"tag": TAG})
        connection.execute(text("DELETE FROM push_deliveries"))
        connection.execute(text("DELETE FROM notices"))


def untranslated(words: str) -> list[str]:
    """The pieces of `words` with our letters in them."""
    return re.findall(r"[A-Za-z][A-Za-z'’ .-]*", PLAIN.sub(" ", words))


def _strings(value: object) -> Iterator[str]:
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, str):
        yield value
    for one in values:
        yield from _strings(one)


def shown(tree: Element) -> Iterator[str]:
    """Every text of a page that somebody sees or hears."""
    for one in tree:
        yield one.tail or ""
        if one.tag == "script":
            if one.get("id") == "texts":
                yield from (
                    text.replace("{n}", "").replace("{m}", "")
                    for text in _strings(json.loads(one.text or ""))
                )
            continue
        if one.tag in ("style", "template") or one.get("lang") or one.get("name") in ZONES_AND_CODES:
            continue
        if one.tag == "meta" and one.get("name") == "description":
            yield one.get("content") or ""
        yield from (one.get(name) or "" for name in SEEN_ATTRIBUTES)
        yield one.text or ""
        yield from shown(one)
