"""The front page: what this is for strangers, the day's work for a vendor, all vendors for a customer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template
from flask import session as cookie
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response

from ..accounts import guards
from ..kernel.database import session
from ..notices.queries import waiting_count
from . import queries
from .first_steps import FirstSteps, first_steps

blueprint = Blueprint("home", __name__)

# Which login put the first steps away, in this browser's cookie.
PUT_AWAY = "first_steps_away"


@blueprint.app_context_processor
def shell() -> dict[str, Any]:
    """What every page knows: who is signed in, and how much waits for their answer."""
    return {
        "caller": g.get("caller"),
        "waiting": LocalProxy(_waiting),
        "first_steps": LocalProxy(_first_steps),
        "made_up_data": "demo" in current_app.blueprints,
    }


def _first_steps() -> FirstSteps | None:
    """Asked when a vendor's page shows them, once a request; None when all are done, or put away here."""
    caller = g.get("caller")
    if caller is None or not caller.is_vendor or cookie.get(PUT_AWAY) == caller.user_id:
        return None
    if "first_steps" not in g:
        g.first_steps = first_steps(caller.user_id)
    steps: FirstSteps = g.first_steps
    return None if steps.next is None else steps


def _waiting() -> int:
    """Asked when a page shows it, once a request. A page that tells of a broken database shows none."""
    caller = g.get("caller")
    if caller is None:
        return 0
    if "waiting" not in g:
        try:
            g.waiting = waiting_count(caller.user_id)
        except SQLAlchemyError:
            session().rollback()
            g.waiting = 0
    return int(g.waiting)


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


@blueprint.post("/first-steps/away")
@guards.vendor
def put_steps_away() -> Response:
    """Show the first steps no more in this browser, until the next sign-in."""
    cookie[PUT_AWAY] = guards.caller().user_id
    flash(_("Put away. Everything is still there: customers, requests and money are below."))
    return redirect("/today")
