"""The sender against a strict push service: every header, every answer, every way to stall."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests import push_service
from tests.push_service import BrowserSubscription, PushService
from vendorapp.notices import sender as sender_module
from vendorapp.notices.sender import (
    BadSubscription,
    EndpointRefused,
    Outcome,
    PayloadTooLarge,
    PushSender,
    Result,
    Subscription,
)

PRIVATE_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"  # RFC 8291, appendix A
PUBLIC_KEY = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
SUBJECT = "mailto:push@app.example"


class Clock:
    """Seconds since 1970; starts at the real time, moves only when told."""

    def __init__(self) -> None:
        self.at = time.time()

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(clock: Clock) -> Iterator[PushService]:
    with PushService(public_key=PUBLIC_KEY, now=clock) as running:
        yield running
        assert running.violations == []


@pytest.fixture
def sender(service: PushService, clock: Clock) -> Iterator[PushSender]:
    made = new_sender(service, now=clock)
    yield made
    made.close()


@pytest.fixture
def hasty(service: PushService, clock: Clock) -> Iterator[PushSender]:
    """With time-outs of half a second, for what never comes."""
    made = new_sender(service, now=clock, **HASTY)
    yield made
    made.close()


HASTY = {"connect_timeout": 0.5, "read_timeout": 0.5}


def new_sender(*services: PushService, **options: Any) -> PushSender:
    settings: dict[str, Any] = {
        "allow_hosts": [service.host for service in services],
        "connect_timeout": 5,
        "read_timeout": 10,
    }
    return PushSender(PRIVATE_KEY, SUBJECT, **(settings | options))


def device(browser: BrowserSubscription, **changes: str) -> Subscription:
    fields = {"endpoint": browser.endpoint, "p256dh": browser.p256dh, "auth": browser.auth}
    return Subscription(**(fields | changes))


def send(sender: PushSender, browser: BrowserSubscription | Subscription, **changes: Any) -> Outcome:
    to = browser if isinstance(browser, Subscription) else device(browser)
    arguments: dict[str, Any] = {
        "payload": b'{"n":1}',
        "ttl": 60,
        "urgency": "normal",
        "topic": "t",
    }
    return sender.send(to, **(arguments | changes))


def answered(sender: PushSender, service: PushService, answer: push_service.Answer) -> Outcome:
    browser = service.subscription()
    service.script(browser, answer)
    return send(sender, browser)


# What is sent ---------------------------------------------------------------------------------


def test_a_message_arrives_whole(sender: PushSender, service: PushService, clock: Clock) -> None:
    browser = service.subscription()
    text = {"title": "दूध", "n": [1, 2.5, None]}
    outcome = send(
        sender,
        browser,
        payload=json.dumps(text).encode(),
        ttl=86_400,
        urgency="high",
        topic="Az09_-" + "x" * 26,
    )
    assert outcome == Outcome(Result.ACCEPTED, service.origin, 201, None, "201")
    [message] = service.wait_for(1)
    assert message.subscription_id == browser.id
    assert message.payload == text
    assert (message.ttl, message.urgency) == (86_400, "high")
    assert message.topic == "Az09_-" + "x" * 26
    assert message.headers["content-encoding"] == "aes128gcm"
    assert message.headers["content-type"] == "application/octet-stream"
    assert message.vapid == {
        "aud": service.origin,
        "exp": int(clock.at) + 12 * 3_600,
        "sub": SUBJECT,
    }


def test_padded_keys_work_too(sender: PushSender, service: PushService) -> None:
    browser = service.subscription()
    padded = device(browser, p256dh=browser.p256dh + "=", auth=browser.auth + "==")
    assert send(sender, padded).result is Result.ACCEPTED
    assert service.messages_for(browser)


def test_every_message_is_encrypted_anew(sender: PushSender, service: PushService) -> None:
    """Its own salt and its own sender's key: the same words never look the same."""
    made = [sender_module._encrypt(device(service.subscription()), b"same") for _ in range(2)]
    assert made[0][:16] != made[1][:16]
    assert made[0][21:86] != made[1][21:86]


