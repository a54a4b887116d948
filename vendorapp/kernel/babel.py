"""Languages, and how numbers and days read on screen."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from flask import Flask, g, request
from flask_babel import Babel, get_locale

from .money import THOUSAND, decimals

LANGUAGES = ("en", "hi")


def _language() -> str:
    caller = g.get("caller")
    if caller:
        language = str(caller.locale).split("-")[0]
        return language if language in LANGUAGES else "en"
    return request.accept_languages.best_match(LANGUAGES) or "en"


def _locale() -> str:
    language = str(get_locale() or "en")
    # Lakhs and crores: the business is done in India's way of writing numbers unless told otherwise.
    return "en_IN" if language == "en" else language


def money(minor: int, currency: str) -> str:
    """An amount as people write it: ``₹52.50``."""
    value = Decimal(minor).scaleb(-decimals(currency))
    return format_currency(value, currency, locale=_locale(), currency_digits=True)


def quantity(thousandths: int) -> str:
    """A quantity without needless zeros: ``1.5``."""
    return format_decimal(Decimal(thousandths) / THOUSAND, format="#,##0.###", locale=_locale())


def day(value: date, style: str = "medium") -> str:
    return format_date(value, format=style, locale=_locale())


def month(value: date) -> str:
    """A month's name and year: ``November 2026``."""
    return format_date(value, format="LLLL y", locale=_locale())


def moment(value: datetime, zone: str) -> str:
    """An instant in a zone, to the minute."""
    return format_datetime(value.astimezone(ZoneInfo(zone)), format="d MMM y, HH:mm", locale=_locale())


def init_babel(app: Flask) -> None:
    """Catalogues by the caller's language, and the filters of the templates."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "en")
    Babel(app, locale_selector=_language)
    app.jinja_env.filters.update(money=money, qty=quantity, day=day, month=month, moment=moment)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"lang": str(get_locale() or "en")})
