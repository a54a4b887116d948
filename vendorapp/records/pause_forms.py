"""Forms of pauses and holidays."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired

from ..kernel.forms import PageForm
from .forms import DayField


class PauseForm(PageForm):
    """From one day to another; the first is called ``from``, which Python keeps for itself."""

    first = DayField(_l("First day without"), [InputRequired()], name="from")
    to = DayField(_l("Last day without"), [InputRequired()])
    reason = StringField(_l("Why"))


class BackForm(PageForm):
    """The first day that is due again."""

    effective_from = DayField(_l("First day again"))
