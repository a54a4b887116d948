"""What was sent as lines of a paper, looked up in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ...catalogue.queries import find_items
from ...kernel.errors import FieldError, Invalid
from ...kernel.money import AmountError, to_minor
from ...kernel.said import reason
from ...on_demand.inputs import new_goods
from ...orders.inputs import as_listed
from ..rules.papers import NewLine, Wanted


def money_faults(orders: Sequence[Mapping[str, Any]], currency: str, at: str = "") -> list[FieldError]:
    """The rates that have more decimals than the currency, or are too large for it."""
    faults = []
    for place, sent in enumerate(orders):
        if sent.get("rate") is not None:
            try:
                to_minor(sent["rate"], currency)
            except AmountError as error:
                faults.append(FieldError(f"{at}orders.{place}.rate", "invalid", reason(error)))
    return faults


def wanted(
    vendor_id: int,
    currency: str,
    orders: Sequence[Mapping[str, Any]],
    *,
    month: date | None = None,
    at: str = "",
) -> Wanted:
    """The elements of `orders` (see `LineIn`) as what the paper shall hold; `at` prefixes names in faults.

    Raises NotFound naming ``orders.0.item_id``, 422 when quantity × rate is too large.
    """
    new = [(f"{at}orders.{place}.", sent) for place, sent in enumerate(orders) if sent.get("id") is None]
    items = find_items(vendor_id, {_item(sent) for _, sent in new if sent.get("item")})
    values = [
        (here, as_listed(items.get(_item(sent)), currency, sent, here) if sent.get("item") else sent)
        for here, sent in new
    ]
    lines, faults = [], []
    for here, sent in values:
        try:
            lines.append(NewLine(here, new_goods(sent, currency)))
        except Invalid as problem:
            faults += [FieldError(here + one.field, one.code, one.message) for one in problem.errors]
    if faults:
        raise Invalid(*faults)
    existing = [
        (f"{at}orders.{place}.id", sent["id"])
        for place, sent in enumerate(orders)
        if sent.get("id") is not None
    ]
    return Wanted(at, tuple(lines), tuple(existing), month)


def _item(sent: Mapping[str, Any]) -> tuple[str, int]:
    return sent.get("item", ""), sent.get("item_id", 0)
