"""Pushes: rows in the database, one worker process, a push service that takes 50 ms for each."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import urllib3
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pywebpush import WebPusher  # type: ignore[import-untyped, unused-ignore]

from benchmarks.ground import Ground, say
from benchmarks.push_service import came, push_service
from benchmarks.report import middle, ratios
from vendorapp.accounts.models import ROLE_IDS
from vendorapp.notices import delivery, origins, rules

TAKES = 0.05  # seconds
PAYLOAD = b'{"web_push":8030,"notification":{"title":"Yadav Dairy","body":"' + b"." * 300 + b'"}}'


def measure(here: Ground, *, quick: bool) -> dict[str, Any]:
    """A sweep beside the same number of bare POSTs, and beside nothing but the encryption."""
    pushes, turns = (1_500, 2) if quick else (5_000, 5)
    private_key = ec.generate_private_key(ec.SECP256R1())
    point = private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": rules.b64url(point), "auth": rules.b64url(bytes(range(16)))}
    with push_service(TAKES) as origin, push_service(0) as silent:
        sweeps, posts, encrypted, cpu = [], [], [], []
        for turn in range(turns + 1):
            say(f"push: {pushes:,} pushes, turn {turn} of {turns}")
            fill(here, {origin: pushes}, keys)
            took, processor = _timed(lambda: _sweep(pushes))
            checked(here, origin, pushes)
            bare, _ = _timed(lambda: _post(origin, pushes, keys))
            encoded, _ = _timed(lambda: _encode(keys, 1_000))
            if turn:  # the first turn warms up
                sweeps.append(pushes / took)
                posts.append(pushes / bare)
                encrypted.append(1_000 / encoded)
                cpu.append(processor / pushes * 1e3)
        say("push: a silent service in front")
        beside = [_behind_silent(here, origin, silent, pushes, keys) for _ in range(1 if quick else 3)]
    title = f"Pushes (one process, {origins.THREADS} threads, {TAKES * 1e3:.0f} ms a push at the service)"
    return {
        title: [
            {
                "": "a sweep",
                "a_second": middle(sweeps),
                "of_bare_posts": middle(ratios(sweeps, posts)),
                "of_encryption": middle(ratios(sweeps, encrypted)),
                "cpu_ms": middle(cpu),
            },
            _floor("bare POSTs, the same threads", posts, sweeps=posts, encryption=encrypted),
            _floor("encryption, one thread", encrypted, sweeps=posts, encryption=encrypted),
            {
                "": "a sweep behind 1,000 rows of a silent service",
                "a_second": middle(beside),
                "of_bare_posts": middle(beside) / middle(posts),
                "of_encryption": middle(beside) / middle(encrypted),
                "cpu_ms": None,
            },
        ]
    }


def _floor(name: str, values: list[float], *, sweeps: list[float], encryption: list[float]) -> dict[str, Any]:
    return {
        "": name,
        "a_second": middle(values),
        "of_bare_posts": middle(ratios(values, sweeps)),
        "of_encryption": middle(ratios(values, encryption)),
        "cpu_ms": None,
    }


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """How long it took, and how much processor time of this process; both in seconds."""
    began, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - used


def fill(here: Ground, counts: dict[str, int], keys: dict[str, str]) -> None:
    """One person, one device and one row that is due for each push, the origins in their order."""
    here.empty()
    numbers = list(counts.values())
    here.run(
        """
        INSERT INTO users (name, phone_number, user_type_id, password_hash, locale, created_at)
        SELECT 'Person ' || n, '+9170' || lpad(n::text, 8, '0'), %(role)s, '-', 'en', now()
        FROM generate_series(1, %(people)s) n
        """,
        role=ROLE_IDS["customer"],
        people=sum(numbers),
    )
    here.run(
        """
        INSERT INTO sign_ins (user_id, token_hash, created_at, expires_at)
        SELECT id, sha256(id::text::bytea), now(), now() + interval '1 day' FROM users ORDER BY id
        """
    )
    here.run(
        """
        WITH services AS (
            SELECT origin, sum(pushes) OVER (ORDER BY place) - pushes AS first, pushes
            FROM unnest(%(origins)s::text[], %(numbers)s::int[]) WITH ORDINALITY AS s (origin, pushes, place)
        ), people AS (SELECT id, user_id, row_number() OVER (ORDER BY id) - 1 AS n FROM sign_ins)
        INSERT INTO push_subscriptions (user_id, sign_in_id, endpoint, p256dh, auth, user_agent, created_at)
        SELECT p.user_id, p.id, s.origin || '/push/' || p.id, %(p256dh)s, %(auth)s, 'bench', now()
        FROM people p JOIN services s ON p.n >= s.first AND p.n < s.first + s.pushes
        ORDER BY p.id
        """,
        origins=list(counts),
        numbers=numbers,
        **keys,
    )
    here.run(
        """
        INSERT INTO notices (user_id, kind, title, body, url, topic, data, created_at, expires_at)
        SELECT user_id, 'statement_ready', 'Yadav Dairy', repeat('.', 300), '/inbox', 'statement:' || user_id,
               '{}', now(), now() + interval '7 days'
        FROM push_subscriptions ORDER BY id
        """
    )
    here.run(
        """
        INSERT INTO push_deliveries (notice_id, subscription_id, status, attempts, next_at)
        SELECT n.id, s.id, 'waiting', 0, now() FROM notices n JOIN push_subscriptions s USING (user_id)
        ORDER BY n.id
        """
    )
    here.run("VACUUM (ANALYZE)")


def _sweep(pushes: int) -> None:
    delivery.sweep(limit=pushes, seconds=300)


def checked(here: Ground, origin: str, pushes: int) -> None:
    """Every row says that it was sent, and the service was sent nothing that it refuses."""
    sent = here.one(
        "SELECT count(*) FROM push_deliveries d JOIN push_subscriptions s ON s.id = d.subscription_id"
        " WHERE d.status = 'sent' AND starts_with(s.endpoint, %(origin)s)",
        origin=origin,
    )
    refused = came(origin)["refused"]
    if sent != pushes or refused:
        raise RuntimeError(f"{sent} of {pushes} pushes were sent, {refused} refused.")


def _post(origin: str, pushes: int, keys: dict[str, str]) -> None:
    """The same requests, all with the same body: nothing but HTTP and its threads."""
    headers = {
        "TTL": "60",
        "Urgency": "normal",
        "Topic": "t" * 32,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "Authorization": f"vapid t=a.b.{'c' * 86}, k={'d' * 87}",
    }
    body = _encode(keys, 1)
    with (
        urllib3.PoolManager(maxsize=origins.THREADS) as http,
        ThreadPoolExecutor(origins.THREADS) as pool,
    ):
        answers = pool.map(
            lambda n: http.request("POST", f"{origin}/push/{n}", body=body, headers=headers).status,
            range(pushes),
        )
        if set(answers) != {201}:
            raise RuntimeError("A bare POST was refused.")


def _encode(keys: dict[str, str], times: int) -> bytes:
    body = b""
    for _ in range(times):
        pusher = WebPusher({"endpoint": "https://localhost/", "keys": keys})
        body = bytes(pusher.encode(PAYLOAD, content_encoding="aes128gcm")["body"])
    return body


def _behind_silent(here: Ground, origin: str, silent: str, pushes: int, keys: dict[str, str]) -> float:
    """Pushes a second of a service whose rows stand behind a thousand of one that never answers.

    The time ends with the last push it accepts; the sweep itself then still waits for the silent one.
    """
    fill(here, {silent: 1_000, origin: pushes}, keys)
    delivery.forget()
    began = time.time()
    delivery.sweep(limit=pushes + 1_000, seconds=60)
    checked(here, origin, pushes)
    return pushes / (float(came(origin)["last_at"]) - began)
