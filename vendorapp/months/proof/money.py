"""Money against the lines it is on, closed months, papers and stock against what they are made of."""

from __future__ import annotations

from ...catalogue.rules import STOCK_DRIFT
from ..truth import fill
from .check import CUSTOMER, Check, compared


def _walk_ins(kind: str, sign: str = "") -> str:
    return fill(
        "SELECT vendor_id, {sign}sum(amount) AS value FROM ledger_entries"
        " WHERE kind = '{kind}' AND customer_id IS NULL GROUP BY 1",
        kind=kind,
        sign=sign,
    )


def _paper_lines(paper: str) -> Check:
    """The lines of invoices or bills: of what the same customer got, live while the paper holds."""
    return Check(
        f"line of {'an' if paper == 'invoice' else 'a'} {paper}",
        fill(
            """
            SELECT format('{paper} %s, %s %s', p.id, l.target, l.target_id),
                   format('live: %s, customer %s', l.live, coalesce(r.customer_id, o.customer_id)),
                   format('live: %s, customer %s', p.voided_at IS NULL, p.customer_id)
            FROM {paper}_lines l JOIN {paper}s p ON p.id = l.{paper}_id
            LEFT JOIN records r ON l.target = 'record' AND r.id = l.target_id
            LEFT JOIN orders o ON l.target = 'order' AND o.id = l.target_id AND o.order_type_id = 2
            WHERE l.live <> (p.voided_at IS NULL) OR (p.vendor_id, p.customer_id) IS DISTINCT FROM
                (coalesce(r.vendor_id, o.vendor_id), coalesce(r.customer_id, o.customer_id))
            ORDER BY p.id, l.target, l.target_id
            """,
            paper=paper,
        ),
    )


