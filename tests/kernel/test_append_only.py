"""What happened stays written: the application's own login may add to the histories, never change them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tests.conftest import APPEND_ONLY
from vendorapp.kernel.database import session, transaction


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE {} SET quantity = 1", "DELETE FROM {}", "TRUNCATE {}"])
def test_no_statement_changes_them(app: Flask, table: str, verb: str) -> None:
    statement = verb.format(table)
    if table == "ledger_entries":
        statement = statement.replace("quantity", "amount")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction():
        session().execute(text(statement))
