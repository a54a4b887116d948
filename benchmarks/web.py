"""The web process as in production, and rounds of load on it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import psutil

from benchmarks.ground import DIRECTORY, ROOT, Ground
from benchmarks.report import middle
from dev.processes import free_port

CONNECTIONS = 32
WORKERS = ("--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket")


@dataclass(frozen=True, slots=True)
class Request:
    """One call, and the status that it must be answered with."""

    method: str
    path: str
    token: str | None = None
    body: Any = None
    status: int = 200


HEALTH = Request("GET", "/healthz")


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of load came to; `used` of its requests were made.

    `web_ms` and `database_ms` are what the two took of the processors, `database_ms` None when
    PostgreSQL runs elsewhere.
    """

    used: int
    seconds: float
    latencies_ms: list[float]
    web_ms: float
    database_ms: float | None

    @property
    def a_second(self) -> float:
        return len(self.latencies_ms) / self.seconds


@dataclass(slots=True)
class View:
    """A view under measurement, and its rounds so far."""

    name: str
    rounds: list[Round] = field(default_factory=list)

    def line(self, beside: View) -> dict[str, Any]:
        """The view in a table; its ratio to `beside`, whose rounds were run next to its own."""
        waits = [one for part in self.rounds for one in part.latencies_ms]
        cuts = quantiles(waits, n=100)
        pairs = zip(self.rounds, beside.rounds, strict=True)
        return {
            "view": self.name,
            "rounds": len(self.rounds),
            "requests": len(waits),
            "a_second": middle([part.a_second for part in self.rounds], 1),
            "to_healthz": middle([ours.a_second / theirs.a_second for ours, theirs in pairs], 3),
            "p50_ms": round(cuts[49], 1),
            "p95_ms": round(cuts[94], 1),
            **processor(self.rounds, len(waits)),
        }


def processor(rounds: Sequence[Round], parts: int) -> dict[str, float | None]:
    """Processor time by the part: what a busy machine distorts least."""
    database = [one.database_ms for one in rounds if one.database_ms is not None]
    return {
        "web_cpu_ms": round(sum(one.web_ms for one in rounds) / parts, 2),
        "db_cpu_ms": round(sum(database) / parts, 2) if database else None,
    }


@dataclass(frozen=True, slots=True)
class Web:
    """A running web process."""

    here: Ground
    port: int
    process: psutil.Process

    def load(
        self,
        requests: Sequence[Request],
        *,
        seconds: float,
        cycle: bool = True,
        connections: int = CONNECTIONS,
    ) -> Round:
        """Ask `requests` in turn, for so long or until there is none left (`cycle`: begin again).

        Raises RuntimeError when one is answered otherwise than expected: failures are not measured.
        """
        job = {
            "port": self.port,
            "connections": connections,
            "seconds": seconds,
            "cycle": cycle,
            "requests": [(one.method, one.path, one.token, one.body, one.status) for one in requests],
        }
        web_before, database_before = self._web_ms(), self._database_ms()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.load"],
            cwd=ROOT,
            input=json.dumps(job),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=seconds + 120,
        )
        found = json.loads(done.stdout)
        if found["wrong"]:
            raise RuntimeError(f"Unexpected answers: {found['wrong']}")
        database = {pid: ms - database_before.get(pid, 0.0) for pid, ms in self._database_ms().items()}
        return Round(
            found["used"],
            found["seconds"],
            found["latencies_ms"],
            web_ms=self._web_ms() - web_before,
            database_ms=sum(database.values()) if database else None,
        )

    def _web_ms(self) -> float:
        """Processor time of the web process and its workers so far."""
        return sum(_processor_ms(one) for one in (self.process, *self.process.children(recursive=True)))

    def _database_ms(self) -> dict[int, float]:
        """Processor time so far of PostgreSQL's processes that serve our database, by their ids."""
        found = {}
        for (pid,) in self.here.rows(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ):
            with suppress(psutil.NoSuchProcess):
                server = psutil.Process(pid)
                if "postgres" in server.name():
                    found[pid] = _processor_ms(server)
        return found


def _processor_ms(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system) * 1e3


@contextmanager
def web(here: Ground) -> Iterator[Web]:
    """The web process of the Procfile on a free port of this machine, until the block ends."""
    port = free_port()
    log = DIRECTORY / "gunicorn.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *WORKERS, "--bind", f"127.0.0.1:{port}", "wsgi:app"],
            cwd=ROOT,
            env={**here.environment, "PORT": str(port), "PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        if not _answers(process, port):
            raise RuntimeError(f"The web process did not start; see {log}")
        yield Web(here, port, psutil.Process(process.pid))
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False
