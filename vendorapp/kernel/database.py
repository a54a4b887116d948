"""The database, and the one way to write to it.

The commit belongs to the edge: an endpoint, a page, a job or a command opens `transaction()` and calls
one verb; verbs only flush. What must happen after the commit (a nudge to the worker) is handed to
`after_commit` and is dropped with a rollback.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    MetaData,
    Text,
    Time,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, registry

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table: integers are bigint, instants carry a zone, text has no length."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMES),
        type_annotation_map={
            int: BigInteger,
            bool: Boolean,
            str: Text,
            date: Date,
            time: Time,
            datetime: DateTime(timezone=True),
            dict[str, Any]: JSONB,
        },
    )


db = SQLAlchemy(model_class=Base, session_options={"autoflush": False, "expire_on_commit": False})

# Two-sided bounds for CHECKs: PostgreSQL's dates and numbers include infinity.
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2199, 12, 31)
LARGEST_SUM = 10**17


def day_check(column: str) -> str:
    """The text of a CHECK that keeps a date column finite and sane (NULL passes)."""
    return f"{column} BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'"


def session() -> Session:
    """The present request's, job's or command's session."""
    return db.session()


def read_one_snapshot() -> None:
    """Let everything that is read from here on be of one moment: a page never shows half of a mark."""
    if not session().in_transaction():
        session().connection(execution_options={"isolation_level": "REPEATABLE READ"})


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit what the block did, or nothing of it. Transactions do not nest."""
    current = session()
    if current.info.get("open"):
        raise RuntimeError("a transaction is already open: verbs do not open their own")
    # What was read before us is read again. No rollback: psycopg forgets its prepared statements with one.
    current.expire_all()
    current.info.update(open=True, after_commit={})
    try:
        yield current
        current.commit()
    except BaseException:
        current.rollback()
        current.info.update(open=False, after_commit={})
        raise
    todo: dict[Hashable, Callable[[], object]] = current.info["after_commit"]
    current.info.update(open=False, after_commit={})
    for action in todo.values():
        action()


def after_commit(key: Hashable, action: Callable[[], object]) -> None:
    """Run `action` once the present transaction is durable, once for each `key`. It must not raise."""
    session().info["after_commit"][key] = action


def patience(statement: str = "15s", lock: str = "5s") -> None:
    """Set how long this transaction's statements and locks may take; jobs and commands ask for more."""
    session().execute(
        text("SELECT set_config('statement_timeout', :s, true), set_config('lock_timeout', :l, true)"),
        {"s": statement, "l": lock},
    )


def engine_options() -> dict[str, Any]:
    """Pool and connection settings: no statement waits for ever, and a dead server is noticed."""
    return {
        "pool_pre_ping": True,
        "pool_size": 8,
        "max_overflow": 4,
        "pool_timeout": 5,
        "connect_args": {
            "connect_timeout": 3,
            # jit: our statements are short and run often; compiling them costs more than it saves.
            "options": "-c statement_timeout=15000 -c lock_timeout=5000 -c timezone=UTC -c jit=off"
            " -c idle_in_transaction_session_timeout=60000",
        },
    }
