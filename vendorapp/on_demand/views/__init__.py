"""The pages of on-demand orders: ask for something, answer, hand over. (Their list is in records.)"""

from . import answering, entering
from .shared import blueprint

__all__ = ["answering", "blueprint", "entering"]
