"""The pages of new prices for many: choose, look, ask, and see who answered what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.records.orders import agreed, on_trust, rows

TODAY, TOMORROW = "2026-11-21", "2026-11-22"
MILK = "/prices/new?item=Milk&unit=L"


@pytest.fixture
def page(app: Flask, milkman: Api) -> Browser:
    return Browser(app).sign_in(milkman)


@pytest.fixture
def linked_order(milkman: Api, linked: tuple[Api, int]) -> int:
    return agreed(milkman, *linked)


@pytest.fixture
def trusted(milkman: Api, row_id: int) -> int:
    return on_trust(milkman, row_id)


FIELDS = ("rate", "effective_from", "message", "on_behalf_note", "seen")


def press(page: Browser, button: str, expect: int = 200, path: str = MILK, **fields: Any) -> Browser:
    """A button of the form, which stands partly above it, with `fields` typed in before."""
    names = [*FIELDS, *(["rate_now"] if "For whom?" in page.text else [])]
    typed = {name: page.value(name) for name in names}
    return page.post(path, expect, **typed | fields, **{button: "1"})


def looked_at(page: Browser, path: str = MILK, **fields: Any) -> Browser:
    """The form filled in and looked at; nobody is told by that."""
    press(page.get(path), "look", path=path, **fields)
    assert "Nobody is told yet." in page.text
    return page


def sent(page: Browser, path: str = MILK, **fields: Any) -> str:
    """What was looked at, sent; where that leads."""
    return press(looked_at(page, path, **fields), "send", 302, path).location


def entries(page: Browser) -> list[tuple[str, ...]]:
    """The lines of the page's lists, each as its parts: title, text, value …"""
    return [
        tuple(" ".join("".join(part.itertext()).split()) for part in one.iter("p"))
        for one in page.tree.iter("li")
        if "entry" in (one.get("class") or "").split()
    ]


def figures(page: Browser) -> dict[str, str]:
    """The figures of the page by their label."""
    found = page.tree.find(".//dl")
    assert found is not None
    texts = [(one.findtext("dt") or "", one.findtext("dd") or "") for one in found]
    return {label.strip(): value.strip() for label, value in texts}


def test_a_vendor_finds_it_from_the_customers(page: Browser, linked_order: int, trusted: int) -> None:
    page.get("/customers")
    links = [one.get("href") for one in page.tree.iter("a")]
    assert "/prices" in links
    page.get("/prices")
    assert entries(page) == [("Milk", "2 customers, per L", "₹54.00")]
    assert MILK in [one.get("href") for one in page.tree.iter("a")]
    page.get(MILK)
    assert "Price of 1 L: ₹54.00 (2 orders)" in page.text
    assert page.value("effective_from") == TOMORROW


def test_without_an_order_there_is_nothing_to_ask(page: Browser, linked_order: int) -> None:
    page.get("/prices/new?item=Ghee", 404)
    page.get("/prices/new?item=Milk", 404)  # the unit is another
    page.get("/prices/new", 404)


def test_a_new_vendor_is_told_what_comes_first(page: Browser) -> None:
    page.get("/prices")
    assert "No regular order yet" in page.text


def test_first_one_looks_and_nobody_is_told(
    page: Browser, milkman: Api, linked: tuple[Api, int], linked_order: int, trusted: int
) -> None:
    looked_at(page, rate="60")
    assert figures(page) == {"Are asked": "1", "Holds at once": "0", "Left alone": "1"}
    # Thirty days of 2 L, 6 rupees more each.
    assert "About ₹360.00 more a month, if all say yes." in page.text
    assert "Price of 1 L: ₹54.00 → becomes ₹60.00" in page.text
    assert entries(page) == [("No login, and no word on how they agreed", "Asha Sharma", "1")]
    looked_at(page, rate="50", on_behalf_note="told at the door")
    assert figures(page) == {"Are asked": "1", "Holds at once": "1", "Left alone": "0"}
    assert "About ₹480.00 less a month, if all say yes." in page.text
    assert milkman.get("/changes?status=all")["items"][0]["kind"] == "new"
    assert rows("SELECT count(*) FROM rate_proposals") == [(0,)]
    assert [one["kind"] for one in linked[0].get("/notifications")["items"]] == ["change_proposed"]


def test_what_it_brings_counts_the_due_days_of_thirty(page: Browser, milkman: Api, row_id: int) -> None:
    # From 22 November to 21 December, one rupee more a litre.
    lives: list[tuple[dict[str, Any], int]] = [
        ({"quantity": "1"}, 30),
        ({"quantity": "1", "start_date": "2026-12-12"}, 10),
        ({"quantity": "1", "every": 2}, 15),
        ({"quantity": "1", "every": 30}, 1),
        ({"quantity": "2", "weekdays": [1]}, 10),
        ({"quantity": "1", "valid_till": "2026-11-24"}, 3),
        ({"quantity": "1", "start_date": "2027-01-01"}, 0),
    ]
    total = 0
    for terms, rupees in lives:
        on_trust(milkman, row_id, **terms)
        total += rupees
        looked_at(page, rate="55", on_behalf_note="by phone")
        assert f"About ₹{total}.00 more a month, if all say yes." in page.text, terms
    ended = on_trust(milkman, row_id, quantity="1")
    milkman.delete(f"/order/{ended}?effective_from=2026-11-26", expect=200)
    looked_at(page, rate="55", on_behalf_note="by phone")
    assert f"About ₹{total + 4}.00 more a month, if all say yes." in page.text


