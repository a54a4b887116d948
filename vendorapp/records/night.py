"""The night: a record for every due day of every active order, once, in each vendor's own zone.

It asks the database what is missing (`orders.scheduled_through`), so a lost run is made up for by the
next one, and two runs at once share the work. One short transaction a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import TextClause, select

from ..accounts.models import Vendor
from ..kernel.clock import day_in, now
from ..kernel.database import patience, session, transaction
from .rules import date_in_future
from .service.due import sql

# Told how many of how many are done.
Watch = Callable[[int, int], None]
BATCH = 10_000
# After a long standstill a batch takes this many days a step, so that it stays short.
DAYS_A_STEP = 31

# Which day it is in each zone is told by our clock, not by the database's.
VENDORS = """
    JOIN vendors v ON v.user_id = o.vendor_id
    JOIN unnest(CAST(:zones AS text[]), CAST(:days AS date[])) AS z(zone, today) ON z.zone = v.timezone
"""

# Orders that somebody else holds are left to the next pass or run.
PICK = """
    SELECT o.id, o.scheduled_through
    FROM orders o $VENDORS
    WHERE o.scheduled_through < z.today AND o.scheduled_through < :latest
      AND (o.scheduled_through, o.id) > (:after_day, :after_id) $ONLY
    ORDER BY o.scheduled_through, o.id
    LIMIT :batch
    FOR NO KEY UPDATE OF o SKIP LOCKED
"""

# The last day is past for good when no period, cut off by the next one, has a day to come.
STEP = sql(
    """
    WITH picked AS MATERIALIZED (
        SELECT o.*, z.today, least(z.today, o.scheduled_through + :step) AS through,
               greatest(o.scheduled_through + 1, o.first_night) AS first
        FROM orders o $VENDORS
        WHERE o.id = ANY (:ids)
    ), due AS MATERIALIZED (
        $FOUND
        FROM picked o
        CROSS JOIN LATERAL generate_series(0, o.through - o.first) AS n
        CROSS JOIN LATERAL (SELECT o.first + n AS day) AS days
        $PERIOD
        WHERE $DUE
    ), made AS ($MAKE), moved AS (
        UPDATE orders t SET scheduled_through = CASE
            WHEN o.through < o.today OR EXISTS (
                SELECT FROM order_periods p
                WHERE p.order_id = o.id AND greatest(p.starts_on, o.today + 1) <= coalesce(
                    least(p.valid_till, o.ended_on, (
                        SELECT min(later.starts_on) - 1 FROM order_periods later
                        WHERE later.order_id = p.order_id AND later.starts_on > p.starts_on
                    )), 'infinity'::date
                )
            ) THEN o.through END
        FROM picked o WHERE t.id = o.id AND t.id = ANY (:ids)
    )
    SELECT (SELECT count(*) FROM due) AS due, (SELECT count(*) FROM made) AS made
    """,
    VENDORS=VENDORS,
)

# One day, whether or not the night has been there. Waits for whoever holds an order: the count is exact.
HOLD_DAY = """
    SELECT o.id FROM orders o $VENDORS
    WHERE o.state = 'active' AND o.order_type_id = 1 AND o.first_night <= :day AND z.today >= :day
      AND o.id > :after_id $ONLY
    ORDER BY o.id LIMIT :batch
    FOR SHARE OF o
