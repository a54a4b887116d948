"""PostgreSQL and Redis for one machine: `start(directory)`, and stop when nobody uses them.

Several programs may share the servers of one directory: whoever comes first starts them, whoever
leaves last stops them. A use is a shared lock on a file, which the kernel lets go even when the
program is killed, so no count can go wrong.

By hand: python -m dev.services start | stop | status [--directory .run]
Servers started that way stay until they are stopped that way.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.postgres import Postgres
from dev.processes import ServiceError
from dev.redis import Redis
from dev.state import State

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_DIRECTORY = ROOT / ".run"


class Services:
    """The running servers of one directory, as one user of them sees it.

    `database_url` and `redis_url` are complete, password included; empty for a server that was not
    asked for.
    """

    def __init__(self, directory: Path, *, database_url: str, redis_url: str, use: int) -> None:
        self.database_url = database_url
        self.redis_url = redis_url
        self._directory = directory
        self._use: int | None = use

    def stop(self) -> None:
        """Leave the servers; the last one to leave stops them. A second call does nothing."""
        if self._use is None:
            return
        with _lock(self._directory):
            os.close(self._use)
            self._use = None
            common = State(self._directory / "services.json").values
            if not common.get("keep") and not _in_use(self._directory):
                _stop(self._directory)


def start(directory: Path, *, postgres: bool = True, redis: bool = True, durable: bool = True) -> Services:
    """Make sure the servers of `directory` run, and use them until `Services.stop()`.

    The role in `database_url` owns the database and may create others, and is no superuser.
    Servers that are not `durable` write nothing to disk in earnest and are deleted when stopped:
    for tests. Raises `ServiceError` with the end of the server's log.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    with _lock(directory):
        database = Postgres(directory)
        cache = Redis(directory)
        if not _in_use(directory):
            _begin(directory, durable=durable)
        try:
            for wanted, server in ((postgres, database), (redis, cache)):
                if wanted and not server.running():
                    server.start(durable=durable)
        except BaseException:
            if not _in_use(directory):
                _stop(directory)
            raise
        return Services(
            directory,
            database_url=database.url if postgres else "",
            redis_url=cache.url if redis else "",
            use=_take_use(directory),
        )


@contextmanager
def _lock(directory: Path) -> Iterator[None]:
    """One starter or stopper at a time."""
    handle = os.open(directory / "starting.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _take_use(directory: Path) -> int:
    handle = os.open(directory / "in-use.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


def _in_use(directory: Path) -> bool:
    handle = os.open(directory / "in-use.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _stop(directory: Path) -> None:
    common = State(directory / "services.json")
    for server in (Redis(directory), Postgres(directory)):
        server.stop()
        if not common.values.get("durable", True):
            server.remove()
    common.save(keep=False)


def _begin(directory: Path, *, durable: bool) -> None:
    """Make the directory ready for its first user."""
    common = State(directory / "services.json")
    if not common.values.get("durable", True):
        # Left behind by a user that was killed before it could stop them.
        _stop(directory)
    elif not durable and common.values:
        raise ServiceError(f"{directory} holds data that is to be kept; choose another directory.")
    if not Postgres(directory).running() and not Redis(directory).running():
        common.save(keep=False)  # a restart of the machine stopped those that were to stay
    common.save(durable=durable)


def main(arguments: list[str]) -> int:
    """The command line; returns the exit status (of `status`: 0 when both run)."""
    parser = argparse.ArgumentParser(prog="python -m dev.services")
    parser.add_argument("action", choices=["start", "stop", "status"])
    parser.add_argument("--directory", type=Path, default=DEFAULT_DIRECTORY)
    chosen = parser.parse_args(arguments)
    directory = chosen.directory.resolve()
    if chosen.action == "start":
        try:
            services = start(directory)
        except ServiceError as error:
            print(error, file=sys.stderr)
            return 1
        State(directory / "services.json").save(keep=True)
        services.stop()
    directory.mkdir(parents=True, exist_ok=True)
    if chosen.action == "stop":
        with _lock(directory):
            _stop(directory)
    servers = (Postgres(directory), Redis(directory))
    for server in servers:
        print(server.describe())
    return int(chosen.action != "stop" and not all(server.running() for server in servers))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
