"""The pages of the round, of orders with their days, and of changes that wait for an answer."""

from . import answering, days, orders, proposing, today
from .shared import blueprint

__all__ = ["answering", "blueprint", "days", "orders", "proposing", "today"]
