"""What a move does to a count, and what a sale takes: the pure part of the catalogue.

Quantities are thousandths, money minor units. A count of None is not kept: it reads as 0 to the first
move, and refuses no sale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..kernel.errors import Conflict, FieldError, Invalid, NotFound, invalid
from ..kernel.money import LARGEST, AmountError, quantity_text, times, to_minor
from ..kernel.said import reason

ADD, REMOVE = "add", "remove"
PRODUCT, PACKAGE, SERVICE = "product", "package", "service"
# Reasons of the moves that orders make.
SOLD, TAKEN_BACK = "sold", "taken back"

# The largest count: one that a client can still send as `old_quantity`.
LARGEST_COUNT = int(LARGEST.scaleb(3))
# Counts of empties, and of stock when sold goods come back, may grow beyond that; the columns hold more.
LARGEST_SUM = 100 * LARGEST_COUNT

# Products whose count is not the sum of their moves: what it is, what is stored, what it should be.
STOCK_DRIFT = """
    SELECT format('product %s', p.id), coalesce(p.stock_quantity::text, 'not counted'),
           coalesce(m.value::text, 'not counted')
    FROM products p LEFT JOIN (
        SELECT product_id, sum(CASE transaction WHEN 'add' THEN quantity ELSE -quantity END) AS value
        FROM stock_transactions GROUP BY product_id
    ) m ON m.product_id = p.id
    WHERE p.stock_quantity IS DISTINCT FROM m.value ORDER BY p.id
"""


@dataclass(frozen=True, slots=True)
class Goods:
    """What one served order sells. `item` is product, package or service; None: free text."""

    order_id: int
    item: str | None
    item_id: int | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a product is in one package."""

    product_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Move:
    """A stock transaction as somebody asks for it. `category`, `old_quantity` and `new_quantity` are what
    they believe; None: they say nothing of it."""

    transaction: str
    quantity: int
    category: str | None = None
    old_quantity: int | None = None
    new_quantity: int | None = None
    returned: bool = False

    @property
    def difference(self) -> int:
        return self.quantity if self.transaction == ADD else -self.quantity


def minor(rate: Decimal | None, currency: str) -> int | None:
    """A rate in minor units; 422 for more decimals than the currency has."""
    try:
        return None if rate is None else to_minor(rate, currency)
    except AmountError as error:
        raise invalid("rate", reason(error)) from None


def check_move(move: Move, *, customer_id: int | None) -> None:
    """422 for what cannot be, whatever the count is."""
    faults = []
    if move.returned and move.transaction != ADD:
        faults.append(FieldError("returned", "invalid", "Only what is added can have come back."))
    if move.returned and customer_id is None:
        faults.append(FieldError("customer_id", "invalid", "Say which customer brought it back."))
    if (
        move.old_quantity is not None
        and move.new_quantity is not None
        and move.new_quantity != move.old_quantity + move.difference
    ):
        faults.append(_unfit())
    if faults:
        raise Invalid(*faults)


def _unfit() -> FieldError:
    return FieldError("new_quantity", "invalid", "The new quantity does not fit the old one and the move.")


def insufficient(product_id: int, count: int) -> Conflict:
    """409: the stock would fall below zero."""
    return Conflict(
        "insufficient_stock",
        "There is not that much in stock.",
        product_id=product_id,
        current_quantity=quantity_text(count),
    )


def after(move: Move, *, product_id: int, category: str | None, count: int | None) -> tuple[int, int]:
    """The count before and after a move of a product.

    Raises 422 for another category, a `new_quantity` that does not fit or a count too large, 409
    `stale_quantity` and `insufficient_stock` with `current_quantity`.
    """
    old = count or 0
    new = old + move.difference
    if move.category is not None and move.category != category:
        raise invalid("product_category", "The product has another category.")
    if move.old_quantity is not None and move.old_quantity != old:
        raise Conflict(
            "stale_quantity",
            "The stock has changed meanwhile. Look at it again.",
            product_id=product_id,
            current_quantity=quantity_text(old),
        )
    if new < 0:
        raise insufficient(product_id, old)
    if move.new_quantity is not None and move.new_quantity != new:
        raise Invalid(_unfit())
    if new > LARGEST_COUNT:
        raise invalid("quantity", "The stock would be too large.")
    return old, new


def wanted(goods: Sequence[Goods], parts: Mapping[int, Sequence[Part]]) -> dict[tuple[int, int], int]:
    """How much each order takes of each product: (order, product) → thousandths.

    `parts` is what packages hold. Of a package each part counts, rounded half up; a service takes
    nothing. Raises 404 for an unknown package, 422 for more than a quantity can be.
    """
    found: dict[tuple[int, int], int] = {}
    for one in goods:
        if one.item_id is None or one.item not in (PRODUCT, PACKAGE):
            continue
        shares: Sequence[Part] = [Part(one.item_id, one.quantity)]
        if one.item == PACKAGE:
            if one.item_id not in parts:
                raise NotFound("item_id")
            shares = [
                Part(part.product_id, times(part.quantity, one.quantity)) for part in parts[one.item_id]
            ]
        for share in shares:
            if share.quantity:
                key = one.order_id, share.product_id
                found[key] = found.get(key, 0) + share.quantity
    if any(quantity > LARGEST_COUNT for quantity in found.values()):
        raise invalid("quantity", "This is more than can be taken at once.")
    return found
