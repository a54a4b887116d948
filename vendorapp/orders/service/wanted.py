"""Many of a vendor's orders at once: found, held in the order of their ids, read in a few statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from ...accounts.models import Vendor
from ...customers.models import Customer
from ...kernel.clock import day_in, now
from ...kernel.database import session
from ...kernel.fields import NO_ID
from ..models import SCHEDULED, ChangeRequest, Order
from ..queries import Actor, active_orders_of, one_of, rule_versions, versions
from ..rules import Version, periods
from .shared import Held


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of a vendor's orders get a new price: those named, or else all active ones of an item, by its
    name or by its kind and id in the catalogue. With both it is those of the item among the named.

    `units` and `rate_now` narrow an item's orders down to those sold in one of the units, and to those
    that cost so much today.
    """

    order_ids: tuple[int, ...] = ()
    item_name: str | None = None
    item: tuple[str, int] | None = None
    units: tuple[str | None, ...] = ()
    rate_now: int | None = None

    @property
    def by_item(self) -> bool:
        return self.item_name is not None or self.item is not None

    def takes(self, held: Held) -> bool:
        """Whether an order of the item is meant, as it stands once it is held."""
        terms, order = held.terms, held.order
        return (
            order.state == "active"
            and not held.over
            and self.item_name in (None, terms.item_name)
            and self.item in (None, (order.item, order.item_id))
            and (not self.units or terms.unit in self.units)
            and self.rate_now in (None, terms.rate)
        )


@dataclass(frozen=True, slots=True)
class Found:
    """The orders that are wanted, by id: standing ones with their versions, and others' states."""

    order_ids: tuple[int, ...]
    standing: Mapping[int, Held]
    versions: Mapping[int, Sequence[Version]]
    waiting: Collection[int]
    others: Mapping[int, str]


def find_wanted(who: Actor, wanted: Wanted, *, lock: bool) -> Found:
    """The orders that a vendor means, with all that decides about them.

    With `lock` they are held until the transaction ends, taken in the order of their ids.
    """
    vendor = session().get_one(Vendor, who.user_id)
    today = day_in(vendor.timezone)
    named = wanted.order_ids
    if wanted.by_item and not named:
        named = tuple(active_orders_of(vendor.user_id, today, item_name=wanted.item_name, item=wanted.item))
    rows = _orders(vendor, named, lock=lock)
    ids = [order.id for order in rows if order.order_type_id == SCHEDULED]
    stored = versions(ids)
    agreed = {order_id: rule_versions(stored.get(order_id, [])) for order_id in ids}
    # All that is read from here on is read after the lock: an invite accepted, a customer taken out.
    customers = _customers(ids)
    standing: dict[int, Held] = {}
    for order in rows:
        if order.order_type_id == SCHEDULED and order.customer_id is not None:
            known = agreed[order.id]
            life = periods(order.start_date, known) if known else []
            standing[order.id] = Held(order, customers[order.customer_id], vendor, life, today)
    if wanted.by_item:
        standing = {order_id: held for order_id, held in standing.items() if wanted.takes(held)}
        named = tuple(standing)
    return Found(
        named,
        standing,
        agreed,
        _waiting(ids),
        {order.id: order.state for order in rows if order.order_type_id != SCHEDULED},
    )


def _orders(vendor: Vendor, order_ids: Collection[int], *, lock: bool) -> Sequence[Order]:
    possible = [order_id for order_id in order_ids if 0 < order_id < NO_ID]
    query = (
        select(Order)
        .where(Order.vendor_id == vendor.user_id, one_of(Order.id, possible))
        .order_by(Order.id)
        .execution_options(populate_existing=True)
    )
    return session().scalars(query.with_for_update() if lock else query).all()


def _customers(order_ids: Collection[int]) -> dict[int, Customer]:
    theirs = select(Order.customer_id).where(one_of(Order.id, order_ids))
    rows = session().scalars(
        select(Customer).where(Customer.id.in_(theirs)).execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _waiting(order_ids: Collection[int]) -> set[int]:
    """Those orders on which a proposal waits for an answer, in time."""
    return set(
        session().scalars(
            select(ChangeRequest.order_id).where(
                one_of(ChangeRequest.order_id, order_ids),
                ChangeRequest.status == "pending",
                ChangeRequest.expires_at > now(),
            )
        )
    )
