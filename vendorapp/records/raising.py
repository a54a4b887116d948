"""One new price for many orders, and the days of those where it holds at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ..kernel.errors import Problem
from ..orders import service as orders
from ..orders.queries import Actor, ChangeView, change_view
from . import queries
from . import service as records


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one order: its change, or why it was left alone."""

    order_id: int
    change: ChangeView | None
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class Raised:
    """One act: its id, None when nobody was asked, and the results in the order of what was wanted."""

    proposal_id: int | None
    results: Sequence[Result]


def look(who: Actor, wanted: orders.Wanted, new: orders.NewRate) -> list[orders.Weighed]:
    """What the new price would mean for each order; nobody is told."""
    return _weighed(who, wanted, new, lock=False)


def _weighed(who: Actor, wanted: orders.Wanted, new: orders.NewRate, *, lock: bool) -> list[orders.Weighed]:
    found = orders.find_wanted(who, wanted, lock=lock)
    return orders.weigh(found, new, last_marked=queries.last_marked_days(found.standing))


def propose_rate(
    who: Actor, wanted: orders.Wanted, new: orders.NewRate, *, into: int | None = None
) -> Raised:
    """Ask for the new price wherever nothing stands against it; unmarked days follow where it holds.

    `into` names an act that these orders are a further part of.
    """
    weighed = _weighed(who, wanted, new, lock=True)
    proposal_id, changes = orders.propose_rate(who, wanted, new, weighed, into=into)
    days: dict[date, list[int]] = {}
    for order_id, change in changes.items():
        if change.status == "accepted":
            days.setdefault(change.effective_from, []).append(order_id)
    for day, order_ids in sorted(days.items()):
        records.follow_terms(order_ids, from_day=day)
    results = []
    for one in weighed:
        made = changes.get(one.order_id)
        view = change_view(made, one.held.vendor.currency) if made and one.held else None
        results.append(Result(one.order_id, view, one.problem))
    return Raised(proposal_id, results)
