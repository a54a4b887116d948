"""The JSON of a login, as every room answers it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ..kernel.fields import Answer, InstantText, instant_text
from .queries import Business, Caller, caller_by_token
from .service import Token


class BusinessOut(Answer):
    business_name: str
    currency: str
    timezone: str
    cut_off: str
    upi_id: str | None


class UserOut(Answer):
    """A login; `vendor` is there for vendors only."""

    id: int
    name: str
    phone_number: str
    email: str | None
    address: str | None
    user_type: Literal["vendor", "customer"]
    locale: str
    vendor: BusinessOut | None = Field(default=None, exclude_if=lambda value: value is None)

    @classmethod
    def of(cls, caller: Caller) -> UserOut:
        return cls.model_construct(
            id=caller.user_id,
            name=caller.name,
            phone_number=caller.phone_number,
            email=caller.email,
            address=caller.address,
            user_type=caller.role,
            locale=caller.locale,
            vendor=_business(caller.business) if caller.business else None,
        )


def _business(business: Business) -> BusinessOut:
    return BusinessOut.model_construct(
        business_name=business.business_name,
        currency=business.currency,
        timezone=business.timezone,
        cut_off=business.cut_off.strftime("%H:%M"),
        upi_id=business.upi_id,
    )


class SignedInOut(Answer):
    """A login with its new token."""

    user: UserOut
    token: str
    expires_at: InstantText

    @classmethod
    def of(cls, token: Token) -> SignedInOut:
        """The answer to register and login: the user as the new token sees it."""
        caller = caller_by_token(token.token)
        if caller is None:
            raise RuntimeError("a new token must be known")
        return cls.model_construct(
            user=UserOut.of(caller), token=token.token, expires_at=instant_text(token.expires_at)
        )
