"""What every verb on an order begins and ends with: hold the row, tell the other side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from ...accounts.models import Vendor
from ...customers.models import Customer
from ...kernel.clock import day_in, now
from ...kernel.database import session
from ...kernel.errors import Conflict, NotFound
from ...notices import service as notices
from ...notices.service import Telling
from ...notices.words import Words
from ..models import SCHEDULED, ChangeRequest, Order
from ..queries import Actor, order_periods, terms_of
from ..rules import Period, Terms, last_day, on_day


@dataclass(frozen=True, slots=True)
class Held:
    """An order whose row this transaction has locked, with what its verbs need to know."""

    order: Order
    customer: Customer
    vendor: Vendor
    periods: list[Period]
    today: date

    @property
    def terms(self) -> Terms:
        """The terms in force today (before the start: the first, before acceptance: as proposed)."""
        period = on_day(self.periods, max(self.today, self.order.start_date))
        return period.terms if period else terms_of(self.order)

    @property
    def last(self) -> date | None:
        return last_day(self.terms.valid_till, self.order.ended_on)

    @property
    def over(self) -> bool:
        """Declined, or past its last day."""
        return self.order.state == "declined" or (
            self.order.state == "active" and self.last is not None and self.last < self.today
        )

    def name_of(self, role: str) -> str:
        """How the other side calls this side."""
        return self.vendor.business_name if role == "vendor" else self.customer.name


def hold(who: Actor, order_id: int) -> Held:
    """Lock a standing order of the caller's side until the transaction ends.

    NotFound when it is not theirs, 409 `wrong_state` for an on-demand order.
    """
    mine = Customer.vendor_id == who.user_id if who.role == "vendor" else Customer.user_id == who.user_id
    row = (
        session()
        .execute(
            select(Order, Customer, Vendor)
            .join(Customer, Customer.id == Order.customer_id)
            .join(Vendor, Vendor.user_id == Order.vendor_id)
            .where(Order.id == order_id, mine)
            .with_for_update(of=Order)
            .execution_options(populate_existing=True)
        )
        .first()
    )
    if row is None:
        raise NotFound()
    order, customer, vendor = row
    if order.order_type_id != SCHEDULED:
        raise Conflict("wrong_state", "This is not a standing order.", status=order.state)
    return Held(order, customer, vendor, order_periods(order), day_in(vendor.timezone))


def hold_change(who: Actor, change_id: int) -> tuple[Held, ChangeRequest]:
    """Lock the order that a change is about, and read the change as it stands then."""
    order_id = session().scalar(select(ChangeRequest.order_id).where(ChangeRequest.id == change_id))
    if order_id is None:
        raise NotFound()
    held = hold(who, order_id)
    change = session().scalar(
        select(ChangeRequest).where(ChangeRequest.id == change_id).execution_options(populate_existing=True)
    )
    if change is None:
        raise NotFound()
    return held, change


def pending(order_id: int) -> ChangeRequest | None:
    """The order's change that waits for an answer, also one past its deadline that no job has seen."""
    return session().scalar(
        select(ChangeRequest)
        .where(ChangeRequest.order_id == order_id, ChangeRequest.status == "pending")
        .execution_options(populate_existing=True)
    )


def close(change: ChangeRequest, status: str, *, by: int | None, at: datetime | None = None) -> None:
    """Give a pending change its end. One past its deadline ends as expired whatever was meant."""
    instant = at or now()
    late = status != "accepted" and change.expires_at <= instant
    change.status = "expired" if late else status
    change.answered_by = None if late else by
    change.answered_at = change.expires_at if late else instant
    session().flush()


def refuse_over(held: Held) -> None:
    if held.over:
        raise Conflict("order_ended", "This order has ended. Propose a new one.")


def tell(held: Held, **what: Any) -> None:
    """A notice about this order to one of its sides, as `telling` takes it."""
    notices.tell_many([telling(held, **what)])


def telling(
    held: Held,
    *,
    to_role: str,
    kind: str,
    words: Words,
    url: str,
    topic: str,
    deadline: datetime | None = None,
    data: dict[str, Any] | None = None,
) -> Telling:
    """What one side of this order is told; nobody, when it has no login."""
    return Telling(
        held.vendor.user_id if to_role == "vendor" else held.customer.user_id,
        vendor_id=held.vendor.user_id,
        kind=kind,
        words=words,
        url=url,
        topic=topic,
        deadline=deadline,
        data={"order_id": held.order.id, **(data or {})},
    )


def proposal_topic(order_id: int) -> str:
    """The subject of everything said about an order's proposals; the newest is what counts."""
    return f"order:{order_id}:proposal"


def opposite(role: str) -> str:
    return "customer" if role == "vendor" else "vendor"
