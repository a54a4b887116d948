"""The verbs of notices: tell somebody, read the inbox, keep devices, and move deliveries along."""

from .claiming import Claimed, claim, tidy
from .devices import Device, answer_token, send_test, subscribe, unsubscribe
from .settling import Tried, settle
from .telling import (
    Telling,
    ask_no_more,
    forget_old,
    lead_elsewhere,
    mark_all_read,
    mark_read,
    mark_topic_read,
    need_no_answer,
    reword,
    tell,
    tell_many,
)

__all__ = [
    "Claimed",
    "Device",
    "Telling",
    "Tried",
    "answer_token",
    "ask_no_more",
    "claim",
    "forget_old",
    "lead_elsewhere",
    "mark_all_read",
    "mark_read",
    "mark_topic_read",
    "need_no_answer",
    "reword",
    "send_test",
    "settle",
    "subscribe",
    "tell",
    "tell_many",
    "tidy",
    "unsubscribe",
]
