"""The environment, read once. Nothing else in the program looks at ``os.environ``.

`load()` names every missing or malformed variable in one message, and refuses to run in production
with a secret that looks like a placeholder. No secret has a default: `make run` writes its own
development secrets under ``.run/`` and passes them in.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass

PLACEHOLDERS = {"change-me", "changeme", "secret", "dev", "development", "test", "password"}


class ConfigError(RuntimeError):
    """The environment does not describe a runnable application; the message lists every fault."""


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one process. URLs are complete, ``vapid_private_key`` is base64url of 32 bytes."""

    database_url: str
    redis_url: str
    secret_key: str
    vapid_private_key: str
    vapid_subject: str
    base_url: str
    app_env: str
    port: int
    register_limit: str
    push_endpoint_allow: tuple[str, ...]
    metrics_token: str | None

    @property
    def production(self) -> bool:
        return self.app_env == "production"

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")


def database_url(raw: str) -> str:
    """SQLAlchemy's spelling of a ``postgres://`` or ``postgresql://`` address."""
    for prefix in ("postgres://", "postgresql://"):
        if raw.startswith(prefix):
            return "postgresql+psycopg://" + raw.removeprefix(prefix)
    return raw


def _vapid_fault(key: str) -> str | None:
    try:
        raw = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    return None if len(raw) == 32 else "VAPID_PRIVATE_KEY must be base64url of 32 bytes"


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Read the settings from `environ` (the process's own by default).

    Raises `ConfigError` with one line a fault.
    """
    env = os.environ if environ is None else environ
    faults: list[str] = []

    def need(name: str) -> str:
        value = env.get(name, "").strip()
        if not value:
            faults.append(f"{name} is not set")
        return value

    app_env = env.get("APP_ENV", "production").strip() or "production"
    if app_env not in ("development", "production"):
        faults.append("APP_ENV must be development or production")

    db = database_url(need("DATABASE_URL"))
    if db and not db.startswith("postgresql+psycopg://"):
        faults.append("DATABASE_URL must be a postgres:// or postgresql:// address")
    redis = need("REDIS_URL")
    if redis and not redis.startswith(("redis://", "rediss://", "unix://")):
        faults.append("REDIS_URL must be a redis:// or rediss:// address")

    secret = need("SECRET_KEY")
    if secret and app_env == "production" and (len(secret) < 32 or secret.lower() in PLACEHOLDERS):
        faults.append("SECRET_KEY must be a random value of at least 32 characters in production")

    vapid = need("VAPID_PRIVATE_KEY")
    if vapid and (fault := _vapid_fault(vapid)):
        faults.append(fault)
    subject = need("VAPID_SUBJECT")
    if subject and not subject.startswith(("mailto:", "https://")):
        faults.append("VAPID_SUBJECT must begin with mailto: or https://")

    base_url = need("BASE_URL").rstrip("/")
    if base_url and not base_url.startswith(("http://", "https://")):
        faults.append("BASE_URL must be an http:// or https:// address")

    port = env.get("PORT", "8000")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        faults.append("PORT must be a number from 1 to 65535")
        port = "8000"

    if faults:
        raise ConfigError("The configuration is not usable:\n  " + "\n  ".join(faults))
    allow = env.get("PUSH_ENDPOINT_ALLOW", "")
    return Config(
        database_url=db,
        redis_url=redis,
        secret_key=secret,
        vapid_private_key=vapid,
        vapid_subject=subject,
        base_url=base_url,
        app_env=app_env,
        port=int(port),
        register_limit=env.get("REGISTER_LIMIT", "").strip() or "10/hour",
        push_endpoint_allow=tuple(p.strip().lower() for p in allow.split(",") if p.strip()),
        metrics_token=env.get("METRICS_TOKEN") or None,
    )
