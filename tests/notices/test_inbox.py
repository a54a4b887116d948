"""The inbox: what a person was told, read by that person alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from tests.cast import Api, Cast
from tests.notices.conftest import Tell, telling
from vendorapp.kernel.clock import now
from vendorapp.kernel.database import db, session, transaction
from vendorapp.notices import queries, service
from vendorapp.notices.models import Notice
from vendorapp.notices.service import Telling


@pytest.fixture
def asha(cast: Cast) -> Api:
    return cast.customer_login()


def test_a_notice_is_answered_with_everything_in_it(asha: Api, tell: Tell) -> None:
    before = now()
    notice_id = tell(asha)
    (found,) = asha.get("/notifications")["items"]
    created = found.pop("created_at")
    assert found == {
        "id": notice_id,
        "kind": "payment_confirmed",
        "title": "Payment confirmed",
        "body": "Yadav Dairy has ₹500.00 from you.",
        "url": "/payments/7",
        "data": {"payment_id": 7},
        "read_at": None,
    }
    assert created.endswith("Z")
    assert before.isoformat()[:19] <= created[:19] <= now().isoformat()[:19]


def test_newest_first_in_pages(asha: Api, tell: Tell) -> None:
    ids = [tell(asha, title=f"No. {n}") for n in range(5)]
    first = asha.get("/notifications?limit=2")
    assert [one["id"] for one in first["items"]] == [ids[4], ids[3]]
    tell(asha, title="written between two pages")
    second = asha.get(f"/notifications?limit=2&cursor={first['next']}")
    assert [one["id"] for one in second["items"]] == [ids[2], ids[1]]
    third = asha.get(f"/notifications?limit=2&cursor={second['next']}")
    assert [one["id"] for one in third["items"]] == [ids[0]]
    assert third["next"] is None


def test_read_once_and_again(asha: Api, tell: Tell) -> None:
    one, other = tell(asha), tell(asha)
    assert queries.unread_count(asha.user["id"]) == 2
    read = asha.post(f"/notifications/{one}/read", expect=200)
    assert read["id"] == one
    assert read["read_at"] is not None
    again = asha.post(f"/notifications/{one}/read", expect=200)
    assert again["read_at"] == read["read_at"]
    unread = asha.get("/notifications?unread=true")["items"]
    assert [found["id"] for found in unread] == [other]
    assert len(asha.get("/notifications?unread=false")["items"]) == 2
    assert queries.unread_count(asha.user["id"]) == 1


def test_read_all_counts_what_was_unread(asha: Api, cast: Cast, tell: Tell) -> None:
    neighbour = cast.customer_login()
    tell(neighbour)
    for _ in range(3):
        tell(asha)
    asha.post(f"/notifications/{tell(asha)}/read", expect=200)
    assert asha.post("/notifications/read-all", expect=200).json == {"read": 3}
    assert asha.post("/notifications/read-all", expect=200).json == {"read": 0}
    assert asha.get("/notifications?unread=true")["items"] == []
    assert len(neighbour.get("/notifications?unread=true")["items"]) == 1


def test_what_was_dealt_with_is_read(asha: Api, cast: Cast, tell: Tell) -> None:
    neighbour = cast.customer_login()
    about = [tell(asha, topic="change:1"), tell(asha, topic="change:2"), tell(asha, topic="change:1")]
    tell(neighbour, topic="change:1")
    with transaction():
        assert service.mark_topic_read(asha.user["id"], "change:1") == 2
    unread = asha.get("/notifications?unread=true")["items"]
    assert [one["id"] for one in unread] == [about[1]]
    assert len(neighbour.get("/notifications?unread=true")["items"]) == 1


def test_when_a_topic_was_first_read(asha: Api, tell: Tell) -> None:
    first, second = tell(asha, topic="pause:1"), tell(asha, topic="pause:1")
    tell(asha, topic="pause:2")
    read = asha.post(f"/notifications/{first}/read", expect=200)
    asha.post(f"/notifications/{second}/read", expect=200)
    found = queries.first_read(asha.user["id"], ["pause:1", "pause:2", "pause:3"])
    assert [*found] == ["pause:1"]
    assert found["pause:1"].isoformat()[:26] == read["read_at"][:26]


def test_foreign_and_missing_notices_answer_alike(asha: Api, cast: Cast, tell: Tell) -> None:
    neighbour = cast.vendor()
    notice_id = tell(asha)
    answers = [
        neighbour.post(f"/notifications/{number}/read", expect=404)
        for number in (notice_id, 987654321, 10**30)
    ]
    assert [answer.json for answer in answers] == [answers[0].json] * 3
    assert answers[0].code == "not_found"
    assert neighbour.get("/notifications")["items"] == []
    assert asha.get("/notifications")["items"][0]["read_at"] is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/notifications"),
        ("POST", "/notifications/1/read"),
        ("POST", "/notifications/read-all"),
    ],
)
def test_the_inbox_wants_a_login(api: Api, method: str, path: str) -> None:
    answer = api.call(method, path)
    assert (answer.status, answer.code) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("unread=yes", "unread", "invalid"),
        ("limit=0", "limit", "invalid"),
        ("limit=201", "limit", "invalid"),
        ("cursor=abc", "cursor", "invalid"),
        ("kind=test", "kind", "unknown_field"),
    ],
)
def test_queries_that_are_refused(asha: Api, query: str, field: str, code: str) -> None:
    answer = asha.get(f"/notifications?{query}", expect=422)
    assert [(one["field"], one["code"]) for one in answer["errors"]] == [(field, code)]


def test_a_rolled_back_change_tells_nobody(asha: Api) -> None:
    def change() -> None:
        with transaction():
            service.tell(asha.user["id"], **telling())
            raise ValueError("the change itself failed")

    with pytest.raises(ValueError, match="itself"):
        change()
    assert asha.get("/notifications")["items"] == []


def test_a_row_without_a_login_is_told_nothing(app: Flask) -> None:
    with transaction():
        assert service.tell(None, **telling()) is None
        assert service.tell_many([Telling(None, **telling())]) == []
    assert session().scalar(select(func.count()).select_from(Notice)) == 0


def test_a_proposal_needs_its_change(asha: Api) -> None:
    with transaction(), pytest.raises(ValueError, match="change's id"):
        service.tell(asha.user["id"], **telling(kind="change_proposed"))


def test_telling_many_takes_as_many_statements_as_telling_one(cast: Cast, asha: Api) -> None:
    people = [asha, cast.customer_login(), cast.vendor()]
    statements: list[str] = []

    def count(_c: object, _k: object, statement: str, *_: object) -> None:
        statements.append(statement)

    with transaction():
        event.listen(db.engine, "before_cursor_execute", count)
        try:
            service.tell(asha.user["id"], **telling())
            alone = len(statements)
            ids = service.tell_many(
                Telling(one.user["id"], **telling(title=f"No. {n}")) for n in range(200) for one in people
            )
        finally:
            event.remove(db.engine, "before_cursor_execute", count)
    assert len(statements) == 2 * alone == 6
    assert ids == sorted(ids)
    titles = {row.id: row.title for row in session().execute(select(Notice.id, Notice.title))}
    assert [titles[number] for number in ids[::3]] == [f"No. {n}" for n in range(200)]
    assert queries.unread_count(people[2].user["id"]) == 200


def test_old_read_notices_are_forgotten(asha: Api, tell: Tell) -> None:
    unread, fresh, old = tell(asha), tell(asha), tell(asha)
    for notice_id in (fresh, old):
        asha.post(f"/notifications/{notice_id}/read", expect=200)
    with transaction() as current:
        for notice_id, days in ((unread, 400), (fresh, 179), (old, 181)):
            row = current.get_one(Notice, notice_id)
            row.created_at = now() - timedelta(days=400)
            if row.read_at:
                row.read_at = now() - timedelta(days=days)
    with transaction():
        assert service.forget_old() == 1
    assert [one["id"] for one in asha.get("/notifications")["items"]] == [fresh, unread]
