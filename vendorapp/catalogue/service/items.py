"""Products, packages and services: add them, change them. Nothing is deleted: old sales name them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import delete, insert, select

from ...kernel.clock import now
from ...kernel.database import session
from ...kernel.errors import FieldError, Invalid, NotFound
from ..models import Component, Package, Product, Service
from ..rules import Part

Kind = TypeVar("Kind", Product, Package, Service)


def add(kind: type[Kind], vendor_id: int, values: dict[str, Any]) -> Kind:
    """A new item of a kind in this vendor's catalogue; `values` are its columns, the rate in minor units."""
    row = kind(vendor_id=vendor_id, status="active", created_at=now(), **values)
    session().add(row)
    session().flush()
    return row


def change(kind: type[Kind], vendor_id: int, item_id: int, values: dict[str, Any]) -> Kind:
    """Set the columns in `values`, the status too; the same again changes nothing. 404 when not theirs."""
    row = session().scalar(
        select(kind)
        .where(kind.vendor_id == vendor_id, kind.id == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound()
    for name, value in values.items():
        setattr(row, name, value)
    session().flush()
    return row


def add_package(vendor_id: int, values: dict[str, Any], parts: Sequence[Part]) -> Package:
    """A new package of own, active products (each at most once in `parts`).

    Raises 404 naming the component's ``product_id``, 422 for an inactive one.
    """
    _check(vendor_id, parts)
    row = add(Package, vendor_id, values)
    _fill(row, parts)
    return row


def change_package(
    vendor_id: int, package_id: int, values: dict[str, Any], parts: Sequence[Part] | None
) -> Package:
    """As `change`; `parts`, if given, replace what the package holds, under the rules of `add_package`."""
    row = change(Package, vendor_id, package_id, values)
    if parts is not None:
        _check(vendor_id, parts)
        session().execute(delete(Component).where(Component.package_id == row.id))
        _fill(row, parts)
    return row


def _check(vendor_id: int, parts: Sequence[Part]) -> None:
    query = select(Product.id, Product.status).where(
        Product.vendor_id == vendor_id, Product.id.in_([part.product_id for part in parts])
    )
    found = {row.id: row.status for row in session().execute(query)}
    names = [f"components.{place}.product_id" for place in range(len(parts))]
    for name, part in zip(names, parts, strict=True):
        if part.product_id not in found:
            raise NotFound(name)
    gone = [name for name, part in zip(names, parts, strict=True) if found[part.product_id] != "active"]
    if gone:
        raise Invalid(*(FieldError(name, "invalid", "This product is inactive.") for name in gone))


def _fill(package: Package, parts: Sequence[Part]) -> None:
    # By product: two who fill packages, or sell them, never wait for each other in a circle.
    rows = [
        {
            "package_id": package.id,
            "vendor_id": package.vendor_id,
            "product_id": part.product_id,
            "quantity": part.quantity,
        }
        for part in sorted(parts, key=lambda part: part.product_id)
    ]
    session().execute(insert(Component), rows)
