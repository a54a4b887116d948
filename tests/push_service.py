"""A push service and the browsers behind it, for tests: as strict as the real ones, on 127.0.0.1.

It speaks RFC 8030, 8291 and 8292, decrypts what arrives with the subscription's own key and
refuses (400) and notes in `violations` whatever a real service or browser would refuse. Nothing
here sleeps: whatever takes time waits on an event that ends with the service.
"""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import http_ece  # type: ignore[import-untyped, unused-ignore]
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAX_BODY = 4_096  # bytes, as the services have it; what is left for the message is 3,993
MAX_EXP = 24 * 3_600  # seconds, RFC 8292
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
_AUTHORIZATION = re.compile(r"vapid t=([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+), ?k=([A-Za-z0-9_-]+)")


class Violation(Exception):
    """What a strict service refuses, in words."""


@dataclass(frozen=True)
class BrowserSubscription:
    """What a browser hands to the page (`as_json`), and the private key it keeps for itself."""

    id: str
    endpoint: str
    p256dh: str
    auth: str
    private_key: ec.EllipticCurvePrivateKey = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """`PushSubscription.toJSON()`: the body of `POST /v1/push/subscriptions`."""
        return {"endpoint": self.endpoint, "keys": {"p256dh": self.p256dh, "auth": self.auth}}


@dataclass(frozen=True)
class Message:
    """One well-formed POST; `status` is what it was answered, None for hang and drop."""

    subscription_id: str
    payload: dict[str, Any]
    plaintext: bytes
    ttl: int
    urgency: str
    topic: str
    headers: dict[str, str]  # names in lower case
    vapid: dict[str, Any]  # the claims
    at: float  # seconds since 1970, by the service's clock
    status: int | None


@dataclass(frozen=True)
class Answer:
    """A scripted answer. Make it with the functions below; all times are seconds."""

    status: int | None = 201
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    latency: float = 0.0
    drip: str | None = None  # "head" or "body": from there on one byte an interval
    interval: float = 0.0


def status(code: int, *, body: bytes = b"", latency: float = 0.0, **headers: str) -> Answer:
    """`code`, after `latency`; `retry_after="30"` becomes the header `Retry-After: 30`."""
    named = tuple((name.replace("_", "-").title(), value) for name, value in headers.items())
    return Answer(code, named, body, latency)


def redirect(location: str, code: int = 307) -> Answer:
    return status(code, location=location)


def hang() -> Answer:
    """Take the request and say nothing until the service ends."""
    return Answer(None, latency=threading.TIMEOUT_MAX)


def drop() -> Answer:
    """Take the request and close the connection."""
    return Answer(None)


def drip(where: str, *, interval: float = 0.05, code: int = 201) -> Answer:
    """One byte an interval from the status line (`head`) or from the body on (`body`)."""
    return Answer(code, body=b"." * 10_000, drip=where, interval=interval)


