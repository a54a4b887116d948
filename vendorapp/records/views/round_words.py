"""What is new at a stop, and why, in the vendor's words."""

from __future__ import annotations

from flask_babel import gettext as _

from ...kernel.babel import day as day_text
from ...kernel.babel import moment
from ...orders.words import amount_of, days_of
from ..news import CHANGED, DAYS, ENDED, EXTRA, NEW, PAUSED, RESUMED, News
from ..round import Stop
from ..rules import VENDOR

# What stands at the stop itself; a pause is seen from its figure, an end has no stop.
AT_THE_STOP = (NEW, CHANGED, DAYS, RESUMED, EXTRA)


def what_is_new(stop: Stop) -> str:
    """``2 L → 3 L``, ``paused``, ``ended``… "" for nothing."""
    news = stop.news
    if news is None:
        return ""
    before = news.before
    if news.kind == CHANGED and before is not None:
        if before.item_name != stop.item_name:
            return f"{before.item_name} → {stop.item_name}"
        return f"{amount_of(before.quantity, before.unit)} → {amount_of(stop.quantity, stop.unit)}"
    if news.kind == DAYS and before is not None:
        if stop.gone:
            return _("no longer on this day")
        return _("now on this day too; before: %(days)s", days=days_of(before))
    words = {
        NEW: _("new"),
        RESUMED: _("again after a pause"),
        PAUSED: _("paused"),
        ENDED: _("ended"),
        EXTRA: _("extra"),
    }
    return words.get(news.kind, "")


def at_the_stop(stop: Stop) -> str:
    """The news as it stands at the stop, "" for none there."""
    if stop.news is None or stop.news.kind not in AT_THE_STOP:
        return ""
    text = what_is_new(stop)
    return _("%(news)s · late", news=text) if stop.news.late else text


def why(stop: Stop, zone: str) -> str:
    """Who decided that and when, "" when nobody wrote it down."""
    news = stop.news
    if news is None:
        return ""
    when = moment(news.at, zone) if news.at else ""
    if news.kind in (NEW, EXTRA):
        return _("accepted on %(when)s", when=when)
    if news.kind in (CHANGED, DAYS):
        return _("agreed on %(when)s", when=when)
    if news.kind == PAUSED:
        return _paused(stop, news, when)
    if news.kind == ENDED:
        return _ended(stop, news, when)
    return _("the pause ended on %(day)s", day=day_text(news.day)) if news.day else ""


def _paused(stop: Stop, news: News, when: str) -> str:
    words = {"name": stop.name, "when": when, "day": day_text(news.day) if news.day else ""}
    if news.side == VENDOR:
        text = _("until %(day)s; you asked on %(when)s", **words)
    else:
        text = _("until %(day)s; %(name)s asked on %(when)s", **words)
    return f"{text}: “{news.reason}”" if news.reason else text


def _ended(stop: Stop, news: News, when: str) -> str:
    words = {"name": stop.name, "when": when, "day": day_text(news.day) if news.day else ""}
    if not news.side:
        return _("the last day was %(day)s, agreed on %(when)s", **words)
    if news.side == VENDOR:
        return _("the last day was %(day)s; you ended it on %(when)s", **words)
    return _("the last day was %(day)s; %(name)s ended it on %(when)s", **words)
