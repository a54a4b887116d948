"""Noon in Kolkata on a Saturday; every answer of these tests is held against the API's own description."""

from __future__ import annotations

from tests.noon import clock, described, linked, milkman, row_id

__all__ = ["clock", "described", "linked", "milkman", "row_id"]
