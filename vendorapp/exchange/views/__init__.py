"""Pages and files of the room."""

from . import exports, imports, papers
from .shared import blueprint

__all__ = ["blueprint", "exports", "imports", "papers"]
