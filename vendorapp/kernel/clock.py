"""The one place that asks what time it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def day_in(zone: str, instant: datetime | None = None) -> date:
    """The calendar day that `instant` (default: now) falls on in the IANA zone `zone`."""
    return (instant or now()).astimezone(ZoneInfo(zone)).date()


def start_of_day(zone: str, day: date) -> datetime:
    """The first instant of `day` in `zone`, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first day of the month after the one `day` lies in."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def last_of_month(day: date) -> date:
    return next_month(day) - timedelta(days=1)
