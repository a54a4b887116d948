"""Reads of vendors' books. A vendor sees the rows of their own book, a customer the rows linked to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select
from sqlalchemy.orm import aliased

from ..accounts.models import User
from ..accounts.queries import Business, Caller, businesses
from ..accounts.rules import token_hash
from ..kernel.clock import now
from ..kernel.database import session
from ..kernel.paging import Page, page
from ..ledger.models import Account
from ..notices.models import Notice, PushDelivery
from . import rules
from .models import Customer, Invite

UNREACHED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CustomerView:
    """One row of a vendor's book; `user_id` is the linked login, None without one."""

    customer_id: int
    vendor_id: int
    user_id: int | None
    name: str
    phone_number: str
    email: str | None
    address: str | None
    notes: str | None
    stop_order: int | None
    pay_day: int | None
    status: str
    created_at: datetime

    @property
    def active(self) -> bool:
        return self.status == "active"

    @property
    def linked(self) -> bool:
        return self.user_id is not None


@dataclass(frozen=True, slots=True)
class VendorOfLogin:
    """A vendor as one of their linked customers sees them: the row about the login, and the business."""

    customer: CustomerView
    business: Business
    phone_number: str | None


@dataclass(frozen=True, slots=True)
class UnreachedView:
    """A customer whose devices took nothing of what is new to them: the latest of it, and how much more."""

    customer_id: int
    name: str
    phone_number: str
    title: str
    at: datetime
    more: int


@dataclass(frozen=True, slots=True)
class InviteView:
    """An open invite as the person holding the link may see it, before anything is linked."""

    vendor_id: int
    customer_id: int
    business_name: str
    name: str
    expires_at: datetime


def view(row: Customer) -> CustomerView:
    """The row as other rooms see it."""
    return CustomerView(
        customer_id=row.id,
        vendor_id=row.vendor_id,
        user_id=row.user_id,
        name=row.name,
        phone_number=row.phone_number,
        email=row.email,
        address=row.address,
        notes=row.notes,
        stop_order=row.stop_order,
        pay_day=row.pay_day,
        status=row.status,
        created_at=row.created_at,
    )


def _one(query: Select[Customer]) -> CustomerView | None:
    row = session().scalar(query)
    return view(row) if row else None


def find(caller: Caller, customer_id: int) -> CustomerView | None:
    """The row, when it is the calling vendor's own or the one linked to the calling customer."""
    owner = Customer.vendor_id if caller.is_vendor else Customer.user_id
    return _one(select(Customer).where(Customer.id == customer_id, owner == caller.user_id))


def for_vendor(vendor_id: int, customer_id: int) -> CustomerView | None:
    """The row, when it stands in this vendor's book."""
    return _one(select(Customer).where(Customer.id == customer_id, Customer.vendor_id == vendor_id))


def row_of_login(user_id: int, vendor_id: int) -> int | None:
    """The id of the row in this vendor's book that is linked to this login, None without one."""
    return session().scalar(
        select(Customer.id).where(Customer.user_id == user_id, Customer.vendor_id == vendor_id)
    )


def vendors_of(user_id: int, vendor_id: int | None = None) -> list[VendorOfLogin]:
    """The vendors that this login is linked to (or that one of them), oldest link first."""
    query = (
        select(Customer, User.phone_number)
        .join(User, User.id == Customer.vendor_id)
        .where(Customer.user_id == user_id)
        .order_by(Customer.id)
    )
    if vendor_id is not None:
        query = query.where(Customer.vendor_id == vendor_id)
    rows = session().execute(query).all()
    found = businesses({customer.vendor_id for customer, _ in rows})
    return [VendorOfLogin(view(customer), found[customer.vendor_id], phone) for customer, phone in rows]


