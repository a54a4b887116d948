"""One on-demand order and what its reader may do with it now."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for

from ...accounts import guards
from ...accounts.queries import Caller
from ...kernel.clock import now
from ...kernel.forms import Outcome, attempt, shape
from ...orders.inputs import minor
from .. import rules, service
from ..forms import AnswerForm, ServeForm
from ..queries import RequestView
from ..rules import OFFERED, SERVED
from ..schemas import AcceptIn, DeclineIn, ServeIn
from .shared import Page, blueprint, other_side, own
from .words import became, figures, standing, story


@blueprint.get("/requests/<int:order_id>")
@guards.signed_in
def show(order_id: int) -> Page:
    """One on-demand order, the same for both sides, with exactly what this side may do now."""
    return _page(own(order_id), 200)


@blueprint.post("/requests/<int:order_id>/accept")
@guards.signed_in
def accept(order_id: int) -> Page:
    """A yes: a vendor's with the price, a customer's to an offer or to what was not right before.

    The page sends what it shows; when it was changed meanwhile, the new offer is shown instead.
    """
    caller, form = guards.caller(), AnswerForm()

    def verb() -> None:
        sent = shape(form, AcceptIn)
        rate = minor(sent.rate, own(order_id).currency, "rate")
        service.accept(
            caller, order_id, rate=rate, quantity=sent.quantity, on_behalf_note=sent.on_behalf_note
        )

    return _done(order_id, attempt(verb, form), answer=form)


@blueprint.post("/requests/<int:order_id>/decline")
@guards.signed_in
def decline(order_id: int) -> Page:
    """A no; from a customer to what was handed over, it is not counted until both agree."""
    form = AnswerForm()
    done = attempt(
        lambda: service.decline(guards.caller(), order_id, reason=shape(form, DeclineIn).reason), form
    )
    return _done(order_id, done, answer=form)


@blueprint.post("/requests/<int:order_id>/serve")
@guards.vendor
def serve(order_id: int) -> Page:
    """The vendor handed it over."""
    form = ServeForm()

    def verb() -> None:
        sent = shape(form, ServeIn)
        service.serve(guards.caller(), order_id, day=sent.date, quantity=sent.quantity)

    return _done(order_id, attempt(verb, form), serving=form)


@blueprint.post("/requests/<int:order_id>/cancel")
@guards.signed_in
def cancel(order_id: int) -> Page:
    """Call it off, or take back what was handed over."""
    form = AnswerForm()
    return _done(order_id, attempt(lambda: service.cancel(guards.caller(), order_id), form), answer=form)


def _done(
    order_id: int,
    done: Outcome[None],
    *,
    answer: AnswerForm | None = None,
    serving: ServeForm | None = None,
) -> Page:
    found = own(order_id)
    if done.problem is not None:
        if answer is not None and done.problem.code == "wrong_state":
            answer.rate.data = found.seen.get("rate")  # that of an old page answers nothing any more
        return _page(found, done.status, answer=answer, serving=serving)
    flash(became(found, guards.caller()))
    return redirect(url_for(".show", order_id=order_id))


def _page(
    found: RequestView,
    status: int,
    *,
    answer: AnswerForm | None = None,
    serving: ServeForm | None = None,
) -> Page:
    caller = guards.caller()
    if answer is None:
        answer = AnswerForm(formdata=None, data={"rate": found.seen.get("rate")})
    answer.on_behalf_note.flags.required = found.state == OFFERED or found.goods.rate is None
    if serving is None:
        usual = {"date": found.today.isoformat(), "quantity": found.seen["quantity"]}
        serving = ServeForm(formdata=None, data=usual)
    page = render_template(
        "on_demand/request.html",
        found=found,
        other=other_side(found, caller),
        vendor=caller.is_vendor,
        steps=_offered(found, caller),
        standing=standing(found, caller),
        figures=figures(found, caller),
        story=story(found, caller),
        answer=answer,
        serving=serving,
    )
    return page, status


def _offered(found: RequestView, caller: Caller) -> set[str]:
    """The steps that the page offers: of two that come to the same, the one that reads better."""
    steps = set(rules.steps(found.facts, caller.role, now()))
    if "accept" in steps:
        steps.discard("cancel")  # a no says it
    elif "cancel" in steps:
        steps.discard("decline")
    if found.customer_id is None:
        steps.discard("serve")
    if found.state == SERVED and found.paid:
        steps.discard("cancel")
    return steps
