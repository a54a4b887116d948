"""The environment: every fault in one message, and no secret by default."""

from __future__ import annotations

import pytest

import config

GOOD = {
    "DATABASE_URL": "postgres://u@h/d",
    "REDIS_URL": "redis://h/0",
    "SECRET_KEY": "x" * 40,
    "VAPID_PRIVATE_KEY": "A" * 43,
    "VAPID_SUBJECT": "mailto:a@example.com",
    "BASE_URL": "https://example.com/",
}


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(config.ConfigError) as refused:
        config.load({})
    names = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "VAPID_PRIVATE_KEY", "VAPID_SUBJECT", "BASE_URL")
    for name in names:
        assert f"{name} is not set" in str(refused.value)


def test_a_good_environment() -> None:
    found = config.load(GOOD)
    assert found.database_url == "postgresql+psycopg://u@h/d"
    assert (found.base_url, found.production, found.https) == ("https://example.com", True, True)
    assert (found.port, found.register_limit) == (8000, "10/hour")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("VAPID_PRIVATE_KEY", "AAAA"),
        ("VAPID_SUBJECT", "me"),
        ("DATABASE_URL", "sqlite://"),
        ("REDIS_URL", "http://h"),
        ("BASE_URL", "example.com"),
        ("APP_ENV", "testing"),
        ("PORT", "99999"),
    ],
)
def test_a_bad_value_is_refused(name: str, value: str) -> None:
    with pytest.raises(config.ConfigError, match=name):
        config.load({**GOOD, name: value})
