"""The verbs of records: mark days, and let unmarked days follow what becomes of their order."""

from .following import cancel_from, delete_unmarked, follow_terms
from .marks import Marked, Result, mark_order, mark_record, mark_round

__all__ = [
    "Marked",
    "Result",
    "cancel_from",
    "delete_unmarked",
    "follow_terms",
    "mark_order",
    "mark_record",
    "mark_round",
]
