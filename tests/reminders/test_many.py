"""A whole book at once: as the rules say, in a fixed number of statements, by one worker or by many."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, text

from tests.billing.test_settlements import at_once
from tests.cast import Api, Cast
from tests.records.orders import execute, rows
from tests.reminders.pay_days import at, pays_on, remind, said, written
from vendorapp.kernel.database import db
from vendorapp.reminders import rules, sending
from vendorapp.reminders.rules import Sent
from vendorapp.reminders.sending import send

NEW_BOOK = """
    WITH people AS (
        INSERT INTO users (name, user_type_id, password_hash, locale, created_at)
        SELECT 'Household ' || n, 1, '-', 'en', now() FROM generate_series(1, :count) AS n
        RETURNING id
    ), book AS (
        INSERT INTO customers (vendor_id, user_id, name, phone_number, status, created_at)
        SELECT :vendor, id, 'Household', '+9170' || lpad(id::text, 8, '0'), 'active', now() FROM people
        RETURNING id
    ), sums AS (
        INSERT INTO accounts (customer_id, vendor_id, balance, advance, disputed, unconfirmed)
        SELECT id, :vendor, 5400, 0, 0, 0 FROM book RETURNING customer_id
    ), owed AS (
        INSERT INTO adjustments (vendor_id, customer_id, kind, date, amount, reason, created_by, created_at)
        SELECT :vendor, customer_id, 'correction', '2026-10-31', 5400, '', :vendor, now() FROM sums
        RETURNING id, customer_id
    ), entered AS (
        INSERT INTO ledger_entries
            (vendor_id, customer_id, date, kind, target, target_id, amount, actor_id, at)
        SELECT :vendor, customer_id, '2026-10-31', 'adjustment', 'adjustment', id, 5400, :vendor, now()
        FROM owed
    ), lined AS (
        INSERT INTO lines (target, target_id, vendor_id, customer_id, date, amount, paid)
        SELECT 'adjustment', id, :vendor, customer_id, '2026-10-31', 5400, 0 FROM owed
    )
    INSERT INTO account_months (customer_id, month, vendor_id, charges, payments, adjustments, disputed)
    SELECT customer_id, '2026-10-01', :vendor, 0, 0, 5400, 0 FROM owed
