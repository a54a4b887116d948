"""The verbs of accounts: register, sign in and out, change the profile, reset a password, release a phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from ..kernel.clock import now
from ..kernel.database import session
from ..kernel.errors import Conflict, Forbidden, NotFound, Problem
from . import queries, rules
from .models import ROLE_IDS, PasswordReset, SignIn, SignInFailure, User, Vendor


@lru_cache
def hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@lru_cache
def _nobody() -> str:
    """A hash to check against when the phone is unknown, so that both answers take as long."""
    return hasher().hash(rules.new_token())


@dataclass(frozen=True, slots=True)
class Token:
    """A new sign-in's token, shown once."""

    token: str
    expires_at: datetime


def register(
    *,
    name: str,
    phone_number: str,
    password: str,
    role: str,
    email: str | None = None,
    address: str | None = None,
    locale: str = "en",
    business_name: str | None = None,
    currency: str = "INR",
    timezone: str = "Asia/Kolkata",
) -> User:
    """A new login; a vendor gets a business of the same name unless told otherwise. 409 `phone_taken`."""
    made = (
        session()
        .execute(
            insert(User)
            .values(
                name=name,
                phone_number=phone_number,
                email=email,
                address=address,
                user_type_id=ROLE_IDS[role],
                password_hash=hasher().hash(password),
                locale=locale,
                created_at=now(),
            )
            .on_conflict_do_nothing(index_elements=[User.phone_number])
            .returning(User.id)
        )
        .scalar()
    )
    if made is None:
        raise Conflict("phone_taken", "This phone number is registered already. Sign in instead.")
    if role == "vendor":
        session().add(
            Vendor(
                user_id=made,
                business_name=business_name or name,
                currency=currency,
                timezone=timezone,
                cut_off=rules.DEFAULT_CUT_OFF,
                upi_id=None,
            )
        )
        session().flush()
    return session().get_one(User, made)


def start_sign_in(user_id: int) -> Token:
    """A sign-in for a user whose identity is proven."""
    token = Token(rules.new_token(), now() + rules.SIGN_IN_LASTS)
    session().add(
        SignIn(
            user_id=user_id,
            token_hash=rules.token_hash(token.token),
            created_at=now(),
            expires_at=token.expires_at,
        )
    )
    session().flush()
    return token


def check_password(phone_number: str, password: str) -> User | None:
    """The user whose phone and password these are, None otherwise; failures are counted either way.

    Raises 429 after ten failures within fifteen minutes, alike for phones that nobody has. The caller
    commits also when the answer is None: the failure must be kept.
    """
    # One attempt a phone at a time: parallel guesses must not slip past the count.
    session().execute(select(func.pg_advisory_xact_lock(func.hashtextextended("sign-in:" + phone_number, 0))))
    failures, oldest = queries.recent_failures(phone_number)
    if failures >= rules.FAILURES_ALLOWED and oldest:
        wait = int((oldest + rules.FAILURE_WINDOW - now()).total_seconds()) + 1
        raise Problem(
            429,
            "too_many_requests",
            "Too many wrong passwords. Wait a while and try again.",
            headers={"Retry-After": str(max(wait, 1))},
        )
    user = queries.user_by_phone(phone_number)
    if _matches(user.password_hash if user else _nobody(), password) and user:
        session().execute(delete(SignInFailure).where(SignInFailure.phone_number == phone_number))
        return user
    session().add(SignInFailure(phone_number=phone_number, at=now()))
    session().flush()
    return None


def _matches(password_hash: str, password: str) -> bool:
    try:
        return hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def sign_out(sign_in_id: int) -> None:
    """End one sign-in; its token and its push device are gone with the row."""
    session().execute(delete(SignIn).where(SignIn.id == sign_in_id))


def hold_business(user_id: int) -> None:
    """Nobody else changes this vendor's settings, or works with amounts for as long as they stay as they are,
    until the transaction ends. Before the login's own row."""
    session().execute(select(Vendor.user_id).where(Vendor.user_id == user_id).with_for_update(key_share=True))


def change_profile(
    caller: queries.Caller,
    *,
    user: dict[str, Any],
    vendor: dict[str, Any],
    password: str | None = None,
    current_password: str | None = None,
) -> None:
    """Change the caller's own columns. 403 `bad_credentials` for a wrong current password, 409 `phone_taken`.

    `user` and `vendor` hold columns; a new phone is E.164 already. A new password ends every other sign-in.
    """
    if vendor:
        hold_business(caller.user_id)
    # What somebody else writes about this login need not wait: its id stays as it is.
    row = session().get_one(User, caller.user_id, with_for_update={"key_share": True}, populate_existing=True)
    if password is not None:
        if current_password is None or not _matches(row.password_hash, current_password):
            raise Forbidden("bad_credentials", "The current password is wrong.")
        row.password_hash = hasher().hash(password)
        session().execute(
            delete(SignIn).where(SignIn.user_id == caller.user_id, SignIn.id != caller.sign_in_id)
        )
    if user:
        try:
            with session().begin_nested():
                session().execute(update(User).where(User.id == caller.user_id).values(**user))
        except IntegrityError:
            raise Conflict("phone_taken", "Another login has this phone number.") from None
    if vendor:
        session().execute(update(Vendor).where(Vendor.user_id == caller.user_id).values(**vendor))
    session().flush()
    session().expire_all()


def begin_reset(phone_number: str) -> str:
    """A one-time token, good for an hour, that sets a new password. NotFound for an unknown phone."""
    user = queries.user_by_phone(phone_number)
    if user is None:
        raise NotFound("phone_number")
    token = rules.new_token()
    session().add(
        PasswordReset(
            user_id=user.id,
            token_hash=rules.token_hash(token),
            expires_at=now() + rules.RESET_LASTS,
            used_at=None,
        )
    )
    session().flush()
    return token


def reset_expired() -> Problem:
    """410: a reset link that sets nothing any more."""
    return Problem(410, "reset_expired", "This link was used or is too old. Ask for a new one.")


def finish_reset(token: str, password: str) -> int:
    """Set a new password by a reset token, once; every sign-in ends. The user's id, or 410."""
    user_id = session().scalar(
        update(PasswordReset)
        .where(
            PasswordReset.token_hash == rules.token_hash(token),
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > now(),
        )
        .values(used_at=now())
        .returning(PasswordReset.user_id)
    )
    if user_id is None:
        raise reset_expired()
    user = session().get_one(User, user_id)
    user.password_hash = hasher().hash(password)
    session().execute(delete(SignIn).where(SignIn.user_id == user_id))
    if user.phone_number:
        session().execute(delete(SignInFailure).where(SignInFailure.phone_number == user.phone_number))
    session().flush()
    return int(user_id)


def release_phone(phone_number: str) -> int:
    """Free a number that went to somebody else: its login can no longer sign in. The user's id, or 404."""
    user = queries.user_by_phone(phone_number)
    if user is None:
        raise NotFound("phone_number")
    user.phone_number = None
    session().execute(delete(SignIn).where(SignIn.user_id == user.id))
    session().flush()
    return user.id


def forget_old() -> int:
    """Delete sign-ins past their time and failures that no longer count; how many."""
    gone = session().execute(delete(SignIn).where(SignIn.expires_at <= now()))
    old = session().execute(delete(SignInFailure).where(SignInFailure.at <= now() - rules.FAILURE_WINDOW))
    return int(gone.rowcount + old.rowcount)  # type: ignore[attr-defined]
