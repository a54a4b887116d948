"""JSON shapes that the catalogue takes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from ..kernel.fields import (
    Answer,
    Body,
    Bool,
    Id,
    Money,
    Name,
    PositiveQuantity,
    Quantity,
    QueryId,
    ShortText,
)
from ..kernel.paging import PageQuery
from .answers import MoveOut, PackageOut, ProductOut, ServiceOut

MOST_COMPONENTS = 100

Status = Literal["active", "inactive"]
Unit = Annotated[ShortText, Field(max_length=40)]


class ComponentIn(Body):
    """So much of a product."""

    product_id: Id
    quantity: PositiveQuantity


def _each_once(components: list[ComponentIn]) -> list[ComponentIn]:
    ids = [one.product_id for one in components]
    if len(set(ids)) != len(ids):
        raise ValueError("Each product stands in a package once.")
    return components


Components = Annotated[
    list[ComponentIn], Field(min_length=1, max_length=MOST_COMPONENTS), AfterValidator(_each_once)
]


class ProductIn(Body):
    """A new product; without a rate it is agreed at each sale. `returnable`: its empties come back."""

    name: Name
    category: ShortText | None = None
    unit: Unit | None = None
    rate: Money | None = None
    returnable: Bool = False


class ProductChange(Body):
    """The fields that change."""

    name: Name | None = None
    category: ShortText | None = None
    unit: Unit | None = None
    rate: Money | None = None
    returnable: Bool | None = None
    status: Status | None = None


class PackageIn(Body):
    """A new package of products."""

    name: Name
    rate: Money | None = None
    components: Components


class PackageChange(Body):
    """The fields that change; `components` replace all that were there."""

    name: Name | None = None
    rate: Money | None = None
    components: Components | None = None
    status: Status | None = None


class ServiceIn(Body):
    """A new service."""

    name: Name
    rate: Money | None = None
    unit: Unit | None = None


class ServiceChange(Body):
    """The fields that change."""

    name: Name | None = None
    rate: Money | None = None
    unit: Unit | None = None
    status: Status | None = None


class ItemQuery(Body):
    """A customer may name the vendor; it must be the item's."""

    vendor_id: QueryId | None = None


class ItemsQuery(PageQuery):
    """`vendor_id` is needed from a customer, who sees active ones only; `q` looks into names."""

    vendor_id: QueryId | None = None
    status: Literal["active", "inactive", "all"] = "active"
    q: ShortText | None = None


class ProductsOut(Answer):
    items: list[ProductOut]
    next: str | None


class PackagesOut(Answer):
    items: list[PackageOut]
    next: str | None


class ServicesOut(Answer):
    items: list[ServiceOut]
    next: str | None


class MoveIn(Body):
    """A move of stock. The server owns the count: what is said of category and quantities must be so."""

    transaction: Literal["add", "remove"]
    product_id: Id
    quantity: PositiveQuantity
    product_category: ShortText | None = None
    old_quantity: Quantity | None = None
    new_quantity: Quantity | None = None
    returned: Bool = False
    customer_id: Id | None = None
    reason: ShortText | None = None


class MovesQuery(PageQuery):
    product_id: QueryId | None = None
    customer_id: QueryId | None = None


class MovesOut(Answer):
    items: list[MoveOut]
    next: str | None


def values_of(body: Body, **instead: Any) -> dict[str, Any]:
    """The columns that were sent, without `components`; `instead` takes the place of some."""
    return {**body.model_dump(include=set(body.sent()) - {"components"}), **instead}
