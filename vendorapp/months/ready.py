"""The month is over: every customer with a login hears that their statement is there, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from ..accounts.models import Vendor
from ..kernel.clock import first_of_month, now
from ..kernel.database import patience, session, transaction
from ..kernel.fields import month_text
from ..notices import service as notices
from ..notices.service import Telling
from . import words

# Nobody is woken by it; and whoever could not be told on the first is told in the days after.
FROM_HOUR, LAST_DAY_OF_MONTH = 8, 7
AT_ONCE = 1000

# Whose month holds anything, is still open, and who was not told of it. The row is held: a link that ends
# meanwhile ends before or after.
UNTOLD = text(
    """
    SELECT c.id, c.user_id, c.vendor_id, v.business_name, v.currency, (
        SELECT sum(t.charges - t.payments + t.adjustments) FROM account_months t
        WHERE t.customer_id = c.id AND t.month <= :month
    ) AS closing
    FROM customers c
    JOIN vendors v ON v.user_id = c.vendor_id
    JOIN account_months m ON m.customer_id = c.id AND m.month = :month
    JOIN accounts a ON a.customer_id = c.id
    WHERE v.timezone = :zone AND c.user_id IS NOT NULL
        AND (m.charges <> 0 OR m.payments <> 0 OR m.adjustments <> 0 OR m.disputed <> 0)
        AND coalesce(a.closed_through, '-infinity') < CAST(:month AS date)
        AND NOT EXISTS (
            SELECT FROM notices n
            WHERE n.user_id = c.user_id AND n.topic = format('statement:%s:%s', c.id, CAST(:word AS text))
                AND n.kind = 'statement_ready'
        )
    ORDER BY c.id LIMIT :limit
    FOR SHARE OF c
    """
)


def tell_ready() -> dict[str, Any]:
    """Tell whose last month is over in their vendor's zone; how many were told. Repeating tells nobody twice.

    Opens its own transactions.
    """
    told: Counter[str] = Counter()
    with transaction():
        zones = list(session().scalars(select(Vendor.timezone).distinct().order_by(Vendor.timezone)))
    for zone in zones:
        here = now().astimezone(ZoneInfo(zone))
        if here.day > LAST_DAY_OF_MONTH or here.hour < FROM_HOUR:
            continue
        month = first_of_month(here.date().replace(day=1) - timedelta(days=1))
        while True:
            with transaction():
                patience(statement="120s")
                count = _tell(zone, month)
            told["told"] += count
            if count < AT_ONCE:
                break
    return {"told": told["told"]}


def _tell(zone: str, month: date) -> int:
    word = month_text(month)
    values = {"zone": zone, "month": month, "word": word, "limit": AT_ONCE}
    rows: Sequence[Any] = session().execute(UNTOLD, values).all()
    notices.tell_many(_telling(row, month, word) for row in rows)
    return len(rows)


def _telling(row: Any, month: date, word: str) -> Telling:
    return Telling(
        user_id=row.user_id,
        vendor_id=row.vendor_id,
        kind="statement_ready",
        words=partial(
            words.ready,
            who=row.business_name,
            month=month,
            closing=int(row.closing),
            currency=row.currency,
        ),
        url=f"/customers/{row.id}/statement/{word}",
        topic=f"statement:{row.id}:{word}",
        data={"vendor_id": row.vendor_id, "customer_id": row.id, "month": word},
    )