def test_what_was_looked_at_is_sent(
    page: Browser, milkman: Api, linked: tuple[Api, int], linked_order: int, trusted: int
) -> None:
    here = sent(page, rate="60", message="Fodder costs more", on_behalf_note="told at the door")
    page.get(here)
    assert "1 order asked. Until the answer its price stays as it is." in page.text
    assert "Written down for 1 order without a login." in page.text
    assert figures(page) == {"Asked": "2", "Said yes": "1", "Said no": "0", "Not answered yet": "1"}
    assert "From 22 Nov 2026, asked on 21 Nov 2026, 12:00." in page.text
    assert "Fodder costs more" in page.text
    change = milkman.get(f"/order/{linked_order}")["pending_change"]
    assert (change["terms"], change["message"]) == ({"rate": "60.00"}, "Fodder costs more")
    assert milkman.get(f"/order/{trusted}")["terms"][1]["on_behalf_note"] == "told at the door"
    links = [one.get("href") for one in page.tree.iter("a")]
    assert {f"/orders/{linked_order}", f"/orders/{trusted}"} <= set(links)
    linked[0].post(f"/changes/{change['id']}/decline", expect=200)
    page.get(here)
    assert figures(page) == {"Asked": "2", "Said yes": "1", "Said no": "1", "Not answered yet": "0"}
    assert "Take back" not in page.text
    page.get("/prices")
    assert entries(page)[1][:2] == ("Milk: ₹60.00", "2 asked, 1 yes, 1 no")


def test_what_changed_since_the_look_is_looked_at_again(
    page: Browser, milkman: Api, linked_order: int
) -> None:
    press(looked_at(page, rate="60"), "send", rate="600")
    assert "→ becomes ₹600.00" in page.text
    assert milkman.get(f"/order/{linked_order}")["pending_change"] is None
    press(page, "send", 302)
    assert milkman.get(f"/order/{linked_order}")["pending_change"]["terms"] == {"rate": "600.00"}
    # Nothing is sent without a look.
    press(page.get(MILK), "send", rate="61")
    assert entries(page) == [("Something else waits for an answer", "Asha Sharma", "1")]


def test_sent_twice_asks_once(page: Browser, milkman: Api, linked_order: int) -> None:
    looked_at(page, rate="60")
    typed: dict[str, Any] = {name: page.value(name) for name in FIELDS}
    press(page, "send", 302)
    press(page.get(MILK), "send", **typed)
    assert "Nobody would be asked." in page.text
    assert entries(page) == [("Something else waits for an answer", "Asha Sharma", "1")]
    assert rows("SELECT count(*) FROM rate_proposals") == [(1,)]


def test_only_those_who_pay_one_of_the_prices(
    page: Browser, cast: Cast, milkman: Api, linked_order: int
) -> None:
    dear = agreed(milkman, *cast.household(of=milkman), rate="58")
    litre = agreed(milkman, *cast.household(of=milkman), unit="bottle")
    page.get("/prices")
    assert entries(page) == [
        ("Milk", "2 customers, per L", "₹54.00and 1 other price"),
        ("Milk", "1 customer, per bottle", "₹54.00"),
    ]
    page.get(sent(page, rate="60", rate_now="5800"))
    assert figures(page)["Asked"] == "1"
    assert milkman.get(f"/order/{dear}")["pending_change"]["terms"] == {"rate": "60.00"}
    for other in (linked_order, litre):
        assert milkman.get(f"/order/{other}")["pending_change"] is None
    press(page.get(MILK), "look", 422, rate="60", rate_now="all")
    looked_at(page, rate="61", rate_now="")
    assert figures(page) == {"Are asked": "1", "Holds at once": "0", "Left alone": "1"}


def test_errors_stand_beside_their_fields_and_nothing_is_lost(
    page: Browser, milkman: Api, linked_order: int
) -> None:
    press(page.get(MILK), "look", 422, rate="a lot", effective_from="soon", message="kept")
    assert page.error("rate") == "A plain decimal number is expected."
    assert page.error("effective_from") == "A day as YYYY-MM-DD is expected."
    assert (page.value("rate"), page.value("message")) == ("a lot", "kept")
    press(page, "look", 422, rate="60.001", effective_from=TOMORROW)
    assert page.error("rate") == "INR amounts have at most 2 decimals."
    press(page, "look", 422, rate="60", effective_from="2026-11-20")
    assert page.error("effective_from") == "This day is over."
    assert milkman.get(f"/order/{linked_order}")["pending_change"] is None


