"""The demo's statements over sets: days from terms, sums from days.

`demo_terms` is a temporary table: one row a stretch of days on which the same terms hold.
"""

from __future__ import annotations

from sqlalchemy import text

TERMS = text(
    """
    CREATE TEMPORARY TABLE demo_terms (
        order_id bigint, number bigint, vendor_id bigint, customer_id bigint, start_date date,
        from_day date, to_day date, paused_from date, paused_to date, version bigint, item_name text,
        unit text, quantity bigint, rate bigint, weekdays smallint[], every smallint, step bigint
    ) ON COMMIT DROP
    """
)

# One record a due day, as the night makes it. Days that are over carry the vendor's mark: mostly as
# agreed, some skipped, some of another quantity; which, the seed, the order's number and the day decide.
RECORDS = text(
    """
    WITH due AS (
        SELECT t.*, d.day, abs(
                hashtextextended(format('%s:%s:%s', CAST(:seed AS text), t.number, d.day), 0) % 1000
            ) AS chance
        FROM demo_terms t
        CROSS JOIN LATERAL (
            SELECT g::date AS day
            FROM generate_series(
                greatest(t.from_day, CAST(:first AS date))::timestamp,
                least(t.to_day, CAST(:last AS date))::timestamp, interval '1 day'
            ) g
        ) d
        WHERE (d.day - t.start_date) % t.every = 0
            AND extract(isodow FROM d.day)::smallint = ANY(t.weekdays)
            AND (t.paused_from IS NULL OR d.day NOT BETWEEN t.paused_from AND t.paused_to)
    ), marked AS (
        SELECT due.*,
            CASE WHEN day = :today THEN NULL WHEN chance < 30 THEN 'skipped' ELSE 'delivered' END AS mark,
            CASE
                WHEN day = :today THEN quantity
                WHEN chance < 30 THEN 0
                WHEN chance < 50 THEN quantity + step
                WHEN chance < 60 AND quantity > step THEN quantity - step
                ELSE quantity
            END AS counted,
            CASE WHEN day <> :today AND chance < 30
                THEN (ARRAY['Nobody at home', 'No supply', NULL])[1 + chance % 3] END AS note,
            CASE WHEN day <> :today THEN
                (day + time '06:30' + chance * interval '5 seconds') AT TIME ZONE :zone END AS at
        FROM due
    )
    INSERT INTO records (
        order_id, vendor_id, customer_id, date, item_name, unit, due_quantity, quantity, rate, amount,
        status, disputed, extra, terms_version, vendor_status, vendor_quantity, vendor_note, vendor_by,
        vendor_at, vendor_heard_at, updated_by, updated_at
    )
    SELECT order_id, vendor_id, customer_id, day, item_name, unit, quantity, counted, rate,
        round(rate::numeric * counted / 1000), coalesce(mark, 'scheduled'), false, false, version,
        mark, CASE WHEN mark IS NOT NULL THEN counted END, note,
        CASE WHEN mark IS NOT NULL THEN vendor_id END, at, at,
        CASE WHEN mark IS NOT NULL THEN vendor_id END,
        coalesce(at, (day + time '00:05') AT TIME ZONE :zone)
    FROM marked ORDER BY day, number
    """
)

# The household's own marks, ten hours after the vendor's: a few days they saw differently, some confirmed.
COUNTER_MARKS = text(
    """
    WITH past AS (
        SELECT id, vendor_quantity, vendor_at,
            row_number() OVER (PARTITION BY order_id ORDER BY date) AS nth,
            count(*) OVER (PARTITION BY order_id) AS days
        FROM records WHERE customer_id = ANY(:customer_ids) AND vendor_status = 'delivered'
    ), said AS (
        SELECT id, vendor_at + interval '10 hours' AS at, nth IN (days / 3, days - 1) AS differs,
            vendor_quantity
        FROM past WHERE days >= 4 AND nth IN (days / 3, days / 2, days - 1)
    )
    UPDATE records r SET
        disputed = s.differs,
        customer_status = CASE WHEN s.differs THEN 'skipped' ELSE 'delivered' END,
        customer_quantity = CASE WHEN s.differs THEN 0 ELSE s.vendor_quantity END,
        customer_note = CASE WHEN s.differs THEN 'It did not come' END,
        customer_by = :user_id, customer_at = s.at, updated_by = :user_id, updated_at = s.at
    FROM said s WHERE s.id = r.id
    """
)

MARKS = text(
    """
    INSERT INTO record_marks (record_id, side, status, quantity, note, user_id, at, heard_at)
    SELECT id, 'vendor', vendor_status, vendor_quantity, vendor_note, vendor_by, vendor_at, vendor_heard_at
    FROM records WHERE vendor_id = :vendor_id AND vendor_status IS NOT NULL
    UNION ALL
    SELECT id, 'customer', customer_status, customer_quantity, customer_note, customer_by, customer_at,
        customer_at
    FROM records WHERE vendor_id = :vendor_id AND customer_status IS NOT NULL
    """
)

LINES = text(
    """
    INSERT INTO lines (target, target_id, vendor_id, customer_id, order_id, date, amount, paid)
    SELECT 'record', id, vendor_id, customer_id, order_id, date, amount, 0 FROM records
    WHERE vendor_id = :vendor_id AND status = 'delivered' AND NOT disputed AND amount > 0
    """
)

ENTRIES = text(
    """
    INSERT INTO ledger_entries (vendor_id, customer_id, date, kind, target, target_id, amount, actor_id, at)
    SELECT vendor_id, customer_id, date, 'charge', 'record', id, amount, vendor_by, vendor_at FROM records
    WHERE vendor_id = :vendor_id AND status = 'delivered' AND NOT disputed AND amount > 0
    """
)

BALANCES = text(
    """
    UPDATE accounts a SET balance = a.balance + s.charges, disputed = s.disputed
    FROM (
        SELECT customer_id, sum(charges) AS charges, sum(disputed) AS disputed
        FROM account_months WHERE vendor_id = :vendor_id GROUP BY customer_id
    ) s WHERE a.customer_id = s.customer_id
    """
)
