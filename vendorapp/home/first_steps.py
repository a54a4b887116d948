"""What a new vendor has done already of what makes the book live: a customer, an order, an invite, a yes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from ..customers.models import Customer, Invite
from ..kernel.database import session
from ..orders.models import SCHEDULED, Order


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """`customer_id` and `order_id` are where the next step leads; None while there is none."""

    customer_id: int | None
    order_id: int | None
    invited: bool
    agreed: bool

    @property
    def done(self) -> list[bool]:
        """In the order in which they are shown."""
        return [self.customer_id is not None, self.order_id is not None, self.invited, self.agreed]

    @property
    def next(self) -> int | None:
        """The place of the first step that is not done, counted from 0; None when all are."""
        return next((place for place, done in enumerate(self.done) if not done), None)


def first_steps(vendor_id: int) -> FirstSteps:
    """One query that stops at the first row it finds of each kind, however large the book."""
    own = Customer.vendor_id == vendor_id
    standing = (Order.vendor_id == vendor_id) & (Order.order_type_id == SCHEDULED)
    row = (
        session()
        .execute(
            select(
                select(Customer.id)
                .where(own, Customer.status == "active")
                .order_by(Customer.name, Customer.id)
                .limit(1)
                .scalar_subquery(),
                select(Order.id).where(standing).order_by(Order.id).limit(1).scalar_subquery(),
                select(Invite.id).where(Invite.vendor_id == vendor_id, Invite.revoked_at.is_(None)).exists()
                | select(Customer.id).where(own, Customer.user_id.is_not(None)).exists(),
                select(Order.id).where(standing, Order.state == "active").exists(),
            )
        )
        .one()
    )
    return FirstSteps(*row)
