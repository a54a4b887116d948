"""What the pages of money show beside the papers and payments themselves: names, and what a line is about.

Ids that come in were found to be the caller's. Money is in minor units, quantities in thousandths.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, Text, and_, cast, func, literal, null, select, tuple_, union_all

from ...accounts.models import User, Vendor
from ...catalogue.models import Package, Product, Service
from ...customers.models import Customer
from ...kernel.database import session
from ...kernel.paging import Page
from ...ledger.models import Account, Adjustment, Line
from ...on_demand.models import CustomRecord
from ...orders.models import ON_DEMAND, Order
from ...orders.queries import Actor
from ...records.models import Record
from ..models import Payment
from ..rules.papers import BILL, INVOICE
from ..rules.payments import CLAIMED
from . import papers, payments
from .papers import PaperLine, PaperView
from .payments import PaymentView

# The most open invoices that one page offers to put on a bill.
MOST_INVOICES = 200


@dataclass(frozen=True, slots=True)
class Party:
    """The two sides of an account by name."""

    customer_id: int
    vendor_id: int
    name: str
    business_name: str
    linked: bool


@dataclass(frozen=True, slots=True)
class LineView:
    """Something that was charged: a delivery, an on-demand order, or a correction (its `item_name` is the
    reason). `open` is what is not paid of it."""

    target: str
    target_id: int
    order_id: int | None
    date: date
    item_name: str
    unit: str | None
    quantity: int | None
    amount: int
    open: int
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class OpenMonth:
    """What is open of one month (its first day), on so many lines."""

    month: date
    amount: int
    lines: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account comes to line by line: what is open, oldest first, and what is on no line yet."""

    months: list[OpenMonth]
    advance: int

    @property
    def open(self) -> int:
        return sum(one.amount for one in self.months)


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of a paper that are alike: the same thing, so much of it, at the same price. `count` of them,
    from `first` to `last`; the sums are theirs together."""

    item_name: str
    unit: str | None
    quantity: int
    rate: int | None
    first: date
    last: date
    count: int
    amount: int
    paid: int


@dataclass(frozen=True, slots=True)
class Offer:
    """Something of the catalogue that is on sale; `stock` None when it is not counted."""

    kind: str
    id: int
    name: str
    unit: str | None
    rate: int | None
    stock: int | None


def parties(customer_ids: Iterable[int | None]) -> dict[int, Party]:
    """The names on both sides of these accounts."""
    ids = {one for one in customer_ids if one is not None}
    if not ids:
        return {}
    rows = session().execute(
        select(Customer.id, Customer.vendor_id, Customer.name, Vendor.business_name, Customer.user_id)
        .join(Vendor, Vendor.user_id == Customer.vendor_id)
        .where(papers.one_of(Customer.id, ids))
    )
    return {row[0]: Party(row[0], row[1], row[2], row[3], row[4] is not None) for row in rows}


def names_of(user_ids: Iterable[int]) -> dict[int, str]:
    """What these logins are called."""
    rows = session().execute(select(User.id, User.name).where(papers.one_of(User.id, set(user_ids))))
    return {row.id: row.name for row in rows}


def _lines() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Line.target,
            Line.target_id,
            Line.order_id,
            Line.date,
            func.coalesce(Record.item_name, Order.item_name, Adjustment.reason, ""),
            func.coalesce(Record.unit, Order.unit),
            func.coalesce(Record.quantity, Order.quantity),
            Line.amount,
            Line.amount - Line.paid,
            Adjustment.kind,
        )
        .outerjoin(Record, and_(Line.target == "record", Record.id == Line.target_id))
        .outerjoin(Order, and_(Line.target == "order", Order.id == Line.target_id))
        .outerjoin(Adjustment, and_(Line.target == "adjustment", Adjustment.id == Line.target_id))
    )


def lines_of(targets: Collection[tuple[str, int]]) -> dict[tuple[str, int], LineView]:
    """What these lines are about."""
    if not targets:
        return {}
    rows = session().execute(_lines().where(tuple_(Line.target, Line.target_id).in_(list(targets))))
    return {(row[0], row[1]): LineView(*row) for row in rows}


def open_of(customer_id: int, first: date, last: date) -> list[LineView]:
    """What is open on an account of the days between two, the oldest first."""
    query = _lines().where(
        Line.customer_id == customer_id, Line.paid < Line.amount, Line.date.between(first, last)
    )
    rows = session().execute(query.order_by(Line.date, Line.target, Line.target_id))
    return [LineView(*row) for row in rows]


def standing(customer_id: int) -> Standing:
    """What is open on an account by month, and its advance."""
    month = func.date_trunc("month", Line.date)
    rows = session().execute(
        select(month, func.sum(Line.amount - Line.paid), func.count())
        .where(Line.customer_id == customer_id, Line.paid < Line.amount)
        .group_by(month)
        .order_by(month)
    )
    months = [OpenMonth(_day(row[0]), int(row[1]), int(row[2])) for row in rows]
    advance = session().scalar(select(Account.advance).where(Account.customer_id == customer_id))
    return Standing(months, int(advance or 0))


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def claims_of(who: Actor, *, customer_id: int | None = None, limit: int = 20) -> Page[PaymentView]:
    """What customers say they paid and the vendor has not answered; of one account, or of all."""
    return payments.listed(who, limit=limit, customer_id=customer_id, status=CLAIMED)


def claims_waiting(who: Actor) -> int:
    """How many of them there are."""
    count = select(func.count()).select_from(Payment).outerjoin(Customer, Customer.id == Payment.customer_id)
    return session().scalar(count.where(Payment.status == CLAIMED, payments.mine(who))) or 0


def sellable(vendor_id: int, *, q: str | None, since: datetime, limit: int) -> list[Offer]:
    """What is on sale, what sold most often since an instant first, then by name; with `q` of that name."""
    kinds = (
        (literal("product"), Product, Product.unit, Product.stock_quantity),
        (literal("package"), Package, cast(null(), Text), null()),
        (literal("service"), Service, Service.unit, null()),
    )
    parts = []
    for kind, model, unit, stock in kinds:
        part = select(
            kind.label("kind"),
            model.id,
            model.name,
            unit.label("unit"),
            model.rate,
            stock.label("stock"),
        ).where(model.vendor_id == vendor_id, model.status == "active")
        if q:
            part = part.where(model.name.icontains(q, autoescape=True))
        parts.append(part)
    goods = union_all(*parts).subquery()
    sold = (
        select(Order.item, Order.item_id, func.count().label("times"))
        .join(CustomRecord, CustomRecord.order_id == Order.id)
        .where(
            Order.vendor_id == vendor_id,
            Order.order_type_id == ON_DEMAND,
            Order.item_id.is_not(None),
            CustomRecord.served_at >= since,
        )
        .group_by(Order.item, Order.item_id)
        .subquery()
    )
    rows = session().execute(
        select(goods.c.kind, goods.c.id, goods.c.name, goods.c.unit, goods.c.rate, goods.c.stock)
        .outerjoin(sold, and_(sold.c.item == goods.c.kind, sold.c.item_id == goods.c.id))
        .order_by(func.coalesce(sold.c.times, 0).desc(), goods.c.name, goods.c.kind, goods.c.id)
        .limit(limit)
    )
    return [Offer(*row) for row in rows]


def grouped(lines: Iterable[PaperLine]) -> list[Group]:
    """The lines of a paper, alike ones as one, in the order of their first days."""
    found: dict[tuple[str, str | None, int, int | None], list[PaperLine]] = {}
    for line in sorted(lines, key=lambda one: one.date):
        found.setdefault((line.item_name, line.unit, line.quantity, line.rate), []).append(line)
    return [
        Group(
            *alike,
            first=of[0].date,
            last=of[-1].date,
            count=len(of),
            amount=sum(one.amount for one in of),
            paid=sum(one.paid for one in of),
        )
        for alike, of in found.items()
    ]


def unbilled_invoices(who: Actor, customer_id: int) -> list[PaperView]:
    """The invoices of a customer that something is open on and that are on no bill, oldest first."""
    found: list[PaperView] = []
    for status in ("open", "part_paid"):
        found += papers.list_papers(
            who, INVOICE, customer_id=customer_id, status=status, limit=MOST_INVOICES
        ).items
    billed = papers.billed_invoices([one.id for one in found])
    return sorted((one for one in found if one.id not in billed), key=lambda one: one.number)


def papers_of(who: Actor, customer_id: int, *, limit: int) -> Sequence[PaperView]:
    """The newest invoices and bills of a customer, both kinds by when they were made."""
    found = [
        *papers.list_papers(who, INVOICE, customer_id=customer_id, limit=limit).items,
        *papers.list_papers(who, BILL, customer_id=customer_id, limit=limit).items,
    ]
    return sorted(found, key=lambda one: one.created_at, reverse=True)[:limit]
