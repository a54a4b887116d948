"""Who can sign in: users, a vendor's settings, and the sign-ins themselves."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.database import Base

CUSTOMER, VENDOR = 1, 2
ROLES = {CUSTOMER: "customer", VENDOR: "vendor"}
ROLE_IDS = {role: number for number, role in ROLES.items()}


class UserType(Base):
    """The two kinds of login."""

    __tablename__ = "user_types"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(unique=True)


class User(Base):
    """A login. `phone_number` is E.164, or null once the number was released."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("char_length(name) BETWEEN 1 AND 200", name="name_length"),
        CheckConstraint(r"phone_number ~ '^\+[1-9][0-9]{6,14}$'", name="phone_e164"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    phone_number: Mapped[str | None] = mapped_column(unique=True)
    email: Mapped[str | None]
    address: Mapped[str | None]
    user_type_id: Mapped[int] = mapped_column(ForeignKey("user_types.id"))
    password_hash: Mapped[str]
    locale: Mapped[str]
    created_at: Mapped[datetime]


class Vendor(Base):
    """A vendor's business: one row beside the vendor's user row.

    `pay_day` is the day of the month by which customers pay, null when none was agreed on.
    """

    __tablename__ = "vendors"
    __table_args__ = (
        CheckConstraint("char_length(business_name) BETWEEN 1 AND 200", name="business_name_length"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_code"),
        CheckConstraint("pay_day BETWEEN 1 AND 28", name="pay_day_range"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    business_name: Mapped[str]
    currency: Mapped[str]
    timezone: Mapped[str]
    cut_off: Mapped[time]
    upi_id: Mapped[str | None]
    pay_day: Mapped[int | None]


class SignIn(Base):
    """One sign-in on one device: a bearer token or a browser session. Only the token's SHA-256 is kept."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SignInFailure(Base):
    """A wrong password, kept for the fifteen minutes in which it counts; also for unknown phones."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index(None, "phone_number", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    phone_number: Mapped[str]
    at: Mapped[datetime]


class PasswordReset(Base):
    """A one-time link that sets a new password."""

    __tablename__ = "password_resets"
    __table_args__ = (UniqueConstraint("token_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    token_hash: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
