"""What the other side is told of a mark: only when something they relied on changed, or is disputed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...kernel.clock import now
from ...kernel.money import quantity_text
from ...notices.service import Telling, tell_many
from ..rules import CONTRADICTION_LASTS, CUSTOMER, DELIVERED, VENDOR, Delivery, Mark, told_of
from .storing import Change


def words(delivery: Delivery, mark: Mark | None) -> str:
    """``2 L delivered``, ``not delivered``, or what was due while nobody has said anything."""
    if mark is None:
        return "not marked"
    if mark.status != DELIVERED:
        return "not delivered"
    return quantity_text(mark.quantity) + (f" {delivery.unit}" if delivery.unit else "") + " delivered"


def tell_others(made: Iterable[tuple[Any, Change]], *, side: str) -> None:
    """Notices to the other side of `side`, in a fixed number of statements. Rows bear the names."""
    tellings = []
    for row, change in made:
        one = change.after
        kind = told_of(change.before, one, side)
        to = row.user_id if side == VENDOR else row.vendor_id
        if kind is None or to is None:
            continue
        name = row.business_name if side == VENDOR else row.customer_name
        day = f"{one.item_name}, {one.date:%d %b %Y}"
        if kind == "record_changed":
            title = f"{name} changed a delivery"
            before = change.before.vendor if change.before else None
            body = f"{day}: {words(one, before)} → {words(one, one.vendor)}"
        else:
            other = CUSTOMER if side == VENDOR else VENDOR
            title = f"{name} says something else"
            theirs, ours = words(one, one.mark_of(other)), words(one, one.mark_of(side))
            body = f"{day}: you said {theirs}, they say {ours}"
        tellings.append(
            Telling(
                user_id=to,
                kind=kind,
                title=title,
                body=body,
                url=f"/records/{one.id}",
                topic=f"record:{one.id}",
                expires_at=now() + CONTRADICTION_LASTS,
                data={"record_id": one.id, "order_id": one.order_id},
            )
        )
    tell_many(tellings)
