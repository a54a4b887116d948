"""What people are told about who sees an account."""

from __future__ import annotations

from flask_babel import gettext as _

from ..notices.words import Message


def linked(*, who: str) -> Message:
    """A customer accepted the invite, to the vendor."""
    return Message(
        _("%(who)s accepted your invite", who=who),
        _("They now see the same account as you, and can confirm changes themselves."),
    )


def link_ended(*, who: str) -> Message:
    """The vendor `who` ended the link, to the customer."""
    return Message(
        _("%(who)s ended the link with you", who=who),
        _("You no longer see this account here. Ask them for a new link if that was a mistake."),
    )


def no_longer_linked(*, who: str) -> Message:
    """The link with the customer `who` ended, to the vendor."""
    return Message(
        _("%(who)s is no longer linked", who=who),
        _("Their login no longer sees your account with them. You can share a new link at any time."),
    )
