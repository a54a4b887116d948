"""One new price for many: choose the item, look at what it means, ask; then see who answered what."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from ...accounts import guards
from ...accounts.queries import Caller
from ...kernel import long_jobs
from ...kernel.babel import day as day_text
from ...kernel.babel import money
from ...kernel.clock import day_in
from ...kernel.errors import NotFound, invalid
from ...kernel.fields import ShortText
from ...kernel.forms import attempt, shape
from ...kernel.paging import PageQuery
from ...kernel.shape import read_query
from ...orders import service as orders
from ...orders.inputs import minor
from ...orders.words import amount_of
from .. import price_words, prices, raising, raising_many
from ..forms import AnswerForm, NewRateForm, NewRateShape
from ..prices import ItemInForce
from .shared import Page, blueprint

# The tabs of one price, and the statuses that each shows.
TABS = {
    "all": prices.STATUSES,
    "open": ("pending",),
    "accepted": ("accepted",),
    "declined": ("declined",),
    "ended": ("withdrawn", "superseded", "expired"),
}
NAMES_SHOWN = 5


class AskedQuery(PageQuery):
    show: Literal["all", "open", "accepted", "declined", "ended"] = "all"
    q: ShortText | None = None


@blueprint.get("/prices")
@guards.vendor
def price_list() -> Page:
    """The items that a new price can be asked for, and the prices that were asked before."""
    caller = guards.caller()
    query = read_query(PageQuery, request.args)
    found = prices.rate_proposals(caller, limit=20, cursor=query.cursor)
    return render_template(
        "records/prices.html",
        items=prices.items_in_force(caller) if query.cursor is None else [],
        found=found,
        first=query.cursor is None,
        working=long_jobs.running(caller.user_id, raising_many.KIND),
        currency=caller.own_business.currency,
        zone=caller.own_business.timezone,
    )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some are left alone, the first of their names, and how many orders they are."""

    text: str
    names: str
    count: int


@dataclass(frozen=True, slots=True)
class Look:
    """What a new price would come to before anybody is told, in orders.

    `price`, the `first` day and how much `more` a month (or `less`) are ready text, "" for none.
    """

    asked: int
    noted: int
    price: str
    first: str
    more: str
    less: bool
    reasons: Sequence[Reason]

    @property
    def left_alone(self) -> int:
        return sum(reason.count for reason in self.reasons)


def _item() -> ItemInForce:
    """The item named in the address; 404 when it is on no active order."""
    name, unit = request.args.get("item", ""), request.args.get("unit") or None
    for one in prices.items_in_force(guards.caller()):
        if (one.item_name, one.unit) == (name, unit):
            return one
    raise NotFound()


@blueprint.route("/prices/new", methods=["GET", "POST"])
@guards.vendor
def new_price() -> Page:
    """The form of a new price of ``?item=&unit=``; it is looked at before it is sent."""
    caller = guards.caller()
    item = _item()
    form = NewRateForm(choices=_choices(item, caller.own_business.currency), data=_defaults(caller))
    if not form.is_submitted():
        return _form_page(item, form, None, 200)
    typed = _fingerprint(form)
    if "send" in request.form and form.seen.data == typed:
        done = attempt(lambda: _send(caller, *_said(caller, item, form)), form)
        if done.value is not None:
            url, sentences = done.value
            for sentence in sentences:
                flash(sentence)
            return redirect(url)
        if not done.ok:
            return _form_page(item, form, None, done.status)
    looked = attempt(lambda: _look(caller, item, form), form)
    form.seen.data = typed if looked.ok else ""
    return _form_page(item, form, looked.value, looked.status)


def _choices(item: ItemInForce, currency: str) -> list[tuple[str, str]]:
    """Everybody, or those who pay one of the present prices; no choice where all pay the same."""
    if len(item.rates) < 2:
        return []
    rates = [
        (str(rate), _("Those who pay %(price)s now", price=money(rate, currency))) for rate, _n in item.rates
    ]
    return [("", _("Everybody")), *rates]


def _defaults(caller: Caller) -> dict[str, str]:
    tomorrow = day_in(caller.own_business.timezone) + timedelta(days=1)
    return {"effective_from": tomorrow.isoformat(), "rate_now": ""}


def _fingerprint(form: NewRateForm) -> str:
    """What was typed, in short: only what was looked at is sent."""
    typed = [str(field.data) for field in form if field.short_name not in ("seen", "csrf_token")]
    return hashlib.sha256("\0".join(typed).replace("\r\n", "\n").encode()).hexdigest()


def _said(caller: Caller, item: ItemInForce, form: NewRateForm) -> tuple[orders.Wanted, orders.NewRate]:
    """Whom the price is for, and the price. Raises 422."""
    sent = shape(form, NewRateShape)
    business = caller.own_business
    rate = minor(sent.rate, business.currency, "rate")
    if sent.effective_from and sent.effective_from < day_in(business.timezone):
        raise invalid("effective_from", "This day is over.")
    wanted = orders.Wanted(
        item_name=item.item_name,
        units=(item.unit,),
        rate_now=int(sent.rate_now) if sent.rate_now else None,
    )
    return wanted, orders.NewRate(rate or 0, sent.effective_from, sent.message, sent.on_behalf_note)


