"""Noon in Kolkata on a Saturday, a milkman and his customers; sums and answers are held against the truth."""

from __future__ import annotations

from tests.noon import clock, described, linked, milkman, row_id, sums

__all__ = ["clock", "described", "linked", "milkman", "row_id", "sums"]
