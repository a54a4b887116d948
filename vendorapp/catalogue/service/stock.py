"""What moves stock and empties. A product is locked before its count decides: all of them at once, by id,
after everything else that a transaction locks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, insert, select, text

from ...customers import queries as book
from ...kernel.clock import now
from ...kernel.database import session
from ...kernel.errors import NotFound, invalid
from .. import rules
from ..models import Component, Product, StockTransaction
from ..rules import Goods, Move, Part


@dataclass(frozen=True, slots=True)
class Held:
    """A product that this transaction holds; `count` None: not counted."""

    id: int
    category: str | None
    returnable: bool
    count: int | None


def _hold(vendor_id: int, product_ids: Collection[int]) -> dict[int, Held]:
    rows = session().execute(
        select(Product.id, Product.category, Product.returnable, Product.stock_quantity)
        .where(Product.vendor_id == vendor_id, Product.id.in_(product_ids))
        .order_by(Product.id)
        .with_for_update()
    )
    return {row.id: Held(row.id, row.category, row.returnable, row.stock_quantity) for row in rows}


def move(
    vendor_id: int,
    product_id: int,
    asked: Move,
    *,
    customer_id: int | None,
    reason: str | None,
    actor_id: int,
) -> int:
    """Move a product's stock by hand; the id of the row that keeps it.

    Of a returnable product the customer's empties follow: fewer when they are `returned`, more when a
    removal names who has them now. Raises 404 naming the field, else as `rules.check_move` and
    `rules.after`.
    """
    rules.check_move(asked, customer_id=customer_id)
    held = _hold(vendor_id, [product_id]).get(product_id)
    if held is None:
        raise NotFound("product_id")
    if customer_id is not None and book.for_vendor(vendor_id, customer_id) is None:
        raise NotFound("customer_id")
    old, new = rules.after(asked, product_id=product_id, category=held.category, count=held.count)
    made: int | None = session().scalar(
        insert(StockTransaction)
        .values(
            vendor_id=vendor_id,
            product_id=product_id,
            transaction=asked.transaction,
            old_quantity=old,
            quantity=asked.quantity,
            new_quantity=new,
            returned=asked.returned,
            reason=reason,
            customer_id=customer_id,
            order_id=None,
            created_by=actor_id,
            created_at=now(),
        )
        .returning(StockTransaction.id)
    )
    if made is None:
        raise RuntimeError("an inserted row has an id")
    _count({product_id: new})
    if customer_id is not None and held.returnable and (asked.returned or asked.transaction == rules.REMOVE):
        _move_empties(vendor_id, {(customer_id, product_id): -asked.difference})
    return made


def take(vendor_id: int, goods: Sequence[Goods], *, customer_id: int | None, actor_id: int) -> None:
    """Take what served orders sell out of stock: products, and of packages their products.

    A product that is not counted writes no row. The customer's empties of returnable products grow.
    Raises 404 naming ``item_id``, 409 `insufficient_stock` with `product_id` and `current_quantity`:
    then nothing is taken.
    """
    wanted = rules.wanted(goods, _parts(vendor_id, goods))
    held = _hold(vendor_id, {product_id for _, product_id in wanted})
    moved = _Moves(held)
    for (order_id, product_id), quantity in sorted(wanted.items()):
        if product_id not in held:
            raise NotFound("item_id")
        if held[product_id].count is not None:
            moved.remove(order_id, product_id, customer_id, quantity)
        moved.owe(customer_id, product_id, quantity)
    moved.write(vendor_id, actor_id)


def give_back(
    vendor_id: int,
    order_ids: Collection[int],
    *,
    actor_id: int,
    goods: Sequence[Goods] = (),
    customer_id: int | None = None,
) -> None:
    """Undo what these orders took, stock and empties; what is back already stays as it is.

    No row tells what was taken of products that are not counted: for their empties hand in the `goods`
    and the customer of `take`, once.
    """
    of_orders = StockTransaction.vendor_id == vendor_id, StockTransaction.order_id.in_(order_ids)
    unseen = rules.wanted(goods, _parts(vendor_id, goods))
    products = set(session().scalars(select(StockTransaction.product_id).where(*of_orders).distinct()))
    moved = _Moves(_hold(vendor_id, products | {product_id for _, product_id in unseen}))
    sign = case((StockTransaction.transaction == rules.REMOVE, 1), else_=-1)
    taken = (
        select(
            StockTransaction.order_id,
            StockTransaction.product_id,
            StockTransaction.customer_id,
            func.sum(sign * StockTransaction.quantity).label("quantity"),
        )
        .where(*of_orders)
        .group_by(StockTransaction.order_id, StockTransaction.product_id, StockTransaction.customer_id)
        .order_by(StockTransaction.order_id, StockTransaction.product_id)
    )
    for row in session().execute(taken):
        unseen.pop((row.order_id, row.product_id), None)
        if row.quantity > 0:
            moved.add(row.order_id, row.product_id, row.customer_id, int(row.quantity))
            moved.owe(row.customer_id, row.product_id, -int(row.quantity))
    for (_, product_id), quantity in unseen.items():
        moved.owe(customer_id, product_id, -quantity)
    moved.write(vendor_id, actor_id)


def _parts(vendor_id: int, goods: Sequence[Goods]) -> dict[int, list[Part]]:
    """What the vendor's packages among `goods` hold."""
    ids = {one.item_id for one in goods if one.item == rules.PACKAGE and one.item_id is not None}
    found: dict[int, list[Part]] = {}
    if ids:
        rows = session().execute(
            select(Component.package_id, Component.product_id, Component.quantity).where(
                Component.vendor_id == vendor_id, Component.package_id.in_(ids)
            )
        )
        for row in rows:
            found.setdefault(row.package_id, []).append(Part(row.product_id, row.quantity))
    return found


