"""The evening before: each vendor hears, once, what is other tomorrow than on the last round.

From the cut-off on customers can change no more of tomorrow, so what is new then is what to load by. It is
the news of the load sheet; what a vendor allows after the cut-off they know of, and the sheet calls it late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import exists, func, select, text

from ..accounts.models import Vendor
from ..accounts.queries import Business, business
from ..kernel.clock import day_in, now, start_of_day
from ..kernel.database import patience, session, transaction
from ..notices import service as notices
from ..notices.models import Notice
from ..on_demand.rules import ACCEPTED
from ..orders.models import ON_DEMAND, Holiday, Order
from ..orders.queries import holidays
from . import tomorrow_words as words
from .news import LOOK_BACK, time_is_over
from .round import Round, Stop, round_of

# Vendors looked at in one statement. Each who may have news then gets a short transaction of their own.
BATCH = 200

# Whose cut-off has come and who was not told yet, and whether anything of theirs can be news. It asks more
# loosely than `news.news_of`: nothing that is news may be missed here, what turns out to be none costs one
# look at the round. A vendor whose orders just go on costs a walk over them inside the database, no more.
#
# `before` is at or before the last day on which an order's pattern fell: a rhythm over all weekdays comes
# every `every` days, one over some of them at least every seven times that. `decided` is an instant before
# that day began, in whatever zone.
MAY_HAVE_NEWS = text(
    """
    WITH due AS (
        SELECT v.user_id AS vendor_id, z.day
        FROM vendors v
        JOIN unnest(CAST(:zones AS text[]), CAST(:cut_offs AS time[]), CAST(:days AS date[]))
            AS z(zone, cut_off, day) ON z.zone = v.timezone AND z.cut_off = v.cut_off
        WHERE v.user_id > :after AND NOT EXISTS (
            SELECT FROM notices n WHERE n.user_id = v.user_id AND n.topic = 'tomorrow:' || z.day
        )
        ORDER BY v.user_id LIMIT :batch
    )
    SELECT d.vendor_id, EXISTS (
        SELECT FROM orders x
        WHERE x.vendor_id = d.vendor_id AND x.order_type_id = 2 AND x.state = 'accepted'
            AND x.start_date = d.day
    ) OR EXISTS (
        SELECT FROM orders o
        CROSS JOIN LATERAL (
            SELECT * FROM order_periods p WHERE p.order_id = o.id AND p.starts_on <= d.day
            ORDER BY p.starts_on DESC LIMIT 1
        ) p
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN cardinality(p.weekdays) = 7 THEN d.day - p.every
                WHEN 7 * p.every <= :look_back THEN d.day - 7 * p.every
                ELSE '-infinity'::date
            END AS before
        ) r
        CROSS JOIN LATERAL (
            SELECT (r.before::timestamp - interval '14 hours') AT TIME ZONE 'UTC' AS decided,
                least(o.ended_on, p.valid_till) AS last
        ) s
        WHERE o.vendor_id = d.vendor_id AND o.order_type_id = 1 AND o.state = 'active'
            AND o.start_date <= d.day AND coalesce(s.last, d.day) >= d.day - :look_back
            AND (
                greatest(o.start_date, o.first_night) > r.before
                OR p.starts_on > r.before
                OR (s.last < d.day AND (s.last >= r.before OR o.ended_at >= s.decided))
                OR EXISTS (
                    SELECT FROM order_terms t WHERE t.order_id = o.id AND t.accepted_at >= s.decided
                )
                OR EXISTS (
                    SELECT FROM pauses a
                    WHERE a.order_id = o.id AND a.starts_on <= d.day AND a.ends_on >= r.before
                        AND (a.ends_on < d.day OR a.starts_on > r.before OR a.created_at >= s.decided)
                )
                OR (p.starts_on > d.day - :look_back AND EXISTS (
                    SELECT FROM order_periods e
                    WHERE e.order_id = o.id AND e.starts_on < p.starts_on
                        AND (e.weekdays, e.every) IS DISTINCT FROM (p.weekdays, p.every)
                ))
            )
    ) AS maybe
    FROM due d ORDER BY d.vendor_id
    """
)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is other tomorrow: the stops with news, and the whole round behind them.

    `closed` is the vendor's own holiday that begins tomorrow and leaves nothing to load; `reopened`: one
    ends today.
    """

    round: Round
    stops: list[Stop]
    closed: Holiday | None = None
    reopened: bool = False


