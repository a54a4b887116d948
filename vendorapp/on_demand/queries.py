"""Reads of on-demand orders beside those of all orders. Each takes who asks, or ids found to be theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from ..accounts.models import Vendor
from ..customers.models import Customer
from ..kernel.clock import day_in, last_of_month, now
from ..kernel.database import session
from ..kernel.money import amount_text, quantity_text
from ..kernel.paging import Page, page
from ..ledger.queries import paid_orders
from ..orders.models import ON_DEMAND, ORDER_TYPES, Order
from ..orders.queries import Actor, my_orders
from . import rules
from .models import CustomRecord
from .rules import ACCEPTED, CANCELLED, DECLINED, OFFERED, OPEN, REQUESTED, SERVED, VENDOR, Facts, Goods


@dataclass(frozen=True, slots=True)
class Extra:
    """Something to hand over beside the regular orders; `quantity` in thousandths."""

    order_id: int
    customer_id: int
    customer_name: str
    item_name: str
    unit: str | None
    quantity: int
    stop_order: int | None


@dataclass(frozen=True, slots=True)
class RequestView:
    """An on-demand order as its page shows it; money in minor units, None while the price is open.

    `day` is the one it is for, or was served on. A walk-in's has no customer, and an empty name.
    `linked`: the customer has a login to answer with. `agreed_quantity` (thousandths) is what both had
    accepted, when another quantity was served. `paid`: nothing is open on it any more.
    """

    id: int
    vendor_id: int
    customer_id: int | None
    customer_name: str
    business_name: str
    linked: bool
    goods: Goods
    amount: int | None
    day: date
    state: str
    disputed: bool
    served_at: datetime | None
    agreed_quantity: int | None
    paid: bool
    message: str | None
    reason: str | None
    on_behalf_note: str | None
    created_by: int
    created_at: datetime
    updated_at: datetime
    currency: str
    timezone: str

    @property
    def entered(self) -> bool:
        """The vendor wrote it down themselves."""
        return self.created_by == self.vendor_id

    @property
    def facts(self) -> Facts:
        return Facts(
            self.state,
            self.goods.rate,
            self.entered,
            self.disputed,
            self.served_at,
            self.agreed_quantity,
            self.linked,
        )

    @property
    def today(self) -> date:
        return day_in(self.timezone)

    @property
    def seen(self) -> dict[str, str]:
        """The price (unless it is open) and the quantity, as an answer sends back what it saw of them."""
        found = {"quantity": quantity_text(self.goods.quantity)}
        if self.goods.rate is not None:
            found["rate"] = amount_text(self.goods.rate, self.currency)
        return found

    @property
    def can_contradict(self) -> bool:
        """Whether the customer may still say that it is not right."""
        return rules.may_dispute(self.facts, rules.CUSTOMER) and rules.in_time(self.facts, now())


def kind_of(who: Actor, order_id: int) -> str | None:
    """``scheduled`` or ``on_demand``; None when it is no order of the caller's side."""
    number = session().scalar(
        select(Order.order_type_id)
        .outerjoin(Customer, Customer.id == Order.customer_id)
        .where(Order.id == order_id, my_orders(who))
    )
    return None if number is None else ORDER_TYPES[number]


def _statement(who: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(Order, CustomRecord, Vendor, Customer.name, Customer.user_id)
        .outerjoin(Customer, Customer.id == Order.customer_id)
        .join(Vendor, Vendor.user_id == Order.vendor_id)
        .outerjoin(CustomRecord, CustomRecord.order_id == Order.id)
        .where(Order.order_type_id == ON_DEMAND, my_orders(who))
    )


def _views(rows: Sequence[Any]) -> list[RequestView]:
    paid = paid_orders([row[0].id for row in rows]) if rows else set()
    return [_view(row, row[0].id in paid) for row in rows]


def goods_of(order: Order) -> Goods:
    """What an on-demand order is about."""
    return Goods(order.item_name, order.unit, order.quantity, order.rate, order.item, order.item_id)


def _view(row: Any, paid: bool) -> RequestView:
    order, record, vendor, name, login = row[:5]
    return RequestView(
        id=order.id,
        vendor_id=order.vendor_id,
        customer_id=order.customer_id,
        customer_name=name or "",
        business_name=vendor.business_name,
        linked=login is not None,
        goods=goods_of(order),
        amount=order.amount,
        day=order.start_date,
        state=order.state,
        disputed=record is not None and record.disputed,
        served_at=record.served_at if record else None,
        agreed_quantity=record.agreed_quantity if record else None,
        paid=paid,
        message=order.message,
        reason=order.reason,
        on_behalf_note=order.on_behalf_note,
        created_by=order.created_by,
        created_at=order.created_at,
        updated_at=order.updated_at,
        currency=vendor.currency,
        timezone=vendor.timezone,
    )


def find(who: Actor, order_id: int) -> RequestView | None:
    """One on-demand order of the caller's side, None when there is none such."""
    rows = session().execute(_statement(who).where(Order.id == order_id)).all()
    return _views(rows)[0] if rows else None


def _part(who: Actor, part: str) -> ColumnElement[bool]:
    """The condition of one part of a side's requests."""
    mine, theirs = (REQUESTED, OFFERED) if who.role == VENDOR else (OFFERED, REQUESTED)
    return {
        "answer": Order.state == mine,
        "accepted": Order.state == ACCEPTED,
        "disputed": and_(Order.state == SERVED, CustomRecord.disputed),
        "asked": Order.state == theirs,
        "past": or_(
            Order.state.in_((DECLINED, CANCELLED)), and_(Order.state == SERVED, ~CustomRecord.disputed)
        ),
    }[part]


PARTS = ("answer", "accepted", "disputed", "asked", "past")


def requests(who: Actor, part: str, *, limit: int, cursor: str | None = None) -> Page[RequestView]:
    """One part of the caller's on-demand orders: what waits for their answer (`answer`), what is to be
    handed over (`accepted`, by its day), what is not agreed (`disputed`), what waits for the other side
    (`asked`), and what is over (`past`)."""
    keys: list[tuple[Any, type]] = [(Order.id, int)]
    if part == "accepted":
        keys.insert(0, (Order.start_date, date))
    found = page(
        f"requests:{part}",
        _statement(who).where(_part(who, part)),
        keys,
        limit=limit,
        cursor=cursor,
        descending=part != "accepted",
    )
    return Page(_views(found.items), found.next)


def of_month(who: Actor, customer_id: int, month: date) -> list[RequestView]:
    """A customer's on-demand orders of one month, by day; those that came to nothing are left out."""
    rows = session().execute(
        _statement(who)
        .where(
            Order.customer_id == customer_id,
            Order.state.in_((*OPEN, SERVED)),
            Order.start_date.between(month, last_of_month(month)),
        )
        .order_by(Order.start_date, Order.id)
    )
    return _views(rows.all())


def accepted_on(vendor_id: int, day: date) -> list[Extra]:
    """What was accepted for `day`, or for an earlier one, and not handed over yet, in walking order.

    A walk-in's is left out: there is no door to bring it to.
    """
    rows = session().execute(
        select(
            Order.id,
            Customer.id,
            Customer.name,
            Order.item_name,
            Order.unit,
            Order.quantity,
            Customer.stop_order,
        )
        .join(Customer, Customer.id == Order.customer_id)
        .where(
            Order.vendor_id == vendor_id,
            Order.order_type_id == ON_DEMAND,
            Order.state == ACCEPTED,
            Order.start_date <= day,
        )
        .order_by(Customer.stop_order.asc().nulls_last(), Customer.name, Customer.id, Order.id)
    )
    return [Extra(*row) for row in rows]
