"""Noon in Kolkata on a Saturday, a milkman, and a household without and one with a login."""

from __future__ import annotations

from tests.noon import clock, linked, milkman, row_id

__all__ = ["clock", "linked", "milkman", "row_id"]
