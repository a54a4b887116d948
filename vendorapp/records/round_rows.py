"""What the round reads of each order: its terms on the day and before, its pause, its record, and when
all that was decided. One statement for all orders of a vendor.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, literal, select
from sqlalchemy.orm import aliased

from ..customers.models import Customer
from ..orders.models import SCHEDULED, Order, OrderPeriod, OrderTerms, Pause
from ..orders.queries import terms_of
from .models import Record
from .news import LOOK_BACK, PauseFacts, StopFacts
from .rules import CUSTOMER, VENDOR


def _period_before(limit: Any, *, inclusive: bool) -> Any:
    starts = OrderPeriod.starts_on <= limit if inclusive else OrderPeriod.starts_on < limit
    return aliased(
        OrderPeriod,
        select(OrderPeriod)
        .where(OrderPeriod.order_id == Order.id, starts)
        .order_by(OrderPeriod.starts_on.desc())
        .limit(1)
        .lateral(),
    )


def _accepted_at(version: Any) -> Any:
    return (
        select(OrderTerms.accepted_at)
        .where(OrderTerms.order_id == Order.id, OrderTerms.version == version)
        .scalar_subquery()
    )


def statement(vendor_id: int, day: date) -> Select[Any]:
    period = _period_before(literal(day), inclusive=True)
    earlier = _period_before(period.starts_on, inclusive=False)
    today = literal(day)
    pause = aliased(
        Pause,
        select(Pause)
        .where(Pause.order_id == Order.id, today.between(Pause.starts_on, Pause.ends_on))
        .order_by(Pause.starts_on, Pause.id)
        .limit(1)
        .lateral(),
    )
    paused_till = (
        select(func.max(Pause.ends_on))
        .where(Pause.order_id == Order.id, Pause.ends_on < today)
        .scalar_subquery()
    )
    return (
        select(
            Order,
            period,
            earlier,
            pause,
            Record,
            Customer.name,
            Customer.notes,
            Customer.stop_order,
            paused_till.label("paused_till"),
            _accepted_at(1).label("accepted_at"),
            _accepted_at(period.version).label("agreed_at"),
        )
        .join(Customer, Customer.id == Order.customer_id)
        .join(period, literal(True))
        .outerjoin(earlier, literal(True))
        .outerjoin(pause, literal(True))
        .outerjoin(Record, and_(Record.order_id == Order.id, Record.date == day))
        .where(
            Order.vendor_id == vendor_id,
            Order.order_type_id == SCHEDULED,
            Order.state == "active",
            Order.start_date <= day,
            func.coalesce(func.least(Order.ended_on, period.valid_till), day)
            >= day - timedelta(days=LOOK_BACK),
        )
        .order_by(Customer.stop_order.asc().nulls_last(), Customer.name, Customer.id, Order.id)
    )


def facts_of(row: Any, day: date) -> StopFacts:
    order, period, earlier, pause = row[:4]
    by_vendor = order.ended_by in (None, order.vendor_id)
    # An end that came before the agreed one was one side's own.
    one_sided = order.ended_on is not None and (
        period.valid_till is None or order.ended_on < period.valid_till
    )
    return StopFacts(
        day=day,
        start_date=order.start_date,
        first_day=max(order.start_date, order.first_night or order.start_date),
        ended_on=order.ended_on,
        terms=terms_of(period),
        since=period.starts_on,
        earlier=terms_of(earlier) if earlier is not None else None,
        accepted_at=row.accepted_at,
        agreed_at=row.agreed_at,
        pause=None
        if pause is None
        else PauseFacts(
            pause.starts_on,
            pause.ends_on,
            pause.reason,
            VENDOR if pause.asked_by == order.vendor_id else CUSTOMER,
            pause.created_at,
        ),
        paused_till=row.paused_till,
        ended_at=order.ended_at if one_sided else None,
        ended_side=(VENDOR if by_vendor else CUSTOMER) if one_sided else "",
    )
