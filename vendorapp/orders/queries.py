"""Reads of orders and changes. Each takes who asks, and shows only their side."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Date,
    Select,
    and_,
    any_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from ..accounts.models import Vendor
from ..customers.models import Customer
from ..kernel import clock
from ..kernel.clock import last_of_month, now
from ..kernel.database import session
from ..kernel.paging import Page, page
from ..ledger import queries as sums
from ..ledger.models import MonthlyTotal
from ..notices.queries import first_read
from .models import (
    ON_DEMAND,
    ORDER_TYPES,
    ChangeRequest,
    Holiday,
    Order,
    OrderPeriod,
    OrderTerms,
    Pause,
)
from .paper_lines import a_bill_asks, a_paper_holds
from .rules import TERM_FIELDS, Period, Terms, Version, last_day, periods


class Actor(Protocol):
    """Who acts: a signed-in caller, or somebody who proved by a token who they are."""

    @property
    def user_id(self) -> int: ...
    @property
    def role(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change as both sides see it; `terms` holds only the fields it carries."""

    id: int
    order_id: int
    vendor_id: int
    customer_id: int
    kind: str
    proposed_by: int
    proposed_side: str
    terms: dict[str, Any]
    effective_from: date
    status: str
    message: str | None
    on_behalf_note: str | None
    answered_by: int | None
    answered_at: datetime | None
    expires_at: datetime
    created_at: datetime
    currency: str


@dataclass(frozen=True, slots=True)
class PauseView:
    """A pause, both days included; `acknowledged_at` is when the other side first read of it."""

    id: int
    order_id: int
    holiday_id: int | None
    starts_on: date
    ends_on: date
    reason: str | None
    asked_by: int
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order today, in its vendor's zone: the terms in force, the status, what waits for an answer.

    An on-demand order may have no price yet (`rate` and `amount` None, 0 in `terms`) and, a walk-in's, no
    customer (its name is empty); it has no weekdays, and `start_date` is the day it is for.
    """

    id: int
    order_type: str
    vendor_id: int
    customer_id: int | None
    customer_name: str
    business_name: str
    item: str | None
    item_id: int | None
    terms: Terms
    rate: int | None
    amount: int | None
    start_date: date
    valid_till: date | None
    status: str
    paid: bool
    pending_change: ChangeView | None
    message: str | None
    reason: str | None
    on_behalf_note: str | None
    created_by: int
    created_at: datetime
    updated_at: datetime
    currency: str
    timezone: str
    today: date


def terms_of(row: Order | OrderPeriod | OrderTerms) -> Terms:
    """The terms columns of a row. An on-demand order has no days, and 0 stands for a price still open."""
    return Terms(
        item_name=row.item_name,
        unit=row.unit,
        quantity=row.quantity,
        rate=row.rate or 0,
        weekdays=tuple(row.weekdays or ()),
        every=row.every or 1,
        valid_till=row.valid_till,
    )


def carried(row: ChangeRequest) -> dict[str, Any]:
    """The terms fields that a change carries."""
    found = {name: getattr(row, name) for name in TERM_FIELDS if getattr(row, name) is not None}
    if "weekdays" in found:
        found["weekdays"] = tuple(found["weekdays"])
    return found


def change_view(row: ChangeRequest, currency: str) -> ChangeView:
    """A change as it stands this second: a pending one past its deadline is expired, job or no job."""
    over = row.status == "pending" and row.expires_at <= now()
    return ChangeView(
        id=row.id,
        order_id=row.order_id,
        vendor_id=row.vendor_id,
        customer_id=row.customer_id,
        kind=row.kind,
        proposed_by=row.proposed_by,
        proposed_side=row.proposed_side,
        terms=carried(row),
        effective_from=row.effective_from,
        status="expired" if over else row.status,
        message=row.message,
        on_behalf_note=row.on_behalf_note,
        answered_by=row.answered_by,
        answered_at=row.expires_at if over else row.answered_at,
        expires_at=row.expires_at,
        created_at=row.created_at,
        currency=currency,
    )


def one_of(column: Any, ids: Iterable[int]) -> Any:
    """The condition that `column` is one of `ids`: a single parameter however many they are."""
    return column == any_(literal(list(ids), ARRAY(BigInteger)))


def _mine(who: Actor) -> Any:
    """The condition on a change's `Customer` that keeps everybody to their own side."""
    if who.role == "vendor":
        return Customer.vendor_id == who.user_id
    return Customer.user_id == who.user_id


