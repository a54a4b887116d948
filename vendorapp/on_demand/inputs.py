"""What may be sent of an on-demand order, and what becomes of it in minor units and thousandths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..kernel.errors import invalid
from ..kernel.money import THOUSAND, largest_minor
from ..kernel.said import reason
from ..orders.inputs import minor
from ..orders.rules import TermsError, fit
from .rules import Goods


def new_goods(sent: Mapping[str, Any], currency: str) -> Goods:
    """What is asked for first; without a rate and an amount the price stays open. 422 when the three of
    quantity, rate and amount do not fit."""
    rate = minor(sent.get("rate"), currency, "rate")
    amount = minor(sent.get("amount"), currency, "amount")
    quantity = sent.get("quantity")
    if rate is None and amount is None:
        quantity = quantity or THOUSAND
    else:
        quantity, rate = _fit(quantity, rate, amount)
    goods = Goods(sent["item_name"], sent.get("unit"), quantity, rate, sent.get("item"), sent.get("item_id"))
    return check(goods, currency)


def other_goods(sent: Mapping[str, Any], now: Goods, currency: str) -> Goods:
    """`now` with what was sent. An amount alone sets the quantity, or the rate while that is open."""
    rate = minor(sent.get("rate"), currency, "rate")
    amount = minor(sent.get("amount"), currency, "amount")
    quantity = sent.get("quantity")
    if amount is None:
        quantity, rate = quantity or now.quantity, now.rate if rate is None else rate
    elif now.rate is None and rate is None:
        quantity, rate = _fit(quantity or now.quantity, None, amount)
    else:
        known = rate if rate is not None or quantity is not None else now.rate
        quantity, rate = _fit(quantity, known, amount)
    name, unit = sent.get("item_name") or now.item_name, sent.get("unit") or now.unit
    # Another name in free text is another thing than the catalogue's.
    named = now if name == now.item_name else None
    item = sent.get("item") or (named.item if named else None)
    item_id = sent.get("item_id") or (named.item_id if named else None)
    return check(Goods(name, unit, quantity, rate, item, item_id), currency)


def _fit(quantity: int | None, rate: int | None, amount: int | None) -> tuple[int, int]:
    try:
        return fit(quantity=quantity, rate=rate, amount=amount)
    except TermsError as error:
        raise invalid(error.field, reason(error)) from None


def check(goods: Goods, currency: str) -> Goods:
    """The goods themselves; 422 when they would cost more than any amount may be."""
    if goods.amount is not None and goods.amount > largest_minor(currency):
        raise invalid("amount", "Quantity × rate is too large.")
    return goods
