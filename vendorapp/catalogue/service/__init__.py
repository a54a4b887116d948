"""The verbs of the catalogue: what is sold, and what comes into stock and goes out of it."""

from ..rules import Goods, Move, Part
from .items import add, add_package, change, change_package
from .stock import give_back, move, take

__all__ = [
    "Goods",
    "Move",
    "Part",
    "add",
    "add_package",
    "change",
    "change_package",
    "give_back",
    "move",
    "take",
]