"""
FILL_DAY = sql(
    """
    WITH due AS MATERIALIZED (
        $FOUND
        FROM orders o
        CROSS JOIN (SELECT CAST(:day AS date) AS day) AS days
        $PERIOD
        WHERE o.id = ANY (:ids) AND $DUE
    ), made AS ($MAKE)
    SELECT (SELECT count(*) FROM due) AS due, (SELECT count(*) FROM made) AS made
    """
)


def _scopes(template: str) -> dict[bool, TextClause]:
    """The statement for every vendor (True) and for one (False)."""
    one = "AND o.vendor_id = :vendor_id"
    return {every: sql(template, VENDORS=VENDORS, ONLY="" if every else one) for every in (True, False)}


PICKS, HOLDS = _scopes(PICK), _scopes(HOLD_DAY)
# How many there are to do, for who watches.
PICKS_LEFT = _scopes(
    """
    SELECT count(*) FROM orders o $VENDORS
    WHERE o.scheduled_through < z.today AND o.scheduled_through < :latest $ONLY
    """
)
HOLDS_LEFT = _scopes(
    """
    SELECT count(*) FROM orders o $VENDORS
    WHERE o.state = 'active' AND o.order_type_id = 1 AND o.first_night <= :day AND z.today >= :day $ONLY
    """
)


@dataclass(slots=True)
class Count:
    """Due days that got a record, those that had one, and the orders looked at."""

    created: int = 0
    existing: int = 0
    orders: int = 0

    def add(self, *, due: int, made: int, orders: int) -> None:
        self.created += made
        self.existing += due - made
        self.orders += orders

    def plain(self) -> dict[str, int]:
        return {"created": self.created, "existing": self.existing, "orders": self.orders}


def _days(vendor_id: int | None, instant: datetime) -> dict[str, date]:
    """The day it is now in the zone of every vendor, or of this one."""
    zones = select(Vendor.timezone).distinct()
    if vendor_id is not None:
        zones = zones.where(Vendor.user_id == vendor_id)
    return {zone: day_in(zone, instant) for zone in session().scalars(zones)}


def schedule_due(
    day: date | None = None, vendor_id: int | None = None, *, watch: Watch | None = None
) -> dict[str, int]:
    """Make the records that are due: up to today, or of one `day` only; of all orders or one vendor's.

    Without `day` every day since an order was last looked at is made up for, from its first night on.
    With one, that day of the orders whose first night had come is made; a day that is still to come
    everywhere is a 422 `date_in_future`. Opens a transaction a batch; running it twice changes nothing.
    Counts: ``created`` records, ``existing`` ones of due days, ``orders`` looked at. `watch` is told after
    each batch how many orders of how many were looked at.
    """
    instant = now()
    with transaction():
        days = _days(vendor_id, instant)
    if not days:
        return Count().plain()
    scope: dict[str, Any] = {
        "zones": list(days),
        "days": list(days.values()),
        "now": instant,
        "vendor_id": vendor_id,
    }
    count = Count()
    if day is None:
        scope["latest"] = max(days.values())
        show = _shown(watch, PICKS_LEFT, scope, count)
        # A second pass finds those that somebody held for a moment during the first.
        while _pass(scope, count, show):
            pass
        return count.plain()
    if day > max(days.values()):
        raise date_in_future()
    scope["day"] = day
    show = _shown(watch, HOLDS_LEFT, scope, count)
    after: int | None = 0
    while after is not None:
        with transaction():
            patience("120s", "30s")
            after = _fill_day(scope, after, count)
        show()
    return count.plain()


def _shown(
    watch: Watch | None, left: dict[bool, TextClause], scope: dict[str, Any], count: Count
) -> Callable[[], None]:
    """Tells who watches; they are counted only when somebody does."""
    if watch is None:
        return lambda: None
    with transaction():
        total = int(session().execute(left[scope["vendor_id"] is None], scope).scalar_one())
    # Who was held for a moment, or is far behind, is looked at more than once.
    return lambda: watch(min(count.orders, total), total)


def _pass(scope: dict[str, Any], count: Count, show: Callable[[], None]) -> bool:
    """One walk over the orders that are behind; whether there was any."""
    found = False
    after: tuple[date, int] | None = (date(1970, 1, 1), 0)
    while after is not None:
        with transaction():
            patience("120s", "30s")
            after = _step(scope, after, count)
        found = found or after is not None
        show()
    return found


def _step(scope: dict[str, Any], after: tuple[date, int], count: Count) -> tuple[date, int] | None:
    """One batch; the last order taken, None when there is none left."""
    values = scope | {"after_day": after[0], "after_id": after[1], "batch": BATCH}
    picked = session().execute(PICKS[scope["vendor_id"] is None], values).all()
    if not picked:
        return None
    ids = [row.id for row in picked]
    # A statement of its own: it must see what those did who held the orders until now.
    row = session().execute(STEP, scope | {"ids": ids, "step": DAYS_A_STEP}).one()
    count.add(due=row.due, made=row.made, orders=len(ids))
    return picked[-1].scheduled_through, picked[-1].id


def _fill_day(scope: dict[str, Any], after: int, count: Count) -> int | None:
    """One batch of a single day; the last order looked at, None when there is none left."""
    values = scope | {"after_id": after, "batch": BATCH}
    ids = list(session().scalars(HOLDS[scope["vendor_id"] is None], values))
    if not ids:
        return None
    row = session().execute(FILL_DAY, scope | {"ids": ids}).one()
    count.add(due=row.due, made=row.made, orders=len(ids))
    return int(ids[-1])


def schedule_vendor_day(vendor_id: int, day: date | None = None) -> tuple[date, dict[str, int]]:
    """Make one vendor's due records of `day` (their today by default) in the present transaction.

    The day, and the counts as in `schedule_due`. Raises 422 `date_in_future`.
    """
    instant = now()
    days = _days(vendor_id, instant)
    today = max(days.values())
    if day is not None and day > today:
        raise date_in_future()
    count = Count()
    scope = {
        "zones": list(days),
        "days": list(days.values()),
        "now": instant,
        "vendor_id": vendor_id,
        "day": day or today,
    }
    after: int | None = 0
    while after is not None:
        after = _fill_day(scope, after, count)
    return day or today, count.plain()
