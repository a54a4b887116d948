"""Limits by address (Flask-Limiter). Redis counts; without Redis each process counts by itself."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config

from .redis import TIMEOUT, tls_url

PATIENCE: dict[str, Any] = {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT}

limiter = Limiter(
    get_remote_address,
    headers_enabled=True,
    in_memory_fallback_enabled=True,
    storage_options=PATIENCE,
    swallow_errors=True,
)


def init_limits(app: Flask, config: Config) -> None:
    """Count in Redis; trust one proxy's address headers when the site is served over https."""
    app.config["RATELIMIT_STORAGE_URI"] = tls_url(config.redis_url)
    app.config["REGISTER_LIMIT"] = config.register_limit
    if config.https:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    limiter.init_app(app)


def register_limit() -> str:
    """How many new logins an address may make, as Flask-Limiter spells it."""
    return str(current_app.config["REGISTER_LIMIT"])
