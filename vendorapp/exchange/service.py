"""The verb of a file that comes in: it adds exactly what was shown, once."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from ..accounts.models import Vendor
from ..accounts.queries import Caller
from ..customers import service as customers
from ..kernel import idempotency
from ..kernel.database import session
from ..kernel.errors import Conflict, invalid
from . import queries

PATH = "/customers/import"


def add_customers(
    caller: Caller, typed: str, *, own: Mapping[str, str], shown: str, leave_out: bool, key: str
) -> int:
    """Add the good lines of a file to the calling vendor's book, all of them; how many.

    `typed` and `own` as in `queries.look`, `shown` the fingerprint of what the person looked at. `key` names
    the page that was shown: what it added once is not added again, but told again. Raises 409 `file_changed`
    when the file or the book is not as shown, 422 naming ``leave_out`` when there are bad lines and nobody
    said that they may be left out.
    """
    # One file at a time, so that a second click finds what the first did.
    session().execute(
        select(Vendor.user_id).where(Vendor.user_id == caller.user_id).with_for_update(key_share=True)
    )
    claim = idempotency.Claim(caller.user_id, PATH, idempotency.check_key(key), shown)
    if (before := _added_before(claim)) is not None:
        return before
    found = queries.look(caller, typed, own)
    if found.fingerprint != shown or not found.good:
        raise Conflict("file_changed", "Your book has changed meanwhile. Nothing was added.")
    if found.faults and not leave_out:
        raise invalid("leave_out", "Some lines cannot be added. Say that they may be left out.")
    count = customers.add_many(caller, [row for _, row in found.good])
    idempotency.remember(claim, 201, str(count))
    return count


def _added_before(claim: idempotency.Claim) -> int | None:
    """How many this page has added already. The vendor's lock is held, so no other request is at it."""
    kept = idempotency.IdempotencyKey
    answer = session().scalar(
        select(kept.answer).where(
            kept.user_id == claim.user_id,
            kept.path == claim.path,
            kept.key == claim.key,
            kept.fingerprint == claim.fingerprint,
        )
    )
    return None if answer is None else int(answer)
