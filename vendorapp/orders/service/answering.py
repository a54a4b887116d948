"""Accept, decline, withdraw, let lapse: how a proposal ends. One of them wins, the rest hear 409."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from sqlalchemy import select

from ...accounts.models import Vendor
from ...customers.models import Customer
from ...kernel.clock import day_in, now
from ...kernel.database import session
from ...kernel.errors import Conflict, Forbidden
from ...kernel.jobs import nudge
from ...kernel.said import said
from ...notices import service as notices
from ...notices.service import Telling
from ..models import ChangeRequest, Order
from ..queries import Actor, carried, order_periods, rule_versions, terms_of, versions
from ..rules import TERM_FIELDS, earliest_free, effective_day
from ..words import answered, expired, withdrawn
from .holidays import join_holidays
from .shared import Held, close, opposite, proposal_topic, tell, telling
from .versions import Agreed, append_versions

LAPSES_A_RUN = 500
ANSWERED = {
    "accepted": said("This change is accepted."),
    "declined": said("This change is declined."),
    "withdrawn": said("This change is withdrawn."),
    "expired": said("This change is expired."),
    "superseded": said("This change is superseded."),
}


def accept(who: Actor, held: Held, change: ChangeRequest, *, last_marked: date | None) -> None:
    """The other side's yes. Raises 403 `not_yours_to_answer`, 409 `already_answered` or, when the change
    would end the order before a day marked meanwhile, `already_recorded`."""
    _may_answer(who, change)
    _still_pending(change)
    _take_effect(who, held, change, last_marked=last_marked)
    _tell_answer(who, held, change, accepted=True)


def confirm_for(who: Actor, held: Held, change: ChangeRequest, *, last_marked: date | None) -> None:
    """The vendor's yes on behalf of a customer without a login; the change carries the note."""
    _take_effect(who, held, change, last_marked=last_marked)


def decline(who: Actor, held: Held, change: ChangeRequest) -> None:
    """The other side's no; the terms stay, a new order is declined."""
    _may_answer(who, change)
    _still_pending(change)
    close(change, "declined", by=who.user_id)
    _decline_new(held.order, change)
    _tell_answer(who, held, change, accepted=False)


def withdraw(who: Actor, held: Held, change: ChangeRequest) -> None:
    """The proposer takes it back. Raises 403 for the other side, 409 `already_answered`."""
    if change.proposed_side != who.role:
        raise Forbidden("not_yours_to_answer", "Only the side that proposed can take it back.")
    _still_pending(change)
    close(change, "withdrawn", by=who.user_id)
    _decline_new(held.order, change)
    tell(
        held,
        to_role=opposite(who.role),
        kind="change_withdrawn",
        words=partial(withdrawn, who=held.name_of(who.role), item=held.terms.item_name),
        url=f"/orders/{held.order.id}",
        topic=proposal_topic(held.order.id),
    )


def _may_answer(who: Actor, change: ChangeRequest) -> None:
    if change.proposed_side == who.role:
        raise Forbidden("not_yours_to_answer", "The other side answers this.")


def _still_pending(change: ChangeRequest) -> None:
    status = change.status
    if status == "pending" and change.expires_at <= now():
        status = "expired"
    if status != "pending":
        raise Conflict("already_answered", ANSWERED[status], status=status)


def _decline_new(order: Order, change: ChangeRequest) -> None:
    order.updated_at = now()
    if change.kind == "new":
        order.state = "declined"
    session().flush()


def _take_effect(who: Actor, held: Held, change: ChangeRequest, *, last_marked: date | None) -> None:
    """Append the version that `change` brings and work out the periods again."""
    order = held.order
    carries = carried(change)
    if change.kind == "update":
        earliest = earliest_free(held.today, [last_marked] if last_marked else [])
        change.effective_from = effective_day(change.effective_from, earliest=earliest)
        till = carries.get("valid_till")
        if till is not None and last_marked is not None and till < last_marked:
            raise Conflict(
                "already_recorded",
                "Days after that end are already marked.",
                earliest=last_marked.isoformat(),
            )
    else:
        # The counter-offer lies over what the order was first proposed with.
        carries = {name: getattr(terms_of(order).with_(carries), name) for name in TERM_FIELDS}
        order.start_date = change.effective_from
        order.state = "active"
        order.first_night = max(order.start_date, held.today)
        order.scheduled_through = order.first_night - timedelta(days=1)
        for name, value in carries.items():
            setattr(order, name, list(value) if name == "weekdays" else value)
        order.amount = terms_of(order).amount
    if change.item is not None or "item_name" in carries:
        order.item, order.item_id = change.item, change.item_id
    if "valid_till" in carries and change.kind == "update":
        order.ended_on = order.ended_by = order.ended_at = None  # the newer agreement about the end counts
    close(change, "accepted", by=who.user_id)
    before = rule_versions(versions([order.id]).get(order.id, []))
    agreed = Agreed(order.id, order.start_date, before, carries, change.effective_from, change.on_behalf_note)
    append_versions([agreed], accepted_by=who.user_id)
    if change.kind == "update" and order.scheduled_through is None:
        # No night looked at it any more: its end had come. The new terms may give it days again.
        order.scheduled_through = held.today
    order.updated_at = now()
    session().flush()
    if change.kind == "new":
        join_holidays(held)
    nudge("records.schedule", order.vendor_id)


def _tell_answer(who: Actor, held: Held, change: ChangeRequest, *, accepted: bool) -> None:
    # Whoever answered has nothing left to answer: their own notice counts as read.
    notices.mark_topic_read(who.user_id, proposal_topic(held.order.id))
    tell(
        held,
        to_role=change.proposed_side,
        kind="change_accepted" if accepted else "change_declined",
        words=partial(
            answered,
            who=held.name_of(who.role),
            item=held.terms.item_name,
            accepted=accepted,
            day=change.effective_from,
        ),
        url=f"/orders/{held.order.id}",
        topic=f"change:{change.id}",
        data={"change_id": change.id},
    )


def expire_changes() -> int:
    """End the proposals whose deadline has passed, and tell both sides; how many.

    The deadline counts without this job: it only writes down what every read already says.
    """
    late = (
        session()
        .execute(
            select(Order, Customer, Vendor, ChangeRequest.id)
            .join(ChangeRequest, ChangeRequest.order_id == Order.id)
            .join(Customer, Customer.id == Order.customer_id)
            .join(Vendor, Vendor.user_id == Order.vendor_id)
            .where(ChangeRequest.status == "pending", ChangeRequest.expires_at <= now())
            .order_by(Order.id)
            .limit(LAPSES_A_RUN)
            .with_for_update(of=Order, skip_locked=True)
        )
        .all()
    )
    tellings: list[Telling] = []
    done = 0
    for order, customer, vendor, change_id in late:
        change = session().scalar(
            select(ChangeRequest)
            .where(ChangeRequest.id == change_id)
            .execution_options(populate_existing=True)
        )
        if change is None or change.status != "pending":
            continue
        close(change, "expired", by=None)
        _decline_new(order, change)
        held = Held(order, customer, vendor, order_periods(order), day_in(vendor.timezone))
        words = partial(expired, item=held.terms.item_name)
        tellings += [
            telling(
                held,
                to_role=role,
                kind="change_expired",
                words=words,
                url=f"/orders/{order.id}",
                topic=proposal_topic(order.id),
            )
            for role in ("vendor", "customer")
        ]
        done += 1
    notices.tell_many(tellings)
    return done