def _look(caller: Caller, item: ItemInForce, form: NewRateForm) -> Look:
    wanted, new = _said(caller, item, form)
    weighed = raising.look(caller, wanted, new)
    asked = [one for one in weighed if one.problem is None]
    linked = [one for one in asked if one.held and one.held.customer.user_id is not None]
    more = prices.more_a_month(asked, new.rate)
    return Look(
        asked=len(linked),
        noted=len(asked) - len(linked),
        price=money(new.rate, caller.own_business.currency),
        first=day_text(new.effective_from) if new.effective_from else "",
        more=money(abs(more), caller.own_business.currency) if more else "",
        less=more < 0,
        reasons=_reasons(weighed),
    )


def _reasons(weighed: Sequence[orders.Weighed]) -> list[Reason]:
    """Why some are left alone, the most frequent first, with the first few names."""
    names: dict[str, list[str]] = {}
    for one in weighed:
        if one.problem is not None:
            names.setdefault(one.problem.code, []).append(one.held.customer.name if one.held else "")
    found = []
    for code, who in sorted(names.items(), key=lambda item: -len(item[1])):
        more = len(who) - NAMES_SHOWN
        text = ", ".join(who[:NAMES_SHOWN])
        if more > 0:
            text = ngettext("%(names)s and %(num)d more", "%(names)s and %(num)d more", more, names=text)
        found.append(Reason(left_out_text(code), text, len(who)))
    return found


def left_out_text(code: str) -> str:
    """Why an order is not asked, by the word of the contract."""
    words = {
        "on_behalf_note_required": _("No login, and no word on how they agreed"),
        "change_pending": _("Something else waits for an answer"),
        "already_recorded": _("That day is already marked"),
        "invalid": _("They pay this price already"),
        "customer_inactive": _("The customer is inactive"),
        "order_ended": _("The order has ended"),
    }
    return words.get(code, _("Not one of your regular orders"))


def _form_page(item: ItemInForce, form: NewRateForm, look: Look | None, status: int) -> Page:
    currency = guards.caller().own_business.currency
    return render_template(
        "records/price_form.html", form=form, item=item, look=look, currency=currency
    ), status


def _send(caller: Caller, wanted: orders.Wanted, new: orders.NewRate) -> tuple[str, list[str]] | None:
    """Ask now, or have many asked: where to see it, and what is said there. None when nobody was asked."""
    job_id = raising_many.begin(caller, wanted, new)
    if job_id is not None:
        return url_for("work.work", job_id=job_id), []
    done = raising.propose_rate(caller, wanted, new)
    if done.proposal_id is None:
        return None
    changes = [one.change for one in done.results if one.change]
    asked = sum(1 for one in changes if one.status == "pending")
    said = price_words.asked_and_noted(asked, len(changes) - asked)
    return url_for("records.price", proposal_id=done.proposal_id), said


@blueprint.get("/prices/<int:proposal_id>")
@guards.vendor
def price(proposal_id: int) -> Page:
    """Who said yes, who said no, who has not answered yet (``?show=``, ``?q=`` for a name)."""
    return _price_page(proposal_id, AnswerForm(formdata=None), 200)


@blueprint.post("/prices/<int:proposal_id>/withdraw")
@guards.vendor
def withdraw_price(proposal_id: int) -> Page:
    """Take back what is not answered yet."""
    form = AnswerForm()
    done = attempt(lambda: orders.withdraw_open(guards.caller(), proposal_id), form)
    if not done.ok:
        return _price_page(proposal_id, form, done.status)
    if done.value:
        flash(
            ngettext(
                "%(num)d taken back; its price stays.", "%(num)d taken back; their prices stay.", done.value
            )
        )
    else:
        flash(_("Nothing was open any more."))
    return redirect(url_for("records.price", proposal_id=proposal_id))


def _price_page(proposal_id: int, form: AnswerForm, status: int) -> Page:
    caller = guards.caller()
    found = prices.rate_proposal(caller, proposal_id)
    if found is None:
        raise NotFound()
    query = read_query(AskedQuery, request.args)
    page = render_template(
        "records/price.html",
        form=form,
        found=found,
        asked=prices.asked_of(
            caller,
            proposal_id,
            statuses=TABS[query.show],
            q=query.q,
            limit=query.limit,
            cursor=query.cursor,
        ),
        query=query,
        tabs=[(name, text, found.of(*TABS[name])) for name, text in _tab_names()],
        left_out=[(left_out_text(code), count) for code, count in sorted(found.left_out.items())],
        currency=caller.own_business.currency,
        zone=caller.own_business.timezone,
        amount_of=amount_of,
    )
    return page, status


def _tab_names() -> list[tuple[str, str]]:
    return [
        ("all", _("All")),
        ("open", _("Open")),
        ("accepted", _("Yes")),
        ("declined", _("No")),
        ("ended", _("Ended")),
    ]
