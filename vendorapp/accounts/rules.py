"""What a phone number, a password, a zone and a payment address must look like."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import time, timedelta
from functools import lru_cache
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email

from ..kernel.said import said

SIGN_IN_LASTS = timedelta(days=90)
RESET_LASTS = timedelta(hours=1)
DEFAULT_CUT_OFF = time(20, 0)
# The days of the month by which people may have to pay: every month has them.
PAY_DAYS = range(1, 29)
SHORTEST_PASSWORD = 8
# Ten wrong passwords within this window are heard out, the eleventh attempt is not.
FAILURES_ALLOWED = 10
FAILURE_WINDOW = timedelta(minutes=15)

# Files beside the zones: the machine's own time, and a machine whose time was never set.
NOT_ZONES = frozenset({"localtime", "Factory"})

E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
UPI = re.compile(r"[A-Za-z0-9._-]{2,256}@[A-Za-z][A-Za-z0-9.-]{1,63}", re.ASCII)


def e164(raw: str) -> str:
    """`raw`, when it is a possible phone number in E.164 (``+919876543210``); ValueError otherwise."""
    if not E164.fullmatch(raw):
        raise ValueError("A phone number like +919876543210 is expected.")
    return _possible(raw, None)


def any_phone(raw: str, beside: str) -> str:
    """`raw` typed any way as E.164; national forms are read in the country of the number `beside`."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(beside, None))
    except phonenumbers.NumberParseException:
        region = None
    return _possible(raw, region)


def _possible(raw: str, region: str | None) -> str:
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        raise ValueError("This is not a phone number.") from None
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_possible_number(number) or not E164.fullmatch(text):
        raise ValueError("There is no such phone number.")
    return text


def password(raw: str) -> str:
    """`raw`, when it is long enough to be a password and short enough to hash."""
    if len(raw) < SHORTEST_PASSWORD:
        raise ValueError(said("At least %(least)s characters are needed.", least=SHORTEST_PASSWORD))
    if len(raw) > 256:
        raise ValueError("At most 256 characters are allowed.")
    return raw


def email(raw: str) -> str:
    """`raw` as a normalised address; nobody is asked whether it exists."""
    try:
        return validate_email(raw, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise ValueError("This is not an e-mail address.") from None


@lru_cache
def zones() -> frozenset[str]:
    return frozenset(available_timezones()) - NOT_ZONES


def timezone(raw: str) -> str:
    if raw not in zones():
        raise ValueError("An IANA time zone like Asia/Kolkata is expected.")
    return raw


def locale(raw: str) -> str:
    """`raw` as ``language`` or ``language-REGION``, when it is one that exists."""
    try:
        found = Locale.parse(raw.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError, TypeError):
        raise ValueError("A language like en or hi is expected.") from None
    return str(found).replace("_", "-")


def upi_id(raw: str) -> str:
    if not UPI.fullmatch(raw):
        raise ValueError("A UPI id like name@bank is expected.")
    return raw


def new_token() -> str:
    """256 random bits as URL-safe text."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token. It is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
