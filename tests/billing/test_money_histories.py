"""Random histories of money, told to the program over HTTP and to an independent model beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.cast import Api, Cast
from vendorapp.months.proof import verify

from .paying import TODAY, claim, pay, sold

RATE = 1000
DAYS = ["2026-10-29", "2026-10-30", "2026-11-02", "2026-11-11", "2026-11-20"]
MONTHS = ["2026-10", "2026-11"]

amounts = st.integers(1, 60).map(lambda tens: tens * 250)
days = st.sampled_from(DAYS)
picks = st.integers(0, 5)
deeds = st.one_of(
    st.tuples(st.just("sell"), days, amounts),
    st.tuples(st.just("mark"), days, st.sampled_from([0, 500, 1000, 2500])),
    st.tuples(st.just("pay"), days, amounts, st.booleans()),
    st.tuples(st.just("pay_for"), picks, amounts),
    st.tuples(st.just("claim"), amounts, st.sampled_from([None, 0, 1, 2])),
    st.tuples(st.just("answer"), picks, st.booleans()),
    st.tuples(st.just("reverse"), picks),
    st.tuples(st.just("adjust"), st.one_of(amounts, amounts.map(int.__neg__))),
)
histories = st.lists(deeds, min_size=8, max_size=24)

Key = tuple[str, int]


@dataclass
class Line:
    day: str
    amount: int
    paid: int = 0


@dataclass
class Purse:
    """One account in paise: what is owed, the money that came, and how much of which is on what."""

    lines: dict[Key, Line] = field(default_factory=dict)
    left: dict[Key, int] = field(default_factory=dict)
    laid: dict[tuple[Key, Key], int] = field(default_factory=lambda: defaultdict(int))
    claims: dict[int, tuple[int, int | None]] = field(default_factory=dict)
    moved: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def owe(self, key: Key, day: str, amount: int) -> None:
        """A line comes, changes or goes; the money on it returns to where it came from."""
        known = self.lines.pop(key, None)
        if known is not None and known.amount == amount:
            self.lines[key] = known
            return
        for money, line in [pair for pair in self.laid if pair[1] == key]:
            self.left[money] += self.laid.pop((money, line))
        if amount:
            self.lines[key] = Line(day, amount)
        kind = "adjustments" if key[0] == "adjustment" else "charges"
        self.moved[day[:7], kind] += amount - (known.amount if known else 0)

    def come(self, money: Key, day: str, amount: int, lines: Iterable[Key] | None) -> None:
        """Money lands on `lines`, the oldest first; on all there are without any named."""
        self.left[money] = amount
        if money[0] == "payment":
            self.moved[day[:7], "payments"] += amount
        else:
            self.moved[day[:7], "adjustments"] -= amount
        wanted = self.lines if lines is None else [key for key in lines if key in self.lines]
        for key in sorted(wanted, key=lambda key: (self.lines[key].day, key)):
            line = self.lines[key]
            part = min(line.amount - line.paid, self.left[money])
            if part:
                line.paid += part
                self.left[money] -= part
                self.laid[money, key] += part

    def undo(self, money: Key) -> None:
        """It never came."""
        whole = self.left.pop(money)
        for pair in [pair for pair in self.laid if pair[0] == money]:
            part = self.laid.pop(pair)
            self.lines[pair[1]].paid -= part
            whole += part
        self.moved[TODAY[:7], "payments"] -= whole

    @property
    def balance(self) -> int:
        return sum(line.amount - line.paid for line in self.lines.values()) - sum(self.left.values())


@dataclass
class Story:
    vendor: Api
    login: Api
    row: int
    standing: int
    purse: Purse = field(default_factory=Purse)
    orders: list[int] = field(default_factory=list)
    records: dict[str, int] = field(default_factory=dict)

    def do_sell(self, day: str, amount: int) -> None:
        order_id = sold(self.vendor, self.row, money(amount), date=day)
        self.orders.append(order_id)
        self.purse.owe(("order", order_id), day, amount)

    def do_mark(self, day: str, quantity: int) -> None:
        status = (
            {"status": "delivered", "quantity": f"{quantity / 1000}"} if quantity else {"status": "skipped"}
        )
        answer = self.vendor.post(f"/order/{self.standing}/attendance", {"date": day, **status})
        known = self.purse.lines.get(("record", self.records.get(day, 0)))
        amount = RATE * quantity // 1000
        if known is not None and known.paid == known.amount and known.amount != amount:
            assert (answer.status, answer.code) == (409, "settled")
            return
        if known is not None and answer.status == 409:
            assert (answer.code, known.paid) == ("settled", known.amount)
            return
        assert answer.status in (200, 201), answer.json
        self.records[day] = answer["record"]["id"]
        self.purse.owe(("record", self.records[day]), day, amount)

    def do_pay(self, day: str, amount: int, spread: bool) -> None:
        how: dict[str, Any] = {} if spread else {"allocate": "none"}
        made = pay(self.vendor, money(amount), customer_id=self.row, date=day, **how)["payment"]["id"]
        self.purse.come(("payment", made), day, amount, None if spread else [])

    def do_pay_for(self, pick: int, amount: int) -> None:
        if not self.orders:
            return
        order_id = self.orders[pick % len(self.orders)]
        answer = pay(self.vendor, money(amount), item="order", item_id=order_id, expect=None)
        line = self.purse.lines["order", order_id]
        if line.paid == line.amount:
            assert (answer.status, answer.code) == (409, "already_paid")
            return
        assert answer.status == 201, answer.json
        self.purse.come(("payment", answer["payment"]["id"]), TODAY, amount, [("order", order_id)])

    def do_claim(self, amount: int, pick: int | None) -> None:
        order_id = None
        if pick is not None and self.orders:
            order_id = self.orders[pick % len(self.orders)]
            line = self.purse.lines["order", order_id]
            if line.paid == line.amount:
                return
        target = {} if order_id is None else {"item": "order", "item_id": order_id}
        made = claim(self.login, self.vendor, money(amount), **target)
        self.purse.claims[made] = (amount, order_id)

    def do_answer(self, pick: int, yes: bool) -> None:
        if not self.purse.claims:
            return
        made = sorted(self.purse.claims)[pick % len(self.purse.claims)]
        amount, order_id = self.purse.claims.pop(made)
        self.vendor.post(f"/payments/{made}/{'confirm' if yes else 'decline'}", {}, expect=200)
        if yes:
            lines = None if order_id is None else [("order", order_id)]
            self.purse.come(("payment", made), TODAY, amount, lines)

    def do_reverse(self, pick: int) -> None:
        paid = sorted(key for key in self.purse.left if key[0] == "payment")
        if paid:
            one = paid[pick % len(paid)]
            self.vendor.post(f"/payments/{one[1]}/reverse", {"reason": "Mistake"}, expect=200)
            self.purse.undo(one)

    def do_adjust(self, amount: int) -> None:
        body = {"customer_id": self.row, "amount": money(amount), "reason": "Agreed"}
        made = self.vendor.post("/adjustments", body, expect=201)["id"]
        if amount > 0:
            self.purse.owe(("adjustment", made), TODAY, amount)
        else:
            self.purse.come(("adjustment", made), TODAY, -amount, None)

    def check(self) -> None:
        """What both sides see is what the model says."""
        purse = self.purse
        for side in (self.vendor, self.login):
            found = side.get(f"/customer/{self.row}")["balance"]
            assert found["owed_by_customer"] == money(max(purse.balance, 0))
            assert found["owed_to_customer"] == money(max(-purse.balance, 0))
            assert found["unconfirmed"] == money(sum(amount for amount, _ in purse.claims.values()))
        self.check_months()
        for one in self.login.get("/payments", query_string={"limit": 200}).json["items"]:
            key = ("payment", one["id"])
            laid = {line: money(part) for (source, line), part in purse.laid.items() if source == key}
            said = {(part["target"], part["target_id"]): part["amount"] for part in one["allocations"]}
            assert (said, one["unallocated"]) == (laid, money(purse.left.get(key, 0)))
        assert verify() == []

    def check_months(self) -> None:
        opening = 0
        for month in MONTHS:
            sums = {kind: self.purse.moved[month, kind] for kind in ("charges", "payments", "adjustments")}
            closing = opening + sums["charges"] - sums["payments"] + sums["adjustments"]
            path = f"/finance/customer/month/{self.row}"
            found = self.vendor.get(path, query_string={"month": month}).json
            assert {kind: found[kind] for kind in sums} == {kind: money(one) for kind, one in sums.items()}
            assert (found["opening_balance"], found["closing_balance"]) == (money(opening), money(closing))
            opening = closing
        assert opening == self.purse.balance


def money(paise: int) -> str:
    sign = "-" if paise < 0 else ""
    return f"{sign}{abs(paise) // 100}.{abs(paise) % 100:02d}"


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories)
def test_any_history_of_money_adds_up(cast: Cast, history: list[tuple[Any, ...]]) -> None:
    vendor = cast.vendor()
    login, row = cast.household(of=vendor)
    standing = vendor.post(
        "/orders",
        {"customer_id": row, "item_name": "Milk", "rate": money(RATE), "start_date": DAYS[0]},
        expect=201,
    ).json
    login.post(f"/changes/{standing['pending_change']['id']}/accept", expect=200)
    story = Story(vendor, login, row, standing["id"])
    for name, *arguments in history:
        getattr(story, f"do_{name}")(*arguments)
    story.check()
