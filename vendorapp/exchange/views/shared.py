"""What the pages of the room have in common."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("exchange", __name__)
