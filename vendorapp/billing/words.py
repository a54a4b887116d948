"""What payments and corrections are called, on screen and on paper."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from .rules.papers import INVOICE

METHODS = (("cash", _l("Cash")), ("upi", _l("UPI")), ("bank", _l("Bank")), ("other", _l("Other")))


def paper_title(kind: str, number: int) -> str:
    """``Invoice 12``."""
    if kind == INVOICE:
        return str(_("Invoice %(number)s", number=number))
    return str(_("Bill %(number)s", number=number))


def method_word(method: str) -> str:
    """How somebody paid."""
    return str(dict(METHODS).get(method, method))


def correction_word(kind: str | None, reason: str) -> str:
    """What a correction is called."""
    if kind == "opening_balance":
        return str(_("From before"))
    if kind == "write_off":
        return str(_("Let go: %(reason)s", reason=reason))
    return reason
