"""The pages of the catalogue: what is sold, and its stock."""

from . import items, packages, stock
from .shared import blueprint

__all__ = ["blueprint", "items", "packages", "stock"]
