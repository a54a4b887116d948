"""The plots: where their marks stand, and that picture, table and JSON say the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
import time_machine
from flask import Flask

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.months.stall import agreed, delivered, sold_at_counter
from tests.months.test_pages import FORBIDDEN, statements
from vendorapp.months.plots import HEIGHT, WIDTH, Picture, Series, draw, ticks
from vendorapp.months.proof import verify

TODAY = "2026-11-21T06:30:00Z"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def clock(app: Flask) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(TODAY, tick=False) as traveller:
        yield traveller
        assert verify() == []


@pytest.fixture
def milkman(cast: Cast) -> Api:
    return cast.vendor()


# Geometry --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 1]),
        (0, 4, [0, 1, 2, 3, 4]),
        (0, 5, [0, 2, 4, 6]),
        (1200, 99_000, [0, 50_000, 100_000]),
        (-300, 700, [-500, 0, 500, 1000]),
        (-7, -1, [-8, -6, -4, -2, 0]),
        (0, 10**17, [0, 5 * 10**16, 10**17]),
    ],
)
def test_the_lines_across_are_round_amounts_round_zero(low: int, high: int, expected: list[int]) -> None:
    assert ticks(low, high) == expected


def picture(*series: Series, labels: int | None = None) -> Picture:
    found = draw(series, [""] * (labels or len(series[0].values)), lambda amount: f"₹{amount}")
    assert found is not None
    return found


def test_nothing_is_no_picture() -> None:
    assert draw([Series([0, 0], "column"), Series([0, None], "line")], ["", ""], str) is None


def test_heights_are_as_the_amounts() -> None:
    found = picture(Series([100, 50, 0, 25], "column"))
    assert [one.slot for one in found.columns] == [0, 1, 3]
    tall, half, quarter = (one.height for one in found.columns)
    assert half == pytest.approx(tall / 2, abs=0.1)
    assert quarter == pytest.approx(tall / 4, abs=0.1)
    assert all(one.y + one.height == pytest.approx(found.zero, abs=0.1) for one in found.columns)
    assert found.columns[0].y == found.ticks[-1].y  # 100 stands at the line of 100


def test_money_that_went_back_hangs_below_the_line() -> None:
    found = picture(Series([100, -50], "column"), Series([0, -100], "pin"))
    up, down = found.columns
    assert up.y + up.height == pytest.approx(found.zero, abs=0.1)
    assert down.y == found.zero
    assert down.height == pytest.approx(up.height / 2, abs=0.1)
    assert [(one.slot, one.y > found.zero) for one in found.pins] == [(1, True)]
    assert found.zero in [one.y for one in found.ticks]


def test_a_month_of_31_days_stands_side_by_side_within_the_picture() -> None:
    found = picture(Series([1000] * 31, "column"), Series([500] * 31, "pin"))
    edges = [(one.x, one.x + one.width) for one in found.columns]
    assert len(edges) == 31
    assert edges[0][0] >= found.left
    assert edges[-1][1] <= WIDTH
    assert all(before[1] < after[0] for before, after in pairwise(edges))
    assert all(0 <= one.y <= HEIGHT for one in found.pins)
    assert all(left < pin.x < right for (left, right), pin in zip(edges, found.pins, strict=True))


def test_two_columns_share_a_slot_and_a_line_begins_where_it_is_known() -> None:
    found = picture(Series([10, 10], "column"), Series([10, 10], "column"), Series([None, 5], "line"))
    first, second = (one for one in sorted(found.columns, key=lambda one: one.x) if one.slot == 0)
    assert first.x + first.width == pytest.approx(second.x, abs=0.1)
    assert [(one.series, one.slot) for one in found.points] == [(3, 1)]
    assert found.lines == [f"{found.points[0].x},{found.points[0].y}"]


def test_long_amounts_push_the_slots_aside_and_vowel_signs_do_not() -> None:
    def left(word: str) -> float:
        found = draw([Series([1], "column")], ["1"], lambda _: word)
        assert found is not None
        return found.left

    assert left("₹1") < left("₹12.5K") < left("₹12.5 हज़ार")
    assert left("हि") == left("ह")


# A vendor's month ------------------------------------------------------------------------------


def words(one: Element | None) -> str:
    return "" if one is None else " ".join("".join(one.itertext()).split())


def drawn(page: Browser, figure: str) -> Element:
    found = page.tree.find(f".//figure[@id='{figure}']/{SVG}svg")
    assert found is not None
    return found


def table(page: Browser, figure: str) -> tuple[list[str], dict[str, list[str]], list[str]]:
    """The head, the rows by their name, and the sums of a plot's table."""
    found = page.tree.find(f".//figure[@id='{figure}']//table")
    assert found is not None
    head = [words(one) for one in found.iterfind("thead/tr/th")]
    body = {
        words(row.find("th")): [words(cell) for cell in row.iter("td")] for row in found.iterfind("tbody/tr")
    }
    return head, body, [words(one) for one in found.iterfind("tfoot/tr/td")]


