"""The pages of the inbox and of the devices that are told."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.notices.conftest import Subscribe, Tell
from tests.push_service import PushService
from vendorapp.kernel.clock import now
from vendorapp.kernel.database import session, transaction
from vendorapp.notices import delivery, views
from vendorapp.notices.models import Notice, PushSubscription

ANDROID = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36"
)


@pytest.fixture
def asha(cast: Cast) -> Api:
    return cast.customer_login()


@pytest.fixture
def browser(app: Flask, asha: Api) -> Browser:
    return Browser(app).sign_in(asha)


def titles(browser: Browser) -> list[str]:
    return [
        str(button.text)
        for form in browser.tree.iter("form")
        if (form.get("action") or "").startswith("/inbox/") and form.get("class") == "entry-title"
        for button in form.iter("button")
    ]


def read_at(notice_id: int) -> object:
    session().rollback()
    session().expire_all()
    return session().get_one(Notice, notice_id).read_at


def test_an_empty_inbox_says_what_will_come(browser: Browser) -> None:
    browser.get("/inbox")
    assert "Nothing here yet" in browser.text
    assert "/devices" in browser.response.text


def test_a_notice_is_opened_and_then_read(browser: Browser, asha: Api, cast: Cast, tell: Tell) -> None:
    tell(cast.customer_login(), title="Not yours")
    first, second = tell(asha, title="First"), tell(asha, title="Second", url="/orders/7?month=2026-11#day")
    assert first
    assert second
    browser.get("/inbox")
    assert titles(browser) == ["Second", "First"]
    assert "Not yours" not in browser.response.text
    assert read_at(second) is None  # looking changes nothing
    browser.submit(at=f"/inbox/{second}")
    assert browser.location == "/orders/7?month=2026-11#day"
    assert read_at(second) is not None
    assert read_at(first) is None
    new = [li for li in browser.get("/inbox").tree.iter("li") if "entry-new" in (li.get("class") or "")]
    assert len(new) == 1
    browser.get("/inbox?unread=true")
    assert titles(browser) == ["First"]


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "javascript:alert(1)",
        "/ä\n",
    ],
)
def test_a_notice_leads_nowhere_else(browser: Browser, asha: Api, tell: Tell, url: str) -> None:
    notice_id = tell(asha, url=url)
    browser.get("/inbox").submit(at=f"/inbox/{notice_id}")
    assert browser.location == "/inbox"


def test_a_foreign_notice_is_like_none(browser: Browser, cast: Cast, tell: Tell) -> None:
    foreign = tell(cast.customer_login())
    assert foreign
    browser.get("/inbox")
    for missing in (foreign, 10**9, 10**30):
        browser.post(f"/inbox/{missing}", expect=404)
    assert read_at(foreign) is None


def test_all_are_read_at_once(browser: Browser, asha: Api, tell: Tell) -> None:
    tell(asha)
    tell(asha)
    browser.get("/inbox").submit(at="/inbox/read-all")
    browser.get(browser.location)
    assert "2 notices are read now." in browser.text
    assert "read-all" not in browser.response.text
    browser.post("/inbox/read-all")
    assert "Nothing was new." in browser.get("/inbox").text
    assert "You have read everything." in browser.get("/inbox?unread=true").text


def test_a_form_needs_its_token(browser: Browser, asha: Api, tell: Tell) -> None:
    notice_id = tell(asha)
    assert notice_id
    browser.get("/inbox")
    for path in (f"/inbox/{notice_id}", "/inbox/read-all", "/devices/1/remove", "/devices/1/test"):
        assert browser.open(path, "POST").status_code == 403, path
    assert read_at(notice_id) is None


def test_the_older_ones_are_a_page_further(browser: Browser, asha: Api, tell: Tell) -> None:
    for number in range(31):
        tell(asha, title=f"Notice {number}")
    browser.get("/inbox")
    assert titles(browser) == [f"Notice {number}" for number in range(30, 0, -1)]
    (older,) = (a.get("href") for a in browser.tree.iter("a") if a.get("rel") == "next")
    browser.get(f"/inbox{older}")
    assert titles(browser) == ["Notice 0"]
    for wrong in ("cursor=x", "unread=perhaps", "page=2"):
        browser.get(f"/inbox?{wrong}", expect=422)


def test_how_long_ago(app: Flask) -> None:
    with app.test_request_context():
        said = [
            views.ago(now() - age)
            for age in (timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=3), timedelta(days=2))
        ]
        assert said == ["just now", "5 minutes ago", "3 hours ago", "2 days ago"]
        old = now() - timedelta(days=30)
        assert str(old.year) in views.ago(old)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (ANDROID, "Chrome on Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/131 Safari/537.36 Edg/131",
            "Edge on Windows",
        ),
        ("curl/8", "A browser"),
        ("", "A browser"),
    ],
)
def test_devices_have_names_people_know(app: Flask, agent: str, name: str) -> None:
    with app.test_request_context():
        assert views.browser_name(agent) == name


def by_cookie(browser: Browser, pushes: PushService) -> int:
    """This browser subscribes as push.js does; the device's id."""
    browser.get("/devices")
    answer = browser.open(
        "/v1/push/subscriptions",
        "POST",
        data=json.dumps(pushes.subscription().as_json()),
        content_type="application/json",
        headers={"X-CSRFToken": browser.csrf(), "User-Agent": ANDROID},
    )
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return int(answer.get_json()["id"])


def test_devices_are_listed_tried_and_removed(
    app: Flask, browser: Browser, asha: Api, cast: Cast, pushes: PushService, subscribe: Subscribe
) -> None:
    assert "No device is told yet" in browser.get("/devices").text
    other = subscribe(asha)
    subscribe(cast.customer_login())
    here = by_cookie(browser, pushes)
    browser.get("/devices")
    assert browser.text.count("Remove") == 2
    assert "Chrome on Android this one" in browser.text
    assert browser.text.count("this one") == 1
    (test,) = (
        form.get("action")
        for form in browser.tree.iter("form")
        if (form.get("action") or "").endswith("/test") and f"/{here}/" not in str(form.get("action"))
    )
    browser.submit(at=test)
    assert "A test is on its way." in browser.get(browser.location).text
    delivery.sweep()
    (message,) = pushes.messages
    assert message.subscription_id == other.id
    assert message.payload["notification"]["title"] == "It works"
    browser.submit(at=f"/devices/{here}/remove")
    assert "Chrome on Android is told nothing more." in browser.get(browser.location).text
    assert browser.text.count("Remove") == 1
    browser.post(f"/devices/{here}/remove", expect=404)  # a second click


def test_a_foreign_device_is_like_none(browser: Browser, cast: Cast, subscribe: Subscribe) -> None:
    stranger = cast.customer_login()
    subscribe(stranger)
    with transaction() as current:
        foreign = current.query(PushSubscription.id).scalar()
    browser.get("/devices")
    for missing in (foreign, 10**9, 10**30):
        for verb in ("remove", "test"):
            browser.post(f"/devices/{missing}/{verb}", expect=404)
    assert len(stranger.get("/push/subscriptions")["items"]) == 1
