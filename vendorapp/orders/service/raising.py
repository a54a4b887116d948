"""One new price for many orders at once, each by a change of its own; a fixed number of statements."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Any

from sqlalchemy import select, text, update

from ...kernel.clock import now
from ...kernel.database import session
from ...kernel.errors import Conflict, NotFound, Problem
from ...kernel.money import largest_minor
from ...notices import service as notices
from ...notices.words import Words
from ..models import ChangeRequest, Order, RateProposal
from ..queries import Actor, one_of
from ..rules import PROPOSAL_LASTS, Standing, Version, first_day_of_rate
from ..words import withdrawn
from .proposing import asking
from .shared import Held, proposal_topic, telling
from .versions import Agreed, append_versions
from .wanted import Found, Wanted, find_wanted


@dataclass(frozen=True, slots=True)
class NewRate:
    """A price of one, in minor units. `effective_from` None: from tomorrow, or the first free day.

    The note says how those without a login agreed; for the others it is not needed.
    """

    rate: int
    effective_from: date | None
    message: str | None
    on_behalf_note: str | None


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a new price means for one order: the day it would begin, or why the order is left alone."""

    order_id: int
    held: Held | None
    versions: Sequence[Version]
    day: date | None
    problem: Problem | None


def weigh(found: Found, new: NewRate, *, last_marked: Mapping[int, date]) -> list[Weighed]:
    """What the new price means for each of these orders; one that is not the vendor's is not found."""
    weighed = []
    for order_id in found.order_ids:
        held = found.standing.get(order_id)
        day, problem = None, None
        try:
            if held is None:
                raise _no_standing_order(found.others.get(order_id))
            day = _first_day(held, new, order_id in found.waiting, last_marked.get(order_id))
        except Problem as left_alone:
            problem = left_alone
        weighed.append(Weighed(order_id, held, found.versions.get(order_id, ()), day, problem))
    return weighed


def _no_standing_order(state: str | None) -> Problem:
    if state is None:
        return NotFound()
    return Conflict("wrong_state", "This is not a standing order.", status=state)


def _first_day(held: Held, new: NewRate, waiting: bool, last_marked: date | None) -> date:
    standing = Standing(
        over=held.over or (held.order.state == "proposed" and not waiting),
        waiting=waiting,
        customer_active=held.customer.status == "active",
        has_login=held.customer.user_id is not None,
        periods=held.periods,
        last_marked=last_marked,
        today=held.today,
    )
    return first_day_of_rate(
        standing,
        new.rate,
        effective_from=new.effective_from,
        noted=new.on_behalf_note is not None,
        largest=largest_minor(held.vendor.currency),
    )


def propose_rate(
    who: Actor, wanted: Wanted, new: NewRate, weighed: Sequence[Weighed], *, into: int | None = None
) -> tuple[int | None, dict[int, ChangeRequest]]:
    """Ask for the new price wherever nothing stands against it; the act's id and the changes by order.

    Who has a login answers; for the others the note makes it hold at once. The act's id is None when
    nobody was asked. `into` names an act that these orders are a further part of.
    """
    asked = {one.order_id: one for one in weighed if one.problem is None}
    if not asked:
        return into, {}
    proposal = _proposal(who, wanted, new, weighed) if into is None else _own_proposal(who, into)
    _close_lapsed(who, asked)
    changes = _insert(who, proposal, new, asked.values())
    accepted = [asked[order_id] for order_id, one in changes.items() if one.status == "accepted"]
    _take_effect(who, new, accepted)
    _touch(asked)
    notices.tell_many(
        asking(who, held, change)
        for order_id, change in changes.items()
        if change.status == "pending" and (held := asked[order_id].held)
    )
    return proposal.id, changes


def _proposal(who: Actor, wanted: Wanted, new: NewRate, weighed: Sequence[Weighed]) -> RateProposal:
    made = RateProposal(
        vendor_id=who.user_id,
        item_name=wanted.item_name,
        rate=new.rate,
        effective_from=new.effective_from,
        message=new.message,
        left_out=left_out(weighed),
        created_at=now(),
    )
    session().add(made)
    session().flush()
    return made


def _own_proposal(who: Actor, proposal_id: int) -> RateProposal:
    found = session().get(RateProposal, proposal_id)
    if found is None or found.vendor_id != who.user_id:
        raise NotFound()
    return found


def note_left_out(who: Actor, proposal_id: int, counts: Mapping[str, int]) -> None:
    """Write down how many orders a vendor's new price left alone, by the reason's code. NotFound."""
    _own_proposal(who, proposal_id).left_out = dict(counts)
    session().flush()


def left_out(weighed: Sequence[Weighed]) -> dict[str, int]:
    """How many orders are left alone, by the reason's code."""
    counts: dict[str, int] = {}
    for one in weighed:
        if one.problem is not None:
            counts[one.problem.code] = counts.get(one.problem.code, 0) + 1
    return counts


