"""JSON: products, packages, services and the moves of stock. A vendor writes; a linked customer may read
the vendor's active items."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from ..accounts import guards
from ..accounts.queries import Business, business
from ..customers import queries as book
from ..kernel.endpoint import endpoint
from ..kernel.errors import NotFound, invalid
from ..kernel.paging import Page
from . import queries, rules, service
from .answers import MoveOut, PackageOut, ProductOut, ProductSeenOut, ServiceOut
from .models import Package, Product, Service
from .schemas import (
    ComponentIn,
    ItemQuery,
    ItemsQuery,
    MoveIn,
    MovesOut,
    MovesQuery,
    PackageChange,
    PackageIn,
    PackagesOut,
    ProductChange,
    ProductIn,
    ProductsOut,
    ServiceChange,
    ServiceIn,
    ServicesOut,
    values_of,
)

blueprint = Blueprint("catalogue_api", __name__, url_prefix="/v1")


def _values(body: Any) -> dict[str, Any]:
    """The columns that were sent, the rate in minor units of the calling vendor's currency."""
    rate = rules.minor(body.rate, guards.caller().own_business.currency)
    return values_of(body, **({"rate": rate} if rate is not None else {}))


def _parts(components: list[ComponentIn]) -> list[rules.Part]:
    return [rules.Part(one.product_id, one.quantity) for one in components]


def _shop(vendor_id: int | None) -> Business | None:
    """The business whose catalogue the caller reads: a vendor's own, or that of a customer's vendor.
    None when it is neither; 422 when a customer names none."""
    caller = guards.caller()
    if caller.is_vendor:
        own = caller.own_business
        return own if vendor_id in (None, own.vendor_id) else None
    if vendor_id is None:
        raise invalid("vendor_id", "This field is required.")
    return business(vendor_id) if book.row_of_login(caller.user_id, vendor_id) is not None else None


def _listed(kind: Any, query: ItemsQuery) -> tuple[Page[Any], str]:
    """A page of items that the caller may read, and their currency. Customers see active ones only."""
    ours = guards.caller().is_vendor
    shop = _shop(query.vendor_id)
    if shop is None or (query.status == "inactive" and not ours):
        return Page([], None), ""
    found = queries.listed(
        kind,
        shop.vendor_id,
        status=query.status if ours else "active",
        q=query.q,
        limit=query.limit,
        cursor=query.cursor,
    )
    return found, shop.currency


def _found(kind: Any, item_id: int, query: ItemQuery) -> tuple[Any, str]:
    """One item that the caller may read, and its currency; 404."""
    owner = queries.vendor_of(kind, item_id)
    if owner is None or query.vendor_id not in (None, owner):
        raise NotFound()
    shop = _shop(owner)
    row = queries.find(kind, owner, item_id) if shop else None
    if shop is None or row is None or not (guards.caller().is_vendor or row.status == "active"):
        raise NotFound()
    return row, shop.currency


def _currency() -> str:
    return guards.caller().own_business.currency


def _product_shape() -> type[ProductSeenOut]:
    return ProductOut if guards.caller().is_vendor else ProductSeenOut


@blueprint.post("/products")
@guards.vendor
@endpoint(body=ProductIn, answers={201: ProductOut})
def add_product(body: ProductIn) -> tuple[int, Any]:
    """Add a product to the catalogue. Its stock is not counted before the first stock transaction."""
    row = service.add(Product, guards.caller().user_id, _values(body))
    return 201, ProductOut.of(row, _currency())


@blueprint.get("/products")
@guards.signed_in
@endpoint(query=ItemsQuery, answers={200: ProductsOut})
def products(query: ItemsQuery) -> tuple[int, ProductsOut]:
    """Products by name: a vendor's own (active unless asked otherwise), or with `vendor_id` the active ones
    of a customer's vendor, without stock."""
    found, currency = _listed(Product, query)
    shape = _product_shape()
    items: Any = [shape.of(row, currency) for row in found.items]
    return 200, ProductsOut.model_construct(items=items, next=found.next)


@blueprint.get("/products/<int:product_id>")
@guards.signed_in
@endpoint(query=ItemQuery, answers={200: ProductOut})
def product(product_id: int, query: ItemQuery) -> tuple[int, Any]:
    """One product."""
    row, currency = _found(Product, product_id, query)
    return 200, _product_shape().of(row, currency)


@blueprint.put("/products/<int:product_id>")
@guards.vendor
@endpoint(body=ProductChange, answers={200: ProductOut})
def change_product(product_id: int, body: ProductChange) -> tuple[int, Any]:
    """Change what is sent. Terms that were agreed and sales that were made keep their price."""
    row = service.change(Product, guards.caller().user_id, product_id, _values(body))
    return 200, ProductOut.of(row, _currency())


@blueprint.delete("/products/<int:product_id>")
@guards.vendor
@endpoint(answers={200: ProductOut})
def end_product(product_id: int) -> tuple[int, Any]:
    """Make a product inactive; its history stays. Repeating is fine, ``status: active`` undoes it."""
    row = service.change(Product, guards.caller().user_id, product_id, {"status": "inactive"})
    return 200, ProductOut.of(row, _currency())