def test_the_size_browsers_take(sender: PushSender, service: PushService) -> None:
    frame = len(b'{"a":""}')
    largest = b'{"a":"%s"}' % (b"x" * (3_993 - frame))
    assert len(largest) == 3_993
    assert send(sender, service.subscription(), payload=largest).result is Result.ACCEPTED
    assert service.messages[0].plaintext == largest
    with pytest.raises(PayloadTooLarge, match="3994"):
        send(sender, service.subscription(), payload=largest + b" ")
    assert service.requests == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"ttl": -1},
        {"urgency": "urgent"},
        {"urgency": ""},
        {"topic": ""},
        {"topic": "x" * 33},
        {"topic": "a b"},
        {"topic": "ü"},
        {"topic": "a\n"},
        {"topic": "a\r\nX: y"},
        {"payload": b""},
    ],
)
def test_wrong_arguments_are_not_sent(
    sender: PushSender, service: PushService, changes: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"no such ttl|without a message") as caught:
        send(sender, service.subscription(), **changes)
    assert type(caught.value) is ValueError
    assert service.requests == 0


@pytest.mark.parametrize("urgency", ["very-low", "low", "normal", "high"])
def test_all_urgencies(sender: PushSender, service: PushService, urgency: str) -> None:
    send(sender, service.subscription(), urgency=urgency, ttl=0)
    assert [(m.urgency, m.ttl) for m in service.messages] == [(urgency, 0)]


@pytest.mark.parametrize(
    "changes",
    [
        {"p256dh": ""},
        {"p256dh": "AAAA"},
        {"p256dh": "B" + "A" * 86},
        {"p256dh": "*" * 87},
        {"p256dh": "é" * 87},
        {"p256dh": "B" * 85},
        {"auth": ""},
        {"auth": "A"},
        {"auth": "A" * 20},
        {"auth": "*" * 22},
    ],
)
def test_bad_keys_raise_one_error(sender: PushSender, service: PushService, changes: dict[str, str]) -> None:
    with pytest.raises(BadSubscription):
        send(sender, device(service.subscription(), **changes))
    assert service.requests == 0


def test_other_hosts_are_refused(service: PushService, clock: Clock) -> None:
    browser = service.subscription()
    with pytest.raises(EndpointRefused):
        send(new_sender(now=clock), browser)
    for endpoint in ("http://127.0.0.1:1/x", "https://evil.example/x", "", "file:///etc/passwd"):
        with pytest.raises(BadSubscription):  # the worker needs to know one error only
            send(new_sender(service), device(browser, endpoint=endpoint))
    assert service.requests == 0


@pytest.mark.parametrize("subject", ["", "push@app.example", "http://app.example"])
def test_a_wrong_subject_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        PushSender(PRIVATE_KEY, subject)


def test_a_wrong_private_key_is_refused() -> None:
    for key in ("", "AAAA", PRIVATE_KEY[:-2], PUBLIC_KEY, "*" * 43):
        with pytest.raises(ValueError, match="VAPID private key"):
            PushSender(key, SUBJECT)
    assert PushSender(PRIVATE_KEY + "=", "https://app.example").public_key == PUBLIC_KEY


# The VAPID header -----------------------------------------------------------------------------


def tokens(service: PushService) -> list[str]:
    return [message.headers["authorization"] for message in service.messages]


def test_one_vapid_header_serves_an_hour(sender: PushSender, service: PushService, clock: Clock) -> None:
    start = clock.at
    for seconds in (0, 1, 3_599, 3_600, 3_601):
        clock.at = start + seconds
        send(sender, service.subscription())
    first, second, third, fourth, fifth = tokens(service)
    assert first == second == third
    assert fourth == fifth != first
    assert [m.vapid["exp"] for m in service.messages[2:4]] == [
        int(start) + 43_200,
        int(start) + 3_600 + 43_200,
    ]


def test_a_clock_set_back_makes_a_new_header(sender: PushSender, service: PushService, clock: Clock) -> None:
    clock.at += 7_200
    send(sender, service.subscription())
    clock.at -= 7_200
    send(sender, service.subscription())
    first, second = tokens(service)
    assert first != second


