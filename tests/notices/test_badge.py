"""The badge is what waits for an answer: every way in which a question comes up and ends, for both sides."""

from __future__ import annotations

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text

from tests.accounts.browser import Browser
from tests.billing.paying import claim, pay
from tests.cast import Api, Cast
from tests.notices.conftest import Subscribe, Tell
from tests.on_demand.extras import asked, entered, step
from tests.push_service import PushService
from tests.records.orders import MILK, agreed, execute, on_trust
from vendorapp.kernel.database import session, transaction
from vendorapp.notices import delivery, models, queries, rules
from vendorapp.notices.models import Notice
from vendorapp.orders import service as orders

NOON = "2026-11-21T06:30:00Z"
SECRET = "tests-only-" + "0" * 32


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


@pytest.fixture
def linked(cast: Cast, milkman: Api) -> tuple[Api, int]:
    return cast.household(of=milkman)


def waiting(*logins: Api) -> list[int]:
    """The badge of each of these people."""
    session().rollback()
    return [queries.waiting_count(login.user["id"]) for login in logins]


def propose(vendor: Api, customer_id: int, **terms: str) -> tuple[int, int]:
    """A proposed order and its change."""
    order = vendor.post("/orders", {"customer_id": customer_id, **MILK, **terms}, expect=201)
    return order["id"], order["pending_change"]["id"]


def change(who: Api, order_id: int, **terms: str) -> int:
    return int(who.put(f"/order/{order_id}", terms, expect=202)["change"]["id"])


def mark(who: Api, order_id: int, quantity: str) -> None:
    who.post(f"/order/{order_id}/attendance", {"quantity": quantity})


# What it counts -------------------------------------------------------------------------------


def test_the_kinds_that_ask_are_the_ones_that_want_an_answer(app: Flask) -> None:
    kinds = [*rules.WANTS_ANSWER, "change_accepted", "record_changed", "payment_confirmed", "test"]
    asking = session().scalars(
        text(f"SELECT kind FROM unnest(CAST(:kinds AS text[])) AS n (kind) WHERE {models.ASKING}"),
        {"kinds": kinds},
    )
    assert set(asking) == rules.WANTS_ANSWER
    assert {kind for kind in kinds if rules.urgency(kind) == "high"} == rules.WANTS_ANSWER


@pytest.mark.parametrize("kind", sorted(rules.WANTS_ANSWER - {"change_proposed"}))
def test_reading_is_no_answer(cast: Cast, tell: Tell, kind: str) -> None:
    asha, neighbour = cast.customer_login(), cast.customer_login()
    tell(asha, kind=kind, topic="subject:1")
    tell(asha, kind="payment_confirmed", topic="subject:2")
    assert waiting(asha, neighbour) == [1, 0]
    asha.post("/notifications/read-all", expect=200)
    assert waiting(asha) == [1]


def test_newer_news_about_a_subject_takes_the_place_of_a_question(cast: Cast, tell: Tell) -> None:
    asha, neighbour = cast.customer_login(), cast.customer_login()
    for topic in ("subject:1", "subject:1", "subject:2"):
        tell(asha, kind="payment_claimed", topic=topic)
    tell(neighbour, kind="payment_declined", topic="subject:2")
    assert waiting(asha, neighbour) == [2, 0]
    tell(asha, kind="payment_declined", topic="subject:2")
    assert waiting(asha) == [1]


def test_pages_and_pushes_show_it(
    app: Flask, milkman: Api, linked: tuple[Api, int], pushes: PushService, subscribe: Subscribe
) -> None:
    household, row_id = linked
    device = subscribe(household)
    browser = Browser(app).sign_in(household)
    _, first = propose(milkman, row_id)
    propose(milkman, row_id, item_name="Curd")
    delivery.sweep()
    sent = [one.payload["notification"]["app_badge"] for one in pushes.messages_for(device)]
    assert sent == [2, 2]
    household.post("/notifications/read-all", expect=200)

    def badge() -> str | None:
        found = browser.get("/settings").tree.find(".//b[@class='badge']")
        return None if found is None else " ".join(" ".join(found.itertext()).split())

    assert badge() == "2 2 questions wait for your answer"
    household.post(f"/changes/{first}/accept", expect=200)
    assert badge() == "1 1 question waits for your answer"
    execute("UPDATE notices SET answered_at = now()")
    assert badge() is None


