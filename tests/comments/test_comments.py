"""Comments over JSON: who may say, read, change and take back what."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import time_machine

from tests.cast import Answer, Api, Cast
from tests.comments.conftest import Talk
from tests.records.orders import MILK, on_trust, rows
from vendorapp.comments.rules import shortened

NAMES = {"id", "record_id", "order_id", "user_id", "author", "content", "created_at", "edited_at"}


def texts(who: Api, query: str) -> list[str]:
    return [one["content"] for one in who.get(f"/comments?{query}")["items"]]


def test_both_sides_talk_about_a_record(talk: Talk) -> None:
    made = talk.household.post(
        "/comments", {"record_id": talk.record_id, "content": "  Only one came\n"}, expect=201
    ).json
    assert set(made) == NAMES
    assert made["record_id"] == talk.record_id
    assert made["order_id"] is None
    assert made["user_id"] == talk.household.user["id"]
    assert (made["author"], made["content"]) == ("Asha Sharma", "Only one came")
    assert (made["created_at"], made["edited_at"]) == ("2026-11-21T06:30:00.000000Z", None)
    answer = talk.milkman.post("/comments", {"record_id": talk.record_id, "content": "Two"}, expect=201)
    assert answer["author"] == "Yadav Dairy"
    for who in (talk.milkman, talk.household):
        listed = who.get(f"/comments?record_id={talk.record_id}").json
        assert [one["content"] for one in listed["items"]] == ["Only one came", "Two"]
        assert listed["items"][0] == made
        assert listed["next"] is None
        assert who.get(f"/comments/{made['id']}").json == made
        # What is said of a day is not said of its order.
        assert texts(who, f"order_id={talk.order_id}") == []


def test_an_order_has_comments_of_its_own(talk: Talk) -> None:
    body = {"order_id": talk.order_id, "content": "Please ring twice"}
    made = talk.household.post("/comments", body, expect=201)
    assert (made["order_id"], made["record_id"]) == (talk.order_id, None)
    assert texts(talk.milkman, f"order_id={talk.order_id}") == ["Please ring twice"]
    assert texts(talk.milkman, f"record_id={talk.record_id}") == []


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"content": "x"}, {"record_id", "order_id"}),
        ({"content": "x", "record_id": 1, "order_id": 1}, {"record_id", "order_id"}),
        ({}, {"record_id", "order_id", "content"}),
        ({"record_id": None, "order_id": "", "content": "x"}, {"record_id", "order_id"}),
        ({"record_id": 1}, {"content"}),
        ({"record_id": 1, "content": " \n\t "}, {"content"}),
        ({"record_id": 1, "content": None}, {"content"}),
        ({"record_id": 1, "content": 5}, {"content"}),
        ({"record_id": 1, "content": "a\x00b"}, {"content"}),
        ({"record_id": 1, "content": "a\x1bb"}, {"content"}),
        ({"record_id": 1, "content": "\ud800"}, {"content"}),
        ({"record_id": 1, "content": "x" * 2001}, {"content"}),
        ({"record_id": "1", "content": "x"}, {"record_id"}),
        ({"record_id": True, "content": "x"}, {"record_id"}),
        ({"record_id": 1, "content": "x", "author": "me"}, {"author"}),
    ],
)
def test_a_comment_of_the_wrong_shape(talk: Talk, body: dict[str, Any], fields: set[str]) -> None:
    answer = talk.milkman.post("/comments", body, expect=422)
    assert {error["field"] for error in answer["errors"]} == fields
    assert rows("SELECT 1 FROM comments") == []


def test_content_is_counted_in_characters_and_keeps_its_lines(talk: Talk) -> None:
    long = "दूध🥛" * 500
    assert len(long) == 2000
    made = talk.milkman.post("/comments", {"record_id": talk.record_id, "content": f" {long} "}, expect=201)
    assert made["content"] == long
    talk.milkman.post("/comments", {"record_id": talk.record_id, "content": long + "x"}, expect=422)
    lines = "one\ntwo\r\n\tthree"
    made = talk.milkman.post("/comments", {"record_id": talk.record_id, "content": lines}, expect=201)
    assert talk.household.get(f"/comments/{made['id']}")["content"] == lines


def test_markup_is_text(talk: Talk) -> None:
    content = "<script>alert(1)</script> & <b>more</b>"
    made = talk.household.post("/comments", {"record_id": talk.record_id, "content": content}, expect=201)
    assert talk.milkman.get(f"/comments/{made['id']}")["content"] == content


def test_a_list_is_of_one_thing(talk: Talk) -> None:
    for query in ("", "?limit=5", f"?record_id={talk.record_id}&order_id={talk.order_id}"):
        answer = talk.milkman.get(f"/comments{query}", expect=422)
        assert [error["field"] for error in answer["errors"]] == ["record_id", "order_id"]
    talk.milkman.get("/comments?record_id=some", expect=422)
    talk.milkman.get("/comments?user_id=1", expect=422)


def test_a_list_is_paged_from_the_oldest_on(talk: Talk) -> None:
    for number in range(5):
        body = {"order_id": talk.order_id, "content": f"word {number}"}
        (talk.milkman if number % 2 else talk.household).post("/comments", body, expect=201)
    seen: list[str] = []
    cursor = ""
    for length in (2, 2, 1):
        page = talk.household.get(f"/comments?order_id={talk.order_id}&limit=2{cursor}").json
        assert len(page["items"]) == length
        seen += [one["content"] for one in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert page["next"] is None
    assert seen == [f"word {number}" for number in range(5)]
    talk.household.get(f"/comments?order_id={talk.order_id}&cursor=nonsense", expect=422)


def test_strangers_find_nothing(talk: Talk, cast: Cast) -> None:
    made = talk.milkman.post("/comments", {"record_id": talk.record_id, "content": "x"}, expect=201)
    other_vendor = cast.vendor()
    other_customer, _ = cast.household(of=talk.milkman)
    for who in (other_vendor, other_customer, cast.customer_login()):
        for name, number in (("record_id", talk.record_id), ("order_id", talk.order_id)):
            answer = who.post("/comments", {name: number, "content": "x"}, expect=404)
            missing = who.post("/comments", {name: 999999, "content": "x"}, expect=404)
            assert answer.code == "not_found"
            assert answer.json == missing.json
            assert answer["errors"][0]["field"] == name
            assert who.get(f"/comments?{name}={number}").json == {"items": [], "next": None}
        path = f"/comments/{made['id']}"
        for answer in (
            who.get(path, expect=404),
            who.put(path, {"content": "mine"}, expect=404),
            who.delete(path, expect=404),
        ):
            assert answer.code == "not_found"
    assert texts(talk.milkman, f"record_id={talk.record_id}") == ["x"]
    # The two kinds of id never pass for each other.
    talk.milkman.post("/comments", {"record_id": talk.order_id, "content": "x"}, expect=404)
    talk.milkman.post("/comments", {"order_id": talk.record_id, "content": "x"}, expect=404)
    talk.milkman.get(f"/comments/{2**70}", expect=404)
    talk.milkman.post("/comments", {"record_id": 2**70, "content": "x"}, expect=404)


def test_only_the_author_changes_a_comment(talk: Talk, clock: time_machine.Traveller) -> None:
    made = talk.household.post("/comments", {"record_id": talk.record_id, "content": "One"}, expect=201).json
    path = f"/comments/{made['id']}"
    clock.shift(60)
    assert talk.milkman.put(path, {"content": "Two"}, expect=403).code == "forbidden"
    assert talk.milkman.delete(path, expect=403).code == "forbidden"
    assert talk.household.put(path, {"content": " One "}, expect=200).json == made
    changed = talk.household.put(path, {"content": "Half"}, expect=200).json
    assert changed == {**made, "content": "Half", "edited_at": "2026-11-21T06:31:00.000000Z"}
    assert talk.milkman.get(path).json == changed
    for body in ({}, {"content": ""}, {"content": "x" * 2001}, {"content": "x", "order_id": talk.order_id}):
        talk.household.put(path, body, expect=422)
    assert talk.household.delete(path, expect=204).json is None
    for answer in (
        talk.household.delete(path, expect=404),
        talk.household.put(path, {"content": "x"}, expect=404),
        talk.milkman.get(path, expect=404),
    ):
        assert answer.code == "not_found"
    assert texts(talk.milkman, f"record_id={talk.record_id}") == []


def test_the_same_key_says_it_once(talk: Talk) -> None:
    body = {"record_id": talk.record_id, "content": "x"}
    first = talk.milkman.post("/comments", body, expect=201, headers={"Idempotency-Key": "k"})
    again = talk.milkman.post("/comments", body, expect=201, headers={"Idempotency-Key": "k"})
    assert again.json == first.json
    assert again.response.headers["Idempotent-Replayed"] == "true"
    assert len(texts(talk.milkman, f"record_id={talk.record_id}")) == 1


def test_a_link_that_was_removed_shows_nothing_more(talk: Talk, cast: Cast) -> None:
    made = talk.household.post("/comments", {"record_id": talk.record_id, "content": "mine"}, expect=201)
    talk.milkman.delete(f"/customer/{talk.customer_id}/invite", expect=204)
    path = f"/comments/{made['id']}"
    talk.household.get(path, expect=404)
    talk.household.put(path, {"content": "x"}, expect=404)
    talk.household.delete(path, expect=404)
    talk.household.post("/comments", {"record_id": talk.record_id, "content": "x"}, expect=404)
    assert texts(talk.household, f"record_id={talk.record_id}") == []
    # What was said stays, in the name of the row; whoever is linked next is not its author.
    assert talk.milkman.get(path)["author"] == "Asha Sharma"
    invite = talk.milkman.post(f"/customer/{talk.customer_id}/invite", expect=201)
    successor = cast.customer_login()
    successor.post(f"/invites/{invite['token']}/accept", expect=200)
    assert successor.get(path)["content"] == "mine"
    assert successor.put(path, {"content": "x"}, expect=403).code == "forbidden"


def test_what_was_talked_about_is_not_removed_for_good(talk: Talk) -> None:
    row = talk.milkman.post("/customers", {"name": "B", "phone_number": "+919812345678"}, expect=201)
    order_id = on_trust(talk.milkman, row["id"])
    made = talk.milkman.post("/comments", {"order_id": order_id, "content": "x"}, expect=201)
    answer = talk.milkman.delete(f"/order/{order_id}?permanent=true", expect=409)
    assert answer.code == "has_history"
    talk.milkman.delete(f"/comments/{made['id']}", expect=204)
    talk.milkman.post("/records", {}, expect=200)
    [record] = talk.milkman.get(f"/records?order_id={order_id}")["items"]
    made = talk.milkman.post("/comments", {"record_id": record["id"], "content": "x"}, expect=201)
    assert talk.milkman.delete(f"/order/{order_id}?permanent=true", expect=409).code == "has_history"
    talk.milkman.delete(f"/comments/{made['id']}", expect=204)
    talk.milkman.delete(f"/order/{order_id}?permanent=true", expect=204)


def test_a_comment_and_a_removal_at_once(talk: Talk) -> None:
    """Either the order is gone and the comment finds nothing, or the comment keeps it; never a 500."""
    for _ in range(4):
        order = talk.household.post("/orders", {"vendor_id": talk.milkman.user["id"], **MILK}, expect=201)[
            "id"
        ]
        answers: dict[str, Answer] = {}
        start = threading.Barrier(2)

        def say(order_id: int, answers: dict[str, Answer], start: threading.Barrier) -> None:
            start.wait()
            body = {"order_id": order_id, "content": "wait"}
            answers["say"] = talk.household.post("/comments", body)

        def remove(order_id: int, answers: dict[str, Answer], start: threading.Barrier) -> None:
            start.wait()
            answers["remove"] = talk.milkman.delete(f"/order/{order_id}?permanent=true")

        threads = [threading.Thread(target=one, args=(order, answers, start)) for one in (say, remove)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (answers["say"].status, answers["remove"].status) in ((201, 409), (404, 204))


def inbox(who: Api) -> list[dict[str, Any]]:
    found = who.get("/notifications")["items"]
    return [one for one in found if one["kind"] == "comment_added"]


def test_the_other_side_is_told(talk: Talk) -> None:
    long = "The bottle at the gate\nwas open " + "and the milk ran over the steps " * 10
    made = talk.household.post("/comments", {"record_id": talk.record_id, "content": long}, expect=201)
    [notice] = inbox(talk.milkman)
    assert notice["title"] == "Asha Sharma wrote about Milk, 21 Nov 2026"
    assert notice["body"].startswith("The bottle at the gate was open and the milk")
    assert notice["body"].endswith("…")
    assert 60 < len(notice["body"]) <= 120
    assert notice["url"] == f"/orders/{talk.order_id}/day?date=2026-11-21"
    assert notice["data"]["comment_id"] == made["id"]
    assert inbox(talk.household) == []
    [topic] = rows("SELECT topic FROM notices WHERE id = :id", id=notice["id"])[0]
    assert topic == f"comments:record:{talk.record_id}"
    talk.milkman.post("/comments", {"order_id": talk.order_id, "content": "Sorry"}, expect=201)
    [notice] = inbox(talk.household)
    assert (notice["title"], notice["body"]) == ("Yadav Dairy wrote about Milk", "Sorry")
    assert notice["url"] == f"/orders/{talk.order_id}"
    [topic] = rows("SELECT topic FROM notices WHERE id = :id", id=notice["id"])[0]
    assert topic == f"comments:order:{talk.order_id}"


def test_an_answer_reads_what_it_answers(talk: Talk) -> None:
    for number in (1, 2):
        body = {"record_id": talk.record_id, "content": f"word {number}"}
        talk.household.post("/comments", body, expect=201)
    talk.household.post("/comments", {"order_id": talk.order_id, "content": "other"}, expect=201)
    assert [one["read_at"] is None for one in inbox(talk.milkman)] == [True, True, True]
    talk.milkman.post("/comments", {"record_id": talk.record_id, "content": "yes"}, expect=201)
    assert [(one["body"], one["read_at"] is None) for one in inbox(talk.milkman)] == [
        ("other", True),
        ("word 2", False),
        ("word 1", False),
    ]


def test_a_notice_says_what_the_comment_says_now(talk: Talk) -> None:
    made = [
        talk.household.post("/comments", {"record_id": talk.record_id, "content": word}, expect=201)["id"]
        for word in ("first", "secret")
    ]
    talk.household.put(f"/comments/{made[1]}", {"content": "other\nwords"}, expect=200)
    assert [one["body"] for one in inbox(talk.milkman)] == ["other words", "first"]
    talk.household.delete(f"/comments/{made[1]}", expect=204)
    assert [(one["body"], one["read_at"] is None) for one in inbox(talk.milkman)] == [
        ("This comment was taken back.", False),
        ("first", True),
    ]
    # What was read already says what was read, until it is taken back.
    talk.milkman.post("/notifications/read-all")
    talk.household.put(f"/comments/{made[0]}", {"content": "third"}, expect=200)
    assert inbox(talk.milkman)[1]["body"] == "first"
    read_at = inbox(talk.milkman)[1]["read_at"]
    talk.household.delete(f"/comments/{made[0]}", expect=204)
    assert inbox(talk.milkman)[1]["body"] == "This comment was taken back."
    assert inbox(talk.milkman)[1]["read_at"] == read_at


def test_only_the_notice_of_that_comment_changes(talk: Talk) -> None:
    mine = talk.milkman.post("/comments", {"order_id": talk.order_id, "content": "mine"}, expect=201)["id"]
    talk.household.post("/comments", {"order_id": talk.order_id, "content": "theirs"}, expect=201)
    talk.milkman.delete(f"/comments/{mine}", expect=204)
    assert [one["body"] for one in inbox(talk.household)] == ["This comment was taken back."]
    assert [(one["body"], one["read_at"]) for one in inbox(talk.milkman)] == [("theirs", None)]


def test_a_row_without_a_login_is_told_nothing(talk: Talk, cast: Cast) -> None:
    order_id = on_trust(talk.milkman, cast.row(talk.milkman)["id"])
    before = rows("SELECT count(*) FROM notices")
    talk.milkman.post("/comments", {"order_id": order_id, "content": "for later"}, expect=201)
    assert rows("SELECT count(*) FROM notices") == before


def test_one_word_longer_than_a_notice_is_cut() -> None:
    assert shortened("x" * 120) == "x" * 120
    assert shortened("x" * 121) == "x" * 119 + "…"
    assert shortened(" a \n b ") == "a b"
    assert shortened("word " * 30) == " ".join(["word"] * 23) + "…"
