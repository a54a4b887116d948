"""What a mark does to a day: the pure part of records.

Quantities are thousandths, money minor units. A record's two marks never overwrite each other; what
counts is worked out from both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ..kernel.errors import Conflict, Invalid, invalid
from ..kernel.money import times
from ..ledger.rules import NOTHING, Tally

VENDOR, CUSTOMER = "vendor", "customer"
SCHEDULED, DELIVERED, SKIPPED, CANCELLED = "scheduled", "delivered", "skipped", "cancelled"

# How long a customer may contradict, counted from when the server got the vendor's latest mark.
CONTRADICTION_LASTS = timedelta(hours=48)
# A phone's clock may be ahead of ours by this much.
CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Mark:
    """What one side says of a day; `at` is when it was made, `heard_at` when we got it."""

    status: str
    quantity: int
    note: str | None
    by: int
    at: datetime
    heard_at: datetime

    def agrees(self, other: Mark) -> bool:
        """Whether both say that the same was delivered; notes do not count."""
        return (self.status, self.quantity) == (other.status, other.quantity)


@dataclass(frozen=True, slots=True)
class Tap:
    """A mark as it was sent; None is what was not. A `partial` one without status and quantity keeps
    those of the side's earlier mark, and without a note the note."""

    status: str | None = None
    quantity: int | None = None
    note: str | None = None
    extra: bool = False
    at: datetime | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """A record: one order's delivery of one day, with the terms it was made on and its two marks.

    `id` is 0 until it is stored. `cancelled` says that an unmarked day fell away.
    """

    id: int
    order_id: int
    vendor_id: int
    customer_id: int
    date: date
    item_name: str
    unit: str | None
    due_quantity: int
    rate: int
    terms_version: int
    cancelled: bool
    extra: bool
    vendor: Mark | None
    customer: Mark | None
    updated_by: int | None
    updated_at: datetime

    def mark_of(self, side: str) -> Mark | None:
        return self.vendor if side == VENDOR else self.customer

    @property
    def marked(self) -> bool:
        return self.vendor is not None or self.customer is not None

    @property
    def disputed(self) -> bool:
        """Two marks that differ in status or quantity."""
        return bool(self.vendor and self.customer and not self.vendor.agrees(self.customer))

    @property
    def status(self) -> str:
        """The vendor's word; the customer's alone decides nothing."""
        if self.vendor:
            return self.vendor.status
        return CANCELLED if self.cancelled else SCHEDULED

    @property
    def quantity(self) -> int:
        if self.vendor:
            return self.vendor.quantity
        return 0 if self.cancelled else self.due_quantity

    @property
    def amount(self) -> int:
        return times(self.rate, self.quantity)

    @property
    def tally(self) -> Tally:
        """What the day adds to its month: agreed deliveries; of a dispute the larger mark, held apart."""
        if self.vendor is None:
            return NOTHING
        if self.customer and self.disputed:
            larger = max(self.vendor.quantity, self.customer.quantity)
            return Tally(disputed=times(self.rate, larger))
        if self.vendor.status != DELIVERED:
            return NOTHING
        return Tally(self.amount, self.vendor.quantity, 1)


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What there is to know of one order on one day before a mark is heard.

    `alive`: an accepted standing order, and the day lies in its life. `due`: also in its pattern and in
    no pause. `closed`: the month belongs to an accepted statement. `settled_at`: since when nothing is
    open on the record. `blank` is the record as the terms of that day would make it, None outside the
    order's life. `largest` is the most that an amount may be, in minor units.
    """

    today: date
    date: date
    alive: bool
    due: bool
    closed: bool
    settled_at: datetime | None
    blank: Delivery | None
    largest: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The record after a mark; `heard` is the mark for the history, None when nothing new was said."""

    delivery: Delivery
    heard: Mark | None = None


def check_quantity(status: str, quantity: int) -> None:
    """422 for a delivery of nothing and for a skipped day with a quantity."""
    if status == DELIVERED and quantity == 0:
        raise invalid("quantity", "A delivery has a quantity above zero; use skipped instead.")
    if status == SKIPPED and quantity > 0:
        raise invalid("quantity", "A skipped day has no quantity.")


def check_tap(tap: Tap, now: datetime) -> None:
    """What is wrong with a mark whatever it is about. Raises `Invalid`."""
    if tap.quantity is not None:
        check_quantity(tap.status or DELIVERED, tap.quantity)
    if tap.at is not None and tap.at > now + CLOCKS_DIFFER:
        raise invalid("at", "This instant has not come yet.")