def test_each_origin_has_its_own_audience(service: PushService, clock: Clock) -> None:
    with PushService(public_key=PUBLIC_KEY, now=clock) as other:
        both = new_sender(service, other, now=clock)
        for running in (service, other, service, other):
            assert send(both, running.subscription()).result is Result.ACCEPTED
        assert {m.vapid["aud"] for m in service.messages} == {service.origin}
        assert {m.vapid["aud"] for m in other.messages} == {other.origin}
        assert len(set(tokens(service))) == len(set(tokens(other))) == 1
        assert other.violations == []
        both.close()


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_header_is_not_used_again(sender: PushSender, service: PushService, code: int) -> None:
    """Once the clock or the key is mended, the next message must not wait for the hour to end."""
    send(sender, service.subscription())
    assert answered(sender, service, push_service.status(code)).result is Result.OUR_FAULT
    send(sender, service.subscription())
    before, after = tokens(service)
    assert before != after  # ES256 is signed anew each time: a new header differs


def test_the_cache_of_headers_does_not_grow_for_ever(clock: Clock) -> None:
    made = PushSender(PRIVATE_KEY, SUBJECT, now=clock)
    for n in range(600):
        made._authorization(f"https://h{n}.notify.windows.com")
    assert 0 < len(made._vapid) <= 256


def test_many_threads(service: PushService, clock: Clock) -> None:
    many = new_sender(service, now=clock)
    browsers = [service.subscription() for _ in range(200)]
    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(lambda browser: send(many, browser), browsers))
    assert {outcome.result for outcome in outcomes} == {Result.ACCEPTED}
    assert {m.subscription_id for m in service.messages} == {b.id for b in browsers}
    assert len(set(tokens(service))) == 1
    assert service.connections <= 16  # kept and shared, not one for each message
    many.close()


# What the answers mean ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "codes"),
    [
        (Result.ACCEPTED, [200, 201, 202, 204]),
        (Result.GONE, [404, 410]),
        (Result.RETRY, [408, 500, 502, 504]),
        (Result.RETRY_LATER, [429, 503]),
        (Result.DROPPED, [400, 413, 405, 422, 300, 304]),
        (Result.OUR_FAULT, [401, 403]),
    ],
)
def test_answers(sender: PushSender, service: PushService, result: Result, codes: list[int]) -> None:
    for code in codes:
        outcome = answered(sender, service, push_service.status(code))
        assert outcome == Outcome(result, service.origin, code, None, str(code))
    assert service.requests == len(codes)  # nothing is tried twice in here


def retry_after(sender: PushSender, service: PushService, value: str, code: int = 429) -> Any:
    outcome = answered(sender, service, push_service.status(code, retry_after=value))
    assert outcome.result is Result.RETRY_LATER
    return outcome.retry_after


def test_retry_after_in_seconds(sender: PushSender, service: PushService) -> None:
    assert retry_after(sender, service, "30") == 30
    assert retry_after(sender, service, "0", 503) == 0
    assert retry_after(sender, service, " 120 ", 503) == 120
    assert retry_after(sender, service, "9" * 5_000) == 7 * 86_400


@pytest.fixture
def kolkata(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that does not run on UTC."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("kolkata")
def test_retry_after_as_a_date(sender: PushSender, service: PushService, clock: Clock) -> None:
    def date(seconds: float) -> str:
        at = dt.datetime.fromtimestamp(clock.at + seconds, dt.UTC)
        return format_datetime(at, usegmt=True)

    clock.at = float(int(clock.at))
    assert retry_after(sender, service, date(90)) == 90
    assert retry_after(sender, service, date(-90), 503) == 0
    assert retry_after(sender, service, "Fri, 31 Dec 9999 23:59:59 GMT") == 7 * 86_400
    assert retry_after(sender, service, date(90).replace("GMT", "-0000")) == 90


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "1e3", "²", "Fri, 99 Foo 2026"])
def test_retry_after_unreadable(sender: PushSender, service: PushService, value: str) -> None:
    assert retry_after(sender, service, value) is None


def test_only_a_busy_service_sets_retry_after(sender: PushSender, service: PushService) -> None:
    for code in (201, 410, 500):
        outcome = answered(sender, service, push_service.status(code, retry_after="30"))
        assert outcome.retry_after is None


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(sender: PushSender, service: PushService, code: int) -> None:
    elsewhere = service.subscription()
    outcome = answered(sender, service, push_service.redirect(elsewhere.endpoint, code))
    assert (outcome.result, outcome.status) == (Result.DROPPED, code)
    assert service.requests == 1
    assert service.messages == []


