"""The local PostgreSQL and Redis: what `make run` and the tests rely on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import redis

from dev import services
from dev.postgres import Postgres

ROOT = Path(services.ROOT)


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty directory with a space in its path, which the account of PostgreSQL may enter."""
    top = Path(tempfile.mkdtemp(prefix="local services "))
    top.chmod(0o755)
    directory = top / "a place"
    yield directory
    directory.mkdir(exist_ok=True)
    services.main(["stop", "--directory", str(directory)])
    Postgres(directory).remove()
    shutil.rmtree(top)


def query(url: str, statement: str) -> tuple[object, ...]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return (cursor.fetchone() if cursor.description else None) or ()


def noted(directory: Path, server: str) -> psutil.Process:
    return psutil.Process(json.loads((directory / f"{server}.json").read_text())["pid"])


def family(directory: Path) -> list[psutil.Process]:
    found = []
    for server in ("postgres", "redis"):
        process = noted(directory, server)
        found += [process, *process.children(recursive=True)]
    return found


def test_the_role_is_an_ordinary_one_that_owns_its_database(place: Path) -> None:
    running = services.start(place)
    assert query(
        running.database_url,
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
        " pg_get_userbyid(datdba) = rolname"
        " FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()",
    ) == ("vendorapp", False, False, False, True, True)
    query(running.database_url, "CREATE EXTENSION btree_gist")
    query(running.database_url, "CREATE DATABASE another")
    running.stop()


def test_nobody_comes_in_without_the_password_or_from_outside(place: Path) -> None:
    running = services.start(place)
    stranger = urlsplit(running.database_url)._replace(
        netloc=f"vendorapp:guess@127.0.0.1:{urlsplit(running.database_url).port}"
    )
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(stranger.geturl())
    unknown = redis.Redis(port=urlsplit(running.redis_url).port or 0)
    with unknown, pytest.raises(redis.AuthenticationError):
        unknown.ping()
    for server in ("postgres", "redis"):
        addresses = {
            connection.laddr.ip
            for connection in noted(place, server).net_connections()
            if connection.status == psutil.CONN_LISTEN
        }
        assert addresses == {"127.0.0.1"}
        assert (place / f"{server}.json").stat().st_mode & 0o777 == 0o600
    running.stop()


def test_redis_keeps_what_it_was_told_and_never_forgets_for_want_of_room(place: Path) -> None:
    running = services.start(place)
    with redis.Redis.from_url(running.redis_url) as client:
        assert client.config_get("append*")["appendonly"] == "yes"
        assert client.config_get("appendfsync") == {"appendfsync": "everysec"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        client.set("kept", "yes")
    running.stop()
    again = services.start(place)
    with redis.Redis.from_url(again.redis_url, decode_responses=True) as client:
        assert client.get("kept") == "yes"
    again.stop()


def test_killed_servers_come_up_again_with_their_data(place: Path) -> None:
    before = services.start(place)
    query(before.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
    for server in ("postgres", "redis"):
        noted(place, server).send_signal(signal.SIGKILL)
    after = services.start(place)
    assert query(after.database_url, "SELECT number FROM kept") == (7,)
    with redis.Redis.from_url(after.redis_url) as client:
        assert client.ping()
    before.stop()
    after.stop()


def test_two_starters_at_once_get_the_same_servers(place: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from dev import services\n"
        "running = services.start(Path(sys.argv[1]))\n"
        "print(running.database_url, running.redis_url, flush=True)\n"
        "sys.stdin.read(); running.stop()"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(place)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    lines = {starter.stdout.readline() for starter in starters if starter.stdout}
    assert len(lines) == 1
    database_url = lines.pop().split()[0]
    servers = family(place)
    first, second = starters
    first.communicate("")
    assert query(database_url, "SELECT 1") == (1,)  # one of them has left, the other has not
    second.communicate("")
    assert [starter.returncode for starter in starters] == [0, 0]
    assert not [server for server in servers if server.is_running()]


def test_the_last_to_leave_stops_everything(place: Path) -> None:
    first, second = services.start(place), services.start(place)
    servers = family(place)
    assert len(servers) > 2
    first.stop()
    first.stop()
    assert all(server.is_running() for server in servers)
    second.stop()
    assert not [server for server in servers if server.is_running()]


def test_a_process_that_only_bears_the_old_id_is_neither_believed_nor_harmed(place: Path) -> None:
    services.start(place).stop()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        for server in ("postgres", "redis"):
            state = json.loads((place / f"{server}.json").read_text())
            (place / f"{server}.json").write_text(json.dumps({**state, "pid": stranger.pid}))
        home = Path(json.loads((place / "postgres.json").read_text())["home"])
        (home / "data" / "postmaster.pid").write_text(f"{stranger.pid}\n{home}/data\n")
        running = services.start(place)
        assert query(running.database_url, "SELECT 1") == (1,)
        running.stop()
        assert stranger.poll() is None
        stranger.kill()


def test_what_is_not_durable_is_gone_afterwards(place: Path) -> None:
    running = services.start(place, durable=False)
    assert query(running.database_url, "SHOW fsync") == ("off",)
    home = Path(json.loads((place / "postgres.json").read_text())["home"])
    running.stop()
    assert not home.exists()
    assert not (place / "redis").exists()


def test_durable_data_is_never_opened_as_data_to_throw_away(place: Path) -> None:
    services.start(place).stop()
    with pytest.raises(services.ServiceError, match="holds data that is to be kept"):
        services.start(place, durable=False)
    assert (place / "postgres.json").exists()


def test_servers_started_by_hand_stay_until_stopped_by_hand(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--directory", str(place)]
    assert services.main(["status", *arguments]) == 1
    assert services.main(["start", *arguments]) == 0
    services.start(place).stop()
    assert services.main(["status", *arguments]) == 0
    servers = family(place)
    assert services.main(["stop", *arguments]) == 0
    assert not [server for server in servers if server.is_running()]
    assert capsys.readouterr().out.endswith("PostgreSQL: not running\nRedis: not running\n")


def test_one_server_can_be_asked_for_alone(place: Path) -> None:
    running = services.start(place, postgres=False)
    assert running.database_url == ""
    assert not (place / "postgres.json").exists()
    running.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands PostgreSQL to another account")
def test_root_may_work_where_the_other_account_cannot_enter(place: Path) -> None:
    place.mkdir(mode=0o700)
    running = services.start(place)
    home = Path(json.loads((place / "postgres.json").read_text())["home"])
    assert place not in home.parents
    assert query(running.database_url, "SELECT 1") == (1,)
    running.stop()
    assert place.stat().st_mode & 0o777 == 0o700
