"""A statement as its page and the paper show it: days alike in one row, and what keeps it from closing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from ..accounts.queries import Business, Caller
from ..customers.queries import CustomerView
from ..kernel.clock import day_in, last_of_month
from ..kernel.database import FIRST_DAY, session
from ..ledger import queries as sums
from ..on_demand.models import CustomRecord
from ..orders.models import Order
from ..orders.queries import Actor
from ..records.models import Record
from ..records.queries import RecordView
from ..records.rules import DELIVERED, SCHEDULED, Delivery
from .models import Statement
from .statements import StatementView, account_of, statement_of

MOST_DISPUTES = 20


@dataclass(frozen=True, slots=True)
class Run:
    """Days of one order that went alike, from `first` to `last`, `count` of them; quantity and rate are one
    day's. `state` is a record's status, or ``disputed``."""

    first: date
    last: date
    count: int
    state: str
    item_name: str
    unit: str | None
    quantity: int
    rate: int
    amount: int


@dataclass(frozen=True, slots=True)
class OrderDays:
    """One standing order in the month: its days in runs, and what was agreed of them in sum."""

    order_id: int
    item_name: str
    runs: list[Run]
    days: int
    amount: int


@dataclass(frozen=True, slots=True)
class Dispute:
    """Something up to the month's end that the two sides do not agree on; a `record`, or an extra."""

    record: bool
    order_id: int
    date: date
    item_name: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The statement with what its page needs around it. `blocked`: nobody can accept it as it stands.

    `disputes` are of this month and those before it. For whoever has only the link to this month they are of
    this month alone, and `earlier` says that there are some before it. `note` is how a vendor and a customer
    without a login agreed; `open` is what is not paid up to `last`, the month's last day.
    """

    customer: CustomerView
    business: Business
    view: StatementView
    orders: list[OrderDays]
    disputes: list[Dispute]
    over: bool
    note: str | None
    last: date
    advance: int
    open: int
    earlier: bool = False

    @property
    def blocked(self) -> bool:
        return not self.over or bool(self.disputes) or self.earlier


def sheet(who: Caller, customer_id: int, month: date) -> Sheet:
    """The statement of a month (its first day) of an account of the caller's side; NotFound."""
    return sheet_of(who, *account_of(who, customer_id), month)


def sheet_of(
    who: Actor, customer: CustomerView, shop: Business, month: date, *, alone: bool = False
) -> Sheet:
    """The statement of an account that was found to be of `who`'s side; `alone`: it names no other month's
    days."""
    customer_id, last = customer.customer_id, last_of_month(month)
    view = statement_of(who, customer, shop, month)
    lines = sums.open_lines(customer_id, last=last)
    return Sheet(
        customer=customer,
        business=shop,
        view=view,
        orders=orders_of(view.days),
        disputes=disputes(customer_id, last, first=month if alone else None),
        over=day_in(shop.timezone) > last,
        note=_note(customer_id, month),
        last=last,
        advance=sum(one.left for one in sums.credits_left(customer_id)),
        open=sum(line.open for line in lines),
        earlier=alone and bool(disputes(customer_id, month - timedelta(days=1))),
    )


def _note(customer_id: int, month: date) -> str | None:
    """How the vendor says that they agreed, of the statement that closed the month."""
    row = session().scalar(
        select(Statement)
        .where(
            Statement.customer_id == customer_id,
            Statement.month >= month,
            Statement.closed_at.is_not(None),
        )
        .order_by(Statement.month)
        .limit(1)
    )
    return row.on_behalf_note if row else None


def orders_of(days: Sequence[RecordView]) -> list[OrderDays]:
    """Each order's days, alike ones in a row; days that came to nothing (cancelled) are left out."""
    found: dict[int, list[Delivery]] = {}
    for one in days:
        if one.delivery.status in (DELIVERED, "skipped", SCHEDULED):
            found.setdefault(one.delivery.order_id, []).append(one.delivery)
    return [_order(order_id, sorted(of, key=lambda one: one.date)) for order_id, of in found.items()]


def _order(order_id: int, days: Sequence[Delivery]) -> OrderDays:
    agreed = [one.tally for one in days]
    return OrderDays(
        order_id,
        days[-1].item_name,
        runs_of(days),
        sum(one.days for one in agreed),
        sum(one.amount for one in agreed),
    )


def runs_of(days: Sequence[Delivery]) -> list[Run]:
    """Days by date, those that follow one another and went alike as one."""
    found: list[Run] = []
    for one in days:
        new = _run(one)
        old = found[-1] if found else None
        if old is not None and _like(old) == _like(new) and new.state != "disputed":
            found[-1] = Run(old.first, one.date, old.count + 1, *_like(old), amount=old.amount + new.amount)
        else:
            found.append(new)
    return found


def _run(one: Delivery) -> Run:
    state = "disputed" if one.disputed else one.status
    quantity = one.quantity if state in (DELIVERED, "disputed", SCHEDULED) else 0
    return Run(one.date, one.date, 1, state, one.item_name, one.unit, quantity, one.rate, one.tally.amount)


def _like(run: Run) -> tuple[str, str, str | None, int, int]:
    return run.state, run.item_name, run.unit, run.quantity, run.rate


def disputes(customer_id: int, last: date, *, first: date | None = None) -> list[Dispute]:
    """Up to a day, or from one to another, what the two sides do not agree on, the oldest first."""
    first = first or FIRST_DAY
    records = session().execute(
        select(Record.order_id, Record.date, Record.item_name)
        .where(Record.customer_id == customer_id, Record.date.between(first, last), Record.disputed)
        .order_by(Record.date, Record.id)
        .limit(MOST_DISPUTES)
    )
    found = [Dispute(True, *row) for row in records]
    extras = session().execute(
        select(CustomRecord.order_id, CustomRecord.date, Order.item_name)
        .join(Order, Order.id == CustomRecord.order_id)
        .where(
            CustomRecord.customer_id == customer_id,
            CustomRecord.date.between(first, last),
            CustomRecord.disputed,
        )
        .order_by(CustomRecord.date, CustomRecord.order_id)
        .limit(MOST_DISPUTES)
    )
    found += [Dispute(False, *row) for row in extras]
    return sorted(found, key=lambda one: (one.date, one.order_id))
