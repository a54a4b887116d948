"""What is open of an account and how it is settled, and a vendor's corrections."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _

from ...accounts import guards
from ...kernel.babel import money
from ...kernel.clock import last_of_month
from ...kernel.fields import month_text
from ...kernel.forms import attempt, shape
from ...kernel.shape import read_query
from ...ledger.queries import balances
from ..forms import CorrectionForm, CorrectionShape, SettleForm, SettleQuery, SettleShape
from ..queries import pages
from ..service import adjusting, settling
from .shared import Page, blueprint, minor, other_name, own_account, written_once


@blueprint.route("/customers/<int:customer_id>/open", methods=["GET", "POST"])
@guards.signed_in
def settle(customer_id: int) -> Page:
    """What is open of a month (``?month=``, else the oldest), and the advance that can pay it."""
    caller = guards.caller()
    row, shop = own_account(customer_id)
    form = SettleForm(by_vendor=caller.is_vendor)
    status = 200
    if form.is_submitted():

        def make() -> int:
            sent = shape(form, SettleShape)
            taken = None
            if caller.is_vendor and sent.amount is not None:
                taken = settling.Taken(minor(sent.amount, shop.currency), sent.method)
            wish = settling.Wish(
                month=sent.month,
                taken=taken,
                write_off_reason=sent.reason if caller.is_vendor else None,
            )
            whose = {"customer_id": customer_id, "vendor_id": None}
            if not caller.is_vendor:
                whose = {"customer_id": None, "vendor_id": shop.vendor_id}
            return settling.settle(caller, wish=wish, **whose).id

        done = attempt(lambda: written_once(form, make), form)
        if done.ok:
            flash(_("Settled: nothing is open of it any more."))
            return redirect(f"/customers/{customer_id}")
        status = done.status
    standing = pages.standing(customer_id)
    asked = read_query(SettleQuery, request.args).month
    month = asked or (standing.months[0].month if standing.months else None)
    form.month.data = month_text(month) if month else ""
    lines = pages.open_of(customer_id, month, last_of_month(month)) if month else []
    page = render_template(
        "billing/open.html",
        row=row,
        shop=shop,
        other=other_name(row, shop),
        standing=standing,
        month=month,
        lines=lines,
        due=sum(line.open for line in lines),
        form=form,
        vendor=caller.is_vendor,
    )
    return page, status


@blueprint.route("/customers/<int:customer_id>/correct", methods=["GET", "POST"])
@guards.vendor
def correct(customer_id: int) -> Page:
    """A correction of today, with its reason; the customer is told."""
    row, shop = own_account(customer_id)
    form = CorrectionForm(data={"side": "less"})
    status = 200
    if form.is_submitted():

        def make() -> int:
            sent = shape(form, CorrectionShape)
            amount = minor(sent.amount, shop.currency)
            return adjusting.adjust(
                guards.caller(),
                customer_id=customer_id,
                amount=amount if sent.side == "more" else -amount,
                reason=sent.reason,
            ).id

        done = attempt(lambda: written_once(form, make), form)
        if done.ok:
            balance = balances([customer_id])[customer_id].balance
            flash(_("Corrected.") + " " + _stands(balance, shop.currency))
            return redirect(f"/customers/{customer_id}")
        status = done.status
    page = render_template(
        "billing/correct.html",
        row=row,
        currency=shop.currency,
        balance=balances([customer_id])[customer_id].balance,
        form=form,
    )
    return page, status


def _stands(balance: int, currency: str) -> str:
    if not balance:
        return str(_("All is settled."))
    amount = money(abs(balance), currency)
    if balance > 0:
        return str(_("You get %(amount)s from them.", amount=amount))
    return str(_("You give back %(amount)s to them.", amount=amount))
