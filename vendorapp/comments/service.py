"""The verbs of comments: write one, change it, take it back. Only its author may do the last two."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..kernel.clock import now
from ..kernel.database import session
from ..kernel.errors import Forbidden, NotFound
from ..notices import service as notices
from ..orders.models import Order
from ..orders.queries import Actor
from ..records.models import Record
from . import queries
from .models import Comment
from .queries import CommentView, Subject
from .rules import shortened
from .words import added, taken_back


def _hold(who: Actor, order_id: int | None, record_id: int | None) -> Subject:
    """What is talked about; it cannot be removed for good until the transaction ends.

    NotFound naming the field when it is not of the caller's side.
    """
    row = (
        session()
        .execute(
            queries.subject_statement(who, order_id=order_id, record_id=record_id).with_for_update(
                read=True, key_share=True, of=Order if record_id is None else Record
            )
        )
        .first()
    )
    if row is None:
        raise NotFound("order_id" if record_id is None else "record_id")
    return queries.subject_of(row)


def add(who: Actor, *, order_id: int | None, record_id: int | None, content: str) -> CommentView:
    """Say something about an order or a record, one of the two; the other side is told.

    `content` has 1 to 2000 characters. Raises NotFound naming the field.
    """
    subject = _hold(who, order_id, record_id)
    comment = Comment(
        order_id=order_id if record_id is None else None,
        record_id=record_id,
        user_id=who.user_id,
        content=content,
        created_at=now(),
        edited_at=None,
    )
    session().add(comment)
    session().flush()
    # Whoever writes here has read what was said here.
    notices.mark_topic_read(who.user_id, subject.topic)
    notices.tell(
        subject.other_login(who.role),
        vendor_id=subject.vendor_id,
        kind="comment_added",
        words=partial(
            added,
            who=subject.name_of(who.role),
            item=subject.item_name,
            day=subject.date,
            content=content,
        ),
        url=subject.path,
        topic=subject.topic,
        data={"comment_id": comment.id, "order_id": subject.order_id, "record_id": subject.record_id},
    )
    return queries.view((comment, subject.vendor_id, subject.business_name, subject.customer_name))


def edit(who: Actor, comment_id: int, content: str) -> CommentView:
    """Say it in other words; the same words change nothing. 403 for anybody but the author."""
    row = _own(who, comment_id)
    comment: Comment = row[0]
    if comment.content != content:
        comment.content = content
        comment.edited_at = now()
        session().flush()
        _reword(who, comment, lambda: shortened(content))
    return queries.view(row)


def remove(who: Actor, comment_id: int) -> None:
    """Take it back: nobody reads it any more. 403 for anybody but the author."""
    comment: Comment = _own(who, comment_id)[0]
    _reword(who, comment, taken_back, over=True)
    session().delete(comment)
    session().flush()


def _reword(who: Actor, comment: Comment, body: Callable[[], str], *, over: bool = False) -> None:
    """The other side's notice says what the comment says now."""
    subject = queries.subject(who, order_id=comment.order_id, record_id=comment.record_id)
    if subject is not None:
        notices.reword(
            subject.other_login(who.role), topic=subject.topic, comment_id=comment.id, body=body, over=over
        )


def _own(who: Actor, comment_id: int) -> Any:
    """The caller's own comment with the names around it, held. NotFound when it is on nothing of theirs."""
    row = (
        session()
        .execute(
            queries.statement(who)
            .where(Comment.id == comment_id)
            .with_for_update(of=Comment)
            .execution_options(populate_existing=True)
        )
        .first()
    )
    if row is None:
        raise NotFound()
    if row[0].user_id != who.user_id:
        raise Forbidden(detail="Only who wrote it can change it or take it back.")
    return row