def test_the_inbox_says_how_many_are_new(app: Flask, cast: Cast, tell: Tell) -> None:
    asha = cast.customer_login()
    tell(asha, topic="subject:1")
    tell(asha, topic="subject:2")
    page = Browser(app).sign_in(asha).get("/inbox")
    assert "New (2)" in page.text
    assert page.tree.find(".//b[@class='badge']") is None


# Proposals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["accept", "decline"])
def test_a_proposal_is_answered(milkman: Api, linked: tuple[Api, int], verb: str) -> None:
    household, row_id = linked
    _, change_id = propose(milkman, row_id)
    assert waiting(milkman, household) == [0, 1]
    household.post(f"/changes/{change_id}/{verb}", expect=200)
    assert waiting(milkman, household) == [0, 0]
    household.post(f"/changes/{change_id}/{verb}", expect=409)
    assert waiting(milkman, household) == [0, 0]


def test_a_proposal_is_answered_from_the_notification(
    milkman: Api, linked: tuple[Api, int], pushes: PushService, subscribe: Subscribe
) -> None:
    household, row_id = linked
    device = subscribe(household)
    _, change_id = propose(milkman, row_id)
    delivery.sweep()
    token = pushes.messages_for(device)[0].payload["notification"]["data"]["answer_token"]
    answer = {"answer": "accept", "token": token}
    Api(household.app).post(f"/changes/{change_id}/answer", answer, expect=200)
    assert waiting(milkman, household) == [0, 0]


def test_a_proposal_is_taken_back(milkman: Api, linked: tuple[Api, int]) -> None:
    household, row_id = linked
    _, change_id = propose(milkman, row_id)
    milkman.post(f"/changes/{change_id}/withdraw", expect=200)
    assert waiting(milkman, household) == [0, 0]


def test_a_counter_offer_turns_the_question_round(milkman: Api, linked: tuple[Api, int]) -> None:
    household, row_id = linked
    order_id, _ = propose(milkman, row_id)
    change(household, order_id, quantity="1")
    assert waiting(milkman, household) == [1, 0]
    last = change(milkman, order_id, quantity="1.5")
    assert waiting(milkman, household) == [0, 1]
    household.post(f"/changes/{last}/accept", expect=200)
    assert waiting(milkman, household) == [0, 0]


def test_a_newer_proposal_of_the_same_side_is_one_question(milkman: Api, linked: tuple[Api, int]) -> None:
    household, row_id = linked
    order_id = agreed(milkman, household, row_id)
    change(milkman, order_id, rate="60")
    change(milkman, order_id, rate="61")
    assert waiting(milkman, household) == [0, 1]


@pytest.mark.parametrize("ender", ["asked", "asking"])
def test_the_order_ends(milkman: Api, linked: tuple[Api, int], ender: str) -> None:
    household, row_id = linked
    order_id = agreed(milkman, household, row_id)
    change(milkman, order_id, rate="60")
    (household if ender == "asked" else milkman).delete(f"/order/{order_id}", expect=200)
    assert waiting(milkman, household) == [0, 0]


@pytest.mark.parametrize("ender", ["asked", "asking"])
def test_the_proposed_order_ends(milkman: Api, linked: tuple[Api, int], ender: str) -> None:
    household, row_id = linked
    order_id, _ = propose(milkman, row_id)
    (household if ender == "asked" else milkman).delete(f"/order/{order_id}", expect=200)
    assert waiting(milkman, household) == [0, 0]


@pytest.mark.parametrize("countered", [False, True])
def test_the_order_is_removed(milkman: Api, linked: tuple[Api, int], countered: bool) -> None:
    household, row_id = linked
    order_id, _ = propose(milkman, row_id)
    if countered:
        change(household, order_id, quantity="1")
    milkman.delete(f"/order/{order_id}?permanent=true", expect=204)
    assert waiting(milkman, household) == [0, 0]


