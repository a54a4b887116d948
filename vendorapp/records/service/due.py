"""Due days in SQL: the same rule as `orders.rules`, for whole batches of orders at once.

The fragments speak of `o` (an order), `days.day` and `p` (the order's period on that day).
"""

from __future__ import annotations

from string import Template

from sqlalchemy import TextClause, text

PERIOD = """
    CROSS JOIN LATERAL (
        SELECT * FROM order_periods
        WHERE order_id = o.id AND starts_on <= greatest(days.day, o.start_date)
        ORDER BY starts_on DESC LIMIT 1
    ) p
"""

# In the order's life, in its pattern, in no pause. The pauses are looked up order by order: as a join, right
# after a holiday has made thousands of them, they would all be compared with all orders.
DUE = """(
    o.state = 'active' AND o.order_type_id = 1
    AND days.day >= o.start_date
    AND days.day <= least(p.valid_till, o.ended_on, days.day)
    AND (days.day - o.start_date) % p."every" = 0
    AND extract(isodow FROM days.day)::smallint = ANY (p.weekdays)
    AND (
        SELECT count(*) FROM pauses q
        WHERE q.order_id = o.id AND q.starts_on <= days.day AND q.ends_on >= days.day
    ) = 0
)"""

FOUND = """
    SELECT o.id, o.vendor_id, o.customer_id, days.day,
           p.item_name, p.unit, p.quantity, p.rate, p.amount, p.version
"""

# From `due`, the rows of FOUND. A day that has its record already, marked or not, is left as it is.
MAKE = """
    INSERT INTO records (order_id, vendor_id, customer_id, date, item_name, unit, due_quantity, quantity,
                         rate, amount, status, disputed, extra, terms_version, updated_at)
    SELECT id, vendor_id, customer_id, day, item_name, unit, quantity, quantity,
           rate, amount, 'scheduled', false, false, version, :now
    FROM due ORDER BY day, id
    ON CONFLICT (date, order_id) DO NOTHING
    RETURNING 1
"""


def sql(statement: str, **parts: str) -> TextClause:
    """A statement in which ``$DUE`` and the other fragments, and further `parts`, stand for their text."""
    whole = Template(statement).substitute(DUE=DUE, FOUND=FOUND, MAKE=MAKE, PERIOD=PERIOD, **parts)
    return text(whole)
