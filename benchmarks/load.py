"""A bounded load on one local server: a process of its own, so that it holds up nobody but itself.

Reads a job from stdin, `{"port", "connections", "seconds", "cycle", "requests": [[method, path, token,
body, status]]}`, and writes what it saw to stdout. Every connection is kept alive and waits for each
answer before it asks again. Sockets are spoken to directly: a whole HTTP client would take more of the
processor than the server that is measured.
"""

from __future__ import annotations

import itertools
import json
import socket
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 30.0  # seconds for one answer


@dataclass(slots=True)
class Job:
    """What the threads share. `used` requests were begun when the time was over."""

    port: int
    requests: list[tuple[bytes, int]]
    until: float = 0.0
    cycle: bool = False
    used: int = 0
    latencies: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> tuple[bytes, int] | None:
        """The next request, None when there is none left or the time is over."""
        with self.lock:
            if time.perf_counter() >= self.until or (self.used >= len(self.requests) and not self.cycle):
                return None
            self.used += 1
            return self.requests[(self.used - 1) % len(self.requests)]


def encode(port: int, method: str, path: str, token: str | None, body: Any) -> bytes:
    """The bytes of a request."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + content


class Connection:
    """One connection, opened anew when the server has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open()

    def _open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer. Raises OSError when there is none."""
        self._socket.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        parts, missing = [body], int(headers["content-length"]) - len(body)
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        if headers.get("connection", "").lower() == "close":
            self.close()
            self._open()
        return int(status.split()[1]), b"".join(parts)

    def _more(self) -> bytes:
        chunk = self._socket.recv(1 << 18)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        return chunk

    def close(self) -> None:
        self._socket.close()


def _work(job: Job, connection: Connection) -> None:
    """Ask until there is nothing left to ask."""
    seen, wrong = [], Counter[str]()
    while one := job.next():
        request, expected = one
        began = time.perf_counter()
        try:
            status, body = connection.ask(request)
        except (OSError, KeyError) as error:
            wrong[f"no answer: {error}"] += 1
            break
        seen.append(time.perf_counter() - began)
        if status != expected:
            wrong[f"{status}: {body[:300].decode(errors='replace')}"] += 1
    connection.close()
    with job.lock:
        job.latencies += seen
        job.wrong += wrong


def run(asked: dict[str, Any]) -> dict[str, Any]:
    """Put the load of `asked` on the server: how many requests in how many seconds, and each one's ms."""
    port = asked["port"]
    requests = [
        (encode(port, method, path, token, body), status)
        for method, path, token, body, status in asked["requests"]
    ]
    job = Job(port, requests, cycle=asked["cycle"])
    connections = [Connection(port) for _ in range(asked["connections"])]
    threads = [threading.Thread(target=_work, args=(job, one), daemon=True) for one in connections]
    began = time.perf_counter()
    job.until = began + asked["seconds"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    return {
        "used": job.used,
        "seconds": seconds,
        "latencies_ms": [round(one * 1e3, 3) for one in job.latencies],
        "wrong": dict(itertools.islice(job.wrong.items(), 3)),
    }


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
