"""The verbs of standing orders. Callers that also touch an order's days are in the records room."""

from .answering import accept, decline, expire_changes, withdraw
from .ending import delete_for_good, end, end_all_of
from .holidays import Back, Paused, end_holiday, pause_all, pause_rest
from .pausing import Asked, asked_before, end_pause, hold_pause, pause_order
from .proposing import NewOrder, customer_of, propose_change, propose_order
from .raising import NewRate, Weighed, left_out, note_left_out, propose_rate, weigh, withdraw_open
from .shared import Held, hold, hold_change
from .wanted import Wanted, find_wanted

__all__ = [
    "Asked",
    "Back",
    "Held",
    "NewOrder",
    "NewRate",
    "Paused",
    "Wanted",
    "Weighed",
    "accept",
    "asked_before",
    "customer_of",
    "decline",
    "delete_for_good",
    "end",
    "end_all_of",
    "end_holiday",
    "end_pause",
    "expire_changes",
    "find_wanted",
    "hold",
    "hold_change",
    "hold_pause",
    "left_out",
    "note_left_out",
    "pause_all",
    "pause_order",
    "pause_rest",
    "propose_change",
    "propose_order",
    "propose_rate",
    "weigh",
    "withdraw",
    "withdraw_open",
]
