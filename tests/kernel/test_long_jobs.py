"""Long work: how far it is, what is done again after a crash, who sees it, and what a person reads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.noon import clock
from tests.records.orders import execute, rows
from vendorapp.accounts.models import SignInFailure
from vendorapp.kernel import long_jobs, long_work
from vendorapp.kernel.clock import now
from vendorapp.kernel.database import db, session, transaction
from vendorapp.kernel.errors import Conflict
from vendorapp.kernel.long_work import WENT_WRONG, Kind, Turn

__all__ = ["clock"]
Step = Callable[[Turn], None]
KIND = "counting"


def count(turn: Turn) -> None:
    """Ten a step: each is a row, so that what is done twice is seen."""
    for number in range(turn.done, min(turn.done + 10, turn.total)):
        session().add(SignInFailure(phone_number=str(number), at=now()))
    session().flush()
    turn.done = min(turn.done + 10, turn.total)
    turn.state["last"] = turn.done - 1
    if turn.done == turn.total:
        turn.finish(url="/settings", counted=turn.total)


def counted() -> list[int]:
    return sorted(int(row[0]) for row in rows("SELECT phone_number FROM sign_in_failures"))


def _title(args: Mapping[str, Any]) -> str:
    return f"Counting {args['what']}"


def _said(result: Mapping[str, Any]) -> str:
    return f"{result['counted']} were counted."


@pytest.fixture(autouse=True)
def kinds(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[Step], None]:
    """`kinds(step)`: what counting does from here on."""
    monkeypatch.setattr(long_work, "_kinds", dict(long_work._kinds))

    def set_step(step: Step) -> None:
        long_work.register(
            Kind(
                KIND,
                step,
                title=_title,
                said=_said,
                back=lambda job_id: f"/inbox?job={job_id}",
                bulk=("list",),
            )
        )

    set_step(count)
    return set_step


@pytest.fixture
def sent(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[Any]]]:
    """The hints that the broker was handed."""
    found: list[tuple[str, list[Any]]] = []

    def send(task: str, args: Any) -> bool:
        found.append((task, list(args)))
        return True

    monkeypatch.setattr(app.extensions["nudger"], "send", send)
    return found


@pytest.fixture
def broken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker."""
    monkeypatch.setattr(app.extensions["nudger"], "send", lambda *_: False)


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


def begin(who: Api, total: int = 30, same: str = "eggs", **how: Any) -> int:
    with transaction():
        return long_jobs.start(who.user["id"], KIND, {"what": same, "list": [1, 2]}, total, same=same, **how)


def seen(who: Api, job_id: int) -> Any:
    return who.get(f"/work/{job_id}").json


def killed(job_id: int) -> None:
    """Time passes after the worker died: its lease is over."""
    execute("UPDATE long_jobs SET lease_until = :then WHERE id = :id", then=now(), id=job_id)


def test_it_is_done_step_by_step_and_seen_from_outside(
    milkman: Api, sent: list[Any], kinds: Any, clock: Any
) -> None:
    looks: list[Any] = []

    def watched(turn: Turn) -> None:
        looks.append(rows_beside("SELECT status, done, total FROM long_jobs"))
        count(turn)

    kinds(watched)
    job_id = begin(milkman, 25)
    assert sent == [("long_jobs.run", [job_id])]
    waiting = {
        "id": job_id,
        "kind": KIND,
        "status": "waiting",
        "done": 0,
        "total": 25,
        "result": None,
        "problem": None,
        "created_at": "2026-11-21T06:30:00.000000Z",
        "finished_at": None,
    }
    assert seen(milkman, job_id) == waiting
    clock.shift(timedelta(seconds=1))
    long_work.run(job_id)
    assert looks == [[("running", 0, 25)], [("running", 10, 25)], [("running", 20, 25)]]
    done = {"status": "done", "done": 25, "result": {"url": "/settings", "counted": 25}}
    assert seen(milkman, job_id) == waiting | done | {"finished_at": "2026-11-21T06:30:01.000000Z"}
    assert counted() == list(range(25))
    # What was only needed for the work is forgotten.
    assert rows("SELECT args FROM long_jobs") == [({"what": "eggs", "same": "eggs"},)]
    long_work.run(job_id)
    assert counted() == list(range(25))


def rows_beside(statement: str) -> list[tuple[Any, ...]]:
    """What somebody else sees while a step is under way."""
    from sqlalchemy import text

    with db.engine.connect() as beside:
        return [tuple(row) for row in beside.execute(text(statement))]


