"""What a vendor sees of prices for many: what is sold now and at which prices, and who answered what.

Rates are in minor units. Everything is the asking vendor's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, literal, select, tuple_
from sqlalchemy.orm import aliased

from ..accounts.models import Vendor
from ..customers.models import Customer
from ..kernel.clock import day_in, now
from ..kernel.database import session
from ..kernel.paging import Page, page
from ..orders.models import ChangeRequest, Order, OrderPeriod, RateProposal
from ..orders.queries import Actor, ChangeView, change_view, one_of, period_on, terms_of
from ..orders.rules import Period, Terms, due_days_in, on_day
from ..orders.service import Weighed

STATUSES = ("pending", "accepted", "declined", "withdrawn", "superseded", "expired")

# What a new price brings is told for as many days as a month has.
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ItemInForce:
    """An item that is delivered on active orders today: to how many customers, at which prices.

    `rates` are prices with how many orders have them, the most frequent first.
    """

    item_name: str
    unit: str | None
    customers: int
    rates: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class RateProposalView:
    """One new price for many. `counts`: how many of its changes have each status this second;
    `left_out`: how many orders were not asked, by the reason's code."""

    id: int
    item_name: str | None
    rate: int
    effective_from: date | None
    message: str | None
    left_out: Mapping[str, int]
    created_at: datetime
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        return sum(self.counts.values())

    def of(self, *statuses: str) -> int:
        """How many of its changes have one of these statuses."""
        return sum(self.counts.get(status, 0) for status in statuses)


@dataclass(frozen=True, slots=True)
class AskedView:
    """One change of a new price, with whose order it is about; `terms` are those of today."""

    change: ChangeView
    customer_name: str
    terms: Terms


def items_in_force(who: Actor) -> list[ItemInForce]:
    """The items of a vendor's active orders, by name and unit, the most delivered first."""
    today = _today(who)
    period = aliased(OrderPeriod, period_on(today))
    kind = (period.item_name, period.unit)
    rows = session().execute(
        select(
            *kind,
            period.rate,
            func.count(Order.customer_id.distinct()).label("customers"),
            func.count().label("orders"),
            func.grouping(period.rate).label("whole"),
        )
        .select_from(Order)
        .join(period, literal(True))
        .where(
            Order.vendor_id == who.user_id,
            Order.state == "active",
            func.coalesce(func.least(period.valid_till, Order.ended_on), today) >= today,
        )
        .group_by(func.grouping_sets(tuple_(*kind), tuple_(*kind, period.rate)))
        .order_by(func.count().desc(), period.rate)
    )
    customers: dict[tuple[str, str | None], int] = {}
    rates: dict[tuple[str, str | None], list[tuple[int, int]]] = {}
    for row in rows:
        if row.whole:
            customers[row.item_name, row.unit] = row.customers
        else:
            rates.setdefault((row.item_name, row.unit), []).append((row.rate, row.orders))
    return [
        ItemInForce(item_name, unit, count, rates[item_name, unit])
        for (item_name, unit), count in customers.items()
    ]


def _today(who: Actor) -> date:
    return day_in(session().get_one(Vendor, who.user_id).timezone)


def rate_proposals(who: Actor, *, limit: int = 20, cursor: str | None = None) -> Page[RateProposalView]:
    """A vendor's new prices for many, newest first."""
    query = select(RateProposal).where(RateProposal.vendor_id == who.user_id)
    found = page(
        "rate_proposals", query, [(RateProposal.id, int)], limit=limit, cursor=cursor, descending=True
    )
    counts = _counts([row[0].id for row in found.items])
    return found.map(lambda row: _proposal_view(row[0], counts))


def rate_proposal(who: Actor, proposal_id: int) -> RateProposalView | None:
    """One of a vendor's new prices for many, None when there is none such."""
    row = session().scalar(
        select(RateProposal).where(RateProposal.id == proposal_id, RateProposal.vendor_id == who.user_id)
    )
    return _proposal_view(row, _counts([row.id])) if row else None


