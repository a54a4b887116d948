"""All monthly accounts of a month as PDFs in a ZIP, made by a worker."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.long_work import job_row, see
from tests.noon import clock
from tests.records.orders import rows
from vendorapp.kernel import long_work
from vendorapp.months import papers

__all__ = ["clock"]


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def browser(app: Flask, milkman: Api) -> Browser:
    return Browser(app).sign_in(milkman)


def ask(browser: Browser, month: str = "2026-11") -> str:
    browser.get(f"/exports?month={month}").submit(at=f"/exports/accounts?month={month}")
    return browser.location


def unpacked(browser: Browser, path: str) -> dict[str, bytes]:
    answer = browser.open(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_customer_with_something_in_the_month_gets_a_paper(
    browser: Browser, cast: Cast, milkman: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "A_FILE", 2)
    monkeypatch.setattr(papers, "A_STEP", 1)
    owing = [
        cast.row(milkman, name=name, opening_balance="50")["id"] for name in ("Asha", "Bin/od: Rao", "चित्रा")
    ]
    cast.row(milkman, name="Nothing yet")
    other = cast.vendor()
    cast.row(other, name="Foreign", opening_balance="50")
    here = ask(browser)
    found = see(milkman, here)
    assert (found["kind"], found["done"], found["total"]) == ("monthly_papers", 0, 3)
    assert "Monthly accounts of November 2026" in browser.get(here).text
    for step in (1, 2, 3):
        assert see(milkman, here)["done"] == step - 1
        assert "zip" not in browser.get(here).text
        long_work.run(found["id"], seconds=0)
    done = see(milkman, here)
    assert (done["status"], done["done"], done["result"]) == ("done", 3, {"made": 3, "files": 2})
    links = [one.get("href") for one in browser.get("/exports").tree.iter("a")]
    assert here in links
    browser.get(f"{here}?waited=1")
    assert "3 monthly accounts are ready." in browser.text
    assert "Yadav-Dairy-2026-11-1.zip" in browser.text
    first = unpacked(browser, f"{here}/file")
    second = unpacked(browser, f"{here}/file?part=2")
    assert list(first) == [
        f"Asha-account-{owing[0]}-2026-11.pdf",
        f"Bin-od-Rao-account-{owing[1]}-2026-11.pdf",
    ]
    assert list(second) == [f"चित्रा-account-{owing[2]}-2026-11.pdf"]
    assert all(paper.startswith(b"%PDF-") for paper in (first | second).values())
    Browser(browser.client.application).sign_in(other).get(f"{here}/file", 404)


def test_a_second_click_leads_to_the_same_and_a_crash_makes_no_file_twice(
    browser: Browser, cast: Cast, milkman: Api, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    monkeypatch.setattr(papers, "A_FILE", 1)
    for name in ("Asha", "Binod"):
        cast.row(milkman, name=name, opening_balance="50")
    here = ask(browser)
    assert ask(browser) == here
    real, calls = papers.statement_pdf, []

    def shaky(found: Any, *, patient: bool) -> bytes:
        assert patient  # nobody waits for it in a browser
        calls.append(found.customer.name)
        if len(calls) == 2:
            raise RuntimeError("a bug")
        return real(found, patient=patient)

    monkeypatch.setattr(papers, "statement_pdf", shaky)
    long_work.run(job_row()["id"])
    assert rows("SELECT number FROM long_job_files") == [(1,)]
    clock.shift(60)
    long_work.run(job_row()["id"])
    assert calls == ["Asha", "Binod", "Binod"]
    assert see(milkman, here)["status"] == "done"
    assert rows("SELECT number FROM long_job_files ORDER BY 1") == [(1,), (2,)]


def test_a_month_with_nothing_in_it_says_so(browser: Browser, cast: Cast, milkman: Api) -> None:
    cast.row(milkman)
    assert ask(browser, "2026-10") == "/exports?month=2026-10"
    assert "Nobody has anything in this month." in browser.get("/exports?month=2026-10").text
    assert rows("SELECT count(*) FROM long_jobs") == [(0,)]
    browser.post("/exports/accounts?month=2026-13", 422)
    browser.post("/exports/accounts", 422)
