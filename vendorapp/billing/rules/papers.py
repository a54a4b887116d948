"""What a paper is made of, and what it says of itself: the pure part of invoices and bills.

Quantities are thousandths, money minor units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ...kernel.errors import Conflict, FieldError, Invalid, Problem
from ...kernel.said import said
from ...on_demand.rules import Goods

INVOICE, BILL = "invoice", "bill"
RECORD, ORDER = "record", "order"
Target = tuple[str, int]

REQUIRED = said("This field is required.")
# What a line that names an order by its id may say beside it.
BESIDE_ID = frozenset({"id", "customer", "customer_id", "status"})


@dataclass(frozen=True, slots=True)
class NewLine:
    """Something that a paper sells; `at` is where it stands in the body, ``orders.0.``. Without a price
    `goods.amount` is None."""

    at: str
    goods: Goods


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a paper shall hold: new lines, orders that exist (where in the body, id), or a whole month."""

    at: str = ""
    new: tuple[NewLine, ...] = ()
    existing: tuple[tuple[str, int], ...] = ()
    month: date | None = None

    @property
    def order_ids(self) -> list[int]:
        return [order_id for _, order_id in self.existing]


# What each of the new lines costs, given them and what is open on the rest of the paper.
Price = Callable[[Sequence[NewLine], int], Sequence[int]]


def payer_faults(sent: Mapping[str, Any]) -> list[FieldError]:
    """A body may name a customer or bring a new one, not both."""
    if sent.get("customer") is not None and sent.get("customer_id") is not None:
        return [FieldError("customer_id", "customer_ambiguous", "Send customer or customer_id, not both.")]
    return []


def nested_faults(sent: Mapping[str, Any], payer: Mapping[str, Any], at: str) -> list[FieldError]:
    """What stands inside may repeat the payer, as `customer` or `customer_id`, but name nobody else."""
    faults = []
    if sent.get("customer_id") not in (None, payer.get("customer_id")):
        faults.append(_somebody_else(f"{at}customer_id"))
    inside, outside = sent.get("customer"), payer.get("customer")
    if inside is not None:
        said = {name: value for name, value in inside.items() if value is not None}
        known = {"id": payer.get("customer_id"), **(outside or {})}
        if any(known.get(name) != value for name, value in said.items()):
            faults.append(_somebody_else(f"{at}customer"))
    return faults


def _somebody_else(field: str) -> FieldError:
    return FieldError(field, "customer_ambiguous", "This names somebody else than the payer.")


def line_faults(sent: Mapping[str, Any], payer: Mapping[str, Any], *, kind: str, at: str) -> list[FieldError]:
    """What is wrong with one element of `orders`, whatever the database says."""
    faults = nested_faults(sent, payer, at)
    said = {name for name, value in sent.items() if value is not None}
    if "id" in said:
        faults += [
            FieldError(f"{at}{name}", "invalid", "An order that exists is named by its id alone.")
            for name in sorted(said - BESIDE_ID)
        ]
    elif "item" in said and "item_id" not in said:
        faults.append(FieldError(f"{at}item_id", "invalid", "Which one? Send its id."))
    elif "item_id" in said and "item" not in said:
        faults.append(FieldError(f"{at}item", "invalid", "A product, package or service?"))
    elif not said & {"item", "item_name"}:
        faults.append(FieldError(f"{at}item_name", "invalid", REQUIRED))
    if sent.get("status") == "billed" and kind == INVOICE:
        faults.append(FieldError(f"{at}status", "invalid", "Only what is on a bill is billed."))
    return faults


def _lines_faults(
    orders: Sequence[Mapping[str, Any]], payer: Mapping[str, Any], *, kind: str, at: str
) -> list[FieldError]:
    faults = []
    seen: set[int] = set()
    for place, one in enumerate(orders):
        here = f"{at}orders.{place}."
        faults += line_faults(one, payer, kind=kind, at=here)
        order_id = one.get("id")
        if order_id in seen:
            faults.append(FieldError(f"{here}id", "invalid", "This order is named twice."))
        elif order_id is not None:
            seen.add(order_id)
    return faults