def _proposal_view(row: RateProposal, counts: Mapping[int, Mapping[str, int]]) -> RateProposalView:
    return RateProposalView(
        id=row.id,
        item_name=row.item_name,
        rate=row.rate,
        effective_from=row.effective_from,
        message=row.message,
        left_out=row.left_out,
        created_at=row.created_at,
        counts=counts.get(row.id, {}),
    )


def _status_now() -> Any:
    """SQL: a change's status this second; one past its deadline is expired, job or no job."""
    over = and_(ChangeRequest.status == "pending", ChangeRequest.expires_at <= now())
    return case((over, "expired"), else_=ChangeRequest.status)


def _counts(proposal_ids: Collection[int]) -> dict[int, dict[str, int]]:
    status = _status_now().label("status_now")
    rows = session().execute(
        select(ChangeRequest.rate_proposal_id, status, func.count())
        .where(one_of(ChangeRequest.rate_proposal_id, proposal_ids))
        .group_by(ChangeRequest.rate_proposal_id, status)
    )
    found: dict[int, dict[str, int]] = {}
    for proposal_id, word, count in rows:
        found.setdefault(proposal_id, {})[word] = count
    return found


def asked_of(
    who: Actor,
    proposal_id: int,
    *,
    statuses: Collection[str] = STATUSES,
    q: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[AskedView]:
    """The changes of one of a vendor's new prices, by the customers' names; `q` looks into those."""
    period = aliased(OrderPeriod, period_on(_today(who)))
    query = (
        select(ChangeRequest, Vendor.currency, Customer.name, period)
        .join(Customer, Customer.id == ChangeRequest.customer_id)
        .join(Vendor, Vendor.user_id == ChangeRequest.vendor_id)
        .join(Order, Order.id == ChangeRequest.order_id)
        .join(period, literal(True))
        .where(
            ChangeRequest.rate_proposal_id == proposal_id,
            ChangeRequest.vendor_id == who.user_id,
            _status_now().in_(statuses),
        )
    )
    if q:
        query = query.where(Customer.name.icontains(q, autoescape=True))
    keys: list[Any] = [(Customer.name, str), (ChangeRequest.id, int)]
    found = page("asked_of", query, keys, limit=limit, cursor=cursor)
    return found.map(lambda row: AskedView(change_view(row[0], row[1]), row[2], terms_of(row[3])))


def more_a_month(asked: Iterable[Weighed], rate: int) -> int:
    """What the new price brings in thirty days from its first day on, if everybody says yes.

    Less than 0 when it is lower. Pauses are not considered. Orders that are alike are reckoned once: there
    may be thousands.
    """
    known: dict[Any, int] = {}
    total = 0
    for one in asked:
        if one.held is None or one.day is None:
            continue
        order = one.held.order
        last = one.day + MONTH - timedelta(days=1)
        life = _from(one.held.periods, one.day, last)
        # Where each day counts, only a start that is still to come matters.
        daily = all(period.terms.every == 1 for period in life)
        start = max(order.start_date, one.day) if daily else order.start_date
        end = order.ended_on if order.ended_on and order.ended_on < last else None
        key = (*life, start, end)
        if key not in known:
            known[key] = _difference(life, rate, start=start, end=end, first=one.day, last=last)
        total += known[key]
    return total


def _from(all_periods: Sequence[Period], first: date, last: date) -> list[Period]:
    """The periods that touch the days from `first` to `last`, none beginning earlier than `first`."""
    now_in = on_day(all_periods, first)
    later = [period for period in all_periods if first < period.starts_on <= last]
    return [*([Period(first, 0, now_in.terms)] if now_in else []), *later]


def _difference(
    life: Sequence[Period], rate: int, *, start: date, end: date | None, first: date, last: date
) -> int:
    days = due_days_in(life, start_date=start, ended_on=end, first=first, last=last)
    terms = [period.terms for day in days if (period := on_day(life, day))]
    return sum(one.with_({"rate": rate}).amount - one.amount for one in terms)
