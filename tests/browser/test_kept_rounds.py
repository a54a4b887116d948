"""Without signal the round of the right day stands on the phone, and says when it was kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import KEPT, Person, first_kept, kept, no_signal, signal_again, until, worker_of
from tests.cast import Api, Cast
from tests.records.orders import on_trust

pytestmark = pytest.mark.xdist_group("browser")

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def dairy(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def bina(cast: Cast, dairy: Api) -> int:
    return on_trust(dairy, cast.row(dairy, name="Bina")["id"])


@pytest.fixture
def milkman(person: Callable[..., Person], dairy: Api, bina: int) -> Person:
    one = person()
    first_kept(one, dairy)
    return one


def round_day(one: Person) -> date:
    return date.fromisoformat(one.page.locator("#round").get_attribute("data-date") or "")


def days_later(one: Person, days: int) -> None:
    """The phone's clock goes on, in the page as in the worker."""
    later = f"Store.learn(Date.now() + {days * DAY_MS})"
    worker_of(one).evaluate(later)
    one.page.evaluate(later)


def test_the_kept_round_of_today_says_when_it_was_kept(milkman: Person) -> None:
    page = milkman.page
    today = round_day(milkman)
    assert kept(page) == [f"/today?date={today}", f"/today?date={today + timedelta(days=1)}"]
    no_signal(milkman)
    milkman.go("/today")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    expect(page.locator("[data-kept-line]")).to_contain_text("As kept at ")
    signal_again(milkman)
    milkman.go("/today")
    expect(page.locator("[data-kept-line]")).to_be_hidden()


def test_the_plan_of_tomorrow_is_marked_on_its_day(milkman: Person) -> None:
    page = milkman.page
    today = round_day(milkman)
    tomorrow = today + timedelta(days=1)
    milkman.go(f"/today?date={tomorrow}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tomorrow")
    expect(page.get_by_text("This is the plan as agreed so far")).to_be_visible()
    expect(page.locator("button[name=mark]").first).to_be_hidden()
    no_signal(milkman)
    days_later(milkman, 1)
    milkman.go("/today")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    expect(page.locator("[data-kept-line]")).to_contain_text("This is the plan for today, as kept at ")
    expect(page.get_by_text("marks are made on the day")).to_be_hidden()
    page.get_by_role("button", name="Delivered: Bina").click()
    expect(page.locator("#net")).to_contain_text("1 mark waiting")
    (mark,) = page.evaluate("Store.all('marks')")
    assert (mark["date"], mark["status"], mark["quantity"]) == (str(tomorrow), "delivered", "2")
    assert mark["at"] > str(today)
    signal_again(milkman)


def test_an_older_round_never_calls_itself_todays(milkman: Person) -> None:
    page = milkman.page
    plan = round_day(milkman) + timedelta(days=1)  # the latest that is kept
    no_signal(milkman)
    days_later(milkman, 2)
    milkman.go("/")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text(f"{plan:%A}")
    expect(heading).to_contain_text(str(plan.day))
    line = page.locator("[data-kept-line]")
    expect(line).to_contain_text(f"This is the round of {plan:%A}")
    expect(line).to_contain_text("What you mark counts for that day.")
    page.get_by_role("button", name="Not: Bina").click()
    expect(page.locator("#net")).to_contain_text("1 mark waiting")
    assert [mark["date"] for mark in page.evaluate("Store.all('marks')")] == [str(plan)]
    # For the server that day has not come: with signal it would refuse the mark.
    page.evaluate("async () => Store.remove('marks', (await Store.all('marks')).map((one) => one.key))")
    signal_again(milkman)


def test_a_page_left_open_over_night_gives_way_to_the_new_day(milkman: Person) -> None:
    page = milkman.page
    tomorrow = round_day(milkman) + timedelta(days=1)
    no_signal(milkman)
    days_later(milkman, 1)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#round")).to_have_attribute("data-date", str(tomorrow))
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    signal_again(milkman)


def test_a_tap_on_yesterdays_page_is_not_taken_for_today(milkman: Person) -> None:
    """Nothing newer is kept: the page changes its name before it takes a tap."""
    page = milkman.page
    today = round_day(milkman)
    page.evaluate("async () => { for (const name of await caches.keys()) await caches.delete(name); }")
    no_signal(milkman)
    days_later(milkman, 1)
    page.get_by_role("button", name="Delivered: Bina").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{today:%A}")
    expect(page.locator("[data-kept-line]")).to_contain_text("What you mark counts for that day.")
    signal_again(milkman)


