"""Devices that can be pushed to: subscribing, leaving, trying out, and answering from a notification."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from ...kernel.babel import in_language
from ...kernel.clock import now
from ...kernel.database import session
from ...kernel.errors import FieldError, Invalid, NotFound
from ...kernel.jobs import nudge
from .. import queries, rules, words
from ..models import Notice, PushDelivery, PushSubscription

MOST_DEVICES = 10


@dataclass(frozen=True, slots=True)
class Device:
    """What a browser hands over: an address at its push service and two base64url keys."""

    endpoint: str
    p256dh: str
    auth: str
    user_agent: str = ""


def subscribe(
    device: Device, *, user_id: int, sign_in_id: int, allow: Collection[str]
) -> tuple[PushSubscription, bool]:
    """Push to this device as long as its sign-in lasts; the row, and whether the endpoint is new to us.

    An endpoint that another login had moves to this one, and nothing meant for the other arrives there.
    Of more than ten devices the oldest goes. `allow` holds further hosts (`host` or `host:port`).
    Raises 422 `endpoint_refused`, or `invalid` for the keys.
    """
    _check(device, allow)
    known = queries.device_by_endpoint(device.endpoint)
    if known and _says_the_same(known, device, user_id, sign_in_id):
        return known, False  # every page load comes by here
    # One at a time for an endpoint and for a person: the limit is counted, not guessed.
    for name in (f"push-endpoint:{device.endpoint}", f"push-devices:{user_id}"):
        session().execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    known = queries.device_by_endpoint(device.endpoint)
    if known and known.user_id == user_id:
        known.sign_in_id = sign_in_id
        known.p256dh, known.auth = device.p256dh, device.auth
        known.user_agent = device.user_agent
        session().flush()
        return known, False
    if known:
        # A new row and so a new id: waiting pushes and answer tokens of the other login end here.
        session().execute(delete(PushSubscription).where(PushSubscription.id == known.id))
        session().expunge(known)
    made = PushSubscription(
        user_id=user_id,
        sign_in_id=sign_in_id,
        endpoint=device.endpoint,
        p256dh=device.p256dh,
        auth=device.auth,
        user_agent=device.user_agent,
        created_at=now(),
    )
    session().add(made)
    session().flush()
    _drop_oldest(user_id)
    return made, known is None


def _check(device: Device, allow: Collection[str]) -> None:
    faults = []
    try:
        rules.check_endpoint(device.endpoint, allow)
    except rules.EndpointRefused as error:
        faults.append(FieldError("endpoint", "endpoint_refused", _sentence(error)))
    try:
        rules.check_keys(device.p256dh, device.auth)
    except rules.BadSubscription as error:
        faults.append(FieldError("keys", "invalid", _sentence(error)))
    if faults:
        raise Invalid(*faults)


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:] + "."


def _says_the_same(known: PushSubscription, device: Device, user_id: int, sign_in_id: int) -> bool:
    return (known.user_id, known.sign_in_id, known.p256dh, known.auth) == (
        user_id,
        sign_in_id,
        device.p256dh,
        device.auth,
    )


def _drop_oldest(user_id: int) -> None:
    too_many = (
        select(PushSubscription.id)
        .where(PushSubscription.user_id == user_id)
        .order_by(PushSubscription.created_at.desc(), PushSubscription.id.desc())
        .offset(MOST_DEVICES)
    )
    session().execute(
        delete(PushSubscription)
        .where(PushSubscription.id.in_(too_many))
        .execution_options(synchronize_session=False)
    )


def unsubscribe(user_id: int, endpoint: str) -> None:
    """Push to this user's device no more. NotFound when they have none with this endpoint."""
    gone = session().execute(
        delete(PushSubscription)
        .where(PushSubscription.user_id == user_id, PushSubscription.endpoint == endpoint)
        .execution_options(synchronize_session=False)
    )
    if not gone.rowcount:  # type: ignore[attr-defined]
        raise NotFound("endpoint")


def send_test(user_id: int, subscription_id: int) -> int:
    """Push a few words to one device of this user; the notice's id. NotFound when it is not theirs.

    The inbox does not count it: whoever pressed the button knows.
    """
    device = queries.device(user_id, subscription_id)
    if device is None:
        raise NotFound()
    moment = now()
    with in_language(queries.locales([user_id]).get(user_id, "")):
        message = words.tried_out()
    notice = Notice(
        user_id=user_id,
        kind="test",
        title=message.title,
        body=message.body,
        url="/inbox",
        topic=f"test:{subscription_id}",
        data={},
        created_at=moment,
        expires_at=moment + rules.lifetime("test", now=moment),
        read_at=moment,
    )
    session().add(notice)
    session().flush()
    session().add(
        PushDelivery(
            notice_id=notice.id,
            subscription_id=device.id,
            status="waiting",
            attempts=0,
            next_at=moment,
        )
    )
    session().flush()
    nudge("push.send", notice.id)
    return notice.id


def answer_token(secret: str, *, change_id: int, subscription_id: int, user_id: int) -> str:
    """The permission to answer one change from one device, checked by `queries.check_answer_token`."""
    return queries.signer(secret).dumps([change_id, subscription_id, user_id])
