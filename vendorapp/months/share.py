"""Links that show one month of one account to whoever has them, without a login.

The link holds the id of its row, signed; nobody can guess one or turn it into another. It ends after a month,
when either side withdraws it, or when the account's link to a login ends, whoever made it: it may have been
made for, or passed on by, somebody who has nothing to do with the account any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import or_, select, update

from ..accounts.queries import Actor, Caller, business
from ..customers import queries as book
from ..customers.models import Customer
from ..kernel.clock import now
from ..kernel.database import session
from ..kernel.errors import NotFound
from ..kernel.fields import NO_ID
from ..ledger import service as ledger
from .models import StatementShare
from .sheet import Sheet, sheet_of
from .statements import account_of

LASTS = timedelta(days=30)


class Ended(Exception):
    """There was such a link, and it shows nothing any more."""


@dataclass(frozen=True, slots=True)
class Share:
    """A link that works: its token, and until when. `new`: it was made just now."""

    token: str
    expires_at: datetime
    new: bool = False


def signer(secret: str) -> URLSafeSerializer:
    """What signs these links. They are told apart from everything else signed with the same secret."""
    return URLSafeSerializer(secret, salt="months.share")


def share(who: Caller, customer_id: int, month: date, *, secret: str) -> Share:
    """The link to the month that begins on `month`, the same for both sides as long as it works; NotFound."""
    unlinked_at = _hold(who, customer_id)
    found = _live(customer_id, month)
    if found is not None:
        return _share(found, secret)
    # After the end of the link before, by whichever machine's clock that was.
    moment = max(now(), unlinked_at + timedelta.resolution) if unlinked_at else now()
    made = StatementShare(
        vendor_id=account_of(who, customer_id)[0].vendor_id,
        customer_id=customer_id,
        month=month,
        created_by=who.user_id,
        created_at=moment,
        expires_at=moment + LASTS,
    )
    session().add(made)
    session().flush()
    return _share(made, secret, new=True)


def withdraw(who: Caller, customer_id: int, month: date) -> None:
    """End all links to the month, whoever of the two sides made them; NotFound."""
    _hold(who, customer_id)
    session().execute(
        update(StatementShare)
        .where(
            StatementShare.customer_id == customer_id,
            StatementShare.month == month,
            StatementShare.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now())
        .execution_options(synchronize_session=False)
    )


def shared(who: Caller, customer_id: int, month: date, *, secret: str) -> Share | None:
    """The link to the month that works now; NotFound."""
    account_of(who, customer_id)
    found = _live(customer_id, month)
    return _share(found, secret) if found else None


def opened(token: str, *, secret: str) -> Sheet:
    """What the link shows. Raises NotFound for what never was a link, and Ended."""
    try:
        share_id = signer(secret).loads(token)
    except (BadData, ValueError):
        raise NotFound() from None
    if type(share_id) is not int or not 0 < share_id < NO_ID:
        raise NotFound()
    found = session().get(StatementShare, share_id)
    customer = book.for_vendor(found.vendor_id, found.customer_id) if found else None
    shop = business(found.vendor_id) if found else None
    if found is None or customer is None or shop is None:
        raise NotFound()
    if found.withdrawn_at or found.expires_at <= now():
        raise Ended()
    unlinked_at = session().scalar(select(Customer.unlinked_at).where(Customer.id == found.customer_id))
    if unlinked_at is not None and found.created_at <= unlinked_at:
        raise Ended()
    return sheet_of(Actor(shop.vendor_id, "vendor"), customer, shop, found.month, alone=True)


def _hold(who: Caller, customer_id: int) -> datetime | None:
    """Hold the account, and whoever is linked to it, until the transaction ends; when a link last ended.
    NotFound."""
    account_of(who, customer_id)
    ledger.lock_accounts([customer_id])
    login, unlinked_at = (
        session()
        .execute(
            select(Customer.user_id, Customer.unlinked_at)
            .where(Customer.id == customer_id)
            .with_for_update(read=True)
        )
        .one()
    )
    if not who.is_vendor and login != who.user_id:
        raise NotFound()
    return unlinked_at


def _live(customer_id: int, month: date) -> StatementShare | None:
    return session().scalar(
        select(StatementShare)
        .join(Customer, Customer.id == StatementShare.customer_id)
        .where(
            StatementShare.customer_id == customer_id,
            StatementShare.month == month,
            StatementShare.withdrawn_at.is_(None),
            StatementShare.expires_at > now(),
            or_(Customer.unlinked_at.is_(None), StatementShare.created_at > Customer.unlinked_at),
        )
        .order_by(StatementShare.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _share(row: StatementShare, secret: str, *, new: bool = False) -> Share:
    token = signer(secret).dumps(row.id)
    return Share(token if isinstance(token, str) else token.decode(), row.expires_at, new)
