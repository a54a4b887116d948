"""A push service that knows our key, and devices of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cast import Api
from tests.conftest import VAPID_PRIVATE_KEY
from tests.push_service import BrowserSubscription, PushService
from vendorapp.kernel.clock import now
from vendorapp.kernel.database import transaction
from vendorapp.notices import rules, service
from vendorapp.notices.words import Message

Subscribe = Callable[..., BrowserSubscription]
Tell = Callable[..., int | None]


@pytest.fixture
def pushes() -> Iterator[PushService]:
    """A strict push service; whatever it had to refuse fails the test."""
    with PushService(public_key=rules.vapid_public_key(VAPID_PRIVATE_KEY)) as found:
        yield found
        assert found.violations == []


@pytest.fixture
def subscribe(pushes: PushService) -> Subscribe:
    """`subscribe(login)`: a fresh browser of that login, known to the server."""

    def add(login: Api, browser: BrowserSubscription | None = None) -> BrowserSubscription:
        browser = browser or pushes.subscription()
        answer = login.post("/push/subscriptions", browser.as_json())
        assert answer.status in (200, 201), answer.json
        return browser

    return add


@pytest.fixture
def tell(app: object) -> Tell:
    """`tell(login, …)`: a committed notice with everything in it; any field may be given."""

    def say(login: Api, **fields: Any) -> int | None:
        with transaction():
            return service.tell(login.user["id"], **telling(**fields))

    return say


def telling(**fields: Any) -> dict[str, Any]:
    """The arguments of `service.tell` beside the user; `title` and `body` are what it says in any
    language, after `life` it is not pushed any more."""
    title = fields.pop("title", "Payment confirmed")
    body = fields.pop("body", "Yadav Dairy has ₹500.00 from you.")
    if "life" in fields:
        fields["midnight"] = now() + fields.pop("life")
    return {
        "vendor_id": None,
        "kind": "payment_confirmed",
        "words": lambda: Message(title, body),
        "url": "/payments/7",
        "topic": "payment:7",
        "data": {"payment_id": 7},
        **fields,
    }