class PushService:
    """Context manager: `with PushService() as service: …`.

    `public_key` (base64url): refuse every other VAPID key, as services do that know what the
    browser subscribed with. `tls`: a server context; the origin is then https://localhost:PORT.
    """

    def __init__(
        self,
        *,
        public_key: str | None = None,
        now: Callable[[], float] = time.time,
        tls: Any = None,
    ) -> None:
        self.public_key = public_key
        self.now = now
        self.violations: list[str] = []
        self.attempts: list[Message] = []  # every well-formed POST, whatever the answer
        self.requests = 0  # every POST at all
        self.connections = 0
        self._subscriptions: dict[str, BrowserSubscription] = {}
        self._scripts: dict[str, deque[Answer]] = {}
        self._always: dict[str, Answer] = {}
        self._changed = threading.Condition()
        self._ending = threading.Event()
        self._server = _Server(self)
        scheme = "http"
        host = "127.0.0.1"
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
            scheme, host = "https", "localhost"
        self.host = f"{host}:{self._server.server_port}"  # what PUSH_ENDPOINT_ALLOW needs
        self.origin = f"{scheme}://{self.host}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._ending.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()  # closes open connections, waits for their threads

    # The browser's side

    def subscription(self) -> BrowserSubscription:
        """A fresh subscription with keys of its own."""
        private_key = ec.generate_private_key(ec.SECP256R1())
        name = os.urandom(12).hex()
        made = BrowserSubscription(
            id=name,
            endpoint=f"{self.origin}/push/{name}",
            p256dh=_b64url(_public_bytes(private_key.public_key())),
            auth=_b64url(os.urandom(16)),
            private_key=private_key,
        )
        with self._changed:
            self._subscriptions[name] = made
        return made

    # The script

    def script(self, subscription: BrowserSubscription, *answers: Answer) -> None:
        """The next answers to this subscription, one a request; after them 201 (or `always`)."""
        with self._changed:
            self._scripts.setdefault(subscription.id, deque()).extend(answers)

    def always(self, subscription: BrowserSubscription, answer: Answer) -> None:
        """What this subscription is answered when its script has ended."""
        with self._changed:
            self._always[subscription.id] = answer

    # What came

    @property
    def messages(self) -> list[Message]:
        """What was accepted (2xx), so what the browsers got, in order."""
        with self._changed:
            return [m for m in self.attempts if m.status is not None and 200 <= m.status < 300]

    def messages_for(self, subscription: BrowserSubscription) -> list[Message]:
        return [m for m in self.messages if m.subscription_id == subscription.id]

    def wait_for(self, n: int, timeout: float = 10.0) -> list[Message]:
        """The accepted messages, as soon as there are `n`; `AssertionError` after `timeout` s."""
        return self._wait(lambda: self.messages, n, timeout)

    def wait_for_attempts(self, n: int, timeout: float = 10.0) -> list[Message]:
        """The same for all well-formed POSTs, accepted or not."""
        return self._wait(lambda: list(self.attempts), n, timeout)

    def _wait(self, what: Callable[[], list[Message]], n: int, timeout: float) -> list[Message]:
        with self._changed:
            if not self._changed.wait_for(lambda: len(what()) >= n, timeout):
                raise AssertionError(f"{len(what())} of {n} messages; {self.violations=}")
            return what()

    # The service's side (called by the handler's thread)

    def _take(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        with self._changed:
            self.requests += 1
            subscription = self._subscriptions.get(path.removeprefix("/push/"))
        if subscription is None:
            return status(404)
        try:
            claims = self._check_vapid(headers)
            ttl, urgency, topic = _check_headers(headers)
            plaintext = _decrypt(subscription, body)
            payload = _json_object(plaintext)
        except Violation as violation:
            self._violated(f"{path}: {violation}")
            return status(400, body=str(violation).encode())
        with self._changed:
            waiting = self._scripts.get(subscription.id)
            answer = waiting.popleft() if waiting else self._always.get(subscription.id, Answer())
            self.attempts.append(
                Message(
                    subscription_id=subscription.id,
                    payload=payload,
                    plaintext=plaintext,
                    ttl=ttl,
                    urgency=urgency,
                    topic=topic,
                    headers=headers,
                    vapid=claims,
                    at=self.now(),
                    status=answer.status,
                )
            )
            self._changed.notify_all()
        return answer

    def _violated(self, what: str) -> None:
        with self._changed:
            self.violations.append(what)
            self._changed.notify_all()

    def _check_vapid(self, headers: dict[str, str]) -> dict[str, Any]:
        match = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if match is None:
            raise Violation("no Authorization: vapid t=…, k=…")
        token, key = match.groups()
        if self.public_key is not None and key != self.public_key:
            raise Violation("VAPID key is not the one the browser subscribed with")
        signed, _, signature = token.rpartition(".")
        raw = _unb64url(signature)
        if len(raw) != 64:
            raise Violation("VAPID signature is not r and s of 32 bytes")
        try:
            public_key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _unb64url(key))
            der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
            public_key.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
        except (ValueError, InvalidSignature):
            raise Violation("VAPID signature does not fit the key") from None
        head, claims = (_json_object(_unb64url(part)) for part in signed.split("."))
        if head.get("alg") != "ES256" or head.get("typ") != "JWT":
            raise Violation(f"VAPID header {head}")
        if claims.get("aud") != self.origin:
            raise Violation(f"VAPID aud {claims.get('aud')!r}, not {self.origin!r}")
        exp = claims.get("exp")
        if type(exp) is not int or not 0 < exp - self.now() <= MAX_EXP:
            raise Violation(f"VAPID exp {exp!r} is not within the next 24 hours")
        if not str(claims.get("sub", "")).startswith(("mailto:", "https:")):
            raise Violation(f"VAPID sub {claims.get('sub')!r}")
        return claims