def test_a_marked_day_is_told_before_anybody_is_asked(page: Browser, milkman: Api, linked_order: int) -> None:
    milkman.post(f"/order/{linked_order}/attendance", {}, expect=201)
    press(page.get(MILK), "look", rate="60", effective_from=TODAY)
    assert entries(page) == [("That day is already marked", "Asha Sharma", "1")]
    assert "Nobody would be asked." in page.text
    press(page, "look", rate="54", effective_from="")
    assert entries(page) == [("They pay this price already", "Asha Sharma", "1")]


def test_what_is_open_is_taken_back_at_once(
    page: Browser, cast: Cast, milkman: Api, linked: tuple[Api, int], linked_order: int
) -> None:
    second_login, second_row = cast.household(of=milkman)
    second = agreed(milkman, second_login, second_row)
    here = sent(page, rate="60")
    yes = milkman.get(f"/order/{second}")["pending_change"]["id"]
    second_login.post(f"/changes/{yes}/accept", expect=200)
    page.get(here)
    assert "Take back the 1 that is open" in page.text
    page.submit(at=f"{here}/withdraw")
    page.get(here)
    assert "1 taken back; its price stays." in page.text
    order = milkman.get(f"/order/{linked_order}").json
    assert (order["pending_change"], order["rate"]) == (None, "54.00")
    [ended] = milkman.get("/changes?status=withdrawn")["items"]
    assert (ended["order_id"], ended["answered_by"]) == (linked_order, milkman.user["id"])
    told = linked[0].get("/notifications")["items"][0]
    assert (told["kind"], told["url"]) == ("change_withdrawn", f"/orders/{linked_order}")
    late = linked[0].post(f"/changes/{ended['id']}/accept", expect=409)
    assert (late.code, late["status"]) == ("already_answered", "withdrawn")
    assert [one["rate"] for one in milkman.get(f"/order/{second}")["terms"]] == ["54.00", "60.00"]
    # A second click, from a page that is still open, takes back nothing more.
    page.post(f"{here}/withdraw")
    assert "Nothing was open any more." in page.get(here).text
    assert len(linked[0].get("/notifications")["items"]) == 3


def test_what_nobody_answered_in_time_is_not_taken_back(
    page: Browser, milkman: Api, linked: tuple[Api, int], linked_order: int, clock: Any
) -> None:
    here = sent(page, rate="60")
    page.get(here)
    clock.shift(timedelta(days=7))
    page.post(f"{here}/withdraw")
    page.get(here)
    assert "Nothing was open any more." in page.text
    assert [one["status"] for one in milkman.get("/changes?status=all&limit=1")["items"]] == ["expired"]
    assert linked[0].get("/notifications")["items"][0]["kind"] == "change_proposed"


def test_answers_by_kind_and_by_name(page: Browser, cast: Cast, milkman: Api, clock: Any) -> None:
    people = [cast.household(of=milkman, name=name) for name in ("Asha", "Binod", "Chitra", "Devi")]
    orders = [agreed(milkman, *one) for one in people]
    here = sent(page, rate="60")
    changes = [milkman.get(f"/order/{order_id}")["pending_change"]["id"] for order_id in orders]
    people[0][0].post(f"/changes/{changes[0]}/accept", expect=200)
    people[1][0].post(f"/changes/{changes[1]}/decline", expect=200)
    people[2][0].put(f"/order/{orders[2]}", {"rate": "57"}, expect=202)

    def names(query: str) -> list[str]:
        page.get(here + query)
        return [name for name in ("Asha", "Binod", "Chitra", "Devi") if name in page.text]

    assert names("") == ["Asha", "Binod", "Chitra", "Devi"]
    assert names("?show=accepted") == ["Asha"]
    assert names("?show=declined") == ["Binod"]
    assert names("?show=ended") == ["Chitra"]
    assert names("?show=open") == ["Devi"]
    assert names("?q=bIn") == ["Binod"]
    assert names("?q=%25") == []
    assert names("?limit=3") == ["Asha", "Binod", "Chitra"]
    more = next(one.get("href") for one in page.tree.iter("a") if one.get("rel") == "next")
    assert names(str(more)) == ["Devi"]
    page.get(f"{here}?show=everything", 422)
    clock.shift(timedelta(days=7))
    assert names("?show=open") == []
    assert names("?show=ended") == ["Chitra", "Devi"]


def test_who_was_left_out_stays_written_down(page: Browser, linked_order: int, trusted: int) -> None:
    page.get(sent(page, rate="60"))
    assert entries(page)[1] == ("No login, and no word on how they agreed", "1")


def test_what_another_vendor_asked_does_not_exist(
    app: Flask, cast: Cast, page: Browser, milkman: Api, linked: tuple[Api, int], linked_order: int
) -> None:
    here = sent(page, rate="60")
    other = Browser(app).sign_in(cast.vendor())
    other.get("/prices")
    assert "Asked before" not in other.text
    other.get(here, 404)
    other.post(f"{here}/withdraw", 404)
    other.get("/prices/999999999", 404)
    assert milkman.get(f"/order/{linked_order}")["pending_change"]["status"] == "pending"
    customer = Browser(app).sign_in(linked[0])
    customer.get("/prices", 403)
    customer.get(here, 403)
