"""The verbs of a vendor's book: register with an invite, add, change, deactivate, invite, accept, unlink.

Whoever links, unlinks or changes a row holds that row (FOR UPDATE), invites come after it. A verb that
also moves sums locks the account first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from ..accounts import rules as people
from ..accounts import service as accounts
from ..accounts.models import User
from ..accounts.queries import Business, Caller, business
from ..kernel.clock import day_in, now
from ..kernel.database import session
from ..kernel.errors import Conflict, FieldError, Invalid, NotFound, Problem, invalid
from ..kernel.money import AmountError, to_minor
from ..kernel.said import reason
from ..ledger import service as ledger
from ..notices import service as notices
from . import rules, words
from .models import Customer, Invite
from .queries import CustomerView, view


@dataclass(frozen=True, slots=True)
class Invitation:
    """A new invite; the token is shown once."""

    token: str
    expires_at: datetime


def register(*, role: str, invite: str | None = None, **fields: Any) -> User:
    """A new login, linked to the row that `invite` was made for when there is one.

    Raises 409 `phone_taken`, and 410 `invite_expired` for any invite that cannot be accepted: then
    nobody is registered.
    """
    if invite is not None:
        _open_or_gone(_invite(invite))  # before the costly hash
    user = accounts.register(role=role, **fields)
    if invite is not None:
        try:
            accept_invite(user.id, invite)
        except NotFound:
            raise gone() from None
    return user


def add(
    caller: Caller,
    *,
    name: str,
    phone_number: str,
    email: str | None = None,
    address: str | None = None,
    notes: str | None = None,
    stop_order: int | None = None,
    opening_balance: Decimal | None = None,
    at: str = "",
) -> CustomerView:
    """A new row in the calling vendor's book, with its account and opening balance (whole units, + = owes).

    `at` prefixes the names of fields in faults. Raises 422 for a phone or an amount that cannot be,
    409 `customer_exists` with the `customer_id` that has the phone in this book.
    """
    own = caller.own_business
    phone, amount = _checked(caller, phone_number, opening_balance, own, at)
    made = session().scalar(
        insert(Customer)
        .values(
            vendor_id=own.vendor_id,
            user_id=None,
            name=name,
            phone_number=phone,
            email=email,
            address=address,
            notes=notes,
            stop_order=stop_order,
            status="active",
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=[Customer.vendor_id, Customer.phone_number])
        .returning(Customer.id)
    )
    if made is None:
        raise _exists(own.vendor_id, phone)
    ledger.open_account(own.vendor_id, made)
    if amount:
        ledger.adjust(
            vendor_id=own.vendor_id,
            customer_id=made,
            kind="opening_balance",
            amount=amount,
            day=rules.opening_day(day_in(own.timezone)),
            reason="",
            actor_id=caller.user_id,
        )
    return view(session().get_one(Customer, made))


ADD_MANY = text(
    """
    INSERT INTO customers
        (vendor_id, name, phone_number, email, address, notes, stop_order, status, created_at)
    SELECT :vendor_id, name, phone_number, email, address, notes, stop_order, 'active', :now
    FROM unnest(
        CAST(:name AS text[]), CAST(:phone_number AS text[]), CAST(:email AS text[]),
        CAST(:address AS text[]), CAST(:notes AS text[]), CAST(:stop_order AS bigint[])
    ) WITH ORDINALITY AS m(name, phone_number, email, address, notes, stop_order, place)
    ORDER BY place
    ON CONFLICT (vendor_id, phone_number) DO NOTHING
    RETURNING id, phone_number
    """
)


def add_many(caller: Caller, rows: Sequence[rules.NewRow]) -> int:
    """New rows in the calling vendor's book, with their accounts and opening balances, all or none; how many.

    Takes the same few statements however many there are. Raises 409 `customer_exists` when a phone is in the
    book already, or twice among them.
    """
    own = caller.own_business
    columns = ("name", "phone_number", "email", "address", "notes", "stop_order")
    values = {name: [getattr(row, name) for row in rows] for name in columns}
    made = session().execute(ADD_MANY, values | {"vendor_id": own.vendor_id, "now": now()}).all()
    if len(made) != len(rows):
        raise Conflict("customer_exists", "A customer in your book has one of these phone numbers.")
    opening = {row.phone_number: row.opening_balance for row in rows}
    ledger.open_accounts(
        vendor_id=own.vendor_id,
        opening={customer_id: opening[phone] for customer_id, phone in made},
        day=rules.opening_day(day_in(own.timezone)),
        actor_id=caller.user_id,
    )
    return len(made)


def _checked(
    caller: Caller, phone_number: str, opening_balance: Decimal | None, own: Business, at: str
) -> tuple[str, int]:
    faults: list[FieldError] = []
    phone, amount = "", 0
    try:
        phone = people.any_phone(phone_number, caller.phone_number)
    except ValueError as error:
        faults.append(FieldError(f"{at}phone_number", "invalid", reason(error)))
    try:
        amount = to_minor(opening_balance or Decimal(0), own.currency)
    except AmountError as error:
        faults.append(FieldError(f"{at}opening_balance", "invalid", reason(error)))
    if faults:
        raise Invalid(*faults)
    return phone, amount


def _exists(vendor_id: int, phone: str) -> Conflict:
    other = session().scalar(
        select(Customer.id).where(Customer.vendor_id == vendor_id, Customer.phone_number == phone)
    )
    return Conflict("customer_exists", "A customer in your book has this phone number.", customer_id=other)


def _own(vendor_id: int, customer_id: int) -> Customer:
    row = session().scalar(
        select(Customer)
        .where(Customer.id == customer_id, Customer.vendor_id == vendor_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound()
    return row


def change(caller: Caller, customer_id: int, fields: dict[str, Any]) -> CustomerView:
    """Change the columns in `fields` of one row of the calling vendor's book.

    ``status: active`` takes an inactive row back. Ending a customer ends their orders too and is a verb
    of its own, so ``inactive`` is refused (422) for an active row. Raises 404, 409 `customer_exists`.
    """
    values = dict(fields)
    if "phone_number" in values:
        try:
            values["phone_number"] = people.any_phone(values["phone_number"], caller.phone_number)
        except ValueError as error:
            raise invalid("phone_number", reason(error)) from None
    row = _own(caller.user_id, customer_id)
    if values.get("status") == "inactive" and row.status == "active":
        raise invalid("status", "Delete the customer instead: their orders end with it.")
    if values:
        try:
            with session().begin_nested():
                session().execute(update(Customer).where(Customer.id == row.id).values(**values))
        except IntegrityError:
            raise _exists(caller.user_id, values.get("phone_number", "")) from None
    return view(row)


def deactivate(vendor_id: int, customer_id: int) -> CustomerView:
    """Make a row inactive; what else ends with it is the caller's business. Repeating is fine; 404."""
    row = _own(vendor_id, customer_id)
    row.status = "inactive"
    session().flush()
    return view(row)