def my_orders(who: Actor) -> Any:
    """The condition on `Order`, joined with its customer if it has one, for the caller's side."""
    return Order.vendor_id == who.user_id if who.role == "vendor" else Customer.user_id == who.user_id


def _today_of_vendor(who: Actor) -> Any:
    """SQL: the present day in the zone of the joined vendor.

    Told by our clock, as everywhere: the database may know other rules of a zone. It is asked only for a
    vendor whom the caller was linked to a moment ago.
    """
    mine = select(Customer.vendor_id).where(Customer.user_id == who.user_id)
    zones = select(Vendor.timezone).distinct()
    is_ours = Vendor.user_id == who.user_id if who.role == "vendor" else Vendor.user_id.in_(mine)
    days = {zone: literal(clock.day_in(zone)) for zone in session().scalars(zones.where(is_ours))}
    told = cast(func.timezone(Vendor.timezone, literal(now())), Date)
    return case(days, value=Vendor.timezone, else_=told) if days else told


def _statement(who: Actor) -> tuple[Select[*tuple[Any, ...]], Any, Any]:
    """The one read of orders, with its expressions for status and last day."""
    today = _today_of_vendor(who)
    period = aliased(OrderPeriod, period_on(today))
    valid_till = case((period.order_id.is_not(None), period.valid_till), else_=Order.valid_till)
    last = func.least(valid_till, Order.ended_on)
    status = case(
        (and_(Order.order_type_id == ON_DEMAND, Order.state == "served", a_bill_asks()), "billed"),
        (Order.order_type_id == ON_DEMAND, Order.state),
        (and_(Order.state == "active", or_(last.is_(None), last >= today)), "active"),
        (Order.state == "active", "inactive"),
        (ChangeRequest.id.is_not(None), "proposed"),
        else_="declined",
    )
    query = (
        select(Order, period, ChangeRequest, Vendor, Customer.name, status, today)
        .outerjoin(Customer, Customer.id == Order.customer_id)
        .join(Vendor, Vendor.user_id == Order.vendor_id)
        .outerjoin(period, literal(True))
        .outerjoin(
            ChangeRequest,
            and_(
                ChangeRequest.order_id == Order.id,
                ChangeRequest.status == "pending",
                ChangeRequest.expires_at > now(),
            ),
        )
        .where(my_orders(who))
    )
    return query, status, last


def _views(rows: Sequence[Any]) -> list[OrderView]:
    paid = sums.paid_orders([row[0].id for row in rows])
    return [_view(row, row[0].id in paid) for row in rows]


def _view(row: Any, paid: bool) -> OrderView:
    order, period, change, vendor, customer_name, status, today = row[:7]
    terms = terms_of(period or order)
    on_demand = order.order_type_id == ON_DEMAND
    return OrderView(
        id=order.id,
        order_type=ORDER_TYPES[order.order_type_id],
        vendor_id=order.vendor_id,
        customer_id=order.customer_id,
        customer_name=customer_name or "",
        business_name=vendor.business_name,
        item=order.item,
        item_id=order.item_id,
        terms=terms,
        rate=order.rate if on_demand else terms.rate,
        amount=order.amount if on_demand else terms.amount,
        start_date=order.start_date,
        valid_till=last_day(terms.valid_till, order.ended_on),
        status=status,
        paid=paid,
        pending_change=change_view(change, vendor.currency) if change else None,
        message=order.message,
        reason=order.reason,
        on_behalf_note=order.on_behalf_note,
        created_by=order.created_by,
        created_at=order.created_at,
        updated_at=order.updated_at,
        currency=vendor.currency,
        timezone=vendor.timezone,
        today=today,
    )


def find(who: Actor, order_id: int) -> OrderView | None:
    """One order of the caller's side, None when there is none such."""
    query, _, _ = _statement(who)
    rows = session().execute(query.where(Order.id == order_id)).all()
    return _views(rows)[0] if rows else None


def find_all(who: Actor, order_ids: Iterable[int]) -> dict[int, OrderView]:
    """Those of the orders that are the caller's, by id."""
    query, _, _ = _statement(who)
    rows = session().execute(query.where(one_of(Order.id, order_ids))).all()
    return {order.id: order for order in _views(rows)}


