"""Propose an order, propose a change of its terms. Nothing holds before the other side says yes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from ...accounts.models import Vendor
from ...customers.models import Customer
from ...kernel.clock import day_in, now
from ...kernel.database import session
from ...kernel.errors import Conflict, NotFound, invalid
from ...notices import service as notices
from ...notices.service import Telling
from ..models import SCHEDULED, ChangeRequest, Order
from ..queries import Actor, carried, terms_of
from ..rules import PROPOSAL_LASTS, TERM_FIELDS, Terms, already_recorded, change_of_accepted
from ..words import proposed
from .answering import confirm_for
from .shared import Held, close, hold, opposite, pending, proposal_topic, refuse_over, telling


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What an order is proposed with; `start_date` None means today."""

    terms: Terms
    start_date: date | None
    message: str | None
    on_behalf_note: str | None
    item: str | None = None
    item_id: int | None = None


def propose_order(who: Actor, customer: Customer, new: NewOrder) -> int:
    """A proposed order and its change; the id of the order.

    With `on_behalf_note` a vendor confirms for a customer without a login, at once. Raises 409
    `customer_inactive` or `customer_has_login`, 422 when the order would end before it begins.
    """
    vendor = session().get_one(Vendor, customer.vendor_id)
    _refuse_inactive(customer.status)
    refuse_note_with_login(customer, new.on_behalf_note)
    start = new.start_date or day_in(vendor.timezone)
    if new.terms.valid_till and new.terms.valid_till < start:
        raise invalid("valid_till", "The order would end before it begins.")
    order = Order(
        order_type_id=SCHEDULED,
        vendor_id=customer.vendor_id,
        customer_id=customer.id,
        state="proposed",
        item=new.item,
        item_id=new.item_id,
        item_name=new.terms.item_name,
        unit=new.terms.unit,
        quantity=new.terms.quantity,
        rate=new.terms.rate,
        amount=new.terms.amount,
        weekdays=list(new.terms.weekdays),
        every=new.terms.every,
        start_date=start,
        valid_till=new.terms.valid_till,
        ended_on=None,
        ended_by=None,
        ended_at=None,
        first_night=None,
        scheduled_through=None,
        message=None,
        reason=None,
        on_behalf_note=None,
        created_by=who.user_id,
        created_at=now(),
        updated_at=now(),
    )
    session().add(order)
    session().flush()
    carries = {name: getattr(new.terms, name) for name in TERM_FIELDS}
    change = _request(who, order, "new", carries, start, new.message, new.on_behalf_note)
    change.item, change.item_id = new.item, new.item_id
    held = hold(who, order.id)
    if new.on_behalf_note:
        confirm_for(who, held, change, last_marked=None)
    else:
        notices.tell_many([asking(who, held, change)])
    return order.id


def propose_change(
    who: Actor,
    held: Held,
    changes: dict[str, Any],
    *,
    effective_from: date | None,
    message: str | None,
    on_behalf_note: str | None,
    last_marked: date | None,
    item: tuple[str, int] | None = None,
) -> ChangeRequest:
    """A change of the fields in `changes`, in place of whatever was pending on the order.

    `item` says which kind and id of the catalogue its new name stands for; another name in free text is
    no item of it.

    On an order that is still only proposed this is the counter-offer, and `effective_from` its start.
    Raises 409 `order_ended`, `customer_inactive`, `already_recorded` (with `earliest`) or
    `customer_has_login`, 422 when nothing would change.
    """
    refuse_over(held)
    # Read again: whoever ended the customer held the order until now.
    _refuse_inactive(session().scalar(select(Customer.status).where(Customer.id == held.customer.id)))
    waiting = pending(held.order.id)
    if held.order.state == "proposed" and (waiting is None or waiting.expires_at <= now()):
        raise Conflict("order_ended", "This proposal was not answered in time. Propose a new order.")
    refuse_note_with_login(held.customer, on_behalf_note)
    is_new = held.order.state == "proposed"
    if is_new and waiting is not None:
        day = effective_from or held.order.start_date
        # A counter-offer may also go back to what was proposed first.
        base, asked = terms_of(held.order), terms_of(held.order).with_(carried(waiting))
        moved = effective_from is not None and {held.order.start_date, waiting.effective_from} != {day}
        carries = base.changed(changes) | asked.changed(changes)
        if not (carries or moved or on_behalf_note):
            raise invalid("", "Nothing would change.")
    else:
        day, carries = change_of_accepted(
            held.periods,
            changes,
            today=held.today,
            last_marked=last_marked,
            effective_from=effective_from,
        )
    _check_end(
        held,
        carries.get("valid_till"),
        start=day if is_new else held.order.start_date,
        last_marked=last_marked,
    )
    if waiting is not None:
        close(waiting, "superseded", by=who.user_id)
        # Whoever says something else has answered what they were asked.
        notices.mark_topic_read(who.user_id, proposal_topic(held.order.id))
    kind = "new" if is_new else "update"
    change = _request(who, held.order, kind, carries, day, message, on_behalf_note)
    if item is not None:
        change.item, change.item_id = item
    elif is_new and "item_name" not in carries:
        change.item, change.item_id = held.order.item, held.order.item_id
    session().flush()
    held.order.updated_at = now()
    if on_behalf_note:
        confirm_for(who, held, change, last_marked=last_marked)
    else:
        notices.tell_many([asking(who, held, change)])
    return change