def test_the_day_is_the_vendors_wherever_the_phone_is(person: Callable[..., Person], cast: Cast) -> None:
    """A whole day lies between the two zones."""
    shop = cast.vendor(timezone="Pacific/Kiritimati")
    on_trust(shop, cast.row(shop, name="Bina")["id"])
    one = person(timezone_id="Pacific/Honolulu")
    page = first_kept(one, shop)
    today = round_day(one)
    no_signal(one)
    one.go("/today")
    expect(page.locator("html[data-kept]")).to_be_attached()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    assert round_day(one) == today
    signal_again(one)


def test_all_parts_of_a_long_round_are_kept(
    person: Callable[..., Person], cast: Cast, dairy: Api, bina: int
) -> None:
    """A page of one stop, as it were: each part names the next as a part of 200 does."""
    last = on_trust(dairy, cast.row(dairy, name="Chitra")["id"])
    one = person()

    def with_next(route: Route) -> None:
        answer = route.fetch(max_redirects=0)
        more = '<nav class="pager"><a class="btn" rel="next" href="?cursor=1">More stops</a></nav></main>'
        body = answer.text()
        if answer.status == 200 and "cursor" not in route.request.url:
            body = body.replace("</main>", more)
        route.fulfill(response=answer, body=body)

    one.context.route("**/today*", with_next)
    page = first_kept(one, dairy)
    today = round_day(one)
    days = [f"/today?date={day}" for day in (today, today + timedelta(days=1))]
    parts = [f"{day}{more}" for day in days for more in ("", "&cursor=1")]
    until(page, f"async () => (await ({KEPT})()).length >= 4")
    assert kept(page) == parts
    no_signal(one)
    one.go("/today")
    page.get_by_role("link", name="More stops").click()
    expect(page.locator(f"#s{last}")).to_be_visible()
    expect(page.locator(".stop")).to_have_count(1)
    page.get_by_role("button", name="Not: Chitra").click()
    expect(page.locator("#net")).to_contain_text("1 mark waiting")
    signal_again(one)


def test_old_rounds_go_when_there_is_signal(milkman: Person) -> None:
    page = milkman.page
    page.evaluate(
        """async () => {
          const pages = await caches.open((await caches.keys()).find((name) => name.startsWith("pages-")));
          const round = await pages.match((await pages.keys())[0]);
          await pages.put("/today?date=2020-02-02", round);
        }"""
    )
    assert "/today?date=2020-02-02" in kept(page)
    worker_of(milkman).evaluate("Kept.refresh(0)")
    assert "/today?date=2020-02-02" not in kept(page)
    assert len(kept(page)) == 2


def test_a_server_in_trouble_is_as_no_signal(milkman: Person) -> None:
    page = milkman.page
    milkman.context.route("**/today", lambda route: route.fulfill(status=503, body="busy"))
    milkman.go("/today")
    expect(page.locator("[data-kept-line]")).to_contain_text("As kept at ")
    milkman.errors[:] = [one for one in milkman.errors if "503" not in one]


def test_a_phone_whose_clock_is_ahead_loads_the_round_once(
    person: Callable[..., Person], dairy: Api, bina: int
) -> None:
    """By its own clock it is tomorrow; what day it is, the server says."""
    one = person()
    one.context.add_init_script(
        f"""(() => {{
          const Real = Date, ahead = {DAY_MS};
          self.Date = class extends Real {{
            constructor(...given) {{ if (given.length) super(...given); else super(Real.now() + ahead); }}
            static now() {{ return Real.now() + ahead; }}
          }};
        }})()"""
    )
    one.sign_in(dairy)
    opened: list[str] = []
    one.page.on("framenavigated", lambda frame: opened.append(frame.url))
    one.go("/today")
    expect(one.page.locator("html[data-settled]")).to_have_count(1)
    one.page.evaluate("window.dispatchEvent(new Event('pageshow'))")
    one.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    one.page.wait_for_load_state("networkidle")
    assert opened == [f"{one.site}/today"]
    expect(one.page.get_by_role("heading", level=1)).to_have_text("Today")
    one.page.get_by_role("button", name="Delivered: Bina").click()
    expect(one.page.locator("[data-count]")).to_contain_text("1 of 1")
    assert opened == [f"{one.site}/today"]