def invoice_faults(
    sent: Mapping[str, Any], *, at: str = "", payer: Mapping[str, Any] | None = None
) -> list[FieldError]:
    """All that is wrong with an invoice's body, whatever the database says; the payer comes first.

    `payer` is the body around it, when the invoice stands inside a payment (`at` is ``invoice.`` then).
    """
    whose = sent if payer is None else payer
    faults = payer_faults(sent) if payer is None else nested_faults(sent, payer, at)
    orders, month = sent.get("orders"), sent.get("month")
    if month is not None and orders is not None:
        faults.append(FieldError(f"{at}month", "invalid", "Send orders or a month, not both."))
    elif month is not None and whose.get("customer_id") is None:
        faults.append(FieldError("customer_id", "invalid", "A month is that of a customer."))
    elif month is None and not orders:
        faults.append(FieldError(f"{at}orders", "orders_required", "An invoice needs at least one order."))
    return faults + _lines_faults(orders or (), whose, kind=INVOICE, at=at)


def bill_faults(
    sent: Mapping[str, Any], *, at: str = "", payer: Mapping[str, Any] | None = None
) -> list[FieldError]:
    """The same for a bill's body."""
    whose = sent if payer is None else payer
    faults = payer_faults(sent) if payer is None else nested_faults(sent, payer, at)
    orders, invoices = sent.get("orders"), sent.get("invoices")
    if not orders and not invoices:
        faults.append(
            FieldError(f"{at}orders", "orders_required", "A bill needs at least one invoice or order.")
        )
    if twice(invoices or ()):
        faults.append(FieldError(f"{at}invoices", "invoices_invalid", "An invoice is named twice."))
    return faults + _lines_faults(orders or (), whose, kind=BILL, at=at)


def outline_faults(sent: Mapping[str, Any], *, other: str) -> list[FieldError]:
    """What is wrong with the fields that a paper's body has, whatever is in them. `other` is what it may be
    made of instead of orders."""
    faults = payer_faults(sent)
    if not sent.get("orders") and not sent.get(other):
        faults.append(FieldError("orders", "orders_required", "At least one order is needed."))
    return faults


def twice(ids: Sequence[int]) -> list[int]:
    """Those that are named more than once."""
    return [one for one, count in Counter(ids).items() if count > 1]


def invoices_invalid(ids: Sequence[int], at: str) -> Problem:
    """422: these invoices cannot be on this bill."""
    message = said("These are unknown, void, on another bill already or another customer's.")
    return Problem(
        422,
        "invoices_invalid",
        message,
        errors=[FieldError(f"{at}invoices", "invoices_invalid", message)],
        facts={"invoices": list(ids)},
    )


def mixed_customers(field: str) -> Invalid:
    return Invalid(FieldError(field, "mixed_customers", "These are of several customers. Name one."))


def rate_required(lines: Sequence[NewLine]) -> Invalid:
    """422: these lines have no price."""
    return Invalid(
        *(FieldError(f"{one.at}rate", "rate_required", "This line needs a price.") for one in lines)
    )


def prices(wanted: Wanted, price: Price | None, due: int) -> list[int]:
    """What each new line costs. 422 `rate_required` for those without a price, unless none has one and
    `price` can tell."""
    open_ones = [one for one in wanted.new if one.goods.amount is None]
    if open_ones and price is not None and len(open_ones) == len(wanted.new):
        return list(price(wanted.new, due))
    if open_ones:
        raise rate_required(open_ones)
    return [one.goods.amount or 0 for one in wanted.new]


def already_billed(order_ids: Sequence[int] = ()) -> Conflict:
    facts = {"orders": list(order_ids)} if order_ids else {}
    return Conflict("already_billed", "It is on an invoice or a bill already.", **facts)


def nothing_to_bill() -> Conflict:
    return Conflict("nothing_to_bill", "Nothing was delivered there that is on no invoice or bill yet.")


def status_of(*, void: bool, amount: int, paid: int, stands: bool) -> str:
    """What a paper is: `stands` when anything on it still holds, even at no price."""
    if void:
        return "void"
    if paid == amount and (amount or stands):
        return "paid"
    return "part_paid" if paid else "open"
