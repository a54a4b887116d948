"""Start the whole product on this machine: python -m dev.run (`make run`)

Without DATABASE_URL or REDIS_URL the missing server is started under .run/; secrets for development
are made there too. Then: migrations, a small demo when there are no users yet, and web, worker and
beat from the Procfile. Ctrl-C, or SIGTERM, stops all of it.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import fcntl
import hashlib
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import NoReturn

import psutil
import psycopg

from dev import services
from dev.state import State, write_private

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / ".run"
PROCESSES = ("web", "worker", "beat")
LOGIN_LINES = ("vendor +", "customer +")


class Stop(BaseException):
    """Somebody asked us to stop. No Exception: nothing on the way may swallow it."""


class Failed(Exception):
    """The product cannot be started; the message says why."""


def main() -> int:
    """Run until stopped; returns 0 when somebody asked for it, 1 when something failed."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as under nohup
        signal.signal(signal.SIGHUP, _stop)
    if "MAKELEVEL" in os.environ:
        _end_with_parent()
    # PostgreSQL may run under another account, which has to pass through here.
    RUN.mkdir(mode=0o755, exist_ok=True)
    servers = None
    try:
        servers = services.start(
            RUN,
            postgres=not os.environ.get("DATABASE_URL"),
            redis=not os.environ.get("REDIS_URL"),
        )
        environment = _environment(servers)
        logins = _prepare(environment)
        return _run(environment, logins)
    except (Failed, services.ServiceError) as error:
        print(f"\n{error}", file=sys.stderr, flush=True)
        return 1
    except Stop:
        return 0
    finally:
        _ignore_signals()
        if servers:
            servers.stop()


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    _ignore_signals()
    raise Stop


def _ignore_signals() -> None:
    """What is under way is the stop itself; it must not be interrupted."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _end_with_parent() -> None:
    """Be told to stop when the parent dies, even when it was killed outright. Linux only."""
    _prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _adopt_orphans() -> None:
    """Become the parent of the processes a killed child leaves behind. Linux only."""
    _prctl(36, 1)  # PR_SET_CHILD_SUBREAPER


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value)


def _environment(servers: services.Services) -> dict[str, str]:
    """The environment of the product's processes; also kept as .run/env for a shell."""
    own = {"APP_ENV": os.environ.get("APP_ENV") or "development"}
    if servers.database_url:
        own["DATABASE_URL"] = servers.database_url
    if servers.redis_url:
        own["REDIS_URL"] = servers.redis_url
    own["PORT"] = _free_port(os.environ.get("PORT") or "8000")
    own["BASE_URL"] = os.environ.get("BASE_URL") or f"http://127.0.0.1:{own['PORT']}"
    if own["APP_ENV"] == "development":
        kept = State(RUN / "secrets.json")
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        made = {
            "SECRET_KEY": kept.secret("SECRET_KEY", secrets.token_urlsafe(48)),
            "VAPID_PRIVATE_KEY": kept.secret("VAPID_PRIVATE_KEY", key),
            "VAPID_SUBJECT": "mailto:dev@localhost",
            # The demo's passwords are printed, so the neighbours on the network stay out.
            "BIND_ADDRESS": "127.0.0.1",
        }
        own |= {name: os.environ.get(name) or value for name, value in made.items()}
    write_private(RUN / "env", "".join(f"export {name}={shlex.quote(own[name])}\n" for name in own))
    programs = str(Path(sys.executable).parent)
    path = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])
    return {**os.environ, **own, "PATH": path, "PYTHONUNBUFFERED": "1"}


def _free_port(named: str) -> str:
    """The port `named`, or the next one that nobody listens on."""
    if not (named.isascii() and named.isdigit() and 0 < int(named) < 65536):
        raise Failed("PORT must be a number from 1 to 65535.")
    wanted = int(named)
    for port in range(wanted, min(wanted + 100, 65536)):
        with socket.socket() as probe:
            # As gunicorn does: a connection that is just being closed is no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("", port))
            except PermissionError:
                raise Failed(f"PORT {port} is for root only.") from None
            except OSError:
                continue
        if port != wanted:
            print(f"Port {wanted} is taken; using {port}.", flush=True)
        return str(port)
    raise Failed(f"No free port from {wanted} on.")


