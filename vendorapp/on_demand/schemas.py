"""JSON shapes of new orders of both kinds, and of the answers to on-demand ones."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from ..kernel.fields import Body, Day, Id, LongText, Money, Name, PositiveQuantity, ShortText, one_line
from ..orders.inputs import OrderType, TermsIn

Reason = Annotated[LongText, Field(max_length=500)]
Served = Annotated[
    str, BeforeValidator(one_line), WithJsonSchema({"type": "string", "enum": ["served"]}, mode="validation")
]


class OrderIn(TermsIn):
    """A new order. A vendor names `customer_id`, a customer `vendor_id`.

    `weekdays`, `every`, `start_date` and `valid_till` are a standing order's; `date` and a vendor's
    `status` (``served``: handed over already) an on-demand one's, which may be a walk-in's, and a
    customer's without a price.
    """

    order_type: OrderType = "scheduled"
    customer_id: Id | None = None
    vendor_id: Id | None = None
    item_name: Name | None = None
    date: Day | None = None
    status: Served | None = None

    @property
    def on_demand(self) -> bool:
        return self.order_type == "on_demand"


class AcceptIn(Body):
    """What this side saw, so that nobody says yes to what was changed meanwhile.

    A vendor's `rate` is their price for one, where it is not the one that the customer named; their
    `on_behalf_note` says how a customer without a login agreed.
    """

    rate: Money | None = None
    quantity: PositiveQuantity | None = None
    on_behalf_note: ShortText | None = None


class DeclineIn(Body):
    """Why; needed where a customer contradicts what was handed over."""

    reason: Reason | None = None


class ServeIn(Body):
    """On which day, and how much if it is not what was agreed."""

    date: Day | None = None
    quantity: PositiveQuantity | None = None
