"""The verbs of on-demand orders: enter, change, answer, hand over, take back."""

from .answering import accept, cancel, change, decline, delete_for_good
from .entering import NewRequest, enter
from .selling import Sale, attach, hand_over_paid, hold_orders, sell, unsell
from .serving import serve

__all__ = [
    "NewRequest",
    "Sale",
    "accept",
    "attach",
    "cancel",
    "change",
    "decline",
    "delete_for_good",
    "enter",
    "hand_over_paid",
    "hold_orders",
    "sell",
    "serve",
    "unsell",
]
