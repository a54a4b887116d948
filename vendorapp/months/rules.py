"""What a month's answer consists of, and what a check of the sums found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ..ledger.rules import NOTHING, Balance, MonthSums, Tally


def month_or_current(month: date | None, today: date) -> date:
    """The month asked for, else the one that the vendor's `today` lies in."""
    return month or today.replace(day=1)


@dataclass(frozen=True, slots=True)
class OrderMonth:
    """One order's month, under the name it had then."""

    order_id: int
    item_name: str
    order_type: str
    tally: Tally = NOTHING


@dataclass(frozen=True, slots=True)
class CustomerMonth:
    """One account's month. `settled` and `unsettled` say what is paid today of what was delivered then."""

    customer_id: int
    vendor_id: int
    month: date
    currency: str
    orders: list[OrderMonth]
    sums: MonthSums
    settled: int
    unsettled: int

    @property
    def owed(self) -> Balance:
        """The closing balance by who owes whom."""
        return Balance(self.sums.closing)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Since when each side accepts a month as it stands, and since when it is closed."""

    by_vendor_at: datetime | None = None
    by_customer_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sales:
    """Money of one month: what was sold for how much, and what was paid."""

    amount: int = 0
    payments: int = 0

    def __add__(self, other: Sales) -> Sales:
        return Sales(self.amount + other.amount, self.payments + other.payments)


@dataclass(frozen=True, slots=True)
class VendorTotals:
    """A vendor's month over all customers; the two "owed" add up the closings by their sign."""

    tally: Tally
    sales: Sales
    owed_to_vendor: int
    owed_by_vendor: int


@dataclass(frozen=True, slots=True)
class ItemMonth:
    """What was delivered of one item, in thousandths and minor units."""

    item_name: str
    unit: str | None
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """One customer in a vendor's month."""

    customer_id: int
    name: str
    sales: Sales
    closing: int
    disputed: int


@dataclass(frozen=True, slots=True)
class Drift:
    """Of `rows` sums looked at, `drift` were not what the records say."""

    rows: int = 0
    drift: int = 0

    def __add__(self, other: Drift) -> Drift:
        return Drift(self.rows + other.rows, self.drift + other.drift)