def tell_tomorrow() -> dict[str, Any]:
    """Tell every vendor whose cut-off has come what changes tomorrow; how many were looked at and told.

    Opens a transaction a batch and a vendor. Repeating it, also at the same time, tells nobody twice.
    """
    count: Counter[str] = Counter()
    with transaction():
        settings = _whose_time_is_over(now())
    after: int | None = 0 if settings["zones"] else None
    while after is not None:
        with transaction():
            patience(statement="120s")
            values = settings | {"after": after, "batch": BATCH, "look_back": LOOK_BACK}
            rows = session().execute(MAY_HAVE_NEWS, values).all()
        for vendor_id in (row.vendor_id for row in rows if row.maybe):
            count["looked_at"] += 1
            with transaction():
                patience(statement="120s")
                count["told"] += _tell(vendor_id)
        after = rows[-1].vendor_id if len(rows) == BATCH else None
    return {"looked_at": count["looked_at"], "told": count["told"]}


def _whose_time_is_over(instant: datetime) -> dict[str, list[Any]]:
    """The zones and cut-offs of vendors that have come to the evening, and the day that tomorrow is there."""
    found: dict[str, list[Any]] = {"zones": [], "cut_offs": [], "days": []}
    for zone, cut_off in session().execute(select(Vendor.timezone, Vendor.cut_off).distinct()):
        day = day_in(zone, instant) + timedelta(days=1)
        if instant >= time_is_over(zone, cut_off, day):
            found["zones"].append(zone)
            found["cut_offs"].append(cut_off)
            found["days"].append(day)
    return found


def topic_of(day: date) -> str:
    """What a vendor is told about the day has this topic."""
    return f"tomorrow:{day}"


def _tell(vendor_id: int) -> bool:
    """Tell one vendor, unless they were told or nothing changes; a fixed number of statements."""
    # Held until the commit, so that of two workers one tells; what decides is read after it.
    key = f"records.tomorrow:{vendor_id}"
    if not session().scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(key, 0)))):
        return False
    shop = business(vendor_id)
    if shop is None:
        return False
    instant = now()
    day = day_in(shop.timezone, instant) + timedelta(days=1)
    if instant < time_is_over(shop.timezone, shop.cut_off, day) or _was_told(vendor_id, day):
        return False
    found = changes_of(shop, day)
    if not found.stops:
        return False
    notices.tell(
        vendor_id,
        vendor_id=vendor_id,
        kind="tomorrow_changes",
        words=partial(words.message, found),
        url=f"/today?date={day}",
        topic=topic_of(day),
        midnight=start_of_day(shop.timezone, day + timedelta(days=1)),
        data={"date": day.isoformat(), "changes": len(found.stops)},
    )
    return True


def _was_told(vendor_id: int, day: date) -> bool:
    told = exists().where(Notice.user_id == vendor_id, Notice.topic == topic_of(day))
    return bool(session().scalar(select(told)))


def changes_of(shop: Business, day: date) -> Changes:
    """What the load sheet of `day` calls new and not late, and the extras that are for this very day."""
    round_ = round_of(shop, day, extras=True)
    ids = _extras_for(shop.vendor_id, day)
    # An extra of an earlier day that was not handed over yet stood on the last round already.
    extras = [stop for stop in round_.stops if stop.extra and stop.order_id in ids]
    stops = [stop for stop in (*round_.news, *extras) if stop.news and not stop.news.late]
    return _around_holidays(round_, stops, holidays(shop.vendor_id, first=day - timedelta(days=1)), day)


def _extras_for(vendor_id: int, day: date) -> set[int]:
    rows = session().scalars(
        select(Order.id).where(
            Order.vendor_id == vendor_id,
            Order.order_type_id == ON_DEMAND,
            Order.state == ACCEPTED,
            Order.start_date == day,
        )
    )
    return set(rows)


def _around_holidays(round_: Round, stops: list[Stop], own: Sequence[Holiday], day: date) -> Changes:
    """While the whole business is closed only its beginning is news."""
    closed = [one for one in own if one.starts_on <= day <= one.ends_on]
    if closed and not round_.load:
        begins = all(one.starts_on == day for one in closed)
        return Changes(round_, stops if begins else [], closed[0])
    return Changes(round_, stops, reopened=any(one.ends_on < day for one in own))
