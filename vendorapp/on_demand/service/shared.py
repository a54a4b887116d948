"""What every verb on an on-demand order begins and ends with: hold the row, tell the other side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy import select

from ...accounts.models import Vendor
from ...customers.models import Customer
from ...kernel.clock import day_in, now
from ...kernel.database import session
from ...kernel.errors import NotFound
from ...ledger.service import Locked, lock_accounts
from ...notices import service as notices
from ...notices.words import Words
from ...orders.models import SCHEDULED, Order
from ...orders.queries import Actor, is_billed, my_orders
from ...orders.queries import find as find_order
from .. import words
from ..models import CustomRecord
from ..queries import goods_of
from ..rules import ACCEPTED, CUSTOMER, OFFERED, REQUESTED, SERVED, VENDOR, Facts, Goods, wrong_state


@dataclass(frozen=True, slots=True)
class Held:
    """An on-demand order whose account (a walk-in has none) and row this transaction has locked.

    `record` is what it came to, once it was served.
    """

    order: Order
    customer: Customer | None
    vendor: Vendor
    account: Locked | None
    record: CustomRecord | None

    @property
    def today(self) -> date:
        return day_in(self.vendor.timezone)

    @property
    def goods(self) -> Goods:
        return goods_of(self.order)

    @property
    def facts(self) -> Facts:
        return Facts(
            state=self.order.state,
            rate=self.order.rate,
            entered=self.order.created_by == self.order.vendor_id,
            disputed=self.record is not None and self.record.disputed,
            served_at=self.record.served_at if self.record else None,
            billed=self.order.state == SERVED and is_billed(self.order.id),
            agreed_quantity=self.record.agreed_quantity if self.record else None,
            linked=self.linked,
        )

    @property
    def linked(self) -> bool:
        """Whether there is a login that can answer."""
        return self.customer is not None and self.customer.user_id is not None

    def closed(self, day: date) -> bool:
        """Whether the month of that day belongs to an account that both sides accepted."""
        return self.account is not None and self.account.closed(day)

    def name_of(self, role: str) -> str:
        """How the other side calls this side."""
        if role == VENDOR or self.customer is None:
            return self.vendor.business_name
        return self.customer.name


def hold(who: Actor, order_id: int) -> Held:
    """Lock the account and the row of an on-demand order of the caller's side.

    NotFound when it is not theirs, 409 `wrong_state` for a standing order.
    """
    known = (
        session()
        .execute(
            select(Order.customer_id, Order.order_type_id)
            .outerjoin(Customer, Customer.id == Order.customer_id)
            .where(Order.id == order_id, my_orders(who))
        )
        .first()
    )
    if known is None:
        raise NotFound()
    if known.order_type_id == SCHEDULED:
        standing = find_order(who, order_id)
        raise wrong_state(standing.status) if standing else NotFound()
    account = None
    if known.customer_id is not None:
        account = lock_accounts([known.customer_id])[known.customer_id]
    row = (
        session()
        .execute(
            select(Order, Customer, Vendor)
            .outerjoin(Customer, Customer.id == Order.customer_id)
            .join(Vendor, Vendor.user_id == Order.vendor_id)
            .where(Order.id == order_id, my_orders(who))
            .with_for_update(of=Order)
            .execution_options(populate_existing=True)
        )
        .first()
    )
    if row is None:
        raise NotFound()
    record = session().scalar(
        select(CustomRecord)
        .where(CustomRecord.order_id == order_id)
        .execution_options(populate_existing=True)
    )
    return Held(*row, account=account, record=record)


def set_goods(order: Order, goods: Goods) -> None:
    order.item, order.item_id = goods.item, goods.item_id
    order.item_name, order.unit = goods.item_name, goods.unit
    order.quantity, order.rate, order.amount = goods.quantity, goods.rate, goods.amount


def become(held: Held, state: str) -> None:
    held.order.state = state
    held.order.updated_at = now()
    session().flush()


def tell_of(who: Actor, held: Held) -> None:
    """The other side hears what the order says now: a request, an offer, or an entry of the vendor's."""
    kind, compose = {
        REQUESTED: ("order_requested", words.requested),
        OFFERED: ("order_offered", words.offered),
        ACCEPTED: ("order_accepted", words.entered),
    }[held.order.state]
    message = partial(
        compose,
        who=held.name_of(who.role),
        goods=held.goods,
        currency=held.vendor.currency,
        day=held.order.start_date,
    )
    tell(who, held, kind, message)


def tell(who: Actor, held: Held, kind: str, message: Words, *, url: str | None = None) -> None:
    """A notice to the side that did not act; whoever acted has nothing left to answer here."""
    order = held.order
    topic = f"order:{order.id}"
    notices.mark_topic_read(who.user_id, topic)
    if who.role == CUSTOMER:
        user_id: int | None = held.vendor.user_id
    else:
        user_id = held.customer.user_id if held.customer else None
    notices.tell(
        user_id,
        vendor_id=order.vendor_id,
        kind=kind,
        words=message,
        url=url or f"/requests/{order.id}",
        topic=topic,
        data={"order_id": order.id},
    )
