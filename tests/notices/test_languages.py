"""Everybody is told in their own language, whoever did it, and whether a person asks or the worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from flask import Flask
from flask_babel import get_locale
from flask_babel import gettext as _

from tests.cast import Api, Cast
from tests.notices.conftest import Subscribe, telling
from tests.push_service import PushService
from tests.records.orders import agreed
from vendorapp.kernel import languages
from vendorapp.kernel.babel import day, in_language, money, month, quantity
from vendorapp.kernel.clock import now
from vendorapp.kernel.database import transaction
from vendorapp.notices import delivery, service
from vendorapp.notices.service import Telling
from vendorapp.notices.words import Message, Words

# As few words of Hindi as the tests need.
HINDI = {
    "%(who)s is closed": "%(who)s बंद है",
    "Nothing is due from %(day)s to %(last)s: %(reason)s": "%(day)s से %(last)s तक कुछ नहीं आएगा: %(reason)s",
    "%(who)s noted your payment of %(amount)s": "%(who)s ने आपके %(amount)s लिख लिए",
    "%(who)s proposes %(item)s": "%(who)s का प्रस्ताव: %(item)s",
    "%(item)s, %(quantity)s, %(price)s each, %(days)s, from %(day)s": (
        "%(item)s, %(quantity)s, हर एक %(price)s, %(days)s, %(day)s से"
    ),
    "This comment was taken back.": "यह टिप्पणी वापस ले ली गई।",
    "It works": "यह काम करता है",
}
PARTY: dict[str, Any] = {"from": "2026-11-23", "to": "2026-11-25", "reason": "Diwali"}


@pytest.fixture(autouse=True)
def hindi(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is Hindi beside English, and it has the words above."""
    catalogue = Catalog(locale="hi")
    for english, words in HINDI.items():
        catalogue.add(english, words, flags=["python-format"] if "%" in english else [])
    catalogue.add(("every day", "every %(num)d days"), ("हर दिन", "हर %(num)d दिन में"))
    folder = tmp_path / "hi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.po").open("wb") as file:
        write_po(file, catalogue)
    monkeypatch.setattr(languages, "FOLDER", tmp_path)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel("2026-11-21T06:30:00Z", tick=False):
        yield


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


def household(cast: Cast, vendor: Api, locale: str) -> tuple[Api, int]:
    return cast.household(of=vendor, login=cast.customer_login(locale=locale))


def told(who: Api) -> tuple[str, str]:
    """The two lines of the newest notice."""
    newest = who.get("/notifications")["items"][0]
    return newest["title"], newest["body"]


def test_one_closed_week_is_told_in_each_ones_language(cast: Cast, milkman: Api) -> None:
    people = [household(cast, milkman, locale) for locale in ("hi-IN", "en", "fr", "hi")]
    for login, row in people:
        agreed(milkman, login, row)
    # The vendor's browser prefers Hindi; that is nobody's language but theirs.
    milkman.post("/pauses", PARTY, expect=200, headers={"Accept-Language": "hi"})
    in_hindi = ("Yadav Dairy बंद है", "23 नव॰ 2026 से 25 नव॰ 2026 तक कुछ नहीं आएगा: Diwali")
    in_english = ("Yadav Dairy is closed", "Nothing is due from 23 Nov 2026 to 25 Nov 2026: Diwali")
    assert [told(login) for login, _row in people] == [in_hindi, in_english, in_english, in_hindi]


def test_a_hindi_vendor_writes_english_to_an_english_customer(cast: Cast) -> None:
    vendor = cast.vendor(locale="hi")
    login, row = household(cast, vendor, "en")
    vendor.post("/payments", {"customer_id": row, "amount": "250000"}, expect=201)
    assert told(login)[0] == "Yadav Dairy noted your payment of ₹2,50,000.00"
    login.put("/me", {"locale": "hi"}, expect=200)
    vendor.post("/payments", {"customer_id": row, "amount": "500"}, expect=201)
    assert told(login)[0] == "Yadav Dairy ने आपके ₹500.00 लिख लिए"


def test_amounts_days_and_units_stand_inside_the_sentence(cast: Cast, milkman: Api) -> None:
    login, row = household(cast, milkman, "hi")
    body = {"customer_id": row, "item_name": "दूध", "unit": "L", "quantity": "1.5", "rate": "54"}
    milkman.post("/orders", body, expect=201)
    assert told(login) == (
        "Yadav Dairy का प्रस्ताव: दूध",
        "दूध, 1.5 L, हर एक ₹54.00, हर दिन, 21 नव॰ 2026 से",
    )


def test_a_comment_taken_back_is_so_in_the_readers_language(cast: Cast, milkman: Api) -> None:
    login, row = household(cast, milkman, "hi")
    order_id = agreed(milkman, login, row)
    comment = milkman.post("/comments", {"order_id": order_id, "content": "100% पानी"}, expect=201)
    assert told(login)[1] == "100% पानी"
    milkman.put(f"/comments/{comment['id']}", {"content": "50% पानी"}, expect=200)
    assert told(login)[1] == "50% पानी"
    milkman.delete(f"/comments/{comment['id']}", expect=204)
    assert told(login)[1] == "यह टिप्पणी वापस ले ली गई।"


def test_a_device_is_tried_out_in_its_owners_language(
    cast: Cast, pushes: PushService, subscribe: Subscribe
) -> None:
    login = cast.customer_login(locale="hi-IN")
    subscribe(login)
    device = login.get("/push/subscriptions")["items"][0]["id"]
    with transaction():
        service.send_test(login.user["id"], device)
    delivery.sweep()
    notification = pushes.messages[0].payload["notification"]
    assert (notification["title"], notification["lang"]) == ("यह काम करता है", "hi")


def words_heard(heard: list[str]) -> Words:
    def words() -> Message:
        heard.append(str(get_locale()))
        return Message(_("It works"), "")

    return words


def test_shared_words_are_composed_once_a_language(cast: Cast) -> None:
    people = [cast.customer_login(locale=locale) for locale in ("hi", "en", "hi-IN", "de", "en-GB")]
    heard: list[str] = []
    shared, own = words_heard(heard), words_heard(heard)
    fields = telling()
    with transaction():
        service.tell_many(
            Telling(one.user["id"], **{**fields, "words": words}) for words in (shared, own) for one in people
        )
    assert sorted(heard) == ["en", "en", "hi", "hi"]
    assert [told(one)[0] for one in people] == [
        "यह काम करता है",
        "It works",
        "यह काम करता है",
        "It works",
        "It works",
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (partial(day, now().date()), "नव॰"),
        (partial(month, now().date()), "नवंबर"),
        (partial(money, 1234567, "INR"), "₹12,345.67"),
        (partial(quantity, 1500), "1.5"),
    ],
)
def test_the_worker_writes_english_unless_told_otherwise(
    app: Flask, written: Callable[[], str], expected: str
) -> None:
    english = written()
    assert str(get_locale()) == "en"
    with in_language("hi-IN"):
        assert expected in written()
        with in_language("en"):
            assert written() == english
        assert str(get_locale()) == "hi"
    assert written() == english
