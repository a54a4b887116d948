"""The page of one account: what is owed, the orders, the month. Both sides open it at the same address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import Field
from werkzeug.wrappers import Response

from ..accounts import guards
from ..accounts.queries import business
from ..customers import queries as book
from ..customers import service as customers
from ..customers.queries import CustomerView
from ..kernel.babel import money
from ..kernel.database import transaction
from ..kernel.errors import NotFound
from ..kernel.fields import Day, month_text
from ..kernel.shape import read_query
from ..ledger.queries import balances
from ..orders import service as orders
from ..records.month_days import DayMark, cells_of
from .overview import account_page
from .schemas import MonthIn

blueprint = Blueprint("months", __name__)


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
        phone=_phone_of_vendor(row),
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
