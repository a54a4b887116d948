"""What the demo's household asked for beside its regular orders, made by the verbs themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Date, bindparam, text

from ..kernel.clock import start_of_day
from ..kernel.database import session
from ..notices import service as notices
from ..on_demand import service as on_demand
from ..on_demand.rules import Goods
from .plan import Span


@dataclass(frozen=True, slots=True)
class Side:
    """Somebody of the demo, as the verbs want to know who acts."""

    user_id: int
    role: str


@dataclass(frozen=True, slots=True)
class PlannedExtra:
    """`days` is how many days ago it was served, negative for a day to come; `state` is how far it came.

    `entered`: the vendor wrote it down. Rates are paise, quantities thousandths.
    """

    goods: Goods
    days: int
    state: str
    entered: bool = False
    message: str | None = None


EXTRAS = (
    PlannedExtra(Goods("Shrikhand", "kg", 500, 42000), 9, "served"),
    PlannedExtra(Goods("Ghee", "kg", 1000, 68000), 4, "served", entered=True),
    PlannedExtra(Goods("Cow milk", "litre", 3000, 6000), 0, "accepted", message="Guests for the weekend"),
    PlannedExtra(Goods("Mawa", "kg", 1000, None), -2, "requested", message="For gulab jamun"),
    PlannedExtra(Goods("Paneer", "kg", 500, 36000), -1, "offered"),
)

# As if each had been asked for the evening before its day, though never before the first one.
ASKED = text(
    """
    UPDATE orders SET created_at = greatest((:day - 1 + time '19:10') AT TIME ZONE :zone, :first)
    WHERE id = :id AND :day < :today
    """
).bindparams(bindparam("day", type_=Date), bindparam("today", type_=Date))
# As if each had been handed over in the afternoon of its day.
TIMES = text(
    """
    WITH past AS (
        UPDATE custom_records SET served_at = (date + time '17:40') AT TIME ZONE :zone,
            updated_at = (date + time '17:40') AT TIME ZONE :zone
        WHERE customer_id = :customer_id AND date < :today RETURNING order_id, date
    )
    UPDATE orders o SET updated_at = (past.date + time '17:40') AT TIME ZONE :zone
    FROM past WHERE past.order_id = o.id
    """
)


def add_extras(vendor_id: int, customer_id: int, household_id: int, span: Span, zone: str) -> None:
    """The household's extras with one shop. Their notices count as read, so that the one about the open
    proposal stands out."""
    shop, home = Side(vendor_id, "vendor"), Side(household_id, "customer")
    for extra in EXTRAS:
        _add(shop, home, customer_id, extra, span, zone)
    session().execute(TIMES, {"customer_id": customer_id, "today": span.today, "zone": zone})
    notices.mark_all_read(household_id)


def _add(shop: Side, home: Side, customer_id: int, extra: PlannedExtra, span: Span, zone: str) -> None:
    day: date = max(span.today - timedelta(days=extra.days), span.first)
    wanted = on_demand.NewRequest(extra.goods, max(day, span.today), extra.message)
    if extra.entered:
        order_id = on_demand.enter(shop, wanted, customer_id=customer_id, vendor_id=None)
    else:
        order_id = on_demand.enter(home, wanted, customer_id=None, vendor_id=shop.user_id)
    if extra.state == "offered":
        dearer = (extra.goods.rate or 0) + 2000
        on_demand.accept(shop, order_id, rate=dearer)
    if extra.state in ("accepted", "served") and not extra.entered:
        on_demand.accept(shop, order_id)
    if extra.state == "served":
        first = start_of_day(zone, span.first)
        times = {"id": order_id, "day": day, "today": span.today, "zone": zone, "first": first}
        session().execute(ASKED, times)
        on_demand.serve(shop, order_id, day=day, quantity=None)