def list_orders(
    who: Actor,
    *,
    limit: int = 50,
    cursor: str | None = None,
    order_type: str | None = None,
    customer_id: int | None = None,
    vendor_id: int | None = None,
    status: str = "all",
    month: date | None = None,
) -> Page[OrderView]:
    """The caller's orders, newest first.

    With `month` (its first day) only those whose life meets that month or that were delivered in it; an
    on-demand order lives on its one day.
    """
    query, status_now, last = _statement(who)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    if vendor_id is not None:
        query = query.where(Order.vendor_id == vendor_id)
    if order_type is not None:
        wanted = [number for number, name in ORDER_TYPES.items() if name == order_type]
        query = query.where(Order.order_type_id.in_(wanted) if wanted else false())
    if status != "all":
        query = query.where(status_now == status)
    if month is not None:
        alive = and_(
            status_now.not_in(("declined", "cancelled")),
            Order.start_date <= last_of_month(month),
            case(
                (Order.order_type_id == ON_DEMAND, Order.start_date >= month),
                else_=or_(last.is_(None), last >= month),
            ),
        )
        delivered = exists().where(MonthlyTotal.order_id == Order.id, MonthlyTotal.month == month)
        query = query.where(or_(alive, delivered))
    found = page("orders", query, [(Order.id, int)], limit=limit, cursor=cursor, descending=True)
    return Page(_views(found.items), found.next)


def versions(order_ids: Iterable[int]) -> dict[int, list[OrderTerms]]:
    """Every accepted version of each order, oldest first."""
    found: dict[int, list[OrderTerms]] = {}
    rows = session().scalars(
        select(OrderTerms)
        .where(one_of(OrderTerms.order_id, order_ids))
        .order_by(OrderTerms.order_id, OrderTerms.version)
    )
    for row in rows:
        found.setdefault(row.order_id, []).append(row)
    return found


def rule_versions(rows: Iterable[OrderTerms]) -> list[Version]:
    """Stored versions as the rules take them."""
    return [
        Version(
            row.version,
            row.effective_from,
            {name: value for name, value in _fields(row).items() if name in row.changed},
        )
        for row in rows
    ]


def _fields(row: OrderTerms) -> dict[str, Any]:
    terms = terms_of(row)
    return {name: getattr(terms, name) for name in TERM_FIELDS}


def order_periods(order: Order) -> list[Period]:
    """The periods of an accepted order, worked out from its versions; empty before acceptance."""
    rows = versions([order.id]).get(order.id, [])
    return periods(order.start_date, rule_versions(rows)) if rows else []


def pause_topic(pause_id: int, holiday_id: int | None) -> str:
    """The subject of the notices about a pause; a holiday of many orders is one."""
    return f"pause:{pause_id}" if holiday_id is None else f"holiday:{holiday_id}"


def pause_views(*which: Any) -> list[PauseView]:
    """The pauses that meet the conditions `which`, by day, each with when the other side read of it."""
    other = case((Pause.asked_by == Order.vendor_id, Customer.user_id), else_=Order.vendor_id)
    rows = (
        session()
        .execute(
            select(Pause, other)
            .join(Order, Order.id == Pause.order_id)
            .join(Customer, Customer.id == Order.customer_id)
            .where(*which)
            .order_by(Pause.starts_on, Pause.id)
        )
        .all()
    )
    read: dict[tuple[int, str], datetime] = {}
    topics: dict[int, set[str]] = {}
    for pause, user_id in rows:
        if user_id is not None:
            topics.setdefault(user_id, set()).add(pause_topic(pause.id, pause.holiday_id))
    for user_id, wanted in topics.items():
        read |= {(user_id, topic): at for topic, at in first_read(user_id, wanted).items()}
    return [
        PauseView(
            id=pause.id,
            order_id=pause.order_id,
            holiday_id=pause.holiday_id,
            starts_on=pause.starts_on,
            ends_on=pause.ends_on,
            reason=pause.reason,
            asked_by=pause.asked_by,
            acknowledged_at=read.get((user_id, pause_topic(pause.id, pause.holiday_id))),
        )
        for pause, user_id in rows
    ]


def pauses(order_id: int) -> list[PauseView]:
    """Every pause of an order, by day."""
    return pause_views(Pause.order_id == order_id)


def find_pause(who: Actor, pause_id: int) -> PauseView | None:
    """A pause of an order of the caller's side."""
    return next(iter(pause_views(Pause.id == pause_id, my_orders(who))), None)


def earliest_choice(role: str, timezone: str, cut_off: time) -> date:
    """The first day that a side may still pause, end or have back, in the vendor's zone.

    A vendor from today on; a customer tomorrow before the vendor's cut-off, the day after it later.
    """
    here = now().astimezone(ZoneInfo(timezone))
    if role == "vendor":
        return here.date()
    return here.date() + timedelta(days=1 if here.time() < cut_off else 2)