def rupees(amount: str) -> str:
    """An amount of the JSON as a page writes it."""
    whole, _, paise = amount.lstrip("-").partition(".")
    sign = "-" if amount.startswith("-") else ""
    head, tail = whole[:-3], whole[-3:]
    groups: list[str] = []
    while head:
        groups.insert(0, head[-2:])
        head = head[:-2]
    return f"{sign}₹{','.join([*groups, tail])}.{paise}"


def month_of(vendor: Api, month: str) -> dict[str, Any]:
    found: dict[str, Any] = vendor.get(f"/finance/vendor/month/{vendor.user['id']}?month={month}").json
    return found


@pytest.fixture
def november(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> tuple[Api, int]:
    """A household's November so far: three days at ₹60, a cake, ₹100 paid; and a loaf at the counter."""
    clock.move_to("2026-11-01T06:30:00Z")
    login, customer_id = cast.household(of=milkman)
    order_id = agreed(milkman, customer_id, login)
    clock.move_to(TODAY)
    for day in ("2026-11-01", "2026-11-02", "2026-11-20"):
        delivered(milkman, order_id, day)
    delivered(milkman, order_id, "2026-11-03", status="skipped")
    body = {"customer_id": customer_id, "order_type": "on_demand", "item_name": "Cake", "rate": "350"}
    milkman.post("/orders", {**body, "date": "2026-11-02", "status": "served"}, expect=201)
    milkman.post("/payments", {"customer_id": customer_id, "amount": "100", "date": "2026-11-20"}, expect=201)
    sold_at_counter(milkman.user["id"])
    return login, customer_id


def test_the_vendors_month_by_day_is_that_of_the_json(
    app: Flask, cast: Cast, milkman: Api, november: tuple[Api, int]
) -> None:
    neighbour = cast.vendor()
    theirs = agreed(neighbour, cast.row(neighbour)["id"])
    delivered(neighbour, theirs, "2026-11-21")
    page = Browser(app).sign_in(milkman).get("/money")
    head, body, sums = table(page, "days")
    assert head == ["Day", "Delivered", "Paid"]
    assert body == {
        "Sun 1 Nov": ["₹60.00", "₹0.00"],
        "Mon 2 Nov": ["₹410.00", "₹0.00"],
        "Mon 9 Nov": ["₹9.00", "₹9.00"],
        "Fri 20 Nov": ["₹60.00", "₹100.00"],
    }
    totals = month_of(milkman, "2026-11")["totals"]
    assert sums == [rupees(totals["total_amount"]), rupees(totals["payments"])] == ["₹539.00", "₹109.00"]
    figures = {words(one.find("dt")): words(one.find("dd")) for one in page.tree.iterfind(".//dl/div")}
    assert figures == {
        "Delivered": "₹539.00₹9.00 at the counter",
        "Paid": "₹109.00₹9.00 at the counter",
        "You get": rupees(totals["owed_to_vendor"]),
        "You give back": rupees(totals["owed_by_vendor"]),
    }
    items = page.tree.find(".//section[@id='items']//tbody")
    assert items is not None
    assert [words(row) for row in items] == ["Bread1₹9.00", "Cake1₹350.00", "Milk3 litre₹180.00"]
    assert [word for word in FORBIDDEN if word in page.text.lower()] == []


def test_picture_and_words_say_the_same(app: Flask, milkman: Api, november: tuple[Api, int]) -> None:
    page = Browser(app).sign_in(milkman).get("/money")
    figure = page.tree.find(".//figure[@id='days']")
    assert figure is not None
    svg = drawn(page, "days")
    assert svg.get("role") == "img"
    named = [page.tree.find(f".//*[@id='{name}']") for name in (svg.get("aria-labelledby") or "").split()]
    assert [words(one) for one in named] == [
        "Day by day in November 2026",
        "Delivered ₹539.00, paid ₹109.00. Most was delivered on 2 November 2026: ₹410.00.",
    ]
    assert len([one for one in svg.iter(SVG + "rect") if one.get("class") == "plot-1"]) == 4
    assert len([one for one in svg.iter(SVG + "circle") if one.get("class") == "plot-2"]) == 2
    assert [words(one) for one in svg.iter(SVG + "text") if one.get("text-anchor") == "middle"] == [
        "1",
        "8",
        "15",
        "22",
        "29",
    ]
    assert "₹200" in [words(one) for one in svg.iter(SVG + "text")]
    assert not [one for one in figure.iter() if one.get("style")]


def test_money_that_went_back_is_a_negative_day(app: Flask, milkman: Api, november: tuple[Api, int]) -> None:
    _, customer_id = november
    body = {"customer_id": customer_id, "amount": "70", "date": "2026-11-18"}
    payment = milkman.post("/payments", body, expect=201)["payment"]["id"]
    milkman.post(f"/payments/{payment}/reverse", {"reason": "not got"}, expect=200)
    page = Browser(app).sign_in(milkman).get("/money")
    _, body_, sums = table(page, "days")
    paid = [cells[1] for cells in body_.values()]
    assert paid == ["₹0.00", "₹0.00", "₹9.00", "₹70.00", "₹100.00", "-₹70.00"]
    assert sums[1] == rupees(month_of(milkman, "2026-11")["totals"]["payments"]) == "₹109.00"


def test_a_month_without_anything_says_so(app: Flask, milkman: Api) -> None:
    page = Browser(app).sign_in(milkman).get("/money")
    assert "Nothing in this month" in page.text
    assert page.tree.find(".//figure") is None
    assert "October 2026" in page.get("/money?month=2026-10").text


def test_a_month_of_counter_sales_alone(app: Flask, cast: Cast, milkman: Api) -> None:
    sold_at_counter(milkman.user["id"])
    sold_at_counter(cast.vendor().user["id"])
    page = Browser(app).sign_in(milkman).get("/money")
    _, body, sums = table(page, "days")
    assert list(body.values()) == [["₹9.00", "₹9.00"]]
    assert sums == ["₹9.00", "₹9.00"]
    assert "Who owes you most" not in page.text


def test_other_months(app: Flask, milkman: Api, november: tuple[Api, int]) -> None:
    page = Browser(app).sign_in(milkman).get("/money?month=2026-10")
    links = {one.get("aria-label"): one.get("href") for one in page.tree.iter("a")}
    assert links["Month before"] == "/money?month=2026-09"
    assert links["Month after"] == "/money?month=2026-11"
    # What has not begun is not shown.
    page.get("/money?month=2027-03")
    assert "November 2026" in page.text
    assert "Month after" not in {one.get("aria-label") for one in page.tree.iter("a")}
    assert "Month before" not in {
        one.get("aria-label") for one in page.get("/money?month=1970-01").tree.iter("a")
    }
    for bad in ("2026-13", "soon", "2026-1"):
        page.get(f"/money?month={bad}", 422)


def test_who_owes_most_stands_first(
    app: Flask, cast: Cast, milkman: Api, clock: time_machine.Traveller
) -> None:
    for name, amount in (("Asha", "40"), ("Bala", "900"), ("Chitra", "-70"), ("Dev", "300")):
        cast.row(milkman, name=name, opening_balance=amount)
    clock.move_to("2026-12-05T06:30:00Z")
    page = Browser(app).sign_in(milkman)
    customers = {one["name"]: one["id"] for one in milkman.get("/customers")["items"]}
    milkman.post("/payments", {"customer_id": customers["Bala"], "amount": "890"}, expect=201)
    expected = {
        "2026-12": ["Dev₹300.00", "Asha₹40.00", "Bala₹10.00"],
        "2026-11": ["Bala₹900.00", "Dev₹300.00", "Asha₹40.00"],
    }
    for month, listed in expected.items():
        page.get(f"/money?month={month}")
        lists = [one for one in page.tree.iter("ul") if one.get("aria-label") == "Who owes you most"]
        assert [words(one).replace(" ", "") for one in lists[0].iter("li")] == listed
        found = month_of(milkman, month)["customers"]["items"]
        closings = {one["name"]: rupees(one["closing_balance"]) for one in found}
        assert all(
            closings[name] == line.removeprefix(name) for line in listed for name in [line.split("₹")[0]]
        )


def test_the_month_is_the_vendors_only(app: Flask, november: tuple[Api, int]) -> None:
    login, _ = november
    Browser(app).sign_in(login).get("/money", 403)


def test_the_number_of_statements_does_not_grow(
    app: Flask, cast: Cast, milkman: Api, november: tuple[Api, int]
) -> None:
    page = Browser(app).sign_in(milkman)
    before = statements(app, page, "/money")
    for _ in range(5):
        delivered(milkman, agreed(milkman, cast.row(milkman)["id"]), "2026-11-21")
    assert statements(app, page, "/money") == before <= 14


# An account's year -----------------------------------------------------------------------------


@pytest.fixture
def year(cast: Cast, milkman: Api, clock: time_machine.Traveller) -> tuple[Api, int]:
    """An account since October 2025: ₹60 in each third month, paid or not; seen in February 2027."""
    clock.move_to("2025-10-05T06:30:00Z")
    login, customer_id = cast.household(of=milkman, opening_balance="500")
    order_id = agreed(milkman, customer_id, login)
    for month in ("2025-10", "2026-01", "2026-04", "2026-07", "2026-10", "2027-01"):
        clock.move_to(f"{month}-20T06:30:00Z")
        delivered(milkman, order_id, f"{month}-20")
    clock.move_to("2026-12-03T06:30:00Z")
    paid = milkman.post("/payments", {"customer_id": customer_id, "amount": "900"}, expect=201)["payment"][
        "id"
    ]
    clock.move_to("2027-01-25T06:30:00Z")
    milkman.post(f"/payments/{paid}/reverse", {"reason": "bounced"}, expect=200)
    clock.move_to("2027-02-10T06:30:00Z")
    return login, customer_id


def test_twelve_months_over_the_end_of_a_year_are_those_of_the_json(
    app: Flask, milkman: Api, year: tuple[Api, int]
) -> None:
    login, customer_id = year
    vendors, theirs = (
        table(Browser(app).sign_in(who).get(f"/customers/{customer_id}"), "months")
        for who in (milkman, login)
    )
    head, body, sums = vendors
    assert head == ["Month", "Delivered", "Paid", "Still to pay"]
    assert list(body) == [
        "Mar 2026", "Apr 2026", "May 2026", "Jun 2026", "Jul 2026", "Aug 2026",
        "Sept 2026", "Oct 2026", "Nov 2026", "Dec 2026", "Jan 2027", "Feb 2027",
    ]  # fmt: skip
    months = [f"2026-{number:02}" for number in range(3, 13)] + ["2027-01", "2027-02"]
    for month, (cells, other) in zip(
        months, zip(body.values(), theirs[1].values(), strict=True), strict=True
    ):
        found = milkman.get(f"/finance/customer/month/{customer_id}?month={month}").json
        assert cells[:2] == other[:2] == [rupees(found["charges"]), rupees(found["payments"])], month
        closing = found["closing_balance"]
        back = closing.startswith("-")
        amount = rupees(closing.lstrip("-"))
        assert cells[2] == (f"you give back {amount}" if back else f"you get {amount}")
        assert other[2] == (f"you get back {amount}" if back else f"you pay {amount}")
    assert sums == ["₹240.00", "₹0.00", ""]
    assert body["Dec 2026"][1:] == ["₹900.00", "you give back ₹100.00"]
    assert body["Jan 2027"][1:] == ["-₹900.00", "you get ₹860.00"]


def test_the_picture_of_a_year_hangs_and_stands(app: Flask, milkman: Api, year: tuple[Api, int]) -> None:
    _, customer_id = year
    page = Browser(app).sign_in(milkman).get(f"/customers/{customer_id}")
    svg = drawn(page, "months")
    [zero] = [one for one in svg.iter(SVG + "path") if "plot-zero" in (one.get("class") or "")]
    level = float((zero.get("d") or "").split()[1].split("H")[0])
    paid = [one for one in svg.iter(SVG + "rect") if one.get("class") == "plot-2"]
    assert [float(one.get("y") or 0) < level for one in paid] == [True, False]
    assert len([one for one in svg.iter(SVG + "circle") if one.get("class") == "plot-3"]) == 12
    [text] = [one for one in svg if one.tag == SVG + "desc"]
    assert words(text) == "Delivered ₹240.00, paid ₹0.00; at the end: you get ₹860.00."


def test_an_earlier_month_ends_its_own_year(app: Flask, milkman: Api, year: tuple[Api, int]) -> None:
    _, customer_id = year
    page = Browser(app).sign_in(milkman).get(f"/customers/{customer_id}?month=2025-11")
    _, body, _ = table(page, "months")
    assert list(body) == ["Sept 2025", "Oct 2025", "Nov 2025"]  # the opening balance stands before the first
    assert body["Nov 2025"] == ["₹0.00", "₹0.00", "you get ₹560.00"]
    figure = page.tree.find(".//figure[@id='months']")
    assert "June 2025 to November 2025" in words(figure)


def test_an_account_without_anything_has_no_plot(app: Flask, cast: Cast, milkman: Api) -> None:
    login, customer_id = cast.household(of=milkman)
    for who in (milkman, login):
        assert Browser(app).sign_in(who).get(f"/customers/{customer_id}").tree.find(".//figure") is None


def test_the_axis_runs_from_left_to_right_in_every_language() -> None:
    css = Path("vendorapp/static/app.css").read_text("utf-8")
    [rule] = [part for part in css.split("}") if part.strip().startswith(".plot svg{")]
    assert "direction:ltr" in rule
