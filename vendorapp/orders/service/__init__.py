"""The verbs of standing orders. Callers that also touch an order's days are in the records room."""

from .answering import accept, decline, expire_changes, withdraw
from .ending import delete_for_good, end, end_all_of
from .proposing import NewOrder, customer_of, propose_change, propose_order
from .shared import Held, hold, hold_change

__all__ = [
    "Held",
    "NewOrder",
    "accept",
    "customer_of",
    "decline",
    "delete_for_good",
    "end",
    "end_all_of",
    "expire_changes",
    "hold",
    "hold_change",
    "propose_change",
    "propose_order",
    "withdraw",
]
