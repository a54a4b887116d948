"""What the tests of reminders begin with: pay days, mornings, and looks at what was said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import time_machine

from tests.cast import Api
from tests.records.orders import execute, rows
from vendorapp.reminders.sending import send

KOLKATA = "Asia/Kolkata"


def pays_on(vendor: Api, day: int | None, customer_id: int | None = None) -> None:
    """Customers of this vendor pay by this day of the month; or only this one does."""
    if customer_id is None:
        execute("UPDATE vendors SET pay_day = :day WHERE user_id = :id", day=day, id=vendor.user["id"])
    else:
        vendor.put(f"/customer/{customer_id}/reminders", {"pay_day": day}, expect=200)


def at(clock: time_machine.Traveller, day: str, hour: str = "10:30", zone: str = KOLKATA) -> None:
    clock.move_to(datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=ZoneInfo(zone)))


def days(first: str, last: str) -> Iterator[str]:
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        yield day.isoformat()
        day += timedelta(days=1)


def reminded(clock: time_machine.Traveller, first: str, last: str, zone: str = KOLKATA) -> list[str]:
    """The days from the first to the last on which the morning's run reminded somebody."""
    found = []
    for day in days(first, last):
        at(clock, day, zone=zone)
        if count := send()["reminded"]:
            assert count == 1
            found.append(day[5:])
    return found


def standing(who: Api, customer_id: int) -> Any:
    return who.get(f"/customer/{customer_id}/reminders").json


def remind(vendor: Api, customer_id: int, expect: int = 201) -> Any:
    return vendor.post(f"/customer/{customer_id}/reminders", expect=expect).json


def promise(login: Api, customer_id: int, day: str, expect: int = 201) -> Any:
    return login.post(f"/customer/{customer_id}/promise", {"day": day}, expect=expect).json


def said(who: Api, kind: str = "reminder") -> list[tuple[str, str]]:
    """Title and text of what somebody was told, newest first."""
    found = who.get("/notifications").json["items"]
    return [(one["title"], one["body"]) for one in found if one["kind"] == kind]


def written(customer_id: int) -> list[tuple[Any, ...]]:
    """Cycle, number, day and amount (minor units) of each reminder, oldest first."""
    return [
        (cycle[5:], number, day[5:], amount)
        for cycle, number, day, amount in rows(
            "SELECT cycle::text, number, day::text, amount FROM reminders"
            " WHERE customer_id = :id ORDER BY id",
            id=customer_id,
        )
    ]
