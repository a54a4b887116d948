"""Who pays, for what, and which of the thirty-two cases that is: the pure part of payments.

Amounts are minor units, quantities thousandths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...kernel.errors import Conflict, FieldError, Invalid, invalid
from ...kernel.said import said

ORDER, INVOICE, BILL = "order", "invoice", "bill"
KINDS = (ORDER, INVOICE, BILL)
WHICH = {
    ORDER: said("Which order? Send its id, or a new one."),
    INVOICE: said("Which invoice? Send its id, or a new one."),
    BILL: said("Which bill? Send its id, or a new one."),
}
CLAIMED, CONFIRMED, DECLINED, REVERSED = "claimed", "confirmed", "declined", "reversed"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a payment's body names. `item` is as it was sent, None without one; `nested` are those of
    ``order``, ``invoice`` and ``bill`` that hold something."""

    customer_id: bool
    customer: bool
    nested: tuple[str, ...]
    item: object
    item_id: bool

    @property
    def kind(self) -> str | None:
        """``order``, ``invoice`` or ``bill``; None when the item is missing or none of them."""
        return self.item if isinstance(self.item, str) and self.item in KINDS else None


def case(sent: Sent) -> int:
    """Its number: 16 for a known customer, 8 for a new one, 4 for a new target, and the item's 0 to 3."""
    number = 0 if sent.kind is None else KINDS.index(sent.kind) + 1
    return 16 * sent.customer_id + 8 * sent.customer + 4 * bool(sent.nested) + number


def faults(sent: Sent) -> list[FieldError]:
    """Everything that is wrong with who pays and for what, the payer's faults first."""
    return _payer_faults(sent) + _target_faults(sent)


def _payer_faults(sent: Sent) -> list[FieldError]:
    if sent.customer_id and sent.customer:
        message = said("Two payers are named: send the known customer's id or the new customer, not both.")
        return [FieldError("customer", "customer_ambiguous", message)]
    anything = sent.nested or sent.item is not None or sent.item_id
    if not (sent.customer_id or sent.customer or anything):
        message = said("Say who pays, or what is paid.")
        return [FieldError("customer_id", "payer_or_target_required", message)]
    return []


def _target_faults(sent: Sent) -> list[FieldError]:
    found = []
    if sent.item is None:
        if sent.nested or sent.item_id:
            message = said("Say what it is: an order, an invoice or a bill.")
            found.append(FieldError("item", "item_required", message))
    elif sent.kind is None:
        found.append(FieldError("item", "item_invalid", "It is order, invoice or bill."))
    others = [name for name in sent.nested if name != sent.kind] if sent.kind else list(sent.nested[1:])
    for name in others:
        message = said("One thing is paid at a time, and `item` names it.")
        found.append(FieldError(name, "item_target_mismatch", message))
    if sent.nested and sent.item_id:
        message = said("An id and something new at once: send one of them.")
        found.append(FieldError("item_id", "target_ambiguous", message))
    if sent.kind and not sent.nested and not sent.item_id:
        message = WHICH[sent.kind]
        found.append(FieldError("item_id", "item_id_required", message))
    return found


def hint(sent: Sent) -> dict[str, str] | None:
    """What `item` would probably be, when it is missing and exactly one target was sent."""
    return {"item": sent.nested[0]} if sent.item is None and len(sent.nested) == 1 else None


def split(whole: int, quantities: Sequence[int]) -> list[int]:
    """`whole` shared out by quantity in whole minor units; the last one takes what is left over."""
    total = sum(quantities)
    shares = [whole * quantity // total for quantity in quantities]
    return [*shares[:-1], whole - sum(shares[:-1])]


def rest_for_lines(paid: int, owed: int, *, walk_in: bool, field: str) -> int:
    """What new lines without any price cost together: what is paid less what is open on the rest of the
    paper, a bill's invoices and orders that were there before. `field` names the lines in a fault.

    Raises 422 when that is below nothing: `walkin_must_pay_in_full`, or `rate_required` of somebody who
    may pay in parts.
    """
    if paid >= owed:
        return paid - owed
    if walk_in:
        raise too_little()
    raise invalid(
        field,
        "The payment does not even cover what was there before: say what the lines cost.",
        "rate_required",
    )


def check_walk_in(paid: int, due: int) -> None:
    """Somebody without an account pays exactly what is due. 422 otherwise."""
    if paid < due:
        raise too_little()
    if paid > due:
        raise invalid(
            "amount", "This is more than is due; without a customer there is no advance.", "overpaid_walkin"
        )


def too_little() -> Invalid:
    return invalid("amount", "Without a customer it is paid in full.", "walkin_must_pay_in_full")


def already_paid() -> Conflict:
    return Conflict("already_paid", "Nothing is open on it any more.")


def disputed() -> Conflict:
    return Conflict("disputed", "You two do not agree on it yet; nothing is counted for it.")


def walk_in_paid() -> Conflict:
    """What a walk-in has paid stays theirs, and so does the paper that it is on."""
    return Conflict("target_other_customer", "A walk-in has paid part of it already.")


def target_closed(status: str) -> Conflict:
    return Conflict("target_closed", "It came to nothing; there is nothing to pay.", status=status)


def check_owner(owner: int | None, payer: int | None, *, new_payer: bool) -> None:
    """Whether `payer` (None: whoever it belongs to) may pay what belongs to `owner` (None: a walk-in's).

    Raises 409 `target_has_customer` for a customer who was just made, else `target_other_customer`.
    """
    if owner is None or payer is None or owner == payer:
        return
    if new_payer:
        raise Conflict("target_has_customer", "It belongs to a customer already.", customer_id=owner)
    raise Conflict("target_other_customer", "It belongs to another customer.")


def check_claimed(status: str) -> None:
    """A claim is answered once. 409 `already_answered` with the status."""
    if status != CLAIMED:
        raise Conflict("already_answered", "This payment was answered already.", status=status)


def check_confirmed(status: str) -> None:
    """Only money that came can be taken back, and once. 409 `wrong_state` with the status."""
    if status != CONFIRMED:
        raise Conflict("wrong_state", "Only a confirmed payment can be reversed, once.", status=status)
