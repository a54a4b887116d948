"""The pages of the round, of orders with their days, and of changes that wait for an answer."""

from . import answering, away, days, orders, pauses, prices, proposing, requests, today
from .shared import blueprint

__all__ = [
    "answering",
    "away",
    "blueprint",
    "days",
    "orders",
    "pauses",
    "prices",
    "proposing",
    "requests",
    "today",
]
