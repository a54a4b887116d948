"""One push message to one device, and what the push service made of it.

No database, no Flask, no retries: whoever calls keeps the row and decides when to try again
(`rules.next_try`). Import this in the worker only. pywebpush does nothing here but the encryption;
its own sending waits for ever, follows redirects and reads bodies without an end.
"""

from __future__ import annotations

import http.client
import io
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import urllib3
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from vendorapp.notices import rules
from vendorapp.notices.rules import BadSubscription, EndpointRefused, PayloadTooLarge, Result

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = [
    "BadSubscription",
    "EndpointRefused",
    "Outcome",
    "PayloadTooLarge",
    "PushSender",
    "Result",
    "Subscription",
]

MAX_PLAINTEXT = 3_993  # bytes; above it browsers drop the message although the service said 201
MAX_ANSWER = 4_096  # bytes read of an answer's body
MAX_RETRY_AFTER = 7 * 86_400  # seconds; no message lives longer
VAPID_LIFE = 12 * 3_600  # seconds; RFC 8292 allows 24 h, the rest is for wrong clocks
VAPID_REUSE = 3_600  # seconds that one header serves its origin
MAX_ORIGINS = 256  # Windows has many hosts; neither cache may grow with what users send us

URGENCIES = frozenset({"very-low", "low", "normal", "high"})
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Subscription:
    """What the browser gave us: an https address and two base64url keys."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try came to. `status` is None when there was no answer; `retry_after` (seconds) is
    set only with `RETRY_LATER` and holds for the whole `origin`; `reason` is one line for the log
    and never holds the endpoint, which is a secret of the device."""

    result: Result
    origin: str
    status: int | None
    retry_after: float | None
    reason: str


