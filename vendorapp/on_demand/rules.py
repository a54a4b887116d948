"""Whose turn it is with an on-demand order: the pure part.

Quantities are thousandths, money minor units. Each step names what the order becomes, or refuses it with
409 `wrong_state` and the present `status`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..kernel.errors import Conflict, FieldError, Invalid, Problem, invalid
from ..kernel.money import times
from ..ledger.rules import NOTHING, Tally

VENDOR, CUSTOMER = "vendor", "customer"
REQUESTED, OFFERED, ACCEPTED = "requested", "offered", "accepted"
SERVED, DECLINED, CANCELLED = "served", "declined", "cancelled"
# Nothing was handed over yet, and it may still come to that.
OPEN = (REQUESTED, OFFERED, ACCEPTED)

# How long a customer may contradict what the vendor entered, counted from when it was served.
DISPUTE_LASTS = timedelta(hours=48)
# How far back a day may lie on which something was handed over.
OLDEST_SERVED = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Goods:
    """What is asked for; `rate` None is a price that is still open.

    `item` (product, package or service) and `item_id` name it in the catalogue, if it is from there.
    """

    item_name: str
    unit: str | None
    quantity: int
    rate: int | None
    item: str | None = None
    item_id: int | None = None

    @property
    def amount(self) -> int | None:
        return None if self.rate is None else times(self.rate, self.quantity)


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to know of an on-demand order before the next step.

    `entered` says that the vendor wrote it down themselves, `served_at` when it was handed over,
    `agreed_quantity` how much both had accepted when it was not that, `billed` that a bill asks for it.
    `linked`: there is a login that can answer.
    """

    state: str
    rate: int | None
    entered: bool
    disputed: bool = False
    served_at: datetime | None = None
    agreed_quantity: int | None = None
    linked: bool = True
    billed: bool = False

    @property
    def status(self) -> str:
        """What the contract calls its state."""
        return "billed" if self.billed else self.state


def wrong_state(state: str) -> Conflict:
    return Conflict("wrong_state", "This order has moved on; that is not possible now.", status=state)


def changed_meanwhile(state: str) -> Conflict:
    return Conflict("wrong_state", "It was changed meanwhile. Look at it again.", status=state)


def note_required() -> Conflict:
    return Conflict("on_behalf_note_required", "This customer has no login; write down how they agreed.")


def rate_required() -> Invalid:
    return invalid("rate", "A rate or an amount is needed.", "rate_required")


def date_in_future() -> Invalid:
    return invalid("date", "That day has not come yet.", "date_in_future")


def walkin_must_pay() -> Invalid:
    return invalid(
        "status", "Without a customer it is handed over when it is paid in full.", "walkin_must_pay_in_full"
    )


def day_for(asked: date | None, today: date, *, served: bool) -> date:
    """The day that a new order is for: today unless another one is asked for.

    What is handed over already may lie in the past, never ahead; what is asked for the other way round.
    """
    day = asked or today
    if served:
        check_served(day, today)
    if not served and day < today:
        raise invalid("date", "This day is over.")
    return day


def check_served(day: date, today: date) -> None:
    """422 for a day on which nothing can have been handed over yet, or that lies too far back."""
    if day > today:
        raise date_in_future()
    if day < today - OLDEST_SERVED:
        raise invalid("date", "That day is more than a year ago.")


def entry_faults(asked: date | None, today: date, *, served: bool, walk_in: bool) -> list[FieldError]:
    """What is wrong with the day and the payer of what a vendor enters, all at once."""
    faults: list[FieldError] = []
    try:
        day_for(asked, today, served=served)
    except Invalid as problem:
        faults += problem.errors
    if served and walk_in:
        faults += walkin_must_pay().errors
    return faults


def changed(facts: Facts, side: str, *, on_behalf: bool = False) -> str:
    """After one side set other terms: the other side has to say yes to them again.

    `on_behalf`: the vendor wrote down how a customer without a login said yes.
    """
    if side == CUSTOMER and facts.state in (REQUESTED, OFFERED):
        return REQUESTED
    if side == VENDOR and facts.state in (REQUESTED, OFFERED):
        return _unseen(facts, on_behalf)
    if side == VENDOR and facts.state == ACCEPTED and facts.entered:
        return ACCEPTED
    raise wrong_state(facts.status)