def test_a_proposal_lapses(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        milkman = cast.vendor()
        household, row_id = cast.household(of=milkman)
        order_id = agreed(milkman, household, row_id)
        change(household, order_id, quantity="1")
        assert waiting(milkman, household) == [1, 0]
        clock.shift(8 * 86_400)
        with transaction():
            assert orders.expire_changes() == 1
        assert waiting(milkman, household) == [0, 0]


def test_a_price_for_many_comes_after_a_question_that_lapsed(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        milkman = cast.vendor()
        household, row_id = cast.household(of=milkman)
        order_id = agreed(milkman, household, row_id)
        change(household, order_id, quantity="1")
        clock.shift(8 * 86_400)
        execute("UPDATE sign_ins SET expires_at = '2027-12-01T00:00:00Z'")
        milkman.post("/changes", {"order_ids": [order_id], "rate": "60"}, expect=200)
        assert waiting(milkman, household) == [0, 1]


def test_a_price_for_many_is_taken_back(cast: Cast, milkman: Api, linked: tuple[Api, int]) -> None:
    household, row_id = linked
    second, second_row = cast.household(of=milkman)
    ids = [agreed(milkman, household, row_id), agreed(milkman, second, second_row)]
    milkman.post("/changes", {"order_ids": ids, "rate": "60"}, expect=200)
    assert waiting(milkman, household, second) == [0, 1, 1]
    proposal = session().scalar(text("SELECT max(rate_proposal_id) FROM change_requests"))
    page = Browser(milkman.app).sign_in(milkman)
    page.get(f"/prices/{proposal}")
    page.post(f"/prices/{proposal}/withdraw", expect=302)
    assert waiting(milkman, household, second) == [0, 0, 0]


def test_the_link_ends(cast: Cast, milkman: Api, linked: tuple[Api, int]) -> None:
    household, row_id = linked
    papers = cast.vendor(business_name="Morning Papers")
    _, other_row = cast.household(of=papers, login=household)
    propose(papers, other_row)
    propose(milkman, row_id)
    household.post("/orders", {"vendor_id": milkman.user["id"], **MILK, "rate": "50"}, expect=201)
    assert waiting(milkman, household) == [1, 2]
    milkman.delete(f"/customer/{row_id}/invite", expect=204)
    # The customer can answer nothing of it any more, the vendor still can.
    assert waiting(milkman, household) == [1, 1]


def test_the_customer_leaves_the_book(milkman: Api, linked: tuple[Api, int]) -> None:
    household, row_id = linked
    propose(milkman, row_id)
    household.post("/orders", {"vendor_id": milkman.user["id"], **MILK, "rate": "50"}, expect=201)
    asked(household, milkman)
    assert waiting(milkman, household) == [2, 1]
    milkman.delete(f"/customer/{row_id}", expect=None)
    assert waiting(milkman, household) == [0, 0]


# Requests -------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["accept", "decline"])
def test_a_request_is_answered(milkman: Api, linked: tuple[Api, int], verb: str) -> None:
    household, _ = linked
    order_id = asked(household, milkman, rate="200")
    assert waiting(milkman, household) == [1, 0]
    assert step(milkman, order_id, verb).status == 200
    assert waiting(milkman, household) == [0, 0]


@pytest.mark.parametrize("verb", ["accept", "decline"])
def test_an_offer_turns_the_question_round(milkman: Api, linked: tuple[Api, int], verb: str) -> None:
    household, _ = linked
    order_id = asked(household, milkman)
    assert step(milkman, order_id, "accept", rate="210")["status"] == "offered"
    assert waiting(milkman, household) == [0, 1]
    assert step(household, order_id, verb).status == 200
    assert waiting(milkman, household) == [0, 0]


@pytest.mark.parametrize("canceller", ["asked", "asking"])
def test_a_request_is_called_off(milkman: Api, linked: tuple[Api, int], canceller: str) -> None:
    household, _ = linked
    order_id = asked(household, milkman)
    (milkman if canceller == "asked" else household).delete(f"/order/{order_id}", expect=200)
    assert waiting(milkman, household) == [0, 0]


def test_a_request_is_removed(milkman: Api, linked: tuple[Api, int]) -> None:
    household, _ = linked
    order_id = asked(household, milkman)
    milkman.delete(f"/order/{order_id}?permanent=true", expect=204)
    assert waiting(milkman, household) == [0, 0]


def test_a_request_is_paid(milkman: Api, linked: tuple[Api, int]) -> None:
    household, row_id = linked
    order_id = asked(household, milkman, rate="200")
    pay(milkman, "400", customer_id=row_id, item="order", item_id=order_id)
    assert waiting(milkman, household) == [0, 0]


def test_a_claim_for_a_request_answers_both(milkman: Api, linked: tuple[Api, int]) -> None:
    household, _ = linked
    order_id = asked(household, milkman, rate="200")
    payment_id = claim(household, milkman, "400", item="order", item_id=order_id)
    assert waiting(milkman, household) == [2, 0]
    milkman.post(f"/payments/{payment_id}/confirm", expect=200)
    assert waiting(milkman, household) == [0, 0]


@pytest.mark.parametrize("ender", ["customer", "vendor"])
def test_a_contradicted_extra(milkman: Api, linked: tuple[Api, int], ender: str) -> None:
    household, row_id = linked
    order_id = entered(milkman, row_id, status="served")
    assert step(household, order_id, "decline", reason="No").status == 200
    assert waiting(milkman, household) == [1, 0]
    if ender == "customer":
        assert step(household, order_id, "accept").status == 200
    else:
        milkman.delete(f"/order/{order_id}", expect=200)
    assert waiting(milkman, household) == [0, 0]


# Claims ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["confirm", "decline"])
def test_a_claim_is_answered(milkman: Api, linked: tuple[Api, int], verb: str) -> None:
    household, _ = linked
    first, second = claim(household, milkman, "100"), claim(household, milkman, "50")
    assert waiting(milkman, household) == [2, 0]
    milkman.post(f"/payments/{first}/{verb}", {}, expect=200)
    assert waiting(milkman, household) == [1, 0]
    milkman.post(f"/payments/{first}/{verb}", {}, expect=409)
    milkman.post(f"/payments/{second}/{verb}", {}, expect=200)
    assert waiting(milkman, household) == [0, 0]


# Days -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ender", ["customer", "vendor"])
def test_a_contradicted_day(milkman: Api, linked: tuple[Api, int], ender: str) -> None:
    household, row_id = linked
    order_id = agreed(milkman, household, row_id)
    mark(milkman, order_id, "2")
    mark(household, order_id, "1")
    assert waiting(milkman, household) == [1, 0]
    mark(household, order_id, "1.5")  # still another
    assert waiting(milkman, household) == [1, 0]
    if ender == "customer":
        mark(household, order_id, "2")
    else:
        mark(milkman, order_id, "1.5")
    assert waiting(milkman, household) == [0, 0]


def test_another_wrong_mark_ends_nothing(milkman: Api, linked: tuple[Api, int]) -> None:
    household, row_id = linked
    order_id = agreed(milkman, household, row_id)
    mark(milkman, order_id, "2")
    mark(household, order_id, "1")
    mark(milkman, order_id, "3")
    assert waiting(milkman) == [1]


@pytest.mark.parametrize("ender", ["customer", "vendor"])
def test_a_day_that_the_vendor_marks_otherwise(milkman: Api, linked: tuple[Api, int], ender: str) -> None:
    household, row_id = linked
    order_id = agreed(milkman, household, row_id)
    mark(household, order_id, "2")
    mark(milkman, order_id, "1")
    assert waiting(milkman, household) == [0, 1]
    mark(household if ender == "customer" else milkman, order_id, "1" if ender == "customer" else "2")
    assert waiting(milkman, household) == [0, 0]


def test_a_whole_round_ends_only_what_it_agrees_on(cast: Cast, milkman: Api) -> None:
    homes = [cast.household(of=milkman) for _ in range(3)]
    ids = [agreed(milkman, household, row_id) for household, row_id in homes]
    alone = on_trust(milkman, cast.row(milkman)["id"])
    logins = [household for household, _ in homes]
    first = [{"order_id": one, "status": "delivered"} for one in [*ids, alone]]
    milkman.post("/attendance", {"marks": first}, expect=200)
    for household, order_id in zip(logins, ids, strict=True):
        mark(household, order_id, "1")
    assert waiting(milkman, *logins) == [3, 0, 0, 0]
    said = zip(ids, ("1", "1", "3"), strict=True)
    marks = [{"order_id": one, "status": "delivered", "quantity": quantity} for one, quantity in said]
    milkman.post("/attendance", {"marks": [*marks, first[-1]]}, expect=200)
    assert waiting(milkman, *logins) == [1, 0, 0, 0]
    milkman.post("/attendance", {"marks": marks}, expect=200)  # the phone heard no answer
    assert waiting(milkman, *logins) == [1, 0, 0, 0]


def test_what_was_asked_stays_new_to_whom_it_was_settled_for(milkman: Api, linked: tuple[Api, int]) -> None:
    household, row_id = linked
    order_id = agreed(milkman, household, row_id)
    mark(milkman, order_id, "2")
    mark(household, order_id, "1")
    mark(household, order_id, "2")
    found = session().scalars(select(Notice).where(Notice.kind == "record_disputed")).one()
    assert found.user_id == milkman.user["id"]
    assert found.answered_at is not None
    assert found.read_at is None
