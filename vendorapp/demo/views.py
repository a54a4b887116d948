"""A developer's button: an empty book is filled with made-up customers, orders and days."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, redirect
from flask_babel import ngettext
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from ..accounts import guards
from ..accounts.models import Vendor
from ..customers.models import Customer
from ..kernel.babel import in_words
from ..kernel.database import patience, session
from ..kernel.errors import Conflict
from ..kernel.forms import in_transaction
from ..orders.models import Order
from . import rows
from .load import Demo
from .plan import plan
from .tables import ZONE

CUSTOMERS = 25
MONTHS = 2
CURRENCY = "INR"

blueprint = Blueprint("demo", __name__)


class Filled(Demo):
    """The demo of one vendor who is there already; nobody of it has a login."""

    def __init__(self, vendor_id: int) -> None:
        super().__init__(vendors=1, customers=CUSTOMERS, months=MONTHS, seed=vendor_id)
        self.vendor_id = vendor_id

    def _people(self) -> None:
        (shop,) = plan(vendors=1, customers=self.customers, span=self.span, seed=self.seed)
        self._shops[self.vendor_id] = replace(shop, linked=False)
        session().execute(rows.TERMS)

    def _extras(self) -> None:
        """What is asked for beside regular orders is asked by a login."""

    def _money(self) -> None:
        """Nor is anything paid: the developer tries that."""


def fill(vendor_id: int) -> None:
    """Fill the book. Raises 409 ``book_not_empty``, and ``other_place`` where made-up days would not fit."""
    # The lock lets the second of two clicks see what the first one wrote.
    shop = session().get_one(Vendor, vendor_id, with_for_update=True, populate_existing=True)
    if (shop.timezone, shop.currency) != (ZONE, CURRENCY):
        raise Conflict("other_place", "The made-up data is of a business in India: Asia/Kolkata and INR.")
    book = select(Customer.id).where(Customer.vendor_id == vendor_id).exists()
    orders = select(Order.id).where(Order.vendor_id == vendor_id).exists()
    if session().scalar(select(or_(book, orders))):
        raise Conflict("book_not_empty", "The book is not empty; made-up data goes into an empty one only.")
    patience("60s", "10s")
    for step in Filled(vendor_id).steps():
        step()


@blueprint.post("/demo/fill")
@guards.vendor
def fill_book() -> Response:
    """Fill the signed-in vendor's empty book, and show their round."""
    vendor_id = guards.caller().user_id
    try:
        in_transaction(lambda: fill(vendor_id))
    except Conflict as problem:
        flash(in_words(problem.detail), "error")
    else:
        flash(
            ngettext(
                "%(num)d made-up customer is in your book.",
                "%(num)d made-up customers are in your book.",
                CUSTOMERS,
            )
        )
    return redirect("/today")
