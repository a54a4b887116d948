"""What a customer is told about a correction."""

from __future__ import annotations

from flask_babel import gettext as _

from ..kernel.babel import money
from ..notices.words import Message


def adjusted(*, who: str, amount: int, currency: str, reason: str) -> Message:
    """`amount` is signed, + = the customer owes more."""
    parts = {"amount": money(abs(amount), currency), "reason": reason}
    if amount > 0:
        body = _("You pay %(amount)s more: %(reason)s", **parts)
    else:
        body = _("You pay %(amount)s less: %(reason)s", **parts)
    return Message(_("%(who)s corrected your account", who=who), body)


def let_go(*, who: str, amount: int, currency: str, reason: str) -> Message:
    """Part of what was open need not be paid; `amount` is above zero."""
    return Message(
        _("%(who)s let something go", who=who),
        _("You need not pay %(amount)s any more: %(reason)s", amount=money(amount, currency), reason=reason),
    )
