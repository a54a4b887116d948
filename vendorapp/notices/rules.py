"""What holds for a push notice without any computer: where it may go, what it may say, how long it
lives and when it is tried again. Pure functions: the caller brings the time and the chance."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

MAX_TRIES = 8
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_SILENCE = timedelta(minutes=10)
PAYLOAD_LIMIT = 3_000  # bytes; a payload stays below it

# The push services of Chrome, Edge, Firefox and Safari. jmt17 is what Debian's Chromium is given.
KNOWN_HOSTS = frozenset(
    {
        "fcm.googleapis.com",
        "jmt17.google.com",
        "android.googleapis.com",
        "updates.push.services.mozilla.com",
        "web.push.apple.com",
    }
)
KNOWN_SUFFIXES = (".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com")


class BadSubscription(ValueError):
    """No message can ever be sent with this subscription: a key or the endpoint is unusable."""


class EndpointRefused(BadSubscription):
    """The endpoint is not an address that our server is willing to POST to."""


class PayloadTooLarge(ValueError):
    """The message is larger than a browser (or our own promise) takes."""


class Result(StrEnum):
    """What one try came to, and so what happens to the delivery and its device."""

    ACCEPTED = "accepted"  # done
    GONE = "gone"  # delete the device
    RETRY_LATER = "retry_later"  # the whole origin rests, at least for Retry-After
    RETRY = "retry"  # this delivery is tried again
    DROPPED = "dropped"  # this message can never go; the device stays
    OUR_FAULT = "our_fault"  # our key, clock or subject: alarm, stop, keep the device


# Endpoints and keys ---------------------------------------------------------------------------

# One strict pattern instead of a URL parser: whatever two parsers could read differently (userinfo,
# backslashes, spaces, tabs, non-ASCII look-alikes, an empty port) is not matched at all.
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_ENDPOINT = re.compile(
    rf"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|{_LABEL}(?:\.{_LABEL})*)"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?/(?P<rest>[!$-\[\]-~]*)",
    re.IGNORECASE | re.ASCII,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def check_endpoint(endpoint: str, allow: Collection[str] = ()) -> str:
    """The endpoint's origin (`https://host`, the port only where it is not the scheme's own).

    `allow` holds lower-case `host` (any port) or `host:port` entries; such hosts are exempt from
    every rule about hosts, ports and https. Raises `EndpointRefused`. Nothing is looked up.
    """
    match = _ENDPOINT.fullmatch(endpoint) if len(endpoint) <= 2_048 else None
    if match is None:
        raise EndpointRefused("not an address of a push service")
    scheme, host = match["scheme"].lower(), match["host"].lower()
    port = int(match["port"] or _DEFAULT_PORTS[scheme])
    if host not in allow and f"{host}:{port}" not in allow:
        if scheme != "https" or port != 443:
            raise EndpointRefused("a push service is reached by https on port 443")
        # An IP literal is no known host, in whatever notation.
        if host not in KNOWN_HOSTS and not host.endswith(KNOWN_SUFFIXES):
            raise EndpointRefused("not the host of a known push service")
    return f"{scheme}://{host}" + ("" if port == _DEFAULT_PORTS[scheme] else f":{port}")


# P-256: y² = x³ - 3x + b over the field of p. Written out, because importing cryptography for this
# one equation would cost the web process 30 ms.
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}", re.ASCII)


def check_keys(p256dh: str, auth: str) -> tuple[bytes, bytes]:
    """The two keys as bytes: an uncompressed point on P-256 (65) and the shared secret (16).

    Both are base64url, with or without padding. Raises `BadSubscription`.
    """
    point, secret = _decode("p256dh", p256dh, 65), _decode("auth", auth, 16)
    x, y = int.from_bytes(point[1:33]), int.from_bytes(point[33:])
    on_curve = (y * y - x * x * x + 3 * x - _B) % _P == 0
    if point[0] != 4 or x >= _P or y >= _P or not on_curve:
        raise BadSubscription("p256dh is not a point on P-256")
    return point, secret


def _decode(name: str, text: str, length: int) -> bytes:
    try:
        # b64decode alone would skip over foreign characters.
        if not _BASE64URL.fullmatch(text):
            raise ValueError
        raw = base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except (binascii.Error, ValueError, TypeError):
        raise BadSubscription(f"{name} is not base64url") from None
    if len(raw) != length:
        raise BadSubscription(f"{name} has {len(raw)} bytes, not {length}")
    return raw


def b64url(raw: bytes) -> str:
    """Base64url without padding, as all of web push writes it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def vapid_key(private_key: str) -> EllipticCurvePrivateKey:
    """Our VAPID key from base64url of its 32 bytes. Raises `ValueError`, without naming the key."""
    from cryptography.hazmat.primitives.asymmetric import ec  # 30 ms, only where it is used

    try:
        return ec.derive_private_key(
            int.from_bytes(_decode("the VAPID private key", private_key, 32)), ec.SECP256R1()
        )
    except ValueError:
        raise ValueError("the VAPID private key must be base64url of 32 bytes") from None


