"""The files of a vendor: headings in plain words, and the cells of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from babel.dates import get_day_names
from flask_babel import get_locale
from flask_babel import gettext as _

from ..accounts.queries import Caller
from ..kernel.clock import day_in
from ..kernel.money import amount_text, quantity_text
from . import queries, words
from .rules.writing import Cell, Number


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file: its columns, and its rows while they are read."""

    header: list[str]
    rows: Iterator[list[Cell]]


@lru_cache(maxsize=8192)
def _money(minor: int, currency: str) -> Number:
    return Number(amount_text(minor, currency))


@lru_cache(maxsize=8192)
def _quantity(thousandths: int) -> Number:
    return Number(quantity_text(thousandths))


def _price(minor: int | None, currency: str) -> Number | None:
    return None if minor is None else _money(minor, currency)


def customers(caller: Caller, _month: date) -> Sheet:
    """The book. What can be read back bears the headings that are read."""
    own = caller.own_business
    states = {"active": _("active"), "inactive": _("inactive")}
    header = [
        *words.customer_headings().values(),
        *(_("Status"), _("Sees this account"), _("Customer since"), _("Customer no.")),
    ]

    def rows() -> Iterator[list[Cell]]:
        yes, no = words.yes_or_no(True), words.yes_or_no(False)
        for row in queries.customers(own.vendor_id):
            yield [
                row.name,
                row.phone_number,
                row.email,
                row.address,
                row.notes,
                row.stop_order,
                _money(row.balance, own.currency),
                own.currency,
                states[row.status],
                yes if row.user_id is not None else no,
                day_in(own.timezone, row.created_at),
                row.id,
            ]

    return Sheet(header, rows())


def orders(caller: Caller, _month: date) -> Sheet:
    """Every order as it is today."""
    states, kinds, counter = words.order_states(), words.order_kinds(), _("At the counter")
    names = get_day_names("abbreviated", context="stand-alone", locale=get_locale() or "en")
    header = [
        *(_("Order no."), _("Kind"), _("Customer"), _("Customer no."), _("Item"), _("Quantity"), _("Unit")),
        *(_("Price"), _("Amount"), _("Currency"), _("Weekdays"), _("Every … days"), _("First day")),
        *(_("Last day"), _("Status"), _("Nothing open"), _("Written on")),
    ]

    def rows() -> Iterator[list[Cell]]:
        for order in queries.orders(caller):
            terms = order.terms
            regular = order.order_type == "scheduled"
            yield [
                order.id,
                kinds[order.order_type],
                order.customer_name if order.customer_id else counter,
                order.customer_id,
                terms.item_name,
                _quantity(terms.quantity),
                terms.unit,
                _price(order.rate, order.currency),
                _price(order.amount, order.currency),
                order.currency,
                " ".join(names[day - 1] for day in terms.weekdays),
                terms.every if regular else None,
                order.start_date,
                order.valid_till,
                states.get(order.status, order.status),
                words.yes_or_no(order.paid),
                day_in(order.timezone, order.created_at),
            ]

    return Sheet(header, rows())


def records(caller: Caller, month: date) -> Sheet:
    """What was delivered in a month, day by day. The amounts add up to what the month is charged with."""
    own = caller.own_business
    states, kinds, counter = words.delivery_states(), words.order_kinds(), _("At the counter")
    yes, no = words.yes_or_no(True), words.yes_or_no(False)
    header = [
        *(_("Date"), _("Customer"), _("Customer no."), _("Kind"), _("Item"), _("Quantity"), _("Unit")),
        *(_("Price"), _("Amount"), _("Paid"), _("Currency"), _("Status"), _("Agreed")),
        *(_("You say"), _("Your quantity"), _("Your note")),
        *(_("They say"), _("Their quantity"), _("Their note"), _("Order no."), _("Delivery no.")),
    ]

    def rows() -> Iterator[list[Cell]]:
        for row in queries.records(own.vendor_id, month):
            yield [
                row.date,
                row.customer if row.customer_id else counter,
                row.customer_id,
                kinds[row.kind],
                row.item_name,
                _quantity(row.quantity),
                row.unit,
                _price(row.rate, own.currency),
                _money(row.amount, own.currency),
                _money(row.paid, own.currency),
                own.currency,
                states[row.status],
                no if row.disputed else yes,
                states[row.vendor_status] if row.vendor_status else None,
                None if row.vendor_quantity is None else _quantity(row.vendor_quantity),
                row.vendor_note,
                states[row.customer_status] if row.customer_status else None,
                None if row.customer_quantity is None else _quantity(row.customer_quantity),
                row.customer_note,
                row.order_id,
                row.id,
            ]

    return Sheet(header, rows())


def payments(caller: Caller, month: date) -> Sheet:
    """The payments of a month, whatever became of them."""
    own = caller.own_business
    states, methods, targets = words.payment_states(), words.methods(), words.paid_for()
    counter = _("At the counter")
    header = [
        *(_("Date"), _("Customer"), _("Customer no."), _("Amount"), _("Currency"), _("How"), _("Status")),
        *(_("Paid for"), _("No. of it"), _("Note"), _("Reason"), _("Payment no.")),
    ]

    def rows() -> Iterator[list[Cell]]:
        for row in queries.payments(own.vendor_id, month):
            yield [
                row.date,
                row.customer if row.customer_id else counter,
                row.customer_id,
                _money(row.amount, own.currency),
                own.currency,
                methods[row.method],
                states[row.status],
                targets[row.item] if row.item else None,
                row.item_id,
                row.note,
                row.reason,
                row.id,
            ]

    return Sheet(header, rows())


def history(caller: Caller, month: date) -> Sheet:
    """What moved each account in a month. Amounts and balances are signed: + means that the customer owes."""
    own = caller.own_business
    kinds, methods, counter = words.movements(), words.methods(), _("At the counter")
    header = [
        *(_("Date"), _("Customer"), _("Customer no."), _("Kind"), _("What for")),
        *(_("Amount"), _("Balance"), _("Currency")),
    ]

    def rows() -> Iterator[list[Cell]]:
        whose, balance = 0, 0
        for row in queries.history(own.vendor_id, month):
            if whose != (row.customer_id or -1):
                whose, balance = row.customer_id or -1, 0
            balance += row.amount
            yield [
                row.date,
                row.customer if row.customer_id else counter,
                row.customer_id,
                kinds[_movement(row)],
                _what_for(row, methods),
                _money(row.amount, own.currency),
                _money(balance, own.currency),
                own.currency,
            ]

    return Sheet(header, rows())


def _movement(row: Any) -> str:
    """The word's name of what moved an account."""
    if row.kind == "charge":
        return str(row.target)
    if row.kind == "payment":
        return "payment" if row.amount < 0 else "payment_back"
    return str(row.adjustment or row.kind)


def _what_for(row: Any, methods: dict[str, str]) -> str | None:
    if row.kind == "payment":
        return ": ".join(part for part in (methods.get(row.method), row.note) if part)
    return row.item_name or row.note or None


SHEETS: dict[str, Callable[[Caller, date], Sheet]] = {
    "orders": orders,
    "records": records,
    "payments": payments,
    "ledger": history,
    "customers": customers,
}
# What is true of a month; the others tell today.
OF_A_MONTH = frozenset({"records", "payments", "ledger"})