def _close_lapsed(who: Actor, order_ids: Collection[int]) -> None:
    """Write down that earlier proposals were not answered in time: an order has one pending change."""
    lapsed = session().scalars(
        update(ChangeRequest)
        .where(one_of(ChangeRequest.order_id, order_ids), ChangeRequest.status == "pending")
        .values(status="expired", answered_at=ChangeRequest.expires_at)
        .returning(ChangeRequest.order_id)
        .execution_options(synchronize_session=False)
    )
    notices.mark_topic_read(who.user_id, *(proposal_topic(order_id) for order_id in lapsed))


INSERT = text(
    """
    INSERT INTO change_requests (order_id, vendor_id, customer_id, kind, rate_proposal_id, proposed_by,
                                 proposed_side, rate, effective_from, status, message, on_behalf_note,
                                 answered_by, answered_at, expires_at, created_at)
    SELECT order_id, :vendor_id, customer_id, 'update', :proposal_id, :user_id,
           'vendor', :rate, day, status, :message, CASE status WHEN 'accepted' THEN :note END,
           CASE status WHEN 'accepted' THEN CAST(:user_id AS bigint) END,
           CASE status WHEN 'accepted' THEN CAST(:now AS timestamptz) END, :expires_at, :now
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS rows (
        order_id bigint, customer_id bigint, day date, status text
    )
    ORDER BY order_id
    """
)


def _insert(
    who: Actor, proposal: RateProposal, new: NewRate, asked: Collection[Weighed]
) -> dict[int, ChangeRequest]:
    """The changes, by order: pending where there is a login, else accepted on the customer's behalf."""
    rows = [
        {
            "order_id": one.order_id,
            "customer_id": one.held.customer.id,
            "day": one.day.isoformat(),
            "status": "pending" if one.held.customer.user_id is not None else "accepted",
        }
        for one in asked
        if one.held and one.day
    ]
    moment = now()
    values: dict[str, Any] = {
        "rows": json.dumps(rows),
        "vendor_id": proposal.vendor_id,
        "proposal_id": proposal.id,
        "user_id": who.user_id,
        "rate": new.rate,
        "message": new.message,
        "note": new.on_behalf_note,
        "now": moment,
        "expires_at": moment + PROPOSAL_LASTS,
    }
    session().execute(INSERT, values)
    made = session().scalars(
        select(ChangeRequest)
        .where(
            ChangeRequest.rate_proposal_id == proposal.id,
            one_of(ChangeRequest.order_id, [one.order_id for one in asked]),
        )
        .order_by(ChangeRequest.order_id)
    )
    return {row.order_id: row for row in made}


def _take_effect(who: Actor, new: NewRate, accepted: Sequence[Weighed]) -> None:
    agreed = [
        Agreed(
            one.order_id,
            one.held.order.start_date,
            one.versions,
            {"rate": new.rate},
            one.day,
            new.on_behalf_note,
        )
        for one in accepted
        if one.held and one.day
    ]
    append_versions(agreed, accepted_by=who.user_id)


def _touch(order_ids: Collection[int]) -> None:
    session().execute(
        update(Order)
        .where(one_of(Order.id, order_ids))
        .values(updated_at=now())
        .execution_options(synchronize_session=False)
    )


def withdraw_open(who: Actor, proposal_id: int) -> int:
    """Take back whatever of a vendor's new price is not answered yet; how many. NotFound.

    Those whose time is over are left to lapse.
    """
    owner = session().scalar(select(RateProposal.vendor_id).where(RateProposal.id == proposal_id))
    if owner is None or owner != who.user_id:
        raise NotFound()
    open_ones = (ChangeRequest.rate_proposal_id == proposal_id, ChangeRequest.status == "pending")
    ids = session().scalars(select(ChangeRequest.order_id).where(*open_ones)).all()
    found = find_wanted(who, Wanted(order_ids=tuple(ids)), lock=True)
    moment = now()
    taken = session().scalars(
        update(ChangeRequest)
        .where(*open_ones, one_of(ChangeRequest.order_id, ids), ChangeRequest.expires_at > moment)
        .values(status="withdrawn", answered_by=who.user_id, answered_at=moment)
        .returning(ChangeRequest.order_id)
        .execution_options(synchronize_session=False)
    )
    back = [found.standing[order_id] for order_id in taken]

    @cache
    def words(name: str, item: str) -> Words:
        return partial(withdrawn, who=name, item=item)

    _touch([held.order.id for held in back])
    notices.tell_many(
        telling(
            held,
            to_role="customer",
            kind="change_withdrawn",
            words=words(held.name_of("vendor"), held.terms.item_name),
            url=f"/orders/{held.order.id}",
            topic=proposal_topic(held.order.id),
        )
        for held in back
    )
    return len(back)
