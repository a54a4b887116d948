"""The form of a comment: what may stand in it is said by the model of JSON."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired

from ..kernel.forms import PageForm


class CommentForm(PageForm):
    content = TextAreaField(_l("Your words"), [InputRequired()])