def book(
    vendor_id: int,
    *,
    status: str,
    q: str | None,
    sort: str,
    limit: int,
    cursor: str | None,
) -> Page[CustomerView]:
    """One page of a vendor's book.

    `status` is a status or ``all``; `q` looks into names and phones; `sort` is ``name``, ``stop_order``
    (rows without one last) or ``balance`` (who owes most first).
    """
    query = select(Customer).where(Customer.vendor_id == vendor_id)
    if status != "all":
        query = query.where(Customer.status == status)
    if q:
        query = query.where(_matches(q))
    keys: list[tuple[ColumnElement[Any], type]] = [
        (Customer.name.expression, str),
        (Customer.id.expression, int),
    ]
    if sort == "stop_order":
        keys.insert(0, (func.coalesce(Customer.stop_order, rules.LAST_STOP + 1), int))
    elif sort == "balance":
        query = query.join(Account, Account.customer_id == Customer.id)
        keys.insert(0, (-Account.balance, int))
    found = page(f"customers:{sort}", query, keys, limit=limit, cursor=cursor)
    return found.map(lambda row: view(row.Customer))


def _matches(q: str) -> ColumnElement[bool]:
    named = Customer.name.icontains(q, autoescape=True)
    digits = rules.phone_digits(q)
    return or_(named, Customer.phone_number.contains(digits)) if digits else named


def unreached(vendor_id: int, *, limit: int = 50, cursor: str | None = None) -> Page[UnreachedView]:
    """Whom the vendor had better ring up: a page of customers, the latest news first.

    Of the last 30 days it is what no device of theirs took (every push of it was given up, or its time was
    over first), what they have not read in the inbox either, and what no newer news has replaced.
    """
    each = (
        select(Customer.id, func.max(Notice.id).label("latest"), func.count().label("many"))
        .join(Notice, and_(Notice.vendor_id == Customer.vendor_id, Notice.user_id == Customer.user_id))
        .where(Customer.vendor_id == vendor_id, *_unheard())
        .group_by(Customer.id)
        .subquery()
    )
    query = (
        select(
            Customer.id, Customer.name, Customer.phone_number, Notice.title, Notice.created_at, each.c.many
        )
        .join(each, each.c.id == Customer.id)
        .join(Notice, Notice.id == each.c.latest)
    )
    found = page("unreached", query, [(each.c.latest, int)], limit=limit, cursor=cursor, descending=True)
    return found.map(
        lambda row: UnreachedView(row.id, row.name, row.phone_number, row.title, row.created_at, row.many - 1)
    )


def any_unreached(vendor_id: int) -> bool:
    """Whether `unreached` has anybody."""
    query = (
        select(Customer.id)
        .join(Notice, and_(Notice.vendor_id == Customer.vendor_id, Notice.user_id == Customer.user_id))
        .where(Customer.vendor_id == vendor_id, *_unheard())
    )
    return bool(session().scalar(select(query.exists())))


def _unheard() -> tuple[ColumnElement[bool], ...]:
    """Of a customer's `Notice`: it is new to them, and no device took it."""
    its = PushDelivery.notice_id == Notice.id
    newer = aliased(Notice)
    return (
        Notice.created_at > now() - UNREACHED_FOR,
        Notice.read_at.is_(None),
        Notice.answered_at.is_(None),
        exists().where(its, PushDelivery.status.in_(("dead", "expired"))),
        not_(exists().where(its, PushDelivery.status.in_(("waiting", "sent")))),
        not_(
            exists().where(newer.user_id == Notice.user_id, newer.topic == Notice.topic, newer.id > Notice.id)
        ),
    )


def open_invite(token: str) -> InviteView | None:
    """The invite behind a link, while it can still be accepted; whoever holds the link may see it."""
    row = (
        session()
        .execute(
            select(Invite, Customer.name)
            .join(Customer, Customer.id == Invite.customer_id)
            .where(
                Invite.token_hash == token_hash(token),
                Invite.used_at.is_(None),
                Invite.revoked_at.is_(None),
                Invite.expires_at > now(),
            )
        )
        .first()
    )
    if row is None:
        return None
    invite, name = row
    vendor = businesses({invite.vendor_id})[invite.vendor_id]
    return InviteView(invite.vendor_id, invite.customer_id, vendor.business_name, name, invite.expires_at)
