"""The front page: what this is for strangers, the day's work for a vendor, all vendors for a customer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response

from ..accounts import guards
from ..kernel.database import session
from ..notices.queries import unread_count
from . import queries

blueprint = Blueprint("home", __name__)


@blueprint.app_context_processor
def shell() -> dict[str, Any]:
    """What every page knows: who is signed in, and how many notices are new to them."""
    return {"caller": g.get("caller"), "unread": LocalProxy(_unread)}


def _unread() -> int:
    """Asked when a page shows it, once a request. A page that tells of a broken database shows none."""
    caller = g.get("caller")
    if caller is None:
        return 0
    if "unread" not in g:
        try:
            g.unread = unread_count(caller.user_id)
        except SQLAlchemyError:
            session().rollback()
            g.unread = 0
    return int(g.unread)


@blueprint.get("/")
@guards.anyone
def index() -> str | Response:
    """Where everybody begins."""
    caller = g.get("caller")
    if caller is None:
        return render_template("home/landing.html")
    if caller.is_vendor:
        return redirect("/today")
    return render_template("home/index.html", home=queries.home(caller))
