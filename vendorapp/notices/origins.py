"""What one worker process knows of each push service: how many threads it may hold, and when it rests.

Pure: whoever asks says what flies, and what came back. What is known is forgotten with the process, except
the rests themselves, which all processes read from `push_origins`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from . import rules
from .rules import Result

# A push to one service waits 50 ms on a good day and seven seconds on a bad one. With 64 at once, and at
# most 64 connections, a good day is a thousand pushes a second.
THREADS = 64
# A service that nothing is known of, that is slow or does not answer at all, has a quarter of the threads:
# three of them may hang at once and the fourth quarter still sends. Most people have Chrome, so one service
# that is quick may have seven eighths, as long as it stays quick; when it stops answering, what is left is
# enough for the others until the time-out.
SHARE = THREADS // 4
WIDE = THREADS - THREADS // 8
QUICK = 1.0  # seconds that an accepted push took, and that have passed since, while a service is quick
TRUST_LASTS = 600.0  # seconds that an accepted push speaks for our key
FAILED_IN_A_ROW = 5
GONE_IN_A_ROW = 50
MOST_KNOWN = 1_000  # Windows has many hosts; what users send us must not grow without an end


@dataclass(frozen=True, slots=True)
class Landed:
    """What one push came to: `seconds` is how long it took, `answered` whether there was an answer at all."""

    origin: str
    result: Result
    answered: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Rest:
    """A push service is left alone for `lasts`, because of `reason`."""

    lasts: timedelta
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from what came back: which origins rest, and of which no device is deleted."""

    rests: Mapping[str, Rest]
    keep: Collection[str]


@dataclass(slots=True)
class _Service:
    accepted_at: float = float("-inf")
    took: float = 0.0  # seconds of the push that was accepted last
    failed: int = 0  # since the last accepted push, as the next two
    gone: int = 0
    rests: int = 0
    rests_until: float = float("-inf")


@dataclass(slots=True)
class Origins:
    """The push services by origin. Times are those of a monotonic clock, in seconds."""

    clock: Callable[[], float] = time.monotonic
    known: dict[str, _Service] = field(default_factory=dict)

    def free(self, flying: Mapping[str, int]) -> dict[str, int]:
        """How many more pushes each origin may have under way; `SHARE` for one that is not named.

        One that has rested gets a single try, until it accepts something.
        """
        now = self.clock()
        return {
            origin: max(0, self._most(origin, now) - flying.get(origin, 0))
            for origin in {*self.known, *flying}
        }

    def _most(self, origin: str, now: float) -> int:
        service = self.known.get(origin)
        if service is None:
            return SHARE
        if service.rests:
            return 1
        quick = service.took < QUICK and now - service.accepted_at < QUICK
        return WIDE if quick else SHARE

    def trusted(self) -> set[str]:
        """The origins that accepted a push of ours within the last ten minutes."""
        oldest = self.clock() - TRUST_LASTS
        return {origin for origin, service in self.known.items() if service.accepted_at > oldest}

    def heard(self, landed: Sequence[Landed]) -> Verdict:
        """Learn from what came back together.

        Five time-outs or broken connections in a row, without an accepted push among them, and the origin
        rests: 30 s, then twice as long after each try that fails too, at most ten minutes.

        404 and 410 delete a device at once, except when an origin says so 50 times in a row: one phone is
        lost now and then, but fifty lost ones and none alive are far more likely a mistake of the service's.
        (If it is at its end, its devices do no harm.) From there on none of its devices is deleted; the
        origin rests for ten minutes, later up to an hour, and one try tells whether it accepts pushes
        again. Up to 49 devices a process may be lost to such a mistake; their browsers subscribe again
        when they open a page.
        """
        now = self.clock()
        rests: dict[str, Rest] = {}
        accepted = {one.origin: one for one in landed if one.result is Result.ACCEPTED}
        for origin, one in accepted.items():
            self._service(origin)
            self.known[origin] = _Service(accepted_at=now, took=one.seconds)
        failed = Counter(one.origin for one in landed if one.result is Result.RETRY and not one.answered)
        gone = Counter(one.origin for one in landed if one.result is Result.GONE)
        for origin in {*failed, *gone} - {*accepted, ""}:
            service = self._service(origin)
            service.failed += failed[origin]
            service.gone += gone[origin]
            rest = self._rest(service, failed=bool(failed[origin]), gone=bool(gone[origin]))
            # What was under way when the rest began says nothing new.
            if rest and now >= service.rests_until:
                rests[origin] = rest
                service.rests += 1
                service.rests_until = now + rest.lasts.total_seconds()
        keep = {origin for origin in gone if origin in self.known and self._says_all_gone(self.known[origin])}
        return Verdict(rests, keep)

    def _rest(self, service: _Service, *, failed: bool, gone: bool) -> Rest | None:
        if gone and self._says_all_gone(service):
            return Rest(rules.rest_of_all_gone(service.rests), f"gone: {service.gone} devices in a row")
        if failed and (service.rests or service.failed >= FAILED_IN_A_ROW):
            return Rest(rules.rest_of_silent(service.rests), f"no answer: {service.failed} times in a row")
        return None

    @staticmethod
    def _says_all_gone(service: _Service) -> bool:
        return service.gone >= GONE_IN_A_ROW

    def _service(self, origin: str) -> _Service:
        if origin not in self.known and len(self.known) >= MOST_KNOWN:
            self.known.clear()
        return self.known.setdefault(origin, _Service())
