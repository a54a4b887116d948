"""JSON shapes of comments."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from ..kernel.errors import FieldError, Invalid
from ..kernel.fields import Answer, Body, Id, InstantText, LongText, QueryId, instant_text
from ..kernel.paging import PageQuery
from ..kernel.said import said
from ..kernel.strict_json import Unfit
from .queries import CommentView
from .rules import LONGEST

Content = Annotated[LongText, Field(max_length=LONGEST)]
ONE_OF_TWO = said("Either %(first)s or %(second)s is expected.", first="record_id", second="order_id")


class CommentIn(Body):
    """What is said, about a record or about an order: exactly one of the two."""

    record_id: Id | None = None
    order_id: Id | None = None
    content: Content

    @model_validator(mode="before")
    @classmethod
    def _about_one_thing(cls, sent: Any) -> Any:
        # Both fields are made faulty instead of raising, so that the other fields' faults are told too.
        if isinstance(sent, dict) and ("record_id" in sent) == ("order_id" in sent):
            return {**sent, "record_id": Unfit(ONE_OF_TWO), "order_id": Unfit(ONE_OF_TWO)}
        return sent


class WordsIn(Body):
    """A comment in other words."""

    content: Content


class CommentsQuery(PageQuery):
    """Of which record or which order: exactly one of the two."""

    record_id: QueryId | None = None
    order_id: QueryId | None = None

    def check(self) -> None:
        """422 for both ids and for none."""
        if (self.record_id is None) == (self.order_id is None):
            raise Invalid(*(FieldError(name, "invalid", ONE_OF_TWO) for name in ("record_id", "order_id")))


class CommentOut(Answer):
    """One thing somebody said; `author` is what their side is called in this account.

    On a record `order_id` is null, on an order `record_id`.
    """

    id: int
    record_id: int | None
    order_id: int | None
    user_id: int
    author: str
    content: str
    created_at: InstantText
    edited_at: InstantText | None

    @classmethod
    def of(cls, view: CommentView) -> CommentOut:
        return cls.model_construct(
            id=view.id,
            record_id=view.record_id,
            order_id=view.order_id,
            user_id=view.user_id,
            author=view.author,
            content=view.content,
            created_at=instant_text(view.created_at),
            edited_at=instant_text(view.edited_at) if view.edited_at else None,
        )


class CommentsOut(Answer):
    items: list[CommentOut]
    next: str | None
