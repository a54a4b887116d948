"""Books to measure on: by set-based SQL, always the same ones, all sums as the verbs leave them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from benchmarks.ground import Ground
from vendorapp.accounts.models import ROLE_IDS
from vendorapp.accounts.rules import token_hash

ZONE = "Asia/Kolkata"


@dataclass(frozen=True, slots=True)
class Shop:
    """A vendor with so many customers, one daily order each, and the token of a sign-in."""

    vendor_id: int
    customers: int
    token: str


def today(here: Ground) -> date:
    """The day it is for every vendor of these books."""
    found: date = here.one("SELECT (now() AT TIME ZONE %(zone)s)::date", zone=ZONE)
    return found


def fill(here: Ground, sizes: Sequence[int], *, start: date, scheduled_through: date) -> list[Shop]:
    """New shops with so many customers each, all orders accepted and running since `start`.

    The nights up to `scheduled_through` count as done, without any record.
    """
    here.empty()
    here.run("DROP TABLE IF EXISTS bench_shops")
    here.run(
        """
        CREATE TABLE bench_shops AS
        WITH people AS (
            INSERT INTO users (name, phone_number, user_type_id, password_hash, locale, created_at)
            SELECT 'Vendor ' || n, '+9170' || lpad(n::text, 8, '0'), %(role)s, '-', 'en', now()
            FROM generate_series(1, cardinality(%(sizes)s::int[])) n
            RETURNING id
        ), numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM people)
        SELECT id AS vendor_id, n, (%(sizes)s::int[])[n] AS customers FROM numbered
        """,
        role=ROLE_IDS["vendor"],
        sizes=list(sizes),
    )
    here.run(
        """
        INSERT INTO vendors (user_id, business_name, currency, timezone, cut_off)
        SELECT vendor_id, 'Shop ' || n, 'INR', %(zone)s, '20:00' FROM bench_shops
        """,
        zone=ZONE,
    )
    here.run(
        """
        INSERT INTO customers (vendor_id, name, phone_number, address, stop_order, status, created_at)
        SELECT vendor_id, 'Customer ' || k, '+9180' || lpad(k::text, 8, '0'), 'Flat ' || k, k, 'active', now()
        FROM bench_shops, generate_series(1, customers) k
        """
    )
    here.run(
        """
        INSERT INTO accounts (customer_id, vendor_id, balance, advance, disputed, unconfirmed)
        SELECT id, vendor_id, 0, 0, 0, 0 FROM customers
        """
    )
    # Neighbours in the table are not neighbours in the street: orders come as they come.
    here.run(
        """
        INSERT INTO orders (order_type_id, vendor_id, customer_id, state, item_name, unit, quantity, rate,
                            amount, weekdays, every, start_date, first_night, scheduled_through,
                            created_by, created_at, updated_at)
        SELECT 1, vendor_id, id, 'active', (ARRAY['Cow milk', 'Buffalo milk', 'Curd'])[id %% 3 + 1], 'L',
               q * 1000, 5250, q * 5250, '{1,2,3,4,5,6,7}', 1, %(start)s, %(start)s, %(through)s,
               vendor_id, now(), now()
        FROM customers, LATERAL (SELECT 1 + id %% 2 AS q) AS amounts
        ORDER BY md5(id::text)
        """,
        start=start,
        through=scheduled_through,
    )
    here.run(
        """
        WITH versions AS (
            INSERT INTO order_terms (order_id, version, item_name, unit, quantity, rate, weekdays, every,
                                     changed, effective_from, accepted_by, accepted_at, on_behalf_note)
            SELECT id, 1, item_name, unit, quantity, rate, weekdays, every,
                   '{item_name,unit,quantity,rate,weekdays,every,valid_till}', start_date, created_by, now(),
                   'by phone'
            FROM orders
        )
        INSERT INTO order_periods (order_id, starts_on, version, item_name, unit, quantity, rate, amount,
                                   weekdays, every)
        SELECT id, start_date, 1, item_name, unit, quantity, rate, amount, weekdays, every FROM orders
        """
    )
    shops = [
        Shop(vendor_id, customers, f"bench-{vendor_id}")
        for vendor_id, customers in here.rows("SELECT vendor_id, customers FROM bench_shops ORDER BY n")
    ]
    here.sql.cursor().executemany(
        """
        INSERT INTO sign_ins (user_id, token_hash, created_at, expires_at)
        VALUES (%s, %s, now(), now() + interval '1 day')
        """,
        [(shop.vendor_id, token_hash(shop.token)) for shop in shops],
    )
    here.run("VACUUM (ANALYZE)")
    return shops


def delivered(here: Ground, shop: Shop, first: date, last: date) -> int:
    """Every day from `first` to `last` as agreed and marked by the vendor, charged and unpaid; how many."""
    vendor = shop.vendor_id
    made = here.run(
        """
        INSERT INTO records (order_id, vendor_id, customer_id, date, item_name, unit, due_quantity, quantity,
                             rate, amount, status, disputed, extra, terms_version, vendor_status,
                             vendor_quantity, vendor_by, vendor_at, vendor_heard_at, updated_by, updated_at)
        SELECT id, vendor_id, customer_id, day, item_name, unit, quantity, quantity, rate, amount,
               'delivered', false, false, 1, 'delivered', quantity, vendor_id, day + time '02:00',
               day + time '02:00', vendor_id, day + time '02:00'
        FROM orders, generate_series(%(first)s::date, %(last)s::date, '1 day') AS days(day)
        WHERE vendor_id = %(vendor)s ORDER BY day, id
        """,
        vendor=vendor,
        first=first,
        last=last,
    )
    here.run(
        """
        INSERT INTO record_marks (record_id, side, status, quantity, user_id, at, heard_at)
        SELECT id, 'vendor', 'delivered', quantity, vendor_id, vendor_at, vendor_at
        FROM records WHERE vendor_id = %(vendor)s ORDER BY date, id
        """,
        vendor=vendor,
    )
    here.run(
        """
        WITH opened AS (
            INSERT INTO lines (target, target_id, vendor_id, customer_id, order_id, date, amount, paid)
            SELECT 'record', id, vendor_id, customer_id, order_id, date, amount, 0
            FROM records WHERE vendor_id = %(vendor)s
        )
        INSERT INTO ledger_entries
            (vendor_id, customer_id, date, kind, target, target_id, amount, actor_id, at)
        SELECT vendor_id, customer_id, date, 'charge', 'record', id, amount, vendor_id, vendor_at
        FROM records WHERE vendor_id = %(vendor)s ORDER BY date, id
        """,
        vendor=vendor,
    )
    here.run(
        """
        WITH totals AS (
            INSERT INTO cumulative_record_details
                (order_id, month, vendor_id, customer_id, total_amount, active_days, quantity,
                 disputed_amount)
            SELECT order_id, date_trunc('month', date)::date, vendor_id, customer_id,
                   sum(amount), count(*), sum(quantity), 0
            FROM records WHERE vendor_id = %(vendor)s GROUP BY 1, 2, 3, 4
        ), months AS (
            INSERT INTO account_months
                (customer_id, month, vendor_id, charges, payments, adjustments, disputed)
            SELECT customer_id, date_trunc('month', date)::date, vendor_id, sum(amount), 0, 0, 0
            FROM records WHERE vendor_id = %(vendor)s GROUP BY 1, 2, 3
        )
        UPDATE accounts a SET balance = s.amount
        FROM (SELECT customer_id, sum(amount) AS amount FROM records
              WHERE vendor_id = %(vendor)s GROUP BY 1) s
        WHERE a.customer_id = s.customer_id
        """,
        vendor=vendor,
    )
    return made
