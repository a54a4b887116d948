"""A vendor's round of one day as the page shows it: stops in walking order, what to load, what is new.

One statement, whatever the number of stops. Which days are due is `orders.rules`' business, as for marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, select
from sqlalchemy.orm import aliased

from ..customers.models import Customer
from ..kernel.database import session
from ..orders.models import SCHEDULED, Order, OrderPeriod, Pause
from ..orders.queries import terms_of
from ..orders.rules import Terms, in_life, in_pattern, last_day
from .models import Record

# How far back the due day before is looked for; no pattern but the rarest has a longer rhythm.
LOOK_BACK = 31


@dataclass(frozen=True, slots=True)
class Stop:
    """One order of the round. `quantity` is what is due, `marked` what the vendor said was given.

    `status`: "" (not marked), delivered, skipped or paused. `news`: "", new, changed (from `before`),
    resumed, paused or ended.
    """

    order_id: int
    customer_id: int
    name: str
    notes: str | None
    item_name: str
    unit: str | None
    quantity: int
    status: str
    marked: int | None
    disputed: bool
    news: str = ""
    before: Terms | None = None

    @property
    def counts(self) -> bool:
        """Whether it is one of the stops to be done."""
        return self.status != "paused" and self.news != "ended"

    @property
    def done(self) -> bool:
        return self.status in ("delivered", "skipped")


@dataclass(frozen=True, slots=True)
class Load:
    """What to put on the cart of one item: thousandths, and at how many stops they go."""

    item_name: str
    quantity: int
    unit: str | None
    stops: int


@dataclass(frozen=True, slots=True)
class Round:
    """The day's stops in walking order (`ended` ones stand only in `news`)."""

    day: date
    stops: list[Stop]
    load: list[Load]
    news: list[Stop]

    @property
    def total(self) -> int:
        return sum(stop.counts for stop in self.stops)

    @property
    def done(self) -> int:
        return sum(stop.done for stop in self.stops)


def round_of(vendor_id: int, day: date) -> Round:
    """The round of the vendor who asks."""
    rows = session().execute(_statement(vendor_id, day)).all()
    found = [stop for row in rows if (stop := _stop(row, day)) is not None]
    return Round(
        day=day,
        stops=[stop for stop in found if stop.news != "ended"],
        load=list(_load(found)),
        news=[stop for stop in found if stop.news],
    )


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


def _statement(vendor_id: int, day: date) -> Select[Any]:
    period = _period_before(literal(day), inclusive=True)
    earlier = _period_before(period.starts_on, inclusive=False)
    today = literal(day)
    paused_from = (
        select(func.min(Pause.starts_on))
        .where(Pause.order_id == Order.id, today.between(Pause.starts_on, Pause.ends_on))
        .scalar_subquery()
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
            Record,
            Customer.name,
            Customer.notes,
            paused_from.label("paused_from"),
            paused_till.label("paused_till"),
        )
        .join(Customer, Customer.id == Order.customer_id)
        .join(period, literal(True))
        .outerjoin(earlier, literal(True))
        .outerjoin(Record, and_(Record.order_id == Order.id, Record.date == day))
        .where(
            Order.vendor_id == vendor_id,
            Order.order_type_id == SCHEDULED,
            Order.state == "active",
            Order.start_date <= day,
            func.coalesce(func.least(Order.ended_on, period.valid_till), day) >= day - timedelta(days=1),
        )
        .order_by(Customer.stop_order.asc().nulls_last(), Customer.name, Customer.id, Order.id)
    )


def _stop(row: Sequence[Any], day: date) -> Stop | None:
    """The order as a stop of that day, None when the round does not pass there."""
    order, period, earlier, record, name, notes, paused_from, paused_till = row
    terms = terms_of(period)
    alive = in_life(terms, start_date=order.start_date, ended_on=order.ended_on, day=day)
    due = alive and in_pattern(terms, order.start_date, day)
    marked = record is not None and record.vendor_status is not None
    before = previous_due(terms, order.start_date, day)
    ended = last_day(terms.valid_till, order.ended_on) == day - timedelta(days=1)
    if not (due or marked or ended):
        return None
    paused = paused_from is not None and not marked
    news = ""
    if ended and not marked:
        news = "ended"
    elif paused:
        news = "paused" if before is None or paused_from > before else ""
    elif before is None:
        news = "new" if order.start_date > day - timedelta(days=LOOK_BACK) else ""
    elif earlier is not None and period.starts_on > before and _goods(earlier) != _goods(period):
        news = "changed"
    elif paused_till is not None and paused_till >= before:
        news = "resumed"
    return Stop(
        order_id=order.id,
        customer_id=order.customer_id,
        name=name,
        notes=notes,
        item_name=record.item_name if marked else terms.item_name,
        unit=record.unit if marked else terms.unit,
        quantity=record.due_quantity if marked else terms.quantity,
        status=record.vendor_status if marked else "paused" if paused else "",
        marked=record.vendor_quantity if marked and record.vendor_status == "delivered" else None,
        disputed=record is not None and record.disputed,
        news=news,
        before=terms_of(earlier) if news == "changed" else None,
    )


def _goods(period: OrderPeriod) -> tuple[str, int, str | None]:
    """What is handed over; a new price alone changes nothing at the door."""
    return period.item_name, period.quantity, period.unit


def previous_due(terms: Terms, start_date: date, day: date) -> date | None:
    """The last day before `day` on which the pattern fell, None when there is none within a month."""
    for back in range(1, LOOK_BACK + 1):
        earlier = day - timedelta(days=back)
        if earlier < start_date:
            return None
        if in_pattern(terms, start_date, earlier):
            return earlier
    return None


def _load(stops: Iterable[Stop]) -> Iterator[Load]:
    """What is due by item and unit; what was marked meanwhile does not change what is to be loaded."""
    sums: dict[tuple[str, str | None], list[int]] = {}
    for stop in stops:
        if stop.counts:
            found = sums.setdefault((stop.item_name, stop.unit), [0, 0])
            found[0] += stop.quantity
            found[1] += 1
    for (item_name, unit), (quantity, count) in sorted(
        sums.items(), key=lambda one: (one[0][0], one[0][1] or "")
    ):
        yield Load(item_name, quantity, unit, count)


def any_orders(vendor_id: int) -> bool:
    """Whether any order of this vendor exists, for the words of an empty day."""
    return bool(session().scalar(select(exists().where(Order.vendor_id == vendor_id))))
