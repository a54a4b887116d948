"""Loads the demo, a step at a time, inside one transaction that the command holds open."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select, text, update

from ..accounts import service as people
from ..accounts.models import User, Vendor
from ..customers.models import Customer
from ..customers.rules import opening_day
from ..kernel.clock import day_in, first_of_month, next_month, start_of_day
from ..kernel.database import session
from ..kernel.errors import Conflict
from ..ledger import service as ledger
from ..months import service as months
from ..orders import service as orders
from ..orders.rules import Terms
from . import rows
from .extras import add_extras
from .money import add_money
from .names import HOUSEHOLD, HOUSEHOLD_ADDRESS
from .plan import (
    CUSTOMER_PHONE,
    VENDOR_PHONE,
    PlannedCustomer,
    PlannedShop,
    Span,
    plan,
    vendor_phone,
)
from .tables import ORDER_TABLES, ZONE, Written, copy, new_ids

DAYS_A_STEP = 5
PAY_DAY = 5
# None of the letters that are taken for one another.
PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105

STATISTICS = text(
    "ANALYZE customers, accounts, orders, order_terms, order_periods, change_requests, records, record_marks,"
    " custom_records, lines, credits, allocations, payments, ledger_entries, account_months,"
    " cumulative_record_details"
)


@dataclass(frozen=True, slots=True)
class Shopkeeper:
    """A vendor, as the verbs want to know who acts."""

    user_id: int
    role: str = "vendor"


def _password() -> str:
    """New for every load, whatever the seed: the seed is no secret."""
    return "".join(secrets.choice(PASSWORD_LETTERS) for _ in range(12))


@dataclass
class Demo:
    """One load. Run `steps` in their order; `logins` is there afterwards."""

    vendors: int
    customers: int
    months: int
    seed: int
    logins: list[tuple[str, str, str]] = field(default_factory=list)
    _shops: dict[int, PlannedShop] = field(default_factory=dict)
    _household: int = 0
    _household_rows: dict[int, int] = field(default_factory=dict)
    _numbers: int = 0
    _openings: list[tuple[int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        today = day_in(ZONE)
        first = first_of_month(today)
        for _ in range(self.months - 1):
            first = first_of_month(first - timedelta(days=1))
        self.span = Span(first, today)

    def steps(self) -> list[Callable[[], None]]:
        """What there is to do, in pieces of some seconds at most, for a progress bar."""
        days = range(0, (self.span.today - self.span.first).days + 1, DAYS_A_STEP)
        vendors = range(self.vendors)
        return [
            self._people,
            *(partial(self._book, at) for at in vendors),
            self._opening_balances,
            *(partial(self._records, self.span.first + timedelta(days=after)) for after in days),
            self._counter_marks,
            *(
                partial(self._for_vendor, at, statement)
                for at in vendors
                for statement in (rows.MARKS, rows.LINES, rows.ENTRIES)
            ),
            *(partial(self._sums, at) for at in vendors),
            self._extras,
            self._money,
            self._proposal,
        ]

    # -- people ------------------------------------------------------------------------------------

    def _people(self) -> None:
        """The logins. One vendor and the household can sign in; the other vendors' passwords nobody has."""
        phones = [CUSTOMER_PHONE, *(vendor_phone(n) for n in range(1, self.vendors + 1))]
        if session().scalar(select(User.id).where(User.phone_number.in_(phones)).limit(1)):
            raise Conflict(
                "phone_taken",
                "The demo is here already: its phone numbers are registered. The passwords were shown when "
                "it was loaded; `users reset PHONE` gives a link that sets a new one.",
            )
        planned = plan(vendors=self.vendors, customers=self.customers, span=self.span, seed=self.seed)
        for shop in planned:
            password = _password()
            user = people.register(
                name=shop.shop.owner,
                phone_number=shop.phone_number,
                password=password,
                role="vendor",
                business_name=shop.shop.business_name,
                timezone=ZONE,
            )
            self._shops[user.id] = shop
            if shop.phone_number == VENDOR_PHONE:
                self.logins.append(("vendor", VENDOR_PHONE, password))
            settings = {"upi_id": shop.shop.upi_id, "pay_day": PAY_DAY}
            session().execute(update(Vendor).where(Vendor.user_id == user.id).values(settings))
        password = _password()
        household = people.register(
            name=HOUSEHOLD,
            phone_number=CUSTOMER_PHONE,
            password=password,
            role="customer",
            address=HOUSEHOLD_ADDRESS,
        )
        self._household = household.id
        self.logins.append(("customer", CUSTOMER_PHONE, password))
        session().execute(rows.TERMS)

    def _vendor(self, at: int) -> tuple[int, PlannedShop]:
        return list(self._shops.items())[at]

    # -- a vendor's book ---------------------------------------------------------------------------

    def _book(self, at: int) -> None:
        vendor_id, shop = self._vendor(at)
        added = start_of_day(ZONE, self.span.first)
        ids = new_ids("customers_id_seq", len(shop.customers))
        if shop.linked:
            self._household_rows[vendor_id] = ids[0]
        copy(
            "customers",
            "id vendor_id user_id name phone_number address notes stop_order status created_at",
            (
                (
                    customer_id,
                    vendor_id,
                    self._household if self._household_rows.get(vendor_id) == customer_id else None,
                    row.name,
                    row.phone_number,
                    row.address,
                    row.notes,
                    row.stop_order,
                    "active" if row.active else "inactive",
                    added,
                )
                for customer_id, row in zip(ids, shop.customers, strict=True)
            ),
        )
        copy(
            "accounts",
            "customer_id vendor_id balance advance disputed unconfirmed",
            ((customer_id, vendor_id, 0, 0, 0, 0) for customer_id in ids),
        )
        self._openings += [
            (vendor_id, customer_id, row.opening)
            for customer_id, row in zip(ids, shop.customers, strict=True)
            if row.opening
        ]
        self._orders(vendor_id, list(zip(ids, shop.customers, strict=True)))

    def _orders(self, vendor_id: int, book: Sequence[tuple[int, PlannedCustomer]]) -> None:
        flat = [(customer_id, order) for customer_id, row in book for order in row.orders]
        ids = new_ids("order_and_record_ids", len(flat))
        written = [
            Written(
                order_id=order_id,
                number=self._numbers + nth,
                vendor_id=vendor_id,
                customer_id=customer_id,
                login=self._household if self._household_rows.get(vendor_id) == customer_id else None,
                order=order,
                span=self.span,
            )
            for nth, (order_id, (customer_id, order)) in enumerate(zip(ids, flat, strict=True))
        ]
        self._numbers += len(flat)
        for table, columns, gives in ORDER_TABLES:
            copy(table, columns, (row for one in written for row in gives(one)))

    def _opening_balances(self) -> None:
        """What was owed before, by the ledger's own verb; then tell the planner how large all this is."""
        for vendor_id, customer_id, amount in self._openings:
            ledger.adjust(
                vendor_id=vendor_id,
                customer_id=customer_id,
                kind="opening_balance",
                amount=amount,
                day=opening_day(self.span.first),
                reason="",
                actor_id=vendor_id,
            )
        session().execute(text("ANALYZE customers, accounts, orders, order_periods, demo_terms"))

    # -- days and sums -----------------------------------------------------------------------------

    def _records(self, day: date) -> None:
        session().execute(
            rows.RECORDS,
            {
                "seed": str(self.seed),
                "first": day,
                "last": min(day + timedelta(days=DAYS_A_STEP - 1), self.span.today),
                "today": self.span.today,
                "zone": ZONE,
            },
        )

    def _counter_marks(self) -> None:
        session().execute(
            rows.COUNTER_MARKS,
            {"customer_ids": list(self._household_rows.values()), "user_id": self._household},
        )
        session().execute(text("ANALYZE records"))

    def _for_vendor(self, at: int, statement: Any) -> None:
        session().execute(statement, {"vendor_id": self._vendor(at)[0]})

    def _sums(self, at: int) -> None:
        vendor_id = self._vendor(at)[0]
        month = self.span.first
        while month <= self.span.today:
            months.rebuild(vendor_id, month)
            month = next_month(month)
        session().execute(rows.BALANCES, {"vendor_id": vendor_id})

    def _extras(self) -> None:
        """What the household asked of the first shop beside its regular orders."""
        vendor_id = self._vendor(0)[0]
        add_extras(vendor_id, self._household_rows[vendor_id], self._household, self.span, ZONE)

    def _money(self) -> None:
        """What the first shop sold at its counter, and what it was paid."""
        vendor_id = self._vendor(0)[0]
        add_money(vendor_id, self._household_rows[vendor_id], self._household, self.span)

    def _proposal(self) -> None:
        """One order that waits for the household's answer, with its notice: made by the verb itself."""
        for vendor_id, customer_id in self._household_rows.items():
            offer = self._shops[vendor_id].proposal
            if offer is None:
                continue
            terms = Terms(offer.item_name, offer.unit, offer.step, offer.rate, offer.weekdays, offer.every)
            orders.propose_order(
                Shopkeeper(vendor_id),
                session().get_one(Customer, customer_id),
                orders.NewOrder(
                    terms, self.span.today + timedelta(days=1), "Fresh on Saturdays and Sundays", None
                ),
            )
        session().execute(STATISTICS)
