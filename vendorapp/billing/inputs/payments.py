"""What was sent of a payment: every fault that needs no look-up, and what it becomes.

`sent` is the body by its names, without what was not sent; money in it is still in whole units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from ...kernel.errors import FieldError, Problem
from ...kernel.money import AmountError, to_minor
from ...kernel.said import reason, said
from ...on_demand.inputs import new_goods
from ...orders.inputs import with_item
from ..rules import papers
from ..rules.papers import NewLine, Wanted
from ..rules.payments import BILL, INVOICE, KINDS, ORDER, Sent, faults, hint
from .papers import money_faults, wanted

FOR_VENDORS = ("customer_id", "customer", "order", "invoice", "bill", "allocate", "date")


def sent_of(sent: Mapping[str, Any]) -> Sent:
    """Which of the thirty-two cases' parts are there."""
    return Sent(
        customer_id="customer_id" in sent,
        customer="customer" in sent,
        nested=tuple(kind for kind in KINDS if kind in sent),
        item=sent.get("item"),
        item_id="item_id" in sent,
    )


def outline(sent: Mapping[str, Any], *, by_vendor: bool) -> Problem | None:
    """What is wrong with who pays and for what, in a body in which other things are wrong too."""
    if by_vendor:
        what = sent_of(sent)
        return _problem(faults(what), hint(what))
    return _problem(_claim_faults(sent))


def check_vendors(sent: Mapping[str, Any], currency: str, today: date) -> int:
    """The amount in minor units. 422 with all faults, the payer's and the target's first."""
    what = sent_of(sent)
    found = faults(what)
    found += _inside_faults(sent, currency)
    amount = _amount(sent["amount"], currency, found)
    if "date" in sent and sent["date"] > today:
        found.append(FieldError("date", "date_in_future", "That day has not come yet."))
    if "allocate" in sent and what.item is not None:
        found.append(FieldError("allocate", "invalid", "This is for money that pays nothing in particular."))
    refuse(found, hint(what), papers.twice(sent.get(BILL, {}).get("invoices") or ()))
    return amount


def check_claim(sent: Mapping[str, Any]) -> None:
    """422 for a customer's body; its amount is checked once the currency is known."""
    found = _claim_faults(sent)
    if sent["amount"] <= 0:
        found.append(_not_positive())
    refuse(found)


def _claim_faults(sent: Mapping[str, Any]) -> list[FieldError]:
    found = []
    if "vendor_id" not in sent:
        found.append(FieldError("vendor_id", "invalid", "This field is required."))
    what = sent_of({name: value for name, value in sent.items() if name not in FOR_VENDORS})
    if "item" in sent or "item_id" in sent:
        found += faults(what)
    found += [FieldError(name, "unknown_field", "Vendors only.") for name in FOR_VENDORS if name in sent]
    return found


def claimed_amount(sent: Mapping[str, Any], currency: str) -> int:
    """The amount in minor units; 422 for more decimals than the currency has."""
    found: list[FieldError] = []
    amount = _amount(sent["amount"], currency, found)
    refuse(found)
    return amount


def refuse(
    found: list[FieldError], guess: Mapping[str, str] | None = None, twice: Sequence[int] = ()
) -> None:
    """Raise the faults, if there are any, with what `item` probably is and the invoices named twice."""
    problem = _problem(found, guess, twice)
    if problem is not None:
        raise problem


def _problem(
    found: list[FieldError], guess: Mapping[str, str] | None = None, twice: Sequence[int] = ()
) -> Problem | None:
    if not found:
        return None
    facts: dict[str, Any] = {"hint": dict(guess)} if guess else {}
    if twice:
        facts["invoices"] = list(twice)
    return Problem(422, found[0].code, found[0].message, errors=found, facts=facts)


def _amount(value: Decimal, currency: str, found: list[FieldError]) -> int:
    if value <= 0:
        found.append(_not_positive())
        return 0
    try:
        return to_minor(value, currency)
    except AmountError as error:
        found.append(FieldError("amount", "invalid", reason(error)))
        return 0


def _not_positive() -> FieldError:
    return FieldError("amount", "invalid", "An amount above zero is expected.")


def _inside_faults(sent: Mapping[str, Any], currency: str) -> list[FieldError]:
    """What is wrong inside the new order, invoice or bill."""
    found: list[FieldError] = []
    if ORDER in sent:
        line = sent[ORDER]
        found += papers.line_faults(line, sent, kind=INVOICE, at="order.")
        if line.get("id") is not None:
            message = said("An order that exists is paid by its item_id.")
            found.append(FieldError("order.id", "target_ambiguous", message))
        found += [FieldError("order.rate", one.code, one.message) for one in money_faults([line], currency)]
    for kind, check in ((INVOICE, papers.invoice_faults), (BILL, papers.bill_faults)):
        if kind in sent:
            found += check(sent[kind], at=f"{kind}.", payer=sent)
            found += money_faults(sent[kind].get("orders") or (), currency, f"{kind}.")
    return found


def new_target(vendor_id: int, currency: str, sent: Mapping[str, Any]) -> Wanted | None:
    """What is new, with what the catalogue says of it; None when nothing is. NotFound naming its field."""
    if ORDER in sent:
        values = with_item(vendor_id, currency, sent[ORDER], "order.")
        return Wanted("order.", (NewLine("order.", new_goods(values, currency)),))
    for kind in (INVOICE, BILL):
        if kind in sent:
            inside = sent[kind]
            orders = inside.get("orders") or ()
            return wanted(vendor_id, currency, orders, month=inside.get("month"), at=f"{kind}.")
    return None
