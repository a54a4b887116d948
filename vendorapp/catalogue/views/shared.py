"""What every page of the room begins with."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Blueprint, flash, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ...accounts import guards
from ...kernel.babel import money
from ...kernel.errors import NotFound
from ...kernel.forms import in_transaction
from ...kernel.money import amount_text
from ...kernel.shape import read
from .. import queries, rules, service
from ..forms import StatusShape
from ..models import Package, Product, Service

blueprint = Blueprint("catalogue", __name__)

Page = str | Response | tuple[str, int]
Kind = TypeVar("Kind", Product, Package, Service)


def own(kind: type[Kind], item_id: int) -> Kind:
    """The item, when it is the calling vendor's; 404 else."""
    row = queries.find(kind, guards.caller().user_id, item_id)
    if row is None:
        raise NotFound()
    return row


def currency() -> str:
    return guards.caller().own_business.currency


def price(rate: int | None, unit: str | None = None) -> str:
    """A price as people read it."""
    if rate is None:
        return _("price agreed at each sale")
    text = money(rate, currency())
    return _("%(price)s for 1 %(unit)s", price=text, unit=unit) if unit else text


def typed_rate(rate: int | None) -> str:
    """A price as it stands in a form's field."""
    return "" if rate is None else amount_text(rate, currency())


def columns(sent: Any) -> dict[str, Any]:
    """The columns of a page's form, all of them: a field that was emptied empties its column."""
    found: dict[str, Any] = sent.model_dump(exclude={"components"})
    return found | {"rate": rules.minor(sent.rate, currency())}


def set_status(kind: type[Kind], item_id: int) -> Kind:
    """Make an item inactive, or active again, and say so."""
    sent = read(StatusShape, {"status": request.form.get("status", "")})
    own_id = guards.caller().user_id
    row = in_transaction(lambda: service.change(kind, own_id, item_id, {"status": sent.status}))
    if row.status == "active":
        flash(_("%(name)s is on sale again.", name=row.name))
    else:
        flash(_("%(name)s is no longer on sale. What was sold stays as it is.", name=row.name))
    return row
