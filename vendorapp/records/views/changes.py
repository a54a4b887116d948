"""A change as a card: what it would be, what it costs, who may say yes; or what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from ...accounts.queries import Caller
from ...kernel.babel import day as day_text
from ...kernel.babel import moment
from ...orders.models import ChangeRequest
from ...orders.queries import ChangeView, OrderView, change_view
from .. import forecast
from ..month_days import Plan
from .shared import other_side, takes_note
from .words import change_title, month_cost, rows_of, who_accepted


def card_of(order: OrderView, plan: Plan, change: ChangeView, caller: Caller) -> dict[str, Any]:
    """A pending change, as the arguments of `ui.change_card`."""
    mine = change.proposed_side == caller.role
    other = other_side(order, caller)
    seen = forecast.of_order(order, plan, change.terms, change.effective_from)
    until = moment(change.expires_at, order.timezone)
    words = {"day": day_text(change.effective_from)}
    return {
        "title": change_title(change, order.terms.item_name, mine=mine, other=other),
        "rows": rows_of(seen, order.currency),
        "action": None if mine else url_for("records.answer_change", change_id=change.id),
        "who": _who_answers(caller, change, other) if mine else None,
        "from_text": _("First day: %(day)s", **words) if change.kind == "new" else _("From %(day)s", **words),
        "monthly": month_cost(seen, order.currency),
        "until": _("Open until %(when)s. Without a yes everything stays as it is.", when=until),
        "note": change.message,
        "withdraw_url": url_for("records.withdraw_change", change_id=change.id) if mine else None,
        "id": change.id,
    }


def _who_answers(caller: Caller, change: ChangeView, other: str) -> str:
    if takes_note(caller, change.customer_id):
        return _(
            "%(name)s has no login to answer with. Write down how they agreed, or invite them.", name=other
        )
    return _("%(name)s answers this.", name=other)


def ending_of(order: OrderView, change: ChangeView, caller: Caller) -> str:
    """One sentence on how a change ended."""
    name = who_accepted(order, caller, change.answered_by) if change.answered_by else ""
    when = moment(change.answered_at, order.timezone) if change.answered_at else ""
    words = {"name": name, "when": when}
    return {
        "accepted": _("Accepted by %(name)s on %(when)s", **words),
        "declined": _("Declined by %(name)s on %(when)s", **words),
        "withdrawn": _("Taken back by %(name)s on %(when)s", **words),
        "superseded": _("Replaced by a newer proposal of %(name)s on %(when)s", **words),
        "expired": _("Not answered in time; it ended on %(when)s", **words),
    }.get(change.status, "")


def past_changes(order: OrderView, rows: Iterable[ChangeRequest], caller: Caller) -> list[dict[str, Any]]:
    """Proposals that were not taken, newest first; the accepted ones are the terms."""
    found = []
    for row in rows:
        change = change_view(row, order.currency)
        if change.status in ("pending", "accepted"):
            continue
        mine = change.proposed_side == caller.role
        other = other_side(order, caller)
        found.append(
            {
                "title": change_title(change, order.terms.item_name, mine=mine, other=other),
                "url": url_for("records.change", change_id=change.id),
                "text": ending_of(order, change, caller),
                "status": change.status,
            }
        )
    return found[::-1]