def _prepare(environment: dict[str, str]) -> list[str]:
    """Migrate, load the demo into an empty database; give the demo's logins, one line a role."""
    # Two runs at once on one new database must not both load the demo.
    with (RUN / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _flask(environment, "db", "upgrade")
        url = environment["DATABASE_URL"]
        kept = RUN / "demo-logins"
        if os.environ.get("DATABASE_URL"):
            # A database of your own has its own demo, if any.
            kept = RUN / f"demo-logins-{hashlib.sha256(url.encode()).hexdigest()[:12]}"
        if environment["APP_ENV"] == "development" and _has_no_users(url):
            logins = _flask(environment, "demo", "load")
            write_private(kept, "".join(f"{line}\n" for line in logins))
        return kept.read_text().splitlines() if kept.exists() else []


def _has_no_users(url: str) -> bool:
    plain = "postgresql://" + url.partition("://")[2]
    with psycopg.connect(plain, connect_timeout=10) as connection:
        row = connection.execute("SELECT NOT EXISTS (SELECT FROM users)").fetchone()
        return bool(row and row[0])


def _flask(environment: dict[str, str], *command: str) -> list[str]:
    """Run one command of the application and show what it says, except for login lines: these are
    given back. Raises `Failed` when the command does."""
    logins = []
    with subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as child:
        try:
            for line in child.stdout or ():
                if line.startswith(LOGIN_LINES):
                    logins.append(line.rstrip("\n"))
                else:
                    print(line, end="", flush=True)
        except Stop:
            child.terminate()
            raise
    if child.returncode != 0:
        raise Failed(f"`flask {' '.join(command)}` failed; the reason is above.")
    return logins


def _run(environment: dict[str, str], logins: list[str]) -> int:
    """Run the Procfile's processes until one ends or we are told to stop."""
    _adopt_orphans()
    servers = psutil.Process().children()
    honcho = subprocess.Popen(
        [sys.executable, "-m", "honcho", "-f", "Procfile", "-e", os.devnull, "start", *PROCESSES],
        cwd=ROOT,
        env=environment,
        start_new_session=True,  # Ctrl-C is ours; honcho is told afterwards
        preexec_fn=_end_with_parent,  # noqa: PLW1509 - no thread has been started yet
    )
    threading.Thread(target=_announce, args=(environment, logins), daemon=True).start()
    try:
        status = honcho.wait()
    except Stop:
        print("Stopping …", flush=True)
        honcho.terminate()
        honcho.wait()
        raise
    finally:
        _ignore_signals()
        _stop_orphans([child for child in psutil.Process().children() if child not in servers])
    raise Failed(
        f"One of {', '.join(PROCESSES)} ended by itself (status {status}); see the line "
        '"stopped" above. Everything else was stopped too.'
    )


def _stop_orphans(orphans: list[psutil.Process]) -> None:
    """Stop what honcho could not, because it was killed itself."""
    everything = [*orphans]
    for orphan in orphans:
        with contextlib.suppress(psutil.NoSuchProcess):
            everything += orphan.children(recursive=True)
    for process in everything:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(everything, timeout=5)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _announce(environment: dict[str, str], logins: list[str]) -> None:
    """Wait until the web process answers, then say where it is and who can sign in."""
    local = f"http://127.0.0.1:{environment['PORT']}"
    while True:
        try:
            with urllib.request.urlopen(f"{local}/healthz", timeout=2):  # noqa: S310 - our own
                break
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    lines = ["", f"vendorapp is ready: {environment['BASE_URL']}", *logins]
    lines += ["Commands in another shell: . .run/env && .venv/bin/flask --app wsgi --help"]
    lines += ["Ctrl-C stops everything.", ""]
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    sys.exit(main())