def vapid_public_key(private_key: str) -> str:
    """What a browser subscribes with (`applicationServerKey`): base64url of 65 bytes."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = vapid_key(private_key).public_key()
    return b64url(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def topic_for(secret: bytes, subject: str) -> str:
    """A name of 32 of [A-Za-z0-9_-] for what a notice is about, say `change:17`.

    The same subject has the same topic, so a newer notice replaces the older one; without the
    secret, a push service learns nothing from it.
    """
    digest = hmac.new(secret, subject.encode(), hashlib.sha256).digest()
    return b64url(digest[:24])


# Time and weight ------------------------------------------------------------------------------

# How long a push is worth delivering. An answer, and whatever is not named here, is worth a day.
A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)
PROPOSALS = frozenset({"change_proposed", "change_withdrawn", "order_requested", "order_offered"})
PAUSES = frozenset({"pause_asked", "pause_ended"})
BILLS = frozenset({"invoice_made", "bill_made", "statement_ready", "statement_accepted", "reminder"})
LINKS = frozenset({"customer_linked", "customer_unlinked"})
PAYMENTS = frozenset(
    {
        "payment_claimed",
        "payment_confirmed",
        "payment_declined",
        "payment_reversed",
        "payment_promised",
        "adjustment_made",
    }
)
# What can be contradicted for two days, and talk about it.
DELIVERIES = frozenset({"record_changed", "record_disputed", "order_served", "comment_added"})
LIVES = {
    **dict.fromkeys(PROPOSALS | PAUSES | BILLS | LINKS, A_WEEK),
    **dict.fromkeys(PAYMENTS, timedelta(days=3)),
    **dict.fromkeys(DELIVERIES, timedelta(days=2)),
    "test": timedelta(minutes=10),
}
# A person must say yes or no, or mark again.
WANTS_ANSWER = frozenset(
    {"change_proposed", "order_requested", "order_offered", "payment_claimed", "record_disputed"}
)


def urgency(kind: str) -> str:
    """`high` where a person must answer, else `normal`; never below, phones would hold it back."""
    return "high" if kind in WANTS_ANSWER else "normal"


def lifetime(
    kind: str,
    *,
    now: datetime,
    deadline: datetime | None = None,
    midnight: datetime | None = None,
) -> timedelta:
    """How long a notice of this kind is worth delivering, from `now`; never below zero.

    `deadline` is when a proposal lapses, or a pause is over (such news is worth a day anyway). `midnight` is
    the end of the local day and given only when the notice is about the delivery of a day: such news is
    stale after it. All times are aware.
    """
    life = LIVES.get(kind, A_DAY)
    if midnight is not None:
        life = midnight - now
    elif deadline is not None and kind in PROPOSALS:
        life = min(life, deadline - now)
    elif deadline is not None and kind in PAUSES:
        life = max(A_DAY, min(life, deadline - now))
    return max(life, timedelta(0))


def ttl(expires_at: datetime, now: datetime) -> int:
    """The TTL header: whole seconds of life left, at least 0 (and then it is not worth sending)."""
    return max(0, int((expires_at - now).total_seconds()))


def classify(status: int) -> Result:
    """What an HTTP status of a push service means for us."""
    if 200 <= status < 300:
        return Result.ACCEPTED
    if status in (404, 410):
        return Result.GONE
    if status in (429, 503):
        return Result.RETRY_LATER
    if status in (401, 403):
        return Result.OUR_FAULT
    if status == 408 or status >= 500:
        return Result.RETRY
    return Result.DROPPED


def next_try(
    attempts: int,
    *,
    outcome: Result,
    retry_after: float | None,
    now: datetime,
    expires_at: datetime,
    jitter: float,
) -> datetime | None:
    """When to try again after `attempts` tries (the one just made included); None: never, dead.

    Waits 30 s, 2 min, 8 min, 32 min, then up to 1 h, each up to a fifth longer by `jitter` (a
    random number from 0 to 1), and at least `retry_after` seconds. At most 8 tries, none of them
    at or after `expires_at`. Only `RETRY` and `RETRY_LATER` are ever tried again.
    """
    if outcome not in (Result.RETRY, Result.RETRY_LATER) or attempts >= MAX_TRIES:
        return None
    spread = 1 + jitter / 5
    # The ceiling is lowered before the spread, so that even the longest wait is spread and ≤ 1 h.
    grown = FIRST_WAIT.total_seconds() * 4.0 ** max(0, attempts - 1)
    wait = min(grown, LONGEST_WAIT.total_seconds() / 1.2) * spread
    wait = max(wait, (retry_after or 0.0) * spread)
    # Compared as numbers first: now + a year-9999 Retry-After would not be a datetime.
    if wait >= (expires_at - now).total_seconds():
        return None
    return now + timedelta(seconds=wait)


def rest_of_silent(rests: int) -> timedelta:
    """How long a push service that does not answer is left alone, after `rests` such rests in a row."""
    return min(FIRST_WAIT * (1 << min(rests, 10)), LONGEST_SILENCE)


def rest_of_all_gone(rests: int) -> timedelta:
    """The same for one that says of every device that it is gone."""
    return min(LONGEST_SILENCE * (1 << min(rests, 10)), LONGEST_WAIT)


# The message ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a notification; `navigate` is the absolute URL it opens."""

    action: str
    title: str
    navigate: str


