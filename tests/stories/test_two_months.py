"""Random histories of two months, told to the program over HTTP and to an independent model beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import time_machine
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.cast import Api, Cast
from tests.stories.model import Extra, Month, Standing, months, price
from vendorapp.months import proof
from vendorapp.records import night

FIRST = date(2028, 1, 17)  # a leap day lies ahead
LENGTH = 60
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
QUANTITIES = ["0.5", "1", "1.125", "2", "3"]
RATES = ["9.99", "27.50", "54.00", "61.25"]

sides = st.sampled_from(["vendor", "customer"])
quantities = st.sampled_from(QUANTITIES)
rates = st.sampled_from(RATES)
orders = st.integers(0, 2)
deeds = st.one_of(
    st.tuples(st.just("round"), st.sets(orders, max_size=1), quantities),
    st.tuples(st.just("mark"), sides, orders, st.integers(0, 4), st.sampled_from([None, *QUANTITIES])),
    st.tuples(st.just("agree"), orders),
    st.tuples(
        st.just("change"),
        sides,
        orders,
        st.fixed_dictionaries(
            {},
            optional={
                "rate": rates,
                "quantity": quantities,
                "weekdays": st.sampled_from([EVERY_DAY, [1, 3, 5], [6, 7]]),
                "every": st.sampled_from([1, 2, 3]),
            },
        ).filter(bool),
        st.integers(0, 9),
        st.sampled_from(["accept", "accept", "decline", "withdraw", "leave"]),
    ),
    st.tuples(st.just("pause"), sides, orders, st.integers(0, 4), st.integers(0, 9)),
    st.tuples(st.just("resume"), sides, orders),
    st.tuples(st.just("end"), sides, orders),
    st.tuples(st.just("extra"), sides, quantities, rates),
    st.tuples(st.just("refuse"), st.booleans()),
)
histories = st.lists(st.tuples(st.integers(0, LENGTH - 1), deeds), min_size=20, max_size=60)


def morning_of(day: date) -> datetime:
    """Nine o'clock in Kolkata."""
    return datetime.combine(day, time(3, 30), UTC)


