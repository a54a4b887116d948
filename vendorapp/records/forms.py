"""Forms of the records room: plain text fields; what they may hold is said by the models of JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask_babel import lazy_gettext as _l
from pydantic import BeforeValidator, Field
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, DateInput, ListWidget

from ..kernel.fields import Body, Day, LongText, Money, Name, PositiveQuantity, Quantity, ShortText
from ..kernel.forms import AmountField, PageForm, QuantityField
from ..orders.inputs import TermsIn
from .schemas import Note


class DayField(StringField):
    """A day as the browser's own picker sends it."""

    widget = DateInput()


def _chosen(value: Any) -> tuple[int, ...]:
    """The weekdays that were ticked."""
    days = tuple(sorted(set(value))) if isinstance(value, list) else ()
    if not days or any(day not in range(1, 8) for day in days):
        raise ValueError("Choose at least one day.")
    return days


class TermsShape(TermsIn):
    """As in JSON, with words for people who tick boxes."""

    weekdays: Annotated[tuple[int, ...], BeforeValidator(_chosen)] | None = None


class NewOrderShape(TermsShape):
    item_name: Name
    quantity: PositiveQuantity


class ChangeShape(TermsShape):
    effective_from: Day | None = None


class EndShape(Body):
    """`effective_from` is the first day without."""

    effective_from: Day | None = None


class DayShape(Body):
    """A mark of one day; a skipped one has no quantity, whatever stands in the field."""

    date: Day
    status: Literal["delivered", "skipped"]
    quantity: Quantity | None = None
    note: Note | None = None
    extra: bool = False


class RoundShape(Body):
    """A tap on the round: ``<order id>:delivered``, ``<order id>:skipped`` or ``rest``."""

    date: Day
    mark: Annotated[str, Field(pattern=r"^(rest|[0-9]{1,18}:(delivered|skipped))$")]


class RoundForm(PageForm):
    """The round has buttons instead of fields."""

    date = HiddenField()
    mark = HiddenField()


class TermsForm(PageForm):
    """What is delivered, how much, at what price, on which days."""

    item_name = StringField(_l("Item"), [InputRequired()])
    quantity = QuantityField(_l("Quantity each time"), [InputRequired()])
    unit = StringField(_l("Unit"))
    rate = AmountField(_l("Price of one"), [InputRequired()])
    weekdays = SelectMultipleField(
        _l("Days"), coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    every = IntegerField(_l("Every how many days"))
    valid_till = DayField(_l("Last day"))
    message = TextAreaField(_l("A word about it"))
    on_behalf_note = StringField(_l("How did they agree?"))

    def __init__(self, *args: Any, note: bool, weekday_names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.weekdays.choices = [
            SelectChoice(number, name) for number, name in enumerate(weekday_names, start=1)
        ]
        if not note:
            del self.on_behalf_note


class NewOrderForm(TermsForm):
    start_date = DayField(_l("First day"), [InputRequired()])


class ChangeForm(TermsForm):
    effective_from = DayField(_l("From which day"))


class EndForm(PageForm):
    effective_from = DayField(_l("First day without"))


class DayForm(PageForm):
    """A mark of one day. `next` leads back to the round."""

    date = HiddenField()
    next = HiddenField()
    status = RadioField(
        _l("What happened?"),
        choices=[
            SelectChoice("delivered", _l("Delivered")),
            SelectChoice("skipped", _l("Not delivered")),
        ],
    )
    quantity = QuantityField(_l("Quantity"))
    note = StringField(_l("Note"))
    extra = BooleanField(_l("Nothing was due that day: write it down as an extra"))

    def __init__(self, *args: Any, extra: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not extra:
            del self.extra


class NewRateShape(Body):
    """A new price for many; `rate_now` are the minor units of those it is meant for, all without it."""

    rate: Money
    rate_now: Annotated[str, Field(pattern=r"^[0-9]{1,15}$")] | None = None
    effective_from: Day | None = None
    message: LongText | None = None
    on_behalf_note: ShortText | None = None


class NewRateForm(PageForm):
    """The new price of an item. `seen` tells which fields were looked at before they are sent."""

    rate = AmountField(_l("New price of one"), [InputRequired()])
    rate_now = RadioField(_l("For whom?"), validate_choice=False)
    effective_from = DayField(_l("From which day"))
    message = TextAreaField(_l("A word about it"))
    on_behalf_note = StringField(_l("How did those without a login agree?"))
    seen = HiddenField()

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rate_now.choices = [SelectChoice(value, text) for value, text in choices]
        if not choices:
            del self.rate_now


class AnswerForm(PageForm):
    """Accept or No: two buttons."""

    answer = HiddenField()
