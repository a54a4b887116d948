"""What waits for an answer, mine first: things asked for once, changes of regular orders, days not agreed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from flask import abort, render_template, request

from ...accounts import guards
from ...accounts.queries import Caller
from ...kernel.paging import Page as Rows
from ...kernel.paging import PageQuery
from ...kernel.shape import read_query
from ...on_demand import queries as extras
from ...orders import queries as orders
from ...orders.service.shared import opposite
from .. import queries
from ..month_days import plans_of
from .changes import card_of
from .shared import Page, blueprint, other_side
from .words import change_title

# So many of each part on the first page; the rest is a page of its own.
SHOWN = 10
A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Part:
    """Some of what stands on the page: `items` as the template takes them, `next` the cursor of the rest."""

    name: str
    items: list[Any] = field(default_factory=list)
    next: str | None = None


def _requests(name: str) -> Callable[[Caller, int, str | None], Part]:
    def read(caller: Caller, limit: int, cursor: str | None) -> Part:
        found = extras.requests(caller, name, limit=limit, cursor=cursor)
        return Part(name, found.items, found.next)

    return read


def _changes(caller: Caller, limit: int, cursor: str | None) -> Part:
    """Changes of regular orders that this side answers, as cards."""
    found = orders.list_changes(caller, proposed_side=opposite(caller.role), limit=limit, cursor=cursor)
    of = orders.find_all(caller, [one.order_id for one in found.items])
    plans = plans_of(of)
    cards = [
        card_of(of[one.order_id], plans[one.order_id], one, caller)
        for one in found.items
        if one.order_id in of
    ]
    return Part("changes", cards, found.next)


def _proposed(caller: Caller, limit: int, cursor: str | None) -> Part:
    """This side's own proposals that wait for the other: title, who answers, the change."""
    found = orders.list_changes(caller, proposed_side=caller.role, limit=limit, cursor=cursor)
    of = orders.find_all(caller, [one.order_id for one in found.items])
    items = []
    for one in found.items:
        if order := of.get(one.order_id):
            other = other_side(order, caller)
            items.append((change_title(one, order.terms.item_name, mine=True, other=other), other, one))
    return Part("proposed", items, found.next)


def _days(caller: Caller, limit: int, cursor: str | None) -> Part:
    """Days on which the two sides say different things: the order and the delivery."""
    found: Rows[queries.RecordView] = queries.list_records(caller, disputed=True, limit=limit, cursor=cursor)
    of = orders.find_all(caller, [one.delivery.order_id for one in found.items])
    items = [(of[one.delivery.order_id], one.delivery) for one in found.items if one.delivery.order_id in of]
    return Part("days", items, found.next)


READS: dict[str, Callable[[Caller, int, str | None], Part]] = {
    "answer": _requests("answer"),
    "changes": _changes,
    "disputed": _requests("disputed"),
    "days": _days,
    "accepted": _requests("accepted"),
    "asked": _requests("asked"),
    "proposed": _proposed,
    "past": _requests("past"),
}


class RequestsQuery(PageQuery):
    """`part` opens one part of the page by itself, paged."""

    part: Literal[tuple(READS)] | None = None  # type: ignore[valid-type]


@blueprint.get("/requests")
@guards.signed_in
def requests() -> Page:
    """Everything that waits, what waits for the reader first; or one part of it (``?part=``)."""
    caller = guards.caller()
    asked = read_query(RequestsQuery, request.args)
    if asked.part:
        part = READS[asked.part](caller, A_PAGE, asked.cursor)
        return render_template("records/requests.html", parts={part.name: part}, alone=part)
    if asked.cursor:
        abort(404)
    parts = {name: read(caller, SHOWN, None) for name, read in READS.items()}
    return render_template("records/requests.html", parts=parts, alone=None)
