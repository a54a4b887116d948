"""What is asked for, and what the words say of it."""

from __future__ import annotations

import pytest
import time_machine

from tests.billing.paying import claim, pay, sold
from tests.billing.settled import adjust, cake, pay_ahead
from tests.cast import Api, Cast
from tests.months.stall import agreed, delivered
from tests.reminders.pay_days import at, pays_on, promise, remind, said, standing
from vendorapp.reminders.sending import send

PLACE = ("due", "disputed", "unconfirmed")


def money(who: Api, row: int) -> tuple[str, ...]:
    found = standing(who, row)
    return tuple(found[name] for name in PLACE)


@pytest.fixture
def asha(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> tuple[Api, int]:
    """₹540 from before, and ten deliveries of ₹60 in November: seen from 30 November."""
    login, row = cast.household(of=milkman, opening_balance="540")
    order = agreed(milkman, row, login, start_date="2026-11-01")
    for day in range(1, 11):
        delivered(milkman, order, f"2026-11-{day:02d}")
    at(clock, "2026-11-30")
    pays_on(milkman, 5)
    return login, row


def order_of(milkman: Api, row: int) -> int:
    return int(milkman.get(f"/orders?customer_id={row}")["items"][0]["id"])


def test_the_months_before_this_one(
    milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    login, row = asha
    assert money(login, row) == ("540.00", "0.00", "0.00")
    at(clock, "2026-12-01", "00:00")
    assert money(milkman, row) == money(login, row) == ("1140.00", "0.00", "0.00")
    delivered(milkman, order_of(milkman, row), "2026-12-01")
    sold(milkman, row, "75")
    assert money(milkman, row)[0] == "1140.00"
    at(clock, "2026-12-05")
    assert send() == {"reminded": 1}
    assert said(login) == [
        (
            "Yadav Dairy: please pay ₹1,140.00",
            "It is for everything until the end of November 2026. Today is the agreed day.",
        )
    ]


def test_the_notice_leads_to_the_statement(
    milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    login, row = asha
    at(clock, "2026-12-06")
    send()
    (notice,) = [one for one in login.get("/notifications")["items"] if one["kind"] == "reminder"]
    assert notice["url"] == f"/customers/{row}/statement/2026-11"
    assert notice["data"] == {
        "vendor_id": milkman.user["id"],
        "customer_id": row,
        "month": "2026-11",
        "number": 1,
    }
    assert notice["body"].endswith("The agreed day was 5 December.")
    assert login.get(f"/customer/{row}/statement/2026-11")["closing_balance"] == "1140.00"


def test_disputed_days_are_left_out_and_named(
    milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    login, row = asha
    order = order_of(milkman, row)
    delivered(milkman, order, "2026-11-29")
    delivered(login, order, "2026-11-29", status="skipped")
    at(clock, "2026-12-02")
    delivered(milkman, order, "2026-12-02")
    delivered(login, order, "2026-12-02", status="skipped")  # of this month: no part of it
    assert money(login, row) == ("1140.00", "60.00", "0.00")
    at(clock, "2026-12-05")
    send()
    assert "₹60.00 is not agreed yet and is left out." in said(login)[0][1]


def test_what_they_say_they_paid_is_left_out_and_named(
    milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    login, row = asha
    at(clock, "2026-12-05")
    payment = claim(login, milkman, "500")
    assert money(login, row) == ("640.00", "0.00", "500.00")
    send()
    title, body = said(login)[0]
    assert title == "Yadav Dairy: please pay ₹640.00"
    assert body.endswith("₹500.00 that you said you paid is left out until Yadav Dairy confirms it.")
    claim(login, milkman, "640")
    assert money(login, row) == ("0.00", "0.00", "1140.00")
    at(clock, "2026-12-12")
    assert send() == {"reminded": 0}
    milkman.post(f"/payments/{payment}/decline", expect=200)
    assert send() == {"reminded": 1}
    assert said(login)[0][0] == "Yadav Dairy: please pay ₹500.00"


def test_an_advance_counts_for_it(milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller) -> None:
    login, row = asha
    at(clock, "2026-12-05")
    pay_ahead(row, 113_900, "2026-12-05")
    assert money(login, row)[0] == "1.00"
    send()
    assert said(login)[0][0] == "Yadav Dairy: please pay ₹1.00"
    pay_ahead(row, 200, "2026-12-05")
    assert money(login, row)[0] == "0.00"
    at(clock, "2026-12-12")
    assert send() == {"reminded": 0}


def test_a_claim_and_an_advance_together(
    milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    """Each alone leaves something to pay, both together do not."""
    login, row = asha
    at(clock, "2026-12-05")
    pay_ahead(row, 70_000, "2026-12-05")
    claim(login, milkman, "500")
    assert money(login, row)[0] == "0.00"
    assert send() == {"reminded": 0}


def test_a_correction_of_today_is_for_the_next_time(
    milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    login, row = asha
    at(clock, "2026-12-05")
    adjust(milkman, row, "100")
    assert money(login, row)[0] == "1140.00"
    adjust(milkman, row, "-140")
    assert money(login, row)[0] == "1000.00"


def test_paid_to_the_last_paisa(milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller) -> None:
    _login, row = asha
    at(clock, "2026-12-05")
    pay(milkman, "1139.99", customer_id=row)
    assert money(milkman, row)[0] == "0.01"
    pay(milkman, "0.01", customer_id=row)
    assert money(milkman, row)[0] == "0.00"
    assert send() == {"reminded": 0}


def test_a_currency_without_decimals(cast: Cast, clock: time_machine.Traveller) -> None:
    at(clock, "2026-10-31", zone="Africa/Kampala")
    shop = cast.vendor(business_name="Okello Water", currency="UGX", timezone="Africa/Kampala")
    login, row = cast.household(of=shop)
    cake(shop, row, "2026-10-31", rate="4000")
    pays_on(shop, 1)
    at(clock, "2026-11-01", "12:00", zone="Africa/Kampala")
    assert send() == {"reminded": 1}
    assert standing(login, row)["due"] == "4000"
    assert said(login)[0][0] == "Okello Water: please pay UGX4,000"


def test_what_the_vendor_hears_of_a_promise(
    milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    login, row = asha
    at(clock, "2026-12-03")
    promise(login, row, "2026-12-10")
    assert said(milkman, "payment_promised") == [
        (
            "Asha Sharma will pay on 10 December",
            "₹1,140.00 is to be paid. No reminder goes out until that day is over.",
        )
    ]
    (notice,) = [one for one in milkman.get("/notifications")["items"] if one["kind"] == "payment_promised"]
    assert notice["url"] == f"/customers/{row}"


def test_before_its_day_a_reminder_by_hand_says_by_when(
    milkman: Api, asha: tuple[Api, int], clock: time_machine.Traveller
) -> None:
    login, row = asha
    at(clock, "2026-12-03")
    text = remind(milkman, row)["text"]
    assert text == (
        "Yadav Dairy: please pay ₹1,140.00. It is for everything until the end of November 2026. "
        "Please pay by 5 December."
    )
    assert " ".join((said(login)[0][0] + ".", said(login)[0][1])) == text
