"""What people look at: an account's month, a vendor's month of 10,000 customers, a day, today's page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from benchmarks import data
from benchmarks.data import Shop
from benchmarks.ground import Ground, say
from benchmarks.web import HEALTH, Request, View, web
from vendorapp.kernel.clock import first_of_month
from vendorapp.records.night import schedule_due

STOPS = 200


def measure(here: Ground, *, quick: bool) -> dict[str, Any]:
    """Reads beside ``/healthz``, all of them of a vendor whose last month is full of delivered days."""
    customers = 1_000 if quick else 10_000
    say(f"months: filling a month of {customers:,} customers")
    today = data.today(here)
    last_day = first_of_month(today) - timedelta(days=1)
    month = first_of_month(last_day)
    large, small = data.fill(
        here, [customers, STOPS], start=month, scheduled_through=today - timedelta(days=1)
    )
    days = data.delivered(here, large, month, last_day)
    schedule_due()
    here.run("VACUUM (ANALYZE)")
    views = _views(here, large, small, month=f"{month:%Y-%m}", day=today.isoformat())
    seconds, turns = (0.7, 2) if quick else (2.0, 5)
    measured = {name: View(name) for name in views}
    say("months: reading")
    with web(here) as server:
        for turn in range(turns + 1):
            for name, requests in views.items():
                round_ = server.load(requests, seconds=seconds)
                if turn:  # the first turn warms up
                    measured[name].rounds.append(round_)
    health = measured["GET /healthz"]
    title = f"Reads ({customers:,} customers, {days:,} days delivered last month; 32 connections)"
    return {title: [view.line(health) for view in measured.values()]}


def _views(here: Ground, large: Shop, small: Shop, *, month: str, day: str) -> dict[str, list[Request]]:
    customers = here.rows(
        "SELECT id FROM customers WHERE vendor_id = %(vendor)s ORDER BY md5(id::text) LIMIT 2000",
        vendor=large.vendor_id,
    )
    return {
        "GET /healthz": [HEALTH],
        "GET /v1/finance/customer/month/{id}": [
            Request("GET", f"/v1/finance/customer/month/{customer_id}?month={month}", large.token)
            for (customer_id,) in customers
        ],
        "GET /v1/finance/vendor/month/{id}": [
            Request("GET", f"/v1/finance/vendor/month/{large.vendor_id}?month={month}", large.token)
        ],
        f"GET /v1/records, a day of {STOPS} stops": [
            Request("GET", f"/v1/records?date={day}&limit=200", small.token)
        ],
        f"GET /today, {STOPS} stops": [Request("GET", "/today", small.token)],
    }
