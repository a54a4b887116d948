"""From what was sent to terms in minor units and thousandths: shared by JSON and pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..kernel.errors import FieldError, Invalid, invalid
from ..kernel.money import AmountError, largest_minor, to_minor
from .rules import EVERY_DAY, Terms, TermsError, fit


def minor(value: Decimal | None, currency: str, field: str) -> int | None:
    """An amount in minor units; 422 on `field` for more decimals than the currency has."""
    if value is None:
        return None
    try:
        return to_minor(value, currency)
    except AmountError as error:
        raise invalid(field, str(error)) from None


def _check_amount(terms: Terms, currency: str) -> Terms:
    if terms.amount > largest_minor(currency):
        raise invalid("amount", "Quantity × rate is too large.")
    return terms


def new_terms(sent: dict[str, Any], currency: str) -> Terms:
    """The terms of a new order. 422 `rate_required` without a price, and when the three do not fit."""
    rate = minor(sent.get("rate"), currency, "rate")
    amount = minor(sent.get("amount"), currency, "amount")
    need_price(sent)
    try:
        quantity, rate = fit(quantity=sent.get("quantity"), rate=rate, amount=amount)
    except TermsError as error:
        raise invalid(error.field, str(error)) from None
    return _check_amount(
        Terms(
            item_name=sent["item_name"],
            unit=sent.get("unit"),
            quantity=quantity,
            rate=rate,
            weekdays=sent.get("weekdays") or EVERY_DAY,
            every=sent.get("every") or 1,
            valid_till=sent.get("valid_till"),
        ),
        currency,
    )


def need_price(sent: dict[str, Any]) -> None:
    if sent.get("rate") is None and sent.get("amount") is None:
        raise Invalid(FieldError("rate", "rate_required", "A rate or an amount is needed."))


def term_changes(sent: dict[str, Any], current: Terms, currency: str) -> dict[str, Any]:
    """The terms fields that a change would set, given the terms it starts from.

    An amount alone sets the quantity (amount ÷ rate); with a quantity it sets the rate.
    """
    changes = {
        name: sent[name]
        for name in ("item_name", "unit", "weekdays", "every", "valid_till")
        if sent.get(name)
    }
    rate = minor(sent.get("rate"), currency, "rate")
    amount = minor(sent.get("amount"), currency, "amount")
    quantity = sent.get("quantity")
    if amount is not None:
        try:
            known_rate = rate if rate is not None or quantity is not None else current.rate
            quantity, rate = fit(quantity=quantity, rate=known_rate, amount=amount)
        except TermsError as error:
            raise invalid(error.field, str(error)) from None
    if quantity is not None:
        changes["quantity"] = quantity
    if rate is not None:
        changes["rate"] = rate
    _check_amount(current.with_(changes), currency)
    return changes