def holidays(user_id: int, *, first: date) -> list[Holiday]:
    """When this login is away on `first` or later, by day."""
    return list(
        session().scalars(
            select(Holiday)
            .where(Holiday.user_id == user_id, Holiday.ends_on >= first)
            .order_by(Holiday.starts_on, Holiday.id)
        )
    )


def past_holidays(user_id: int, *, first: date, limit: int, cursor: str | None) -> Page[Holiday]:
    """When this login was away, all of it before `first`, newest first."""
    found = select(Holiday).where(Holiday.user_id == user_id, Holiday.ends_on < first)
    rows = page("holidays", found, [(Holiday.id, int)], limit=limit, cursor=cursor, descending=True)
    return rows.map(lambda row: row[0])


def find_change(who: Actor, change_id: int) -> ChangeView | None:
    """A change on an order of the caller's side."""
    row = (
        session()
        .execute(
            select(ChangeRequest, Vendor.currency)
            .join(Customer, Customer.id == ChangeRequest.customer_id)
            .join(Vendor, Vendor.user_id == ChangeRequest.vendor_id)
            .where(_mine(who), ChangeRequest.id == change_id)
        )
        .first()
    )
    return change_view(row[0], row[1]) if row else None


def list_changes(
    who: Actor,
    *,
    status: str = "pending",
    proposed_side: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[ChangeView]:
    """Changes that the caller made or may answer, newest first; with `proposed_side` only that side's."""
    over = and_(ChangeRequest.status == "pending", ChangeRequest.expires_at <= now())
    status_now = case((over, "expired"), else_=ChangeRequest.status)
    query = (
        select(ChangeRequest, Vendor.currency)
        .join(Customer, Customer.id == ChangeRequest.customer_id)
        .join(Vendor, Vendor.user_id == ChangeRequest.vendor_id)
        .where(_mine(who))
    )
    if status != "all":
        query = query.where(status_now == status)
    if proposed_side is not None:
        query = query.where(ChangeRequest.proposed_side == proposed_side)
    found = page("changes", query, [(ChangeRequest.id, int)], limit=limit, cursor=cursor, descending=True)
    return found.map(lambda row: change_view(row[0], row[1]))


def changes_of(order_id: int) -> list[ChangeRequest]:
    """Every change that was ever asked for on an order, oldest first."""
    return list(
        session().scalars(
            select(ChangeRequest).where(ChangeRequest.order_id == order_id).order_by(ChangeRequest.id)
        )
    )


def orders_exist(vendor_id: int) -> bool:
    """Whether anything was ever priced in this vendor's currency."""
    return bool(session().scalar(select(select(Order.id).where(Order.vendor_id == vendor_id).exists())))


def on_paper(order_id: int, *, holding: bool = True) -> bool:
    """Whether an on-demand order is on an invoice or a bill that holds; otherwise on any, void ones too."""
    return bool(session().scalar(select(a_paper_holds(holding=holding)).where(Order.id == order_id)))


def is_billed(order_id: int) -> bool:
    """Whether a bill that holds asks for an on-demand order, itself or through its invoice."""
    return bool(session().scalar(select(a_bill_asks()).where(Order.id == order_id)))


def active_orders_of(
    vendor_id: int,
    today: date,
    *,
    item_name: str | None = None,
    item: tuple[str, int] | None = None,
    units: Collection[str | None] = (),
    rate: int | None = None,
) -> list[int]:
    """The ids of a vendor's active standing orders whose item is called so in the terms of `today`, or
    which sell this item (kind, id) of the catalogue; only those in one of `units`, and at `rate`."""
    period = aliased(OrderPeriod, period_on(today))
    if item is None:
        wanted = period.item_name == item_name
    else:
        wanted = and_(Order.item == item[0], Order.item_id == item[1])
    if units:
        wanted = and_(wanted, or_(*(period.unit.is_not_distinct_from(unit) for unit in units)))
    if rate is not None:
        wanted = and_(wanted, period.rate == rate)
    return list(
        session().scalars(
            select(Order.id)
            .join(period, literal(True))
            .where(
                Order.vendor_id == vendor_id,
                Order.state == "active",
                wanted,
                func.coalesce(func.least(period.valid_till, Order.ended_on), today) >= today,
            )
            .order_by(Order.id)
        )
    )


def period_on(today: Any) -> Any:
    """Of each order in the statement the period of `today`, before its start the first one."""
    return (
        select(OrderPeriod)
        .where(
            OrderPeriod.order_id == Order.id,
            OrderPeriod.starts_on <= func.greatest(today, Order.start_date),
        )
        .order_by(OrderPeriod.starts_on.desc())
        .limit(1)
        .lateral()
    )
