"""A sale at the counter: one of the payment cases, or goods that a customer pays for later."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...accounts.queries import Caller
from ...kernel.errors import Invalid, invalid
from ...on_demand import service as on_demand
from ..rules.papers import NewLine, Wanted, rate_required
from ..rules.payments import INVOICE, ORDER
from .payments import NewPayment, pay


@dataclass(frozen=True, slots=True)
class Money:
    """What they pay now, in minor units."""

    amount: int
    method: str


def total(wanted: Wanted) -> int:
    """What all lines come to; 422 `rate_required` for those without a price."""
    missing = [line for line in wanted.new if line.goods.amount is None]
    if missing:
        raise rate_required(missing)
    return sum(line.goods.amount or 0 for line in wanted.new)


def sell(who: Caller, wanted: Wanted, *, customer_id: int | None, money: Money) -> int | None:
    """Sell these lines today; the id of the payment, None when nothing is paid yet.

    A single line is an order, several are an invoice. Somebody without an account pays all of it; a
    customer may pay less, and what they pay on top is advance. Raises what `pay` and `enter` raise.
    """
    if customer_id is None and not money.amount:
        raise invalid("amount", "Somebody without an account pays at once: say what it costs.")
    if not money.amount:
        for line in wanted.new:
            _on_account(who, line, customer_id)
        return None
    new = NewPayment(
        amount=money.amount,
        method=money.method,
        customer_id=customer_id,
        item=ORDER if len(wanted.new) == 1 else INVOICE,
        new=wanted,
    )
    return pay(who, new).id


def _on_account(who: Caller, line: NewLine, customer_id: int | None) -> None:
    goods = on_demand.NewRequest(line.goods, served=True)
    try:
        on_demand.enter(who, goods, customer_id=customer_id, vendor_id=None)
    except Invalid as problem:
        raise _at(line, problem) from None


def _at(line: NewLine, problem: Invalid) -> Invalid:
    """The problem, naming the line it is about."""
    return Invalid(*(replace(one, field=line.at + one.field) for one in problem.errors))