MONEY = (
    compared(
        "sales to walk-ins and what they paid",
        "format('vendor %s', vendor_id)",
        "vendor_id",
        _walk_ins("charge"),
        _walk_ins("payment", "-"),
    ),
    # Money: payments and what is owed less, and the lines that they are on.
    compared(
        "paid on a line and the money on it",
        "format('%s %s', target, target_id)",
        "target, target_id",
        "SELECT target, target_id, paid AS value FROM lines",
        "SELECT target, target_id, sum(amount) AS value FROM allocations WHERE released_at IS NULL"
        " GROUP BY 1, 2",
    ),
    compared(
        "advance and the money on no line",
        CUSTOMER,
        "customer_id",
        "SELECT customer_id, advance AS value FROM accounts",
        "SELECT customer_id, sum(unallocated) AS value FROM credits WHERE customer_id IS NOT NULL GROUP BY 1",
    ),
    compared(
        "money and where it is",
        "format('%s %s', source, source_id)",
        "source, source_id",
        "SELECT source, source_id, CASE WHEN reversed_at IS NULL THEN amount ELSE 0 END AS value"
        " FROM credits",
        "SELECT source, source_id, sum(amount) AS value FROM ("
        " SELECT source, source_id, unallocated AS amount FROM credits UNION ALL"
        " SELECT source, source_id, amount FROM allocations WHERE released_at IS NULL"
        ") held GROUP BY 1, 2",
    ),
    Check(
        "money on somebody else's line",
        """
        SELECT format('%s %s on %s %s', c.source, c.source_id, l.target, l.target_id),
               format('customer %s', c.customer_id), format('customer %s', l.customer_id)
        FROM allocations a JOIN credits c USING (source, source_id) JOIN lines l USING (target, target_id)
        WHERE a.released_at IS NULL
            AND (c.vendor_id, c.customer_id) IS DISTINCT FROM (l.vendor_id, l.customer_id)
        ORDER BY a.id
        """,
    ),
    Check(
        "payment and its money",
        """
        SELECT format('payment %s', coalesce(c.source_id, p.id)),
               format('%s on %s from customer %s, reversed: %s', c.amount, c.date, c.customer_id,
                      c.reversed_at IS NOT NULL),
               format('%s on %s from customer %s, reversed: %s', p.amount, p.date, p.customer_id,
                      p.status = 'reversed')
        FROM (SELECT * FROM credits WHERE source = 'payment') c
        FULL JOIN (SELECT * FROM payments WHERE status IN ('confirmed', 'reversed')) p ON p.id = c.source_id
        WHERE (c.amount, c.date, c.vendor_id, c.customer_id, c.reversed_at IS NOT NULL)
            IS DISTINCT FROM (p.amount, p.date, p.vendor_id, p.customer_id, p.status = 'reversed')
            OR c.source_id IS NULL OR p.id IS NULL
        ORDER BY coalesce(c.source_id, p.id)
        """,
    ),
    compared(
        "entries of a payment and its amount",
        "format('payment %s', target_id)",
        "target_id",
        "SELECT target_id, -sum(amount) AS value FROM ledger_entries WHERE kind = 'payment' GROUP BY 1",
        "SELECT id AS target_id, amount AS value FROM payments WHERE status = 'confirmed'",
    ),
    compared(
        "unconfirmed and the claims",
        CUSTOMER,
        "customer_id",
        "SELECT customer_id, unconfirmed AS value FROM accounts",
        "SELECT customer_id, sum(amount) AS value FROM payments WHERE status = 'claimed' GROUP BY 1",
    ),
    Check(
        "money of an adjustment",
        """
        SELECT format('adjustment %s', coalesce(c.source_id, j.id)),
               format('%s on %s for customer %s', c.amount, c.date, c.customer_id),
               format('%s on %s for customer %s', -j.amount, j.date, j.customer_id)
        FROM (SELECT * FROM credits WHERE source = 'adjustment') c
        FULL JOIN (SELECT * FROM adjustments WHERE amount < 0) j ON j.id = c.source_id
        WHERE (c.amount, c.date, c.vendor_id, c.customer_id)
            IS DISTINCT FROM (-j.amount, j.date, j.vendor_id, j.customer_id)
        ORDER BY coalesce(c.source_id, j.id)
        """,
    ),
    # A closed month: what it came to stands in its statement, and nothing was entered into it since.
    Check(
        "closing of a closed month",
        """
        SELECT format('customer %s, %s', s.customer_id, to_char(s.month, 'YYYY-MM')), m.closing::text,
               s.closing::text
        FROM statements s CROSS JOIN LATERAL (
            SELECT coalesce(sum(charges - payments + adjustments), 0) AS closing
            FROM account_months WHERE customer_id = s.customer_id AND month <= s.month
        ) m
        WHERE s.closed_at IS NOT NULL AND s.closing <> m.closing ORDER BY s.customer_id, s.month
        """,
    ),
    Check(
        "entry in a closed month",
        """
        SELECT format('entry %s', e.id), e.at::text, format('none after %s', s.closed_at)
        FROM ledger_entries e
        JOIN accounts a ON a.customer_id = e.customer_id AND e.date <= a.closed_through
        CROSS JOIN LATERAL (
            SELECT min(closed_at) AS closed_at FROM statements
            WHERE customer_id = e.customer_id AND closed_at IS NOT NULL
                AND e.date < month + interval '1 month'
        ) s
        WHERE e.at > s.closed_at ORDER BY e.id
        """,
    ),
    Check(
        "closed statement of an open month",
        """
        SELECT format('customer %s, %s', s.customer_id, to_char(s.month, 'YYYY-MM')),
               coalesce(a.closed_through::text, 'open'), (s.month + interval '1 month - 1 day')::date::text
        FROM statements s JOIN accounts a USING (customer_id)
        WHERE s.closed_at IS NOT NULL
            AND coalesce(a.closed_through, '-infinity') < (s.month + interval '1 month - 1 day')::date
        ORDER BY s.customer_id, s.month
        """,
    ),
    Check("stock of a product and its moves", STOCK_DRIFT),
    _paper_lines("invoice"),
    _paper_lines("bill"),
    Check(
        "invoice on a bill",
        """
        SELECT format('invoice %s on bill %s', l.invoice_id, l.bill_id),
               format('live: %s, customer %s', l.live, i.customer_id),
               format('live: %s, customer %s', b.voided_at IS NULL, b.customer_id)
        FROM bill_invoices l JOIN bills b ON b.id = l.bill_id JOIN invoices i ON i.id = l.invoice_id
        WHERE l.live <> (b.voided_at IS NULL) OR l.live AND (
            i.voided_at IS NOT NULL
            OR (i.vendor_id, i.customer_id) IS DISTINCT FROM (b.vendor_id, b.customer_id)
        )
        ORDER BY l.bill_id, l.invoice_id
        """,
    ),
)