def test_the_reason_is_one_short_line(sender: PushSender, service: PushService) -> None:
    body = b'{"reason":\r\n "BadJwtToken\x1b[31m\xff"}' + b" tail" * 100
    outcome = answered(sender, service, push_service.status(403, body=body))
    assert outcome.reason.startswith('403 {"reason": "BadJwtToken [31m\ufffd"} tail')
    assert len(outcome.reason) == 120


# What goes wrong on the way -------------------------------------------------------------------


def timed(sender: PushSender, browser: BrowserSubscription) -> tuple[Outcome, float]:
    start = time.monotonic()
    outcome = send(sender, browser)
    return outcome, time.monotonic() - start


def test_a_connection_is_kept(sender: PushSender, service: PushService) -> None:
    for code in (201, 404, 500, 204, 201):
        answered(sender, service, push_service.status(code, body=b"" if code == 204 else b"why"))
    assert service.connections == 1


def test_nobody_there(service: PushService) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    sender = new_sender(allow_hosts=["127.0.0.1"])
    browser = device(service.subscription(), endpoint=f"http://127.0.0.1:{port}/push/secret")
    outcome = send(sender, browser)
    assert (outcome.result, outcome.status) == (Result.RETRY, None)
    assert outcome.origin == f"http://127.0.0.1:{port}"
    assert "refused" in outcome.reason
    assert "secret" not in outcome.reason


def test_no_such_name(service: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    nowhere = device(service.subscription(), endpoint="https://fcm.googleapis.com/secret")
    outcome = send(new_sender(), nowhere)
    assert (outcome.result, outcome.origin) == (Result.RETRY, "https://fcm.googleapis.com")
    assert "secret" not in outcome.reason


def test_a_dropped_connection(sender: PushSender, service: PushService) -> None:
    outcome = answered(sender, service, push_service.drop())
    assert (outcome.result, outcome.status) == (Result.RETRY, None)
    assert send(sender, service.subscription()).result is Result.ACCEPTED


def test_a_service_that_closed_a_kept_connection(sender: PushSender, service: PushService) -> None:
    """A connection may be closed while it rests in the pool; the next message takes a new one."""
    closing = push_service.status(201, connection="close")
    assert answered(sender, service, closing).result is Result.ACCEPTED
    assert send(sender, service.subscription()).result is Result.ACCEPTED
    assert service.connections == 2


def test_a_hanging_service(hasty: PushSender, service: PushService) -> None:
    browser = service.subscription()
    service.script(browser, push_service.hang())
    outcome, seconds = timed(hasty, browser)
    assert (outcome.result, outcome.status) == (Result.RETRY, None)
    assert browser.id not in outcome.reason
    assert 0.45 < seconds < 3


def test_a_dripping_head(hasty: PushSender, service: PushService) -> None:
    """Each byte comes in time, all of them would take a quarter of an hour."""
    browser = service.subscription()
    service.script(browser, push_service.drip("head", interval=0.1))
    outcome, seconds = timed(hasty, browser)
    assert (outcome.result, outcome.status) == (Result.RETRY, None)
    assert 0.45 < seconds < 3


@pytest.mark.parametrize("code", [201, 410, 500])
def test_a_dripping_body(hasty: PushSender, service: PushService, code: int) -> None:
    """The status is the answer: what it says is not undone by a body that never ends."""
    browser = service.subscription()
    service.script(browser, push_service.drip("body", interval=0.1, code=code))
    outcome, seconds = timed(hasty, browser)
    assert outcome.status == code
    assert outcome.result is {201: Result.ACCEPTED, 410: Result.GONE, 500: Result.RETRY}[code]
    assert 0.45 < seconds < 3
    assert send(hasty, service.subscription()).result is Result.ACCEPTED


def test_a_service_that_thinks_first_has_the_whole_time_out(service: PushService) -> None:
    patient = new_sender(service)
    browser = service.subscription()
    service.script(browser, push_service.status(201, latency=0.3))
    outcome, seconds = timed(patient, browser)
    assert outcome.result is Result.ACCEPTED
    assert 0.3 <= seconds < 5


def test_a_flood_is_not_read(
    sender: PushSender, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    readinto = sender_module._UntilDeadline.readinto

    def counted(self: Any, buffer: Any) -> Any:
        taken.append(readinto(self, buffer) or 0)
        return taken[-1]

    monkeypatch.setattr(sender_module._UntilDeadline, "readinto", counted)
    outcome = answered(sender, service, push_service.status(201, body=b"x" * 10_000_000))
    assert outcome.result is Result.ACCEPTED
    assert len(outcome.reason) == 120
    assert 0 < sum(taken) < 50_000
    assert send(sender, service.subscription()).result is Result.ACCEPTED
    assert service.connections == 2  # the flooded one was not read to its end


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 99999 x\r\n\r\n",
        b"HTTP/1.1 201\r\nContent-Length: 5, 6\r\n\r\n",
        b"HTTP/1.1 201 x\r\n" + b"A: b\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 201 x\r\nA: " + b"b" * 100_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 100,
    ],
)
def test_an_answer_that_is_no_http(answer: bytes) -> None:
    with PushService() as service, RawService(answer) as port:
        browser = device(service.subscription(), endpoint=f"http://127.0.0.1:{port}/x")
        outcome = send(new_sender(allow_hosts=["127.0.0.1"]), browser)
    assert (outcome.result, outcome.status) == (Result.RETRY, None)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 201 x\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 201 x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nno chunk",
        b"HTTP/1.1 201 x\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nno zip"[:-1],
        b"HTTP/1.1 201 x\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.0 201 x\r\n\r\nuntil the end",
        b"HTTP/1.1 201 x\r\nContent-Length: 0",  # and then the end
    ],
)
def test_a_broken_body_changes_nothing(answer: bytes) -> None:
    with PushService() as service, RawService(answer) as port:
        browser = device(service.subscription(), endpoint=f"http://127.0.0.1:{port}/x")
        outcome = send(new_sender(allow_hosts=["127.0.0.1"]), browser)
    assert (outcome.result, outcome.status) == (Result.ACCEPTED, 201)


