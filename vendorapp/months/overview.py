"""What the page of one account shows, read in a fixed number of queries. Both sides read the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from ..accounts.queries import Business, Caller
from ..customers.queries import CustomerView
from ..kernel.clock import day_in, next_month
from ..ledger.queries import balances
from ..ledger.rules import NOTHING, Balance, Tally
from ..on_demand import queries as extras_read
from ..on_demand.queries import RequestView
from ..on_demand.rules import ACCEPTED, SERVED
from ..orders import queries as orders_read
from ..orders.queries import OrderView
from ..records.forecast import Waiting, waiting
from ..records.month_days import DISPUTED, DayMark, marks_of_month, plans_of
from ..records.rules import DELIVERED, SCHEDULED
from . import queries
from .rules import CustomerMonth, month_or_current

MOST_PROPOSED = 200


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order with what it came to in the month."""

    order: OrderView
    tally: Tally


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One account in one month. `days` holds every day of it; the sums are those of the finance read.

    `orders` are the regular ones, `extras` what was asked for once and is for a day of this month.
    """

    customer: CustomerView
    business: Business
    balance: Balance
    month: date
    today: date
    sums: CustomerMonth
    orders: list[OrderLine]
    next: str | None
    extras: list[RequestView]
    waiting: list[Waiting]
    days: dict[date, list[DayMark]]

    @property
    def days_delivered(self) -> int:
        return sum(order.tally.days for order in self.sums.orders)

    @property
    def before(self) -> date | None:
        """The month before, None where the account had not begun."""
        added = day_in(self.business.timezone, self.customer.created_at)
        # An opening balance is booked on the last day of the month before.
        first = min(
            [added.replace(day=1) - timedelta(days=1), *(line.order.start_date for line in self.orders)]
        )
        earlier = (self.month - timedelta(days=1)).replace(day=1)
        return earlier if earlier >= first.replace(day=1) else None

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
    """The page of an account that was found to be the caller's; the present month unless told otherwise.

    `cursor` pages through the regular orders. Raises 422 for a cursor of another list.
    """
    today = day_in(business.timezone)
    month = month_or_current(month, today)
    sums = queries.customer_month(
        customer_id=customer.customer_id,
        vendor_id=customer.vendor_id,
        month=month,
        currency=business.currency,
        today=today,
    )
    alive = orders_read.list_orders(
        caller, order_type="scheduled", customer_id=customer.customer_id, month=month, cursor=cursor
    )
    proposed = orders_read.list_orders(
        caller, customer_id=customer.customer_id, status="proposed", limit=MOST_PROPOSED
    )
    tallies = {order.order_id: order.tally for order in sums.orders}
    shown = {order.id: order for order in [*proposed.items, *alive.items]}
    # The calendar shows every order of the month, whichever page of the list is open.
    plans = plans_of({*tallies, *shown})
    extras = extras_read.of_month(caller, customer.customer_id, month)
    days = marks_of_month([plan for plan in plans.values() if plan.order_id in tallies], month)
    for extra in extras:
        if extra.state in (ACCEPTED, SERVED):
            days[extra.day].append(_mark(extra))
    return AccountPage(
        customer=customer,
        business=business,
        balance=balances([customer.customer_id])[customer.customer_id],
        month=month,
        today=today,
        sums=sums,
        orders=[OrderLine(order, tallies.get(order.id, NOTHING)) for order in shown.values()],
        next=alive.next,
        extras=extras,
        waiting=[one for order in shown.values() if (one := waiting(order, plans[order.id], caller.role))],
        days=days,
    )


def _mark(extra: RequestView) -> DayMark:
    """What the calendar shows of something that was asked for once."""
    state = SCHEDULED if extra.state == ACCEPTED else DISPUTED if extra.disputed else DELIVERED
    return DayMark(extra.id, state, extra.goods.quantity, extra.goods.unit, extra.goods.item_name)
