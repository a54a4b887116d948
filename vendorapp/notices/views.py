"""Pages: the inbox, and the devices that are told."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from pydantic import Field
from werkzeug.wrappers import Response

from ..accounts import guards
from ..kernel.babel import ago as age_text
from ..kernel.babel import day
from ..kernel.clock import now
from ..kernel.database import transaction
from ..kernel.errors import NotFound
from ..kernel.fields import Body, Flag
from ..kernel.shape import read_query
from . import queries, service

blueprint = Blueprint("notices", __name__)

# A path of our own: one slash, and nothing a browser might read as another host.
LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)
BROWSERS = (
    ("Edg", "Edge"),
    ("SamsungBrowser", "Samsung Internet"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


class InboxPageQuery(Body):
    """Which page of the inbox, and whether only what is new."""

    unread: Flag = False
    cursor: Annotated[str, Field(max_length=2000)] | None = None


@blueprint.app_template_filter("ago")
def ago(instant: datetime) -> str:
    """How long ago, in words; the day once it is more than a week. Needs no zone."""
    age = now() - instant
    if age < timedelta(minutes=1):
        return str(_("just now"))
    if age > timedelta(days=7):
        return day(instant.date())
    return age_text(age)


def browser_name(user_agent: str) -> str:
    """What a person would call this browser: ``Chrome on Android``."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), None)
    system = next((name for sign, name in SYSTEMS if sign in user_agent), None)
    if browser and system:
        return str(_("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(_("A browser"))


@blueprint.get("/inbox")
@guards.signed_in
def inbox() -> str:
    """What the caller was told, the newest first. Looking changes nothing."""
    asked = read_query(InboxPageQuery, request.args)
    user_id = guards.caller().user_id
    page = queries.inbox(user_id, unread=asked.unread, limit=30, cursor=asked.cursor)
    unread = queries.unread_count(user_id)
    return render_template("notices/inbox.html", page=page, only_new=asked.unread, unread=unread)


@blueprint.post("/inbox/<int:notice_id>")
@guards.signed_in
def open_notice(notice_id: int) -> Response:
    """Mark one notice as read and go where it points."""
    with transaction():
        notice = service.mark_read(guards.caller().user_id, notice_id)
    return redirect(notice.url if LOCAL.fullmatch(notice.url) else url_for(".inbox"))


@blueprint.post("/inbox/read-all")
@guards.signed_in
def read_all() -> Response:
    """Mark everything as read."""
    with transaction():
        done = service.mark_all_read(guards.caller().user_id)
    if done:
        flash(ngettext("%(num)d notice is read now.", "%(num)d notices are read now.", done))
    else:
        flash(_("Nothing was new."))
    return redirect(url_for(".inbox"))


@blueprint.get("/devices")
@guards.signed_in
def devices() -> str:
    """The browsers that are told of something new, and the switch for this one."""
    caller = guards.caller()
    found = queries.devices(caller.user_id)
    listed = [
        {"id": one.id, "name": browser_name(one.user_agent), "since": one.created_at, "here": here}
        for one in found.items
        for here in [one.sign_in_id == caller.sign_in_id]
    ]
    return render_template("notices/devices.html", devices=listed)


@blueprint.post("/devices/<int:device_id>/remove")
@guards.signed_in
def remove_device(device_id: int) -> Response:
    """Tell one of the caller's devices nothing more."""
    user_id = guards.caller().user_id
    with transaction():
        device = queries.device(user_id, device_id)
        if device is None:
            raise NotFound()
        name = browser_name(device.user_agent)
        service.unsubscribe(user_id, device.endpoint)
    flash(_("%(name)s is told nothing more.", name=name))
    return redirect(url_for(".devices"))


@blueprint.post("/devices/<int:device_id>/test")
@guards.signed_in
def test_device(device_id: int) -> Response:
    """Push a few words to one of the caller's devices."""
    with transaction():
        service.send_test(guards.caller().user_id, device_id)
    flash(_("A test is on its way. It should appear on that device within a minute."))
    return redirect(url_for(".devices"))
