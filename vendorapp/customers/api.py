"""JSON: register, a customer's vendors, a vendor's book and its invites. (Ending a customer lives in
orders: their orders end with it.)"""

from __future__ import annotations

from flask import Blueprint, current_app

from ..accounts import guards
from ..accounts import service as accounts
from ..accounts.answers import SignedInOut
from ..accounts.queries import business
from ..kernel.endpoint import endpoint
from ..kernel.errors import FieldError, Invalid, NotFound, invalid
from ..kernel.fields import instant_text
from ..kernel.limits import limiter, register_limit
from . import queries, service
from .answers import (
    CustomerOut,
    CustomersOut,
    InviteOut,
    OwnRowOut,
    VendorItemOut,
    VendorsOut,
)
from .schemas import BookQuery, CustomerChange, CustomerIn, RegisterIn

blueprint = Blueprint("customers_api", __name__, url_prefix="/v1")

VENDORS_ONLY = ("business_name", "currency", "timezone")


@blueprint.post("/register")
@guards.anyone
@limiter.shared_limit(
    register_limit,
    scope="register",
    error_message="Too many new logins from this address. Try again later.",
)
@endpoint(
    body=RegisterIn,
    answers={201: SignedInOut},
    problems=("phone_taken", "invite_expired", "too_many_requests"),
    replays=False,
)
def register(body: RegisterIn) -> tuple[int, SignedInOut]:
    """Make a new login, and sign it in.

    With the token of an invite the login is linked to that vendor's row at once; when the invite cannot
    be accepted, nobody is registered.
    """
    fields = body.model_dump(exclude_none=True)
    if body.user_type == "customer":
        foreign = [name for name in VENDORS_ONLY if name in fields]
        if foreign:
            raise Invalid(*(FieldError(name, "unknown_field", "Only a vendor has this.") for name in foreign))
    elif body.invite:
        raise invalid("invite", "An invite is for customers.")
    user = service.register(role=fields.pop("user_type"), **fields)
    return 201, SignedInOut.of(accounts.start_sign_in(user.id))


@blueprint.get("/vendors")
@guards.customer
@endpoint(answers={200: VendorsOut})
def vendors() -> tuple[int, VendorsOut]:
    """The vendors this login is linked to, what is owed to each, and the sum in each currency."""
    return 200, VendorsOut.of(queries.vendors_of(guards.caller().user_id))


@blueprint.post("/invites/<token>/accept")
@guards.customer
@endpoint(answers={200: VendorItemOut}, problems=("invite_expired", "already_linked"))
def accept(token: str) -> tuple[int, VendorItemOut]:
    """Link this login to the vendor's row that the invite was made for."""
    user_id = guards.caller().user_id
    row = service.accept_invite(user_id, token)
    return 200, VendorsOut.of(queries.vendors_of(user_id, row.vendor_id)).items[0]


@blueprint.post("/customers")
@guards.vendor
@endpoint(body=CustomerIn, answers={201: CustomerOut}, problems=("customer_exists",))
def add(body: CustomerIn) -> tuple[int, OwnRowOut]:
    """Add a customer to the book.

    The phone may be written in the national form of the vendor's own. An opening balance is booked on
    the last day of the month before.
    """
    caller = guards.caller()
    row = service.add(caller, **body.model_dump(exclude_none=True))
    return 201, CustomerOut.of(row, caller.own_business.currency)


@blueprint.get("/customers")
@guards.vendor
@endpoint(query=BookQuery, answers={200: CustomersOut})
def book(query: BookQuery) -> tuple[int, CustomersOut]:
    """The book: active rows unless asked otherwise, by name, place on the round or balance."""
    own = guards.caller().own_business
    page = queries.book(own.vendor_id, **query.model_dump())
    items = CustomerOut.many(page.items, own.currency)
    return 200, CustomersOut.model_construct(items=items, next=page.next)


@blueprint.get("/customer/<int:customer_id>")
@guards.signed_in
@endpoint(answers={200: CustomerOut})
def one(customer_id: int) -> tuple[int, OwnRowOut]:
    """One customer; a customer reads the row about them, without the vendor's notes."""
    caller = guards.caller()
    row = queries.find(caller, customer_id)
    own = business(row.vendor_id) if row else None
    if row is None or own is None:
        raise NotFound()
    shape = CustomerOut if caller.is_vendor else OwnRowOut
    return 200, shape.of(row, own.currency)


@blueprint.put("/customer/<int:customer_id>")
@guards.vendor
@endpoint(body=CustomerChange, answers={200: CustomerOut}, problems=("customer_exists",))
def change(customer_id: int, body: CustomerChange) -> tuple[int, OwnRowOut]:
    """Change what is sent. ``status: active`` takes an inactive customer back; their orders stay ended."""
    caller = guards.caller()
    row = service.change(caller, customer_id, body.model_dump(include=set(body.sent())))
    return 200, CustomerOut.of(row, caller.own_business.currency)


@blueprint.post("/customer/<int:customer_id>/invite")
@guards.vendor
@endpoint(answers={201: InviteOut}, problems=("customer_has_login",))
def invite(customer_id: int) -> tuple[int, InviteOut]:
    """A link to share with this customer: single use, good for 7 days; an earlier unused one ends."""
    made = service.invite(guards.caller().user_id, customer_id)
    url = f"{current_app.extensions['vendorapp'].base_url}/invite/{made.token}"
    return 201, InviteOut.model_construct(url=url, token=made.token, expires_at=instant_text(made.expires_at))


@blueprint.delete("/customer/<int:customer_id>/invite")
@guards.vendor
@endpoint(answers={204: None})
def unlink(customer_id: int) -> None:
    """End the invite and the link to the login, at once; both sides are told."""
    service.unlink(guards.caller().user_id, customer_id)