def test_what_waits_for_a_result_keeps_where_it_is_to_itself(milkman: Api, sent: list[Any]) -> None:
    job_id = begin(milkman, 30)
    long_work.run(job_id, seconds=0)
    found = seen(milkman, job_id)
    assert (found["status"], found["done"], found["result"]) == ("waiting", 10, None)


def test_it_lets_others_pass_and_goes_on(milkman: Api, sent: list[Any]) -> None:
    job_id = begin(milkman, 30)
    for done in (10, 20, 30):
        assert counted() == list(range(done - 10))
        long_work.run(job_id, seconds=0)
        assert seen(milkman, job_id)["done"] == done
    assert seen(milkman, job_id)["status"] == "done"
    # The click, and after each turn that left something.
    assert sent == [("long_jobs.run", [job_id])] * 3


def test_one_of_a_kind_at_a_time(milkman: Api, cast: Cast, sent: list[Any], clock: Any) -> None:
    job_id = begin(milkman)
    assert begin(milkman) == job_id
    with pytest.raises(Conflict) as refused:
        begin(milkman, same="milk")
    assert (refused.value.code, refused.value.facts) == ("work_running", {"work_id": job_id})
    other = begin(cast.vendor())
    assert other != job_id
    long_work.run(job_id)
    assert begin(milkman, again_after=timedelta(minutes=1)) == job_id
    clock.shift(timedelta(minutes=1))
    later = begin(milkman, again_after=timedelta(minutes=1))
    assert later > other


def test_clicks_at_once_start_one(app: Flask, milkman: Api, sent: list[Any]) -> None:
    barrier = threading.Barrier(4)
    found: list[int] = []

    def click() -> None:
        with app.app_context():
            barrier.wait()
            found.append(begin(milkman))

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert rows("SELECT id FROM long_jobs") == [(found[0],)]


def test_two_workers_never_do_one_job_together(
    app: Flask, milkman: Api, sent: list[Any], kinds: Any, clock: Any
) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(turn: Turn) -> None:
        inside.set()
        assert go_on.wait(20)
        count(turn)

    kinds(slow)
    job_id = begin(milkman, 10)

    def work() -> None:
        with app.app_context():
            long_work.run(job_id)

    first = threading.Thread(target=work)
    first.start()
    assert inside.wait(20)
    # Even a lease that is over gives nobody a step that is under way.
    clock.shift(timedelta(minutes=1))
    found = long_work._claim(job_id)
    go_on.set()
    first.join()
    assert found is None
    assert counted() == list(range(10))


def test_a_step_that_somebody_else_went_on_from_leaves_nothing(
    milkman: Api, sent: list[Any], kinds: Any
) -> None:
    def overtaken(turn: Turn) -> None:
        count(turn)
        with db.engine.begin() as beside:
            beside.exec_driver_sql("UPDATE long_jobs SET lease_until = lease_until + interval '1 second'")

    kinds(overtaken)
    job_id = begin(milkman)
    long_work.run(job_id)
    assert counted() == []
    assert seen(milkman, job_id)["done"] == 0


def test_a_crash_loses_and_doubles_nothing(milkman: Api, sent: list[Any], kinds: Any, clock: Any) -> None:
    job_id = begin(milkman)
    crashes = iter([False, True, False, False])

    def shaky(turn: Turn) -> None:
        count(turn)
        turn.show(turn.done)
        if next(crashes):
            raise RuntimeError("a bug")

    kinds(shaky)
    long_work.run(job_id)
    found = seen(milkman, job_id)
    # What was shown of the step that crashed was not done.
    assert (found["status"], found["done"], found["problem"]) == ("waiting", 10, None)
    assert counted() == list(range(10))
    long_work.run(job_id)  # too soon
    assert counted() == list(range(10))
    clock.shift(timedelta(seconds=15))
    long_work.run(job_id)
    assert seen(milkman, job_id)["status"] == "done"
    assert counted() == list(range(30))


def test_after_three_crashes_it_has_failed(milkman: Api, sent: list[Any], kinds: Any, clock: Any) -> None:
    def bug(turn: Turn) -> None:
        count(turn)
        raise RuntimeError("a bug")

    kinds(bug)
    job_id = begin(milkman)
    for _ in range(3):
        assert seen(milkman, job_id)["status"] == "waiting"
        long_work.run(job_id)
        clock.shift(timedelta(minutes=1))
    found = seen(milkman, job_id)
    assert (found["status"], found["problem"], found["result"]) == ("failed", WENT_WRONG, None)
    assert found["finished_at"] is not None
    assert counted() == []
    # Who was refused may ask again.
    assert begin(milkman) != job_id


