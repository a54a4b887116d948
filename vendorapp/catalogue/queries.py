"""Reads of what a vendor sells, of the moves of its stock, and of the empties that customers have.

Quantities are thousandths, money minor units.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, or_, select, text

from ..customers.models import Customer
from ..customers.rules import phone_digits
from ..kernel.database import session
from ..kernel.paging import Page, page
from . import rules
from .models import Component, Empties, Package, Product, Service, StockTransaction

Sellable = Product | Package | Service
Kind = TypeVar("Kind", Product, Package, Service)

# The most products that one list to choose from offers.
MOST_CHOICES = 500


@dataclass(frozen=True, slots=True)
class Item:
    """Anything that can be sold. `kind` is product, package or service; `rate` None: agreed at each sale."""

    kind: str
    id: int
    name: str
    unit: str | None
    rate: int | None
    active: bool
    returnable: bool


@dataclass(frozen=True, slots=True)
class PartView:
    """So much of a product is in one package."""

    product_id: int
    name: str
    unit: str | None
    active: bool
    quantity: int


@dataclass(frozen=True, slots=True)
class MoveView:
    """A move of stock, with the product's category now and the customer that it is about."""

    move: StockTransaction
    category: str | None
    customer_name: str | None


@dataclass(frozen=True, slots=True)
class EmptiesView:
    """How many empties of a product one customer has; below zero: more came back than we know of."""

    product_id: int
    product_name: str
    unit: str | None
    customer_id: int
    customer_name: str
    quantity: int


def _item(row: Sellable) -> Item:
    if isinstance(row, Product):
        kind, unit, returnable = rules.PRODUCT, row.unit, row.returnable
    elif isinstance(row, Service):
        kind, unit, returnable = rules.SERVICE, row.unit, False
    else:
        kind, unit, returnable = rules.PACKAGE, None, False
    return Item(kind, row.id, row.name, unit, row.rate, row.status == "active", returnable)


def find_item(vendor_id: int, item: str, item_id: int) -> Item | None:
    """One of this vendor's products, packages or services, inactive ones too; None when it is not theirs."""
    return find_items(vendor_id, {(item, item_id)}).get((item, item_id))


def find_items(vendor_id: int, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], Item]:
    """Those of the (kind, id) pairs that are this vendor's, in at most three statements."""
    found: dict[tuple[str, int], Item] = {}
    for kind, model in ((rules.PRODUCT, Product), (rules.PACKAGE, Package), (rules.SERVICE, Service)):
        ids = {item_id for item, item_id in wanted if item == kind}
        if ids:
            for row in _rows(model, vendor_id, ids):
                found[kind, row.id] = _item(row)
    return found


def _rows(kind: type[Sellable], vendor_id: int, ids: Collection[int]) -> list[Any]:
    query = select(kind).where(kind.vendor_id == vendor_id, kind.id.in_(ids))
    return list(session().scalars(query.execution_options(populate_existing=True)))


def find(kind: type[Kind], vendor_id: int, item_id: int) -> Kind | None:
    """One of this vendor's items of a kind, inactive ones too."""
    return session().scalar(
        select(kind)
        .where(kind.vendor_id == vendor_id, kind.id == item_id)
        .execution_options(populate_existing=True)
    )


def vendor_of(kind: type[Sellable], item_id: int) -> int | None:
    """Whose item it is, None when there is no such item; who asks must be checked by the caller."""
    return session().scalar(select(kind.vendor_id).where(kind.id == item_id))


def listed(
    kind: type[Kind], vendor_id: int, *, status: str, q: str | None, limit: int, cursor: str | None
) -> Page[Kind]:
    """One page of a vendor's items of a kind, by name.

    `status` is a status or ``all``; `q` looks into names, and into categories of products.
    """
    query = select(kind).where(kind.vendor_id == vendor_id)
    if status != "all":
        query = query.where(kind.status == status)
    if q:
        query = query.where(_matches(kind, q))
    keys: list[tuple[ColumnElement[Any], type]] = [(kind.name.expression, str), (kind.id.expression, int)]
    found = page(f"catalogue:{kind.__tablename__}", query, keys, limit=limit, cursor=cursor)
    return found.map(lambda row: row[0])


def _matches(kind: type[Sellable], q: str) -> ColumnElement[bool]:
    named = kind.name.icontains(q, autoescape=True)
    return or_(named, Product.category.icontains(q, autoescape=True)) if kind is Product else named


def parts_of(package_ids: Collection[int]) -> dict[int, list[PartView]]:
    """What each of these packages holds; every id is a key."""
    found: dict[int, list[PartView]] = {package_id: [] for package_id in package_ids}
    rows = session().execute(
        select(Component, Product.name, Product.unit, Product.status)
        .join(Product, Product.id == Component.product_id)
        .where(Component.package_id.in_(package_ids))
        .order_by(Component.package_id, Component.product_id)
        .execution_options(populate_existing=True)
    )
    for part, name, unit, status in rows:
        found[part.package_id].append(
            PartView(part.product_id, name, unit, status == "active", part.quantity)
        )
    return found


