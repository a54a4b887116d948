"""Businesses of any size, each in a database of its own that is gone afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import update

import config as configuration
from tests.accounts.browser import Browser
from tests.cast import Api
from tests.conftest import _admin, _with_database
from vendorapp import create_app
from vendorapp.accounts.models import Vendor
from vendorapp.demo.load import Demo
from vendorapp.kernel.database import db, session, transaction


@dataclass
class Business:
    """The demo's first shop and its household."""

    app: Flask
    logins: dict[str, tuple[str, str]]

    def api(self, role: str) -> Api:
        phone, password = self.logins[role]
        answer = Api(self.app).post("/login", {"phone_number": phone, "password": password}, expect=200)
        return Api(self.app, answer["token"], answer["user"])

    def browser(self, role: str) -> Browser:
        return Browser(self.app).sign_in(self.api(role), self.logins[role][1])


@contextmanager
def business(customers: int, **vendor: object) -> Iterator[Business]:
    """So many customers, a month of deliveries; what is started meanwhile works on this database, too."""
    name = f"{os.environ['TESTS_TEMPLATE']}_{os.environ.get('PYTEST_XDIST_WORKER', 'one')}_{customers}"
    url = os.environ["TESTS_DATABASE_URL"]
    made, template = sql.Identifier(name), sql.Identifier(os.environ["TESTS_TEMPLATE"])
    _admin(url, sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(made, template))
    with pytest.MonkeyPatch.context() as here:
        here.setenv("DATABASE_URL", _with_database(url, name))
        app = create_app(configuration.load())
        app.testing = True
        try:
            with app.app_context():
                demo = Demo(vendors=1, customers=customers, months=1, seed=7)
                with transaction():
                    for step in demo.steps():
                        step()
                    if vendor:
                        session().execute(update(Vendor).values(**vendor))
                logins = {role: (phone, password) for role, phone, password in demo.logins}
                yield Business(app, logins)
        finally:
            with app.app_context():
                db.engine.dispose()
            _admin(url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))