@dataclass
class Story:
    """One account: the two logins, and the model of what they did."""

    sides: dict[str, Api]
    customer_id: int
    vendor_id: int
    clock: Any
    today: date = FIRST
    standing: dict[int, Standing] = field(default_factory=dict)
    extras: dict[int, Extra] = field(default_factory=dict)

    def go_to(self, day: date) -> None:
        """Every morning up to `day`; the night has been there."""
        while self.today < day:
            self.today += timedelta(days=1)
            self.clock.move_to(morning_of(self.today))
            night.schedule_due()

    def order(self, number: int) -> tuple[int, Standing]:
        ids = sorted(self.standing)
        order_id = ids[number % len(ids)]
        return order_id, self.standing[order_id]

    def agree_on(self, start: date, **terms: Any) -> None:
        body = {"customer_id": self.customer_id, "item_name": "Milk", "start_date": str(start), **terms}
        order = self.sides["vendor"].post("/orders", body, expect=201).json
        self.sides["customer"].post(f"/changes/{order['pending_change']['id']}/accept", expect=200)
        fields = {"rate": Decimal(terms["rate"]), "quantity": Decimal(terms["quantity"])}
        fields |= {"weekdays": terms.get("weekdays", EVERY_DAY), "every": terms.get("every", 1)}
        self.standing[order["id"]] = Standing(start, [(start, fields)], self.today)

    # Each deed asks the model first what must come of it.

    def do_round(self, left_out: set[int], quantity: str) -> None:
        day, marks = self.today, []
        for number in left_out:
            order_id, order = self.order(number)
            marks.append({"order_id": order_id, "status": "delivered", "quantity": quantity})
            if order.due(day) or order.marks[day]:
                order.marks[day]["vendor"] = ("delivered", Decimal(quantity))
        named = {one["order_id"] for one in marks}
        self.sides["vendor"].post("/attendance", {"marks": marks, "rest": "delivered"}, expect=200)
        for order_id, order in self.standing.items():
            if order_id not in named and order.due(day) and "vendor" not in order.marks[day]:
                order.marks[day]["vendor"] = ("delivered", order.terms(day)["quantity"])

    def do_mark(self, side: str, number: int, back: int, quantity: str | None) -> None:
        order_id, order = self.order(number)
        day = self.today - timedelta(days=back)
        body = {"date": str(day), "status": "delivered" if quantity else "skipped"}
        if quantity:
            body["quantity"] = quantity
        answer = self.sides[side].post(f"/order/{order_id}/attendance", body)
        mine = ("delivered", Decimal(quantity)) if quantity else ("skipped", Decimal(0))
        if answer.status == 409:
            known = order.marks[day]
            assert answer.code in ("not_due", "too_late"), answer.json
            if answer.code == "not_due":
                assert (order.due(day), known) == (False, {})
            else:
                # Nothing but a customer's late contradiction.
                assert (side, back >= 2, known["vendor"] == mine) == ("customer", True, False)
            return
        assert answer.status in (200, 201), answer.json
        assert order.due(day) or (order.alive(day) and order.marks[day])
        order.marks[day][side] = mine

    def do_agree(self, number: int) -> None:
        """The vendor comes round to what the customer said, on the oldest day that differs."""
        order_id, order = self.order(number)
        for day, both in sorted(order.marks.items()):
            if len(both) == 2 and both["vendor"] != both["customer"]:
                status, quantity = both["customer"]
                body = {"date": str(day), "status": status, "quantity": str(quantity)}
                self.sides["vendor"].post(f"/order/{order_id}/attendance", body, expect=200)
                both["vendor"] = both["customer"]
                return

    def do_change(self, side: str, number: int, fields: dict[str, Any], ahead: int, answer: str) -> None:
        order_id, order = self.order(number)
        first = self.today + timedelta(days=ahead)
        body = {**fields, "effective_from": str(first)}
        made = self.sides[side].put(f"/order/{order_id}", body)
        if made.status != 202:
            ended = order.ended_on is not None and order.ended_on < self.today
            expected = {"order_ended"} if ended else {"invalid", "already_recorded"}
            assert made.code in expected, made.json
            if made.code == "already_recorded":
                assert first < order.earliest(self.today)
                assert made["earliest"] == str(order.earliest(self.today))
            return
        if answer == "leave":
            return
        change = made["change"]
        other = "customer" if side == "vendor" else "vendor"
        actor, foe = (side, other) if answer == "withdraw" else (other, side)
        self.sides[foe].post(f"/changes/{change['id']}/{answer}", expect=403)
        done = self.sides[actor].post(f"/changes/{change['id']}/{answer}", expect=200)
        if answer == "accept":
            carried = done["change"]["terms"]
            known = {name: Decimal(carried[name]) for name in ("rate", "quantity") if name in carried}
            known |= {name: carried[name] for name in ("weekdays", "every") if name in carried}
            begins = date.fromisoformat(done["change"]["effective_from"])
            assert begins == max(first, order.earliest(self.today))
            order.versions.append((begins, known))

    def do_pause(self, side: str, number: int, ahead: int, length: int) -> None:
        order_id, order = self.order(number)
        first = self.today + timedelta(days=ahead)
        last = first + timedelta(days=length)
        earliest = self.today + timedelta(days=1 if side == "customer" else 0)
        made = self.sides[side].post(f"/order/{order_id}/pauses", {"from": str(first), "to": str(last)})
        if order.ended_on is not None and order.ended_on < self.today:
            assert (made.status, made.code) == (409, "order_ended")
        elif first < earliest:
            assert (made.status, made.code, made["earliest"]) == (409, "past_cut_off", str(earliest))
        elif order.ended_on is not None and order.ended_on < first:
            assert (made.status, made.code) == (409, "not_due")
        else:
            assert made.status == 201, made.json
            order.pauses[made["id"]] = (first, last)

    def do_resume(self, side: str, number: int) -> None:
        _, order = self.order(number)
        for pause_id, (first, last) in list(order.pauses.items()):
            if last >= self.today + timedelta(days=1):
                back = max(first, self.today + timedelta(days=1 if side == "customer" else 0))
                self.sides[side].delete(f"/pauses/{pause_id}", expect=204)
                if back <= first:
                    del order.pauses[pause_id]
                else:
                    order.pauses[pause_id] = (first, back - timedelta(days=1))
                return

    def do_end(self, side: str, number: int) -> None:
        order_id, order = self.order(number)
        ended = self.sides[side].delete(f"/order/{order_id}", expect=200).json
        if order.ended_on is None:
            first = max(self.today + timedelta(days=1), order.earliest(self.today))
            order.ended_on = first - timedelta(days=1)
        assert ended["valid_till"] == str(order.ended_on)
        if all(one.ended_on for one in self.standing.values()):
            self.agree_on(self.today, rate=RATES[0], quantity="1")

    def do_extra(self, side: str, quantity: str, rate: str) -> None:
        """The vendor hands something over; or the customer asks, and both agree on another price."""
        vendor, customer = self.sides["vendor"], self.sides["customer"]
        body: dict[str, Any] = {"order_type": "on_demand", "item_name": "Paneer", "quantity": quantity}
        if side == "vendor":
            body |= {"customer_id": self.customer_id, "rate": rate, "status": "served"}
            order = vendor.post("/orders", body, expect=201).json
        else:
            body |= {"vendor_id": self.vendor_id}
            order = customer.post("/orders", body, expect=201).json
            assert vendor.post(f"/order/{order['id']}/serve", {}).code == "wrong_state"
            vendor.post(f"/order/{order['id']}/accept", {"rate": rate}, expect=200)
            customer.post(f"/order/{order['id']}/accept", {}, expect=200)
            order = vendor.post(f"/order/{order['id']}/serve", {}, expect=200).json
        assert order["status"] == "served"
        extra = Extra(self.today, Decimal(quantity), Decimal(rate))
        assert order["amount"] == str(price(extra.rate, extra.quantity))
        self.extras[order["id"]] = extra

    def do_refuse(self, take_back: bool) -> None:
        """The customer says no to the newest thing that was handed over, or the vendor takes it back."""
        if not self.extras:
            return
        order_id, extra = max(self.extras.items())
        if take_back and not extra.gone:
            self.sides["vendor"].delete(f"/order/{order_id}", expect=200)
            extra.gone, extra.disputed = True, False
            return
        answer = self.sides["customer"].post(f"/order/{order_id}/decline", {"reason": "Not ours"})
        if answer.status == 200:
            assert not extra.gone
            assert self.today <= extra.day + timedelta(days=2)
            extra.disputed = True
        else:
            assert answer.code in ("wrong_state", "too_late"), answer.json