class RawService:
    """Answers one request with these bytes and closes."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    def __enter__(self) -> int:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        port: int = self.listening.getsockname()[1]
        return port

    def serve(self) -> None:
        accepted, _ = self.listening.accept()
        with accepted:
            accepted.settimeout(5)
            got = b""
            while b"\r\n\r\n" not in got or len(got.partition(b"\r\n\r\n")[2]) < 100:
                got += accepted.recv(65_536)
            try:
                accepted.sendall(self.answer)
                accepted.shutdown(socket.SHUT_WR)
                while accepted.recv(65_536):
                    pass
            except OSError:
                pass  # the sender has heard enough

    def __exit__(self, *exc: object) -> None:
        self.thread.join()
        self.listening.close()


class DeafAddress:
    """A listener whose queue is full: connecting to it takes for ever, as in a black hole."""

    def __enter__(self) -> tuple[str, int]:
        self.listening = socket.socket()
        self.listening.bind(("127.0.0.1", 0))
        self.listening.listen(0)
        self.filling = [socket.socket() for _ in range(4)]
        for filler in self.filling:
            filler.setblocking(False)
            filler.connect_ex(self.listening.getsockname())
        address: tuple[str, int] = self.listening.getsockname()
        return address

    def __exit__(self, *exc: object) -> None:
        for open_socket in (self.listening, *self.filling):
            open_socket.close()


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def test_many_dead_addresses_take_one_connect_time_out(
    service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = new_sender(service, **HASTY)
    with DeafAddress() as deaf:
        resolve_to(monkeypatch, *[deaf] * 8)
        outcome, seconds = timed(sender, service.subscription())
    assert (outcome.result, outcome.status) == (Result.RETRY, None)
    assert 0.45 < seconds < 3
    assert service.requests == 0


def test_a_dead_first_address_leaves_time_for_the_second(
    service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = new_sender(service, connect_timeout=2)
    with DeafAddress() as deaf:
        resolve_to(monkeypatch, deaf, ("127.0.0.1", int(service.host.split(":")[1])))
        outcome, seconds = timed(sender, service.subscription())
    assert outcome.result is Result.ACCEPTED
    assert 0.9 < seconds < 1.9


def test_time_left_shrinks_with_every_read() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        reader = sender_module._UntilDeadline(ours)
        left = [5.0]
        for _ in range(3):
            theirs.send(b"x")
            assert reader.read(1) == b"x"
            left.append(ours.gettimeout() or 0)
        assert left == sorted(set(left), reverse=True)
        reader.close()


def test_the_handshake_after_connecting_has_the_whole_time_out(
    service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive = ("127.0.0.1", int(service.host.split(":")[1]))
    resolve_to(monkeypatch, alive, alive)
    with sender_module._BoundedConnection("push.example", 443, timeout=5)._new_conn() as sock:
        assert sock.gettimeout() == 5


# TLS ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a self-signed certificate for localhost, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def tls_service(certificate: Path) -> Iterator[PushService]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with PushService(public_key=PUBLIC_KEY, tls=context) as running:
        yield running
        assert running.violations == []


def test_tls(tls_service: PushService, certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    sender = new_sender(tls_service, tls=trusting, **HASTY)
    for _ in range(3):
        assert send(sender, tls_service.subscription()).result is Result.ACCEPTED
    assert tls_service.connections == 1
    assert tls_service.messages[0].vapid["aud"] == tls_service.origin
    for answer in (push_service.hang(), push_service.drip("head", interval=0.1)):
        browser = tls_service.subscription()
        tls_service.script(browser, answer)
        outcome, seconds = timed(sender, browser)
        assert (outcome.result, outcome.status) == (Result.RETRY, None)
        assert 0.45 < seconds < 3
    sender.close()


def test_an_unknown_certificate_is_refused(tls_service: PushService) -> None:
    outcome = send(new_sender(tls_service), tls_service.subscription())
    assert (outcome.result, outcome.status) == (Result.RETRY, None)
    assert "certificate" in outcome.reason.lower()
    assert tls_service.requests == 0


def test_a_handshake_that_never_ends(tls_service: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts and drips a TLS record byte by byte."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ended = threading.Event()

        def drip() -> None:
            accepted, _ = listening.accept()
            with accepted:
                for byte in b"\x16\x03\x03\x40\x00" + bytes(1_000):
                    if ended.wait(0.1):
                        break
                    try:
                        accepted.sendall(bytes([byte]))
                    except OSError:
                        break

        thread = threading.Thread(target=drip)
        thread.start()
        resolve_to(monkeypatch, listening.getsockname())
        outcome, seconds = timed(new_sender(tls_service, **HASTY), tls_service.subscription())
        ended.set()
        thread.join()
    assert (outcome.result, outcome.status) == (Result.RETRY, None)
    assert 0.45 < seconds < 3


# Imports --------------------------------------------------------------------------------------


def test_pywebpush_is_imported_with_the_first_message_only() -> None:
    code = (
        "import sys; from vendorapp.notices.sender import PushSender;"
        f"PushSender({PRIVATE_KEY!r}, {SUBJECT!r});"
        "print('pywebpush' in sys.modules, 'aiohttp' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


# The push service itself: a lax one would prove nothing ---------------------------------------


def violation(**changes: Any) -> str:
    """What the service objects to when one thing of a good request is changed."""
    clock = Clock()
    with PushService(public_key=changes.pop("expected_key", PUBLIC_KEY), now=clock) as service:
        browser = service.subscription()
        sender = new_sender(service, now=clock)
        claims = {
            "aud": service.origin,
            "exp": int(clock.at) + 3_600,
            "sub": SUBJECT,
        } | changes.pop("claims", {})
        token = sender_module._jwt(sender._key, claims)
        token = changes.pop("tamper", lambda t: t)(token)
        body = sender_module._encrypt(device(browser), changes.pop("payload", b"{}"))
        body = changes.pop("body", lambda b: b)(body)
        headers = {
            "TTL": "60",
            "Urgency": "normal",
            "Topic": "t",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "Authorization": f"vapid t={token}, k={PUBLIC_KEY}",
        } | changes
        headers = {name: value for name, value in headers.items() if value is not None}
        answer = sender._http.urlopen("POST", browser.endpoint, body=body, headers=headers, retries=False)
        sender.close()
        assert len(service.attempts) == (answer.status == 201)
        if answer.status == 201:
            assert service.violations == []
            return ""
        assert answer.status == 400
        [found] = service.violations
        return found.partition(": ")[2]


def resigned(token: str) -> str:
    """The same claims, signed with somebody else's key."""
    signed = token.rpartition(".")[0]
    raw = ec.generate_private_key(ec.SECP256R1()).sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
    return f"{signed}.{base64.urlsafe_b64encode((raw * 2)[:64]).rstrip(b'=').decode()}"


