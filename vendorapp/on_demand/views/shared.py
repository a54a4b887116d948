"""What every page of the room begins with."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from ...accounts import guards
from ...accounts.queries import Caller
from ...kernel.errors import NotFound
from .. import queries
from ..queries import RequestView

blueprint = Blueprint("on_demand", __name__)

Page = str | Response | tuple[str, int]


def own(order_id: int) -> RequestView:
    """The on-demand order, when it is one of the caller's; 404 else."""
    found = queries.find(guards.caller(), order_id)
    if found is None:
        raise NotFound()
    return found


def other_side(found: RequestView, caller: Caller) -> str:
    """What the other side is called; nothing for a vendor's walk-in."""
    return found.customer_name if caller.is_vendor else found.business_name
