"""Noon in Kolkata on a Saturday, and a milkman."""

from __future__ import annotations

from tests.noon import clock, milkman, row_id

__all__ = ["clock", "milkman", "row_id"]