def _check_end(held: Held, valid_till: date | None, *, start: date, last_marked: date | None) -> None:
    if valid_till is None:
        return
    if last_marked is not None and valid_till < last_marked:
        raise already_recorded(last_marked)
    if valid_till < start:
        raise invalid("valid_till", "The order would end before it begins.")
    if held.order.state == "active" and valid_till < held.today - timedelta(days=1):
        raise invalid("valid_till", "This day is over.")


def _refuse_inactive(status: str | None) -> None:
    if status != "active":
        raise Conflict("customer_inactive", "This customer is inactive. Make them active first.")


def refuse_note_with_login(customer: Customer, note: str | None) -> None:
    if note and customer.user_id is not None:
        raise Conflict("customer_has_login", "This customer can answer for themselves.")


def _request(
    who: Actor,
    order: Order,
    kind: str,
    carries: dict[str, Any],
    day: date,
    message: str | None,
    note: str | None,
) -> ChangeRequest:
    values = {name: carries.get(name) for name in TERM_FIELDS}
    if values["weekdays"] is not None:
        values["weekdays"] = list(values["weekdays"])
    change = ChangeRequest(
        order_id=order.id,
        rate_proposal_id=None,
        item=None,
        item_id=None,
        vendor_id=order.vendor_id,
        customer_id=order.customer_id,
        kind=kind,
        proposed_by=who.user_id,
        proposed_side=who.role,
        effective_from=day,
        status="pending",
        message=message,
        on_behalf_note=note,
        answered_by=None,
        answered_at=None,
        expires_at=now() + PROPOSAL_LASTS,
        created_at=now(),
        **values,
    )
    session().add(change)
    session().flush()
    return change


def asking(who: Actor, held: Held, change: ChangeRequest) -> Telling:
    """What the other side hears of a new proposal."""
    return telling(
        held,
        to_role=opposite(who.role),
        kind="change_proposed",
        words=partial(
            proposed,
            who=held.name_of(who.role),
            old=terms_of(held.order) if change.kind == "new" else held.terms,
            changes=carried(change),
            is_new=change.kind == "new",
            day=change.effective_from,
            currency=held.vendor.currency,
        ),
        url=f"/changes/{change.id}",
        # One subject an order: a newer proposal takes the place of the older on the phone.
        topic=proposal_topic(held.order.id),
        deadline=change.expires_at,
        data={"change_id": change.id},
    )


def customer_of(who: Actor, *, customer_id: int | None, vendor_id: int | None) -> Customer:
    """The row of the book that a new order is for, locked against being made inactive meanwhile.

    A vendor names `customer_id`, a customer `vendor_id`; NotFound names the field.
    """
    if who.role == "vendor":
        field, found = (
            "customer_id",
            (Customer.id == customer_id, Customer.vendor_id == who.user_id),
        )
    else:
        field, found = (
            "vendor_id",
            (Customer.vendor_id == vendor_id, Customer.user_id == who.user_id),
        )
    row = session().scalar(select(Customer).where(*found).with_for_update(read=True))
    if row is None:
        raise NotFound(field)
    return row
