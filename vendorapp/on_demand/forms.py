"""Forms of on-demand orders: plain text fields; what they may hold is said by the shapes of JSON."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired
from wtforms.widgets import DateInput

from ..kernel.fields import Body, Day, LongText, Money, Name, PositiveQuantity, ShortText
from ..kernel.forms import AmountField, PageForm, QuantityField
from ..orders.inputs import Unit


class DayField(StringField):
    """A day as the browser's own picker sends it."""

    widget = DateInput()


class RequestShape(Body):
    """What a page sends of an on-demand order; `served` is a tick."""

    item_name: Name
    unit: Unit | None = None
    quantity: PositiveQuantity | None = None
    rate: Money | None = None
    date: Day | None = None
    message: LongText | None = None
    on_behalf_note: ShortText | None = None
    served: bool = False


class RequestForm(PageForm):
    """A new on-demand order, or other terms for one. `price_needed` where a vendor fills it in; `may_serve`
    offers to say that it is handed over already, `note` to write down how somebody without a login agreed.
    """

    item_name = StringField(_l("What"), [InputRequired()])
    quantity = QuantityField(_l("How much"), [InputRequired()])
    unit = StringField(_l("Unit"))
    rate = AmountField(_l("Price of one"))
    date = DayField(_l("For which day"), [InputRequired()])
    served = BooleanField(_l("It is handed over already"))
    on_behalf_note = StringField(_l("How did they ask?"))
    message = TextAreaField(_l("A word about it"))

    def __init__(
        self, *args: Any, price_needed: bool, may_serve: bool = False, note: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if price_needed:
            self.rate.flags.required = True
        if not may_serve:
            del self.served
        if not note:
            del self.on_behalf_note


class AnswerForm(PageForm):
    """A yes with the price, to the quantity that was seen, or a no with the reason."""

    rate = AmountField(_l("Your price of one"), [InputRequired()])
    quantity = HiddenField()
    on_behalf_note = StringField(_l("How did they agree?"))
    reason = StringField(_l("Why?"))


class ServeForm(PageForm):
    """On which day it was handed over, and how much."""

    date = DayField(_l("On which day"), [InputRequired()])
    quantity = QuantityField(_l("How much"), [InputRequired()])