"""


def book(vendor: Api, count: int) -> list[int]:
    """As many linked customers who owe ₹54 since October; their ids."""
    execute(NEW_BOOK, count=count, vendor=vendor.user["id"])
    return [row[0] for row in rows("SELECT id FROM customers WHERE vendor_id = :id", id=vendor.user["id"])]


@contextmanager
def counted() -> Iterator[list[str]]:
    heard: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        heard.append(statement)

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)


def test_two_thousand_take_as_many_statements_as_a_few(
    cast: Cast, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(clock, "2026-11-05")
    few, many = cast.vendor(), cast.vendor()
    book(few, 3)
    pays_on(few, 5)
    with counted() as small:
        assert send() == {"reminded": 3}
    book(many, 2000)
    pays_on(many, 5)
    with counted() as large:
        assert send() == {"reminded": 2000}
    # A full batch is followed by a look whether there are more: two and that look, instead of one.
    assert len(large) <= 3 * len(small)
    assert Counter(rows("SELECT vendor_id FROM reminders"))[(many.user["id"],)] == 2000
    monkeypatch.setattr(sending, "AT_ONCE", 2)
    at(clock, "2026-11-12")
    execute("UPDATE vendors SET pay_day = NULL WHERE user_id = :id", id=many.user["id"])
    assert send() == {"reminded": 3}


def test_the_statement_is_what_the_rules_say(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> None:
    """Random histories: who is reminded is who `rules.goes_by_itself` names, with the next number."""
    chance = random.Random(7)
    ids = book(milkman, 400)
    today = date(2026, 12, 9)
    expected = {}
    for row in ids:
        pay_day = chance.randint(1, 28)
        execute("UPDATE customers SET pay_day = :day WHERE id = :id", day=pay_day, id=row)
        sent: list[Sent] = []
        day = today - timedelta(days=chance.choice((0, 5, 9, *range(20, 60))))
        while day < today:
            cycle = rules.cycle_of(pay_day, day)
            number = rules.count_in(cycle, sent) + 1
            if number <= 3:
                sent.append(Sent(cycle, number, day))
            day += timedelta(days=chance.choice((5, 7, 8, 20)))
        promised = today + timedelta(days=chance.randint(-3, 3)) if chance.random() < 0.3 else None
        for one in sent:
            execute(
                "INSERT INTO reminders (vendor_id, customer_id, cycle, number, day, amount, disputed,"
                " unconfirmed, created_at) VALUES (:vendor, :id, :cycle, :number, :day, 1, 0, 0, now())",
                vendor=milkman.user["id"], id=row, cycle=one.cycle, number=one.number, day=one.day,
            )  # fmt: skip
        if promised:
            execute(
                "INSERT INTO payment_promises (vendor_id, customer_id, day, made_by, made_at)"
                " SELECT :vendor, id, :day, user_id, now() FROM customers WHERE id = :id",
                vendor=milkman.user["id"], id=row, day=promised,
            )  # fmt: skip
        if rules.goes_by_itself(today, pay_day, sent, promised):
            cycle = rules.cycle_of(pay_day, today)
            expected[row] = (cycle, rules.count_in(cycle, sent) + 1)
    assert 30 < len(expected) < 370
    at(clock, today.isoformat())
    assert send() == {"reminded": len(expected)}
    found = rows("SELECT customer_id, cycle, number FROM reminders WHERE day = :day", day=today)
    assert {row: (cycle, number) for row, cycle, number in found} == expected


def test_two_workers_at_once_remind_everybody_once(
    app: Flask, cast: Cast, milkman: Api, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = book(milkman, 60)
    pays_on(milkman, 5)
    at(clock, "2026-11-05")
    monkeypatch.setattr(sending, "AT_ONCE", 7)
    start = threading.Barrier(4)
    results: list[int] = []

    def work() -> None:
        with app.app_context():
            start.wait()
            results.append(send()["reminded"])
            db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Who was in another's hands at that moment has their turn in the next hour.
    assert sum(results) + send()["reminded"] == 60
    assert Counter(rows("SELECT customer_id FROM reminders")) == Counter((row,) for row in ids)
    told = rows("SELECT count(*), count(DISTINCT user_id) FROM notices WHERE kind = 'reminder'")
    assert told == [(60, 60)]


def test_an_account_in_use_is_passed_over_and_not_waited_for(
    cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    first, second = book(milkman, 2)
    pays_on(milkman, 5)
    at(clock, "2026-11-05")
    with db.engine.connect() as other:
        other.execute(text("SELECT FROM accounts WHERE customer_id = :id FOR UPDATE"), {"id": first})
        assert send() == {"reminded": 1}
        other.rollback()
    assert (len(written(first)), len(written(second))) == (0, 1)
    at(clock, "2026-11-05", "11:30")
    assert send() == {"reminded": 1}


def test_what_was_promised_after_the_first_look_counts(
    cast: Cast, milkman: Api, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between finding whose turn it is and holding the account, somebody promised."""
    from vendorapp.reminders import by_itself

    (row,) = book(milkman, 1)
    pays_on(milkman, 5)
    at(clock, "2026-11-05")
    plain = by_itself.now

    def promised_meanwhile() -> object:
        with db.engine.begin() as other:
            other.execute(
                text(
                    "INSERT INTO payment_promises (vendor_id, customer_id, day, made_by, made_at)"
                    " SELECT vendor_id, id, '2026-11-10', user_id, now() FROM customers WHERE id = :id"
                ),
                {"id": row},
            )
        return plain()

    # Asked for the time once the rows are held, before they are read again.
    monkeypatch.setattr(by_itself, "now", promised_meanwhile)
    assert send() == {"reminded": 0}
    assert written(row) == []


def test_the_vendor_clicks_twice_and_the_job_runs(
    app: Flask, cast: Cast, milkman: Api, linked: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    login, row = linked
    milkman.post("/adjustments", {"customer_id": row, "amount": "54", "reason": "bread"}, expect=201)
    pays_on(milkman, 5)
    at(clock, "2026-12-05")
    heard = at_once([lambda: milkman.post(f"/customer/{row}/reminders")] * 4)
    assert heard == {(201, None): 1, (409, "reminded_lately"): 3}
    assert send() == {"reminded": 0}
    assert len(written(row)) == len(said(login)) == 1
    at(clock, "2026-12-12")
    assert send() == {"reminded": 1}
    assert remind(milkman, row, expect=409)["code"] == "reminded_lately"
