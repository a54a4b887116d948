"""What people are told about orders, in words that say who asks what of whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from babel.dates import get_day_names
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from ..kernel.babel import day as day_text
from ..kernel.babel import money, quantity
from ..notices.words import Message
from .rules import EVERY_DAY, Terms


def weekday_names(width: str = "abbreviated") -> list[str]:
    """The days from Monday to Sunday."""
    names = get_day_names(width, context="stand-alone", locale=get_locale() or "en")  # type: ignore[arg-type]
    return [names[number] for number in range(7)]


def amount_of(thousandths: int, unit: str | None) -> str:
    """``2 L``."""
    return f"{quantity(thousandths)} {unit}" if unit else quantity(thousandths)


def days_of(terms: Terms) -> str:
    """``every day``, ``Mon, Wed``, ``Mon–Fri``, ``every 2 days``."""
    named, all_days = _named(terms.weekdays), tuple(terms.weekdays) == EVERY_DAY
    if terms.every == 1 and not all_days:
        return named
    rhythm = ngettext("every day", "every %(num)d days", terms.every)
    if all_days:
        return rhythm
    return _("%(rhythm)s, if it is %(days)s", rhythm=rhythm, days=named)


def _named(weekdays: Sequence[int]) -> str:
    """The weekdays; three or more in a row as first and last."""
    names = weekday_names()
    runs: list[list[int]] = []
    for number in sorted(weekdays):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = []
    for run in runs:
        if len(run) > 2:
            words.append(f"{names[run[0] - 1]}–{names[run[-1] - 1]}")
        else:
            words += [names[number - 1] for number in run]
    return ", ".join(words)


def differences(old: Terms, changes: dict[str, Any], currency: str) -> list[str]:
    """Each changed field as ``old → new``."""
    new = old.with_(changes)
    lines = []
    if "item_name" in changes:
        lines.append(f"{old.item_name} → {new.item_name}")
    if "quantity" in changes or "unit" in changes:
        lines.append(f"{amount_of(old.quantity, old.unit)} → {amount_of(new.quantity, new.unit)}")
    if "rate" in changes:
        lines.append(f"{money(old.rate, currency)} → {money(new.rate, currency)}")
    if "weekdays" in changes or "every" in changes:
        lines.append(f"{days_of(old)} → {days_of(new)}")
    if "valid_till" in changes:
        lines.append(_("until %(day)s", day=day_text(changes["valid_till"])))
    return lines


def proposed(
    *, who: str, old: Terms, changes: dict[str, Any], is_new: bool, day: date, currency: str
) -> Message:
    """A proposal, to the side that answers it."""
    terms = old.with_(changes)
    if is_new:
        body = _(
            "%(item)s, %(quantity)s, %(price)s each, %(days)s, from %(day)s",
            item=terms.item_name,
            quantity=amount_of(terms.quantity, terms.unit),
            price=money(terms.rate, currency),
            days=days_of(terms),
            day=day_text(day),
        )
        return Message(_("%(who)s proposes %(item)s", who=who, item=terms.item_name), body)
    changed = "; ".join(differences(old, changes, currency))
    return Message(
        _("%(who)s asks to change %(item)s", who=who, item=old.item_name),
        _("%(changes)s. From %(day)s", changes=changed, day=day_text(day)),
    )


def answered(*, who: str, item: str, accepted: bool, day: date) -> Message:
    """The answer, to the side that proposed."""
    if accepted:
        return Message(
            _("%(who)s accepted", who=who), _("%(item)s, from %(day)s", item=item, day=day_text(day))
        )
    return Message(_("%(who)s said no", who=who), _stays(item))


def withdrawn(*, who: str, item: str) -> Message:
    return Message(_("%(who)s took the proposal back", who=who), _stays(item))


def expired(*, item: str) -> Message:
    return Message(_("A proposal was not answered in time"), _stays(item))


def _stays(item: str) -> str:
    return _("%(item)s stays as it was", item=item)


def ended(*, who: str, item: str, last: date) -> Message:
    return Message(
        _("%(who)s ended %(item)s", who=who, item=item),
        _("The last day is %(day)s", day=day_text(last)),
    )


def removed(*, who: str, item: str) -> Message:
    """An order on which nothing was ever delivered is gone altogether, to the other side."""
    return Message(
        _("%(who)s removed %(item)s", who=who, item=item),
        _("Nothing of it was ever delivered, and nothing will be"),
    )


def called_off(*, who: str, item: str, day: date) -> Message:
    """Something asked for once is not brought, to the other side."""
    return Message(
        _("%(who)s cancelled %(item)s", who=who, item=item), _("It was for %(day)s", day=day_text(day))
    )


def paused(*, who: str, item: str, first: date, last: date, reason: str | None) -> Message:
    """A pause of one order, to the other side."""
    title = _("%(who)s pauses %(item)s", who=who, item=item)
    return Message(title, _nothing_due(first, last, reason))


def away(*, who: str, role: str, first: date, last: date, reason: str | None) -> Message:
    """A holiday over all orders between the two, to the other side."""
    title = _("%(who)s is closed", who=who) if role == "vendor" else _("%(who)s is away", who=who)
    return Message(title, _nothing_due(first, last, reason))


def _nothing_due(first: date, last: date, reason: str | None) -> str:
    """``Nothing is due from 3 Dec 2026 to 9 Dec 2026: Wedding``."""
    days = {"day": day_text(first), "last": day_text(last)}
    if first == last:
        if reason:
            return _("Nothing is due on %(day)s: %(reason)s", reason=reason, **days)
        return _("Nothing is due on %(day)s", **days)
    if reason:
        return _("Nothing is due from %(day)s to %(last)s: %(reason)s", reason=reason, **days)
    return _("Nothing is due from %(day)s to %(last)s", **days)


def pause_ended(*, who: str, item: str, first: date) -> Message:
    """A pause of one order ends early or never begins, to the other side."""
    return Message(
        _("%(who)s ends the pause of %(item)s", who=who, item=item),
        _("It is due again from %(day)s", day=day_text(first)),
    )


def back(*, who: str, role: str, first: date) -> Message:
    """A holiday ends early or never begins, to the other side."""
    if role == "vendor":
        title = _("%(who)s is open again earlier", who=who)
    else:
        title = _("%(who)s is back earlier", who=who)
    return Message(title, _("Deliveries are due again from %(day)s", day=day_text(first)))
