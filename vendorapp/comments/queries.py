"""Reads of comments. Both sides of the account see them; a walk-in's order has one side only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Select, cast, func, literal, null, or_, select

from ..accounts.models import Vendor
from ..customers.models import Customer
from ..kernel.clock import now
from ..kernel.database import session
from ..kernel.paging import Page, page
from ..orders.models import ORDER_TYPES, Order, OrderPeriod
from ..orders.queries import Actor, my_orders
from ..records.models import Record
from .models import Comment


@dataclass(frozen=True, slots=True)
class Subject:
    """What is talked about: an order, or one delivery of it (`record_id`, `date`).

    `customer_id` is None for a walk-in's order, `customer_user_id` for a row without a login.
    """

    order_id: int
    record_id: int | None
    date: date | None
    order_type: str
    item_name: str
    vendor_id: int
    business_name: str
    customer_id: int | None
    customer_name: str
    customer_user_id: int | None
    timezone: str

    @property
    def topic(self) -> str:
        """The subject of notices about it."""
        return f"comments:record:{self.record_id}" if self.record_id else f"comments:order:{self.order_id}"

    @property
    def path(self) -> str:
        """The page on which both sides talk about it."""
        if self.date is not None:
            return f"/orders/{self.order_id}/day?date={self.date}"
        return f"/{'orders' if self.order_type == 'scheduled' else 'requests'}/{self.order_id}"

    def name_of(self, role: str) -> str:
        """What a side is called in this account."""
        return self.business_name if role == "vendor" else self.customer_name

    def other_login(self, role: str) -> int | None:
        """The login of the side that is not `role`, None where there is none."""
        return self.customer_user_id if role == "vendor" else self.vendor_id


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment as both sides read it; `author` is what the writer's side is called in this account."""

    id: int
    order_id: int | None
    record_id: int | None
    user_id: int
    author: str
    content: str
    created_at: datetime
    edited_at: datetime | None


def subject_statement(who: Actor, *, order_id: int | None, record_id: int | None) -> Select[*tuple[Any, ...]]:
    """The order, or the record with its order, when it is of the caller's side."""
    today = cast(func.timezone(Vendor.timezone, literal(now())), Date)
    item_today = (
        select(OrderPeriod.item_name)
        .where(
            OrderPeriod.order_id == Order.id,
            OrderPeriod.starts_on <= func.greatest(today, Order.start_date),
        )
        .order_by(OrderPeriod.starts_on.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        select(
            Order.id,
            Order.order_type_id,
            func.coalesce(item_today, Order.item_name).label("item_name"),
            Order.vendor_id,
            Order.customer_id,
            Vendor.business_name,
            Vendor.timezone,
            Customer.name.label("customer_name"),
            Customer.user_id.label("customer_user_id"),
        )
        .join(Vendor, Vendor.user_id == Order.vendor_id)
        .outerjoin(Customer, Customer.id == Order.customer_id)
        .where(my_orders(who))
    )
    if record_id is None:
        nothing = (null().label("record_id"), null().label("date"), null().label("delivered"))
        return statement.add_columns(*nothing).where(Order.id == order_id)
    return (
        statement.add_columns(Record.id.label("record_id"), Record.date, Record.item_name.label("delivered"))
        .join(Record, Record.order_id == Order.id)
        .where(Record.id == record_id)
    )


def subject_of(row: Any) -> Subject:
    """A row of `subject_statement`."""
    return Subject(
        order_id=row.id,
        record_id=row.record_id,
        date=row.date,
        order_type=ORDER_TYPES[row.order_type_id],
        item_name=row.delivered or row.item_name,
        vendor_id=row.vendor_id,
        business_name=row.business_name,
        customer_id=row.customer_id,
        customer_name=row.customer_name or "",
        customer_user_id=row.customer_user_id,
        timezone=row.timezone,
    )


def subject(who: Actor, *, order_id: int | None = None, record_id: int | None = None) -> Subject | None:
    """What one of the two ids names, None when it is not of the caller's side."""
    row = session().execute(subject_statement(who, order_id=order_id, record_id=record_id)).first()
    return subject_of(row) if row else None


def statement(who: Actor) -> Select[*tuple[Any, ...]]:
    """Comments on what is of the caller's side, with the names of both sides."""
    return (
        select(Comment, Order.vendor_id, Vendor.business_name, Customer.name)
        .outerjoin(Record, Record.id == Comment.record_id)
        .join(Order, Order.id == func.coalesce(Comment.order_id, Record.order_id))
        .join(Vendor, Vendor.user_id == Order.vendor_id)
        .outerjoin(Customer, Customer.id == Order.customer_id)
        .where(my_orders(who))
    )


def view(row: Sequence[Any]) -> CommentView:
    """A row of `statement`."""
    comment, vendor_id, business_name, customer_name = row[:4]
    return CommentView(
        id=comment.id,
        order_id=comment.order_id,
        record_id=comment.record_id,
        user_id=comment.user_id,
        author=business_name if comment.user_id == vendor_id else customer_name,
        content=comment.content,
        created_at=comment.created_at,
        edited_at=comment.edited_at,
    )


def find(who: Actor, comment_id: int) -> CommentView | None:
    """One comment of the caller's accounts, None when there is none such."""
    row = session().execute(statement(who).where(Comment.id == comment_id)).first()
    return view(row) if row else None


def _about(order_id: int | None, record_id: int | None) -> Any:
    return or_(
        *(
            column == number
            for column, number in ((Comment.order_id, order_id), (Comment.record_id, record_id))
            if number is not None
        )
    )


def list_comments(
    who: Actor,
    *,
    order_id: int | None = None,
    record_id: int | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[CommentView]:
    """What was said about one order or one record, oldest first; nothing when it is not the caller's."""
    query = statement(who).where(_about(order_id, record_id))
    return page("comments", query, [(Comment.id, int)], limit=limit, cursor=cursor).map(view)


def newest(
    who: Actor, *, order_id: int | None = None, record_id: int | None = None, limit: int
) -> Page[CommentView]:
    """The last words said about one order or one record, the newest first."""
    query = statement(who).where(_about(order_id, record_id))
    return page("comments.newest", query, [(Comment.id, int)], limit=limit, cursor=None, descending=True).map(
        view
    )