def choices(vendor_id: int) -> list[tuple[int, str]]:
    """The active products to choose from, by name: (id, name)."""
    rows = session().execute(
        select(Product.id, Product.name)
        .where(Product.vendor_id == vendor_id, Product.status == "active")
        .order_by(Product.name, Product.id)
        .limit(MOST_CHOICES)
    )
    return [(row.id, row.name) for row in rows]


def moves(
    vendor_id: int,
    *,
    product_id: int | None = None,
    customer_id: int | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[MoveView]:
    """The moves of a vendor's stock, newest first."""
    query = (
        select(StockTransaction, Product.category, Customer.name)
        .join(Product, Product.id == StockTransaction.product_id)
        .outerjoin(Customer, Customer.id == StockTransaction.customer_id)
        .where(StockTransaction.vendor_id == vendor_id)
    )
    if product_id is not None:
        query = query.where(StockTransaction.product_id == product_id)
    if customer_id is not None:
        query = query.where(StockTransaction.customer_id == customer_id)
    found = page(
        "moves",
        query,
        [(StockTransaction.id.expression, int)],
        limit=limit,
        cursor=cursor,
        descending=True,
    )
    return found.map(lambda row: MoveView(row[0], row[1], row[2]))


def find_move(vendor_id: int, move_id: int) -> MoveView | None:
    """One move of this vendor's stock."""
    row = (
        session()
        .execute(
            select(StockTransaction, Product.category, Customer.name)
            .join(Product, Product.id == StockTransaction.product_id)
            .outerjoin(Customer, Customer.id == StockTransaction.customer_id)
            .where(StockTransaction.vendor_id == vendor_id, StockTransaction.id == move_id)
        )
        .first()
    )
    return MoveView(row[0], row[1], row[2]) if row else None


def empties_of(customer_id: int) -> list[EmptiesView]:
    """The empties that a customer has, by product's name; products without any are left out.

    Whose customer it is must be known already.
    """
    rows = session().execute(
        select(
            Empties.product_id,
            Product.name,
            Product.unit,
            Empties.customer_id,
            Customer.name,
            Empties.quantity,
        )
        .join(Product, Product.id == Empties.product_id)
        .join(Customer, Customer.id == Empties.customer_id)
        .where(Empties.customer_id == customer_id, Empties.quantity != 0)
        .order_by(Product.name, Product.id)
    )
    return [EmptiesView(*row) for row in rows]


def empties_count(customer_id: int, product_id: int) -> int:
    """How many empties of a product a customer has."""
    key = Empties.customer_id == customer_id, Empties.product_id == product_id
    return session().scalar(select(Empties.quantity).where(*key)) or 0


def empties_out(product_id: int) -> tuple[int, int]:
    """How many empties of a product are with customers, and with how many of them."""
    row = (
        session()
        .execute(
            select(func.coalesce(func.sum(Empties.quantity), 0), func.count()).where(
                Empties.product_id == product_id, Empties.quantity != 0
            )
        )
        .one()
    )
    return int(row[0]), int(row[1])


def holders(
    vendor_id: int, product: Product, *, q: str | None, limit: int, cursor: str | None
) -> Page[EmptiesView]:
    """The customers who have empties of a product, most first; with `q` everybody in the book of that
    name or phone, whether they have any or not."""
    quantity = func.coalesce(Empties.quantity, 0)
    query = (
        select(Customer.id, Customer.name, quantity.label("quantity"))
        .outerjoin(Empties, (Empties.customer_id == Customer.id) & (Empties.product_id == product.id))
        .where(Customer.vendor_id == vendor_id)
    )
    if q:
        digits = phone_digits(q)
        named = Customer.name.icontains(q, autoescape=True)
        query = query.where(or_(named, Customer.phone_number.contains(digits)) if digits else named)
    else:
        query = query.where(Empties.quantity != 0)
    found = page(
        f"empties:{product.id}",
        query,
        [(-quantity, int), (Customer.id.expression, int)],
        limit=limit,
        cursor=cursor,
    )
    return found.map(
        lambda row: EmptiesView(product.id, product.name, product.unit, row[0], row[1], row.quantity)
    )


def has_prices(vendor_id: int) -> bool:
    """Whether anything in the catalogue has a price in this vendor's currency."""
    priced = [
        select(kind.id).where(kind.vendor_id == vendor_id, kind.rate.is_not(None)).exists()
        for kind in (Product, Package, Service)
    ]
    return bool(session().scalar(select(or_(*priced))))


def stock_drift() -> list[tuple[str, str, str]]:
    """Products whose count is not the sum of their moves: what it is, what is stored, what it should be."""
    return [(row[0], row[1], row[2]) for row in session().execute(text(rules.STOCK_DRIFT))]
