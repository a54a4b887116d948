"""Who is away when, whom it concerns, and who has read of it: what the pages of pauses show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select, text

from ..accounts.queries import Business, Caller
from ..customers.models import Customer
from ..customers.queries import VendorOfLogin, vendors_of
from ..kernel.clock import day_in, now
from ..kernel.database import session
from ..kernel.paging import Page
from ..notices.models import Notice
from ..orders.models import Holiday, Order, Pause
from ..orders.queries import (
    OrderView,
    earliest_choice,
    holidays,
    list_orders,
    past_holidays,
    pause_topic,
)

# A household has a handful of orders.
MOST_ORDERS = 200
A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Receipt:
    """When somebody was told of an absence, and when they first read of it."""

    told_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class AtVendor:
    """One vendor of a customer who is or will be away.

    `pauses` are those of this holiday, `earliest` the first day that the cut-off still allows, and `rest`
    the day from which orders that are not paused yet can be, None when there are none.
    """

    business: Business
    customer_id: int
    orders: int
    earliest: date
    pauses: list[Pause] = field(default_factory=list)
    receipt: Receipt | None = None
    rest: date | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """A customer's holiday, vendor by vendor. `back` is the first day that can be had back, None for none."""

    holiday: Holiday
    running: bool
    vendors: list[AtVendor]
    back: date | None


@dataclass(frozen=True, slots=True)
class Closure:
    """A vendor's holiday: how many orders and customers it pauses, how many were told, how many read it."""

    holiday: Holiday
    running: bool
    orders: int
    customers: int
    told: int
    read: int
    back: date


@dataclass(frozen=True, slots=True)
class Reach:
    """What a vendor's holiday would touch today; `told` are the customers with a login."""

    orders: int
    customers: int
    told: int


def first_today(vendors: Sequence[VendorOfLogin]) -> date:
    """The day it is where the day is earliest among these vendors."""
    return min((day_in(one.business.timezone) for one in vendors), default=day_in("UTC"))


def _earliest(vendor: VendorOfLogin) -> date:
    return earliest_choice("customer", vendor.business.timezone, vendor.business.cut_off)


def _running_orders(caller: Caller) -> dict[int, list[OrderView]]:
    """A customer's orders that are not over, by vendor."""
    found: dict[int, list[OrderView]] = {}
    for status in ("active", "proposed"):
        for order in list_orders(caller, order_type="scheduled", status=status, limit=MOST_ORDERS).items:
            found.setdefault(order.vendor_id, []).append(order)
    return found


def vendors_of_customer(caller: Caller) -> list[AtVendor]:
    """A customer's vendors with a standing order, each with the first day that it may be paused."""
    orders = _running_orders(caller)
    return [
        AtVendor(
            one.business,
            one.customer.customer_id,
            len(orders[one.business.vendor_id]),
            _earliest(one),
        )
        for one in vendors_of(caller.user_id)
        if one.business.vendor_id in orders
    ]


def absences(caller: Caller) -> list[Absence]:
    """A customer's holidays that run or are to come, by day."""
    vendors = vendors_of(caller.user_id)
    found = holidays(caller.user_id, first=first_today(vendors))
    return _absences(caller, found, vendors)


def past_absences(caller: Caller, cursor: str | None) -> Page[Absence]:
    """A customer's holidays that are over, newest first."""
    vendors = vendors_of(caller.user_id)
    page = past_holidays(caller.user_id, first=first_today(vendors), limit=A_PAGE, cursor=cursor)
    return Page(_absences(caller, page.items, vendors), page.next)


def _absences(caller: Caller, found: Sequence[Holiday], vendors: Sequence[VendorOfLogin]) -> list[Absence]:
    if not found:
        return []
    orders = _running_orders(caller)
    pauses = _pauses(found)
    receipts = _receipts(found, [one.business.vendor_id for one in vendors])
    made = []
    for holiday in found:
        lines = [
            line
            for one in vendors
            if (
                line := _at_vendor(
                    one,
                    holiday,
                    pauses.get((one.business.vendor_id, holiday.id), []),
                    orders.get(one.business.vendor_id, []),
                    receipts.get((one.business.vendor_id, holiday.id)),
                )
            )
        ]
        made.append(Absence(holiday, holiday.starts_on <= first_today(vendors), lines, _back(holiday, lines)))
    return made


def _back(holiday: Holiday, lines: Sequence[AtVendor]) -> date | None:
    """The first day that can be had back; of a holiday that pauses nothing yet all of it."""
    if not any(line.pauses for line in lines):
        return holiday.starts_on
    days = [
        first
        for line in lines
        for pause in line.pauses
        if (first := max(line.earliest, pause.starts_on)) <= pause.ends_on
    ]
    return min(days, default=None)


