"""Money and quantities as integers.

Money is a whole number of the currency's minor units (paise, cents, shillings), a quantity a whole
number of thousandths. Floats never appear. The number of decimals of a currency is CLDR's, by Babel.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.numbers import get_currency_precision, list_currencies

from .said import said

# The largest number any amount, rate or quantity may have, in whole units (9,999,999,999).
LARGEST = Decimal(9_999_999_999)
THOUSAND = 1000


class AmountError(ValueError):
    """A number that the currency or the contract does not allow; the text says why."""


@lru_cache
def decimals(currency: str) -> int:
    """How many decimals amounts in this ISO 4217 currency have (2 for INR, 0 for UGX)."""
    return get_currency_precision(currency)


@lru_cache
def known_currencies() -> frozenset[str]:
    return frozenset(list_currencies())


def to_minor(value: Decimal, currency: str) -> int:
    """`value` in whole units as minor units. `AmountError` for too many decimals or a number too large."""
    places = decimals(currency)
    scaled = value.scaleb(places)
    if scaled != scaled.to_integral_value():
        raise AmountError(
            said("%(currency)s amounts have at most %(places)s decimals.", currency=currency, places=places)
        )
    if abs(value) > LARGEST:
        raise AmountError(said("At most %(most)s is allowed.", most=LARGEST))
    return int(scaled)


def to_decimal(minor: int, currency: str) -> Decimal:
    """Minor units as whole units, exactly."""
    return Decimal(minor).scaleb(-decimals(currency))


def largest_minor(currency: str) -> int:
    """The largest amount allowed, in minor units."""
    return int(LARGEST.scaleb(decimals(currency)))


def amount_text(minor: int, currency: str) -> str:
    """Minor units as the contract's decimal string, exactly the currency's decimals: ``"52.50"``."""
    return f"{to_decimal(minor, currency):.{decimals(currency)}f}"


@dataclass(frozen=True, slots=True)
class Amount:
    """Money inside a sentence (`kernel.said`), in minor units; as text it is the contract's."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return amount_text(self.minor, self.currency)


def quantity_text(thousandths: int) -> str:
    """Thousandths as a decimal string without trailing zeros: ``1500`` → ``"1.5"``."""
    whole, rest = divmod(abs(thousandths), THOUSAND)
    sign = "-" if thousandths < 0 else ""
    return f"{sign}{whole}" + (f".{rest:03d}".rstrip("0") if rest else "")


def times(rate: int, quantity: int) -> int:
    """``round_half_up(rate × quantity)``: minor units for one delivery of `quantity` thousandths."""
    exact = Decimal(rate) * Decimal(quantity) / THOUSAND
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
