"""What a check is: one statement each, so it sees both ends of every movement."""

from __future__ import annotations

from dataclasses import dataclass

from ..truth import fill


@dataclass(frozen=True, slots=True)
class Check:
    """`sql` gives the rows that are off as (what it is, what is stored, what it should be)."""

    name: str
    sql: str


def compared(name: str, what: str, key: str, stored: str, expected: str) -> Check:
    """One table's sums beside another's: both select the columns `key` and a `value`.

    A row that one side lacks counts as zero; `what` names a row in SQL.
    """
    return Check(
        name,
        fill(
            """
            SELECT {what}, coalesce(s.value, 0)::text, coalesce(e.value, 0)::text
            FROM ({stored}) s FULL JOIN ({expected}) e USING ({key})
            WHERE coalesce(s.value, 0) <> coalesce(e.value, 0) ORDER BY {key}
            """,
            what=what,
            key=key,
            stored=stored,
            expected=expected,
        ),
    )


CUSTOMER = "format('customer %s', customer_id)"