class _Moves:
    """Moves of products that this transaction holds, gathered and then written, whatever their number,
    in three statements."""

    def __init__(self, held: Mapping[int, Held]) -> None:
        self._held = held
        self._left = {one.id: one.count or 0 for one in held.values()}
        self._rows: list[dict[str, Any]] = []
        self._empties: dict[tuple[int, int], int] = {}

    def remove(self, order_id: int, product_id: int, customer_id: int | None, quantity: int) -> None:
        """409 `insufficient_stock` when so much is not there."""
        if quantity > self._left[product_id]:
            raise rules.insufficient(product_id, self._held[product_id].count or 0)
        self._move(rules.REMOVE, order_id, product_id, customer_id, quantity)

    def add(self, order_id: int, product_id: int, customer_id: int | None, quantity: int) -> None:
        if self._left[product_id] + quantity > rules.LARGEST_SUM:
            raise invalid("quantity", "The stock would be too large.")
        self._move(rules.ADD, order_id, product_id, customer_id, quantity)

    def _move(
        self, transaction: str, order_id: int, product_id: int, customer_id: int | None, quantity: int
    ) -> None:
        old = self._left[product_id]
        new = old + quantity if transaction == rules.ADD else old - quantity
        self._left[product_id] = new
        self._rows.append(
            {
                "transaction": transaction,
                "product_id": product_id,
                "old_quantity": old,
                "quantity": quantity,
                "new_quantity": new,
                "reason": rules.TAKEN_BACK if transaction == rules.ADD else rules.SOLD,
                "customer_id": customer_id,
                "order_id": order_id,
            }
        )

    def owe(self, customer_id: int | None, product_id: int, quantity: int) -> None:
        """So many more empties (fewer if negative) are with a customer, if there is one and any come back."""
        if customer_id is not None and self._held[product_id].returnable:
            key = customer_id, product_id
            self._empties[key] = self._empties.get(key, 0) + quantity

    def write(self, vendor_id: int, actor_id: int) -> None:
        shared = {
            "vendor_id": vendor_id,
            "returned": False,
            "created_by": actor_id,
            "created_at": now(),
        }
        if self._rows:
            session().execute(insert(StockTransaction), [{**shared, **row} for row in self._rows])
            _count({row["product_id"]: self._left[row["product_id"]] for row in self._rows})
        _move_empties(vendor_id, self._empties)


COUNT = text(
    """
    UPDATE products p SET stock_quantity = n.quantity
    FROM unnest(CAST(:product_id AS bigint[]), CAST(:quantity AS bigint[])) AS n(product_id, quantity)
    WHERE p.id = n.product_id
    """
)

EMPTIES = text(
    """
    INSERT INTO empties (vendor_id, customer_id, product_id, quantity)
    SELECT :vendor_id, n.customer_id, n.product_id, n.quantity
    FROM unnest(
        CAST(:customer_id AS bigint[]), CAST(:product_id AS bigint[]), CAST(:quantity AS bigint[])
    ) AS n(customer_id, product_id, quantity)
    ON CONFLICT (customer_id, product_id) DO UPDATE SET quantity = empties.quantity + excluded.quantity
    RETURNING quantity
    """
)


def _count(counts: Mapping[int, int]) -> None:
    """Store new counts of products that this transaction holds."""
    session().execute(COUNT, {"product_id": list(counts), "quantity": list(counts.values())})


def _move_empties(vendor_id: int, changes: Mapping[tuple[int, int], int]) -> None:
    """Move (customer, product) counts of empties; the products are held, so nobody else moves them.

    Raises 422 for a count that cannot be.
    """
    moved = {key: quantity for key, quantity in changes.items() if quantity}
    if not moved:
        return
    too_many = invalid("quantity", "These would be too many empties.")
    if any(abs(quantity) > rules.LARGEST_SUM for quantity in moved.values()):
        raise too_many
    counts = session().scalars(
        EMPTIES,
        {
            "vendor_id": vendor_id,
            "customer_id": [customer_id for customer_id, _ in moved],
            "product_id": [product_id for _, product_id in moved],
            "quantity": list(moved.values()),
        },
    )
    if any(abs(count) > rules.LARGEST_SUM for count in counts):
        raise too_many