def hold_active(vendor_id: int, customer_id: int) -> CustomerView:
    """A row that a new order or line may be written for; it stays active until the transaction ends.

    Raises 404 naming ``customer_id``, 409 `customer_inactive`. Lock the account first, if at all.
    """
    row = session().scalar(
        select(Customer)
        .where(Customer.id == customer_id, Customer.vendor_id == vendor_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound("customer_id")
    if row.status != "active":
        raise Conflict("customer_inactive", "This customer is inactive.")
    return view(row)


def invite(vendor_id: int, customer_id: int) -> Invitation:
    """A link that links the row to whoever accepts it, good for 7 days; earlier unused ones end.

    Raises 404, 409 `customer_has_login`.
    """
    row = _own(vendor_id, customer_id)
    if row.user_id is not None:
        raise Conflict("customer_has_login", "This customer has a login already.")
    _revoke(row)
    made = Invitation(people.new_token(), now() + rules.INVITE_LASTS)
    session().add(
        Invite(
            vendor_id=vendor_id,
            customer_id=customer_id,
            token_hash=people.token_hash(made.token),
            created_at=now(),
            expires_at=made.expires_at,
            used_at=None,
            used_by=None,
            revoked_at=None,
        )
    )
    session().flush()
    return made


def _revoke(row: Customer) -> None:
    session().execute(
        update(Invite)
        .where(
            Invite.vendor_id == row.vendor_id,
            Invite.customer_id == row.id,
            Invite.used_at.is_(None),
            Invite.revoked_at.is_(None),
        )
        .values(revoked_at=now())
    )


def unlink(vendor_id: int, customer_id: int) -> None:
    """End the row's invite and its link to a login, at once; both sides are told of an ended link. 404."""
    row = _own(vendor_id, customer_id)
    _revoke(row)
    login, row.user_id = row.user_id, None
    if login is not None:
        row.unlinked_at = now()
    session().flush()
    if login is None:
        return
    notices.ask_no_more(login, vendor_id)
    own = business(vendor_id)
    name = own.business_name if own else row.name
    for user_id, message, url in (
        (login, partial(words.link_ended, who=name), "/"),
        (vendor_id, partial(words.no_longer_linked, who=row.name), f"/customers/{row.id}"),
    ):
        notices.tell(
            user_id,
            vendor_id=vendor_id,
            kind="customer_unlinked",
            words=message,
            url=url,
            topic=f"link-{row.id}",
            data={"vendor_id": vendor_id, "customer_id": row.id},
        )


def _invite(token: str) -> Invite | None:
    return session().scalar(
        select(Invite)
        .where(Invite.token_hash == people.token_hash(token))
        .execution_options(populate_existing=True)
    )


def gone() -> Problem:
    """410: an invite that links nothing any more."""
    return Problem(410, "invite_expired", "This link was used, taken back or is too old. Ask for a new one.")


def _open_or_gone(found: Invite | None) -> Invite:
    if found is None or found.used_at or found.revoked_at or found.expires_at <= now():
        raise gone()
    return found


def accept_invite(user_id: int, token: str) -> CustomerView:
    """Link the row behind an invite to this customer login; the row.

    Accepting again what this login accepted changes nothing. Raises 404 for an unknown token, 410
    `invite_expired`, 409 `already_linked` when this login has a row with that vendor already.
    """
    found = _invite(token)
    if found is None:
        raise NotFound()
    row = _own(found.vendor_id, found.customer_id)
    found = _invite(token)
    if found and found.used_by == user_id == row.user_id:
        return view(row)
    found = _open_or_gone(found)
    if row.user_id is not None:
        raise gone()
    try:
        with session().begin_nested():
            session().execute(update(Customer).where(Customer.id == row.id).values(user_id=user_id))
    except IntegrityError:  # one row a vendor and login
        raise Conflict("already_linked", "This login has an account with that vendor already.") from None
    found.used_by, found.used_at = user_id, now()
    session().flush()
    notices.tell(
        row.vendor_id,
        vendor_id=row.vendor_id,
        kind="customer_linked",
        words=partial(words.linked, who=row.name),
        url=f"/customers/{row.id}",
        topic=f"link-{row.id}",
        data={"customer_id": row.id},
    )
    return view(row)
