"""Change, accept, decline, cancel: one conditional decision behind the lock, so one of two calls wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from ...kernel.clock import now
from ...kernel.database import session
from ...kernel.errors import Conflict, Forbidden, invalid
from ...notices import service as notices
from ...orders.inputs import with_item
from ...orders.models import Order
from ...orders.queries import Actor, on_paper
from .. import words
from ..inputs import check, other_goods
from ..rules import (
    ACCEPTED,
    CANCELLED,
    CUSTOMER,
    OFFERED,
    OPEN,
    SERVED,
    VENDOR,
    accepted,
    cancelled,
    changed,
    changed_meanwhile,
    declined,
    rate_required,
)
from .serving import refuse_on_paper, set_dispute, take_back
from .shared import become, hold, set_goods, tell, tell_of


def change(
    who: Actor,
    order_id: int,
    sent: Mapping[str, Any],
    *,
    day: date | None = None,
    message: str | None = None,
    on_behalf_note: str | None = None,
) -> None:
    """Other terms, as far as they are in `sent`: a customer's request, a vendor's offer or own entry.

    What is said already changes nothing. A vendor's offer to a customer without a login is accepted with
    `on_behalf_note`, which says how they agreed. Raises 409 `wrong_state`, `customer_has_login` or
    `on_behalf_note_required`, 422 when the terms do not fit, the day is over, or a vendor names no price.
    """
    held = hold(who, order_id)
    order = held.order
    state = changed(held.facts, who.role, on_behalf=on_behalf_note is not None)
    currency = held.vendor.currency
    goods = other_goods(with_item(held.vendor.user_id, currency, sent), held.goods, currency)
    if day is not None and day < held.today and day != order.start_date:
        raise invalid("date", "This day is over.")
    if who.role == VENDOR and goods.rate is None:
        raise rate_required()
    if on_behalf_note and held.linked:
        raise has_login()
    said = (day or order.start_date, message or order.message, on_behalf_note or order.on_behalf_note)
    same = goods == held.goods and said == (order.start_date, order.message, order.on_behalf_note)
    if same and not (state == ACCEPTED != order.state):
        return
    set_goods(order, goods)
    order.start_date, order.message, order.on_behalf_note = said
    become(held, state)
    tell_of(who, held)


def accept(
    who: Actor,
    order_id: int,
    *,
    rate: int | None = None,
    quantity: int | None = None,
    on_behalf_note: str | None = None,
) -> None:
    """One side's yes to what they saw: when the order says another `quantity` (thousandths) by now, or to
    a customer another `rate` (minor units), nothing changes. A vendor's `rate` that the customer did not
    see makes it an offer; for a customer without a login it is accepted with `on_behalf_note`.

    Raises 409 `wrong_state`, `month_closed`, `customer_has_login` or `on_behalf_note_required`, 422
    `rate_required`.
    """
    held = hold(who, order_id)
    seen = rate if who.role == CUSTOMER else None
    if quantity not in (None, held.order.quantity) or seen not in (None, held.order.rate):
        raise changed_meanwhile(held.order.state)
    if on_behalf_note and held.linked:
        raise has_login()
    state = accepted(held.facts, who.role, rate, on_behalf=on_behalf_note is not None)
    if state == SERVED:
        set_dispute(who, held, disputed=False)
        held.order.reason = None
        session().flush()
        message = partial(words.agreed, who=held.name_of(who.role), goods=held.goods)
        tell(who, held, "order_accepted", message)
        return
    if rate is not None:
        set_goods(held.order, check(replace(held.goods, rate=rate), held.vendor.currency))
    held.order.on_behalf_note = on_behalf_note or held.order.on_behalf_note
    become(held, state)
    if state == OFFERED:
        tell_of(who, held)
        return
    message = partial(
        words.accepted,
        who=held.name_of(who.role),
        goods=held.goods,
        currency=held.vendor.currency,
        day=held.order.start_date,
    )
    tell(who, held, "order_accepted", message)


def has_login() -> Conflict:
    return Conflict("customer_has_login", "This customer can answer for themselves.")


def decline(who: Actor, order_id: int, *, reason: str | None = None) -> None:
    """One side's no. A customer's no to what the vendor entered and served makes it disputed.

    Raises 409 `wrong_state`, `too_late` or `month_closed`.
    """
    held = hold(who, order_id)
    state = declined(held.facts, who.role, now())
    held.order.reason = reason
    name = held.name_of(who.role)
    if state == SERVED:
        set_dispute(who, held, disputed=True)
        message = partial(words.disputed, who=name, goods=held.goods, reason=reason)
        tell(who, held, "record_disputed", message)
        return
    become(held, state)
    message = partial(words.declined, who=name, goods=held.goods, reason=reason)
    tell(who, held, "order_declined", message)


def cancel(who: Actor, order_id: int) -> None:
    """Call it off, or (a vendor) take back what was served; what is cancelled already stays so.

    Raises 409 `wrong_state` or `in_use`.
    """
    held = hold(who, order_id)
    if not cancelled(held.facts, who.role):
        return
    name = held.name_of(who.role)
    if held.order.state == SERVED:
        take_back(who, held)
        message = partial(words.taken_back, who=name, goods=held.goods, currency=held.vendor.currency)
    else:
        refuse_on_paper(held.order)
        become(held, CANCELLED)
        message = partial(words.cancelled, who=name, goods=held.goods, day=held.order.start_date)
    tell(who, held, "order_cancelled", message)


def has_history() -> Conflict:
    return Conflict("has_history", "Something was recorded on this order; it can only be cancelled.")


def delete_for_good(who: Actor, order_id: int) -> None:
    """Remove an order that was never served, billed or talked about. 403 for customers, 409
    `has_history`: whatever is kept about an order holds it by a foreign key."""
    if who.role != VENDOR:
        raise Forbidden()
    held = hold(who, order_id)
    if on_paper(order_id, holding=False):
        raise has_history()
    notices.lead_elsewhere(
        [held.vendor.user_id, held.customer.user_id if held.customer else None],
        order_id=order_id,
        url="/requests",
    )
    try:
        with session().begin_nested():
            session().execute(
                delete(Order).where(Order.id == order_id).execution_options(synchronize_session=False)
            )
    except IntegrityError:
        raise has_history() from None
    if held.order.state in OPEN:
        name, day = held.name_of(who.role), held.order.start_date
        message = partial(words.cancelled, who=name, goods=held.goods, day=day)
        tell(who, held, "order_cancelled", message, url="/requests")
    session().expire_all()
