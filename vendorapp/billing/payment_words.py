"""What people are told about payments: who paid whom, and how much."""

from __future__ import annotations

from flask_babel import gettext as _

from ..kernel.babel import money
from ..notices.words import Message


def claimed(*, who: str, amount: int, currency: str, note: str | None) -> Message:
    return Message(
        _("%(who)s says they paid you %(amount)s", who=who, amount=money(amount, currency)),
        note or _("Did it arrive? Say yes or no."),
    )


def confirmed(*, who: str, amount: int, currency: str) -> Message:
    return Message(
        _("%(who)s got your %(amount)s", who=who, amount=money(amount, currency)),
        _("Your payment is confirmed."),
    )


def noted(*, who: str, amount: int, currency: str) -> Message:
    return Message(
        _("%(who)s noted your payment of %(amount)s", who=who, amount=money(amount, currency)),
        _("It is in your account."),
    )


def declined(*, who: str, amount: int, currency: str, reason: str | None) -> Message:
    return Message(
        _("%(who)s did not get your %(amount)s", who=who, amount=money(amount, currency)),
        reason or _("Ask them about it."),
    )


def taken_back(*, who: str, amount: int, currency: str, reason: str) -> Message:
    return Message(
        _("%(who)s took back your payment of %(amount)s", who=who, amount=money(amount, currency)), reason
    )