def _pauses(found: Sequence[Holiday]) -> dict[tuple[int, int], list[Pause]]:
    """The pauses of these holidays, by vendor and holiday."""
    made: dict[tuple[int, int], list[Pause]] = {}
    rows = session().execute(
        select(Pause, Order.vendor_id)
        .join(Order, Order.id == Pause.order_id)
        .where(Pause.holiday_id.in_([one.id for one in found]))
        .order_by(Pause.id)
    )
    for pause, vendor_id in rows:
        made.setdefault((vendor_id, pause.holiday_id or 0), []).append(pause)
    return made


def _at_vendor(
    vendor: VendorOfLogin,
    holiday: Holiday,
    pauses: list[Pause],
    orders: list[OrderView],
    receipt: Receipt | None,
) -> AtVendor | None:
    """This vendor's line of a holiday; None when it has nothing to do with them."""
    earliest = _earliest(vendor)
    first = max(earliest, holiday.starts_on)
    paused = {pause.order_id for pause in pauses}
    left = [
        order
        for order in orders
        if order.id not in paused
        and order.start_date <= holiday.ends_on
        and (order.valid_till is None or order.valid_till >= first)
    ]
    rest = first if left and first <= holiday.ends_on else None
    if not pauses and rest is None:
        return None
    customer_id = vendor.customer.customer_id
    return AtVendor(vendor.business, customer_id, len(left), earliest, pauses, receipt, rest)


def _receipts(found: Sequence[Holiday], user_ids: Iterable[int]) -> dict[tuple[int, int], Receipt]:
    """When each of these people was told of each holiday, by person and holiday."""
    topics = {pause_topic(0, one.id): one.id for one in found}
    rows = session().execute(
        select(Notice.user_id, Notice.topic, func.min(Notice.created_at), func.min(Notice.read_at))
        .where(
            Notice.user_id.in_(list(user_ids)),
            Notice.topic.in_(list(topics)),
            Notice.kind == "pause_asked",
        )
        .group_by(Notice.user_id, Notice.topic)
    )
    return {(user_id, topics[topic]): Receipt(told, read) for user_id, topic, told, read in rows}


def closures(caller: Caller) -> list[Closure]:
    """A vendor's holidays that run or are to come, by day."""
    today = day_in(caller.own_business.timezone)
    return _closures(caller, holidays(caller.user_id, first=today), today)


def past_closures(caller: Caller, cursor: str | None) -> Page[Closure]:
    """A vendor's holidays that are over, newest first."""
    today = day_in(caller.own_business.timezone)
    page = past_holidays(caller.user_id, first=today, limit=A_PAGE, cursor=cursor)
    return Page(_closures(caller, page.items, today), page.next)


def _closures(caller: Caller, found: Sequence[Holiday], today: date) -> list[Closure]:
    ids = {pause_topic(0, one.id): one.id for one in found}
    touched = session().execute(
        select(Pause.holiday_id, func.count(), func.count(Order.customer_id.distinct()))
        .join(Order, Order.id == Pause.order_id)
        .where(Pause.holiday_id.in_(list(ids.values())))
        .group_by(Pause.holiday_id)
    )
    counts = {holiday_id: (orders, customers) for holiday_id, orders, customers in touched}
    heard = session().execute(
        select(
            Notice.topic,
            func.count(Notice.user_id.distinct()),
            func.count(Notice.user_id.distinct()).filter(Notice.read_at.is_not(None)),
        )
        .join(Customer, Customer.user_id == Notice.user_id)
        .where(
            Customer.vendor_id == caller.user_id,
            Notice.topic.in_(list(ids)),
            Notice.kind == "pause_asked",
        )
        .group_by(Notice.topic)
    )
    said = {ids[topic]: (told, read) for topic, told, read in heard}
    return [
        Closure(
            one,
            one.starts_on <= today,
            *counts.get(one.id, (0, 0)),
            *said.get(one.id, (0, 0)),
            max(today, one.starts_on),
        )
        for one in found
    ]


REACH = text(
    """
    SELECT count(*), count(DISTINCT o.customer_id), count(DISTINCT c.user_id)
    FROM orders o JOIN customers c ON c.id = o.customer_id
    WHERE o.vendor_id = :vendor_id AND o.order_type_id = 1 AND (
        (o.state = 'active' AND coalesce(least(o.ended_on, (
            SELECT p.valid_till FROM order_periods p WHERE p.order_id = o.id
            ORDER BY p.starts_on DESC LIMIT 1
        )), 'infinity') >= CAST(:today AS date))
        OR (o.state = 'proposed' AND EXISTS (
            SELECT FROM change_requests w
            WHERE w.order_id = o.id AND w.status = 'pending' AND w.expires_at > :now
        ))
    )
    """
)


def reach(caller: Caller) -> Reach:
    """How many running orders a vendor has, with how many customers."""
    today = day_in(caller.own_business.timezone)
    row = session().execute(REACH, {"vendor_id": caller.user_id, "today": today, "now": now()}).one()
    return Reach(*row)
