"""Lists by keyset: ``{"items": […], "next": "<cursor>" | null}``, stable under inserts."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BeforeValidator, Field, WithJsonSchema
from sqlalchemy import Select, SQLColumnExpression, literal, tuple_

from .database import session
from .errors import invalid
from .fields import Body
from .strict_json import text_fault

Row = TypeVar("Row")
Item = TypeVar("Item")


def _limit(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= 200:
        return int(value)
    raise ValueError("A number from 1 to 200 is expected.")


class PageQuery(Body):
    """The two parameters of every list."""

    limit: Annotated[
        int,
        BeforeValidator(_limit),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
    ] = 50
    cursor: Annotated[str, Field(max_length=2000)] | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page and the cursor of the next, None on the last."""

    items: list[Item]
    next: str | None

    def map(self, change: Callable[[Item], Row]) -> Page[Row]:
        return Page([change(item) for item in self.items], self.next)


def _encode(name: str, values: Sequence[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
    raw = json.dumps([name, *plain], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(name: str, cursor: str, kinds: Sequence[type]) -> list[Any]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        said, *values = json.loads(raw)
        if said != name or len(values) != len(kinds):
            raise ValueError
        found: list[Any] = []
        for value, kind in zip(values, kinds, strict=True):
            if kind is date and isinstance(value, str):
                found.append(date.fromisoformat(value))
            elif type(value) is kind and not (isinstance(value, int) and abs(value) >= 2**63):
                if isinstance(value, str) and text_fault(value, lines=True):
                    raise ValueError
                found.append(value)
            else:
                raise ValueError
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise invalid("cursor", "This cursor is not one of this list.") from None
    return found


def page(
    name: str,
    query: Select[*tuple[Any, ...]],
    keys: Sequence[tuple[SQLColumnExpression[Any], type]],
    *,
    limit: int,
    cursor: str | None,
    descending: bool = False,
) -> Page[Any]:
    """One page of `query` ordered by `keys` (expressions, none of them null, the last unique).

    `name` ties a cursor to its list and order. Raises 422 for a cursor of another list.
    """
    columns = [column for column, _ in keys]
    kinds = [kind for _, kind in keys]
    if cursor:
        after = tuple_(*(literal(value) for value in _decode(name, cursor, kinds)))
        here = tuple_(*columns)
        query = query.where(here < after if descending else here > after)
    order = [column.desc() if descending else column.asc() for column in columns]
    labelled: list[Any] = [column.label(f"key_{i}") for i, column in enumerate(columns)]
    rows = session().execute(query.add_columns(*labelled).order_by(*order).limit(limit + 1)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    following = None
    if more:
        following = _encode(name, [getattr(rows[-1], f"key_{i}") for i in range(len(keys))])
    return Page(list(rows), following)
