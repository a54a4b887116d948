"""The only writers of sums: what is delivered moves them, money lands on what is owed."""

from .money import (
    adjust,
    allocate,
    claim,
    credit,
    release,
    reverse,
    sell_to_walk_in,
    take_back_from_walk_in,
)
from .moving import Locked, lock_accounts, move, open_account
from .opening import open_accounts

__all__ = [
    "Locked",
    "adjust",
    "allocate",
    "claim",
    "credit",
    "lock_accounts",
    "move",
    "open_account",
    "open_accounts",
    "release",
    "reverse",
    "sell_to_walk_in",
    "take_back_from_walk_in",
]
