"""A vendor's round of one day as the page shows it: stops in walking order, what to load, what is new.

A fixed number of statements, whatever the number of stops. Which days are due is `orders.rules`'
business, as for marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, select

from ..accounts.queries import Business
from ..kernel.database import session
from ..on_demand.queries import accepted_on
from ..orders.models import Order
from ..orders.rules import in_life
from .news import ENDED, EXTRA, PAUSED, News, news_of, time_is_over
from .round_rows import facts_of, statement


@dataclass(frozen=True, slots=True)
class Stop:
    """One order of the round. `quantity` is what is due, `marked` what the vendor said was given.

    `status`: "" (not marked), delivered, skipped or paused. `gone`: nothing is due there any more, so that
    it stands only in the news. `extra`: an accepted on-demand order, served on its own page.
    """

    order_id: int
    customer_id: int
    name: str
    notes: str | None
    stop_order: int | None
    item_name: str
    unit: str | None
    quantity: int
    status: str = ""
    marked: int | None = None
    disputed: bool = False
    news: News | None = None
    gone: bool = False
    extra: bool = False

    @property
    def loaded(self) -> bool:
        """Whether something is put on the cart for it."""
        return self.status != "paused" and not self.gone

    @property
    def counts(self) -> bool:
        """Whether it is one of the stops to be marked."""
        return self.loaded and not self.extra

    @property
    def done(self) -> bool:
        return self.status in ("delivered", "skipped")


@dataclass(frozen=True, slots=True)
class Load:
    """What to put on the cart of one item: thousandths, and at how many stops they go."""

    item_name: str
    quantity: int
    unit: str | None
    stops: int


@dataclass(frozen=True, slots=True)
class Round:
    """The day's stops in walking order, what they need, and what is new (the late first)."""

    day: date
    stops: list[Stop]
    load: list[Load]
    news: list[Stop]

    @property
    def total(self) -> int:
        return sum(stop.counts for stop in self.stops)

    @property
    def done(self) -> int:
        return sum(stop.done for stop in self.stops)


def round_of(shop: Business, day: date, *, extras: bool) -> Round:
    """The round of the vendor who asks; with `extras` also what was accepted beside the regular orders."""
    rows = session().execute(statement(shop.vendor_id, day)).all()
    found = [stop for row in rows if (stop := _stop(row, shop, day)) is not None]
    if extras:
        found = _with_extras(found, _extras(shop, day))
    news = [stop for stop in found if stop.news and (not stop.extra or stop.news.late)]
    return Round(
        day=day,
        stops=[stop for stop in found if not stop.gone],
        load=list(_load(found)),
        news=sorted(news, key=lambda stop: not (stop.news and stop.news.late)),
    )


def _stop(row: Any, shop: Business, day: date) -> Stop | None:
    """The order as a stop of that day, None when the round does not pass there and nothing is new."""
    order, _period, _earlier, pause, record = row[:5]
    facts = facts_of(row, day)
    terms = facts.terms
    alive = in_life(terms, start_date=order.start_date, ended_on=order.ended_on, day=day)
    marked = record is not None and record.vendor_status is not None
    here = marked or (alive and facts.falls)
    news = news_of(facts, shop.timezone, shop.cut_off)
    if marked and news and news.kind in (ENDED, PAUSED):
        news = None
    if not here and news is None:
        return None
    return Stop(
        order_id=order.id,
        customer_id=order.customer_id,
        name=row.name,
        notes=row.notes,
        stop_order=row.stop_order,
        item_name=record.item_name if marked else terms.item_name,
        unit=record.unit if marked else terms.unit,
        quantity=record.due_quantity if marked else terms.quantity,
        status=record.vendor_status if marked else "paused" if pause is not None else "",
        marked=record.vendor_quantity if marked and record.vendor_status == "delivered" else None,
        disputed=record is not None and record.disputed,
        news=news,
        gone=not here,
    )


def _extras(shop: Business, day: date) -> list[Stop]:
    """What is to be handed over beside the regular orders, in walking order."""
    found = accepted_on(shop.vendor_id, day)
    if not found:
        return []
    ids = [extra.order_id for extra in found]
    rows = session().execute(select(Order.id, Order.start_date, Order.updated_at).where(Order.id.in_(ids)))
    # An accepted order last changed when it was accepted, or when it was changed after that.
    decided = {order_id: (asked_for, at) for order_id, asked_for, at in rows}
    stops = []
    for extra in found:
        asked_for, at = decided[extra.order_id]
        late = asked_for == day and at >= time_is_over(shop.timezone, shop.cut_off, day)
        stops.append(
            Stop(
                order_id=extra.order_id,
                customer_id=extra.customer_id,
                name=extra.customer_name,
                notes=None,
                stop_order=extra.stop_order,
                item_name=extra.item_name,
                unit=extra.unit,
                quantity=extra.quantity,
                news=News(EXTRA, at, late=late),
                extra=True,
            )
        )
    return stops


def _with_extras(stops: Sequence[Stop], extras: Iterable[Stop]) -> list[Stop]:
    """Each extra behind its customer's own stops, else where the customer's door lies on the way."""
    found = list(stops)
    for extra in extras:
        theirs = [place for place, stop in enumerate(found) if stop.customer_id == extra.customer_id]
        later = [place for place, stop in enumerate(found) if _place(stop) > _place(extra)]
        found.insert(theirs[-1] + 1 if theirs else later[0] if later else len(found), extra)
    return found


def _place(stop: Stop) -> tuple[bool, int, str]:
    return stop.stop_order is None, stop.stop_order or 0, stop.name.casefold()


def _load(stops: Iterable[Stop]) -> Iterator[Load]:
    """What is due by item and unit; what was marked meanwhile does not change what is to be loaded."""
    sums: dict[tuple[str, str | None], list[int]] = {}
    for stop in stops:
        if stop.loaded:
            found = sums.setdefault((stop.item_name, stop.unit), [0, 0])
            found[0] += stop.quantity
            found[1] += 1
    for (item_name, unit), (quantity, count) in sorted(
        sums.items(), key=lambda one: (one[0][0], one[0][1] or "")
    ):
        yield Load(item_name, quantity, unit, count)


def any_orders(vendor_id: int) -> bool:
    """Whether any order of this vendor exists, for the words of an empty day."""
    return bool(session().scalar(select(exists().where(Order.vendor_id == vendor_id))))
