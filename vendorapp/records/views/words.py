"""Terms and changes in the reader's words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _

from ...accounts.queries import Caller
from ...kernel.babel import day as day_text
from ...kernel.babel import moment, money
from ...kernel.money import THOUSAND
from ...orders.queries import ChangeView, OrderView
from ...orders.rules import Terms
from ...orders.words import amount_of, days_of
from ..forecast import Forecast
from ..month_days import Plan


def title_of(terms: Terms, currency: str) -> str:
    return f"{amount_of(terms.quantity, terms.unit)} × {money(terms.rate, currency)}"


def _cells(terms: Terms, currency: str) -> dict[str, tuple[str, str]]:
    """Label and text of each part of the terms, by the name of its field."""
    price = _("Price of 1 %(unit)s", unit=terms.unit) if terms.unit else _("Price")
    cells = {
        "item_name": (_("Item"), terms.item_name),
        "quantity": (_("Quantity"), amount_of(terms.quantity, terms.unit)),
        "rate": (price, money(terms.rate, currency)),
        "amount": (_("Each time"), money(terms.amount, currency)),
        "weekdays": (_("Days"), days_of(terms)),
    }
    if terms.valid_till:
        cells["valid_till"] = (_("Last day"), day_text(terms.valid_till))
    return cells


def rows_of(
    forecast: Forecast, currency: str, only: Collection[str] | None = None
) -> list[tuple[str, str | None, str | None]]:
    """The rows of a change card: what it is now, and the new value where it differs.

    `only` names the fields to show; all of them without it.
    """
    new = _cells(forecast.new, currency)
    old = _cells(forecast.old, currency) if forecast.old else new
    rows: list[tuple[str, str | None, str | None]] = []
    for name, (label, text) in new.items():
        before = old[name][1] if name in old else None
        rows.append((label, before, text if before != text else None))
    shown = [row for name, row in zip(new, rows, strict=True) if only is None or name in only]
    alone = {terms.quantity for terms in (forecast.old, forecast.new) if terms} == {THOUSAND}
    each = new["amount"][0]
    return [row for row in shown if not (alone and row[0] == each)]


def month_cost(forecast: Forecast, currency: str) -> str:
    """What it comes to in thirty days, and how much more or less that is."""
    now = money(forecast.new_cost, currency)
    if forecast.old_cost is None:
        return _("About %(cost)s a month", cost=now)
    more = forecast.new_cost - forecast.old_cost
    if not more:
        return _("About %(cost)s a month, as before", cost=now)
    before = money(forecast.old_cost, currency)
    words = {"before": before, "cost": now, "more": money(abs(more), currency)}
    if more > 0:
        return _("About %(before)s → %(cost)s a month: %(more)s more", **words)
    return _("About %(before)s → %(cost)s a month: %(more)s less", **words)


def who_accepted(order: OrderView, caller: Caller, user_id: int) -> str:
    """The name of the side that a login of this order belongs to."""
    if user_id == caller.user_id:
        return _("you")
    return order.business_name if user_id == order.vendor_id else order.customer_name


def timeline(order: OrderView, plan: Plan, caller: Caller) -> list[dict[str, Any]]:
    """The accepted versions, newest first, as `ui.terms_timeline` takes them."""
    in_force = max(
        (period for period in plan.periods if period.starts_on <= max(order.today, order.start_date)),
        key=lambda period: period.starts_on,
        default=None,
    )
    found = []
    follower: date | None = None
    for row in reversed(plan.versions):
        terms = Terms(
            row.item_name, row.unit, row.quantity, row.rate, tuple(row.weekdays), row.every, row.valid_till
        )
        until = follower - timedelta(days=1) if follower and follower > row.effective_from else None
        name = who_accepted(order, caller, row.accepted_by)
        when = moment(row.accepted_at, order.timezone)
        if row.on_behalf_note:
            by = _(
                "Agreed: “%(note)s”. Written down by %(name)s on %(when)s",
                note=row.on_behalf_note,
                name=name,
                when=when,
            )
        else:
            by = _("Accepted by %(name)s on %(when)s", name=name, when=when)
        current = in_force is not None and in_force.version == row.version and order.status == "active"
        found.append(
            {
                "title": f"{row.item_name}: {title_of(terms, order.currency)}",
                "since": day_text(row.effective_from),
                "until": day_text(until) if until else None,
                "by": by,
                "status": "active" if current else None,
                "note": days_of(terms),
            }
        )
        follower = row.effective_from
    return found


def change_title(change: ChangeView, item: str, *, mine: bool, other: str) -> str:
    """Who asks what."""
    if change.kind == "new":
        if mine:
            return _("You propose %(item)s", item=item)
        return _("%(name)s proposes %(item)s", name=other, item=item)
    if mine:
        return _("You ask to change %(item)s", item=item)
    return _("%(name)s asks to change %(item)s", name=other, item=item)
