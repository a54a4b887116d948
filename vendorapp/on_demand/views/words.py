"""On-demand orders in the reader's words."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from ...accounts.queries import Caller
from ...kernel.babel import day as day_text
from ...kernel.babel import money, quantity
from ..queries import RequestView
from ..rules import ACCEPTED, CANCELLED, DECLINED, OFFERED, REQUESTED, SERVED
from .shared import other_side


def standing(found: RequestView, caller: Caller) -> str:
    """Where it stands and whose turn it is, in a sentence."""
    words = {"name": other_side(found, caller), "day": day_text(found.day)}
    if caller.is_vendor:
        texts = {
            REQUESTED: _("%(name)s asks for this. Say yes with a price, or no.", **words),
            OFFERED: _("This is your offer. %(name)s has to say yes to it.", **words)
            if found.linked
            else _("This is your offer. %(name)s has no login: write down how they say yes.", **words),
            ACCEPTED: _("You wrote it down. Hand it over on %(day)s.", **words)
            if found.entered
            else _("Agreed. Hand it over on %(day)s.", **words),
        }
        disputed = _("%(name)s says that this is not right. It is not counted until you two agree.", **words)
    else:
        texts = {
            REQUESTED: _("%(name)s has to say yes first.", **words),
            OFFERED: _("%(name)s offers it like this. Say yes or no.", **words),
            ACCEPTED: _("%(name)s wrote this down for you, for %(day)s.", **words)
            if found.entered
            else _("Agreed. It comes on %(day)s.", **words),
        }
        disputed = _("You said that this is not right. It is not counted until you two agree.")
    over = {
        SERVED: disputed if found.disputed else _("Handed over on %(day)s.", **words),
        DECLINED: _("This was not agreed. Nothing is brought."),
        CANCELLED: _("Cancelled. Nobody pays anything for it."),
    }
    if found.state == ACCEPTED and found.customer_id is None:
        return str(_("For somebody at the counter, without an account. It is handed over when it is paid."))
    return str({**texts, **over}[found.state])


def became(found: RequestView, caller: Caller) -> str:
    """What came of this side's step, said right after it."""
    words = {"name": other_side(found, caller), "day": day_text(found.day)}
    if found.disputed:
        return str(_("Written down. It is not counted until you two agree."))
    if found.state == SERVED and caller.is_vendor:
        amount = money(found.amount or 0, found.currency)
        return str(_("Handed over. %(name)s pays %(amount)s.", amount=amount, **words))
    texts = {
        REQUESTED: _("Asked. %(name)s is told.", **words),
        OFFERED: _("Offered. %(name)s has to say yes to it.", **words),
        ACCEPTED: _("Written down for %(day)s.", **words),
        SERVED: _("Written down: it is right."),
        DECLINED: _("You said no. %(name)s is told.", **words),
        CANCELLED: _("Cancelled."),
    }
    return str(texts[found.state])


def figures(found: RequestView, caller: Caller) -> list[tuple[str, str] | tuple[str, str, str]]:
    """How much, at what price, and who pays what for it."""
    goods = found.goods
    open_ = _("to be agreed")
    each = _("for 1 %(unit)s", unit=goods.unit) if goods.unit and goods.rate is not None else ""
    agreed = ""
    if found.agreed_quantity is not None:
        agreed = _("%(quantity)s was agreed", quantity=_amount(found, found.agreed_quantity))
    pays = _("You pay")
    if caller.is_vendor:
        pays = _("%(name)s pays", name=found.customer_name) if found.customer_name else _("They pay")
    return [
        (_("How much"), amount_of(found), agreed),
        (_("Price"), open_ if goods.rate is None else money(goods.rate, found.currency), each),
        (pays, open_ if found.amount is None else money(found.amount, found.currency)),
    ]


def amount_of(found: RequestView) -> str:
    """``2 kg``."""
    return _amount(found, found.goods.quantity)


def _amount(found: RequestView, thousandths: int) -> str:
    unit = found.goods.unit
    return quantity(thousandths) + (f" {unit}" if unit else "")


def story(found: RequestView, caller: Caller) -> list[tuple[str, datetime]]:
    """Who did what and when, oldest first."""
    vendor = _("you") if caller.is_vendor else found.business_name
    customer = found.customer_name if caller.is_vendor else _("you")
    begun = _("Written down by %(name)s", name=vendor)
    if not found.entered:
        begun = _("Asked for by %(name)s", name=customer)
    steps = [(str(begun), found.created_at)]
    if found.served_at:
        handed = _("Handed over by %(name)s, for %(day)s", name=vendor, day=day_text(found.day))
        steps.append((str(handed), found.served_at))
    last = {
        OFFERED: _("Offered like this by %(name)s", name=vendor),
        DECLINED: _("Declined"),
        CANCELLED: _("Cancelled"),
    }.get(found.state)
    if found.state == ACCEPTED and not found.entered:
        last = _("Agreed by both")
    if found.disputed:
        last = _("Called not right by %(name)s", name=customer)
    if last:
        steps.append((str(last), found.updated_at))
    return steps
