"""Languages, and how numbers and days read on screen.

Whoever is signed in reads their own language, others the one they chose here (a cookie), else what their
browser asks for. Which languages there are: `kernel.languages`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_compact_currency, format_currency, format_decimal
from babel.support import NullTranslations
from flask import Flask, Response, g, has_request_context, request
from flask_babel import Babel, Domain, force_locale, get_locale, gettext
from werkzeug.wrappers import Response as WerkzeugResponse

from .languages import ENGLISH, languages, own_name, translations
from .money import THOUSAND, Amount, amount_text, decimals, known_currencies
from .said import Said

COOKIE = "language"


def known_language(locale: str) -> str:
    """The language that comes nearest to `locale` (``hi`` for ``hi-IN``), else English."""
    parts = locale.replace("_", "-").split("-")
    tries = ("-".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((tag for tag in tries if tag in translations()), ENGLISH)


def language() -> str:
    """The tag of the language that is spoken here and now: ``hi``, ``pt-BR``."""
    return str(get_locale() or ENGLISH).replace("_", "-")


class _Words(Domain):  # type: ignore[misc]
    """Where Flask-Babel finds the words of a language."""

    def get_translations(self) -> NullTranslations:
        return translations().get(language()) or translations()[ENGLISH]


@contextmanager
def in_language(locale: str) -> Iterator[None]:
    """Words, amounts and days inside are in the language of `locale`, whoever is asking."""
    with force_locale(known_language(locale).replace("-", "_")):
        yield


def _language() -> str:
    caller = g.get("caller")
    if caller:
        found = known_language(str(caller.locale))
    elif not has_request_context():  # the worker, the command line
        found = ENGLISH
    else:
        chosen = request.cookies.get(COOKIE)
        found = (
            chosen if chosen in languages() else request.accept_languages.best_match(languages()) or ENGLISH
        )
    return found.replace("-", "_")


def choose_language(response: WerkzeugResponse, tag: str, *, secure: bool) -> None:
    """Let this browser read `tag` for a year wherever nobody is signed in."""
    response.set_cookie(COOKIE, tag, max_age=365 * 24 * 3600, secure=secure, httponly=True, samesite="Lax")


def _locale() -> str:
    found = str(get_locale() or ENGLISH)
    # Lakhs and crores: the business is done in India's way of writing numbers unless told otherwise.
    return "en_IN" if found == ENGLISH else found


def money(minor: int, currency: str) -> str:
    """An amount as people write it: ``₹52.50``."""
    return _money(minor, currency, _locale())


# A list, and news for many, say the same few amounts and days again and again.
@lru_cache(maxsize=1024)
def _money(minor: int, currency: str, locale: str) -> str:
    value = Decimal(minor).scaleb(-decimals(currency))
    return format_currency(value, currency, locale=locale, currency_digits=True)


def zero(currency: str) -> str:
    """What nothing looks like in an empty field, so that the decimals are seen: ``0.00``; else empty."""
    return amount_text(0, currency) if currency in known_currencies() else ""


def round_money(minor: int, currency: str) -> str:
    """An amount on the axis of a plot, where there is little room: ``₹1.2L``."""
    value = Decimal(minor).scaleb(-decimals(currency))
    return format_compact_currency(value, currency, locale=_locale(), fraction_digits=2)


def quantity(thousandths: int) -> str:
    """A quantity without needless zeros: ``1.5``."""
    return format_decimal(Decimal(thousandths) / THOUSAND, format="#,##0.###", locale=_locale())


def day(value: date, style: str = "medium") -> str:
    return _day(value, style, _locale())


@lru_cache(maxsize=1024)
def _day(value: date, style: str, locale: str) -> str:
    return format_date(value, format=style, locale=locale)


def month(value: date) -> str:
    """A month's name and year: ``November 2026``."""
    return format_date(value, format="LLLL y", locale=_locale())


def moment(value: datetime, zone: str) -> str:
    """An instant in a zone, to the minute."""
    return format_datetime(value.astimezone(ZoneInfo(zone)), format="d MMM y, HH:mm", locale=_locale())


def ago(age: timedelta) -> str:
    """How long ago, in words: ``3 minutes ago``."""
    return format_timedelta(-age, granularity="minute", add_direction=True, threshold=1, locale=_locale())


def in_words(text: str) -> str:
    """A sentence of an error, or any other one of `kernel.said`, in the reader's language."""
    if isinstance(text, Said):
        return str(gettext(text.template, **{name: _shown(value) for name, value in text.values.items()}))
    return str(gettext(text)) if text else ""


def _shown(value: Any) -> str:
    if isinstance(value, Amount):
        return money(value.minor, value.currency)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, (int, Decimal)):
        return format_decimal(value, locale=_locale())
    return str(value)


def phone(number: str) -> str:
    """A number in E.164 as people write it: ``+91 98001 44813``; what is none of them stays as it is."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _name_language(response: Response) -> Response:
    if response.mimetype == "text/html" and not 300 <= response.status_code < 400:
        response.headers.setdefault("Content-Language", language())
        response.vary.update(("Accept-Language", "Cookie"))
    return response


def init_babel(app: Flask) -> None:
    """The words of the caller's language, and the filters of the templates. Raises `BrokenLanguage`."""
    translations()
    app.config.setdefault("BABEL_DEFAULT_LOCALE", ENGLISH)
    Babel(app, locale_selector=_language).domain_instance = _Words()
    app.after_request(_name_language)
    app.jinja_env.filters.update(
        money=money, qty=quantity, day=day, month=month, moment=moment, phone=phone, zero=zero
    )
    app.jinja_env.globals["languages"] = lambda: {tag: own_name(tag) for tag in languages()}
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"lang": language()})
