"""The account of one vendor and one customer, told a second time in few lines and without a database.

Nothing here is imported from the program. Money and quantities are Decimals in whole units.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Mark = tuple[str, Decimal]
CENT = Decimal("0.01")


def price(rate: Decimal, quantity: Decimal) -> Decimal:
    return (rate * quantity).quantize(CENT, ROUND_HALF_UP)


@dataclass
class Standing:
    """A standing order as agreed so far: accepted versions as (first day, fields), newest last."""

    start: date
    versions: list[tuple[date, dict[str, Any]]]
    accepted_on: date
    ended_on: date | None = None
    pauses: dict[int, tuple[date, date]] = field(default_factory=dict)
    marks: dict[date, dict[str, Mark]] = field(default_factory=lambda: defaultdict(dict))

    def terms(self, day: date) -> dict[str, Any]:
        found = dict(self.versions[0][1])
        for first, fields in self.versions[1:]:
            if first <= day:
                found |= fields
        return found

    def alive(self, day: date) -> bool:
        return self.start <= day and (self.ended_on is None or day <= self.ended_on)

    def due(self, day: date) -> bool:
        terms = self.terms(day)
        return (
            self.alive(day)
            and (day - self.start).days % terms["every"] == 0
            and day.isoweekday() in terms["weekdays"]
            and not any(first <= day <= last for first, last in self.pauses.values())
        )

    def last_marked(self) -> date | None:
        return max((day for day, both in self.marks.items() if both), default=None)

    def earliest(self, today: date) -> date:
        """The first day that new terms may begin on."""
        last = self.last_marked()
        return today if last is None or last < today else last + timedelta(days=1)

    def days(self) -> dict[date, tuple[Decimal, Decimal, Decimal]]:
        """What each marked day counts: quantity, amount, amount held back."""
        found = {}
        for day, both in self.marks.items():
            vendor, customer = both.get("vendor"), both.get("customer")
            if vendor is None:
                continue
            rate = self.terms(day)["rate"]
            if customer is not None and customer != vendor:
                larger = max(vendor[1], customer[1])
                found[day] = (Decimal(0), Decimal(0), price(rate, larger))
            elif vendor[0] == "delivered":
                found[day] = (vendor[1], price(rate, vendor[1]), Decimal(0))
        return found


@dataclass
class Extra:
    """A served on-demand order."""

    day: date
    quantity: Decimal
    rate: Decimal
    disputed: bool = False
    gone: bool = False

    def days(self) -> dict[date, tuple[Decimal, Decimal, Decimal]]:
        if self.gone:
            return {}
        amount = price(self.rate, self.quantity)
        nothing = Decimal(0)
        return {self.day: (nothing, nothing, amount) if self.disputed else (self.quantity, amount, nothing)}


@dataclass
class Month:
    """What one order, or all of them, came to in a month."""

    days: int = 0
    quantity: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    disputed: Decimal = Decimal(0)


def months(order: Standing | Extra) -> dict[str, Month]:
    """Each month (``YYYY-MM``) that holds anything of the order."""
    found: dict[str, Month] = defaultdict(Month)
    for day, (quantity, amount, disputed) in order.days().items():
        month = found[f"{day:%Y-%m}"]
        month.days += quantity > 0
        month.quantity += quantity
        month.amount += amount
        month.disputed += disputed
    return found
