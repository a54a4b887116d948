"""Words about an order or a delivery: the pure part of comments."""

from __future__ import annotations

LONGEST = 2000
# How much of a comment a notice shows, in characters.
SHOWN_IN_NOTICE = 120


def shortened(content: str, most: int = SHOWN_IN_NOTICE) -> str:
    """`content` in one line of at most `most` characters, cut between words where there are any."""
    line = " ".join(content.split())
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    words, space, _rest = cut.rpartition(" ")
    return (words if space and len(words) > most // 2 else cut).rstrip() + "…"
