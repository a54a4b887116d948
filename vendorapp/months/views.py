"""The page of one account: what is owed, the orders, the month. Both sides open it at the same address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import Field
from werkzeug.wrappers import Response

from ..accounts import guards
from ..accounts.queries import business
from ..billing.queries import pages
from ..customers import queries as book
from ..customers import service as customers
from ..customers.queries import CustomerView
from ..kernel import pdf
from ..kernel.babel import money
from ..kernel.database import transaction
from ..kernel.errors import NotFound, Problem, invalid
from ..kernel.fields import Day, month_text
from ..kernel.forms import attempt, in_transaction, shape
from ..kernel.money import amount_text
from ..kernel.shape import read, read_query
from ..ledger.queries import balances
from ..orders import service as orders
from ..records.month_days import DayMark, cells_of
from . import accepting
from . import share as sharing
from .forms import AcceptForm
from .over_time import year_of
from .overview import account_page
from .pdf import file_name, pay_of, statement_pdf
from .plot_words import year_chart
from .rules import Acceptance
from .schemas import AcceptIn, MonthIn
from .sheet import Sheet, sheet
from .statements import account_of

blueprint = Blueprint("months", __name__)

PAPERS_SHOWN = 3


class AccountQuery(MonthIn):
    """The month shown, the day of it that is opened, and the page of its orders."""

    day: Day | None = None
    cursor: Annotated[str, Field(max_length=2000)] | None = None


@blueprint.get("/customers/<int:customer_id>")
@guards.signed_in
def customer(customer_id: int) -> str:
    """The account of one customer with one vendor, in one month."""
    asked = read_query(AccountQuery, request.args)
    caller = guards.caller()
    row = book.find(caller, customer_id)
    shop = business(row.vendor_id) if row else None
    if row is None or shop is None:
        raise NotFound()
    month = asked.day.replace(day=1) if asked.day else asked.month
    page = account_page(caller, row, shop, month=month, cursor=asked.cursor)
    once = {extra.id for extra in page.extras}

    def url(day: date, marks: Sequence[DayMark]) -> str | None:
        """A single delivery is opened at once; of several the page shows which there are."""
        if len(marks) > 1:
            return url_for(".customer", customer_id=customer_id, day=day.isoformat(), _anchor="day")
        return mark_url(day, marks[0]) if marks else None

    def mark_url(day: date, mark: DayMark) -> str | None:
        """Where there is more about it: of a day that has not come, only of what was asked for once."""
        if mark.order_id in once:
            return url_for("on_demand.show", order_id=mark.order_id)
        if day > page.today:
            return None
        return url_for("records.day", order_id=mark.order_id, date=day.isoformat())

    day = asked.day
    return render_template(
        "months/customer.html",
        page=page,
        weeks=cells_of(page.days, page.today, url),
        opened=[(mark, mark_url(day, mark) or f"/orders/{mark.order_id}") for mark in page.days[day]]
        if day
        else [],
        day=day,
        before=month_url(customer_id, page.before),
        after=month_url(customer_id, page.after),
        year=year_chart(year_of(customer_id, page.month), shop.currency, vendor=caller.is_vendor),
        phone=_phone_of_vendor(row),
        standing=pages.standing(customer_id),
        claims=pages.claims_of(caller, customer_id=customer_id).items,
        papers=pages.papers_of(caller, customer_id, limit=PAPERS_SHOWN),
    )


def _phone_of_vendor(row: CustomerView) -> str | None:
    """For the customer, who may want to call."""
    caller = guards.caller()
    if caller.is_vendor:
        return None
    return book.vendors_of(caller.user_id, row.vendor_id)[0].phone_number


def month_url(customer_id: int, month: date | None) -> str | None:
    return url_for(".customer", customer_id=customer_id, month=month_text(month)) if month else None


@blueprint.post("/customers/<int:customer_id>/deactivate")
@guards.vendor
def deactivate(customer_id: int) -> Response:
    """End a customer's orders today and take them off the lists; what is owed stays payable."""
    caller = guards.caller()
    with transaction():
        row = customers.deactivate(caller.user_id, customer_id)
        orders.end_all_of(caller, customer_id)
    flash(_("%(name)s is inactive; all regular orders end today.", name=row.name) + " " + _owed(row))
    return redirect(url_for(".customer", customer_id=customer_id))


def _owed(row: CustomerView) -> str:
    balance = balances([row.customer_id])[row.customer_id].balance
    if not balance:
        return str(_("Nothing is left to pay."))
    amount = money(abs(balance), guards.caller().own_business.currency)
    if balance > 0:
        return str(_("You still get %(amount)s from them.", amount=amount))
    return str(_("You still give back %(amount)s to them.", amount=amount))


