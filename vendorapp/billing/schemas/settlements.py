"""JSON shapes of settlements and adjustments that come in."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from ...kernel.fields import Body, Id, LongText, Money, Month, QueryId, ShortText, SignedMoney
from ...kernel.paging import PageQuery
from ...kernel.said import said
from ...kernel.strict_json import Unfit

# A year of ten orders has fewer days.
MOST_RECORDS = 5000


def _not_zero(amount: Decimal) -> Decimal:
    if not amount:
        raise ValueError("An amount other than zero is expected.")
    return amount


Reason = Annotated[LongText, Field(max_length=500)]
Paid = Annotated[Money, AfterValidator(_not_zero)]
Signed = Annotated[SignedMoney, AfterValidator(_not_zero)]


def one_of(sent: Any, first: str, second: str) -> Any:
    """`sent` with both fields made faulty unless just one of them is there: other faults are told too."""
    if isinstance(sent, dict) and (first in sent) == (second in sent):
        fault = Unfit(said("Either %(first)s or %(second)s is expected.", first=first, second=second))
        return {**sent, first: fault, second: fault}
    return sent


class TakenIn(Body):
    """Money that the vendor has just got."""

    amount: Paid
    method: Literal["cash", "upi", "bank", "other"] = "cash"


class SettlementIn(Body):
    """What is to be settled: all that is open in a month, or just these records.

    A vendor names `customer_id`, a customer `vendor_id` or the row about them. `payment` and
    `write_off_reason` are the vendor's.
    """

    customer_id: Id | None = None
    vendor_id: Id | None = None
    month: Month | None = None
    record_ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_RECORDS)] | None = None
    payment: TakenIn | None = None
    write_off_reason: Reason | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_account_and_one_choice(cls, sent: Any) -> Any:
        return one_of(one_of(sent, "customer_id", "vendor_id"), "month", "record_ids")


class AdjustmentIn(Body):
    """A correction of today with its reason; signed, + = the customer owes more.

    `record_id` is the delivery that it is about, if it is about one.
    """

    customer_id: Id
    amount: Signed
    reason: Reason
    record_id: Id | None = None


class MoneyQuery(PageQuery):
    """Which of them. They have no status: any word but ``all`` finds none."""

    customer_id: QueryId | None = None
    vendor_id: QueryId | None = None
    status: ShortText | None = None
    month: Month | None = None
