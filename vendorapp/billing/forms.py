"""Forms of the money pages: plain text fields; what they may hold is said by the models of JSON.

Each carries a `key` of its page, so that a second click writes nothing twice.
"""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Annotated, Any, Literal

from flask_babel import lazy_gettext as _l
from pydantic import AfterValidator, Field
from wtforms import (
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, DateInput, ListWidget

from ..kernel.babel import in_words
from ..kernel.errors import Problem, invalid
from ..kernel.fields import Body, Day, Id, LongText, Money, Month, QueryId, ShortText
from ..kernel.forms import AmountField, InnerForm, PageForm, QuantityField, blame
from ..kernel.paging import PageQuery
from ..kernel.shape import read
from .schemas.papers import LineIn, PapersQuery
from .schemas.payments import Method, PaymentsQuery
from .words import METHODS

__all__ = ["PapersQuery", "PaymentsQuery"]


def _above_zero(amount: Decimal) -> Decimal:
    if amount <= 0:
        raise ValueError("An amount above zero is expected.")
    return amount


Sum = Annotated[Money, AfterValidator(_above_zero)]
Reason = Annotated[LongText, Field(max_length=500)]


class DayField(StringField):
    """A day as the browser's own picker sends it."""

    widget = DateInput()


class KeyField(HiddenField):
    """The page's own mark: the same words sent from it twice are one click."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default=lambda: secrets.token_urlsafe(12), **kwargs)


def method_field() -> RadioField:
    choices = [SelectChoice(word, text) for word, text in METHODS]
    return RadioField(_l("How?"), choices=choices, default="cash")


class PaymentShape(Body):
    """What a page sends of a payment; `spread` says where a customer's money goes."""

    amount: Sum
    method: Method = "cash"
    date: Day | None = None
    note: LongText | None = None
    spread: Literal["oldest", "none"] = "oldest"


class ClaimShape(Body):
    """What a page sends of a claim."""

    amount: Sum
    method: Method = "cash"
    note: LongText | None = None


class PaymentForm(PageForm):
    """Money that a vendor got. `free` when it pays nothing in particular."""

    key = KeyField()
    amount = AmountField(_l("How much?"), [InputRequired()])
    method = method_field()
    date = DayField(_l("On which day?"), [InputRequired()])
    spread = RadioField(
        _l("What is it for?"),
        choices=[
            SelectChoice("oldest", _l("What is open longest")),
            SelectChoice("none", _l("Nothing yet: keep it as advance")),
        ],
        default="oldest",
    )
    note = StringField(_l("Note"))

    def __init__(self, *args: Any, free: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not free:
            del self.spread


class ClaimForm(PageForm):
    """Money that a customer says they paid."""

    key = KeyField()
    amount = AmountField(_l("How much did you pay?"), [InputRequired()])
    method = method_field()
    note = StringField(_l("Note"))


class ReasonShape(Body):
    reason: Reason


class AnswerShape(Body):
    """A vendor's no to a claim."""

    reason: Reason | None = None


class ReasonForm(PageForm):
    """Why a payment is taken back, or was not got."""

    reason = StringField(_l("Why?"), [InputRequired()])


class SettleShape(Body):
    """A month to settle; `amount` arrives with it, and what is missing is let go for the `reason`."""

    month: Month
    amount: Sum | None = None
    method: Method = "cash"
    reason: Reason | None = None


class SettleForm(PageForm):
    """Put the advance on what is open of a month. The last three fields are a vendor's."""

    key = KeyField()
    month = HiddenField()
    amount = AmountField(_l("Money that came just now"))
    method = method_field()
    reason = StringField(_l("Let the rest go: why?"))

    def __init__(self, *args: Any, by_vendor: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not by_vendor:
            del self.amount, self.method, self.reason


class SettleQuery(Body):
    month: Month | None = None


class CorrectionShape(Body):
    """A correction of today."""

    side: Literal["more", "less"]
    amount: Sum
    reason: Reason


class CorrectionForm(PageForm):
    """What was wrong, and what it comes to."""

    key = KeyField()
    side = RadioField(
        _l("Who pays?"),
        choices=[
            SelectChoice("less", _l("They pay less")),
            SelectChoice("more", _l("They pay more")),
        ],
    )
    amount = AmountField(_l("How much?"), [InputRequired()])
    reason = StringField(_l("Why?"), [InputRequired()])


class InvoiceShape(Body):
    month: Month


class InvoiceForm(PageForm):
    """The month whose deliveries an invoice is made of."""

    key = KeyField()
    month = SelectField(_l("Month"))


class BillForm(PageForm):
    """The invoices that a bill asks for."""

    key = KeyField()
    invoices = SelectMultipleField(
        _l("Which invoices?"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )

    def ids(self) -> list[int]:
        """What was ticked. Raises `Invalid` naming the field."""
        if not self.invoices.data:
            raise invalid("invoices", "Tick at least one.")
        return [number_of(one) for one in self.invoices.data]


class NewPaymentQuery(Body):
    """Who pays (a vendor's `customer`, a customer's `vendor`), or what: one of the three last."""

    customer: QueryId | None = None
    vendor: QueryId | None = None
    order: QueryId | None = None
    invoice: QueryId | None = None
    bill: QueryId | None = None


# -- the counter -------------------------------------------------------------------------------------


class CounterQuery(Body):
    customer: QueryId | None = None


class SaleShape(Body):
    """What a counter sends once all is there."""

    orders: list[LineIn]
    customer_id: Id | None = None
    amount: Money | None = None
    method: Method = "cash"


class WhoQuery(PageQuery):
    q: ShortText | None = None


class LineForm(InnerForm):
    """One thing that is sold: of the catalogue, or in free text."""

    item = HiddenField()
    item_id = HiddenField()
    item_name = HiddenField()
    unit = HiddenField()
    quantity = QuantityField(_l("Quantity"))
    rate = AmountField(_l("Price of one"))


LINE = ("item", "item_id", "item_name", "unit", "quantity", "rate")


class CounterForm(PageForm):
    """A quick sale, put together step by step. `seen` is the sum that stood on the page."""

    key = KeyField()
    customer_id = HiddenField()
    seen = HiddenField()
    lines = FieldList(FormField(LineForm))
    q = StringField(_l("Find in the catalogue"))
    new_name = StringField(_l("What"))
    new_rate = AmountField(_l("Price"))
    who = StringField(_l("Name or phone"))
    amount = AmountField(_l("They pay now"))
    method = method_field()

    def rows(self) -> list[dict[str, str]]:
        """The lines as they were typed."""
        return [{name: (one.data.get(name) or "").strip() for name in LINE} for one in self.lines.entries]

    def set_rows(self, rows: list[dict[str, str]]) -> None:
        while self.lines.entries:
            self.lines.pop_entry()
        for row in rows:
            self.lines.append_entry(row)

    def sale(self) -> SaleShape:
        """What was gathered. Raises `Invalid` with all faults, as JSON would."""
        orders = [{name: _typed(name, value) for name, value in row.items()} for row in self.rows()]
        number = number_of(self.customer_id.data)
        sent: dict[str, Any] = {"orders": orders, "amount": self.amount.data, "method": self.method.data}
        return read(SaleShape, sent | ({"customer_id": number} if number else {}))

    def refuse(self, problem: Problem) -> None:
        """Say each fault beside its field, one of a line beside that line."""
        others = []
        for error in problem.errors:
            parts = error.field.split(".")
            place = parts[1] if len(parts) > 1 and parts[1].isdigit() else ""
            if parts[0] == "orders" and place and int(place) < len(self.lines.entries):
                line = self.lines.entries[int(place)].form
                field = line.rate if parts[-1] in ("rate", "amount") else line.quantity
                field.errors = [*field.errors, in_words(error.message)]
            else:
                others.append(error)
        if others or not problem.errors:
            blame(self, Problem(problem.status, problem.code, problem.detail, errors=others))


def _typed(name: str, value: str) -> Any:
    return (number_of(value) or None) if name == "item_id" else value


def number_of(typed: str | None) -> int:
    """An id as the page sent it; 0, which nobody has, for anything else."""
    typed = typed or ""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0


def plain(form: Any) -> dict[str, object]:
    """What a form says, without what only belongs to its page."""
    return {field.short_name: field.data for field in form if field.short_name not in ("key", "csrf_token")}