def payload(
    *,
    notice_id: int,
    kind: str,
    title: str,
    body: str,
    navigate: str,
    tag: str,
    lang: str,
    app_badge: int,
    actions: Sequence[Action] = (),
    data: Mapping[str, object] | None = None,
) -> bytes:
    """The declarative push message as UTF-8 JSON of less than 3,000 bytes.

    If it is longer, the body is shortened with "…", then the title; never the data. Raises
    `PayloadTooLarge` if even that does not do, `ValueError` if a URL is not absolute.
    """
    for url in (navigate, *(action.navigate for action in actions)):
        if not url.startswith(("https://", "http://")):
            raise ValueError(f"not an absolute URL: {url!r}")
    notification: dict[str, object] = {
        "title": title,
        "body": body,
        "navigate": navigate,
        "tag": tag,
        "lang": lang,
        "app_badge": app_badge,
        "actions": [{"action": a.action, "title": a.title, "navigate": a.navigate} for a in actions],
        "data": {**(data or {}), "id": notice_id, "kind": kind},
    }

    def encoded(**changes: str) -> bytes:
        message = {"web_push": 8030, "notification": {**notification, **changes}}
        return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()

    notification["body"] = _shorten(body, lambda text: len(encoded(body=text)))
    notification["title"] = _shorten(title, lambda text: len(encoded(title=text)))
    message = encoded()
    if len(message) >= PAYLOAD_LIMIT:
        raise PayloadTooLarge(f"{len(message)} bytes without its text")
    return message


def _shorten(text: str, size: Callable[[str], int]) -> str:
    """`text`, or as much of its beginning, with "…", as `size` finds below the limit; or ""."""
    if size(text) < PAYLOAD_LIMIT:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if size(_cut(text, middle)) < PAYLOAD_LIMIT:
            low = middle
        else:
            high = middle - 1
    return _cut(text, low) if low else ""


def _cut(text: str, length: int) -> str:
    """At most the first `length` code points and "…", not between a letter and its vowel sign."""
    while 0 < length < len(text) and _joined(text[length - 1], text[length]):
        length -= 1
    return text[:length].rstrip() + "…"


def _joined(left: str, right: str) -> bool:
    """Whether two code points belong to one character as people see it (matra, virama, emoji)."""
    joiner = "\u200d"
    virama = 9  # its class in Unicode: the next consonant is part of the same syllable
    return (
        unicodedata.category(right).startswith("M")
        or joiner in (left, right)
        or unicodedata.combining(left) == virama
    )
