"""What people are told about on-demand orders."""

from __future__ import annotations

from datetime import date

from ..orders.words import Message, amount_of, called_off, price
from .rules import Goods


def _what(goods: Goods, currency: str, day: date | None) -> str:
    """``2 kg for ₹400.00, 24 Nov 2026``."""
    amount = goods.amount
    cost = "the price is open" if amount is None else price(amount, currency)
    joined = f"{amount_of(goods.quantity, goods.unit)}{', ' if amount is None else ' for '}{cost}"
    return f"{joined}, {day:%d %b %Y}" if day else joined


def requested(*, who: str, goods: Goods, currency: str, day: date) -> Message:
    return Message(f"{who} asks for {goods.item_name}", _what(goods, currency, day))


def offered(*, who: str, goods: Goods, currency: str, day: date) -> Message:
    return Message(
        f"{who} offers {goods.item_name}", f"{_what(goods, currency, day)}. Say yes or no to the price."
    )


def entered(*, who: str, goods: Goods, currency: str, day: date) -> Message:
    """What the vendor wrote down for a customer, to be brought."""
    return Message(f"{who} wrote down {goods.item_name} for you", _what(goods, currency, day))


def accepted(*, who: str, goods: Goods, currency: str, day: date) -> Message:
    return Message(f"{who} said yes to {goods.item_name}", _what(goods, currency, day))


def declined(*, who: str, goods: Goods, reason: str | None) -> Message:
    return Message(f"{who} said no to {goods.item_name}", reason or "Nothing is brought")


def cancelled(*, who: str, goods: Goods, day: date) -> Message:
    return called_off(who=who, item=goods.item_name, day=day)


def served(*, who: str, goods: Goods, currency: str, day: date, may_dispute: bool) -> Message:
    late = " Not right? Say so within 48 hours." if may_dispute else ""
    return Message(f"{who} handed over {goods.item_name}", f"{_what(goods, currency, day)}.{late}")


def taken_back(*, who: str, goods: Goods, currency: str) -> Message:
    return Message(f"{who} took back {goods.item_name}", f"{_what(goods, currency, None)}: you do not pay it")


def disputed(*, who: str, goods: Goods, reason: str | None) -> Message:
    return Message(
        f"{who}: {goods.item_name} is not right", reason or "It is not counted until you two agree"
    )


def agreed(*, who: str, goods: Goods) -> Message:
    return Message(f"{who} agrees to {goods.item_name}", "It counts again")
