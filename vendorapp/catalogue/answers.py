"""The JSON of the catalogue and of stock, as every room answers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..kernel.fields import AmountText, Answer, InstantText, QuantityText, instant_text
from ..kernel.money import amount_text, quantity_text
from .models import Package, Product, Service
from .queries import MoveView, parts_of

Status = Literal["active", "inactive"]


def _rate(rate: int | None, currency: str) -> str | None:
    return None if rate is None else amount_text(rate, currency)


class ProductSeenOut(Answer):
    """A product as a customer reads it; `rate` null: agreed at each sale."""

    id: int
    name: str
    category: str | None
    unit: str | None
    rate: AmountText | None
    returnable: bool
    status: Status
    created_at: InstantText

    @classmethod
    def of(cls, row: Product, currency: str) -> ProductSeenOut:
        return cls.model_construct(
            id=row.id,
            name=row.name,
            category=row.category,
            unit=row.unit,
            rate=_rate(row.rate, currency),
            returnable=row.returnable,
            status=row.status,
            created_at=instant_text(row.created_at),
        )


class ProductOut(ProductSeenOut):
    """A product as its vendor reads it: `stock_quantity` is not there for customers, null: not counted."""

    stock_quantity: QuantityText | None = None

    @classmethod
    def of(cls, row: Product, currency: str) -> ProductSeenOut:
        count = None if row.stock_quantity is None else quantity_text(row.stock_quantity)
        return super().of(row, currency).model_copy(update={"stock_quantity": count})


class ComponentOut(Answer):
    """So much of a product is in a package."""

    product_id: int
    name: str
    quantity: QuantityText


class PackageOut(Answer):
    """Several products sold as one."""

    id: int
    name: str
    rate: AmountText | None
    components: list[ComponentOut]
    status: Status
    created_at: InstantText

    @classmethod
    def of(cls, row: Package, currency: str) -> PackageOut:
        return cls.many([row], currency)[0]

    @classmethod
    def many(cls, rows: Sequence[Package], currency: str) -> list[PackageOut]:
        """Packages with what they hold from one look."""
        parts = parts_of([row.id for row in rows])
        return [
            cls.model_construct(
                id=row.id,
                name=row.name,
                rate=_rate(row.rate, currency),
                components=[
                    ComponentOut.model_construct(
                        product_id=part.product_id, name=part.name, quantity=quantity_text(part.quantity)
                    )
                    for part in parts[row.id]
                ],
                status=row.status,
                created_at=instant_text(row.created_at),
            )
            for row in rows
        ]


class ServiceOut(Answer):
    """Work that is sold."""

    id: int
    name: str
    rate: AmountText | None
    unit: str | None
    status: Status
    created_at: InstantText

    @classmethod
    def of(cls, row: Service, currency: str) -> ServiceOut:
        return cls.model_construct(
            id=row.id,
            name=row.name,
            rate=_rate(row.rate, currency),
            unit=row.unit,
            status=row.status,
            created_at=instant_text(row.created_at),
        )


class MoveOut(Answer):
    """One move of stock: old ± quantity = new. `returned`: empties that came back from the customer."""

    id: int
    transaction: Literal["add", "remove"]
    product_id: int
    product_category: str | None
    old_quantity: QuantityText
    quantity: QuantityText
    new_quantity: QuantityText
    returned: bool
    reason: str | None
    customer_id: int | None
    created_by: int
    created_at: InstantText

    @classmethod
    def of(cls, view: MoveView) -> MoveOut:
        row = view.move
        return cls.model_construct(
            id=row.id,
            transaction=row.transaction,
            product_id=row.product_id,
            product_category=view.category,
            old_quantity=quantity_text(row.old_quantity),
            quantity=quantity_text(row.quantity),
            new_quantity=quantity_text(row.new_quantity),
            returned=row.returned,
            reason=row.reason,
            customer_id=row.customer_id,
            created_by=row.created_by,
            created_at=instant_text(row.created_at),
        )
