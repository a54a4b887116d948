"""What people are told about a month that is over."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from ..kernel.babel import money
from ..kernel.babel import month as month_text
from ..kernel.fields import month_text as month_word
from ..notices.words import Message


def topic_of(customer_id: int, month: date) -> str:
    """What the two sides are told of one month of an account has this topic."""
    return f"statement:{customer_id}:{month_word(month)}"


def ready(*, who: str, month: date, closing: int, currency: str) -> Message:
    """`closing` is signed, + = the customer pays."""
    amount = money(abs(closing), currency)
    if closing > 0:
        body = _("You pay %(amount)s. Look it through and say yes to it.", amount=amount)
    elif closing < 0:
        body = _("You have %(amount)s paid ahead. Look it through and say yes to it.", amount=amount)
    else:
        body = _("Nothing is left to pay. Look it through and say yes to it.")
    return Message(_("Your account with %(who)s: %(month)s", who=who, month=month_text(month)), body)


def accepted(*, who: str, month: date, closing: int, currency: str, closed: bool, told: str) -> Message:
    """`who` accepted the month, to the other side, `told` (customer or vendor); `closed`: both have now.

    `closing` is signed, + = the customer pays.
    """
    amount = money(abs(closing), currency)
    owes = closing if told == "customer" else -closing
    if not closing:
        stands = _("Nothing is left to pay.")
    elif owes > 0 and told == "customer":
        stands = _("You pay %(amount)s.", amount=amount)
    elif owes > 0:
        stands = _("You give back %(amount)s.", amount=amount)
    elif told == "customer":
        stands = _("You have %(amount)s paid ahead.", amount=amount)
    else:
        stands = _("You get %(amount)s.", amount=amount)
    words = {"who": who, "month": month_text(month), "stands": stands}
    if closed:
        body = _("%(who)s said yes too. %(stands)s Nothing in this month moves any more.", **words)
        return Message(_("%(month)s is closed", **words), body)
    body = _("%(stands)s Look it through: with your yes the month is closed.", **words)
    return Message(_("%(who)s said yes to %(month)s", **words), body)
