"""The form of a comment: what may stand in it is said by the model of JSON."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired


class CommentForm(FlaskForm):
    content = TextAreaField(_l("Your words"), [InputRequired()])
