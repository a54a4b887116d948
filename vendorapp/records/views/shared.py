"""What every page of the room begins with."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ...accounts import guards
from ...accounts.queries import Caller
from ...customers import queries as book
from ...kernel.errors import NotFound, Problem
from ...kernel.fields import Body, Day
from ...kernel.shape import read
from ...orders import queries as orders
from ...orders.queries import OrderView

blueprint = Blueprint("records", __name__)

Page = str | Response | tuple[str, int]


class _OneDay(Body):
    day: Day


def own_order(order_id: int) -> OrderView:
    """The order, when it is one of the caller's; 404 else."""
    order = orders.find(guards.caller(), order_id)
    if order is None or order.order_type != "scheduled":
        raise NotFound()
    return order


def other_side(order: OrderView, caller: Caller) -> str:
    """What the other side is called."""
    return order.customer_name if caller.is_vendor else order.business_name


def takes_note(caller: Caller, customer_id: int | None) -> bool:
    """Whether this vendor may confirm for the customer: there is no login that could answer."""
    if not caller.is_vendor or customer_id is None:
        return False
    row = book.find(caller, customer_id)
    return row is not None and not row.linked


def back_link(order: OrderView, caller: Caller) -> dict[str, Any]:
    """The way up from an order: a vendor's customer, a customer's vendor."""
    if caller.is_vendor:
        return {"back_url": f"/customers/{order.customer_id}", "back_label": order.customer_name}
    return {"back_url": "/", "back_label": _("Home")}


def day_asked(name: str = "date") -> date | None:
    """The day in the address, None when there is none; 422 when it is none."""
    raw = request.values.get(name, "").strip()
    if not raw:
        return None
    try:
        return read(_OneDay, {"day": raw}).day
    except Problem:
        raise NotFound() from None
