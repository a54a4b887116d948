"""A new on-demand order: a customer's request, or what the vendor writes down themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from ...accounts.models import Vendor
from ...customers.models import Customer
from ...kernel.clock import day_in, now
from ...kernel.database import session
from ...kernel.errors import Conflict, Invalid, NotFound
from ...ledger.service import Locked, lock_accounts
from ...orders.models import ON_DEMAND, Order
from ...orders.queries import Actor
from ...orders.service import customer_of
from ..rules import ACCEPTED, REQUESTED, VENDOR, Goods, day_for, entry_faults, rate_required
from .serving import hand_over
from .shared import Held, tell_of


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What is asked for; `day` None means today. `served`: the vendor handed it over already."""

    goods: Goods
    day: date | None = None
    message: str | None = None
    on_behalf_note: str | None = None
    served: bool = False


def enter(who: Actor, new: NewRequest, *, customer_id: int | None, vendor_id: int | None) -> int:
    """A new order; its id. A customer names `vendor_id`; a vendor `customer_id`, or nobody (a walk-in).

    A customer's is requested; a vendor's accepted, or served at once. Raises 422 `rate_required`,
    `date_in_future`, `walkin_must_pay_in_full` or for the day (all at once), NotFound naming the field, 409
    `customer_inactive`, `customer_has_login` (with the note) or `month_closed`.
    """
    by_vendor = who.role == VENDOR
    if by_vendor:
        # Their own zone is known: what is wrong with the day is said before anything is looked up.
        today = day_in(session().get_one(Vendor, who.user_id).timezone)
        faults = entry_faults(new.day, today, served=new.served, walk_in=customer_id is None)
        if new.goods.rate is None:
            faults += rate_required().errors
        if faults:
            raise Invalid(*faults)
    account = _lock_account(who, customer_id) if new.served else None
    customer = None
    if not by_vendor or customer_id is not None:
        customer = customer_of(who, customer_id=customer_id, vendor_id=vendor_id)
    vendor = session().get_one(Vendor, customer.vendor_id if customer else who.user_id)
    day = day_for(new.day, day_in(vendor.timezone), served=new.served)
    if customer is not None:
        _refuse(customer, new.on_behalf_note)
    order = new_order(who, vendor, customer, new, day)
    session().add(order)
    session().flush()
    held = Held(order, customer, vendor, account, None)
    if new.served:
        hand_over(who, held, day)
    else:
        tell_of(who, held)
    return order.id


def _lock_account(who: Actor, customer_id: int | None) -> Locked:
    """The account, before the row of the book and the order. NotFound naming the field."""
    mine = select(Customer.id).where(Customer.id == customer_id, Customer.vendor_id == who.user_id)
    found = session().scalar(mine)
    if found is None:
        raise NotFound("customer_id")
    return lock_accounts([found])[found]


def _refuse(customer: Customer, note: str | None) -> None:
    if customer.status != "active":
        raise Conflict("customer_inactive", "This customer is inactive. Make them active first.")
    if note and customer.user_id is not None:
        raise Conflict("customer_has_login", "This customer can answer for themselves.")


def new_order(who: Actor, vendor: Vendor, customer: Customer | None, new: NewRequest, day: date) -> Order:
    """The row of a new order, not stored yet: a customer's is requested, a vendor's accepted."""
    return Order(
        order_type_id=ON_DEMAND,
        vendor_id=vendor.user_id,
        customer_id=customer.id if customer else None,
        state=ACCEPTED if who.role == VENDOR else REQUESTED,
        item=new.goods.item,
        item_id=new.goods.item_id,
        item_name=new.goods.item_name,
        unit=new.goods.unit,
        quantity=new.goods.quantity,
        rate=new.goods.rate,
        amount=new.goods.amount,
        weekdays=None,
        every=None,
        start_date=day,
        valid_till=None,
        ended_on=None,
        ended_by=None,
        ended_at=None,
        first_night=None,
        scheduled_through=None,
        message=new.message,
        reason=None,
        on_behalf_note=new.on_behalf_note,
        created_by=who.user_id,
        created_at=now(),
        updated_at=now(),
    )