def _unseen(facts: Facts, on_behalf: bool) -> str:
    """What becomes of terms that the customer did not see: an offer. Nobody without a login could ever
    answer it, so there the vendor writes down their yes; else 409 `on_behalf_note_required`."""
    if facts.linked:
        return OFFERED
    if not on_behalf:
        raise note_required()
    return ACCEPTED


def accepted(facts: Facts, side: str, rate: int | None, *, on_behalf: bool = False) -> str:
    """After a yes. The vendor's with a `rate` that the customer did not see is an offer; a customer's yes
    to a disputed extra ends the dispute. `on_behalf` as in `changed`. Raises 422 `rate_required` when
    nobody named a price."""
    if side == VENDOR and facts.state == REQUESTED:
        if rate is None and facts.rate is None:
            raise rate_required()
        return ACCEPTED if rate in (None, facts.rate) else _unseen(facts, on_behalf)
    if side == VENDOR and facts.state == OFFERED and not facts.linked:
        return _unseen(facts, on_behalf)
    if side == CUSTOMER and facts.state == OFFERED:
        return ACCEPTED
    if side == CUSTOMER and facts.disputed:
        return SERVED
    raise wrong_state(facts.status)


def declined(facts: Facts, side: str, now: datetime) -> str:
    """After a no; `served` means that it is disputed from now on. 409 `too_late` after 48 hours."""
    if side == VENDOR and facts.state in (REQUESTED, OFFERED):
        return DECLINED
    if side == CUSTOMER and (facts.state == OFFERED or (facts.state == ACCEPTED and facts.entered)):
        return DECLINED
    if not may_dispute(facts, side):
        raise wrong_state(facts.status)
    if not in_time(facts, now):
        raise Conflict("too_late", "48 hours have passed since it was written down.")
    return SERVED


def may_dispute(facts: Facts, side: str) -> bool:
    """Whether what was served is the vendor's word alone, an extra of theirs or another quantity than
    both accepted, and the customer has not contradicted it yet."""
    alone = facts.entered or facts.agreed_quantity is not None
    return side == CUSTOMER and facts.state == SERVED and alone and not facts.disputed


def in_time(facts: Facts, now: datetime) -> bool:
    return facts.served_at is not None and now <= facts.served_at + DISPUTE_LASTS


def served(facts: Facts) -> str:
    """After handing over: only what both sides accepted, and once."""
    if facts.state != ACCEPTED:
        raise wrong_state(facts.status)
    if facts.rate is None:
        raise rate_required()
    return SERVED


def cancelled(facts: Facts, side: str) -> bool:
    """Whether a call to cancel changes anything: not what is cancelled already."""
    if facts.state == CANCELLED:
        return False
    mine = (REQUESTED, OFFERED) if side == CUSTOMER else (*OPEN, SERVED)
    if facts.state not in mine:
        raise wrong_state(facts.status)
    return True


def tally(*, amount: int, quantity: int, served: bool, disputed: bool) -> Tally:
    """What a served order adds to its month; a disputed one holds no money, one taken back is nothing."""
    if not served:
        return NOTHING
    return Tally(disputed=amount) if disputed else Tally(amount, quantity, 1)


def steps(facts: Facts, side: str, now: datetime) -> frozenset[str]:
    """What this side may do now, by the rules themselves: accept, decline, change, serve, cancel."""
    tries: dict[str, Callable[[], object]] = {
        "accept": lambda: accepted(facts, side, facts.rate or 0, on_behalf=True),
        "decline": lambda: declined(facts, side, now),
        "change": lambda: changed(facts, side, on_behalf=True),
        "cancel": lambda: cancelled(facts, side),
    }
    if side == VENDOR:
        tries["serve"] = lambda: served(facts)
    return frozenset(name for name, attempt in tries.items() if _goes(attempt))


def _goes(attempt: Callable[[], object]) -> bool:
    try:
        return bool(attempt())
    except Problem:
        return False