def date_in_future(field: str = "date") -> Invalid:
    return invalid(field, "That day has not come yet.", "date_in_future")


def not_due() -> Conflict:
    return Conflict("not_due", "Nothing is due on this order that day.")


def _said(tap: Tap, own: Mark | None, *, usual: int) -> tuple[str, int, str | None]:
    """Status, quantity and note that a mark stands for; `usual` is the quantity of a plain "delivered"."""
    keep = own if tap.partial else None
    note = tap.note if tap.note is not None or keep is None else keep.note
    if keep and tap.status is None and tap.quantity is None:
        return keep.status, keep.quantity, note
    status = tap.status or DELIVERED
    if status == SKIPPED:
        return status, 0, note
    return status, usual if tap.quantity is None else tap.quantity, note


def _usual(delivery: Delivery, side: str) -> int:
    """What "delivered" without a quantity means: to the vendor as agreed, to the customer as the vendor
    says (the customer confirms it), else as agreed."""
    if side == CUSTOMER and delivery.vendor and delivery.vendor.status == DELIVERED:
        return delivery.vendor.quantity
    return delivery.due_quantity


def decide(
    stored: Delivery | None, facts: DayFacts, tap: Tap, *, side: str, by: int, now: datetime
) -> Outcome:
    """The record after one side's mark; the stored one itself when the mark changes nothing.

    A mark made earlier than the side's stored one, or sent again, changes nothing. Raises 422
    `date_in_future`, 409 `not_due`, `month_closed`, `settled` (vendors) or `too_late` (customers).
    """
    check_tap(tap, now)
    if facts.date > facts.today:
        raise date_in_future()
    base = stored or facts.blank
    if not facts.alive or base is None:
        raise not_due()
    own = base.mark_of(side)
    # A clock that runs ahead must not outlive the corrections of the next minutes.
    at = min(tap.at or now, now)
    status, quantity, note = _said(tap, own, usual=_usual(base, side))
    if times(base.rate, quantity) > facts.largest:
        raise invalid("quantity", "Quantity × rate is too large.")
    mark = Mark(status, quantity, note, by, at, now)
    same = own is not None and own.agrees(mark) and own.note == note
    if own and tap.at and (at < own.at or (same and at == own.at)):
        return Outcome(base)
    _refuse(base, facts, mark, side=side, extra=tap.extra, now=now)
    if own and same:
        # Nothing new, but said later than a tap that may still be under way.
        later = tap.at is not None and at > own.at
        return Outcome(_with(base, side, replace(own, at=at)) if later else base)
    kept = mark
    if own and own.agrees(mark):
        kept = replace(mark, heard_at=own.heard_at)  # a new note does not start the 48 hours again
    changed = replace(
        _with(base, side, kept),
        cancelled=False,
        extra=base.extra or not (facts.due or base.marked),
        updated_by=by,
        updated_at=now,
    )
    return Outcome(changed, heard=mark)


def _with(delivery: Delivery, side: str, mark: Mark) -> Delivery:
    return replace(delivery, vendor=mark) if side == VENDOR else replace(delivery, customer=mark)


def _refuse(base: Delivery, facts: DayFacts, mark: Mark, *, side: str, extra: bool, now: datetime) -> None:
    """The conflicts that keep a mark from counting."""
    if facts.closed:
        raise Conflict("month_closed", "This month is closed; correct it with an adjustment of today.")
    if side == VENDOR and facts.settled_at:
        raise Conflict("settled", "This delivery is settled and no longer changes.")
    if not (facts.due or base.marked or (side == VENDOR and extra)):
        raise not_due()
    theirs = base.vendor
    if (
        side == CUSTOMER
        and theirs
        and not theirs.agrees(mark)
        and now > theirs.heard_at + CONTRADICTION_LASTS
    ):
        raise Conflict("too_late", "48 hours have passed since the vendor's mark.")


def told_of(before: Delivery | None, after: Delivery, side: str) -> str | None:
    """The kind of notice that the other side gets about a mark of `side`, if any.

    A vendor who changes what they said earlier is a ``record_changed``; marks that begin to differ
    otherwise, or a new differing one of the customer's, are a ``record_disputed``.
    """
    now_said = after.mark_of(side)
    said_before = before.mark_of(side) if before else None
    if now_said is None or (said_before and said_before.agrees(now_said)):
        return None
    if side == VENDOR and said_before:
        return "record_changed"
    return "record_disputed" if after.disputed else None
