"""A form that is sent twice writes once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import func, select

from ...kernel import idempotency
from ...kernel.database import session


def once(user_id: int, path: str, key: str, said: Mapping[str, object], make: Callable[[], int]) -> int:
    """The id that `make` gives; the same words (`said`) from the same page (`key`) make it only once.

    A second click waits for the first. Other words from the same page are another wish. Without a usable
    key it is simply made.
    """
    if not (key.isascii() and key.isprintable() and 1 <= len(key) <= 64):
        return make()
    words = idempotency.fingerprint(dict(said))
    lock = f"once:{user_id}:{path}:{key}"
    session().execute(select(func.pg_advisory_xact_lock(func.hashtextextended(lock, 0))))
    claim = idempotency.Claim(user_id, path, f"{key}:{words}", words)
    stored = idempotency.claim(claim)
    if stored is not None:
        return int(stored[1])
    made = make()
    idempotency.remember(claim, 200, str(made))
    return made
