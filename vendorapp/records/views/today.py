"""A vendor's round of one day: what to load, where to stop, one tap a stop."""

from __future__ import annotations

from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from ...accounts import guards
from ...accounts.queries import Caller
from ...kernel.clock import day_in
from ...kernel.clock import now as instant_now
from ...kernel.fields import instant_text
from ...kernel.forms import attempt, blame, sentence, shape
from .. import service
from ..forms import RoundForm, RoundShape
from ..news import time_is_over
from ..round import Round, any_orders, round_of
from ..rules import Tap, date_in_future
from .round_words import at_the_stop, what_is_new, why
from .shared import Page, blueprint, day_asked

STOPS_A_PAGE = 200
MOST_NEWS = 200


@blueprint.get("/today")
@guards.vendor
def today() -> Page:
    """The load sheet and the stops of today, of a day gone by or of tomorrow (``?date=``).

    Tomorrow is only looked at: what is agreed so far.
    """
    caller = guards.caller()
    now = day_in(caller.own_business.timezone)
    form = RoundForm(formdata=None)
    day = day_asked() or now
    if day <= now + timedelta(days=1):
        return _page(caller, day, form, 200)
    problem = date_in_future()
    blame(form, problem)
    return _page(caller, now, form, problem.status)


@blueprint.post("/today")
@guards.vendor
def mark_round() -> Page:
    """One tap of the round, or all the rest as usual."""
    caller = guards.caller()
    now = day_in(caller.own_business.timezone)
    form = RoundForm()
    done = attempt(lambda: _mark(caller, shape(form, RoundShape), now), form)
    day = _posted_day(form, now)
    if not done.ok or done.value is None:
        return _page(caller, day, form, done.status)
    _say(done.value)
    order_id = request.form["mark"].partition(":")[0]
    here = None if day == now else day.isoformat()
    page = request.args.get("cursor")
    anchor = None if order_id == "rest" else f"s{order_id}"
    return redirect(url_for("records.today", date=here, cursor=page, _anchor=anchor))


def _posted_day(form: RoundForm, now: date) -> date:
    try:
        return min(date.fromisoformat(form.date.data or ""), now)
    except ValueError:
        return now


def _mark(caller: Caller, sent: RoundShape, now: date) -> list[service.Result]:
    """The round's verb, as JSON calls it. A single tap's problem is raised."""
    if sent.date > now:
        raise date_in_future()
    if sent.mark == "rest":
        return service.mark_round(caller, [], day=sent.date, rest=True)
    order_id, _colon, status = sent.mark.partition(":")
    found = service.mark_round(caller, [(int(order_id), Tap(status))], day=sent.date, rest=False)
    if found[0].problem:
        raise found[0].problem
    return found


def _say(results: list[service.Result]) -> None:
    marked = [one.view.delivery for one in results if one.view]
    refused = [one.problem for one in results if one.problem]
    if len(results) == 1 and marked:
        text = _("Delivered.") if marked[0].status == "delivered" else _("Not delivered.")
        flash(f"{marked[0].item_name}: {text}")
    elif marked:
        flash(ngettext("%(num)d stop delivered as usual.", "%(num)d stops delivered as usual.", len(marked)))
    elif not refused:
        flash(_("Nothing was left to mark."))
    for text in {sentence(problem) for problem in refused}:
        flash(text, "error")


def _page(caller: Caller, day: date, form: RoundForm, status: int) -> Page:
    shop = caller.own_business
    made = instant_now()
    now = day_in(shop.timezone, made)
    round_ = round_of(shop, day, extras=day >= now)
    first = _first_stop(round_)
    stops = round_.stops[first : first + STOPS_A_PAGE]
    following = first + STOPS_A_PAGE
    over = time_is_over(shop.timezone, shop.cut_off, day)
    page = render_template(
        "records/today.html",
        form=form,
        round=round_,
        stops=stops,
        first=first,
        next=str(following) if following < len(round_.stops) else None,
        news=[(stop, what_is_new(stop), why(stop, shop.timezone)) for stop in round_.news[:MOST_NEWS]],
        at_the_stop=at_the_stop,
        load=[(one.item_name, one.quantity, one.unit or "", one.stops) for one in round_.load],
        day=day,
        now=now,
        tomorrow=now + timedelta(days=1),
        before=day - timedelta(days=1),
        cut_off=f"{shop.cut_off:%H:%M}",
        frozen=made >= over,
        zone=shop.timezone,
        made=instant_text(made),
        has_orders=bool(round_.stops) or any_orders(caller.user_id),
    )
    return page, status


def _first_stop(round_: Round) -> int:
    """Where the page begins in the walking order."""
    raw = request.args.get("cursor", "")
    place = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 8 else 0
    return place if place < len(round_.stops) else 0
