"""A vendor's products, packages of them, services, and every move of stock.

Rates are in minor units, quantities in thousandths. A rate of null is agreed at each sale.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.database import Base
from ..ledger.models import LARGEST_MONEY, LARGEST_QUANTITY

LARGEST_STOCK = 10**16


def _checks() -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint("char_length(name) BETWEEN 1 AND 200", name="name_length"),
        CheckConstraint(f"rate BETWEEN 0 AND {LARGEST_MONEY}", name="rate_range"),
        CheckConstraint("status IN ('active', 'inactive')", name="status_word"),
    )


class Product(Base):
    """Something with a stock; `stock_quantity` null: it is not counted. `returnable` ones come back empty."""

    __tablename__ = "products"
    __table_args__ = (
        *_checks(),
        CheckConstraint("char_length(unit) BETWEEN 1 AND 40", name="unit_length"),
        CheckConstraint(f"stock_quantity BETWEEN 0 AND {LARGEST_STOCK}", name="stock_range"),
        UniqueConstraint("vendor_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    name: Mapped[str]
    category: Mapped[str | None]
    unit: Mapped[str | None]
    rate: Mapped[int | None]
    returnable: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(default="active")
    stock_quantity: Mapped[int | None]
    created_at: Mapped[datetime]


class Package(Base):
    """Several products sold as one."""

    __tablename__ = "packages"
    __table_args__ = (*_checks(), UniqueConstraint("vendor_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    name: Mapped[str]
    rate: Mapped[int | None]
    status: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]


class Component(Base):
    """So much of a product is in one package."""

    __tablename__ = "package_components"
    __table_args__ = (
        ForeignKeyConstraint(["vendor_id", "package_id"], ["packages.vendor_id", "packages.id"]),
        ForeignKeyConstraint(["vendor_id", "product_id"], ["products.vendor_id", "products.id"]),
        CheckConstraint(f"quantity BETWEEN 1 AND {LARGEST_QUANTITY}", name="quantity_range"),
    )

    package_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    vendor_id: Mapped[int]
    quantity: Mapped[int]


class Service(Base):
    """Work that is sold; nothing of it is in stock."""

    __tablename__ = "services"
    __table_args__ = (
        *_checks(),
        CheckConstraint("char_length(unit) BETWEEN 1 AND 40", name="unit_length"),
        UniqueConstraint("vendor_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    name: Mapped[str]
    rate: Mapped[int | None]
    unit: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]


class StockTransaction(Base):
    """One move of a product's stock, never changed: old ± quantity = new.

    `returned`: empties that came back from `customer_id`. `order_id` is the served order that took it.
    """

    __tablename__ = "stock_transactions"
    __table_args__ = (
        ForeignKeyConstraint(["vendor_id", "product_id"], ["products.vendor_id", "products.id"]),
        ForeignKeyConstraint(["vendor_id", "customer_id"], ["customers.vendor_id", "customers.id"]),
        CheckConstraint("transaction IN ('add', 'remove')", name="transaction_word"),
        CheckConstraint(f"quantity BETWEEN 1 AND {LARGEST_QUANTITY}", name="quantity_range"),
        CheckConstraint(f"old_quantity BETWEEN 0 AND {LARGEST_STOCK}", name="old_quantity_range"),
        CheckConstraint(f"new_quantity BETWEEN 0 AND {LARGEST_STOCK}", name="new_quantity_range"),
        CheckConstraint(
            "new_quantity = old_quantity + CASE transaction WHEN 'add' THEN quantity ELSE -quantity END",
            name="new_is_old_and_quantity",
        ),
        CheckConstraint("NOT returned OR transaction = 'add'", name="returned_on_add"),
        Index(None, "vendor_id", "product_id", "id"),
        Index(None, "customer_id", "id"),
        Index("ix_stock_transactions_order", "order_id", postgresql_where="order_id IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.user_id"))
    product_id: Mapped[int]
    transaction: Mapped[str]
    old_quantity: Mapped[int]
    quantity: Mapped[int]
    new_quantity: Mapped[int]
    returned: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str | None]
    customer_id: Mapped[int | None]
    order_id: Mapped[int | None]
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class Empties(Base):
    """How many empties of a returnable product a customer still has (thousandths; below zero: brought
    back more than we know of)."""

    __tablename__ = "empties"
    __table_args__ = (
        ForeignKeyConstraint(["vendor_id", "product_id"], ["products.vendor_id", "products.id"]),
        ForeignKeyConstraint(["vendor_id", "customer_id"], ["customers.vendor_id", "customers.id"]),
        CheckConstraint(f"quantity BETWEEN -{LARGEST_STOCK} AND {LARGEST_STOCK}", name="quantity_range"),
    )

    customer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    vendor_id: Mapped[int]
    quantity: Mapped[int]
