"""A vendor's month on one page: what was delivered and paid day by day, of what, and who owes most."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template, request

from ..accounts import guards
from ..kernel.clock import day_in, first_of_month, next_month
from ..kernel.database import FIRST_DAY
from ..kernel.shape import read_query
from . import queries
from .over_time import days_of_month, owing_most
from .plot_words import month_chart
from .rules import month_or_current
from .schemas import MonthIn

blueprint = Blueprint("months_money", __name__)

MOST_OWING = 10


@blueprint.get("/money")
@guards.vendor
def month() -> str:
    """This month, or another one (``?month=YYYY-MM``). The figures are those of the JSON."""
    caller = guards.caller()
    shop = caller.own_business
    today = day_in(shop.timezone)
    this = first_of_month(today)
    shown = min(month_or_current(read_query(MonthIn, request.args).month, today), this)
    counter = queries.walk_in(caller.user_id, shown)
    totals = queries.vendor_totals(caller.user_id, shown)
    return render_template(
        "months/money.html",
        month=shown,
        before=first_of_month(shown - timedelta(days=1)) if shown > FIRST_DAY else None,
        after=next_month(shown) if shown < this else None,
        running=shown == this,
        currency=shop.currency,
        totals=totals,
        sales=totals.sales + counter,
        counter=counter,
        chart=month_chart(days_of_month(caller.user_id, shown), shop.currency),
        items=queries.by_item(caller.user_id, shown),
        owing=owing_most(caller.user_id, shown, limit=MOST_OWING),
    )
