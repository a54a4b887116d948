"""The form of a promise; what it may hold is said by the model of JSON."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired
from wtforms.widgets import DateInput

from ..kernel.forms import PageForm


class DayField(StringField):
    """A day as the browser's own picker sends it."""

    widget = DateInput()


class PromiseForm(PageForm):
    """When one pays."""

    day = DayField(_l("I'll pay on"), [InputRequired()])
