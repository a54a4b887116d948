"""What a delivery counts, and what a signed balance says to whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Tally:
    """What one record or served order adds to its month: agreed amount (minor units), quantity
    (thousandths) and days (0 or 1); `disputed` is the amount held back while two marks differ."""

    amount: int = 0
    quantity: int = 0
    days: int = 0
    disputed: int = 0


NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Movement:
    """A target's tally changes from `before` to `after` on its day; `target` is ``record`` or ``order``."""

    target: str
    target_id: int
    order_id: int
    vendor_id: int
    customer_id: int
    date: date
    before: Tally
    after: Tally


@dataclass(frozen=True, slots=True)
class Balance:
    """An account now, in minor units; `balance` is signed, + = the customer owes."""

    balance: int = 0
    disputed: int = 0
    unconfirmed: int = 0

    @property
    def owed_by_customer(self) -> int:
        return max(self.balance, 0)

    @property
    def owed_to_customer(self) -> int:
        return max(-self.balance, 0)


@dataclass(frozen=True, slots=True)
class MonthSums:
    """An account's month. opening + charges − payments + adjustments = closing, always."""

    opening: int = 0
    charges: int = 0
    payments: int = 0
    adjustments: int = 0
    disputed: int = 0

    @property
    def closing(self) -> int:
        return self.opening + self.charges - self.payments + self.adjustments


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line and what is still open on it, in minor units."""

    target: str
    target_id: int
    order_id: int | None
    date: date
    open: int


@dataclass(frozen=True, slots=True)
class CreditLeft:
    """A credit and what is on no line yet, in minor units."""

    source: str
    source_id: int
    left: int


@dataclass(frozen=True, slots=True)
class Landing:
    """So much of a credit goes on a line."""

    source: str
    source_id: int
    target: str
    target_id: int
    amount: int


def land(lines: Iterable[OpenLine], money: Iterable[CreditLeft]) -> list[Landing]:
    """How money goes on lines, both in the order given, each as far as it reaches."""
    purse = [(one, one.left) for one in money]
    found: list[Landing] = []
    for line in lines:
        missing = line.open
        while missing and purse:
            one, left = purse[0]
            amount = min(missing, left)
            if amount:
                found.append(Landing(one.source, one.source_id, line.target, line.target_id, amount))
            missing -= amount
            if amount == left:
                purse.pop(0)
            else:
                purse[0] = (one, left - amount)
    return found
