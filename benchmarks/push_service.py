"""A push service on this machine, in a process of its own: it takes its time, and looks at what comes.

``python -m benchmarks.push_service SECONDS`` prints the port it got. ``GET /`` tells what came so far. Told
to take no time at all it takes for ever: it reads the message and never answers.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.ground import ROOT

WANTED = {
    b"ttl": re.compile(rb"[0-9]+"),
    b"urgency": re.compile(rb"normal|high"),
    b"topic": re.compile(rb"[A-Za-z0-9_-]{32}"),
    b"content-encoding": re.compile(rb"aes128gcm"),
    b"content-type": re.compile(rb"application/octet-stream"),
    b"authorization": re.compile(rb"vapid t=[\w-]+\.[\w-]+\.[\w-]{86}, k=[\w-]{87}"),
}
# salt 16, record size 4, key length 1, the sender's key 65, and at least a tag of 16
LEAST, MOST = 86 + 17, 4_096


@contextmanager
def push_service(seconds: float) -> Iterator[str]:
    """The origin of a service that runs as long as the block does; without `seconds` it never answers."""
    command = [sys.executable, "-m", "benchmarks.push_service", str(seconds)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("the push service has no output")
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def came(origin: str) -> dict[str, Any]:
    """How many messages a service accepted and refused, and when the last was accepted (since 1970)."""
    with urllib.request.urlopen(origin + "/", timeout=5) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


class Service(asyncio.Protocol):
    """One kept connection."""

    seconds = 0.0
    seen: dict[str, Any] = {"accepted": 0, "refused": 0, "last_at": 0.0}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        first, *lines = head.split(b"\r\n")
        pairs = (line.partition(b":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        length = int(headers.get(b"content-length", b"0"))
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        if first.startswith(b"GET"):
            self.answer(b"200 OK", json.dumps(self.seen).encode())
            return
        good = LEAST <= length <= MOST and all(
            pattern.fullmatch(headers.get(name, b"")) for name, pattern in WANTED.items()
        )
        if not good:
            self.seen["refused"] += 1
            self.answer(b"400 Bad Request", b"")
        elif self.seconds:
            asyncio.get_running_loop().call_later(self.seconds, self.accept)

    def accept(self) -> None:
        self.seen["accepted"] += 1
        self.seen["last_at"] = time.time()
        self.answer(b"201 Created", b"")

    def answer(self, status: bytes, body: bytes) -> None:
        self.transport.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))


async def serve(seconds: float) -> None:
    Service.seconds = seconds
    server = await asyncio.get_running_loop().create_server(Service, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
