"""Where the marks of a plot stand: plain geometry, in the units of the picture's own viewBox.

Amounts come in minor units and may be negative (money that went back); words and colours are the page's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

WIDTH, HEIGHT = 360.0, 190.0
TOP, BOTTOM, EDGE = 12.0, 24.0, 4.0
# What a character of a tick's label takes at most.
CHARACTER = 7.4
# The lines across, about.
LINES = 4
# Of a slot's width, what its columns take together.
FILLED = 0.68


@dataclass(frozen=True, slots=True)
class Series:
    """Amounts, one a slot, and how they are drawn: as a column, as a pin on a stem, or as one line.

    None: there is nothing to say of this slot (a line begins later).
    """

    values: Sequence[int | None]
    shape: Literal["column", "pin", "line"]


@dataclass(frozen=True, slots=True)
class Column:
    """A bar from the zero line up, or down when the amount is negative; `series` counts from 1."""

    series: int
    slot: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Pin:
    """A dot at its amount: on a stem from the zero line, or a point of a line."""

    series: int
    slot: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Label:
    """A word below a slot, or beside a line across at `y`."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All marks of a plot. `zero` is the height of nothing, `left` where the slots begin, `slot` their width.

    `points` are those of the lines, `lines` the same as SVG takes them. `shapes` are those of the series.
    """

    left: float
    zero: float
    slot: float
    ticks: list[Label]
    labels: list[Label]
    shapes: list[str]
    columns: list[Column] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)
    points: list[Pin] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    width: float = WIDTH
    height: float = HEIGHT


def draw(series: Sequence[Series], labels: Sequence[str], tick: Callable[[int], str]) -> Picture | None:
    """The picture of these series, a slot for each of `labels` ("" draws no word below).

    `tick` writes an amount for the axis. None when there is nothing to draw.
    """
    values = [value for one in series for value in one.values if value]
    if not values:
        return None
    marks = ticks(min(values), max(values))
    words = [tick(amount) for amount in marks]
    left = EDGE + CHARACTER * max(_wide(word) for word in words)
    slot = (WIDTH - left - EDGE) / len(labels)
    high, low = marks[-1], marks[0]

    def y(amount: int) -> float:
        return _round(TOP + (HEIGHT - TOP - BOTTOM) * (high - amount) / (high - low))

    def middle(place: int) -> float:
        return _round(left + slot * (place + 0.5))

    picture = Picture(
        left=_round(left),
        zero=y(0),
        slot=_round(slot),
        ticks=[Label(_round(left - 5), y(amount), word) for amount, word in zip(marks, words, strict=True)],
        labels=[Label(middle(place), HEIGHT - 6, word) for place, word in enumerate(labels) if word],
        shapes=[one.shape for one in series],
    )
    wide = slot * FILLED / max(sum(one.shape == "column" for one in series), 1)
    aside = left + slot * (1 - FILLED) / 2 - middle(0)
    for number, one in enumerate(series, start=1):
        said = [(place, value) for place, value in enumerate(one.values) if value is not None]
        pins = [Pin(number, place, middle(place), y(value)) for place, value in said]
        if one.shape == "column":
            picture.columns.extend(_columns(pins, picture.zero, aside, wide))
            aside += wide
        elif one.shape == "pin":
            picture.pins.extend(pin for pin in pins if one.values[pin.slot])
        else:
            picture.points.extend(pins)
            picture.lines.append(" ".join(f"{pin.x},{pin.y}" for pin in pins))
    return picture


def _columns(pins: Sequence[Pin], zero: float, aside: float, wide: float) -> list[Column]:
    """A column up or down to each of these heights, `aside` of the middle of its slot."""
    found = []
    for pin in pins:
        if pin.y != zero:
            top, tall = min(pin.y, zero), abs(pin.y - zero)
            found.append(
                Column(pin.series, pin.slot, _round(pin.x + aside), _round(top), _round(wide), _round(tall))
            )
    return found


def ticks(low: int, high: int) -> list[int]:
    """Round amounts from at or below `low` to at or above `high`, zero among them: 0, 500, 1000…"""
    low, high = min(low, 0), max(high, 0)
    step = _step(max(high - low, 1))
    return [step * count for count in range(low // step, -(-high // step) + 1)]


def _step(span: int) -> int:
    """1, 2 or 5 times a power of ten, so that the span has about four of it."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power * LINES >= span:
                return digit * power
        power *= 10


def _wide(word: str) -> int:
    """How many characters stand beside one another; vowel signs stand above or below theirs."""
    return sum(not unicodedata.category(one).startswith("M") for one in word)


def _round(value: float) -> float:
    return round(value, 1)
