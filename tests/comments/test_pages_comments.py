"""The words under an order and under a day, as people without JavaScript write them."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Cast
from tests.comments.conftest import TODAY, Talk
from tests.records.orders import agreed, on_trust, rows
from tests.records.test_pages_today import statements, words


@pytest.fixture
def vendor_page(app: Flask, talk: Talk) -> Browser:
    return Browser(app).sign_in(talk.milkman)


@pytest.fixture
def customer_page(app: Flask, talk: Talk) -> Browser:
    return Browser(app).sign_in(talk.household)


def thread(page: Browser) -> list[str]:
    found = page.tree.find(".//ol[@class='thread']")
    return [words(one) for one in found] if found is not None else []


def day_path(talk: Talk) -> str:
    return f"/orders/{talk.order_id}/day?date={TODAY}"


def test_both_sides_talk_under_a_day(vendor_page: Browser, customer_page: Browser, talk: Talk) -> None:
    customer_page.get(day_path(talk))
    assert "Nobody has written anything yet." in customer_page.text
    assert "Yadav Dairy is told, and both of you can read it." in customer_page.text
    customer_page.submit(content="Only one came\r\nand late")
    assert customer_page.location == f"{day_path(talk)}#comments"
    assert "Written down. Yadav Dairy is told." in customer_page.get(day_path(talk)).text
    assert thread(customer_page) == ["You 21 Nov 2026, 12:00 EditOnly one came and late"]
    assert thread(vendor_page.get(day_path(talk))) == ["Asha Sharma 21 Nov 2026, 12:00Only one came and late"]
    assert rows("SELECT content, record_id, order_id FROM comments") == [
        ("Only one came\nand late", talk.record_id, None)
    ]
    vendor_page.submit(content="Sorry")
    # The newest stands last, the form below.
    assert [one.split(" ")[0] for one in thread(customer_page.get(day_path(talk)))] == ["You", "Yadav"]
    assert thread(customer_page.get(f"/orders/{talk.order_id}")) == []


def test_under_an_order_one_comes_back_to_the_month_one_was_in(vendor_page: Browser, talk: Talk) -> None:
    path = f"/orders/{talk.order_id}?month=2026-10"
    vendor_page.get(path).submit(content="Hello")
    assert vendor_page.location == f"{path}#comments"
    assert rows("SELECT order_id, record_id FROM comments") == [(talk.order_id, None)]


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/orders/1",
        "/settings?month=2026-10",
        "javascript:alert(1)",
        "\\\\evil",
        "",
    ],
)
def test_a_form_leads_nowhere_else(vendor_page: Browser, talk: Talk, elsewhere: str) -> None:
    vendor_page.get(f"/orders/{talk.order_id}")
    vendor_page.post(f"/comments?order_id={talk.order_id}", content="x", next=elsewhere)
    assert vendor_page.location == f"/orders/{talk.order_id}#comments"


def test_a_second_click_says_it_once(vendor_page: Browser, talk: Talk) -> None:
    vendor_page.get(day_path(talk))
    key = vendor_page.value("key")
    path = f"/comments?record_id={talk.record_id}"
    for _ in range(2):
        vendor_page.post(path, content="Once", key=key)
    assert rows("SELECT content FROM comments") == [("Once",)]
    vendor_page.post(path, content="And more", key=key)
    vendor_page.get(day_path(talk)).submit(content="Once")
    assert len(rows("SELECT 1 FROM comments")) == 3


def test_what_is_wrong_stands_beside_the_field(vendor_page: Browser, talk: Talk) -> None:
    vendor_page.get(day_path(talk)).submit(422, content="   ")
    assert vendor_page.error("content") == "This field is required."
    vendor_page.get(day_path(talk)).submit(422, content="x" * 2001)
    assert vendor_page.error("content") == "At most 2,000 characters are allowed."
    assert vendor_page.value("content") == "x" * 2001
    assert vendor_page.value("next") == day_path(talk)
    vendor_page.submit(content="shorter")
    assert vendor_page.location == f"{day_path(talk)}#comments"
    assert rows("SELECT content FROM comments") == [("shorter",)]


def test_one_changes_and_takes_back_ones_own(
    vendor_page: Browser, customer_page: Browser, talk: Talk, clock: time_machine.Traveller
) -> None:
    made = talk.household.post("/comments", {"record_id": talk.record_id, "content": "One"}, expect=201)
    path = f"/comments/{made['id']}"
    customer_page.get(f"{path}/edit")
    assert customer_page.value("content") == "One"
    customer_page.submit(422, at=None, content=" ")
    assert customer_page.error("content") == "This field is required."
    customer_page.get(f"{path}/edit").submit(content="Half of one")
    assert customer_page.location == f"{day_path(talk)}#comments"
    assert "Changed." in customer_page.get(day_path(talk)).text
    assert thread(vendor_page.get(day_path(talk))) == ["Asha Sharma 21 Nov 2026, 12:00, changedHalf of one"]
    vendor_page.get(f"{path}/edit", expect=403)
    vendor_page.get("/settings").post(f"{path}/edit", 403, content="mine")
    vendor_page.post(f"{path}/delete", 403)
    assert rows("SELECT content FROM comments") == [("Half of one",)]
    customer_page.get(f"{path}/edit").submit(at=f"{path}/delete")
    assert customer_page.location == f"{day_path(talk)}#comments"
    assert "Taken back." in customer_page.get(day_path(talk)).text
    assert rows("SELECT 1 FROM comments") == []
    customer_page.get(f"{path}/edit", expect=404)
    customer_page.get("/settings").post(f"{path}/delete", 404)


def test_markup_is_shown_as_text(vendor_page: Browser, talk: Talk) -> None:
    content = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    made = talk.household.post("/comments", {"record_id": talk.record_id, "content": content}, expect=201)
    for path in (day_path(talk), f"/comments?record_id={talk.record_id}"):
        vendor_page.get(path)
        main = vendor_page.tree.find(".//main")
        assert main is not None
        assert not list(main.iter("script"))
        assert not list(main.iter("img"))
        assert content in thread(vendor_page)[0]
        assert "&lt;script&gt;alert(1)" in vendor_page.response.get_data(as_text=True)
    assert "<script>alert" not in vendor_page.get("/inbox").response.get_data(as_text=True)
    assert made["content"] == content


def test_strangers_find_no_thread(app: Flask, talk: Talk, cast: Cast) -> None:
    made = talk.milkman.post("/comments", {"order_id": talk.order_id, "content": "x"}, expect=201)
    for stranger in (cast.vendor(), cast.household(of=talk.milkman)[0]):
        page = Browser(app).sign_in(stranger).get("/settings")
        for query in (f"order_id={talk.order_id}", f"record_id={talk.record_id}", "order_id=999999"):
            page.get(f"/comments?{query}", expect=404)
            page.get("/settings").post(f"/comments?{query}", 404, content="x")
        page.get(f"/comments/{made['id']}/edit", expect=404)
        page.get("/settings").post(f"/comments/{made['id']}/delete", 404)
        page.get("/comments", expect=422)
        page.get(f"/comments?order_id={talk.order_id}&record_id={talk.record_id}", expect=422)
    assert rows("SELECT content FROM comments") == [("x",)]


def test_without_the_token_of_the_page_nothing_is_said(vendor_page: Browser, talk: Talk) -> None:
    path = f"/comments?order_id={talk.order_id}"
    assert vendor_page.open(path, "POST", data={"content": "x"}).status_code == 403
    assert rows("SELECT 1 FROM comments") == []


def test_whoever_has_no_login_reads_it_later(vendor_page: Browser, talk: Talk, cast: Cast) -> None:
    order_id = on_trust(talk.milkman, cast.row(talk.milkman, name="Bala")["id"])
    vendor_page.get(f"/orders/{order_id}")
    assert "Bala has no login yet, and reads this once there is one." in vendor_page.text
    vendor_page.submit(content="Gate code 12")
    assert "Written down." in vendor_page.get(f"/orders/{order_id}").text
    assert "is told" not in vendor_page.text


def test_a_long_talk_shows_its_end_and_leads_to_its_beginning(vendor_page: Browser, talk: Talk) -> None:
    for number in range(35):
        body = {"order_id": talk.order_id, "content": f"word {number}."}
        talk.milkman.post("/comments", body, expect=201)
    vendor_page.get(f"/orders/{talk.order_id}")
    seen = thread(vendor_page)
    assert len(seen) == 30
    assert (seen[0][-7:], seen[-1][-8:]) == ("word 5.", "word 34.")
    links = {str(one.get("href")) for one in vendor_page.tree.iter("a")}
    assert f"/comments?order_id={talk.order_id}" in links
    vendor_page.get(f"/comments?order_id={talk.order_id}&limit=20")
    assert thread(vendor_page)[0].endswith("word 0.")
    more = next(str(a.get("href")) for a in vendor_page.tree.iter("a") if a.get("rel") == "next")
    assert thread(vendor_page.get("/comments" + more))[-1].endswith("word 34.")


def test_the_number_of_queries_does_not_grow_with_the_talk(vendor_page: Browser, talk: Talk) -> None:
    found = []
    for count in (1, 12):
        for _ in range(count):
            for who in (talk.milkman, talk.household):
                who.post("/comments", {"record_id": talk.record_id, "content": "x"}, expect=201)
        talk.milkman.post("/notifications/read-all", expect=None)
        with statements() as said:
            vendor_page.get(day_path(talk))
        found.append(len(said))
    assert len(thread(vendor_page)) == 26
    assert found[0] == found[1]


def test_a_walk_in_has_nobody_to_tell(vendor_page: Browser, talk: Talk) -> None:
    body: dict[str, Any] = {"order_type": "on_demand", "item_name": "Ghee", "rate": "600"}
    order = talk.milkman.post("/orders", body, expect=201)
    before = rows("SELECT count(*) FROM notices")
    made = talk.milkman.post("/comments", {"order_id": order["id"], "content": "blue bag"}, expect=201)
    assert made["author"] == "Yadav Dairy"
    assert rows("SELECT count(*) FROM notices") == before
    talk.household.get(f"/comments/{made['id']}", expect=404)
    assert talk.household.get(f"/comments?order_id={order['id']}")["items"] == []
    vendor_page.get(f"/comments?order_id={order['id']}")
    assert "Nobody but you reads this." in vendor_page.text


def test_an_extra_is_talked_about_on_its_own_page(talk: Talk) -> None:
    body: dict[str, Any] = {"order_type": "on_demand", "item_name": "Ghee", "rate": "600"}
    order = talk.milkman.post("/orders", {**body, "customer_id": talk.customer_id}, expect=201)
    talk.household.post("/comments", {"order_id": order["id"], "content": "The big one"}, expect=201)
    notice = talk.milkman.get("/notifications")["items"][0]
    assert (notice["kind"], notice["url"]) == ("comment_added", f"/requests/{order['id']}")
    assert notice["title"] == "Asha Sharma wrote about Ghee"


def test_the_item_has_its_name_of_today(talk: Talk) -> None:
    order_id = agreed(talk.milkman, talk.household, talk.customer_id, item_name="Curd")
    body = {"item_name": "Thick curd", "effective_from": TODAY}
    change = talk.milkman.put(f"/order/{order_id}", body, expect=202)
    talk.household.post(f"/changes/{change['change']['id']}/accept", expect=200)
    talk.milkman.post("/comments", {"order_id": order_id, "content": "x"}, expect=201)
    assert talk.household.get("/notifications")["items"][0]["title"] == "Yadav Dairy wrote about Thick curd"
