"""A new price for more orders than are asked while a person waits: a long job, five hundred a step."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import date, timedelta
from typing import Any

from ..accounts import queries as people
from ..accounts.models import Vendor
from ..kernel import long_jobs
from ..kernel.clock import day_in
from ..kernel.database import session
from ..kernel.errors import NotFound
from ..kernel.long_work import Turn
from ..orders import service as orders
from ..orders.queries import Actor, active_orders_of
from . import raising

KIND = "new_price"
# So many are asked while the person waits.
AT_ONCE = 500
A_STEP = 500
# The same new price for the same orders is not asked again so soon: it is the same click, come twice.
SAME_CLICK = timedelta(hours=1)


def begin(who: Actor, wanted: orders.Wanted, new: orders.NewRate) -> int | None:
    """The long job that asks for the new price, None when so few are meant that they are asked at once.

    `wanted` is an item by its name. Which orders are meant is settled now, whether each is asked when its
    turn comes. Raises 409 `work_running` while the vendor's last new price is not through.
    """
    today = day_in(session().get_one(Vendor, who.user_id).timezone)
    meant = active_orders_of(
        who.user_id, today, item_name=wanted.item_name, units=wanted.units, rate=wanted.rate_now
    )
    if len(meant) <= AT_ONCE:
        return None
    args: dict[str, Any] = {
        "order_ids": meant,
        "item_name": wanted.item_name,
        "units": list(wanted.units),
        "rate_now": wanted.rate_now,
        "rate": new.rate,
        "effective_from": new.effective_from.isoformat() if new.effective_from else None,
        "message": new.message,
        "on_behalf_note": new.on_behalf_note,
    }
    same = hashlib.sha256(json.dumps(args, sort_keys=True).encode()).hexdigest()
    return long_jobs.start(who.user_id, KIND, args, len(meant), same=same, again_after=SAME_CLICK)


def step(turn: Turn) -> None:
    """Ask for the next five hundred orders. All belong to one act, which the last step leads to."""
    who = people.actor(turn.user_id)
    if who is None:
        raise NotFound()
    args, state = turn.args, turn.state
    ids = args["order_ids"][turn.done : turn.done + A_STEP]
    wanted = orders.Wanted(
        order_ids=tuple(ids),
        item_name=args["item_name"],
        units=tuple(args["units"]),
        rate_now=args["rate_now"],
    )
    first = args["effective_from"]
    new = orders.NewRate(
        args["rate"],
        date.fromisoformat(first) if first else None,
        args["message"],
        args["on_behalf_note"],
    )
    done = raising.propose_rate(who, wanted, new, into=state.get("proposal_id"))
    statuses = Counter(one.change.status for one in done.results if one.change)
    left = Counter(state.get("left_out", {}))
    left.update(one.problem.code for one in done.results if one.problem)
    if done.proposal_id is not None:
        orders.note_left_out(who, done.proposal_id, left)
    state.update(
        proposal_id=done.proposal_id,
        asked=state.get("asked", 0) + statuses["pending"],
        noted=state.get("noted", 0) + statuses["accepted"],
        left_out=dict(left),
    )
    turn.done += len(ids)
    if turn.done >= turn.total:
        proposal_id = state["proposal_id"]
        turn.finish(url=f"/prices/{proposal_id}" if proposal_id else "/prices", **state)
