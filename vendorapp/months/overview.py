"""What the page of one account shows, read in a fixed number of queries. Both sides read the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from ..accounts.queries import Business, Caller
from ..customers.queries import CustomerView
from ..kernel.clock import day_in, last_of_month, next_month
from ..kernel.database import session
from ..ledger.queries import balances
from ..ledger.rules import NOTHING, Balance, Tally
from ..orders import queries as orders_read
from ..orders.models import Order, Pause
from ..orders.queries import OrderView
from ..orders.rules import periods
from ..records.queries import month_records
from . import queries
from .rules import CustomerMonth
from .words import DayMark, Plan, Waiting, days_of, waiting

MOST_ORDERS = 200


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order with what it came to in the month."""

    order: OrderView
    tally: Tally


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One account in one month. `days` holds every day of it; the sums are those of the finance read."""

    customer: CustomerView
    business: Business
    balance: Balance
    month: date
    today: date
    sums: CustomerMonth
    orders: list[OrderLine]
    next: str | None
    waiting: list[Waiting]
    days: list[tuple[date, list[DayMark]]]

    @property
    def days_delivered(self) -> int:
        return sum(order.tally.days for order in self.sums.orders)

    @property
    def before(self) -> date | None:
        """The month before, None where the account had not begun."""
        first = self.customer.created_at.date().replace(day=1) - timedelta(days=1)
        starts = [first, *(line.order.start_date for line in self.orders)]
        earlier = (self.month - timedelta(days=1)).replace(day=1)
        return earlier if earlier >= min(starts).replace(day=1) else None

    @property
    def after(self) -> date | None:
        """The month after, None beyond the next one."""
        later = next_month(self.month)
        return later if later <= next_month(self.today) else None


def account_page(
    caller: Caller,
    customer: CustomerView,
    business: Business,
    *,
    month: date | None,
    cursor: str | None = None,
) -> AccountPage:
    """The page of an account that was found to be the caller's; the present month unless told otherwise."""
    today = day_in(business.timezone)
    month = month or today.replace(day=1)
    sums = queries.customer_month(
        customer_id=customer.customer_id,
        vendor_id=customer.vendor_id,
        month=month,
        currency=business.currency,
        today=today,
    )
    alive = orders_read.list_orders(
        caller, customer_id=customer.customer_id, month=month, limit=50, cursor=cursor
    )
    proposed = orders_read.list_orders(
        caller, customer_id=customer.customer_id, status="proposed", limit=MOST_ORDERS
    )
    tallies = {order.order_id: order.tally for order in sums.orders}
    shown = {order.id: order for order in [*proposed.items, *alive.items]}
    order_ids = sorted(tallies)
    deliveries = [one.delivery for one in month_records(order_ids, month, last_of_month(month))]
    return AccountPage(
        customer=customer,
        business=business,
        balance=balances([customer.customer_id])[customer.customer_id],
        month=month,
        today=today,
        sums=sums,
        orders=[OrderLine(order, tallies.get(order.id, NOTHING)) for order in shown.values()],
        next=alive.next,
        waiting=[found for order in shown.values() if (found := waiting(order, caller.role))],
        days=days_of(month, today, _plans(order_ids, month), deliveries),
    )


def _plans(order_ids: Sequence[int], month: date) -> list[Plan]:
    """What was agreed on these orders, with the pauses that meet the month."""
    lives = session().execute(
        select(Order.id, Order.start_date, Order.ended_on).where(Order.id.in_(order_ids)).order_by(Order.id)
    )
    versions = orders_read.versions(order_ids)
    pauses: dict[int, list[tuple[date, date]]] = {}
    for order_id, first, last in session().execute(
        select(Pause.order_id, Pause.starts_on, Pause.ends_on).where(
            Pause.order_id.in_(order_ids), Pause.starts_on <= last_of_month(month), Pause.ends_on >= month
        )
    ):
        pauses.setdefault(order_id, []).append((first, last))
    return [
        Plan(
            order_id=row.id,
            start_date=row.start_date,
            ended_on=row.ended_on,
            periods=periods(row.start_date, orders_read.rule_versions(versions[row.id]))
            if row.id in versions
            else [],
            pauses=pauses.get(row.id, []),
        )
        for row in lives.all()
    ]
