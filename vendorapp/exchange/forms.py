"""The forms of a file that comes in."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, HiddenField, TextAreaField

from ..kernel.forms import PageForm
from .rules.reading import MOST_BYTES, Unreadable, decoded


class FileForm(PageForm):
    """A file, or its lines pasted."""

    file = FileField(_l("The file"))
    typed = TextAreaField(_l("Or paste the lines here"))

    def text(self) -> str:
        """What was chosen or pasted, "" for nothing. Raises `Unreadable`."""
        chosen: Any = self.file.data
        if isinstance(chosen, FileStorage) and chosen.filename:
            return decoded(chosen.stream.read(MOST_BYTES + 1))
        return self.typed.data or ""


class AddForm(PageForm):
    """What was shown, sent again to be added; `key` is this page's own."""

    kept = HiddenField()
    shown = HiddenField()
    key = HiddenField()
    leave_out = BooleanField(_l("Leave the bad lines out"))

    def text(self) -> str:
        """The file's text. Raises `Unreadable`."""
        kept = self.kept.data or ""
        if not kept.strip():
            raise Unreadable("empty")
        return str(kept)
