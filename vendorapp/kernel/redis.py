"""Redis as a client of ours sees it. A dead Redis is a slower answer, never an error."""

from __future__ import annotations

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

# Short on purpose: a frozen Redis must not hold a request.
TIMEOUT = 0.3


def tls_url(url: str) -> str:
    """`url`, with the certificate setting that hosted `rediss://` addresses need."""
    if url.startswith("rediss://") and "ssl_cert_reqs" not in url:
        return url + ("&" if "?" in url else "?") + "ssl_cert_reqs=none"
    return url


def connect(url: str) -> redis.Redis:
    """A client that gives up within a second on a dead or frozen server."""
    return redis.Redis.from_url(
        tls_url(url),
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


def ping(url: str) -> bool:
    """Whether the server answers."""
    client = connect(url)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
