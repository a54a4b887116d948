"""Reads of a month. Both sides of an account read the same statement, so they cannot see two truths.

Callers pass ids of rows they have already found to be theirs; the number of queries does not depend on
how many orders or customers there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Date, Subquery, and_, func, literal, or_, select, text
from sqlalchemy.orm import aliased

from ..accounts.models import Vendor
from ..customers.models import Customer
from ..kernel.clock import day_in, first_of_month, last_of_month
from ..kernel.database import session
from ..kernel.paging import Page, page
from ..ledger import queries as sums
from ..ledger.models import Account, AccountMonth, Entry, MonthlyTotal
from ..ledger.rules import Tally
from ..on_demand.models import CustomRecord
from ..on_demand.rules import SERVED
from ..orders.models import ORDER_TYPES, SCHEDULED, Order, OrderPeriod
from .rules import CustomerLine, CustomerMonth, ItemMonth, OrderMonth, Sales, VendorTotals
from .truth import AGREED, WALK_IN, fill


def customer_month(
    *, customer_id: int, vendor_id: int, month: date, currency: str, today: date
) -> CustomerMonth:
    """The account's month that begins on `month`; `today` is the vendor's day."""
    settled, unsettled = sums.settled_and_open(customer_id, month, last_of_month(month))
    return CustomerMonth(
        customer_id=customer_id,
        vendor_id=vendor_id,
        month=month,
        currency=currency,
        orders=_orders(customer_id, month, today),
        sums=sums.account_month(customer_id, month),
        settled=settled,
        unsettled=unsettled,
    )


def _orders(customer_id: int, month: date, today: date) -> list[OrderMonth]:
    """Orders with sums in the month, and accepted standing orders whose life meets it; oldest first.

    A standing order goes by the terms of the month's last day, or of today while the month still runs. An
    on-demand one that was taken back is none any more.
    """
    last_day = last_of_month(month)
    as_of = max(min(last_day, today), month)
    period = aliased(
        OrderPeriod,
        select(OrderPeriod)
        .where(
            OrderPeriod.order_id == Order.id,
            OrderPeriod.starts_on <= func.greatest(literal(as_of, Date), Order.start_date),
        )
        .order_by(OrderPeriod.starts_on.desc())
        .limit(1)
        .lateral(),
    )
    last = func.least(period.valid_till, Order.ended_on)
    alive = and_(
        Order.order_type_id == SCHEDULED,
        Order.state == "active",
        Order.start_date <= last_day,
        or_(last.is_(None), last >= month),
    )
    rows = session().execute(
        select(
            Order.id,
            Order.order_type_id,
            func.coalesce(period.item_name, Order.item_name).label("item_name"),
            func.coalesce(MonthlyTotal.total_amount, 0).label("amount"),
            func.coalesce(MonthlyTotal.quantity, 0).label("quantity"),
            func.coalesce(MonthlyTotal.active_days, 0).label("days"),
            func.coalesce(MonthlyTotal.disputed_amount, 0).label("disputed"),
        )
        .select_from(Order)
        .outerjoin(period, literal(True))
        .outerjoin(MonthlyTotal, and_(MonthlyTotal.order_id == Order.id, MonthlyTotal.month == month))
        .where(
            Order.customer_id == customer_id,
            or_(alive, and_(MonthlyTotal.order_id.is_not(None), Order.state != "cancelled")),
        )
        .order_by(Order.id)
    )
    return [
        OrderMonth(
            order_id=row.id,
            item_name=row.item_name,
            order_type=ORDER_TYPES[row.order_type_id],
            tally=Tally(row.amount, row.quantity, row.days, row.disputed),
        )
        for row in rows
    ]


def moved_after(vendor_id: int, month: date) -> Subquery:
    """SQL: by how much each of the vendor's accounts moved after the month.

    A closing is today's balance less this; for the present month nothing came later, and nothing is read.
    """
    moved = AccountMonth.charges - AccountMonth.payments + AccountMonth.adjustments
    return (
        select(AccountMonth.customer_id, func.sum(moved).label("moved"))
        .where(AccountMonth.vendor_id == vendor_id, AccountMonth.month > month)
        .group_by(AccountMonth.customer_id)
        .subquery("later")
    )


def vendor_totals(vendor_id: int, month: date) -> VendorTotals:
    """The vendor's month over all customers; days and quantity include what was sold to those without an
    account, whose money `walk_in` tells."""
    delivered = (
        session()
        .execute(
            select(
                func.coalesce(func.sum(MonthlyTotal.quantity), 0),
                func.coalesce(func.sum(MonthlyTotal.active_days), 0),
            ).where(MonthlyTotal.vendor_id == vendor_id, MonthlyTotal.month == month)
        )
        .one()
    )
    counter = (
        session()
        .execute(
            select(func.coalesce(func.sum(CustomRecord.quantity), 0), func.count()).where(
                CustomRecord.vendor_id == vendor_id,
                CustomRecord.customer_id.is_(None),
                CustomRecord.status == SERVED,
                CustomRecord.date.between(month, last_of_month(month)),
            )
        )
        .one()
    )
    money = (
        session()
        .execute(
            select(
                func.coalesce(func.sum(AccountMonth.charges), 0),
                func.coalesce(func.sum(AccountMonth.payments), 0),
                func.coalesce(func.sum(AccountMonth.disputed), 0),
            ).where(AccountMonth.vendor_id == vendor_id, AccountMonth.month == month)
        )
        .one()
    )
    later = moved_after(vendor_id, month)
    closing = Account.balance - func.coalesce(later.c.moved, 0)
    owed = (
        session()
        .execute(
            select(
                func.coalesce(func.sum(func.greatest(closing, 0)), 0),
                func.coalesce(func.sum(func.greatest(-closing, 0)), 0),
            )
            .select_from(Account)
            .outerjoin(later, later.c.customer_id == Account.customer_id)
            .where(Account.vendor_id == vendor_id)
        )
        .one()
    )
    return VendorTotals(
        tally=Tally(
            int(money[0]),
            int(delivered[0]) + int(counter[0]),
            int(delivered[1]) + int(counter[1]),
            int(money[2]),
        ),
        sales=Sales(int(money[0]), int(money[1])),
        owed_to_vendor=int(owed[0]),
        owed_by_vendor=int(owed[1]),
    )


def walk_in(vendor_id: int, month: date) -> Sales:
    """What was sold to people without an account, and what they paid."""
    row = (
        session()
        .execute(
            select(
                func.coalesce(func.sum(Entry.amount).filter(Entry.kind == "charge"), 0),
                func.coalesce(func.sum(-Entry.amount).filter(Entry.kind == "payment"), 0),
            ).where(
                Entry.customer_id.is_(None),
                Entry.vendor_id == vendor_id,
                Entry.date.between(month, last_of_month(month)),
            )
        )
        .one()
    )
    return Sales(int(row[0]), int(row[1]))


# A month's sums carry no name, but hardly an order ever changes its own: only those that did are looked
# up day by day.
BY_ITEM = text(
    fill(
        """
        WITH sold AS (
            SELECT t.order_id, t.quantity, t.total_amount AS amount,
                coalesce(min(p.item_name), o.item_name) AS item_name,
                CASE WHEN count(p.order_id) > 0 THEN min(p.unit) ELSE o.unit END AS unit,
                count(DISTINCT (p.item_name, p.unit)) > 1 AS renamed
            FROM cumulative_record_details t
            JOIN orders o ON o.id = t.order_id
            LEFT JOIN order_periods p ON p.order_id = t.order_id
            WHERE t.vendor_id = :vendor_id AND t.month = :month AND t.quantity > 0
            GROUP BY t.order_id, t.month, o.id
        )
        SELECT item_name, unit, sum(quantity), sum(amount) FROM (
            SELECT item_name, unit, quantity, amount FROM sold WHERE NOT renamed
            UNION ALL
            SELECT r.item_name, r.unit, r.quantity, r.amount FROM sold JOIN records r USING (order_id)
            WHERE renamed AND r.date BETWEEN :month AND :last AND {agreed}
            UNION ALL
            SELECT item_name, unit, quantity, amount FROM custom_records
            WHERE vendor_id = :vendor_id AND date BETWEEN :month AND :last AND {walk_in}
        ) delivered GROUP BY item_name, unit ORDER BY item_name, unit
        """,
        agreed=AGREED,
        walk_in=WALK_IN,
    )
)


def by_item(vendor_id: int, month: date) -> Sequence[ItemMonth]:
    """The agreed deliveries of the month by what they were, as named on the day itself."""
    rows = session().execute(BY_ITEM, {"vendor_id": vendor_id, "month": month, "last": last_of_month(month)})
    return [ItemMonth(name, unit, int(quantity), int(amount)) for name, unit, quantity, amount in rows]


def customers_of_month(vendor_id: int, month: date, *, limit: int, cursor: str | None) -> Page[CustomerLine]:
    """The vendor's customers in the month, by name: who is active, moved in it or had a balance."""
    later = moved_after(vendor_id, month)
    closing = Account.balance - func.coalesce(later.c.moved, 0)
    query = (
        select(
            Customer.id,
            Customer.name,
            func.coalesce(AccountMonth.charges, 0).label("charges"),
            func.coalesce(AccountMonth.payments, 0).label("payments"),
            func.coalesce(AccountMonth.disputed, 0).label("disputed"),
            closing.label("closing"),
        )
        .join(Account, Account.customer_id == Customer.id)
        .outerjoin(later, later.c.customer_id == Customer.id)
        .outerjoin(
            AccountMonth,
            and_(AccountMonth.customer_id == Customer.id, AccountMonth.month == month),
        )
        .where(
            Customer.vendor_id == vendor_id,
            or_(Customer.status == "active", AccountMonth.customer_id.is_not(None), closing != 0),
        )
    )
    found = page(
        f"months:{month.isoformat()}",
        query,
        [(Customer.name.expression, str), (Customer.id.expression, int)],
        limit=limit,
        cursor=cursor,
    )
    return found.map(
        lambda row: CustomerLine(
            row.id, row.name, Sales(row.charges, row.payments), int(row.closing), row.disputed
        )
    )


