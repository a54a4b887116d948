"""JSON: the inbox, and the devices that are pushed to."""

from __future__ import annotations

from functools import lru_cache

from flask import Blueprint, current_app, request

from config import Config

from ..accounts import guards
from ..kernel.endpoint import endpoint
from ..kernel.paging import PageQuery
from . import queries, rules, service
from .schemas import (
    EndpointIn,
    InboxOut,
    InboxQuery,
    NotificationOut,
    PublicKeyOut,
    ReadOut,
    SubscriptionIn,
    SubscriptionOut,
    SubscriptionsOut,
)

blueprint = Blueprint("notices_api", __name__, url_prefix="/v1")

_public_key = lru_cache(maxsize=4)(rules.vapid_public_key)


def _config() -> Config:
    found: Config = current_app.extensions["vendorapp"]
    return found


@blueprint.get("/push/public-key")
@guards.anyone
@endpoint(answers={200: PublicKeyOut})
def public_key() -> tuple[int, PublicKeyOut]:
    """The key a browser subscribes with (`applicationServerKey`, VAPID), base64url."""
    key = _public_key(_config().vapid_private_key)
    return 200, PublicKeyOut.model_construct(public_key=key)


@blueprint.post("/push/subscriptions")
@guards.signed_in
@endpoint(
    body=SubscriptionIn,
    answers={201: SubscriptionOut, 200: SubscriptionOut},
    problems=("endpoint_refused",),
)
def subscribe(body: SubscriptionIn) -> tuple[int, SubscriptionOut]:
    """Push to this device until this sign-in ends.

    201 for an endpoint that is new here, 200 for one that is known: the caller's own is kept, one that
    another login had moves to the caller. Endpoints are https addresses at a known push service. Of
    more than ten devices of a person the oldest goes.
    """
    caller = guards.caller()
    agent = "".join(c for c in request.headers.get("User-Agent", "") if c.isprintable())[:300]
    device = service.Device(body.endpoint, body.keys.p256dh, body.keys.auth, agent)
    row, new = service.subscribe(
        device,
        user_id=caller.user_id,
        sign_in_id=caller.sign_in_id,
        allow=_config().push_endpoint_allow,
    )
    return 201 if new else 200, SubscriptionOut.of(row)


@blueprint.get("/push/subscriptions")
@guards.signed_in
@endpoint(query=PageQuery, answers={200: SubscriptionsOut})
def devices(query: PageQuery) -> tuple[int, SubscriptionsOut]:
    """The caller's devices, the newest first."""
    user_id = guards.caller().user_id
    return 200, SubscriptionsOut.of(queries.devices(user_id, limit=query.limit, cursor=query.cursor))


@blueprint.delete("/push/subscriptions")
@guards.signed_in
@endpoint(body=EndpointIn, answers={204: None})
def unsubscribe(body: EndpointIn) -> None:
    """Push to one of the caller's devices no more."""
    service.unsubscribe(guards.caller().user_id, body.endpoint)


@blueprint.get("/notifications")
@guards.signed_in
@endpoint(query=InboxQuery, answers={200: InboxOut})
def inbox(query: InboxQuery) -> tuple[int, InboxOut]:
    """What the caller was told, the newest first."""
    page = queries.inbox(guards.caller().user_id, unread=query.unread, limit=query.limit, cursor=query.cursor)
    return 200, InboxOut.of(page)


@blueprint.post("/notifications/<int:notice_id>/read")
@guards.signed_in
@endpoint(answers={200: NotificationOut})
def read(notice_id: int) -> tuple[int, NotificationOut]:
    """Mark one notice as read; the first time counts."""
    return 200, NotificationOut.of(service.mark_read(guards.caller().user_id, notice_id))


@blueprint.post("/notifications/read-all")
@guards.signed_in
@endpoint(answers={200: ReadOut})
def read_all() -> tuple[int, ReadOut]:
    """Mark everything as read."""
    return 200, ReadOut.model_construct(read=service.mark_all_read(guards.caller().user_id))