def _check_headers(headers: dict[str, str]) -> tuple[int, str, str]:
    ttl, urgency, topic = (headers.get(name, "") for name in ("ttl", "urgency", "topic"))
    if not re.fullmatch("[0-9]+", ttl, re.ASCII):
        raise Violation(f"TTL {ttl!r}")
    if urgency not in ("very-low", "low", "normal", "high"):
        raise Violation(f"Urgency {urgency!r}")
    if not _TOPIC.fullmatch(topic):
        raise Violation(f"Topic {topic!r}")
    if headers.get("content-encoding") != "aes128gcm":
        raise Violation(f"Content-Encoding {headers.get('content-encoding')!r}")
    if headers.get("content-type") != "application/octet-stream":
        raise Violation(f"Content-Type {headers.get('content-type')!r}")
    return int(ttl), urgency, topic


def _decrypt(subscription: BrowserSubscription, body: bytes) -> bytes:
    # salt 16, record size 4, key length 1, the sender's key 65, one record with a tag of 16
    if not 86 + 17 < len(body) <= MAX_BODY or body[20] != 65:
        raise Violation(f"a body of {len(body)} bytes is no aes128gcm push message")
    if int.from_bytes(body[16:20]) < len(body) - 86:
        raise Violation("more than one record")
    try:
        plaintext = http_ece.decrypt(
            body,
            private_key=subscription.private_key,
            auth_secret=_unb64url(subscription.auth),
            version="aes128gcm",
        )
    except (http_ece.ECEException, ValueError) as error:
        raise Violation(f"not for this subscription: {error!r}") from error
    return bytes(plaintext)


def _json_object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Violation("not a JSON object")
    return value


def _public_bytes(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64url(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Violation("not base64url") from None


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close() joins them: no thread outlives its test
    request_queue_size = 128

    def __init__(self, service: PushService) -> None:
        self.service = service
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
            self.service.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        with self._lock:
            for request in self._open:
                # Wakes a thread that waits for the next request of a kept connection.
                with suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what half of the tests are about: no traceback."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections, as push services do
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        service = self.server.service
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = service._take(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        if answer.latency:
            service._ending.wait(answer.latency)
        if answer.status is None or service._ending.is_set():
            self.close_connection = True
            return
        lines = [f"HTTP/1.1 {answer.status} {self.responses.get(answer.status, ('',))[0]}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if answer.status != 204:
            lines.append(f"Content-Length: {len(answer.body)}")
        head = "\r\n".join([*lines, "", ""]).encode()
        if answer.drip is None:
            self.wfile.write(head + answer.body)
            return
        at_once = b"" if answer.drip == "head" else head
        self.wfile.write(at_once)
        for byte in (head + answer.body)[len(at_once) :]:
            if service._ending.wait(answer.interval):
                break
            self.wfile.write(bytes([byte]))
        self.close_connection = True

    def _refuse(self) -> None:
        self.server.service._violated(f"{self.path}: {self.command}")
        self.send_error(405)

    do_GET = do_HEAD = do_PUT = do_DELETE = _refuse

    def log_message(self, *args: object) -> None:
        """Tests read `attempts`, not a log."""
