"""Forms of statements; what they may hold is said by the models of JSON."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from ..kernel.forms import PageForm


class AcceptForm(PageForm):
    """A yes to what stood on the page; the note is a vendor's, for a customer without a login."""

    closing_balance = HiddenField()
    on_behalf_note = StringField(_l("How did they agree?"), [InputRequired()])
