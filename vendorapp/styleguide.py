"""Every part that pages are made of, with its states, on one page. Only a developer's machine has it."""

from __future__ import annotations

import re
from calendar import Calendar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from flask import Blueprint, render_template
from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice, TelField
from wtforms.validators import InputRequired

from .accounts import guards
from .kernel.forms import AmountField, PageForm
from .kernel.static import FOLDER
from .months.over_time import DaySums
from .months.plot_words import month_chart

blueprint = Blueprint("styleguide", __name__)

MONTH = date(2026, 11, 1)
# Foreground, background, and the least contrast by WCAG 2.2: 4.5 for text, 3 for edges and icons.
PAIRS = (
    *(
        ("ink", ground, 4.5)
        for ground in ("paper", "card", "brand-soft", "amber-soft", "red-soft", "off-soft")
    ),
    *(("muted", ground, 4.5) for ground in ("paper", "card", "off-soft")),
    *(("brand", ground, 4.5) for ground in ("paper", "card", "brand-soft")),
    ("on-brand", "brand-bg", 4.5),
    ("on-brand", "brand-down", 4.5),
    ("amber", "amber-soft", 4.5),
    ("amber", "card", 4.5),
    ("red", "red-soft", 4.5),
    ("red", "card", 4.5),
    ("blue", "blue-soft", 4.5),
    ("blue", "card", 4.5),
    ("off", "off-soft", 4.5),
    ("field", "card", 3.0),
    ("field", "paper", 3.0),
)
TOKEN = re.compile(r"--([a-z-]+):(#[0-9a-f]{3,6})\b")
STATES = ("delivered", "delivered", "other", "delivered", "skipped", "delivered", "paused", "disputed")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two colours that stand on each other, and how far they can be told apart."""

    front: str
    ground: str
    front_hex: str
    ground_hex: str
    contrast: float
    least: float

    @property
    def enough(self) -> bool:
        return self.contrast >= self.least


class SampleForm(PageForm):
    """Fields of every kind."""

    name = StringField("Name", [InputRequired()])
    phone = TelField("Phone number", [InputRequired()], description="Typed any way.")
    amount = AmountField("How much?", [InputRequired()])
    password = PasswordField("Password", [InputRequired()])
    way = SelectField("How?", choices=[SelectChoice("cash", "Cash"), SelectChoice("upi", "UPI")])
    side = RadioField("Who pays?", choices=[SelectChoice("you", "You pay"), SelectChoice("they", "They pay")])
    returnable = BooleanField("Its empties come back")
    note = TextAreaField("Note")


def _light(hex_colour: str) -> float:
    """The relative luminance of WCAG."""
    digits = hex_colour.removeprefix("#")
    digits = "".join(one * 2 for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """How far two colours can be told apart by WCAG: 1 (not at all) to 21."""
    lights = sorted((_light(one), _light(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@lru_cache
def palettes() -> dict[str, list[Pair]]:
    """The pairs by scheme, read from the style sheet itself."""
    css = (FOLDER / "app.css").read_text("utf-8")
    light_css, _scheme, rest = css.partition("@media only screen and (prefers-color-scheme:dark)")
    light = dict(TOKEN.findall(light_css))
    dark = light | dict(TOKEN.findall(rest.partition("/* page */")[0]))
    return {
        name: [
            Pair(front, ground, found[front], found[ground], contrast(found[front], found[ground]), least)
            for front, ground, least in PAIRS
        ]
        for name, found in (("Light", light), ("Dark", dark))
    }


def icons() -> list[str]:
    """The names of the sprite's pictures."""
    return re.findall(r'<symbol id="([^"]+)"', (FOLDER / "icons.svg").read_text("utf-8"))


def _day(day: date) -> dict[str, Any]:
    state = "scheduled" if day.day > 21 else STATES[day.day % len(STATES)]
    quantity = 3000 if state == "other" else 1000
    marks = [{"state": state, "quantity": quantity, "unit": "L", "item": "Milk"}]
    return {"date": day, "marks": marks, "url": None, "today": day.day == 21}


def _weeks() -> list[list[dict[str, Any] | None]]:
    days = Calendar().itermonthdates(MONTH.year, MONTH.month)
    flat = [_day(day) if day.month == MONTH.month else None for day in days]
    return [flat[at : at + 7] for at in range(0, len(flat), 7)]


@blueprint.get("/styleguide")
@guards.anyone
def show() -> str:
    """The page. Look here first before a new part is made."""
    form, wrong = SampleForm(formdata=None), SampleForm(formdata=None, prefix="wrong-")
    wrong.phone.data, wrong.amount.data = "98001", "1,25"
    wrong.phone.errors = ["This is no phone number."]
    wrong.amount.errors = ["This can be read in two ways. Write it like 1250 or 1250.50."]
    sums = [
        DaySums(date(2026, 11, day), 90000 + day * 7919 % 60000, 150000 if day % 9 == 4 else 0)
        for day in range(1, 31)
    ]
    return render_template(
        "styleguide.html",
        palettes=palettes(),
        icons=icons(),
        form=form,
        wrong=wrong,
        weeks=_weeks(),
        month=MONTH,
        chart=month_chart(sums, "INR"),
    )
