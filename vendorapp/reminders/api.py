"""JSON: reminders, pay days and promises to pay."""

from __future__ import annotations

from flask import Blueprint

from ..accounts import guards
from ..accounts.queries import business
from ..customers import queries as book
from ..kernel.endpoint import endpoint
from ..kernel.errors import NotFound
from . import queries, service
from .schemas import PayDayIn, PromiseIn, RemindedOut, StandingOut

blueprint = Blueprint("reminders_api", __name__, url_prefix="/v1")


@blueprint.get("/customer/<int:customer_id>/reminders")
@guards.signed_in
@endpoint(answers={200: StandingOut})
def standing(customer_id: int) -> tuple[int, StandingOut]:
    """What a customer is to pay now, by when, and who was reminded of it."""
    row = book.find(guards.caller(), customer_id)
    shop = business(row.vendor_id) if row else None
    if row is None or shop is None:
        raise NotFound()
    return 200, StandingOut.of(queries.standing(row, shop))


@blueprint.put("/customer/<int:customer_id>/reminders")
@guards.vendor
@endpoint(body=PayDayIn, answers={200: StandingOut})
def set_pay_day(customer_id: int, body: PayDayIn) -> tuple[int, StandingOut]:
    """Agree on a pay day of their own with this customer; null: the one that the vendor's others have."""
    return 200, StandingOut.of(service.set_pay_day(guards.caller(), customer_id, body.pay_day))


@blueprint.post("/customer/<int:customer_id>/reminders")
@guards.vendor
@endpoint(
    answers={201: RemindedOut},
    problems=("nothing_due", "promised", "reminded_enough", "reminded_lately"),
)
def remind(customer_id: int) -> tuple[int, RemindedOut]:
    """Remind a customer now: at most every seven days, and three times a pay day.

    Who has no login is not told; `text` is then for the vendor to pass on.
    """
    caller = guards.caller()
    done = service.remind(caller, customer_id)
    currency = caller.own_business.currency
    return 201, RemindedOut.made(customer_id, done.reminder, currency, done.words(), done.told)


@blueprint.post("/customer/<int:customer_id>/promise")
@guards.customer
@endpoint(body=PromiseIn, answers={201: StandingOut}, problems=("nothing_due",))
def promise(customer_id: int, body: PromiseIn) -> tuple[int, StandingOut]:
    """Say on which day, from today to 31 days ahead, one pays: no reminder goes out until it is over."""
    return 201, StandingOut.of(service.promise(guards.caller(), customer_id, body.day))
