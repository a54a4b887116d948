"""Ending an order is a right of either side: no confirmation, the other side is told."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from sqlalchemy import delete, select, update

from ...accounts.models import Vendor
from ...customers.models import Customer
from ...kernel.clock import now
from ...kernel.database import session
from ...kernel.errors import Conflict
from ...notices import service as notices
from ...notices.service import Telling
from ..models import ON_DEMAND, SCHEDULED, Order
from ..queries import Actor, earliest_choice
from ..rules import already_recorded, earliest_free
from ..words import called_off, ended, removed
from .shared import Held, close, hold, opposite, pending, proposal_topic, tell


def end(who: Actor, held: Held, *, effective_from: date | None, last_marked: date | None) -> date | None:
    """End an order so that `effective_from` is the first day without it; that day.

    A proposed order becomes declined, and so does nothing on any day (None). An order that is over, or
    ends earlier anyway, stays as it is (None). Raises 409 `past_cut_off` or `already_recorded`.
    """
    order = held.order
    if order.state == "declined" or held.over:
        return None
    if order.state == "proposed":
        _withdraw_pending(who, order)
        order.state = "declined"
        order.updated_at = now()
        session().flush()
        _tell_ended(who, held, held.today)
        return None
    first = _first_day_without(who, held, effective_from, last_marked)
    last = first - timedelta(days=1)
    if held.last is not None and held.last <= last and pending(order.id) is None:
        return None
    order.ended_on = min(last, held.last) if held.last else last
    order.ended_by, order.ended_at = who.user_id, now()
    _withdraw_pending(who, order)
    order.updated_at = now()
    session().flush()
    _tell_ended(who, held, order.ended_on)
    return first


def _first_day_without(who: Actor, held: Held, effective_from: date | None, last_marked: date | None) -> date:
    earliest = earliest_free(held.today, [last_marked] if last_marked else [])
    if who.role == "vendor":
        first = effective_from or max(held.today + timedelta(days=1), earliest)
    else:
        allowed = max(earliest_choice(who.role, held.vendor.timezone, held.vendor.cut_off), earliest)
        first = effective_from or allowed
        if first < allowed:
            raise Conflict(
                "past_cut_off",
                "It is too late for that day.",
                earliest=allowed.isoformat(),
            )
    if first < earliest:
        raise already_recorded(earliest)
    return first


def _withdraw_pending(who: Actor, order: Order) -> None:
    change = pending(order.id)
    if change is not None:
        close(change, "withdrawn", by=who.user_id)
        notices.mark_topic_read(who.user_id, proposal_topic(order.id))


def _tell_ended(who: Actor, held: Held, last: date) -> None:
    tell(
        held,
        to_role=opposite(who.role),
        kind="order_ended",
        words=partial(ended, who=held.name_of(who.role), item=held.terms.item_name, last=last),
        url=f"/orders/{held.order.id}",
        # The same subject as a proposal: a card that can no longer be answered goes.
        topic=proposal_topic(held.order.id),
    )


def end_all_of(who: Actor, customer_id: int) -> None:
    """A customer leaves the book: today is the last day of their standing orders, what is only proposed
    or asked for and not served yet falls."""
    ids = session().scalars(
        select(Order.id)
        .where(
            Order.customer_id == customer_id,
            Order.order_type_id == SCHEDULED,
            Order.state != "declined",
        )
        .order_by(Order.id)
    )
    for order_id in ids.all():
        held = hold(who, order_id)
        end(who, held, effective_from=held.today + timedelta(days=1), last_marked=None)
    _cancel_requests_of(who, customer_id)


def _cancel_requests_of(who: Actor, customer_id: int) -> None:
    gone = (
        session()
        .execute(
            update(Order)
            .where(
                Order.customer_id == customer_id,
                Order.order_type_id == ON_DEMAND,
                Order.state.in_(("requested", "offered", "accepted")),
            )
            .values(state="cancelled", updated_at=now())
            .returning(Order.id, Order.vendor_id, Order.item_name, Order.start_date)
            .execution_options(synchronize_session=False)
        )
        .all()
    )
    if not gone:
        return
    user_id = session().scalar(select(Customer.user_id).where(Customer.id == customer_id))
    name = session().get_one(Vendor, gone[0].vendor_id).business_name
    tellings = [
        Telling(
            user_id,
            vendor_id=row.vendor_id,
            kind="order_cancelled",
            words=partial(called_off, who=name, item=row.item_name, day=row.start_date),
            url=f"/requests/{row.id}",
            topic=f"order:{row.id}",
            data={"order_id": row.id},
        )
        for row in sorted(gone)
    ]
    notices.mark_topic_read(who.user_id, *(one.topic for one in tellings))
    notices.tell_many(tellings)


def delete_for_good(who: Actor, held: Held) -> None:
    """Remove an order that nothing hangs on; the caller has made sure of that. The other side is told."""
    order_id, url = held.order.id, f"/customers/{held.customer.id}"
    notices.lead_elsewhere([held.vendor.user_id, held.customer.user_id], order_id=order_id, url=url)
    tell(
        held,
        to_role=opposite(who.role),
        kind="order_ended",
        words=partial(removed, who=held.name_of(who.role), item=held.terms.item_name),
        url=url,
        topic=proposal_topic(order_id),
    )
    session().execute(delete(Order).where(Order.id == order_id))
    session().expire_all()
