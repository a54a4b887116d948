"""JSON: sign in, sign out, who am I. (Register lives in customers: an invite links a row of a book;
changing one's settings in orders: a new currency asks whether anything was priced in the old one.)"""

from __future__ import annotations

from flask import Blueprint

from ..kernel.endpoint import endpoint
from ..kernel.errors import Problem
from . import guards, service
from .answers import SignedInOut, UserOut
from .schemas import LoginIn

blueprint = Blueprint("accounts_api", __name__, url_prefix="/v1")


@blueprint.post("/login")
@guards.anyone
@endpoint(body=LoginIn, answers={200: SignedInOut}, problems=("bad_credentials",), replays=False)
def login(body: LoginIn) -> tuple[int, SignedInOut] | Problem:
    """Sign in with phone and password.

    The answer is the same for an unknown phone and a wrong password; after ten failures in fifteen
    minutes it is 429 for that phone.
    """
    user = service.check_password(body.phone_number, body.password)
    if user is None:
        # Returned, not raised: the failure that was just counted must be committed.
        return Problem(401, "bad_credentials", "The phone number or the password is wrong.")
    return 200, SignedInOut.of(service.start_sign_in(user.id))


@blueprint.post("/logout")
@guards.signed_in
@endpoint(answers={204: None}, replays=False)
def logout() -> None:
    """End this sign-in; its token is dead at once."""
    service.sign_out(guards.caller().sign_in_id)


@blueprint.get("/me")
@guards.signed_in
@endpoint(answers={200: UserOut})
def me() -> tuple[int, UserOut]:
    """The login that calls."""
    return 200, UserOut.of(guards.caller())
