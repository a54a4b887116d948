"""The verbs of on-demand orders: enter, change, answer, hand over, take back."""

from .answering import accept, cancel, change, decline, delete_for_good
from .entering import NewRequest, enter
from .serving import serve

__all__ = [
    "NewRequest",
    "accept",
    "cancel",
    "change",
    "decline",
    "delete_for_good",
    "enter",
    "serve",
]
