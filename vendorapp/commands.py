"""The command line: ``flask records schedule`` and its like. Each command opens its own transaction.

A `Problem` becomes its sentence on stderr and exit code 1, a wrong argument click's exit code 2.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from config import Config

from .accounts import queries as people
from .accounts import service as accounts
from .accounts.rules import e164
from .kernel.database import FIRST_DAY, LAST_DAY, patience, transaction
from .kernel.errors import NotFound, Problem
from .kernel.fields import MONTH
from .kernel.jobs import run_due
from .months import night as months_night
from .months import proof
from .notices import delivery
from .records import night as records_night
from .schedule import JOBS

Command = TypeVar("Command", bound=Callable[..., Any])


class Day(click.ParamType):
    """A day as YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            day = value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day like 2026-11-21.", param, ctx)
        if not FIRST_DAY <= day <= LAST_DAY:
            self.fail("A day from 1970 to 2199 is expected.", param, ctx)
        return day


class Month(click.ParamType):
    """A month as YYYY-MM; its first day."""

    name = "YYYY-MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        match = MONTH.fullmatch(value) if isinstance(value, str) else None
        if not match or not 1 <= int(match[2]) <= 12 or not 1970 <= int(match[1]) <= 2199:
            self.fail(f"{value!r} is not a month like 2026-11.", param, ctx)
        return date(int(match[1]), int(match[2]), 1)


class Phone(click.ParamType):
    """A phone number in E.164."""

    name = "PHONE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return e164(value)
        except ValueError as error:
            self.fail(f"{value!r}: {error}.", param, ctx)


def plainly(command: Command) -> Command:
    """Say a `Problem` in one line on stderr and end with 1, instead of a traceback."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except Problem as problem:
            named = f"{problem.errors[0].field}: " if problem.errors and problem.errors[0].field else ""
            raise click.ClickException(f"{named}{problem.detail}") from None

    return run  # type: ignore[return-value]


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr that is told how many of how many are done; only where somebody sits before it."""
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as found:

        def show(done: int, total: int) -> None:
            found.length = max(total, 1)
            found.update(done - found.pos)

        yield show


records = AppGroup("records", help="The records of the days.")
months = AppGroup("months", help="The sums of the months.")
push = AppGroup("push", help="Notices on their way to devices.")
jobs = AppGroup("jobs", help="Periodic work.")
demo = AppGroup("demo", help="A business to look at.")
users = AppGroup("users", help="Logins.")
ledger = AppGroup("ledger", help="The accounts.")


@records.command("schedule")
@click.option("--date", "day", type=Day(), help="That day only; today and every missed day without it.")
@click.option("--vendor", "vendor_id", type=click.IntRange(1, 2**62), help="That vendor's orders only.")
@plainly
def schedule(day: date | None, vendor_id: int | None) -> None:
    """Make the records that are due. Running it twice changes nothing."""
    if vendor_id is not None and people.business(vendor_id) is None:
        raise NotFound("vendor")
    with bar("Making records") as show:
        count = records_night.schedule_due(day, vendor_id, watch=show)
    click.echo(f"created {count['created']} existing {count['existing']}")


@months.command("rollup")
@click.option("--month", type=Month(), help="That month only; every open month without it.")
@plainly
def rollup(month: date | None) -> None:
    """Rebuild the months' sums from the records; drift counts what was not right before.

    Closed months do not move, their drift is only counted.
    """
    with bar("Rebuilding months") as show:
        found = months_night.rollup(month, watch=show)
    click.echo(f"rows {found.rows} drift {found.drift}")


@push.command("sweep")
@plainly
def sweep() -> None:
    """Send every push that is due now."""
    came_to = delivery.sweep()
    click.echo(" ".join(f"{word} {count}" for word, count in sorted(came_to.items())) or "nothing due")


@jobs.command("tick")
@plainly
def tick() -> None:
    """Do whatever periodic work is due now."""
    done = run_due(JOBS)
    for name, result in done.items():
        click.echo(f"{name} {' '.join(f'{key} {value}' for key, value in result.items())}".rstrip())
    if not done:
        click.echo("nothing due")


@demo.command("load")
@click.option("--vendors", type=click.IntRange(1, 500), default=2, show_default=True)
@click.option("--customers", type=click.IntRange(1, 100_000), default=40, show_default=True, help="A vendor.")
@click.option("--months", "month_count", type=click.IntRange(1, 24), default=2, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same demo.")
@plainly
def load(vendors: int, customers: int, month_count: int, seed: int) -> None:
    """Fill the database with a believable business, and show the two logins."""
    from .demo.load import Demo

    made = Demo(vendors=vendors, customers=customers, months=month_count, seed=seed)
    with transaction():
        patience("600s", "60s")
        steps = made.steps()
        with bar("Loading the demo") as show:
            for done, step in enumerate(steps, start=1):
                step()
                show(done, len(steps))
    for role, phone, password in made.logins:
        click.echo(f"{role} {phone} {password}")


@users.command("reset")
@click.argument("phone", type=Phone())
@plainly
def reset(phone: str) -> None:
    """Show a link, good once and for an hour, that sets a new password."""
    settings: Config = current_app.extensions["vendorapp"]
    with transaction():
        token = accounts.begin_reset(phone)
    click.echo(f"{settings.base_url}/reset/{token}")


@users.command("release")
@click.argument("phone", type=Phone())
@plainly
def release(phone: str) -> None:
    """Free a number that now belongs to somebody else; its login can no longer sign in."""
    with transaction():
        user_id = accounts.release_phone(phone)
    click.echo(f"released {phone} from user {user_id}")


@ledger.command("verify")
@plainly
def verify() -> None:
    """Hold every sum against every other; exit 1 and the rows when one is off."""
    with transaction():
        patience("600s", "60s")
        with bar("Holding sums together") as show:
            wrong = proof.verify(watch=show)
        looked_at = proof.size()
    for line in wrong:
        click.echo(line)
    if wrong:
        raise click.ClickException(f"{len(wrong)} sums are off")
    click.echo("ok " + ", ".join(f"{count} {what}" for what, count in looked_at.items()))


def init_commands(app: Flask) -> None:
    """Register the commands with ``flask``."""
    for group in (records, months, push, jobs, demo, users, ledger):
        app.cli.add_command(group)