def test_workers_that_die_three_times_end_it(milkman: Api, sent: list[Any]) -> None:
    job_id = begin(milkman)
    for _ in range(3):
        assert long_work._claim(job_id) is not None
        assert long_work._claim(job_id) is None
        killed(job_id)
    assert long_work._claim(job_id) is None
    assert seen(milkman, job_id)["problem"] == WENT_WRONG


def test_a_step_that_went_through_wipes_the_tries(milkman: Api, sent: list[Any]) -> None:
    job_id = begin(milkman, 50)
    for _ in range(4):
        held = long_work._claim(job_id)
        assert held is not None
        long_work._step(held)
        killed(job_id)
    assert seen(milkman, job_id)["done"] == 40


def test_a_problem_is_told_and_nothing_stays(milkman: Api, sent: list[Any], kinds: Any) -> None:
    def refused(turn: Turn) -> None:
        count(turn)
        if turn.done > 10:
            raise Conflict("file_changed", "Your book has changed meanwhile. Nothing was added.")

    kinds(refused)
    job_id = begin(milkman)
    long_work.run(job_id)
    found = seen(milkman, job_id)
    assert (found["status"], found["done"]) == ("failed", 10)
    assert found["problem"] == "Your book has changed meanwhile. Nothing was added."
    assert counted() == list(range(10))


def test_a_kind_that_nobody_knows_any_more_ends(milkman: Api, sent: list[Any]) -> None:
    job_id = begin(milkman)
    execute("UPDATE long_jobs SET kind = 'gone'")
    long_work.run(job_id)
    assert seen(milkman, job_id)["problem"] == WENT_WRONG


def test_the_sweep_finds_what_no_worker_was_told_of(milkman: Api, broken: None, clock: Any) -> None:
    job_id = begin(milkman)
    assert long_work.sweep() == {"found": 0}  # a hint may be under way
    clock.shift(timedelta(seconds=6))
    assert long_work.sweep() == {"found": 1}
    assert seen(milkman, job_id)["status"] == "done"
    assert counted() == list(range(30))
    assert long_work.sweep() == {"found": 0}


def test_the_sweep_hands_on_what_it_finds(milkman: Api, sent: list[Any], clock: Any) -> None:
    job_id = begin(milkman)
    held = long_work._claim(job_id)
    assert held is not None
    long_work._step(held)
    sent.clear()
    clock.shift(timedelta(seconds=29))
    assert long_work.sweep() == {"found": 0}
    clock.shift(timedelta(seconds=2))
    assert long_work.sweep() == {"found": 1}
    assert sent == [("long_jobs.run", [job_id])]
    assert counted() == list(range(10))


def test_only_who_asked_sees_it(app: Flask, cast: Cast, milkman: Api, api: Api, sent: list[Any]) -> None:
    job_id = begin(milkman)
    with transaction():
        execute_file(job_id)
    for other in (cast.vendor(), cast.customer_login()):
        foreign = other.get(f"/work/{job_id}", expect=404).json
        assert foreign == other.get("/work/999999999", expect=404).json
        browser = Browser(app).sign_in(other)
        for path in (f"/work/{job_id}", f"/work/{job_id}/file", "/work/999999999"):
            browser.get(path, 404)
    assert api.get(f"/work/{job_id}", expect=401).code == "unauthenticated"


def execute_file(job_id: int, number: int = 1) -> None:
    Turn(job_id, 0, {}, 0, 0, {}).keep_file(number, f"part-{number}.zip", "application/zip", b"PK\x05\x06")


@pytest.fixture
def browser(app: Flask, milkman: Api) -> Browser:
    return Browser(app).sign_in(milkman)


def part(browser: Browser) -> dict[str, str]:
    """The part of the page that is asked for again."""
    found = browser.tree.find(".//section[@id='work']")
    assert found is not None
    return dict(found.attrib)


