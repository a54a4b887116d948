"""Runs the migrations: one at a time across all machines, and never waiting long for a busy table."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import text

from vendorapp.kernel.database import db

# Any number; every runner of this project's migrations takes the same one.
ADVISORY_LOCK = 727_001


def run() -> None:
    with db.engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
        connection.commit()
        try:
            context.configure(
                connection=connection,
                target_metadata=current_app.extensions["migrate"].db.metadata,
                compare_type=True,
                compare_server_default=False,
                transaction_per_migration=True,
            )
            with context.begin_transaction():
                context.run_migrations()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
            connection.commit()


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database: set DATABASE_URL.")
run()
