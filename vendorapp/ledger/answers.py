"""The JSON of a balance, as every room answers it."""

from __future__ import annotations

from ..kernel.fields import AmountText, Answer
from ..kernel.money import amount_text
from .rules import Balance


class BalanceOut(Answer):
    """An account now; both "owed" are ≥ 0 and at most one is above."""

    currency: str
    owed_by_customer: AmountText
    owed_to_customer: AmountText
    disputed: AmountText
    unconfirmed: AmountText

    @classmethod
    def of(cls, balance: Balance, currency: str) -> BalanceOut:
        return cls.model_construct(
            currency=currency,
            owed_by_customer=amount_text(balance.owed_by_customer, currency),
            owed_to_customer=amount_text(balance.owed_to_customer, currency),
            disputed=amount_text(balance.disputed, currency),
            unconfirmed=amount_text(balance.unconfirmed, currency),
        )