def test_the_service_takes_a_good_request() -> None:
    assert violation() == ""
    assert violation(expected_key=None) == ""
    assert violation(claims={"sub": "https://app.example"}) == ""
    assert violation(TTL="0") == ""


@pytest.mark.parametrize(
    ("changes", "objection"),
    [
        ({"TTL": None}, "TTL"),
        ({"TTL": "-1"}, "TTL"),
        ({"TTL": "1.5"}, "TTL"),
        ({"Urgency": None}, "Urgency"),
        ({"Urgency": "urgent"}, "Urgency"),
        ({"Topic": None}, "Topic"),
        ({"Topic": "x" * 33}, "Topic"),
        ({"Topic": "a/b"}, "Topic"),
        ({"Content-Encoding": None}, "Content-Encoding"),
        ({"Content-Encoding": "aesgcm"}, "Content-Encoding"),
        ({"Content-Type": None}, "Content-Type"),
        ({"Authorization": None}, "Authorization"),
        ({"Authorization": "WebPush abc"}, "Authorization"),
        ({"expected_key": "B" * 87}, "subscribed with"),
        ({"tamper": lambda t: t[:-2]}, "32 bytes"),
        ({"tamper": resigned}, "does not fit"),
        ({"claims": {"aud": "https://fcm.googleapis.com"}}, "aud"),
        ({"claims": {"aud": None}}, "aud"),
        ({"claims": {"exp": int(time.time()) - 60}}, "exp"),
        ({"claims": {"exp": int(time.time()) + 25 * 3_600}}, "exp"),
        ({"claims": {"exp": "tomorrow"}}, "exp"),
        ({"claims": {"sub": "push@app.example"}}, "sub"),
        ({"claims": {"sub": ""}}, "sub"),
        ({"body": lambda b: b[:-1] + bytes([b[-1] ^ 1])}, "not for this subscription"),
        ({"body": lambda b: b[:100]}, "no aes128gcm"),
        ({"body": lambda b: b + bytes(4_097 - len(b))}, "no aes128gcm"),
        ({"payload": b"[1]"}, "JSON object"),
        ({"payload": b"words"}, "JSON object"),
    ],
)
def test_the_service_is_strict(changes: dict[str, Any], objection: str) -> None:
    assert objection in violation(**changes)


