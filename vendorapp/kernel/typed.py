"""Numbers as people type them: ``1,25,000.50``, ``₹ 60``, ``१२५०``, ``60/-``; and as the contract has them.

What can be read in two ways is never guessed at: a wrong sum is worse than a question.
"""

from __future__ import annotations

import re
import unicodedata

from babel.numbers import get_currency_symbol

from .money import decimals
from .said import said

# Groups of digits end with one of three: 1,250 and 1,25,000.
GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}", re.ASCII)
DIGITS = re.compile(r"[0-9]+", re.ASCII)
ONLY_NUMBER = re.compile(r"[0-9.,]+", re.ASCII)
SIGN_BEFORE = re.compile(r"([^\s0-9.,+-]+\.?)\s*(?=[0-9.+-])")
SIGN_AFTER = re.compile(r"(?<=[0-9.])\s*([^\s0-9.,+-]+\.?)")
RUPEE = frozenset({"₹", "rs", "rs.", "re", "re.", "रु", "रु.", "रू", "रू.", "रुपये", "रुपए", "रुपया"})
GAPS = re.compile(r"(?<=[0-9])[ '’](?=[0-9]{2,3}(?![0-9]))")

TWO_WAYS = said("This can be read in two ways. Write it like 1250 or 1250.50.")
NO_SIGN = said("Write the number alone, without a currency.")


class Unclear(ValueError):
    """What was typed may mean this or that; the text says how to write it."""


def _digits(raw: str) -> str:
    """`raw` with the digits of every script as ours, and one kind of minus and of space."""
    plain = "".join(str(unicodedata.digit(one)) if one.isdecimal() else one for one in raw)
    plain = re.sub(r"[\u00a0\u2009\u202f]", " ", plain).replace("−", "-")
    return re.sub(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069]", "", plain).strip()


def _fits(sign: str, currency: str) -> bool:
    if sign.upper() == currency or sign == get_currency_symbol(currency, "en"):
        return True
    return currency == "INR" and sign.casefold() in RUPEE


def _without_sign(plain: str, currency: str | None) -> str:
    """`plain` without the sign of its currency, which must be that of the account."""
    plain = plain.removesuffix("/-").rstrip()
    for pattern in (SIGN_BEFORE, SIGN_AFTER):
        found = pattern.match(plain) if pattern is SIGN_BEFORE else re.search(pattern.pattern + r"$", plain)
        if not found or not _is_currency(found[1]):
            continue
        if currency is None:
            raise Unclear(NO_SIGN)
        if not _fits(found[1], currency):
            raise Unclear(said("This account is kept in %(currency)s.", currency=currency))
        plain = (plain[: found.start()] + plain[found.end() :]).strip()
    return plain


def _is_currency(word: str) -> bool:
    if word.casefold() in RUPEE or any(unicodedata.category(one) == "Sc" for one in word):
        return True
    return re.fullmatch(r"[A-Z]{3}", word) is not None


def _number(text: str, *, exact: bool) -> str:
    """Digits, commas and points as a decimal number; `exact`: 1,250 could well mean one and a quarter."""
    commas, points = text.count(","), text.count(".")
    whole, _point, rest = text.rpartition("." if text.rfind(".") > text.rfind(",") else ",")
    if not commas:
        if points > 1 or (
            not exact and points and len(rest) == 3 and whole.strip("0") and rest.endswith("0")
        ):
            raise Unclear(TWO_WAYS)
        return text
    if points:
        # The last of the two is the decimal one, and stands once.
        whole = whole.replace(".", ",") if whole.count(".") and "," not in whole else whole
        if not GROUPED.fullmatch(whole) or not DIGITS.fullmatch(rest):
            raise Unclear(TWO_WAYS)
        return f"{whole.replace(',', '')}.{rest}"
    if GROUPED.fullmatch(text) and not text.startswith("0") and (commas > 1 or not exact):
        return text.replace(",", "")
    if (
        commas == 1
        and DIGITS.fullmatch(whole)
        and DIGITS.fullmatch(rest)
        and _decimal_comma(whole, rest, exact)
    ):
        return f"{whole}.{rest}"
    raise Unclear(TWO_WAYS)


def _decimal_comma(whole: str, rest: str, exact: bool) -> bool:
    """0,50 is half of one; of a quantity 1,5 too. An amount like 1,25 may be an unfinished 1,250."""
    return len(rest) < 3 and (exact or not whole.strip("0"))


def _read(raw: str, *, exact: bool, currency: str | None) -> str:
    plain = _digits(raw)
    if not exact:
        plain = _without_sign(plain, currency)
    exact = exact or (currency is not None and decimals(currency) == 3)
    minus, plain = (plain[0], plain[1:].strip()) if plain[:1] in ("-", "+") else ("", plain)
    if GAPS.search(plain):
        joined = GAPS.sub(",", plain)
        if "," in plain or not GROUPED.fullmatch(joined.partition(".")[0]):
            raise Unclear(TWO_WAYS)
        plain = joined.replace(",", "")
    if not ONLY_NUMBER.fullmatch(plain) or not any(one.isdigit() for one in plain):
        return raw
    number = _number(plain, exact=exact)
    number = f"0{number}" if number.startswith(".") else number.removesuffix(".")
    return ("-" if minus == "-" else "") + number


def amount(raw: str, currency: str | None) -> str:
    """An amount as a plain decimal number; words are left as they are, for the field's own rule to refuse.

    `currency` is the one of the account, whose sign may stand there; None where it is not known. Raises
    `Unclear` for what can be read in two ways and for the sign of another currency.
    """
    return _read(raw, exact=False, currency=currency)


def quantity(raw: str) -> str:
    """A quantity as a plain decimal number. 1,5 is one and a half; 1,250 could be two things: `Unclear`."""
    return _read(raw, exact=True, currency=None)
