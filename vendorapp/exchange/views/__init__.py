"""Pages and files of the room."""

from . import exports, imports
from .shared import blueprint

__all__ = ["blueprint", "exports", "imports"]
