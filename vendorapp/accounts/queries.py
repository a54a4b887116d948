"""Reads about logins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from flask_login import UserMixin
from sqlalchemy import func, select

from ..kernel.clock import now
from ..kernel.database import session
from . import rules
from .models import ROLES, PasswordReset, SignIn, SignInFailure, User, Vendor


@dataclass(frozen=True, slots=True)
class Business:
    """A vendor's settings, wherever amounts and days are worked out."""

    vendor_id: int
    business_name: str
    currency: str
    timezone: str
    cut_off: time
    upi_id: str | None
    pay_day: int | None = None


@dataclass(frozen=True)
class Caller(UserMixin):
    """Who makes this request. `business` is there for vendors; `sign_in_id` names the device's sign-in."""

    user_id: int
    role: str
    name: str
    phone_number: str
    email: str | None
    address: str | None
    locale: str
    sign_in_id: int
    token: str
    business: Business | None

    @property
    def is_vendor(self) -> bool:
        return self.role == "vendor"

    @property
    def business_name(self) -> str | None:
        return self.business.business_name if self.business else None

    @property
    def own_business(self) -> Business:
        """The caller's business; only for routes that are guarded for vendors."""
        if self.business is None:
            raise RuntimeError("not a vendor")
        return self.business

    def get_id(self) -> str:
        return self.token


def _business(vendor: Vendor) -> Business:
    return Business(
        vendor.user_id,
        vendor.business_name,
        vendor.currency,
        vendor.timezone,
        vendor.cut_off,
        vendor.upi_id,
        vendor.pay_day,
    )


def caller_by_token(token: str) -> Caller | None:
    """The login that `token` was given to, None when it is unknown, ended or past its time."""
    row = (
        session()
        .execute(
            select(SignIn.id, User, Vendor)
            .join(User, User.id == SignIn.user_id)
            .outerjoin(Vendor, Vendor.user_id == User.id)
            .where(SignIn.token_hash == rules.token_hash(token), SignIn.expires_at > now())
        )
        .first()
    )
    return _caller(row[1], row[2], row[0], token) if row else None


def caller_away(user_id: int) -> Caller | None:
    """A user for whom something they asked for is done while they are not there: the caller of no request,
    without a sign-in. None when the login is gone or its phone was released."""
    row = (
        session()
        .execute(
            select(User, Vendor)
            .outerjoin(Vendor, Vendor.user_id == User.id)
            .where(User.id == user_id, User.phone_number.is_not(None))
        )
        .first()
    )
    return _caller(row[0], row[1], 0, "") if row else None


def _caller(user: User, vendor: Vendor | None, sign_in_id: int, token: str) -> Caller:
    return Caller(
        user_id=user.id,
        role=ROLES[user.user_type_id],
        name=user.name,
        phone_number=user.phone_number or "",
        email=user.email,
        address=user.address,
        locale=user.locale,
        sign_in_id=sign_in_id,
        token=token,
        business=_business(vendor) if vendor else None,
    )


def business(vendor_id: int) -> Business | None:
    """A vendor's settings, None when there is no such vendor."""
    vendor = session().get(Vendor, vendor_id)
    return _business(vendor) if vendor else None


def businesses(vendor_ids: set[int]) -> dict[int, Business]:
    """The settings of several vendors."""
    rows = session().scalars(select(Vendor).where(Vendor.user_id.in_(vendor_ids)))
    return {vendor.user_id: _business(vendor) for vendor in rows}


def user_by_phone(phone_number: str) -> User | None:
    return session().scalar(select(User).where(User.phone_number == phone_number))


def recent_failures(phone_number: str) -> tuple[int, datetime | None]:
    """How many wrong passwords count against this phone now, and when the oldest of them was."""
    count, oldest = (
        session()
        .execute(
            select(func.count(), func.min(SignInFailure.at)).where(
                SignInFailure.phone_number == phone_number,
                SignInFailure.at > now() - rules.FAILURE_WINDOW,
            )
        )
        .one()
    )
    return int(count), oldest


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts without a sign-in: a notification's token said who they are."""

    user_id: int
    role: str


def actor(user_id: int) -> Actor | None:
    """The user as an actor, None when the login is gone or its phone was released."""
    user = session().get(User, user_id)
    return Actor(user.id, ROLES[user.user_type_id]) if user and user.phone_number else None


def reset_is_open(token: str) -> bool:
    """Whether a reset link can still set a password."""
    return bool(
        session().scalar(
            select(PasswordReset.id).where(
                PasswordReset.token_hash == rules.token_hash(token),
                PasswordReset.used_at.is_(None),
                PasswordReset.expires_at > now(),
            )
        )
    )