def test_a_message_for_another_device_is_refused(service: PushService, clock: Clock) -> None:
    mine, other = service.subscription(), service.subscription()
    outcome = send(new_sender(service, now=clock), device(mine, endpoint=other.endpoint))
    assert (outcome.result, outcome.status) == (Result.DROPPED, 400)
    assert "not for this subscription" in service.violations.pop()


def test_scripts_and_waiting(sender: PushSender, service: PushService) -> None:
    browser = service.subscription()
    service.script(browser, push_service.status(500), push_service.status(204))
    service.always(browser, push_service.status(410))
    seen = [send(sender, browser).status for _ in range(4)]
    assert seen == [500, 204, 410, 410]
    assert [m.status for m in service.wait_for_attempts(4)] == seen
    assert len(service.wait_for(1)) == 1
    with pytest.raises(AssertionError, match="1 of 2"):
        service.wait_for(2, timeout=0.05)
    assert send(sender, device(browser, endpoint=f"{service.origin}/push/x")).status == 404


def test_waiting_ends_when_the_message_comes(sender: PushSender, service: PushService) -> None:
    browser = service.subscription()
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(service.wait_for, 1, 5.0)
        send(sender, browser)
        assert waiting.result()[0].subscription_id == browser.id


def test_the_service_ends_at_once_while_requests_hang() -> None:
    before = threading.active_count()
    service = PushService()
    with service, ThreadPoolExecutor(2) as threads:
        patient = new_sender(service, read_timeout=20)
        browser = service.subscription()
        service.always(browser, push_service.hang())
        hanging = [threads.submit(send, patient, browser) for _ in range(2)]
        service.wait_for_attempts(2)
        start = time.monotonic()
        service.__exit__()
        assert {h.result().result for h in hanging} == {Result.RETRY}
        assert time.monotonic() - start < 2
    assert threading.active_count() <= before
