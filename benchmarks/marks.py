"""Marks over HTTP: single ones from many doorsteps at once, and whole rounds in one call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from benchmarks import data
from benchmarks.data import Shop
from benchmarks.ground import Ground, say
from benchmarks.report import middle
from benchmarks.web import HEALTH, Request, Round, View, Web, processor, web
from vendorapp.records.night import schedule_due

DAYS = 5
SMALL_ROUND, LARGE_ROUND = 200, 2_000


def measure(here: Ground, *, quick: bool) -> dict[str, Any]:
    """Single marks beside ``/healthz``, and rounds of 200 and of 2,000."""
    say("marks: filling the books")
    today = data.today(here)
    first = today - timedelta(days=DAYS - 1)
    shops = data.fill(
        here,
        [SMALL_ROUND, LARGE_ROUND] + [SMALL_ROUND] * (20 if quick else 40),
        start=today - timedelta(days=60),
        scheduled_through=first - timedelta(days=1),
    )
    schedule_due()
    here.run("VACUUM (ANALYZE)")
    with web(here) as server:
        say("marks: one by one")
        single = _one_by_one(here, server, shops[2:], quick=quick)
        say("marks: whole rounds")
        whole = [
            _whole_round(here, server, shop, days=2 if quick else DAYS - 1) for shop in (shops[0], shops[1])
        ]
    return {
        "Marks one by one (32 connections; medians, ratios turn by turn)": single,
        "Whole rounds in one call (one connection)": whole,
    }


def _one_by_one(here: Ground, server: Web, shops: list[Shop], *, quick: bool) -> list[dict[str, Any]]:
    """Each record is marked once: days and vendors come mixed."""
    tokens = {shop.vendor_id: shop.token for shop in shops}
    records = here.rows(
        "SELECT vendor_id, order_id, date FROM records WHERE vendor_id = ANY (%(vendors)s)"
        " ORDER BY md5(id::text)",
        vendors=list(tokens),
    )
    requests = [_mark(tokens[vendor_id], order_id, day) for vendor_id, order_id, day in records]
    seconds, turns = (1.0, 2) if quick else (3.0, 6)
    health, marks = View("GET /healthz"), View("POST /v1/order/{id}/attendance")
    place = 0
    for turn in range(turns + 1):
        beside = server.load([HEALTH], seconds=seconds)
        round_ = server.load(requests[place:], seconds=seconds, cycle=False)
        place += round_.used
        if turn:  # the first turn warms up
            health.rounds.append(beside)
            marks.rounds.append(round_)
    marked = here.one(
        "SELECT count(*) FROM records WHERE vendor_status = 'delivered' AND vendor_id = ANY (%(vendors)s)",
        vendors=list(tokens),
    )
    if marked != place:
        raise RuntimeError(f"{place} marks were answered, {marked} are kept.")
    return [health.line(health), marks.line(health)]


def _mark(token: str, order_id: int, day: date) -> Request:
    body = {"date": day.isoformat(), "status": "delivered"}
    return Request("POST", f"/v1/order/{order_id}/attendance", token, body)


def _whole_round(here: Ground, server: Web, shop: Shop, *, days: int) -> dict[str, Any]:
    """A round of another day each time; then each is sent again, as a phone does that heard no answer."""
    rounds = list(_rounds(here, shop))[: days + 1]
    first: list[Round] = []
    again: list[Round] = []
    for turn, request in enumerate(rounds):
        for kind in (first, again):
            round_ = server.load([request], seconds=60, cycle=False, connections=1)
            if turn:  # the first day warms up
                kind.append(round_)
    took = [one.latencies_ms[0] for one in first]
    return {
        "call": f"POST /v1/attendance, {shop.customers:,} marks",
        "rounds": len(first),
        "ms": middle(took, 1),
        "us_a_mark": middle([wait / shop.customers * 1e3 for wait in took], 1),
        "sent_again_ms": middle([one.latencies_ms[0] for one in again], 1),
        **processor(first, len(first)),
    }


def _rounds(here: Ground, shop: Shop) -> Iterator[Request]:
    records = here.rows(
        "SELECT date, array_agg(order_id ORDER BY order_id) FROM records"
        " WHERE vendor_id = %(vendor)s GROUP BY date ORDER BY date",
        vendor=shop.vendor_id,
    )
    for day, orders in records:
        marks = [{"order_id": order_id, "status": "delivered"} for order_id in orders]
        yield Request("POST", "/v1/attendance", shop.token, {"date": day.isoformat(), "marks": marks})
