"""Starting a server process, knowing it again, stopping it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from dev.account import Account

# Popen objects of the servers this process started: dropping one while its server still runs
# would make Python warn.
_children: list[subprocess.Popen[bytes]] = []


class ServiceError(RuntimeError):
    """A local server could not be started; the message ends with the end of its log."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process by its id and the moment it began (seconds since 1970): ids are used again."""

    pid: int
    created: float

    def _found(self) -> psutil.Process | None:
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.created) < 0.01
            return found if same and found.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return self._found() is not None

    def stop(self, *signals: signal.Signals) -> None:
        """Send each of `signals` in turn, ten seconds apart, until the process is gone."""
        for number in (*signals, signal.SIGKILL):
            found = self._found()
            if found is None:
                break
            with contextlib.suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
                found.send_signal(number)
                found.wait(timeout=10)
        for child in _children:
            child.poll()


def launch(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    log: Path,
    account: Account | None = None,
    stdin: bytes = b"",
) -> Process:
    """Start a server in a session of its own, away from the terminal's Ctrl-C.

    Its output replaces `log`; `stdin` is what it may read.
    """
    # PGPORT, PGDATA and the like are meant for somebody else's server.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    with log.open("wb") as output:
        child = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
            **(account.popen if account else {}),
        )
    _children.append(child)
    if child.stdin:
        with contextlib.suppress(BrokenPipeError), child.stdin:
            child.stdin.write(stdin)
    try:
        return Process(child.pid, psutil.Process(child.pid).create_time())
    except psutil.NoSuchProcess:
        return Process(child.pid, 0.0)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago; the caller tries again if it is not."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_on_free_port(
    name: str, *, begin: Callable[[int], Process], answers: Callable[[int], bool], log: Path
) -> None:
    """Start a server on a free port and wait until it answers.

    `begin(port)` launches it, `answers(port)` connects once. Two faults pass by themselves and are
    tried again: another program took the port in between, or a server killed a moment ago has not
    let go of its data yet.

    Raises `ServiceError` when it ends for another reason or does not answer within a minute.
    """
    for _ in range(40):
        port = free_port()
        process = begin(port)
        try:
            if wait_for(process, lambda port=port: answers(port), seconds=60):  # type: ignore[misc]
                return
        except BaseException:
            process.stop(signal.SIGTERM)
            raise
        process.stop(signal.SIGTERM)
        if not any(why in log.read_bytes() for why in (b"Address already in use", b"still in use")):
            break
        time.sleep(0.25)
    tail = log.read_text(errors="replace").splitlines()[-15:]
    raise ServiceError("\n".join([f"{name} did not start. The end of {log}:", *tail]))


def wait_for(process: Process, answers: Callable[[], bool], *, seconds: float) -> bool:
    """Ask until `answers` says yes; False when the process ended or the time is over."""
    end = time.monotonic() + seconds
    while process.alive and time.monotonic() < end:
        if answers():
            return True
        time.sleep(0.03)
    return False
