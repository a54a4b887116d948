"""Write down what both sides agreed on: the new versions of orders' terms, and the periods they make.

For one order or ten thousand it takes the same three statements.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, text

from ...kernel.clock import now
from ...kernel.database import session
from ..models import OrderPeriod
from ..queries import one_of
from ..rules import Terms, Version, on_day, periods, plain


@dataclass(frozen=True, slots=True)
class Agreed:
    """A change of an order whose row is held: the fields that it carries from a day on, after the
    versions accepted `before`. The first version of an order carries every field."""

    order_id: int
    start_date: date
    before: Sequence[Version]
    carries: dict[str, Any]
    effective_from: date
    on_behalf_note: str | None


INSERT_VERSIONS = text(
    """
    INSERT INTO order_terms (order_id, version, item_name, unit, quantity, rate, weekdays, "every",
                             valid_till, changed, effective_from, accepted_by, accepted_at, on_behalf_note)
    SELECT order_id, version, item_name, unit, quantity, rate, weekdays, "every",
           valid_till, changed, effective_from, :accepted_by, :now, on_behalf_note
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS rows (
        order_id bigint, version bigint, item_name text, unit text, quantity bigint, rate bigint,
        weekdays smallint[], "every" smallint, valid_till date, changed text[], effective_from date,
        on_behalf_note text
    )
    """
)

INSERT_PERIODS = text(
    """
    INSERT INTO order_periods (order_id, starts_on, version, item_name, unit, quantity, rate, amount,
                               weekdays, "every", valid_till)
    SELECT order_id, starts_on, version, item_name, unit, quantity, rate, amount,
           weekdays, "every", valid_till
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS rows (
        order_id bigint, starts_on date, version bigint, item_name text, unit text, quantity bigint,
        rate bigint, amount bigint, weekdays smallint[], "every" smallint, valid_till date
    )
    """
)


def append_versions(agreed: Sequence[Agreed], *, accepted_by: int) -> None:
    """Append a version to each order and work out its periods again; the night and the marks join those.

    An order appears once.
    """
    if not agreed:
        return
    added: list[dict[str, Any]] = []
    reworked: list[dict[str, Any]] = []
    for one in agreed:
        number = len(one.before) + 1
        after = [*one.before, Version(number, one.effective_from, one.carries)]
        added.append(
            {
                "order_id": one.order_id,
                "version": number,
                **_columns(_terms_of(one)),
                "changed": sorted(one.carries),
                "effective_from": one.effective_from.isoformat(),
                "on_behalf_note": one.on_behalf_note,
            }
        )
        reworked += [
            {
                "order_id": one.order_id,
                "starts_on": period.starts_on.isoformat(),
                "version": period.version,
                "amount": period.terms.amount,
                **_columns(period.terms),
            }
            for period in periods(one.start_date, after)
        ]
    session().execute(INSERT_VERSIONS, {"rows": json.dumps(added), "accepted_by": accepted_by, "now": now()})
    session().execute(
        delete(OrderPeriod).where(one_of(OrderPeriod.order_id, [one.order_id for one in agreed]))
    )
    session().execute(INSERT_PERIODS, {"rows": json.dumps(reworked)})


def _terms_of(one: Agreed) -> Terms:
    """The terms as they read from the new version's day on, versions for later days left aside."""
    if not one.before:
        return Terms(**one.carries)
    in_force = on_day(periods(one.start_date, one.before), max(one.effective_from, one.start_date))
    return in_force.terms.with_(one.carries) if in_force else Terms(**one.carries)


def _columns(terms: Terms) -> dict[str, Any]:
    found = plain(terms)
    if terms.valid_till:
        found["valid_till"] = terms.valid_till.isoformat()
    return found
