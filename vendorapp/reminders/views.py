"""Pages: what is due on the page of an account, reminding by hand, and the promise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue as Page
from flask_babel import gettext as _

from ..accounts import guards
from ..accounts.queries import Business, business
from ..customers import queries as book
from ..customers.queries import CustomerView
from ..kernel.babel import day as day_text
from ..kernel.errors import NotFound
from ..kernel.forms import attempt, shape
from . import queries, rules, service, words
from .forms import PromiseForm
from .queries import Standing
from .rules import Refusal
from .schemas import PromiseIn

blueprint = Blueprint("reminders", __name__)


@blueprint.app_context_processor
def for_templates() -> dict[str, Callable[..., object]]:
    return {
        "reminders_of": reminders_of,
        "agreed_day": words.agreed_day,
        "left_out_of_due": words.left_out,
    }


@blueprint.app_template_filter("day_of_month")
def day_of_month(value: date) -> str:
    """A day without its year: ``5 November``."""
    return day_text(value, words.DAY)


def reminders_of(customer: CustomerView, own: Business) -> Standing | None:
    """What `reminders/_card.html` shows of an account that the caller may see; None for nothing to show."""
    found = queries.standing(customer, own)
    return found if found.pay_day or found.due.amount or found.sent else None


def _standing(customer_id: int) -> Standing:
    row = book.find(guards.caller(), customer_id)
    own = business(row.vendor_id) if row else None
    if row is None or own is None:
        raise NotFound()
    return queries.standing(row, own)


def _account(customer_id: int) -> Page:
    return redirect(url_for("months.customer", customer_id=customer_id))


def why_not(found: Standing) -> str | None:
    """Why the vendor cannot remind now, in words; None when they can."""
    name = found.customer.name
    day = day_text(found.next_allowed, words.DAY) if found.next_allowed else ""
    match found.refusal:
        case None:
            return None
        case Refusal.NOTHING_DUE:
            return str(_("%(name)s has nothing to pay now.", name=name))
        case Refusal.PROMISED:
            return str(
                _("%(name)s said when they pay. You can remind them from %(day)s.", name=name, day=day)
            )
        case Refusal.ENOUGH:
            return str(
                _(
                    "%(name)s was reminded three times; that is enough. You can remind them from %(day)s.",
                    name=name,
                    day=day,
                )
            )
        case Refusal.LATELY:
            return str(
                _(
                    "%(name)s was reminded in the last seven days. You can remind them from %(day)s.",
                    name=name,
                    day=day,
                )
            )


@blueprint.route("/customers/<int:customer_id>/remind", methods=["GET"])
@guards.vendor
def remind(customer_id: int) -> Page:
    """What a reminder would say; after it was sent to somebody without a login, the text to pass on."""
    return _remind_page(customer_id, 200)


@blueprint.post("/customers/<int:customer_id>/remind")
@guards.vendor
def send(customer_id: int) -> Page:
    """Remind now."""
    done = attempt(lambda: service.remind(guards.caller(), customer_id))
    if done.value is None:
        return _remind_page(customer_id, done.status)
    if done.value.told:
        flash(_("The reminder is sent."))
        return _account(customer_id)
    flash(_("The reminder is written down. Now share its text."))
    return redirect(url_for(".remind", customer_id=customer_id))


def _remind_page(customer_id: int, status: int) -> Page:
    found = _standing(customer_id)
    message = service.message_of(found)
    upi_id = found.business.upi_id if found.business.currency == "INR" else None
    page = render_template(
        "reminders/remind.html",
        found=found,
        message=message,
        text=words.to_share(message, upi_id=upi_id),
        why_not=why_not(found),
    )
    return page, status


@blueprint.route("/customers/<int:customer_id>/promise", methods=["GET", "POST"])
@guards.customer
def promise(customer_id: int) -> Page:
    """Say when one pays: the vendor is told, and no reminder comes until then."""
    found = _standing(customer_id)
    last = found.today + rules.FURTHEST_PROMISE
    usual = found.promise or max(found.today, found.pay_by or found.today)
    form = PromiseForm(data={"day": usual.isoformat()})
    status = 200
    if form.is_submitted():
        caller = guards.caller()
        done = attempt(lambda: service.promise(caller, customer_id, shape(form, PromiseIn).day), form)
        if done.value is not None and done.value.promise is not None:
            day = day_text(done.value.promise, words.DAY)
            flash(_("%(name)s knows that you pay on %(day)s.", name=found.business.business_name, day=day))
            return _account(customer_id)
        status = done.status
    page = render_template(
        "reminders/promise.html", found=found, form=form, first=found.today.isoformat(), last=last.isoformat()
    )
    return page, status
