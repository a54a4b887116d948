"""What every page of the room begins with."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from ...accounts import guards
from ...accounts.queries import Business, business
from ...customers import queries as book
from ...customers.queries import CustomerView
from ...kernel.errors import NotFound, invalid
from ...kernel.money import AmountError, to_minor
from ...kernel.said import reason
from ..forms import plain
from ..service.once import once
from ..words import correction_word

blueprint = Blueprint("billing", __name__)

Page = str | Response | tuple[str, int]


def own_account(customer_id: int) -> tuple[CustomerView, Business]:
    """A row of the caller's side and the vendor's business; 404 else."""
    row = book.find(guards.caller(), customer_id)
    shop = business(row.vendor_id) if row else None
    if row is None or shop is None:
        raise NotFound()
    return row, shop


def minor(amount: Decimal, currency: str, field: str = "amount") -> int:
    """Minor units; 422 on `field` for more decimals than the currency has."""
    try:
        return to_minor(amount, currency)
    except AmountError as error:
        raise invalid(field, reason(error)) from None


def written_once(form: Any, make: Callable[[], int]) -> int:
    """The id that `make` gives; a second click on the same page gives it again."""
    said = plain(form) | {"address": request.full_path}
    return once(guards.caller().user_id, request.path, form.key.data or "", said, make)


def other_name(row: CustomerView, shop: Business) -> str:
    """What the other side of an account is called."""
    return row.name if guards.caller().is_vendor else shop.business_name


blueprint.add_app_template_global(correction_word)
