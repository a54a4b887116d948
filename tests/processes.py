"""Real background processes for tests, on the test's own database and Redis.

    with Worker(app) as worker: …

The process is known by its id alone; it leads a process group of its own, so that nothing of it stays.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

from flask import Flask

ROOT = Path(__file__).resolve().parent.parent
START_TAKES = 60.0  # seconds at most
names = itertools.count(1)


class Worker:
    """A Celery worker. `start`, `stop` and `kill` may follow each other; leaving the block stops it.

    `pool` is `solo` (one process, quick to start) or `prefork` (as in production, with `concurrency`
    children). `log` is what it has written so far.
    """

    def __init__(self, app: Flask, *, pool: str = "solo", concurrency: int = 1) -> None:
        self._celery = app.extensions["celery"]
        self._pool = pool
        self._concurrency = concurrency
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the block
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._output.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()
        self._output.close()

    @property
    def log(self) -> str:
        self._output.seek(0)
        return self._output.read().decode(errors="replace")

    def start(self) -> None:
        """Begin, and wait until it takes tasks."""
        name = f"test-{os.getpid()}-{next(names)}@local"
        command = [sys.executable, "-m", "celery", "-A", "worker", "worker", "--hostname", name]
        command += ["--pool", self._pool, "--concurrency", str(self._concurrency)]
        command += ["--loglevel", "warning", "--without-gossip", "--without-mingle"]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        end = time.monotonic() + START_TAKES
        while not self._answers(name):
            if self._process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise AssertionError(f"The worker did not start:\n{self.log}")

    def _answers(self, name: str) -> bool:
        with self._celery.connection_for_write() as connection:
            pong = self._celery.control.ping([name], timeout=0.2, connection=connection)
        return bool(pong)

    def stop(self) -> None:
        """Ask it to end, and wait until it has; what is under way is finished."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, children too, as when the machine takes the memory back."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            if how is signal.SIGTERM:
                process.send_signal(how)
                process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            pass
        finally:
            # Its children belong to the same group, which outlives their parent.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
