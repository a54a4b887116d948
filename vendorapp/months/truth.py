"""What the records and custom_records say, in SQL: the one source of every sum.

It says the same as the rules by which a mark moves the sums: the vendor's mark alone agrees, a dispute
counts nothing and holds back the larger of its two marks, a delivery with a quantity counts a day. A served
on-demand order counts a day as well; disputed it holds back its amount, and a walk-in's is on no account.
"""

from __future__ import annotations

# Of a record `r`: it counts.
AGREED = "r.status = 'delivered' AND NOT r.disputed AND r.vendor_status IS NOT NULL"
# Of a custom_record `r`: it is on the customer's account.
SERVED = "r.status = 'served' AND r.customer_id IS NOT NULL"
# Of a custom_record: somebody without an account bought it.
WALK_IN = "status = 'served' AND customer_id IS NULL"

_BY_ORDER = """
    SELECT r.order_id, date_trunc('month', r.date)::date AS month, r.vendor_id, r.customer_id,
        coalesce(sum(r.amount) FILTER (WHERE {agreed}), 0)::bigint AS total_amount,
        count(*) FILTER (WHERE {agreed} AND r.quantity > 0) AS active_days,
        coalesce(sum(r.quantity) FILTER (WHERE {agreed}), 0)::bigint AS quantity,
        coalesce(sum(greatest(
            CASE WHEN r.vendor_status = 'delivered'
                THEN round(r.rate::numeric * r.vendor_quantity / 1000) ELSE 0 END,
            CASE WHEN r.customer_status = 'delivered'
                THEN round(r.rate::numeric * r.customer_quantity / 1000) ELSE 0 END
        )) FILTER (WHERE r.disputed), 0)::bigint AS disputed_amount
    FROM records r WHERE {which}
    GROUP BY r.order_id, date_trunc('month', r.date), r.vendor_id, r.customer_id
    UNION ALL
    SELECT r.order_id, date_trunc('month', r.date)::date, r.vendor_id, r.customer_id,
        CASE WHEN r.disputed THEN 0 ELSE r.amount END,
        CASE WHEN r.disputed THEN 0 ELSE 1 END,
        CASE WHEN r.disputed THEN 0 ELSE r.quantity END,
        CASE WHEN r.disputed THEN r.amount ELSE 0 END
    FROM custom_records r WHERE {served} AND {which}
"""


def fill(statement: str, **parts: str) -> str:
    """`statement` with each ``{name}`` replaced by a piece of SQL that stands in this program."""
    for name, part in parts.items():
        statement = statement.replace("{" + name + "}", part)
    return statement


def by_order(which: str) -> str:
    """SQL: what each order came to in each month, from the records and custom_records, both called `r`, that
    meet the condition `which`."""
    return fill(_BY_ORDER, which=which, agreed=AGREED, served=SERVED)
