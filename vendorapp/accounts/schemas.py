"""JSON shapes of signing in."""

from __future__ import annotations

from ..kernel.fields import Body
from .fields import E164, Password


class LoginIn(Body):
    """A phone number and its password."""

    phone_number: E164
    password: Password