@blueprint.get("/customers/<int:customer_id>/statement/<month>")
@guards.signed_in
def statement(customer_id: int, month: str) -> str:
    """The account of one month (YYYY-MM), day by day, the same for both sides."""
    found = sheet(guards.caller(), customer_id, _month(month))
    return _statement_page(found, _accept_form(found))


@blueprint.get("/customers/<int:customer_id>/statement/<month>.pdf")
@guards.signed_in
def statement_paper(customer_id: int, month: str) -> Response:
    """The same on paper."""
    found = sheet(guards.caller(), customer_id, _month(month))
    return pdf.answer(statement_pdf(found), file_name(found))


@blueprint.get("/customers/<int:customer_id>/statement/<month>/share")
@guards.signed_in
def share(customer_id: int, month: str) -> str:
    """The link to this month that works now, or the way to one."""
    caller, first = guards.caller(), _month(month)
    settings = current_app.extensions["vendorapp"]
    customer, shop = account_of(caller, customer_id)
    found = sharing.shared(caller, customer_id, first, secret=settings.secret_key)
    return render_template(
        "months/share.html",
        customer=customer,
        shop=shop,
        month=first,
        share=found,
        url=settings.base_url + url_for("months_shared.page", token=found.token) if found else None,
    )


@blueprint.post("/customers/<int:customer_id>/statement/<month>/share")
@guards.signed_in
def make_share(customer_id: int, month: str) -> Response:
    """Make a link to this month; there is one at most."""
    secret = current_app.extensions["vendorapp"].secret_key
    in_transaction(lambda: sharing.share(guards.caller(), customer_id, _month(month), secret=secret))
    return redirect(url_for(".share", customer_id=customer_id, month=month))


@blueprint.post("/customers/<int:customer_id>/statement/<month>/share/withdraw")
@guards.signed_in
def withdraw_share(customer_id: int, month: str) -> Response:
    """End the links to this month."""
    in_transaction(lambda: sharing.withdraw(guards.caller(), customer_id, _month(month)))
    flash(_("The link shows nothing any more."))
    return redirect(url_for(".share", customer_id=customer_id, month=month))


@blueprint.post("/customers/<int:customer_id>/statement/<month>/accept")
@guards.signed_in
def accept(customer_id: int, month: str) -> str | Response | tuple[str, int]:
    """This side's yes to the month as it stood on the page."""
    caller, first = guards.caller(), _month(month)
    row = book.find(caller, customer_id)
    if row is None:
        raise NotFound()
    form = AcceptForm()

    def verb() -> Acceptance:
        sent = shape(form, AcceptIn)
        if caller.is_vendor and not row.linked and not sent.on_behalf_note:
            raise invalid("on_behalf_note", "This field is required.")
        return accepting.accept(
            caller,
            customer_id,
            first,
            closing_balance=sent.closing_balance,
            on_behalf_note=sent.on_behalf_note,
        )

    done = attempt(verb, form)
    if done.ok and done.value is not None:
        if done.value.closed_at:
            flash(_("Accepted. The month is closed: nothing in it moves any more."))
        else:
            flash(_("Accepted. It is closed once the other side accepts it too."))
        return redirect(url_for(".statement", customer_id=customer_id, month=month))
    found = sheet(caller, customer_id, first)
    # The sum that stands on the page now is what the next yes is about.
    form.closing_balance.data = _closing(found)
    return _statement_page(found, form), done.status


def _month(raw: str) -> date:
    """The first day of a month in a path; what is no month is not found."""
    try:
        found = read(MonthIn, {"month": raw}).month
    except Problem:
        found = None
    if found is None:
        raise NotFound()
    return found


def _closing(found: Sheet) -> str:
    return amount_text(found.view.month.sums.closing, found.business.currency)


def _accept_form(found: Sheet) -> AcceptForm:
    return AcceptForm(formdata=None, data={"closing_balance": _closing(found)})


def _statement_page(found: Sheet, form: AcceptForm) -> str:
    caller = guards.caller()
    accepted = found.view.acceptance
    mine = accepted.by_vendor_at if caller.is_vendor else accepted.by_customer_at
    alone = caller.is_vendor and not found.customer.linked
    return render_template(
        "months/statement.html",
        found=found,
        view=found.view,
        form=form,
        pay=None if caller.is_vendor else pay_of(found),
        mine=mine,
        alone=alone,
        may_accept=not found.blocked and accepted.closed_at is None and (mine is None or alone),
        vendor=caller.is_vendor,
    )