def test_the_page_shows_how_far_it_is(browser: Browser, milkman: Api, sent: list[Any]) -> None:
    job_id = begin(milkman, 12_000)
    long_work.run(job_id, seconds=0)
    browser.get(f"/work/{job_id}")
    assert "Counting eggs" in browser.text
    assert "Working on it" in browser.text
    assert "10 of 12,000" in browser.text
    bar = browser.tree.find(".//progress")
    assert bar is not None
    assert (bar.get("max"), bar.get("value"), bar.get("aria-label")) == ("12000", "10", "Counting eggs")
    again = f"/work/{job_id}?waited=1"
    asked = part(browser)
    wants = [asked[f"data-hx-{name}"] for name in ("get", "trigger", "select")]
    assert wants == [again, "every 1s", "#work"]
    # Without JavaScript the page comes again by itself, and by a link.
    html = browser.response.get_data(as_text=True)
    assert f'<noscript><meta http-equiv="refresh" content="3; url={again}"></noscript>' in html
    assert again in [one.get("href") for one in browser.tree.iter("a")]
    browser.get(again)
    assert "10 of 12,000" in browser.text


def test_once_it_is_done_the_page_leads_on(browser: Browser, milkman: Api, sent: list[Any]) -> None:
    job_id = begin(milkman)
    long_work.run(job_id)
    browser.get(f"/work/{job_id}")
    assert "30 were counted." in browser.text
    assert "/settings" in [one.get("href") for one in browser.tree.iter("a")]
    assert "data-hx-get" not in part(browser)
    assert "http-equiv" not in browser.response.get_data(as_text=True)
    browser.get(f"/work/{job_id}?waited=1", 302)
    assert browser.location == "/settings"
    assert "30 were counted." in browser.get("/settings").text
    # A part of the page is not filled with another page: all of it goes there.
    answer = browser.open(f"/work/{job_id}?waited=1", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"], answer.data) == (200, "/settings", b"")
    browser.get(f"/work/{job_id}?waited=2", 422)


def test_a_failed_one_says_why_and_where_to_go(
    browser: Browser, milkman: Api, sent: list[Any], kinds: Any
) -> None:
    def refused(turn: Turn) -> None:
        raise Conflict("file_changed", "Your book has changed meanwhile. Nothing was added.")

    kinds(refused)
    job_id = begin(milkman)
    long_work.run(job_id)
    browser.get(f"/work/{job_id}?waited=1")
    assert "That did not work" in browser.text
    assert "Your book has changed meanwhile. Nothing was added." in browser.text
    assert f"/inbox?job={job_id}" in [one.get("href") for one in browser.tree.iter("a")]
    assert "data-hx-get" not in part(browser)


def test_files_are_there_for_a_day(
    browser: Browser, milkman: Api, sent: list[Any], kinds: Any, clock: Any
) -> None:
    def files(turn: Turn) -> None:
        for number in (1, 2):
            execute_file(turn.id, number)
        turn.finish(counted=2)

    kinds(files)
    job_id = begin(milkman)
    long_work.run(job_id)
    browser.get(f"/work/{job_id}?waited=1")  # it leads nowhere else
    links = [one.get("href") for one in browser.tree.iter("a")]
    assert {f"/work/{job_id}/file?part=1", f"/work/{job_id}/file?part=2"} <= set(links)
    answer = browser.open(f"/work/{job_id}/file?part=2")
    assert (answer.data, answer.mimetype) == (b"PK\x05\x06", "application/zip")
    assert answer.headers["Content-Disposition"] == "attachment; filename=part-2.zip"
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.open(f"/work/{job_id}/file").headers["Content-Disposition"].endswith("part-1.zip")
    browser.get(f"/work/{job_id}/file?part=3", 404)
    browser.get(f"/work/{job_id}/file?part=x", 422)
    clock.shift(timedelta(hours=24))
    browser.get(f"/work/{job_id}/file?part=2", 404)
    assert "part-1.zip" not in browser.get(f"/work/{job_id}").text
    with transaction():
        assert long_jobs.forget_old() == 0
    assert rows("SELECT count(*) FROM long_job_files") == [(0,)]


def test_it_is_forgotten_after_thirty_days(milkman: Api, sent: list[Any], clock: Any) -> None:
    job_id = begin(milkman)
    long_work.run(job_id)
    waiting = begin(milkman)
    clock.shift(timedelta(days=30) - timedelta(seconds=1))
    with transaction():
        assert long_jobs.forget_old() == 0
    clock.shift(timedelta(seconds=1))
    with transaction():
        assert long_jobs.forget_old() == 1
    milkman.token = milkman.post(
        "/login", {"phone_number": milkman.user["phone_number"], "password": "correct horse"}, expect=200
    )["token"]
    milkman.get(f"/work/{job_id}", expect=404)
    assert seen(milkman, waiting)["status"] == "waiting"
