"""``Idempotency-Key``: the first answer again for the same request, for seven days.

The row is written in the transaction of the effect itself, so there is exactly one of both at every
moment a process can die; an advisory lock tells a second request that the first is still running.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from .clock import now
from .database import Base, session
from .errors import Conflict, FieldError, Invalid

KEPT = timedelta(days=7)


class IdempotencyKey(Base):
    """The answer that was given to a caller's request under their key."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        UniqueConstraint("user_id", "path", "key"),
        CheckConstraint("char_length(key) BETWEEN 1 AND 255", name="key_length"),
        CheckConstraint("status BETWEEN 200 AND 299", name="success_only"),
        Index(None, "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    path: Mapped[str]
    key: Mapped[str]
    fingerprint: Mapped[str]
    status: Mapped[int]
    answer: Mapped[str]
    created_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Claim:
    """This request's key, held until the transaction ends."""

    user_id: int
    path: str
    key: str
    fingerprint: str


def fingerprint(body: dict[str, Any]) -> str:
    """The same for bodies that say the same, whatever the order of keys and the white space."""
    text = json.dumps(body, sort_keys=True, default=lambda value: getattr(value, "reason", str(value)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def check_key(key: str) -> str:
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise Invalid(FieldError("Idempotency-Key", "invalid", "A key has 1 to 255 printable characters."))
    return key


def claim(claim: Claim) -> tuple[int, str] | None:
    """Take the key for this transaction; the stored (status, answer) when there is one already.

    Raises 409 `idempotency_key_in_use` while another request with it runs, 422 when the body differs.
    """
    lock = f"idempotency:{claim.user_id}:{claim.path}:{claim.key}"
    if not session().scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(lock, 0)))):
        raise Conflict("idempotency_key_in_use", "A request with this Idempotency-Key is still running.")
    row = (
        session()
        .execute(
            select(IdempotencyKey.fingerprint, IdempotencyKey.status, IdempotencyKey.answer).where(
                IdempotencyKey.user_id == claim.user_id,
                IdempotencyKey.path == claim.path,
                IdempotencyKey.key == claim.key,
                IdempotencyKey.created_at > now() - KEPT,
            )
        )
        .first()
    )
    if row is None:
        return None
    if row.fingerprint != claim.fingerprint:
        raise Invalid(
            FieldError(
                "Idempotency-Key",
                "idempotency_key_reused",
                "This key was used for another request.",
            )
        )
    return row.status, row.answer


def remember(claim: Claim, status: int, answer: str) -> None:
    """Store the answer in the present transaction."""
    session().execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.user_id == claim.user_id,
            IdempotencyKey.path == claim.path,
            IdempotencyKey.key == claim.key,
        )
    )
    session().add(
        IdempotencyKey(
            user_id=claim.user_id,
            path=claim.path,
            key=claim.key,
            fingerprint=claim.fingerprint,
            status=status,
            answer=answer,
            created_at=now(),
        )
    )
    session().flush()


def forget_old() -> int:
    """Delete keys that are past their seven days; how many."""
    gone = session().execute(delete(IdempotencyKey).where(IdempotencyKey.created_at <= now() - KEPT))
    return int(gone.rowcount)  # type: ignore[attr-defined]
