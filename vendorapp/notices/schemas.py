"""JSON shapes of the inbox and of devices."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from ..kernel.fields import Answer, Body, Flag, InstantText, ShortText, instant_text, one_line
from ..kernel.paging import Page, PageQuery
from .models import Notice, PushSubscription

Endpoint = Annotated[
    str,
    BeforeValidator(one_line),
    WithJsonSchema({"type": "string", "format": "uri", "maxLength": 2048}),
]


class KeysIn(Body):
    """The browser's two keys, base64url: 65 and 16 bytes."""

    p256dh: ShortText
    auth: ShortText


class SubscriptionIn(Body):
    """What the browser's `PushSubscription` says of itself."""

    endpoint: Endpoint
    keys: KeysIn


class EndpointIn(Body):
    """Which device."""

    endpoint: Endpoint


class InboxQuery(PageQuery):
    """`unread=true`: only what was not read yet."""

    unread: Flag = False


class PublicKeyOut(Answer):
    public_key: str


class SubscriptionOut(Answer):
    id: int
    endpoint: str
    created_at: InstantText

    @classmethod
    def of(cls, device: PushSubscription) -> SubscriptionOut:
        return cls.model_construct(
            id=device.id, endpoint=device.endpoint, created_at=instant_text(device.created_at)
        )


class SubscriptionsOut(Answer):
    items: list[SubscriptionOut]
    next: str | None

    @classmethod
    def of(cls, page: Page[PushSubscription]) -> SubscriptionsOut:
        return cls.model_construct(items=[SubscriptionOut.of(one) for one in page.items], next=page.next)


class NotificationOut(Answer):
    id: int
    kind: str
    title: str
    body: str
    url: str
    data: dict[str, Any]
    read_at: InstantText | None
    created_at: InstantText

    @classmethod
    def of(cls, notice: Notice) -> NotificationOut:
        return cls.model_construct(
            id=notice.id,
            kind=notice.kind,
            title=notice.title,
            body=notice.body,
            url=notice.url,
            data=notice.data,
            read_at=instant_text(notice.read_at) if notice.read_at else None,
            created_at=instant_text(notice.created_at),
        )


class InboxOut(Answer):
    items: list[NotificationOut]
    next: str | None

    @classmethod
    def of(cls, page: Page[Notice]) -> InboxOut:
        return cls.model_construct(items=[NotificationOut.of(one) for one in page.items], next=page.next)


class ReadOut(Answer):
    """How many notices were unread until now."""

    read: int
