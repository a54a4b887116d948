"""Shapes of the pages of a vendor's book."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields import EmailField, SelectChoice, TelField
from wtforms.validators import DataRequired, Length, Optional

from ..accounts import rules as people
from ..accounts.fields import (
    Fits,
    blank_is_none,
    pay_day_choices,
    pay_day_field,
    phone_line,
    typed_lines,
)
from ..kernel.errors import Problem
from ..kernel.fields import one_line
from ..kernel.forms import AmountField, PageForm
from . import rules

NEEDED = _l("This is needed.")
PLAIN_TEXT = _l("Please write this as plain text.")

# What the verb calls it, and the field of the page that it was typed into.
TYPED_IN = {"opening_balance": "opening_amount"}


class CustomerForm(PageForm):
    """One row of the book."""

    name = StringField(_l("Name"), [DataRequired(NEEDED), Length(max=200), Fits(one_line, PLAIN_TEXT)])
    phone_number = TelField(
        _l("Phone number"), [DataRequired(NEEDED), Length(max=40), Fits(phone_line, PLAIN_TEXT)]
    )
    address = TextAreaField(
        _l("Address"),
        [Optional(), Length(max=2000), Fits(typed_lines, PLAIN_TEXT)],
        filters=[blank_is_none],
    )
    stop_order = StringField(
        _l("Stop"),
        [Optional(), Fits(rules.stop_order, _l("A whole number from 0 to 1,000,000 is needed."))],
        filters=[lambda typed: typed if isinstance(typed, int) else blank_is_none(typed)],
    )
    notes = TextAreaField(
        _l("Notes"),
        [Optional(), Length(max=2000), Fits(typed_lines, PLAIN_TEXT)],
        filters=[blank_is_none],
    )
    email = EmailField(
        _l("E-mail"),
        [Optional(), Fits(people.email, _l("This is no e-mail address."))],
        filters=[blank_is_none],
    )

    def row(self) -> dict[str, Any]:
        """What the verbs take."""
        names = ("name", "phone_number", "address", "stop_order", "notes", "email")
        return {name: self[name].data for name in names}

    def refuse(self, problem: Problem) -> None:
        """Say what the verb refused beside the field it is about; raises what is about no field."""
        if problem.code == "customer_exists":
            text = _("A customer in your book has this phone number.")
            self.phone_number.errors.append(text)
            return
        about = {TYPED_IN.get(error.field, error.field) for error in problem.errors}
        if not about or about - set(self._fields):
            raise problem
        for name in about:
            self[name].errors.append(self._texts()[name])

    def _texts(self) -> dict[str, str]:
        return {
            "phone_number": _("This is no phone number."),
            "opening_amount": _("This amount has too many decimals or is too large."),
        }


class ChangeCustomerForm(CustomerForm):
    """The same, and the day of the month by which this customer pays."""

    pay_day = pay_day_field(_l("Pays by this day of the month"))

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.pay_day.choices = pay_day_choices(_("Like everybody"))

    def row(self) -> dict[str, Any]:
        """What the verb takes."""
        return super().row() | {"pay_day": self.pay_day.data}


class NewCustomerForm(CustomerForm):
    """The same, and what was open before."""

    opening_amount = AmountField(
        _l("Open from before"),
        [Optional(), Fits(rules.typed_amount, _l("An amount like 250 or 250.50 is needed."))],
        filters=[blank_is_none],
    )
    opening_side = RadioField(
        _l("Who owes it?"),
        choices=[
            SelectChoice("get", _l("You get it")),
            SelectChoice("give", _l("It was paid ahead")),
        ],
        default="get",
    )

    def row(self) -> dict[str, Any]:
        """What the verb takes; the opening balance signed, + = the customer owes."""
        amount = self.opening_amount.data
        if amount is not None and self.opening_side.data == "give":
            amount = -amount
        return super().row() | {"opening_balance": amount}
