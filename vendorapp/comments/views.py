"""Words under an order or a day: the thread that other pages show, and its forms."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Page
from flask_babel import gettext as _

from ..accounts import guards
from ..accounts.queries import Caller
from ..kernel import idempotency
from ..kernel.babel import moment
from ..kernel.errors import Forbidden, NotFound
from ..kernel.forms import attempt, shape
from ..kernel.shape import read_query
from . import queries, service
from .forms import CommentForm
from .queries import CommentView, Subject
from .rules import LONGEST
from .schemas import CommentsQuery, WordsIn

blueprint = Blueprint("comments", __name__)

SHOWN = 30


@dataclass(frozen=True, slots=True)
class Thread:
    """What `comments/_thread.html` shows: the comments as `ui.thread` takes them, oldest first, and the
    form below them. `more_url` leads to all of them when these are only the newest."""

    items: list[dict[str, Any]]
    more_url: str | None
    action: str
    form: CommentForm
    here: str
    key: str
    hint: str
    longest: int = LONGEST


@blueprint.app_context_processor
def for_templates() -> dict[str, Callable[..., Thread | None]]:
    return {"comments_on": comments_on}


def comments_on(order_id: int | None = None, record_id: int | None = None) -> Thread | None:
    """The newest comments on an order or a record, in two statements; None when it is not the caller's."""
    caller = guards.caller()
    subject = queries.subject(caller, order_id=order_id, record_id=record_id)
    if subject is None:
        return None
    found = queries.newest(caller, order_id=order_id, record_id=record_id, limit=SHOWN)
    return _thread(
        caller,
        subject,
        reversed(found.items),
        CommentForm(formdata=None),
        more_url=_address(subject) if found.next else None,
    )


def _address(subject: Subject) -> str:
    if subject.record_id is not None:
        return url_for("comments.talk", record_id=subject.record_id)
    return url_for("comments.talk", order_id=subject.order_id)


def _thread(
    caller: Caller,
    subject: Subject,
    comments: Iterable[CommentView],
    form: CommentForm,
    *,
    more_url: str | None = None,
) -> Thread:
    return Thread(
        items=[_item(caller, subject, one) for one in comments],
        more_url=more_url,
        action=_address(subject),
        form=form,
        here=request.form.get("next") or request.full_path.rstrip("?"),
        key=request.form.get("key") or secrets.token_urlsafe(12),
        hint=_who_reads(caller, subject),
    )


def _item(caller: Caller, subject: Subject, one: CommentView) -> dict[str, Any]:
    mine = one.user_id == caller.user_id
    when = moment(one.created_at, subject.timezone)
    return {
        "author": _("You") if mine else one.author,
        "when": _("%(when)s, changed", when=when) if one.edited_at else when,
        "text": one.content,
        "mine": mine,
        "edit_url": url_for("comments.edit", comment_id=one.id) if mine else None,
    }


def _who_reads(caller: Caller, subject: Subject) -> str:
    name = subject.name_of("customer" if caller.is_vendor else "vendor")
    if caller.is_vendor and subject.customer_id is None:
        return _("Nobody but you reads this.")
    if subject.other_login(caller.role) is None:
        return _("%(name)s has no login yet, and reads this once there is one.", name=name)
    return _("%(name)s is told, and both of you can read it.", name=name)


def _asked(caller: Caller) -> tuple[CommentsQuery, Subject]:
    """What the address names; 404 when it is nothing of the caller's."""
    asked = read_query(CommentsQuery, request.args)
    asked.check()
    subject = queries.subject(caller, order_id=asked.order_id, record_id=asked.record_id)
    if subject is None:
        raise NotFound()
    return asked, subject


@blueprint.get("/comments")
@guards.signed_in
def talk() -> Page:
    """Everything that was said about an order or a record (``?order_id=`` or ``?record_id=``)."""
    caller = guards.caller()
    asked, subject = _asked(caller)
    return _page(caller, asked, subject, CommentForm(formdata=None), 200)


def _page(caller: Caller, asked: CommentsQuery, subject: Subject, form: CommentForm, status: int) -> Page:
    found = queries.list_comments(caller, **asked.model_dump())
    page = render_template(
        "comments/talk.html",
        thread=_thread(caller, subject, found.items, form),
        subject=subject,
        other=subject.name_of("customer" if caller.is_vendor else "vendor"),
        next=found.next,
    )
    return page, status


@blueprint.post("/comments")
@guards.signed_in
def add() -> Page:
    """A comment on what the address names; a second click says it only once."""
    caller = guards.caller()
    asked, subject = _asked(caller)
    form = CommentForm()
    done = attempt(lambda: _add_once(caller, asked, shape(form, WordsIn).content), form)
    if not done.ok and (done.problem is None or done.problem.code != "idempotency_key_in_use"):
        return _page(caller, asked, subject, form, done.status)
    if subject.other_login(caller.role) is None:
        flash(_("Written down."))
    else:
        name = subject.name_of("customer" if caller.is_vendor else "vendor")
        flash(_("Written down. %(name)s is told.", name=name))
    return redirect(_back(subject))


def _add_once(caller: Caller, asked: CommentsQuery, content: str) -> None:
    key = request.form.get("key", "")
    said = idempotency.fingerprint({"address": request.full_path, "content": content})
    claim = None
    if key.isascii() and key.isprintable() and 1 <= len(key) <= 64:
        # The same words from the same page are the same click; other words are another comment.
        claim = idempotency.Claim(caller.user_id, request.path, f"{key}:{said}", said)
        if idempotency.claim(claim):
            return
    view = service.add(caller, order_id=asked.order_id, record_id=asked.record_id, content=content)
    if claim:
        idempotency.remember(claim, 200, str(view.id))


def _back(subject: Subject) -> str:
    """The page that shows the thread, as it was opened if the form says how; never any other page."""
    home, sent = urlsplit(subject.path), urlsplit(request.form.get("next", ""))
    same = not sent.scheme and not sent.netloc and sent.path == home.path
    query = sent.query if same and sent.query else home.query
    return f"{home.path}{'?' + query if query else ''}#comments"


def _own(caller: Caller, comment_id: int) -> tuple[CommentView, Subject]:
    """A comment that the caller wrote; 404 or 403 else."""
    view = queries.find(caller, comment_id)
    subject = queries.subject(caller, order_id=view.order_id, record_id=view.record_id) if view else None
    if view is None or subject is None:
        raise NotFound()
    if view.user_id != caller.user_id:
        raise Forbidden()
    return view, subject


@blueprint.route("/comments/<int:comment_id>/edit", methods=["GET", "POST"])
@guards.signed_in
def edit(comment_id: int) -> Page:
    """Other words for what one wrote, or nothing at all."""
    caller = guards.caller()
    view, subject = _own(caller, comment_id)
    form = CommentForm(data={"content": view.content})
    status = 200
    if form.is_submitted():
        done = attempt(lambda: service.edit(caller, comment_id, shape(form, WordsIn).content), form)
        if done.ok:
            flash(_("Changed."))
            return redirect(_back(subject))
        status = done.status
    page = render_template(
        "comments/edit.html",
        form=form,
        comment=view,
        subject=subject,
        when=moment(view.created_at, subject.timezone),
        longest=LONGEST,
    )
    return page, status


@blueprint.post("/comments/<int:comment_id>/delete")
@guards.signed_in
def delete(comment_id: int) -> Page:
    """Take back what one wrote."""
    caller = guards.caller()
    _view, subject = _own(caller, comment_id)
    attempt(lambda: service.remove(caller, comment_id))
    flash(_("Taken back. Nobody reads it any more."))
    return redirect(_back(subject))
