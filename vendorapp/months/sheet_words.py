"""What a balance is called on a statement: who pays whom."""

from __future__ import annotations

from flask_babel import gettext as _

from ..kernel.babel import money
from .sheet import Sheet


def stands(minor: int, found: Sheet) -> str:
    """A balance in short; signed, + = the customer pays."""
    currency = found.business.currency
    if not minor:
        return _("nothing to pay")
    if minor > 0:
        return _("%(name)s pays %(amount)s", name=found.customer.name, amount=money(minor, currency))
    return _(
        "%(name)s gives back %(amount)s", name=found.business.business_name, amount=money(-minor, currency)
    )


def closing(minor: int, found: Sheet) -> str:
    """The closing balance as a sentence with both sides in it."""
    amount = money(abs(minor), found.business.currency)
    names = {"customer": found.customer.name, "vendor": found.business.business_name}
    if not minor:
        return _("%(customer)s and %(vendor)s owe each other nothing.", **names)
    if minor > 0:
        return _("%(customer)s pays %(vendor)s %(amount)s.", amount=amount, **names)
    return _("%(vendor)s gives back %(amount)s to %(customer)s.", amount=amount, **names)


def signed(minor: int, currency: str) -> str:
    """An amount of a column that adds up to a balance."""
    if minor > 0:
        return f"+ {money(minor, currency)}"
    return f"− {money(-minor, currency)}" if minor < 0 else money(0, currency)
