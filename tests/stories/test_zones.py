"""Whole months by travelling through them, in zones whose days are not those of the server."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests.cast import Api, Cast
from tests.records.orders import on_trust, rows
from vendorapp.records import night

# Zone, first day, and how many days: both clock changes, a leap day, the ends of months and years.
MONTHS = [
    ("Asia/Kolkata", date(2027, 12, 1), 62),
    ("America/New_York", date(2027, 10, 25), 40),
    ("Europe/London", date(2027, 3, 1), 45),
    ("Pacific/Auckland", date(2028, 2, 15), 50),
    ("Africa/Kampala", date(2028, 2, 1), 31),
    ("America/St_Johns", date(2028, 3, 1), 31),
]


def instants(zone: str, first: date, days: int) -> list[tuple[datetime, bool]]:
    """The moments around each local midnight and a few between, in order; the flag says: mark now."""
    here = ZoneInfo(zone)
    found = []
    for step in range(days):
        midnight = datetime.combine(first + timedelta(days=step), datetime.min.time(), here).astimezone(UTC)
        found += [(midnight + timedelta(hours=hours), hours == 9) for hours in (0, 9, 18)]
        found.append((midnight - timedelta(seconds=1), False))
    return sorted(found)[1:]


def mark_today(vendor: Api, order_id: int) -> str:
    """The vendor's mark without a date; the day that it counted for."""
    answer = vendor.post(f"/order/{order_id}/attendance", {})
    assert answer.status in (200, 201), answer.json
    return str(answer["record"]["date"])


def days_of(order_id: int) -> list[date]:
    return [day for (day,) in rows("SELECT date FROM records WHERE order_id = :id ORDER BY 1", id=order_id)]


@pytest.mark.parametrize(("zone", "first", "days"), MONTHS)
def test_every_day_gets_its_record_once_and_counts_in_its_month(
    cast: Cast, zone: str, first: date, days: int
) -> None:
    moments = instants(zone, first, days)
    expected = [first + timedelta(days=step) for step in range(days)]
    with time_machine.travel(moments[0][0], tick=False) as clock:
        vendor = cast.vendor(timezone=zone)
        row_id = cast.row(vendor)["id"]
        daily = on_trust(vendor, row_id, rate="10.00", quantity="1")
        third = on_trust(vendor, row_id, rate="1.00", quantity="1", every=3)
        marked = []
        for moment, mark in moments:
            clock.move_to(moment)
            night.schedule_due()
            # Nothing is ever made ahead, and today is there from its first second on.
            today = moment.astimezone(ZoneInfo(zone)).date()
            assert rows("SELECT max(date) FROM records WHERE order_id = :id", id=daily) == [(today,)]
            if mark:
                marked.append(mark_today(vendor, daily))
        assert marked == [day.isoformat() for day in expected]
        assert days_of(daily) == expected
        assert days_of(third) == expected[::3]
        for month, count in Counter(day[:7] for day in marked).items():
            account = vendor.get(f"/finance/customer/month/{row_id}", query_string={"month": month}).json
            assert account["charges"] == f"{10 * count}.00"
            assert {one["order_id"]: one["active_days"] for one in account["orders"]}[daily] == count