@blueprint.post("/packages")
@guards.vendor
@endpoint(body=PackageIn, answers={201: PackageOut})
def add_package(body: PackageIn) -> tuple[int, PackageOut]:
    """Add a package of own, active products."""
    row = service.add_package(guards.caller().user_id, _values(body), _parts(body.components))
    return 201, PackageOut.of(row, _currency())


@blueprint.get("/packages")
@guards.signed_in
@endpoint(query=ItemsQuery, answers={200: PackagesOut})
def packages(query: ItemsQuery) -> tuple[int, PackagesOut]:
    """Packages by name, with what they hold; who sees which is as with products."""
    found, currency = _listed(Package, query)
    items = PackageOut.many(found.items, currency)
    return 200, PackagesOut.model_construct(items=items, next=found.next)


@blueprint.get("/packages/<int:package_id>")
@guards.signed_in
@endpoint(query=ItemQuery, answers={200: PackageOut})
def package(package_id: int, query: ItemQuery) -> tuple[int, PackageOut]:
    """One package."""
    row, currency = _found(Package, package_id, query)
    return 200, PackageOut.of(row, currency)


@blueprint.put("/packages/<int:package_id>")
@guards.vendor
@endpoint(body=PackageChange, answers={200: PackageOut})
def change_package(package_id: int, body: PackageChange) -> tuple[int, PackageOut]:
    """Change what is sent; `components` replace all that the package held."""
    parts = None if body.components is None else _parts(body.components)
    row = service.change_package(guards.caller().user_id, package_id, _values(body), parts)
    return 200, PackageOut.of(row, _currency())


@blueprint.delete("/packages/<int:package_id>")
@guards.vendor
@endpoint(answers={200: PackageOut})
def end_package(package_id: int) -> tuple[int, PackageOut]:
    """Make a package inactive. Repeating is fine, ``status: active`` undoes it."""
    row = service.change(Package, guards.caller().user_id, package_id, {"status": "inactive"})
    return 200, PackageOut.of(row, _currency())


@blueprint.post("/services")
@guards.vendor
@endpoint(body=ServiceIn, answers={201: ServiceOut})
def add_service(body: ServiceIn) -> tuple[int, ServiceOut]:
    """Add a service to the catalogue."""
    row = service.add(Service, guards.caller().user_id, _values(body))
    return 201, ServiceOut.of(row, _currency())


@blueprint.get("/services")
@guards.signed_in
@endpoint(query=ItemsQuery, answers={200: ServicesOut})
def services(query: ItemsQuery) -> tuple[int, ServicesOut]:
    """Services by name; who sees which is as with products."""
    found, currency = _listed(Service, query)
    items = [ServiceOut.of(row, currency) for row in found.items]
    return 200, ServicesOut.model_construct(items=items, next=found.next)


@blueprint.get("/services/<int:service_id>")
@guards.signed_in
@endpoint(query=ItemQuery, answers={200: ServiceOut})
def one_service(service_id: int, query: ItemQuery) -> tuple[int, ServiceOut]:
    """One service."""
    row, currency = _found(Service, service_id, query)
    return 200, ServiceOut.of(row, currency)


@blueprint.put("/services/<int:service_id>")
@guards.vendor
@endpoint(body=ServiceChange, answers={200: ServiceOut})
def change_service(service_id: int, body: ServiceChange) -> tuple[int, ServiceOut]:
    """Change what is sent."""
    row = service.change(Service, guards.caller().user_id, service_id, _values(body))
    return 200, ServiceOut.of(row, _currency())


@blueprint.delete("/services/<int:service_id>")
@guards.vendor
@endpoint(answers={200: ServiceOut})
def end_service(service_id: int) -> tuple[int, ServiceOut]:
    """Make a service inactive. Repeating is fine, ``status: active`` undoes it."""
    row = service.change(Service, guards.caller().user_id, service_id, {"status": "inactive"})
    return 200, ServiceOut.of(row, _currency())


@blueprint.post("/stock-transactions")
@guards.vendor
@endpoint(body=MoveIn, answers={201: MoveOut}, problems=("stale_quantity", "insufficient_stock"))
def move_stock(body: MoveIn) -> tuple[int, MoveOut]:
    """Add to a product's stock, or remove from it.

    Both problems carry `current_quantity`. ``returned: true`` are empties that `customer_id` brought back.
    """
    own = guards.caller().user_id
    asked = service.Move(
        transaction=body.transaction,
        quantity=body.quantity,
        category=body.product_category,
        old_quantity=body.old_quantity,
        new_quantity=body.new_quantity,
        returned=body.returned,
    )
    move_id = service.move(
        own, body.product_id, asked, customer_id=body.customer_id, reason=body.reason, actor_id=own
    )
    made = queries.find_move(own, move_id)
    if made is None:
        raise NotFound()
    return 201, MoveOut.of(made)


@blueprint.get("/stock-transactions")
@guards.vendor
@endpoint(query=MovesQuery, answers={200: MovesOut})
def stock_moves(query: MovesQuery) -> tuple[int, MovesOut]:
    """The moves of the stock, of sales too, newest first."""
    found = queries.moves(guards.caller().user_id, **query.model_dump()).map(MoveOut.of)
    return 200, MovesOut.model_construct(items=found.items, next=found.next)
