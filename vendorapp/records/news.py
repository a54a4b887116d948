"""What is new at a stop since the round last came by, and since when it is known.

"The last time" is the last day before on which the order's pattern fell. What was decided on that very
day is told again the day after: the round may have been out already. Quantities are thousandths.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..orders.rules import Terms, in_pattern, last_day

NEW, CHANGED, DAYS, PAUSED, RESUMED, ENDED, EXTRA = (
    "new",
    "changed",
    "days",
    "paused",
    "resumed",
    "ended",
    "extra",
)
# How far back the due day before is looked for; no pattern but the rarest has a longer rhythm.
LOOK_BACK = 31


@dataclass(frozen=True, slots=True)
class News:
    """What is new. `at` is when it was decided, None when nobody wrote that down.

    `side` is who decided alone (a pause, an end): vendor or customer, "" for what both agreed. `day` is
    the last day of a pause or of the order, `reason` what was said about it. `before` are the terms of
    the last time (changed, days). `late`: decided after customers' time for that day was over.
    """

    kind: str
    at: datetime | None = None
    side: str = ""
    day: date | None = None
    reason: str | None = None
    before: Terms | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class PauseFacts:
    """The pause that covers the day: from when to when, and who asked for it when."""

    starts_on: date
    ends_on: date
    reason: str | None
    side: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class StopFacts:
    """One order on the day of the round.

    `terms` hold on that day, `earlier` until the day before `since`. `agreed_at` is when they were
    accepted, `accepted_at` when the order was; `first_day` is the first that is due by itself.
    `paused_till` is the last day of the pauses that are over. `ended_at` and `ended_side` tell who ended
    the order, if one side did.
    """

    day: date
    start_date: date
    first_day: date
    ended_on: date | None
    terms: Terms
    since: date
    earlier: Terms | None
    accepted_at: datetime
    agreed_at: datetime
    pause: PauseFacts | None
    paused_till: date | None
    ended_at: datetime | None
    ended_side: str

    @property
    def last(self) -> date | None:
        return last_day(self.terms.valid_till, self.ended_on)

    @property
    def falls(self) -> bool:
        """Whether the pattern falls on the day, whatever becomes of it."""
        return in_pattern(self.terms, self.start_date, self.day)


def time_is_over(zone: str, cut_off: time, day: date) -> datetime:
    """The instant from which customers can no longer change `day`: the cut-off of the day before."""
    return datetime.combine(day - timedelta(days=1), cut_off, ZoneInfo(zone))


def previous_due(terms: Terms, start_date: date, day: date) -> date | None:
    """The last day before `day` on which the pattern fell, None when there is none within a month."""
    for back in range(1, LOOK_BACK + 1):
        earlier = day - timedelta(days=back)
        if earlier < start_date:
            return None
        if in_pattern(terms, start_date, earlier):
            return earlier
    return None


def news_of(facts: StopFacts, zone: str, cut_off: time) -> News | None:
    """What is new at this stop on the day of `facts`, in the vendor's zone; None for nothing."""
    last_time = previous_due(facts.terms, facts.start_date, facts.day)
    found = _found(facts, last_time, zone)
    if found is None or found.at is None:
        return found
    return News(
        found.kind,
        found.at,
        found.side,
        found.day,
        found.reason,
        found.before,
        late=found.at >= time_is_over(zone, cut_off, facts.day),
    )


def _found(facts: StopFacts, last_time: date | None, zone: str) -> News | None:
    def fresh(since: date, at: datetime | None) -> bool:
        """Whether what holds since `since`, decided at `at`, was not known on the last round."""
        if last_time is None or since > last_time:
            return True
        return at is not None and at >= datetime.combine(last_time, time(), ZoneInfo(zone))

    if facts.last is not None and facts.last < facts.day:
        first_without = facts.last + timedelta(days=1)
        at = facts.ended_at if facts.ended_side else facts.agreed_at
        if facts.falls and fresh(first_without, facts.ended_at if facts.ended_side else None):
            return News(ENDED, at, facts.ended_side, facts.last)
        return None
    if not facts.falls:
        return _other_days(facts)
    pause = facts.pause
    if pause is not None:
        new = fresh(pause.starts_on, pause.asked_at)
        return News(PAUSED, pause.asked_at, pause.side, pause.ends_on, pause.reason) if new else None
    if fresh(facts.first_day, facts.accepted_at):
        recent = facts.first_day > facts.day - timedelta(days=LOOK_BACK)
        return News(NEW, facts.accepted_at) if recent else None
    if facts.earlier is not None:
        if _goods(facts.earlier) != _goods(facts.terms) and fresh(facts.since, facts.agreed_at):
            return News(CHANGED, facts.agreed_at, before=facts.earlier)
        if other := _other_days(facts):
            return other
    if facts.paused_till is not None and (last_time is None or facts.paused_till >= last_time):
        return News(RESUMED, day=facts.paused_till)
    return None


def _goods(terms: Terms) -> tuple[str, int, str | None]:
    """What is handed over; a new price alone changes nothing at the door."""
    return terms.item_name, terms.quantity, terms.unit


def _other_days(facts: StopFacts) -> News | None:
    """The first day on which new weekdays or a new rhythm make a difference."""
    earlier = facts.earlier
    if earlier is None or (facts.day - facts.since).days >= LOOK_BACK:
        return None
    for step in range((facts.day - facts.since).days + 1):
        day = facts.since + timedelta(days=step)
        was, is_ = in_pattern(earlier, facts.start_date, day), in_pattern(facts.terms, facts.start_date, day)
        if was != is_:
            return News(DAYS, facts.agreed_at, before=earlier) if day == facts.day else None
    return None
