"""The JSON of a vendor's book, and of the vendors that a customer is linked to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..accounts.queries import Business
from ..kernel.fields import AmountText, Answer, InstantText, instant_text
from ..kernel.money import amount_text
from ..ledger.answers import BalanceOut
from ..ledger.queries import balances
from ..ledger.rules import Balance
from .queries import CustomerView, VendorOfLogin


class OwnRowOut(Answer):
    """A row as the customer it is about may read it."""

    id: int
    name: str
    phone_number: str
    email: str | None
    address: str | None
    status: Literal["active", "inactive"]
    linked: bool
    stop_order: int | None
    balance: BalanceOut
    created_at: InstantText

    @classmethod
    def of(cls, customer: CustomerView, currency: str) -> OwnRowOut:
        """The row with its balance now."""
        return cls.many([customer], currency)[0]

    @classmethod
    def many(cls, customers: Sequence[CustomerView], currency: str) -> list[OwnRowOut]:
        """Rows of one book, with their balances from one look."""
        found = balances(customer.customer_id for customer in customers)
        return [cls._built(one, found[one.customer_id], currency) for one in customers]

    @classmethod
    def _built(cls, customer: CustomerView, balance: Balance, currency: str) -> OwnRowOut:
        return cls.model_construct(
            id=customer.customer_id,
            name=customer.name,
            phone_number=customer.phone_number,
            email=customer.email,
            address=customer.address,
            status=customer.status,
            linked=customer.linked,
            stop_order=customer.stop_order,
            balance=BalanceOut.of(balance, currency),
            created_at=instant_text(customer.created_at),
        )


class CustomerOut(OwnRowOut):
    """A row as its vendor reads it; `notes` is not there for the customer."""

    notes: str | None = None

    @classmethod
    def _built(cls, customer: CustomerView, balance: Balance, currency: str) -> OwnRowOut:
        row = super()._built(customer, balance, currency)
        return row.model_copy(update={"notes": customer.notes})


class CustomersOut(Answer):
    """One page of the book."""

    items: list[CustomerOut]
    next: str | None


class InviteOut(Answer):
    """A link to share. The token is shown this once."""

    url: str
    token: str
    expires_at: InstantText


class VendorItemOut(Answer):
    """A vendor of mine: their business, the row about me, and what is owed."""

    vendor_id: int
    customer_id: int
    business_name: str
    phone_number: str | None
    status: Literal["active", "inactive"]
    timezone: str
    cut_off: str
    upi_id: str | None
    balance: BalanceOut

    @classmethod
    def of(cls, vendor: VendorOfLogin, balance: Balance) -> VendorItemOut:
        business: Business = vendor.business
        return cls.model_construct(
            vendor_id=business.vendor_id,
            customer_id=vendor.customer.customer_id,
            business_name=business.business_name,
            phone_number=vendor.phone_number,
            status=vendor.customer.status,
            timezone=business.timezone,
            cut_off=business.cut_off.strftime("%H:%M"),
            upi_id=business.upi_id,
            balance=BalanceOut.of(balance, business.currency),
        )


class VendorsOut(Answer):
    """All my vendors; `total` adds up what I owe in each currency (signed, + = I owe)."""

    items: list[VendorItemOut]
    total: dict[str, AmountText]

    @classmethod
    def of(cls, vendors: Sequence[VendorOfLogin]) -> VendorsOut:
        found = balances(vendor.customer.customer_id for vendor in vendors)
        sums: dict[str, int] = {}
        for vendor in vendors:
            currency = vendor.business.currency
            balance = found[vendor.customer.customer_id].balance
            sums[currency] = sums.get(currency, 0) + balance
        return cls.model_construct(
            items=[VendorItemOut.of(one, found[one.customer.customer_id]) for one in vendors],
            total={currency: amount_text(total, currency) for currency, total in sums.items()},
        )