def months_to_check(month: date | None) -> list[tuple[int, date]]:
    """Pairs of vendor and month: every vendor with `month`, or without one with every month that holds
    anything and is still open for one of their customers."""
    if month is not None:
        vendors = session().scalars(select(Vendor.user_id).order_by(Vendor.user_id))
        return [(vendor_id, month) for vendor_id in vendors]
    return [(vendor_id, day) for vendor_id, day in session().execute(OPEN_MONTHS)]


OPEN_MONTHS = text(
    """
    WITH spans AS (
        SELECT v.user_id AS vendor_id,
            least((SELECT min(date) FROM records WHERE vendor_id = v.user_id),
                  (SELECT min(date) FROM custom_records WHERE vendor_id = v.user_id),
                  (SELECT min(month) FROM account_months WHERE vendor_id = v.user_id),
                  (SELECT min(month) FROM cumulative_record_details WHERE vendor_id = v.user_id)) AS first,
            greatest((SELECT max(date) FROM records WHERE vendor_id = v.user_id),
                     (SELECT max(date) FROM custom_records WHERE vendor_id = v.user_id),
                     (SELECT max(month) FROM account_months WHERE vendor_id = v.user_id),
                     (SELECT max(month) FROM cumulative_record_details WHERE vendor_id = v.user_id)) AS last,
            (SELECT min(coalesce(closed_through, '-infinity')) FROM accounts WHERE vendor_id = v.user_id)
                AS closed
        FROM vendors v
    )
    SELECT vendor_id, m::date
    FROM spans, generate_series(
        date_trunc('month', first::timestamp), date_trunc('month', last::timestamp), interval '1 month'
    ) m
    WHERE closed < (m + interval '1 month - 1 day')::date
    ORDER BY vendor_id, m
    """
)


def this_and_last_month() -> list[tuple[int, date]]:
    """Every vendor with the present month and the one before, by the day in their own zone."""
    found = []
    for vendor_id, zone in session().execute(
        select(Vendor.user_id, Vendor.timezone).order_by(Vendor.user_id)
    ):
        this = first_of_month(day_in(zone))
        found += [(vendor_id, first_of_month(this - timedelta(days=1))), (vendor_id, this)]
    return found
