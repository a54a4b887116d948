"""JSON: comments on orders and records."""

from __future__ import annotations

from flask import Blueprint

from ..accounts import guards
from ..kernel.endpoint import endpoint
from ..kernel.errors import NotFound
from . import queries, service
from .schemas import CommentIn, CommentOut, CommentsOut, CommentsQuery, WordsIn

blueprint = Blueprint("comments_api", __name__, url_prefix="/v1")


@blueprint.post("/comments")
@guards.signed_in
@endpoint(body=CommentIn, answers={201: CommentOut})
def add(body: CommentIn) -> tuple[int, CommentOut]:
    """Say something about a record or about an order, one of the two; the other side is told."""
    view = service.add(
        guards.caller(), order_id=body.order_id, record_id=body.record_id, content=body.content
    )
    return 201, CommentOut.of(view)


@blueprint.get("/comments")
@guards.signed_in
@endpoint(query=CommentsQuery, answers={200: CommentsOut})
def list_comments(query: CommentsQuery) -> tuple[int, CommentsOut]:
    """What was said about a record or about an order, one of the two, oldest first.

    A record's comments are not among its order's.
    """
    query.check()
    found = queries.list_comments(guards.caller(), **query.model_dump()).map(CommentOut.of)
    return 200, CommentsOut.model_construct(items=found.items, next=found.next)


@blueprint.get("/comments/<int:comment_id>")
@guards.signed_in
@endpoint(answers={200: CommentOut})
def show(comment_id: int) -> tuple[int, CommentOut]:
    """One comment, for both sides of its account."""
    view = queries.find(guards.caller(), comment_id)
    if view is None:
        raise NotFound()
    return 200, CommentOut.of(view)


@blueprint.put("/comments/<int:comment_id>")
@guards.signed_in
@endpoint(body=WordsIn, answers={200: CommentOut}, problems=("forbidden",))
def edit(comment_id: int, body: WordsIn) -> tuple[int, CommentOut]:
    """Say it in other words: the author only. The same words leave `edited_at` as it is."""
    return 200, CommentOut.of(service.edit(guards.caller(), comment_id, body.content))


@blueprint.delete("/comments/<int:comment_id>")
@guards.signed_in
@endpoint(answers={204: None}, problems=("forbidden",))
def remove(comment_id: int) -> None:
    """Take it back: the author only."""
    service.remove(guards.caller(), comment_id)