def check(story: Story) -> None:
    """Every sum that either side can see, against the model; and every record against the terms."""
    vendor, customer = story.sides["vendor"], story.sides["customer"]
    expected = {order_id: months(order) for order_id, order in (story.standing | story.extras).items()}
    names = sorted({f"{FIRST + timedelta(days=step):%Y-%m}" for step in range(LENGTH)})
    opening = Decimal(0)
    for name in names:
        asked = {"month": name}
        seen = vendor.get(f"/finance/customer/month/{story.customer_id}", query_string=asked).json
        assert customer.get(f"/finance/customer/month/{story.customer_id}", query_string=asked).json == seen
        found = {one["order_id"]: one for one in seen["orders"]}
        for order_id, by_month in expected.items():
            month = by_month.get(name, Month())
            one = found.get(order_id)
            if one is None:
                assert month == Month()
                continue
            assert one["active_days"] == month.days
            assert Decimal(one["quantity"]) == month.quantity
            assert Decimal(one["total_amount"]) == month.amount
            assert Decimal(one["disputed_amount"]) == month.disputed
        every = [by_month.get(name, Month()) for by_month in expected.values()]
        charges = sum((month.amount for month in every), Decimal(0))
        assert Decimal(seen["opening_balance"]) == opening
        assert Decimal(seen["charges"]) == charges
        assert Decimal(seen["disputed_amount"]) == sum(month.disputed for month in every)
        opening += charges
        assert Decimal(seen["closing_balance"]) == opening
        whole = vendor.get(f"/finance/vendor/month/{story.vendor_id}", query_string=asked)["totals"]
        assert Decimal(whole["total_amount"]) == charges
    balance = vendor.get(f"/customer/{story.customer_id}")["balance"]
    assert Decimal(balance["owed_by_customer"]) == opening
    assert customer.get("/vendors")["items"][0]["balance"] == balance
    for order_id, order in story.standing.items():
        check_days(story, order_id, order)
    assert proof.verify() == []


def check_days(story: Story, order_id: int, order: Standing) -> None:
    """The records: one a due day, at the price accepted for that day, the same for both sides."""
    seen = list(records(story.sides["vendor"], order_id))
    assert list(records(story.sides["customer"], order_id)) == seen
    assert len({one["date"] for one in seen}) == len(seen)
    for one in seen:
        day = date.fromisoformat(one["date"])
        both = order.marks[day]
        marks = {"vendor": one["vendor_mark"], "customer": one["customer_mark"]}
        told = {side: (mark["status"], Decimal(mark["quantity"])) for side, mark in marks.items() if mark}
        assert told == both
        if both or one["status"] == "scheduled":
            assert Decimal(one["rate"]) == order.terms(day)["rate"]
        assert one["disputed"] == (len(both) == 2 and both["vendor"] != both["customer"])
    scheduled = {one["date"] for one in seen if one["status"] == "scheduled" and not one["customer_mark"]}
    first = max(order.start, order.accepted_on)
    days = [first + timedelta(days=step) for step in range((story.today - first).days + 1)]
    assert scheduled == {str(day) for day in days if order.due(day) and not order.marks[day]}


def records(side: Api, order_id: int) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        asked = {"order_id": order_id, "limit": 200} | ({"cursor": cursor} if cursor else {})
        page = side.get("/records", query_string=asked).json
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


# A story takes seconds to tell: it is told as it was found, not made shorter.
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(histories)
def test_any_two_months_add_up(cast: Cast, history: list[tuple[int, tuple[Any, ...]]]) -> None:
    with time_machine.travel(morning_of(FIRST), tick=False) as clock:
        vendor = cast.vendor()
        customer, customer_id = cast.household(of=vendor)
        story = Story({"vendor": vendor, "customer": customer}, customer_id, vendor.user["id"], clock)
        story.agree_on(FIRST, rate="54.00", quantity="2")
        story.agree_on(FIRST + timedelta(days=3), rate="27.50", quantity="0.5", every=2)
        story.agree_on(FIRST - timedelta(days=2), rate="9.99", quantity="1.125", weekdays=[1, 3, 5])
        for day, (deed, *arguments) in sorted(history, key=lambda one: one[0]):
            story.go_to(FIRST + timedelta(days=day))
            getattr(story, f"do_{deed}")(*arguments)
        story.go_to(FIRST + timedelta(days=LENGTH - 1))
        check(story)
