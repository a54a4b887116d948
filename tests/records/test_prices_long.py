"""A new price for more orders than are asked while the vendor waits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.long_work import copies, job_row, see
from tests.records.orders import agreed, execute, on_trust, rows
from tests.records.test_pages_prices import MILK, figures, looked_at, page, press
from vendorapp.kernel import long_work
from vendorapp.records import raising_many

__all__ = ["page"]
NOTE = "told at the door"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two are asked at once, and two a step."""
    monkeypatch.setattr(raising_many, "AT_ONCE", 2)
    monkeypatch.setattr(raising_many, "A_STEP", 2)


def send(page: Browser, **fields: Any) -> str:
    """Look at it and send it; the work that it leads to."""
    press(looked_at(page, **fields), "send", 302)
    assert page.location.startswith("/work/")
    return page.location


def changes() -> list[tuple[Any, ...]]:
    """By order: the status of each change that a new price brought."""
    return rows(
        "SELECT order_id, status FROM change_requests"
        " WHERE rate_proposal_id IS NOT NULL ORDER BY order_id, id"
    )


def test_many_are_asked_by_a_worker_in_one_act(
    page: Browser, cast: Cast, milkman: Api, row_id: int, linked: tuple[Api, int], few: None
) -> None:
    asked = [agreed(milkman, *linked) for _ in range(3)]
    noted = on_trust(milkman, row_id)
    waiting = agreed(milkman, *linked)
    linked[0].put(f"/order/{waiting}", {"quantity": "1"}, expect=202)
    here = send(page, rate="60", message="Fodder", on_behalf_note=NOTE)
    found = see(milkman, here)
    assert (found["kind"], found["status"], found["done"], found["total"]) == ("new_price", "waiting", 0, 5)
    assert changes() == []
    page.get("/prices")
    assert here in [one.get("href") for one in page.tree.iter("a")]
    for done in (2, 4):
        long_work.run(found["id"], seconds=0)
        assert see(milkman, here)["done"] == done
        assert len(changes()) == done
    long_work.run(found["id"])
    result = see(milkman, here)["result"]
    [(proposal_id,)] = rows("SELECT id FROM rate_proposals")
    assert result == {
        "url": f"/prices/{proposal_id}",
        "proposal_id": proposal_id,
        "asked": 3,
        "noted": 1,
        "left_out": {"change_pending": 1},
    }
    assert changes() == [*((one, "pending") for one in asked), (noted, "accepted")]
    page.get(f"{here}?waited=1", 302)
    page.get(page.location)
    assert "3 orders asked." in page.text
    assert "Written down for 1 order without a login." in page.text
    assert figures(page) == {"Asked": "4", "Said yes": "1", "Said no": "0", "Not answered yet": "3"}
    assert "Something else waits for an answer" in page.text
    for one in asked:
        change = milkman.get(f"/order/{one}")["pending_change"]
        assert (change["terms"], change["message"]) == ({"rate": "60.00"}, "Fodder")
    assert milkman.get(f"/order/{noted}")["terms"][1]["on_behalf_note"] == NOTE
    told = [one["kind"] for one in linked[0].get("/notifications?limit=50")["items"]]
    assert told.count("change_proposed") == 4 + 3  # their orders, and the price of three
    page.get("/prices")
    assert here not in [one.get("href") for one in page.tree.iter("a")]


def test_it_asks_those_who_were_meant_when_it_was_sent(
    page: Browser, milkman: Api, linked: tuple[Api, int], few: None
) -> None:
    meant = [agreed(milkman, *linked) for _ in range(3)]
    agreed(milkman, *linked, rate="58")
    agreed(milkman, *linked, unit="bottle")
    here = send(page, rate="60", rate_now="5400")
    assert see(milkman, here)["total"] == 3
    later = agreed(milkman, *linked)
    milkman.delete(f"/order/{meant[1]}?effective_from=2026-11-21", expect=200)
    long_work.run(job_row()["id"])
    assert [one for one, _ in changes()] == [meant[0], meant[2]]
    assert milkman.get(f"/order/{later}")["pending_change"] is None


def test_a_second_click_asks_once(page: Browser, milkman: Api, linked: tuple[Api, int], few: None) -> None:
    for _ in range(3):
        agreed(milkman, *linked)
    looked_at(page, rate="60")
    tree = page.tree
    press(page, "send", 302)
    here = page.location
    page.tree = tree
    press(page, "send", 302)
    assert page.location == here
    long_work.run(job_row()["id"])
    page.tree = tree
    press(page, "send", 302)
    assert page.location == here
    assert rows("SELECT count(*) FROM rate_proposals") == [(1,)]
    assert len(changes()) == 3


def test_another_price_waits_until_the_first_is_through(
    page: Browser, milkman: Api, linked: tuple[Api, int], few: None
) -> None:
    for _ in range(3):
        agreed(milkman, *linked)
    send(page, rate="60")
    looked_at(page, rate="61")
    press(page, "send", 409)
    assert "is still being worked on" in page.text
    assert job_row()["total"] == 3


def test_when_nobody_could_be_asked_it_says_so(page: Browser, milkman: Api, row_id: int, few: None) -> None:
    for _ in range(3):
        on_trust(milkman, row_id)
    looked_at_all = looked_at(page, rate="60", on_behalf_note=NOTE)
    press(looked_at_all, "send", 302)
    here = page.location
    execute("UPDATE customers SET status = 'inactive'")
    long_work.run(job_row()["id"])
    assert see(milkman, here)["result"]["left_out"] == {"customer_inactive": 3}
    page.get(f"{here}?waited=1", 302)
    assert page.location == "/prices"
    assert "Nobody was asked." in page.get("/prices").text
    assert rows("SELECT count(*) FROM rate_proposals") == [(0,)]


def test_a_crash_in_a_step_asks_nobody_twice(
    page: Browser,
    milkman: Api,
    linked: tuple[Api, int],
    few: None,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(5):
        agreed(milkman, *linked)
    here = send(page, rate="60")
    real, calls = raising_many.raising.propose_rate, []

    def shaky(*args: Any, **options: Any) -> Any:
        calls.append(1)
        done = real(*args, **options)
        if len(calls) == 2:
            raise RuntimeError("a bug")
        return done

    monkeypatch.setattr(raising_many.raising, "propose_rate", shaky)
    long_work.run(job_row()["id"])
    assert (job_row()["status"], job_row()["done"], len(changes())) == ("waiting", 2, 2)
    clock.shift(60)
    long_work.run(job_row()["id"])
    assert see(milkman, here)["result"]["asked"] == 5
    assert len({one for one, _ in changes()}) == len(changes()) == 5
    assert rows("SELECT count(*) FROM rate_proposals") == [(1,)]


def test_the_page_of_many_leads_to_work(page: Browser, milkman: Api, linked: tuple[Api, int]) -> None:
    """Five hundred are asked while the vendor waits, one more is not."""
    first = agreed(milkman, *linked)
    copies(first, 499)
    press(looked_at(page, rate="60"), "send", 302)
    assert page.location.startswith("/prices/")
    copies(first, 1)
    press(looked_at(page, path=MILK, rate="61"), "send", 302)
    assert page.location.startswith("/work/")
