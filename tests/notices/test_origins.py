"""What a worker learns of a push service: how much of it, when to leave it alone, when to believe it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from vendorapp.notices import rules
from vendorapp.notices.origins import SHARE, THREADS, WIDE, Landed, Origins
from vendorapp.notices.rules import Result

CHROME, FIREFOX = "https://fcm.googleapis.com", "https://updates.push.services.mozilla.com"


class Clock:
    """Seconds that pass when the test says so."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def origins(clock: Clock) -> Origins:
    return Origins(clock)


def accepted(origin: str = CHROME, seconds: float = 0.05) -> Landed:
    return Landed(origin, Result.ACCEPTED, answered=True, seconds=seconds)


def silent(origin: str = CHROME) -> Landed:
    return Landed(origin, Result.RETRY, answered=False, seconds=7.0)


def gone(origin: str = CHROME) -> Landed:
    return Landed(origin, Result.GONE, answered=True, seconds=0.05)


def test_the_shares_leave_room_for_each_other() -> None:
    assert THREADS <= 64
    assert SHARE * 4 == THREADS
    assert SHARE < WIDE < THREADS


def test_one_that_is_quick_may_have_more(origins: Origins, clock: Clock) -> None:
    assert origins.free({}) == {}
    assert origins.free({CHROME: 3, FIREFOX: SHARE}) == {CHROME: SHARE - 3, FIREFOX: 0}
    origins.heard([accepted()])
    assert origins.free({CHROME: SHARE, FIREFOX: SHARE}) == {CHROME: WIDE - SHARE, FIREFOX: 0}
    clock.now += 1.0
    assert origins.free({CHROME: WIDE}) == {CHROME: 0}
    assert origins.free({CHROME: 0}) == {CHROME: SHARE}
    origins.heard([accepted(seconds=1.5)])
    assert origins.free({}) == {CHROME: SHARE}


def test_trust_lasts_ten_minutes(origins: Origins, clock: Clock) -> None:
    origins.heard([accepted(), silent(FIREFOX)])
    assert origins.trusted() == {CHROME}
    clock.now += 599
    assert origins.trusted() == {CHROME}
    clock.now += 1
    assert origins.trusted() == set()


def test_five_silences_in_a_row_are_a_rest(origins: Origins) -> None:
    for _ in range(4):
        assert origins.heard([silent()]).rests == {}
    assert origins.heard([silent(FIREFOX)]).rests == {}
    verdict = origins.heard([silent()])
    assert {origin: rest.lasts for origin, rest in verdict.rests.items()} == {CHROME: rules.FIRST_WAIT}
    assert "5 times" in verdict.rests[CHROME].reason
    assert verdict.keep == set()


@pytest.mark.parametrize("together", [True, False])
def test_an_accepted_push_among_them_starts_anew(origins: Origins, together: bool) -> None:
    origins.heard([silent()] * 4)
    if together:
        assert origins.heard([silent(), silent(), accepted()]).rests == {}
    else:
        origins.heard([accepted()])
    assert origins.heard([silent()] * 4).rests == {}
    assert [*origins.heard([silent()]).rests] == [CHROME]


@pytest.mark.parametrize("result", [Result.RETRY, Result.RETRY_LATER, Result.DROPPED, Result.OUR_FAULT])
def test_an_answer_is_no_silence(origins: Origins, result: Result) -> None:
    answers = [Landed(CHROME, result, answered=True, seconds=0.1)] * 60
    assert origins.heard(answers).rests == {}
    assert origins.heard([Landed("", Result.RETRY, answered=False, seconds=0)] * 60).rests == {}


def test_one_try_after_a_rest_and_the_rests_grow(origins: Origins, clock: Clock) -> None:
    origins.heard([silent()] * SHARE)
    lasts = [rules.FIRST_WAIT]
    for _ in range(6):
        # What was under way when it began says nothing new.
        assert origins.heard([silent()]).rests == {}
        clock.now += lasts[-1].total_seconds()
        assert origins.free({}) == {CHROME: 1}
        assert origins.free({CHROME: 1}) == {CHROME: 0}
        lasts.append(origins.heard([silent()]).rests[CHROME].lasts)
    assert [one.total_seconds() for one in lasts] == [30, 60, 120, 240, 480, 600, 600]
    clock.now += 600
    origins.heard([accepted()])
    assert origins.free({}) == {CHROME: WIDE}
    assert origins.heard([silent()] * 4).rests == {}


def test_fifty_lost_devices_in_a_row_are_not_believed(origins: Origins, clock: Clock) -> None:
    assert origins.heard([gone()] * 49).keep == set()
    assert origins.heard([gone(FIREFOX)]).keep == set()
    verdict = origins.heard([gone(), gone(FIREFOX)])
    assert verdict.keep == {CHROME}
    assert {origin: rest.lasts for origin, rest in verdict.rests.items()} == {CHROME: timedelta(minutes=10)}
    assert origins.heard([gone()]).keep == {CHROME}
    assert origins.heard([gone()]).rests == {}
    clock.now += 600
    assert origins.free({}) == {CHROME: 1, FIREFOX: SHARE}
    verdict = origins.heard([gone()])
    assert (verdict.keep, verdict.rests[CHROME].lasts) == ({CHROME}, timedelta(minutes=20))
    clock.now += 1_200
    origins.heard([accepted()])
    assert origins.heard([gone()]).keep == set()


def test_the_rests_of_one_that_lost_all_end_at_an_hour() -> None:
    assert [rules.rest_of_all_gone(n).total_seconds() / 60 for n in (0, 1, 2, 3, 50)] == [10, 20, 40, 60, 60]
    assert rules.rest_of_silent(5_000) == timedelta(minutes=10)


def test_devices_are_lost_one_by_one_as_long_as_others_live(origins: Origins) -> None:
    for _ in range(10):
        assert origins.heard([*[gone()] * 40, accepted()]).keep == set()
        assert origins.heard([gone()] * 9).keep == set()


def test_what_is_known_does_not_grow_without_an_end(origins: Origins) -> None:
    for n in range(3_000):
        origins.heard([accepted(f"https://{n}.notify.windows.com")])
    assert len(origins.known) <= 1_000
    assert "https://2999.notify.windows.com" in origins.known
