"""What is said of a new price for many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext


def title(args: Mapping[str, Any]) -> str:
    """What is being asked for."""
    return _("New price: %(item)s", item=args["item_name"])


def asked_and_noted(asked: int, noted: int) -> list[str]:
    """How many were asked, and for how many it was written down: a sentence each."""
    said = []
    if asked:
        said.append(
            ngettext(
                "%(num)d order asked. Until the answer its price stays as it is.",
                "%(num)d orders asked. Until each answer that price stays as it is.",
                asked,
            )
        )
    if noted:
        said.append(
            ngettext(
                "Written down for %(num)d order without a login.",
                "Written down for %(num)d orders without a login.",
                noted,
            )
        )
    return said or [_("Nobody was asked.")]


def said(result: Mapping[str, Any]) -> str:
    """What came of it."""
    return " ".join(asked_and_noted(result.get("asked", 0), result.get("noted", 0)))
