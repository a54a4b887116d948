"""Verbs on an order that its days must follow: change, answer, end, remove.

Each holds the order first, then looks at its marked days, then lets the orders room decide.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError

from ..kernel.database import session
from ..kernel.errors import Conflict, Forbidden
from ..orders import queries as orders_read
from ..orders import service as orders
from ..orders.inputs import term_changes, with_item
from ..orders.queries import Actor, ChangeView
from . import queries
from . import service as records


def propose_change(
    who: Actor,
    order_id: int,
    sent: dict[str, Any],
    *,
    effective_from: date | None,
    message: str | None,
    on_behalf_note: str | None,
) -> ChangeView:
    """A change of the terms fields in `sent`; accepted at once when the note stands in for the customer."""
    held = orders.hold(who, order_id)
    currency = held.vendor.currency
    values = with_item(held.vendor.user_id, currency, sent)
    item = (values["item"], values["item_id"]) if "item" in values else None
    change = orders.propose_change(
        who,
        held,
        term_changes(values, held.terms, currency),
        effective_from=effective_from,
        message=message,
        on_behalf_note=on_behalf_note,
        last_marked=queries.last_marked_day(order_id),
        item=item,
    )
    if change.status == "accepted":
        records.follow_terms([order_id], from_day=change.effective_from)
    return orders_read.change_view(change, currency)


def answer(who: Actor, change_id: int, *, yes: bool) -> ChangeView:
    """Accept or decline a change; its order's unmarked days follow."""
    held, change = orders.hold_change(who, change_id)
    if yes:
        orders.accept(who, held, change, last_marked=queries.last_marked_day(held.order.id))
        records.follow_terms([held.order.id], from_day=change.effective_from)
    else:
        orders.decline(who, held, change)
    return orders_read.change_view(change, held.vendor.currency)


def answer_again(who: Actor, change_id: int, *, yes: bool) -> ChangeView:
    """As `answer`, for a tap that may be sent twice: the same answer by the same person is no conflict."""
    held, change = orders.hold_change(who, change_id)
    if change.status == ("accepted" if yes else "declined") and change.answered_by == who.user_id:
        return orders_read.change_view(change, held.vendor.currency)
    return answer(who, change_id, yes=yes)


def withdraw(who: Actor, change_id: int) -> ChangeView:
    """The proposer takes a change back."""
    held, change = orders.hold_change(who, change_id)
    orders.withdraw(who, held, change)
    return orders_read.change_view(change, held.vendor.currency)


def end(who: Actor, order_id: int, *, effective_from: date | None) -> None:
    """End an order; later unmarked days are cancelled."""
    held = orders.hold(who, order_id)
    first = orders.end(
        who, held, effective_from=effective_from, last_marked=queries.last_marked_day(order_id)
    )
    if first is not None:
        records.cancel_from(order_id, first)


def delete_for_good(who: Actor, order_id: int) -> None:
    """Remove an order on which nothing was ever marked, billed or said. 403 for customers, 409
    `has_history`: what higher rooms keep about an order holds it by a foreign key."""
    if who.role != "vendor":
        raise Forbidden()
    held = orders.hold(who, order_id)
    history = Conflict("has_history", "Something was recorded on this order; it can only be ended.")
    if queries.has_marks(order_id):
        raise history
    try:
        with session().begin_nested():
            records.delete_unmarked(order_id)
            orders.delete_for_good(who, held)
    except IntegrityError:
        raise history from None