class PushSender:
    """Sends to any number of devices, from any number of threads, over kept connections.

    Make it after the worker has forked. One `send` takes at most four times
    `connect_timeout` (TCP, TLS, head and body of the request) plus `read_timeout` seconds, and
    what the resolver takes.
    """

    def __init__(
        self,
        private_key_b64url: str,
        subject: str,
        *,
        allow_hosts: Collection[str] = (),
        connect_timeout: float = 3,
        read_timeout: float = 7,
        pool_size: int = 64,
        tls: ssl.SSLContext | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`private_key_b64url`: 32 bytes; `subject`: a mailto: or https: address; `allow_hosts`:
        `host` or `host:port` beside the known services; `pool_size`: threads that may send to one
        origin at once; `now`: seconds since 1970. Raises `ValueError` for the first two."""
        if not subject.startswith(("mailto:", "https:")):
            raise ValueError("the VAPID subject must be a mailto: or https: address")
        self._key = rules.vapid_key(private_key_b64url)
        self.public_key = rules.vapid_public_key(private_key_b64url)
        self._subject = subject
        self._allow = frozenset(entry.strip().lower() for entry in allow_hosts)
        self._now = now
        self._lock = threading.Lock()
        self._vapid: dict[str, tuple[float, str]] = {}
        self._http = urllib3.PoolManager(
            num_pools=MAX_ORIGINS,
            maxsize=pool_size,
            timeout=urllib3.Timeout(connect=connect_timeout, read=read_timeout),
            ssl_context=tls or ssl.create_default_context(),
        )
        self._http.pool_classes_by_scheme = {"http": _BoundedPool, "https": _BoundedTLSPool}

    def send(
        self, subscription: Subscription, payload: bytes, *, ttl: int, urgency: str, topic: str
    ) -> Outcome:
        """Encrypt and POST `payload`; `ttl` in seconds.

        Everything the network can do is an `Outcome`. Raises, before anything is sent,
        `BadSubscription` (its subclass `EndpointRefused` too) for a subscription that can never
        work, `PayloadTooLarge` above 3,993 bytes, `ValueError` for the other arguments.
        """
        origin = rules.check_endpoint(subscription.endpoint, self._allow)
        if ttl < 0 or urgency not in URGENCIES or not _TOPIC.fullmatch(topic):
            raise ValueError(f"no such ttl, urgency or topic: {ttl!r}, {urgency!r}, {topic!r}")
        body = _encrypt(subscription, payload)
        headers = {
            "TTL": str(ttl),
            "Urgency": urgency,
            "Topic": topic,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "Authorization": self._authorization(origin),
        }
        try:
            # retries=False also means: a redirect is an answer like any other. Whoever answers for
            # a push service must not be able to point our server somewhere else.
            answer = self._http.urlopen(
                "POST",
                subscription.endpoint,
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except (HTTPError, OSError) as error:
            return Outcome(Result.RETRY, origin, None, None, _one_line(str(error)))
        result = rules.classify(answer.status)
        if result is Result.OUR_FAULT:
            # Once key or clock is mended, the next message must not carry the old signature.
            with self._lock:
                self._vapid.pop(origin, None)
        retry_after = None
        if result is Result.RETRY_LATER:
            retry_after = _seconds(answer.headers.get("Retry-After"), self._now())
        return Outcome(result, origin, answer.status, retry_after, _reason(answer))

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._http.clear()

    def _authorization(self, origin: str) -> str:
        """The VAPID header (RFC 8292), one for all devices of an origin for an hour."""
        now = self._now()
        with self._lock:
            made_at, header = self._vapid.get(origin, (0.0, ""))
            # A clock that was set back must not stretch the hour.
            if not header or not 0 <= now - made_at < VAPID_REUSE:
                if len(self._vapid) >= MAX_ORIGINS:
                    self._vapid.clear()
                claims = {"aud": origin, "exp": int(now) + VAPID_LIFE, "sub": self._subject}
                header = f"vapid t={_jwt(self._key, claims)}, k={self.public_key}"
                self._vapid[origin] = (now, header)
            return header


# Cryptography ---------------------------------------------------------------------------------


def _jwt(key: ec.EllipticCurvePrivateKey, claims: dict[str, object]) -> str:
    """The claims, signed with ES256."""

    def part(content: dict[str, object]) -> str:
        return rules.b64url(json.dumps(content, separators=(",", ":")).encode())

    text = part({"typ": "JWT", "alg": "ES256"}) + "." + part(claims)
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{rules.b64url(r.to_bytes(32) + s.to_bytes(32))}"


def _encrypt(subscription: Subscription, payload: bytes) -> bytes:
    """One aes128gcm record (RFC 8291) of at most 4,096 bytes."""
    if not payload:
        raise ValueError("a push without a message would show the device nothing")
    if len(payload) > MAX_PLAINTEXT:
        raise PayloadTooLarge(f"{len(payload)} bytes, a browser takes {MAX_PLAINTEXT}")
    # Checked here, because pywebpush raises four kinds of errors for bad keys and misses some.
    point, secret = rules.check_keys(subscription.p256dh, subscription.auth)
    # 167 ms and 21 MB: only once a message is really sent.
    from pywebpush import WebPusher  # type: ignore[import-untyped, unused-ignore]

    keys = {"p256dh": rules.b64url(point), "auth": rules.b64url(secret)}
    pusher = WebPusher({"endpoint": subscription.endpoint, "keys": keys})
    return bytes(pusher.encode(payload, content_encoding="aes128gcm")["body"])


# Reading the answer ---------------------------------------------------------------------------


def _seconds(value: str | None, now: float) -> float | None:
    """A Retry-After header (seconds or an HTTP date) as seconds from `now`; None if unreadable."""
    value = (value or "").strip()
    if re.fullmatch(r"[0-9]+", value):
        return float(min(int(value[:18]), MAX_RETRY_AFTER))
    try:
        date = parsedate_to_datetime(value)
        # Naive means "-0000", which is UTC.
        seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), float(MAX_RETRY_AFTER))


def _reason(answer: urllib3.BaseHTTPResponse) -> str:
    """The answer's explanation in one short line. Reading to the end hands the connection back.

    The status has decided already: a body that is late, broken or endless changes nothing.
    """
    try:
        body = answer.read(MAX_ANSWER + 1, decode_content=False)
    except (HTTPError, OSError):
        body = b""
    if len(body) > MAX_ANSWER:
        answer.close()  # reading on, for who knows how long, only to keep a connection?
    return _one_line(f"{answer.status} {body[:400].decode(errors='replace')}")


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:120]


# Connections with an end ----------------------------------------------------------------------
# urllib3's time-outs hold for each step: for every address of a host, for every single recv. A
# server that sends one byte every six seconds would hold a worker thread for days.


class _UntilDeadline(io.RawIOBase):
    """What a socket sends, all of it within the socket's present time-out counted from now."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw: socket.SocketIO = sock.makefile("rb", buffering=0)
        self._end = time.monotonic() + (sock.gettimeout() or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _BoundedResponse(http.client.HTTPResponse):
    """Status line, headers and body together get the read time-out once."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_UntilDeadline(sock))


class _BoundedConnection(HTTPConnection):
    """All addresses of a host together get the connect time-out once."""

    response_class = _BoundedResponse

    def _new_conn(self) -> socket.socket:
        end = time.monotonic() + (self.timeout or 0)
        addresses = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        failure = OSError("no address")
        for nth, (family, kind, proto, _, address) in enumerate(addresses, start=1):
            left = end - time.monotonic()
            sock = socket.socket(family, kind, proto)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                # A dead first address (IPv6 without a route) leaves half for those after it; zero
                # would mean "do not wait at all", below zero is an error.
                sock.settimeout(max(0.001, left if nth == len(addresses) else left / 2))
                sock.connect(address)
                sock.settimeout(self.timeout)
                return sock
            except OSError as error:
                sock.close()
                failure = error
        raise failure


class _BoundedTLSConnection(_BoundedConnection, HTTPSConnection):
    """The handshake gets the connect time-out once too: CPython counts it as one operation."""


class _BoundedPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _BoundedConnection


class _BoundedTLSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _BoundedTLSConnection
