"""Every hour: whoever owes something since their pay day is reminded of it, politely."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from ..accounts.models import Vendor
from ..customers.models import Customer
from ..kernel.clock import now
from ..kernel.database import patience, session, transaction
from . import by_itself, rules

AT_ONCE = 1000


def send() -> dict[str, Any]:
    """Remind whose turn it is in each vendor's zone, at day time there; how many.

    Opens its own transactions. Repeating reminds nobody twice.
    """
    reminded = 0
    with transaction():
        zones = _zones()
    for zone, vendors in zones.items():
        here = now().astimezone(ZoneInfo(zone))
        if not rules.FROM_HOUR <= here.hour < rules.UNTIL_HOUR:
            continue
        after: int | None = 0
        while after is not None:
            with transaction():
                patience(statement="60s")
                after, count = by_itself.remind_due(vendors, here.date(), after=after, limit=AT_ONCE)
            reminded += count
    return {"reminded": reminded}


def _zones() -> dict[str, list[int]]:
    """The vendors somebody of whose book has a pay day, by their zone."""
    own = select(Customer.id).where(Customer.vendor_id == Vendor.user_id, Customer.pay_day.is_not(None))
    rows = session().execute(
        select(Vendor.timezone, func.array_agg(Vendor.user_id))
        .where(or_(Vendor.pay_day.is_not(None), own.exists()))
        .group_by(Vendor.timezone)
        .order_by(Vendor.timezone)
    )
    return {zone: sorted(vendors) for zone, vendors in rows}
