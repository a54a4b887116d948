"""What is said about money that is to be paid. In the language that holds at the moment of the call."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from ..kernel.babel import day as day_text
from ..kernel.babel import money, month
from ..notices.words import Message
from .rules import month_before

DAY = "d MMMM"


def asked(
    *,
    who: str,
    amount: int,
    disputed: int,
    unconfirmed: int,
    currency: str,
    before: date,
    pay_by: date | None,
    today: date,
) -> Message:
    """A reminder by the vendor `who` of `amount` (minor units), for what is dated before `before`.

    `pay_by` is the agreed day, None without one.
    """
    said = [
        _("It is for everything until the end of %(month)s.", month=month(month_before(before))),
        *([agreed_day(pay_by, today)] if pay_by else []),
        *left_out(disputed, unconfirmed, who=who, currency=currency),
    ]
    return Message(
        _("%(who)s: please pay %(amount)s", who=who, amount=money(amount, currency)), " ".join(said)
    )


def agreed_day(pay_by: date, today: date) -> str:
    """By when it is to be paid, or was, to the customer."""
    text = day_text(pay_by, DAY)
    if pay_by > today:
        return str(_("Please pay by %(day)s.", day=text))
    if pay_by == today:
        return str(_("Today is the agreed day."))
    return str(_("The agreed day was %(day)s.", day=text))


def left_out(disputed: int, unconfirmed: int, *, who: str, currency: str) -> list[str]:
    """What is not asked for, and why, to the customer."""
    said = []
    if disputed:
        amount = money(disputed, currency)
        said.append(str(_("%(amount)s is not agreed yet and is left out.", amount=amount)))
    if unconfirmed:
        amount = money(unconfirmed, currency)
        said.append(
            str(
                _(
                    "%(amount)s that you said you paid is left out until %(who)s confirms it.",
                    amount=amount,
                    who=who,
                )
            )
        )
    return said


def to_share(message: Message, *, upi_id: str | None) -> str:
    """A reminder as one text, for somebody whom only the vendor can reach."""
    said = [str(_("%(title)s. %(body)s", title=message.title, body=message.body))]
    if upi_id:
        said.append(str(_("You can pay by UPI to %(upi)s.", upi=upi_id)))
    return " ".join(said)


def promised(*, who: str, amount: int, currency: str, on: date) -> Message:
    """To the vendor: the customer `who` said when they pay."""
    return Message(
        _("%(who)s will pay on %(day)s", who=who, day=day_text(on, DAY)),
        _(
            "%(amount)s is to be paid. No reminder goes out until that day is over.",
            amount=money(amount, currency),
        ),
    )
