"""Where a notification leads: a change to answer, or what became of it. Looking never answers."""

from __future__ import annotations

from typing import Annotated

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from pydantic import Field

from ...accounts import guards
from ...accounts.queries import Caller
from ...kernel.errors import NotFound
from ...kernel.fields import Body
from ...kernel.forms import attempt, shape
from ...orders import queries as orders
from ...orders.queries import ChangeView
from .. import agreements, forecast
from ..forms import AnswerForm
from ..month_days import plans_of
from .changes import card_of, ending_of
from .shared import Page, blueprint, other_side, own_order
from .words import change_title, rows_of


class AnswerShape(Body):
    answer: Annotated[str, Field(pattern="^(accept|decline)$")]


def _own_change(caller: Caller, change_id: int) -> ChangeView:
    found = orders.find_change(caller, change_id)
    if found is None:
        raise NotFound()
    return found


@blueprint.get("/changes/<int:change_id>")
@guards.signed_in
def change(change_id: int) -> Page:
    """The change with Accept and No for whoever may answer."""
    return _page(change_id, AnswerForm(formdata=None), 200)


@blueprint.post("/changes/<int:change_id>")
@guards.signed_in
def answer_change(change_id: int) -> Page:
    """Accept or decline (``answer=accept|decline``)."""
    caller = guards.caller()
    form = AnswerForm()
    done = attempt(
        lambda: agreements.answer(caller, change_id, yes=shape(form, AnswerShape).answer == "accept"), form
    )
    if not done.ok or done.value is None:
        return _page(change_id, form, done.status)
    name = other_side(own_order(done.value.order_id), caller)
    if done.value.status == "accepted":
        flash(_("You said yes. %(name)s is told.", name=name))
    else:
        flash(_("You said no; nothing changes. %(name)s is told.", name=name))
    return redirect(url_for("records.order", order_id=done.value.order_id))


@blueprint.post("/changes/<int:change_id>/withdraw")
@guards.signed_in
def withdraw_change(change_id: int) -> Page:
    """The side that proposed takes it back."""
    caller = guards.caller()
    form = AnswerForm()
    done = attempt(lambda: agreements.withdraw(caller, change_id), form)
    if not done.ok or done.value is None:
        return _page(change_id, form, done.status)
    flash(_("Taken back; everything stays as it was."))
    return redirect(url_for("records.order", order_id=done.value.order_id))


def _page(change_id: int, form: AnswerForm, status: int) -> Page:
    caller = guards.caller()
    found = _own_change(caller, change_id)
    order = own_order(found.order_id)
    plan = plans_of([order.id])[order.id]
    pending = found.status == "pending"
    mine = found.proposed_side == caller.role
    seen = forecast.of_new(order.terms.with_(found.terms), found.effective_from)
    page = render_template(
        "records/change.html",
        form=form,
        order=order,
        change=found,
        title=change_title(found, order.terms.item_name, mine=mine, other=other_side(order, caller)),
        card=card_of(order, plan, found, caller) if pending else None,
        rows=rows_of(seen, order.currency, None if found.kind == "new" else _shown(found)),
        ending=ending_of(order, found, caller),
    )
    return page, status


def _shown(found: ChangeView) -> set[str]:
    """The rows that an ended change was about: its fields, and what follows from them."""
    follows = {"unit": "quantity", "every": "weekdays"}
    return {follows.get(name, name) for name in found.terms}
