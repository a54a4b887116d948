"""The list of records: whose they are, filters, pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Api, Cast

from .orders import agreed, on_trust, orders_of

DAYS = [f"2026-11-{day}" for day in range(18, 22)]


def ids(who: Api, query: str = "") -> list[int]:
    return [one["id"] for one in who.get(f"/records{query}")["items"]]


@pytest.fixture
def book(cast: Cast, milkman: Api, linked: tuple[Api, int], row_id: int) -> Any:
    """Two orders, each with four days; those of the household by day."""
    household, customer_id = linked
    ours = agreed(milkman, household, customer_id, start_date=DAYS[0])
    other = on_trust(milkman, row_id, start_date="2026-10-31")
    found = {
        day: milkman.post(f"/order/{ours}/attendance", {"date": day}, expect=201)["record"]["id"]
        for day in DAYS
    }
    for day in ("2026-10-31", *DAYS[1:]):
        milkman.post(f"/order/{other}/attendance", {"date": day, "status": "skipped"}, expect=201)
    household.put(f"/order/{found[DAYS[3]]}/attendance", {"quantity": 1}, expect=200)
    return household, customer_id, ours, other, found


def test_everybody_sees_their_own_by_date(cast: Cast, milkman: Api, book: Any) -> None:
    household, _, ours, other, found = book
    listed = milkman.get("/records")["items"]
    assert [one["date"] for one in listed] == [
        "2026-10-31",
        DAYS[0],
        *(day for day in DAYS[1:] for _ in "ab"),
    ]
    assert {one["order_id"] for one in listed} == {ours, other}
    assert ids(household) == list(found.values())
    assert ids(cast.vendor()) == ids(cast.customer_login()) == []
    assert Api(milkman.app).get("/records", expect=401).code == "unauthenticated"


def test_filters(cast: Cast, milkman: Api, book: Any) -> None:
    household, customer_id, ours, other, found = book
    vendor_id = milkman.user["id"]
    mine = list(found.values())
    assert ids(milkman, f"?order_id={ours}") == mine
    assert ids(milkman, f"?customer_id={customer_id}") == mine
    assert ids(household, f"?vendor_id={vendor_id}") == mine
    assert ids(milkman, f"?order_id={other}&month=2026-10") == ids(milkman, "?date=2026-10-31")
    assert len(ids(milkman, "?month=2026-11")) == 7
    assert ids(milkman, f"?date={DAYS[1]}&status=delivered") == [found[DAYS[1]]]
    assert len(ids(milkman, "?status=skipped")) == 4
    assert ids(milkman, "?status=cancelled") == []
    assert ids(milkman, "?disputed=true") == ids(household, "?disputed=1") == [found[DAYS[3]]]
    assert len(ids(milkman, "?disputed=false")) == 7
    stranger = cast.vendor()
    foreign = orders_of(cast, stranger, 1)[0]
    for nothing in (
        f"?order_id={foreign}",
        "?order_id=99999999999999999999999",
        "?customer_id=0",
        "?customer_id=-1",
        f"?vendor_id={stranger.user['id']}",
    ):
        assert ids(milkman, nothing) == []
    assert ids(household, f"?order_id={other}") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("order_id=x", "order_id"),
        ("vendor_id=1.5", "vendor_id"),
        ("month=2026-13", "month"),
        ("date=2026-02-29", "date"),
        ("status=eaten", "status"),
        ("disputed=maybe", "disputed"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=abc", "cursor"),
        ("since=1", "since"),
        ("date=2026-11-20&date=2026-11-21", "date"),
    ],
)
def test_bad_queries_are_named(milkman: Api, query: str, field: str) -> None:
    answer = milkman.get(f"/records?{query}", expect=422)
    assert answer["errors"][0]["field"] == field


def test_pages_are_stable_while_days_are_added(milkman: Api, book: Any) -> None:
    _, _, _, other, _ = book
    whole = ids(milkman)
    seen: list[int] = []
    cursor = ""
    while True:
        answer = milkman.get(f"/records?limit=3{cursor}")
        seen += [one["id"] for one in answer["items"]]
        if len(seen) == 3:  # an earlier day appears meanwhile
            milkman.post(f"/order/{other}/attendance", {"date": "2026-11-01"}, expect=201)
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"
    assert seen == whole
