"""What people are told about on-demand orders."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from ..kernel.babel import day as day_text
from ..kernel.babel import money
from ..notices.words import Message
from ..orders.words import amount_of, called_off
from .rules import Goods


def _what(goods: Goods, currency: str, day: date | None = None) -> str:
    """``2 kg for ₹400.00, 24 Nov 2026``."""
    parts = {"quantity": amount_of(goods.quantity, goods.unit), "day": day_text(day) if day else ""}
    if goods.amount is None:
        if day is None:
            return _("%(quantity)s, the price is open", **parts)
        return _("%(quantity)s, the price is open, %(day)s", **parts)
    amount = money(goods.amount, currency)
    if day is None:
        return _("%(quantity)s for %(amount)s", amount=amount, **parts)
    return _("%(quantity)s for %(amount)s, %(day)s", amount=amount, **parts)


def requested(*, who: str, goods: Goods, currency: str, day: date) -> Message:
    return Message(_("%(who)s asks for %(item)s", who=who, item=goods.item_name), _what(goods, currency, day))


def offered(*, who: str, goods: Goods, currency: str, day: date) -> Message:
    return Message(
        _("%(who)s offers %(item)s", who=who, item=goods.item_name),
        _("%(what)s. Say yes or no to the price.", what=_what(goods, currency, day)),
    )


def entered(*, who: str, goods: Goods, currency: str, day: date) -> Message:
    """What the vendor wrote down for a customer, to be brought."""
    return Message(
        _("%(who)s wrote down %(item)s for you", who=who, item=goods.item_name),
        _what(goods, currency, day),
    )


def accepted(*, who: str, goods: Goods, currency: str, day: date) -> Message:
    return Message(
        _("%(who)s said yes to %(item)s", who=who, item=goods.item_name), _what(goods, currency, day)
    )


def declined(*, who: str, goods: Goods, reason: str | None) -> Message:
    return Message(
        _("%(who)s said no to %(item)s", who=who, item=goods.item_name), reason or _("Nothing is brought")
    )


def cancelled(*, who: str, goods: Goods, day: date) -> Message:
    return called_off(who=who, item=goods.item_name, day=day)


def served(*, who: str, goods: Goods, currency: str, day: date, may_dispute: bool) -> Message:
    what = _what(goods, currency, day)
    if may_dispute:
        body = _("%(what)s. Not right? Say so within 48 hours.", what=what)
    else:
        body = _("%(what)s.", what=what)
    return Message(_("%(who)s handed over %(item)s", who=who, item=goods.item_name), body)


def taken_back(*, who: str, goods: Goods, currency: str) -> Message:
    return Message(
        _("%(who)s took back %(item)s", who=who, item=goods.item_name),
        _("%(what)s: you do not pay it", what=_what(goods, currency)),
    )


def disputed(*, who: str, goods: Goods, reason: str | None) -> Message:
    return Message(
        _("%(who)s: %(item)s is not right", who=who, item=goods.item_name),
        reason or _("It is not counted until you two agree"),
    )


def agreed(*, who: str, goods: Goods) -> Message:
    return Message(_("%(who)s agrees to %(item)s", who=who, item=goods.item_name), _("It counts again"))
